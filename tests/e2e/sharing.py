# SPDX-License-Identifier: GPL-3.0-or-later
#
# sharing.py - files by what they are: pinned, told why, taken from whoever has them, at once from
#              several; the author may be off.

import hashlib
import os
import subprocess

from nodes import NET2O, check, equal, read, run, until


def site(world):
  world.write('site/index.md', '# Shared\n')
  world.write('site/deep/er/large.bin', os.urandom(6 * 1024 * 1024 + 17))
  for i in range(40):
    world.write(f'site/many/{i}.txt', f'{i}\n' * 20)
  return world.path('site')


def meet(node, *others):
  for other in others:
    node.call('peer', 'add', other.endpoint, other.identity)
  until(lambda: sum(bool(r.get('known')) for r in node.rows('peer', 'list')) >= len(others), 'met')


def kinds(rows):
  return {row['kind'] for row in rows}


def pinned_tree_outlives_its_author(world):
  a, b, c = world.node('a'), world.node('b'), world.node('c')
  by_hash = a.call('publish', site(world))['by_hash']
  meet(b, a)
  pinned = b.call('pin', f'net2o://{a.identity}/')
  equal(pinned['files'], 42)
  equal(pinned['address'] + '/', by_hash)
  check({'pin', 'cache'} <= kinds(b.rows('why', by_hash)), b.rows('why', by_hash))
  check('tree' in kinds(a.rows('why', by_hash)), 'the author\'s own')
  a.stop()
  b.get(by_hash + 'many/39.txt', world.path('got'))
  equal(read(world.path('got')), b'39\n' * 20)
  # A third one, who never met the author, gets it from who has it.
  meet(c, b)
  c.get(by_hash + 'deep/er/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/deep/er/large.bin')))


def unpinned_is_no_longer_kept(world):
  a, b = world.node('a'), world.node('b')
  by_hash = a.call('publish', site(world))['by_hash']
  meet(b, a)
  b.call('unpin', by_hash, code=3)
  b.call('why', by_hash, code=3)
  b.call('pin', by_hash)
  used = {row['kind']: row['used'] for row in b.rows('why') if row['used']}
  equal(used['pin'], used['cache'], 'each pays in full')
  b.call('unpin', by_hash)
  equal(kinds(b.rows('why', by_hash)), {'cache'})
  b.call('unpin', by_hash, code=3)


def a_pin_lasts(world):
  a, b = world.node('a'), world.node('b')
  by_hash = a.call('publish', site(world))['by_hash']
  meet(b, a)
  b.call('pin', by_hash)
  b.kill()
  b.start()
  check('pin' in kinds(b.rows('why', by_hash)), 'after kill -9')
  equal(b.call('fsck')['damaged'], [])


def three_holders_have_it(world):
  """Who of them serves how much depends on this machine's moods; `sim-holders` says that."""
  holders = [world.node(name, options=('--set', 'network.rate-kbit=80000')) for name in 'abc']
  reader = world.node('reader')
  world.write('site/large.bin', os.urandom(24 * 1024 * 1024))
  for holder in holders:
    address = holder.call('publish', world.path('site'))['by_hash']
  meet(reader, *holders)
  reader.get(address + 'large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/large.bin')))
  served = sum(holder.call('status')['served_bytes'] for holder in holders)
  check(24 * 1024 * 1024 <= served < 1.5 * 24 * 1024 * 1024, 'hardly a byte twice', served)


def spoil(node, size):
  """One byte of each MiB of what @node stores of that size: it goes on saying that it has it."""
  for name in os.listdir(os.path.join(node.profile, 'data', 'files')):
    path = os.path.join(node.profile, 'data', 'files', name)
    if os.path.getsize(path) != size:
      continue
    with open(path, 'r+b') as f:
      for at in range(0, size, 1024 * 1024):
        f.seek(at)
        was = f.read(1)
        f.seek(at)
        f.write(bytes([was[0] ^ 0x10]))
    return
  check(False, 'nothing is as large as that')


