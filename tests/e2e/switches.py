# SPDX-License-Identifier: GPL-3.0-or-later
#
# switches.py - a path through three switches of different width, each a process of its own.

import os
import signal
import time

from nodes import NET2O, equal, read, run, until

WIDTHS = (3, 9, 5)


def chain(world):
  """reader - 3 switches - holder; returns (reader, switches, holder)."""
  reader = world.node('reader', bits=4)
  switches = [world.node(f'switch{i}', bits=bits) for i, bits in enumerate(WIDTHS)]
  holder = world.node('holder', bits=2)
  world.write('site/index.md', '# Far away\n')
  world.write('site/large.bin', os.urandom(6 * 1024 * 1024 + 5))
  holder.call('publish', world.path('site'))
  line = [reader] + switches + [holder]
  hops = [f'{a.peer(b)}/{a.bits}' for a, b in zip(line, line[1:])]
  reader.call('path', 'set', holder.identity, *hops)
  return reader, switches, holder


def states(reader, holder):
  return [row['state'] for row in reader.call('path', holder.identity)['hops']]


def through_three_switches(world):
  reader, _, holder = chain(world)
  reader.get(f'net2o://{holder.identity}/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))


def both_ways_at_once(world):
  reader, switches, holder = chain(world)
  world.write('other/large.bin', os.urandom(4 * 1024 * 1024 + 1))
  reader.call('publish', world.path('other'))
  back = [holder] + switches[::-1] + [reader]
  hops = []
  for a, b in zip(back, back[1:]):
    row = next(r for r in a.rows('peer', 'list') if r['endpoint'] == b.endpoint)
    hops.append(f"{row['port']}/{a.bits}")
  holder.call('path', 'set', reader.identity, *hops)
  process = world.run([NET2O, '--profile', reader.profile, 'get',
                       f'net2o://{holder.identity}/large.bin', '-o', world.path('got')])
  holder.get(f'net2o://{reader.identity}/large.bin', world.path('got2'))
  equal(process.wait(60), 0)
  equal(read(world.path('got')), read(world.path('site/large.bin')))
  equal(read(world.path('got2')), read(world.path('other/large.bin')))


def trace_names_the_hop_that_is_gone(world):
  reader, switches, holder = chain(world)
  equal(states(reader, holder), ['answers'] * 5)
  switches[1].kill()
  equal(states(reader, holder), ['answers'] * 2 + ['silent'] * 3)
  began = time.monotonic()
  gone = reader.get(f'net2o://{holder.identity}/large.bin', world.path('got'), code=5, seconds=90)
  equal(gone.get('hop'), 3, gone)
  took = time.monotonic() - began
  if took > 10:
    raise AssertionError(f'{took:.1f} s until the hop was named')


def transfer_goes_on_after_a_pause(world):
  reader, switches, holder = chain(world)
  process = world.run([NET2O, '--profile', reader.profile, 'get',
                       f'net2o://{holder.identity}/large.bin', '-o', world.path('got')])
  pid = switches[0].pid('node')
  for _ in range(3):
    os.kill(pid, signal.SIGSTOP)
    until(lambda: open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[0] == 'T', 'stopped')
    os.kill(pid, signal.SIGCONT)
  equal(process.wait(60), 0)
  equal(read(world.path('got')), read(world.path('site/large.bin')))


if __name__ == '__main__':
  run(through_three_switches, both_ways_at_once, trace_names_the_hop_that_is_gone,
      transfer_goes_on_after_a_pause)
