# SPDX-License-Identifier: GPL-3.0-or-later
#
# second-switch.py - end points of another make (ends.py, tests/vectors/ways.py) beside real switches:
#                    ways, echo, labels, notices, reservations, users behind a link.

import math
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'vectors'))

import ways  # noqa: E402
from ends import (A_BITS, A_TO_B, B_BITS, B_TO_A, PATIENCE_S, Net, ahead, behind, endpoint_of, free_socket, look,
                  two_switches)  # noqa: E402
from nodes import check, equal, run, until  # noqa: E402

ALL_LABELS = (1 << ways.LONG_BITS) - 1


# ---- ways ----

def there_and_back(world):
  net = Net()
  a, b = two_switches(world)
  left, right = net.end(a, 2), net.end(b, 3)
  equal((left.port, left.width, right.port, right.width), (2, A_BITS, 3, B_BITS))
  there = ahead((right.port, B_BITS))
  arrives = behind(there, (left.port, A_BITS), (B_TO_A, B_BITS))
  for size in ways.SIZES:
    sent = [ways.make(there, 0x1122334455667788, os.urandom(size)),
            ways.make_sealed(there, 0x0001000200000010, 7, os.urandom(4), os.urandom(size), os.urandom(16), ways.LOW)]
    left.send(*sent)
    for raw in sent:
      got = right.expect(lambda p, raw=raw: p.raw[10:] == raw[10:], f'{len(raw)} bytes')
      equal(got.raw, ways.Packet(raw).with_path(arrives))
  right.send(ways.make(ways.answer(arrives), 1, bytes(32)))
  got = left.expect(lambda p: p.address == 1, 'the answer')
  equal(ways.answer(got.path), there)

  short = ways.make_short(ways.short_route((A_TO_B, A_BITS), (right.port, B_BITS)), 0x102, os.urandom(128))
  left.send(short)
  got = right.expect(lambda p: not p.is_long, 'a short one')
  way = ways.step_short(ways.Packet(short).path, left.port, A_BITS)[1]
  way = ways.step_short(way, B_TO_A, B_BITS)[1]
  equal((got.path, got.raw[:2] + got.raw[4:]), (way, short[:2] + short[4:]))
  right.send(ways.make_short(ways.answer_short(got.path), 3, bytes(32)))
  back = left.expect(lambda p: not p.is_long, 'its answer')
  equal(ways.answer_short(back.path), ways.Packet(short).path)

  # a trace: each switch on the way says who it is
  equal(left.echo(0), (A_BITS, left.port, behind(0, (0, A_BITS))))
  equal(left.echo(ahead())[:2], (B_BITS, B_TO_A))
  equal(right.echo(ways.route((B_TO_A, B_BITS)))[:2], (A_BITS, A_TO_B))
  # round and round, as far as 58 bits go
  rounds = [(A_TO_B, A_BITS), (B_TO_A, B_BITS)]
  left.send(ways.make(ways.route(*rounds * 6, (left.port, A_BITS)), 6, bytes(32)),
            ways.make(ways.route(*rounds * 7), 7, bytes(32)))  # A has 2 bits of room, and wants 3
  check(ways.used(left.expect(lambda p: p.address == 6, 'six rounds').path) == 51)
  left.echo(ahead())
  equal(left.pick(lambda p: p.address == 7), [])


def wrong_bits_are_dropped(world):
  net = Net()
  a, b = two_switches(world)
  left, right = net.end(a), net.end(b)
  there = ahead((right.port, B_BITS))
  good = ways.make(there, 1, bytes(32))
  nobody = (6, A_BITS)
  at_a = [  # a port without link, all ones, no bits left, bits behind a label 0, a bit of care that is zero
      ways.make(ways.route(nobody), 2, bytes(32)), ways.make(ALL_LABELS << 6, 2, bytes(32)),
      ways.make(2 ** 64 - 1, 2, bytes(32)), ways.make(there | 56, 2, bytes(32)),
      ways.make(ways.route((0, A_BITS), (1, 1)), 2, bytes(32)), ways.echo(ways.route(nobody), 9),
      good[:1] + bytes((good[1] | 4,)) + good[2:]]
  at_b = [ways.make(ahead((0, B_BITS), (right.port, B_BITS)), 2, bytes(32)),
          ways.make(ahead((30, B_BITS)), 2, bytes(32)), ways.echo(ahead((0, B_BITS), (1, 50)), 9)]
  no_kind = [  # another version, the zero bit of kind, a sealed short one: what is behind is lost with it; a part
      bytes((good[0] ^ 0xc0,)) + good[1:] + good, bytes((good[0] | 1,)) + good[1:] + good,
      bytes((0x50,)) + good[1:] + good, good[:-1]]

  def dropped():
    return [node.call('status')['dropped_switch'] for node in (a, b)]
  before = dropped()
  left.send(*at_a, *at_b)
  for raw in no_kind:
    left.datagram(0, raw)
  left.send(good)
  right.expect(lambda p: p.address == 1, 'a good one')
  left.echo(ahead())
  equal((left.came, right.came), ([], []))
  until(lambda: dropped() == [before[0] + len(at_a + no_kind), before[1] + len(at_b)],
        'each is counted where it was dropped')


