#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# card-readers.py - the virtual reader that other tests stand on: slots, keys, torn cards, a dead service.
#
# libpcsclite is called as it is, without any of our code in between.
import atexit
import ctypes
import os
import shutil
import struct
import sys
import tempfile
import threading

from nodes import Skip, check, equal, run, until

sys.path.insert(0, os.environ.get('CARDS', os.path.join(os.path.dirname(__file__), '..', 'card')))
from pcscd import Readers, missing  # noqa: E402

SELECT = bytes.fromhex('00a4040006d27600012401')
AID = bytes.fromhex('00ca004f00')
TRIES = bytes.fromhex('00ca00c400')
PW1, PW3 = bytes.fromhex('0020008206') + b'123456', bytes.fromhex('0020008308') + b'12345678'
SHARED, T1, LEAVE, RESET = 2, 2, 0, 1
GET_FEATURES = 0x42000000 + 3400
VERIFY_PIN_DIRECT, MODIFY_PIN_DIRECT = 6, 7
SOCKET = os.path.join(tempfile.mkdtemp(prefix='n2-e2e-'), 'comm')
long, handle = ctypes.c_long, ctypes.c_long


class Refused(Exception):
  """A PC/SC call failed: its code."""


class Client:
  """PC/SC of one context."""

  def __init__(self, readers):
    self.pcsc = ctypes.CDLL('libpcsclite.so.1')
    self.context = long()
    # The library asks once for the socket's name: it stays, and leads to the service of this test.
    if os.path.lexists(SOCKET):
      os.unlink(SOCKET)
    os.symlink(readers.comm, SOCKET)
    self.call('SCardEstablishContext', 2, None, None, ctypes.byref(self.context))

  def call(self, name, *arguments):
    code = getattr(self.pcsc, name)(*arguments) & 0xffffffff
    if code:
      raise Refused(f'{name}: {code:08X}')

  def connect(self, name):
    card, protocol = handle(), ctypes.c_ulong()
    self.call('SCardConnect', self.context, name.encode(), SHARED, T1, ctypes.byref(card), ctypes.byref(protocol))
    return card

  def send(self, card, apdu):
    out, size = ctypes.create_string_buffer(70000), ctypes.c_ulong(70000)
    request = struct.pack('LL', T1, 16)
    self.call('SCardTransmit', card, request, apdu, ctypes.c_ulong(len(apdu)), None, out, ctypes.byref(size))
    return out.raw[:size.value]

  def control(self, card, code, data):
    out, size = ctypes.create_string_buffer(300), ctypes.c_ulong()
    self.call('SCardControl', card, ctypes.c_ulong(code), data, ctypes.c_ulong(len(data)), out, ctypes.c_ulong(300),
              ctypes.byref(size))
    return out.raw[:size.value]

  def features(self, card):
    told = self.control(card, GET_FEATURES, b'')
    return {told[i]: int.from_bytes(told[i + 2:i + 6], 'big') for i in range(0, len(told), 6)}

  def leave(self, card, how=LEAVE):
    self.pcsc.SCardDisconnect(card, how)

  def __enter__(self):
    return self

  def __exit__(self, kind, value, trace):
    self.pcsc.SCardReleaseContext(self.context)


def refused(ask, *arguments):
  try:
    ask(*arguments)
  except Refused as why:
    return str(why)
  return ''


def gone(client, card, apdu):
  """Does a command find no card?  The virtual reader answers with less than a status, where real ones fail."""
  try:
    return len(client.send(card, apdu)) < 2
  except Refused:
    return True


def readers_of(world, **options):
  if missing():
    raise Skip(missing())
  return Readers(world.folder, **options)


def two_slots(world):
  with readers_of(world) as readers:
    cards = [readers.card(slot, serial=f'{slot + 0x10:x}') for slot in (0, 1)]
    with Client(readers) as client:
      held = [client.connect(name) for name in readers.names]
      for slot in (0, 1):
        equal(client.send(held[slot], SELECT), b'\x90\0')
        equal(client.send(held[slot], AID)[10:14], struct.pack('>I', slot + 0x10))
      cards[0].pull()
      check(gone(client, held[0], AID), 'a pulled card answers')
      equal(client.send(held[1], AID)[10:14], struct.pack('>I', 0x11))
      cards[0].insert()
      client.leave(held[0])
      held[0] = client.connect(readers.names[0])
      equal(client.send(held[0], AID), b'\x6d\0')
      equal(client.send(held[0], SELECT), b'\x90\0')


def reset_at_the_end(world):
  """A client that leaves with a reset leaves no PIN behind; one that does not, does."""
  with readers_of(world) as readers:
    readers.card(0)
    with Client(readers) as client:
      for how, left in ((LEAVE, b'\x90\0'), (RESET, b'\x63\xc3')):
        card = client.connect(readers.names[0])
        equal([client.send(card, SELECT), client.send(card, PW1)], [b'\x90\0'] * 2)
        other = client.connect(readers.names[0])
        client.leave(card, how)
        if how == RESET:
          check('80100068' in refused(client.send, other, AID), 'a reset is not told')
          client.call('SCardReconnect', other, SHARED, T1, LEAVE, ctypes.byref(ctypes.c_ulong()))
          equal(client.send(other, SELECT), b'\x90\0')
        equal(client.send(other, bytes.fromhex('00200082')), left)
        client.leave(other, RESET)


