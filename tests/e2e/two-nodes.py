# SPDX-License-Identifier: GPL-3.0-or-later
#
# two-nodes.py - one node publishes, another one gets; and how a node begins and ends.

import os
import re
import shutil
import signal
import socket
import stat
import subprocess

from nodes import NET2OD, Skip, check, equal, files_below, is_gone, read, reap, run, until


def site(world):
  world.write('site/index.md', '# Hello\n\nA [page](two.md).\n')
  world.write('site/two.md', 'Two.\n')
  world.write('site/empty.txt', b'')
  world.write('site/one.bin', b'\x00')
  world.write('site/deep/er/data.bin', bytes(range(256)) * 5000)  # more than one leaf
  world.write('site/large.bin', os.urandom(3 * 1024 * 1024 + 17))  # more than one stretch
  return world.path('site')


def publish_and_get(world):
  a, b = world.node('a'), world.node('b', bits=6)
  folder = site(world)
  done = a.call('publish', folder)
  port = b.peer(a)
  b.call('path', 'set', a.identity, f'{port}/6')
  for name in files_below(folder):
    b.get(f'net2o://{a.identity}/{name}', world.path('got'))
    equal(read(world.path('got')), read(os.path.join(folder, name)), name)
  address = done['by_hash']
  check(re.match(r'^net2o://h1-[a-z2-7]{52}/$', address), address)
  b.get(address + 'two.md', world.path('got'))
  equal(read(world.path('got')), b'Two.\n')


def last_stretch_is_shorter(world):
  """Twelve times, as it once went wrong one time in eight: bytes overtook the answer."""
  a, b = world.node('a'), world.node('b')
  data = os.urandom(3_200_000)
  for i in range(12):
    world.write(f'site/{i}.bin', data[i:3_000_000 + 4097 * i])
  a.call('publish', world.path('site'))
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  for i in range(12):
    b.get(f'net2o://{a.identity}/{i}.bin', world.path('got'))
    equal(read(world.path('got')), read(world.path(f'site/{i}.bin')), i)


def direct_peer_needs_no_path(world):
  a, b = world.node('a'), world.node('b')
  a.call('publish', site(world))
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  b.get(f'net2o://{a.identity}/two.md', world.path('got'))
  equal(read(world.path('got')), b'Two.\n')


def who_asks(world):
  """Shown to peers by who wishes it, to nobody by default; also when the connection is resumed."""
  a = world.node('a')
  shy, open_ = world.node('shy'), world.node('open', options=('--set', 'node.show-identity=1'))
  a.call('publish', site(world))
  for node in (shy, open_):
    node.call('peer', 'add', a.endpoint, a.identity)
    until(lambda n=node: any(r.get('known') for r in n.rows('peer', 'list')), 'met')
    node.get(f'net2o://{a.identity}/two.md', world.path('got'))
    equal(read(world.path('got')), b'Two.\n')
  asked = lambda node: [c for c in node.call('status')['connections'] if c['opened']]
  until(lambda: asked(open_)[0]['shown'], 'shown')
  check(not asked(shy)[0]['shown'], 'kept to itself')
  status = a.call('status')
  askers = [c.get('identity') for c in status['connections'] if not c['opened']]
  check(open_.identity in askers and shy.identity not in askers, askers)
  equal((status['askers_proven'], status['askers_not_proven']), (1, 0))


def names_last_for_good(world):
  a, b = world.node('a'), world.node('b')
  a.call('publish', site(world))
  b.call('peer', 'add', a.endpoint, a.identity)
  b.call('name', 'set', 'friend', a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  b.get('net2o://friend/two.md', world.path('got'))
  equal(read(world.path('got')), b'Two.\n')
  b.stop()
  b.start()
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up again')
  a.call('publish', world.path('site', 'deep'))
  b.get('net2o://friend/er/data.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/deep/er/data.bin')))
  equal([r['name'] for r in b.rows('name', 'list')], ['friend'])


