#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# token-life.py - tokens come, go, wait, are held by others, and the service dies: n2_tokens over a pcscd of ours.
import os
import subprocess
import sys
import threading
import time

from nodes import Skip, check, equal, run, until

sys.path.insert(0, os.environ.get('CARDS', os.path.join(os.path.dirname(__file__), '..', 'card')))
from pcscd import Readers, missing  # noqa: E402

TALK = os.environ.get('TOKEN_TALK', 'token-talk')
ADMIN, PIN = 'admin=12345678', 'pin=123456'
PATIENCE_S = 20
# Another program: connects and does what its lines say, until its input ends.
OTHER = r'''
import ctypes, struct, sys
p = ctypes.CDLL('libpcsclite.so.1'); c = ctypes.c_long(); h = ctypes.c_long(); a = ctypes.c_ulong()
assert not p.SCardEstablishContext(2, None, None, ctypes.byref(c))
share = {'exclusive': 1, 'shared': 2}[sys.argv[2]]
code = p.SCardConnect(c, sys.argv[1].encode(), share, 3, ctypes.byref(h), ctypes.byref(a)) & 0xffffffff
print('connected' if not code else f'refused {code:08x}', flush=True)
for line in sys.stdin:
  line = line.strip()
  if line == 'leave':
    p.SCardDisconnect(h, 0)
    print('left', flush=True)
    continue
  if line == 'reset':
    p.SCardDisconnect(h, 1)
    p.SCardConnect(c, sys.argv[1].encode(), share, 3, ctypes.byref(h), ctypes.byref(a))
    print('reset', flush=True)
    continue
  apdu = bytes.fromhex(line); out = ctypes.create_string_buffer(300); n = ctypes.c_ulong(300)
  code = p.SCardTransmit(h, struct.pack('LL', a.value, 16), apdu, ctypes.c_ulong(len(apdu)), None, out, ctypes.byref(n))
  print(out.raw[:n.value].hex() if not code else f'error {code & 0xffffffff:08x}', flush=True)
'''


class Lines:
  """A program by lines: what it said is kept, wait() looks at each line once."""

  def __init__(self, command, env):
    self.lines, self.seen, self.more = [], 0, threading.Condition()
    self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                    env={**os.environ, **env})
    self.thread = threading.Thread(target=self._read, daemon=True)
    self.thread.start()

  def _read(self):
    for line in self.process.stdout:
      with self.more:
        self.lines.append(line.rstrip('\n'))
        self.more.notify_all()

  def tell(self, line):
    self.process.stdin.write(line + '\n')
    self.process.stdin.flush()

  def wait(self, begin, has='', seconds=PATIENCE_S):
    """The next line that begins so and has that in it; what came before is passed over."""
    end = time.monotonic() + seconds
    with self.more:
      while True:
        for place in range(self.seen, len(self.lines)):
          line = self.lines[place]
          if line.startswith(begin) and has in line:
            self.seen = place + 1
            return line
        if not self.more.wait(max(0, end - time.monotonic())):
          raise AssertionError(f'no {begin!r} with {has!r}, but {self.lines[self.seen:]} after {self.lines[:self.seen]}')

  def wait_since(self, mark, begin, has=''):
    """A line since that mark, len(lines) of then, whatever else was waited for meanwhile."""
    return until(lambda: next((line for line in self.lines[mark:] if line.startswith(begin) and has in line), None),
                 f'{begin!r} with {has!r}')

  def ask(self, line):
    self.tell(line)
    return int(self.wait('asked').split()[1])

  def job(self, line, code='ok'):
    """Asks and waits for the end; returns its values."""
    number = self.ask(line)
    done = self.wait(f'done {number} ').split()
    equal(done[2], code, done)
    return values(done)

  def close(self):
    self.process.stdin.close()
    code = self.process.wait(30)
    self.thread.join()
    self.process.stdout.close()
    return code

  def __enter__(self):
    return self

  def __exit__(self, kind, value, trace):
    if self.process.poll() is None:
      self.close()


def values(words):
  return dict(word.split('=', 1) for word in words if '=' in word)


