# SPDX-License-Identifier: GPL-3.0-or-later
#
# domains.py - two domains under a common parent, in real nodes: routes are composed, a cut link is
#              gone round, a hop is avoided, and what is behind a domain's border is not told.
#
#              parent
#             /      \
#        north        south
#        /   \            \
#     left == right        bob       (that line comes later)
#      |
#    anna

import os

from nodes import check, equal, read, run, until


# Nothing but domains knows ways here.
OPTIONS = ['--set', 'network.local=0', '--set', 'network.dht=0']


def link(a, b):
  a.call('peer', 'add', b.endpoint, b.identity)
  until(lambda: any(p.get('endpoint') == b.endpoint and p['state'] == 'up' for p in a.rows('peer', 'list')),
        f'link {a.name} to {b.name}')


def place(node, parent=False):
  return next((p for p in node.call('domain', 'show')['places'] if p['parent'] == parent), {})


def attached(node, seconds=30):
  until(lambda: place(node).get('state') == 'attached', f'{node.name} is attached', seconds)


class Net:
  """The drawing above, as far as everybody hangs where he should."""

  def __init__(self, world):
    names = ['parent', 'north', 'south', 'left', 'right', 'anna', 'bob']
    nodes = {n: world.node(n, options=OPTIONS) for n in names}
    self.__dict__.update(nodes)
    for domain in (self.parent, self.north, self.south):
      domain.call('domain', 'serve')
    for a, b in (('north', 'parent'), ('south', 'parent'), ('left', 'north'), ('right', 'north'), ('anna', 'left'),
                 ('bob', 'south')):
      link(nodes[a], nodes[b])
    for domain in (self.north, self.south):
      domain.call('domain', 'parent', 'add', self.parent.identity)
    for switch in (self.left, self.right):
      self.north.call('domain', 'switch', 'add', switch.identity)
      switch.call('domain', 'join', '--switch', self.north.identity)
    self.anna.call('domain', 'join', self.north.identity)
    self.bob.call('domain', 'join', self.south.identity)
    for node in (self.left, self.right, self.anna, self.bob):
      attached(node)
    until(lambda: self.north.call('domain', 'show')['links_up'] == 2, 'north knows its links', 30)
    for domain in (self.north, self.south):
      until(lambda: domain.call('domain', 'show')['signed'], f'{domain.name} is signed by its parent', 30)


def publish(world, node):
  folder = world.path('tree')
  os.makedirs(folder)
  for page in ('one', 'two', 'three', 'four'):
    with open(os.path.join(folder, page + '.md'), 'w', encoding='utf-8') as f:
      f.write(page + '\n')
  node.call('publish', folder)


def learn(to, of):
  """What @of prints is all that @to needs."""
  to.call('domain', 'learn', stdin=of.call('domain', 'tell')['text'].encode())


def opens(world, node, who, page):
  path = world.path(f'{page}.got')
  until(lambda: node.call('get', f'net2o://{who.identity}/{page}.md', '-o', path, code=None) is not None
        and os.path.exists(path), f'{node.name} opens {page}', 40)
  equal(read(path), (page + '\n').encode())


