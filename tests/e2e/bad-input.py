# SPDX-License-Identifier: GPL-3.0-or-later
#
# bad-input.py - names that lead elsewhere, rubbish at full rate, a node that vanishes: real
#                programs and sockets, and an honest transfer beside it.

import os
import random
import shutil
import socket
import struct
import subprocess
import threading
import time

from nodes import NET2O, check, equal, read, run, until

UDP_SEGMENT = 103
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


def port_of(node):
  return '127.0.0.1', int(node.endpoint.rpartition(':')[2])


class Link:
  """A stranger's link, made by hand as PROTOCOL.md says: OPEN, CHALLENGE, CONFIRM, ACCEPT."""

  def __init__(self, node):
    self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    self.socket.settimeout(2)
    self.socket.connect(port_of(node))
    self.token = b''
    nonce, body = os.urandom(8), os.urandom(6)
    rest = body + nonce + os.urandom(8) + bytes(2)
    answer = self._ask(b'\1\1' + rest + bytes(38))
    answer = self._ask(b'\3\1' + rest + answer[24:40] + bytes(22))
    self.token = answer[10:16]
    check(answer[8] == 4 and any(self.token), 'no port for us', answer.hex())

  def _ask(self, body):
    self.socket.send(bytes(6) + b'\xc0\0' + body)
    return self.socket.recv(200)

  def head(self):
    return self.token + bytes(2)


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


class Flood(threading.Thread):
  """Datagrams to a node, as many as one thread can, in batches that the kernel cuts up."""

  def __init__(self, node, make, batch=40, link=None):
    super().__init__(daemon=True)
    self.address, self.link = port_of(node), link
    self.make, self.batch = make, batch
    self.ends = threading.Event()
    self.sent = 0

  def run(self):
    with self.link.socket if self.link else socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
      s.setblocking(True)
      while not self.ends.is_set():
        bytes_, size = self.make()
        n = min(self.batch, 60000 // size)
        try:
          s.sendmsg([bytes_ * n], [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack('H', size))], 0,
                    *([] if self.link else [self.address]))
          self.sent += n
        except OSError:
          pass

  def __enter__(self):
    self.start()
    return self

  def __exit__(self, *_):
    self.ends.set()
    self.join()


def garbage(size):
  dice = random.Random(size)
  return lambda: (dice.randbytes(size), size)


def opens():
  """OPEN of a link, each with another id."""
  dice = random.Random(7)

  def make():
    body = b'\1\1' + dice.randbytes(6) + dice.randbytes(16) + bytes(40)
    return bytes(6) + b'\xc0\0' + body[:64], 72
  return make


def packets(kind, data):
  """A bundle of as many packets to our end of the link as go into 1400 bytes."""
  def make(link):
    one = [bytes([kind, 0x80]) + bytes(8) + data() for _ in range(8)]
    bundle = link.head() + b''.join(one)
    return bundle, len(bundle)
  return make


def first(kind):
  return lambda: bytes(8) + bytes([kind, 1]) + os.urandom(2) + bytes(12) + os.urandom(112)


LINK_FLOODS = [('hellos', packets(0x64, first(1))), ('queries', packets(0x64, first(3))),
               ('random to address 0', packets(0x64, lambda: bytes(8) + os.urandom(128))),
               ('random sealed', packets(0x74, lambda: os.urandom(8 + 8 + 128 + 16))),
               ('random packets', lambda link: (link.head() + b'\x64' + os.urandom(1100), 1109))]
FLOODS = [('random 100', garbage(100)), ('random 1400', garbage(1400)), ('empty head', lambda: (bytes(8), 8)),
          ('one byte', lambda: (b'\xff', 1)), ('link opens', opens())]


def floods_beside_a_transfer(world):
  """A second of each at the rate of offload, and the transfer beside it comes whole."""
  data = os.urandom(8 << 20)
  a, b = linked(world)
  for number, (name, make) in enumerate(FLOODS):
    world.write('site/large.bin', data + bytes([number]))
    address = a.call('publish', world.path('site'))['by_hash']
    began = time.monotonic()
    with Flood(a, make) as flood:
      b.get(address + 'large.bin', world.path('got'), seconds=60)
      while time.monotonic() - began < 1:
        time.sleep(0.05)
    check(flood.sent > 1000, name, flood.sent)
    equal(read(world.path('got')), data + bytes([number]), name)
    print(f'# {name}: {flood.sent} datagrams in {time.monotonic() - began:.1f} s')
  limits = {r['name']: r for r in a.call('status')['limits']}
  check(limits['link_challenge_per_s']['refused'] > 0, 'opens were limited')
  check(limits['log_per_s']['max'] and len(a.log()) < 50_000, 'nobody can flood the log', len(a.log()))


def floods_by_a_link_beside_a_transfer(world):
  """The same by somebody who has a link: address 0, regions, rubbish in bundles."""
  data = os.urandom(8 << 20)
  a, b = linked(world)
  for number, (name, make) in enumerate(LINK_FLOODS):
    world.write('site/large.bin', data + bytes([number]))
    address = a.call('publish', world.path('site'))['by_hash']
    link = Link(a)
    began = time.monotonic()
    with Flood(a, lambda make=make, link=link: make(link), link=link) as flood:
      b.get(address + 'large.bin', world.path('got'), seconds=60)
      while time.monotonic() - began < 1:
        time.sleep(0.05)
    check(flood.sent > 1000, name, flood.sent)
    equal(read(world.path('got')), data + bytes([number]), name)
    print(f'# {name}: {flood.sent} datagrams in {time.monotonic() - began:.1f} s')
  status = a.call('status')
  limits = {r['name']: r for r in status['limits']}
  check(limits['hello_per_s']['refused'] > 0 or status['hellos_refused'] > 0, 'hellos were refused')
  check(limits['query_per_s']['refused'] > 0, 'queries were limited')
  check(status['dropped_endpoint'] > 1000, 'rubbish was counted')


def attack_05_no_reflection(world):
  """Whoever wrote the source address: no more comes back than was sent, and nothing but one answer."""
  a = world.node('a')
  to = port_of(a)
  dice = random.Random(3)
  with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.setblocking(False)
    sent = back = 0
    for i in range(3000):
      kind = i % 4
      bytes_ = (opens()()[0] if kind == 0 else dice.randbytes(1 + dice.randrange(200)) if kind == 1 else
                bytes(6) + b'\xc0\0' + bytes([1 + i % 7, 1]) + dice.randbytes(62) if kind == 2 else
                bytes(8) + dice.randbytes(64))
      s.sendto(bytes_, to)
      sent += len(bytes_)
      try:
        while True:
          back += len(s.recv(65536))
          check(back <= sent, back, sent)
      except BlockingIOError:
        pass
  check(back <= sent, back, sent)
  check(back > 0, 'an honest-looking one is answered')


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
      floods_beside_a_transfer, floods_by_a_link_beside_a_transfer, attack_05_no_reflection, vanishes_in_mid_transfer)
