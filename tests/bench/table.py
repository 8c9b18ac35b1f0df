# SPDX-License-Identifier: GPL-3.0-or-later
#
# table.py - all benchmarks, or those named, as one table; writes it into README.md.
#
#   table.py [--quick] [ROW...]
#
# Rows: see README.md.  --quick takes fewer and shorter runs, to see whether everything works,
# and writes nothing.  Rows not asked for stay in README.md as they were.

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time

import bars
import cache20
import files
import firstbyte
import forward
import handshakes
import idle
import lines
import login
import lookups
import memory
import publish
import queries
import questions
import readback
import reads
import tree
import verify
import yields
from measure import HERE, Result, Skip, TOP, make, prepare, print_results
from nodes import Failure

README = os.path.join(HERE, 'README.md')
BEGIN, END = '<!-- table: written by table.py -->\n', '<!-- end of table -->\n'

# Each: what it does in full, what it does in a hurry.
ROWS = {
    'memory': (lambda: memory.row(), lambda: memory.row(256, 1)),
    'loopback': (lambda: files.row('loopback'), lambda: files.row('loopback', 256, 1)),
    'veth': (lambda: files.row('veth'), lambda: files.row('veth', 256, 1)),
    'handshakes': (lambda: handshakes.row(), lambda: handshakes.row(1, 1)),
    'questions': (lambda: questions.row(), lambda: questions.row(1, 1000)),
    'reads': (lambda: reads.row(), lambda: reads.row(1, 1)),
    'names': (lambda: lookups.row(), lambda: lookups.row(1, 1)),
    'name-first-byte': (lambda: firstbyte.row(), lambda: firstbyte.row(1)),
    'cache20': (lambda: cache20.row(), lambda: cache20.row(5, 8)),
    'find': (lambda: queries.row(), lambda: queries.row(5000, 1)),
    'lines': (lambda: lines.row(), lambda: lines.row(1)),
    'delay': (lambda: lines.delay_row(), lambda: lines.delay_row(1)),
    'tree': (lambda: tree.row(), lambda: tree.row(500, 1)),
    'yield': (lambda: yields.row(), lambda: yields.row(5)),
    'idle': (lambda: idle.row(), lambda: idle.row(5000)),
    'verify': (lambda: verify.row(), lambda: verify.row(1)),
    'login': (lambda: login.row(), lambda: login.row(3)),
    'publish': (lambda: publish.row(), lambda: publish.row(200, 1)),
    'readback': (lambda: readback.row(), lambda: readback.row(1)),
    'switch': (lambda: forward.core(), lambda: forward.core(1)),
    'udp': (lambda: forward.udp(), lambda: forward.udp(1, 500)),
    'ether': (lambda: forward.ether(), lambda: forward.ether(1, 500)),
    # In virtual time: no faster, and no slower, on a busy machine.
    **{n: (lambda n=n: bars.row(n), lambda n=n: bars.row(n)) for n in bars.PROGRAMS},
}


# What they run, besides the node.
PROGRAMS = {
    'memory': ('bench/bench-plane',),
    'handshakes': ('bench/bench-handshakes',),
    'questions': ('bench/bench-pingpong', 'bench/bench-questions'),
    'reads': ('bench/bench-reads',),
    'names': ('bench/bench-names',),
    'find': ('bench/bench-find',),
    'readback': ('bench/bench-readback',),
    'idle': ('bench/bench-idle',),
    'verify': ('bench/bench-verify',),
    'login': ('card/vpcd',),
    'switch': ('bench/bench-switch',),
    'udp': ('bench/bench-forward', 'bench/bench-relay'),
    'ether': ('bench/bench-forward', 'bench/bench-relay'),
    **bars.PROGRAMS,
}


def measure(name, quick):
  try:
    results = ROWS[name][quick]()
  except Skip as reason:
    results = [Result(name, f'skipped: {reason}', '-', '-', None)]
  except Failure as problem:  # the other rows are measured all the same
    print(problem, file=sys.stderr)
    words = ' '.join(str(problem).split())[:100]
    results = [Result(name, 'failed: ' + words, '-', '-', None)]
  for r in results:
    r.row = name
  return results


def about():
  with open('/proc/cpuinfo') as f:
    model = [line.split(':')[1].strip() for line in f if line.startswith('model name')]
  commit = subprocess.run(['git', '-C', TOP, 'rev-parse', '--short', 'HEAD'],
                          capture_output=True, text=True).stdout.strip()
  changed = subprocess.run(['git', '-C', TOP, 'status', '--porcelain', '--untracked-files=no',
                            'daemon'], capture_output=True, text=True).stdout
  return (f'{datetime.date.today()}, commit {commit or "unknown"}'
          f'{" with changes" if changed else ""}, {len(model)} × {model[0] if model else "?"}, '
          f'Linux {platform.release()}')


def rows_of(results, when):
  lines_ = []
  for r in results:
    cells = (r.what, r.ours, r.peer, r.value_words, r.bar_words, r.verdict)
    lines_.append(f'| {r.row} | ' + ' | '.join(c.replace('|', '/') for c in cells) + ' |')
  return {'when': when, 'lines': lines_}


def write(measured):
  """Replaces the rows measured now; the others keep their place and their date."""
  with open(README) as f:
    before, rest = f.read().split(BEGIN)
  old, after = rest.split(END)
  kept = {}
  for line in old.splitlines():
    if line.startswith('| ') and not line.startswith('| row '):
      kept.setdefault(line.split(' | ')[0][2:], []).append(line)
    elif line.startswith('- '):
      name, _, when = line[2:].partition(': ')
      for one in name.split(', '):
        kept.setdefault(one, []).insert(0, when)
  table = {n: {'when': k[0], 'lines': k[1:]} for n, k in kept.items()}
  table.update(measured)
  out = ['| row | what | net2o | peer | ratio or figure | bar | |', '|---|---|---|---|---|---|---|']
  whens = {}
  for name in ROWS:
    if name in table:
      out += table[name]['lines']
      whens.setdefault(table[name]['when'], []).append(name)
  out += [''] + [f'- {", ".join(names)}: {when}' for when, names in whens.items()]
  with open(README, 'w') as f:
    f.write(before + BEGIN + '\n'.join(out) + '\n' + END + after)


def main():
  parser = argparse.ArgumentParser(description='All benchmarks as one table.')
  parser.add_argument('rows', nargs='*', metavar='ROW', help=', '.join(ROWS))
  parser.add_argument('--quick', action='store_true')
  parser.add_argument('--json', metavar='FILE', help='the table for programs')
  args = parser.parse_args()
  for name in args.rows:
    if name not in ROWS:
      parser.error(f'{name} is none of {", ".join(ROWS)}')
  make([program for name in args.rows or ROWS for program in PROGRAMS.get(name, ())])
  prepare(6 * 1024)
  when = about()
  print('#', when, flush=True)
  began, measured, everything = time.monotonic(), {}, []
  for name in args.rows or ROWS:
    print(f'# --- {name}', flush=True)
    results = measure(name, args.quick)
    measured[name] = rows_of(results, when)
    everything += results
    print_results(results)
  print(f'\n# {when}; {time.monotonic() - began:.0f} s')
  print_results(everything)
  if args.json:
    with open(args.json, 'w') as f:
      json.dump([vars(r) | {'verdict': r.verdict} for r in everything], f, indent=1)
  if not args.quick:
    write(measured)
  if any(r.what.startswith('failed') for r in everything):
    sys.exit(1)


if __name__ == '__main__':
  main()
