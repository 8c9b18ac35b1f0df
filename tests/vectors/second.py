#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# second.py - what daemon/PROTOCOL.md says, written a second time: packets, handshake, sealing,
#             blocks, boxes, identities, trees; suite 1, ChaCha20-Poly1305, Ed25519, SHA-256.
#
# It shares no code with the node, so that a mistake in one of the two shows.  A wrong thing is a
# ValueError.
import base64
import hashlib
import hmac
import struct
import unicodedata

import primitives

SIZES = (32, 128, 512, 2048)


def need(holds, what):
    if not holds:
        raise ValueError(what)


# ---- packets ----

def packet_bytes(kind):
    """Bytes of the whole packet that begins with @kind; 0 if it is no kind."""
    if kind >> 6 != 1 or kind & 1 or kind & 0x30 == 0x10:
        return 0
    head = (26 if kind & 0x10 else 18) if kind & 0x20 else 6
    return head + SIZES[kind >> 2 & 3] + (16 if kind & 0x10 else 0)


class Packet:
    """A long packet, taken apart; `data` is still sealed if it is."""

    def __init__(self, raw):
        need(raw and packet_bytes(raw[0]) == len(raw) and raw[0] & 0x20, 'no long packet')
        need(not raw[1] & 7, 'spare bits')
        self.raw = raw
        self.sealed = bool(raw[0] & 0x10)
        self.phase = raw[0] >> 1 & 1
        self.path, self.address = struct.unpack('>QQ', raw[2:18])
        self.data = raw[26 if self.sealed else 18:]
        if self.sealed:
            self.counter, self.noise = struct.unpack('>II', raw[18:26])


def make_head(size, address, path=0, junk=b''):
    kind = 0x60 | SIZES.index(size) << 2 | (0x10 if junk else 0)
    return bytes((kind, 0x80)) + struct.pack('>QQ', path, address) + junk


def associated(raw):
    return bytes((raw[0], raw[1] & 0x30)) + raw[10:18]


def packets_in(body):
    """Walks a bundle."""
    while body and body[0]:
        n = packet_bytes(body[0])
        need(n and n <= len(body), 'no packet')
        yield body[:n]
        body = body[n:]


# ---- handshake: Noise_NK_25519_ChaChaPoly_BLAKE2b ----

def blake(*parts):
    return hashlib.blake2b(b''.join(parts)).digest()


def hmac_blake(key, *parts):
    return hmac.new(key, b''.join(parts), hashlib.blake2b).digest()


class Noise:
    """One side; @static is the responder's public key."""

    def __init__(self, prologue, static):
        self.ck = self.h = b'Noise_NK_25519_ChaChaPoly_BLAKE2b'.ljust(64, b'\0')
        self.h = blake(self.h, prologue)
        self.h = blake(self.h, static)
        self.k = None

    def mix_key(self, shared):
        temp = hmac_blake(self.ck, shared)
        self.ck = hmac_blake(temp, b'\1')
        self.k = hmac_blake(temp, self.ck, b'\2')[:32]

    def write(self, secret, remote, payload):
        e = primitives.x25519_public(secret)
        self.h = blake(self.h, e)
        self.mix_key(primitives.x25519(secret, remote))
        sealed = primitives.seal(self.k, bytes(12), self.h, payload)
        self.h = blake(self.h, sealed)
        return e + sealed

    def read(self, secret, message):
        """@secret: the one whose agreement with the message's e comes next."""
        e, sealed = message[:32], message[32:]
        self.h = blake(self.h, e)
        self.mix_key(primitives.x25519(secret, e))
        payload = primitives.unseal(self.k, bytes(12), self.h, sealed)
        self.h = blake(self.h, sealed)
        return payload

    def split(self):
        temp = hmac_blake(self.ck)
        first = hmac_blake(temp, b'\1')
        return first[:32], hmac_blake(temp, first, b'\2')[:32]


def prologue_of(record):
    """@record: the 112 bytes of KEY."""
    return b'net2o 1\1\1' + record[10:12] + hashlib.sha256(record).digest()


def make_payload(control, command, window=16, ciphers=2, size=3):
    return struct.pack('>QQBBBB', control, command, window, ciphers, size, 0).ljust(64, b'\0')


def read_payload(payload):
    control, command, window, cipher, size = struct.unpack('>QQBBB', payload[:19])
    need(control and command and 10 <= window <= 24 and size < 4, 'payload')
    need(payload[22:24] == b'\0\0', 'spare bytes')
    return control, command, window, cipher, size


