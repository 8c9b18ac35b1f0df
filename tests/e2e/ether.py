# SPDX-License-Identifier: GPL-3.0-or-later
#
# ether.py - links in Ethernet frames: no Internet address anywhere, short and long frames, a
#            switch between an Ethernet and the Internet, strangers on the same wire, and the right
#            that it takes.

import collections
import ctypes
import os
import socket
import struct
import subprocess
import time

from nodes import NET2OD, check, equal, is_gone, read, run, text_of, until
from spaces import Spaces, ip, need_spaces

TYPE = 0x88b5
NEAR_TYPE, NEAR_GROUP = 0x88b6, '03:6e:32:63:00:01'  # announcements
ALL = 3
LEFT, RIGHT, NOBODY = '02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:77'
NET_RAW = 1 << 13
OPEN = 1
FIRST_HALF, SECOND_HALF = 1, 2
CHALLENGES_A_SECOND = 2000  # N2_LINK_CHALLENGE_PER_S

libc = ctypes.CDLL(None, use_errno=True)


def mac(text):
  return bytes.fromhex(text.replace(':', ''))


def wire(space, device, protocol=ALL):
  """A raw socket on a device of a namespace: what it hears and sends are whole frames."""
  own, other = os.open('/proc/self/ns/net', os.O_RDONLY), os.open(f'/run/netns/{space}', os.O_RDONLY)
  try:
    equal(libc.setns(other, 0x40000000), 0)
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    s.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # SO_RCVBUFFORCE
    s.bind((device, protocol))
  finally:
    equal(libc.setns(own, 0x40000000), 0)
    os.close(own)
    os.close(other)
  return s


def heard(s):
  """All frames that wait, announcements apart."""
  return [f for f in all_heard(s) if type_of(f) != NEAR_TYPE]


def all_heard(s):
  frames = []
  s.setblocking(False)
  while True:
    try:
      frames.append(s.recvfrom(1 << 17)[0])
    except BlockingIOError:
      return frames


def type_of(frame):
  return struct.unpack('>H', frame[12:14])[0]


def kind_of(frame):
  """0 for whole packets, FIRST_HALF, SECOND_HALF, 3 for link control."""
  return frame[14 + 6] >> 6


class Ethernet(Spaces):
  """left and right, one cable between them, and no Internet address on it."""

  def __init__(self, world, mtu=1500):
    super().__init__(world, ('left', 'right'))
    self.mtu = mtu

  def build(self):
    self.cable('left', 'eth0', LEFT, 'right', 'eth0', RIGHT)

  def cable(self, left, left_device, left_mac, right, right_device, right_mac):
    for name in (left, right):
      with open('/dev/null') as null:
        subprocess.run(['ip', 'netns', 'exec', self.names[name], 'sysctl', '-qw',
                        'net.ipv6.conf.default.disable_ipv6=1', 'net.ipv6.conf.all.disable_ipv6=1'],
                       stdin=null, capture_output=True)
    ip('link', 'add', left_device, 'netns', self.names[left], 'type', 'veth', 'peer', 'name',
       right_device, 'netns', self.names[right])
    for name, device, address in ((left, left_device, left_mac), (right, right_device, right_mac)):
      ip('-n', self.names[name], 'link', 'set', device, 'address', address, 'mtu', str(self.mtu),
         'up')

  def node(self, name, **options):
    options.setdefault('listen', ('eth:eth0',))
    return self.world.node(name, space=self.names[name], **options)

  def pair(self):
    right = self.node('right')
    left = self.node('left')
    equal(right.ready.split(' ')[1], f'eth:eth0/{RIGHT}')
    left.call('peer', 'add', f'eth:eth0/{RIGHT}', right.identity)
    until(lambda: is_up(left), 'link up')
    return left, right

  def addresses(self):
    done = [subprocess.run(['ip', '-n', space, '-o', 'addr', 'show', 'up'], capture_output=True,
                           text=True).stdout for space in self.names.values()]
    return [line for text in done for line in text.splitlines() if ' lo ' not in line]


def is_up(node):
  return all(r['state'] == 'up' for r in node.rows('peer', 'list'))


def publish(world, holder, mib):
  """Two files, so that a second one can be fetched anew."""
  for name in ('large.bin', 'other.bin'):
    world.write('site/' + name, os.urandom(mib * 1024 * 1024 + 3))
  holder.call('publish', world.path('site'))


