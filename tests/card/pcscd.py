#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pcscd.py - a smart card service of a test's own: private socket, two slots, virtual cards in them.
#
#   with Readers(folder) as readers:              Readers(folder, pinpad=FILE): readers with keys
#     card = readers.card(0, 'pin-63c', state=FILE, touch='tap')
#     run(..., env={**os.environ, **readers.env})
#
# or as a program, which runs a command there and ends everything with it:
#
#   pcscd.py [--pinpad FILE] [--card 'OPTIONS OF vpcd']... COMMAND...
#
# It needs no rights and touches no service of the machine; programs come from $VPCD and $PINPAD.
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

PCSCD = '/usr/sbin/pcscd'
DRIVER = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so'
NAME = 'Virtual PCD'
START_S = 20
BIND_S = 3  # for the reader's ports, which somebody else may have taken


def missing():
  """What this machine lacks for it, or ''."""
  if not os.path.exists(PCSCD) or not os.path.exists(DRIVER):
    return 'no pcscd with a virtual reader'
  return ''


def free_ports():
  """A port of which the next one is free, too: the virtual reader takes both."""
  while True:
    with socket.socket() as one, socket.socket() as two:
      one.bind(('', 0))
      port = one.getsockname()[1]
      try:
        two.bind(('', port + 1))
      except (OSError, OverflowError):
        continue
    return port


def is_listening(pid, port):
  """Does this process, and not another one, listen at a port?"""
  sockets = set()
  for name in ('/proc/net/tcp', '/proc/net/tcp6'):
    try:
      with open(name) as f:
        rows = [line.split() for line in f][1:]
    except OSError:
      continue
    sockets |= {f'socket:[{row[9]}]' for row in rows
                if row[3] == '0A' and int(row[1].rpartition(':')[2], 16) == port}
  try:
    return any(os.readlink(f'/proc/{pid}/fd/{fd}') in sockets for fd in os.listdir(f'/proc/{pid}/fd'))
  except OSError:  # one that was just closed, or the process ended
    return False


class Card:
  """A virtual card, inserted into a slot unless 'out'; ended by close()."""

  def __init__(self, port, quirks=(), out=False, arguments=(), **options):
    command = [os.environ.get('VPCD', 'vpcd'), '--port', str(port), *arguments]
    for quirk in quirks:
      command += ['--quirk', quirk]
    for name, value in options.items():
      if value is not None:
        command += ['--' + name.replace('_', '-'), str(value)]
    self.lines, self.seen, self.more = [], 0, threading.Condition()
    self.process = subprocess.Popen(command + (['--out'] if out else []), stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True)
    self.thread = threading.Thread(target=self._read, daemon=True)
    self.thread.start()
    self.wait('ready')
    if not out:
      self.wait('seen')

  def _read(self):
    for line in self.process.stdout:
      with self.more:
        self.lines.append(line.rstrip('\n'))
        self.more.notify_all()
    with self.more:
      self.lines.append('ended')
      self.more.notify_all()

  def wait(self, word, seconds=START_S):
    """Waits for the next line that begins with a word, and returns it; what came before is passed over."""
    end = time.monotonic() + seconds
    with self.more:
      while True:
        for place in range(self.seen, len(self.lines)):
          if self.lines[place].startswith(word):
            self.seen = place + 1
            return self.lines[place]
        if 'ended' in self.lines or not self.more.wait(max(0, end - time.monotonic())):
          raise RuntimeError(f'the card did not say {word!r}, but {self.lines[self.seen:]}')

  def tell(self, line):
    """Gives the card a line, see README.md; returns when it is obeyed."""
    self.process.stdin.write(line + '\n')
    self.process.stdin.flush()
    return self.wait('ok')

  def pull(self):
    self.tell('out')

  def insert(self):
    self.tell('in')
    self.wait('seen')

  def tap(self):
    self.tell('tap')

  def close(self):
    if self.process.poll() is None:
      self.process.stdin.close()  # it ends with its input
      try:
        self.process.wait(5)
      except subprocess.TimeoutExpired:
        self.process.kill()
        self.process.wait()
    self.thread.join()
    self.process.stdout.close()


