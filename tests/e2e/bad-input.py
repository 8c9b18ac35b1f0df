# SPDX-License-Identifier: GPL-3.0-or-later
#
# bad-input.py - names that lead elsewhere, another key, a node that vanishes: real programs and
#                sockets.

import os
import shutil
import subprocess
import threading
import time

from nodes import NET2O, check, equal, read, run, until

SLOWLY = ('--set', 'network.rate-kbit=80000')  # so that a transfer can be cut off in its midst
HOSTILE_NAMES = ['..', '../index.md', 'a/../../index.md', '%2e%2e/index.md', 'a%00b', '%00', 'a%2fb',
                 'x' * 4096, '\u202egnp.exe', 'a\u2066b', 'e\u0301' * 300, '\ud7ff', '%ff', '%zz', '//', 'a//b',
                 '.', './index.md', 'con\x7f', 'tab\tname']


def linked(world, data=b'', options=()):
  a, b = world.node('a', options=options), world.node('b')
  world.write('site/index.md', '# Page\n')
  world.write('site/large.bin', data)
  a.call('publish', world.path('site'))
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  return a, b


def names_lead_nowhere_else(world):
  """As addresses: refused or not found, with words; nothing is read that was not published."""
  a, b = linked(world)
  for name in HOSTILE_NAMES:
    for node in (a, b):
      got = node.call('get', f'net2o://{a.identity}/{name}', '-o', world.path('got'), code=None)
      check(isinstance(got, dict), repr(name), got)
      if got.get('code'):
        check(got['code'] in (2, 3, 8), repr(name), got)
        check(got.get('why') and got.get('next'), repr(name), got)
      else:  # what means the page itself is the page
        equal(read(world.path('got')), b'# Page\n', repr(name))
  equal(a.call('status')['identity'], a.identity)


def names_are_refused_as_names(world):
  """As names for identities, and as sites' files."""
  a = world.node('a')
  for name in HOSTILE_NAMES:
    if '\0' in name:
      continue
    got = a.call('name', 'set', name, a.identity, code=2)
    check(got['code'] == 2 and got['why'] and got['next'], repr(name), got)
  equal(a.rows('name', 'list'), [])
  a.call('name', 'set', 'grün.\u7db2', a.identity)
  equal([row['name'] for row in a.rows('name', 'list')], ['grün.\u7db2'])
  os.makedirs(world.path('site'))
  for name in (b'\xff\xfe', 'a\u202eb'.encode(), b'x' * 255, b'line\nbreak', b'..x',
               'later\ud7ff'.encode(), 'grün'.encode()):
    with open(os.path.join(world.path('site').encode(), name), 'wb') as f:
      f.write(b'x')
  skipped = a.call('publish', world.path('site'))['skipped']
  unfit = ('\ufffd\ufffd', 'a\u202eb', 'line\nbreak', 'later\ud7ff')
  equal(sorted(skipped), sorted(['..x: hidden'] + [n + ': its name cannot be published' for n in unfit]))
  equal(sorted(r['name'] for r in a.rows('ls', f'net2o://{a.identity}/')), ['grün', 'x' * 255])
  plain = subprocess.run([NET2O, '--profile', a.profile, 'publish', world.path('site')],
                         capture_output=True, timeout=60).stderr.decode()
  equal(plain.count('left out: '), 5, plain)
  check(not any(c in plain for c in '\u202e\ufffe') and plain.count('\n') == 5, repr(plain))


def attack_04_path_too_deep(world):
  a = world.node('a')
  other = 'k1-' + a.identity[3:]
  got = a.call('path', 'set', other, '1/4', '1/16', '1/16', '1/16', '1/7', code=8)
  check('58 bits' in got['why'], got)
  check(got['next'], got)


def refused(b, who, path, code, why):
  before = b.call('status')['fetched_bytes']
  got = b.get(f'net2o://{who}/index.md', path, code=code)
  check(got['code'] == code and why in got['why'] and got['next'], got)
  check(not os.path.exists(path) or not read(path), 'bytes came')
  equal(b.call('status')['fetched_bytes'], before, 'something was fetched')


