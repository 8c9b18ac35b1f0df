# SPDX-License-Identifier: GPL-3.0-or-later
#
# nat.py - two nodes behind NATs of their own, with the same private addresses, and one between
#          them that both can reach: they talk through it, and directly once it introduced them.
#          The same with IPv6, behind NATs and behind firewalls; and both behind the same NAT.

import os
import shutil
import subprocess

from nodes import NET2O, Skip, check, equal, read, run, until
from spaces import Spaces, ip, need_spaces

RATE_KBIT = 40000  # so that a transfer takes seconds
ASKS = ('--set', 'network.introductions=2')

# As home routers have it: in comes only what belongs to something that went out.
RULES = """
table ip n2 {
  chain post { type nat hook postrouting priority 100; oifname "out" masquerade %s; }
  chain in { type filter hook input priority 0; iifname "out" ct state new drop; }
  chain forward { type filter hook forward priority 0; iifname "out" ct state new drop; }
}
"""


def inside(space, *command, text=None):
  done = subprocess.run(['ip', 'netns', 'exec', space, *command], capture_output=True,
                        input=text.encode() if text else None)
  return done.returncode, done.stderr.decode()


class Town(Spaces):
  """left - nat1 - middle - nat2 - right; the middle routes, and has 10.97.1.1."""

  def __init__(self, world, kinds=('', '')):
    super().__init__(world, ('left', 'nat1', 'middle', 'nat2', 'right'))
    self.kinds = kinds

  def pair(self, left, left_device, left_net, right, right_device, right_net):
    ip('link', 'add', left_device, 'netns', self.names[left], 'type', 'veth', 'peer', 'name',
       right_device, 'netns', self.names[right])
    for name, device, net in ((left, left_device, left_net), (right, right_device, right_net)):
      ip('-n', self.names[name], 'addr', 'add', net, 'dev', device)
      ip('-n', self.names[name], 'link', 'set', device, 'up')

  def build(self):
    for i, home in ((1, 'left'), (2, 'right')):
      nat = f'nat{i}'
      self.pair(home, 'home', '192.168.1.2/24', nat, 'in', '192.168.1.1/24')
      self.pair(nat, 'out', f'10.97.{i}.2/24', 'middle', nat, f'10.97.{i}.1/24')
      ip('-n', self.names[home], 'route', 'add', 'default', 'via', '192.168.1.1')
      ip('-n', self.names[nat], 'route', 'add', 'default', 'via', f'10.97.{i}.1')
      code, why = inside(self.names[nat], 'nft', '-f', '-', text=RULES % self.kinds[i - 1])
      if code:
        raise Skip(f'no NAT by nft here: {why.splitlines()[0]}')
    for name in ('nat1', 'middle', 'nat2'):
      inside(self.names[name], 'sysctl', '-qw', 'net.ipv4.ip_forward=1')

  MIDDLE, ANY = 'udp:10.97.1.1:0', 'udp:0.0.0.0:0'

  def listener(self, _name):
    return self.ANY

  def start(self, left_options=(), rate_kbit=0):
    """Starts all three; returns them and the path from left to right."""
    node = self.world.node
    middle = node('middle', space=self.names['middle'], listen=(self.MIDDLE,), bits=3)
    right = node('right', space=self.names['right'], listen=(self.listener('right'),),
                 options=('--set', f'network.rate-kbit={rate_kbit}'))
    left = node('left', space=self.names['left'], listen=(self.listener('left'),),
                options=left_options)
    first = left.peer(middle)
    known = {r['port'] for r in middle.rows('peer', 'list')}
    right.peer(middle)
    (second,) = {r['port'] for r in middle.rows('peer', 'list')} - known
    left.call('path', 'set', right.identity, f'{first}/{left.bits}', f'{second}/{middle.bits}')
    return left, middle, right

  def move(self, nat, i):
    """The provider gives the NAT another address: all that it knew is gone."""
    space = self.names[nat]
    ip('-n', space, 'addr', 'del', f'10.97.{i}.2/24', 'dev', 'out')
    ip('-n', space, 'addr', 'add', f'10.97.{i}.9/24', 'dev', 'out')
    ip('-n', space, 'route', 'replace', 'default', 'via', f'10.97.{i}.1')


