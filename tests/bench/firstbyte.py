# SPDX-License-Identifier: GPL-3.0-or-later
#
# firstbyte.py - from a name to the first verified byte over a line of 50 ms, beside dig and HTTPS.
#
# The name is known on the asker's side of the line: ours to a node that serves its zone (a connection
# to it and the look-up are inside the clock), the peer's to an unbound.  The way is known, too: the
# holder is a neighbour that was met when the link came up.  No connection is open when the clock
# begins, but in the line that says so; nodes are kept out of the DHT for that, as it has one to each
# neighbour.  The clock runs from the command's start to the first byte that it writes: `net2o get`
# alone, or `dig` and then curl with TCP and TLS 1.3.
#
#   firstbyte.py [--runs N]

import argparse
import os
import subprocess
import time

from lines import FAR, NEAR, Emulated, Line
from lookups import start_unbound
from measure import (Result, Skip, alternate, check, curl, inside, median, need, prepare,
                     print_results, start_nginx, until)
from nodes import NET2O, World
from spaces import need_spaces

LINE = Line('name', 100, 50, 100, 0, None)
# What is known, the file's bytes, the bar.
KINDS = {'new': ('nothing of the site known, a file of 8 KB', 8192, 0.7),
         'long': ('nothing of the site known, a file of 1 MB', 1000000, 0.7),
         'known': ('head and folder in the cache, a file of 512 bytes', 512, 0.5),
         'open': ('the same, over a connection that is open', 512, None)}


def first_byte(commands):
  """Runs them one after the other; returns seconds to the first byte of the last one."""
  began = time.monotonic()
  for command in commands[:-1]:
    done = subprocess.run(command, capture_output=True, text=True)
    check(done.returncode == 0 and done.stdout.strip(), ' '.join(command), done.stderr)
  with subprocess.Popen(commands[-1], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as last:
    first = last.stdout.read(1)
    seconds = time.monotonic() - began
    rest, words = last.communicate()
  check(first and last.returncode == 0, ' '.join(commands[-1]), words.decode(errors='replace'))
  return seconds, len(first + rest)


def settle_peers(*nodes):
  for node in nodes:
    until(lambda n=node: all(r.get('state') == 'up' and r.get('known') for r in n.rows('peer', 'list')),
          'neighbours have met')


def ours(kind, root, seed):
  """The holder is far; a node near the asker serves the zone, as a provider's does."""
  with World() as world, Emulated(world, LINE, seed) as spaces:
    alone = {'options': ('--set', 'network.dht=0')}
    holder = world.node('holder', space=spaces.far, listen=(f'udp:{FAR}:0',), **alone)
    server = world.node('server', space=spaces.near, listen=(f'udp:{NEAR}:0',), **alone)
    asker = world.node('asker', space=spaces.near, listen=(f'udp:{NEAR}:0',), **alone)
    holder.call('publish', root)
    zone = server.call('name', 'zone', 'new', 'demo')['zone']
    server.call('name', 'zone', 'import', zone, world.write(
        'zone.yaml', f'net2o-zone: 1\nzone: {zone}\nnames:\n  site: {{identity: {holder.identity}}}\n'))
    until(lambda: server.call('name', 'zone', 'list')['count'] == 1, 'the name is signed', 30)
    for other in (holder, server):
      asker.call('peer', 'add', other.endpoint, other.identity)
    settle_peers(asker)
    asker.call('name', 'root', 'add', 'demo', zone, server.identity)
    if kind in ('known', 'open'):
      asker.call('ls', 'net2o://site.demo/')
    if kind == 'known':  # what was open ends, what is stored stays
      asker.stop()
      asker.start()
      settle_peers(asker)
    open_now = lambda: any(c.get('identity') == holder.identity for c in asker.call('status')['connections'])
    if kind == 'open':
      check(open_now(), 'a connection is open')
    else:
      until(lambda: not open_now(), 'no connection is open')
    size = KINDS[kind][1]
    return first_byte([[NET2O, '--profile', asker.profile, 'get', f'net2o://site.demo/{size}.bin', '-o', '-']])


def peers(kind, root, seed):
  with World() as world, Emulated(world, LINE, seed) as spaces:
    start_nginx(world, root, spaces.far, FAR)
    _, port = start_unbound(world, 'cache', f'local-zone: "demo." static\n  local-data: "site.demo. 3600 IN A {FAR}"')
    dig = ['dig', '@127.0.0.1', '-p', str(port), '+short', '+tries=1', 'site.demo', 'A']
    until(lambda: subprocess.run(dig, capture_output=True, text=True).stdout.strip() == FAR, 'unbound answers')
    size = KINDS[kind][1]
    return first_byte([dig, inside(spaces.near, curl(f'https://{FAR}:4433/{size}.bin', '-'))])


def row(runs=5):
  need_spaces()
  need('unbound', 'dig')
  found = {(who, kind): [] for kind in KINDS for who in (ours, peers) if (who, kind) != (peers, 'open')}
  with World() as files:
    root = files.path('site')
    os.mkdir(root)
    for size in {size for _, size, _ in KINDS.values()}:
      files.write(f'site/{size}.bin', ''.join(chr(65 + (i * i) % 26) for i in range(size)))
      os.chmod(os.path.join(root, f'{size}.bin'), 0o644)
    for number in range(runs):
      for who, kind in alternate(found, number):
        seconds, n = who(kind, root, number + 1)
        check(n == KINDS[kind][1], n)
        found[who, kind].append(seconds)
        print(f'# {kind} {who.__name__} {number + 1}/{runs}: {seconds * 1000:.1f} ms', flush=True)
  middle = {k: median(s) for k, s in found.items()}
  peer = {kind: middle[peers, 'known' if kind == 'open' else kind] for kind in KINDS}
  return [Result('name-first-byte', f'name to first verified byte, {LINE.rtt} ms: {words}',
                 f'{middle[ours, kind] * 1000:.0f} ms', f'dig, curl and nginx {peer[kind] * 1000:.0f} ms',
                 middle[ours, kind] / peer[kind], most=most)
          for kind, (words, _, most) in KINDS.items()]


def main():
  parser = argparse.ArgumentParser(description='Name to first byte.')
  parser.add_argument('--runs', type=int, default=5)
  args = parser.parse_args()
  prepare(64)
  print_results(row(args.runs))


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
