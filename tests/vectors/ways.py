#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ways.py - what daemon/PROTOCOL.md says of switches, written a second time: paths, echo, notices,
#           reservations, trees, channels.  A wrong thing is a ValueError.
#
# It shares no code with the node, so that a mistake in one of the two shows.
import struct

from second import SIZES, need, packet_bytes

LONG_BITS, SHORT_BITS, CHANNEL_BITS, NUMBER_BITS = 58, 12, 24, 16
UNICAST, MULTICAST, BROADCAST, CONTROL = range(4)
URGENT, HIGH, DEFAULT, LOW = range(4)
ECHO, ECHOED, NOTICE, RESERVE, TREE, CHANNEL = range(1, 7)
ASK, RELEASE, GRANTED, REFUSED, CUT = range(1, 6)
JOIN, LEAVE, SPLIT, ACCEPT, REFUSE = range(1, 6)
DROPPED, JAM = 1, 2
HOP = 0x80


def mirror(value, bits):
    return int(f'{value:0{bits}b}'[::-1], 2) if bits else 0


# ---- paths: a number, labels above and `used` below ----

def route(*hops):
    """The long path of (port, width) for each switch."""
    labels = bits = 0
    for port, width in hops:
        need(port < 1 << width, 'port')
        labels, bits = labels << width | port, bits + width
    need(bits <= LONG_BITS, 'too far')
    return labels << LONG_BITS - bits << 6


def short_route(*hops):
    path = route(*hops)
    need(not path & (1 << 52) - 1, 'too far for a short path')
    return path >> 52 << 4


def used(path):
    return path & 63


def step(path, in_port, width, fixed=0):
    """(out-port, path behind a switch); @fixed: top bits that stay, of a broadcast."""
    labels, n = path >> 6, path & 63
    room = LONG_BITS - fixed
    need(n + width <= room, 'no room')
    low = labels & (1 << room) - 1
    out = low >> room - width
    low = (low << width) & (1 << room) - 1 | mirror(in_port, width)
    return out, (labels >> room << room | low) << 6 | n + width


def answer(path):
    n = path & 63
    return mirror(path >> 6, LONG_BITS) >> LONG_BITS - n << LONG_BITS - n + 6


def step_short(path, in_port, width):
    labels, n = path >> 4, path & 15
    need(n + width <= SHORT_BITS, 'no room')
    out = labels >> SHORT_BITS - width
    return out, ((labels << width) & 0xfff | mirror(in_port, width)) << 4 | n + width


def answer_short(path):
    n = path & 15
    return mirror(path >> 4, SHORT_BITS) >> SHORT_BITS - n << SHORT_BITS - n + 4


def mark(mask, before, after):
    """The mask of a message that joins, behind a switch."""
    return mask & (2 << before) - 2 | 1 << after


# ---- packets ----

class Packet:
    """Any packet, taken apart."""

    def __init__(self, raw):
        need(raw and packet_bytes(raw[0] & ~2) == len(raw), 'no packet')
        need(not raw[1] & 7, 'spare bits')
        self.raw = raw
        self.is_long, self.sealed = bool(raw[0] & 0x20), bool(raw[0] & 0x10)
        self.klass, self.mode, self.jam = raw[1] >> 6, raw[1] >> 4 & 3, raw[1] >> 3 & 1
        need(self.is_long or self.mode < MULTICAST or self.mode == CONTROL, 'short to many')
        self.path, self.address = struct.unpack('>QQ' if self.is_long else '>HH',
                                                raw[2:18 if self.is_long else 6])
        head = (26 if self.sealed else 18) if self.is_long else 6
        self.counter = struct.unpack('>I', raw[18:22])[0] if self.sealed else None
        self.data = raw[head:]

    def is_message(self, kind):
        return (self.mode == CONTROL and self.is_long and not self.sealed and not self.address and
                len(self.data) == 32 and self.data[0] == kind)

    def with_path(self, path):
        return self.raw[:2] + struct.pack('>Q', path) + self.raw[10:]


def make(path, address, data, mode=UNICAST, klass=DEFAULT):
    kind = 0x60 | SIZES.index(len(data)) << 2
    return bytes((kind, klass << 6 | mode << 4)) + struct.pack('>QQ', path, address) + data