def stored_is_readable_alone(world):
  a, b = world.node('a'), world.node('b')
  hash_address = a.call('publish', site(world))['by_hash']
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  b.get(f'net2o://{a.identity}/large.bin', world.path('got'))
  a.stop()
  b.get(f'net2o://{a.identity}/large.bin', world.path('again'))
  equal(read(world.path('again')), read(world.path('site/large.bin')))
  check(hash_address.startswith('net2o://h1-'))


def old_trees_go(world):
  """With store.versions=1 the tree before the newest can be read by its hash, the one before not."""
  a = world.node('a', options=('--set', 'store.versions=1'))
  hashes = []
  for number in range(3):
    world.write('site/data.bin', os.urandom(1 << 20))
    hashes.append(a.call('publish', world.path('site'))['by_hash'])
  for address in hashes[1:]:
    a.get(address + 'data.bin', world.path('got'))
  until(lambda: a.call('status')['size'] < 3 << 20, 'the oldest is collected')
  a.get(hashes[0] + 'data.bin', world.path('got'), code=None)
  check(a.call('get', hashes[0] + 'data.bin', '-o', world.path('got'), code=None).get('code'), 'it is gone')


def errors_have_their_codes(world):
  a, b = world.node('a'), world.node('b')
  a.call('publish', site(world))
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  gone = b.get(f'net2o://{a.identity}/nothing.md', world.path('got'), code=3)
  for key in ('what', 'why', 'next', 'code'):
    check(gone.get(key) not in (None, ''), key, gone)
  b.get('net2o://nobody/', world.path('got'), code=3)
  b.call('path', 'set', 'k1-nonsense', '1/4', code=2)
  a.stop()
  until(lambda: all(r.get('state') != 'up' for r in b.rows('peer', 'list')), 'link down')
  b.get(f'net2o://{a.identity}/two.md', world.path('got'), code=5)


def need_ipv6():
  try:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
      s.bind(('::1', 0))
  except OSError:
    raise Skip('no IPv6 here')


def ready_line(world):
  need_ipv6()
  a = world.node('a', listen=('udp:127.0.0.1:0', 'udp:[::1]:0'))
  check(re.match(r'^ready udp:127\.0\.0\.1:\d+,udp:\[::1\]:\d+ k1-[a-z2-7]{52}$', a.ready), a.ready)
  status = a.call('status')
  equal(status['identity'], a.identity)
  identity = a.identity
  a.stop()
  a.start()
  equal(a.identity, identity, 'the identity of the profile')


