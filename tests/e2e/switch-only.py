# SPDX-License-Identifier: GPL-3.0-or-later
#
# switch-only.py - a box without users: no store, no keys, its ports as net2o.conf says, little memory.

import os
import signal

from nodes import check, equal, files_below, read, run, text_of, until

OPTIONS = ('--set', 'node.mode=switch')
MEMORY_KIB = 16 * 1024  # private pages of both processes; a sanitizer takes its own
FILE_BYTES = 3 * 1024 * 1024 + 7

os.environ.pop('MALLOC_PERTURB_', None)  # with it each zeroed table is touched, whether it is used or not


def box(world, name, *more, **options):
  return world.node(name, options=OPTIONS + more, **options)


def ports(node):
  """Rows of the live state by port."""
  return {row['port']: row for row in node.call('status', 'switch')['ports']}


def private_kib(node):
  pids = [node.process.pid] + list(node.pids().values())
  lines = [line for pid in pids for line in text_of(pid, 'status').splitlines()]
  return sum(int(line.split()[1]) for line in lines if line.startswith('RssAnon'))


def is_sanitized(node):
  return 'libasan' in text_of(node.process.pid, 'maps') or 'asan' in text_of(node.pid('node'), 'maps')


def reader_and_holder(world, first, last):
  """Two users, one at each of two switches, and a site; the way is set by its caller."""
  reader, holder = world.node('reader'), world.node('holder')
  world.write('site/large.bin', os.urandom(FILE_BYTES))
  holder.call('publish', world.path('site'))
  return reader, holder, reader.peer(first), holder.peer(last)


def fetch(world, reader, holder):
  reader.get(f'net2o://{holder.identity}/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))


def carries_for_others(world):
  switch = box(world, 'switch', '--set', 'port 1.from=any', '--set', 'port 2.from=any')
  equal(switch.ready.split(' ')[2], 'switch')
  reader, holder, own, _ = reader_and_holder(world, switch, switch)
  rows = ports(switch)
  far = next(p for p, row in rows.items() if row.get('endpoint') == holder.endpoint)
  reader.call('path', 'set', holder.identity, f'{own}/4', f'{far}/4')
  fetch(world, reader, holder)
  look = switch.call('status', 'switch')
  check(look['forwarded'] * 2048 > FILE_BYTES, 'packets passed on', str(look['forwarded']))
  check(ports(switch)[far]['bytes_in'] > FILE_BYTES, 'bytes by the port of the holder')
  equal(list(switch.pids()), ['net2o-node'])  # no keys, and nobody who looks up names
  equal(files_below(os.path.join(switch.profile, 'data')), [])
  equal(files_below(os.path.join(switch.profile, 'keys')), [])
  if not is_sanitized(switch):
    kib = private_kib(switch)
    print(f'# {kib} KiB private, after {FILE_BYTES} bytes for others', flush=True)
    check(kib < MEMORY_KIB, f'{kib} KiB')


def ports_are_as_configured(world):
  far = box(world, 'far', '--set', 'port 9.rate-kbit=50000', '--set', 'port 1.from=any',
            '--set', 'port 2.from=any', bits=5)  # near, begun anew, is a stranger while its old link is there
  near = box(world, 'near', '--set', f'port 5.to={far.endpoint}', '--set', 'port 5.their-port=9',
             '--set', 'port 5.rate-kbit=80000', '--set', 'port 1.from=any')

  def is_up():
    one, other = ports(near).get(5, {}), ports(far).get(9, {})
    return one.get('state') == other.get('state') == 'up'
  until(is_up, 'the link between the two')
  until(lambda: ports(near)[5].get('rate_bps') == 80_000_000, 'the rate of port 5')
  until(lambda: ports(far)[9].get('rate_bps') == 50_000_000, 'the rate of port 9')
  reader, holder, own, _ = reader_and_holder(world, near, far)
  end = next(p for p, row in ports(far).items() if row.get('endpoint') == holder.endpoint)
  reader.call('path', 'set', holder.identity, f'{own}/4', '5/4', f'{end}/5')
  fetch(world, reader, holder)
  # A crash: the parent starts it anew, and whoever had a port has it again.
  os.kill(near.pid('node'), signal.SIGKILL)
  until(lambda: near.call('status', code=None).get('mode') == 'switch' and is_up(), 'port 5 again')
  until(lambda: ports(near).get(own, {}).get('endpoint') == reader.endpoint, 'the port of the reader')
  fetch(world, reader, holder)
  near.stop()


def both_ends_open(world):
  """Each is told to open the link to the other, by the one port that it has for it."""
  far = box(world, 'far')
  near = box(world, 'near', '--set', f'port 5.to={far.endpoint}')
  far.stop()
  far.command += ['--set', f'port 9.to={near.endpoint}']
  far.start()

  def is_up():
    return ports(near)[5].get('state') == ports(far)[9].get('state') == 'up'
  until(is_up, 'the link between the two')
  equal([sorted(ports(near)), sorted(ports(far))], [[0, 5], [0, 9]])


def refuses_what_needs_a_store(world):
  switch = box(world, 'switch')
  equal(switch.call('status')['mode'], 'switch')
  for command in (['name', 'list'], ['id', 'list'], ['path'], ['ls', 'net2o://x/'],
                  ['peer', 'add', 'udp:127.0.0.1:9']):
    failed = switch.call(*command, code=None)
    equal(failed.get('error'), 'UNSUPPORTED', str(command))
    check('switch without users' in failed['why'], failed['why'])
  equal(switch.rows('peer', 'list'), [])


if __name__ == '__main__':
  run(carries_for_others, ports_are_as_configured, both_ends_open, refuses_what_needs_a_store)