def make_sealed(path, address, counter, noise, data, tag, klass=DEFAULT):
    """Nobody on the way can tell whether it is really sealed."""
    kind = 0x70 | SIZES.index(len(data)) << 2
    return (bytes((kind, klass << 6)) + struct.pack('>QQI', path, address, counter) + noise + data +
            tag)


def make_short(path, address, data, klass=DEFAULT):
    kind = 0x40 | SIZES.index(len(data)) << 2
    return bytes((kind, klass << 6)) + struct.pack('>HH', path, address) + data


def message(path, data):
    """What switches look at: control, address 0, 32 bytes."""
    return make(path, 0, data.ljust(32, b'\0'), CONTROL)


# ---- echo and notices ----

def echo(path, nonce):
    return message(path, struct.pack('>B7xQ', ECHO, nonce))


def read_echoed(packet):
    """(nonce, width, in-port)"""
    need(packet.is_message(ECHOED), 'no echo')
    nonce, width, port = struct.unpack('>QBH', packet.data[8:19])
    need(not any(packet.data[1:8] + packet.data[19:]) and 1 <= width <= 16, 'echo')
    return nonce, width, port


class Notice:
    def __init__(self, packet):
        d = packet.data
        need(packet.is_message(NOTICE) and d[1] in (DROPPED, JAM), 'no notice')
        need(not any(d[6:8] + d[24:]), 'spare bytes')
        self.reason, delay, self.rate_code, self.kind = struct.unpack('>BHBB', d[1:6])
        self.delay_s = delay / 10000
        self.address, self.counter = struct.unpack('>QI', d[8:20])
        self.noise, self.path = d[20:24], packet.path
        self.rate_bps = 1000 * 2 ** (self.rate_code / 8) if self.rate_code else 0


# ---- reservations ----

ANY_KBIT = 0xffffffff


class Reserve:
    """A message about a reservation."""
    FORM = '>BBBBBBBx8sIIQ'

    def __init__(self, what, ident, kbit, klass=HIGH):
        self.what, self.ident, self.kbit, self.klass = what, ident, kbit, klass
        self.place = self.reason = self.unsure = self.start = self.marks = 0
        self.offer = ANY_KBIT
        self.path = None

    @classmethod
    def of(cls, packet):
        need(packet.is_message(RESERVE) and packet.data[1] & 0xf0 == HOP and not packet.data[7],
             'no reservation')
        (_, what, klass, place, reason, unsure, start, ident, kbit, offer,
         marks) = struct.unpack(cls.FORM, packet.data)
        need(1 <= what & 7 <= CUT and klass < 2, 'reservation')
        r = cls(what & 15, ident, kbit, klass)
        r.place, r.reason, r.unsure, r.start, r.offer, r.marks = place, reason, unsure, start, offer, marks
        r.path = packet.path
        return r

    def bytes(self, path):
        return message(path, struct.pack(self.FORM, RESERVE, HOP | self.what, self.klass, self.place,
                                         self.reason, self.unsure, self.start, self.ident, self.kbit,
                                         self.offer, self.marks))


# ---- one to many ----

class Cast:
    """A message about a tree, or about a channel."""
    FORM = '>BBHB3sQQQ'

    def __init__(self, what, number_of, nonce, kind=TREE, hop=True):
        self.what, self.cast, self.nonce, self.kind, self.hop = what, number_of, nonce, kind, hop
        self.number = self.rank = self.mask = 0
        self.taken = bytes(3)
        self.path = None

    @classmethod
    def of(cls, packet):
        need(packet.is_message(TREE) or packet.is_message(CHANNEL), 'no join')
        kind, what, number, rank, taken, cast, nonce, mask = struct.unpack(cls.FORM, packet.data)
        need(JOIN <= what & 127 <= REFUSE, 'join')
        m = cls(what & 127, cast, nonce, kind, bool(what & HOP))
        m.number, m.rank, m.taken, m.mask, m.path = number, rank, taken, mask, packet.path
        return m

    def bytes(self, path):
        return message(path, struct.pack(self.FORM, self.kind, self.what | (HOP if self.hop else 0),
                                         self.number, self.rank, self.taken, self.cast, self.nonce,
                                         self.mask))


def to_tree(path, tree, low, data):
    return make(path, 1 << 63 | tree & 0x7fffffff << 32 | low, data, MULTICAST)


def to_channel(channel, low, data):
    return make(channel << 40, 1 << 63 | channel << 32 | low, data, BROADCAST)
