# SPDX-License-Identifier: GPL-3.0-or-later
#
# service.py - net2od under a service manager: its socket, its words, its log, its units.

import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys

from nodes import NET2O, NET2OD, Skip, check, equal, read, run, until

FILTERED = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'filtered.py')
EXPOSURE_MAX = 70    # tenths, as systemd-analyze rates it: 66 as it is, 97 without the hardening
UNITS = os.path.join(os.environ.get('N2_SOURCE', '.'), 'daemon/service')


def listening(path, kind=socket.SOCK_STREAM):
  os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
  s = socket.socket(socket.AF_UNIX, kind)
  s.bind(path)
  os.chmod(path, 0o600)
  if kind == socket.SOCK_STREAM:
    s.listen(16)
  return s


def activate(world, name, sockets, **options):
  """Starts net2od as sd_listen_fds(3) says: descriptors from 3 on, and our own process id."""
  def place():
    for i, s in enumerate(sockets):
      os.dup2(s.fileno(), 20 + i)
    for i in range(len(sockets)):
      os.dup2(20 + i, 3 + i)
  command = ['sh', '-c', 'LISTEN_PID=$$; export LISTEN_PID; exec "$@"', 'sh', NET2OD, '--profile',
             world.path(name), '--listen', 'udp:127.0.0.1:0']
  return world.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=place,
                   close_fds=False, env={**os.environ, 'LISTEN_FDS': str(len(sockets))}, **options)


def finish(process, seconds=2):
  process.send_signal(signal.SIGTERM)
  out, words = process.communicate(timeout=seconds)
  equal(process.returncode, 0, words)
  return out.decode(), words.decode()


def socket_activation(world):
  """The manager listens; the first call of a client starts the node, and is answered."""
  path = world.path('a/bus')
  with listening(path) as s:
    world.write('site/page.md', '# Page\n')
    # twice, as the socket is the manager's and outlives the node; work that needs the keys too
    for call in (['publish', world.path('site')], ['status']):
      client = world.run([NET2O, '--profile', world.path('a'), '--json', *call],
                         stdout=subprocess.PIPE)
      check(select.select([s], [], [], 10)[0], 'a call arrives')
      node = activate(world, 'a', [s])
      out, _ = client.communicate(timeout=20)
      equal(client.returncode, 0)
      check(b'k1-' in out, out)
      inode = os.stat(path).st_ino
      check(node.stdout.readline().startswith(b'ready udp:'))
      finish(node)
      equal(os.stat(path).st_ino, inode, 'the socket file is left alone')


