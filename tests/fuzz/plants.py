#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# plants.py - is a read past the end found?  Plants one in the code that each target is for,
#             builds the target, lets it search from an empty corpus, and says when it found it.
#
#   plants.py check ROOT                 every planted text is in its file exactly once, every
#                                        target has its row, corpus and plant, every decoder a
#                                        target
#   plants.py find ROOT [TARGET...]      plants, builds, searches: up to 60 s for each
#   plants.py search ROOT SECONDS [TARGET...]
#                                        the code as it is, from its corpus: what is found there
#                                        is no plant
#
# `find` and `search` print TAP and a table.  They work on a copy of ROOT in $TMPDIR and need
# clang; $N2_FUZZ_SECONDS changes the 60, $N2_FUZZ_KEEP names a folder that keeps copy and build.
import filecmp
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import namedtuple

# What is wrong is what goes wrong: a check forgotten, or off by one.  `fails`: what the report
# must name; the planted file, unless the target's own checks see the harm first.
Plant = namedtuple('Plant', 'target path text wrong fails', defaults=('',))
# Conversations are slow: their inputs may be long from the start, or no word of the dictionary fits.
LONG_FROM_START = {'archive', 'chain', 'endpoint', 'fetch', 'handshake', 'identity', 'ipc', 'keyring', 'label', 'names', 'node', 'plane', 'store', 'trust',
                   'render-code', 'render-json', 'render-parts', 'render-wiki', 'render-yaml', 'worker', 'worker-in'}

