# SPDX-License-Identifier: GPL-3.0-or-later
#
# kill.py - kill -9 of every process at random moments, while a node publishes, fetches, pins, changes
#           attributes, writes names, links to a host by name: what was reported stored is there afterwards, byte for byte,
#           nothing half is, and `net2o fsck` finds nothing.
#
#   kill.py [--kills N] [--seed N]     12 by default; prints TAP, and a table of who was killed
#
# The moments are drawn between none and a little more than the action takes when left alone.

import argparse
import os
import random
import signal
import subprocess
import sys
import time

from nodes import NET2O, World, check, equal, read, until

VICTIMS = ('node', 'keys', 'names', 'net2od', 'net2o')  # the children, the parent, the client
ACTIONS = ('publish', 'fetch', 'pin', 'attribute', 'name', 'peer')
PAUSE_S = 0.25  # a process that would be kept down longer than this is not killed: its parent is
OFFERS = 24
SETS, SET_FILES = 8, 5  # folders to pin
NOTED = 'large/bytes.bin'  # the file whose attribute is changed


class Action:
  """A command, and what is stored once it says that it is done."""

  def __init__(self, name, command, tree=None, note=None, friend=None, offer=None,
               peer=None, pin=None):
    self.name, self.command = name, command
    self.tree, self.note = tree, note        # a new head: its files, the attribute's value
    self.friend, self.offer = friend, offer  # a name, a file to fetch
    self.peer = peer  # an endpoint with the name of a host
    self.pin = pin    # a folder of the holder


class Ledger:
  """What the node has said is stored."""

  def __init__(self):
    self.counter, self.tree, self.note = 0, {}, None  # the newest head
    self.old = []      # (address by hash, {path: bytes}) of those before
    self.fetched = []  # (address by hash, bytes)
    self.pinned = []   # (address by hash, {path: bytes})
    self.names = set()
    self.peer = None   # the endpoint that was written down last


