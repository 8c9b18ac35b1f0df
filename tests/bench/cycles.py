# SPDX-License-Identifier: GPL-3.0-or-later
#
# cycles.py - where the cycles of a packet go, by part, in both nodes together.
#
# Two whole nodes, one large file; `perf` looks 4,000 times a second where each of their threads
# is, and the processor time they used is shared out by that.  No code of the nodes is changed.
#
#   cycles.py [--over loopback|veth] [--size MIB]

import argparse
import os
import re
import subprocess
import time

from files import OVER
from measure import check, cpu_of, family, inside, need, prepare, random_file, run_client, touch, until
from nodes import NET2O, Skip, World

DATA_BYTES = 2048
# From the innermost frame outwards the first that fits says what it was.
PARTS = [
    ('wait and wake', r'epoll_pwait|__poll$|do_sys_poll|eventfd|schedule|futex'),
    ('socket, send', r'sendmsg|udp_send'),
    ('socket, receive', r'recvm?msg|udp_recv'),
    ('store', r'pwrite|fallocate|sqlite|fsync|fdatasync|n2_part|n2_store'),
    ('hand out', r'splice'),
    ('fault in', r'page_fault|madvise'),
    ('seal', r'gcm_enc|n2_aead_seal|n2_epochs_seal|seal_'),
    ('open', r'gcm_dec|n2_aead_open|n2_epochs_open|open_packet'),
    ('hash', r'sha256|n2_tree|n2_hash|submit_job|gmac_update|sha_'),
    ('link', r'n2_links|n2_link_|n2_run|n2_bundle|n2_udp|n2_sockets|take_datagrams|n2_net_'),
    ('switch', r'n2_switch|n2_path'),
    ('acknowledge', r'n2_flight|n2_ack|n2_rate|n2_delay|acknowledge|n2_receipt|settle|'
                    r'n2_connection_received|build_control|build_ack'),
    ('choose what to send', r'n2_outgoing|n2_connection|n2_endpoint_peek|n2_turns|in_turn|heap_'),
    ('place', r'n2_region|n2_endpoint_packet|sealed_packet|n2_packet|control_message|tell_'),
]


def part_of(comm, frames):
  for frame in frames:
    for name, words in PARTS:
      if re.search(words, frame):
        return name
  return 'control plane' if comm != 'data-plane' else 'rest of the data plane'


def samples(text):
  """Thread and frames, the innermost first, of each sample."""
  for block in text.split('\n\n'):
    lines = block.strip('\n').split('\n')
    if len(lines) > 1:
      yield lines[0].split()[0], [line.split(None, 1)[-1].strip() for line in lines[1:]]


def shares(path):
  text = subprocess.run(['perf', 'script', '-i', path, '-F', 'comm,ip,sym'], capture_output=True,
                        text=True, check=True).stdout
  found = {}
  for comm, frames in samples(text):
    name = part_of(comm, frames)
    found[name] = found.get(name, 0) + 1
  total = sum(found.values())
  check(total > 500, 'only', total, 'samples')
  return {n: k / total for n, k in sorted(found.items(), key=lambda f: -f[1])}


def hertz():
  with open('/proc/cpuinfo') as f:
    return float(re.search(r'cpu MHz\s*: ([\d.]+)', f.read())[1]) * 1e6


def measure(over, size):
  """Share of each part, and processor seconds of both nodes."""
  kind, near, far, _, _ = OVER[over]
  with World() as world, kind(world) as spaces:
    root = world.path('site')
    os.mkdir(root)
    random_file(os.path.join(root, 'large.bin'), size)
    holder = world.node('holder', space=spaces.names['far'], listen=(f'udp:{far}:0',))
    holder.call('publish', root, seconds=300)
    asker = world.node('asker', space=spaces.names['near'], listen=(f'udp:{near}:0',))
    asker.call('peer', 'add', holder.endpoint, holder.identity)
    until(lambda: any(r.get('state') == 'up' for r in asker.rows('peer', 'list')), 'link up')
    pids = family(holder.process.pid) + family(asker.process.pid)
    touch(world, size + 512)
    record = world.path('perf.data')
    perf = world.run(['perf', 'record', '-q', '-e', 'cpu-clock', '-F', '4000', '-g', '-o', record,
                      '-p', ','.join(map(str, pids))])
    time.sleep(2)  # until it looks
    before = cpu_of(pids)
    run_client(inside(spaces.names['near'], [NET2O, '--profile', asker.profile, 'get',
                                             f'net2o://{holder.identity}/large.bin', '-o',
                                             '/dev/null']))
    used = cpu_of(pids) - before
    perf.send_signal(2)
    perf.wait()
    return shares(record), used


def main():
  parser = argparse.ArgumentParser(description='Cycles of a packet by part.')
  parser.add_argument('--over', choices=list(OVER), default='loopback')
  parser.add_argument('--size', type=int, default=1024, help='MiB')
  args = parser.parse_args()
  prepare()
  need('perf')
  parts, used = measure(args.over, args.size)
  packets = (args.size << 20) / DATA_BYTES
  cycles = used * hertz() / packets
  print(f'{args.over}: {cycles:,.0f} cycles a packet of {DATA_BYTES} bytes, {used:.2f} CPU-s in all')
  for name, share in parts.items():
    print(f'| {name} | {share * cycles:,.0f} | {share * 100:.1f} % |')


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
