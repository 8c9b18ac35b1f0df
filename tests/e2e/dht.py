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
  joined(nodes, 4)
  roots = {}
  for node in nodes[:4]:
    roots[node] = publish(world, node, f'by {node.name}\n')
  # By hash, from nodes that have no link to who has it and were never told where it is.
  for node, root in roots.items():
    other = nodes[(nodes.index(node) + 6) % NODES]
    gets(world, other, f'net2o://{root}/page.md', f'by {node.name}\n')
  # By identity, with no known way.
  author, reader = nodes[0], nodes[5]
  gets(world, reader, f'net2o://{author.identity}/page.md', 'by n0\n')


if __name__ == '__main__':
  run(twelve_nodes)
