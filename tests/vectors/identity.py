# SPDX-License-Identifier: GPL-3.0-or-later
#
# identity.py - the section Identities of daemon/PROTOCOL.md, written a second time: sets of
#               statements and what they come to, statements as text, the words of the sheet.
#
# A set here keeps everything and judges all of it anew each time, so that nothing of how the
# first one does it is in it.
import base64
import hashlib
import os
import re

import primitives
import second
from second import need

HERE = os.path.dirname(os.path.abspath(__file__))
DAY = 86400 * 10**6
SKEW = 3600 * 10**6
CONTROL, DEVICE, OPEN, ALL = 1, 4, 8, 63
SIGNERS = (1, 2, 3)


def read_key(box, may_control=True):
    """(key, rights, from, until) of a box of kind 30."""
    key, rights, start, end = box[1], box[2], box[4], box[5]
    need(0 < rights <= ALL and len(box[3].encode()) <= 64 and end > start, 'key')
    need(may_control or not rights & CONTROL, 'control by an add')
    need(not rights & ~OPEN or key[0] in SIGNERS, 'a key that signs nothing')
    need(not rights & OPEN or key[0] not in SIGNERS, 'open is for agreement')
    need(not rights & DEVICE or end - start <= 400 * DAY, 'device for too long')
    return key, rights, start, end


class Item:
    """A statement, and what it says by itself."""

    def __init__(self, raw, who, held):
        statement = second.Statement(raw, None)
        self.body, self.keys, self.held, self.raw = statement.body, statement.keys, held, raw
        self.kind = self.body.kind
        need(2 <= self.kind <= 7, 'says nothing about keys')
        digest = hashlib.sha256 if who[0] == 1 else lambda b: hashlib.blake2b(b, digest_size=32)
        self.name = digest(self.body.raw).digest()
        self.under = {3: 3, 4: 2, 5: 2, 7: 2}.get(self.kind)
        self.under = self.under and self.body[self.under]
        if self.kind == 2:
            need(who[1:] == self.name, 'a birth of another')
            need(sorted(self.keys) == sorted(self.body[64]), 'not signed by all, or by more')
            return
        need(self.body[1] == who, 'of another identity')
        if self.kind == 3:
            self.listed = [read_key(k) for k in self.body[64]]
            need(self.body[2] >= 1, 'number')
            need(1 <= sum(bool(k[1] & CONTROL) for k in self.listed) <= 8, 'control keys')
            need(len({k[0] for k in self.listed}) == len(self.listed), 'a key twice')
        elif self.kind == 4:
            self.grant = read_key(self.body[3], False)
            need(self.grant[0][0] not in SIGNERS or self.grant[0] in self.keys, 'new key')
        elif self.kind == 6:
            need(self.body.fields.get(2) != who, 'its own successor')
            need(sorted(self.keys) == sorted((self.body[4], self.body[5])), 'not by the sheet')
        elif self.kind == 7:
            need(len(self.keys) == 1, 'one word by one')


class Set:
    def __init__(self, who):
        self.who, self.items = who, []

    def controls(self):
        """All controls that count: name -> (number, listed keys)."""
        births = [i for i in self.items if i.kind == 2]
        if not births:
            return {}
        out = {births[0].name: (0, [(k, CONTROL, -2**63, 2**63 - 1) for k in births[0].keys])}
        while True:
            more = [i for i in self.items if i.kind == 3 and i.name not in out
                    and i.under in out and self.controls_it(out[i.under], i)
                    and i.body[2] == out[i.under][0] + 1]
            if not more:
                return out
            out.update((i.name, (i.body[2], i.listed)) for i in more)

    @staticmethod
    def controls_it(control, item):
        return any(k[0] in item.keys and k[1] & CONTROL for k in control[1])

    def counts(self, item, controls):
        """Does it?  None: it waits."""
        if item.kind == 2:
            return True
        if item.kind == 6:
            birth = [i for i in self.items if i.kind == 2]
            made = hashlib.sha256(b'n2 sheet 1' + item.body[4][1:] + item.body[5][1:]).digest()
            return birth[0].body[1] == made if birth else None
        if item.under not in controls:
            return None
        number, listed = controls[item.under]
        by_control = self.controls_it((number, listed), item)
        if item.kind == 3:
            return by_control and item.body[2] == number + 1
        if item.kind == 4 or by_control:
            return by_control
        key = item.body[3] if item.kind == 5 else item.keys[0]
        if item.kind == 5 and key not in item.keys:
            return False
        named = any(k[0] == key for k in listed) or any(
            a.kind == 4 and a.under == item.under and a.grant[0] == key and
            self.controls_it((number, listed), a) for a in self.items)
        return True if named else None

    def take(self, raw, held):
        item = Item(raw, self.who, held)
        if item.name not in [i.name for i in self.items if i.raw == raw]:
            self.items.append(item)
        if self.counts(item, self.controls()) is False:
            self.items.remove(item)
            raise ValueError('by nobody who may')

    def look(self, now):
        controls = self.controls()
        live = {i.name: i for i in self.items if self.counts(i, controls)}.values()
        tip, frozen = self.who[1:], False
        while True:
            after = [i for i in live if i.kind == 3 and i.under == tip]
            settled = [i for i in after if all(
                j is i or 0 < i.held <= j.held - 30 * DAY and (not now or j.held <= now + SKEW)
                for j in after)]
            if not after:
                break
            if not settled:
                frozen = True
                break
            tip = settled[0].name
        number, listed = controls[tip]
        removes = {}
        for i in live:
            if i.kind == 5 and i.under == tip:
                removes[i.body[3]] = min(i.name, removes.get(i.body[3], i.name))
        adds = sorted((i for i in live if i.kind == 4 and i.under == tip
                       and i.grant[0] not in removes), key=lambda i: i.name)
        keys = [k for k in listed if k[1] & CONTROL or k[0] not in removes]
        for i in adds:
            if i.grant not in keys and len(keys) < 64:
                keys.append(i.grant)
        digest = hashlib.sha256 if self.who[0] == 1 else lambda b: hashlib.blake2b(
            b, digest_size=32)
        stands = digest(b''.join(sorted([i.name for i in adds] +
                                        list(removes.values())))).digest()
        fresh = {True: 0, False: 0}
        latest = {}
        for i in live:
            if i.kind == 7 and i.under == tip:
                latest[i.keys[0]] = max(latest.get(i.keys[0], i), i,
                                        key=lambda f: (f.body[4], f.name))
        for key, i in latest.items():
            at = i.body[4]
            if now and at > now or not any(
                    k == key and r & (DEVICE | CONTROL) and (not at or s <= at + SKEW and at < e)
                    for k, r, s, e in keys):
                continue
            same = i.body[3] == stands
            fresh[same] = max(fresh[same], at)
        ends = [i for i in live if i.kind == 6]
        successors = {i.body.fields.get(2) for i in ends}
        ended = min((i.body[3] for i in ends), default=0)
        successor = successors.pop() if len(successors) == 1 else None
        state = 'ended' if ends else 'frozen' if frozen else 'live'
        return [state, str(number), tip.hex(), successor.hex() if successor else '-',
                str(int(len(successors) > 1)), str(ended), str(fresh[True]), str(fresh[False]),
                stands.hex()] + sorted(f'{k.hex()}:{r}:{s}:{e}' for k, r, s, e in keys)


