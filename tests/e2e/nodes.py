# SPDX-License-Identifier: GPL-3.0-or-later
#
# nodes.py - starts real nodes in temporary profiles, speaks to them, always cleans up.
#
# Nothing sleeps for a fixed time: what must become true is asked for until it is, or fails.

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

NET2OD = os.environ.get('NET2OD', 'net2od')
NET2O = os.environ.get('NET2O', 'net2o')
TESTDATA = os.environ.get('N2_TESTDATA', '')
START_S = 20
CALL_S = 60


# Orphans come to us, as the first process of a container often does not ask how they ended.
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


class Failure(Exception):
  """A check that did not hold."""


class Skip(Exception):
  """This machine lacks something; the reason must stand in tests/skips."""


def check(condition, *words):
  if not condition:
    raise Failure(' '.join(str(w) for w in words) or 'check failed')


def equal(got, want, *words):
  check(got == want, *words, f'got {got!r}, want {want!r}')


def until(ask, what, seconds=15):
  """Asks until the answer is true, and returns it."""
  end = time.monotonic() + seconds
  while True:
    answer = ask()
    if answer:
      return answer
    if time.monotonic() > end:
      raise Failure(f'{what}: not within {seconds} s')
    time.sleep(0.02)


def text_of(pid, name):
  try:
    with open(f'/proc/{pid}/{name}') as f:
      return f.read()
  except OSError:
    return ''


def reap(pid):
  try:
    os.waitpid(pid, os.WNOHANG)
  except OSError:
    pass


def is_gone(pid):
  """Has this process ended?  One that nobody has asked how it ended counts."""
  state = text_of(pid, 'stat').rpartition(')')[2].split()
  return not state or state[0] in 'ZX'


class Node:
  """One net2od with its two processes."""

  def __init__(self, world, name, bits=4, listen=('udp:127.0.0.1:0',), space=None, options=(),
               user=None):
    self.name, self.space, self.user = name, space, user
    self.profile = os.path.join(world.folder, name)
    self.log_path = os.path.join(world.folder, name + '.log')
    self.listen = list(listen)
    self.command = [NET2OD, '--profile', self.profile, '--switch-bits', str(bits)]
    self.command += list(options)
    self.bits = bits
    self.process = None
    self.identity = self.ready = None
    self.endpoints = []

  def _inside(self, command):
    if self.user is not None:
      return ['setpriv', f'--reuid={self.user}', f'--regid={self.user}', '--clear-groups'] + command
    return ['ip', 'netns', 'exec', self.space] + command if self.space else command

  def start(self):
    command = list(self.command)
    for listener in self.endpoints or self.listen:  # a second start keeps its ports
      command += ['--listen', listener]
    with open(self.log_path, 'ab') as log:
      self.process = subprocess.Popen(self._inside(command), stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=log)
    self.ready = self._line(START_S)
    words = self.ready.split(' ')
    check(len(words) == 3 and words[0] == 'ready', f'{self.name}: ready line {self.ready!r}',
          self.log())
    self.endpoints = words[1].split(',')
    self.identity = words[2]
    return self

  def _line(self, seconds):
    got = b''
    end = time.monotonic() + seconds
    fd = self.process.stdout.fileno()
    while not got.endswith(b'\n'):
      readable, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
      part = os.read(fd, 4096) if readable else b''
      if not part:
        self.kill()
        raise Failure(f'{self.name}: no ready line, only {got!r}\n{self.log()}')
      got += part
    return got.decode().rstrip('\n')

  @property
  def endpoint(self):
    return self.endpoints[0]

  def log(self):
    try:
      with open(self.log_path, errors='replace') as f:
        return f.read()
    except OSError:
      return ''

  def pids(self):
    """Process ids by name, net2o-keys and net2o-node, as far as they run."""
    parent = self.process.pid
    found = {}
    for pid in text_of(parent, f'task/{parent}/children').split():
      found[text_of(pid, 'comm').strip()] = int(pid)
    return found

  def pid(self, role):
    """Id of the process 'keys' or 'node', when it is there."""
    return until(lambda: self.pids().get('net2o-' + role), f'{self.name}: process {role}')

  def call(self, *arguments, code=0, seconds=CALL_S, stdin=None):
    """Runs net2o --json; returns what it printed, parsed: one object, or a list of them."""
    done = subprocess.run([NET2O, '--profile', self.profile, '--json', *arguments],
                          capture_output=True, timeout=seconds, input=stdin)
    if code is not None and done.returncode != code:
      raise Failure(f'{self.name}: net2o {" ".join(arguments)}: code {done.returncode}, want '
                    f'{code}\n{done.stdout.decode(errors="replace")}'
                    f'{done.stderr.decode(errors="replace")}\n{self.log()}')
    rows = [json.loads(line) for line in done.stdout.decode().splitlines() if line.strip()]
    if code != 0 and not rows:
      rows = [json.loads(line) for line in done.stderr.decode().splitlines()
              if line.startswith('{')]
    return rows[0] if len(rows) == 1 else rows

  def rows(self, *arguments):
    got = self.call(*arguments)
    return got if isinstance(got, list) else [got]

  def get(self, address, path, code=0, seconds=CALL_S):
    return self.call('get', address, '-o', path, code=code, seconds=seconds)

  def peer(self, other, address=None):
    """Links to another node and returns our port to it, once the link is up."""
    endpoint = address or other.endpoint
    self.call('peer', 'add', endpoint)

    def up():
      for row in self.rows('peer', 'list'):
        if row.get('endpoint') == endpoint and row.get('state') == 'up':
          return row
      return None
    return until(up, f'{self.name}: link to {other.name}')['port']

  def stop(self, seconds=2):
    """Ends it cleanly; returns how long that took."""
    began = time.monotonic()
    self.process.send_signal(signal.SIGTERM)
    try:
      code = self.process.wait(seconds)
    except subprocess.TimeoutExpired:
      self.kill()
      raise Failure(f'{self.name}: SIGTERM did not end it within {seconds} s\n{self.log()}')
    equal(code, 0, f'{self.name}: exit code;', self.log())
    return time.monotonic() - began

  def kill(self):
    if self.process and self.process.poll() is None:
      children = self.pids().values()
      self.process.kill()
      self.process.wait()
      for pid in children:  # they end by themselves, and are ours now
        until(lambda pid=pid: is_gone(pid), f'{self.name}: child {pid} ends')
        reap(pid)


