# SPDX-License-Identifier: GPL-3.0-or-later
#
# forward.py - the switch: its core beside a bare loop, between two UDP links beside a bare relay,
#              on Ethernets beside Linux' bridge, Open vSwitch and a bare relay.
#
# Sender and counter share one processor, what forwards has the other (Linux' bridge works in the
# sender's, as the kernel has it).  To all of them the same is sent, and the same takes what comes
# out.  On Ethernets the kernel makes COPIES of each frame sent: one by one the sender could not
# offer as much as the switch takes.
#
#   forward.py [core|udp|ether]... [--runs N] [--ms N]

import argparse
import os
import re
import shutil
import socket
import subprocess
import time

from measure import BUILD, Result, Skip, alternate, check, median, prepare, print_results, until
from nodes import World
from spaces import Spaces, ip, need_spaces

ENDS, BETWEEN = 0, 1  # processors
BUNDLE = 24           # packets of 50 bytes: a datagram of 1,208
SHORT_BUNDLE = 39     # of 38 bytes: a frame of 1,490
COPIES = 8            # of each frame
SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'


def program(name):
  return os.path.join(BUILD, 'tests', 'bench', 'bench-' + name)


def core(runs=15):
  done = subprocess.run([program('switch'), str(runs)], capture_output=True, text=True)
  check(done.returncode == 0, done.stderr)
  found = {}
  for line in done.stdout.splitlines():
    kind, flows, ns = line.split()
    found[f'{kind} {flows}'] = float(ns)
  loop, hinted = found['loop 100000'], found['hinted 100000']
  one, many = found['plane 1'], found['plane 100000']
  step, single, carried = (found[f'{kind} 100000'] for kind in ('switch', 'single', 'carried'))
  ours = f'{one:.1f} ns with one flow, {many:.1f} with 100,000'
  steps = f'{found["switch 1"]:.1f} ns with one flow, {step:.1f} with 100,000'
  peer = f'bare loop over labels {loop:.1f} ns, asking ahead {hinted:.1f} ns'
  what = "switch core, 128-byte packets, pointers only, the data plane's own loop"
  alone = 'the step alone'
  return [Result('switch', what, ours, peer, many, most=34, unit=' ns'),
          Result('switch', what + ': beside the bare one', ours, peer, many / loop, most=2),
          Result('switch', what + ': 100,000 flows beside one', ours, peer, many / one, most=1.2),
          Result('switch', what + ', one by one', f'{single:.1f} ns', peer, single, unit=' ns'),
          Result('switch', 'carried: the same with copies into the runs of 15 links',
                 f'{carried:.1f} ns', peer, carried, unit=' ns'),
          Result('switch', alone, steps, peer, step, most=34, unit=' ns'),
          Result('switch', alone + ': beside the loop that asks ahead, too', steps, peer,
                 step / hinted),
          Result('switch', alone + ': 100,000 flows beside one', steps, peer,
                 step / found['switch 1'], most=1.2),
          Result('switch', alone + ', with a virtual label and 64 rules, 32 of them about paths',
                 f'{found["ruled 100000"]:.1f} ns', peer, found['ruled 100000'], unit=' ns'),
          Result('switch', alone + ', each fetched when its turn has come',
                 f'{found["alone 100000"]:.1f} ns', peer, found['alone 100000'], unit=' ns')]


def bind_to(pid, processor):
  for task in os.listdir(f'/proc/{pid}/task'):
    os.sched_setaffinity(int(task), {processor})


def forward(*options, ms, watch=()):
  """Packets a second, and processor seconds of a million, of what was watched."""
  command = [program('forward'), '--ms', str(ms), '--cpu', str(ENDS), *options]
  for pid in watch:
    command += ['--watch', str(pid)]
  done = subprocess.run(command, capture_output=True, text=True)
  check(done.returncode == 0, ' '.join(command), done.stderr)
  got = re.fullmatch(r'sent (\d+) arrived (\d+) seconds ([\d.]+) cpu ([\d.]+)\n', done.stdout)
  check(got and int(got[2]), done.stdout)
  sent, arrived, seconds, cpu = (float(v) for v in got.groups())
  return arrived / seconds, cpu / arrived * 1e6, sent / seconds


def free_udp_port():
  with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind(('127.0.0.1', 0))
    return s.getsockname()[1]


def take_turns(kinds, runs):
  found = {k: [] for k in kinds}
  for number in range(runs):
    for kind in alternate(kinds, number):
      found[kind].append(kinds[kind]())
      rate, used, sent = found[kind][-1]
      print(f'# {kind} {number + 1}/{runs}: {rate:,.0f} of {sent:,.0f} packets/s, '
            f'{used:.2f} CPU-s a million', flush=True)
  return found


def words(found, with_offer=False):
  said = {}
  for kind, f in found.items():
    rate, used, sent = (median([row[column] for row in f]) for column in range(3))
    offer = f' of {sent:,.0f}' if with_offer else ''
    said[kind] = f'{rate:,.0f}{offer} packets/s, {used:.2f} CPU-s a million'
  return said


