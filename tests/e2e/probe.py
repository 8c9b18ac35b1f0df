# SPDX-License-Identifier: GPL-3.0-or-later
#
# probe.py - inside every live process the forbidden system calls are tried, and refused.
#
# The tries are made by probe.c with ptrace, in the process itself and in each of its threads, so
# that what is measured is the sandbox as shipped.  The same tries in a process without sandbox
# must all succeed: else a refusal would show nothing.

import os
import signal
import subprocess
import sys

from nodes import NET2O, NET2OD, Skip, check, equal, read, run, text_of, until
from sessions import Bus

PROBE = os.environ.get('PROBE', 'probe')
RENDERER = os.environ.get('N2_RENDERER', 'net2o-render')
REFUSED = ('EPERM', 'EACCES')
PATHS = ('open-passwd', 'open-secret', 'write')
INTERNET = ('socket-tcp', 'socket-udp', 'socket-netlink')
SOCKETS = INTERNET + ('socket-unix',)
PROCESSES = ('fork', 'vfork')
OTHERS = ('ptrace', 'process_vm_readv', 'mmap-exec', 'keyctl', 'execve')
ALL = PATHS + SOCKETS + PROCESSES + OTHERS

# What a process may do of it, because that is its work.
ALLOWED = {
    # its children load libraries before they tighten it; one of them asks for readers
    'parent': PROCESSES + ('mmap-exec', 'socket-unix'),
    'keys': (),
    'node': (),
    'names': ('open-passwd', 'mmap-exec') + INTERNET + PROCESSES,  # looks up names of hosts
    'screen': (),
    'fsck': (),
    'net2o': (),
    'net2o-render': (),
}

# What some threads of a process may, and its main thread may not: they talk to the service that has
# the readers, and see no file.
TOKEN_THREADS = ('net2o-tokens', 'net2o-readers')


def probe(world, *words, own=None):
  """{(thread, name): {call: result}} of a process."""
  secret = world.path('home/.ssh/id_ed25519')
  if not os.path.exists(secret):
    world.write('home/.ssh/id_ed25519', 'secret\n')
  options = ['--secret', secret, '--outside', world.path('home/planted')]
  if own:
    options += ['--own', own]
  done = subprocess.run([PROBE, *options, *[str(w) for w in words]], capture_output=True,
                        text=True, timeout=60)
  if done.returncode == 2 and 'x86_64 only' in done.stdout:
    raise Skip('the probe is for x86_64')
  if done.returncode == 2 and 'Operation not permitted' in done.stderr:
    raise Skip('needs root, to stop other processes')
  equal(done.returncode, 0, done.stdout, done.stderr)
  found = {}
  for line in done.stdout.splitlines():
    thread, name, call, result = line.split()
    found.setdefault((int(thread), name), {})[call] = result
  return found


def table(role, found):
  for (thread, name), calls in sorted(found.items()):
    words = ' '.join(f'{call}={calls[call]}' for call in ALL if call in calls)
    print(f'# {role} {name}/{thread}: {words}')


def need_sandbox(node, role):
  """What the node's status says of a process."""
  rows = {r['process']: r for r in node.call('status')['sandbox']}
  state = rows.get(role) or rows['node']
  if state['relaxed']:
    raise Skip('a relaxed sandbox, for a sanitizer')
  if not state['seccomp']:
    raise Skip('no seccomp in this kernel')
  return state


def confined(world, node, role, pid, own=None):
  """Probes a process: all is refused but what is its work; and the probe itself works there."""
  has_landlock = need_sandbox(node, role)['landlock']
  found = probe(world, pid, own=own)
  table(role, found)
  for where, calls in found.items():
    equal(calls['getpid'], '0', where)
    is_for_tokens = role == 'keys' and where[1] in TOKEN_THREADS
    if own and not is_for_tokens:
      equal(calls['open-own'], '0', where)
    elif own and has_landlock:
      check(calls['open-own'] in REFUSED, role, where, calls['open-own'])
    for call in ALL:
      if call in ALLOWED[role] or (is_for_tokens and call == 'socket-unix'):
        equal(calls[call], '0', role, where, call)
      elif has_landlock or call not in PATHS + ('execve',):
        check(calls[call] in REFUSED, role, where, call, calls[call])
  check(not os.path.exists(world.path('home/planted')), 'a file was made')
  return found


def without_sandbox_all_succeeds(world):
  found = probe(world, '--control', own=sys.executable)
  table('no sandbox', found)
  for calls in found.values():
    # a container may refuse keyctl to everybody
    wanted = [call for call in ALL if call != 'keyctl' or calls[call] == '0']
    equal({call: calls[call] for call in wanted}, dict.fromkeys(wanted, '0'))