class Town6(Town):
  """The same with IPv6 alone; the kinds are rules of each router."""

  NAT = """
  table ip6 n2 {
    chain post { type nat hook postrouting priority 100; oifname "out" masquerade; }
    chain in { type filter hook input priority 0; iifname "out" ct state new udp dport 1-65535 drop; }
    chain forward { type filter hook forward priority 0; iifname "out" ct state new drop; }
  }
  """
  FIREWALL = """
  table ip6 n2 {
    chain forward { type filter hook forward priority 0; iifname "out" ct state new drop; }
  }
  """

  def __init__(self, world, kinds):
    super().__init__(world, kinds)

  def pair(self, left, left_device, left_net, right, right_device, right_net):
    ip('link', 'add', left_device, 'netns', self.names[left], 'type', 'veth', 'peer', 'name',
       right_device, 'netns', self.names[right])
    for name, device, net in ((left, left_device, left_net), (right, right_device, right_net)):
      ip('-n', self.names[name], 'addr', 'add', net, 'dev', device, 'nodad')
      ip('-n', self.names[name], 'link', 'set', device, 'up')

  def build(self):
    for i, home in ((1, 'left'), (2, 'right')):
      nat, rules = f'nat{i}', self.kinds[i - 1]
      # Behind NATs both homes have the same addresses; firewalls have addresses of their own.
      net = 'fd98:1:' if rules == self.NAT else f'fd98:{i}:'
      self.pair(home, 'home', f'{net}:2/64', nat, 'in', f'{net}:1/64')
      self.pair(nat, 'out', f'fd97:{i}::2/64', 'middle', nat, f'fd97:{i}::1/64')
      ip('-n', self.names[home], 'route', 'add', 'default', 'via', f'{net}:1')
      ip('-n', self.names[nat], 'route', 'add', 'default', 'via', f'fd97:{i}::1')
      if rules != self.NAT:
        ip('-n', self.names['middle'], 'route', 'add', f'{net}:/64', 'via', f'fd97:{i}::2')
      code, why = inside(self.names[nat], 'nft', '-f', '-', text=rules)
      if code:
        raise Skip(f'no NAT of IPv6 by nft here: {why.splitlines()[0]}')
    for name in ('nat1', 'middle', 'nat2'):
      inside(self.names[name], 'sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1')

  MIDDLE, ANY = 'udp:[fd97:1::1]:0', 'udp:[::]:0'


class House(Town):
  """left and right in one house, behind one NAT.  The kind: does it lead back in what is sent to
  its outer side?"""

  PORTS = {'left': 4001, 'right': 4002}
  APART = """
  table ip apart {
    chain forward { type filter hook forward priority 0;
      iifname "in*" oifname "in*" ct status dnat accept;
      iifname "in*" oifname "in*" ct state new drop;
    }
  }
  """
  BACK_IN = """
  table ip n2 {
    chain pre { type nat hook prerouting priority -100;
      iifname "in*" ip daddr 10.97.1.2 udp dport 4001 dnat to 192.168.1.2:4001;
      iifname "in*" ip daddr 10.97.1.2 udp dport 4002 dnat to 192.168.2.2:4002;
    }
    chain back { type nat hook postrouting priority 100; oifname "in*" masquerade; }
  }
  """

  def __init__(self, world, leads_back):
    super().__init__(world)
    self.leads_back = leads_back

  def build(self):
    self.pair('nat1', 'out', '10.97.1.2/24', 'middle', 'nat1', '10.97.1.1/24')
    ip('-n', self.names['nat1'], 'route', 'add', 'default', 'via', '10.97.1.1')
    for i, home in ((1, 'left'), (2, 'right')):
      self.pair(home, 'home', f'192.168.{i}.2/24', 'nat1', f'in{i}', f'192.168.{i}.1/24')
      ip('-n', self.names[home], 'route', 'add', 'default', 'via', f'192.168.{i}.1')
    # They see each other by the NAT's outer side or not at all, as in a net that keeps guests apart.
    for rules in (RULES % '', self.APART) + ((self.BACK_IN,) if self.leads_back else ()):
      code, why = inside(self.names['nat1'], 'nft', '-f', '-', text=rules)
      if code:
        raise Skip(f'no NAT by nft here: {why.splitlines()[0]}')
    inside(self.names['nat1'], 'sysctl', '-qw', 'net.ipv4.ip_forward=1')

  def listener(self, name):
    return f'udp:0.0.0.0:{self.PORTS[name]}'


def need_nat():
  need_spaces()
  if not shutil.which('nft'):
    raise Skip('nft is not installed')


def publish(world, holder, mib):
  world.write('site/small.bin', os.urandom(1000))
  world.write('site/large.bin', os.urandom(mib * 1024 * 1024 + 3))
  holder.call('publish', world.path('site'))


