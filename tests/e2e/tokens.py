#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tokens.py - net2o token list, with a card service of our own and cards made here.
#
# pcscd runs on a socket in the test's folder, as root or, where we are nobody special, as the root of
# a user namespace: it serves others only if polkit says so.  Its reader is Debian's virtual one, which
# cards reach over TCP on the loopback.  No service of the machine is touched.
import json
import os
import socket
import struct
import subprocess
import threading

from nodes import NET2O, Skip, check, equal, run, until

PCSCD = '/usr/sbin/pcscd'
DRIVER = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so'
ATR = bytes.fromhex('3bda18ff81b1fe751f030031f573c001600090001c')
SELECT = bytes.fromhex('00a4040006d27600012401')
AID = bytes.fromhex('d276000124010304fffe000001020000')
GERMAN = {'LANGUAGE': 'de', 'N2_LOCALEDIR': os.environ.get('LOCALES', '')}


def token_list(comm, *options, code, **environment):
  done = subprocess.run([NET2O, *options, 'token', 'list'], capture_output=True, timeout=60,
                        env={**os.environ, 'LC_ALL': 'C.UTF-8', 'PCSCLITE_CSOCK_NAME': comm, **environment})
  equal(done.returncode, code, done)
  return done.stdout.decode(), done.stderr.decode()


def free_ports():
  """A port of which the next one is free, too: the virtual reader takes both."""
  while True:
    with socket.socket() as one, socket.socket() as two:
      one.bind(('127.0.0.1', 0))
      port = one.getsockname()[1]
      try:
        two.bind(('127.0.0.1', port + 1))
      except (OSError, OverflowError):
        continue
    return port


def as_root():
  """What to put before a command, so that it believes to be root, and may write to /run."""
  if os.geteuid() == 0:
    return []
  become = ['unshare', '--map-root-user', '--mount', 'sh', '-c', 'mount -t tmpfs none /run && exec "$@"', 'sh']
  if subprocess.run([*become, 'true'], capture_output=True).returncode:
    raise Skip('needs root, or user namespaces')
  return become


