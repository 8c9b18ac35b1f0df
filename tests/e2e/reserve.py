# SPDX-License-Identifier: GPL-3.0-or-later
#
# reserve.py - bandwidth reserved through real switches: kept, refused by the one that is full,
#              given back, and there again after a switch was killed.

import os
import subprocess

from nodes import NET2O, check, equal, run, until

RATE = ('--set', 'network.rate-kbit=10000')
NARROW = ('--set', 'network.rate-kbit=2000')
GERMAN = {'LANGUAGE': 'de', 'N2_LOCALEDIR': os.environ.get('LOCALES', '')}
BACK_S = 30  # links come back, and a renewal comes each 10 s


def chain(world, last=RATE):
  """caller - 2 switches - callee, and the way of the first to the last."""
  line = [world.node('caller', options=RATE), world.node('switch0', bits=3, options=RATE),
          world.node('switch1', bits=5, options=last), world.node('callee', bits=2, options=RATE)]
  hops = [f'{a.peer(b)}/{a.bits}' for a, b in zip(line, line[1:])]
  line[0].call('path', 'set', line[3].identity, *hops)
  return line


def held(node):
  """Bits a second of the reservations that are kept here."""
  rows = node.call('status', 'switch')['reservations']
  return [row['rate_bps'] for row in rows if row['state'] == 'kept']


def said(node, *words, **more):
  """Exit code and all that a user sees."""
  done = subprocess.run([NET2O, '--profile', node.profile, 'reserve', *words], capture_output=True, timeout=30,
                        env={**os.environ, 'LC_ALL': 'C.UTF-8', **more})
  return done.returncode, (done.stdout + done.stderr).decode().rstrip()


def neighbours(world, *names):
  """These, each linked by a switch whose line to a callee carries 2 Mbit/s; the switch, its port there, and they."""
  switch, callee = world.node('switch', options=NARROW), world.node('callee', bits=2, options=RATE)
  far = switch.peer(callee)
  found = []
  for name in names:
    node = world.node(name, options=RATE)
    switch.peer(node)  # whom it opens a link to has a share of his own, and not that of all who share his address
    own = until(lambda: [r['port'] for r in node.call('status', 'switch')['ports'] if r.get('state') == 'up'], 'link')
    node.call('path', 'set', callee.identity, f'{own[0]}/4', f'{far}/4')
    node.call('name', 'set', 'tv', callee.identity)
    found.append(node)
  return switch, far, callee, found


def kept_and_given_back(world):
  line = chain(world)
  caller, callee = line[0], line[3]
  row = caller.call('reserve', callee.identity, '4M')
  equal((row['state'], row['switches'], row['unsure']), ('kept', 3, 0), row)
  for node in line[:3]:
    equal(held(node), [4000000])
  caller.call('reserve', callee.identity, '500k')
  for node in line[:3]:
    equal(held(node), [500000])
  equal(len(caller.rows('reserve')), 1)
  caller.call('reserve', 'release', str(row['number']))
  until(lambda: not any(held(node) for node in line[:3]), 'all gave it back', 5)
  equal(caller.rows('reserve'), [])


def refused_by_the_full_one(world):
  line = chain(world, NARROW)
  caller, callee = line[0], line[3]
  no = caller.call('reserve', callee.identity, '4M', code=4)
  equal(no['error'], 'REFUSED', no)
  check('switch 3' in no['why'], no)
  for node in line[:3]:
    equal(held(node), [])
  equal(caller.call('reserve', callee.identity, '800k')['state'], 'kept')


def full_for_a_second_one(world):
  switch, _, _, (ada, bert) = neighbours(world, 'ada', 'bert')
  equal(said(ada, 'tv', '800k'), (0, '1  800 kbit/s  kept  by 2 switches  tv'))
  # 1.6 Mbit/s can be promised, half of them is left, and the half of that is for one neighbour.
  code, words = said(bert, 'tv', '1M')
  equal((code, words), (4, 'net2o: tv: switch 2 on the way has not so much left to give. Ask for 400 kbit/s at most.'))
  code, words = said(bert, 'tv', '1M', **GERMAN)
  equal(code, 4)
  check('Switch 2 auf dem Weg' in words and '400 kbit/s' in words, words)
  code, words = said(bert, 'tv', '500k')
  equal((code, words), (4, 'net2o: tv: switch 2 on the way gives no more to one neighbour. Ask for 400 kbit/s at most.'))
  equal((said(bert), held(bert), held(switch)), ((0, ''), [], [800000]))
  equal(said(bert, 'tv', '400k')[0], 0)
  equal(sorted(held(switch)), [400000, 800000])
  # More is refused, and in another class it would have to be given back first: it stays as it is.
  equal(said(ada, 'tv', '1200k')[0], 4)
  code, words = said(ada, 'tv', '700k', '--urgent')
  equal((code, words), (1, 'net2o: tv: one of another name or class goes by the same way. '
                           "Give that back first; 'net2o reserve' lists it."))
  equal((ada.call('reserve')['rate_bps'], sorted(held(switch))), (800000, [400000, 800000]))
  equal(said(ada, 'release', '1'), (0, ''))
  until(lambda: held(switch) == [400000], 'the switch has it back', 5)
  equal(said(bert, 'tv', '800k')[0], 0)
  equal(held(switch), [800000])


def line_that_is_gone(world):
  switch, far, callee, (ada,) = neighbours(world, 'ada')
  callee.stop()
  until(lambda: [r['state'] for r in switch.rows('peer', 'list') if r.get('port') == far] != ['up'], 'it is noticed', 20)
  code, words = said(ada, 'tv', '100k')
  equal((code, words), (4, 'net2o: tv: switch 2 on the way has lost the line. Try again in half a minute.'))
  equal(said(ada, 'release', '4294967297')[0], 3)
  callee.start()
  until(lambda: said(ada, 'tv', '100k')[0] == 0, 'the line is back', BACK_S)
  check(said(ada, ada.identity, '100k')[0] == 2)


def comes_back(world):
  line = chain(world)
  caller, callee = line[0], line[3]
  caller.call('reserve', callee.identity, '4M')
  line[1].kill()
  line[1].start()
  until(lambda: held(line[1]) == [4000000], 'the switch that forgot has it again', BACK_S)
  equal(caller.call('reserve')['state'], 'kept')


def goes_where_its_connection_goes(world):
  caller, callee = world.node('caller', options=RATE), world.node('callee', bits=2, options=RATE)
  switches = [world.node(f'switch{i}', bits=bits, options=RATE) for i, bits in enumerate((3, 5))]
  ways = [[f'{caller.peer(s)}/{caller.bits}', f'{s.peer(callee)}/{s.bits}'] for s in switches]
  world.write('site/index.md', '# Here')
  callee.call('publish', world.path('site'))
  caller.call('path', 'set', callee.identity, *ways[0], 'or', *ways[1])
  caller.get(f'net2o://{callee.identity}/index.md', world.path('got'))
  caller.call('reserve', callee.identity, '2M')
  equal([held(s) for s in switches], [[2000000], []])
  switches[0].kill()
  until(lambda: held(switches[1]) == [2000000], 'it is reserved on the other way', BACK_S)
  until(lambda: caller.call('reserve')['state'] == 'kept', 'and the caller knows', 5)
  equal(held(caller), [2000000])


if __name__ == '__main__':
  run(kept_and_given_back, refused_by_the_full_one, full_for_a_second_one, line_that_is_gone, comes_back,
      goes_where_its_connection_goes)
