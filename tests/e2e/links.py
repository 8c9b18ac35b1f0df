# SPDX-License-Identifier: GPL-3.0-or-later
#
# links.py - links between network namespaces: trains of datagrams, ways that take only short
#            ones, several addresses.

import os

from nodes import equal, check, read, run, until
from spaces import Spaces, ip, need_spaces


class Pair(Spaces):
  """reader and holder, one veth pair between them."""

  def __init__(self, world):
    super().__init__(world, ('reader', 'holder'))

  def build(self):
    self.join('reader', 'holder', '10.96.1')

  def start(self):
    holder = self.world.node('holder', space=self.names['holder'], listen=('udp:10.96.1.2:0',))
    reader = self.world.node('reader', space=self.names['reader'], listen=('udp:10.96.1.1:0',))
    reader.call('peer', 'add', holder.endpoint, holder.identity)
    until(lambda: any(r['state'] == 'up' for r in reader.rows('peer', 'list')), 'link up')
    return reader, holder


def publish(world, holder, mib):
  world.write('site/large.bin', os.urandom(mib * 1024 * 1024 + 3))
  holder.call('publish', world.path('site'))


def fetch(world, reader, holder):
  reader.get(f'net2o://{holder.identity}/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))


def trains_of_datagrams(world):
  need_spaces()
  with Pair(world) as pair:
    reader, holder = pair.start()
    publish(world, holder, 16)
    fetch(world, reader, holder)
    sent, got = holder.call('status'), reader.call('status')
    check(sent['datagrams_out'] > 16000, 'a 2 KiB packet goes in two halves', sent)
    check(sent['system_calls_out'] * 8 < sent['datagrams_out'], 'sent in trains', sent)
    check(got['system_calls_in'] * 8 < got['datagrams_in'], 'received in trains', got)
    equal(sent['dropped_send_too_long'] + sent['dropped_send_failed'], 0, sent)


def short_datagrams_only(world):
  need_spaces()
  with Pair(world) as pair:
    pair.set_mtu('reader', 'holder', 1280)
    reader, holder = pair.start()
    publish(world, holder, 4)
    fetch(world, reader, holder)
    equal(holder.call('status')['dropped_send_too_long'], 0)


def large_frames(world):
  need_spaces()
  with Pair(world) as pair:
    pair.set_mtu('reader', 'holder', 9000)
    reader, holder = pair.start()
    publish(world, holder, 4)
    fetch(world, reader, holder)
    status = holder.call('status')
    check(status['datagrams_out'] < 4 * 600, 'four packets a datagram', status)


def way_becomes_narrow(world):
  """A link that came up over large frames must notice that they do not pass any more."""
  need_spaces()
  with Pair(world) as pair:
    pair.set_mtu('reader', 'holder', 9000)
    reader, holder = pair.start()
    publish(world, holder, 4)
    pair.set_mtu('reader', 'holder', 1280)
    fetch(world, reader, holder)
    for node in (reader, holder):
      check(all(r['state'] == 'up' for r in node.rows('peer', 'list')), 'the link stayed')


def answers_leave_by_the_right_address(world):
  """Two addresses on one device: the other side must hear from the one that it spoke to."""
  need_spaces()
  with Pair(world) as pair:
    ip('-n', pair.names['holder'], 'addr', 'add', '10.96.1.3/24', 'dev', 'veth1')
    holder = world.node('holder', space=pair.names['holder'],
                        listen=('udp:10.96.1.2:0', 'udp:10.96.1.3:0'))
    reader = world.node('reader', space=pair.names['reader'], listen=('udp:10.96.1.1:0',))
    publish(world, holder, 1)
    reader.call('peer', 'add', holder.endpoints[1], holder.identity)
    until(lambda: any(r['state'] == 'up' for r in reader.rows('peer', 'list')), 'link up')
    fetch(world, reader, holder)


def any_address(world):
  """Listeners without an address, both families."""
  need_spaces()
  with Pair(world) as pair:
    holder = world.node('holder', space=pair.names['holder'],
                        listen=('udp:0.0.0.0:0', 'udp:[::]:0'))
    reader = world.node('reader', space=pair.names['reader'],
                        listen=('udp:0.0.0.0:0', 'udp:[::]:0'))
    publish(world, holder, 1)
    port = holder.endpoints[0].rpartition(':')[2]
    reader.call('peer', 'add', f'udp:10.96.1.2:{port}', holder.identity)
    until(lambda: any(r['state'] == 'up' for r in reader.rows('peer', 'list')), 'link up')
    fetch(world, reader, holder)


if __name__ == '__main__':
  run(trains_of_datagrams, short_datagrams_only, large_frames, way_becomes_narrow,
      answers_leave_by_the_right_address, any_address)
