# SPDX-License-Identifier: GPL-3.0-or-later
#
# access.py - a folder that one person may read: by path, by hash, at its owner and at its reader.

import re

from nodes import check, equal, files_below, read, run, until


def people(world, *names):
  """An owner, and others who are linked to it; who is in *names* shows who it is."""
  a = world.node('a')
  others = []
  for name in ('friend', 'stranger'):
    options = ('--set', 'node.show-identity=2') if name in names else ()
    node = world.node(name, options=options)
    node.call('peer', 'add', a.endpoint, a.identity)
    until(lambda n=node: any(r.get('state') == 'up' for r in n.rows('peer', 'list')), 'link up')
    others.append(node)
  return a, *others


def site(world, a):
  world.write('site/index.md', '# Hello\n')
  world.write('site/private/plan.md', 'The plan.\n')
  world.write('site/private/large.bin', bytes(range(251)) * 9000)
  a.call('publish', world.path('site'))
  return f'net2o://{a.identity}/'


def hash_of(node, address):
  return 'net2o://' + next(r['hash'] for r in node.rows('ls', address.rsplit('/', 1)[0] + '/')
                           if r['name'] == address.rsplit('/', 1)[1])


def opens_only_for_one(world):
  a, friend, stranger = people(world, 'friend', 'stranger')
  top = site(world, a)
  hashes = [hash_of(a, top + 'private/' + name) for name in ('plan.md', 'large.bin')]
  a.call('attr', 'set', top + 'private', 'access', friend.identity)
  equal(a.call('attr', 'get', top + 'private', 'access')['value'], friend.identity)
  for node, code in ((stranger, 3), (friend, 0)):
    node.get(top + 'index.md', world.path('got'))
    for address in (top + 'private/plan.md', top + 'private/large.bin', *hashes):
      got = node.get(address, world.path('got'), code=code)
      if code:
        check(got.get('why') and got.get('next'), got)
    node.call('ls', top + 'private/', code=code)
  friend.get(top + 'private/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/private/large.bin')))
  # What the friend has read is nobody else's there.
  other = world.node('other')
  other.call('peer', 'add', friend.endpoint, friend.identity)
  until(lambda: any(r.get('state') == 'up' for r in other.rows('peer', 'list')), 'link up')
  for address in hashes:
    other.get(address, world.path('got'), code=3)
  friend.call('fsck')


def by_nobody_who_does_not_say(world):
  """On the list, but it tells nobody who it is."""
  a, friend, _ = people(world)
  top = site(world, a)
  a.call('attr', 'set', top + 'private', 'access', friend.identity)
  friend.get(top + 'private/plan.md', world.path('got'), code=3)
  friend.get(top + 'index.md', world.path('got'))


def stays_and_is_lifted(world):
  a, friend, stranger = people(world, 'friend')
  top = site(world, a)
  plan = hash_of(a, top + 'private/plan.md')
  a.call('attr', 'set', top + 'private', 'access', friend.identity)
  world.write('site/private/plan.md', 'Another plan.\n')
  a.call('publish', world.path('site'))
  equal(a.call('attr', 'get', top + 'private', 'access')['value'], friend.identity)
  stranger.get(top + 'private/plan.md', world.path('got'), code=3)
  stranger.get(plan, world.path('got'), code=3)  # of the tree before
  friend.get(top + 'private/plan.md', world.path('got'))
  equal(read(world.path('got')), b'Another plan.\n')
  a.stop()
  a.start()
  until(lambda: any(r.get('state') == 'up' for r in stranger.rows('peer', 'list')), 'link up again')
  stranger.get(top + 'private/plan.md', world.path('got'), code=3)
  # Two lists with one group between them, then everybody.
  group = a.call('attr', 'get', top + 'private', 'access')['list']
  check(re.match(r'^h1-[a-z2-7]{52}$', group), group)
  a.call('attr', 'set', top + 'index.md', 'access', f'{a.identity},{group}')
  a.call('attr', 'set', top + 'private', 'access', 'public')
  equal(a.call('attr', 'get', top + 'private', 'access')['value'], 'public')
  until(lambda: not stranger.get(top + 'private/plan.md', world.path('got'), code=None).get('code'), 'open')
  equal(read(world.path('got')), b'Another plan.\n')
  a.call('fsck')


def wrong_lists_are_refused(world):
  a = world.node('a')
  top = site(world, a)
  for value in ('everybody', 'k1-abc', 'h1-' + 'a' * 52):
    told = a.call('attr', 'set', top + 'private', 'access', value, code=None)
    check(told.get('code') and told.get('why') and told.get('next'), told)
  a.call('attr', 'get', top + 'private', 'access', code=3)
  check(files_below(world.path('site')), 'the site is as it was')


if __name__ == '__main__':
  run(opens_only_for_one, by_nobody_who_does_not_say, stays_and_is_lifted, wrong_lists_are_refused)