def socket_activate_of_systemd(world):
  tool = shutil.which('systemd-socket-activate')
  if not tool:
    raise Skip('systemd-socket-activate is not installed')
  os.mkdir(world.path('a'), 0o700)
  launcher = world.run([tool, '-l', world.path('a/bus'), NET2OD, '--profile', world.path('a'),
                        '--listen', 'udp:127.0.0.1:0'], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
  until(lambda: os.path.exists(world.path('a/bus')), 'the launcher listens')
  done = subprocess.run([NET2O, '--profile', world.path('a'), 'status'], capture_output=True,
                        timeout=20)
  equal(done.returncode, 0, done.stderr)
  finish(launcher)


def wrong_descriptors(world):
  with listening(world.path('one')) as one, listening(world.path('two')) as two, \
       listening(world.path('mail'), socket.SOCK_DGRAM) as mail:
    for number, sockets in enumerate(([one, two], [mail])):
      node = activate(world, f'p{number}', sockets)
      _, words = node.communicate(timeout=10)
      equal(node.returncode, 2, words)
      check(b'ListenStream=' in words, words)


def somebody_listens_there(world):
  """Started by hand beside the manager's unit: refused, and the manager's socket stays."""
  path = world.path('a/bus')
  with listening(path):
    inode = os.stat(path).st_ino
    done = subprocess.run([NET2OD, '--profile', world.path('a'), '--listen', 'udp:127.0.0.1:0'],
                          capture_output=True, timeout=10)
    equal(done.returncode, 1, done.stderr)
    check(b'listens there already' in done.stderr, done.stderr)
    equal(os.stat(path).st_ino, inode)


def manager_hears(world):
  """READY when work is accepted, STOPPING at the end; also in the abstract name space."""
  for name in (world.path('notify'), '\0' + world.path('abstract')):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
      s.bind(name)
      s.settimeout(10)
      node = world.run([NET2OD, '--profile', world.path('a'), '--listen', 'udp:127.0.0.1:0'],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       env={**os.environ, 'NOTIFY_SOCKET': name.replace('\0', '@')})
      equal(s.recv(200).decode().split('\n')[0], 'READY=1')
      done = subprocess.run([NET2O, '--profile', world.path('a'), 'status'], capture_output=True,
                            timeout=20)
      equal(done.returncode, 0, 'ready means ready', done.stderr)
      finish(node)
      equal(s.recv(200).decode().split('\n')[0], 'STOPPING=1')


def journal_gets_levels(world):
  """Lines begin with their level if stderr is the journal, and only then."""
  for is_journal in (True, False):
    with open(world.path('log'), 'wb+') as log:
      st = os.fstat(log.fileno())
      stream = f'{st.st_dev}:{st.st_ino + (not is_journal)}'
      node = world.run([NET2OD, '--profile', world.path('a'), '--listen', 'udp:127.0.0.1:0'],
                       stdout=subprocess.PIPE, stderr=log,
                       env={**os.environ, 'JOURNAL_STREAM': stream})
      check(node.stdout.readline().startswith(b'ready '))
      node.send_signal(signal.SIGTERM)
      equal(node.wait(2), 0)
      lines = read(world.path('log')).decode().splitlines()
      check(lines, 'something was said')
      for line in lines:
        equal(bool(re.match(r'^<[3467]>(net2od|keys|node): ', line)), is_journal, line)


def write_units(world, folder):
  """The units as they are installed, with the program in bin/ of our folder."""
  with open(os.path.join(UNITS, 'net2od.service.in')) as f:
    text = f.read()
  os.makedirs(folder)
  with open(os.path.join(folder, 'net2od.service'), 'w') as f:
    f.write(text.replace('@BINDIR@', world.path('bin')))
  shutil.copy(os.path.join(UNITS, 'net2od.socket'), folder)


def units_are_valid(world):
  tool = shutil.which('systemd-analyze')
  if not tool:
    raise Skip('systemd-analyze is not installed')
  folder = world.path('units')
  os.mkdir(world.path('bin'))
  shutil.copy(NET2OD, world.path('bin/net2od'))
  write_units(world, folder)
  done = subprocess.run([tool, '--user', '--man=no', '--recursive-errors=no', 'verify',
                         os.path.join(folder, 'net2od.service'),
                         os.path.join(folder, 'net2od.socket')], capture_output=True, text=True,
                        timeout=60, env={**os.environ, 'XDG_RUNTIME_DIR': world.path('units')})
  equal(done.returncode, 0, done.stderr)
  check('net2od' not in done.stderr, done.stderr)


def units_are_hard(world):
  """Nothing of the hardening went away, and systemd, which rates it, thinks so too."""
  directives = unit_directives()
  for name, value in (('NoNewPrivileges', 'yes'), ('LockPersonality', 'yes'), ('MemoryDenyWriteExecute', 'yes'),
                      ('RestrictRealtime', 'yes'), ('RestrictSUIDSGID', 'yes'), ('SystemCallArchitectures', 'native'),
                      ('RestrictNamespaces', 'yes'), ('SystemCallErrorNumber', 'EPERM'), ('UMask', '0077'), ('LimitCORE', '0'), ('Type', 'notify'),
                      ('Restart', 'on-failure'), ('MemoryHigh', '2G'), ('MemoryMax', '3G'),
                      ('RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6 AF_NETLINK')):
    equal(directives.get(name), value, name)
  tool = shutil.which('systemd-analyze')
  if not tool:
    raise Skip('systemd-analyze is not installed')
  folder = world.path('units')
  write_units(world, folder)
  done = subprocess.run([tool, 'security', '--user', '--offline=yes', f'--threshold={EXPOSURE_MAX}',
                         os.path.join(folder, 'net2od.service')], capture_output=True, text=True, timeout=60,
                        env={**os.environ, 'XDG_RUNTIME_DIR': folder})
  equal(done.returncode, 0, done.stdout[-300:], done.stderr)


def unit_directives():
  with open(os.path.join(UNITS, 'net2od.service.in')) as f:
    return dict(line.strip().split('=', 1) for line in f if '=' in line and not line.startswith('#'))


def calls_of_unit(tool):
  """Names of the system calls that the unit lets through."""
  out = subprocess.run([tool, 'syscall-filter'], capture_output=True, text=True, timeout=60, check=True).stdout
  groups, current = {}, None
  for line in out.splitlines():
    if line.startswith('@'):
      current = groups.setdefault(line.strip(), [])
    elif line.startswith('    ') and current is not None and not line.strip().startswith('#'):
      current.append(line.strip())
  found, left = set(), ['@default', *unit_directives()['SystemCallFilter'].split()]
  while left:
    name = left.pop()
    if name.startswith('@'):
      left += groups[name]
    else:
      found.add(name)
  return found


def works_under_the_unit(world):
  """A node that may call only what the unit lets through, with no memory to write and run."""
  tool = shutil.which('systemd-analyze')
  if not tool:
    raise Skip('systemd-analyze is not installed')
  node = world.node('a')
  node.stop()
  families = unit_directives()['RestrictAddressFamilies'].split()
  node.command[:0] = [sys.executable, FILTERED, ','.join(families), ','.join(sorted(calls_of_unit(tool))), '--']
  node.start()
  under = node.command[:5]
  check(not subprocess.run([*under, 'true'], timeout=20, check=False).returncode, 'a program runs under it')
  check(subprocess.run([*under, 'chroot', '/', 'true'], capture_output=True, timeout=20, check=False).returncode,
        'the filter holds')
  world.write('site/page.md', '# Page\n')
  by_hash = node.call('publish', world.path('site'))['by_hash']
  node.get(by_hash + 'page.md', world.path('got'))
  equal(read(world.path('got')), b'# Page\n')
  for role in ('keys', 'names', 'node'):
    check(node.pid(role))
  status = node.call('status')
  equal(status['node_starts'], 1)
  equal(status['keys_starts'], 1)


def program_is_replaced(world):
  """An upgrade while it runs: its processes are started again, from the program it was."""
  program = world.path('net2od')
  shutil.copy(NET2OD, program)
  a = world.node('a')
  a.stop()
  a.command[0] = program
  a.start()
  os.unlink(program)
  shutil.copy(NET2OD, program)
  for role in ('node', 'keys'):
    os.kill(a.pid(role), signal.SIGKILL)
    until(lambda role=role: a.call('status', code=None).get(role + '_starts') == 2, role)
  check(a.stop() < 2)


def silent_clients(world):
  """Programs that connect and say nothing are sent away, so that others get their turn."""
  a = world.node('a')
  silent = [socket.socket(socket.AF_UNIX) for _ in range(100)]
  try:
    for s in silent:
      s.setblocking(False)
      try:
        s.connect(os.path.join(a.profile, 'bus'))
      except BlockingIOError:
        pass
    a.call('status', seconds=20)  # they have 5 s
  finally:
    for s in silent:
      s.close()


def names_of_hosts(world):
  """Looked up in a process of their own; when that is gone, addresses go on to work."""
  a = world.node('a')
  a.call('peer', 'add', 'udp:localhost:9')
  status = a.call('peer', 'add', 'udp:nobody.invalid:9', code=None)
  check(status.get('code') in (3, 5), status)  # no such host, or no resolver here
  equal(a.call('peer', 'add', 'localhost:9', code=2)['code'], 2)
  os.kill(a.pid('names'), signal.SIGKILL)
  until(lambda: 'net2o-names' not in a.pids(), 'it is gone')
  until(lambda: 'instead of names of hosts' in a.log(), 'the log says so')
  said = a.call('peer', 'add', 'udp:localhost:10', code=5)
  check('address' in said['next'], said)
  a.call('peer', 'add', 'udp:127.0.0.1:10')
  check(a.stop() < 2)


if __name__ == '__main__':
  run(socket_activation, socket_activate_of_systemd, wrong_descriptors, somebody_listens_there,
      manager_hears, journal_gets_levels, units_are_valid, units_are_hard, works_under_the_unit,
      program_is_replaced, silent_clients, names_of_hosts)
