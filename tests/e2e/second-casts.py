# SPDX-License-Identifier: GPL-3.0-or-later
#
# second-casts.py - end points of another make (ends.py, tests/vectors/ways.py) and real switches: trees
#                   and channels, followed and fed.

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'vectors'))

import ways  # noqa: E402
from ends import (A_BITS, A_TO_B, B_BITS, B_TO_A, Net, ahead, behind, endpoint_of, free_socket, look,
                  two_switches)  # noqa: E402
from nodes import check, equal, run, until  # noqa: E402


# ---- trees ----

def cast(end, path, what, tree, nonce, kind=ways.TREE, hop=True, again=False):
  """@again: it is a branch somewhere already."""
  word = ways.Cast(what, tree, nonce, kind, hop)
  if again:
    word.taken = struct.pack('>Q', nonce)[:3]
  end.send(word.bytes(path))


def told(end, what, nonce, kind=ways.TREE):
  """The next word of this kind with that nonce."""
  def fits(p):
    return p.is_message(kind) and ways.Cast.of(p).what == what and ways.Cast.of(p).nonce == nonce
  return ways.Cast.of(end.expect(fits, f'{what} about {nonce:x}'))


def number():
  return struct.unpack('>Q', os.urandom(8))[0]


def copies(net, ends, count):
  """What comes to many at each, when so many did, and nothing more."""
  got = [[] for _ in ends]

  def all_came():
    for end, packets in zip(ends, got):
      packets.extend(end.pick(lambda p: p.mode in (ways.MULTICAST, ways.BROADCAST)))
    return all(len(packets) >= count for packets in got)
  net.wait(all_came, f'{count} packets to many')
  net.rest(0.05)
  all_came()
  equal([len(packets) for packets in got], [count] * len(ends))
  return got


def followed(net, a, b, there):
  """A tree of B's and two who joined at A, which holds an entry: (its number, the ends, their nonces)."""
  ends, nonces = [net.end(a), net.end(a)], [number(), number()]
  tree = b.call('switch', 'tree', 'open')['number']
  for end, nonce in zip(ends, nonces):
    cast(end, there, ways.JOIN, int(tree, 16), nonce)
    equal(told(end, ways.ACCEPT, nonce).mask, 1 << A_BITS | 1 << A_BITS + B_BITS)

  def at_a():
    for end, nonce in zip(ends, nonces):
      cast(end, there, ways.JOIN, int(tree, 16), nonce, again=True)
    net.rest(0.1)
    return [t['branches'] for t in look(a)['trees']] == [2] and [t['branches'] for t in look(b)['trees']] == [1]
  net.wait(at_a, 'A copies for both')
  return tree, ends, nonces


def alone(net, a, there, tree, nonce):
  """One more, whom B sends copies of his own."""
  end = net.end(a)
  cast(end, there, ways.JOIN, int(tree, 16), nonce, hop=False)
  yes = told(end, ways.ACCEPT, nonce)
  equal((yes.mask, yes.hop), (0, False))
  return end


def tree_of_a_node(world):
  """B is the source.  Two join at A, which holds an entry then; one leaves, the other goes on, then nobody does."""
  net = Net()
  a, b = two_switches(world, b_has_users=True)
  there = ahead((0, B_BITS))
  tree, ends, nonces = followed(net, a, b, there)
  low, stranger = int(tree, 16), number()
  cast(ends[0], there, ways.JOIN, low ^ 1, stranger)
  equal(told(ends[0], ways.REFUSE, stranger).number, 2)
  b.call('switch', 'tree', 'probe', tree, '3')
  copies(net, ends, 3)
  cast(ends[0], there, ways.LEAVE, low, nonces[0])
  until(lambda: [t['branches'] for t in look(a)['trees']] == [1], 'one left')
  b.call('switch', 'tree', 'probe', tree, '3')
  copies(net, ends[1:], 3)
  equal(ends[0].pick(lambda p: p.mode == ways.MULTICAST), [])
  cast(ends[1], there, ways.LEAVE, low, nonces[1])
  until(lambda: look(a)['trees'] == [] == [t for t in look(b)['trees'] if t['branches']], 'all left')

  third = alone(net, a, there, tree, nonces[0])
  b.call('switch', 'tree', 'probe', tree, '2')
  copies(net, [third], 2)
  cast(third, there, ways.LEAVE, low, nonces[0], hop=False)
  third.echo(there)
  b.call('switch', 'tree', 'probe', tree, '2')
  third.echo(there)
  equal(third.pick(lambda p: p.mode == ways.MULTICAST), [])


