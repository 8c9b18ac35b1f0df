#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# translations.py - checks that po/POTFILES.in names every file with marked strings and that
#                   each language of po/LINGUAS is whole.  Prints TAP; argument: the tree's root.
#
# Needs gettext; says so and skips where it is absent.
import os
import re
import shutil
import subprocess
import sys
import tempfile

FOLDERS = ('app', 'daemon', 'render', 'token')
MARKED = re.compile(r'(?<![\w>])(?:_|N_|C_|NC_|ngettext|g_dngettext|dngettext)\s*\(\s*"')
MARKED_UI = re.compile(r'translatable="(?:yes|true)"')
MARKED_DESKTOP = re.compile(r'^(?:Name|GenericName|Comment|Keywords)=', re.M)
DEFINES = re.compile(r'^\s*#\s*define.*$', re.M)
# As Meson's preset 'glib'.
KEYWORDS = ['_', 'N_', 'C_:1c,2', 'NC_:1c,2', 'g_dcgettext:2', 'g_dngettext:2,3',
            'g_dpgettext2:2c,3', 'ngettext:1,2']


def is_marked(path):
    """Whether the file at path has strings to translate."""
    with open(path, encoding='utf-8', errors='replace') as file:
        text = file.read()
    if path.endswith(('.c', '.h')):
        return bool(MARKED.search(DEFINES.sub('', text)))
    if path.endswith('.ui'):
        return bool(MARKED_UI.search(text))
    if path.endswith('.desktop.in'):
        return bool(MARKED_DESKTOP.search(text))
    return path.endswith('.metainfo.xml.in')


def read_list(path):
    with open(path, encoding='utf-8') as file:
        return [line.strip() for line in file if line.strip() and not line.startswith('#')]


def find_marked():
    found = set()
    for top in FOLDERS:
        for folder, _, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                if is_marked(path):
                    found.add(path)
    return found


def run(*command):
    """(whether it worked, what it said)."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            encoding='utf-8', errors='replace', check=False)
    return result.returncode == 0, result.stdout


def make_template(path, potfiles):
    """Only files that exist: a missing one is another test's failure."""
    files = [name for name in potfiles if os.path.exists(name)]
    return run('xgettext', '--from-code=UTF-8', '--add-comments', '-o', path,
               *[f'--keyword={word}' for word in KEYWORDS], *files)


def check_language(language, template, scratch):
    """What is wrong with a language, '' if nothing."""
    po = f'po/{language}.po'
    ok, said = run('msgfmt', '--check', '-o', os.path.join(scratch, 'x.mo'), po)
    if not ok:
        return said
    ok, said = run('msgcmp', po, template)
    return '' if ok else said


def main(root):
    os.chdir(root)
    if not shutil.which('msgcmp'):
        print('1..0 # SKIP no gettext')
        return
    results = []
    potfiles = read_list('po/POTFILES.in')
    marked = find_marked()
    missing = sorted(marked - set(potfiles))
    results.append(('POTFILES.in names every marked file', ', '.join(missing)))
    gone = sorted(name for name in potfiles if not os.path.exists(name))
    results.append(('every file of POTFILES.in is there', ', '.join(gone)))
    results.append(('POTFILES.in is sorted', '' if potfiles == sorted(potfiles) else 'it is not'))
    with tempfile.TemporaryDirectory() as scratch:
        template = os.path.join(scratch, 'net2o.pot')
        ok, said = make_template(template, potfiles)
        results.append(('xgettext reads all files', '' if ok else said))
        for language in read_list('po/LINGUAS'):
            wrong = check_language(language, template, scratch) if ok else 'no template'
            results.append((f'{language} is whole', wrong))
    print(f'1..{len(results)}')
    for number, (name, wrong) in enumerate(results, 1):
        for line in wrong.splitlines():
            print(f'# {line}')
        print(f'{"not ok" if wrong else "ok"} {number} - {name}')


if __name__ == '__main__':
    main(sys.argv[1])
