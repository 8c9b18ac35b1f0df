#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# zones.py - zones on real nodes: a name is registered, looked up, renewed, changed, handed on,
#            given up; a zone below it; a secondary that answers when the zone's own node is off;
#            a zone file out and in; who may not is told why; zones in a circle, servers
#            of another zone, a zone that comes back older than it was.
import os
import shutil
import subprocess
import time

from nodes import NET2O, Failure, check, equal, read, run, until


def identity(node):
  return node.call('status')['identity']


def meet(node, other):
  """A link to another node, whose key is known."""
  node.call('peer', 'add', other.endpoint, other.identity)
  until(lambda: any(row.get('endpoint') == other.endpoint and row.get('state') == 'up'
                    for row in node.rows('peer', 'list')), f'{node.name}: a link to {other.name}')


def zone_of(node, suffix='demo'):
  """The node's identity keeps a zone; its first state is there when the command returns."""
  made = node.call('name', 'zone', 'new', suffix)
  equal((made['suffix'], made['zone']), (suffix, identity(node)))
  return made['zone']


def settled(node, zone):
  """All that was granted is in a state that is signed."""
  def is_so():
    row = next(r for r in node.rows('name', 'zone', 'list') if r['zone'] == zone)
    return not row['waiting']
  until(is_so, 'the next state of the zone', 25)


def found(node, name, who):
  answer = node.call('name', 'lookup', name)
  equal(answer['identity'], who)
  return answer


def exported(node, zone):
  return subprocess.run([NET2O, '--profile', node.profile, 'name', 'zone', 'export', zone], check=True,
                        capture_output=True, timeout=30).stdout.decode()


def names(world):
  """Register, look up, open; a second one is told that it is held; renew, transfer, revoke."""
  z, a, b = world.node('z'), world.node('a', bits=5), world.node('b', bits=6)
  zone = zone_of(z)
  meet(a, z)
  meet(b, z)
  for node in a, b:
    node.call('name', 'root', 'add', 'demo', zone)
  error = a.call('name', 'lookup', 'anna.demo', code=3)
  check('there is none' in error['why'], error)

  granted = a.call('name', 'register', 'Anna.demo', '--days', '30', '--mail', 'mail.demo')
  equal((granted['name'], granted['zone'], granted['identity']), ('anna.demo', zone, identity(a)))
  check(abs(granted['until'] / 1e6 - time.time() - 30 * 86400) < 60, granted)
  settled(z, zone)
  answer = found(b, 'anna.demo', identity(a))
  equal((answer['zone'], answer['mail-hosts']), (zone, [{'host': 'mail.demo'}]))
  check(b.call('name', 'lookup', 'anna.demo')['cached'])

  error = b.call('name', 'register', 'anna.demo', code=1)
  check('somebody else has this name' in error['why'], error)
  error = b.call('name', 'renew', 'anna.demo', code=4)
  check('another identity' in error['why'], error)
  error = b.call('name', 'renew', 'nobody.demo', code=3)
  check('nobody has this name' in error['why'], error)
  b.call('name', 'transfer', 'anna.demo', identity(b), code=2)
  error = b.call('name', 'register', 'x.other', code=3)
  check('net2o name root add' in error['next'], error)

  # A page by its name, on a node that only knows the root.
  page = world.write('page/index.md', b'hello by name')
  a.call('publish', os.path.dirname(page))
  meet(b, a)
  b.get('net2o://anna.demo/', world.path('got'))
  equal(read(world.path('got')), b'hello by name')

  renewed = a.call('name', 'renew', 'anna.demo', '--days', '60')
  equal((renewed['since'], renewed['until'] > granted['until']), (granted['since'], True))
  moved = a.call('name', 'transfer', 'anna.demo', identity(b))
  equal((moved['identity'], moved['since']), (identity(b), granted['since']))
  error = a.call('name', 'renew', 'anna.demo', code=4)
  check('another identity' in error['why'], error)
  settled(z, zone)
  found(a, 'anna.demo', identity(b))
  b.call('name', 'revoke', 'anna.demo')
  error = a.call('name', 'register', 'anna.demo', code=1)
  check('may still renew it' in error['why'], error)
  b.call('name', 'renew', 'anna.demo')

  # Granted before told: after a kill all is there, and the chain goes on.
  z.kill()
  z.start()
  row = until(lambda: next((r for r in z.rows('name', 'zone', 'show', zone)), None), 'a name')
  equal((row['label'], row['identity']), ('anna', identity(b)))


