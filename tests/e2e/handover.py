# SPDX-License-Identifier: GPL-3.0-or-later
#
# handover.py - a download goes on while both ends lose their switch and go to another (T8).

import os
import signal

from nodes import NET2O, check, equal, read, run, until

RATE_KBIT = 80000  # of the holder's links: so the file takes seconds


def town(world, mib=20):
  """asker and holder, each with a link to both of two switches; the asker's ways to it."""
  asker = world.node('asker', bits=4)
  switches = [world.node(f'switch{i}', bits=bits) for i, bits in enumerate((3, 5))]
  holder = world.node('holder', bits=2, options=('--set', f'network.rate-kbit={RATE_KBIT}'))
  world.write('site/large.bin', os.urandom(mib * 1024 * 1024 + 5))
  holder.call('publish', world.path('site'))
  ways = []
  for switch in switches:
    ways.append([f'{asker.peer(switch)}/{asker.bits}', f'{switch.peer(holder)}/{switch.bits}'])
  return asker, switches, holder, ways


def begin(world, asker, holder):
  process = world.run([NET2O, '--profile', asker.profile, 'get',
                       f'net2o://{holder.identity}/large.bin', '-o', world.path('got')])
  until(lambda: asker.call('status')['fetched_bytes'] > 2 << 20, 'under way')
  check(process.poll() is None, 'it was too quick')
  return process


def finish(world, process):
  equal(process.wait(60), 0)
  equal(read(world.path('got')), read(world.path('site/large.bin')))


def went_on(asker):
  status = asker.call('status')
  equal(status['fetch_lost'], 0, 'the connection was made again')
  check(status['fetch_moved'] >= 1, status['fetch_moved'])


def switch_dies(world):
  asker, switches, holder, ways = town(world)
  asker.call('path', 'set', holder.identity, *ways[0], 'or', *ways[1])
  process = begin(world, asker, holder)
  switches[0].kill()
  finish(world, process)
  went_on(asker)
  equal(asker.call('path', holder.identity)['hops'][0]['port'], int(ways[1][0].split('/')[0]))


def switch_says_goodbye(world):
  asker, switches, holder, ways = town(world)
  asker.call('path', 'set', holder.identity, *ways[0], 'or', *ways[1])
  process = begin(world, asker, holder)
  switches[0].stop()
  finish(world, process)
  went_on(asker)


def switch_hangs(world):
  """No word and no link that goes down: only silence."""
  asker, switches, holder, ways = town(world)
  asker.call('path', 'set', holder.identity, *ways[0], 'or', *ways[1])
  process = begin(world, asker, holder)
  pid = switches[0].pid('node')
  os.kill(pid, signal.SIGSTOP)
  try:
    finish(world, process)
  finally:
    os.kill(pid, signal.SIGCONT)
  went_on(asker)


def path_set_by_hand(world):
  """Another way is set in mid-transfer; and back again, and again."""
  asker, _, holder, ways = town(world)
  asker.call('path', 'set', holder.identity, *ways[0])
  process = begin(world, asker, holder)
  for turn in range(6):
    asker.call('path', 'set', holder.identity, *ways[(turn + 1) % 2])
    until(lambda n=turn: asker.call('status')['fetch_moved'] > n or process.poll() is not None, 'moved')
  finish(world, process)
  went_on(asker)


if __name__ == '__main__':
  run(switch_dies, switch_says_goodbye, switch_hangs, path_set_by_hand)
