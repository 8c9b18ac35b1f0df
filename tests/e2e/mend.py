# SPDX-License-Identifier: GPL-3.0-or-later
#
# mend.py - kill -9 of net2od --fsck at random moments while it mends a damaged store, or goes back
#           in a damaged log: done again, it comes to its end; what was whole is whole, what was not is
#           named once, and no number of a head is given out twice.
#
#   mend.py [--kills N] [--seed N]     12 by default; prints TAP, and a table
#
# The moments are drawn between none and a little more than it takes when left alone.

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from damage import data, flip, log_of_changes, large_file, published, stored_files
from nodes import NET2OD, World, check, equal, read

ROWS = ("INSERT INTO piece VALUES(99999, x'00');"
        'INSERT INTO edge VALUES(99999, 1, 0); INSERT INTO edge VALUES(1, 99999, 0);'
        "INSERT INTO object VALUES(77777, zeroblob(33), 1, NULL, 0, 0, 0);"
        "UPDATE owner SET used=5 WHERE kind=3;"
        'UPDATE tree SET nodes=zeroblob(64) WHERE have IS NULL')


class Store:
  """A stopped node whose store is damaged, kept as a copy to begin from again and again."""

  def __init__(self, world, name, node, options):
    self.world, self.name, self.node, self.options = world, name, node, options
    self.row = [0, 0, 0]  # kills, of them too late, lost
    self.copy = world.path(f'copy-{name}')
    shutil.copytree(data(node), self.copy)
    self.files = stored_files(node)
    began = time.monotonic()
    self.mend()
    self.took = time.monotonic() - began
    self.gone = self.what_is_gone()

  def begin(self):
    shutil.rmtree(data(self.node))
    shutil.copytree(self.copy, data(self.node))

  def command(self):
    return [NET2OD, '--profile', self.node.profile, '--fsck', *self.options]

  def mend(self):
    done = subprocess.run(self.command(), capture_output=True, timeout=60)
    check(done.stdout.startswith(b'found '), self.name, done)
    return done.stdout

  def what_is_gone(self):
    """Files of the site that are not served; those that are, are right."""
    node, gone = self.node, []
    node.start()
    try:
      if self.name == 'log':
        check(node.call('publish', self.world.path('site'))['counter'] > 2, 'a head given out twice')
      for path in sorted(os.listdir(self.world.path('site'))):
        row = node.get(f'net2o://{node.identity}/{path}', self.world.path('got'), code=None)
        if row.get('code', 0):
          gone.append(path)
        else:
          equal(read(self.world.path('got')) == read(self.world.path('site', path)), True, path)
      equal(node.call('fsck')['findings'], [])
    finally:
      node.stop(5)
    return gone

  def kill(self, rng):
    self.begin()
    process = self.world.run(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(rng.random() * 1.2 * self.took)
    self.row[0] += 1
    self.row[1] += process.poll() is not None
    self.row[2] += 1  # taken back below
    process.send_signal(signal.SIGKILL)
    process.wait()
    self.world.others.remove(process)
    self.mend()
    check(b"'findings': <@aa{sv} []>" in self.mend(), self.name, 'a third look finds more')
    equal(self.what_is_gone(), self.gone, self.name)
    if self.name == 'log':
      missing = set(self.files) - set(stored_files(self.node))
      check(not missing, f'files are gone: {missing}')
    self.row[2] -= 1


def damaged_contents(world):
  for i in range(20):
    world.write(f'site/{i:02}.md', f'# {i}\n' * 300)
  for i in range(8):
    world.write(f'site/{i:02}.bin', os.urandom(700_000))
  node = published(world, 'contents')
  node.stop()
  flip(large_file(node), 1000)
  names = sorted(os.listdir(data(node, 'files')))
  flip(data(node, 'files', names[0]), 2000)
  os.unlink(data(node, 'files', names[1]))
  world.write(f'{node.name}/data/files/0011223344556677', b'nobody knows it')
  connection = sqlite3.connect(data(node, 'store.db'))
  connection.executescript(ROWS)
  connection.close()
  return Store(world, 'contents', node, [])


def damaged_log(world):
  node, log, ends = log_of_changes(world)
  flip(log, ends[1] - 2000)
  return Store(world, 'log', node, ['--cut'])


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--kills', type=int, default=12)
  parser.add_argument('--seed', type=int, default=1)
  options = parser.parse_args()
  rng, began, failed = random.Random(options.seed), time.monotonic(), 0
  print('1..2', flush=True)
  rows = []
  for number, make in enumerate((damaged_contents, damaged_log), 1):
    name = make.__name__.replace('_', '-')
    with World() as world:
      try:
        store = make(world)
        rows.append(store)
        for _ in range((options.kills + 2 - number) // 2):
          store.kill(rng)
        print(f'ok {number} {name}: {store.row[0]} kills, seed {options.seed}', flush=True)
      except Exception as problem:
        failed += 1
        for line in f'{problem.__class__.__name__}: {problem}'.splitlines():
          print(f'# {line}')
        print(f'not ok {number} {name}', flush=True)
  print('# mended     killed  at its end already  lost')
  for store in rows:
    print(f'# {store.name:10} {store.row[0]:6} {store.row[1]:19} {store.row[2]:5}')
  print(f'# {time.monotonic() - began:.0f} s')
  sys.exit(1 if failed else 0)


if __name__ == '__main__':
  main()