def ratio(found, ours, theirs, column=0):
  return median([o[column] / t[column] for o, t in zip(found[ours], found[theirs])])


# ---- between two UDP links


def udp(runs=5, ms=1500):
  with World() as world:
    node = world.node('switch')
    pid = node.pid('node')
    bind_to(pid, BETWEEN)
    port = free_udp_port()
    relay = world.run(['taskset', '-c', str(BETWEEN), program('relay'), 'udp', '127.0.0.1',
                       str(port)], stdout=subprocess.PIPE, text=True)
    relay_at = relay.stdout.readline().strip()

    def ours(*options):
      return forward('--from', 'udp:127.0.0.1:0', '--via', node.endpoint, '--to', 'udp:127.0.0.1:0',
                     '--to-via', node.endpoint, *options, ms=ms, watch=(pid,))
    found = take_turns({
        'net2o': ours,
        'bundles': lambda: ours('--packets', str(BUNDLE)),
        'relay': lambda: forward('--bare', '--from', 'udp:127.0.0.1:0', '--via', relay_at, '--to',
                                 f'udp:127.0.0.1:{port}', ms=ms, watch=(relay.pid,))}, runs)
  said = words(found)
  peer, what = 'recvmmsg and sendmmsg, ' + said['relay'], 'switch between two UDP links'
  return [Result('udp', what, said['net2o'], peer, ratio(found, 'net2o', 'relay'), bar=0.9),
          Result('udp', what + ': CPU', said['net2o'], peer, ratio(found, 'net2o', 'relay', 1)),
          Result('udp', what + ', 24 packets in a datagram', said['bundles'], peer,
                 ratio(found, 'bundles', 'relay'), bar=5)]


# ---- on Ethernets


class Line(Spaces):
  """left and right, and what forwards between them."""

  def __init__(self, world):
    super().__init__(world, ('left', 'mid', 'right'))

  def build(self):
    for name, device, address in (('left', 'mid0', '02:00:00:00:00:11'),
                                  ('right', 'mid1', '02:00:00:00:00:12')):
      ip('link', 'add', 'eth0', 'netns', self.names[name], 'type', 'veth', 'peer', 'name', device,
         'netns', self.names['mid'])
      self.still(name, 'eth0')
      self.still('mid', device)
      ip('-n', self.names['mid'], 'link', 'set', device, 'address', address, 'up')
      own = '02:00:00:00:00:01' if name == 'left' else '02:00:00:00:00:02'
      ip('-n', self.names[name], 'link', 'set', 'eth0', 'address', own, 'up')
    self.multiply()

  def still(self, space, device):
    """Says nothing by itself."""
    with open('/dev/null') as null:
      subprocess.run(['ip', 'netns', 'exec', self.names[space], 'sysctl', '-qw',
                      f'net.ipv6.conf.{device}.disable_ipv6=1'], stdin=null, capture_output=True)

  def multiply(self):
    """What leaves by fan0 leaves by eth0, COPIES times."""
    left = self.names['left']
    ip('-n', left, 'link', 'add', 'fan0', 'type', 'veth', 'peer', 'name', 'fan1')
    for device in ('fan0', 'fan1'):
      self.still('left', device)
      ip('-n', left, 'link', 'set', device, 'up')
    actions = ['action', 'mirred', 'egress', 'mirror', 'dev', 'eth0'] * (COPIES - 1)
    for command in (['qdisc', 'add', 'dev', 'fan0', 'clsact'],
                    ['filter', 'add', 'dev', 'fan0', 'egress', 'protocol', 'all', 'u32', 'match',
                     'u32', '0', '0', *actions, 'action', 'mirred', 'egress', 'redirect', 'dev',
                     'eth0']):
      done = subprocess.run(['tc', '-n', left, *command], capture_output=True, text=True)
      if done.returncode:
        raise Skip(f'no device that copies frames: {done.stderr.strip()}')

  def inside(self, *command):
    return ['ip', 'netns', 'exec', self.names['mid'], 'taskset', '-c', str(BETWEEN), *command]

  def bare(self, ms, watch=()):
    return forward('--bare', *self.ends('02:00:00:00:00:02'), ms=ms, watch=watch)

  def links(self, ms, watch, *options):
    return forward(*self.ends('02:00:00:00:00:11'), '--to-via', 'eth:eth0/02:00:00:00:00:12',
                   *options, ms=ms, watch=watch)

  def ends(self, via):
    return ('--short', '--from', 'eth:eth0', '--from-space', self.names['left'], '--via',
            f'eth:eth0/{via}', '--by', 'fan0', '--copies', str(COPIES), '--to', 'eth:eth0',
            '--to-space', self.names['right'])


def stop(process):
  process.terminate()
  process.wait()