def fetch(world, reader, holder, name='large.bin'):
  reader.get(f'net2o://{holder.identity}/{name}', world.path('got'))
  check(read(world.path('got')) == read(world.path('site', name)), 'the file came whole')


def no_internet_at_all(world):
  """MTU 1500: a packet of 2 KiB goes in two frames; nothing else is on the wire but announcements."""
  need_spaces()
  with Ethernet(world) as net:
    equal(net.addresses(), [])
    listener = wire(net.names['left'], 'eth0')
    left, right = net.pair()
    publish(world, right, 2)
    fetch(world, left, right)
    frames = all_heard(listener)
    equal(net.addresses(), [])
    check({f[:6] for f in frames if type_of(f) == NEAR_TYPE} <= {mac(NEAR_GROUP)}, 'announced to the group')
    frames = [f for f in frames if type_of(f) != NEAR_TYPE]
    equal(collections.Counter(type_of(f) for f in frames).keys(), {TYPE})
    equal({f[:6] for f in frames} | {f[6:12] for f in frames}, {mac(LEFT), mac(RIGHT)})
    equal(max(len(f) for f in frames) <= 1514, True)
    kinds = collections.Counter(kind_of(f) for f in frames)
    check(min(kinds[FIRST_HALF], kinds[SECOND_HALF]) >= 1024, 'each packet in two halves', kinds)
    status = right.call('status')
    equal(status['dropped_send_too_long'] + status['dropped_send_failed'], 0, status)
    check(status['system_calls_out'] * 8 < status['datagrams_out'], 'sent many at once', status)
    row = right.rows('peer', 'list')[0]
    equal((row['endpoint'], row['opened']), (f'eth:eth0/{LEFT}', False))


def jumbo_frames(world):
  """MTU 9000: packets go whole, four in each frame, as soon as the link has proven that it takes
  them."""
  need_spaces()
  with Ethernet(world, mtu=9000) as net:
    left, right = net.pair()
    publish(world, right, 4)
    until(lambda: is_up(left), 'link up')
    listener = wire(net.names['left'], 'eth0')
    fetch(world, left, right)
    heard(listener)
    before = right.call('status')['datagrams_out']
    fetch(world, left, right, 'other.bin')
    frames = [f for f in heard(listener) if f[6:12] == mac(RIGHT)]
    kinds = collections.Counter(kind_of(f) for f in frames)
    equal(kinds[FIRST_HALF] + kinds[SECOND_HALF], 0, kinds)
    check(14 + 8 + 4 * 2090 <= max(len(f) for f in frames) <= 14 + 9000)
    sent = right.call('status')['datagrams_out'] - before
    check(sent < 4 * 512, f'{sent} frames for 2048 packets')


def different_mtus(world):
  """One end takes long frames, the other doesn't: what passes is found out."""
  need_spaces()
  with Ethernet(world, mtu=9000) as net:
    ip('-n', net.names['left'], 'link', 'set', 'eth0', 'mtu', '1500')
    left, right = net.pair()
    publish(world, right, 2)
    fetch(world, left, right)
    check(is_up(left), 'the link stayed')


def switch_between_ethernet_and_internet(world):
  """left - frames - middle - UDP - far: the middle one is a switch, and no end of anything."""
  need_spaces()

  class Chain(Ethernet):
    def __init__(self, world):
      super().__init__(world)
      self.names['far'] = f'n2-{os.getpid()}-far'

    def build(self):
      super().build()
      ip('link', 'add', 'udp0', 'netns', self.names['right'], 'type', 'veth', 'peer', 'name', 'udp0',
         'netns', self.names['far'])
      for name, last in (('right', 1), ('far', 2)):
        ip('-n', self.names[name], 'link', 'set', 'udp0', 'up')
        ip('-n', self.names[name], 'addr', 'add', f'10.96.2.{last}/24', 'dev', 'udp0')

  with Chain(world) as net:
    middle = net.node('right', listen=('eth:eth0', 'udp:10.96.2.1:0'))
    far = net.node('far', listen=('udp:10.96.2.2:0',))
    left = net.node('left')
    first = left.peer(middle, f'eth:eth0/{RIGHT}')
    second = middle.peer(far)
    left.call('path', 'set', far.identity, f'{first}/{left.bits}', f'{second}/{middle.bits}')
    publish(world, far, 4)
    fetch(world, left, far)
    status = middle.call('status')
    check(status['forwarded'] > 4 * 512, 'the middle one passes on', status)