def talk(readers, **env):
  return Lines([TALK], {**readers.env, **env})


def other(readers, slot, share='shared'):
  program = Lines([sys.executable, '-c', OTHER, readers.names[slot], share], readers.env)
  return program


def readers_of(world, **options):
  if missing():
    raise Skip(missing())
  return Readers(world.folder, **options)


def enrol(t, reader, *more):
  """A key to log in with; its text."""
  return t.job(f'generate reader={reader} slot=2 method=1 {ADMIN}')['key']


def in_and_out(world):
  with readers_of(world) as readers, talk(readers) as t:
    begun = time.monotonic()
    t.wait('service ok')
    t.wait('token', 'reader=0 state=no-card')
    t.job('look reader=0', 'no-card')
    t.job('look', 'no-card')
    t.job('look reader=7', 'no-reader')
    card = readers.card(0, serial='aa')
    t.wait('token', 'reader=0 state=ok serial=000000aa tries=3,0,3')
    key = enrol(t, 0)
    t.job(f'sign key={key}', 'pin-needed')
    equal(len(t.job(f'sign key={key} {PIN}')['output']), 128)
    took = []
    for _ in range(9):
      asked = time.monotonic()
      t.job(f'sign key={key} {PIN}')
      took.append(time.monotonic() - asked)
    check(sorted(took)[4] < 0.15, 'a log-in takes too long beyond the card', took)
    for _ in range(2):
      card.pull()
      t.wait('token', 'reader=0 state=no-card')
      t.job(f'sign key={key} {PIN}', 'key-absent')
      card.insert()
      t.wait('token', f'aut={key}')
    card.pull()  # and back, before anybody looks twice
    card.insert()
    t.job(f'sign key={key} {PIN}')
    # It waits without work: what it needed is a small part of the time that passed.
    t.tell('cpu')
    after = t.wait('cpu').split()
    check(int(after[1]) < 200 * (time.monotonic() - begun), 'it spins', after, time.monotonic() - begun)
    equal(after[3], '2')
    t.tell('count')
    equal(t.wait('count'), 'count 2')
    equal(t.close(), 0)
    check('closed 1' in t.lines[-1], t.lines)


def two_tokens(world):
  """A backup is found by its keys, whatever reader it is in."""
  with readers_of(world) as readers, talk(readers) as t:
    cards = [readers.card(slot, serial=f'{slot + 1}') for slot in (0, 1)]
    for slot in (0, 1):
      t.wait('token', f'serial=0000000{slot + 1}')
    t.job('look', 'wrong-card')
    keys = [enrol(t, slot) for slot in (0, 1)]
    check(keys[0] != keys[1])
    for key in keys:
      t.job(f'sign key={key} {PIN}')
    t.job('look reader=0 serial=2', 'wrong-card')
    t.job('look reader=1 serial=2')
    # The same key on both: a clone.
    for slot in (0, 1):
      dec = t.job(f'import reader={slot} slot=1 method=17 import=5 {ADMIN} {PIN}')['dec']
    shared = {t.job(f'agree key={dec} peer={dec} {PIN}')['output']}
    cards[0].pull()
    t.wait('token', 'reader=0 state=no-card')
    shared.add(t.job(f'agree key={dec} peer={dec} {PIN}')['output'])
    equal(len(shared), 1)


def pulled_in_the_middle(world):
  with readers_of(world) as readers, talk(readers) as t:
    card = readers.card(0)
    t.wait('token', 'state=ok')
    key = enrol(t, 0)
    for at in (1, 15, 30, 60, 90):
      card.tell(f'tear {at}')
      mark = len(t.lines)
      number = t.ask(f'sign key={key} {PIN}')
      done = t.wait(f'done {number} ').split()
      check(done[2] in ('pulled', 'no-card', 'key-absent', 'mute'), at, done)
      card.wait('torn')
      t.wait_since(mark, 'token', 'state=no-card')
      card.insert()
      t.wait('token', 'state=ok')
    t.job(f'sign key={key} {PIN}')


