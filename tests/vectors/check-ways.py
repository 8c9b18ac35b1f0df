#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# check-ways.py - the examples of switches in daemon/PROTOCOL.md, made and read by tests/vectors/ways.py.
#                 Prints TAP.
import os
import struct
import sys

import second
import ways

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'daemon', 'PROTOCOL.md')


def read_page():
    """Bytes of the rows of each example, joined, as hexadecimal, by section."""
    sections, name = {}, ''
    with open(PAGE, encoding='utf-8') as file:
        for line in file:
            if line.startswith('## '):
                name = line[3:].strip()
            row = line.replace(' ', '').strip()
            if line.startswith('    ') and row and not set(row) - set('0123456789abcdef'):
                old = sections.setdefault(name, [])
                if line.startswith('        ') and old:
                    old[-1] += row
                else:
                    old.append(row)
    return sections


SECTIONS = read_page()


def stands(section, raw, strip=False):
    """@strip: without the zeros at the end."""
    rows = [row for row in SECTIONS[section]]
    text = raw.hex()
    found = any(text == row or strip and text.startswith(row) and not text[len(row):].strip('0') for row in rows)
    second.need(found, f'{section}: {text} is not there')


def path(number):
    return struct.pack('>Q', number)


def step(way, *switches):
    """The path behind each switch: (in-port, width)."""
    out = [way]
    for in_port, width in switches:
        out.append(ways.step(out[-1], in_port, width)[1])
    return out


def test_path():
    behind = step(ways.route((11, 4), (3, 3), (0, 2)), (0, 4), (5, 3), (2, 2))
    for number in behind + [ways.answer(behind[-1])]:
        stands('Path', path(number))


def test_virtual_label():
    way = ways.route((1, 2), (12, 4))
    sent, before = step(way, (0, 2))
    stands('Virtual labels', path(sent))
    stands('Virtual labels', path(before))
    hidden = ways.route((6, 3), (2, 2), (0, 2)) >> 6
    own = ways.step(before, 5, 4)[1]
    inside = step(own | hidden << 6, (1, 3), (1, 2), (3, 2))  # by port 3 of the switch of width 4
    stands('Virtual labels', path(inside[-1]))
    back = step(ways.answer(inside[-1]), (0, 2), (2, 2), (6, 3))
    stands('Virtual labels', path(back[0]))
    stands('Virtual labels', path(back[-1]))
    shown = ways.step(back[-1] & ~(0x7f << 6), 12, 4)[1]
    stands('Virtual labels', path(shown))
    stands('Virtual labels', path(ways.step(shown, 1, 2)[1]))


def test_plain():
    sent = ways.make_short(ways.short_route((6, 3)), 0x102, b'\0\0\x1e'.ljust(32, b'\0'))
    stands('Plain regions', sent, True)
    arrived = ways.step_short(ways.step_short(ways.Packet(sent).path, 5, 3)[1], 9, 4)[1]
    stands('Plain regions', sent[:2] + struct.pack('>H', arrived) + sent[4:], True)
    lamp = ways.make_short(ways.answer_short(arrived), 0x300, b'\1'.ljust(32, b'\0'))
    stands('Plain regions', lamp, True)


def test_echo():
    way = ways.route((11, 4))
    stands('Echo', ways.echo(way, 0x1122334455667788))
    behind = step(way, (0, 4), (5, 3))[-1]
    row = bytes.fromhex(SECTIONS['Echo'][1])
    second.need(ways.read_echoed(ways.Packet(row)) == (0x1122334455667788, 3, 5), 'answer')
    second.need(ways.Packet(row).path == ways.answer(behind), 'way of the answer')


def test_notice():
    packet = ways.Packet(bytes.fromhex(SECTIONS['Notices'][0]))
    n = ways.Notice(packet)
    second.need((n.reason, n.delay_s, n.kind, n.address, n.counter, n.noise.hex()) ==
                (ways.DROPPED, 0.0016, 0x7c, 0x0001000200000010, 7, '1a2b3c4d'), 'notice')
    second.need(n.rate_bps <= 8e6 < n.rate_bps * 2 ** 0.125, 'rate')
    second.need(packet.path == ways.answer(step(ways.route((11, 4)), (2, 4))[-1]), 'way')


