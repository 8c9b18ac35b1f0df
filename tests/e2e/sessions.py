#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# sessions.py - signed in with a virtual token, by a real node: proven to a holder while the session lasts, and closed
# at once when the card is pulled, the user signs out or the screen is locked.
import os
import signal
import subprocess
import sys
import time

from nodes import NET2O, Skip, check, equal, run, until

sys.path.insert(0, os.environ.get('CARDS', os.path.join(os.path.dirname(__file__), '..', 'card')))
from pcscd import Readers, missing  # noqa: E402

PIN, ADMIN = b'123456\n', b'12345678\n'


def readers_of(world):
  if missing():
    raise Skip(missing())
  return Readers(world.folder)


def ask(node, *arguments, code=0, **secrets):
  """A call whose PINs come by descriptors: pin=, admin_pin=, passphrase=, words=."""
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
  check(code is None or done.returncode == code, done.returncode, arguments, done.stdout.decode(), done.stderr.decode(), node.log())
  return done


def identity(node, name):
  return node.call('id', 'show', name)


def tokens(node):
  rows = node.call('token', 'list', code=None)
  return [row for row in (rows if isinstance(rows, list) else [rows]) if row.get('id')]


def shown(node):
  """To how many does it show who it is?"""
  return sum(bool(row.get('shown')) for row in node.call('status').get('connections', []))


def reader_and_holder(world, *options, **environment):
  """One that may show who it is, and one that has something to read."""
  before = {key: os.environ.get(key) for key in environment}
  os.environ.update(environment)
  try:
    a = world.node('a', options=('--set', 'node.show-identity=2', *options))
  finally:
    for key, value in before.items():
      os.environ.pop(key) if value is None else os.environ.update({key: value})
  b = world.node('b')
  world.write('site/page.txt', 'for whom it concerns')
  b.call('publish', world.path('site'))
  a.call('peer', 'add', b.endpoint, b.identity)
  until(lambda: any(r.get('state') == 'up' for r in a.rows('peer', 'list')), 'a line to b')
  return a, b


def visit(a, b, world):
  a.get(f'net2o://{b.identity}/page.txt', world.path('got.txt'))


def on_a_token(world):
  with readers_of(world) as readers:
    card = readers.card(0, serial='aa')
    a, b = reader_and_holder(world, **readers.env)
    token = until(lambda: tokens(a), 'the token is seen')[0]
    ask(a, 'id', 'new', 'anna', '--token', token['id'], pin=PIN * 4, admin_pin=ADMIN * 4)
    anna = identity(a, 'anna')
    # What is on it is not lost by a slip.
    done = ask(a, 'id', 'new', 'berta', '--token', token['id'], code=None, pin=PIN * 4, admin_pin=ADMIN * 4)
    check(b'"EXISTS"' in done.stdout + done.stderr, done)
    equal([row['name'] for row in a.rows('id', 'list')], ['default', 'anna'])
    check(anna['needs-token'] and not anna['signed-in'], anna)
    places = sorted((key['slot'], key['rights']) for key in anna['keys'] if key['place'] == 'token')
    equal(places, [('login', 'session'), ('open', 'open'), ('sign', 'control')], anna)
    equal({key['token'] for key in anna['keys'] if key['place'] == 'token'}, {token['id']})
    # Nobody is told who we are before.
    visit(a, b, world)
    ask(a, 'id', 'logout', '--all')
    ask(a, 'id', 'login', 'anna', pin=PIN)
    check(identity(a, 'anna')['signed-in'])
    # Who publishes is chosen, and who is known by the token can be.
    chosen = a.call('id', 'settings', '--publisher', 'anna')
    equal(chosen['publisher'], anna['address'])
    equal([row['name'] for row in a.rows('id', 'list') if row['publishes']], ['anna'])
    equal(a.call('publish', world.path('site'))['by_key'], f'net2o://{anna["address"]}/')
    visit(a, b, world)
    until(lambda: shown(a) == 1, 'b knows who asks')
    until(lambda: any(row.get('identity') == anna['address'] for row in b.call('status')['connections']),
          'b says who asks')
    card.pull()
    until(lambda: not identity(a, 'anna')['signed-in'], 'the session ends with the token')
    equal(shown(a), 0)
    until(lambda: not any(row.get('identity') == anna['address'] for row in b.call('status')['connections']),
          'its connection is closed')
    visit(a, b, world)
    equal(shown(a), 0, 'nothing signs in by itself')
    card.insert()
    ask(a, 'id', 'login', 'anna', pin=PIN)
    until(lambda: shown(a) == 1, 'what is open learns it too')
    ask(a, 'id', 'logout', 'anna')
    equal(shown(a), 0, 'closed when it answers')
    b.call('peer', 'add', a.endpoint, anna['address'])
    b.get(f'net2o://{anna["address"]}/page.txt', world.path('got-of-anna.txt'))