def working_pair(world):
  """Two nodes that have worked, so that every thread they ever have is there."""
  a, b = world.node('a'), world.node('b')
  world.write('site/page.md', '# Page\n')
  world.write('site/large.bin', os.urandom(8 * 1024 * 1024))
  a.call('publish', world.path('site'))
  b.call('peer', 'add', a.endpoint.replace('127.0.0.1', 'localhost'), a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  b.get(f'net2o://{a.identity}/page.md', world.path('got'))
  return a, b


def still_works(world, a, b):
  b.get(f'net2o://{a.identity}/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))


def parent(world):
  a, b = working_pair(world)
  confined(world, b, 'parent', b.process.pid)
  still_works(world, a, b)
  os.kill(b.pid('node'), signal.SIGKILL)  # it can still do what it is for
  until(lambda: b.call('status', code=None).get('node_starts') == 2, 'the node came back', 30)
  check(b.stop() < 2)


def keys(world):
  a, b = working_pair(world)
  if os.geteuid() != 0:
    raise Skip('needs root, to stop a process that is closed to its own user')
  found = confined(world, a, 'keys', a.pid('keys'),
                   own=os.path.join(a.profile, 'keys/keyring.n2'))
  names = sorted(name for _, name in found)
  equal(names, sorted(('net2o-keys',) + TOKEN_THREADS))
  still_works(world, a, b)


def node_process(world):
  a, b = working_pair(world)
  found = confined(world, b, 'node', b.pid('node'), own=os.path.join(b.profile, 'data/store.db'))
  check('data-plane' in [name for _, name in found], found.keys())
  check(len(found) > 2, 'threads', found.keys())
  if not need_sandbox(b, 'node')['landlock']:
    return
  # neither may look into the other's folder
  found = probe(world, b.pid('node'), own=os.path.join(b.profile, 'keys/keyring.n2'))
  check(all(calls['open-own'] in REFUSED for calls in found.values()), found)
  still_works(world, a, b)


def names(world):
  a, b = working_pair(world)
  confined(world, b, 'names', b.pid('names'))
  if need_sandbox(b, 'names')['landlock']:
    found = probe(world, b.pid('names'), own=os.path.join(b.profile, 'data/store.db'))
    check(all(calls['open-own'] in REFUSED for calls in found.values()), found)
  b.call('peer', 'add', 'udp:localhost:9', code=0)
  still_works(world, a, b)


def screen(world):
  """Who hears of the screen is on a message bus, and has no other way out."""
  address = Bus(world).address
  before = os.environ.get('DBUS_SESSION_BUS_ADDRESS')
  os.environ['DBUS_SESSION_BUS_ADDRESS'] = os.environ['DBUS_SYSTEM_BUS_ADDRESS'] = address
  try:
    node = world.node('a')
  finally:
    os.environ.pop('DBUS_SYSTEM_BUS_ADDRESS')
    os.environ.pop('DBUS_SESSION_BUS_ADDRESS')
    if before:
      os.environ['DBUS_SESSION_BUS_ADDRESS'] = before
  found = confined(world, node, 'screen', node.pid('screen'))
  check(len(found) > 1, 'threads of the bus', found.keys())
  if need_sandbox(node, 'screen')['landlock']:
    found = probe(world, node.pid('screen'), own=os.path.join(node.profile, 'keys/keyring.n2'))
    check(all(calls['open-own'] in REFUSED for calls in found.values()), found)


def command_line(world):
  a, b = working_pair(world)
  need_sandbox(b, 'net2o')
  address = f'net2o://{a.identity}/large.bin'
  process = world.run([NET2O, '--profile', b.profile, 'get', address, '-o', '-'],
                      stdout=subprocess.PIPE)
  first = process.stdout.read(1)  # it is at work now, and waits for us to read more
  try:
    found = confined(world, b, 'net2o', process.pid)
  except Exception:
    process.kill()  # it waits for us to read, and hears nothing
    raise
  check(len(found) > 1, 'threads', found.keys())
  equal(first + process.stdout.read(), read(world.path('site/large.bin')))
  equal(process.wait(20), 0)


def renderer(world):
  """The process that lays out one page, while it waits for its first byte."""
  a = world.node('a')  # says what this kernel has
  process = world.run([RENDERER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
  until(lambda: 'Seccomp:\t2' in text_of(process.pid, 'status') or process.poll() is not None,
        'it is behind its walls')
  confined(world, a, 'net2o-render', process.pid)
  process.stdin.close()
  equal(process.wait(10), 0)


def fsck(world):
  """net2od --fsck, as `net2o fsck` starts it where no node runs; it has looked at all, and waits for
  somebody to read what it prints."""
  a, b = working_pair(world)
  has_landlock = need_sandbox(a, 'node')['landlock']
  b.stop()
  reader, writer = os.pipe()
  os.set_blocking(writer, False)
  filled = 0
  try:
    while True:
      filled += os.write(writer, bytes(4096))
  except BlockingIOError:
    os.set_blocking(writer, True)
  process = world.run([NET2OD, '--profile', b.profile, '--fsck'], stdout=writer)
  os.close(writer)
  until(lambda: 'Seccomp:\t2' in text_of(process.pid, 'status') or process.poll() is not None,
        'it is behind its walls')
  try:
    # the node that it would ask runs no more: another one says what this kernel has
    confined(world, a, 'fsck', process.pid, own=os.path.join(b.profile, 'data/store.db'))
    if has_landlock:
      found = probe(world, process.pid, own=os.path.join(b.profile, 'keys/keyring.n2'))
      check(all(calls['open-own'] in REFUSED for calls in found.values()), found)
  except Exception:
    process.kill()
    raise
  with os.fdopen(reader, 'rb') as f:
    said = f.read()[filled:]
  equal(process.wait(10), 0)
  check(said.startswith(b'found ') and b"'damaged': <@as []>" in said, said)


if __name__ == '__main__':
  run(without_sandbox_all_succeeds, parent, keys, node_process, names, screen, command_line, fsck, renderer)