PLANTS = [
    Plant('address', 'daemon/base/utf8.c',
          'if (more >= len - *at)',
          'if (more > len - *at)'),
    Plant('announce', 'daemon/crypto/attachment.c',
          'if (a.down.bits + headroom > N2_PATH_BITS || a.up',
          'if (a.up', 'fuzz-announce.c'),
    Plant('armor', 'daemon/crypto/armor.c',
          'while (*len && is_blank(',
          'while (is_blank('),
    Plant('asm', 'daemon/vm/verify.c',
          'for (size_t i = 0; i < c->len && i < SHOWN; i++)',
          'for (size_t i = 0; i < SHOWN; i++)'),
    Plant('answers', 'daemon/client/error.c',
          '    if (n < 4)\n        return NULL;\n',
          '    if (n < 2)\n        return NULL;\n'),
    Plant('archive', 'daemon/share/publish.c',
          '*taken = len < missing ? len : missing;',
          '*taken = missing;'),
    Plant('box', 'daemon/wire/box.c',
          'return len && n2_key_bytes(value[0])',
          'return n2_key_bytes(value[0])'),
    Plant('card', 'token/apdu.c',
          '    if (n < STATUS_BYTES)\n',
          '    if (!n)\n'),
    Plant('casts', 'daemon/switch/tree.c',
          'trees->branches[b->next].before = b->before;',
          'trees->branches[b->next].before = 0;'),
    Plant('chain', 'daemon/crypto/head.c',
          'if (f.len != N2_HASH_BYTES)',
          'if (!f.len)'),
    Plant('channel', 'daemon/host/channel.c',
          '    m.text[sizeof m.text - 1] = 0;\n',
          '', 'fuzz-channel.c'),
    Plant('config', 'daemon/host/config.c',
          'for (guint64 i = 0; i < G_N_ELEMENTS(levels); i++) {',
          'for (guint64 i = 0; i <= G_N_ELEMENTS(levels); i++) {'),
    Plant('control', 'daemon/transport/ack.c',
          '    a.check = n2_read_u64(r);\n',
          '    memcpy(&a.check, r->pos, sizeof a.check);\n    (void)n2_read_u64(r);\n'),
    Plant('directory', 'daemon/crypto/directory.c',
          'size_t common = a_len < b_len ? a_len : b_len;',
          'size_t common = a_len;'),
    Plant('endpoint', 'daemon/transport/receive.c',
          'size_t part = size - at < len ? size - at : len;',
          'size_t part = len;'),
    Plant('fetch', 'daemon/share/fetch-content.c',
          'if (len != n * N2_HASH_BYTES)\n        return N2_ERR_FORMAT;',
          'if (!len)\n        return N2_ERR_FORMAT;\n    len = n * N2_HASH_BYTES;'),
    Plant('first', 'daemon/transport/first.c',
          'n2_read_copy(&r, h.extra, extra < sizeof h.extra ? extra : sizeof h.extra);',
          'memcpy(h.extra, r.pos, sizeof h.extra);'),
    Plant('frames', 'daemon/host/frames.c',
          'in->end - in->at < HEAD_BYTES + n)',
          'in->end - in->at < n)', 'fuzz-frames.c'),
    Plant('handshake', 'daemon/link/set.c',
          'if (!port || port >= n2_links_n_ports(links) || links->by_port[port])',
          'if (!port || links->by_port[port])'),
    Plant('keys', 'daemon/keys/request-parts.c',
          '    const uint8_t *bytes = n2_read_bytes(r, len);\n    if (!bytes || r->err)',
          '    const uint8_t *bytes = r->err ? NULL : r->pos;\n    if (!bytes || r->err)'),
    Plant('identity', 'daemon/crypto/identity-set.c',
          'memcpy(item.bytes, statement, len);',
          'memcpy(item.bytes, statement, len + 1);'),
    Plant('ipc', 'daemon/ipc/value.c',
          'gboolean is_v4 = len == 1 + 2 + 4 && bytes[0] == 4;',
          'gboolean is_v4 = len && bytes[0] == 4;'),
    Plant('keyring', 'daemon/keys/keyring-file.c',
          'if (!len || len > N2_OWN_LABEL_BYTES_MAX ||',
          'if (!len ||'),
    Plant('label', 'daemon/name/char.c',
          '    if (len > cap)\n        return false;\n',
          ''),
    Plant('link', 'daemon/link/message.c',
          '        n2_read_copy(&r, m->cookie, sizeof m->cookie);\n        break;',
          '        memcpy(m->cookie, r.pos, sizeof m->cookie);\n'
          '        (void)n2_read_bytes(&r, sizeof m->cookie);\n        break;'),
    Plant('near', 'daemon/name/near-words.c',
          '           a->len <= N2_NEAR_VALUE_BYTES_MAX;',
          '           a->len <= N2_NEAR_BYTES_MAX;', 'fuzz-near'),
    Plant('net', 'daemon/host/net.c',
          '''    if (!g_str_has_prefix(text, "udp:"))
        return false;
''', ''),
    Plant('net', 'daemon/base/netaddr.c',
          'if (!len || len > N2_NET_INTERFACE_BYTES_MAX || (len == 1',
          'if (!len || (len == 1'),
    Plant('node', 'daemon/node/control-way.c',
          "if (*text < '0' || *text > '9' || *n == N2_STORE_HOPS_MAX)",
          "if (*text < '0' || *text > '9' || *n > N2_STORE_HOPS_MAX)"),
    Plant('names', 'daemon/node/control-follow.c',
          "if (n != 4 || values[0].type != 'u' ||",
          "if (values[0].type != 'u' ||"),
    Plant('noise', 'daemon/crypto/noise.c',
          """    if (len < n2_noise_message_bytes(noise->suite, 0))
        return fail(noise, N2_ERR_TRUNCATED);
    memcpy(""",
          """    if (len < noise->suite->dh_bytes)
        return fail(noise, N2_ERR_TRUNCATED);
    memcpy("""),
    Plant('places', 'daemon/node/control-route-ask.c',
          'return !n2_way_path(out->way, out->n_way, &route);',
          'return n2_way_path(out->way, out->n_way, &route) != N2_ERR_NOMEM;', 'fuzz-places.c'),
    Plant('plane', 'daemon/wire/frame.h',
          'else if (n2_packet_bytes(kind) > bundle->left)',
          'else if (!bundle->left)', 'plane-input.c'),
    Plant('render', 'render/clean.c',
          "if (left < 4 || at[0] != '[' || at[1] != '^')",
          "if (!left || at[0] != '[' || at[1] != '^')"),
    Plant('render-code', 'render/code.c',
          'if (!list || !len || len > WORD_MAX)',
          'if (!list || !len)'),
    Plant('render-json', 'render/data.c',
          'if (data->depth == G_N_ELEMENTS(data->open)) {',
          'if (data->depth > G_N_ELEMENTS(data->open)) {'),
    Plant('render-parts', 'render/include.c',
          'part->bytes, part->len, part->format, &file',
          'part->bytes, part->len + 1, part->format, &file'),
    Plant('render-wiki', 'render/wiki.c',
          'if (b->n_spans == N2_WIKI_SPANS_MAX)',
          'if (b->n_spans > N2_WIKI_SPANS_MAX)'),
    Plant('render-yaml', 'render/yaml.c',
          'yaml_parser_set_input_string(&parser, (const guchar *)source, len);',
          'yaml_parser_set_input_string(&parser, (const guchar *)source, len + 64);'),
    Plant('query', 'daemon/store/query-words.c',
          '        if (*c == \'"\')\n            out[n++] = \'"\';\n',
          ''),
    Plant('reserve', 'daemon/switch/reserve-table.c',
          'r->ports[row->out_port].kbps = r->ports[row->out_port].kbps - before + after;',
          'r->ports[row->out_port].kbps = r->ports[row->out_port].kbps - before + kbps;'),
    Plant('sealed', 'daemon/wire/kinds.h',
          'R(5, B, 0) O(192, B, 32))',
          'R(5, B, 0) O(192, B, 0))', 'sealed.c'),
    Plant('serve', 'daemon/share/serve-content.c',
          'if (!err && (first >= n || count > n - first))',
          'if (!err && first >= n)'),
    Plant('routes', 'daemon/name/compose.c',
          'if (a.switches.n > N2_AVOID_MAX)',
          'if (a.switches.n > UINT8_MAX)'),
    Plant('routes', 'daemon/name/domain-server.c',
          '!c.answers || ',
          '', 'fuzz-routes.c'),
    Plant('rules', 'daemon/switch/label-text.c',
          'if (out->n == N2_LABEL_SERVERS_MAX)',
          'if (out->n > N2_LABEL_SERVERS_MAX)'),
    Plant('statement', 'daemon/crypto/statement.c',
          'n2_read_copy(&r, out->bytes, len);',
          'memcpy(out->bytes, r.pos, len);'),
    Plant('store', 'daemon/store/part.c',
          '!err && have && have_len == have_bytes(p) && nodes_are_right(',
          '!err && have && nodes_are_right('),
    Plant('switch', 'daemon/switch/switch.c',
          'if (len < N2_PACKET_BYTES_MIN)',
          'if (!len)'),
    Plant('trust', 'daemon/name/trust.c',
          'for (; at && out->reasons[at - 1].verdict < r.verdict; at--)',
          'for (; out->reasons[at - 1].verdict < r.verdict; at--)'),
    Plant('vm', 'daemon/vm/verify.c',
          'for (size_t i = 0; i < c->len && i < SHOWN; i++)',
          'for (size_t i = 0; i < SHOWN; i++)'),
    Plant('wal', 'daemon/store/wal.c',
          'if (r->has_end && f->is_right)',
          'if (f->is_right)', 'fuzz-wal.c'),
    Plant('wire', 'daemon/switch/switch.c',
          'if (len < N2_PACKET_BYTES_MIN)',
          'if (!len)'),
    Plant('worker', 'render/worker/frame.c',
          'const guint8 *bytes = n2_read_bytes(r, len);\n\n    if (r->err)',
          'const guint8 *bytes = r->pos;\n\n    if (r->err)'),
    Plant('worker-in', 'render/worker/main.c',
          'j->page.bytes = n2_read_bytes(&r, j->page.len);\n    if (n2_reader_finish(&r) != N2_OK)',
          'j->page.bytes = r.pos;\n    if (r.err)', 'fuzz-worker-in.c'),
    Plant('zone', 'daemon/name/zone-proof.c',
          '!p->n || p->n > count || p->index > count - p->n',
          '!p->n || p->n > count'),
    Plant('zone-file', 'daemon/cli/zone-file.c',
          'event->data.scalar.length && !strpbrk(text, "\\t\\n\\r")',
          'event->data.scalar.length && !strpbrk(text, "\\t\\n")'),
]