def tree_that_ends(world):
  """All hear of it at once, those behind A by A; nobody else can say so."""
  net = Net()
  a, b = two_switches(world, b_has_users=True)
  there = ahead((0, B_BITS))
  tree, ends, nonces = followed(net, a, b, there)
  third_nonce = number()
  third = alone(net, a, there, tree, third_nonce)
  forged = ways.Cast(ways.REFUSE, int(tree, 16), nonces[0], hop=False)
  forged.number = 5
  third.send(forged.bytes(0))  # to A's port 0, but not from where A is fed
  third.echo(0)
  b.call('switch', 'tree', 'probe', tree, '1')
  copies(net, [*ends, third], 1)
  equal([end.pick(lambda p: p.is_message(ways.TREE) and ways.Cast.of(p).what == ways.REFUSE) for end in ends], [[], []])
  b.call('switch', 'tree', 'close', tree)
  for end, nonce, mask in zip([*ends, third], [*nonces, third_nonce], (1 << A_BITS, 1 << A_BITS, 0)):
    no = told(end, ways.REFUSE, nonce)
    equal((no.number, no.mask, no.hop), (5, mask, False))
  equal((look(a)['trees'], look(b)['trees']), ([], []))


class Source:
  """A switch of our own of two bits, whose only line is at port 1, and a tree's source behind it."""
  BITS, LINE = 2, 1

  def __init__(self, end, tree):
    self.end, self.tree, self.branches = end, tree, {}  # nonce -> (path from port 0, number)

  def send(self, path, make_packet):
    """From port 0; True if the line is the way."""
    out, path = ways.step(path, 0, self.BITS)
    equal(out, self.LINE)
    self.end.send(make_packet(path))

  def serve(self):
    """Takes all joins and leaves that came; returns them."""
    seen = []
    for packet in self.end.pick(lambda p: p.is_message(ways.TREE)):
      m = ways.Cast.of(packet)
      before = ways.used(m.path)
      out, m.path = ways.step(m.path, self.LINE, self.BITS)
      m.mask = ways.mark(m.mask, before, ways.used(m.path))
      equal((out, m.cast, m.hop), (0, self.tree, True))
      seen.append(m)
      back = ways.answer(m.path)
      if m.what == ways.LEAVE:
        check(self.branches.pop(m.nonce) == (back, m.number))
      elif m.what == ways.JOIN:
        token = {struct.pack('>Q', n)[:3]: n for n in self.branches}
        if m.taken in token:
          del self.branches[token[m.taken]]
        self.branches[m.nonce] = back, m.number
        yes = ways.Cast(ways.ACCEPT, self.tree, m.nonce, hop=False)
        yes.mask, yes.taken = m.mask, m.taken
        self.send(back, yes.bytes)
    return seen

  def split(self, path):
    word = ways.Cast(ways.SPLIT, self.tree, 0)
    word.mask = ways.mark(0, 0, self.BITS)
    self.send(path, word.bytes)

  def say(self, low):
    for path, entry in self.branches.values():
      path |= entry << 64 - ways.NUMBER_BITS - self.BITS - A_BITS  # behind A's label 0
      self.send(path, lambda p: ways.to_tree(p, self.tree, low, bytes(128)))


def tree_of_our_own(world):
  """A is told to split, joins in the place of two, copies what comes from us and nobody else, and leaves at last."""
  net = Net()
  a, _ = two_switches(world)
  tree, source = number(), net.end(a)
  home, there = Source(source, tree), ways.route((source.port, A_BITS), (0, Source.BITS))
  ends, nonces = [net.end(a), net.end(a)], [number(), number()]
  whole = 1 << A_BITS | 1 << A_BITS + Source.BITS
  for end, nonce in zip(ends, nonces):
    cast(end, there, ways.JOIN, tree, nonce)
    net.wait(home.serve, 'a join')
    equal(told(end, ways.ACCEPT, nonce).mask, whole)
  home.say(1)
  copies(net, ends, 1)
  # both ways share A: it shall copy
  home.split(ways.route((Source.LINE, Source.BITS), (0, A_BITS)))
  until(lambda: len(look(a)['trees']) == 1, 'an entry')
  for i, (end, nonce) in enumerate(zip(ends, nonces)):
    cast(end, there, ways.JOIN, tree, nonce, again=True)
    joined = net.wait(home.serve, 'the join of the switch')
    m = joined[-1]
    equal((m.taken, m.number > 0, m.path, m.mask), (struct.pack('>Q', nonce)[:3], True, behind(
        there, (0, A_BITS), (Source.LINE, Source.BITS)), whole))
    equal(told(end, ways.ACCEPT, nonce).mask, 1 << A_BITS)
  equal(len(home.branches), 1)
  home.say(2)
  for (packet,) in copies(net, ends, 1):
    equal((packet.address, packet.path, packet.klass),
          (1 << 63 | tree & 0x7fffffff << 32 | 2, behind(0, (0, A_BITS)), ways.DEFAULT))
  # another neighbour is no source, however it says it
  (path, entry), = home.branches.values()
  ends[0].send(ways.to_tree(entry << 64 - ways.NUMBER_BITS - A_BITS, tree, 3, bytes(128)))
  ends[0].send(ways.to_tree(0, tree, 3, bytes(128)))
  home.say(4)
  equal([[p.address & 0xff for p in packets] for packets in copies(net, ends, 1)], [[4], [4]])
  for end, nonce in zip(ends, nonces):
    check(home.branches)
    cast(end, there, ways.LEAVE, tree, nonce)
  net.wait(lambda: home.serve() and not home.branches, 'the switch leaves')
  equal(look(a)['trees'], [])