def closed(world):
  """A closed zone; one zone each identity; a zone file out and in again, and files of no use."""
  z, a = world.node('z'), world.node('a', bits=5)
  made = z.call('name', 'zone', 'new', 'demo', '--closed')
  zone = made['zone']
  error = z.call('name', 'zone', 'new', 'other', code=1)
  check('name zone list' in error['next'], error)
  meet(a, z)
  a.call('name', 'root', 'add', 'demo', zone)
  error = a.call('name', 'register', 'anna.demo', code=4)
  check('to strangers' in error['why'], error)
  z.call('name', 'register', 'own.demo')
  text = f'''net2o-zone: 1
zone: {zone}
names:
  anna:
    identity: {identity(a)}
    since: 2026-01-01T00:00:00Z
    until: 2036-01-01T00:00:00Z
    caching: 60
    mail: [mail.demo, post.demo]
    offers: {{"text:phone": "1 2 3", "int:floor": 4}}
'''
  file = world.write('zone.yaml', text.encode())
  equal(z.call('name', 'zone', 'import', zone, file)['names'], '1')
  settled(z, zone)
  answer = found(a, 'anna.demo', identity(a))
  equal([row['host'] for row in answer['mail-hosts']], ['mail.demo', 'post.demo'])
  equal({row['name']: row['value'] for row in answer['offers']}, {'phone': '1 2 3', 'floor': 4})
  out = exported(z, zone)
  again = world.write('again.yaml', out.encode())
  equal(z.call('name', 'zone', 'import', zone, again)['names'], '2')
  equal(exported(z, zone), out)
  for bad in (b'net2o-zone: 2\n', b'[', b'net2o-zone: 1\nnames: {a: &x {}, b: *x}\n', b'names: {}\n',
              b'net2o-zone: 1\nnames: {a: {path: x}}\n', b'net2o-zone: 1\nnames: {a.b: {}}\n',
              b'net2o-zone: 1\nnames: {a: {since: noon}}\n', b'net2o-zone: 1\nnames: {a: ' + b'[' * 5000,
              f'net2o-zone: 1\nnames: {{a: {{zone: {zone}}}}}\n'.encode(),
              b'net2o-zone: 1\nnames: {a: {identity: ' + b'x' * 4000 + b'}}\n'):
    answer = z.call('name', 'zone', 'import', zone, world.write('bad.yaml', bad), code=None)
    check(answer and 'why' in answer, bad, answer)
  equal(len(z.rows('name', 'zone', 'show', zone)), 2)


def below(world):
  """A zone below a name, a secondary of it, and its own node off; what was cached still serves."""
  z, y, s, a = (world.node(n, bits=4 + i) for i, n in enumerate('zysa'))
  zone = zone_of(z)
  other = y.call('name', 'zone', 'new', 'home')['zone']
  meet(y, z)
  meet(s, y)
  meet(a, z)
  meet(a, s)
  y.call('name', 'root', 'add', 'demo', zone)
  a.call('name', 'root', 'add', 'demo', zone, identity(s))
  y.call('name', 'register', 'village.demo', '--zone', other, '--server', identity(s))
  y.call('name', 'register', 'anna.home')
  settled(y, other)
  settled(z, zone)
  equal(s.call('name', 'zone', 'follow', other)['names'], 1)
  check(s.call('name', 'zone', 'list')['follows'])
  s.call('name', 'zone', 'import', other, world.write('x.yaml', b'net2o-zone: 1\nnames: {a: {zone: %s}}\n'
                                                      % zone.encode()), code=3)
  y.stop()
  answer = found(a, 'anna.village.demo', y.identity)
  equal([step['zone'] for step in answer['steps']], [zone, other])
  error = a.call('name', 'lookup', 'bert.village.demo', code=3)
  check('there is none' in error['why'], error)
  # A secondary grants nothing.
  error = a.call('name', 'register', 'bert.village.demo', code=None)
  check('the node of this zone' in error['why'], error)
  # After a restart it has the map still.
  s.stop()
  s.start()
  equal(s.call('name', 'zone', 'list')['count'], 1)
  z.stop()
  equal(a.call('name', 'lookup', 'anna.village.demo')['identity'], answer['identity'])
  # Followed no longer.
  error = y.start().call('name', 'zone', 'unfollow', other, code=3)
  check('not followed here' in error['why'] and error['next'], error)
  equal(s.call('name', 'zone', 'unfollow', other)['zone'], other)
  s.call('name', 'zone', 'unfollow', other, code=3)
  s.stop()
  s.start()
  equal(s.rows('name', 'zone', 'list'), [])
  equal(len(y.rows('name', 'zone', 'list')), 1)


