# SPDX-License-Identifier: GPL-3.0-or-later
#
# handshakes.py - new connections to a node a second, beside TLS 1.3 connections to nginx.
#
# 16 at a time on both sides, one after the other for SECONDS.  The node is a whole one: the
# agreement with its static key is done in its keys process, and floods are refused as always.
#
#   handshakes.py [--runs N] [--seconds S] [--kind 1|1+both|1+proof|1+anew|2|resumed]...

import argparse
import os
import re
import resource
import subprocess
import time

from measure import (BUILD, Result, Skip, alternate, check, cpu_of, family, median, need, prepare,
                     print_results, start_nginx, until)
from nodes import Failure, World

# Full handshakes: nginx gives no tickets, and says of each connection whether it was resumed all
# the same.  (wrk uses a connection's SSL again, with the session in it.)
NO_TICKETS = 'ssl_session_tickets off; ssl_session_cache off;'
LOG = "log_format shake '$ssl_session_reused $ssl_protocol $ssl_curve';"
NGINX_SAYS = '. TLSv1.3 X25519\n'

KINDS = {'1': ('suite 1, key record known', 4), '1+both': ('suite 1, both identities shown', 2),
         '1+proof': ("suite 1, the node's identity shown", None),
         '1+anew': ("suite 1, the node's identity shown, all signatures verified anew", None),
         '2': ('suite 2, key record known', 0.5), 'resumed': ('resumed', 10)}
WRK = 'nginx'


def ours(holder, kind, seconds):
  """Connections a second, and CPU seconds of both sides for a thousand."""
  pids = family(holder.process.pid)
  before = cpu_of(pids)
  done = subprocess.run([os.path.join(BUILD, 'tests', 'bench', 'bench-handshakes'),
                         holder.endpoint, holder.identity, kind, str(seconds)],
                        capture_output=True, text=True)
  check(done.returncode == 0, done.stderr)
  made, took, own, resumed, failed = (float(w) for w in done.stdout.split())
  check(failed == 0, failed, 'connections failed')
  if kind == 'resumed':
    check(resumed > made * 0.95, 'only', resumed, 'of', made, 'were resumed')
  return made / took, (own + cpu_of(pids) - before) / made * 1000


def check_full(log, made):
  """Every connection in nginx's log was a full handshake, and they are all there."""
  until(lambda: sum(1 for _ in open(log)) >= made, 'nginx has written its log')
  with open(log) as f:
    other = next((line for line in f if line != NGINX_SAYS), None)
  check(other is None, 'no full handshake:', other)
  os.truncate(log, 0)


def theirs(server, port, log, seconds):
  pids = family(server.pid)
  before = cpu_of(pids)
  used = resource.getrusage(resource.RUSAGE_CHILDREN)
  done = subprocess.run(['wrk', '-t1', '-c16', f'-d{seconds}s', '-H', 'Connection: close',
                         f'https://127.0.0.1:{port}/'], capture_output=True, text=True)
  check(done.returncode == 0, done.stderr)
  after = resource.getrusage(resource.RUSAGE_CHILDREN)
  own = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
  made = float(re.search(r'(\d+) requests in', done.stdout)[1])
  rate = float(re.search(r'Requests/sec: *([\d.]+)', done.stdout)[1])
  check('Non-2xx' not in done.stdout and made > 0, done.stdout)
  check_full(log, made)
  return rate, (own + cpu_of(pids) - before) / made * 1000


def row(runs=5, seconds=2, kinds=tuple(KINDS)):
  need('nginx', 'wrk')
  with World() as world:
    site = world.path('site')
    os.mkdir(site)
    log = world.path('shakes.log')
    server, port = start_nginx(
        world, site, http=LOG,
        more=f'{NO_TICKETS} access_log {log} shake buffer=64k flush=200ms; '
             'location / { return 204; }')
    holder = world.node('holder', options=['--set', 'node.suites=3'])
    found = {k: [] for k in list(kinds) + [WRK]}
    broken = set()
    for number in range(runs):
      for kind in alternate([k for k in found if k not in broken], number):
        try:
          found[kind].append(theirs(server, port, log, seconds) if kind == WRK else
                             ours(holder, kind, seconds))
        except Failure as problem:  # the other kinds are measured all the same
          if kind == WRK:
            raise
          print(f'# {kind}: {problem}', flush=True)
          broken.add(kind)
          continue
        rate, used = found[kind][-1]
        print(f'# {kind} {number + 1}/{runs}: {rate:.0f}/s, {used:.2f} CPU-s for 1000', flush=True)
  rates = {k: [r for r, _ in f] for k, f in found.items() if k not in broken}
  words = {k: f'{median(rates[k]):,.0f}/s, {median([c for _, c in found[k]]):.2f} CPU-s for 1,000'
           for k in rates}
  return [Result('handshakes', KINDS[k][0], words.get(k, 'failed'), 'nginx full ' + words[WRK],
                 median([o / t for o, t in zip(rates[k], rates[WRK])]) if k in rates else None,
                 bar=KINDS[k][1]) for k in kinds]


def main():
  parser = argparse.ArgumentParser(description='New connections a second.')
  parser.add_argument('--runs', type=int, default=5)
  parser.add_argument('--seconds', type=int, default=2)
  parser.add_argument('--kind', action='append', choices=list(KINDS))
  args = parser.parse_args()
  prepare()
  print_results(row(args.runs, args.seconds, args.kind or tuple(KINDS)))


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
