# SPDX-License-Identifier: GPL-3.0-or-later
#
# busy.py - net2o status switch: what it says of a net under load (scene.py), of one without any line, in both languages.

import os
import subprocess

from nodes import NET2O, check, equal, run, until
from scene import CHANNEL, LINE_KBIT, Scene

GERMAN = {'LANGUAGE': 'de', 'N2_LOCALEDIR': os.environ.get('LOCALES', '')}
LINE_BPS = LINE_KBIT * 1000
LOAD_S = 40  # until all of it is under way


def text(node, **more):
  env = dict(os.environ, LC_ALL='C.UTF-8', **more)
  done = subprocess.run([NET2O, '--profile', node.profile, 'status', 'switch'], env=env, capture_output=True, check=True,
                        timeout=20)
  return done.stdout.decode()


def port(node, name):
  return next(row for row in node.call('status', 'switch')['ports'] if row.get('name') == name)


def table(lines, head):
  """The rows below the line that begins with this word, up to an empty one."""
  at = next(i for i, line in enumerate(lines) if line.strip().startswith(head))
  rows = []
  for line in lines[at + 1:]:
    if not line:
      break
    rows.append(line)
  return lines[at], rows


def is_jammed(row):
  return row['jammed'] and row.get('jammed_us', 0) >= 1000000 and row['out_bps'] > LINE_BPS * 3 // 4


def load_is_told(world):
  scene = Scene(world)
  here = scene.here
  scene.begin()
  try:
    until(lambda: is_jammed(port(here, 'nordnetz')), 'the line to nordnetz is jammed', LOAD_S)
    until(lambda: 0.3 < port(here, 'hafen')['in_bps'] / LINE_BPS < 0.7, 'half of the line from hafen', LOAD_S)
    equal(port(here, 'hafen')['reserved_bps'], 4000000)
    until(lambda: [(t['branches'], t['packets'] > 100) for t in here.call('status', 'switch')['trees']] == [(2, True)],
          'the tree', LOAD_S)
    until(lambda: [(c['channel'], c['ports']) for c in here.call('status', 'switch')['channels']] == [(int(CHANNEL), 2)],
          'the channel', LOAD_S)
    # Who only fetches from here shows who they are: their ways are in use, too; nobody is at mira.
    equal({w['name']: w['used'] for w in here.call('status', 'switch')['ways'] if 'name' in w and len(w['hops']) > 1},
          {'harbour-tv': True, 'wiki.net2o': True, 'tideline': True, 'mira': False})
    lines = text(here).splitlines()
    head, rows = table(lines, 'Port')
    equal(head.split(), ['Port', 'State', 'Line', 'In', 'Out', 'Waits', 'Jammed', 'Dropped', 'Reserved', 'Where'])
    jam = next(row for row in rows if row.endswith('nordnetz'))
    equal(jam.index('nordnetz'), head.index('Where'))
    check(' ms ' in jam and ' s ' in jam, jam)
    for title in ('Reservations', 'Multicast trees', 'Broadcast channels'):
      check(title in lines, title, lines)
    german = text(here, **GERMAN)
    for word in ('Stau', 'Leitung', 'Wartet', 'Reservierungen', 'Multicast-Bäume', 'von hier', 'Zweige', 'Pakete'):
      check(word in german, word, german)
  finally:
    scene.end()


def nothing_to_tell(world):
  alone = world.node('alone')
  equal(text(alone).splitlines(), ['Switch         16 ports', 'Passed on      0 packets', 'For this node  0 packets', '',
                                   'No line to any other node'])
  # A line whose rate nobody knows says so; what is empty has no column.
  other = world.node('other')
  alone.peer(other)
  head, rows = table(text(alone).splitlines(), 'Port')
  check('Waits' not in head and 'Jammed' not in head and 'Reserved' not in head, head)
  check(any('not known' in row for row in rows), rows)


if __name__ == '__main__':
  run(load_is_told, nothing_to_tell)
