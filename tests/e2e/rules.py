# SPDX-License-Identifier: GPL-3.0-or-later
#
# rules.py - virtual labels and the filter of a switch between two real nodes.

import os

from nodes import equal, read, run

BITS = 5
LABEL, OWN = 30, 24


def farm(world, *options):
  """reader - border - inside - holder; returns (reader, border, inside, holder, ports)."""
  reader = world.node('reader', bits=3)
  border = world.node('border', bits=BITS, options=options)
  inside = world.node('inside', bits=4)
  holder = world.node('holder', bits=2)
  world.write('site/index.md', '# Behind a label\n')
  world.write('site/large.bin', os.urandom(3 * 1024 * 1024 + 7))
  holder.call('publish', world.path('site'))
  ports = [a.peer(b) for a, b in ((reader, border), (border, inside), (inside, holder))]
  return reader, border, inside, holder, ports


def fetch(world, reader, holder, code=0):
  answer = reader.get(f'net2o://{holder.identity}/large.bin', world.path('got'), code=code, seconds=90)
  if not code:
    equal(read(world.path('got')), read(world.path('site/large.bin')))
  return answer


def label(border, number):
  return next(row for row in border.rows('switch', 'label') if row.get('number') == number)


def a_label_hides_two_switches(world):
  """A page comes through a label that hides two switches; the border counts both directions."""
  reader, border, _, holder, ports = farm(world)
  border.call('switch', 'label', 'set', str(LABEL), 'to', str(ports[1]), f'{ports[2]}/4', '0/2')
  border.call('switch', 'label', 'hide', str(ports[1]))
  reader.call('path', 'set', holder.identity, f'{ports[0]}/3', f'{LABEL}/{BITS}')
  fetch(world, reader, holder)
  row = label(border, LABEL)
  equal(row['label'], f'{LABEL} to {ports[1]} {ports[2]}/4 0/2')
  equal(row['refused'], 0)
  if row['packets'] < 20 or row['answers'] < 1000:
    raise AssertionError(row)


def a_connection_goes_on_by_the_label_of_its_server(world):
  """It is asked for by a label for several, and all but the first packets take its own."""
  reader, border, _, holder, ports = farm(
      world, '--set', f'switch.labels={OWN} to 2 1/4 0/2; {LABEL} any {OWN}')
  border.call('switch', 'label', 'set', str(OWN), 'to', str(ports[1]), f'{ports[2]}/4', '0/2')
  reader.call('path', 'set', holder.identity, f'{ports[0]}/3', f'{LABEL}/{BITS}')
  fetch(world, reader, holder)
  common, own = label(border, LABEL), label(border, OWN)
  if own['packets'] < common['packets'] + 20:
    raise AssertionError((common, own))


def a_rule_stops_what_it_says(world):
  """All that goes this way is denied, and nothing else; then it is allowed again."""
  reader, border, _, holder, ports = farm(world)
  reader.call('path', 'set', holder.identity, f'{ports[0]}/3', f'{ports[1]}/{BITS}', f'{ports[2]}/4')
  world.write('rules', f'# nobody there\ndeny out {ports[1]} to {ports[1]}/{BITS},{ports[2]}/4\n')
  border.call('switch', 'filter', 'set', world.path('rules'))
  fetch(world, reader, holder, code=5)
  rows = border.rows('switch', 'filter')
  equal(rows[0]['rule'], f'deny out {ports[1]} to {ports[1]}/{BITS},{ports[2]}/4')
  if rows[0]['packets'] < 1 or rows[1]['packets'] < 1:
    raise AssertionError(rows)
  world.write('rules', 'deny nonsense\n')
  border.call('switch', 'filter', 'set', world.path('rules'), code=2)
  border.call('switch', 'filter', 'set', world.path('no-rules'), code=3)
  equal(border.rows('switch', 'filter')[0]['rule'], rows[0]['rule'])
  border.call('switch', 'filter', 'unset')
  fetch(world, reader, holder)


if __name__ == '__main__':
  run(a_label_hides_two_switches, a_connection_goes_on_by_the_label_of_its_server,
      a_rule_stops_what_it_says)