def by_bridge(line, ms):
  mid = line.names['mid']
  ip('-n', mid, 'link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0')
  for device in ('mid0', 'mid1'):
    ip('-n', mid, 'link', 'set', device, 'master', 'br0')
  ip('-n', mid, 'link', 'set', 'br0', 'up')
  subprocess.run(['bridge', '-n', mid, 'fdb', 'add', '02:00:00:00:00:02', 'dev', 'mid1', 'master',
                  'static'], check=True)
  try:
    return line.bare(ms)
  finally:
    ip('-n', mid, 'link', 'del', 'br0')


def by_relay(line, ms):
  process = line.world.run(line.inside(program('relay'), 'eth', 'mid0', 'mid1'),
                           stdout=subprocess.PIPE, text=True)
  check(process.stdout.readline() == 'ready\n')
  try:
    return line.bare(ms, (process.pid,))
  finally:
    stop(process)


def by_ovs(line, ms):
  """Open vSwitch in user space, with one rule: what comes in by one port leaves by the other."""
  folder = line.world.path('ovs')
  shutil.rmtree(folder, ignore_errors=True)
  os.mkdir(folder)
  env = {**os.environ, 'OVS_RUNDIR': folder, 'OVS_DBDIR': folder, 'OVS_LOGDIR': folder}
  quiet = {'env': env, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
  at = f'unix:{folder}/db.sock'
  subprocess.run(['ovsdb-tool', 'create', folder + '/conf.db', SCHEMA], check=True, **quiet)
  base = line.world.run(['ovsdb-server', f'--remote=punix:{folder}/db.sock', folder + '/conf.db'],
                        **quiet)
  until(lambda: os.path.exists(folder + '/db.sock'), 'ovsdb-server')
  daemon = line.world.run(line.inside('ovs-vswitchd', at), **quiet)
  try:
    subprocess.run(['ovs-vsctl', f'--db={at}', '--timeout=10', 'add-br', 'br0', '--', 'set',
                    'bridge', 'br0', 'datapath_type=netdev', 'fail_mode=secure', '--', 'add-port',
                    'br0', 'mid0', '--', 'add-port', 'br0', 'mid1'], check=True, **quiet)
    subprocess.run(['ovs-ofctl', 'add-flow', 'br0', 'in_port=mid0,actions=output:mid1'], check=True,
                   **quiet)
    return line.bare(ms, (daemon.pid,))
  finally:
    subprocess.run(['ovs-vsctl', f'--db={at}', '--timeout=5', 'del-br', 'br0'], **quiet)
    stop(daemon)
    stop(base)


def by_net2o(line, ms, *options):
  node = line.world.node(f'switch-{time.monotonic_ns()}', space=line.names['mid'],
                         listen=('eth:mid0', 'eth:mid1'))
  pid = node.pid('node')
  bind_to(pid, BETWEEN)
  try:
    return line.links(ms, (pid,), *options)
  finally:
    node.stop(10)


def ether(runs=5, ms=700):
  need_spaces()
  kinds = {'net2o': by_net2o, 'bridge': by_bridge, 'relay': by_relay,
           'bundles': lambda line, ms: by_net2o(line, ms, '--packets', str(SHORT_BUNDLE))}
  if shutil.which('ovs-vswitchd'):
    kinds['ovs'] = by_ovs
  with World() as world, Line(world) as line:
    found = take_turns({n: lambda k=k: k(line, ms) for n, k in kinds.items()}, runs)
  said = words(found, True)
  bridge = "Linux' bridge, " + said['bridge'].split(' packets')[0] + ' packets/s'
  what = 'Ethernet switch, 60-byte frames across veth'
  rows = [Result('ether', what, said['net2o'], bridge,
                 ratio(found, 'net2o', 'bridge'), bar=1)]
  if 'ovs' in found:
    rows.append(Result('ether', what, said['net2o'], 'Open vSwitch in user space, ' + said['ovs'],
                       ratio(found, 'net2o', 'ovs'), bar=2))
  else:
    rows.append(Result('ether', what + ': skipped, openvswitch-switch is missing', '-', '-', None))
  return rows + [
      Result('ether', what, said['net2o'], 'bare AF_PACKET relay, ' + said['relay'],
             ratio(found, 'net2o', 'relay')),
      Result('ether', what + ': CPU', said['net2o'], 'bare AF_PACKET relay, ' + said['relay'],
             ratio(found, 'net2o', 'relay', 1)),
      Result('ether', f'the same, {SHORT_BUNDLE} packets in a frame of 1,504', said['bundles'],
             bridge, ratio(found, 'bundles', 'bridge'))]


ROWS = {'core': lambda a: core(), 'udp': lambda a: udp(a.runs, a.ms),
        'ether': lambda a: ether(a.runs, a.ms)}


def main():
  parser = argparse.ArgumentParser(description='The switch and its peers.')
  parser.add_argument('rows', nargs='*', metavar='ROW', help=', '.join(ROWS))
  parser.add_argument('--runs', type=int, default=5)
  parser.add_argument('--ms', type=int, default=1000)
  args = parser.parse_args()
  prepare()
  for name in args.rows or ROWS:
    print_results(ROWS[name](args))


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
