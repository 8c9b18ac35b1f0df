# SPDX-License-Identifier: GPL-3.0-or-later
#
# author-off.py - the author's machine is off, and the page still opens on a third one that never
#                 met it: by the author's address, from whoever read it; and what is said of it.

import os
import subprocess

from nodes import NET2O, check, equal, read, run, until


def site(world, text):
  world.write('site/index.md', f'# {text}\n')
  world.write('site/deep/er/large.bin', os.urandom(3 * 1024 * 1024 + 17))
  world.write('site/deep/small.txt', 'small\n')
  return world.path('site')


def meet(node, *others):
  for other in others:
    node.call('peer', 'add', other.endpoint, other.identity)
  until(lambda: sum(bool(r.get('known')) for r in node.rows('peer', 'list')) >= len(others), 'met')


def third_one_reads_it(world):
  a, b, c = world.node('a'), world.node('b'), world.node('c')
  a.call('publish', site(world, 'Spring'))
  page = f'net2o://{a.identity}/'
  meet(b, a)
  b.call('pin', page)
  a.stop()
  meet(c, b)
  got = c.get(page, world.path('got'))
  equal(read(world.path('got')), b'# Spring\n')
  equal((got['unconfirmed'], got['counter'], got['from']), (True, 1, [b.identity]))
  check(got['published'] > 0, 'the date of its head', got)
  c.get(page + 'deep/er/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/deep/er/large.bin')))


def what_was_read_is_enough(world):
  """Nobody pinned it; what was not read by anybody is not there, and the words say whose fault."""
  a, b, c = world.node('a'), world.node('b'), world.node('c')
  a.call('publish', site(world, 'Spring'))
  page = f'net2o://{a.identity}/'
  meet(b, a)
  b.get(page, world.path('got'))
  a.stop()
  meet(c, b)
  shown = subprocess.run([NET2O, '--profile', c.profile, 'show', page], capture_output=True, text=True,
                         env=os.environ | {'LC_ALL': 'C.UTF-8'})
  check('Spring' in shown.stdout, shown)
  check('can\'t be reached' in shown.stderr and b.identity in shown.stderr, shown.stderr)
  c.get(page + 'deep/small.txt', world.path('got'), code=3)


def the_newest_of_all_counts(world):
  """B read the first version, D the second; then A comes back with a third."""
  a, b, c, d = (world.node(name) for name in 'abcd')
  page = f'net2o://{a.identity}/'
  a.call('publish', site(world, 'First'))
  meet(b, a)
  b.get(page, world.path('got'))
  b_peer = a.endpoint
  b.call('peer', 'remove', b_peer)
  a.call('publish', site(world, 'Second'))
  meet(d, a)
  d.get(page, world.path('got'))
  a.stop()
  meet(c, b, d)
  got = c.get(page, world.path('got'))
  equal((got['counter'], got['from']), (2, [d.identity]))
  equal(read(world.path('got')), b'# Second\n')
  # B alone knows less than C does by now: nothing is taken back.
  d.stop()
  equal(c.get(page, world.path('got'))['counter'], 2)
  a.start()
  a.call('publish', site(world, 'Third'))
  meet(c, a)
  until(lambda: c.get(page, world.path('got')).get('counter') == 3, 'the author is back', 30)
  check(not c.get(page, world.path('got')).get('unconfirmed'), 'and says so')


def closed_stays_closed(world):
  """B may read what C may not: with A off, C learns nothing of it from B (attack 46)."""
  a, c = world.node('a'), world.node('c')
  b = world.node('b', options=('--set', 'node.show-identity=2'))
  a.call('publish', site(world, 'Spring'))
  page = f'net2o://{a.identity}/'
  a.call('attr', 'set', page + 'deep', 'access', b.identity)
  meet(b, a)
  b.get(page, world.path('got'))
  b.get(page + 'deep/small.txt', world.path('got'))
  a.stop()
  meet(c, b)
  c.get(page, world.path('got'))
  served = b.call('status')['served_bytes']
  check(c.call('get', page + 'deep/small.txt', '-o', world.path('no'), code=None) != 0, 'closed')
  equal(b.call('status')['served_bytes'], served)


run(third_one_reads_it, what_was_read_is_enough, the_newest_of_all_counts, closed_stays_closed)
