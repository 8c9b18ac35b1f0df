# SPDX-License-Identifier: GPL-3.0-or-later
#
# reads.py - reads of 1 KiB over one connection, many in flight, beside h2load and nginx.
#
#   reads.py [--runs N] [--seconds S]

import argparse
import os
import re
import resource
import subprocess

from measure import (BUILD, Result, Skip, alternate, check, cpu_of, family, median, need, prepare,
                     print_results, start_nginx)
from nodes import World

SIZE = 1024
STREAMS = 64  # as bench-reads has in flight


def ours(holder, content, seconds):
  """Reads a second, and CPU seconds of both sides for a thousand."""
  pids = family(holder.process.pid)
  before = cpu_of(pids)
  done = subprocess.run([os.path.join(BUILD, 'tests', 'bench', 'bench-reads'), holder.endpoint,
                         content, str(SIZE), str(seconds)], capture_output=True, text=True)
  check(done.returncode == 0, done.stderr)
  made, took, own = (float(w) for w in done.stdout.split())
  check(made > 0, 'nothing was read')
  return made / took, (own + cpu_of(pids) - before) / made * 1000


def theirs(server, port, streams, seconds):
  pids = family(server.pid)
  before = cpu_of(pids)
  used = resource.getrusage(resource.RUSAGE_CHILDREN)
  done = subprocess.run(['h2load', '-t1', '-c1', f'-m{streams}', '-D', str(seconds),
                         '--warm-up-time=0', f'https://127.0.0.1:{port}/small.bin'],
                        capture_output=True, text=True)
  after = resource.getrusage(resource.RUSAGE_CHILDREN)
  own = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
  words = re.search(r'([\d.]+) req/s', done.stdout)
  counts = re.search(r'(\d+) succeeded, (\d+) failed', done.stdout)
  check(words and counts and int(counts[2]) == 0, done.stdout, done.stderr)
  return float(words[1]), (own + cpu_of(pids) - before) / int(counts[1]) * 1000


def row(runs=5, seconds=2):
  need('nginx', 'h2load')
  with World() as world:
    with open(world.write('site/small.bin', os.urandom(SIZE)), 'rb') as f:
      os.chmod(f.fileno(), 0o644)
    server, port = start_nginx(world, world.path('site'), options=' http2',
                               more='http2_max_requests 100000000;')
    holder = world.node('holder')
    holder.call('publish', world.path('site'))
    content = next(e['hash'] for e in holder.rows('ls', f'net2o://{holder.identity}/')
                   if e['name'] == 'small.bin')
    found = {'net2o': [], 'one': [], 'many': []}
    for number in range(runs):
      for kind in alternate(found, number):
        found[kind].append(
            ours(holder, content, seconds) if kind == 'net2o' else
            theirs(server, port, 1 if kind == 'one' else STREAMS, seconds))
        rate, used = found[kind][-1]
        print(f'# {kind} {number + 1}/{runs}: {rate:,.0f}/s, {used:.3f} CPU-s for 1000',
              flush=True)
  words = {k: f'{median([r for r, _ in f]):,.0f}/s, {median([c for _, c in f]):.3f} CPU-s for 1,000'
           for k, f in found.items()}

  def ratio(kind):
    return median([o[0] / t[0] for o, t in zip(found['net2o'], found[kind])])
  return [Result('reads', '1 KiB reads, one connection, many in flight, beside h2load as it is '
                 '(one stream)', words['net2o'], 'nginx ' + words['one'], ratio('one'), bar=5),
          Result('reads', f'the same beside h2load with {STREAMS} streams', words['net2o'],
                 'nginx ' + words['many'], ratio('many'))]


def main():
  parser = argparse.ArgumentParser(description='1 KiB reads, many in flight.')
  parser.add_argument('--runs', type=int, default=5)
  parser.add_argument('--seconds', type=int, default=2)
  args = parser.parse_args()
  prepare()
  print_results(row(args.runs, args.seconds))


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