def circles(world):
  """Two zones that delegate to each other: told to whoever asks, and what holds on the way still does."""
  z, y, a = (world.node(n, bits=4 + i) for i, n in enumerate('zya'))
  zone, other = zone_of(z), zone_of(y, 'home')
  meet(y, z)
  meet(a, z)
  meet(a, y)
  y.call('name', 'root', 'add', 'demo', zone)
  y.call('name', 'register', 'village.demo', '--zone', other)
  y.call('name', 'register', 'back.home', '--zone', zone)
  settled(y, other)
  settled(z, zone)
  a.call('name', 'root', 'add', 'demo', zone)
  for again in range(2):  # also from what was kept
    for name in ('anna.back.village.demo', 'anna.back.village.back.village.demo'):
      error = a.call('name', 'lookup', name, code=None)
      check('in a circle' in error.get('why', '') and error['next'], again, error)
      error = a.call('ls', f'net2o://{name}/', code=None)
      check('in a circle' in error.get('why', ''), again, error)
  error = y.call('name', 'register', 'x.back.village.demo', code=None)
  check('in a circle' in error.get('why', ''), error)
  found(a, 'village.demo', identity(y))
  found(a, 'back.village.demo', identity(y))
  # Nor does a zone delegate to itself.
  error = z.call('name', 'register', 'own.demo', '--zone', zone, code=None)
  check('the zone itself' in error.get('why', ''), error)


def answers(world):
  """Servers that have another zone, in which a name of this label is: no word of it counts for this one."""
  z, y, a, b = (world.node(n, bits=4 + i) for i, n in enumerate('zyab'))
  zone, other = zone_of(z), zone_of(y)
  for node in a, b:
    meet(node, y)
    node.call('name', 'root', 'add', 'demo', zone, identity(y))
  meet(b, z)
  y.call('name', 'register', 'anna.demo')
  z.call('name', 'register', 'carl.demo')
  settled(y, other)
  settled(z, zone)
  error = a.call('name', 'lookup', 'anna.demo', code=None)  # a has no link to the zone's own node
  check('there is none' in error['why'] or 'no server of the zone' in error['why'], error)
  for _ in range(2):  # also from what was kept
    error = b.call('name', 'lookup', 'anna.demo', code=3)
    check('there is none' in error['why'], error)
    found(b, 'carl.demo', identity(z))


def older(world):
  """A zone's machine comes back from a copy of days before: its older state is not believed, and
  what it signs then is a second one: a fraud, told by name, and no name of it counts any more."""
  z, a = world.node('z'), world.node('a', bits=5)
  zone = zone_of(z)
  meet(a, z)
  a.call('name', 'root', 'add', 'demo', zone)
  z.call('name', 'register', 'anna.demo')
  settled(z, zone)
  z.stop()
  shutil.copytree(z.profile, world.path('before'))
  z.start()
  z.call('name', 'register', 'bert.demo')
  settled(z, zone)
  link = lambda: until(lambda: any(r.get('endpoint') == z.endpoint and r.get('state') == 'up'
                                   for r in a.rows('peer', 'list')), 'the link again', 60)
  link()
  answer = until(lambda: (got := a.call('name', 'lookup', 'bert.demo', code=None)).get('identity') and got,
                 'the newer state', 60)
  z.stop()
  shutil.rmtree(z.profile)
  shutil.move(world.path('before'), z.profile)
  z.start()
  check(z.call('name', 'zone', 'list')['serial'] < answer['steps'][0]['serial'])
  link()
  until(lambda: 'only older states' in a.call('name', 'lookup', 'anna.demo', code=None).get('why', ''),
        'an older state is told', 60)
  equal(a.call('name', 'lookup', 'bert.demo')['steps'][0]['serial'], answer['steps'][0]['serial'])
  z.call('name', 'register', 'carl.demo')
  settled(z, zone)
  error = until(lambda: 'two states' in (e := a.call('name', 'lookup', 'carl.demo', code=None)).get('why', '') and e,
                'a second state of one number is told', 60)
  check("Don't trust" in error['next'], error)
  for name in ('anna.demo', 'bert.demo'):
    error = a.call('name', 'lookup', name, code=None)
    check('two states' in error.get('why', ''), error)
  equal(len(a.call('name', 'root', 'list')['fraud']), 2)


run(names, closed, below, circles, answers, older)