# ---- texts ----

def words():
    path = os.path.join(HERE, '..', '..', 'daemon', 'crypto', 'words-list.h')
    with open(path, encoding='ascii') as file:
        return re.findall(r'"([a-z]+)"', file.read())


def sheet_words(seed):
    check = hashlib.sha256(b'n2 sheet check' + seed).digest()
    bits = (int.from_bytes(seed, 'big') << 15) | int.from_bytes(check[:2], 'big') >> 1
    return [words()[bits >> 11 * i & 2047] for i in range(12, -1, -1)]


def qr(raw):
    sealed = raw + hashlib.sha256(raw).digest()[:4]
    return 'N2:' + base64.b32encode(sealed).decode().rstrip('=')


def of_text(text):
    lines = text.rstrip('\n').split('\n')
    word = re.fullmatch('-----BEGIN NET2O ([A-Z-]+)-----', lines[0])[1]
    need(lines[-1] == f'-----END NET2O {word}-----', 'last line')
    need(all(len(line) == 64 for line in lines[1:-2]), 'lines')
    return word, base64.b64decode(''.join(lines[1:-1]), validate=True)


def test_identity():
    """Sets, statement by statement, and what they come to."""
    sets, seen = {}, 0
    with open(os.path.join(HERE, 'identity-1.txt'), encoding='ascii') as file:
        rows = [line.split() for line in file if line[0] != '#']
    for row in rows:
        if row[0] == 'set':
            sets[row[1]] = Set(bytes.fromhex(row[2]))
        elif row[0] == 'take':
            try:
                sets[row[1]].take(bytes.fromhex(row[4]), int(row[2]))
                got = False
            except ValueError:
                got = True
            need(got == row[3].startswith('N2_ERR_'), f'{row[1]}: {row[3]}')
            seen += 1
        elif row[0] == 'look':
            got = sets[row[1]].look(int(row[2]))
            need(got == row[3:], f'{row[1]}: {got} is not {row[3:]}')
            seen += 1
    need(seen > 40, 'rows')


def test_texts():
    """Words of sheets, QR texts, statements as text."""
    listed = words()
    need(len(listed) == 2048 and listed == sorted(listed), 'the list')
    need(len({w[:4] for w in listed}) == 2048, 'first four letters')
    with open(os.path.join(HERE, 'identity-1.txt'), encoding='ascii') as file:
        rows = [line.split() for line in file if line[0] != '#']
    for row in rows:
        if row[0] == 'words':
            made = hashlib.sha256(''.join(w + '\n' for w in listed).encode()).hexdigest()
            need(made == row[1], 'another list')
        elif row[0] == 'sheet':
            need(sheet_words(bytes.fromhex(row[1])) == row[2:], 'words')
        elif row[0] == 'qr':
            need(qr(bytes.fromhex(row[1])) == row[2], 'QR')
        elif row[0] == 'text':
            word, raw = of_text(bytes.fromhex(row[2]).decode())
            need(word in ('BIRTH', 'IDENTITY') and raw.hex() == row[1], 'text')