# ---- channels ----

def channel_of_a_node(world):
  """B is the source of one channel: joined, heard, left; what is beyond or not let through is refused."""
  net = Net()
  a, b = two_switches(world, f'port {A_TO_B}.channels-block=8192-12287', b_has_users=True)
  ends, there, channel = [net.end(a), net.end(a)], ahead((0, B_BITS)), 4711
  nonces = [number() for _ in ends]
  b.call('switch', 'channel', 'open', str(channel))
  for wrong, reason in ((channel + 1, 2), (9000, 3)):
    nonce = number()
    cast(ends[0], there, ways.JOIN, wrong, nonce, ways.CHANNEL)
    no = told(ends[0], ways.REFUSE, nonce, ways.CHANNEL)
    equal((no.number, no.hop), (reason, True))
  for end, nonce in zip(ends, nonces):
    cast(end, there, ways.JOIN, channel, nonce, ways.CHANNEL)
    yes = told(end, ways.ACCEPT, nonce, ways.CHANNEL)
    equal((yes.hop, yes.cast, yes.rank, yes.taken), (True, channel, 0, bytes(3)))
  b.call('switch', 'channel', 'probe', str(channel), '3')
  for packets in copies(net, ends, 3):
    for packet in packets:
      equal((packet.path, packet.address >> 32), (
          channel << 40 | ways.mirror(0, B_BITS) << A_BITS + 6 | ways.mirror(A_TO_B, A_BITS) << 6 | A_BITS + B_BITS,
          1 << 31 | channel))
  # a stranger's packet of this channel goes nowhere
  ends[0].send(ways.to_channel(channel, 9, bytes(32)))
  cast(ends[0], there, ways.LEAVE, channel, nonces[0], ways.CHANNEL)
  ends[0].echo(there)
  b.call('switch', 'channel', 'probe', str(channel), '2')
  copies(net, ends[1:], 2)
  equal(ends[0].pick(lambda p: p.mode == ways.BROADCAST), [])
  cast(ends[1], there, ways.LEAVE, channel, nonces[1], ways.CHANNEL)
  until(lambda: look(a)['channels'] == [], 'nobody is left')


def channel_of_our_own(world):
  """We are where a channel comes from: A asks once for two, and takes it from nowhere else."""
  net = Net()
  own = free_socket(net.source())
  a, _ = two_switches(world, f'port 3.from={endpoint_of(own)}', 'port 3.channels-take=5000-5100', a_ports=(1, 2, 4))
  home, ends, channel = net.end(a, 3, own), [net.end(a), net.end(a)], 5001
  there, nonces = ways.route((home.port, A_BITS)), [number(), number()]
  for i, (end, nonce) in enumerate(zip(ends, nonces)):
    cast(end, there, ways.JOIN, channel, nonce, ways.CHANNEL)
    if not i:
      asked = ways.Cast.of(home.expect_message(ways.CHANNEL, 'the join'))
      equal((asked.what, asked.nonce, asked.mask, asked.hop), (ways.JOIN, nonce, 1 << A_BITS, True))
      back, asked.what = ways.answer(asked.path), ways.ACCEPT
      home.send(asked.bytes(back))
    yes = told(end, ways.ACCEPT, nonce, ways.CHANNEL)
    equal(yes.mask, 1 << A_BITS)
  home.send(ways.to_channel(channel, 7, bytes(512)))
  for (packet,) in copies(net, ends, 1):
    equal((packet.path, packet.address),
          (channel << 40 | ways.mirror(home.port, A_BITS) << 6 | A_BITS, 1 << 63 | channel << 32 | 7))
  # beyond what may come from there: refused at once, by the switch
  nonce = number()
  cast(ends[0], there, ways.JOIN, 5101, nonce, ways.CHANNEL)
  equal(told(ends[0], ways.REFUSE, nonce, ways.CHANNEL).number, 3)
  for end, nonce in zip(ends, nonces):
    equal(home.pick(lambda p: p.is_message(ways.CHANNEL)), [])
    cast(end, there, ways.LEAVE, channel, nonce, ways.CHANNEL)
    end.echo(0)
  left = ways.Cast.of(home.expect_message(ways.CHANNEL, 'the last leaves'))
  equal((left.what, left.cast), (ways.LEAVE, channel))
  home.send(ways.to_channel(channel, 8, bytes(512)))
  home.send(ways.to_channel(77, 8, bytes(512)))  # a local one, and we are of no LAN
  home.echo(0)
  equal([end.came for end in ends], [[], []])


if __name__ == '__main__':
  run(tree_of_a_node, tree_that_ends, tree_of_our_own, channel_of_a_node, channel_of_our_own)
