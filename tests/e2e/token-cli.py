#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# token-cli.py - net2o token over a real node and virtual cards: enrolled, backed up, cloned; PINs changed, blocked
# and unblocked; touched with a count-down; pulled while a person types.
import json
import os
import subprocess
import sys

from identity import Person, ask
from nodes import Skip, check, equal, run, until

sys.path.insert(0, os.environ.get('CARDS', os.path.join(os.path.dirname(__file__), '..', 'card')))
from pcscd import Readers, missing  # noqa: E402

PIN, ADMIN = b'123456\n', b'12345678\n'


def node_with(world, readers, *cards):
  before = os.environ.get('PCSCLITE_CSOCK_NAME')
  os.environ.update(readers.env)
  try:
    a = world.node('a')
  finally:
    os.environ.pop('PCSCLITE_CSOCK_NAME')
    if before:
      os.environ['PCSCLITE_CSOCK_NAME'] = before
  until(lambda: len([t for t in a.rows('token', 'list') if t.get('id')]) == len(cards), 'all tokens are seen')
  return a


def readers_of(world):
  if missing():
    raise Skip(missing())
  return Readers(world.folder)


def token(node, reader):
  return next(row for row in node.rows('token', 'list') if row['reader'] == reader)


def keys(node, reader):
  return {key['slot']: key['key'] for key in token(node, reader)['keys']}


def places(node, name):
  return sorted((key['token-name'], key['slot']) for key in ask(node, 'id', 'show', name)['keys'] if key['place'] == 'token')


def backup(world):
  """Two tokens, each with keys of its own; one is lost, and the other goes on."""
  with readers_of(world) as readers:
    one, two = readers.card(0, serial='aa'), readers.card(1, serial='bb')
    a = node_with(world, readers, one, two)
    first, second = readers.names
    equal(token(a, first)['serial'], 'FFFE 000000AA')
    anna = ask(a, 'id', 'new', 'anna', '--token', 'fffe 000000aa', pin=PIN, admin_pin=ADMIN)['address']
    equal(token(a, first)['owner'], anna)
    check('owner' not in token(a, second))
    ask(a, 'token', 'backup', second, '--identity', 'anna', pin=PIN * 2, admin_pin=ADMIN)
    equal(token(a, second)['owner'], anna)
    check(not set(keys(a, first).values()) & set(keys(a, second).values()), 'keys of its own')
    equal(places(a, 'anna'), sorted((name, slot) for name in ('OpenPGP AA', 'OpenPGP BB')
                                    for slot in ('login', 'open', 'sign')))
    one.pull()
    until(lambda: not token(a, first).get('id'), 'the first one is away')
    ask(a, 'id', 'login', 'anna', pin=PIN)
    lost = next(key['id'] for key in ask(a, 'id', 'show', 'anna')['keys']
                if key.get('token-name') == 'OpenPGP AA' and key['slot'] == 'login')
    ask(a, 'id', 'revoke', 'anna', '--key', lost, '--reason', 'lost', pin=PIN)
    check(('OpenPGP AA', 'login') not in places(a, 'anna'))
    # Whoever has it changes nothing any more, either.  The last key that does cannot go.
    sign = {key['token-name']: key['id'] for key in ask(a, 'id', 'show', 'anna')['keys']
            if key['place'] == 'token' and key['slot'] == 'sign'}
    ask(a, 'id', 'revoke', 'anna', '--key', sign['OpenPGP AA'], '--reason', 'lost', pin=PIN)
    check(('OpenPGP AA', 'sign') not in places(a, 'anna'), places(a, 'anna'))
    refused = ask(a, 'id', 'revoke', 'anna', '--key', sign['OpenPGP BB'], '--reason', 'lost', code=4, pin=PIN)
    check(('OpenPGP BB', 'sign') in places(a, 'anna'), refused)
    ask(a, 'id', 'login', 'anna', pin=PIN)


