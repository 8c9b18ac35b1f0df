# SPDX-License-Identifier: GPL-3.0-or-later
#
# casts.py - one to many between real nodes with a switch between: a tree and a channel, sent,
#            followed and left by command; borders; a switch that begins anew; what is full.

from nodes import check, equal, run, until

CHANNEL = '4711'
BACK_S = 60  # links come back, and who follows asks again
SOURCES_MAX, CASTS_MAX = 64, 64  # N2_CAST_SOURCES_MAX, N2_CASTS_MAX


def ports(node):
  """Port by the endpoint of who is there."""
  return {row.get('endpoint'): row['port'] for row in node.call('status', 'switch')['ports']}


def follow_the_way(hub, source, viewers):
  """Each viewer learns the way to the source."""
  until(lambda: source.endpoint in ports(hub), 'the source is at the switch')
  far = ports(hub)[source.endpoint]
  for viewer in viewers:
    own = viewer.peer(hub)
    viewer.call('path', 'set', source.identity, f'{own}/{viewer.bits}', f'{far}/{hub.bits}')


def star(world):
  """A source and two viewers around a switch without users, which lets channels come from the source."""
  source = world.node('source')
  hub = world.node('hub', options=(
      '--set', 'node.mode=switch', '--set', f'port 1.from={source.endpoint}',
      '--set', 'port 1.channels-take=4096-8191', '--set', 'port 2.from=any', '--set', 'port 3.from=any'))
  viewers = [world.node('viewer0', bits=3), world.node('viewer1', bits=5)]
  source.peer(hub)
  follow_the_way(hub, source, viewers)
  return source, hub, viewers


def cast(node, kind, number):
  """The row of what the node follows or sends; {}: it doesn't."""
  return next((r for r in node.rows('switch', kind) if r['number'] == number), {})


def is_fed(source, viewers, kind, number, seconds):
  """All of them get what the source sends from now on."""
  before = [cast(v, kind, number)['packets'] for v in viewers]

  def came():
    source.call('switch', kind, 'probe', number)
    rows = [cast(v, kind, number) for v in viewers]
    return all(r['packets'] >= b + 3 and r['state'] == 'joined' for r, b in zip(rows, before))
  until(came, f'{kind} {number} reaches all', seconds)


def tree_of_two(world):
  source, hub, viewers = star(world)
  row = source.call('switch', 'tree', 'open')
  tree = row['number']
  equal((len(tree), row['state'], row['role']), (16, 'open', 'source'))
  for viewer in viewers:
    row = viewer.call('switch', 'tree', 'join', tree, source.identity)
    equal((row['state'], row['identity'], row['packets']), ('joined', source.identity, 0))
  equal(source.call('switch', 'tree', 'probe', tree, '20')['packets'], 20)
  for viewer in viewers:
    until(lambda v=viewer: cast(v, 'tree', tree)['packets'] == 20, 'all packets, each once')
  until(lambda: any(t['tree'] == tree and t['branches'] == 2
                    for t in hub.call('status', 'switch')['trees']), 'the switch copies', 40)
  before = next(r for r in hub.call('status', 'switch')['ports'] if r['port'] == 1)['packets_in']
  source.call('switch', 'tree', 'probe', tree, '20')
  for viewer in viewers:
    until(lambda v=viewer: cast(v, 'tree', tree)['packets'] == 40, 'all packets again')
  after = next(r for r in hub.call('status', 'switch')['ports'] if r['port'] == 1)['packets_in']
  check(20 <= after - before < 40, 'each packet crosses the source\'s line once', f'{after - before}')

  viewers[0].call('switch', 'tree', 'leave', tree)
  source.call('switch', 'tree', 'probe', tree, '5')
  until(lambda: cast(viewers[1], 'tree', tree)['packets'] == 45, 'the other one goes on')
  equal(viewers[0].rows('switch', 'tree'), [])
  equal(viewers[0].call('switch', 'tree', 'leave', tree, code=3)['error'], 'NOTFOUND')
  source.call('switch', 'tree', 'close', tree)
  until(lambda: cast(viewers[1], 'tree', tree)['state'] == 'refused', 'who follows hears of it', 5)
  gone = viewers[0].call('switch', 'tree', 'join', tree, source.identity, code=3)
  check('none of this number' in gone['why'], gone)
  equal(viewers[0].rows('switch', 'tree'), [])


