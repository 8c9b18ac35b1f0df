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
# bit in 1 % of all datagrams, and drops and doubles a few.  Everything lies in memory
# (/dev/shm), and what is done with is thrown away, so the disk isn't measured and doesn't fill.
#
# Fails if a file differs, if nothing moves for STALL_S, or if memory or descriptors of a process
# keep growing after WARM_UP of the time: by the line through all samples, not by two of them.
# Memory is what is the process's own; contents that are mapped belong to the disk.

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

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'e2e'))
from nodes import NET2O, Failure, World, check, run, until  # noqa: E402

RELAY = os.environ.get('RELAY', 'relay')
FLIP, DROP, DOUBLE = 10_000, 500, 500  # of a million datagrams
STALL_S = 5
CACHE_MIB = 1024
WARM_UP = 0.25       # of the time; caches and pools fill
GROWTH_KIB = 4096    # by the line through the samples, in all the time after the warm-up
SHORT_S = 120        # a run as short as that is all warm-up: it may grow by
SHORT_GROWTH_KIB = 32768
SAMPLES_A_SECOND = 4
PAGE_KIB = os.sysconf('SC_PAGE_SIZE') // 1024


def memory_kib(pid):
  """All that is resident, and the part of it that is the process's own, not a file's."""
  with open(f'/proc/{pid}/statm') as f:
    words = f.read().split()
  return int(words[1]) * PAGE_KIB, (int(words[1]) - int(words[2])) * PAGE_KIB


