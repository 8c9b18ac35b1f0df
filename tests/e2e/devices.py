#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# devices.py - one identity on two machines, by real nodes and the command line: by a text that is
#              carried over, and by a connection with three words; each can be removed alone.
import os
import subprocess
import urllib.parse

from nodes import NET2O, check, equal, run, until


class Pairing:
  """net2o id pair on one machine; the answer about the words is ours."""

  def __init__(self, node, *arguments):
    reader, self.writer = os.pipe()
    self.process = subprocess.Popen([NET2O, '--profile', node.profile, '--json', 'id', 'pair', *arguments,
                                     '--words-fd', str(reader)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    stdin=subprocess.DEVNULL, pass_fds=[reader])
    os.close(reader)

  def answer(self, line):
    os.write(self.writer, line)
    os.close(self.writer)

  def end(self):
    out, err = self.process.communicate(timeout=60)
    return self.process.returncode, out.decode(), err.decode()


def linked(world):
  new, old = world.node('new'), world.node('old')
  new.call('peer', 'add', old.endpoint, old.identity)
  until(lambda: any(r.get('state') == 'up' and r.get('identity') == old.identity for r in new.rows('peer', 'list')),
        'link up')
  return new, old


def keys(node, identity):
  return sorted(k['id'] for k in node.call('id', 'show', identity)['keys'])


def mine(node):
  return [row['address'] for row in node.rows('id', 'list')]


def by_text(world):
  new, old = linked(world)
  before = keys(old, old.identity)
  asked = new.call('id', 'draw', 'laptop')
  check(asked['text'].startswith('-----BEGIN NET2O KEY-----'), asked)
  world.write('asked', asked['text'])
  added = old.call('id', 'add', world.path('asked'))
  world.write('added', added['text'])
  old.call('id', 'import', world.path('added'), code=1)  # only the machine that drew the key
  joined = new.call('id', 'import', world.path('added'))
  equal((joined['what'], joined['address']), ('own', old.identity))
  check(old.identity in mine(new), mine(new))
  world.write('back', joined['text'])
  equal(old.call('id', 'import', world.path('back'))['what'], 'own')
  equal(keys(old, old.identity), keys(new, old.identity))
  check(asked['key'] in keys(old, old.identity) and asked['key'] not in before)
  new.call('id', 'import', world.path('added'), code=1)  # once


def removed_alone(world):
  new, old = linked(world)
  before = keys(old, old.identity)
  world.write('asked', new.call('id', 'draw', 'laptop')['text'])
  world.write('added', old.call('id', 'add', world.path('asked'))['text'])
  world.write('back', new.call('id', 'import', world.path('added'))['text'])
  old.call('id', 'import', world.path('back'))
  here = [k for k in new.call('id', 'show', old.identity)['keys'] if k.get('place') == 'here']
  device = [k['id'] for k in here if 'device' in k['rights']]
  equal(len(device), 1, here)
  old.call('id', 'revoke', old.identity, '--key', device[0], '--reason', 'lost')

  def is_gone(node):
    left = keys(node, old.identity)
    check(all(k in left for k in before), 'the other machine stays', left)
    check(not any(k['id'] in left for k in here), 'with the key that opens', left)

  is_gone(old)
  # The lost machine cannot come back, whatever it shows; and it hears of it.
  world.write('picture', new.call('id', 'export', old.identity)['text'])
  old.call('id', 'import', world.path('picture'))
  is_gone(old)
  world.write('now', old.call('id', 'export', old.identity)['text'])
  new.call('id', 'import', world.path('now'))
  is_gone(new)


def by_words(world):
  new, old = linked(world)
  here = Pairing(old, old.identity)
  there = Pairing(new, '--with', f'net2o://{old.identity}/', '--name', 'laptop')
  here.answer(b'yes\n')
  there.answer(b'yes\n')
  for code, out, err in (here.end(), there.end()):
    equal(code, 0, out, err, old.log(), new.log())
    check(old.identity in out, out)
  check(old.identity in mine(new), mine(new))
  equal(keys(old, old.identity), keys(new, old.identity))


def by_words_refused(world):
  new, old = linked(world)
  before = keys(old, old.identity)
  here = Pairing(old, old.identity)
  there = Pairing(new, '--with', f'net2o://{old.identity}/', '--name', 'laptop')
  here.answer(b'no\n')
  there.answer(b'yes\n')
  for code, out, err in (here.end(), there.end()):
    check(code, out, err)
  equal(mine(new), [new.identity])
  equal(keys(old, old.identity), before)


def tree(world, name, files):
  for path, text in files.items():
    world.write(os.path.join(name, path), text)
  return world.path(name)


def text(node, address):
  done = subprocess.run([NET2O, '--profile', node.profile, 'get', address], capture_output=True, timeout=60)
  equal(done.returncode, 0, address, done.stderr, node.log())
  return done.stdout.decode()


def texts(node, address):
  return {row['name']: text(node, address + urllib.parse.quote(row['name'])) for row in node.rows('ls', address) if row['kind'] == 'file'}


def apart(world):
  """Both publish while they don't hear of each other; neither loses anything, and both come to the same bytes."""
  new, old = linked(world)
  world.write('asked', new.call('id', 'draw', 'laptop')['text'])
  world.write('added', old.call('id', 'add', world.path('asked'))['text'])
  world.write('back', new.call('id', 'import', world.path('added'))['text'])
  old.call('id', 'import', world.path('back'))
  who = old.identity
  address = f'net2o://{who}/'
  old.call('publish', tree(world, 'tree-first', {'both.md': 'first', 'stays.md': 'stays', 'goes.md': 'goes'}))
  # the other machine had nothing: it takes what is there
  equal(new.call('sync', who)['taken'], 1)
  equal(texts(new, address), {'both.md': 'first', 'stays.md': 'stays', 'goes.md': 'goes'})
  # apart
  old.call('publish', tree(world, 'tree-old', {'both.md': 'of the old one', 'stays.md': 'stays', 'old.md': 'old'}))
  new.call('publish', tree(world, 'tree-new', {'both.md': 'of the new one', 'stays.md': 'stays', 'new.md': 'new', 'goes.md': 'goes'}),
           '--identity', who)
  merged = new.call('sync', who)
  equal(merged['merged'], 1, merged)
  here = texts(new, address)
  equal(sorted(here.values()), ['new', 'of the new one', 'of the old one', 'old', 'stays'], here)
  equal({'both.md', 'new.md', 'old.md', 'stays.md'} - set(here), set(), here)
  # again: nothing new
  equal((new.call('sync', who)['merged'], new.call('sync', who)['taken']), (0, 0))
  # and back to the first one, which has nothing to do but to take it
  old.call('peer', 'add', new.endpoint, who)
  until(lambda: old.call('sync', who)['counter'] == merged['counter'], 'the merge comes to the other machine')
  equal(texts(old, address), here)
  equal(old.call('sync', who)['hash'], merged['hash'])
  # readers go back
  versions = new.rows('history', address)
  equal([v['counter'] for v in versions], [3, 2, 2, 1], versions)
  equal([v['current'] for v in versions], [True, False, False, False])
  equal(versions[0]['merges'], 2)
  equal(text(new, f'{address}goes.md?version=1'), 'goes')
  reader = world.node('reader')
  reader.call('peer', 'add', old.endpoint, who)
  until(lambda: any(r.get('state') == 'up' for r in reader.rows('peer', 'list')), 'link up')
  equal(text(reader, f'{address}goes.md?version=1'), 'goes')
  equal(text(reader, f'{address}both.md?version=1'), 'first')
  reader.call('get', f'{address}goes.md', code=3)
  reader.call('get', f'{address}goes.md?version=9', code=3)
  equal([v['counter'] for v in reader.rows('history', f'{address}both.md')], [3, 2, 2, 1])


if __name__ == '__main__':
  run(by_text, removed_alone, by_words, by_words_refused, apart)
