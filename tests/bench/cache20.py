# SPDX-License-Identifier: GPL-3.0-or-later
#
# cache20.py - twenty readers behind one cache want the same file at once: what the line to its
#              author carries.
#
#   cache20.py [--readers N] [--mib N]
#
# Real processes on loopback: author, cache, readers.  Each reader knows the author, too, and has
# the head and the folders from there; counted is all that the author gave of contents.

import argparse
import os
import threading
import time

from measure import Result, check, prepare, print_results
from nodes import World, until

MOST = 1.1


def meet(node, *others):
  for other in others:
    node.call('peer', 'add', other.endpoint, other.identity)
  until(lambda: sum(bool(r.get('known')) for r in node.rows('peer', 'list')) >= len(others), 'met', 60)


def row(readers=20, mib=100):
  with World() as world:
    author = world.node('author', bits=6, options=('--set', 'network.rate-kbit=400000'))
    size = mib << 20
    world.write('site/large.bin', os.urandom(size))
    author.call('publish', world.path('site'), seconds=600)
    cache = world.node('cache', bits=6, options=('--set', 'store.carry=1'))
    meet(cache, author)
    nodes = [world.node(f'r{i}', options=('--set', f'store.cache={cache.identity}')) for i in range(readers)]
    for node in nodes:
      meet(node, author, cache)
    before = author.call('status')['served_bytes']
    failed = []

    def get(node):
      try:
        node.get(f'net2o://{author.identity}/large.bin', '/dev/null', seconds=1800)
      except Exception as fault:  # told below
        failed.append(str(fault))
    threads = [threading.Thread(target=get, args=(node,)) for node in nodes]
    began = time.monotonic()
    for t in threads:
      t.start()
    for t in threads:
      t.join()
    seconds = time.monotonic() - began
    check(not failed, failed)
    served = author.call('status')['served_bytes'] - before
    given = cache.call('status')['served_bytes']
    check(given >= readers * size, 'the cache gave', given)
  return [Result('cache20', f'{readers} readers, {mib} MiB each at once, {seconds:.0f} s: bytes asked of the author',
                 f'{served / 2**20:.1f} MiB', f'the file, {mib} MiB', served / size, most=MOST)]


def main():
  parser = argparse.ArgumentParser(description='Twenty readers behind one cache.')
  parser.add_argument('--readers', type=int, default=20)
  parser.add_argument('--mib', type=int, default=100)
  args = parser.parse_args()
  prepare()
  print_results(row(args.readers, args.mib))


if __name__ == '__main__':
  main()
