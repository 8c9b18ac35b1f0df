# SPDX-License-Identifier: GPL-3.0-or-later
#
# spoiled.py - what a line can do to datagrams: cut, longer, flipped, old ones again, late ones,
#              rubbish of 65,507 bytes; over UDP, IPv6 and Ethernet.  All arrives byte by byte.

import os
import select
import subprocess
import time

from nodes import check, equal, read, run, until
from spaces import Spaces, ip, need_ipv6_loopback, need_spaces

SPOIL = os.environ.get('SPOIL', 'spoil')
MODES = ('cut', 'lengthen', 'flip', 'later', 'hold', 'rubbish')
SEEN = ('cut', 'lengthen', 'flip', 'rubbish')  # no good for anything
BYTES = 8 << 20
LEFT, RIGHT = '02:00:00:00:00:01', '02:00:00:00:00:02'


class Spoiler:
  """The line between two nodes; its first line is said when it is there."""

  def __init__(self, world, *sides, space=None):
    inside = ['ip', 'netns', 'exec', space] if space else []
    self.process = world.run(inside + [SPOIL, '5', *sides], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    self.said = self._line()

  def _line(self):
    readable, _, _ = select.select([self.process.stdout], [], [], 10)
    line = self.process.stdout.readline().strip() if readable else ''
    check(line, 'no line')
    return line

  def mode(self, name):
    """From now on; returns how many datagrams passed and how many were spoiled, till now."""
    self.process.stdin.write(name + '\n')
    self.process.stdin.flush()
    return tuple(map(int, self._line().split()))


def link_up(node):
  return all(r['state'] == 'up' for r in node.rows('peer', 'list'))


def transfers(world, line, holder, reader, endpoint):
  """In each mode a link and a connection begin, and a file comes whole; the link stays up when
  there is nothing to spoil."""
  def dropped():
    status = [n.call('status') for n in (holder, reader)]
    return sum(s['dropped_link'] + s['dropped_endpoint'] for s in status)

  for mode in MODES:
    data = os.urandom(BYTES)
    world.write('site/large.bin', data)
    address = holder.call('publish', world.path('site'))['by_hash']
    before, kept = line.mode(mode), dropped()
    began = time.monotonic()
    reader.call('peer', 'add', endpoint, holder.identity)
    until(lambda: link_up(reader), mode + ': link up', 30)
    reader.get(address + 'large.bin', world.path('got'))
    took = time.monotonic() - began
    after = line.mode('clean')
    check(read(world.path('got')) == data, mode, 'the file came whole')
    spoiled = after[1] - before[1]
    print(f'# {mode}: {took:.1f} s, {spoiled} of {after[0] - before[0]} spoiled, '
          f'{dropped() - kept} dropped')
    check(spoiled > 500, mode, 'spoiled', before, after)
    if mode in SEEN:
      check(dropped() - kept > spoiled / 4, mode, 'dropped and counted', spoiled, dropped() - kept)
    check(link_up(reader) and link_up(holder), mode, 'the link stayed')
    reader.call('peer', 'remove', endpoint)
  for name in ('fetch_forged', 'fetch_lost'):
    equal(reader.call('status')[name], 0, name)


def by_udp(world, family, host):
  holder = world.node('holder', listen=(f'udp:{host}:0',))
  reader = world.node('reader', listen=(f'udp:{host}:0',))
  line = Spoiler(world, family, family + ':' + holder.endpoint.rpartition(':')[2])
  transfers(world, line, holder, reader, f'udp:{host}:{line.said}')


def udp(world):
  by_udp(world, '4', '127.0.0.1')


def udp_over_ipv6(world):
  need_ipv6_loopback()
  by_udp(world, '6', '[::1]')


class Line(Spaces):
  """left - middle - right, two cables; nobody has an Internet address."""

  def __init__(self, world):
    super().__init__(world, ('left', 'middle', 'right'))

  def build(self):
    for name, mac in (('left', LEFT), ('right', RIGHT)):
      ip('link', 'add', 'eth0', 'netns', self.names[name], 'type', 'veth', 'peer', 'name', name,
         'netns', self.names['middle'])
      ip('-n', self.names[name], 'link', 'set', 'eth0', 'address', mac, 'up')
      ip('-n', self.names['middle'], 'link', 'set', name, 'up')


def ethernet(world):
  need_spaces()
  with Line(world) as net:
    holder = world.node('right', space=net.names['right'], listen=('eth:eth0',))
    reader = world.node('left', space=net.names['left'], listen=('eth:eth0',))
    line = Spoiler(world, 'left', 'right', space=net.names['middle'])
    transfers(world, line, holder, reader, f'eth:eth0/{RIGHT}')


if __name__ == '__main__':
  run(udp, udp_over_ipv6, ethernet)
