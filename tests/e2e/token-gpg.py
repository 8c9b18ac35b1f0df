#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# token-gpg.py - GnuPG reads a token that we enrolled, and we use one that GnuPG enrolled, both at work with it.
import importlib.util
import os
import subprocess

from nodes import check, equal, run, until

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name):
  spec = importlib.util.spec_from_file_location(name.replace('-', '_'), os.path.join(HERE, name + '.py'))
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


card_gpg, life = load('card-gpg'), load('token-life')
ADMIN, PIN = life.ADMIN, life.PIN


def look_again(gpg):
    """gpg at a shared card finds it reset by us, says so once, and is then at ease with it."""
    def status():
      done = subprocess.run(['gpg', '--card-status', '--with-colons'], env=gpg.env, capture_output=True, text=True)
      return done.stdout if done.returncode == 0 else None
    return until(status, 'gpg sees the card again')


def status(gpg):
  """The fields of --card-status."""
  rows = look_again(gpg).splitlines()
  return {row.split(':')[0]: row.split(':')[1:] for row in rows}


def ours_read_by_gpg(world):
  with life.readers_of(world) as readers:
    readers.card(0)
    with life.talk(readers) as t:
      t.wait('token', 'state=ok')
      for slot, method in ((0, 1), (1, 17), (2, 1)):
        key = t.job(f'generate reader=0 slot={slot} method={method} {ADMIN}')['key']
      t.job(f'name reader=0 name=Vox<<Ada {ADMIN}')
      with card_gpg.Gpg(world, readers) as gpg:
        said = status(gpg)
        equal(said['name'][:2], ['Ada', 'Vox'])
        check(all(len(fpr) == 40 and set(fpr) != {'0'} for fpr in said['fpr'][:3]), said)
        equal(said['fprtime'][:3], ['1700000000'] * 3)
        equal(said['keyattr'][1:3], ['22', 'Ed25519'], said)
        # gpg's own sum over key and date is the one that we wrote: it makes a certificate of what is there.
        made = gpg.talk('--faked-system-time', '1700000000!', '--expert', '--full-generate-key', answers={
            'keygen.algo': ['14'], 'keygen.cardkey': ['1'], 'keygen.flags': ['q'], 'keygen.valid': ['0'],
            'keygen.name': ['Ada Vox'], 'keygen.email': ['ada@example.org'], 'keygen.comment': ['']})
        listed = gpg.run('--list-keys', '--with-colons', text=True).stdout
        check(said['fpr'][0] in listed, said['fpr'], listed, made)
        # It is at work with the card, and lets us have our turn.
        t.job(f'sign key={key} {PIN}')
        equal(status(gpg)['fpr'], said['fpr'])


def gpgs_used_by_us(world):
  with life.readers_of(world) as readers:
    readers.card(0)
    with card_gpg.Gpg(world, readers) as gpg, life.talk(readers) as t:
      gpg.talk('--card-edit', answers=card_gpg.GENERATE)
      found = t.job('look reader=0')
      check(found['aut'].startswith('1:') and found['dec'].startswith('17:'), found)
      for slot in ('aut', 'sig'):
        equal(len(t.job(f'sign key={found[slot]} {PIN}')['output']), 128)
      equal(len(t.job(f'agree key={found["dec"]} peer={found["dec"]} {PIN}')['output']), 64)
      check('robin@example.org' in gpg.run('--list-keys', text=True).stdout)
      world.write('text', 'of both')
      look_again(gpg)
      gpg.run('--armor', '--detach-sign', '--output', world.path('text.sig'), world.path('text'))
      t.job(f'sign key={found["aut"]} {PIN}')


if __name__ == '__main__':
  run(ours_read_by_gpg, gpgs_used_by_us)