def hkdf(secret, info, length):
    prk = hmac.new(bytes(64), secret, hashlib.sha512).digest()
    out, block = b'', b''
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes((len(out) // 64 + 1,)), hashlib.sha512).digest()
        out += block
    return out[:length]


class Direction:
    """Key and salt of one direction."""

    def __init__(self, noise_key, direction, cipher=2):
        bulk = hkdf(noise_key, b'net2o bulk' + bytes((cipher, direction)), 68)
        self.secret, self.key, self.salt = bulk[:32], bulk[32:64], bulk[64:]

    def seal(self, counter, noise, address, data, path=0):
        junk = struct.pack('>II', counter, noise)
        head = make_head(len(data), address, path, junk)
        return head + primitives.seal(self.key, self.salt + junk, associated(head), data)

    def open(self, packet):
        nonce = self.salt + packet.raw[18:26]
        return primitives.unseal(self.key, nonce, associated(packet.raw), packet.data)


# ---- acknowledgement ----

def make_ack(came, clock_us, arrived_us, command_end):
    """@came: counter -> noise of what was counted; times in us."""
    if not came:
        return struct.pack('>B83xQ36x', 1, command_end)
    highest = max(came)
    bits = proof = 0
    for counter, noise in came.items():
        if highest - counter < 512:
            bits |= 1 << (511 - (highest - counter))
            proof ^= noise
    return (struct.pack('>BBHIII', 1, 0, 0, highest, arrived_us & 0xffffffff,
                        clock_us - arrived_us & 0xffffffff) + bits.to_bytes(64, 'big') +
            struct.pack('>IQQQIQQ', proof, command_end, 0, 0, 0, len(came), 0))


class Ack:
    def __init__(self, data):
        need(len(data) == 128 and data[0] == 1 and data[1] < 2, 'no acknowledgement')
        self.jams, self.highest, self.arrived, self.held = struct.unpack('>HIII', data[2:16])
        bits = int.from_bytes(data[16:80], 'big')
        self.proof, self.command_end = struct.unpack('>IQ', data[80:92])
        self.received = struct.unpack('>Q', data[112:120])[0]
        self.counters = [self.highest - i for i in range(512)
                         if bits >> (511 - i) & 1] if self.received else []


# ---- blocks ----

def varint(n):
    out = bytes((n & 127,))
    while n > 127:
        n >>= 7
        out = bytes((n & 127 | 128,)) + out
    return out


def read_varint(b, at):
    """Value and the place behind it; None if it is not all there."""
    n, first = 0, at
    while at < len(b):
        need(at > first or b[at] != 0x80, 'not the shortest')
        n = n << 7 | b[at] & 127
        at += 1
        if not b[at - 1] & 128:
            need(n < 1 << 64, 'too large')
            return n, at
    return None


def u64(n):
    return b'\1' + varint(n)


def string(b):
    return b'\4' + varint(len(b)) + b


def block(*commands):
    body = b''.join(commands)
    return varint(len(body)) + body


def take_blocks(stream):
    """Whole blocks at the beginning of @stream, and what is left."""
    blocks = []
    while stream:
        got = read_varint(stream, 0)
        if not got or got[1] + got[0] > len(stream):
            break
        if got[0]:
            blocks.append(stream[got[1]:got[1] + got[0]])
        stream = stream[got[1] + got[0]:]
    return blocks, stream


def read_answer(body):
    """(tag, error, values) of a block with one `deliver`."""
    values, at = [], 0
    while True:
        code, at = body[at], at + 1
        if code == 0x3f:
            need(at == len(body) and len(values) >= 2, 'answer')
            return values[-1], values[-2], values[:-2]
        need(code in (1, 2, 4), 'no literal')
        n, at = read_varint(body, at)
        if code == 4:
            values.append(body[at:at + n])
            at += n
        else:
            values.append(n if code == 1 else n >> 1 ^ -(n & 1))


# ---- boxes ----

# kind: {field: type letter, or any of several}; what a client meets
KINDS = {
    1: {1: 'x', 64: 'b'},
    2: {1: 'b', 2: 'T', 3: 'b', 64: 'k'},
    3: {1: 'I', 2: 'i', 3: 'b', 4: 'T', 64: 'x'},
    4: {1: 'I', 2: 'b', 3: 'x'},
    5: {1: 'I', 2: 'b', 3: 'k', 4: 'i'},
    6: {1: 'I', 2: 'I', 3: 'T', 4: 'k', 5: 'k', 64: 'x'},
    7: {1: 'I', 2: 'b', 3: 'b', 4: 'T'},
    9: {1: 'I', 2: 'k', 3: 'i', 4: 'i', 5: 'T'},
    17: {1: 'I', 2: 't', 3: 'i', 4: 'r', 5: 'T', 6: 'r', 64: 'b', 192: 't'},
    18: {65: 'a', 128: 'x'},
    19: {1: 'I', 2: 'i', 64: 'Ikr', 65: 'Ikr'},
    28: {1: 'I', 2: 'b', 3: 'k', 4: 'i', 5: 'k'},
    30: {1: 'k', 2: 'i', 3: 't', 4: 'T', 5: 'T'},
    31: {1: 't', 2: 'r', 3: 'i', 65: 'a'},
}
INNER = {(3, 64): 30, (4, 3): 30, (6, 64): 30, (18, 128): 31}
LENGTHS = {(2, 1): 32, (2, 3): 16, (3, 3): 32, (4, 2): 32, (5, 2): 32, (7, 2): 32, (7, 3): 32}
OPTIONAL = {(6, 2), (17, 6), (28, 5)}
MOST = {(1, 64): 16, (2, 64): 8, (17, 64): 8, (3, 64): 64, (6, 64): 64}
TYPES = 'tiTbrkIxa'
KEY_BYTES = {1: 32, 2: 57, 3: 33, 17: 32, 18: 56, 19: 65}


def check_text(value):
    text = value.decode()
    need(unicodedata.normalize('NFC', text) == text, 'not in normal form C')
    need(all(c >= ' ' and not '\x7f' <= c < '\xa0' or c in '\t\n' for c in text), 'control')
    return text


def read_value(letter, value, kind, depth):
    if letter == 't':
        return check_text(value)
    if letter in 'iT':
        need(len(value) == 8, 'number')
        return struct.unpack('>q', value)[0]
    if letter == 'r':
        need(len(value) == 41 and value[0] in (1, 2), 'reference')
        return value[0], value[1:33], struct.unpack('>Q', value[33:])[0]
    if letter == 'I':
        need(len(value) == 33 and value[0] in (1, 2), 'identity')
        return value
    if letter == 'k':
        need(value and KEY_BYTES.get(value[0]) == len(value) - 1, 'key')
        return value
    if letter == 'x':
        return Box(value, kind, depth + 1)
    if letter == 'a':
        name = value[1:1 + value[0]]
        need(name and len(value) > 1 + value[0], 'attribute')
        check_text(name)
        return name, read_value(TYPES[value[1 + value[0]] - 1], value[2 + value[0]:], None, depth)
    return value


class Box:
    """A checked box: self[n] is the value of a field below 64, the list of values from 64 on."""

    def __init__(self, raw, kind=None, depth=1):
        need(len(raw) >= 8 and raw[:2] == b'n2' and raw[3] == 1 and depth <= 4, 'head')
        need(struct.unpack('>I', raw[4:8])[0] == len(raw) - 8, 'length')
        need(kind in (None, raw[2]) and raw[2] in KINDS, 'kind')
        self.raw, self.kind, self.fields = raw, raw[2], {}
        rules, at, before = KINDS[self.kind], 8, (0, b'')
        while at < len(raw):
            number, kind_of_value, length = struct.unpack('>BBH', raw[at:at + 4])
            value = raw[at + 4:at + 4 + length]
            at += 4 + length
            need(at <= len(raw) and number >= before[0] and number, 'order')
            if number == before[0]:
                need(64 <= number < 192, 'twice')
                need(number >= 128 or value > before[1], 'order of a set')
            before = number, value
            if number >= 192 and number not in rules:
                continue
            need(number in rules and 0 < kind_of_value <= 9 and
                 TYPES[kind_of_value - 1] in rules[number], 'field')
            need(LENGTHS.get((self.kind, number), length) == length, 'length')
            value = read_value(TYPES[kind_of_value - 1], value, INNER.get((self.kind, number)), depth)
            if number < 64:
                self.fields[number] = value
            else:
                self.fields.setdefault(number, []).append(value)
        need(all(n in self.fields or (self.kind, n) in OPTIONAL for n in rules if n < 64),
             'absent field')
        need(all(len(self[n]) <= MOST.get((self.kind, n), 1024) for n in rules if n >= 64), 'many')

    def __getitem__(self, number):
        return self.fields[number] if number < 64 else self.fields.get(number, [])


# ---- statements and identities ----

def digest(body):
    return hashlib.sha512(b'net2o sign 1\0' + body.raw[2:4] + hashlib.sha512(body.raw).digest() +
                          b'net2o').digest()


class Statement:
    """All its signatures hold; `keys` made them.  @kind: of the body; None: any."""

    def __init__(self, raw, kind):
        box = Box(raw, 1)
        self.body = box[1]
        need(kind in (None, self.body.kind), 'another kind of statement')
        self.keys = []
        for s in box[64]:
            checks, n = {1: (primitives.ed25519_check, 33),
                         2: (primitives.ed448_check, 58)}.get(s[0], (None, 0))
            need(checks and len(s) == {1: 97, 2: 172}[s[0]], 'neither Ed25519 nor Ed448')
            need(checks(s[1:n], digest(self.body), s[n:]), 'signature')
            need(s[:n] not in self.keys, 'one key twice')
            self.keys.append(s[:n])
        need(self.keys, 'unsigned')


class Identity:
    """@who: 33 bytes; checks birth, adds, and the words of its keys that just these stand."""

    CONTROL, DEVICE, PUBLISH = 1, 4, 32

    def __init__(self, who, birth, others):
        birth = Statement(birth, 2)
        need(who == b'\1' + hashlib.sha256(birth.body.raw).digest(), 'birth of another')
        need(birth.body[64] and set(birth.body[64]) == set(birth.keys), 'birth not signed by all')
        self.who = who
        self.grants = [(key, self.CONTROL, -2**63, 2**63 - 1) for key in birth.keys]
        names = []
        for raw in others:
            add = Statement(raw, None)
            if add.body.kind == 7:
                self.check_fresh(add, names)
                continue
            need(add.body.kind == 4, 'another kind of statement')
            names.append(hashlib.sha256(add.body.raw).digest())
            key = add.body[3]
            need(add.body[1] == who and add.body[2] == who[1:], 'add to another')
            need(key[2] and not key[2] & ~62 and key[5] > key[4], 'rights or life')
            need(any(self.may(k, self.CONTROL, 0) for k in add.keys), 'not added by a control key')
            need(key[1] in add.keys or key[1][0] > 3, 'the new key did not sign')
            self.grants.append((key[1], key[2], key[4], key[5]))

    def check_fresh(self, fresh, names):
        need(fresh.body[1] == self.who and fresh.body[2] == self.who[1:], 'of another')
        need(len(fresh.keys) == 1 and self.may(fresh.keys[0], self.CONTROL | self.DEVICE, 0), 'no right to say that')
        need(fresh.body[3] == hashlib.sha256(b''.join(sorted(names))).digest(), 'something is missing')

    def may(self, key, right, now_us):
        return any(key == k and rights & right and
                   (not now_us or start <= now_us + 3600 * 10**6 and now_us < end)
                   for k, rights, start, end in self.grants)

    def check(self, raw, kind, right, now_us):
        s = Statement(raw, kind)
        need(s.body[1] == self.who, 'statement about another')
        need(any(self.may(k, right, now_us) for k in s.keys), 'no right to sign that')
        return s.body

    def check_node_key(self, raw, static, now_us):
        body = self.check(raw, 9, self.DEVICE, now_us)
        need(body[2] == b'\x11' + static, 'not the key of the handshake')
        need(not now_us or now_us < body[5] < now_us + (8 * 24 + 1) * 3600 * 10**6, 'life')

    def check_head(self, raw, now_us):
        body = self.check(raw, 17, self.PUBLISH, now_us)
        check_head(body)
        need(body[2] == 'main', 'another branch')
        return body


def check_head(body):
    need(1 <= len(body[2].encode()) <= 64 and body[3] >= 1, 'head')
    need((body[3] == 1) == (not body[64]), 'parents')
    need(len(body[64]) <= 8 and all(len(p) == 32 for p in body[64]), 'parents')


def read_any(raw):
    """Checks any box that a client meets, as far as it can without knowing whose it is."""
    box = Box(raw)
    if box.kind == 1:
        Statement(raw, None)
    elif box.kind == 17:
        check_head(box)
    elif box.kind == 18:
        directory(raw)


def id_of_text(text):
    need(len(text) == 55 and text[:3] == 'k1-', 'identity')
    return b'\1' + base64.b32decode(text[3:].upper() + '====')


# ---- trees ----

LEAF = 16384
GROUP = 64 * LEAF


def top(hashes):
    if not hashes:
        return hashlib.sha256(b'\0').digest()
    if len(hashes) == 1:
        return hashes[0]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b'\1' + top(hashes[:left]) + top(hashes[left:])).digest()


def top_of(content):
    return top([hashlib.sha256(b'\0' + content[i:i + LEAF]).digest()
                for i in range(0, len(content), LEAF)])


def root_over(length, top_hash):
    return hashlib.sha256(b'\2' + struct.pack('>Q', length) + top_hash).digest()


def root(content):
    return root_over(len(content), top_of(content))


def check_content(content, reference):
    need(reference[0] == 1 and len(content) == reference[2] and root(content) == reference[1],
         'another content')


def reference_bytes(reference):
    return bytes((reference[0],)) + reference[1] + struct.pack('>Q', reference[2])


def directory(content):
    """name -> (type, reference)."""
    entries, before = {}, b''
    for e in Box(content, 18)[128]:
        name = e[1].encode()
        need(name > before and b'/' not in name and len(name) < 256 and name not in (b'.', b'..'),
             'name')
        need(e[3] in (1, 2, 3), 'type')
        before = name
        entries[e[1]] = e[3], e[2]
    return entries


def unit_of(length):
    return next((size for size in SIZES if length <= size), 2048)
