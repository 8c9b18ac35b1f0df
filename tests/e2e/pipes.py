#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pipes.py - programs of the same user that hand the keys process bad pipes over D-Bus: silent ones, ones cut short, ones
#            that would have it wait. Nobody else notices.
import array
import fcntl
import os
import select
import socket
import struct
import time

from nodes import check, equal, run, until

from identity import ask

PATIENCE_S = 10
PLACES = 8  # that the keys process has for secrets on their way
FULL = 'something else is using it'
BUSY_S = 0.2  # at least, with one passphrase


class Bus:
  """A client of one node, by hand: calls with a descriptor and without, in any order."""

  def __init__(self, node):
    self.socket = socket.socket(socket.AF_UNIX)
    self.socket.settimeout(PATIENCE_S)
    self.socket.connect(node.profile + '/bus')
    self.rest, self.serial = b'', 0
    self.socket.send(b'\0')
    for say, answer in ((b'AUTH EXTERNAL ' + str(os.getuid()).encode().hex().encode(), b'OK'),
                        (b'NEGOTIATE_UNIX_FD', b'AGREE_UNIX_FD')):
      self.socket.send(say + b'\r\n')
      check(self.socket.recv(1024).startswith(answer), say)
    self.socket.send(b'BEGIN\r\n')

  def call(self, interface, method, fd=None):
    """Its serial number; @fd: its one argument, closed here."""
    self.serial += 1
    fields, body = b'', b''
    for number, kind, text in ((1, b'o', '/org/net2o/Node'), (2, b's', interface), (3, b's', method)):
      fields += bytes(-len(fields) % 8) + bytes((number, 1)) + kind + b'\0'
      fields += struct.pack('<I', len(text)) + text.encode() + b'\0'
    if fd is not None:
      fields += bytes(-len(fields) % 8) + b'\x08\x01g\0\x01h\0'
      fields += bytes(-len(fields) % 8) + b'\x09\x01u\0' + struct.pack('<I', 1)
      body = struct.pack('<I', 0)
    head = b'l\x01\0\x01' + struct.pack('<III', len(body), self.serial, len(fields)) + fields
    message = head + bytes(-len(head) % 8) + body
    if fd is None:
      self.socket.sendall(message)
    else:
      self.socket.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [fd]))])
      os.close(fd)
    return self.serial

  def take(self, n):
    while len(self.rest) < n:
      got = self.socket.recv(65536)
      check(got, 'the node hung up')
      self.rest += got
    taken, self.rest = self.rest[:n], self.rest[n:]
    return taken

  def answer(self, serial):
    """The text of the error that this call gave, or '' if there was none; what comes before is passed over."""
    while True:
      head = self.take(16)
      body_len, fields_len = struct.unpack('<I', head[4:8])[0], struct.unpack('<I', head[12:16])[0]
      fields = self.take(fields_len + -fields_len % 8)[:fields_len]
      body = self.take(body_len)
      if b'\x05\x01u\0' + struct.pack('<I', serial) in fields:
        return body[4:-1].decode() if head[1] == 3 else ''

  def ask(self, *arguments):
    return self.answer(self.call(*arguments))

  def close(self):
    self.socket.close()


def set_passphrase(bus, reader):
  return bus.call('org.net2o.Identity1', 'SetPassphrase', reader)


def silent(world):
  """Who is gone awaits nothing any more, and keeps nobody else from typing."""
  a = world.node('a')
  bus, writers = Bus(a), []
  for _ in range(PLACES):
    reader, writer = os.pipe()
    set_passphrase(bus, reader)
    writers.append(writer)
  reader, writer = os.pipe()
  os.close(writer)
  full = bus.answer(set_passphrase(bus, reader))
  equal(full.split('\n')[1], FULL)  # all places are taken; else this proves nothing
  bus.close()

  def is_free():
    other = Bus(a)
    reader, writer = os.pipe()
    os.write(writer, b'\0\0')
    os.close(writer)
    error = other.answer(set_passphrase(other, reader))
    other.close()
    check(not error or FULL in error, error)
    return not error

  until(is_free, 'somebody else is heard', PATIENCE_S)
  for writer in writers:
    os.close(writer)


def cut_short(world):
  """The old passphrase alone, and then nothing, does not take it away; nor does one that is too long."""
  a = world.node('a')
  ask(a, 'id', 'passphrase', passphrase=b'correct horse\n')
  bus = Bus(a)
  for said in (b'', b'correct horse', b'correct horse\0', b'correct horse\0battery'):
    reader, writer = os.pipe()
    call = set_passphrase(bus, reader)
    os.write(writer, said)
    os.close(writer)
    what = bus.answer(call).split('\n')
    equal(what[1:3], ['what was typed did not come whole, so nothing was done', 'Type it again.'], said)
  reader, writer = os.pipe()
  call = set_passphrase(bus, reader)
  os.write(writer, b'correct horse\0' + 1025 * b'x' + b'\0')
  os.close(writer)
  equal(bus.answer(call).split('\n')[1:3], ['the passphrase is too long', 'Take one of at most 1,024 bytes.'])
  check(ask(a, 'id', 'show')['passphrase'])
  a.stop()
  a.start()
  ask(a, 'id', 'unlock', passphrase=b'correct horse\n')


def waits_for_nobody(world):
  """What the other side does with its copy of the pipe does not make the keys process wait: not even if it takes away
  what was there after that was seen, and before it is read."""
  a = world.node('a')
  ask(a, 'id', 'passphrase', passphrase=b'correct horse\n')  # so that a wrong one is work
  bus, pipes = Bus(a), [os.pipe() for _ in range(3)]
  kept = os.dup(pipes[2][0])
  calls = [set_passphrase(bus, reader) for reader, _ in pipes]
  equal(bus.ask('org.net2o.Identity1', 'List'), '')  # they are awaited
  os.write(pipes[0][1], b'wrong\0\0')
  time.sleep(BUSY_S / 4)
  os.write(pipes[1][1], b'wrong\0\0')  # both are there when it looks again,
  os.write(pipes[2][1], b'x')
  check(bus.answer(calls[0]))
  time.sleep(BUSY_S / 4)
  if select.select([kept], [], [], 0)[0]:  # and while it works on the first the second is taken back
    equal(os.read(kept, 2), b'x')
  fcntl.fcntl(kept, fcntl.F_SETFL, 0)
  check(bus.answer(calls[1]))
  equal(bus.ask('org.net2o.Identity1', 'List'), '')
  bus.close()
  for _, writer in pipes:
    os.close(writer)


if __name__ == '__main__':
  run(silent, cut_short, waits_for_nobody)
