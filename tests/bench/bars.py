# SPDX-License-Identifier: GPL-3.0-or-later
#
# bars.py - bars that no clock of this machine can move: queues, shares, messages and memory, as
#           tests in virtual time hold and print them (tests/sim/bar.h).
#
#   bars.py [shaped|jam|fair|calls|state|dht]...

import argparse
import os
import re
import subprocess

from measure import BUILD, Result, TOP, check, print_results

PROGRAMS = {
    'shaped': ('sim/sim-reserve',),
    'jam': ('sim/sim-jam',),
    'fair': ('sim/sim-fair',),
    'calls': ('sim/sim-reserve', 'unit/test-police', 'sim/sim-country'),
    'state': ('unit/test-state', 'sim/sim-country'),
    'dht': ('sim/sim-dht --large',),
}
LINE = re.compile(r'bar: (\w+); ([^;]+); (\S+); (<=|>=); (\S+);(.*)')
ENV = {**os.environ, 'N2_SOURCE': TOP}


def row(name):
  results = []
  for program in PROGRAMS[name]:
    done = subprocess.run([*os.path.join(BUILD, 'tests', program).split(), '--tap'],
                          capture_output=True, text=True, env=ENV)
    check(done.returncode == 0, program, done.stdout[-2000:], done.stderr)
    for found in LINE.finditer(done.stdout):
      about, what, value, kind, bar, unit = found.groups()
      unit = unit.rstrip()[1:]  # the space behind the last semicolon
      if about == name:
        results.append(Result(name, what, f'{value}{unit}', '-', float(value), unit=unit,
                              **{'bar' if kind == '>=' else 'most': float(bar)}))
  check(results, f'no test prints a bar of {name}')
  return results


def main():
  parser = argparse.ArgumentParser(description='Bars that are held in virtual time.')
  parser.add_argument('rows', nargs='*', metavar='ROW', help=', '.join(PROGRAMS))
  args = parser.parse_args()
  for name in args.rows or PROGRAMS:
    print_results(row(name))


if __name__ == '__main__':
  main()
