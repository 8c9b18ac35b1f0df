# SPDX-License-Identifier: GPL-3.0-or-later
#
# suites.py - nodes that offer the second suite alone, or both, meet by the strongest that both know.

from nodes import equal, read, run


def pair(world, reader, holder):
  a = world.node('reader', options=['--set', f'node.suites={reader}'])
  b = world.node('holder', options=['--set', f'node.suites={holder}'])
  world.write('site/index.md', '# Safe and sound\n')
  b.call('publish', world.path('site'))
  a.call('path', 'set', b.identity, f'{a.peer(b)}/{a.bits}')
  return a, b


def fetch(world, reader, holder):
  reader.get(f'net2o://{holder.identity}/index.md', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/index.md')))


def counter(node, name):
  return node.call('status')[name]


def both_of_the_second_alone(world):
  reader, holder = pair(world, 2, 2)
  fetch(world, reader, holder)
  equal(counter(holder, 'hellos'), 1)


def one_has_both(world):
  reader, holder = pair(world, 1, 3)
  fetch(world, reader, holder)
  equal(counter(holder, 'hellos'), 1)


if __name__ == '__main__':
  run(both_of_the_second_alone, one_has_both)
