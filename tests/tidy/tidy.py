#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tidy.py - checks what only a machine keeps: layers, libraries in their folders, first lines,
#           banned calls.  Prints TAP; `tidy.py ROOT` checks the tree at ROOT.
#
# The rules are tried on planted faults first: a rule that does not see its fault fails the run.
import os
import re
import sys

# What a folder of daemon/ may include; each also itself.  From daemon/DESIGN.md, "Layers".
BELOW = {
    'base': '',
    'sandbox': 'base',
    'wire': 'base',
    'crypto': 'base wire',
    'switch': 'base wire crypto',
    'link': 'base wire crypto',
    'store': 'base wire crypto',
    'keys': 'base wire crypto',
    'transport': 'base wire crypto switch link store keys',
    'vm': 'base wire crypto switch link store keys',
    'name': 'base wire crypto switch link store keys transport vm',
    'share': 'base wire crypto switch link store keys transport vm',
    'node': 'base wire crypto switch link store keys transport vm name share',
    'ipc': 'base wire crypto switch link store keys transport vm name share node',
    'host': 'base wire crypto switch link store keys transport vm name share node ipc sandbox token',
    'client': 'base',
    'cli': 'base sandbox client render token',
}
GENERATED = {'ipc', 'host', 'client', 'cli'}  # may include what gdbus-codegen makes
GLIB_FOLDERS = {'host', 'ipc', 'client', 'cli'}
GLIB = re.compile(r'<(glib|gio|gobject|gmodule|json-glib)\b')
GTK = re.compile(r'<(gtk|gdk|adwaita|webkit|graphene|gsk|gtksourceview|libportal)\b')
INCLUDE = re.compile(r'^\s*#\s*include\s+(<[^>]*>|"[^"]*")')
BANNED = re.compile(
    r'(?<![\w.>])(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strtok|system|popen|mktemp|tmpnam|'
    r'tempnam|alloca|atoi|atol|atoll|atof|rand|srand|random|srandom|asctime|ctime|gmtime|'
    r'localtime|scanf|sscanf|fscanf)\s*\(')
# Below host nothing looks at a clock, opens a socket or starts a thread.
BANNED_BELOW_HOST = re.compile(
    r'(?<![\w.>])(time|gettimeofday|clock_gettime|clock|nanosleep|usleep|sleep|socket|sendto|'
    r'recvfrom|pthread_\w+|thrd_\w+|getrandom|getentropy|randombytes\w*|getenv|fork)\s*\(')
STATIC_VARIABLE = re.compile(r'^\s*static\s+(?!const\b|inline\b|_Thread_local\b)[^(){]*[=;\[]')
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)
LICENCE = 'SPDX-License-Identifier: GPL-3.0-or-later'


def layer(path):
    """('daemon', 'wire') of daemon/wire/packet.c, ('app', 'model') of app/model/x.c."""
    parts = path.split('/')
    return parts[0], parts[1] if len(parts) > 2 else ''


def may_include(path, target):
    top, folder = layer(path)
    into = target.split('/')[0] if '/' in target else ''
    if top == 'tests':
        return True
    if '..' in target.split('/'):
        return False
    if top == 'daemon':
        if not into:
            return folder in GENERATED
        if target == 'token/result.h': # names and words only
            return folder in ('node', 'host', 'cli')
        if target == 'keys/strength.h' and folder == 'cli': # judged where it is typed
            return path == 'daemon/cli/secret.c'
        return into == folder or into in BELOW.get(folder, '').split()
    if top == 'render':
        return into in ('render', 'base') or (folder == 'worker' and into == 'sandbox')
    if top == 'app':
        if into in ('model', folder):
            return into != 'views' or folder == 'views'
        if into in ('client', 'base', 'render'):
            return folder != 'data'
        if target == 'keys/strength.h': # a passphrase is judged where it is typed
            return path == 'app/model/secret.c'
        if into == 'sandbox': # main.c enters it
            return not folder
        if folder == 'model':
            return False
        return into in ('widgets', 'views', '')
    if top == 'token':
        return into in ('token', 'base')
    if top == 'legacy':
        return into in ('legacy', 'client', 'base')
    return False


def check_includes(path, text):
    for number, line in enumerate(text.split('\n'), 1):
        match = INCLUDE.match(line)
        if match and match.group(1)[0] == '"' and not may_include(path, match.group(1)[1:-1]):
            yield number, f'{layer(path)[1] or path} may not include {match.group(1)}'


