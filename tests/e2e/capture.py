# SPDX-License-Identifier: GPL-3.0-or-later
#
# capture.py - what passes by on a device, as net2o packets; run inside a network namespace.
#
#   capture.py DEVICE FILE     writes a line for each whole sealed packet until it is ended:
#                              source port, kind, path (hex), and a name that switches never change

import hashlib
import socket
import struct
import sys

ETH_P_ALL = 3
LINK_HEAD = 8
SEALED_HEAD = 2 + 8 + 8 + 8
TAG = 16


def packets_of(payload):
  """Whole packets of one datagram: (kind, path, rest that no switch changes)."""
  if len(payload) < LINK_HEAD:
    return
  mark = struct.unpack('>H', payload[6:8])[0] >> 14
  if mark != 0:  # a half, or link control
    return
  at = LINK_HEAD
  while at < len(payload) and payload[at] != 0:
    kind = payload[at]
    version, is_long, sealed = kind >> 6, kind >> 5 & 1, kind >> 4 & 1
    size = 32 << 2 * (kind >> 2 & 3)
    if version != 1 or not is_long:
      return
    length = 2 + 8 + 8 + size + (8 + TAG if sealed else 0)
    packet = payload[at:at + length]
    if len(packet) < length:
      return
    if sealed:
      yield kind, struct.unpack('>Q', packet[2:10])[0], packet[10:]
    at += length


def datagram_of(frame):
  """(source port, payload) of a UDP datagram, or None.  Devices of tun have no Ethernet head."""
  if len(frame) < 28 or frame[0] >> 4 != 4:
    return None
  head = (frame[0] & 15) * 4
  if frame[9] != 17 or struct.unpack('>H', frame[6:8])[0] & 0x3fff:
    return None
  source, _, length = struct.unpack('>HHH', frame[head:head + 6])
  return source, frame[head + 8:head + length]


def main():
  device, path = sys.argv[1:]
  s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
  s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
  s.bind((device, ETH_P_ALL))
  with open(path, 'w', buffering=1) as out:
    print('ready', flush=True)
    while True:
      try:
        found = datagram_of(s.recv(1 << 17))
      except OSError:  # the device is gone
        return
      if not found:
        continue
      for kind, word, rest in packets_of(found[1]):
        name = hashlib.sha256(rest).hexdigest()[:24]
        out.write(f'{found[0]} {kind:02x} {word:016x} {name}\n')


if __name__ == '__main__':
  main()
