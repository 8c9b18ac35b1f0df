# SPDX-License-Identifier: GPL-3.0-or-later
#
# idle.py - memory of a node for a connection that says nothing.
#
# RSS of all processes of a whole node, before and after so many connections were made to it,
# each by a full handshake and with one small question asked and answered over it.
#
#   idle.py [--count N] [--wait S]

import argparse
import os
import re
import subprocess
import time

from measure import BUILD, Result, check, family, prepare, print_results
from nodes import World, text_of


def rss(pids):
  """Bytes by process name."""
  found = {}
  for pid in pids:
    kib = re.search(r'^VmRSS:\s*(\d+) kB', text_of(pid, 'status'), re.M)
    found[text_of(pid, 'comm').strip()] = int(kib[1]) * 1024
  return found


def row(count=100000, wait=6):
  with World() as world:
    holder = world.node('holder')
    world.write('site/file', 'x')
    holder.call('publish', world.path('site'))
    content = holder.call('ls', f'net2o://{holder.identity}/')['hash']
    pids = family(holder.process.pid)
    before = rss(pids)
    process = world.run([os.path.join(BUILD, 'tests', 'bench', 'bench-idle'), holder.endpoint,
                         content, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    check(line, process.stderr.read() if not line else '')
    seconds = float(line.split()[1])
    time.sleep(wait)  # what is given back after some seconds of silence is given back
    after = rss(pids)
    there = len(holder.call('status')['connections'])
    check(there >= count, 'only', there, 'connections are there')
    print('#', {n: f'{before[n] >> 10} KiB -> {after[n] >> 10} KiB' for n in after}, flush=True)
    grown = (sum(after.values()) - sum(before.values())) / count
    process.stdin.close()
    process.wait()
    return [Result('idle', f'memory of an idle connection, over {count:,}', f'{grown:,.0f} bytes '
                   f'({count / seconds:,.0f} made a second)', '-', grown / 1024, most=4,
                   unit=' KiB')]


def main():
  parser = argparse.ArgumentParser(description='Memory of idle connections.')
  parser.add_argument('--count', type=int, default=100000)
  parser.add_argument('--wait', type=float, default=6)
  args = parser.parse_args()
  prepare()
  print_results(row(args.count, args.wait))


if __name__ == '__main__':
  main()
