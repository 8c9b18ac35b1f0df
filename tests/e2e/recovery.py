# SPDX-License-Identifier: GPL-3.0-or-later
#
# recovery.py - from an empty profile and the printed sheet to a successor that a contact accepts; and what a thief with
#               every working key can not do.

import os
import shutil

from nodes import Node, check, equal, run, until
from sessions import ask


def linked(node, other):
  node.call('peer', 'add', other.endpoint, other.identity)
  until(lambda: any(r.get('state') == 'up' and r.get('identity') == other.identity for r in node.rows('peer', 'list')), 'link up')


def printed(node, name):
  """The words of the sheet; tested, so that nothing of it is kept on this machine."""
  words = node.call('id', 'sheet', name)['words']
  equal(len(words.split()), 13)
  ask(node, 'id', 'sheet', name, '--test', words=b'abandon ' * 13 + b'\n', code=6)
  equal(node.call('id', 'show', name)['sheet'], 'shown')
  ask(node, 'id', 'sheet', name, '--test', words=words.encode() + b'\n')
  equal(node.call('id', 'show', name)['sheet'], 'done')
  node.call('id', 'sheet', name, code=3)
  return words.encode() + b'\n'


def contact(world, who):
  """Somebody who met that one, and calls her anna."""
  bob = world.node('bob')
  linked(bob, who)
  bob.call('id', 'contact', who.identity, '--name', 'anna', '--met')
  bob.get('net2o://anna/', world.path('got'))
  equal(bob.call('id', 'trust', 'anna')['verdict'], 'go')
  return bob


def lost(world):
  """Anna's machine with a page; its name for herself is 'default'."""
  anna = world.node('anna')
  world.write('site/index.md', '# Anna\n')
  anna.call('publish', world.path('site'))
  return anna


def from_an_empty_profile(world):
  anna = lost(world)
  sheet = printed(anna, 'default')
  old = anna.identity
  world.write('old.txt', anna.call('id', 'export')['text'])
  bob = contact(world, anna)
  anna.kill()
  shutil.rmtree(anna.profile)  # the machine is gone

  new = world.node('new')
  world.write('site/index.md', '# Anna again\n')
  new.call('publish', world.path('site'))
  # Nothing is known here of who she was but the paper, and what she exported once.
  ask(new, 'id', 'revoke', old, '--sheet', '--successor', 'default', words=sheet, code=3)
  done = ask(new, 'id', 'revoke', old, '--sheet', '--successor', 'default', '--statements', world.path('old.txt'),
             words=sheet)
  check(b'NET2O' in done.stdout, done)
  world.write('end.txt', new.call('id', 'export', old)['text'])

  bob.call('id', 'import', world.path('end.txt'))
  world.write('new.txt', new.call('id', 'export')['text'])
  bob.call('id', 'import', world.path('new.txt'))
  linked(bob, new)
  told = bob.call('id', 'trust', old)
  equal(told['verdict'], 'stop')
  equal([(r['code'], r.get('who')) for r in told['reasons'] if r['code'] == 'ended'], [('ended', new.identity)])
  # His name for her leads to the successor, and says why.
  told = bob.call('id', 'trust', 'anna')
  equal(told['identity'], new.identity)
  check(told['verdict'] in ('go', 'note'), told)
  check('succeeded' in [r['code'] for r in told['reasons']], told)
  bob.get('net2o://anna/', world.path('got'))
  with open(world.path('got')) as f:
    equal(f.read(), '# Anna again\n')


def the_thief(world):
  anna = lost(world)
  sheet = printed(anna, 'default')
  bob = contact(world, anna)
  # He has all that was on her machine, every working key, and a sheet of his own.
  anna.stop()
  shutil.copytree(anna.profile, world.path('thief'), ignore=shutil.ignore_patterns('bus', 'lock'))
  thief = Node(world, 'thief')
  world.nodes.append(thief)
  thief.start()
  equal(thief.identity, anna.identity)
  thief.call('id', 'new', 'heir')
  own_sheet = thief.call('id', 'sheet', 'heir')['words'].encode() + b'\n'
  thief.call('id', 'sheet', 'default', code=3)  # nothing of it is left
  for words, code in ((own_sheet, 4), (b'abandon ' * 13 + b'\n', 6), (sheet.split(b' ', 1)[1], 6), (b'\n', 1)):
    ask(thief, 'id', 'revoke', anna.identity, '--sheet', '--successor', 'heir', words=words, code=code)
    equal(thief.call('id', 'show', anna.identity)['state'], 'live')
  # An end by the sheet of another identity is no end of this one, wherever it is taken in.
  ask(thief, 'id', 'revoke', 'heir', '--sheet', words=own_sheet)
  world.write('forged.txt', thief.call('id', 'export', 'heir')['text'])
  bob.call('id', 'import', world.path('forged.txt'))
  linked(bob, thief)
  equal([r['code'] for r in bob.call('id', 'trust', 'anna')['reasons'] if r['code'] in ('ended', 'ends-differ', 'frozen')], [])
  thief.stop()

  # The sheet's owner can, from an empty profile; bob accepts whom she names, and the thief's copy is over.
  new = world.node('new')
  world.write('old.txt', bob.call('id', 'export', anna.identity)['text'])
  ask(new, 'id', 'revoke', anna.identity, '--sheet', '--successor', 'default', '--statements', world.path('old.txt'), words=sheet)
  world.write('end.txt', new.call('id', 'export', anna.identity)['text'])
  bob.call('id', 'import', world.path('end.txt'))
  told = bob.call('id', 'trust', 'anna')
  equal(told['identity'], new.identity)
  thief.start()
  linked(bob, thief)
  bob.call('get', f'net2o://{anna.identity}/', '-o', world.path('got2'), code=6)
  check(not os.path.exists(world.path('got2')))


if __name__ == '__main__':
  run(from_an_empty_profile, the_thief)
