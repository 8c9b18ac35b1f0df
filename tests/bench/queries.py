# SPDX-License-Identifier: GPL-3.0-or-later
#
# queries.py - queries by attributes and words over 100,000 published files.
#
#   queries.py [--files N] [--seconds S]

import argparse
import os
import subprocess

from measure import BUILD, Result, check, prepare, print_results

MOST_MS = 20


def row(files=100000, seconds=20):
  done = subprocess.run([os.path.join(BUILD, 'tests', 'bench', 'bench-find'), str(files), str(seconds)],
                        capture_output=True, text=True)
  check(done.returncode == 0, done.stderr)
  first = done.stdout.splitlines()[0].split()
  asked, (half, most, worst) = int(first[0]), (float(w) for w in first[1:4])
  check(int(first[4]) == 0, f'{first[4]} queries were cut by the clock')
  return [Result('find', f'query over {files:,} files, 95th percentile of {asked:,}',
                 f'{most:.1f} ms (median {half:.1f}, most {worst:.1f})', '-', most, most=MOST_MS,
                 unit=' ms')]


def main():
  parser = argparse.ArgumentParser(description='Queries over many files.')
  parser.add_argument('--files', type=int, default=100000)
  parser.add_argument('--seconds', type=float, default=20)
  args = parser.parse_args()
  prepare(2048)
  print_results(row(args.files, args.seconds))


if __name__ == '__main__':
  main()
