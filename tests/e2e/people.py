# SPDX-License-Identifier: GPL-3.0-or-later
#
# people.py - whom the user knows, and what is said of who answers: a name that leads to another
#             than before, somebody who introduces, an end and its successor, names of two writings.

import os
import re
import subprocess

from nodes import NET2O, check, equal, read, run, until


def linked(world, *names):
  """A reader, and others it is linked to, each with a page that says its name."""
  reader = world.node('reader')
  others = []
  for name in names:
    node = world.node(name)
    world.write(f'site-{name}/index.md', f'# {name}\n')
    node.call('publish', world.path(f'site-{name}'))
    reader.call('peer', 'add', node.endpoint, node.identity)
    until(lambda n=node: any(r.get('state') == 'up' and r.get('identity') == n.identity
                             for r in reader.rows('peer', 'list')), 'link up')
    others.append(node)
  return reader, *others


def bus(node, method, *arguments):
  """Another program of the user's, which says nothing for him."""
  done = subprocess.run(['gdbus', 'call', '--address', f'unix:path={node.profile}/bus', '--dest', 'org.net2o.Node', '--object-path',
                         '/org/net2o/Node', '--method', 'org.net2o.' + method, *arguments],
                        capture_output=True, timeout=30)
  equal(done.returncode, 0, done)


def text(node, *arguments, code=0, stdin=None, **environment):
  done = subprocess.run([NET2O, '--profile', node.profile, *arguments], capture_output=True, timeout=60, input=stdin,
                        env={**os.environ, 'LC_ALL': 'C.UTF-8', **environment})
  equal(done.returncode, code, done)
  return done.stdout.decode(), done.stderr.decode()


def codes(trust):
  return [r['code'] for r in trust['reasons'] if r['code'] != 'unconfirmed']


def trust(node, address, *options):
  return node.call('id', 'trust', address, *options)


def first_and_again(world):
  reader, shop = linked(world, 'shop')
  equal(codes(trust(reader, shop.identity)), ['first'])
  got = reader.get(f'net2o://{shop.identity}/', world.path('got'))
  equal(codes(got), ['first'], got)
  until(lambda: codes(trust(reader, shop.identity)) == ['seen'], 'written down')
  reader.stop()
  reader.start()
  equal(codes(trust(reader, shop.identity)), ['seen'])
  said, _ = text(reader, 'id', 'trust', shop.identity)
  check(shop.identity in said and 'First seen on ' in said, said)
  said, _ = text(reader, 'id', 'trust', shop.identity, LANGUAGE='de', LC_ALL='C.UTF-8',
                 N2_LOCALEDIR=os.environ.get('LOCALES', ''))
  check('Zuerst gesehen' in said or 'First seen' in said, said)
  reader.call('id', 'trust', 'h1-' + shop.identity[3:], code=2)
  reader.call('id', 'trust', shop.identity, '--for', 'fun', code=2)
  reader.call('id', 'trust', 'nobody', code=3)


def a_changed_name_asks(world):
  reader, shop, thief = linked(world, 'shop', 'thief')
  reader.call('name', 'set', 'shop', shop.identity)
  reader.get('net2o://shop/', world.path('got'))
  until(lambda: 'seen' in codes(trust(reader, 'shop')), 'written down')
  # Some program, not the user, lets the name lead elsewhere.
  bus(reader, 'Network1.NameSet', 'shop', thief.identity)
  os.unlink(world.path('got'))
  for command in (('get', 'net2o://shop/', '-o', world.path('got')), ('ls', 'net2o://shop/'),
                  ('show', 'net2o://shop/')):
    told = reader.call(*command, code=4)
    check('another identity until' in told['why'] and 'id trust' in told['next'], told)
  check(not os.path.exists(world.path('got')), 'nothing of it is written')
  known = trust(reader, 'shop')
  equal((known['verdict'], known['identity']), ('ask', thief.identity))
  equal(codes(known)[0], 'changed')
  equal(known['reasons'][0]['who'], shop.identity)
  equal(trust(reader, 'shop', '--for', 'log-in')['verdict'], 'stop')
  # By its own address nobody is another than before.
  equal(codes(reader.get(f'net2o://{thief.identity}/', world.path('got')))[-1], 'first')
  # The user looks, and agrees.
  known = trust(reader, 'shop', '--accept')
  equal((known['verdict'], codes(known)[0]), ('note', 'changed'))
  equal(read(reader.get('net2o://shop/', world.path('got'))['file']), b'# thief\n')
  until(lambda: 'changed' not in codes(trust(reader, 'shop')), 'met as this one')
  # What is typed with its key is agreed to; it is said once all the same.
  reader.call('name', 'set', 'shop', shop.identity)
  _, said = text(reader, 'show', 'net2o://shop/')
  check('another identity until' in said and 'You have said since then' in said, said)
  until(lambda: 'changed' not in codes(trust(reader, 'shop')), 'met again')
  _, said = text(reader, 'show', 'net2o://shop/')
  equal(said, '')


