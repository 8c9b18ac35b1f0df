#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# identity.py - net2o id over a real node: the sheet, the passphrase, several machines, what is said of others, and a
# person at a terminal.
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
import time

from nodes import NET2O, check, equal, run, until

PATIENCE_S = 20


def ask(node, *arguments, code=0, stdin=b'', plain=False, **secrets):
  """A call whose secrets come by descriptors: pin=, passphrase=, words=.  Its rows, or its text."""
  pipes, more = [], []
  for name, secret in secrets.items():
    reader, writer = os.pipe()
    os.write(writer, secret)
    os.close(writer)
    pipes.append(reader)
    more += [f'--{name.replace("_", "-")}-fd', str(reader)]
  done = subprocess.run([NET2O, '--profile', node.profile, *([] if plain else ['--json']), *arguments, *more],
                        capture_output=True, timeout=60, pass_fds=pipes, input=stdin,
                        env={**os.environ, 'LC_ALL': 'C.UTF-8'})
  for pipe in pipes:
    os.close(pipe)
  equal(done.returncode, code, arguments, done.stdout.decode(), done.stderr.decode(), node.log())
  if plain:
    return done.stdout
  rows = [json.loads(line) for line in (done.stdout if not code else done.stderr).decode().splitlines()]
  return rows[0] if len(rows) == 1 else rows


