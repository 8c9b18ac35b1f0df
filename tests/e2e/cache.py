# SPDX-License-Identifier: GPL-3.0-or-later
#
# cache.py - a cache that answers first: many askers, one fetch; what it is not given, or must not
#            give; and a reader whose cache is off, or lies.

import os
import threading

from nodes import check, equal, read, run, until

ASKERS = 6


def meet(node, *others):
  for other in others:
    node.call('peer', 'add', other.endpoint, other.identity)
  until(lambda: sum(bool(r.get('known')) for r in node.rows('peer', 'list')) >= len(others), 'met')


def village(world, n, bytes_n=12 * 1024 * 1024 + 17):
  """An author behind a slow line, a cache, and readers who know both."""
  author = world.node('author', options=('--set', 'network.rate-kbit=80000'))
  world.write('site/index.md', '# Village\n')
  world.write('site/large.bin', os.urandom(bytes_n))
  world.write('site/private/large.bin', os.urandom(3 * 1024 * 1024))
  author.call('publish', world.path('site'))
  cache = world.node('cache', bits=6, options=('--set', 'store.carry=1'))
  meet(cache, author)
  readers = [world.node(f'r{i}', options=('--set', f'store.cache={cache.identity}')) for i in range(n)]
  for reader in readers:
    meet(reader, author, cache)
  return author, cache, readers, f'net2o://{author.identity}/'


def get_all(world, readers, address):
  failed = []

  def get(reader):
    try:
      reader.get(address, world.path('got-' + reader.name))
      equal(read(world.path('got-' + reader.name)), read(world.path('site/large.bin')))
    except Exception as fault:  # told by the thread that waits
      failed.append(f'{reader.name}: {fault}')
  threads = [threading.Thread(target=get, args=(r,)) for r in readers]
  for t in threads:
    t.start()
  for t in threads:
    t.join()
  equal(failed, [])


def many_askers_one_fetch(world):
  author, cache, readers, page = village(world, ASKERS)
  before = author.call('status')['served_bytes']
  get_all(world, readers, page + 'large.bin')
  size = os.path.getsize(world.path('site/large.bin'))
  served = author.call('status')['served_bytes'] - before
  check(served <= 1.1 * size, 'asked of the author', served, 'of', size)
  check(cache.call('status')['served_bytes'] >= ASKERS * size, 'the cache gave it to all')
  equal(cache.call('fsck')['damaged'], [])
  # It is kept there, as something that was read.
  by_hash = next(r['hash'] for r in author.rows('ls', page) if r['name'] == 'large.bin')
  equal({r['kind'] for r in cache.rows('why', 'net2o://' + by_hash)}, {'cache'})


def closed_is_fetched_past_it(world):
  """The cache is not on the list; the reader is, and gets it from the author (attack 46)."""
  author, cache, _, page = village(world, 0, 100000)
  friend = world.node('friend', options=('--set', f'store.cache={cache.identity}', '--set', 'node.show-identity=2'))
  author.call('attr', 'set', page + 'private', 'access', friend.identity)
  meet(friend, author, cache)
  before = cache.call('status')['served_bytes']
  friend.get(page + 'private/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/private/large.bin')))
  equal(cache.call('status')['served_bytes'], before)
  by_hash = next(r['hash'] for r in author.rows('ls', page + 'private/'))
  cache.call('why', 'net2o://' + by_hash, code=3)


def without_its_cache(world):
  """Its cache is off: it takes longer, and that is all."""
  author, cache, readers, page = village(world, 1)
  cache.stop()
  readers[0].get(page + 'large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))


def a_neighbour_that_is_no_cache(world):
  author, other = world.node('author'), world.node('other')
  world.write('site/large.bin', os.urandom(3 * 1024 * 1024))
  author.call('publish', world.path('site'))
  reader = world.node('reader', options=('--set', f'store.cache={other.identity}'))
  meet(reader, author, other)
  reader.get(f'net2o://{author.identity}/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))


run(many_askers_one_fetch, closed_is_fetched_past_it, without_its_cache, a_neighbour_that_is_no_cache)
