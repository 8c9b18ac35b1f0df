# SPDX-License-Identifier: GPL-3.0-or-later
#
# lines.py - a file over emulated long lines, between two nodes, and by HTTPS over TCP.
#
# Two namespaces with a program between them that has delay, rate, queue and loss (linkemu, not
# part of this project; without it the lines are skipped).  Each run has a new line, new
# programs and the same seed of losses for all.  The clock runs from the command to its end:
# connection or TLS, and all bytes verified; the link between the nodes is up before, as an
# interface would be, and the neighbours have met: each has shown its key, as nodes do when a link
# comes up.  A stranger's key and proof are asked for inside the clock.
#
#   lines.py [--line long|lossy|far]... [--program net2o|stranger|bbr|cubic]... [--runs N]
#            [--size MIB]
#            [--delay]   instead: the delay added to a ping beside it in seconds 2 to 10
#            [--counters]  what the line counted in each run, and the holder's resends

import argparse
import atexit
import os
import re
import shutil
import subprocess
import tempfile
import time

from measure import (TOP, Result, Skip, alternate, check, curl, inside, median, prepare,
                     print_results, random_file, same, start_nginx, until)
from nodes import NET2O, World
from spaces import Spaces, need_spaces

NEAR, FAR = '10.98.0.1', '10.98.0.2'
PING_S = 0.02