def channel_and_its_borders(world):
  source, hub, viewers = star(world)
  source.call('switch', 'channel', 'open', CHANNEL)
  source.call('switch', 'channel', 'open', '99999')
  no = viewers[0].call('switch', 'channel', 'join', '99999', source.identity, code=4)
  check('switch 2' in no['why'] and 'does not let' in no['why'], no)
  for viewer in viewers:
    equal(viewer.call('switch', 'channel', 'join', CHANNEL, source.identity)['state'], 'joined')
  is_fed(source, viewers, 'channel', CHANNEL, 10)
  rows = hub.call('status', 'switch')['channels']
  equal([(r['channel'], r['in_port'], r['ports']) for r in rows], [(int(CHANNEL), 1, 2)])

  # A border, by command: at once for what comes, and told to who asks again.
  border = str(ports(hub)[viewers[0].endpoint])
  hub.call('switch', 'channel', 'block', border, '0x1000-0x1fff')
  equal(sorted((r['port'], r['what'], r['first'], r['last']) for r in hub.rows('switch', 'channel', 'ports')),
        sorted([(1, 'take', 4096, 8191), (int(border), 'block', 4096, 8191)]))
  before = cast(viewers[0], 'channel', CHANNEL)['packets']
  is_fed(source, viewers[1:], 'channel', CHANNEL, 10)
  equal(cast(viewers[0], 'channel', CHANNEL)['packets'], before)
  until(lambda: cast(viewers[0], 'channel', CHANNEL)['state'] == 'refused', 'it is said', 20)
  equal(cast(viewers[0], 'channel', CHANNEL)['reason'], 'domain')
  hub.call('switch', 'channel', 'block', border, 'none')
  is_fed(source, viewers, 'channel', CHANNEL, 30)


def switch_begins_anew(world):
  source, hub, viewers = star(world)
  tree = source.call('switch', 'tree', 'open', '00000000deadbeef')['number']
  source.call('switch', 'channel', 'open', CHANNEL)
  for viewer in viewers:
    viewer.call('switch', 'tree', 'join', tree, source.identity)
    viewer.call('switch', 'channel', 'join', CHANNEL, source.identity)
  is_fed(source, viewers, 'tree', tree, 10)
  is_fed(source, viewers, 'channel', CHANNEL, 10)
  hub.kill()
  hub.start()
  is_fed(source, viewers, 'tree', tree, BACK_S)
  is_fed(source, viewers, 'channel', CHANNEL, BACK_S)


def full_and_wrong(world):
  # Its own announcements take none of the places.
  node = world.node('node', options=('--set', 'port 3.channels-block=256-511', '--set', 'network.local=2'))
  for number in range(SOURCES_MAX):
    node.call('switch', 'tree', 'open', f'{number + 1:x}')
  equal(node.call('switch', 'tree', 'open', 'ffff', code=8)['error'], 'LIMIT')
  equal(len(node.rows('switch', 'tree')), SOURCES_MAX)
  for number in range(CASTS_MAX):
    node.call('switch', 'channel', 'join', str(number))  # of the LAN: nobody is asked
  equal(node.call('switch', 'channel', 'join', '200', code=8)['error'], 'LIMIT')
  equal(node.call('switch', 'tree', 'open', '1', code=1)['error'], 'EXISTS')
  node.call('switch', 'tree', 'close', '40')
  for words in (['tree', 'open', 'x'], ['tree', 'open', '0'], ['tree', 'join', '1'], ['tree', 'frob'],
                ['channel', 'open', '16777216'], ['channel', 'open', '77'], ['channel', 'take', '0', '300'],
                ['channel', 'take', '99', '300'], ['channel', 'block', '1', '9-3'], ['tree', 'probe', '1', '65']):
    node.call('switch', *words, code=2)
  equal(node.call('switch', 'tree', 'probe', 'abcd', code=3)['error'], 'NOTFOUND')
  node.call('switch', 'tree', 'close', '1')
  no = node.call('switch', 'channel', 'open', '300', '3', code=4)  # at its border
  check('may not pass that port' in no['why'] and 'channel ports' in no['next'], no)
  equal(node.call('switch', 'channel', 'open', '4711', '3')['state'], 'open')
  node.call('switch', 'channel', 'block', '3', '4000-5000')
  until(lambda: cast(node, 'channel', CHANNEL)['state'] == 'blocked', 'what comes by it stops there')
  node.call('switch', 'channel', 'block', '3', '256-511')
  until(lambda: cast(node, 'channel', CHANNEL)['state'] == 'open', 'and comes again')
  equal([(r['port'], r['what']) for r in node.rows('switch', 'channel', 'ports')], [(3, 'block')])


if __name__ == '__main__':
  run(tree_of_two, channel_and_its_borders, switch_begins_anew, full_and_wrong)
