#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# check.py - opens tests/vectors/fetch.txt with the second implementation: every datagram is
#            what it would make or take, and the page is proven.  Prints TAP.
import hashlib
import os
import struct
import sys

import identity
import primitives
import second

HERE = os.path.dirname(os.path.abspath(__file__))
CONTROL, COMMAND = 0x80000000000, 0x100000000000
NOW_US = 1760000000 * 10**6


def read_lines():
    """(mark, bytes) in order; for `plain` lines (mark, (address, bytes))."""
    lines = []
    with open(os.path.join(HERE, 'fetch.txt'), encoding='ascii') as file:
        for line in file:
            words = line.split()
            if not words or words[0] == '#':
                continue
            if words[0].startswith('plain'):
                lines.append((words[0], (int(words[1], 16), bytes.fromhex(words[2]))))
            else:
                lines.append((words[0], bytes.fromhex(words[1])))
    return lines


LINES = read_lines()
NAMED = {mark: value for mark, value in LINES if mark not in ('>', '<', 'plain>', 'plain<')}


def datagrams(mark):
    return [value for m, value in LINES if m == mark]


def packets(mark):
    """All packets of one side, halves joined."""
    half = None
    for d in datagrams(mark):
        kind, number = d[6] >> 6, struct.unpack('>H', d[6:8])[0] & 0x3fff
        if kind == 0:
            yield from (second.Packet(raw) for raw in second.packets_in(d[8:]))
        elif kind == 1:
            half = number, d[8:]
        elif kind == 2:
            second.need(half and half[0] + 1 == number, 'halves')
            yield second.Packet(half[1] + d[8:])


def plain(mark):
    return [value for m, value in LINES if m == mark]


def test_link():
    ours, theirs = datagrams('>'), datagrams('<')
    opened, challenge, confirm, accept = ours[0], theirs[0], ours[1], theirs[1]
    second.need(all(len(d) == 72 for d in (opened, challenge, confirm, accept)), 'length')
    second.need([d[8] for d in (opened, challenge, confirm, accept)] == [1, 2, 3, 4], 'types')
    second.need(all(d[9] == 1 for d in (opened, challenge, confirm, accept)), 'version')
    second.need(accept[27:43] == hashlib.blake2b(accept[8:27], digest_size=16).digest(), 'check')
    second.need(opened[:6] == confirm[:6] == bytes(6), 'a token not known yet')
    token, nonce = opened[10:16], opened[16:24]
    second.need(all(d[16:24] == nonce for d in (challenge, confirm, accept)), 'nonce')
    second.need(confirm[34:50] == challenge[24:40], 'cookie')
    second.need(all(d[:6] == token for d in theirs), 'our token in all that comes')
    second.need(all(d[:6] == accept[10:16] for d in ours[2:]), 'theirs in all that goes')
    for side in (ours, theirs[1:]):  # a CHALLENGE is made without memory, so it has number 0
        numbers = [struct.unpack('>H', d[6:8])[0] & 0x3fff for d in side]
        second.need(numbers == sorted(set(numbers)), 'numbers')


def handshake():
    hello = next(p for p in packets('>') if not p.sealed and p.data[0] == 1)
    answer = next(p for p in packets('<') if not p.sealed and p.data[0] == 2)
    record = next(p for p in packets('<') if not p.sealed and p.data[0] == 4).data[16:]
    return hello.data, answer.data, record


def test_first():
    for mark in '><':
        sent = [p for p in packets(mark) if not p.sealed]
        second.need(all(p.address == 0 and len(p.data) == 128 for p in sent), 'address 0')
        second.need([(0, p.data) for p in sent] == plain('plain' + mark)[:len(sent)], 'plain')
    query = next(p for p in packets('>') if p.data[0] == 3).data
    key = next(p for p in packets('<') if p.data[0] == 4).data
    second.need(query[4:16] == key[4:16], 'token of the query')
    second.need(key[2:4] == key[26:28], 'key id')


def test_handshake():
    hello, answer, record = handshake()
    second.need(record == next(p for p in packets('<') if p.data[0] == 4).data[16:], 'record')
    static = record[10:42]
    second.need(primitives.x25519_public(NAMED['node-static']) == static, 'static key')
    asker = second.Noise(second.prologue_of(record), static)
    payload = second.make_payload(CONTROL, COMMAND)
    second.need(asker.write(NAMED['client-e'], static, payload) == hello[16:], 'hello')
    second.need(answer[4:16] == hello[16:28], 'the first bytes of e')
    control, command, window, cipher, size = second.read_payload(
        asker.read(NAMED['client-e'], answer[16:]))
    second.need((window, cipher, size) == (16, 2, 3), 'choice')
    second.need(asker.split() == (NAMED['to-responder'], NAMED['to-initiator']), 'keys')
    # the same from the other side
    holder = second.Noise(second.prologue_of(record), static)
    second.need(holder.read(NAMED['node-static'], hello[16:]) == payload, 'payload')
    theirs = struct.pack('>QQBBBB', control, command, 16, 2, 3, 0).ljust(24, b'\0') + record[2:6]
    made = holder.write(NAMED['node-e'], hello[16:48], theirs.ljust(64, b'\0'))
    second.need(made == answer[16:], 'answer')


def opened(mark):
    direction = second.Direction(NAMED['to-responder' if mark == '>' else 'to-initiator'],
                                 mark == '<')
    return [(p, direction.open(p)) for p in packets(mark) if p.sealed]


