# SPDX-License-Identifier: GPL-3.0-or-later
#
# soak.py - two nodes at full rate over a line that flips bits, for an hour: nothing grows,
#           nothing stands still, nothing is wrong.
#
#   sh tests/run soak                       an hour; or for N seconds:
#   N2_SOAK_SECONDS=180 sh tests/run soak
#   python3 tests/soak/soak.py [--seconds N] [--mib N] [--output FILE]   (NET2OD, NET2O, RELAY set)
#
# One node publishes new random bytes again and again, the other gets each file while the next one
# is published, and every byte is compared by its SHA-256.  Between them is relay.c, which flips a
# bit in 1 % of all stretches of 1472 bytes (a datagram at MTU 1500; a large datagram is hit as
# often as those that it stands for), and drops and doubles a few.  Everything lies in memory
# (/dev/shm), and what is done with is thrown away, so the disk isn't measured and doesn't fill.
#
# Fails if a file differs, if nothing moves for STALL_S, if the corruption wasn't what it says, if
# the rate is below RATE_SHARE of what the same nodes reached over the same relay before while it
# spoiled nothing, or if memory, mappings or descriptors of a process keep growing after WARM_UP of
# the time: by the line through all samples, not by two of them.  Own memory is held closely;
# contents that are mapped belong to the disk and come and go, so the whole has a wider bound.

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'e2e'))
from nodes import NET2O, Failure, World, check, run, until  # noqa: E402

RELAY = os.environ.get('RELAY', 'relay')
FLIP, DROP, DOUBLE = 10_000, 500, 500  # of a million stretches, datagrams, datagrams
CLEAN = (0, 0, 0)
STALL_S = 5          # not for want of a processor
GAP_S = 30           # for whatever reason, the wait for the next file included
RATE_SHARE = 0.5     # of the rate over a clean line; a short run is a test, and no test is timed
CLEAN_PART = 12      # the clean line gets this part of the time, but no more than
CLEAN_S = 60
CACHE_MIB = 1024
WARM_UP = 0.25       # of the time; caches and pools fill
GROWTH_KIB = 4096    # by the line through the samples, in all the time after the warm-up
RSS_GROWTH_KIB = 65536  # the same with all that is mapped: a quarter of a file
GROWTH_MAPPINGS = 16
SHORT_S = 120        # a run as short as that is all warm-up: it may grow by
SHORT_GROWTH_KIB = 32768
SAMPLES_A_SECOND = 4
PAGE_KIB = os.sysconf('SC_PAGE_SIZE') // 1024


def memory_kib(pid):
  """All that is resident, and the part of it that is the process's own, not a file's."""
  with open(f'/proc/{pid}/statm') as f:
    words = f.read().split()
  return int(words[1]) * PAGE_KIB, (int(words[1]) - int(words[2])) * PAGE_KIB


def n_mappings(pid):
  try:
    with open(f'/proc/{pid}/maps') as f:
      return sum(1 for _ in f)
  except PermissionError:  # the keys process shows that to root only
    return 0


def n_descriptors(pid):
  try:
    return len(os.listdir(f'/proc/{pid}/fd'))
  except PermissionError:
    return 0


def waited_s(pids):
  """For each thread of these processes: seconds that it could run, but had no processor."""
  found = {}
  for pid in pids:
    try:
      for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/schedstat') as f:
          found[task] = int(f.read().split()[1]) / 1e9
    except OSError:
      pass  # it has ended
  return found


def slope(samples):
  """Growth by the line of least squares through (x, y), over the whole width of x."""
  n = len(samples)
  mean_x = sum(x for x, _ in samples) / n
  mean_y = sum(y for _, y in samples) / n
  spread = sum((x - mean_x) ** 2 for x, _ in samples)
  if not spread:
    return 0.0
  rise = sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread
  return rise * (samples[-1][0] - samples[0][0])


