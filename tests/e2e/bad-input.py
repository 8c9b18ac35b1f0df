# SPDX-License-Identifier: GPL-3.0-or-later
#
# bad-input.py - names that lead elsewhere, another key, a node that vanishes: real programs and
#                sockets.

import os
import shutil
import subprocess
import threading

from nodes import NET2O, check, equal, read, run, until

HOSTILE_NAMES = ['..', '../index.md', 'a/../../index.md', '%2e%2e/index.md', 'a%00b', '%00', 'a%2fb',
                 'x' * 4096, '\u202egnp.exe', 'a\u2066b', 'e\u0301' * 300, '\ud7ff', '%ff', '%zz', '//', 'a//b',
                 '.', './index.md', 'con\x7f', 'tab\tname']


def linked(world, data=b''):
  a, b = world.node('a'), world.node('b')
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


def wrong_key(world):
  """Where an identity is said to be sits another: refused with words, and nothing is kept."""
  a, b, c = (world.node(name) for name in 'abc')
  world.write('site/index.md', '# Page\n')
  for node in (a, c):
    node.call('publish', world.path('site'))
  b.call('peer', 'add', a.endpoint, c.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  got = b.get(f'net2o://{c.identity}/index.md', world.path('got'), code=None)
  check(got.get('code') in (3, 5, 6), got)
  check(got['why'] and got['next'], got)
  check(not os.path.exists(world.path('got')) or not read(world.path('got')), 'bytes came')
  check(b.call('status')['fetched_bytes'] == 0, 'something was fetched')


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


def vanishes_in_mid_transfer(world):
  """The holder dies without a word: an error with words in time; back again, the rest comes."""
  data = os.urandom(64 << 20)
  a, b = linked(world, data)
  done = []

  def get():
    done.append(b.get(f'net2o://{a.identity}/large.bin', world.path('got'), code=None, seconds=120))
  thread = threading.Thread(target=get)
  thread.start()
  until(lambda: b.call('status')['fetched_bytes'] > 1 << 20 or done, 'begun')
  a.kill()
  thread.join(60)
  check(done, 'it hangs')
  if done[0].get('code'):
    check(done[0]['code'] == 5 and done[0]['why'] and done[0]['next'], done[0])
    a.start()
    until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up', 40)
    b.get(f'net2o://{a.identity}/large.bin', world.path('got'), seconds=120)
  equal(read(world.path('got')), data)
  shutil.rmtree(a.profile)


if __name__ == '__main__':
  run(names_lead_nowhere_else, names_are_refused_as_names, attack_04_path_too_deep, link_to_itself, wrong_key,
      vanishes_in_mid_transfer)