def twins(world):
  """Two tokens with one number, as test cards have it: told apart by their readers, each is the backup of the other."""
  with readers_of(world) as readers:
    one, two = readers.card(0, serial='0'), readers.card(1, serial='0')
    a = node_with(world, readers, one, two)
    first, second = readers.names
    check(token(a, first)['id'] != token(a, second)['id'])
    a.call('token', 'touch', 'fffe 00000000', 'login', 'on', code=2)  # which of the two?
    anna = ask(a, 'id', 'new', 'anna', '--token', first, pin=PIN, admin_pin=ADMIN)['address']
    check('owner' not in token(a, second))
    ask(a, 'token', 'backup', second, '--identity', 'anna', pin=PIN * 2, admin_pin=ADMIN)
    equal([token(a, name).get('owner') for name in readers.names], [anna, anna])
    check(not set(keys(a, first).values()) & set(keys(a, second).values()), 'keys of its own')
    one.pull()
    until(lambda: not token(a, first).get('id'), 'the first one is away')
    ask(a, 'id', 'login', 'anna', pin=PIN)
    two.pull()
    until(lambda: not ask(a, 'id', 'show', 'anna').get('signed-in'), 'the session ends with its token')


def clones(world):
  """The same keys on both, nobody's; an owner's are not overwritten."""
  with readers_of(world) as readers:
    cards = readers.card(0, serial='aa'), readers.card(1, serial='bb')
    a = node_with(world, readers, *cards)
    ask(a, 'token', 'clone', *readers.names, pin=PIN * 2, admin_pin=ADMIN * 2)
    one, two = (keys(a, name) for name in readers.names)
    equal(one, two)
    equal(sorted(one), ['login', 'open', 'sign'])
    again = ask(a, 'token', 'clone', *readers.names, code=1, pin=PIN * 2, admin_pin=ADMIN * 2)
    check(again['why'] and again['next'], again)
    equal(keys(a, readers.names[0]), one)


def pins(world):
  """Changed, wrong, blocked, unblocked: tries count down, and nothing is tried twice."""
  with readers_of(world) as readers:
    a = node_with(world, readers, readers.card(0, serial='aa'))
    ask(a, 'id', 'new', 'anna', '--token', 'any', pin=PIN, admin_pin=ADMIN)
    ask(a, 'token', 'pin', pin=PIN + b'654321\n')
    wrong = ask(a, 'id', 'login', 'anna', code=7, pin=PIN)
    equal(wrong['why'], 'the PIN is wrong')
    equal(token(a, readers.names[0])['tries'], 2)
    ask(a, 'id', 'login', 'anna', pin=b'654321\n')
    ask(a, 'id', 'logout', 'anna')
    equal(token(a, readers.names[0])['tries'], 3)
    ask(a, 'id', 'login', 'anna', code=7, pin=PIN)
    ask(a, 'id', 'login', 'anna', code=7, pin=PIN)
    equal(token(a, readers.names[0])['tries'], 1)
    last = ask(a, 'id', 'login', 'anna', code=7, pin=PIN)
    equal((last['why'], token(a, readers.names[0])['tries']), ('only one try is left for this PIN', 1))
    ask(a, 'id', 'login', 'anna', '--last-try', code=7, pin=PIN)
    equal(token(a, readers.names[0])['tries'], 0)
    ask(a, 'id', 'login', 'anna', code=7, pin=b'654321\n')
    ask(a, 'token', 'pin', '--unblock', pin=b'112233\n', admin_pin=ADMIN)
    ask(a, 'id', 'login', 'anna', pin=b'112233\n')


# Says APDUs to a card, as another program might: argument: its reader; then they.
APDUS = r'''
import ctypes, struct, sys
p = ctypes.CDLL('libpcsclite.so.1'); c = ctypes.c_long(); h = ctypes.c_long(); a = ctypes.c_ulong()
assert not p.SCardEstablishContext(2, None, None, ctypes.byref(c))
assert not p.SCardConnect(c, sys.argv[1].encode(), 2, 3, ctypes.byref(h), ctypes.byref(a))
for line in sys.argv[2:]:
  apdu = bytes.fromhex(line); out = ctypes.create_string_buffer(300); n = ctypes.c_ulong(300)
  assert not p.SCardTransmit(h, struct.pack('LL', a.value, 16), apdu, ctypes.c_ulong(len(apdu)), None, out, ctypes.byref(n))
  print(out.raw[n.value - 2:n.value].hex())
p.SCardDisconnect(h, 1)
'''