# ---- virtual labels ----

def label_hides_the_line(world):
  """What A calls 6 is the way to B and on to `right`: nobody at A sees it, and answers come back in by it."""
  net = Net()
  a, b = two_switches(world)
  left, right, other = net.end(a), net.end(b), net.end(b)
  a.call('switch', 'label', 'set', '6', 'to', str(A_TO_B), f'{right.port}/{B_BITS}')
  by_label = ways.route((6, A_BITS))
  left.send(ways.make(ways.route((6, A_BITS), (1, B_BITS)), 2, bytes(32)), ways.make(by_label, 1, bytes(32)))
  got = right.expect(lambda p: p.address == 1, 'by the label')
  way_back = ways.mirror(left.port, A_BITS) << B_BITS | ways.mirror(B_TO_A, B_BITS)
  equal(got.path, way_back << 6 | A_BITS + B_BITS)
  right.send(ways.make(ways.answer(got.path), 4, bytes(32)))
  back = left.expect(lambda p: p.address == 4, 'the answer')
  equal(back.path, ways.mirror(6, A_BITS) << 6 | A_BITS + B_BITS)  # zeros where B was
  equal(ways.answer(back.path), by_label)
  other.send(ways.make(ways.route((B_TO_A, B_BITS), (left.port, A_BITS)), 5, bytes(32)))
  seen = left.expect(lambda p: p.address == 5, 'from who has no label').path
  equal(ways.answer(seen), ahead((other.port, B_BITS)))
  a.call('switch', 'label', 'hide', str(A_TO_B))
  other.send(ways.make(ways.route((B_TO_A, B_BITS), (left.port, A_BITS)), 5, bytes(32)))
  equal(left.expect(lambda p: p.address == 5, 'from a hidden port').path, A_BITS + B_BITS)
  equal(right.came, [], 'bits behind what is hidden')


# ---- jams and drops ----

class Sender:
  """Sealed packets of 2 KiB to one address of one end point, as nobody on the way can tell from true ones."""

  def __init__(self, end, path, address):
    self.end, self.path, self.address = end, path, address
    self.noises, self.notices = [], []

  def send(self, packets):
    for _ in range(packets):
      self.noises.append(os.urandom(4))
      self.end.send(ways.make_sealed(self.path, self.address, len(self.noises) - 1, self.noises[-1],
                                     bytes(2048), bytes(16)))

  def listen(self):
    for packet in self.end.pick(lambda p: p.is_message(ways.NOTICE)):
      n = ways.Notice(packet)
      equal((n.kind, n.address, n.noise), (0x7c, self.address, self.noises[n.counter]), 'the packet that it is about')
      equal(ways.answer(n.path), ways.route((0, A_BITS)), 'the first switch says it')
      equal(packet.klass, ways.DEFAULT)
      self.notices.append(n)

  def told(self, reason):
    return [n for n in self.notices if n.reason == reason]


