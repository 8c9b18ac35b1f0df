#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# errors.py - every exit code of net2o from a cause of its own, in English, in German and as JSON:
#             what failed, why, and what to do next.
import json
import os
import re
import subprocess

from nodes import NET2O, check, equal, read, run, until

NOBODY = 'k1-' + 'a' * 52  # well formed; nobody has it
GERMAN = {'LANGUAGE': 'de', 'N2_LOCALEDIR': os.environ.get('LOCALES', '')}
LINE = re.compile(r'^net2o: (?P<what>.+?): (?P<why>[^:].*?)\. (?P<next>.+)\n$', re.S)


def say(profile, *words, to=subprocess.PIPE, **environment):
  done = subprocess.run([NET2O, *(['--profile', profile] if profile else []), *words], stdout=to,
                        stderr=subprocess.PIPE, timeout=90,
                        env={**os.environ, 'LC_ALL': 'C.UTF-8', **environment})
  return done.returncode, done.stderr.decode()


def fails(code, profile, *words, why='', to=None, **environment):
  """Fails with this code in three ways of speaking; returns the JSON."""
  def asked(*more, **extra):
    target = open(to, 'w') if to else subprocess.PIPE
    try:
      got, err = say(profile, *more, *words, to=target, **{**environment, **extra})
    finally:
      if to:
        target.close()
    equal(got, code, words, err)
    return err

  english, german, told = asked(), asked(**GERMAN), json.loads(asked('--json').splitlines()[-1])
  found = {name: LINE.match(text) for name, text in (('en', english), ('de', german))}
  for name, match in found.items():
    check(match, words, name, repr(english if name == 'en' else german))
    check(all(match[part].strip() for part in ('what', 'why', 'next')), words, name)
  check(found['en']['why'] != found['de']['why'] and found['en']['next'] != found['de']['next'],
        words, 'not translated:', german)
  check(why in found['en']['why'], words, english)
  equal(told['code'], code, told)
  for part in ('what', 'why', 'next'):
    equal(told[part].rstrip('.'), found['en'][part].rstrip('.'), words, part)
  return told


def pair(world):
  a, b = world.node('a'), world.node('b')
  world.write('site/index.md', '# Here\n')
  world.write('site/large.bin', os.urandom(3_000_000))
  a.call('publish', world.path('site'))
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  b.call('name', 'set', 'friend', a.identity)
  return a, b


def code_0_done(world):
  a = world.node('a')
  equal(say(a.profile, 'status'), (0, ''))


def code_1_failed(world):
  a = world.node('a')
  a.call('id', 'new', 'work')
  fails(1, a.profile, 'id', 'new', 'work')


def code_2_wrong_usage(world):
  a = world.node('a')
  fails(2, a.profile, 'no-such-command')
  fails(2, a.profile, 'get')
  fails(2, a.profile, 'get', 'net2o://k1-short/')
  fails(2, a.profile, 'name', 'set', 'two words', a.identity)


def code_3_not_found(world):
  a = world.node('a')
  world.write('site/index.md', '# Here\n')
  a.call('publish', world.path('site'))
  fails(3, a.profile, 'show', 'net2o://nobody/')
  fails(3, a.profile, 'get', f'net2o://{a.identity}/missing.md')
  fails(3, a.profile, 'get', f'net2o://{NOBODY}/', why='no path')
  fails(3, a.profile, 'publish', world.path('no-such-folder'))


def code_4_refused(world):
  a, b = pair(world)
  fails(4, b.profile, 'attr', 'set', 'net2o://friend/index.md', 'title', 'Mine')
  b.get(f'net2o://{a.identity}/index.md', world.path('got'))


def code_5_unreachable(world):
  a, b = pair(world)
  fails(5, world.path('no-node'), 'status')
  a.kill()
  told = fails(5, b.profile, 'get', 'net2o://friend/large.bin')
  check(told['what'].startswith('net2o://'), told)


def code_6_damaged(world):
  a, _ = pair(world)
  folder = os.path.join(a.profile, 'data', 'files')
  content = max((os.path.join(folder, name) for name in os.listdir(folder)), key=os.path.getsize)

  def damage():
    with open(content, 'r+b') as f:
      f.seek(1_000_000)
      byte = f.read(1)
      f.seek(1_000_000)
      f.write(bytes([byte[0] ^ 1]))

  damage()
  fails(6, a.profile, 'get', f'net2o://{a.identity}/large.bin', '-o', world.path('got'))
  check(not os.path.exists(world.path('got')), 'a file appeared')


def code_7_token(world):
  fails(7, None, 'token', 'list', why='service', PCSCLITE_CSOCK_NAME=world.path('nothing'))


def code_8_full(world):
  a = world.node('a')
  fails(8, a.profile, 'status', to='/dev/full')


def page_says_every_code(world):
  """What --help lists are the codes above, and each has its section in the handbook."""
  text = subprocess.run([NET2O, '--help'], capture_output=True,
                        env={**os.environ, 'LC_ALL': 'C.UTF-8'}).stdout.decode()
  listed = re.findall(r'\b(\d) [a-z]', text[text.index('Exit codes'):])
  equal([int(code) for code in listed], list(range(9)))
  for name in ('errors.md', 'errors.de.md'):
    page = read(os.path.join(os.environ['N2_SOURCE'], 'app/handbook', name)).decode()
    for code in range(9):
      check(re.search(rf'^## {code}: \S', page, re.M), f'{name}: no section on {code}')


if __name__ == '__main__':
  run(code_0_done, code_1_failed, code_2_wrong_usage, code_3_not_found, code_4_refused,
      code_5_unreachable, code_6_damaged, code_7_token, code_8_full, page_says_every_code)