def test_reservation():
    section, way = 'Reservations', ways.route((11, 4))
    r = ways.Reserve(ways.ASK, bytes.fromhex('2726252423222120'), 4000)
    stands(section, r.bytes(way))
    behind = step(way, (0, 4), (5, 3))
    r.place, r.offer = 1, 8000
    stands(section, r.bytes(behind[1]))
    r.what = ways.GRANTED
    stands(section, r.bytes(ways.answer(behind[2])))
    no = ways.Reserve(ways.REFUSED, bytes.fromhex('3f3e3d3c3b3a3938'), 9000)
    no.place = no.reason = 1
    no.offer = 4000
    stands(section, no.bytes(ways.answer(behind[1])))


def test_tree():
    section, way = 'Multicast', ways.route((5, 3), (11, 4), (0, 2))
    tree = 0x0123456789abcdef
    join = ways.Cast(ways.JOIN, tree, 0x1112131415161718)
    stands(section, join.bytes(way))
    behind = step(way, (0, 3), (6, 4), (1, 2))
    masks = [0]
    for before, after in zip(behind, behind[1:]):
        masks.append(ways.mark(masks[-1], ways.used(before), ways.used(after)))
    join.mask = masks[1]
    stands(section, join.bytes(behind[1]))
    accept = ways.Cast(ways.ACCEPT, tree, join.nonce, hop=False)
    accept.mask = masks[-1]
    stands(section, accept.bytes(ways.answer(behind[-1])))
    stands(section, ways.Cast(ways.SPLIT, tree, 0).bytes(ways.route((1, 2), (0, 4))))
    alone = ways.Cast(ways.JOIN, tree, join.nonce, hop=False)
    stands(section, alone.bytes(way))
    accept.mask = 0
    stands(section, accept.bytes(ways.answer(behind[-1])))


def test_channel():
    section, channel = 'Broadcast', 0x123456
    way = ways.route((5, 3), (11, 4), (0, 2))
    join = ways.Cast(ways.JOIN, channel, 0x1112131415161718, ways.CHANNEL)
    stands(section, join.bytes(way))
    join.what, join.number, join.mask = ways.REFUSE, 3, 8
    stands(section, join.bytes(ways.answer(ways.step(way, 0, 3)[1])))
    sent = ways.to_channel(channel, 0, bytes(32))
    stands(section, sent, True)
    behind = ways.step(ways.step(ways.Packet(sent).path, 0, 2, ways.CHANNEL_BITS)[1], 11, 4, ways.CHANNEL_BITS)[1]
    stands(section, ways.Packet(sent).with_path(behind), True)


def test_wrong():
    """What the page forbids is refused here, too."""
    good = ways.make(ways.route((1, 4)), 1, bytes(32))
    wrong = [b'', good[:-1], good + b'\0', bytes((good[0] ^ 0xc0,)) + good[1:], bytes((good[0] | 1,)) + good[1:],
             bytes((0x50,)) + good[1:], good[:1] + bytes((good[1] | 4,)) + good[2:], b'\x40\x90' + bytes(36)]
    for raw in wrong:
        refuses(ways.Packet, raw)
    refuses(ways.step, 55, 0, 4)
    refuses(ways.step, 33, 0, 2, ways.CHANNEL_BITS)
    refuses(ways.route, (16, 4))


def refuses(function, *arguments):
    try:
        function(*arguments)
    except ValueError:
        return
    raise ValueError(f'{arguments} is taken')


TESTS = [test_path, test_virtual_label, test_plain, test_echo, test_notice, test_reservation, test_tree, test_channel,
         test_wrong]


def main():
    failed = 0
    print(f'1..{len(TESTS)}')
    for number, test in enumerate(TESTS, 1):
        name = '/vectors/ways/' + test.__name__[5:].replace('_', '-')
        try:
            test()
            print(f'ok {number} {name}')
        except (ValueError, KeyError, IndexError, struct.error) as error:
            failed += 1
            print(f'not ok {number} {name} # {error!r}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