USES_READER = re.compile(r'\bn2_read(er_init|_u8|_u16|_u32|_u64|_bytes|_copy|_sub)\s*\(')


def targets(root):
    return sorted(name[5:-2] for name in os.listdir(os.path.join(root, 'tests/fuzz'))
                  if name.startswith('fuzz-') and name.endswith('.c'))


def read(root, path):
    if not os.path.exists(os.path.join(root, path)):
        return ''
    with open(os.path.join(root, path), encoding='utf-8') as f:
        return f.read()


def rows_of(text):
    """Target to its files, from the table of README.md."""
    rows = {}
    for line in text.splitlines():
        cells = line.split('|')
        name = re.fullmatch(r'\s*`([a-z-]+)`\s*', cells[1]) if len(cells) == 5 else None
        if name:
            rows[name.group(1)] = re.findall(r'`([^`]+)`', cells[3])
    return rows


def check_plants(root, names):
    for name in names:
        if name not in {p.target for p in PLANTS}:
            yield f'{name}: no plant'
    for p in PLANTS:
        if p.target not in names:
            yield f'{p.target}: planted in no target'
        n = read(root, p.path).count(p.text)
        if n != 1:
            yield f'{p.target}: its text is {n} times in {p.path}'


def check_targets(root, names):
    rows = rows_of(read(root, 'tests/fuzz/README.md'))
    build = read(root, 'tests/fuzz/meson.build')
    for name in sorted(set(names) | set(rows)):
        corpus = os.path.join(root, 'tests/fuzz/corpus', name)
        if name not in rows:
            yield f'{name}: no row in README.md'
        elif name not in names:
            yield f'{name}: a row in README.md without a target'
        if f"'{name}': " not in build:
            yield f'{name}: not built'
        if not os.path.isdir(corpus) or not os.listdir(corpus):
            yield f'{name}: no corpus'
        if not os.path.isfile(os.path.join(root, 'tests/fuzz/dict', name + '.dict')):
            yield f'{name}: no dictionary'