def touch(world):
  with readers_of(world) as readers, talk(readers) as t:
    card = readers.card(0, touch='tap')
    t.wait('token', 'state=ok')
    key = enrol(t, 0)
    equal(t.job(f'touch reader=0 slot=2 touch=1 {ADMIN}')['touch'], '1')
    number = t.ask(f'sign key={key} {PIN}')
    card.wait('touch aut')
    begun = time.monotonic()
    first = values(t.wait(f'touch {number} ').split())
    check(0.2 < time.monotonic() - begun < 2, 'half a second', time.monotonic() - begun)
    check(28 <= int(first['seconds']) <= 30, first)
    second = values(t.wait(f'touch {number} ').split())
    check(int(second['seconds']) < int(first['seconds']), first, second)
    card.tap()
    equal(t.wait(f'done {number} ').split()[2], 'ok')
    # Given up: told at once; the next one waits until the card is done with it.
    number = t.ask(f'sign key={key} {PIN}')
    card.wait('touch aut')
    t.tell(f'cancel {number}')
    t.wait('cancelled 1')
    equal(t.wait(f'done {number} ').split()[2], 'cancelled')
    after = t.ask('look reader=0')
    card.tap()
    t.wait(f'idle {number} ')
    equal(t.wait(f'done {after} ').split()[2], 'ok')
    t.tell(f'cancel {number}')
    t.wait('cancelled 0')
    card.tell('touch never')
    card.tell('touch-wait 700')
    t.job(f'sign key={key} {PIN}', 'touch-timeout')
    # Pulled while it waits.
    card.tell('touch tap')
    card.tell('touch-wait 30000')
    number = t.ask(f'sign key={key} {PIN}')
    card.wait('touch aut')
    card.pull()
    equal(t.wait(f'done {number} ').split()[2], 'pulled')
    card.insert()
    t.wait('token', 'state=ok')


def service_killed(world):
  with readers_of(world) as readers:
    card = readers.card(0, touch='tap')
    with talk(readers) as t:
      t.wait('token', 'state=ok')
      key = enrol(t, 0)
      t.job(f'touch reader=0 slot=2 touch=1 {ADMIN}')
      number = t.ask(f'sign key={key} {PIN}')
      card.wait('touch aut')
      mark = len(t.lines)
      readers.kill()
      done = t.wait(f'done {number} ').split()
      check(done[2] in ('service-died', 'pulled'), done)
      t.wait_since(mark, 'service no-service')
      t.job(f'sign key={key} {PIN}', 'no-service')
      t.job('look reader=0', 'no-service')
      readers.start()
      card.wait('seen')
      t.wait('service ok')
      t.wait('token', f'aut={key}')
      number = t.ask(f'sign key={key} {PIN}')
      card.wait('touch aut')
      card.tap()
      equal(t.wait(f'done {number} ').split()[2], 'ok')


def no_service(world):
  if missing():
    raise Skip(missing())
  with Lines([TALK], {'PCSCLITE_CSOCK_NAME': world.path('nothing')}) as t:
    t.wait('service no-service')
    t.job('look reader=0', 'no-service')
    t.job('sign key=1:00', 'no-service')
  with Lines([TALK], {'PCSCLITE_CSOCK_NAME': world.path('nothing'), 'TOKEN_TALK_NO_FENCE': '1'}) as t:
    t.job('look reader=0', 'service-fault')


def held_by_another(world):
  with readers_of(world) as readers, talk(readers) as t:
    readers.card(0)
    t.wait('token', 'state=ok')
    key = enrol(t, 0)
    with other(readers, 0, 'exclusive') as holder:
      holder.wait('connected')
      t.job(f'sign key={key} {PIN}', 'in-use')
      t.job('look reader=0', 'in-use')
      t.tell('holder')
      check(t.wait('holder') != 'holder -')
      # It lets go while we try: nobody is told of it.
      number = t.ask(f'sign key={key} {PIN}')
      holder.tell('leave')
      holder.wait('left')
      equal(t.wait(f'done {number} ').split()[2], 'ok')
  # A token that was held when it was first seen is looked at again.
  with readers_of(world) as readers:
    readers.card(0)
    with other(readers, 0, 'exclusive') as holder:
      holder.wait('connected')
      with talk(readers) as t:
        t.wait('token', 'state=in-use')
        t.job('sign key=1:00', 'in-use')
        holder.tell('leave')
        holder.wait('left')
        t.wait('token', 'state=ok')


