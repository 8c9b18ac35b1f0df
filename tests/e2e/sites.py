# SPDX-License-Identifier: GPL-3.0-or-later
#
# sites.py - logging in to a site that lets only some in: as an account of that site, as oneself,
#            and after a device was removed.

import os
import re

from nodes import check, equal, read, run, until

PLAN = 'The plan.\n'


def reader(world, name, owner, options=()):
  """A node that has a link to *owner*."""
  node = world.node(name, options=options)
  node.call('peer', 'add', owner.endpoint, owner.identity)
  until(lambda: any(r.get('state') == 'up' for r in node.rows('peer', 'list')), 'link up')
  return node


def site(world, owner):
  world.write('site/index.md', '# Hello\n')
  world.write('site/private/plan.md', PLAN)
  world.write('site/private/names/all.md', 'Names.\n')
  owner.call('publish', world.path('site'))
  return f'net2o://{owner.identity}/'


def get(world, node, address, who=None, code=0):
  """Fetches *address* as *who*; what came."""
  words = ('--as', who) if who else ()
  got = node.call('get', address, '-o', world.path('got'), *words, code=code)
  return read(world.path('got')).decode() if code == 0 else got if isinstance(got, dict) else {}


def account_of(node, owner):
  """The account of *node* at the site of *owner*."""
  rows = [r for r in node.rows('id', 'accounts') if r['site'] == owner.identity]
  equal(len(rows), 1)
  return rows[0]


def hash_of(node, address):
  return 'net2o://' + next(r['hash'] for r in node.rows('ls', address.rsplit('/', 1)[0] + '/')
                           if r['name'] == address.rsplit('/', 1)[1])


def opens_for_an_account_alone(world):
  a = world.node('a')
  # Who takes part in the DHT says who he is to those whom he asks there.
  me, other = (reader(world, name, a, ('--set', 'network.dht=0')) for name in ('me', 'other'))
  top = site(world, a)
  plan = top + 'private/plan.md'
  a.call('attr', 'set', top + 'private', 'access', a.identity)
  equal(get(world, me, top + 'index.md', 'account'), '# Hello\n')
  equal(me.rows('id', 'accounts'), [])  # what is open asks for nobody
  told = get(world, me, plan, 'account', code=3)
  check('account' in told['next'], told)
  mine = account_of(me, a)
  check(re.match(r'^a1-[a-z2-7]{52}$', mine['account']), mine)
  equal(mine['as'], 'account')
  a.call('attr', 'set', top + 'private', 'access', mine['account'])
  until(lambda: not get(world, me, plan, 'account', code=None).get('code'), 'let in')
  equal(read(world.path('got')).decode(), PLAN)
  # Another account is another; so is nobody, and who says who it is.
  get(world, other, plan, 'account', code=3)
  check(account_of(other, a)['account'] != mine['account'], 'two accounts')
  other.call('id', 'forget', a.identity)
  get(world, other, plan, code=3)
  get(world, other, plan, other.identity, code=3)
  # The owner sees an account, and not whose it is.
  text = str(a.call('status'))
  check(mine['account'] in text and me.identity not in text, text)


def closed_by_path_open_by_hash_attack_46(world):
  a = world.node('a')
  friend, stranger = reader(world, 'friend', a), reader(world, 'stranger', a)
  top = site(world, a)
  hashes = [hash_of(a, top + p) for p in ('private/plan.md', 'private/names/all.md', 'private/names')]
  a.call('attr', 'set', top + 'private', 'access', friend.identity)
  paths = [top + p for p in ('private/plan.md', 'private/names/all.md')]

  def closed(node, *addresses):
    nothing = node.get('net2o://h1-' + 'a' * 52, world.path('got'), code=3)
    for address in addresses:
      told = node.get(address, world.path('got'), code=3)
      if '//h1-' in address:  # 'not here' and 'not for you' are one answer
        equal([told['why'], told['next']], [nothing['why'], nothing['next']])

  closed(stranger, *paths, *hashes)
  for address in paths:
    get(world, friend, address, friend.identity)
  # At its reader, too, who is asked by somebody else.
  other = reader(world, 'other', friend)
  closed(other, *hashes)
  # Under another name; with the whole site closed; and open again as a whole.
  os.rename(world.path('site/private'), world.path('site/hidden'))
  a.call('publish', world.path('site'))
  closed(stranger, top + 'hidden/plan.md', *hashes)
  hidden = top + 'hidden/plan.md'
  until(lambda: not friend.call('get', hidden, '-o', world.path('got'), '--as', friend.identity,
                                code=None).get('code'), 'the newest tree')
  equal(read(world.path('got')).decode(), PLAN)
  a.call('attr', 'set', top, 'access', friend.identity)
  equal(a.call('attr', 'get', top, 'access')['value'], friend.identity)
  new = reader(world, 'new', a)
  closed(new, *hashes)
  for address in (top, top + 'index.md', top + 'hidden/plan.md'):
    new.get(address, world.path('got'), code=3)
  a.call('attr', 'set', top, 'access', 'public')
  until(lambda: not new.get(top + 'index.md', world.path('got'), code=None).get('code'), 'open')
  closed(new, *hashes)
  for node in (a, friend):
    node.call('fsck')


def device_of(world, new, old):
  """Makes *new* a machine of the identity of *old*; the id of its key."""
  world.write('asked', new.call('id', 'draw', 'laptop')['text'])
  world.write('added', old.call('id', 'add', world.path('asked'))['text'])
  world.write('back', new.call('id', 'import', world.path('added'))['text'])
  old.call('id', 'import', world.path('back'))
  return next(k['id'] for k in new.call('id', 'show', old.identity)['keys']
              if k.get('place') == 'here' and 'device' in k['rights'])


