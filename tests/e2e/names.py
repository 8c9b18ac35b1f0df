#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# names.py - whom the user trusts with which names, and what becomes of names of which nobody
#            speaks, or whose zone is out of reach: net2o name lookup and root on real nodes.
from nodes import check, equal, run


def roots(world):
  """Roots are set, listed in their order, claimed once, kept over a restart and removed."""
  a, b = world.node('a'), world.node('b')
  zone = a.call('status')['identity']
  server = b.call('status')['identity']
  equal(a.rows('name', 'root', 'list'), [])
  equal(a.call('name', 'root', 'add', 'village.demo', zone, server)['zone'], zone)
  a.call('name', 'root', 'add', 'demo', server)
  error = a.call('name', 'root', 'add', 'demo', zone, code=1)
  check('net2o name root list' in error['next'], error)
  a.call('name', 'root', 'add', 'town.demo', zone, code=1)
  a.call('name', 'root', 'add', 'a..b', zone, code=2)
  a.call('name', 'root', 'add', 'p\u0430ypal', zone, code=2)
  a.call('name', 'root', 'add', '.', zone)
  a.call('name', 'root', 'add', 'later', zone, code=1)
  rows = a.rows('name', 'root', 'list')
  equal([row['suffix'] for row in rows], ['village.demo', 'demo', '.'])
  equal([row['zone'] for row in rows], [zone, server, zone])
  equal(rows[0]['servers'], [{'identity': server}])
  a.stop()
  a.start()
  equal(a.rows('name', 'root', 'list'), rows)
  a.call('name', 'root', 'remove', 'demo')
  a.call('name', 'root', 'remove', 'demo', code=3)
  equal(len(a.rows('name', 'root', 'list')), 2)


def lookups(world):
  """A name of which nobody speaks; one whose zone no server answers for; one given by hand."""
  a, b = world.node('a'), world.node('b', bits=6)
  a.peer(b)
  zone = b.call('status')['identity']
  error = a.call('name', 'lookup', 'anna.demo', code=3)
  check('net2o name root add' in error['next'], error)
  error = a.call('ls', 'net2o://anna.demo/', code=3)
  check('net2o name root add' in error['next'], error)
  a.call('name', 'root', 'add', 'demo', zone)
  a.call('name', 'lookup', 'anna.demo', code=5)
  a.call('ls', 'net2o://anna.demo/', code=5)
  for n in (9, 64, 65):  # one that the node's own reader refuses; the command's refuses it before
    name = '.'.join('a' * n)
    for words in (('lookup', name), ('register', name), ('set', name, zone), ('root', 'add', name, zone),
                  ('zone', 'new', name)):
      error = a.call('name', *words, code=2)
      check('8 parts' in error['why'] and error['next'], words, error)
    error = a.call('ls', f'net2o://{name}/', code=2)
    check('too long' in error['why'] and '8 parts' in error['next'], error)
  a.call('name', 'lookup', 'anna', code=3)
  a.call('name', 'set', 'anna.demo', zone)
  answer = a.call('name', 'lookup', 'Anna.Demo')
  equal((answer['name'], answer['identity'], answer['own']), ('anna.demo', zone, True))


run(roots, lookups)