def ipv6(world):
  need_ipv6()
  a, b = (world.node(n, listen=('udp:[::1]:0',)) for n in 'ab')
  a.call('publish', site(world))
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  b.get(f'net2o://{a.identity}/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))


def ends_within_two_seconds(world):
  a, b = world.node('a'), world.node('b')
  b.peer(a)
  children = list(a.pids().values())
  # where there is a message bus, another one hears of the screen
  equal(sorted(set(a.pids()) - {'net2o-screen'}), ['net2o-keys', 'net2o-names', 'net2o-node'])
  check(a.stop() < 2)
  check(all(is_gone(pid) for pid in children), 'children are gone')
  # b was told, and does not have to find out by silence (5 s)
  until(lambda: all(r.get('state') != 'up' for r in b.rows('peer', 'list')), 'link down', 2)
  check(not os.path.exists(os.path.join(a.profile, 'bus')), 'socket is gone')
  for last in ('two signals', 'one'):
    a.start()
    a.process.send_signal(signal.SIGINT)
    if last == 'two signals':
      a.process.send_signal(signal.SIGTERM)
    a.process.wait(2)


def children_die_with_parent(world):
  a = world.node('a')
  children = list(a.pids().values())
  a.process.kill()
  a.process.wait()
  until(lambda: all(is_gone(pid) for pid in children), 'children are gone', 5)
  for pid in children:
    reap(pid)
  a.start()


def one_daemon_a_profile(world):
  a = world.node('a')
  second = subprocess.run(a.command + ['--listen', 'udp:127.0.0.1:0'], capture_output=True,
                          timeout=10)
  equal(second.returncode, 1)
  check(b'in use by another net2od' in second.stderr, second.stderr)
  equal(second.stdout, b'')
  a.call('status')


def newer_profile(world):
  a = world.node('a')
  a.stop()
  with open(os.path.join(a.profile, 'version'), 'w') as f:
    f.write('99\n')
  second = subprocess.run(a.command, capture_output=True, timeout=10)
  equal(second.returncode, 1)
  check(b'newer version' in second.stderr, second.stderr)


def wrong_options(world):
  rows = [
      (['--listen', 'eth:'], 2, b'eth:INTERFACE'),
      (['--listen', 'udp:1.2.3:x'], 2, b'udp:ADDRESS:PORT'),
      (['--switch-bits', '17'], 2, b'1 to 16'),
      (['--set', 'node.nothing=1'], 2, b'no such option'),
      (['--what'], 2, b'no such option'),
      (['--profile', world.path('x' * 120)], 2, b'too long for a socket'),
  ]
  for options, code, words in rows:
    done = subprocess.run([NET2OD, '--profile', world.path('p'), *options], capture_output=True,
                          timeout=10)
    equal(done.returncode, code, options, done.stderr)
    check(words in done.stderr, options, done.stderr)
    equal(done.stdout, b'', options)
  help_text = subprocess.run([NET2OD, '--help'], capture_output=True, timeout=10)
  check(len(help_text.stdout.splitlines()) < 24)
  version = subprocess.run([NET2OD, '--version'], capture_output=True, timeout=10)
  check(re.match(rb'^net2od \d+\.\d+\.\d+\n$', version.stdout), version.stdout)


def profile_is_private(world):
  a = world.node('a')
  for where, folders, _ in os.walk(a.profile):
    for name in [where] + [os.path.join(where, f) for f in folders]:
      equal(stat.S_IMODE(os.stat(name).st_mode), 0o700, name)
  until(lambda: os.path.exists(os.path.join(a.profile, 'bus')), 'socket')


def service_manager_is_told(world):
  path = world.path('notify')
  with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
    s.bind(path)
    s.settimeout(5)
    os.environ['NOTIFY_SOCKET'] = path
    try:
      a = world.node('a')
      equal(s.recv(100), b'READY=1\nSTATUS=Ready.')
      a.stop()
      equal(s.recv(100), b'STOPPING=1\nSTATUS=Ending.')
    finally:
      del os.environ['NOTIFY_SOCKET']


def introspection(world):
  a = world.node('a')
  done = subprocess.run(['gdbus', 'introspect', '--address', f'unix:path={a.profile}/bus',
                         '--dest', 'org.net2o.Node', '--object-path', '/org/net2o/Node', '--xml'],
                        capture_output=True,
                        timeout=20)
  equal(done.returncode, 0, done.stderr)
  for name in (b'Node1', b'Identity1', b'Network1', b'Files1'):
    check(b'org.net2o.' + name in done.stdout, name)
  if not shutil.which('busctl'):
    return
  # busctl says Hello first, as to a bus
  done = subprocess.run(['busctl', f'--address=unix:path={a.profile}/bus', 'introspect',
                         'org.net2o.Node', '/org/net2o/Node'], capture_output=True, timeout=20)
  equal(done.returncode, 0, done.stderr)
  check(b'org.net2o.Node1' in done.stdout, done.stdout)


if __name__ == '__main__':
  run(publish_and_get, last_stretch_is_shorter, direct_peer_needs_no_path, who_asks, names_last_for_good,
      stored_is_readable_alone, old_trees_go, errors_have_their_codes, ready_line, ipv6, ends_within_two_seconds,
      children_die_with_parent, one_daemon_a_profile, newer_profile, wrong_options,
      profile_is_private, service_manager_is_told, introspection)
