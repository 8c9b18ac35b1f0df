# SPDX-License-Identifier: GPL-3.0-or-later
#
# links.py - links between network namespaces: trains of datagrams, ways that take only short
#            ones, several addresses.

import os
import signal
import time

from nodes import NET2O, Skip, equal, check, read, run, until
from spaces import Spaces, ip, need_spaces


STANDSTILL_S = 11  # N2_SILENCE_PATIENCE_US, and more than a link lives


class Pair(Spaces):
  """reader and holder, one veth pair between them."""

  READER, HOLDER = '10.96.1.1', '10.96.1.2'

  def __init__(self, world):
    super().__init__(world, ('reader', 'holder'))

  def build(self):
    self.join('reader', 'holder', '10.96.1')

  def start(self, holder_options=()):
    node = self.world.node
    holder = node('holder', space=self.names['holder'], listen=(f'udp:{self.HOLDER}:0',),
                  options=holder_options)
    reader = node('reader', space=self.names['reader'], listen=(f'udp:{self.READER}:0',))
    join(reader, holder.endpoint, holder)
    return reader, holder


def join(reader, endpoint, holder):
  reader.call('peer', 'add', endpoint, holder.identity)
  until(lambda: link_info(reader)['state'] == 'up', 'link up')


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
    join(reader, holder.endpoints[1], holder)
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
    join(reader, f'udp:10.96.1.2:{port}', holder)
    fetch(world, reader, holder)


def link_info(node):
  (row,) = node.rows('peer', 'list')
  return row


def black_hole(world):
  """The other end takes short frames only and nobody says so: the link finds out by itself."""
  need_spaces()
  with Pair(world) as pair:
    pair.set_mtu('reader', 'holder', 9000)
    reader, holder = pair.start()
    publish(world, holder, 4)
    ip('-n', pair.names['reader'], 'link', 'set', 'veth0', 'mtu', '1300')
    fetch(world, reader, holder)
    status = holder.call('status')
    equal(status['dropped_send_too_long'], 0, 'its own device takes them')
    check(all(r['state'] == 'up' for r in reader.rows('peer', 'list')), 'the link stayed')


def loopback_takes_64_kib(world):
  """On the loopback device a datagram holds 31 packets, once that was proven."""
  need_spaces()
  holder = world.node('holder')
  reader = world.node('reader')
  publish(world, holder, 4)
  reader.peer(holder)
  reader.call('path', 'set', holder.identity, '1/4')
  fetch(world, reader, holder)
  status = holder.call('status')
  check(status['datagrams_out'] < 2100, 'never halves, and most often more than one', status)


def interface_down_and_up(world):
  """In mid-transfer, for longer than a link lives; it goes on when the device is there again."""
  need_spaces()
  with Pair(world) as pair:
    reader, holder = pair.start(('--set', 'network.rate-kbit=40000'))
    publish(world, holder, 12)
    process = begin(world, reader, holder)
    device = ('-n', pair.names['reader'], 'link', 'set', 'veth0')
    ip(*device, 'down')
    until(lambda: link_info(reader)['state'] != 'up', 'the link is down')
    check(process.poll() is None, 'it waits')
    ip(*device, 'up')
    began = time.monotonic()
    until(lambda: link_info(reader)['state'] == 'up', 'the link is up again')
    check(time.monotonic() - began < 5, 'opened at once, not after the pause', began)
    equal(process.wait(60), 0, reader.log())
    equal(read(world.path('got')), read(world.path('site/large.bin')))


def interface_flaps(world):
  """Down and up, again and again, each time shorter than a link lives: the link stays."""
  need_spaces()
  with Pair(world) as pair:
    reader, holder = pair.start()
    publish(world, holder, 4)
    device = ('-n', pair.names['holder'], 'link', 'set', 'veth1')
    for _ in range(5):
      ip(*device, 'down')
      ip(*device, 'up')
    fetch(world, reader, holder)
    equal(reader.call('status')['fetch_lost'], 0)


def nobody_gets_the_processor(world):
  """Both nodes stand still for longer than they wait for each other: neither blames the other."""
  need_spaces()
  with Pair(world) as pair:
    reader, holder = pair.start(('--set', 'network.rate-kbit=40000'))
    publish(world, holder, 12)
    process = begin(world, reader, holder)
    pids = [node.pid('node') for node in (reader, holder)]
    for pid in pids:
      os.kill(pid, signal.SIGSTOP)
    time.sleep(STANDSTILL_S)
    for pid in pids:
      os.kill(pid, signal.SIGCONT)
    equal(process.wait(60), 0, reader.log())
    equal(read(world.path('got')), read(world.path('site/large.bin')))
    for node in (reader, holder):
      status = node.call('status')
      check(status['pauses'] >= 1, 'it noticed', status)
      equal(status['fetch_lost'], 0, 'the connection went on')
      equal(status['node_starts'], 1)
    check('link' not in reader.log().lower(), 'its link stayed', reader.log())


