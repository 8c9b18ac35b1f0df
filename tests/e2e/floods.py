# SPDX-License-Identifier: GPL-3.0-or-later
#
# floods.py - rubbish at full rate, from strangers, from somebody who has a link and from who
#             copies what others say: over UDP, IPv6 and Ethernet, and an honest transfer beside.

import os
import random
import socket
import struct
import subprocess
import time

from ether import LEFT, NOBODY, RIGHT, TYPE, Ethernet, heard, is_up, mac, wire
from nodes import check, equal, read, run, until
from spaces import need_ipv6_loopback, need_spaces

FLOOD = os.environ.get('FLOOD', 'flood')
POOL = 4096  # datagrams, which come again and again
HALVES = (1045, 1045)
FRAME_HEAD = 14
BYTES = 8 << 20


# ---- roads ----

class Udp:
  """Two nodes on the loopback, and sockets of strangers to the first one."""
  head, segments, longest = b'', 64, 65507

  def __init__(self, world, host='127.0.0.1'):
    if ':' in host:
      need_ipv6_loopback()
    self.family = socket.AF_INET6 if ':' in host else socket.AF_INET
    listen = (f'udp:[{host}]:0' if ':' in host else f'udp:{host}:0',)
    self.holder, self.reader = (world.node(name, listen=listen) for name in ('a', 'b'))
    self.reader.call('peer', 'add', self.holder.endpoint, self.holder.identity)
    self.address = host, int(self.holder.endpoint.rpartition(':')[2])

  def __enter__(self):
    until(lambda: is_up(self.reader), 'link up')
    return self

  def __exit__(self, *_):
    pass

  def stranger(self):
    s = socket.socket(self.family, socket.SOCK_DGRAM)
    s.connect(self.address)
    return s

  def body(self, datagram):
    """What was said to a stranger."""
    return datagram


class Wire(Ethernet):
  """Two nodes on a cable, and strangers on the same one."""
  segments, longest = 1, 1500

  def __init__(self, world):
    need_spaces()
    super().__init__(world)
    self.head = mac(RIGHT) + mac(NOBODY) + struct.pack('>H', TYPE)

  def __enter__(self):
    super().__enter__()
    try:
      self.reader, self.holder = self.pair()
    except BaseException:
      self.__exit__()
      raise
    return self

  def stranger(self, name='left'):
    s = wire(self.names[name], 'eth0', TYPE)
    s.setsockopt(263, 20, 1)  # SOL_PACKET, PACKET_QDISC_BYPASS
    return s

  def body(self, frame):
    return frame[FRAME_HEAD:] if frame[:6] == mac(NOBODY) else None


ROADS = {'udp': Udp, 'ipv6': lambda world: Udp(world, '::1'), 'ethernet': Wire}


def heard_by(road, s):
  return [b for b in map(road.body, heard(s)) if b is not None]


class Link:
  """A stranger's link, made by hand as PROTOCOL.md says: OPEN, CHALLENGE, CONFIRM, ACCEPT."""

  def __init__(self, road):
    self.road, self.socket = road, road.stranger()
    nonce, body = os.urandom(8), os.urandom(6)
    rest = body + nonce + os.urandom(8) + bytes(2)
    answer = self._ask(b'\1\1' + rest + bytes(38), 2)
    answer = self._ask(b'\3\1' + rest + answer[24:40] + bytes(22), 4)
    self.token = answer[10:16]
    check(any(self.token), 'no port for us', answer.hex())
    self.socket.setblocking(True)

  def _ask(self, body, kind):
    def answers():
      return [b for b in heard_by(self.road, self.socket) if len(b) >= 40 and b[8] == kind]
    self.socket.send(self.road.head + bytes(6) + b'\xc0\0' + body)
    return until(answers, f'link control {kind}')[0]

  def head(self):
    return self.token + bytes(2)

  def key_id(self):
    """Of the node's key for suite 1, which it tells whoever asks."""
    self.socket.send(self.road.head + self.head() + b'\x64\x80' + bytes(16) + b'\3\1' + bytes(126))
    return until(lambda: [b[28:30] for b in heard_by(self.road, self.socket) if b[26:28] == b'\4\1'], 'a key')[0]


