# SPDX-License-Identifier: GPL-3.0-or-later
#
# readback.py - what is here is read again, beside cat of the same files.
#
#   readback.py [--runs N]
#
# Out of the store, as the node has it open, by hash, beside one `cat` of all files; and by the
# command, `net2o get -o -`, whose start and whose way through the node count, beside the start
# of `cat`.  Both into a pipe, all of it in memory already.

import argparse
import os
import subprocess

from measure import BUILD, Result, alternate, check, median, prepare, print_results, run_client
from nodes import NET2O, World

SIZES = ((1 << 30, 1, '1 GiB', 0.8), (1 << 20, 256, '256 files of 1 MiB', 0.8), (2000, 5000, '5,000 files of 2 KB', 0.6))


def from_store(size, count, what, least, runs):
  done = subprocess.run([os.path.join(BUILD, 'tests', 'bench', 'bench-readback'), str(size), str(count), str(runs)],
                        capture_output=True, text=True)
  check(done.returncode == 0, done.stderr)
  ours, peer = zip(*([float(w) for w in line.split()] for line in done.stdout.splitlines()))
  return Result('readback', f'{what} out of the store, warm', f'{median(ours) * 1e3:.1f} ms',
                f'cat {median(peer) * 1e3:.1f} ms', median([p / o for o, p in zip(ours, peer)]), bar=least)


def from_command(mib, runs):
  with World() as world:
    node = world.node('n')
    world.write('site/large.bin', os.urandom(mib << 20))
    path = world.path('site/large.bin')
    node.call('publish', world.path('site'), seconds=600)
    address = f'net2o://{node.identity}/large.bin'
    kinds = {'net2o': f'{NET2O} --profile {node.profile} get {address} -o - | cat > /dev/null',
             'cat': f'cat {path} | cat > /dev/null'}
    took = {kind: [] for kind in kinds}
    for number in range(runs + 1):
      for kind in alternate(kinds, number):
        seconds, _ = run_client(['sh', '-c', kinds[kind]])
        if number:
          took[kind].append(seconds)
  return Result('readback', f'{mib} MiB by the command, each byte verified anew, warm', f'{median(took["net2o"]) * 1e3:.0f} ms',
                f'cat {median(took["cat"]) * 1e3:.0f} ms',
                median([peer / ours for ours, peer in zip(took['net2o'], took['cat'])]), bar=0.8)


def row(runs=5):
  return [from_store(*size, runs) for size in SIZES] + [from_command(1024, runs)]


def main():
  parser = argparse.ArgumentParser(description='Reading back, beside cat.')
  parser.add_argument('--runs', type=int, default=5)
  args = parser.parse_args()
  prepare(4096)
  print_results(row(args.runs))


if __name__ == '__main__':
  main()