class Relay:
  """The bad line to one node."""

  def __init__(self, world, node, spoils, seed=1):
    port = node.endpoint.rpartition(':')[2]
    self.process = world.run([RELAY, port, str(seed), *map(str, spoils)],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    self.endpoint = 'udp:127.0.0.1:' + self.process.stdout.readline().decode().strip()

  def counts(self):
    self.process.stdin.write(b'\n')
    self.process.stdin.flush()
    words = self.process.stdout.readline().split()
    return dict(zip(('passed', 'flipped', 'dropped', 'doubled', 'lost', 'stretches'), map(int, words)))


Sample = namedtuple('Sample', 's own_kib rss_kib descriptors mappings')


class Watch(threading.Thread):
  """Samples memory and descriptors of processes, and the longest time without progress.

  A stall is what is left of such a time when the time is taken off for which one of those who
  do the work waited for a processor: others may use this machine, too."""

  def __init__(self, processes, others, getter):
    super().__init__(daemon=True)
    self.processes, self.others, self.getter = processes, others, getter
    self.samples = {name: [] for name in processes}
    self.gap = self.stall = 0.0
    self.ends = threading.Event()
    self.failure = None

  def run(self):
    began = last_moved = time.monotonic()
    last, waited = self.getter.n_bytes, {}
    while not self.ends.wait(1 / SAMPLES_A_SECOND):
      now = time.monotonic()
      try:
        for name, pid in self.processes.items():
          rss, own = memory_kib(pid)
          self.samples[name].append(Sample(now - began, own, rss, n_descriptors(pid), n_mappings(pid)))
      except OSError as problem:
        self.failure = f'{name} is gone: {problem}'
        return
      if self.getter.n_bytes != last or not self.getter.is_busy:
        last, last_moved = self.getter.n_bytes, now
        waited = waited_s(self._workers())
      gap = now - last_moved
      self.gap = max(self.gap, gap)
      if gap > self.stall:
        since = waited_s(self._workers())
        self.stall = max(self.stall, gap - max((s - waited.get(t, s) for t, s in since.items()), default=0))

  def _workers(self):
    return [*self.processes.values(), *self.others, *self.getter.pids]

  def grown(self, name):
    """What came to a process after the warm-up: a Sample of growths."""
    all_samples = self.samples[name]
    kept = [s for s in all_samples if s.s >= WARM_UP * all_samples[-1].s]
    return Sample(*(round(slope([(s.s, s[i]) for s in kept]), 1) for i in range(len(Sample._fields))))


class Getter:
  """net2o get into a pipe, hashed while it comes."""

  def __init__(self, node):
    self.node = node
    self.n_bytes = 0
    self.is_busy = False
    self.pids = []

  def get(self, address):
    process = subprocess.Popen([NET2O, '--profile', self.node.profile, 'get', address, '-o', '-'],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    digest = hashlib.sha256()
    buffer = bytearray(1 << 20)
    self.pids = [process.pid]
    self.is_busy = True
    while n := process.stdout.readinto(buffer):
      digest.update(memoryview(buffer)[:n])
      self.n_bytes += n
    self.is_busy = False
    words = process.stderr.read().decode(errors='replace')
    check(process.wait() == 0, address, words, self.node.log())
    return digest.hexdigest()


class Publisher:
  """New random bytes, again and again, each time in place of the last."""

  def __init__(self, world, node, size):
    self.node, self.size = node, size
    self.folder = world.path('site-' + node.name)
    os.mkdir(self.folder)
    self.number = 0

  def publish(self):
    """Returns address by hash and digest of what was published."""
    self.number += 1
    path = os.path.join(self.folder, 'data.bin')
    digest = hashlib.sha256()
    with open(path, 'wb') as f:
      for at in range(0, self.size, 1 << 20):
        part = os.urandom(min(1 << 20, self.size - at))
        digest.update(part)
        f.write(part)
    by_hash = self.node.call('publish', self.folder, seconds=300)['by_hash']
    return by_hash + 'data.bin', digest.hexdigest()


def node_processes(nodes):
  found = {}
  for node in nodes:
    found[f'{node.name} parent'] = node.process.pid
    for role in ('keys', 'names', 'node'):
      found[f'{node.name} {role}'] = node.pid(role)
  return found


def limits_met(node):
  return {row['name']: row['refused'] for row in node.call('status')['limits'] if row['refused']}


def exchange(publisher, getter, watch, seconds):
  """Files of new bytes for so long; returns how many, and the longest wait for one to be made."""
  n_files, waited_s_most = 0, 0.0
  address, want = publisher.publish()
  began = time.monotonic()
  while time.monotonic() - began < seconds:
    made = []
    maker = threading.Thread(target=lambda: made.append(publisher.publish()), daemon=True)
    maker.start()
    got = getter.get(address)
    check(got == want, f'file {n_files + 1} has other bytes than were published')
    n_files += 1
    waits = time.monotonic()
    maker.join(300)
    waited_s_most = max(waited_s_most, time.monotonic() - waits)
    check(made, 'nothing was published')
    address, want = made[0]
    if watch:
      check(not watch.failure, watch.failure)
      check(watch.stall <= STALL_S, f'nothing moved for {watch.gap:.1f} s, {watch.stall:.1f} s of them not '
            'for want of a processor')
  return n_files, waited_s_most


def nodes_over(world, name, spoils, mib):
  """Two nodes and the line between them: holder, asker, relay, publisher, getter."""
  options = ('--set', f'store.cache-mib={CACHE_MIB}', '--set', 'store.versions=1')
  holder, asker = (world.node(name + role, options=options) for role in ('holder', 'asker'))
  relay = Relay(world, holder, spoils)
  asker.call('peer', 'add', relay.endpoint, holder.identity)
  until(lambda: any(r.get('state') == 'up' for r in asker.rows('peer', 'list')), 'link up')
  return holder, asker, relay, Publisher(world, holder, mib << 20), Getter(asker)


def clean_rate(seconds, mib):
  """Bytes a second over the same relay while it only passes on."""
  with World() as world:
    _, _, relay, publisher, getter = nodes_over(world, 'clean-', CLEAN, mib)
    began = time.monotonic()
    exchange(publisher, getter, None, seconds)
    took = time.monotonic() - began
    counts = relay.counts()
  check(not counts['flipped'] and not counts['dropped'], counts)
  return getter.n_bytes / took


def soak(world, seconds, mib):
  clean = clean_rate(min(CLEAN_S, seconds / CLEAN_PART), mib)
  holder, asker, relay, publisher, getter = nodes_over(world, '', (FLIP, DROP, DOUBLE), mib)
  watch = Watch(node_processes((holder, asker)), [relay.process.pid], getter)
  began = time.monotonic()
  watch.start()
  try:
    n_files, longest_wait = exchange(publisher, getter, watch, seconds)
  except Failure:
    print(f'# after {time.monotonic() - began:.1f} s, {getter.n_bytes} bytes; line: '
          f'{relay.counts()}; worst gap {watch.gap:.1f} s, stall {watch.stall:.1f} s')
    for node in (holder, asker):
      print(f'# {node.name}: {json.dumps(node.call("status", code=None))}', flush=True)
      print('# ' + node.log().replace('\n', '\n# '), flush=True)
    raise
  finally:
    watch.ends.set()
    watch.join()
  took = time.monotonic() - began
  status = asker.call('status')
  return {
      'seconds': round(took, 1), 'files': n_files, 'bytes': getter.n_bytes,
      'gbit_s': round(getter.n_bytes * 8 / took / 1e9, 3), 'clean_gbit_s': round(clean * 8 / 1e9, 3),
      'gap_s': round(watch.gap, 2), 'wait_s': round(longest_wait, 2), 'stall_s': round(watch.stall, 2),
      'relay': relay.counts(), 'mismatches': 0,
      'dropped_endpoint': status['dropped_endpoint'], 'fetch_forged': status['fetch_forged'],
      'limits': {node.name: limits_met(node) for node in (holder, asker)},
      'processes': {name: {'first': samples[0]._asdict(), 'last': samples[-1]._asdict(),
                           'grown': watch.grown(name)._asdict()}
                    for name, samples in watch.samples.items()},
      **{kind: {name: [getattr(s, kind) for s in samples[::max(1, len(samples) // 60)]]
                for name, samples in watch.samples.items()} for kind in ('own_kib', 'rss_kib')},
  }


def judge(report, any_memory):
  is_short = report['seconds'] <= SHORT_S
  for name, p in report['processes'].items():
    grown = p['grown']
    most = SHORT_GROWTH_KIB if is_short else GROWTH_KIB
    check(any_memory or grown['own_kib'] <= most, f"{name} grew by {grown['own_kib']} KiB")
    check(is_short or grown['rss_kib'] <= RSS_GROWTH_KIB, f"{name} grew by {grown['rss_kib']} KiB with what is mapped")
    check(is_short or grown['mappings'] <= GROWTH_MAPPINGS, f"{name} has {grown['mappings']} more mappings")
    check(grown['descriptors'] < 3, f"{name} has {grown['descriptors']} more descriptors")
  check(report['stall_s'] <= STALL_S, 'a stall of', report['stall_s'], 's')
  check(max(report['gap_s'], report['wait_s']) <= GAP_S, 'nothing for', report['gap_s'], 's; no new file for',
        report['wait_s'], 's')
  check(report['fetch_forged'] == 0, report['fetch_forged'], 'stretches did not verify')
  share = report['relay']['flipped'] / report['relay']['stretches'] * 1e6 / FLIP
  check(0.9 < share < 1.1, f'the line flipped {share:.2f} times as often as it should')
  check(is_short or report['gbit_s'] >= RATE_SHARE * report['clean_gbit_s'], report['gbit_s'], 'Gbit/s, and over a clean line',
        report['clean_gbit_s'])
  if report['bytes'] > 2 * CACHE_MIB << 20:
    check(report['limits']['asker'].get('store_cache_bytes'), 'the cache is not bounded')


def show(report):
  relay = report['relay']
  print(f"# {report['seconds'] / 60:.1f} min, {report['files']} files, "
        f"{report['bytes'] / 1e9:.1f} GB, {report['gbit_s']:.2f} Gbit/s (clean line {report['clean_gbit_s']:.2f}), "
        f"worst gap {report['gap_s']:.2f} s (stall {report['stall_s']:.2f} s, wait for a file "
        f"{report['wait_s']:.2f} s), mismatches {report['mismatches']}")
  print('# relay: ' + ', '.join(f'{k} {v}' for k, v in relay.items()) +
        f"; {relay['flipped'] / relay['stretches'] * 100:.3f} % of the stretches; dropped by the asker's end point "
        f"{report['dropped_endpoint']}")
  print('# limits met: ' + json.dumps(report['limits']))
  print(f"# {'process':14}{'own KiB first':>14}{'last':>9}{'growth':>9}{'RSS first':>10}{'last':>9}{'growth':>10}"
        f"{'maps':>6}{'growth':>7}{'fds':>5}{'growth':>7}")
  for name, p in report['processes'].items():
    first, last, grown = p['first'], p['last'], p['grown']
    print(f"# {name:14}{first['own_kib']:14}{last['own_kib']:9}{grown['own_kib']:9}{first['rss_kib']:10}"
          f"{last['rss_kib']:9}{grown['rss_kib']:10}{last['mappings']:6}{grown['mappings']:7}"
          f"{last['descriptors']:5}{grown['descriptors']:7}", flush=True)


def arguments():
  parser = argparse.ArgumentParser(description='two nodes over a bad line')
  parser.add_argument('--seconds', type=int, default=int(os.environ.get('N2_SOAK_SECONDS', 3600)))
  parser.add_argument('--mib', type=int, default=256, help='of one file')
  parser.add_argument('--any-memory', action='store_true', help='short runs are not judged by their growth')
  parser.add_argument('--output', help='a file for the report, JSON')
  return parser.parse_args()


def main():
  args = arguments()
  sys.argv[1:] = []
  memory = '/dev/shm'
  if os.path.isdir(memory) and shutil.disk_usage(memory).free > args.mib * 16 << 20:
    os.environ['TMPDIR'] = memory

  def flipped_bits_for_long(world):
    report = soak(world, args.seconds, args.mib)
    show(report)
    if args.output:
      with open(args.output, 'w') as f:
        json.dump(report, f, indent=1)
        f.write('\n')
    judge(report, args.any_memory)
  run(flipped_bits_for_long)


if __name__ == '__main__':
  signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the nodes end with us
  main()
