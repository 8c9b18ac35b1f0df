# SPDX-License-Identifier: GPL-3.0-or-later
#
# questions.py - a small question and its answer, one in flight, beside bare datagrams.
#
# Both sides of each pair are on the same two processors: who asks on the first, who answers,
# with all its threads, on the second.
#
#   questions.py [--runs N] [--rounds N]

import argparse
import os
import subprocess

from measure import (BUILD, Result, Skip, alternate, check, family, median, prepare,
                     print_results)
from nodes import World

KINDS = {'plane': ('answered in the data plane', 1.6),
         'control': ('through the control plane', 3.2)}


def program(name, *arguments):
  done = subprocess.run([os.path.join(BUILD, 'tests', 'bench', 'bench-' + name), *arguments],
                        capture_output=True, text=True)
  check(done.returncode == 0, done.stderr)
  return [float(w) for w in done.stdout.split()]


def settle(pid, cpu):
  """All threads of a process to one processor."""
  for thread in os.listdir(f'/proc/{pid}/task'):
    os.sched_setaffinity(int(thread), {cpu})


def row(runs=5, rounds=5000):
  cpus = sorted(os.sched_getaffinity(0))
  if len(cpus) < 2:
    raise Skip('this machine has one processor only')
  first, second = cpus[0], cpus[1]
  with World() as world:
    holder = world.node('holder')
    world.write('site/file', 'x')
    holder.call('publish', world.path('site'))
    content = holder.call('ls', f'net2o://{holder.identity}/')['hash']
    for pid in family(holder.process.pid):
      settle(pid, second)
    found = {k: [] for k in list(KINDS) + ['bare']}
    for number in range(runs):
      for kind in alternate(found, number):
        if kind == 'bare':
          got = program('pingpong', str(rounds), str(first), str(second))
        else:
          os.sched_setaffinity(0, {first})
          try:
            got = program('questions', holder.endpoint, content, kind, str(rounds))
          finally:
            os.sched_setaffinity(0, cpus)
        found[kind].append(got)
        print(f'# {kind} {number + 1}/{runs}: p50 {got[0]:.1f} us, p99 {got[1]:.1f} us', flush=True)
    limits = {r['name']: r for r in holder.call('status')['limits']}
    check(not limits['probe_per_s']['refused'], 'each question is answered', limits['probe_per_s'])
  middle = {k: [g[0] for g in f] for k, f in found.items()}
  words = {k: f'p50 {median(middle[k]):.0f} us, p99 {median([g[1] for g in f]):.0f} us'
           for k, f in found.items()}
  return [Result('questions', f'question and answer, one in flight, {KINDS[k][0]}', words[k],
                 'bare datagrams ' + words['bare'],
                 median([o / t for o, t in zip(middle[k], middle['bare'])]), most=KINDS[k][1])
          for k in KINDS]


def main():
  parser = argparse.ArgumentParser(description='Small questions, one in flight.')
  parser.add_argument('--runs', type=int, default=5)
  parser.add_argument('--rounds', type=int, default=5000)
  args = parser.parse_args()
  prepare()
  print_results(row(args.runs, args.rounds))


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