def a_liar_is_dropped_and_told(world):
  """Attack 54: what it sends does not verify.  Others go on, the user hears of it, once."""
  size = 6 * 1024 * 1024 + 17
  liar, honest, reader = (world.node(name) for name in ('liar', 'honest', 'reader'))
  for node in (liar, honest):
    address = node.call('publish', site(world) if node is liar else world.path('site'))['by_hash']
  reader.call('name', 'set', 'mallory', liar.identity)
  spoil(liar, size)
  meet(reader, liar, honest)
  got = reader.get(address + 'deep/er/large.bin', world.path('got'))
  equal(read(world.path('got')), read(world.path('site/deep/er/large.bin')))
  equal(got['lied'], [liar.identity])
  # It is not asked again, so there is nothing to be told.
  served = liar.call('status')['served_bytes']
  got = reader.get(address + 'many/39.txt', world.path('got'))
  check('lied' not in got, got)
  equal(liar.call('status')['served_bytes'], served, 'it was asked again')
  # Another reader has nobody but the liar: words, and nothing of what came.
  alone = world.node('alone')
  meet(alone, liar)
  done = subprocess.run([NET2O, '--profile', alone.profile, 'get', address + 'deep/er/large.bin', '-o', world.path('no')],
                        capture_output=True, text=True, env=os.environ | {'LC_ALL': 'C.UTF-8'})
  equal(done.returncode, 6, done)
  check(liar.identity + ' sent something forged or damaged' in done.stderr, done.stderr)
  check(not os.path.exists(world.path('no')), 'half a file is there')
  named = world.node('named')
  named.call('name', 'set', 'mallory', liar.identity)
  meet(named, liar)
  done = subprocess.run([NET2O, '--profile', named.profile, 'get', address + 'deep/', world.path('folder')],
                        capture_output=True, text=True, env=os.environ | {'LC_ALL': 'C.UTF-8'})
  check('mallory sent something' in done.stderr, 'by the name that the user gave', done.stderr)
  check(not [p for p in tree_of(world.path('folder')) if p.endswith('large.bin')], 'half a file is there')


def tree_of(folder):
  """Path: what the bytes come to and the time of change in seconds, of files; None of folders."""
  found = {}
  for at, folders, files in os.walk(folder):
    for name in folders:
      found[os.path.relpath(os.path.join(at, name), folder)] = None
    for name in files:
      path = os.path.join(at, name)
      found[os.path.relpath(path, folder)] = (hashlib.sha256(read(path)).hexdigest()[:16], os.stat(path).st_mtime_ns // 1000)
  return found


def same_tree(got, want):
  equal(sorted(set(tree_of(got).items()) ^ set(tree_of(want).items())), [])


def a_folder_is_got_whole(world):
  a, b = world.node('a'), world.node('b')
  address = a.call('publish', site(world))['by_hash']
  os.utime(world.path('site/many/7.txt'), (1600000000, 1600000000))
  address = a.call('publish', world.path('site'))['by_hash']
  meet(b, a)
  got = world.path('got')
  told = b.call('get', address, got)
  equal((told['files'], told['skipped']), (42, []))
  same_tree(got, world.path('site'))
  # A part of it, beside what is there: files are replaced, others stay.
  os.makedirs(world.path('part/er'))
  world.write('part/er/large.bin', 'old')
  world.write('part/mine.txt', 'mine')
  outside = world.write('outside.txt', 'outside')
  b.call('get', address + 'deep/', world.path('part'))
  equal(read(world.path('part/er/large.bin')), read(world.path('site/deep/er/large.bin')))
  equal(read(world.path('part/mine.txt')), b'mine')
  # Nothing leads out of the folder: a link in the place of a file is replaced, one in the place of a folder refused.
  os.symlink(outside, world.path('part/er/large.bin.new'))
  os.remove(world.path('part/er/large.bin'))
  os.symlink(outside, world.path('part/er/large.bin'))
  b.call('get', address + 'deep/', world.path('part'))
  check(not os.path.islink(world.path('part/er/large.bin')), 'replaced')
  equal(read(outside), b'outside')
  os.makedirs(world.path('elsewhere'))
  os.makedirs(world.path('links'))
  os.symlink(world.path('elsewhere'), world.path('links/er'))
  failed = b.call('get', address + 'deep/', world.path('links'), code=None)
  check('er' in str(failed), failed)
  equal(os.listdir(world.path('elsewhere')), [])
  # What is no folder, and a second name for where it goes.
  b.call('get', address + 'index.md', world.path('no'), code=2)
  b.call('get', address, world.path('no'), '-o', world.path('no2'), code=2)
  # All is here now: the author may go.
  a.stop()
  b.call('get', address, world.path('again'))
  same_tree(world.path('again'), got)
  # Nothing is left of what was being written.
  check(not [name for name in os.listdir(got) if name.startswith('.net2o')], os.listdir(got))


def a_folder_goes_on_after_a_crash(world):
  a, b = world.node('a', options=('--set', 'network.rate-kbit=20000')), world.node('b')
  for i in range(2000):
    world.write(f'site/{i % 20}/{i}.txt', os.urandom(2000))
  address = a.call('publish', world.path('site'))['by_hash']
  meet(b, a)
  got = world.path('got')
  running = world.run([NET2O, '--profile', b.profile, 'get', address, got], stderr=subprocess.DEVNULL)
  until(lambda: len(tree_of(got)) > 100, 'begun')
  b.kill()
  running.wait()
  before = a.call('status')['served_bytes']
  b.start()
  meet(b, a)
  b.call('get', address, got)
  same_tree(got, world.path('site'))
  served = a.call('status')['served_bytes'] - before
  check(served < 3_800_000, 'what had come is not fetched again', served)


run(a_folder_is_got_whole, a_folder_goes_on_after_a_crash, pinned_tree_outlives_its_author, unpinned_is_no_longer_kept, a_pin_lasts, a_liar_is_dropped_and_told,
    three_holders_have_it)