def over_a_common_parent(world):
  """A route is composed over the parent, repaired when a link is cut, and leads round what is avoided."""
  net = Net(world)
  publish(world, net.bob)
  anna, bob = net.anna, net.bob
  anna.call('path', bob.identity, code=3)
  learn(anna, bob)
  anna.get(f'net2o://{bob.identity}/one.md', world.path('first'))  # at once: who waits is told
  equal(read(world.path('first')), b'one\n')
  path = anna.call('path', bob.identity)
  equal(path['source'], 'domain')
  check(all(h['state'] == 'answers' for h in path['hops']), path)
  # Of its own domain anna sees each switch, of the others one step each: what is inside is not told.
  domains = [h.get('domain') for h in path['hops']]
  equal([d for d in domains if d == net.parent.identity], [net.parent.identity])
  check(net.south.identity in domains, domains)
  check(all(not h.get('switch') for h in path['hops'] if h.get('domain') in (net.parent.identity, net.south.identity)), path)
  equal(len(path['hops']), 6)  # anna, left, north, parent, south, bob

  # One more line, for when that one fails.
  link(net.left, net.right)
  until(lambda: net.north.call('domain', 'show')['links_up'] == 3, 'north knows the new link', 30)

  # Who serves counts its users' places; nothing is asked for ever.
  limits = {row['name']: row for row in net.north.call('status')['limits']}
  check(limits['route_places']['at'] >= 3 and limits['route_questions']['at'] <= 4, limits['route_places'])

  # left to north is cut: the way goes over right.
  net.left.call('peer', 'remove', net.north.endpoint)
  until(lambda: net.north.call('domain', 'show')['links_up'] == 2, 'north hears of it', 30)
  opens(world, anna, bob, 'two')
  path = until(lambda: (lambda p: p if len(p.get('hops', [])) == 7 else None)(anna.call('path', bob.identity, code=None)),
               'the way goes round', 30)
  equal(path['source'], 'domain')

  # The cut is mended, and right avoided, by its number as it is shown; kept over a restart; taken back.
  link(net.left, net.north)
  until(lambda: net.north.call('domain', 'show')['links_up'] == 3, 'north hears of it', 30)
  anna.call('path', '--avoid', net.right.identity)
  until(lambda: len(anna.call('path', bob.identity, code=None).get('hops', [])) == 6, 'round right', 30)
  opens(world, anna, bob, 'three')
  equal([h['hop'] for h in anna.rows('path', '--avoided')], [net.right.identity])
  anna.stop()
  anna.start()
  equal([h['hop'] for h in anna.rows('path', '--avoided')], [net.right.identity])
  anna.call('path', '--allow', net.right.identity)
  equal(anna.rows('path', '--avoided'), [])
  anna.call('path', '--allow', net.right.identity, code=3)

  # To avoid the parent leaves no way: that is said, and not gone against.
  attached(anna)
  learn(anna, bob)
  opens(world, anna, bob, 'four')
  anna.call('path', '--avoid', net.parent.identity)
  until(lambda: anna.call('path', bob.identity, code=None).get('code') in (3, 4, 5), 'no way', 20)


def from_far_below(world):
  """A way from a domain two below the common one: a question goes up as far as somebody knows."""
  names = ['top', 'middle', 'low', 'other', 'anna', 'bob']
  nodes = {n: world.node(n, options=OPTIONS) for n in names}
  top, middle, low, other, anna, bob = nodes.values()
  for domain in (top, middle, low, other):
    domain.call('domain', 'serve')
  for a, b in (('middle', 'top'), ('low', 'middle'), ('other', 'top'), ('anna', 'low'), ('bob', 'other')):
    link(nodes[a], nodes[b])
  for child, parent in ((middle, top), (low, middle), (other, top)):
    child.call('domain', 'parent', 'add', parent.identity)
  for child in (middle, low, other):
    until(lambda: child.call('domain', 'show')['signed'], f'{child.name} is signed by its parent', 30)
  anna.call('domain', 'join', low.identity)
  bob.call('domain', 'join', other.identity)
  attached(anna)
  attached(bob)
  publish(world, bob)
  learn(anna, bob)
  opens(world, anna, bob, 'one')
  path = anna.call('path', bob.identity)
  equal(path['source'], 'domain')
  equal([h.get('domain') for h in path['hops'][1:-1]], [d.identity for d in (low, middle, top, other)])


def switches_of(path):
  return [h.get('switch') for h in path['hops']]


