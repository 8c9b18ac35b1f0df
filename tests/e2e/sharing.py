# SPDX-License-Identifier: GPL-3.0-or-later
#
# sharing.py - files by what they are: pinned, told why, taken from whoever has them, at once from
#              several; the author may be off.

import os

from nodes import check, equal, read, run, until


def site(world):
  world.write('site/index.md', '# Shared\n')
  world.write('site/deep/er/large.bin', os.urandom(6 * 1024 * 1024 + 17))
  for i in range(40):
    world.write(f'site/many/{i}.txt', f'{i}\n' * 20)
  return world.path('site')


def meet(node, *others):
  for other in others:
    node.call('peer', 'add', other.endpoint, other.identity)
  until(lambda: sum(bool(r.get('known')) for r in node.rows('peer', 'list')) >= len(others), 'met')


def kinds(rows):
  return {row['kind'] for row in rows}


def pinned_tree_outlives_its_author(world):
  a, b, c = world.node('a'), world.node('b'), world.node('c')
  by_hash = a.call('publish', site(world))['by_hash']
  meet(b, a)
  pinned = b.call('pin', f'net2o://{a.identity}/')
  equal(pinned['files'], 42)
  equal(pinned['address'] + '/', by_hash)
  check({'pin', 'cache'} <= kinds(b.rows('why', by_hash)), b.rows('why', by_hash))
  check('tree' in kinds(a.rows('why', by_hash)), 'the author\'s own')
  a.stop()
  b.get(by_hash + 'many/39.txt', world.path('got'))
  equal(read(world.path('got')), b'39\n' * 20)
  # A third one, who never met the author, gets it from who has it.
  meet(c, b)
  c.get(by_hash + 'deep/er/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/deep/er/large.bin')))


def unpinned_is_no_longer_kept(world):
  a, b = world.node('a'), world.node('b')
  by_hash = a.call('publish', site(world))['by_hash']
  meet(b, a)
  b.call('unpin', by_hash, code=3)
  b.call('why', by_hash, code=3)
  b.call('pin', by_hash)
  used = {row['kind']: row['used'] for row in b.rows('why') if row['used']}
  equal(used['pin'], used['cache'], 'each pays in full')
  b.call('unpin', by_hash)
  equal(kinds(b.rows('why', by_hash)), {'cache'})
  b.call('unpin', by_hash, code=3)


def a_pin_lasts(world):
  a, b = world.node('a'), world.node('b')
  by_hash = a.call('publish', site(world))['by_hash']
  meet(b, a)
  b.call('pin', by_hash)
  b.kill()
  b.start()
  check('pin' in kinds(b.rows('why', by_hash)), 'after kill -9')
  equal(b.call('fsck')['damaged'], [])


def three_holders_have_it(world):
  """Who of them serves how much depends on this machine's moods; `sim-holders` says that."""
  holders = [world.node(name, options=('--set', 'network.rate-kbit=80000')) for name in 'abc']
  reader = world.node('reader')
  world.write('site/large.bin', os.urandom(24 * 1024 * 1024))
  for holder in holders:
    address = holder.call('publish', world.path('site'))['by_hash']
  meet(reader, *holders)
  reader.get(address + 'large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))
  served = sum(holder.call('status')['served_bytes'] for holder in holders)
  check(24 * 1024 * 1024 <= served < 1.5 * 24 * 1024 * 1024, 'hardly a byte twice', served)


run(pinned_tree_outlives_its_author, unpinned_is_no_longer_kept, a_pin_lasts, three_holders_have_it)