class Person:
  """At a terminal of their own, on which a command runs."""

  def __init__(self, node, *arguments, columns=0):
    self.master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24 if columns else 0, columns, 0, 0))
    self.screen, self.seen = b'', 0
    self.slave = slave
    self.process = subprocess.Popen([NET2O, '--profile', node.profile, *arguments], stdin=slave, stdout=slave,
                                    stderr=slave, start_new_session=True,
                                    env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TERM': 'dumb'})

  def read(self, words):
    """Waits until that stands on the screen, behind what was read before."""
    end = time.monotonic() + PATIENCE_S
    while self.screen.find(words, self.seen) < 0:
      check(select.select([self.master], [], [], max(0, end - time.monotonic()))[0], words, self.screen)
      self.screen += os.read(self.master, 4096)
    self.seen = self.screen.index(words, self.seen) + len(words)

  def type(self, prompt, text):
    self.read(prompt)
    os.write(self.master, text)

  def end(self, code=0):
    equal(self.process.wait(PATIENCE_S), code, self.screen)
    check(termios.tcgetattr(self.slave)[3] & termios.ECHO, 'the terminal echoes again')
    os.close(self.slave)
    os.close(self.master)


def sheet(world):
  """Printed, tested by its words or its QR text, and gone."""
  a = world.node('a')
  anna = ask(a, 'id', 'new', 'anna')
  equal(anna['sheet'], 'kept')
  shown = ask(a, 'id', 'sheet', 'anna')
  equal(len(shown['words'].split()), 13)
  check(shown['qr'].startswith('N2:'))
  equal(ask(a, 'id', 'show', 'anna')['sheet'], 'shown')
  equal(ask(a, 'id', 'sheet', 'anna')['words'], shown['words'], 'as often as one likes')
  text = ask(a, 'id', 'sheet', 'anna', '--qr', plain=True).decode()
  check(shown['words'].split()[12] in text and '█' in text and shown['qr'] in text, text)
  words = shown['words'].split()
  ask(a, 'id', 'sheet', 'anna', '--test', code=6, words=' '.join(words[:12]).encode() + b'\n')
  swapped = ' '.join([words[1], words[0], *words[2:]]).encode() + b'\n'
  wrong = ask(a, 'id', 'sheet', 'anna', '--test', code=6, words=swapped)
  check(wrong['why'] and wrong['next'], wrong)
  equal(ask(a, 'id', 'show', 'anna')['sheet'], 'shown')
  ask(a, 'id', 'sheet', 'anna', '--test', words=' '.join(w.upper() for w in words).encode() + b'\n')
  equal(ask(a, 'id', 'show', 'anna')['sheet'], 'done')
  ask(a, 'id', 'sheet', 'anna', code=3)
  other = ask(a, 'id', 'sheet')  # of the default one
  check(other['words'] != shown['words'])
  ask(a, 'id', 'sheet', '--test', words=other['qr'].encode() + b'\n')
  equal(ask(a, 'id', 'show')['sheet'], 'done')


def sheet_typed(world):
  a = world.node('a')
  words = ask(a, 'id', 'sheet')['words'].encode()
  person = Person(a, 'id', 'sheet', '--test')
  person.type(b'The 13 words of the sheet:', words + b'\n')
  person.read(b'Backup finished')
  person.end()
  person = Person(a, 'id', 'export', '--qr', columns=80)  # a code that is broken into lines is none
  person.read(b'make the window wider')
  person.end()
  check('█'.encode() not in person.screen, person.screen)


def ends(world):
  """The sheet ends an identity, here or on a machine that never heard of it; nothing else does."""
  a, b, c = world.node('a'), world.node('b'), world.node('c')
  anna = ask(a, 'id', 'new', 'anna')['address']
  statements = ask(a, 'id', 'export', 'anna')
  equal(statements['address'], anna)
  world.write('anna.txt', statements['text'].encode())
  words = ask(a, 'id', 'sheet', 'anna')['words'].encode() + b'\n'
  other = ask(a, 'id', 'sheet')['words'].encode() + b'\n'
  next_one = ask(b, 'id', 'new', 'anna-again')['address']
  ask(b, 'id', 'revoke', anna, '--sheet', code=3, words=words)  # whose birth?
  ask(b, 'id', 'revoke', anna, '--sheet', '--successor', 'anna-again', '--statements', world.path('anna.txt'),
      code=4, words=other)  # not hers
  end = ask(b, 'id', 'revoke', anna, '--sheet', '--successor', 'anna-again', '--statements', world.path('anna.txt'),
            words=words)
  equal((end['address'], end['successor']), (anna, next_one), end)
  equal(ask(c, 'id', 'import', '-', stdin=statements['text'].encode())['what'], 'identity')
  came = ask(c, 'id', 'import', '-', stdin=end['text'].encode())
  equal((came['what'], came['address']), ('end', anna))
  known = ask(c, 'id', 'show', anna)
  equal((known['state'], known['successor'], known['here']), ('ended', next_one, False), known)
  ask(a, 'id', 'import', '-', stdin=end['text'].encode())
  equal(ask(a, 'id', 'show', 'anna')['state'], 'ended')
  ask(a, 'id', 'login', 'anna', code=6)


def passphrase(world):
  """Seals, is asked for after a start, and is refused in words when it is wrong."""
  a = world.node('a')
  ask(a, 'id', 'passphrase', passphrase=b'correct horse\n')
  check(ask(a, 'id', 'show')['passphrase'])
  wrong = ask(a, 'id', 'passphrase', code=4, passphrase=b'wrong horse\nbattery\n')
  equal(wrong['why'], 'the passphrase is wrong')
  ask(a, 'id', 'passphrase', passphrase=b'correct horse\nbattery staple\n')
  a.stop()
  a.start()
  equal(a.identity, 'locked')
  equal(ask(a, 'id', 'list', code=1)['error'], 'STATE')
  equal(ask(a, 'id', 'unlock', code=4, passphrase=b'correct horse\n')['why'], 'the passphrase is wrong')
  person = Person(a, 'id', 'unlock')
  person.type(b'Passphrase of your keys:', b'correct horse\n')
  person.read(b'That passphrase is wrong.')
  person.type(b'Passphrase of your keys:', b'battery staple\n')
  person.read(b'Your keys are unlocked.')
  check(b'battery' not in person.screen and b'horse' not in person.screen, person.screen)
  person.end()
  person = Person(a, 'id', 'passphrase', '--remove')
  person.type(b'Passphrase of your keys:', b'battery staple\n')
  person.read(b'no longer sealed')
  person.end()
  check(not ask(a, 'id', 'show')['passphrase'])


def machines(world):
  """Drawn here, added there, imported here; and removed alone."""
  a, b = world.node('a'), world.node('b')
  anna = ask(a, 'id', 'new', 'anna')['address']
  request = ask(b, 'id', 'draw', 'annas-laptop')
  added = ask(a, 'id', 'add', '-', '--identity', 'anna', stdin=request['text'].encode())
  came = ask(b, 'id', 'import', '-', stdin=added['text'].encode())
  equal((came['what'], came['address']), ('own', anna))
  mine = ask(b, 'id', 'show', anna)
  check(mine['here'] and mine['name'] == 'annas-laptop', mine)
  here = [key for key in mine['keys'] if key['place'] == 'here' and 'device' in key['rights']]
  equal(len(here), 1, mine)
  ask(b, 'id', 'login', anna)
  ask(a, 'id', 'import', '-', stdin=ask(b, 'id', 'export', anna)['text'].encode())  # what b has signed
  check(any(key['id'] == here[0]['id'] for key in ask(a, 'id', 'show', 'anna')['keys']))
  removed = ask(a, 'id', 'revoke', 'anna', '--key', here[0]['id'], '--reason', 'lost')
  ask(b, 'id', 'import', '-', stdin=removed['text'].encode())
  check(not any(key['id'] == here[0]['id'] for key in ask(b, 'id', 'show', anna)['keys']), 'b is out')
  ask(b, 'id', 'login', anna, code=4)


def three_words(world):
  """Both show the same words; yes on both, and the new machine has the identity.  No: it has not."""
  a, b = world.node('a'), world.node('b')
  anna = ask(a, 'id', 'new', 'anna')['address']
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'a line')

  def both(answer, code):
    old = Person(a, 'id', 'pair', 'anna')
    old.read(b'Waiting for the new machine')
    new = Person(b, 'id', 'pair', '--with', f'net2o://{a.identity}/', '--name', 'annas-laptop')
    old.type(b'Type yes if it does:', answer)
    new.type(b'Type yes if it does:', answer)
    for person in (old, new):
      person.end(code)
    words = [person.screen.split(b'three words:\r\n')[1].split(b'\r\n')[0] for person in (old, new)]
    equal(words[0], words[1])
    equal(len(words[0].split()), 3, words)

  both(b'no\n', 4)
  check(not any(row['address'] == anna for row in b.rows('id', 'list')))
  both(b'yes\n', 0)
  check(any(row['address'] == anna for row in b.rows('id', 'list')))


def said_of_others(world):
  a, b = world.node('a'), world.node('b')
  vouch = ask(a, 'id', 'vouch', b.identity, '--name', 'Bert', '--days', '30')
  check('BEGIN NET2O VOUCH' in vouch['text'] and vouch['until'] > time.time() * 1e6, vouch)
  ask(b, 'id', 'import', '-', stdin=ask(a, 'id', 'export')['text'].encode())
  came = ask(b, 'id', 'import', '-', stdin=vouch['text'].encode())
  equal(came['what'], 'vouch')
  spoiled = vouch['text'].replace('BEGIN NET2O VOUCH', 'BEGIN NET2O END')
  ask(b, 'id', 'import', '-', code=6, stdin=spoiled.encode())
  ask(b, 'id', 'import', '-', code=3, stdin=b'nothing of the kind\n')
  equal(ask(a, 'id', 'accounts'), [])


if __name__ == '__main__':
  run(sheet, sheet_typed, ends, passphrase, machines, three_words, said_of_others)