def a_link_that_carries_nothing(world):
  """A link that all report and nothing goes through is gone round by what is open and by who comes then, until it works."""
  names = ['north', 'left', 'right', 'anna', 'bob', 'carol']
  nodes = {n: world.node(n, options=OPTIONS) for n in names}
  north, left, right, anna, bob, carol = nodes.values()
  north.call('domain', 'serve')
  for a, b in (('left', 'north'), ('right', 'north'), ('left', 'right'), ('anna', 'left'), ('bob', 'right'), ('carol', 'left')):
    link(nodes[a], nodes[b])
  for switch in (left, right):
    north.call('domain', 'switch', 'add', switch.identity)
    switch.call('domain', 'join', '--switch', north.identity)
  until(lambda: north.call('domain', 'show')['links_up'] == 3, 'north knows its links', 30)
  for node in (anna, bob, carol):
    node.call('domain', 'join', north.identity)
    attached(node)
  publish(world, bob)
  opens(world, anna, bob, 'one')
  path = anna.call('path', bob.identity)
  equal(path['source'], 'domain')
  # Whatever stands before right on the way: its filter takes all that should go there, and the link stays up.
  switches = switches_of(path)
  numbers = {row['number']: nodes[n] for n in ('left', 'right') for row in north.call('domain', 'show')['switches']
             if row['identity'] == nodes[n].identity}
  check(any(numbers.get(s) is right for s in switches), (path, north.call('domain', 'show')['switches']))
  last = next(i for i, number in enumerate(switches) if numbers.get(number) is right)
  before = numbers.get(switches[last - 1], north)
  port = path['hops'][last - 1]['port']
  with open(world.path('rules'), 'w', encoding='utf-8') as f:
    f.write(f'deny out {port}\n')
  before.call('switch', 'filter', 'set', world.path('rules'))
  opens(world, anna, bob, 'two')
  until(lambda: north.call('domain', 'show')['links_doubtful'] == 1, 'north has looked', 40)
  shown = north.call('domain', 'show')
  equal(shown['links_up'], 3)
  check(shown['complaints'] >= 1, shown)
  around = until(lambda: (lambda p: p if p.get('hops') and switches_of(p) != switches else None)(
      anna.call('path', bob.identity, code=None)), 'the way goes round', 30)
  check(all(h['state'] == 'answers' for h in around['hops']), around)
  # Who comes now is never sent there.
  opens(world, carol, bob, 'three')
  equal(switches_of(carol.call('path', bob.identity))[1:], switches_of(around)[1:])
  # It carries again: the server finds that by itself.
  before.call('switch', 'filter', 'unset')
  until(lambda: north.call('domain', 'show')['links_doubtful'] == 0, 'north looks again', 60)


def attack_43_one_sided(world):
  """A switch that nobody admitted reports links, and is refused; a link that one end alone tells of is none."""
  north, left, rogue = (world.node(n, options=OPTIONS) for n in ('north', 'left', 'rogue'))
  north.call('domain', 'serve')
  link(left, north)
  link(rogue, left)
  link(rogue, north)
  north.call('domain', 'switch', 'add', left.identity)
  left.call('domain', 'join', '--switch', north.identity)
  rogue.call('domain', 'join', '--switch', north.identity)
  attached(left)
  attached(rogue)
  until(lambda: north.call('domain', 'show')['links_up'] == 1, 'left is known', 20)
  equal(north.call('domain', 'show')['links_up'], 1)
  # Admitted, it counts.
  north.call('domain', 'switch', 'add', rogue.identity)
  until(lambda: north.call('domain', 'show')['links_up'] == 3, 'and now the other', 90)


def attack_45_place(world):
  """What another tells of a third one's place is taken only if it is signed by a domain, and his."""
  north, anna, bob = (world.node(n, options=OPTIONS) for n in ('north', 'anna', 'bob'))
  north.call('domain', 'serve')
  for node in (anna, bob):
    link(node, north)
    node.call('domain', 'join', north.identity)
    attached(node)
  text = anna.call('domain', 'tell')['text']
  bob.call('domain', 'learn', stdin=text.encode())
  middle = len(text) // 2
  other = 'a' if text[middle] != 'a' else 'b'
  bob.call('domain', 'learn', stdin=(text[:middle] + other + text[middle + 1:]).encode(), code=None)
  bob.call('domain', 'learn', stdin=b'nothing', code=6)
  # Within one domain the server knows who is where; who hides is not told.
  equal(bob.call('path', anna.identity)['source'], 'domain')
  equal(anna.call('path', bob.identity)['source'], 'domain')  # which nobody told anna: the server knows
  bob.call('domain', 'hide')
  check(bob.call('domain', 'show')['hidden'])


run(over_a_common_parent, from_far_below, a_link_that_carries_nothing, attack_43_one_sided, attack_45_place)