class Trial:
  """A node that is killed again and again, and one that holds what it fetches."""

  def __init__(self, world, seed):
    self.world, self.rng, self.ledger = world, random.Random(seed), Ledger()
    self.serial = self.slowest_s = 0
    self.downs = {}  # child: kills since its parent began
    self.rows = {}   # (victim, action): [kills, answered, lost]
    self.took = {}   # action: seconds when left alone
    self.holder, self.node = world.node('holder'), world.node('victim')
    self.offers, self.sets, self.offered = {}, {}, None
    self.offer()
    self.node.call('peer', 'add', self.holder.endpoint, self.holder.identity)
    self.is_linked()

  def offer(self):
    self.serial += 1
    for i in range(OFFERS):
      data = self.rng.randbytes(self.rng.choice((900, 20_000, 150_000, 1_300_000)))
      self.offers[f'{self.serial}-{i:02}.bin'] = data
      self.world.write(f'offers-{self.serial}/{self.serial}-{i:02}.bin', data)
    self.sets = {}
    for i in range(SETS):
      name = f'{self.serial}-set-{i}'
      self.sets[name] = {f'{k}.bin': self.rng.randbytes(self.rng.choice((900, 20_000, 400_000))) for k in range(SET_FILES)}
      for path, data in self.sets[name].items():
        self.world.write(f'offers-{self.serial}/{name}/{path}', data)
    row = self.holder.call('publish', self.world.path(f'offers-{self.serial}'))
    self.offered = row['by_hash']
    self.set_addresses = {r['name']: f'net2o://{r["hash"]}/' for r in self.holder.rows('ls', self.offered)
                          if r['name'] in self.sets}

  def is_linked(self):
    until(lambda: any(r.get('state') == 'up' for r in self.node.rows('peer', 'list')), 'link up', 40)

  # ---- what it does ----

  def draw(self, name):
    self.serial += 1
    if name == 'publish':
      tree = {f'page-{i}.md': f'# {self.serial}.{i}\n'.encode() * self.rng.randrange(1, 60)
              for i in range(self.rng.randrange(1, 14))}
      tree[NOTED] = self.rng.randbytes(self.rng.choice((100, 40_000, 700_000)))
      for path, data in tree.items():
        self.world.write(f'site-{self.serial}/{path}', data)
      return Action(name, ['publish', self.world.path(f'site-{self.serial}')], tree=tree)
    if name == 'attribute':
      note = f'value {self.serial}'
      address = f'net2o://{self.node.identity}/{NOTED}'
      return Action(name, ['attr', 'set', address, 'note', note], tree=self.ledger.tree, note=note)
    if name == 'name':
      friend = f'friend-{self.serial}'
      return Action(name, ['name', 'set', friend, self.holder.identity], friend=friend)
    if name == 'peer':
      if self.ledger.peer:
        self.node.call('peer', 'remove', self.ledger.peer)
        self.ledger.peer = None
      peer = f'udp:localhost:{self.holder.endpoint.rpartition(":")[2]}'
      return Action(name, ['peer', 'add', peer], peer=peer)
    if not self.offers or not self.sets:
      self.offer()
    if name == 'pin':
      pin = self.rng.choice(sorted(self.sets))
      return Action(name, ['pin', f'net2o://{self.holder.identity}/{pin}/'], pin=pin)
    offer = self.rng.choice(sorted(self.offers))
    return Action(name, ['get', f'net2o://{self.holder.identity}/{offer}', '-o',
                         self.world.path('out')], offer=offer)

  def head(self):
    """Counter of the newest own tree, and its address by hash."""
    row = self.node.call('id', 'show')
    return row.get('counter', 0), f'net2o://{row["root"]}/' if 'root' in row else None

  def settle(self, action, said):
    """What of the action must be there (it said so), or may be: whole, and from now on for good."""
    ledger = self.ledger
    if action.tree is not None:
      counter, root = self.head()
      is_there = counter > ledger.counter  # cut off inside its commit, a number may be left out
      check(is_there or counter == ledger.counter, f'counter {counter} after {ledger.counter}')
      check(is_there or not said, f'{action.name}: done, they said, but head {counter} is the last')
      if is_there:
        ledger.counter, ledger.tree, ledger.note = counter, action.tree, action.note
        ledger.old.append((root, action.tree))
        self.whole(f'net2o://{self.node.identity}/', action.tree, len(action.tree))
    if action.friend:
      is_there = action.friend in self.names()
      check(is_there or not said, f'{action.friend}: set, they said')
      if is_there:
        ledger.names.add(action.friend)
    if action.peer:
      is_there = action.peer in self.peers()
      check(is_there or not said, f'{action.peer}: a peer, they said')
      self.ledger.peer = action.peer if is_there else None
    if action.pin:
      address = self.set_addresses[action.pin]
      is_there = self.is_pinned(address)
      check(is_there or not said, f'{action.pin}: pinned, they said')
      if is_there:
        self.ledger.pinned.append((address, self.sets.pop(action.pin)))
        self.whole(*self.ledger.pinned[-1], SET_FILES)
    if action.offer and said:
      data = self.offers.pop(action.offer)
      equal(read(self.world.path('out')) == data, True, 'what was fetched')
      ledger.fetched.append((self.offered + action.offer, data))

  # ---- what is done to it ----

  def measure(self):
    for name in ACTIONS:
      action = self.draw(name)
      began = time.monotonic()
      self.node.call(*action.command)
      self.took[name] = time.monotonic() - began
      self.settle(action, True)

  def choose(self):
    victim = self.rng.choice(VICTIMS)
    if victim == 'names' and 'net2o-names' not in self.node.pids():
      return 'net2od'
    if victim in ('node', 'keys') and 0.1 * 2 ** self.downs.get(victim, 0) > PAUSE_S:
      return 'net2od'  # its pause doubles each time: a new parent begins at the first again
    return victim

  def strike(self, victim, client, pids):
    if victim == 'net2o':
      client.kill()
    elif victim == 'net2od':
      self.node.process.kill()
    else:
      os.kill(pids['net2o-' + victim], signal.SIGKILL)

  def comes_back(self, victim, pids):
    began = time.monotonic()
    if victim == 'net2od':
      self.node.process.wait()
      self.node.start()
      self.downs.clear()
    elif victim == 'names':
      self.goes_on_without_names(pids)
      self.node.stop()
      self.node.start()
      self.downs.clear()
    elif victim != 'net2o':
      name = 'net2o-' + victim
      self.downs[victim] = self.downs.get(victim, 0) + 1
      until(lambda: self.node.pids().get(name) not in (None, pids[name]), f'new {name}')
    until(self.answers, 'the node answers')
    self.is_linked()
    self.slowest_s = max(self.slowest_s, time.monotonic() - began)

  def goes_on_without_names(self, pids):
    """Nobody starts it again: the parent's sandbox allows no process with sockets any more."""
    until(lambda: 'net2o-names' not in self.node.pids(), 'it is gone')
    until(lambda: 'names process ended by signal 9' in self.node.log()[self.log_at:], 'that it is said')
    refused = self.node.call('peer', 'add', 'udp:localhost:9', code=5)
    check(refused['why'] and refused['next'], refused)
    self.node.call('peer', 'add', self.holder.endpoint, self.holder.identity)
    for name in ('net2o-node', 'net2o-keys'):
      equal(self.node.pids()[name], pids[name], f'{name} ran on')

  def answers(self):
    row = self.node.call('status', code=None)
    return isinstance(row, dict) and row.get('keys')

  def kill(self):
    name, victim = self.rng.choice(ACTIONS), self.choose()
    action, pids = self.draw(name), self.node.pids()
    self.log_at = len(self.node.log())
    row = self.rows.setdefault((victim, name), [0, 0, 0])
    row[0] += 1
    row[2] += 1  # taken back below
    client = self.world.run([NET2O, '--profile', self.node.profile, '--json', *action.command],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    time.sleep(self.rng.random() * 1.2 * self.took[name])
    self.strike(victim, client, pids)
    client.communicate(timeout=60)
    self.world.others.remove(client)
    self.comes_back(victim, pids)
    said = client.returncode == 0
    row[1] += said
    self.settle(action, said)
    self.verify()
    row[2] -= 1

  # ---- what must be true ----

  def names(self):
    return {row['name'] for row in self.node.rows('name', 'list')}

  def is_pinned(self, address):
    told = self.node.call('why', address, code=None)
    return any(row.get('kind') == 'pin' for row in (told if isinstance(told, list) else [told]))

  def is_same(self, address, data):
    got = self.node.call('get', address, '-o', self.world.path('check'))
    equal(got['from'], [], f'{address}: from others')
    equal(read(self.world.path('check')) == data, True, address)

  def peers(self):
    return {row['endpoint'] for row in self.node.rows('peer', 'list') if 'endpoint' in row}

  def whole(self, address, tree, n):
    for path in self.rng.sample(sorted(tree), min(n, len(tree))):
      self.is_same(address + path, tree[path])

  def verify(self, last=2):
    ledger, identity = self.ledger, self.node.identity
    found = self.node.call('fsck')
    equal(found['damaged'] + found['findings'], [])
    equal(self.head()[0], ledger.counter)
    self.whole(f'net2o://{identity}/', ledger.tree, 2)
    if ledger.note:
      equal(self.node.call('attr', 'get', f'net2o://{identity}/{NOTED}', 'note')['value'], ledger.note)
    for address, tree in ledger.old[-last:]:
      self.whole(address, tree, last - 1)
    for address, tree in ledger.pinned[-last:]:
      check(self.is_pinned(address), f'{address} is no longer pinned')
      self.whole(address, tree, last)
    for address, data in ledger.fetched[-last:]:
      self.is_same(address, data)
    missing = ledger.names - self.names()
    check(not missing, f'names are gone: {missing}')
    written = {self.holder.endpoint} | ({ledger.peer} if ledger.peer else set())
    equal(self.peers(), written)


def print_table(trial, seconds):
  print('# killed    during      times  answered  lost')
  for (victim, name), row in sorted(trial.rows.items()):
    print(f'# {victim:9} {name:10} {row[0]:6} {row[1]:9} {row[2]:5}')
  total = [sum(row[i] for row in trial.rows.values()) for i in range(3)]
  print(f'# all{"":17} {total[0]:6} {total[1]:9} {total[2]:5}')
  print('# Not killed: net2o-render (bytes in, HTML out, no file: it stores nothing that could be lost)')
  print('# and net2o-browser (what it keeps, the recent places, is nothing that a node reported stored; its')
  print('# file is replaced whole).')
  print(f'# {seconds:.0f} s, the slowest was back after {trial.slowest_s:.2f} s')


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--kills', type=int, default=12)
  parser.add_argument('--seed', type=int, default=1)
  options = parser.parse_args()
  began = time.monotonic()
  print('1..2', flush=True)
  with World() as world:
    trial = Trial(world, options.seed)
    is_fine = True
    try:
      trial.measure()
      for _ in range(options.kills):
        trial.kill()
      print(f'ok 1 {options.kills} kills, seed {options.seed}', flush=True)
      trial.verify(last=10_000)
      print('ok 2 all that was ever stored is there', flush=True)
    except Exception as problem:
      is_fine = False
      for line in f'{problem.__class__.__name__}: {problem}'.splitlines():
        print(f'# {line}')
      print(f'not ok - {options.kills} kills, seed {options.seed}', flush=True)
    print_table(trial, time.monotonic() - began)
  sys.exit(0 if is_fine else 1)


if __name__ == '__main__':
  main()