# ---- what is sent ----

class Flood:
  """Whole datagrams, as fast as the kernel takes them, till the end of the block."""

  def __init__(self, road, s, pool):
    self.road, self.socket, self.pool = road, s, pool
    self.sent = 0

  def __enter__(self):
    self.process = subprocess.Popen([FLOOD, str(self.socket.fileno()), str(self.road.segments)],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    pass_fds=[self.socket.fileno()])
    for datagram in self.pool:
      self.process.stdin.write(struct.pack('>H', len(datagram)) + datagram)
    self.process.stdin.write(bytes(2))
    self.process.stdin.flush()
    self.began = time.monotonic()
    return self

  def __exit__(self, *_):
    try:
      out, _ = self.process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
      self.process.kill()
      self.process.wait()
      raise
    self.took = time.monotonic() - self.began
    self.sent = int(out or 0)


def open_link(dice):
  return bytes(6) + b'\xc0\0' + b'\1\1' + dice.randbytes(6) + dice.randbytes(16) + bytes(40)


def strangers(road, dice):
  """Pools by name, of whoever has no link."""
  longest = road.longest
  return {
      'random 100': [dice.randbytes(100) for _ in range(POOL)],
      'random 1400': [dice.randbytes(1400) for _ in range(POOL)],
      'random of any length': [dice.randbytes(1 + dice.randrange(1500)) for _ in range(POOL)],
      'random as long as goes': [dice.randbytes(longest) for _ in range(64)],
      'empty head': [bytes(8)] * POOL,
      'one byte': [b'\xff'] * POOL,
      'link opens': [open_link(dice) for _ in range(POOL)],
  }


def first(kind, dice, key_id=None):
  return bytes(8) + bytes([kind, 1]) + (key_id or dice.randbytes(2)) + bytes(12) + dice.randbytes(112)


def link_owner(link, dice):
  """Pools by name, of whoever has a link: whole packets in bundles, link control, halves."""
  def bundles(kind, data):
    return [link.head() + b''.join(bytes([kind, 0x80]) + bytes(8) + data() for _ in range(8))
            for _ in range(POOL)]
  key_id = link.key_id()
  return {
      'hellos': bundles(0x64, lambda: first(1, dice, key_id)),
      'queries': bundles(0x64, lambda: first(3, dice)),
      'random to address 0': bundles(0x64, lambda: bytes(8) + dice.randbytes(128)),
      'random sealed': bundles(0x74, lambda: dice.randbytes(8 + 8 + 128 + 16)),
      'random packets': [link.head() + b'\x64' + dice.randbytes(1100) for _ in range(POOL)],
      'random link control': [link.token + b'\xc0\0' + bytes([i % 16, 1]) + dice.randbytes(62)
                              for i in range(POOL)],
      'random halves': [link.token + struct.pack('>H', (1 + i % 2) << 14 | i & 0x3fff) +
                        dice.randbytes(HALVES[i % 2]) for i in range(POOL)],
  }


def copies(frames, dice):
  """Pools by name, of whoever hears all that two others say: whole frames, and made of them."""
  def flipped(frame):
    at = FRAME_HEAD + dice.randrange(len(frame) - FRAME_HEAD)
    return frame[:at] + bytes([frame[at] ^ 1 << dice.randrange(8)]) + frame[at + 1:]
  some = [dice.choice(frames) for _ in range(POOL)]
  return {
      'replayed': frames[:POOL],
      'reordered': dice.sample(frames, len(frames))[:POOL],
      'truncated': [f[:FRAME_HEAD + 1 + i % (len(f) - FRAME_HEAD)] for i, f in enumerate(some)],
      'oversized': [f + dice.randbytes(1514 - len(f)) for f in some],
      'bit-flipped': [flipped(f) for f in some],
  }


# ---- tests ----

