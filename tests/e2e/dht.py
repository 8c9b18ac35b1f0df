# SPDX-License-Identifier: GPL-3.0-or-later
#
# dht.py - twelve nodes and no name server: who has what, and where somebody is, is found by the
#          DHT alone; also when a holder goes off, and when some of the nodes lie.

import os

from nodes import check, equal, read, run, until

NODES = 12


def ring(world, n=NODES, options=lambda i: ()):
  """Each is linked to the next and to the third after it, and knows who is there."""
  nodes = [world.node(f'n{i}', listen=(f'udp:127.0.{i + 1}.1:0',),
                      options=('--set', 'network.local=0', *options(i))) for i in range(n)]
  for i, node in enumerate(nodes):
    for step in (1, 3):
      other = nodes[(i + step) % n]
      node.call('peer', 'add', other.endpoint, other.identity)
  return nodes


def joined(nodes, least):
  for node in nodes:
    until(lambda node=node: node.call('status').get('dht_nodes', 0) >= least, f'{node.name} has joined', 40)


def publish(world, node, text):
  folder = world.path(node.name + '.tree')
  os.makedirs(folder, exist_ok=True)
  with open(os.path.join(folder, 'page.md'), 'w', encoding='utf-8') as f:
    f.write(text)
  before = node.call('status')['dht_taken']
  row = node.call('publish', folder)
  until(lambda: node.call('status')['dht_taken'] > before + 1, f'{node.name} has announced it', 20)
  return row['hash']


def gets(world, node, address, text, seconds=20):
  path = world.path(f'{node.name}.got')
  node.get(address, path, seconds=seconds)
  equal(read(path), text.encode())
  os.unlink(path)


def twelve_nodes(world):
  nodes = ring(world)
  joined(nodes, 5)
  roots = {node: publish(world, node, f'by {node.name}\n') for node in nodes[:4]}
  # By hash, by nodes that have no link to who has it and were never told where it is.
  for node, root in roots.items():
    gets(world, nodes[(nodes.index(node) + 6) % NODES], f'net2o://{root}/page.md', f'by {node.name}\n')
  # By identity, with no known way; only the folder, for now.
  author, reader, keeper, late = nodes[0], nodes[5], nodes[2], nodes[7]
  reader.call('ls', f'net2o://{author.identity}/')
  # Somebody keeps it; then its author goes off.
  taken = keeper.call('status')['dht_taken']
  keeper.call('pin', f'net2o://{roots[author]}/')
  until(lambda: keeper.call('status')['dht_taken'] > taken, 'the keeper has announced it', 20)
  author.stop()
  gets(world, late, f'net2o://{roots[author]}/page.md', 'by n0\n')
  gets(world, reader, f'net2o://{author.identity}/page.md', 'by n0\n', 40)
  # Nobody has it: that is said.
  none = 'h1-' + 'a' * 52
  equal(late.call('get', f'net2o://{none}', '-o', world.path('none'), code=None)['error'], 'NOTFOUND')


def switched_off(world):
  """Who takes no part knows nobody, is known to nobody, and keeps nothing."""
  nodes = ring(world, 4, lambda i: ('--set', 'network.dht=0') if i == 3 else ())
  until(lambda: all(node.call('status')['dht_nodes'] == 2 for node in nodes[:3]), 'the three have met', 30)
  status = nodes[3].call('status')
  equal(status['dht'], 'off')
  check('dht_nodes' not in status, status)


if __name__ == '__main__':
  run(twelve_nodes, switched_off)