def begin(world, reader, holder):
  process = world.run([NET2O, '--profile', reader.profile, 'get',
                       f'net2o://{holder.identity}/large.bin', '-o', world.path('got')])
  until(lambda: reader.call('status')['fetched_bytes'] > 1 << 20, 'under way')
  check(process.poll() is None, 'it was too quick')
  return process


# ---- IPv6 ----

class Pair6(Pair):
  """The same with IPv6 alone."""

  READER, HOLDER = '[fd96::1]', '[fd96::2]'

  def build(self):
    self.join('reader', 'holder', '10.96.1')
    for name, device, last in (('reader', 'veth0', 1), ('holder', 'veth1', 2)):
      ip('-n', self.names[name], 'addr', 'flush', 'dev', device, 'scope', 'global')
      ip('-n', self.names[name], 'addr', 'add', f'fd96::{last}/64', 'dev', device, 'nodad')


def need_ipv6():
  need_spaces()
  if not os.path.exists('/proc/net/if_inet6'):
    raise Skip('no IPv6 here')


def ipv6(world):
  need_ipv6()
  with Pair6(world) as pair:
    reader, holder = pair.start()
    publish(world, holder, 4)
    fetch(world, reader, holder)
    sent = holder.call('status')
    check(sent['datagrams_out'] > 4000, 'a 2 KiB packet goes in two halves', sent)
    equal(sent['dropped_send_too_long'] + sent['dropped_send_failed'], 0, sent)


def ipv6_short_datagrams_only(world):
  need_ipv6()
  with Pair6(world) as pair:
    pair.set_mtu('reader', 'holder', 1280)
    reader, holder = pair.start()
    publish(world, holder, 2)
    fetch(world, reader, holder)
    equal(holder.call('status')['dropped_send_too_long'], 0)


def ipv6_black_hole(world):
  need_ipv6()
  with Pair6(world) as pair:
    pair.set_mtu('reader', 'holder', 9000)
    reader, holder = pair.start()
    publish(world, holder, 2)
    ip('-n', pair.names['reader'], 'link', 'set', 'veth0', 'mtu', '1300')
    fetch(world, reader, holder)


def ipv6_loopback(world):
  need_ipv6()
  with Pair6(world) as pair:
    space = pair.names['holder']
    holder = world.node('holder', space=space, listen=('udp:[::1]:0',))
    reader = world.node('reader', space=space, listen=('udp:[::1]:0',))
    publish(world, holder, 2)
    join(reader, holder.endpoint, holder)
    fetch(world, reader, holder)


def both_families(world):
  """One node that listens in both: some come by IPv4 and some by IPv6, and talk through it."""
  need_ipv6()
  with Pair(world) as pair:
    for name, device, last in (('reader', 'veth0', 1), ('holder', 'veth1', 2)):
      ip('-n', pair.names[name], 'addr', 'add', f'fd96::{last}/64', 'dev', device, 'nodad')
    middle = world.node('middle', space=pair.names['holder'],
                        listen=('udp:10.96.1.2:0', 'udp:[fd96::2]:0'))
    holder = world.node('holder', space=pair.names['reader'], listen=('udp:[fd96::1]:0',))
    reader = world.node('reader', space=pair.names['reader'], listen=('udp:10.96.1.1:0',))
    publish(world, holder, 2)
    first = reader.peer(middle, middle.endpoints[0])
    known = {r['port'] for r in middle.rows('peer', 'list')}
    holder.peer(middle, middle.endpoints[1])
    (second,) = {r['port'] for r in middle.rows('peer', 'list')} - known
    reader.call('path', 'set', holder.identity, f'{first}/4', f'{second}/4')
    fetch(world, reader, holder)


if __name__ == '__main__':
  run(trains_of_datagrams, short_datagrams_only, large_frames, way_becomes_narrow,
      answers_leave_by_the_right_address, any_address, black_hole, loopback_takes_64_kib,
      interface_down_and_up, interface_flaps, nobody_gets_the_processor, ipv6,
      ipv6_short_datagrams_only, ipv6_black_hole, ipv6_loopback, both_families)