def test_sealed():
    for mark in '><':
        clear = [(p.address, data) for p, data in opened(mark)]
        second.need(clear == [v for v in plain('plain' + mark) if v[0]], 'opened')
        counters = [p.counter for p, _ in opened(mark)]
        second.need(counters == sorted(set(counters)) and not any(
            p.phase for p, _ in opened(mark)), 'counters')
    direction = second.Direction(NAMED['to-responder'], 0)
    for p, data in opened('>'):
        second.need(direction.seal(p.counter, p.noise, p.address, data) == p.raw, 'sealed again')


def test_acknowledgements():
    for mark, other in (('>', '<'), ('<', '>')):
        noise = {p.counter: p.noise for p, _ in opened(other) if p.address >> 32 != CONTROL >> 32}
        acks = [second.Ack(data) for p, data in opened(mark)
                if p.address == CONTROL and data[0] == 1]
        second.need(acks and acks[0].received == 0 and acks[0].command_end == 65536, 'of nothing')
        for ack in acks:
            proof = 0
            for counter in ack.counters:
                second.need(counter in noise, 'control messages are not counted')
                proof ^= noise[counter]
            second.need(proof == ack.proof and len(ack.counters) == ack.received, 'proof')
        second.need(set(acks[-1].counters) == set(noise), 'all in the end')


def stream(mark):
    out = bytearray()
    for p, data in opened(mark):
        if p.address >> 32 == COMMAND >> 32:
            at = (p.address & 0xffffffff) * 32
            out[at:at + len(data)] = data
    return bytes(out)


def answers():
    blocks, rest = second.take_blocks(stream('<'))
    second.need(not rest, 'a part of a block')
    return {tag: (error, values) for tag, error, values in map(second.read_answer, blocks)}


def data_of(p_address, length):
    out = bytearray(length)
    for p, data in opened('<'):
        if p.address >> 32 == p_address >> 32:
            at = (p.address & 0xffffffff) * 32
            second.need(len(data) == second.unit_of(length) and at % len(data) == 0, 'unit')
            second.need(not any(data[length - at:]), 'zeros behind the end')
            out[at:at + len(data)] = data
    return bytes(out[:length])


def test_page():
    who = b'\1' + NAMED['identity']
    got = answers()
    second.need(all(error == 0 for error, _ in got.values()), 'errors')
    chain = got[1][1]
    identity = second.Identity(who, chain[0], chain[1:-1])
    _, _, record = handshake()
    identity.check_node_key(chain[-1], record[10:42], NOW_US)
    head = identity.check_head(got[2][1][0], NOW_US)
    root, regions = head[4], (0x0800000000000000, 0x0800080000000000)
    content = data_of(regions[0], root[2])
    second.check_content(content, root)
    kind, page = second.directory(content)['index.md']
    second.need(kind == 1 and got[3][1] == [root[2]] and got[4][1] == [page[2]], 'lengths')
    content = data_of(regions[1], page[2])
    second.check_content(content, page)
    second.need(content == NAMED['page'], 'page')
    # and the questions that brought it
    reference = second.reference_bytes
    made = [second.block(second.u64(1), b'\x10', second.string(who), b'\x12'),
            second.block(second.u64(2), b'\x10', second.string(who), b'\x20')]
    for tag, ref, region in ((3, root, regions[0]), (4, page, regions[1])):
        made.append(second.block(second.u64(tag), b'\x10', second.string(reference(ref)), b'\x21',
                                 second.u64(0), second.u64(ref[2]), second.u64(region), b'\x24'))
    asked = [second.varint(len(b)) + b for b in second.take_blocks(stream('>'))[0]]
    second.need(asked == made, 'questions')


def test_record():
    """The key record's signature is over the node key statement's body."""
    _, _, record = handshake()
    chain = answers()[1][1]
    statement = second.Statement(chain[-1], 9)
    signature = second.Box(chain[-1], 1)[64][0]
    hint = hashlib.sha256(statement.keys[0][1:]).digest()[:6]
    second.need(record[42:106] == signature[33:] and record[106:] == hint, 'record')
    second.need(struct.unpack('>I', record[6:10])[0] * 10**6 == statement.body[5], 'end')


def test_boxes():
    """Attack 36: both implementations take and refuse the same boxes."""
    with open(os.path.join(HERE, 'boxes.txt'), encoding='ascii') as file:
        rows = [line.split() for line in file if line[0] != '#']
    second.need(len(rows) > 1000, 'rows')
    for want, name, raw in rows:
        try:
            second.read_any(bytes.fromhex(raw))
            got = 'take'
        except (ValueError, IndexError, KeyError, struct.error):
            got = 'refuse'
        second.need(got == want, f'{name}: {got}, not {want}')


TESTS = [test_link, test_first, test_handshake, test_sealed, test_acknowledgements, test_page,
         test_record, test_boxes, identity.test_identity, identity.test_texts]


def main():
    failed = 0
    print(f'1..{len(TESTS)}')
    for number, test in enumerate(TESTS, 1):
        name = '/vectors/second/' + test.__name__[5:].replace('_', '-').replace(
            'boxes', 'attack-36-boxes')
        try:
            test()
            print(f'ok {number} {name}')
        except (ValueError, KeyError, IndexError, StopIteration) as error:
            failed += 1
            print(f'not ok {number} {name} # {error!r}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