def verify_structure(apdu):
  return struct.pack('<BBBBBHBBHB3sI', 30, 0, 0x82, 0, 0, 0x0640, 2, 1, 0x409, 0, b'', len(apdu)) + apdu


def modify_structure(apdu):
  return struct.pack('<BBBBBBBHBBBHBBB3sI', 30, 0, 0x82, 0, 0, 0, 0, 0x0640, 3, 2, 3, 0x409, 0, 1, 2, b'', len(apdu)) + apdu


def keypad(world):
  """A PIN typed at the reader's keys; the wrong one, none at all, too late; and a new one."""
  typed = world.path('typed')
  with readers_of(world, pinpad=typed) as readers:
    readers.card(0)
    with Client(readers) as client:
      card = client.connect(readers.names[0])
      client.send(card, SELECT)
      code = client.features(card)

      def verify(keys):
        if keys is not None:
          world.write('typed', keys)
        return client.control(card, code[VERIFY_PIN_DIRECT], verify_structure(bytes.fromhex('0020008200'))).hex()

      equal(verify(None), '6401')
      equal(verify('\n'), '6401')
      equal(verify('timeout\n'), '6400')
      equal(client.send(card, TRIES)[4:].hex(), '0300039000')
      equal(verify('111111\n'), '6982')
      equal(verify('123456\n'), '9000')
      equal(client.send(card, bytes.fromhex('00200082')), b'\x90\0')
      check(refused(client.control, card, code[VERIFY_PIN_DIRECT], verify_structure(PW1)), 'a PIN of the host is taken')
      world.write('typed', '123456\n654321\n')
      equal(client.control(card, code[MODIFY_PIN_DIRECT], modify_structure(bytes.fromhex('00240081'))).hex(), '9000')
      equal(verify('123456\n'), '6982')
      equal(verify('654321\n'), '9000')
      # A FIFO makes the reader wait for fingers.
      os.unlink(typed)
      os.mkfifo(typed)
      said = []
      waiting = threading.Thread(target=lambda: said.append(verify(None)))
      waiting.start()
      with open(typed, 'w') as keys:
        check(not said)
        keys.write('654321\n')
      waiting.join()
      equal(said, ['9000'])


def no_keypad(world):
  with readers_of(world) as readers:
    readers.card(0)
    with Client(readers) as client:
      card = client.connect(readers.names[0])
      check(refused(client.control, card, GET_FEATURES, b''), 'the plain reader has features')


def torn(world):
  """Pulled at any byte of command and answer: the card comes back with what it wrote."""
  with readers_of(world) as readers:
    card = readers.card(0)
    with Client(readers) as client:
      # The command's 11 bytes, two points of the try that is written, the answer's 2 bytes.
      for at, tries in ((1, 3), (11, 3), (12, 3), (13, 2), (14, 1)):
        held = client.connect(readers.names[0])
        equal(client.send(held, SELECT), b'\x90\0')
        card.tell(f'tear {at}')
        check(gone(client, held, bytes.fromhex('0020008206') + b'111111'), at)
        card.wait('torn')
        client.leave(held)
        until(lambda: refused(client.connect, readers.names[0]), 'seen to be gone')
        card.insert()
        held = client.connect(readers.names[0])
        equal(client.send(held, SELECT), b'\x90\0')
        equal(client.send(held, TRIES)[4], tries, at)
        client.leave(held, RESET)


def pulled_in_touch(world):
  with readers_of(world) as readers:
    card = readers.card(0, touch='tap')
    with Client(readers) as client:
      held = client.connect(readers.names[0])
      for apdu in (SELECT, PW3, bytes.fromhex('0047800002a40000'), bytes.fromhex('00da00d8020120'), PW1):
        equal(client.send(held, apdu)[-2:], b'\x90\0')
      said = []
      sign = bytes.fromhex('0088000002414200')
      waiting = threading.Thread(target=lambda: said.append(gone(client, held, sign)))
      waiting.start()
      card.wait('touch aut')
      card.pull()
      waiting.join()
      check(said[0], said)
      card.insert()
      client.leave(held)
      held = client.connect(readers.names[0])
      equal([client.send(held, SELECT), client.send(held, PW1)], [b'\x90\0'] * 2)
      card.tell('touch never')
      card.tell('touch-wait 50')
      equal(client.send(held, sign), b'\x66\0')
      card.tell('touch 50')
      equal(client.send(held, sign)[64:], b'\x90\0')


def service_killed(world):
  with readers_of(world) as readers:
    card = readers.card(0)
    with Client(readers) as client:
      held = client.connect(readers.names[0])
      client.send(held, SELECT)
      readers.kill()
      card.wait('away')
      check(gone(client, held, AID), 'a dead service answers')
    readers.start()
    card.wait('seen')
    with Client(readers) as client:
      held = client.connect(readers.names[0])
      equal(client.send(held, SELECT), b'\x90\0')


if __name__ == '__main__':
  atexit.register(shutil.rmtree, os.path.dirname(SOCKET))
  os.environ['PCSCLITE_CSOCK_NAME'] = SOCKET
  run(two_slots, reset_at_the_end, keypad, no_keypad, torn, pulled_in_touch, service_killed)
