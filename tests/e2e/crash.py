# SPDX-License-Identifier: GPL-3.0-or-later
#
# crash.py - either process of a node is killed, again and again, and the node goes on.

import os
import signal
import subprocess

from nodes import NET2O, check, equal, read, run, until


SLOWLY = ('--set', 'network.rate-kbit=80000')  # so that a transfer is under way for seconds
HUGE = 48 << 20


def linked(world, options=()):
  a, b = world.node('a', options=options), world.node('b')
  world.write('site/page.md', '# Page\n')
  world.write('site/large.bin', os.urandom(2 * 1024 * 1024))
  a.call('publish', world.path('site'))
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  return a, b


def crash(node, role, number=signal.SIGKILL):
  """Kills one process and waits for the next one of its kind."""
  old = node.pid(role)
  os.kill(old, number)
  until(lambda: node.pids().get('net2o-' + role) not in (None, old), f'new {role} process')


def answers(node):
  return until(lambda: _status(node), f'{node.name} answers again')


def _status(node):
  got = node.call('status', code=None)
  return got if isinstance(got, dict) and got.get('identity') == node.identity else None


def node_is_killed(world):
  a, b = linked(world)
  endpoint = a.endpoint
  crash(a, 'node')
  status = answers(a)
  equal(status['node_starts'], 2)
  check('signal 9' in status['node_last_end'], status['node_last_end'])
  check('node process ended by signal 9' in a.log(), a.log())
  check('starting it again in 0.1 s' in a.log(), a.log())
  # same port, so the peer finds it again; and what was published is still there
  check(endpoint in str(status['listeners']), status['listeners'])
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up', 40)

  def got():
    return b.get(f'net2o://{a.identity}/large.bin', world.path('got'), code=None, seconds=30) \
        and os.path.exists(world.path('got')) \
        and read(world.path('got')) == read(world.path('site/large.bin'))
  until(got, 'transfer after the crash', 60)


def keys_are_killed(world):
  a, b = linked(world)
  node_pid = a.pid('node')
  crash(a, 'keys')
  equal(a.pid('node'), node_pid, 'the node process runs on')
  a.call('publish', world.path('site'))  # needs a signature of the new keys process
  status = a.call('status')
  equal(status['node_starts'], 1)
  equal(status['keys_starts'], 2)
  check('signal 9' in status['keys_last_end'], status['keys_last_end'])
  b.get(f'net2o://{a.identity}/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))


def reasons_are_told(world):
  a = world.node('a')
  crash(a, 'node', signal.SIGABRT)
  check('signal 6' in answers(a)['node_last_end'])
  check(' signal 6 (' in a.log(), a.log())


def pause_grows(world):
  a = world.node('a')
  for pause in ('0.1', '0.2', '0.4', '0.8'):
    crash(a, 'keys')
    check(f'starting it again in {pause} s' in a.log(), pause, a.log())
  answers(a)


def ends_while_child_is_dead(world):
  a = world.node('a')
  for _ in range(4):
    crash(a, 'node')
  os.kill(a.pid('node'), signal.SIGKILL)  # now it pauses for 1.6 s
  check(a.stop() < 1.5)


def begin_large(world):
  """A transfer that is under way."""
  a, b = linked(world, SLOWLY)
  world.write('big/huge.bin', os.urandom(HUGE))
  a.call('publish', world.path('big'))
  process = world.run([NET2O, '--profile', b.profile, 'get', f'net2o://{a.identity}/huge.bin', '-o',
                       world.path('huge')], stderr=subprocess.PIPE)
  until(lambda: b.call('status').get('fetched_bytes', 0) > 1 << 20, 'data arrives')
  check(process.poll() is None, 'it was too quick')
  return a, b, process


def fetch_large(world, a, b):
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up', 40)
  b.get(f'net2o://{a.identity}/huge.bin', world.path('huge'))
  equal(read(world.path('huge')), read(world.path('big/huge.bin')))


def ended(process, code, *words):
  """The command ends so, with a sentence if it failed."""
  equal(process.wait(60), code)
  said = process.stderr.read().decode()
  check(all(w in said for w in words) and bool(said) == bool(code), said)


def asker_is_killed_in_mid_transfer(world):
  a, b, process = begin_large(world)
  crash(b, 'node')
  ended(process, 5, 'the node went away. Try again.')
  answers(b)
  fetch_large(world, a, b)


def holder_is_killed_in_mid_transfer(world):
  """It comes back before anybody's patience ends: the transfer goes on where it was."""
  a, b, process = begin_large(world)
  crash(a, 'node')
  check(process.poll() is None, 'it goes on')
  ended(process, 0)
  equal(read(world.path('huge')), read(world.path('big/huge.bin')))
  equal(answers(a)['node_starts'], 2)
  check(b.call('status')['fetched_bytes'] < HUGE + (8 << 20), 'only the rest came')


def both_end_in_mid_transfer(world):
  a, b, process = begin_large(world)
  check(a.stop() < 2)
  check(b.stop() < 2)
  ended(process, 5, 'the node went away. Try again.')
  a.start()
  b.start()
  fetch_large(world, a, b)


def orphan_keeps_the_lock(world):
  """The parent dies, its node goes on for a while: nobody else may begin meanwhile."""
  a = world.node('a')
  orphan = a.pid('node')
  os.kill(orphan, signal.SIGSTOP)
  a.process.kill()
  a.process.wait()
  try:
    second = subprocess.run(a.command, capture_output=True, timeout=20)
    equal(second.returncode, 1, second.stderr)
    check(b'in use' in second.stderr, second.stderr)
  finally:
    os.kill(orphan, signal.SIGCONT)
  a.start()
  answers(a)


def identity_survives_everything(world):
  a, b = linked(world)
  for role in ('node', 'keys', 'node'):
    crash(a, role)
    answers(a)
  a.stop()
  identity = a.identity
  a.start()
  equal(a.identity, identity)
  equal(a.call('status')['node_starts'], 1)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up', 40)


if __name__ == '__main__':
  run(node_is_killed, keys_are_killed, reasons_are_told, pause_grows, ends_while_child_is_dead,
      asker_is_killed_in_mid_transfer, holder_is_killed_in_mid_transfer, both_end_in_mid_transfer,
      orphan_keeps_the_lock, identity_survives_everything)
