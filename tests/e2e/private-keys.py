# SPDX-License-Identifier: GPL-3.0-or-later
#
# private-keys.py - the process on the network holds no private key, in no encoding.
#
# Every key of the profile is looked for in the memory of the node process after it has worked with
# them all.  The same search must find them in the keys process, and one that was planted.

import base64
import os
import subprocess

from nodes import NET2OD, Skip, check, equal, read, run, until

MEMSEARCH = os.environ.get('MEMSEARCH', 'memsearch')
NOBODY = 65534


def search(node, pid):
  """(exit code, what it printed) of a search for the node's keys in a process."""
  done = subprocess.run([MEMSEARCH, os.path.join(node.profile, 'keys'), str(pid)],
                        capture_output=True, timeout=120, text=True)
  check(done.returncode in (0, 1), done.stderr)
  return done.returncode, done.stdout


def keys_of(node):
  done = subprocess.run([MEMSEARCH, os.path.join(node.profile, 'keys')], capture_output=True,
                        timeout=20, text=True, check=True)
  return dict(line.split() for line in done.stdout.splitlines())


def need_root():
  if os.geteuid() != 0:
    raise Skip('needs root, to read the memory of other processes')


def node_holds_none(world):
  need_root()
  a, b = world.node('a'), world.node('b')
  world.write('site/page.md', '# Page\n')
  world.write('site/large.bin', os.urandom(3 * 1024 * 1024))
  a.call('publish', world.path('site'))
  a.call('id', 'new', 'second')
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  b.get(f'net2o://{a.identity}/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))
  names = keys_of(a)
  for kind in ('control', 'control-scalar', 'device', 'sheet', 'connection'):
    check(any(name.startswith(kind + '-') for name in names), kind, names)
  for node in (a, b):
    for pid in (node.pid('node'), node.process.pid):
      code, words = search(node, pid)
      equal(code, 0, words)
      print('# ' + words.splitlines()[-1])


def search_finds_them_where_they_are(world):
  need_root()
  a = world.node('a')
  code, words = search(a, a.pid('keys'))
  equal(code, 1, words)
  for kind in ('control', 'device', 'connection', 'file'):
    check(any(line.startswith(kind + '-') for line in words.splitlines()), kind, words)


def search_finds_a_planted_one(world):
  need_root()
  a = world.node('a')
  keys = keys_of(a)
  a.stop()
  # the environment is part of a process's memory
  for name, dress in (('device-0', lambda k: k.hex()),
                      ('control-0', lambda k: k.hex().upper()),
                      ('connection-0', lambda k: base64.b64encode(b'xy' + k).decode()),
                      ('sheet-0', lambda k: base64.b32encode(k).decode().lower())):
    os.environ['N2_PLANTED'] = dress(bytes.fromhex(keys[name]))
    try:
      a.start()
    finally:
      del os.environ['N2_PLANTED']
    code, words = search(a, a.pid('node'))
    equal(code, 1, name)
    check(words.startswith(name), words)
    a.stop()


def somebody(world):
  """A user that is not root, for a node that root starts; None if there is nobody suitable."""
  if os.geteuid() != 0:
    return None
  probe = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', NET2OD]
  try:
    if subprocess.run(probe + ['--version'], capture_output=True).returncode != 0:
      return None
  except OSError:
    return None
  os.chown(world.folder, NOBODY, NOBODY)
  return NOBODY


def keys_process_is_closed(world):
  """No ptrace, no core, no reading of its memory by its own user, no network."""
  a = world.node('a', user=somebody(world))
  pid = a.pid('keys')
  with open(f'/proc/{pid}/limits') as f:
    core = next(line for line in f if line.startswith('Max core file size'))
  equal(core.split()[4:6], ['0', '0'])
  equal(os.stat(f'/proc/{pid}/mem').st_uid, 0, 'not dumpable: its files in /proc are root\'s')
  if os.geteuid() != 0:
    return
  if a.user:
    check(os.stat(f'/proc/{a.pid("node")}/mem').st_uid == NOBODY, 'the look itself works')
  with open(f'/proc/{pid}/status') as f:
    status = dict(line.split(':', 1) for line in f)
  check(int(status['VmLck'].split()[0]) > 0, 'memory is locked', status['VmLck'])
  equal(status['NoNewPrivs'].strip(), '1')
  sockets = [os.readlink(f'/proc/{pid}/fd/{fd}') for fd in os.listdir(f'/proc/{pid}/fd')]
  for table in ('udp', 'udp6', 'tcp', 'tcp6'):
    with open(f'/proc/{pid}/net/{table}') as f:
      inodes = {line.split()[9] for line in f.read().splitlines()[1:]}
    check(not any(s == f'socket:[{i}]' for s in sockets for i in inodes), table)


if __name__ == '__main__':
  run(node_holds_none, search_finds_them_where_they_are, search_finds_a_planted_one,
      keys_process_is_closed)