def contacts(world):
  reader, ann = linked(world, 'ann')
  row = reader.call('id', 'contact', ann.identity, '--name', 'Ann', '--met-on', '2026-05-03')
  equal((row['name'], row['met'], row['state']), ('ann', True, 'live'))
  row = reader.call('id', 'contact', 'ann', '--introduces')
  equal((row['met'], row['introduces'], row['audits']), (True, True, False))
  said, _ = text(reader, 'id', 'contact')
  check('met in person on 3 May 2026, introduces others' in said, said)
  said, _ = text(reader, 'id', 'trust', 'ann')
  check('Met in person on 3 May 2026.' in said and 'You call it ann.' in said, said)
  row = reader.call('id', 'contact', 'ann', '--not', 'met', '--not', 'introduces')
  equal((row['met'], row['introduces'], 'met-at' in row), (False, False, False))
  for words in (('--met-on', 'yesterday'), ('--not', 'x'), ('--name', 'two.parts'), ('--name', 'two words')):
    told = reader.call('id', 'contact', 'ann', *words, code=2)
    check(told['why'], told)
  reader.call('id', 'contact', reader.identity, '--met', code=2)
  reader.call('id', 'contact', 'ann', '--remove')
  equal(reader.rows('id', 'contact'), [])
  reader.call('id', 'contact', 'ann', '--remove', code=3)


def introduced(world):
  """Who introduces is met in person; the one who is introduced is not."""
  reader, friend, stranger = linked(world, 'friend', 'stranger')
  told = friend.call('id', 'import', '-', stdin=stranger.call('id', 'export')['text'].encode())
  equal(told['address'], stranger.identity)
  vouch = friend.call('id', 'vouch', stranger.identity, '--name', 'Strange Sam')['text']
  # Before its signer is known the vouch says nothing.
  reader.get(f'net2o://{friend.identity}/', world.path('got'))
  equal(reader.call('id', 'import', '-', stdin=vouch.encode())['what'], 'vouch')
  equal(codes(trust(reader, stranger.identity)), ['first'])
  reader.call('id', 'contact', friend.identity, '--name', 'bob', '--met')
  equal(codes(trust(reader, stranger.identity)), ['first'])
  reader.call('id', 'contact', 'bob', '--introduces')
  known = trust(reader, stranger.identity)
  equal(codes(known), ['introduced', 'first'])
  equal([known['reasons'][-2][k] for k in ('by', 'name', 'who')], ['bob', 'Strange Sam', friend.identity])
  said, _ = text(reader, 'id', 'trust', stranger.identity)
  check(re.search(r'Introduced by bob, as Strange Sam, on \d', said), said)
  reader.call('id', 'contact', 'bob', '--not', 'introduces')
  equal(codes(trust(reader, stranger.identity)), ['first'])


def names_of_two_writings(world):
  reader, shop = linked(world, 'shop')
  pal = 'p\u0430yp\u0430l'  # the second and fifth letter are Cyrillic
  told = reader.call('name', 'set', pal, shop.identity, code=2)
  check('Latin and Cyrillic' in told['why'], told)
  told = reader.call('id', 'contact', shop.identity, '--name', pal, code=2)
  check('Latin and Cyrillic' in told['why'], told)
  told = reader.call('publish', world.path('site-shop'), '--name', pal, code=2)
  check('Latin and Cyrillic' in told['why'], told)
  # However it is typed, a name is one.
  reader.call('name', 'set', 'ÄRZTE', shop.identity)
  equal([r['name'] for r in reader.rows('name', 'list')], ['ärzte'])
  equal(read(reader.get('net2o://a\u0308rzte/', world.path('got'))['file']), b'# shop\n')
  reader.call('name', 'unset', 'Ärzte')
  equal(reader.rows('name', 'list'), [])


if __name__ == '__main__':
  run(first_and_again, a_changed_name_asks, contacts, introduced, names_of_two_writings)
