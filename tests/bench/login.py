# SPDX-License-Identifier: GPL-3.0-or-later
#
# login.py - how long it takes to sign in with a token that wants no touch.
#
#   login.py [--runs N]
#
# Measured is the whole command, net2o id login: program started, PIN through its pipe, session key made, certified by the
# virtual card behind a pcscd of its own, certificate checked, answered.  Nothing is taken off for the card, the reader
# and the service, which are quicker than those people have: what is left out there is a real card's own time.

import argparse
import os
import statistics
import sys
import time

from measure import BUILD, HERE, Result, Skip, prepare, print_results
from nodes import World

sys.path.insert(0, os.path.join(HERE, '..', 'card'))
MOST_MS = 150


def row(runs=20):
  os.environ.setdefault('VPCD', os.path.join(BUILD, 'tests', 'card', 'vpcd'))
  from sessions import ADMIN, PIN, ask, missing, reader_and_holder, Readers, until
  if missing():
    raise Skip(missing())
  took = []
  with World() as world, Readers(world.folder) as readers:
    readers.card(0, serial='aa')
    node, _ = reader_and_holder(world, **readers.env)
    token = until(lambda: [t for t in node.rows('token', 'list') if t.get('id')], 'the token is seen')[0]
    ask(node, 'id', 'new', 'anna', '--token', token['id'], pin=PIN * 4, admin_pin=ADMIN * 4)
    for _ in range(runs):
      ask(node, 'id', 'logout', 'anna')
      began = time.monotonic()
      ask(node, 'id', 'login', 'anna', pin=PIN)
      took.append(1000 * (time.monotonic() - began))
  ms = statistics.median(took)
  return [Result('login', f'signed in with a token, no touch; slowest of {runs}: {max(took):.0f} ms', f'{ms:.1f} ms', '-', ms,
                 most=MOST_MS, unit=' ms')]


def main():
  parser = argparse.ArgumentParser(description='Signing in with a token.')
  parser.add_argument('--runs', type=int, default=20)
  args = parser.parse_args()
  prepare()
  print_results(row(args.runs))


if __name__ == '__main__':
  main()