def overload_is_told(world):
  """More than the line carries: what does not arrive was told as dropped, and jams name everybody's part."""
  kbit, rounds, each = 2000, 16, 6
  net = Net()
  a, b = two_switches(world, f'port {A_TO_B}.rate-kbit={kbit}')
  right = net.end(b)
  there = ahead((right.port, B_BITS))
  senders = [Sender(net.end(a), there, 0x0001000200000000 + (i << 43)) for i in range(2)]
  for _ in range(rounds):
    for sender in senders:
      sender.send(each)
    net.rest(0.021)
  arrived = []

  def all_told():
    arrived.extend(right.pick(lambda p: p.sealed))
    for sender in senders:
      sender.listen()
    return len(arrived) + sum(len(s.told(ways.DROPPED)) for s in senders) >= 2 * rounds * each
  net.wait(all_told, 'each arrives or is told of', 8)
  for sender in senders:
    mine = [p.counter for p in arrived if p.address == sender.address]
    marked = {p.counter for p in arrived if p.address == sender.address and p.jam}
    dropped, jams = [n.counter for n in sender.told(ways.DROPPED)], sender.told(ways.JAM)
    equal(sorted(mine + dropped), list(range(rounds * each)))
    equal(mine, sorted(mine), 'in order')
    check(len(dropped) > rounds and len(jams) > 5, 'both happened', len(dropped), len(jams))
    check(max(n.delay_s for n in sender.notices) < 0.6, 'a quarter of a second, or 128 KiB')
    equal({n.rate_code for n in sender.told(ways.DROPPED)}, {code_of(kbit)}, 'the rate of the link')
    for n in jams[2:]:  # now both wait: half for each, less by what waits
      check(n.counter in dropped or n.counter in marked, 'it has the mark')
      less = min(max(n.delay_s / 0.5, 1 / 16), 3 / 4)
      check(abs(n.rate_code - code_of(kbit / 2 * (1 - less))) <= 1, 'what is allowed', n.delay_s, n.rate_bps)
  order = [p.address for p in arrived if p.jam]
  check(abs(order.count(senders[0].address) - len(order) / 2) <= len(order) // 10, 'each has half', len(order))


def code_of(kbit):
  """The rate code that is not too much."""
  return math.floor(8 * math.log2(kbit))


# ---- reservations ----

def ask(end, path, kbit, ident=None, klass=ways.HIGH, what=ways.ASK):
  r = ways.Reserve(what, ident or os.urandom(8), kbit, klass)
  end.send(r.bytes(path))
  return r


def about(end, r, what, seconds=PATIENCE_S):
  """The next word of this kind about that reservation."""
  def fits(p):
    return p.is_message(ways.RESERVE) and ways.Reserve.of(p).ident == r.ident and ways.Reserve.of(p).what == what
  return ways.Reserve.of(end.expect(fits, f'{what} of a reservation', seconds=seconds))


def grant(end, r):
  """As an end point does: back it goes, all else unchanged."""
  got = about(end, r, ways.ASK)
  path, got.what = ways.answer(got.path), ways.GRANTED
  end.send(got.bytes(path))
  return got


def reserved(left, right, path, kbit, ident=None):
  r = ask(left, path, kbit, ident)
  asked = grant(right, r)
  granted = about(left, r, ways.GRANTED)
  equal((granted.kbit, granted.klass, granted.place, granted.reason, granted.unsure, granted.offer, granted.marks),
        (kbit, r.klass, asked.place, 0, asked.unsure, asked.offer, 0))
  return r, granted


def refused(left, path, kbit, place, reason, offer, ident=None):
  r = ask(left, path, kbit, ident)
  no = about(left, r, ways.REFUSED)
  equal((no.place, no.reason, no.offer, no.kbit, no.klass), (place, reason, offer, kbit, r.klass))
  return no


def kept(node):
  return sorted(r['rate_bps'] // 1000 for r in look(node)['reservations'] if r['state'] == 'kept')


def reserved_and_refused(world):
  net = Net()
  a, b = two_switches(world, of_b=('port 2.rate-kbit=1000',))
  right, narrow = net.end(b, 1), net.end(b, 2)
  one, two, three = net.end(a), net.end(a), net.end(a)
  there, thin = ahead((right.port, B_BITS)), ahead((narrow.port, B_BITS))

  # of 8,000 kbit/s each takes as much as he leaves to others
  r, granted = reserved(one, right, there, 4000)
  equal((granted.place, granted.unsure, granted.offer), (2, 1, 4000))  # nobody knows what the line to `right` carries
  equal((kept(a), kept(b)), ([4000], [4000]))
  no = refused(two, there, 4000, 1, 2, 2000)
  equal(ways.answer(no.path), ways.route((0, A_BITS)), 'who says no')
  refused(two, there, 9000, 1, 1, 2000)
  s, granted = reserved(two, right, there, 2000)
  equal(granted.offer, 2000)
  # the second switch has less: it says so, and the first has nothing noted any more
  no = refused(three, thin, 700, 2, 2, 400)
  equal(ways.answer(no.path), ahead((0, B_BITS)))
  equal((kept(a), kept(b)), ([2000, 4000], [2000, 4000]))
  reserved(three, narrow, thin, 400)

  # the same again is a renewal, another rate a change, another flow a mistake
  for kbit in (4000, 1000):
    reserved(one, right, there, kbit, r.ident)
    equal((kept(a), kept(b)), (sorted([kbit, 2000, 400]), sorted([kbit, 2000, 400])))
  refused(one, thin, 100, 1, 5, ways.ANY_KBIT, r.ident)
  # who has it keeps what he had when more is refused
  refused(one, there, 5000, 1, 2, 2800, r.ident)
  equal(kept(a), [400, 1000, 2000])
  # it is taken back by the port that it came in by, and ended by who knows its id
  ask(two, there, 1000, r.ident, what=ways.RELEASE)
  forged = ways.Reserve(ways.CUT, os.urandom(8), 1000)
  narrow.send(forged.bytes(ways.route((B_TO_A, B_BITS), (one.port, A_BITS))))
  about(one, forged, ways.CUT)  # passed on, as any that nobody waits for
  equal(kept(a), [400, 1000, 2000])
  reserved(one, right, there, 1000, r.ident)
  ask(one, there, 1000, r.ident, what=ways.RELEASE)
  about(right, r, ways.RELEASE)
  equal((kept(a), kept(b)), ([400, 2000], [400, 2000]))

  # a line that goes ends what left by it, and says so
  right.close()
  cut = about(two, s, ways.CUT)
  equal((cut.reason, kept(a), kept(b)), (6, [400], [400]))
  three.close()  # nor is anything kept of who came by it
  until(lambda: kept(a) == [], 'its neighbour is gone')


def flow_is_measured(world):
  """What is reserved keeps its class, what is not loses it, who sends far more is cut off."""
  net = Net()
  a, b = two_switches(world)
  right, one, two = net.end(b), net.end(a), net.end(a)
  there, kbit = ahead((right.port, B_BITS)), 400
  r, _ = reserved(one, right, there, kbit)

  def classes(end, klass, packets):
    for _ in range(packets):
      end.send(ways.make(there, 1, bytes(512), klass=klass))
    came = []
    net.wait(lambda: came.extend(right.pick(lambda p: p.address == 1)) or len(came) == packets, 'all arrive')
    return [p.klass for p in came]
  equal(classes(one, ways.HIGH, 3), [ways.HIGH] * 3)
  equal(classes(two, ways.HIGH, 3), [ways.DEFAULT] * 3)
  equal(classes(one, ways.URGENT, 1), [ways.DEFAULT], 'another class is another flow')
  equal(classes(one, ways.LOW, 1), [ways.LOW])
  one.send(ways.make_short(ways.short_route((A_TO_B, A_BITS), (right.port, B_BITS)), 1, bytes(512), ways.HIGH))
  equal(right.expect(lambda p: p.address == 1, 'a short one').klass, ways.DEFAULT)
  began = time.monotonic()

  def is_cut():
    some = classes(one, ways.HIGH, 30)
    net.rest(0.02)
    over.append(ways.DEFAULT in some)
    return one.pick(lambda p: p.is_message(ways.RESERVE))
  over = []
  cut = ways.Reserve.of(net.wait(is_cut, 'far more than was reserved is cut off')[0])
  equal((cut.what, cut.ident, cut.reason), (ways.CUT, r.ident, 4))
  check(any(over) and 0.5 < time.monotonic() - began < 3, 'not at once')
  refused(one, there, kbit, 1, 4, ways.ANY_KBIT, r.ident)
  equal(classes(one, ways.HIGH, 1), [ways.DEFAULT])


# ---- users behind a link ----

def users_behind_a_link(world):
  """A trunk is asked how many are behind it, has as many shares as it says and its operator allows, and is told."""
  net = Net()
  own, shared = free_socket(net.source()), net.source()
  a, b = two_switches(world, f'port 3.from={endpoint_of(own)}', 'port 3.users=5', a_ports=(1, 2, 4, 6, 7))
  trunk, right, stranger = net.end(a, 3, own), net.end(b), net.end(a)
  equal(trunk.port, 3)
  others = [net.end(a)] + [net.end(a, at=free_socket(shared)) for _ in range(2)]
  there = ahead((right.port, B_BITS))
  lost = ask(others[0], there, 100)  # nobody grants it
  asked_s = time.monotonic()
  net.wait(lambda: (0, 1) in trunk.users, 'A asks, and was not asked')
  equal([end.users for end in (right, stranger)], [[], []], 'who is no trunk')
  refused(trunk, there, 6000, 1, 2, 3950)
  for end in (trunk, stranger):
    end.say_users(4, 1)

  def is_believed():
    r = ask(trunk, there, 6300)

    def word(end):
      return [p for p in end.came if p.is_message(ways.RESERVE) and ways.Reserve.of(p).ident == r.ident]
    net.wait(lambda: word(trunk) + word(right), 'a word')
    return word(right)
  net.wait(is_believed, 'from its next second on', 2)
  equal(ways.Reserve.of(right.came[-1]).offer, 6320)  # four fifths of what is left
  refused(stranger, there, 900, 1, 2, 800)  # half of it, whatever was said

  # three users are here, as two links are of one source; each says something to the trunk
  def say():
    trunk.say_users(4, 1)
    for end in (stranger, *others):
      end.send(ways.make(ways.route((trunk.port, A_BITS)), 1, bytes(32)))
  net.wait(lambda: (3, 1) in trunk.users, 'it is told of three', again=say)

  about(right, lost, ways.ASK)
  net.wait(lambda: 100000 not in [r['rate_bps'] for r in look(a)['reservations']], 'what nobody granted is forgotten')
  check(2.5 < time.monotonic() - asked_s < 4, 'after 3 s', time.monotonic() - asked_s)


if __name__ == '__main__':
  run(there_and_back, wrong_bits_are_dropped, label_hides_the_line, overload_is_told, reserved_and_refused,
      flow_is_measured, users_behind_a_link)
