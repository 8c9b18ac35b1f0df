# SPDX-License-Identifier: GPL-3.0-or-later
#
# memory.py - from memory to memory over one connection, beside nginx and curl to /dev/null.
#
# Two data planes in one process (plane.c), sealed, opened into memory and acknowledged, over
# loopback; neither hashing nor store.
#
#   memory.py [--size MIB] [--runs N]

import argparse
import os
import re
import subprocess

from measure import (BUILD, Result, Skip, alternate, check, cpu_of, curl, family, median, prepare,
                     print_results, random_file, run_client, start_nginx)
from nodes import World


def ours(size):
  """Gbit/s, and CPU seconds for a GB."""
  done = subprocess.run([os.path.join(BUILD, 'tests', 'bench', 'bench-plane'), str(size)],
                        capture_output=True, text=True)
  check(done.returncode == 0, done.stderr)
  found = re.search(r'([\d.]+) Gbit/s, ([\d.]+) CPU-s/GB', done.stdout)
  return float(found[1]), float(found[2])


def theirs(server, url, size):
  pids = family(server.pid)
  before = cpu_of(pids)
  seconds, client = run_client(curl(url, '/dev/null'))
  gigabytes = size * 1048576 / 1e9
  return gigabytes * 8 / seconds, (client + cpu_of(pids) - before) / gigabytes


def row(size=1024, runs=5):
  with World() as world:
    root = world.path('site')
    os.mkdir(root)
    random_file(os.path.join(root, 'large.bin'), size)
    server, port = start_nginx(world, root)
    url = f'https://127.0.0.1:{port}/large.bin'
    found = {'net2o': [], 'https': []}
    for number in range(runs):
      for kind in alternate(found, number):
        found[kind].append(ours(size) if kind == 'net2o' else theirs(server, url, size))
        rate, used = found[kind][-1]
        print(f'# {kind} {number + 1}/{runs}: {rate:.2f} Gbit/s, {used:.2f} CPU-s/GB', flush=True)
  words = {k: f'{median([r for r, _ in f]):.2f} Gbit/s, {median([c for _, c in f]):.2f} CPU-s/GB'
           for k, f in found.items()}
  pairs = list(zip(found['net2o'], found['https']))
  what, peer = f'{size} MiB, memory to memory, loopback', 'nginx and curl, to nowhere, '
  return [Result('memory', what + ': goodput', words['net2o'], peer + words['https'],
                 median([n[0] / h[0] for n, h in pairs]), bar=1.8),
          Result('memory', what + ': CPU', words['net2o'], peer + words['https'],
                 median([n[1] / h[1] for n, h in pairs]), most=0.5)]


def main():
  parser = argparse.ArgumentParser(description='From memory to memory.')
  parser.add_argument('--size', type=int, default=1024, help='MiB')
  parser.add_argument('--runs', type=int, default=5)
  args = parser.parse_args()
  prepare(args.size * 2)
  print_results(row(args.size, args.runs))


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
