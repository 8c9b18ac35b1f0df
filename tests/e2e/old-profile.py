# SPDX-License-Identifier: GPL-3.0-or-later
#
# old-profile.py - attack 62: a profile that a node of version 1 made is taken over, whole.
#
# profile-v1.tar.xz is what the last commit with version 1 of the database (6f11c70^) left when it
# ended: it had published a folder twice and set an attribute, had a name, a path and a peer, and had
# read two files of that peer, one in the database and one beside it.

import base64
import os
import sqlite3
import tarfile

from nodes import Node, check, equal, read, run

ARCHIVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'profile-v1.tar.xz')
IDENTITY = 'k1-rn2ioqctwru66iiohxyctxaedz3gjc64wxgpvxdj6upnb7vi5p4a'
PEER = 'k1-pjczjtoo6uf5376xusoj7wrf47pxbopyeqkejrgl4xqkerkfrxnq'
TREES = ('h1-d2tt545jv257ejgivz2qlnmjw6wkubfqe2qea6lshtzcrudgifmq',
         'h1-umt5kc63w7h4isu5nbb5ygpua5u5ub4f4zbkht32fvl6feegxpeq',
         'h1-ztxgfn6vp3diob52cq4iltgbsmxs4giigukfiplmufox4htd4wia')
ENDPOINT = 'udp:127.0.0.1:59654'
LARGE = b'a large file of then\n' * 4000
PAGE, SECOND, BELOW = b'# Of version 1\n', b'# Of version 1, second\n', b'# Below\n'
READ = {b'# Read from another\n', b'a file that was read\n' * 3600}
SUM = ('SELECT used, (SELECT coalesce(sum(size), 0) FROM ref JOIN object ON object.id=ref.object'
       ' WHERE ref.owner=owner.id) FROM owner WHERE kind=3 ORDER BY name')


def old(world):
  node = Node(world, 'old')
  os.mkdir(node.profile, 0o700)
  with tarfile.open(ARCHIVE) as archive:
    archive.extractall(node.profile)
  world.nodes.append(node)
  return node


def sql(node, name, question):
  db = sqlite3.connect(f'file:{node.profile}/data/{name}?mode=ro', uri=True)
  try:
    return db.execute(question).fetchall()
  finally:
    db.close()


def dump(node, name):
  """All rows of all tables but the sums, which are what changes."""
  tables = [row[0] for row in sql(node, name, "SELECT name FROM sqlite_master WHERE type='table'"
                                  " AND name NOT LIKE 'sqlite_%' ORDER BY name")]
  check(len(tables) > 12, tables)
  return {t: sorted(map(repr, sql(node, name, 'SELECT id, kind, name, quota FROM owner' if t == 'owner' else
                                  f'SELECT * FROM {t}'))) for t in tables}


def is_all_there(world, node, tree=TREES[2]):
  equal(node.identity, IDENTITY)
  shown = node.call('id', 'show')
  equal((shown['address'], shown['root']), (IDENTITY, tree))
  wanted = {f'{IDENTITY}/index.md': SECOND, f'{IDENTITY}/sub/page.md': BELOW, f'{IDENTITY}/large.bin': LARGE,
            f'{TREES[0]}/index.md': PAGE, f'{TREES[0]}/large.bin': LARGE, f'{TREES[1]}/index.md': SECOND}
  for address, bytes_ in wanted.items():
    node.get('net2o://' + address, world.path('got'))
    equal(read(world.path('got')) == bytes_, True, address)
  equal(node.call('attr', 'get', f'net2o://{IDENTITY}/sub/page.md', 'note')['value'], 'of then')
  equal(node.rows('name', 'list'), [{'name': 'holder', 'identity': PEER}])
  equal([(r['endpoint'], r['identity']) for r in node.rows('peer', 'list')], [(ENDPOINT, PEER)])
  equal(node.call('path', PEER)['source'], 'hand')
  cached = sql(node, 'store.db.v1', 'SELECT object.hash FROM ref JOIN object ON object.id=ref.object'
               ' JOIN owner ON owner.id=ref.owner WHERE owner.name=\'cache\' AND NOT object.directory')
  got = set()
  for (hash_,) in cached:  # the peer is not there: this is what was read then
    text = base64.b32encode(hash_[1:]).decode().lower().rstrip('=')
    node.get(f'net2o://h{hash_[0]}-{text}', world.path('got'))
    got.add(read(world.path('got')))
  equal(got == READ, True, len(got))
  found = node.call('fsck')
  equal(found['damaged'] + found['findings'], [])


def attack_62_profile_of_version_1(world):
  node = old(world)
  before = read(node.profile + '/data/store.db')
  rows = dump(node, 'store.db')
  equal(sql(node, 'store.db', 'PRAGMA user_version'), [(1,)])
  equal(sql(node, 'store.db', SUM), [(0, 75833), (0, 0)])  # nobody counted then
  node.start()
  is_all_there(world, node)
  node.stop()
  equal(sql(node, 'store.db', 'PRAGMA user_version'), [(5,)])
  equal(sql(node, 'store.db', SUM), [(75833, 75833), (0, 0)])
  equal(sorted(r[0] for r in sql(node, 'store.db', "SELECT name FROM sqlite_master WHERE type='trigger'")),
        ['ref_comes', 'ref_goes'])
  now = dump(node, 'store.db')
  came = {t for t in set(now) - set(rows) if '_words' not in t}  # those are the index of words
  equal(came, {'contact', 'login', 'member', 'moved', 'seen', 'vouch'} |  # with versions 3 and 4, then with 5
        {'entry', 'fact', 'page', 'shelf', 'version', 'zone', 'zone_head', 'zone_name', 'zone_seen'})
  check(set(rows) <= set(now), rows, now)
  # what a folder that was only read leads to is not open by that any more
  closed = [r.replace(', 0)', ', -1)') if r.startswith('(10, ') else r for r in rows['edge']]
  equal(sorted(now['edge']), sorted(closed))
  for table in ('attr', 'head', 'name', 'peer', 'petname', 'path', 'piece', 'ref', 'statement', 'tree'):
    check(set(rows[table]) <= set(now[table]), table, rows[table], now[table])
  # as it was, it lies beside: the program of then could go on with it
  equal(sql(node, 'store.db.v1', 'PRAGMA user_version'), [(1,)])
  equal(dump(node, 'store.db.v1'), rows)
  check(len(read(node.profile + '/data/store.db.v1')) == len(before), 'the copy is whole')


def it_goes_on(world):
  """What was taken over is used: given to others, replaced, counted; at a second start nothing is changed again."""
  node = old(world)
  node.start()
  other = world.node('other')
  other.peer(node)
  port = next(r['port'] for r in other.rows('peer', 'list') if r['endpoint'] == node.endpoint)
  other.call('path', 'set', IDENTITY, f'{port}/4')
  other.get(f'net2o://{IDENTITY}/large.bin', world.path('got'))
  equal(read(world.path('got')) == LARGE, True)
  world.write('new/index.md', '# Of now\n')
  node.call('publish', world.path('new'))
  node.stop()
  node.start()
  node.get(f'net2o://{IDENTITY}/index.md', world.path('got'))
  equal(read(world.path('got')), b'# Of now\n')
  node.get(f'net2o://{TREES[0]}/large.bin', world.path('got'))
  equal(read(world.path('got')) == LARGE, True)
  equal(node.call('fsck')['findings'], [])


if __name__ == '__main__':
  run(attack_62_profile_of_version_1, it_goes_on)