def attack_05_spoofed_sources(world):
  """Frames with any source address anywhere: answers are few and short, and go to nobody but who
  asked; a group or everybody gets none; a link that is there stays."""
  need_spaces()
  with Ethernet(world) as net:
    left, right = net.pair()
    publish(world, right, 1)
    intruder = wire(net.names['left'], 'eth0', TYPE)
    listener = wire(net.names['left'], 'eth0')

    def greet(target, source, count):
      """OPENs of @count strangers."""
      asked = 0
      for i in range(count):
        address = source or bytes([2]) + os.urandom(5)
        body = bytes([OPEN, 1]) + os.urandom(6 + 8 + 8) + bytes(64 - 24)
        frame = target + address + struct.pack('>H', TYPE) + bytes(6) + b'\xc0\x00' + body
        intruder.send(frame)
        asked += len(frame)
      return asked

    def answers():
      frames = heard(listener)
      return [f for f in frames if f[6:12] == mac(RIGHT) and f[:6] not in (mac(LEFT), mac(RIGHT))]

    for target, source in ((mac('ff:ff:ff:ff:ff:ff'), None), (mac('01:00:5e:00:00:01'), None),
                           (mac(NOBODY), None), (mac(RIGHT), mac('ff:ff:ff:ff:ff:ff')),
                           (mac(RIGHT), mac('01:00:5e:00:00:01')), (mac(RIGHT), bytes(6)),
                           (mac(RIGHT), mac(RIGHT))):
      greet(target, source, 5)
    # A stranger with an address of its own is answered: so all before it were dealt with.
    greet(mac(RIGHT), mac(NOBODY), 1)
    first = until(answers, 'a challenge')
    equal([f[:6] for f in first], [mac(NOBODY)])
    check(right.call('status')['dropped_receive_foreign'] >= 20)

    began = time.monotonic()
    asked = greet(mac(RIGHT), None, 20000)
    fetch(world, left, right)
    took = time.monotonic() - began
    got = answers()
    check(got, 'nobody was answered')
    check(len(got) <= CHALLENGES_A_SECOND * (took + 1), len(got), took)
    check(sum(map(len, got)) <= asked)
    equal({len(f) for f in got}, {14 + 72})
    equal(len(right.rows('peer', 'list')), 1)
    check(is_up(left), 'the link stayed')

    # Whoever copied the link's token moves nothing: the rightful end is alive.
    token = until(lambda: [f for f in heard(listener) if f[:12] == mac(RIGHT) + mac(LEFT)],
                  'something')[0][14:20]
    for _ in range(50):
      frame = mac(RIGHT) + mac(NOBODY) + struct.pack('>H', TYPE) + token + b'\x00\x00'
      intruder.send(frame + bytes(1200))
    fetch(world, left, right, 'other.bin')
    stolen = [f for f in answers() if f[:6] == mac(NOBODY)]
    check(len(stolen) <= 3, len(stolen), 'answers for who copied a token')
    check(is_up(left), 'the link stayed')
    equal(right.rows('peer', 'list')[0]['endpoint'], f'eth:eth0/{LEFT}')


def down_and_up(world):
  """A short time down is not noticed; after a long one the link comes back by itself."""
  need_spaces()
  with Ethernet(world) as net:
    left, right = net.pair()
    publish(world, right, 1)
    for device in ('left', 'right'):
      ip('-n', net.names[device], 'link', 'set', 'eth0', 'down')
      ip('-n', net.names[device], 'link', 'set', 'eth0', 'up')
    fetch(world, left, right)
    ip('-n', net.names['right'], 'link', 'set', 'eth0', 'down')
    until(lambda: not is_up(left), 'link down', 30)
    ip('-n', net.names['right'], 'link', 'set', 'eth0', 'up')
    until(lambda: is_up(left), 'link up', 60)
    fetch(world, left, right, 'other.bin')
    used = [sum(map(int, text_of(n.pid('node'), 'stat').rpartition(')')[2].split()[11:13]))
            for n in (left, right)]
    check(max(used) < 10 * os.sysconf('SC_CLK_TCK'), 'nobody waits in a circle', used)