class Readers:
  """pcscd with one reader of two slots, and the cards in them."""

  def __init__(self, folder, pinpad=None):
    self.folder, self.pinpad = folder, pinpad
    self.comm = os.path.join(folder, 'pcscd.comm')
    self.env = {'PCSCLITE_CSOCK_NAME': self.comm}
    self.names = [f'{NAME} 00 00', f'{NAME} 00 01']
    self.process, self.port, self.cards = None, None, []

  def __enter__(self):
    self.start()
    return self

  def __exit__(self, kind, value, trace):
    self.close()

  def log(self):
    with open(os.path.join(self.folder, 'pcscd.log'), errors='replace') as f:
      return f.read()

  def start(self):
    """Starts the service; again after kill(), with the same ports and socket."""
    for _ in range(10):
      port = self.port or free_ports()
      if self._try(port):
        self.port = port
        return
    raise RuntimeError('pcscd does not start\n' + self.log())

  def _try(self, port):
    readers = os.path.join(self.folder, 'readers')
    os.makedirs(readers, exist_ok=True)
    library = os.environ['PINPAD'] if self.pinpad else DRIVER
    with open(os.path.join(readers, 'virtual'), 'w') as f:
      f.write(f'FRIENDLYNAME "{NAME}"\nDEVICENAME /dev/null:0x{port:X}\nLIBPATH {library}\n'
              f'CHANNELID 0x{port:X}\n')
    if os.path.exists(self.comm):
      os.unlink(self.comm)
    with socket.socket(socket.AF_UNIX) as listener:
      listener.bind(self.comm)
      listener.listen(5)
      fd = listener.fileno()
      command = [PCSCD, '--foreground', '--config', readers]
      if '--disable-polkit' in subprocess.run([PCSCD, '--help'], capture_output=True, text=True).stdout:
        command.append('--disable-polkit')
      # The socket is handed over as systemd does it: descriptor 3, and whose it is.
      script = f'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&{fd}'
      environment = {**os.environ, 'PINPAD_FILE': self.pinpad or ''}
      with open(os.path.join(self.folder, 'pcscd.log'), 'ab') as log:
        self.process = subprocess.Popen(['sh', '-c', script, 'sh', *command], pass_fds=(fd,), stdout=log,
                                        stderr=log, stdin=subprocess.DEVNULL, env=environment)
    end = time.monotonic() + BIND_S
    while not all(is_listening(self.process.pid, p) for p in (port, port + 1)):
      if self.process.poll() is not None or time.monotonic() > end:
        self.kill()
        return False
      time.sleep(0.01)
    return True

  def card(self, slot, *quirks, **options):
    """A card in a slot, 0 or 1: its quirks, and options of vpcd with _ for -."""
    card = Card(self.port + slot, quirks, **options)
    self.cards.append(card)
    return card

  def kill(self):
    """Ends the service at once, as if it had crashed; cards come back with start()."""
    if self.process and self.process.poll() is None:
      self.process.kill()
      self.process.wait()

  def close(self):
    for card in self.cards:
      card.close()
    if self.process and self.process.poll() is None:
      self.process.terminate()
      try:
        self.process.wait(5)
      except subprocess.TimeoutExpired:
        self.kill()


def main(arguments):
  pinpad, cards = None, []
  while arguments and arguments[0] in ('--pinpad', '--card'):
    if arguments[0] == '--pinpad':
      pinpad = arguments[1]
    else:
      cards.append(shlex.split(arguments[1]))
    arguments = arguments[2:]
  if not arguments or missing() or 'VPCD' not in os.environ:
    sys.exit(missing() or 'usage: VPCD=PROGRAM [PINPAD=DRIVER] pcscd.py [--pinpad FILE] [--card OPTIONS]... COMMAND...')
  folder = tempfile.mkdtemp(prefix='n2-pcscd-')
  try:
    with Readers(folder, pinpad) as readers:
      for slot, options in enumerate(cards):
        readers.card(slot, arguments=options)
      return subprocess.run(arguments, env={**os.environ, **readers.env}).returncode
  finally:
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
  sys.exit(main(sys.argv[1:]))
