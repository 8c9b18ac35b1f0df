# SPDX-License-Identifier: GPL-3.0-or-later
#
# files.py - one large file between two nodes, beside nginx and curl.
#
# Both carry the same file, enciphered; both hold it in memory (tmpfs), as no disk is measured.
# The asker is a new node each time.
#
#   net2o       verified against its hash and kept in the asker's store: written once, as curl
#               does
#   net2o-file  the same, and written a second time, into a file, by the command line
#   https       nginx to curl -o FILE
#
#   files.py [--over loopback|veth]... [--size MIB] [--runs N]

import argparse
import os
import shutil

from measure import (Result, Skip, alternate, cpu_of, curl, family, inside, median, prepare,
                     print_results, random_file, run_client, same, start_nginx, touch, until)
from nodes import NET2O, World
from spaces import Spaces, need_spaces

NET = '10.97.4'


class Veth(Spaces):
  """near and far, a veth pair with an MTU of 1500 between them."""

  def __init__(self, world):
    super().__init__(world, ('near', 'far'))

  def build(self):
    self.join('near', 'far', NET)
    self.set_mtu('near', 'far', 1500)


class Loopback:
  """The same interface without namespaces."""
  names = {'near': None, 'far': None}

  def __init__(self, world):
    pass

  def __enter__(self):
    return self

  def __exit__(self, *_):
    pass


# What carries it: class, near and far address, bars of goodput and CPU.
OVER = {'loopback': (Loopback, '127.0.0.1', '127.0.0.1', 1.4, 0.75),
        'veth': (Veth, NET + '.1', NET + '.2', 1.0, 1.0)}


def run_https(world, spaces, server, url, number):
  got = world.path(f'got-https-{number}')
  pids = family(server.pid)
  before = cpu_of(pids)
  seconds, client = run_client(inside(spaces.names['near'], curl(url, got)))
  return seconds, client + cpu_of(pids) - before, got


def run_net2o(world, spaces, holder, near, number, to_file):
  got = world.path(f'got-net2o-{number}') if to_file else None
  asker = world.node('asker', space=spaces.names['near'], listen=(f'udp:{near}:0',))
  asker.call('peer', 'add', holder.endpoint, holder.identity)
  until(lambda: any(r.get('state') == 'up' for r in asker.rows('peer', 'list')), 'link up')
  pids = family(holder.process.pid) + family(asker.process.pid)
  before = cpu_of(pids)
  seconds, client = run_client([NET2O, '--profile', asker.profile, 'get',
                                f'net2o://{holder.identity}/large.bin', '-o', got or '/dev/null'])
  used = client + cpu_of(pids) - before
  asker.stop(10)
  shutil.rmtree(asker.profile)
  return seconds, used, got


def measure(world, spaces, over, size, runs):
  """Seconds and CPU seconds of each run, by kind."""
  _, near, far, _, _ = OVER[over]
  root = world.path('site')
  os.mkdir(root)
  source = random_file(os.path.join(root, 'large.bin'), size)
  server, port = start_nginx(world, root, spaces.names['far'], far)
  holder = world.node('holder', space=spaces.names['far'], listen=(f'udp:{far}:0',))
  holder.call('publish', root, seconds=300)
  found = {k: [] for k in ('net2o', 'https') + (('net2o-file',) if over == 'loopback' else ())}
  for number in range(runs):
    for kind in alternate(found, number):
      touch(world, size * 2 + 512)
      if kind == 'https':
        one = run_https(world, spaces, server, f'https://{far}:{port}/large.bin', number)
      else:
        one = run_net2o(world, spaces, holder, near, number, kind == 'net2o-file')
      if one[2]:
        same(source, one[2])
      found[kind].append(one[:2])
      print(f'# {over} {kind} {number + 1}/{runs}: {one[0]:.2f} s, {one[1]:.2f} CPU-s', flush=True)
  return found


def row(over='loopback', size=1024, runs=5):
  kind, _, _, goodput_bar, cpu_bar = OVER[over]
  if over == 'veth':
    need_spaces()
  with World() as world, kind(world) as spaces:
    found = measure(world, spaces, over, size, runs)
  gigabytes = size * 1048576 / 1e9
  words = {k: f'{median([gigabytes * 8 / s for s, _ in f]):.2f} Gbit/s, '
              f'{median([c / gigabytes for _, c in f]):.2f} CPU-s/GB' for k, f in found.items()}

  def results(kind, what, bars):
    faster = median([h[0] / n[0] for n, h in zip(found[kind], found['https'])])
    dearer = median([n[1] / h[1] for n, h in zip(found[kind], found['https'])])
    peer = 'nginx and curl, to a file, ' + words['https']
    return [Result('files', f'{what}: goodput', words[kind], peer, faster, bar=bars[0]),
            Result('files', f'{what}: CPU', words[kind], peer, dearer, most=bars[1])]
  what = f'{size} MiB verified file, {over}'
  listed = results('net2o', what, (goodput_bar, cpu_bar))
  if 'net2o-file' in found:
    listed += results('net2o-file', what + ', written into a second file too', (None, None))
  return listed


def main():
  parser = argparse.ArgumentParser(description='One large file between two nodes.')
  parser.add_argument('--over', action='append', choices=list(OVER))
  parser.add_argument('--size', type=int, default=1024, help='MiB')
  parser.add_argument('--runs', type=int, default=5)
  args = parser.parse_args()
  prepare(args.size * 6)
  for over in args.over or OVER:
    print_results(row(over, args.size, args.runs))


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
