# SPDX-License-Identifier: GPL-3.0-or-later
#
# near.py - machines with empty configurations on one wire: they find each other, what they offer,
#           and a way there; by Ethernet frames and by IPv6 of a bridge; and nothing where it is off.

import os
import time

from nodes import check, equal, read, run, until
from spaces import Spaces, ip, need_spaces


class Bridge(Spaces):
  """Namespaces hung at one bridge, with link-local addresses of IPv6 and no others."""

  def __init__(self, world, machines, bridges=('br0',)):
    super().__init__(world, ['bridge', *machines])
    self.machines, self.bridges = machines, bridges

  def build(self):
    inside = self.names['bridge']
    for bridge in self.bridges:
      ip('-n', inside, 'link', 'add', bridge, 'type', 'bridge')
      ip('-n', inside, 'link', 'set', bridge, 'up')
    share = len(self.machines) // len(self.bridges)
    for number, name in enumerate(self.machines):
      there = self.names[name]
      ip('-n', inside, 'link', 'add', f'to{number}', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', there)
      ip('-n', inside, 'link', 'set', f'to{number}', 'master', self.bridges[min(number // share, len(self.bridges) - 1)], 'up')
      ip('-n', there, 'link', 'set', 'eth0', 'up')


def fresh(world, net, name, *options, listen=('udp:0.0.0.0:0', 'udp:[::]:0')):
  """A node that nobody has told anything: the listeners are those built in."""
  return world.node(name, space=net.names[name], listen=listen, options=list(options))


def publish(world, node, text='hello\n'):
  folder = world.path(node.name + '.tree')
  os.makedirs(folder)
  with open(os.path.join(folder, 'page.md'), 'w', encoding='utf-8') as f:
    f.write(text)
  node.call('publish', folder)


def offers(node, who, service):
  """Does @node know that @who offers it?"""
  for row in node.rows('neighbours', service):
    if row['identity'] == who.identity and any(s['service'] == service for s in row['services']):
      return row
  return None


def opens(world, node, who, text='hello\n'):
  path = world.path(f'{node.name}.got')
  until(lambda: node.call('get', f'net2o://{who.identity}/page.md', '-o', path, code=None) is not None
        and os.path.exists(path), f'{node.name} opens the page', 30)
  equal(read(path), text.encode())
  os.unlink(path)


def by_udp_on_a_bridge(world):
  """Nothing is configured anywhere: one publishes, another is switched on later."""
  need_spaces()
  with Bridge(world, ['author', 'other', 'fresh']) as net:
    author, other = fresh(world, net, 'author'), fresh(world, net, 'other')
    publish(world, author)
    until(lambda: offers(other, author, 'files'), 'other hears author', 45)  # a turn
    newcomer = fresh(world, net, 'fresh')
    row = until(lambda: offers(newcomer, author, 'files'), 'the new one hears author', 45)  # a turn
    check(row['endpoint'].startswith('udp:[fe80'), row)
    equal(newcomer.rows('neighbours', 'mail'), [])
    for node in (newcomer, other):
      opens(world, node, author)
    row = until(lambda: offers(newcomer, author, 'files'), 'still there')
    equal((row['state'], row['reachable']), ('proven', True))
    # It says what it is only when it offers something, and nothing of it was written down.
    equal(author.rows('neighbours'), [])
    check(all(p.get('found') or not p['opened'] for p in newcomer.rows('peer', 'list')))


def by_ethernet(world):
  """No Internet address anywhere."""
  need_spaces()
  with Bridge(world, ['left', 'right']) as net:
    left = fresh(world, net, 'left', '--set', 'network.offers=mail=post;names', listen=('eth:eth0',))
    right = fresh(world, net, 'right', listen=('eth:eth0',))
    row = until(lambda: offers(right, left, 'mail'), 'right hears left', 20)
    equal([s.get('value') for s in row['services'] if s['service'] == 'mail'], ['post'])
    check(row['endpoint'].startswith('eth:eth0/'), row)
    publish(world, left)
    until(lambda: offers(right, left, 'files'), 'and what is new of it', 20)
    opens(world, right, left)


def by_name(world):
  """Who keeps a zone says so; a fresh node asks it once its user has taken that root, and opens a named page."""
  need_spaces()
  with Bridge(world, ['keeper', 'author', 'fresh']) as net:
    keeper, author = fresh(world, net, 'keeper'), fresh(world, net, 'author')
    zone = keeper.call('name', 'zone', 'new', 'village')['zone']
    until(lambda: author.rows('name', 'root', 'offered'), 'the author hears of a root', 30)
    author.call('name', 'root', 'add', 'village', zone)
    publish(world, author)
    until(lambda: author.call('name', 'register', 'anna.village', code=None).get('name'), 'a name', 30)
    until(lambda: not keeper.rows('name', 'zone', 'list')[0]['waiting'], 'a state with the name', 25)
    newcomer = fresh(world, net, 'fresh')
    row = until(lambda: newcomer.rows('name', 'root', 'offered'), 'the new one hears of a root', 30)[0]
    equal((row['suffix'], row['zone'], row['identity']), ('village', zone, zone))
    no = newcomer.call('name', 'lookup', 'anna.village', code=3)  # taken by nobody unasked
    check('net2o name root offered' in no['next'], no)
    equal(newcomer.rows('name', 'root', 'list'), [])
    newcomer.call('name', 'root', 'add', row['suffix'], row['zone'])
    path = world.path('by-name')
    until(lambda: newcomer.call('get', 'net2o://anna.village/page.md', '-o', path, code=None) is not None
          and os.path.exists(path), 'the named page', 60)
    equal(read(path), b'hello\n')
    answer = newcomer.call('name', 'lookup', 'anna.village')
    equal((answer['identity'], answer['zone']), (author.identity, zone))


def switched_off(world):
  """Who wants nothing of it hears nothing, says nothing and is not found."""
  need_spaces()
  with Bridge(world, ['left', 'right']) as net:
    left = fresh(world, net, 'left', '--set', 'network.local=2')
    right = fresh(world, net, 'right', '--set', 'network.local=0', '--set', 'network.offers=mail')
    said = right.call('neighbours', code=1)
    check('network.local' in str(said), said)
    end = time.monotonic() + 3
    while time.monotonic() < end:
      equal(left.rows('neighbours'), [])


def two_lans_joined(world):
  """Two bridges, each with its own neighbours, are joined by a cable: all hear all, and no storm."""
  need_spaces()
  names = ['a', 'b', 'c', 'd']
  with Bridge(world, names, ('br0', 'br1')) as net:
    inside = net.names['bridge']
    nodes = [fresh(world, net, name, '--set', f'network.offers={name}') for name in names]
    for here in (nodes[:2], nodes[2:]):
      for node in here:
        until(lambda node=node: len(node.rows('neighbours')) == 1, 'its own LAN', 20)
    ip('-n', inside, 'link', 'add', 'cable0', 'type', 'veth', 'peer', 'name', 'cable1')
    for number in (0, 1):
      ip('-n', inside, 'link', 'set', f'cable{number}', 'master', f'br{number}', 'up')
    for node in nodes:
      until(lambda node=node: len(node.rows('neighbours')) == 3, 'both LANs', 60)
      equal(len(node.rows('neighbours', 'd')), node.name != 'd')
    for node in nodes:  # N2_NEAR_LINKS_MAX
      check(sum(bool(p.get('found')) for p in node.rows('peer', 'list')) <= 4)
    time_s = 3
    before = [node.call('status')['datagrams_in'] for node in nodes]
    end = time.monotonic() + time_s
    until(lambda: time.monotonic() > end, 'a while', 10)
    after = [node.call('status')['datagrams_in'] for node in nodes]
    for node, first, last in zip(nodes, before, after):
      check(last - first < 100 * time_s, node.name, last - first, 'datagrams: a storm')


if __name__ == '__main__':
  run(by_udp_on_a_bridge, by_ethernet, by_name, switched_off, two_lans_joined)