def token_may_go(world):
  """identity.token-removed=0: a pulled token ends nothing."""
  with readers_of(world) as readers:
    card = readers.card(0, serial='ac')
    a, b = reader_and_holder(world, '--set', 'identity.token-removed=0', '--set', 'identity.hours=3', **readers.env)
    token = until(lambda: tokens(a), 'the token is seen')[0]
    ask(a, 'id', 'new', 'anna', '--token', token['id'], pin=PIN * 4, admin_pin=ADMIN * 4)
    ask(a, 'id', 'login', 'anna', pin=PIN)
    left = identity(a, 'anna')['until'] / 1e6 - time.time()
    check(2.9 * 3600 < left <= 3 * 3600, left)
    card.pull()
    until(lambda: not tokens(a), 'the token is gone')
    visit(a, b, world)
    until(lambda: shown(a) == 1, 'the session goes on')
    # What the operator says is not the user's to change.
    now = a.call('id', 'settings')
    equal((now['hours'], now['token-removed'], now['fixed']), (3, False, 'hours token-removed'))
    ask(a, 'id', 'settings', '--hours', '4', code=4)


def token_is_to_go(world):
  """net2o id settings: at once, and after the next start."""
  with readers_of(world) as readers:
    card = readers.card(0, serial='ad')
    a, b = reader_and_holder(world, **readers.env)
    token = until(lambda: tokens(a), 'the token is seen')[0]
    ask(a, 'id', 'new', 'anna', '--token', token['id'], pin=PIN * 4, admin_pin=ADMIN * 4)
    equal(a.call('id', 'settings', '--token-removed', 'no', '--hours', '2')['token-removed'], False)

    def stays():
      ask(a, 'id', 'login', 'anna', pin=PIN)
      left = identity(a, 'anna')['until'] / 1e6 - time.time()
      check(1.9 * 3600 < left <= 2 * 3600, left)
      card.pull()
      until(lambda: not tokens(a), 'the token is gone')
      check(identity(a, 'anna')['signed-in'], 'the session goes on')
      card.insert()
      until(lambda: tokens(a), 'the token is back')

    stays()
    a.stop()
    before = {key: os.environ.get(key) for key in readers.env}
    os.environ.update(readers.env)
    a.start()
    for key, value in before.items():
      os.environ.pop(key) if value is None else os.environ.update({key: value})
    until(lambda: tokens(a), 'the token is seen again')
    stays()
    a.call('id', 'settings', '--token-removed', 'yes')
    card.pull()
    until(lambda: not identity(a, 'anna')['signed-in'], 'from now on it ends with the token')


def nobody_to_ask(world):
  """Without an agent a PIN is refused in words, and the order is given up; a wrong one costs one try."""
  with readers_of(world) as readers:
    readers.card(0, serial='ab')
    a, _ = reader_and_holder(world, **readers.env)
    token = until(lambda: tokens(a), 'the token is seen')[0]
    done = ask(a, 'id', 'new', 'anna', '--token', token['id'], code=7)
    check(b'"TOKEN"' in done.stderr + done.stdout, done)
    ask(a, 'id', 'new', 'anna', '--token', token['id'], pin=PIN * 4, admin_pin=ADMIN * 4)
    ask(a, 'id', 'login', 'anna', code=7, pin=b'654321\n')
    equal(until(lambda: tokens(a), 'the token')[0]['tries'], 2)


def locked_file(world):
  """The node listens before its keys are open, and says what is missing."""
  a, _ = reader_and_holder(world)
  ask(a, 'id', 'passphrase', passphrase=b'correct horse\n')
  a.stop()
  a.start()
  equal(a.identity, 'locked')
  answer = a.call('id', 'list', code=None)
  equal(answer.get('error'), 'STATE', answer)
  a.call('status')
  ask(a, 'id', 'unlock', passphrase=b'correct horse\n')
  check(a.call('id', 'list')['default'])
  # A crash locks them again; what needs no key goes on.
  os.kill(a.pid('keys'), signal.SIGKILL)
  until(lambda: a.log().count('their passphrase is wanted') == 2, 'locked again')
  check(a.call('id', 'list')['default'])
  check(a.call('id', 'login', code=None).get('error') in ('STATE', 'REFUSED'))  # or nobody says the passphrase
  ask(a, 'id', 'unlock', passphrase=b'correct horse\n')
  a.call('id', 'login')


