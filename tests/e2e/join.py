#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# join.py - a token that changes an identity makes a new machine one of the identity's: from a file, and from whoever
#           serves it; its vault comes from another machine, at once or later; real nodes and virtual cards.
import json
import os
import subprocess
import sys

from nodes import NET2O, Skip, check, equal, run, until

sys.path.insert(0, os.environ.get('CARDS', os.path.join(os.path.dirname(__file__), '..', 'card')))
from pcscd import Readers, missing  # noqa: E402

PIN, ADMIN = b'123456\n', b'12345678\n'


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
  return json.loads(done.stderr if code else done.stdout or 'null')


def node_with(world, readers, name):
  before = {key: os.environ.get(key) for key in readers.env}
  os.environ.update(readers.env)
  try:
    return world.node(name)
  finally:
    for key, value in before.items():
      os.environ.pop(key) if value is None else os.environ.update({key: value})


def sees_token(node):
  def found():
    done = subprocess.run([NET2O, '--profile', node.profile, '--json', 'token', 'list'], capture_output=True, timeout=60)
    return [row for row in map(json.loads, done.stdout.splitlines()) if row.get('id')]
  return until(found, 'the token is seen')[0]


def is_gone(node):
  return subprocess.run([NET2O, '--profile', node.profile, 'token', 'list'], capture_output=True, timeout=60).returncode == 7


def keys(node, identity):
  return sorted(k['id'] for k in node.call('id', 'show', identity)['keys'])


def mine(node):
  return [row['address'] for row in node.rows('id', 'list')]


class Setting:
  """Two machines at one reader; anna lives on the old one, and her keys are on the card."""

  def __init__(self, world):
    if missing():
      raise Skip(missing())
    self.world, self.readers = world, Readers(world.folder)

  def __enter__(self):
    self.readers.__enter__()
    self.card = self.readers.card(0, serial='aa')
    self.old, self.new = (node_with(self.world, self.readers, name) for name in ('old', 'new'))
    token = sees_token(self.old)
    ask(self.old, 'id', 'new', 'anna')
    ask(self.old, 'token', 'enrol', token['id'], '--identity', 'anna', pin=PIN * 6, admin_pin=ADMIN * 6)
    self.anna = self.old.call('id', 'show', 'anna')['address']
    self.world.write('public', self.old.call('id', 'export', 'anna')['text'])
    self.world.write('anna', self.old.call('id', 'export', 'anna', '--own')['text'])
    check(os.path.getsize(self.world.path('anna')) > os.path.getsize(self.world.path('public')), 'with the vault')
    self.file = self.world.path('anna')
    sees_token(self.new)
    return self

  def __exit__(self, *why):
    return self.readers.__exit__(*why)


def by_file(world):
  with Setting(world) as s:
    before = keys(s.old, s.anna)
    ask(s.new, 'id', 'join', s.file, code=7)  # nobody says the PIN
    ask(s.new, 'id', 'join', s.file, code=7, pin=b'999999\n')
    equal(mine(s.new), [s.new.identity])
    joined = ask(s.new, 'id', 'join', s.file, '--name', 'laptop', pin=PIN * 2)
    equal((joined['address'], joined['name']), (s.anna, 'laptop'), joined)
    check(s.anna in mine(s.new), mine(s.new))
    shown = s.new.call('id', 'show', s.anna)
    here = [k for k in shown['keys'] if k.get('place') == 'here']
    equal([k['rights'] for k in here], ['device publish'], shown)
    check(shown['needs-token'], shown)
    ask(s.new, 'id', 'login', 'laptop', pin=PIN)
    check(s.new.call('id', 'show', s.anna)['signed-in'], 'the token signs in')
    check('already' in ask(s.new, 'id', 'join', s.file, code=1)['why'], 'once')

    # The old machine hears of it, and can send it away alone.
    world.write('back', joined['text'])
    equal(s.old.call('id', 'import', world.path('back'))['what'], 'own')
    equal(keys(s.old, s.anna), keys(s.new, s.anna))
    ask(s.old, 'id', 'revoke', s.anna, '--key', here[0]['id'], '--reason', 'lost', pin=PIN * 2)
    equal(keys(s.old, s.anna), before)
    world.write('now', s.old.call('id', 'export', s.anna)['text'])
    s.new.call('id', 'import', world.path('now'))
    equal(keys(s.new, s.anna), before)


def by_address(world):
  with Setting(world) as s:
    ask(s.new, 'id', 'join', s.anna, code=3, pin=PIN * 2)  # nobody can be asked
    s.new.call('peer', 'add', s.old.endpoint, s.anna)
    joined = ask(s.new, 'id', 'join', s.anna, pin=PIN * 2)
    equal(joined['address'], s.anna, joined)
    check(s.anna in mine(s.new), mine(s.new))


