#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# token-orders.py - what a person orders of tokens, by the command line and a real node, on virtual cards: PINs, touch,
#                   new keys for an identity, a second token, the same keys on two.
import os
import subprocess
import sys

from nodes import NET2O, Skip, check, equal, run, until

sys.path.insert(0, os.environ.get('CARDS', os.path.join(os.path.dirname(__file__), '..', 'card')))
from pcscd import Readers, missing  # noqa: E402

PIN, ADMIN = b'123456\n', b'12345678\n'


def readers_of(world):
  if missing():
    raise Skip(missing())
  return Readers(world.folder)


def ask(node, *arguments, code=0, **secrets):
  """A call whose PINs come by descriptors: pin=, admin_pin=."""
  pipes, more = [], []
  for name, secret in secrets.items():
    reader, writer = os.pipe()
    os.write(writer, secret)
    os.close(writer)
    pipes.append(reader)
    more += [f'--{name.replace("_", "-")}-fd', str(reader)]
  done = subprocess.run([NET2O, '--profile', node.profile, '--json', *arguments, *more], capture_output=True,
                        timeout=60, pass_fds=pipes, stdin=subprocess.DEVNULL)
  for pipe in pipes:
    os.close(pipe)
  equal(done.returncode, code, arguments, done.stdout.decode(), done.stderr.decode(), node.log())
  return done.stdout.decode() + done.stderr.decode()


def node_with(world, readers):
  before = {key: os.environ.get(key) for key in readers.env}
  os.environ.update(readers.env)
  try:
    return world.node('a')
  finally:
    for key, value in before.items():
      os.environ.pop(key) if value is None else os.environ.update({key: value})


def tokens(node, n=1):
  return until(lambda: [t for t in [node.rows('token', 'list')] if sum(bool(r.get('id')) for r in t) == n],
               f'{n} tokens are seen')[0]


def token(node):
  return [t for t in tokens(node) if t.get('id')][0]


def pins(world):
  with readers_of(world) as readers:
    card = readers.card(0, serial='aa')
    a = node_with(world, readers)
    mine = token(a)
    equal((mine['state'], mine['tries'], mine['admin-tries'], mine['keys']), ('openpgp', 3, 3, []), mine)
    ask(a, 'token', 'pin', mine['id'], pin=PIN + b'24682468\n')
    ask(a, 'token', 'pin', mine['id'], code=7, pin=PIN)  # the old one is the old one
    equal(token(a)['tries'], 2)
    ask(a, 'token', 'pin', mine['id'], pin=b'24682468\n123456\n')
    equal(token(a)['tries'], 3)
    ask(a, 'token', 'pin', mine['id'], '--admin', admin_pin=ADMIN, pin=b'87654321\n')
    for _ in range(2):
      ask(a, 'token', 'pin', mine['id'], code=7, pin=b'999999\n')
    equal(token(a)['tries'], 1)
    card.pull()
    until(lambda: subprocess.run([NET2O, '--profile', a.profile, 'token', 'list'], capture_output=True,
                                 timeout=60).returncode == 7, 'it is gone')


def new_keys(world):
  with readers_of(world) as readers:
    readers.card(0, serial='aa')
    a = node_with(world, readers)
    mine = token(a)
    ask(a, 'id', 'new', 'anna')
    ask(a, 'token', 'enrol', mine['id'], '--identity', 'anna', '--touch', 'login', pin=PIN * 6, admin_pin=ADMIN * 6)
    anna = a.call('id', 'show', 'anna')
    mine = token(a)
    equal(mine['owner'], anna['address'], mine)
    equal(mine['touch'], ['login'], mine)
    on = {k['slot']: k['id'] for k in anna['keys'] if k.get('place') == 'token'}
    equal(on, {k['slot']: k['key'] for k in mine['keys']}, anna)
    check(anna['needs-token'], anna)
    check(any(k.get('place') == 'here' and 'control' in k['rights'] for k in anna['keys']), anna)
    # Keys that an identity rests on are not made anew by a slip.
    said = ask(a, 'token', 'enrol', mine['id'], '--replace', code=1, pin=PIN * 6, admin_pin=ADMIN * 6)
    check('own identity' in said, said)


def second_and_same(world):
  with readers_of(world) as readers:
    readers.card(0, serial='aa')
    a = node_with(world, readers)
    first = token(a)
    ask(a, 'id', 'new', 'anna')
    ask(a, 'token', 'enrol', first['id'], '--identity', 'anna', pin=PIN * 6, admin_pin=ADMIN * 6)
    readers.card(1, serial='bb')
    second = [t for t in tokens(a, 2) if t['id'] != first['id']][0]
    ask(a, 'token', 'backup', second['id'], '--identity', 'anna', pin=PIN * 6, admin_pin=ADMIN * 6)
    anna = a.call('id', 'show', 'anna')
    listed = [k for k in anna['keys'] if k.get('place') == 'token']
    equal(len(listed), 6, anna)
    equal({k['token'] for k in listed}, {first['id'], second['id']}, anna)
    equal({t.get('owner') for t in tokens(a, 2)}, {anna['address']})


def clones(world):
  with readers_of(world) as readers:
    readers.card(0, serial='aa')
    readers.card(1, serial='bb')
    a = node_with(world, readers)
    ids = [t['id'] for t in tokens(a, 2)]
    ask(a, 'token', 'clone', ids[0], code=2)
    ask(a, 'token', 'clone', *ids, pin=PIN * 8, admin_pin=ADMIN * 8)
    one, two = tokens(a, 2)
    equal(one['keys'] and [k['key'] for k in one['keys']], [k['key'] for k in two['keys']])
    check('owner' not in one, one)


if __name__ == '__main__':
  run(pins, new_keys, second_and_same, clones)
