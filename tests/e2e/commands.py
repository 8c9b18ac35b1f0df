#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# commands.py - every command of net2o against real nodes: for people, for programs, on a terminal.
import json
import os
import pty
import re
import select
import subprocess

from nodes import NET2O, Failure, check, equal, read, run, until


def say(node, *arguments, code=0, **environment):
  """Runs net2o as a person would; returns what it printed on stdout and stderr."""
  done = subprocess.run([NET2O, '--profile', node.profile, *arguments], capture_output=True,
                        timeout=60, env={**os.environ, 'LC_ALL': 'C.UTF-8', **environment})
  if done.returncode != code:
    raise Failure(f'net2o {arguments}: code {done.returncode}, want {code}\n{done}')
  return done.stdout.decode(), done.stderr.decode()


def on_terminal(node, *arguments, **environment):
  """The same with a terminal as stdout and stderr; returns what the terminal got."""
  main, side = pty.openpty()
  process = subprocess.Popen([NET2O, '--profile', node.profile, *arguments], stdin=side,
                             stdout=side, stderr=side, close_fds=True,
                             env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm', **environment})
  os.close(side)
  got = b''
  while True:
    readable, _, _ = select.select([main], [], [], 60)
    if not readable:
      process.kill()
      raise Failure(f'net2o {arguments}: nothing for 60 s')
    try:
      part = os.read(main, 65536)
    except OSError:  # the other end is closed
      break
    if not part:
      break
    got += part
  os.close(main)
  process.wait(10)
  return got.decode(errors='replace')


def pair(world):
  """A node that has published, and one linked to it that calls it `friend`."""
  a, b = world.node('a'), world.node('b', bits=6)
  world.write('site/index.md', '# Start\n\nHello **there**, see [[two]].\n')
  world.write('site/two.md', 'Two.\n')
  world.write('site/evil.txt', 'before\x1b]0;owned\x07\x1b[31mafter\n')
  world.write('site/deep/data.bin', os.urandom(3_000_000))
  world.write('site/.hidden', 'no')
  os.mkfifo(world.path('site', 'fifo'))
  os.symlink('/etc/hostname', world.path('site', 'outside'))
  out, err = say(a, 'publish', world.path('site'))
  lines = out.splitlines()
  equal(lines[0], f'net2o://{a.identity}/')
  check(re.match(r'^net2o://h1-[a-z2-7]{52}/$', lines[1]), lines)
  for words in ('.hidden: hidden', 'fifo: neither file nor folder',
                'outside: a link that leads out of the folder'):
    check(f'left out: {words}\n' in err, err)
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  b.call('name', 'set', 'friend', a.identity)
  return a, b


def reading(world):
  a, b = pair(world)
  equal(say(b, 'get', 'net2o://friend/two.md')[0], 'Two.\n')
  equal(say(b, 'get', 'friend/two.md')[0], 'Two.\n')  # as people type it
  check('Hello there' in say(b, 'show', 'net2o://friend/')[0])
  out, _ = say(b, 'ls', 'net2o://friend/')
  equal(sorted(line.split()[-1] for line in out.splitlines()),
        ['deep/', 'evil.txt', 'index.md', 'two.md'])
  rows = b.rows('ls', 'net2o://friend/')
  equal([r['name'] for r in rows if r['kind'] == 'directory'], ['deep'])
  _, err = say(b, 'get', 'net2o://friend/deep/', code=2)
  check('this is a folder' in err and 'net2o ls' in err, err)
  found = b.call('get', 'net2o://friend/deep/data.bin', '-o', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/deep/data.bin')))
  for key in ('address', 'type', 'size', 'hash', 'attributes', 'from', 'path', 'ms'):
    check(key in found, key, found)
  equal(found['size'], 3_000_000)
  equal(found['from'], [a.identity])
  again = b.call('get', f'net2o://{found["hash"]}', '-o', world.path('again'))
  equal(again['from'], [])
  equal(read(world.path('again')), read(world.path('got')))


def a_terminal_is_not_driven(world):
  _, b = pair(world)
  for command in ('get', 'show'):
    shown = on_terminal(b, command, 'net2o://friend/evil.txt')
    check('before' in shown and 'after' in shown, shown)
    check('\x1b]' not in shown and '\x07' not in shown, repr(shown))
  equal(say(b, 'get', 'net2o://friend/evil.txt')[0], 'before\x1b]0;owned\x07\x1b[31mafter\n')
  shown = on_terminal(b, 'get', 'net2o://friend/deep/data.bin')
  check('would confuse the terminal' in shown, shown[:300])
  check('\x1b[' in on_terminal(b, 'show', 'net2o://friend/'), 'colours on a terminal')
  check('\x1b' not in on_terminal(b, 'show', 'net2o://friend/', NO_COLOR='1'), 'NO_COLOR')
  check('\x1b' not in say(b, 'show', 'net2o://friend/')[0], 'no colours in a file')


def attributes(world):
  a, _ = pair(world)
  address = f'net2o://{a.identity}/two.md'
  before = a.call('status')['identity']
  first = a.call('attr', 'set', address, 'place', 'Behind the house')
  second = a.call('attr', 'set', address, 'when', '2024-05-01', '--type', 'time')
  check(second['counter'] > first['counter'], second)
  got = {r['name']: r for r in a.rows('attr', 'list', address)}
  equal(got['place']['value'], 'Behind the house')
  equal(got['when']['value'], 1714521600000000)
  equal(say(a, 'attr', 'get', address, 'place')[0], 'Behind the house\n')
  a.call('attr', 'set', address, 'place', '--remove')
  a.call('attr', 'get', address, 'place', code=3)
  equal(a.call('status')['identity'], before)


def identities_and_network(world):
  a, b = pair(world)
  listed = a.rows('id', 'list')
  equal([r['address'] for r in listed if r['default']], [a.identity])
  made = a.call('id', 'new', 'second')
  check(re.match(r'^k1-[a-z2-7]{52}$', made['address']), made)
  equal(len(a.rows('id', 'list')), len(listed) + 1)
  equal(a.call('id', 'show', 'second')['address'], made['address'])
  path = b.call('path', 'friend')
  equal(path['identity'], a.identity)
  equal([h['state'] for h in path['hops']], ['answers', 'answers'])
  b.call('path', 'set', made['address'], '1/6', '2/4')
  equal([r['identity'] for r in b.rows('path')], [made['address']])
  b.call('path', 'unset', made['address'])
  equal(b.rows('path'), [])
  b.call('name', 'unset', 'friend')
  equal(b.rows('name', 'list'), [])
  b.call('get', 'net2o://friend/', code=3)
  b.call('peer', 'remove', a.endpoint)
  equal([r for r in b.rows('peer', 'list') if r.get('endpoint') == a.endpoint], [])


def the_store_is_verified(world):
  a, b = pair(world)
  b.get('net2o://friend/deep/data.bin', world.path('got'))
  found = b.call('fsck')
  equal(found['damaged'], [])
  check(found['objects'] > 0 and found['size'] >= 3_000_000, found)
  damaged = 0
  for where, _, names in os.walk(os.path.join(b.profile, 'data')):
    for name in names:
      path = os.path.join(where, name)
      if os.path.getsize(path) == 3_000_000:
        with open(path, 'r+b') as f:
          f.seek(1_500_000)
          byte = f.read(1)
          f.seek(1_500_000)
          f.write(bytes([byte[0] ^ 1]))
        damaged += 1
  equal(damaged, 1, 'one file of that size in the store')
  done = subprocess.run([NET2O, '--profile', b.profile, '--json', 'fsck'], capture_output=True)
  equal(done.returncode, 6, done)
  equal(len(json.loads(done.stdout)['damaged']), 1, done)
  b.get('net2o://friend/deep/data.bin', world.path('anew'))  # fetched again
  equal(read(world.path('anew')), read(world.path('site/deep/data.bin')))


if __name__ == '__main__':
  run(reading, a_terminal_is_not_driven, attributes, identities_and_network,
      the_store_is_verified)