def get(world, asker, holder, name):
  asker.get(f'net2o://{holder.identity}/{name}', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/' + name)))


def source(asker, holder):
  return asker.call('path', holder.identity)['source']


def through_the_middle(world):
  need_nat()
  with Town(world) as town:
    left, middle, right = town.start()
    publish(world, right, 4)
    get(world, left, right, 'large.bin')
    equal(source(left, right), 'hand')
    check(middle.call('status')['forwarded'] > 2000, 'it went through the middle')


def directly(world):
  """Introduced, both NATs let them in; the middle carries nothing any more."""
  need_nat()
  with Town(world) as town:
    check_directly(world, town)


def direct_link_is_lost(world):
  """In mid-transfer a NAT gets another address: on it goes, through the middle, until the next
  direct link is there, which is soon."""
  need_nat()
  with Town(world) as town:
    left, _, right = town.start(ASKS, RATE_KBIT)
    publish(world, right, 16)
    get(world, left, right, 'small.bin')
    until(lambda: source(left, right) == 'met', 'a direct link')
    process = begin(world, left, right)
    town.move('nat1', 1)
    equal(process.wait(60), 0, left.log())
    equal(read(world.path('got')), read(world.path('site/large.bin')))
    until(lambda: source(left, right) == 'met', 'a direct link again', 30)


def symmetric_nats(world):
  """Each of their connections has a port of its own: none is let in, and that is said."""
  need_nat()
  with Town(world, kinds=('fully-random', 'fully-random')) as town:
    left, _, right = town.start(ASKS)
    publish(world, right, 2)
    get(world, left, right, 'small.bin')
    until(lambda: 'no direct link to' in left.log(), 'that there is none')
    get(world, left, right, 'large.bin')
    equal(source(left, right), 'hand')
    check(all(r['state'] == 'up' for r in left.rows('peer', 'list')), 'the middle is there')


def refused(world):
  """Who wants no introductions is not found by one."""
  need_nat()
  with Town(world) as town:
    left, middle, right = town.start(ASKS)
    right.stop()
    right.command += ['--set', 'network.introductions=0']
    right.start()
    publish(world, right, 1)
    until(lambda: any(r['state'] == 'up' for r in right.rows('peer', 'list')), 'its link')
    get(world, left, right, 'small.bin')
    until(lambda: 'no direct link to' in left.log(), 'that there is none')
    equal(source(left, right), 'hand')


def begin(world, asker, holder):
  process = world.run([NET2O, '--profile', asker.profile, 'get',
                       f'net2o://{holder.identity}/large.bin', '-o', world.path('got')])
  start = asker.call('status')['fetched_bytes']
  until(lambda: asker.call('status')['fetched_bytes'] > start + (1 << 20), 'under way')
  check(process.poll() is None, 'it was too quick')
  return process


def check_rebinds(world, nat, number):
  need_nat()
  with Town(world) as town:
    left, _, right = town.start(rate_kbit=RATE_KBIT)
    publish(world, right, 12)
    process = begin(world, left, right)
    town.move(nat, number)
    equal(process.wait(60), 0, left.log())
    equal(read(world.path('got')), read(world.path('site/large.bin')))
    equal(left.call('status')['fetch_lost'], 0, 'the connection went on')


def attack_05_nat_rebinds_in_mid_transfer(world):
  """The asker's address is another all of a sudden, and its link goes with it."""
  check_rebinds(world, 'nat1', 1)


def holder_rebinds_in_mid_transfer(world):
  check_rebinds(world, 'nat2', 2)


def check_directly(world, town):
  left, middle, right = town.start(ASKS)
  publish(world, right, 8)
  get(world, left, right, 'small.bin')
  until(lambda: source(left, right) == 'met', 'a direct link')
  before = middle.call('status')['forwarded']
  get(world, left, right, 'large.bin')
  check(middle.call('status')['forwarded'] - before < 100, 'it went directly')
  equal(left.call('status')['fetch_lost'], 0)


def need_nat6():
  need_nat()
  if not os.path.exists('/proc/net/if_inet6'):
    raise Skip('no IPv6 here')


def ipv6_nats(world):
  """NATs of IPv6, with the same addresses behind both."""
  need_nat6()
  with Town6(world, (Town6.NAT, Town6.NAT)) as town:
    check_directly(world, town)


def ipv6_firewalls(world):
  """Everybody has an address of their own, and nobody is let in who was not spoken to."""
  need_nat6()
  with Town6(world, (Town6.FIREWALL, Town6.FIREWALL)) as town:
    check_directly(world, town)


def ipv6_nat_and_firewall(world):
  need_nat6()
  with Town6(world, (Town6.NAT, Town6.FIREWALL)) as town:
    check_directly(world, town)


def same_nat(world):
  """It does not lead back in what its own house sends to its outer side, as most do not: that is
  said, and they talk through the middle."""
  need_nat()
  with House(world, False) as town:
    left, middle, right = town.start(ASKS)
    publish(world, right, 2)
    get(world, left, right, 'small.bin')
    until(lambda: 'no direct link to' in left.log(), 'that there is none')
    get(world, left, right, 'large.bin')
    equal(source(left, right), 'hand')
    check(middle.call('status')['forwarded'] > 1000, 'it went through the middle')


def same_nat_that_leads_back_in(world):
  """What comes back in has another address than the one that was named."""
  need_nat()
  with House(world, True) as town:
    check_directly(world, town)


if __name__ == '__main__':
  run(through_the_middle, directly, direct_link_is_lost, symmetric_nats, refused,
      attack_05_nat_rebinds_in_mid_transfer, holder_rebinds_in_mid_transfer, ipv6_nats,
      ipv6_firewalls, ipv6_nat_and_firewall, same_nat, same_nat_that_leads_back_in)
