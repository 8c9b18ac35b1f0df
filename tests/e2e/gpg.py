# SPDX-License-Identifier: GPL-3.0-or-later
#
# gpg.py - GnuPG reads a token that the node enrolled, and the node signs in with one that GnuPG enrolled.

import importlib.util
import os
import sys

from nodes import check, equal, run, until
from sessions import ADMIN, PIN, ask, identity, reader_and_holder, readers_of, shown, visit


def load(name):
  path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + '.py')
  spec = importlib.util.spec_from_file_location(name.replace('-', '_'), path)
  module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


card_gpg, token_gpg = load('card-gpg'), load('token-gpg')


def token_of(node):
  return until(lambda: [t for t in node.rows('token', 'list') if t.get('id')], 'the token is seen')[0]


def ours_read_by_gpg(world):
  with readers_of(world) as readers:
    readers.card(0, serial='aa')
    a, b = reader_and_holder(world, **readers.env)
    ask(a, 'id', 'new', 'anna', '--token', token_of(a)['id'], pin=PIN * 4, admin_pin=ADMIN * 4)
    with card_gpg.Gpg(world, readers) as gpg:
      said = token_gpg.status(gpg)
      check(all(len(fpr) == 40 and set(fpr) != {'0'} for fpr in said['fpr'][:3]), said)
      equal(said['keyattr'][1:3], ['22', 'Ed25519'], said)
      equal(said['serial'][0], '000000AA')
      for line in gpg.run('--card-status', text=True).stdout.splitlines():
        print('# ' + line)
      # Both are at work with it.
      ask(a, 'id', 'logout', 'anna')
      ask(a, 'id', 'login', 'anna', pin=PIN)
      visit(a, b, world)
      until(lambda: shown(a) == 1, 'b knows who asks')
      equal(token_gpg.status(gpg)['fpr'], said['fpr'])


def gpgs_used_by_us(world):
  with readers_of(world) as readers:
    readers.card(0, serial='bb')
    with card_gpg.Gpg(world, readers) as gpg:
      gpg.talk('--card-edit', answers=card_gpg.GENERATE)
      theirs = token_gpg.status(gpg)['fpr']
      a, b = reader_and_holder(world, **readers.env)
      token = token_of(a)
      equal(sorted(k['slot'] for k in token['keys']), ['login', 'open', 'sign'])
      ask(a, 'id', 'new', 'anna', '--token', token['id'], code=1, pin=PIN * 4, admin_pin=ADMIN * 4)
      ask(a, 'id', 'new', 'anna', '--token', token['id'], '--keep', pin=PIN * 4)
      equal(sorted(k['id'] for k in identity(a, 'anna')['keys'] if k['place'] == 'token'),
            sorted(k['key'] for k in token['keys']))
      ask(a, 'id', 'logout', 'anna')
      ask(a, 'id', 'login', 'anna', pin=PIN)
      visit(a, b, world)
      until(lambda: shown(a) == 1, 'b knows who asks')
      equal(token_gpg.status(gpg)['fpr'], theirs)
      world.write('text', 'of both')
      gpg.run('--armor', '--detach-sign', '--output', world.path('text.sig'), world.path('text'))


if __name__ == '__main__':
  run(ours_read_by_gpg, gpgs_used_by_us)
