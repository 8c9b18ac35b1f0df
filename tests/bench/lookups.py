#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lookups.py - name service over open connections, beside unbound that answers from its cache.
#
# Who answers is on the second processor with all its threads and processes, who asks and what
# stands behind it on the first.  Counted are answers for each second of processor time of who
# answers, of all of its processes.
#
#   lookups.py [--runs N] [--seconds N]

import argparse
import os
import re
import subprocess

from measure import (BUILD, Result, Skip, alternate, family, free_port, median, need,
                     prepare, print_results)
from nodes import Failure, World, check, until
from questions import settle

NAMES = 200
UNBOUND = '''server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  interface: 127.0.0.1@{port}
  do-not-query-localhost: no
  num-threads: 1
  use-syslog: no
  access-control: 127.0.0.0/8 allow
  module-config: "iterator"
  {more}
remote-control:
  control-enable: no
'''


def run_time(pids):
  """Seconds that all threads of these processes have run, by the scheduler's own clock: who answers in a
  few microseconds and sleeps is seldom there at a tick."""
  total = 0
  for pid in pids:
    for thread in os.listdir(f'/proc/{pid}/task'):
      with open(f'/proc/{pid}/task/{thread}/schedstat') as f:
        total += int(f.read().split()[0])
  return total / 1e9


def start_unbound(world, name, more):
  """One with one thread; returns its process and port."""
  port = free_port()
  path = world.write(f'{name}/unbound.conf', UNBOUND.format(folder=world.path(name), port=port, more=more))
  log = open(world.path(name, 'log'), 'wb')
  return world.run(['unbound', '-d', '-c', path], stdout=log, stderr=log), port


def dnsperf(port, queries, seconds):
  done = subprocess.run(['dnsperf', '-s', '127.0.0.1', '-p', str(port), '-d', queries, '-c', '16',
                         '-q', '64', '-l', str(seconds)], capture_output=True, text=True)
  found = re.search(r'Queries completed:\s+(\d+)', done.stdout)
  check(found, done.stdout, done.stderr)
  return int(found.group(1))


def start_peer(world, second):
  """unbound before unbound: the first has the names, the second has them in its cache."""
  data = '\n  '.join([f'local-zone: "demo." static'] + [f'local-data: "n{i}.demo. 3600 IN A 192.0.2.1"'
                                                       for i in range(NAMES)])
  _, behind = start_unbound(world, 'origin', data)
  front, port = start_unbound(world, 'cache', f'local-zone: "demo." nodefault\nstub-zone:\n  name: "demo."\n'
                                              f'  stub-addr: 127.0.0.1@{behind}\nserver:')
  queries = world.write('queries', ''.join(f'n{i}.demo A\n' for i in range(NAMES)))

  def is_up():
    try:
      return dnsperf(port, queries, 1)
    except Failure:
      return 0
  until(is_up, 'unbound answers')
  settle(front.pid, second)
  return front.pid, port, queries


def start_node(world, second):
  """A zone on one node, and another one that has its names in its cache."""
  zone = world.node('zone')
  name = zone.call('name', 'zone', 'new', 'demo')['zone']
  text = f'net2o-zone: 1\nzone: {name}\nnames:\n' + ''.join(
      f'  n{i}: {{identity: {name}}}\n' for i in range(NAMES))
  zone.call('name', 'zone', 'import', name, world.write('zone.yaml', text))
  until(lambda: zone.call('name', 'zone', 'list')['count'] == NAMES, 'the names are signed', 30)
  node = world.node('cache-node', bits=6)
  node.call('peer', 'add', zone.endpoint, zone.identity)
  until(lambda: any(r['state'] == 'up' for r in node.rows('peer', 'list')), 'a link')
  for one in (zone, node):
    for pid in family(one.process.pid):
      settle(pid, second)
  return zone, node, name


def ask_node(node, zone, seconds, first):
  os.sched_setaffinity(0, {first})
  try:
    asker = subprocess.Popen([os.path.join(BUILD, 'tests', 'bench', 'bench-names'), node.endpoint, zone,
                              str(NAMES), str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)
  finally:
    os.sched_setaffinity(0, set(range(os.cpu_count())))
  check(asker.stdout.readline() == 'warm\n', 'the names are there')
  pids = family(node.process.pid)
  before = run_time(pids)
  asker.stdin.write('\n')
  asker.stdin.flush()
  words = asker.stdout.readline().split()
  used = run_time(pids) - before
  asker.wait()
  check(len(words) == 3, words)
  return int(words[0]) / used, int(words[0]) / float(words[1]), int(words[2])


def row(runs=3, seconds=5):
  need('unbound', 'dnsperf')
  cpus = sorted(os.sched_getaffinity(0))
  if len(cpus) < 2:
    raise Skip('this machine has one processor only')
  first, second = cpus[0], cpus[1]
  found = {'cache': [], 'own': [], 'unbound': []}
  with World() as world:
    pid, port, queries = start_peer(world, second)
    zone, node, name = start_node(world, second)
    for number in range(runs):
      for kind in alternate(found, number):
        if kind == 'unbound':
          before = run_time([pid])
          n = dnsperf(port, queries, seconds)
          got = (n / (run_time([pid]) - before), n / seconds, 0)
        else:
          got = ask_node(node if kind == 'cache' else zone, name, seconds, first)
        found[kind].append(got)
        print(f'# {kind} {number + 1}/{runs}: {got[0]:,.0f} answers per CPU-second, {got[1]:,.0f}/s', flush=True)
  words = {k: f'{median([g[0] for g in f]):,.0f} per CPU-second, {median([g[1] for g in f]):,.0f}/s'
           for k, f in found.items()}
  what = {'cache': ('from a cache', 0.5), 'own': ('by the zone\'s own node', None)}
  return [Result('names', f'names over open connections, {what[k][0]}, signed and sealed', words[k],
                 'unbound from its cache ' + words['unbound'],
                 median([o[0] / t[0] for o, t in zip(found[k], found['unbound'])]), bar=what[k][1])
          for k in what]


def main():
  parser = argparse.ArgumentParser(description='Name service.')
  parser.add_argument('--runs', type=int, default=3)
  parser.add_argument('--seconds', type=int, default=5)
  args = parser.parse_args()
  prepare()
  print_results(row(args.runs, args.seconds))


if __name__ == '__main__':
  main()