def transfer(world, road, name):
  """Seconds that a new file takes, which comes whole."""
  data = os.urandom(BYTES)
  world.write('site/large.bin', data)
  address = road.holder.call('publish', world.path('site'))['by_hash']
  began = time.monotonic()
  road.reader.get(address + 'large.bin', world.path('got'), seconds=60)
  took = time.monotonic() - began
  check(read(world.path('got')) == data, name, 'the file came whole')
  return took


def transfer_beside(world, road, pools, s, head=None):
  """A second of each at the rate of offload, and the transfer beside it comes whole, and not much later than without.
  What has public-key work done is counted: 16 hellos of one way in the 3 s that each keeps its place."""
  rates = {}
  head = road.head if head is None else head
  calm = max(transfer(world, road, 'calm') for _ in range(2))
  for name, pool in pools.items():
    before = road.holder.call('status')['agreements']
    with Flood(road, s, [head + datagram for datagram in pool]) as flood:
      done = transfer(world, road, name)
      time.sleep(max(0, 1 - (time.monotonic() - flood.began)))
    rates[name] = flood.sent / flood.took
    agreements = road.holder.call('status')['agreements'] - before
    print(f'# {name}: {rates[name]:.0f} datagrams a second, 8 MiB in {done:.1f} s instead of {calm:.1f} s, '
          f'{agreements} agreements', flush=True)
    check(done <= 5 * calm + 2, name, done, calm)
    check(agreements <= 16 * (flood.took / 3 + 2), name, agreements, flood.took)
  for node in (road.holder, road.reader):
    check(is_up(node), 'the link stayed')
  return rates


def limits_of(node):
  status = node.call('status')
  return status, {r['name']: r for r in status['limits']}


def by_strangers(world, road):
  dice = random.Random(4)
  with road(world) as r, r.stranger() as s:
    transfer_beside(world, r, strangers(r, dice), s)
    status, limits = limits_of(r.holder)
    check(limits['link_challenge_per_s']['refused'] > 0, 'opens were limited')
    check(status['dropped_link'] > 10000, 'rubbish was counted', status)
    check(len(r.holder.log()) < 50_000, 'nobody can flood the log', len(r.holder.log()))


def by_the_owner_of_a_link(world, road):
  dice = random.Random(5)
  with road(world) as r:
    link = Link(r)
    transfer_beside(world, r, link_owner(link, dice), link.socket)
    status, limits = limits_of(r.holder)
    check(limits['hello_per_s']['refused'] > 0, 'hellos had to bring a token', limits['hello_per_s'])
    check(status['hellos_refused'] > 10000, 'and were refused', status)
    check(0 < status['agreements'] < 200, 'few of them had work done', status)
    check(limits['query_per_s']['refused'] > 0, 'queries were limited')
    check(status['dropped_endpoint'] > 1000, 'rubbish was counted', status)
    check(status['dropped_link'] > 1000, 'halves and link control were counted', status)
    link.socket.close()


def by_who_copies(world, road):
  """Frames of an honest transfer, from the address of who said them, again and spoiled."""
  dice = random.Random(6)
  with road(world) as r, r.stranger() as listener, r.stranger('right') as s:
    world.write('site/large.bin', os.urandom(BYTES))
    r.holder.call('publish', world.path('site'))
    r.reader.get(f'net2o://{r.holder.identity}/large.bin', world.path('got'))
    frames = [f for f in heard(listener) if f[:12] == mac(LEFT) + mac(RIGHT)]
    check(len(frames) > 4000, 'a transfer in halves', len(frames))
    transfer_beside(world, r, copies(frames, dice), s, b'')
    status = r.reader.call('status')
    equal(status['fetch_forged'], 0)
    check(status['dropped_link'] + status['dropped_endpoint'] > 1000, 'they were counted', status)
    equal(r.reader.rows('peer', 'list')[0]['endpoint'], f'eth:eth0/{RIGHT}')


def wrong_opens(dice):
  """What is nearly an OPEN, each in another way."""
  right = open_link(dice)
  return [right[:-1], right + b'\0', b'\0\1' + right[2:], right[:9] + b'\2' + right[10:],
          b'\1' + right[1:], right[:40] + b'\1' + right[41:], right[:71] + b'\1',
          right[:6] + b'\x80' + right[7:]]