def sources(root):
    """Path and text of each source file that may meet foreign bytes."""
    for top in ('daemon', 'render', 'app', 'token'):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), root)
                if path.endswith('.c') and not path.startswith('daemon/base/reader'):
                    yield path, read(root, path)


def check_decoders(rows, texts):
    named = {path for files in rows.values() for path in files}
    for path, text in texts:
        if USES_READER.search(text) and path not in named:
            yield f'{path}: reads foreign bytes and is in no row of README.md'
    for path in sorted(named - {path for path, _ in texts}):
        yield f'{path}: in a row of README.md, but not there'


def check(root):
    names = targets(root)
    rows = rows_of(read(root, 'tests/fuzz/README.md'))
    texts = list(sources(root))
    stranger = [('daemon/x/x.c', 'n2_reader r = n2_reader_init(bytes, len);')]
    blind = len(list(check_decoders(rows, texts + stranger))) <= len(
        list(check_decoders(rows, texts)))
    parts = [('every plant has its place', check_plants(root, names)),
             ('every target has a row, a corpus, a build', check_targets(root, names)),
             ('every decoder has a target', check_decoders(rows, texts)),
             ('a decoder without a target is seen', ['it is not'] if blind else [])]
    is_fine = True
    print(f'1..{len(parts)}')
    for number, (what, faults) in enumerate(parts, 1):
        faults = list(faults)
        is_fine = is_fine and not faults
        for fault in faults:
            print('#', fault)
        print(f'{"not " if faults else ""}ok {number} - {what}')
    return is_fine


class Tree:
    """A copy of the sources with a build of its own."""

    def __init__(self, root):
        keep = os.environ.get('N2_FUZZ_KEEP')
        self.scratch = keep or tempfile.mkdtemp(prefix='n2fuzz.')
        self.is_kept = bool(keep)
        self.source = os.path.join(self.scratch, 'source')
        self.build = os.path.join(self.scratch, 'build')
        self.copy(root)
        if not os.path.exists(os.path.join(self.build, 'build.ninja')):
            self.run('meson', 'setup', self.build, self.source, '-Dfuzz=true', '-Dapp=false',
                     '-Db_lundef=false', '-Db_sanitize=address,undefined',
                     '-Dc_args=-fno-sanitize-recover=undefined', env={**os.environ, 'CC': 'clang'})

    def copy(self, root):
        """What changed since the last copy gets a new time, for ninja's sake."""
        kept = set()
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if f not in ('.git', '__pycache__') and
                          not os.path.exists(os.path.join(folder, f, 'build.ninja'))]
            into = os.path.join(self.source, os.path.relpath(folder, root))
            os.makedirs(into, exist_ok=True)
            for name in names:
                old, new = os.path.join(folder, name), os.path.join(into, name)
                kept.add(os.path.normpath(new))
                if not os.path.exists(new) or not filecmp.cmp(old, new, shallow=False):
                    shutil.copyfile(old, new)
                    shutil.copymode(old, new)
        for folder, _, names in os.walk(self.source):
            for name in names:
                path = os.path.normpath(os.path.join(folder, name))
                if path not in kept:
                    os.unlink(path)

    @staticmethod
    def run(*command, env=None):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=env, check=False)
        if done.returncode:
            sys.stdout.write(done.stdout.decode(errors='replace')[-4000:])
            raise SystemExit(f'{" ".join(command[:3])} failed')

    def make(self, target):
        self.run('ninja', '-C', self.build, f'tests/fuzz/fuzz-{target}')

    def plant(self, p):
        """Returns what the file was."""
        path = os.path.join(self.source, p.path)
        with open(path, encoding='utf-8') as f:
            text = f.read()
        self.write(path, text.replace(p.text, p.wrong))
        return path, text

    @staticmethod
    def write(path, text):
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)

    def search(self, target, seconds, seeds):
        """Runs a target; returns its log and how long it ran."""
        found = os.path.join(self.scratch, 'corpus')
        shutil.rmtree(found, ignore_errors=True)
        os.makedirs(found)
        program = os.path.join(self.build, 'tests/fuzz', f'fuzz-{target}')
        command = [program, f'-max_total_time={seconds}', '-timeout=20', '-rss_limit_mb=4096',
                   '-max_len=4096', '-print_funcs=0', f'-artifact_prefix={self.scratch}/']
        if target in LONG_FROM_START:
            command.append('-len_control=0')
        dictionary = os.path.join(self.source, 'tests/fuzz/dict', target + '.dict')
        if os.path.exists(dictionary):
            command.append(f'-dict={dictionary}')
        command.append(found)
        if seeds:
            command.append(os.path.join(self.source, 'tests/fuzz/corpus', target))
        began = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, 'UBSAN_OPTIONS': 'print_stacktrace=1'},
                              check=False)
        return done.stdout.decode(errors='replace'), time.monotonic() - began, done.returncode

    def close(self):
        if not self.is_kept:
            shutil.rmtree(self.scratch)


