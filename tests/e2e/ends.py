# SPDX-License-Identifier: GPL-3.0-or-later
#
# ends.py - end points of another make, links without a switch: made from daemon/PROTOCOL.md alone, as
#           second-switch.py and second-casts.py are; and two switches to put them at.

import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'vectors'))

import second  # noqa: E402
import ways  # noqa: E402
from nodes import Failure, check, equal, until  # noqa: E402

A_BITS, B_BITS = 3, 5
A_TO_B, B_TO_A = 5, 9
LINE_KBIT = 10000
PATIENCE_S = 5
AGAIN_S = 0.3
HALF = 1045


# ---- end points ----

class Net:
  """All our end points; they answer what links ask while somebody waits here."""

  def __init__(self, first_source=2):
    self.ends, self.next_source = [], first_source

  def source(self):
    """An address of our machine that nobody here had: neighbours of one address share (Reservations)."""
    self.next_source += 1
    return f'127.0.0.{self.next_source}'

  def end(self, node, port=0, at=None):
    end = End(self, at or free_socket(self.source()), node.endpoint, port)
    self.ends.append(end)
    end.open_link()
    return end

  def take(self, seconds):
    sockets = {end.socket: end for end in self.ends if not end.closed}
    for ready in select.select(list(sockets), [], [], max(0, seconds))[0]:
      sockets[ready].take()

  def wait(self, ask, what, seconds=PATIENCE_S, again=None, again_s=AGAIN_S):
    """Takes what comes until it is so; says something again and again meanwhile."""
    end, next_s = time.monotonic() + seconds, 0
    while True:
      answer = ask()
      if answer:
        return answer
      now = time.monotonic()
      if now > end:
        raise Failure(f'{what}: not within {seconds} s')
      if again and now >= next_s:
        again()
        next_s = now + again_s
      self.take(min(0.05, again_s))

  def rest(self, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
      self.take(end - time.monotonic())


def free_socket(address):
  s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
  s.bind((address, 0))
  return s


def endpoint_of(s):
  return 'udp:%s:%d' % s.getsockname()


class End:
  """A link to a node and no switch of one's own: all that comes is for us."""

  def __init__(self, net, s, endpoint, port):
    self.net, self.socket, self.wish = net, s, port
    host, number = endpoint.removeprefix('udp:').rsplit(':', 1)
    s.connect((host, int(number)))
    self.token, self.nonce, self.link_id = os.urandom(6), os.urandom(8), os.urandom(8)
    self.peer_token, self.number, self.cookie = bytes(6), 0, None
    self.port = self.width = None
    self.halves, self.came, self.users, self.closed = {}, [], [], False

  def datagram(self, kind, body, token=None):
    head = (self.peer_token if token is None else token) + struct.pack('>H', kind << 14 | self.number)
    self.number = self.number + 1 & 0x3fff
    self.socket.send(head + body)

  def link_control(self, kind, nonce=bytes(8), more=b''):
    opens = kind in (1, 3)
    body = bytes((kind, 1)) + (self.token if opens else bytes(6)) + nonce
    if opens:
      body += self.link_id + struct.pack('>H', self.wish)
    self.datagram(3, (body + more).ljust(64, b'\0'), bytes(6) if opens else None)

  def open_link(self):
    self.net.wait(lambda: self.cookie, 'CHALLENGE', again=lambda: self.link_control(1, self.nonce))
    self.net.wait(lambda: self.port, 'ACCEPT',
                  again=lambda: self.link_control(3, self.nonce, self.cookie))

  def close(self):
    self.link_control(7)
    self.socket.close()
    self.closed = True

  def say_users(self, users, asks):
    self.link_control(10, more=struct.pack('>HB', users, asks))

  def take(self):
    data = self.socket.recv(65535)
    equal(data[:6], self.token, 'token')
    kind, number = data[6] >> 6, struct.unpack('>H', data[6:8])[0] & 0x3fff
    if kind == 3:
      self.take_control(data[8:])
    elif kind == 0:
      for raw in second.packets_in(data[8:]):
        self.take_packet(ways.Packet(raw))
    else:
      first = number - (kind == 2) & 0x3fff
      self.halves.setdefault(first, {})[kind] = data[8:]
      if len(self.halves[first]) == 2:
        halves = self.halves.pop(first)
        self.take_packet(ways.Packet(halves[1] + halves[2]))

  def take_control(self, body):
    if body[0] == 2 and body[8:16] == self.nonce:
      self.cookie = body[16:32]
    elif body[0] == 4 and body[8:16] == self.nonce:
      self.peer_token = body[2:8]
      self.port, self.width = struct.unpack('>HB', body[16:19])
      check(self.port and any(self.peer_token), 'no port for us')
    elif body[0] == 5:
      self.link_control(6, body[8:16])
    elif body[0] == 10:
      equal((body[1], body[2:16], body[19:64]), (1, bytes(14), bytes(45)), 'USERS')
      self.users.append(struct.unpack('>HB', body[16:19]))

  def take_packet(self, packet):
    self.came.append(packet)

  def send(self, *packets):
    """In datagrams as long as anybody may send; what is too long goes in halves."""
    bundle = b''
    for raw in packets:
      if len(raw) > 1224:
        self.datagram(1, raw[:HALF])
        self.datagram(2, raw[HALF:])
        continue
      if len(bundle) + len(raw) > 1224:
        self.datagram(0, bundle)
        bundle = b''
      bundle += raw
    if bundle:
      self.datagram(0, bundle)

  def pick(self, fits):
    """The packets that fit, in order; they are taken out."""
    found = [p for p in self.came if fits(p)]
    self.came = [p for p in self.came if not fits(p)]
    return found

  def expect(self, fits, what, again=None, seconds=PATIENCE_S):
    return self.net.wait(lambda: self.pick(fits), what, seconds, again)[0]

  def expect_message(self, kind, what, again=None):
    return self.expect(lambda p: p.is_message(kind), what, again)

  def echo(self, path):
    """(width, in-port, path of the answer) of the switch at its end."""
    nonce = struct.unpack('>Q', os.urandom(8))[0]
    self.send(ways.echo(path, nonce))
    packet = self.expect(lambda p: p.is_message(ways.ECHOED) and ways.read_echoed(p)[0] == nonce, 'echo')
    return ways.read_echoed(packet)[1:] + (packet.path,)


# ---- two switches ----

def two_switches(world, *of_a, of_b=(), a_ports=(1, 2, 3, 4), b_ports=(1, 2, 3), b_has_users=False):
  """A, with a line of LINE_KBIT to B; both without users if nothing else is said, strangers at some ports."""
  def options(*more):
    return tuple(w for option in more for w in ('--set', option))
  b = world.node('b', bits=B_BITS, options=() if b_has_users else options(
      'node.mode=switch', f'port {B_TO_A}.from=any', *(f'port {p}.from=any' for p in b_ports), *of_b))
  a = world.node('a', bits=A_BITS, options=options(
      'node.mode=switch', f'port {A_TO_B}.to={b.endpoint}', f'port {A_TO_B}.their-port={B_TO_A}',
      f'port {A_TO_B}.rate-kbit={LINE_KBIT}', *(f'port {p}.from=any' for p in a_ports), *of_a))
  until(lambda: any(r['port'] == A_TO_B and r['state'] == 'up' for r in look(a)['ports']), 'A to B')
  return a, b


def look(node):
  return node.call('status', 'switch')


def ahead(*more):
  """From A over the line to B, then on."""
  return ways.route((A_TO_B, A_BITS), *more)


def behind(path, *steps):
  for in_port, width in steps:
    _, path = ways.step(path, in_port, width)
  return path