class World:
  """A temporary folder and all that runs in it; gone at the end, whatever happens."""

  def __enter__(self):
    self.folder = tempfile.mkdtemp(prefix='n2-e2e-')
    self.nodes, self.others = [], []
    return self

  def __exit__(self, kind, value, trace):
    for node in self.nodes:
      node.kill()
    for process in self.others:
      if process.poll() is None:
        process.terminate()
        process.wait()
    if kind and os.environ.get('N2_KEEP'):
      print(f'# kept: {self.folder}')
    else:
      shutil.rmtree(self.folder, ignore_errors=True)

  def node(self, name, **options):
    node = Node(self, name, **options)
    self.nodes.append(node)
    return node.start()

  def run(self, command, **options):
    process = subprocess.Popen(command, **options)
    self.others.append(process)
    return process

  def path(self, *parts):
    return os.path.join(self.folder, *parts)

  def write(self, name, data):
    path = self.path(name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
      f.write(data if isinstance(data, bytes) else data.encode())
    return path


def read(path):
  with open(path, 'rb') as f:
    return f.read()


def files_below(folder):
  """Paths relative to a folder, sorted."""
  found = []
  for where, _, names in os.walk(folder):
    found += [os.path.relpath(os.path.join(where, name), folder) for name in names]
  return sorted(found)


def run(*tests):
  """Runs test functions, each with a World, and prints TAP."""
  chosen = [t for t in tests if len(sys.argv) < 2 or t.__name__ in sys.argv[1:]]
  failed = 0
  print(f'1..{len(chosen)}', flush=True)
  for number, test in enumerate(chosen, 1):
    name = test.__name__.replace('_', '-')
    began = time.monotonic()
    try:
      with World() as world:
        test(world)
      print(f'ok {number} {name} # {time.monotonic() - began:.1f} s'.replace(' # ', ' - '),
            flush=True)
    except Skip as reason:
      print(f'ok {number} {name} # SKIP {reason}', flush=True)
    except Exception as problem:  # each test is on its own; the next one runs all the same
      failed += 1
      words = str(problem) if isinstance(problem, Failure) else traceback.format_exc()
      for line in words.splitlines():
        print(f'# {line}')
      print(f'not ok {number} {name}', flush=True)
  sys.exit(1 if failed else 0)
