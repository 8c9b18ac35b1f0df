# SPDX-License-Identifier: GPL-3.0-or-later
#
# second-client.py - a client of another make (tests/vectors/second.py) reads from a real node
#                    over UDP, and lies to it.

import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'vectors'))

import second  # noqa: E402
from nodes import Failure, check, equal, run  # noqa: E402

CONTROL, COMMAND, REGION = 0x80000000000, 0x100000000000, 0x0800000000000000
PATIENCE_S = 20
AGAIN_S = 1


class Client:
  """One link, one connection; no switch."""

  def __init__(self, endpoint, who):
    host, port = endpoint.removeprefix('udp:').rsplit(':', 1)
    self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    self.socket.connect((host, int(port)))
    self.who, self.identity = who, None
    self.token, self.nonce, self.link_id = os.urandom(6), os.urandom(8), os.urandom(8)
    self.peer_token, self.number, self.cookie = bytes(6), 0, None
    self.halves, self.record, self.keys, self.closed = {}, None, None, None
    self.asked, self.counter, self.came, self.arrived_us = 0, 0, {}, 0
    self.stream, self.taken, self.answers, self.regions = bytearray(), 0, {}, {}
    self.tag = 0

  # ---- link ----

  def datagram(self, kind, body, token=None):
    head = (self.peer_token if token is None else token) + struct.pack('>H', kind << 14 | self.number)
    self.number = self.number + 1 & 0x3fff
    self.socket.send(head + body)

  def link_control(self, kind, nonce, cookie=b''):
    opens = kind in (1, 3)
    body = bytes((kind, 1)) + (self.token if opens else bytes(6)) + nonce
    if opens:
      body += self.link_id + bytes(2) + cookie
    self.datagram(3, body.ljust(64, b'\0'), bytes(6) if opens else None)

  def take_control(self, body):
    if body[0] == 2 and body[8:16] == self.nonce:
      self.cookie = body[16:32]
    elif body[0] == 4 and body[8:16] == self.nonce:
      self.peer_token = body[2:8]
    elif body[0] == 5:
      self.link_control(6, body[8:16])
    elif body[0] == 7:
      self.peer_token = bytes(6)

  def take(self, seconds):
    """Takes datagrams for so long, or until one came."""
    if not select.select([self.socket], [], [], seconds)[0]:
      return
    data = self.socket.recv(65535)
    check(data[:6] == self.token, 'token')
    kind, number = data[6] >> 6, struct.unpack('>H', data[6:8])[0] & 0x3fff
    if kind == 3:
      self.take_control(data[8:])
    elif kind == 0:
      for raw in second.packets_in(data[8:]):
        self.take_packet(second.Packet(raw))
    else:
      first = number - (kind == 2) & 0x3fff
      self.halves.setdefault(first, {})[kind] = data[8:]
      if len(self.halves[first]) == 2:
        halves = self.halves.pop(first)
        self.take_packet(second.Packet(halves[1] + halves[2]))

  def until(self, ask, again):
    """Says something again and again until it had its effect."""
    end, next_s = time.monotonic() + PATIENCE_S, 0
    while not ask():
      now = time.monotonic()
      if now > end or self.closed is not None:
        raise Failure(f'no answer; closed {self.closed}')
      if now >= next_s:
        again()
        next_s = now + AGAIN_S
      self.take(0.1)

  def open_link(self):
    self.until(lambda: self.cookie, lambda: self.link_control(1, self.nonce))
    self.until(lambda: any(self.peer_token), lambda: self.link_control(3, self.nonce, self.cookie))

  # ---- connection ----

  def first(self, kind, key_id, body=b''):
    data = bytes((kind, 1)) + key_id + (b'twelve bytes' if kind == 3 else bytes(12)) + body
    self.datagram(0, second.make_head(128, 0) + data.ljust(128, b'\0'))

  def connect(self):
    self.until(lambda: self.record, lambda: self.first(3, bytes(2)))
    static = self.record[10:42]
    self.e = os.urandom(32)
    self.noise = second.Noise(second.prologue_of(self.record), static)
    hello = self.noise.write(self.e, static, second.make_payload(CONTROL, COMMAND))
    self.until(lambda: self.keys, lambda: self.first(1, static[:2], hello))
    self.acknowledge()

  def take_first(self, data):
    if data[0] == 4:
      check(data[4:16] == b'twelve bytes', 'token of the query')
      self.record = data[16:]
    elif data[0] == 2 and not self.keys:
      self.control, self.command, _, cipher, _ = second.read_payload(
          self.noise.read(self.e, data[16:]))
      equal(cipher, 2)
      keys = self.noise.split()
      self.keys = second.Direction(keys[0], 0), second.Direction(keys[1], 1)

  def send(self, address, data):
    noise = struct.unpack('>I', os.urandom(4))[0]
    self.datagram(0, self.keys[0].seal(self.counter, noise, address, data))
    self.counter += 1

  def acknowledge(self):
    self.send(self.control, second.make_ack(self.came, time.monotonic_ns() // 1000,
                                            self.arrived_us, self.taken + 65536))

  def take_packet(self, packet):
    if not packet.sealed:
      self.take_first(packet.data)
      return
    data = self.keys[1].open(packet)
    region, at = packet.address & ~0xffffffff, (packet.address & 0xffffffff) * 32
    if region == CONTROL:
      if data[0] == 2:
        self.closed = struct.unpack('>i', data[4:8])[0]
      return
    self.came[packet.counter] = packet.noise
    if packet.counter == max(self.came):
      self.arrived_us = time.monotonic_ns() // 1000
    self.came = {c: n for c, n in self.came.items() if c > max(self.came) - 512}
    if region == COMMAND:
      self.take_stream(at, data)
    elif region in self.regions:
      content, missing = self.regions[region]
      content[at:at + len(data)] = data
      missing.discard(at)
    self.acknowledge()

  def take_stream(self, at, data):
    """Packets of commands come in order on this line, or again."""
    check(at <= len(self.stream) + self.taken, 'a hole')
    at -= self.taken
    if at + len(data) <= len(self.stream) or at < 0:
      return
    self.stream[at:] = data
    blocks, rest = second.take_blocks(bytes(self.stream))
    self.taken += len(self.stream) - len(rest)
    self.stream = bytearray(rest)
    for block in blocks:
      tag, error, values = second.read_answer(block)
      self.answers[tag] = error, values

  def ask(self, *commands):
    """Asks and returns (error, values); what is lost is sent again with a new counter."""
    self.tag += 1
    block = second.block(second.u64(self.tag), b'\x10', *commands)
    size = second.unit_of(len(block))
    address = self.command + self.asked
    self.asked += size // 32
    self.until(lambda: self.tag in self.answers,
               lambda: self.send(address, block.ljust(size, b'\0')))
    return self.answers[self.tag]

  # ---- contents ----

  def prove(self):
    error, chain = self.ask(second.string(self.who), b'\x12')
    equal(error, 0)
    now_us = time.time_ns() // 1000
    self.identity = second.Identity(self.who, chain[0], chain[1:-1])
    self.identity.check_node_key(chain[-1], self.record[10:42], now_us)
    error, head = self.ask(second.string(self.who), b'\x20')
    equal(error, 0)
    return self.identity.check_head(head[0], now_us)[4]

  def read_group(self, reference, offset, length):
    region = REGION + (self.tag << 43)
    unit = second.unit_of(length)
    missing = set(range(0, length, unit))
    self.regions = {region: (bytearray(len(missing) * unit), missing)}
    error, values = self.ask(second.string(second.reference_bytes(reference)), b'\x21',
                             second.u64(offset), second.u64(length), second.u64(region), b'\x24')
    equal((error, values), (0, [length]))
    self.until(lambda: not missing, lambda: None)
    return bytes(self.regions[region][0][:length])

  def read(self, reference):
    size, content, nodes = reference[2], b'', []
    groups = -(-size // second.GROUP)
    if groups > 1:
      error, values = self.ask(second.string(second.reference_bytes(reference)), b'\x21',
                               second.u64(6), second.u64(0), second.u64(groups), b'\x23')
      equal(error, 0)
      nodes = [values[0][i:i + 32] for i in range(0, len(values[0]), 32)]
      equal(second.root_over(size, second.top(nodes)), reference[1], 'nodes')
    while len(content) < size:
      part = self.read_group(reference, len(content), min(second.GROUP, size - len(content)))
      if nodes:
        equal(second.top_of(part), nodes[len(content) // second.GROUP], 'group')
      content += part
    second.check_content(content, reference)
    return content

  def find(self, root, path):
    reference = root
    for name in path.split('/'):
      _, reference = second.directory(self.read(reference))[name]
    return reference

  def close(self):
    self.send(self.control, b'\2'.ljust(128, b'\0'))
    self.link_control(7, bytes(8))
    self.socket.close()


def client_of(node):
  client = Client(node.endpoint, second.id_of_text(node.identity))
  client.open_link()
  client.connect()
  return client


def published(world):
  world.write('site/index.md', '# Hello\n\nA page.\n')
  world.write('site/deep/er/one.bin', b'x')
  world.write('site/deep/er/leafy.bin', os.urandom(40000))
  world.write('site/empty', b'')
  a = world.node('a')
  a.call('publish', world.path('site'))
  return a


def reads_a_site(world):
  a = published(world)
  client = client_of(a)
  root = client.prove()
  equal(client.read(client.find(root, 'index.md')), b'# Hello\n\nA page.\n')
  equal(client.read(client.find(root, 'deep/er/one.bin')), b'x')
  equal(client.read(client.find(root, 'empty')), b'')
  with open(world.path('site/deep/er/leafy.bin'), 'rb') as f:
    equal(client.read(client.find(root, 'deep/er/leafy.bin')), f.read())
  client.close()


def reads_groups(world):
  """More than one group: nodes first.  Slow, as all ciphers are in Python."""
  data = os.urandom(second.GROUP + 5)
  world.write('site/large.bin', data)
  a = world.node('a')
  a.call('publish', world.path('site'))
  client = client_of(a)
  root = client.prove()
  equal(client.read(client.find(root, 'large.bin')), data)
  client.close()


def is_told_of_errors(world):
  a = published(world)
  client = client_of(a)
  client.prove()
  absent = 1, bytes(32), 5
  rows = [
      (-6, [second.string(second.reference_bytes(absent)), b'\x21', b'\x22']),  # not here
      (-6, [second.string(b'\1' + bytes(32)), b'\x20']),  # nobody's head
      (-3, [second.string(b'\1' + bytes(31)), b'\x20']),  # no identity
  ]
  for want, commands in rows:
    error, values = client.ask(*commands)
    equal((error, values), (want, []))
  error, values = client.ask(b'\x11')
  equal(error, 0)
  check(b'24 read - ouuu -' in values[0].splitlines(), values[0])
  # a block that is refused as a whole is answered with tag 0, an answer is not
  for want, block in ((-22, b'\x7e'), (-3, b'\x10'), (None, b'\2\0\1\7\x3f')):
    client.answers.pop(0, None)
    raw = second.varint(len(block)) + block
    address, client.asked = client.command + client.asked, client.asked + 1
    if want is None:
      client.send(address, raw.ljust(32, b'\0'))
      equal(client.ask(b'\x11')[0], 0)
      check(0 not in client.answers, block.hex())
    else:
      client.until(lambda: 0 in client.answers, lambda: client.send(address, raw.ljust(32, b'\0')))
      equal(client.answers[0], (want, []), block.hex())
  client.close()


def liar_is_left(world):
  """A proof that is wrong ends the connection with FORGED, and only that one."""
  a = published(world)
  honest, liar = client_of(a), client_of(a)
  liar.prove()
  ack = bytearray(second.make_ack(liar.came, time.monotonic_ns() // 1000, 0, 1 << 20))
  ack[83] ^= 1
  liar.send(liar.control, bytes(ack))
  end = time.monotonic() + PATIENCE_S
  while liar.closed is None and time.monotonic() < end:
    liar.take(0.1)
  equal(liar.closed, -13)
  equal(honest.read(honest.find(honest.prove(), 'index.md')), b'# Hello\n\nA page.\n')
  honest.close()


if __name__ == '__main__':
  run(reads_a_site, reads_groups, is_told_of_errors, liar_is_left)
