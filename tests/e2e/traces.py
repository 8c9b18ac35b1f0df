# SPDX-License-Identifier: GPL-3.0-or-later
#
# traces.py - after a session no memory of our processes holds the PIN of the token, nor the private keys that went through
#              a clone ceremony; and a core dump holds nothing, either.

import base64
import os
import re
import resource
import secrets
import signal

from nodes import Skip, check, equal, run, until
from sessions import ADMIN, PIN, ask, identity, reader_and_holder, readers_of, visit

SHORTEST = 16  # bytes; what is shorter would be found by chance in some encodings


def need_root():
  if os.geteuid() != 0:
    raise Skip('needs root, to read the memory of other processes')


def dresses(secret):
  """A secret as programs write it: as it is, backwards, hexadecimal, base64 wherever a longer text begins."""
  yield 'as it is', secret
  yield 'backwards', secret[::-1]
  yield 'hexadecimal', secret.hex().encode()
  yield 'HEXADECIMAL', secret.hex().upper().encode()
  for before in range(3):
    text = base64.b64encode(b'\0' * before + secret)
    yield f'base64, {before} before', text[4 if before else 0:-4]
  yield 'wide', b''.join(bytes((c, 0)) for c in secret)


def memory(pid):
  """All readable mappings of a process, one after the other."""
  with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb', 0) as mem:
    for line in maps:
      area, rights = line.split()[:2]
      if rights[0] != 'r' or '[v' in line:  # the kernel's own
        continue
      start, end = (int(x, 16) for x in area.split('-'))
      try:
        mem.seek(start)
        yield line.strip(), mem.read(end - start)
      except (OSError, ValueError):  # guards of sodium's, device memory
        continue


def found(pid, known):
  hits = []
  n = 0
  for where, bytes_ in memory(pid):
    n += len(bytes_)
    for name, secret in known.items():
      hits += [(name, dress, where) for dress, text in dresses(secret) if text in bytes_]
  return hits, n


def search(node, known, *but):
  """No process of the node holds any."""
  for role, pid in (('parent', node.process.pid), *node.pids().items()):
    if role in but:
      continue
    hits, n = found(pid, known)
    equal(hits, [], role)
    check(n > 1 << 20, role, 'was looked at', n)
    print(f'# {role}: {n >> 20} MiB, none of {", ".join(known)}')


def change_pins(node):
  """PINs that nobody else has; returns them."""
  pins = [secrets.token_hex(SHORTEST // 2).encode() for _ in range(2)]
  ask(node, 'token', 'pin', pin=PIN + pins[0] + b'\n' + pins[0] + b'\n')
  ask(node, 'token', 'pin', '--admin', admin_pin=ADMIN, pin=pins[1] + b'\n' + pins[1] + b'\n')
  return pins


def dump(node, role):
  """Ends a process as a fault does, with room for a core where that can be had against its will; returns where one came
  to lie, if any."""
  pid = node.pid(role)
  cwd = os.readlink(f'/proc/{pid}/cwd')
  try:
    resource.prlimit(pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
  except PermissionError:
    print(f'# {role}: has no core, by a limit that not even we can lift: {resource.prlimit(pid, resource.RLIMIT_CORE)}')
  os.kill(pid, signal.SIGSEGV)
  until(lambda: node.pids().get('net2o-' + role) not in (None, pid), role + ' is back')
  with open('/proc/sys/kernel/core_pattern') as f:
    pattern = f.read().strip()
  if pattern.startswith('|'):
    raise Skip('cores go to another program here')
  return [os.path.join(cwd, name) for name in os.listdir(cwd) if re.match(r'core(\.\d+)?$', name)]


def session(world, readers):
  card = readers.card(0, serial='aa', state=world.path('card'))
  a, b = reader_and_holder(world, **readers.env)
  until(lambda: [t for t in a.rows('token', 'list') if t.get('id')], 'the token is seen')
  pin, admin = change_pins(a)
  return card, a, b, pin, admin


def the_pin(world):
  need_root()
  with readers_of(world) as readers:
    _, a, b, pin, admin = session(world, readers)
    known = {'PIN': pin, 'admin PIN': admin}
    token = [t for t in a.rows('token', 'list') if t.get('id')][0]
    ask(a, 'id', 'new', 'anna', '--token', token['id'], pin=pin + b'\n', admin_pin=admin + b'\n')
    ask(a, 'id', 'login', 'anna', pin=pin + b'\n')
    visit(a, b, world)
    check(identity(a, 'anna')['signed-in'])
    search(a, known)
    ask(a, 'id', 'logout', 'anna')
    search(a, known)
    # The search itself finds what is there: pcscd and the card have seen the PIN, this process holds it.
    hits, _ = found(os.getpid(), known)
    equal({name for name, _, _ in hits}, set(known))
    for role in ('keys', 'node'):
      for core in dump(a, role):
        with open(core, 'rb') as f:
          bytes_ = f.read()
        os.unlink(core)
        equal([name for name, secret in known.items() if secret in bytes_], [], core)
        print(f'# {role}: a core of {len(bytes_) >> 20} MiB, none')
    search(a, known)


def private(path):
  """The private keys that a virtual card holds, by the file it keeps: slot and bytes."""
  with open(path) as f:
    rows = [line.split() for line in f.read().splitlines()[1:]]
  return {row[0]: bytes.fromhex(row[1]) for row in rows if len(row) == 2 and re.fullmatch('2000[012]', row[0])}


def clones(world):
  """Keys made here, imported into two tokens and wiped: three of them, and none is left."""
  need_root()
  with readers_of(world) as readers:
    for slot, serial in enumerate(('aa', 'bb')):
      readers.card(slot, serial=serial, state=world.path(serial))
    a, b = reader_and_holder(world, **readers.env)
    tokens = until(lambda: len(t := [t['id'] for t in a.rows('token', 'list') if t.get('id')]) == 2 and t, 'two tokens')
    ask(a, 'token', 'clone', *tokens, '--identity', identity(a, '')['address'], pin=PIN * 8, admin_pin=ADMIN * 8)
    one, two = private(world.path('aa')), private(world.path('bb'))
    equal(len(one), 3)
    equal(one, two)
    search(a, {f'key {slot}': key for slot, key in one.items()})


if __name__ == '__main__':
  run(the_pin, clones)
