#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# coverage.py - the table of tests/coverage: `coverage.py SUMMARY.json [true]`; with `true` a
#               folder below its floor is an error.
import json
import sys

# Folders whose branches are reached for the better part, per cent: they decide what a stranger's
# bytes may do.
FLOORS = {'daemon/base': 90, 'daemon/wire': 90, 'daemon/crypto': 90, 'daemon/switch': 90,
          'daemon/link': 90, 'daemon/transport': 90, 'daemon/vm': 90, 'daemon/store': 90}
KEYS = ('branch_covered', 'branch_total', 'line_covered', 'line_total')


def share(part, whole):
  return 100 * part / whole if whole else 100


def main(path, has_floors):
  folders = {}
  with open(path) as f:
    for file in json.load(f)['files']:
      name = file['filename'].split('/')
      folder = name[0] if name[0] != 'daemon' else '/'.join(name[:2])
      counts = folders.setdefault(folder, [0, 0, 0, 0])
      for i, key in enumerate(KEYS):
        counts[i] += file[key]
  print(f'{"folder":<18} {"branches":>16} {"lines":>16} {"floor":>6}')
  below = []
  for folder, counts in sorted(folders.items()):
    branches, lines = share(*counts[:2]), share(*counts[2:])
    floor = FLOORS.get(folder)
    print(f'{folder:<18} {branches:6.1f} % {counts[1]:>7} {lines:6.1f} % {counts[3]:>7} '
          f'{floor if floor else "":>6}')
    if floor and branches < floor:
      below.append(folder)
  missing = [folder for folder in FLOORS if folder not in folders]
  if missing:
    print('not measured: ' + ', '.join(missing))
    return 1
  if has_floors and below:
    print('below the floor: ' + ', '.join(below))
    return 1
  return 0


if __name__ == '__main__':
  sys.exit(main(sys.argv[1], sys.argv[2:] == ['true']))