def removed_device_moves_the_account_attack_47(world):
  a = world.node('a')
  old, new = reader(world, 'old', a), reader(world, 'new', a)
  top = site(world, a)
  plan, names = top + 'private/plan.md', top + 'private/names/all.md'
  a.call('attr', 'set', top + 'private', 'access', a.identity)
  get(world, old, plan, 'account', code=3)
  first = account_of(old, a)['account']
  a.call('attr', 'set', top + 'private', 'access', first)
  until(lambda: not get(world, old, plan, 'account', code=None).get('code'), 'let in')
  # Two machines of one person are one account.
  key = device_of(world, new, old)
  new.call('id', 'login', old.identity)
  equal(get(world, new, plan, 'account'), PLAN)
  equal(account_of(new, a)['account'], first)
  told = old.call('id', 'revoke', old.identity, '--key', key, '--reason', 'lost')
  equal([told['accounts'], told['accounts-left']], [1, 0], told, old.log())
  second = account_of(old, a)['account']
  check(second != first, 'a new key')
  equal(get(world, old, names), 'Names.\n')
  # Who has the lost machine has the old key, and is let in no more; what was read there was read.
  get(world, new, names, 'account', code=3)
  # The owner's list stands as it was signed, and holds after he starts anew.
  equal(a.call('attr', 'get', top + 'private', 'access')['value'], first)
  a.stop()
  a.start()
  new.stop()
  new.start()
  for node in (old, new):
    until(lambda n=node: any(r.get('state') == 'up' for r in n.rows('peer', 'list')), 'link up again')
  new.call('id', 'login', old.identity, code=None)
  a.call('publish', world.path('site'))
  equal(get(world, old, plan, 'account'), PLAN)
  get(world, new, names, 'account', code=3)
  a.call('fsck')


def unreached_site_is_moved_later(world):
  a = world.node('a')
  old, new = reader(world, 'old', a), reader(world, 'new', a)
  top = site(world, a)
  plan, names = top + 'private/plan.md', top + 'private/names/all.md'
  a.call('attr', 'set', top + 'private', 'access', a.identity)
  get(world, old, plan, 'account', code=3)
  first = account_of(old, a)['account']
  a.call('attr', 'set', top + 'private', 'access', first)
  until(lambda: not get(world, old, plan, 'account', code=None).get('code'), 'let in')
  key = device_of(world, new, old)
  a.stop()
  told = old.call('id', 'revoke', old.identity, '--key', key, '--reason', 'lost')
  equal([told['accounts'], told['accounts-left']], [0, 1], told)
  equal(account_of(old, a)['account'], first)
  a.start()
  for node in (old, new):
    until(lambda n=node: any(r.get('state') == 'up' for r in n.rows('peer', 'list')), 'link up again')
  # Until he who removed it comes by, whoever has the machine is let in: that was said.
  new.call('id', 'login', old.identity, code=None)
  until(lambda: not old.call('get', names, '-o', world.path('got'), '--as', 'account', code=None).get('code'), 'moved')
  check(account_of(old, a)['account'] != first, 'a new key')
  get(world, new, plan, 'account', code=3)


def moved_before_it_is_let_in_attack_47(world):
  """The owner lists the key that he was told, and by then its account has moved on."""
  a = world.node('a')
  old, new = reader(world, 'old', a), reader(world, 'new', a)
  top = site(world, a)
  plan, names = top + 'private/plan.md', top + 'private/names/all.md'
  a.call('attr', 'set', top + 'private', 'access', a.identity)
  get(world, old, plan, 'account', code=3)
  first = account_of(old, a)['account']
  key = device_of(world, new, old)
  new.call('id', 'login', old.identity)
  get(world, new, plan, 'account', code=3)
  equal(account_of(new, a)['account'], first)
  told = old.call('id', 'revoke', old.identity, '--key', key, '--reason', 'lost')
  equal([told['accounts'], told['accounts-left']], [1, 0], told, old.log())
  check(account_of(old, a)['account'] != first, 'a new key')
  a.call('attr', 'set', top + 'private', 'access', first)
  until(lambda: not old.call('get', plan, '-o', world.path('got'), '--as', 'account', code=None).get('code'), 'let in')
  equal(read(world.path('got')).decode(), PLAN)
  for address in (plan, names):
    get(world, new, address, 'account', code=3)


def removed_device_is_put_out_attack_35(world):
  """Its connection is open, and knows it, when the site hears that it was removed."""
  a = world.node('a')
  old, new = reader(world, 'old', a), reader(world, 'new', a)
  top = site(world, a)
  plan, names = top + 'private/plan.md', top + 'private/names/all.md'
  key = device_of(world, new, old)
  new.call('id', 'login', old.identity)
  a.call('attr', 'set', top + 'private', 'access', old.identity)
  equal(get(world, new, plan, old.identity), PLAN)

  def known():
    return [r for r in a.call('status')['connections'] if r.get('identity') == old.identity]

  equal(len(known()), 1)
  old.call('id', 'revoke', old.identity, '--key', key, '--reason', 'lost')
  equal(len(known()), 1)  # nobody has told the site yet
  world.write('news', old.call('id', 'export', old.identity)['text'])
  a.call('id', 'import', world.path('news'))
  equal(known(), [])
  get(world, new, names, old.identity, code=3)
  equal(get(world, old, names, old.identity), 'Names.\n')


if __name__ == '__main__':
  run(opens_for_an_account_alone, closed_by_path_open_by_hash_attack_46,
      removed_device_moves_the_account_attack_47, unreached_site_is_moved_later,
      moved_before_it_is_let_in_attack_47, removed_device_is_put_out_attack_35)
