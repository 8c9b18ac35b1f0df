# SPDX-License-Identifier: GPL-3.0-or-later
#
# find.py - what is published is found by what it is, after a restart, too; a query that makes no
#           sense is refused with words; a watch tells when its answer changes.

import json
import subprocess

from nodes import NET2O, check, equal, run, until


def site(world, a, pond='# The pond\n\nFrogs *live* here.\n'):
  world.write('site/index.md', '# My garden\n\nSee [the pond](pond.md).\n')
  world.write('site/pond.md', pond)
  world.write('site/music/one.ogg', bytes(5000))
  a.call('publish', world.path('site'))
  return f'net2o://{a.identity}/'


def names(a, *query):
  return sorted(r['name'] for r in a.rows('find', *query))


def finds(world):
  a = world.node('a')
  top = site(world, a)
  until(lambda: names(a, 'frogs') == ['pond.md'], 'the site is looked through')
  hit = a.rows('find', 'frogs')[0]
  equal(hit['address'], top + 'pond.md')
  equal((hit['title'], hit['type'], hit['kind']), ('The pond', 'text/markdown', 'file'))
  mark = hit['marks'][0]
  equal(hit['text'][mark['from']:mark['until']], 'Frogs')
  check(a.get(hit['address'], world.path('got')), 'what was found opens')
  equal(names(a, 'type:audio', 'size:>4k'), ['one.ogg'])
  equal(names(a, 'type:audio', 'size:>1M'), [])
  equal(names(a, '--', 'changed:1d', '-path:music', '-type:folder', 'sort:name'), ['index.md', 'pond.md'])
  equal(len(a.rows('find', '--limit', '1', 'sort:name')), 1)
  a.call('attr', 'set', top + 'music/one.ogg', 'artist', 'Can')
  until(lambda: names(a, 'artist:can') == ['one.ogg'], 'the attribute is found')
  a.stop()
  a.start()
  equal(names(a, 'artist:can'), ['one.ogg'])
  a.call('fsck')


def refused(world):
  a = world.node('a')
  told = a.call('find', 'pond (frogs', code=None)
  check(told.get('code') and told.get('why') and told.get('next'), told)
  check('(frogs' in told.get('what', ''), told)
  told = a.call('find', '(' * 17 + 'a' + ')' * 17, code=None)
  check(told.get('code') and told.get('why') and told.get('next'), told)


def watched(world):
  a = world.node('a')
  site(world, a)
  until(lambda: names(a, 'frogs') == ['pond.md'], 'the site is looked through')
  watch = subprocess.Popen([NET2O, '--profile', a.profile, '--json', 'find', '--watch', 'type:text newts'],
                           stdout=subprocess.PIPE)
  try:
    site(world, a, '# The pond\n\nNewts, too.\n')
    line = json.loads(watch.stdout.readline())
    equal(line['name'], 'pond.md')
  finally:
    watch.kill()
    watch.wait()


if __name__ == '__main__':
  run(finds, refused, watched)
