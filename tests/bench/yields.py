# SPDX-License-Identifier: GPL-3.0-or-later
#
# yields.py - a transfer of low priority, which all are by default, beside one TCP cubic flow.
#
# The long line (100 Mbit/s, 50 ms) with a queue of 100 ms.  The transfer begins first, then
# TCP (iperf3) sends the same way for SECONDS: how much of the rate that it has alone does it
# keep?  The same with uTP (libtorrent), which means to yield too.  And alone, how much of the
# line does the transfer use?
#
#   yields.py [--seconds S] [--program net2o|utp]...

import argparse
import json
import os
import subprocess
import sys
import time

from lines import FAR, LINES, NEAR, Emulated, Ping, bytes_in, ready, watch
from measure import (HERE, Result, Skip, check, inside, need, prepare, print_results, random_file,
                     until)
from nodes import World
from spaces import need_spaces

AHEAD_S = 3
PROGRAMS = ('net2o', 'utp')


def torrent_python():
  """A python with libtorrent, or None: Debian's is not always the first."""
  for python in (sys.executable, '/usr/bin/python3'):
    if subprocess.run([python, os.path.join(HERE, 'utp.py'), 'probe'],
                      capture_output=True).returncode == 0:
      return python
  return None


def tcp(world, spaces, seconds):
  """Goodput of one cubic flow from far to near, Mbit/s."""
  world.run(inside(spaces.near, ['iperf3', '-s', '-1', '-B', NEAR]), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
  command = inside(spaces.far, ['iperf3', '-c', NEAR, '-t', str(seconds), '-C', 'cubic', '-J'])

  def done():
    got = subprocess.run(command, capture_output=True, text=True)
    found = json.loads(got.stdout or '{}')
    return found if 'end' in found and 'sum_received' in found['end'] else None
  return until(done, 'iperf3 ran', 20)['end']['sum_received']['bits_per_second'] / 1e6


def start_utp(world, spaces, root):
  python, torrent = torrent_python(), world.path('file.torrent')
  os.mkdir(world.path('got'))
  script = os.path.join(HERE, 'utp.py')
  world.run(inside(spaces.far, [python, script, 'seed', os.path.join(root, 'file.bin'), torrent,
                                FAR, '6881']))
  until(lambda: os.path.exists(torrent), 'the torrent is made', 60)
  fetcher = world.run(inside(spaces.near, [python, script, 'fetch', world.path('got'), torrent,
                                           NEAR, '6881', FAR]), stdout=subprocess.PIPE)
  check(fetcher.stdout.readline() == b'ready\n', 'libtorrent did not start')


def beside(program, root, seconds):
  """Rate of TCP in Mbit/s beside a program, or alone."""
  line = LINES['long']
  with World() as world, Emulated(world, line, 1) as spaces:
    spaces.control('cubic')
    if program == 'net2o':
      command, _ = ready(world, spaces, 'net2o', root, 'file.bin')
      world.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    elif program == 'utp':
      start_utp(world, spaces, root)
    if program != 'alone':
      ping = Ping(world, spaces.near, FAR)
      until(lambda: bytes_in(ping.process.pid) > 100000, 'it flows')
      time.sleep(AHEAD_S)
    return tcp(world, spaces, seconds)


def row(seconds=30, programs=PROGRAMS):
  need_spaces()
  need('iperf3')
  results = []
  with World() as files:
    root = files.path('site')
    os.mkdir(root)
    random_file(os.path.join(root, 'file.bin'), 14 * (seconds + 5))
    alone = beside('alone', root, seconds)
    print(f'# TCP alone: {alone:.1f} Mbit/s', flush=True)
    for program in programs:
      if program == 'utp' and not torrent_python():
        results.append(Result('yield', 'uTP: libtorrent is missing', '-', '-', None))
        continue
      rate = beside(program, root, seconds)
      print(f'# TCP beside {program}: {rate:.1f} Mbit/s', flush=True)
      results.append(Result(
          'yield', f'what one TCP cubic flow keeps of its rate beside {program}, {seconds} s',
          f'TCP {rate:.1f} Mbit/s', f'TCP alone {alone:.1f} Mbit/s', rate / alone,
          bar=0.9 if program == 'net2o' else None, unit=''))
    if 'net2o' in programs:
      delay, used = watch(LINES['long'], 'net2o', root, 'file.bin', 1)
      results.append(Result('yield', 'share of the line used alone', f'{used:.1%}, +{delay:.1f} ms',
                            '-', used, bar=0.95, unit=''))
  return results


def main():
  parser = argparse.ArgumentParser(description='Low priority beside TCP.')
  parser.add_argument('--seconds', type=int, default=30)
  parser.add_argument('--program', action='append', choices=PROGRAMS)
  args = parser.parse_args()
  prepare(2048)
  print_results(row(args.seconds, args.program or PROGRAMS))


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