def opened(s, node, address, code=0, pin=PIN * 4):
  """What *node* gets at *address* with its account there."""
  return ask(node, 'get', address, '-o', s.world.path('got'), '--as', 'account', code=code, pin=pin)


def site(s, name='site'):
  """A third node that lets nobody read; both machines of anna are linked to it.  Its plan."""
  owner = s.world.node(name)
  s.world.write('site/index.md', '# Hello\n')
  s.world.write('site/private/plan.md', 'The plan.\n')
  owner.call('publish', s.world.path('site'))
  owner.call('attr', 'set', f'net2o://{owner.identity}/private', 'access', owner.identity)
  for node in (s.old, s.new):
    node.call('peer', 'add', owner.endpoint, owner.identity)
    until(lambda n=node: any(r.get('identity') == owner.identity and r.get('state') == 'up'
                             for r in n.rows('peer', 'list')), 'link up')
  return owner, f'net2o://{owner.identity}/private/plan.md'


def account(node, owner):
  rows = [r for r in node.rows('id', 'accounts') if r['site'] == owner.identity]
  equal(len(rows), 1, rows)
  return rows[0]['account']


def lacks(node, identity):
  return node.call('id', 'show', identity)['lacks-vault']


def lets_in(s, owner, plan):
  """The old machine's account is let in; it is the one by which the new machine reads the plan."""
  ask(s.old, 'id', 'login', 'anna', pin=PIN)
  opened(s, s.old, plan, code=3)
  owner.call('attr', 'set', plan.rsplit('/', 1)[0], 'access', account(s.old, owner))
  # Nothing but the card's key opens the vault here: by its PIN, and by no other.
  here = [k for k in s.new.call('id', 'show', s.anna)['keys'] if k.get('place') == 'here']
  check(not any('open' in k['rights'] for k in here), here)
  opened(s, s.new, plan, code=3, pin=b'999999\n')
  opened(s, s.new, plan)
  equal(account(s.new, owner), account(s.old, owner))


def vault_over_the_network(world):
  with Setting(world) as s:
    owner, plan = site(s)
    s.new.call('peer', 'add', s.old.endpoint, s.anna)
    joined = ask(s.new, 'id', 'join', s.anna, '--name', 'laptop', pin=PIN * 2)
    equal(joined['lacks-vault'], False, joined, s.old.log(), s.new.log())
    equal(keys(s.old, s.anna), keys(s.new, s.anna), 'the old machine knows of the new one')
    ask(s.new, 'id', 'login', 'laptop', pin=PIN)
    lets_in(s, owner, plan)


def vault_comes_later(world):
  with Setting(world) as s:
    owner, plan = site(s)
    world.write('public', s.old.call('id', 'export', 'anna')['text'])
    joined = ask(s.new, 'id', 'join', world.path('public'), '--name', 'laptop', pin=PIN * 2)
    equal(joined['lacks-vault'], True, joined)
    said = subprocess.run([NET2O, '--profile', s.new.profile, 'id', 'show', 'laptop'], capture_output=True, timeout=60)
    check(b'id export' in said.stderr, said)
    ask(s.new, 'id', 'login', 'laptop', pin=PIN)
    told = opened(s, s.new, plan, code=3)
    check('id export --own' in told['next'], told)
    check(lacks(s.new, s.anna), 'nobody could be asked')
    # Once the two are linked it comes by itself, and the other hears of this one.
    s.new.call('peer', 'add', s.old.endpoint, s.anna)
    until(lambda: not lacks(s.new, s.anna), 'the vault has come')
    equal(keys(s.old, s.anna), keys(s.new, s.anna))
    lets_in(s, owner, plan)


def vault_by_file(world):
  with Setting(world) as s:
    owner, plan = site(s)
    world.write('public', s.old.call('id', 'export', 'anna')['text'])
    ask(s.new, 'id', 'join', world.path('public'), '--name', 'laptop', pin=PIN * 2)
    world.write('own', s.old.call('id', 'export', 'anna', '--own')['text'])
    s.new.call('id', 'import', world.path('own'))
    check(not lacks(s.new, s.anna), 'it came')
    ask(s.new, 'id', 'login', 'laptop', pin=PIN)
    lets_in(s, owner, plan)


def other_token(world):
  with Setting(world) as s:
    s.card.pull()
    until(lambda: is_gone(s.new), 'it is gone')
    ask(s.new, 'id', 'join', s.file, code=7, pin=PIN * 2)
    s.readers.card(1, serial='bb')
    sees_token(s.new)
    said = ask(s.new, 'id', 'join', s.file, code=4, pin=PIN * 2)
    check('may not change' in said['why'], said)
    equal(mine(s.new), [s.new.identity])


if __name__ == '__main__':
  run(by_file, by_address, vault_over_the_network, vault_comes_later, vault_by_file, other_token)