def check_libraries(path, text):
    top, folder = layer(path)
    for number, line in enumerate(text.split('\n'), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        if GTK.match(match.group(1)) and top not in ('app', 'tests'):
            yield number, 'GTK belongs to app'
        if GTK.match(match.group(1)) and top == 'app' and folder == 'model':
            yield number, 'a model knows no widgets'
        if GLIB.match(match.group(1)) and top == 'daemon' and folder not in GLIB_FOLDERS:
            yield number, f'GLib does not belong to daemon/{folder}'
        if GLIB.match(match.group(1)) and top == 'token':
            yield number, 'GLib does not belong to token'


def check_first_lines(path, text):
    lines = text.split('\n')
    name = os.path.basename(path)
    if path.endswith(('.c', '.h')):
        if not lines[0].startswith('/* ' + LICENCE):
            yield 1, 'no SPDX line'
        if len(lines) < 3 or not re.match(rf' \* {re.escape(name)} - \S', lines[2]):
            yield 3, f'no purpose line "{name} - ..."'
    elif not any(LICENCE in line for line in lines[:3]):
        yield 1, 'no SPDX line'


def without_comments(text):
    return COMMENT.sub(lambda m: re.sub(r'[^\n]', ' ', m.group(0)), text)


def check_banned(path, text):
    if not path.endswith(('.c', '.h')):
        return
    top, folder = layer(path)
    below_host = top == 'daemon' and folder not in ('host', 'ipc', 'client', 'cli')
    for number, line in enumerate(without_comments(text).split('\n'), 1):
        match = BANNED.search(line)
        if match:
            yield number, f'{match.group(1)} is banned'
        match = below_host and BANNED_BELOW_HOST.search(line)
        if match:
            yield number, f'{match.group(1)} only in host'
        if below_host and STATIC_VARIABLE.match(line):
            yield number, 'a static variable below host'


RULES = {
    'includes point down': check_includes,
    'libraries in their folders': check_libraries,
    'first lines': check_first_lines,
    'banned calls': check_banned,
}

HEAD = '/* SPDX-License-Identifier: GPL-3.0-or-later\n *\n * x.c - planted.\n */\n'
PLANTED = [
    ('includes point down', 'daemon/wire/x.c', HEAD + '#include "link/link.h"\n'),
    ('includes point down', 'daemon/base/x.c', HEAD + '#include "../host/loop.h"\n'),
    ('includes point down', 'daemon/link/x.c', HEAD + '#include "switch/switch.h"\n'),
    ('includes point down', 'daemon/client/x.c', HEAD + '#include "store/store.h"\n'),
    ('includes point down', 'app/model/x.c', HEAD + '#include "widgets/bar.h"\n'),
    ('includes point down', 'app/widgets/x.c', HEAD + '#include "node/plane.h"\n'),
    ('libraries in their folders', 'daemon/wire/x.c', HEAD + '#include <gtk/gtk.h>\n'),
    ('libraries in their folders', 'daemon/share/x.c', HEAD + '#include <glib.h>\n'),
    ('libraries in their folders', 'daemon/host/x.c', HEAD + '#include <gtk/gtk.h>\n'),
    ('libraries in their folders', 'app/model/x.c', HEAD + '#include <gtk/gtk.h>\n'),
    ('first lines', 'daemon/wire/x.c', '#include <stdio.h>\n'),
    ('first lines', 'daemon/wire/x.c', HEAD.replace('x.c - planted', 'y.c - moved')),
    ('first lines', 'tests/run', '#!/bin/sh\necho\n'),
    ('banned calls', 'app/widgets/x.c', HEAD + 'void f(char *a)\n{\n    strcpy(a, "b");\n}\n'),
    ('banned calls', 'daemon/link/x.c', HEAD + 'int f(void)\n{\n    return (int)time(0);\n}\n'),
    ('banned calls', 'daemon/link/x.c', HEAD + 'static int count;\n'),
]
INNOCENT = HEAD + '''#include "link/link.h"

#include <stdio.h>

#include "base/err.h"

/* strcpy( in a comment, and "system(" in a text, are no calls */
static const char *const text[] = {"gets("};
static int deadline_time(const char *snprintf_text);
'''


def files(root):
    skip = {'.git', '__pycache__'}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in skip and not f.startswith('build') and
                            not os.path.exists(os.path.join(folder, f, 'build.ninja')))
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root)
            if name.endswith(('.c', '.h', '.py', '.sh')) or name == 'meson.build':
                yield path
            elif '.' not in name and '/' in path:
                with open(os.path.join(root, path), 'rb') as f:
                    if f.read(2) == b'#!':
                        yield path


def main():
    root = sys.argv[1]
    print(f'1..{len(RULES) + 1}')
    blind = [(rule, path) for rule, path, text in PLANTED if not list(RULES[rule](path, text))]
    blind += [(rule, 'the innocent file') for rule, check in RULES.items()
              if list(check('daemon/link/x.c', INNOCENT))]
    print('ok 1 - planted faults are seen' if not blind else
          f'not ok 1 - planted faults are seen # {blind}')
    texts = {}
    for path in files(root):
        with open(os.path.join(root, path), encoding='utf-8') as f:
            texts[path] = f.read()
    for number, (rule, check) in enumerate(RULES.items(), 2):
        found = [(path, line, what) for path, text in texts.items() for line, what in check(path, text)]
        for path, line, what in found:
            print(f'# {path}:{line}: {what}')
        print(f'{"not " if found else ""}ok {number} - {rule}, in {len(texts)} files')


if __name__ == '__main__':
    main()