def n_descriptors(pid):
  return len(os.listdir(f'/proc/{pid}/fd'))


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

  def __init__(self, world, node, seed=1):
    port = node.endpoint.rpartition(':')[2]
    self.process = world.run([RELAY, port, str(seed), str(FLIP), str(DROP), str(DOUBLE)],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    self.endpoint = 'udp:127.0.0.1:' + self.process.stdout.readline().decode().strip()

  def counts(self):
    self.process.stdin.write(b'\n')
    self.process.stdin.flush()
    words = self.process.stdout.readline().split()
    return dict(zip(('passed', 'flipped', 'dropped', 'doubled', 'lost'), map(int, words)))


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
          self.samples[name].append((now - began, own, n_descriptors(pid), rss))
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
    """KiB and descriptors that came to a process after the warm-up."""
    all_samples = self.samples[name]
    kept = [s for s in all_samples if s[0] >= WARM_UP * all_samples[-1][0]]
    return slope([(s[0], s[1]) for s in kept]), slope([(s[0], s[2]) for s in kept])


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
    found[f'{node.name} keys'] = node.pid('keys')
    found[f'{node.name} node'] = node.pid('node')
  return found


def limits_met(node):
  return {row['name']: row['refused'] for row in node.call('status')['limits'] if row['refused']}


def soak(world, seconds, mib):
  options = ('--set', f'store.cache-mib={CACHE_MIB}', '--set', 'store.versions=1')
  holder, asker = world.node('holder', options=options), world.node('asker', options=options)
  relay = Relay(world, holder)
  asker.call('peer', 'add', relay.endpoint, holder.identity)
  until(lambda: any(r.get('state') == 'up' for r in asker.rows('peer', 'list')), 'link up')
  publisher, getter = Publisher(world, holder, mib << 20), Getter(asker)
  address, want = publisher.publish()
  watch = Watch(node_processes((holder, asker)), [relay.process.pid], getter)
  began = time.monotonic()
  watch.start()
  n_files = 0
  try:
    while time.monotonic() - began < seconds:
      made = []
      maker = threading.Thread(target=lambda: made.append(publisher.publish()), daemon=True)
      maker.start()
      got = getter.get(address)
      check(got == want, f'file {n_files + 1} has other bytes than were published')
      n_files += 1
      maker.join(300)
      check(made, 'nothing was published')
      address, want = made[0]
      check(not watch.failure, watch.failure)
      check(watch.stall <= STALL_S, f'nothing moved for {watch.gap:.1f} s, {watch.stall:.1f} s of them not '
            'for want of a processor', holder.log(), asker.log())
  except Failure:
    print(f'# after {time.monotonic() - began:.1f} s, file {n_files + 1}, {getter.n_bytes} bytes; line: '
          f'{relay.counts()}; worst gap {watch.gap:.1f} s, stall {watch.stall:.1f} s')
    for node in (holder, asker):
      print(f'# {node.name}: {json.dumps(node.call("status", code=None))}', flush=True)
    raise
  finally:
    watch.ends.set()
    watch.join()
  took = time.monotonic() - began
  counts = relay.counts()
  status = asker.call('status')
  report = {
      'seconds': round(took, 1), 'files': n_files, 'bytes': getter.n_bytes,
      'gbit_s': round(getter.n_bytes * 8 / took / 1e9, 3), 'gap_s': round(watch.gap, 2),
      'stall_s': round(watch.stall, 2),
      'relay': counts, 'mismatches': 0,
      'dropped_endpoint': status['dropped_endpoint'], 'fetch_forged': status['fetch_forged'],
      'limits': {node.name: limits_met(node) for node in (holder, asker)},
      'processes': {name: dict(zip(
          ('first_kib', 'last_kib', 'rss_kib', 'descriptors', 'grown_kib', 'grown_descriptors'),
          (samples[0][1], samples[-1][1], samples[-1][3], samples[-1][2],
           *(round(g, 1) for g in watch.grown(name)))))
                    for name, samples in watch.samples.items()},
      'own_kib': {name: [s[1] for s in samples[::max(1, len(samples) // 60)]]
                  for name, samples in watch.samples.items()},
  }
  return report


def judge(report):
  for name, p in report['processes'].items():
    most = SHORT_GROWTH_KIB if report['seconds'] <= SHORT_S else GROWTH_KIB
    check(p['grown_kib'] <= most, f"{name} grew by {p['grown_kib']} KiB")
    check(p['grown_descriptors'] < 3, f"{name} has {p['grown_descriptors']} more descriptors")
  check(report['stall_s'] <= STALL_S, 'a stall of', report['stall_s'], 's')
  check(report['fetch_forged'] == 0, report['fetch_forged'], 'stretches did not verify')
  check(report['relay']['flipped'] > 0, 'the line did nothing')
  if report['bytes'] > 2 * CACHE_MIB << 20:
    check(report['limits']['asker'].get('store_cache_bytes'), 'the cache is not bounded')


def show(report):
  print(f"# {report['seconds'] / 60:.1f} min, {report['files']} files, "
        f"{report['bytes'] / 1e9:.1f} GB, {report['gbit_s']:.2f} Gbit/s, worst gap "
        f"{report['gap_s']:.2f} s (stall {report['stall_s']:.2f} s), mismatches {report['mismatches']}")
  print('# relay: ' + ', '.join(f'{k} {v}' for k, v in report['relay'].items()) +
        f"; dropped by the asker's end point {report['dropped_endpoint']}")
  print('# limits met: ' + json.dumps(report['limits']))
  print(f"# {'process':14}{'own KiB first':>14}{'last':>9}{'growth':>9}{'RSS':>9}{'fds':>5}{'growth':>7}")
  for name, p in report['processes'].items():
    print(f"# {name:14}{p['first_kib']:14}{p['last_kib']:9}{p['grown_kib']:9}{p['rss_kib']:9}"
          f"{p['descriptors']:5}{p['grown_descriptors']:7}", flush=True)


def arguments():
  parser = argparse.ArgumentParser(description='two nodes over a bad line')
  parser.add_argument('--seconds', type=int, default=int(os.environ.get('N2_SOAK_SECONDS', 3600)))
  parser.add_argument('--mib', type=int, default=256, help='of one file')
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
    judge(report)
  run(flipped_bits_for_long)


if __name__ == '__main__':
  signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the nodes end with us
  main()