def control(kind, dice):
  return bytes(6) + b'\xc0\0' + bytes([kind, 1]) + dice.randbytes(62)


def answered(road, s):
  """Asks until there is a CHALLENGE; returns the nonce, by which others on a wire know it."""
  datagram = open_link(random.Random(os.urandom(8)))
  nonce = datagram[16:24]

  def mine():
    s.setblocking(True)
    s.send(road.head + datagram)
    return [b for b in heard_by(road, s) if b[16:24] == nonce]
  until(mine, 'a challenge')
  return nonce


def right_form(i, dice):
  """Link control as PROTOCOL.md has it, but OPEN: a cookie, nonce or place that nobody gave."""
  r = dice.randbytes
  body = (b'\2\1' + bytes(6) + r(24), b'\3\1' + r(22) + bytes(2) + r(16),
          b'\4\1' + r(14) + b'\0\1\4', b'\5\1' + bytes(6) + r(8), b'\6\1' + bytes(6) + r(8), b'\7\1',
          b'\10\1' + bytes(6) + r(8) + b'\0\1',
          b'\11\1' + bytes(6) + r(8) + b'\0\1\1' + r(2) + b'\x7f\0\0\1')[i % 8]
  return bytes(6) + b'\xc0\0' + body.ljust(64, b'\0')


def no_reflection(world, road):
  """Whoever wrote the source address: an OPEN gets no more than it had, and all else nothing.
  Each kind has a socket of its own."""
  dice = random.Random(3)
  kinds = {
      'random': lambda i: dice.randbytes(1 + dice.randrange(200)),
      'long': lambda i: dice.randbytes(1400),
      'empty head': lambda i: bytes(8),
      'packets without a token': lambda i: bytes(8) + b'\x64\x80' + bytes(16) + first(1 + i % 4, dice)[8:],
      'with any token': lambda i: dice.randbytes(6) + bytes(2) + b'\x64\x80' + bytes(16) +
                                  first(1 + i % 4, dice)[8:],
      'halves': lambda i: dice.randbytes(6) + struct.pack('>H', (1 + i % 2) << 14 | i) +
                          dice.randbytes(HALVES[i % 2]),
      'control': lambda i: control(i % 254 + 2, dice),
      'control with any token': lambda i: dice.randbytes(6) + control(1 + i % 16, dice)[6:],
      'control of the right form': lambda i: right_form(i, dice),
      'and with any token': lambda i: dice.randbytes(6) + right_form(i, dice)[6:],
      'nearly an open': lambda i: wrong_opens(dice)[i % 8],
      'open': lambda i: open_link(dice),
  }
  with road(world) as r:
    for name, make in kinds.items():
      sent = back = 0
      with r.stranger() as s, r.stranger() as last:
        for i in range(750):
          datagram = make(i)
          s.setblocking(True)
          s.send(r.head + datagram)
          sent += len(datagram)
          if i % 50 == 49:
            back += sum(map(len, heard_by(r, s)))
            check(back <= sent, name, back, sent)
        # Whoever asks behind them is answered: so they were all dealt with.
        nonce = answered(r, last)
        back += sum(len(b) for b in heard_by(r, s) if b[16:24] != nonce)
      if name == 'open':
        check(0 < back <= sent, 'an honest one is answered, with no more', back, sent)
      else:
        equal(back, 0, name)


def tests():
  """Each test over each road."""
  made = []
  for kind in (by_strangers, by_the_owner_of_a_link, no_reflection):
    for name, road in ROADS.items():
      def test(world, kind=kind, road=road):
        kind(world, road)
      number = 'attack_05_' if kind is no_reflection else ''
      test.__name__ = f'{number}{kind.__name__}_over_{name}'
      made.append(test)
  def copies_over_ethernet(world):
    by_who_copies(world, Wire)
  return made + [copies_over_ethernet]


if __name__ == '__main__':
  run(*tests())