def wrong_key(world):
  """Where an identity is said to be sits another: that one is asked, and has no such identity."""
  a, b, c = (world.node(name) for name in 'abc')
  world.write('site/index.md', '# Page\n')
  for node in (a, c):
    node.call('publish', world.path('site'))
  b.call('peer', 'add', a.endpoint, c.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  refused(b, c.identity, world.path('got'), 3, 'no path to this identity is known')


def key_of_another_now(world):
  """An identity was there, and its key is known; now another sits there, and cannot speak for it.

  The other's key is a younger one: keys are numbered by the second in which they are made, and one
  with a smaller number than was proven before is refused as forged (attack 11), whoever shows it."""
  b, c = world.node('b'), world.node('c')
  begun = int(time.time())
  until(lambda: int(time.time()) > begun + 1, 'a later second')
  a = world.node('a')
  world.write('site/index.md', '# Page\n')
  world.write('site/other.md', '# Other\n')
  for node in (a, c):
    node.call('publish', world.path('site'))
  b.call('peer', 'add', c.endpoint, c.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  b.get(f'net2o://{c.identity}/other.md', world.path('other'))
  c.stop()
  a.stop()
  a.endpoints = [c.endpoint]
  a.start()
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up', 40)
  refused(b, c.identity, world.path('got'), 3, 'no path to this identity is known')
  b.get(f'net2o://{c.identity}/other.md', world.path('kept'))  # what is here is shown all the same
  equal(read(world.path('kept')), b'# Other\n')


def link_to_itself(world):
  """Refused with words; by an address that only turns out to be its own, it is said in the list."""
  a = world.node('a', listen=('udp:0.0.0.0:0',))
  port = a.endpoint.rpartition(':')[2]
  a.call('name', 'set', 'me', a.identity)
  for words in ((f'udp:127.0.0.1:{port}', a.identity), ('udp:127.0.0.9:1', a.identity), (a.endpoint,)):
    got = a.call('peer', 'add', *words, code=2)
    check('this is the node itself' in got['why'] and 'the other node' in got['next'], got)
  equal(a.rows('peer', 'list'), [])
  a.call('peer', 'add', f'udp:127.0.0.1:{port}')
  row = until(lambda: [r for r in a.rows('peer', 'list') if r['state'] == 'self'], 'that it is itself')[0]
  check('port' not in row, row)
  check('is this node itself; remove it' in a.log(), a.log())
  a.call('peer', 'remove', f'udp:127.0.0.1:{port}')
  equal(a.rows('peer', 'list'), [])


def page_of_50_mb(world):
  """Published, fetched, shown: it comes whole; what is shown of it ends, and says so."""
  line = '* [a link](page-%d.md), **bold** `code` and words\n'
  data = ('# Large\n\n' + ''.join(line % i for i in range(1_100_000))).encode()[:50 << 20]
  a, b = linked(world, data)
  shutil.move(world.path('site/large.bin'), world.path('site/large.md'))
  a.call('publish', world.path('site'))
  address = f'net2o://{a.identity}/large.md'
  for node in (b, a):
    done = subprocess.run([NET2O, '--profile', node.profile, 'show', address], capture_output=True, timeout=60)
    equal((done.returncode, done.stderr), (0, b''))
    text = done.stdout.decode()
    check(text.startswith('# Large\n\n* [a link](page-0.md), **bold**'), text[:100])
    check(text.endswith('\nThis page is too long; the rest is not shown.\n'), text[-200:])
    check(16 << 20 < len(text) < 17 << 20, len(text))
  b.get(address, world.path('got'))
  equal(read(world.path('got')) == data, True)
  equal(b.call('status')['node_starts'], 1)


def socket_path_of_107_bytes(world):
  """The longest that the system takes works; one more is refused, and says what to do."""
  room = 107 - len(world.path('', 'bus')) - len('/')
  check(room > 20, world.folder)
  a = world.node('x' * room)
  equal(len(os.path.join(a.profile, 'bus')), 107)
  equal(a.call('status')['identity'], a.identity)
  a.stop()
  longer = world.path('y' * (room + 1))
  command = [longer if word == a.profile else word for word in a.command]
  done = subprocess.run(command + ['--listen', 'udp:127.0.0.1:0'], capture_output=True, timeout=20)
  equal((done.returncode, done.stdout), (2, b''))
  check(b'too long for a socket' in done.stderr and b'107' in done.stderr, done.stderr)


def vanishes_in_mid_transfer(world):
  """The holder dies without a word: an error with words in time; back again, the rest comes."""
  data = os.urandom(64 << 20)
  a, b = linked(world, data, SLOWLY)
  done = []

  def get():
    done.append(b.get(f'net2o://{a.identity}/large.bin', world.path('got'), code=None, seconds=120))
  thread = threading.Thread(target=get)
  thread.start()
  until(lambda: b.call('status')['fetched_bytes'] > 1 << 20, 'begun')
  check(not done, 'it was too quick')
  a.kill()
  thread.join(60)
  check(done, 'it hangs')
  check(done[0].get('code') == 5 and done[0]['why'] and done[0]['next'], done[0])
  fetched = b.call('status')['fetched_bytes']
  check(1 << 20 < fetched < len(data) // 2, 'in the middle', fetched)
  a.command = a.command[:-len(SLOWLY)]
  a.start()
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up', 40)
  b.get(f'net2o://{a.identity}/large.bin', world.path('got'), seconds=120)
  check(b.call('status')['fetched_bytes'] < len(data) + (8 << 20), 'only the rest came')
  equal(read(world.path('got')), data)
  shutil.rmtree(a.profile)


if __name__ == '__main__':
  run(names_lead_nowhere_else, names_are_refused_as_names, attack_04_path_too_deep, link_to_itself,
      wrong_key, key_of_another_now, page_of_50_mb, socket_path_of_107_bytes,
      vanishes_in_mid_transfer)