def service(world, port=None):
  """Starts pcscd, with the virtual reader at @port or with none; returns its socket."""
  if not os.path.exists(PCSCD) or not os.path.exists(DRIVER):
    raise Skip('no pcscd with a virtual reader')
  comm = world.path('pcscd.comm')
  readers = world.path('readers')
  os.mkdir(readers)
  if port:
    world.write('readers/virtual', f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x{port:X}\n'
                f'LIBPATH {DRIVER}\nCHANNELID 0x{port:X}\n')
  listener = socket.socket(socket.AF_UNIX)
  listener.bind(comm)
  listener.listen(5)

  def hand_over():  # as systemd hands over a socket
    os.dup2(listener.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ['LISTEN_PID'] = str(os.getpid())

  program = 'import os; os.environ["LISTEN_PID"] = str(os.getpid()); ' \
            f'os.execv("{PCSCD}", ["pcscd", "-f", "-c", "{readers}"])'
  with open(world.path('pcscd.log'), 'wb') as log:
    world.run([*as_root(), 'python3', '-c', program], stdout=log, stderr=log, preexec_fn=hand_over,
              close_fds=False, env={**os.environ, 'LISTEN_FDS': '1'})
  listener.close()
  return comm


class Card:
  """A card in the virtual reader: what it answers is up to @answer(command)."""

  def __init__(self, port, answer):
    def connect():
      try:
        return socket.create_connection(('127.0.0.1', port), 1)
      except OSError:
        return None
    self.answer = answer
    self.line = until(connect, 'the virtual reader listens')
    self.thread = threading.Thread(target=self._serve, daemon=True)
    self.thread.start()

  def _read(self, size):
    got = b''
    while len(got) < size:
      self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
      part = self.line.recv(size - len(got))
      if not part:
        raise OSError('closed')
      got += part
    return got

  def _serve(self):
    try:
      while True:
        command = self._read(struct.unpack('>H', self._read(2))[0])
        if command == b'\4':
          reply = ATR
        elif len(command) < 4:
          continue  # power on, off, reset
        else:
          reply = self.answer(command)
        self.line.sendall(struct.pack('>H', len(reply)) + reply)
    except OSError:
      pass

  def remove(self):
    self.line.shutdown(socket.SHUT_RDWR)
    self.thread.join()
    self.line.close()


def openpgp(command):
  if command == SELECT:
    return b'\x90\0'
  if command[:4] == b'\0\xca\0\x4f':
    return AID + b'\x90\0'
  return b'\x6d\0'


def no_service(world):
  comm = world.path('nothing')
  out, err = token_list(comm, code=7)
  equal((out, err), ('', 'net2o: token list: the smart card service does not run. Install pcscd and start it.\n'))
  out, err = token_list(comm, code=7, **GERMAN)
  equal(err, 'net2o: token list: der Dienst für Chipkarten läuft nicht. Installieren und starten Sie pcscd.\n')
  out, err = token_list(comm, '--json', code=7)
  said = json.loads(err)
  equal(said['code'], 7)
  check(said['what'] and said['why'] and said['next'], said)


def no_reader(world):
  comm = service(world)
  _, err = token_list(comm, code=7)
  equal(err, 'net2o: token list: there is no token and no card reader. Plug one in.\n')


def cards_come_and_go(world):
  port = free_ports()
  comm = service(world, port)
  out, err = token_list(comm, code=7)
  check('empty' in out and 'no card reader holds a token. Plug one in.' in err, out, err)
  card = Card(port, openpgp)

  def listed(want, code=0):
    done = subprocess.run([NET2O, '--json', 'token', 'list'], capture_output=True, timeout=60,
                          env={**os.environ, 'PCSCLITE_CSOCK_NAME': comm})
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return rows if done.returncode == code and rows and rows[0]['state'] == want else None

  rows = until(lambda: listed('openpgp'), 'the token is seen')
  equal(rows[0]['serial'], 'FFFE 00000102')
  equal(rows[0]['atr'], ATR.hex())
  check(rows[0]['reader'].startswith('Virtual PCD'), rows)
  out, _ = token_list(comm, code=0)
  check('OpenPGP token' in out and 'FFFE 00000102' in out and '3.4' in out, out)
  card.remove()
  until(lambda: listed('empty', 7), 'it is seen to be gone')


def hostile_cards(world):
  """A card may say anything: it is then no OpenPGP token, and nothing worse."""
  port = free_ports()
  comm = service(world, port)
  answers = {
      'half a status': b'\x90', 'refused': b'\x69\x82', 'short': AID[:9] + b'\x90\0',
      'long': AID + b'\0\x90\0', 'another application': b'\xa0' + AID[1:] + b'\x90\0',
      'nothing': b'\x90\0', 'flood': bytes(65000) + b'\x90\0',
  }
  for name, answer in answers.items():
    card = Card(port, lambda command, answer=answer: b'\x90\0' if command == SELECT else answer)

    def state():
      done = subprocess.run([NET2O, '--json', 'token', 'list'], capture_output=True, timeout=60,
                            env={**os.environ, 'PCSCLITE_CSOCK_NAME': comm})
      check(done.returncode in (0, 7), name, done)
      return [json.loads(line)['state'] for line in done.stdout.splitlines()][0]

    seen = until(lambda: (lambda s: s if s != 'empty' else None)(state()), f'{name}: seen')
    check(seen in ('other', 'mute'), name, seen)
    card.remove()
    until(lambda: state() == 'empty', f'{name}: gone')


def silent_card(world):
  """One that never answers a command does not hold the program for ever."""
  port = free_ports()
  comm = service(world, port)
  over = threading.Event()
  card = Card(port, lambda command: over.wait(50) and b'')

  def seen():
    done = subprocess.run([NET2O, 'token', 'list'], capture_output=True, timeout=40,
                          env={**os.environ, 'LC_ALL': 'C.UTF-8', 'PCSCLITE_CSOCK_NAME': comm})
    equal(done.returncode, 7, done)
    return b'a card does not answer. Pull it out' in done.stderr
  until(seen, 'said that it does not answer', 30)
  over.set()
  card.remove()


if __name__ == '__main__':
  run(no_service, no_reader, cards_come_and_go, hostile_cards, silent_card)