def unblocked_by_reset_code(world):
  """The PIN is blocked, and the admin PIN, too: the reset code helps, and nothing else does."""
  with readers_of(world) as readers:
    a = node_with(world, readers, readers.card(0, serial='aa'))
    ask(a, 'id', 'new', 'anna', '--token', 'any', pin=PIN, admin_pin=ADMIN)
    wrong = ['0020008106' + b'999999'.hex()] * 3 + ['0020008308' + b'99999999'.hex()] * 3
    said = subprocess.run([sys.executable, '-c', APDUS, readers.names[0], '00a4040006d27600012401',
                           '0020008308' + ADMIN.strip().hex(), '00da00d308' + b'33333333'.hex(), *wrong],
                          env={**os.environ, **readers.env}, capture_output=True, text=True, timeout=60)
    equal(said.stdout.split()[:3], ['9000'] * 3, said.stdout, said.stderr)
    until(lambda: token(a, readers.names[0])['tries'] == 0, 'it is blocked')
    ask(a, 'id', 'login', 'anna', code=7, pin=PIN)
    ask(a, 'token', 'pin', '--unblock', code=7, pin=b'112233\n', admin_pin=b'44444444\n')
    ask(a, 'token', 'pin', '--unblock', pin=b'112233\n', admin_pin=b'33333333\n')
    equal(token(a, readers.names[0])['tries'], 3)
    ask(a, 'id', 'login', 'anna', pin=b'112233\n')


def touch(world):
  """A person types a PIN, sees the seconds, and touches."""
  with readers_of(world) as readers:
    card = readers.card(0, serial='aa', touch='tap')
    a = node_with(world, readers, card)
    ask(a, 'id', 'new', 'anna', '--token', 'any', pin=PIN, admin_pin=ADMIN)
    ask(a, 'token', 'touch', 'login', 'on', admin_pin=ADMIN)
    equal(token(a, readers.names[0])['touch'], ['login'])
    refused = ask(a, 'token', 'touch', 'login', 'fixed', code=4, admin_pin=ADMIN)
    check('--consent' in refused['next'], refused)
    person = Person(a, 'id', 'login', 'anna')
    person.type(b'PIN of OpenPGP AA (3 tries left):', PIN)
    person.read(b'Touch OpenPGP AA. ')
    person.read(b' s')
    card.tap()
    person.read(b'Signed in until')
    person.end()
    check(b'123456' not in person.screen, person.screen)


def pulled(world):
  """The card is gone while a PIN is wanted: it is asked for, and what was typed serves when it is back."""
  with readers_of(world) as readers:
    card = readers.card(0, serial='aa')
    a = node_with(world, readers, card)
    ask(a, 'id', 'new', 'anna', '--token', 'any', pin=PIN, admin_pin=ADMIN)
    person = Person(a, 'id', 'login', 'anna')
    person.read(b'PIN of OpenPGP AA (3 tries left):')
    card.pull()
    os.write(person.master, PIN)
    person.read(b'Plug in OpenPGP AA.')
    card.insert()
    person.read(b'Signed in until')
    person.end()
    ask(a, 'id', 'logout', 'anna')
    refused = Person(a, 'id', 'login', 'anna')
    refused.type(b'tries left):', b'\n')
    refused.end(7)
    equal(token(a, readers.names[0])['tries'], 3)
    ask(a, 'id', 'login', 'anna', pin=PIN)


if __name__ == '__main__':
  run(backup, twins, clones, pins, unblocked_by_reset_code, touch, pulled)