# A service of the desktop: owns a name on a bus, and says of the screen what it is told.
SERVICE = r'''
import sys
import dbus, dbus.mainloop.glib, dbusmock
dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
name, path, interface, uid = sys.argv[1:]
bus = dbus.bus.BusConnection(sys.stdin.readline().strip())
service = dbus.service.BusName(name, bus, do_not_queue=True)
user = dbus.Struct((dbus.UInt32(int(uid)), dbus.ObjectPath('/user')), signature='uo')
mock = dbusmock.mockobject.DBusMockObject(service, path, interface, {'User': user}, is_object_manager=False)
import threading
from gi.repository import GLib
loop = GLib.MainLoop()
def read():
  for line in sys.stdin:
    signal, signature, *arguments = line.split()
    values = [{'true': dbus.Boolean(True), 'false': dbus.Boolean(False)}[a] for a in arguments]
    GLib.idle_add(lambda: mock.EmitSignal(interface, signal, signature.strip('-'), values) and False)
  GLib.idle_add(loop.quit)
threading.Thread(target=read, daemon=True).start()
print('there', flush=True)
loop.run()
'''
PYTHON = '/usr/bin/python3'  # the one that the system's modules are for


class Bus:
  """A message bus of our own; its address is in `address`."""

  def __init__(self, world):
    self.world = world
    self.process = world.run(['dbus-daemon', '--session', '--nofork', '--print-address=1', '--address',
                              'unix:dir=' + world.folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True)
    self.address = self.process.stdout.readline().strip()

  def service(self, name, path, interface, uid=os.geteuid()):
    process = self.world.run([PYTHON, '-c', SERVICE, name, path, interface, str(uid)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    process.stdin.write(self.address + '\n')
    process.stdin.flush()
    equal(process.stdout.readline(), 'there\n')
    return process


def say(service, line):
  service.stdin.write(line + '\n')
  service.stdin.flush()


def locked_screen(world):
  if subprocess.run([PYTHON, '-c', 'import dbusmock, gi'], capture_output=True).returncode:
    raise Skip('no dbusmock')
  bus = Bus(world)
  saver = bus.service('org.gnome.ScreenSaver', '/org/gnome/ScreenSaver', 'org.gnome.ScreenSaver')
  stranger = bus.service('org.example.Saver', '/org/gnome/ScreenSaver', 'org.gnome.ScreenSaver')
  a, b = reader_and_holder(world, DBUS_SESSION_BUS_ADDRESS=bus.address, DBUS_SYSTEM_BUS_ADDRESS=bus.address)
  check(a.pid('screen'))
  visit(a, b, world)
  until(lambda: shown(a) == 1, 'it shows who it is')
  say(stranger, 'ActiveChanged b true')  # anybody can say that, but only the owner of the name counts
  stranger.stdin.close()
  stranger.wait()  # it has said so
  say(saver, 'ActiveChanged b false')
  until(lambda: 'the screen is unlocked' in a.log(), 'the owner is heard')
  check('the screen is locked' not in a.log(), 'a stranger is believed')
  equal(shown(a), 1)
  say(saver, 'ActiveChanged b true')
  until(lambda: shown(a) == 0, 'a locked screen closes what was proven')
  check(a.call('id', 'list')['signed-out'], 'signed out')
  visit(a, b, world)
  equal(shown(a), 0)
  say(saver, 'ActiveChanged b false')
  until(lambda: not a.call('id', 'list')['signed-out'], 'who needs no token comes back')
  until(lambda: shown(a) == 1, 'and is shown again')
  # The same by login1, of a session of this user only.
  login1 = 'org.freedesktop.login1', '/org/freedesktop/login1/session/_31', 'org.freedesktop.login1.Session'
  other = bus.service(*login1, uid=os.geteuid() + 1)
  say(other, 'Lock -')
  other.stdin.close()
  other.wait()
  own = bus.service(*login1)
  say(own, 'Unlock -')
  until(lambda: a.log().count('the screen is unlocked') == 3, 'login1 is heard')
  equal(a.log().count('the screen is locked'), 1, 'the session of another user counts')
  say(own, 'Lock -')
  until(lambda: shown(a) == 0, 'a lock by login1 closes')
  say(own, 'Unlock -')
  until(lambda: not a.call('id', 'list')['signed-out'], 'and its end opens')
  visit(a, b, world)
  until(lambda: shown(a) == 1, 'and it is shown')
  # As the user likes it.
  a.call('id', 'settings', '--screen-locked', 'no')
  n_said = a.log().count('the screen is unlocked')
  say(saver, 'ActiveChanged b true')
  say(saver, 'ActiveChanged b false')
  until(lambda: a.log().count('the screen is unlocked') > n_said, 'it is heard')
  equal(a.log().count('the screen is locked'), 2, 'and means nothing')
  equal(shown(a), 1)
  # Off: no process hears of it.
  c = world.node('c', options=('--set', 'identity.screen-locked=0'))
  check('net2o-screen' not in c.pids(), c.pids())


if __name__ == '__main__':
  run(on_a_token, token_may_go, token_is_to_go, nobody_to_ask, locked_file, locked_screen)