def removed_and_made_anew(world):
  """The interface is gone, as when an adapter is pulled out, and comes back, with longer frames; a
  process that ends meanwhile takes nothing with it.  Nobody is started anew by hand."""
  need_spaces()
  with Ethernet(world) as net:
    left, right = net.pair()
    publish(world, right, 1)
    fetch(world, left, right)
    for mtu, kill in ((9000, False), (1500, True)):
      ip('-n', net.names['left'], 'link', 'del', 'eth0')
      until(lambda: not is_up(left), 'link down', 30)
      if kill:
        pid = left.pid('node')
        os.kill(pid, 9)
        until(lambda pid=pid: is_gone(pid), 'gone')
        until(lambda: left.call('status', code=None), 'there again', 30)
      net.mtu = mtu
      net.build()
      began = time.monotonic()
      until(lambda: is_up(left), 'link up', 60)
      check(time.monotonic() - began < 10, 'noticed, and not found after a pause')
      fetch(world, left, right, 'other.bin')
    equal(right.call('status')['node_starts'], 1)


def crash_and_restart(world):
  """A new node process takes the socket over; a new start finds its peer again."""
  need_spaces()
  with Ethernet(world) as net:
    left, right = net.pair()
    publish(world, right, 1)
    for node in (left, right):
      pid = node.pid('node')
      os.kill(pid, 9)
      until(lambda pid=pid: is_gone(pid), 'gone')
      until(lambda node=node: node.call('status', code=None), 'there again', 30)
    until(lambda: is_up(left), 'link up', 60)
    fetch(world, left, right)
    left.stop()
    left.start()
    until(lambda: is_up(left), 'link up', 60)
    fetch(world, left, right, 'other.bin')


def right_is_needed_and_given_up(world):
  need_spaces()
  with Ethernet(world) as net:
    inside = ['ip', 'netns', 'exec', net.names['left'], 'setpriv']
    user = inside + ['--reuid=65534', '--regid=65534', '--clear-groups']
    if subprocess.run(user + ['test', '-x', NET2OD]).returncode != 0:
      user = inside  # the program lies where only root can reach it
    os.chmod(world.folder, 0o755)
    os.mkdir(world.path('home'))
    if user != inside:
      os.chown(world.path('home'), 65534, 65534)
    command = [NET2OD, '--profile', world.path('home/p'), '--listen', 'eth:eth0']
    done = subprocess.run(user + ['--bounding-set=-net_raw'] + command, capture_output=True,
                          timeout=20)
    equal(done.returncode, 4, done.stderr)
    check(b'CAP_NET_RAW' in done.stderr and b'setcap' in done.stderr, done.stderr)
    process = world.run(user + ['--inh-caps=+net_raw', '--ambient-caps=+net_raw'] + command,
                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    check(process.stdout.readline().startswith(b'ready eth:eth0/' + LEFT.encode()))
    children = text_of(process.pid, f'task/{process.pid}/children').split()
    check(len(children) in (3, 4), children)  # the fourth hears of the screen, where there is a message bus
    for pid in [process.pid, *children]:
      for line in text_of(pid, 'status').splitlines():
        if line.startswith(('CapInh', 'CapPrm', 'CapEff', 'CapAmb')):
          equal(int(line.split()[1], 16) & NET_RAW, 0, pid, line)


def what_cannot_be(world):
  need_spaces()
  with Ethernet(world) as net:
    inside = ['ip', 'netns', 'exec', net.names['left'], NET2OD, '--profile', world.path('p')]
    for listener, code, words in (('eth:none', 1, b'No such device'), ('eth:lo', 1, b'no Ethernet'),
                                  (f'eth:eth0/{RIGHT}', 2, LEFT.encode()),
                                  ('eth:a b', 2, b'eth:INTERFACE')):
      done = subprocess.run(inside + ['--listen', listener], capture_output=True, timeout=20)
      equal(done.returncode, code, listener, done.stderr)
      check(words in done.stderr, listener, done.stderr)
      equal(done.stdout, b'')
    left = net.node('left')
    for endpoint, code, words in ((f'eth:lo/{RIGHT}', 3, 'listen'), ('eth:eth0', 2, 'endpoint'),
                                  ('eth:eth0/ff:ff:ff:ff:ff:ff', 2, 'endpoint')):
      said = left.call('peer', 'add', endpoint, code=code)
      check(words in str(said), endpoint, said)
    equal(left.rows('peer', 'list'), [])


if __name__ == '__main__':
  run(no_internet_at_all, jumbo_frames, different_mtus, switch_between_ethernet_and_internet,
      attack_05_spoofed_sources, down_and_up, removed_and_made_anew, crash_and_restart,
      right_is_needed_and_given_up, what_cannot_be)
