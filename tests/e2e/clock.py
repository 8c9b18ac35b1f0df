# SPDX-License-Identifier: GPL-3.0-or-later
#
# clock.py - the clock of the world jumps under real nodes, by hours, a month, there and back: what
#            was published is read, what is published is read by the other, and links stay.
#
# jump.c stands before the C library of the nodes' processes and adds what a mapped file holds: after
# the start nothing is opened, and the sandbox is as always.  (A time namespace moves only the clocks
# of the machine, and only before a process begins; libfaketime opens a file at each look, which the
# sandbox forbids.)  The clock of the machine, which does not jump back on Linux, jumps in
# tests/sim/sim-clock.c.

import os
import struct

from nodes import Node, check, equal, read, run, until

JUMP = os.environ.get('JUMP', '')
HOUR_S = 3600
DAY_S = 24 * HOUR_S


class Jumper(Node):
  """A node whose clock is wrong by so much as we say."""

  def __init__(self, world, name):
    super().__init__(world, name)
    os.mkdir(self.profile, 0o700)
    self.file = world.write(name + '/jump', bytes(8))  # where its processes may read when they begin
    world.nodes.append(self)
    self.start()

  def _inside(self, command):
    return ['env', 'LD_PRELOAD=' + JUMP, 'N2_JUMP=' + self.file, *command]

  def jump(self, seconds):
    with open(self.file, 'r+b', buffering=0) as f:
      f.write(struct.pack('=q', int(seconds * 1_000_000)))


class Pair:
  """One that publishes and one that reads; each file is new."""

  def __init__(self, world):
    self.world, self.serial, self.made_us = world, 0, 0
    self.a, self.b = Jumper(world, 'a'), Jumper(world, 'b')
    self.publish()
    self.b.call('peer', 'add', self.a.endpoint, self.a.identity)
    self.is_linked()

  def is_linked(self):
    until(lambda: any(r.get('state') == 'up' for r in self.b.rows('peer', 'list')), 'link up', 40)

  def publish(self):
    self.serial += 1
    self.data = f'# {self.serial}\n'.encode() * 9000
    self.world.write('site/index.md', self.data)
    self.world.write('site/never-read.md', b'# Never read\n')
    self.a.call('publish', self.world.path('site'))

  def ask(self, name='index.md'):
    return self.b.get(f'net2o://{self.a.identity}/{name}', self.world.path('got'), code=None)

  def is_new(self):
    return not self.ask().get('code') and read(self.world.path('got')) == self.data

  def read(self):
    """What was published last; a head that was asked for is not asked for again for 2 s."""
    until(self.is_new, f'number {self.serial}', 40)

  def round(self):
    """What was there is read, then what comes; the link is the one that there was."""
    self.publish()
    self.read()
    equal([r['state'] for r in self.b.rows('peer', 'list')], ['up'])

  def is_well(self):
    for node in (self.a, self.b):
      status = node.call('status')
      equal((status['node_starts'], status['keys_starts']), (1, 1))
      equal(node.call('fsck')['findings'], [])


def the_clock_does_jump(world):
  """Else nothing here shows anything: what is made shows when."""
  node = Jumper(world, 'a')
  now_us = node.call('id', 'show')['made']
  node.jump(5 * HOUR_S)
  node.call('id', 'new', 'later')
  made_us = node.call('id', 'show', 'later')['made']
  check(abs(made_us - now_us - 5 * HOUR_S * 1_000_000) < 60_000_000, now_us, made_us)


def hours_there_and_back(world):
  """Of one, of the other, of both, in every order; heads go by their number and not by the clock."""
  pair = Pair(world)
  pair.read()
  for a_h, b_h in ((5, 0), (0, 0), (0, 5), (0, 0), (5, 5), (1, 5), (12, 12), (12, 17), (5, 5), (0, 0.5), (0, 0)):
    pair.a.jump(a_h * HOUR_S)
    pair.b.jump(b_h * HOUR_S)
    pair.round()
  pair.is_well()


def in_the_middle_of_a_transfer(world):
  """(Not to before the birth of the identities: no signature is good then.)"""
  pair = Pair(world)
  data = os.urandom(48 << 20)
  world.write('site/large.bin', data)
  pair.publish()
  process = world.run([os.environ['NET2O'], '--profile', pair.b.profile, 'get',
                       f'net2o://{pair.a.identity}/large.bin', '-o', world.path('large')])
  jumps = 0
  while process.poll() is None:
    for node in (pair.a, pair.b):
      node.jump((1 if jumps % 2 else 7) * HOUR_S)
    jumps += 1
    pair.b.call('status')
  equal(process.returncode, 0)
  check(jumps > 2, jumps)
  equal(read(world.path('large')) == data, True)
  pair.is_well()


def a_month_there_and_back(world):
  """No key of then is good any more: they are made anew, and read on."""
  pair = Pair(world)
  pair.read()
  for days in (30, 0):
    for node in (pair.a, pair.b):
      node.jump(days * DAY_S)
    pair.publish()
    pair.read()
  pair.is_well()


def alone_a_month_ahead(world):
  """Who is alone with his clock is refused what he asks for, in words, until it is right again."""
  pair = Pair(world)
  pair.read()
  pair.publish()
  pair.b.jump(30 * DAY_S)
  pair.b.stop()
  pair.b.start()  # else the connection that is there may do
  pair.is_linked()
  got = pair.ask()
  equal((got.get('counter'), got.get('unconfirmed')), (1, True), 'what was read then, and it says so;', got)
  got = pair.ask('never-read.md')
  check(got.get('code') == 5 and got['why'] and got['next'], got)
  pair.b.jump(0)
  pair.read()


def people_by_a_clock_that_cannot_be_right(world):
  """Before the program was made, or ten years after: nobody is over or new for that, and it is said."""
  pair = Pair(world)
  pair.read()

  def codes():
    return {r['code'] for r in pair.b.call('id', 'trust', pair.a.identity)['reasons']}

  until(lambda: 'seen' in codes(), 'written down')
  for days in (-4000, 4000, 0):
    pair.b.jump(days * DAY_S)
    until(lambda d=days: ('clock' in codes()) == bool(d), f'{days} days off', 40)
    check('seen' in codes() and not codes() & {'over', 'first'}, days, codes())


if __name__ == '__main__':
  run(the_clock_does_jump, hours_there_and_back, in_the_middle_of_a_transfer, a_month_there_and_back,
      alone_a_month_ahead, people_by_a_clock_that_cannot_be_right)