def figures(log):
    runs = re.findall(r'^#(\d+)\s', log, re.M)
    edges = re.findall(r' cov: (\d+)', log)
    return (int(runs[-1]) if runs else 0), (int(edges[-1]) if edges else 0)


def has_clang():
    if shutil.which('clang'):
        return True
    print('1..0 # SKIP clang is not installed')
    return False


def find(root, wanted):
    seconds = int(os.environ.get('N2_FUZZ_SECONDS', '60'))
    plants = [p for p in PLANTS if not wanted or p.target in wanted]
    tree = Tree(root)
    rows = []
    all_found = True
    print(f'1..{len(plants)}', flush=True)
    for number, p in enumerate(plants, 1):
        was = tree.plant(p)
        tree.make(p.target)
        log, took, code = tree.search(p.target, seconds, False)
        tree.write(*was)
        name = p.fails or os.path.basename(p.path)
        is_found = code != 0 and any(name in line for line in log.splitlines()
                                     if re.match(r'\s*#\d+ 0x', line) or 'runtime error' in line)
        runs, edges = figures(log)
        rows.append((p.target, p.path, runs, edges, f'{took:.1f}' if is_found else 'not found'))
        print(f'{"" if is_found else "not "}ok {number} - {p.target}: '
              f'{"found" if is_found else "not found"} after {took:.1f} s', flush=True)
        if not is_found:
            all_found = False
            for line in [x for x in log.splitlines() if 'cov:' in x or 'ERROR' in x][-5:]:
                print('#', line)
    tree.close()
    table(('target', 'planted in', 'executions', 'edges', 'found after s'), rows)
    return all_found


def search(root, seconds, wanted):
    names = [t for t in targets(root) if not wanted or t in wanted]
    tree = Tree(root)
    rows = []
    is_clean = True
    print(f'1..{len(names)}', flush=True)
    for number, name in enumerate(names, 1):
        tree.make(name)
        log, took, code = tree.search(name, seconds, True)
        runs, edges = figures(log)
        rows.append((name, runs, edges, f'{took:.0f}', 'nothing' if not code else 'a fault'))
        print(f'{"not " if code else ""}ok {number} - {name}: {runs} executions', flush=True)
        if code:
            is_clean = False
            for line in log.splitlines()[-60:]:
                print('#', ascii(line))
    tree.close()
    table(('target', 'executions', 'edges', 's', 'found'), rows)
    return is_clean


def table(head, rows):
    rows = [head] + [tuple(str(cell) for cell in row) for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        print('#', '  '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    what, root = sys.argv[1], sys.argv[2]
    if what == 'check':
        return check(root)
    if not has_clang():
        return True
    if what == 'find':
        return find(root, sys.argv[3:])
    return search(root, int(sys.argv[3]), sys.argv[4:])


if __name__ == '__main__':
    sys.exit(0 if main() else 1)