class Line:
  """What a line is: Mbit/s, round trip in ms, queue in ms, losses a million each way."""

  def __init__(self, name, rate, rtt, queue, loss, bar):
    self.name, self.rate, self.rtt, self.queue, self.loss = name, rate, rtt, queue, loss
    self.bar = bar  # seconds for 20 MiB

  @property
  def words(self):
    loss = f' {self.loss / 10000:g} % loss' if self.loss else ''
    return f'{self.rate} Mbit/s {self.rtt} ms{loss}, queue {self.queue} ms'

  def options(self):
    return ['-d', str(self.rtt * 500), '-r', str(self.rate), '-q',
            str(self.rate * self.queue // 8), '-l', str(self.loss)]


LINES = {line.name: line for line in (
    Line('long', 100, 50, 100, 0, 1.98),
    Line('lossy', 100, 10, 20, 10000, 1.88),
    Line('far', 50, 200, 400, 0, 4.2))}
PROGRAMS = ('net2o', 'bbr', 'cubic')
OURS = ('net2o', 'stranger')


def linkemu():
  """The emulator, compiled at the first call."""
  if not hasattr(linkemu, 'path'):
    source = os.path.join(TOP, '..', 'shared', 'tools', 'linkemu.c')
    if not os.path.exists(source):
      raise Skip('linkemu.c is not here')
    folder = tempfile.mkdtemp(prefix='n2-bench-')
    atexit.register(shutil.rmtree, folder, True)
    linkemu.path = os.path.join(folder, 'linkemu')
    subprocess.run(['cc', '-O2', '-w', source, '-o', linkemu.path], check=True)
  return linkemu.path


class Emulated(Spaces):
  """near and far with a line between them."""

  def __init__(self, world, line, seed):
    super().__init__(world, ('near', 'far'))
    self.line, self.seed = line, seed
    self.near, self.far = self.names['near'], self.names['far']

  def build(self):
    self.counters = self.world.path('line')
    self.process = self.world.run(
        [linkemu(), '-a', self.near, '-b', self.far, '-A', NEAR, '-B', FAR, '-s', str(self.seed),
         '-o', self.counters] + self.line.options(), stdout=subprocess.PIPE)
    check(self.process.stdout.readline() == b'ready\n', 'the line is not up')

  def control(self, name):
    """Which congestion control TCP has at both ends."""
    allowed = '/proc/sys/net/ipv4/tcp_allowed_congestion_control'
    with open(allowed) as f:
      before = f.read()
    try:
      if name not in before.split():
        with open(allowed, 'w') as f:
          f.write(before.strip() + ' ' + name)
      for space in (self.near, self.far):
        subprocess.run(inside(space, ['sysctl', '-qw', f'net.ipv4.tcp_congestion_control={name}']),
                       check=True)
    finally:
      with open(allowed, 'w') as f:
        f.write(before)

  def counted(self):
    """Ends the line; returns what it says about it."""
    self.process.terminate()
    self.process.wait()
    with open(self.counters) as f:
      return f.read().strip().replace('\n', '; ')


def ready(world, spaces, program, root, name):
  """Starts the two ends; returns the command that fetches a file, and the ends."""
  if program not in OURS:
    spaces.control(program)
    start_nginx(world, root, spaces.far, FAR)
    return inside(spaces.near, curl(f'https://{FAR}:4433/{name}', world.path('got'))), None
  holder = world.node('holder', space=spaces.far, listen=(f'udp:{FAR}:0',))
  asker = world.node('asker', space=spaces.near, listen=(f'udp:{NEAR}:0',))
  holder.call('publish', root, seconds=300)
  asker.call('peer', 'add', holder.endpoint, *[holder.identity] * (program == 'net2o'))
  is_known = 'known' if program == 'net2o' else 'port'
  until(lambda: any(r.get('state') == 'up' and r.get(is_known) for r in asker.rows('peer', 'list')),
        'link up')
  if program == 'stranger':
    asker.call('path', 'set', holder.identity, f"{asker.rows('peer', 'list')[0]['port']}/4")
  command = [NET2O, '--profile', asker.profile, 'get', f'net2o://{holder.identity}/{name}', '-o',
             world.path('got')]
  return command, (holder, asker)


def fetch(line, program, root, name, seed, counters=False):
  """Returns the seconds of one fetch."""
  with World() as world, Emulated(world, line, seed) as spaces:
    command, ends = ready(world, spaces, program, root, name)
    began = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=300)
    seconds = time.monotonic() - began
    check(done.returncode == 0, ' '.join(command), done.stderr.decode(errors='replace'))
    same(os.path.join(root, name), world.path('got'))
    if counters:
      if ends:
        status = ends[0].call('status')
        print('#  ', {k: v for k, v in status.items() if 'resent' in k or 'sealed' in k})
      print('#  ', spaces.counted())
    return seconds


def bytes_in(pid):
  with open(f'/proc/{pid}/net/dev') as f:
    found = re.search(r'em0:\s*(\d+)', f.read())
  return int(found[1]) if found else 0  # it is not in its namespace yet


class Ping:
  """Round trips beside a transfer."""

  def __init__(self, world, space, address):
    self.path = world.path('ping')
    with open(self.path, 'wb') as f:
      self.process = world.run(inside(space, ['ping', '-n', '-D', '-i', str(PING_S), address]),
                               stdout=f)

  def between(self, first, last):
    """Round trips in ms of the pings answered between two moments of the wall clock."""
    with open(self.path) as f:
      found = re.findall(r'^\[([\d.]+)\].* time=([\d.]+) ms', f.read(), re.M)
    return [float(ms) for at, ms in found if first <= float(at) < last]


def watch(line, program, root, name, seed):
  """Returns the delay added to a ping, in ms, and the share of the line used; seconds 2 to 10."""
  with World() as world, Emulated(world, line, seed) as spaces:
    command, _ = ready(world, spaces, program, root, name)
    ping = Ping(world, spaces.near, FAR)
    time.sleep(1.5)
    base = ping.between(0, time.time())
    transfer = world.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    began = time.time()
    time.sleep(2)
    first = bytes_in(ping.process.pid), time.monotonic()
    time.sleep(8)
    last = bytes_in(ping.process.pid), time.monotonic()
    check(transfer.poll() is None, 'the transfer ended too early')
    time.sleep(line.rtt / 1000)
    during = ping.between(began + 2, began + 10)
    used = (last[0] - first[0]) * 8 / (last[1] - first[1]) / (line.rate * 1e6)
    return median(during) - median(base), used


def fetches(chosen, programs, runs, size, counters=False):
  """All lines, all programs; returns results."""
  results = []
  with World() as files:
    root = files.path('site')
    os.mkdir(root)
    random_file(os.path.join(root, 'file.bin'), size)
    for line in chosen:
      times = {p: [] for p in programs}
      for number in range(runs):
        for program in alternate(programs, number):
          seconds = fetch(line, program, root, 'file.bin', number + 1, counters)
          times[program].append(seconds)
          print(f'# {line.name} {program} {number + 1}/{runs}: {seconds:.3f} s', flush=True)
      results += judge(line, times, size)
  return results


def judge(line, times, size):
  middle = {p: median(t) for p, t in times.items()}
  words = {p: f'{p} {s:.2f} s' for p, s in middle.items()}
  peers = [p for p in times if p not in OURS]
  ours = ', '.join(words[p] for p in times if p in OURS) or '-'
  theirs = ', '.join(words[p] for p in peers) or '-'
  what = f'{size} MiB, {line.words}'
  results = []
  if 'net2o' in times and size == 20:
    results.append(Result('lines', what, ours, theirs, middle['net2o'], most=line.bar, unit=' s'))
  if 'net2o' in times and peers:
    best = min(middle[p] for p in peers)
    results.append(Result('lines', what + ': beside the best peer', ours, theirs,
                          middle['net2o'] / best, most=1.05))
  return results or [Result('lines', what, ours, theirs, None)]


def delays(chosen, programs, runs, peer_runs=1):
  """Delay and use in seconds 2 to 10 of a long transfer."""
  results = []
  with World() as files:
    root = files.path('site')
    os.mkdir(root)
    random_file(os.path.join(root, 'file.bin'), 160)
    for line in chosen:
      seen = {p: [] for p in programs}
      for number in range(runs):
        for program in programs:
          if program not in OURS and number >= peer_runs:
            continue
          delay, used = watch(line, program, root, 'file.bin', number + 1)
          seen[program].append((delay, used))
          print(f'# {line.name} {program}: +{delay:.2f} ms, {used:.1%} of the line', flush=True)
      middle = {p: (median([d for d, _ in s]), median([u for _, u in s])) for p, s in seen.items()}
      words = {p: f'{p} +{d:.1f} ms, {u:.1%}' for p, (d, u) in middle.items()}
      peers = ', '.join(words[p] for p in programs if p not in OURS) or '-'
      if 'net2o' in middle:
        results += [
            Result('lines', f'delay added to a ping, {line.words}', words['net2o'], peers,
                   middle['net2o'][0], most=5, unit=' ms'),
            Result('lines', f'share of the line used, {line.words}', words['net2o'], peers,
                   middle['net2o'][1], bar=0.95, unit='')]
  return results


def row(runs=5):
  need_spaces()
  return fetches(LINES.values(), PROGRAMS + OURS[1:], runs, 20)


def delay_row(runs=3):
  need_spaces()
  return delays(LINES.values(), PROGRAMS, runs)


def main():
  parser = argparse.ArgumentParser(description='A file over emulated long lines.')
  parser.add_argument('--line', action='append', choices=list(LINES))
  parser.add_argument('--program', action='append', choices=PROGRAMS + OURS[1:])
  parser.add_argument('--runs', type=int, default=5)
  parser.add_argument('--size', type=int, default=20, help='MiB')
  parser.add_argument('--delay', action='store_true')
  parser.add_argument('--counters', action='store_true')
  args = parser.parse_args()
  prepare(1024)
  need_spaces()
  chosen = [LINES[n] for n in args.line or LINES]
  programs = args.program or PROGRAMS
  if args.delay:
    print_results(delays(chosen, programs, args.runs))
  else:
    print_results(fetches(chosen, programs, args.runs, args.size, args.counters))


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