def others_between(world):
  """Another program selects another application, resets the card, leaves no PIN of ours to find."""
  with readers_of(world) as readers, talk(readers) as t:
    readers.card(0)
    t.wait('token', 'state=ok')
    key = enrol(t, 0)
    with other(readers, 0) as program:
      program.wait('connected')
      program.tell('00a4040005a000000308')
      equal(program.wait('')[-4:], '9000')
      t.job(f'sign key={key} {PIN}')
      program.tell('00200082')
      check('80100068' in program.wait(''), 'the card was not reset at the end')
      program.tell('reset')
      program.wait('reset')
      t.job(f'sign key={key} {PIN}')
      program.tell('reset')
      program.wait('reset')
      program.tell('00a4040006d27600012401')
      program.wait('9000')
      program.tell('00200082')
      equal(program.wait('63'), '63c3')


def pins(world):
  with readers_of(world) as readers, talk(readers) as t:
    readers.card(0)
    t.wait('token', 'state=ok')
    key = enrol(t, 0)
    for left in ('2', '1'):
      said = t.job(f'sign key={key} pin=111111', 'pin-wrong')
      equal(said['tries'].split(',')[0], left)
    t.job(f'sign key={key} {PIN}', 'pin-last')
    t.job(f'sign key={key} pin=!111111', 'pin-blocked')
    t.job(f'sign key={key} pin=!123456', 'pin-blocked')
    t.job(f'unblock reader=0 {ADMIN} new=222222')
    t.job('verify reader=0 pin=222222')
    t.job(f'reset-code reader=0 {ADMIN} new=33333333')
    t.job('unblock reader=0 pin=33333333 new=123456')
    t.job('change reader=0 pin=123456 new=654321')
    t.job('change reader=0 which=3 admin=12345678 new=87654321')
    mark = len(t.lines)
    equal(t.job('name reader=0 admin=87654321 name=Vox')['name'], 'Vox')
    t.wait_since(mark, 'token', 'name=Vox')
    t.job('factory reader=0', 'consent')
    t.job('factory reader=0 yes=1')
    t.job('verify reader=0 pin=123456')
    t.job(f'sign key={key} {PIN}', 'key-absent')


def pinpad(world):
  typed = world.path('typed')
  with readers_of(world, pinpad=typed) as readers, talk(readers) as t:
    readers.card(0)
    t.wait('token', 'pinpad=1')
    key = enrol(t, 0)
    for keys, code in (('\n', 'cancelled'), ('timeout\n', 'pinpad-timeout'), ('111111\n', 'pin-wrong'), ('123456\n', 'ok')):
      world.write('typed', keys)
      number = t.ask(f'sign key={key} pin=@')
      t.wait(f'keypad {number} ')
      equal(t.wait(f'done {number} ').split()[2], code)
    world.write('typed', '123456\n654321\n')
    t.job('change reader=0 pin=@')
    t.job('verify reader=0 pin=654321')


def many_jobs(world):
  with readers_of(world) as readers, talk(readers) as t:
    card = readers.card(0, touch='tap')
    t.wait('token', 'state=ok')
    key = enrol(t, 0)
    t.job(f'touch reader=0 slot=2 touch=1 {ADMIN}')
    first = t.ask(f'sign key={key} {PIN}')
    card.wait('touch aut')
    asked = [t.ask('look reader=0') for _ in range(16)]
    equal(asked[-1], 0)  # they are too many
    t.tell(f'cancel {asked[3]}')
    equal(t.wait('done').split()[1:3], [str(asked[3]), 'cancelled'])
    card.tap()
    for number in [first, *asked[:3], *asked[4:-1]]:
      equal(t.wait('done').split()[1:3], [str(number), 'ok'])


if __name__ == '__main__':
  run(in_and_out, two_tokens, pulled_in_the_middle, touch, service_killed, no_service, held_by_another, others_between, pins,
      pinpad, many_jobs)
