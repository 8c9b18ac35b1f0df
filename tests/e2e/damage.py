# SPDX-License-Identifier: GPL-3.0-or-later
#
# damage.py - full, read-only and damaged disks, databases and key files: the cause is said, the exit
#             code is right, nothing is lost or overwritten, and once it is mended all goes on.

import ctypes
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess

from nodes import NET2O, Skip, check, equal, read, run, until

MIB = 1024 * 1024
FILES = 'files-set-aside'


def published(world, name='a'):
  node = world.node(name)
  world.write('site/page.md', '# Page\n')
  world.write('site/large.bin', os.urandom(300_000))
  node.call('publish', world.path('site'))
  return node


def data(node, *names):
  return os.path.join(node.profile, 'data', *names)


def is_whole(world, node):
  for name in ('page.md', 'large.bin'):
    node.get(f'net2o://{node.identity}/{name}', world.path('got'))
    equal(read(world.path('got')) == read(world.path('site', name)), True, name)


def does_not_start(node, code, *words):
  """A node that cannot begin says why on stderr, and that is all it does."""
  done = subprocess.run(node.command, capture_output=True, timeout=30)
  text = done.stderr.decode(errors='replace')
  equal(done.returncode, code, text)
  for word in words:
    check(word in text, f'no {word!r} in', text)
  check(re.search(r'\. [A-Z].*\n?$', text), 'no next step in', text)


def damage(path, at, data_):
  with open(path, 'r+b') as f:
    f.seek(at if at >= 0 else os.path.getsize(path) + at)
    f.write(data_)


def large_file(node):
  """Path of the content of large.bin."""
  names = os.listdir(data(node, 'files'))
  return max((data(node, 'files', name) for name in names), key=os.path.getsize)


# ---- contents ----

def fsck_without_a_node(world):
  a = published(world)
  a.stop()
  equal(a.call('fsck')['findings'], [])
  damage(large_file(a), 1000, b'\xff\x00\xff')
  row = a.call('fsck', code=6)
  equal([finding['finding'] for finding in row['findings']], ['damaged'])
  check(row['damaged'][0].startswith('net2o://h1-'), row)
  equal(a.call('fsck')['findings'], [])
  a.start()
  a.get(f'net2o://{a.identity}/page.md', world.path('got'))
  a.get(f'net2o://{a.identity}/large.bin', world.path('got2'), code=None)
  check(not os.path.exists(world.path('got2')), 'damaged bytes were given out')
  a.call('publish', world.path('site'))  # the same bytes again
  is_whole(world, a)


def fsck_beside_the_work(world):
  a, b = published(world), world.node('b')
  b.call('peer', 'add', a.endpoint, a.identity)
  until(lambda: any(r.get('state') == 'up' for r in b.rows('peer', 'list')), 'link up')
  address = f'net2o://{a.identity}/large.bin'
  b.get(address, world.path('got'))
  damage(large_file(b), 77, b'\x01')
  row = b.call('fsck', code=6)
  equal(len(row['damaged']), 1)
  b.get(address, world.path('again'))  # fetched anew
  equal(read(world.path('again')) == read(world.path('site/large.bin')), True)
  equal(b.call('fsck')['findings'], [])


def contents_without_a_database(world):
  a = published(world)
  a.stop()
  names = sorted(os.listdir(data(a, 'files')))
  os.rename(data(a, 'store.db'), world.path('moved'))
  a.start()
  equal(sorted(os.listdir(data(a, FILES))), names, 'contents were deleted')
  a.call('publish', world.path('site'))
  is_whole(world, a)
  a.stop()
  os.unlink(data(a, 'store.db'))
  does_not_start(a, 1, data(a), 'it exists already')
  equal(sorted(os.listdir(data(a, FILES))), names)
  shutil.rmtree(data(a, FILES))
  shutil.rmtree(data(a, 'files'))
  os.rename(world.path('moved'), data(a, 'store.db'))  # its contents are gone, and it says so
  a.start()
  equal(len(a.call('fsck', code=6)['damaged']), 1)


# ---- the database ----

def database_is_damaged(world):
  a = published(world)
  a.stop()
  good = read(data(a, 'store.db'))
  for name, bad in (('header', b'\0' * 100 + good[100:]), ('text', b'a letter'),
                    ('another', good[:68] + b'\0\0\0\x4d' + good[72:]),
                    ('schema', good[:100] + os.urandom(3996) + good[4096:]),
                    ('truncated', good[:4096 * 3])):
    world.write('a/data/store.db', bad)
    does_not_start(a, 6, data(a), 'damaged')
    equal(read(data(a, 'store.db')) == bad, True, f'{name}: it was overwritten')
    check(a.call('fsck', code=6)['error'], name)
  world.write('a/data/store.db', good)
  a.start()
  is_whole(world, a)


def page_is_damaged(world):
  """One page somewhere: what lies elsewhere is served, and fsck says what it is about, with a node and
  without."""
  for part, step in ((0.25, 15), (0.5, 1), (0.75, 15)):
    name = f'a{int(part * 100)}'
    a = published(world, name)
    for i in range(300):
      world.write(f'many/{i:03}', f'file {i}\n' * 200)
    before = {i: read(world.path(f'many/{i:03}')) for i in range(300)}
    a.call('publish', world.path('many'))
    a.stop()
    size = os.path.getsize(data(a, 'store.db'))
    damage(data(a, 'store.db'), int(size * part) // 4096 * 4096, os.urandom(4096))
    copy = snapshot(a)
    found_without = a.call('fsck', code=6)
    names_it(found_without, data(a))
    for file, bytes_ in copy.items():
      world.write(f'{name}/data/{file}', bytes_)
    a.start()
    asked = range(0, 300, step)
    got = sum(is_served(world, a, i, before[i]) for i in asked)
    check(got >= len(asked) - 10, f'{part}: only {got} of {len(asked)} are served')
    names_it(a.call('fsck', code=6), 'store.db')
    a.stop()


def is_served(world, a, i, want):
  """Right, or refused with words; never wrong."""
  row = a.get(f'net2o://{a.identity}/{i:03}', world.path('got'), code=None)
  if row.get('code', 0) == 0:
    equal(read(world.path('got')) == want, True, i)
    return True
  check(row['what'] and row['why'] and row['next'], row)
  return False


def names_it(row, what):
  """Either what is damaged, or that the check could not come to its end, and what to do."""
  if 'findings' in row:
    check(row['findings'], row)
    return
  equal(row['error'], 'CORRUPT', row)
  check(what in row['what'] and 'database is damaged' in row['why'] and 'copy' in row['next'], row)


# ---- its log: what SQLite's file format says of it ----

LOG_HEAD, FRAME_HEAD, PAGE = 32, 24, 4096


def log_of_changes(world):
  """A node that was killed after four changes, with a log that holds them: the node, the path of the
  log, where in it each change ends."""
  a = published(world)
  world.write('site/second.bin', os.urandom(90_000))
  a.call('publish', world.path('site'))
  a.call('name', 'set', 'friend', a.identity)
  a.call('name', 'set', 'other', a.identity)
  for pid in [*a.pids().values(), a.process.pid]:
    os.kill(pid, signal.SIGKILL)
  a.kill()
  a.process.wait()
  log = read(data(a, 'store.db-wal'))
  ends = []
  for at in range(LOG_HEAD, len(log) - FRAME_HEAD - PAGE + 1, FRAME_HEAD + PAGE):
    if log[at + 8:at + 16] != log[16:24]:
      break
    if log[at + 4:at + 8] != bytes(4):
      ends.append(at + FRAME_HEAD + PAGE)
  check(len(ends) > 6, ends)
  return a, data(a, 'store.db-wal'), ends


def as_it_was(a, copy):
  shutil.rmtree(data(a))
  shutil.copytree(copy, data(a))


def flip(path, at):
  with open(path, 'r+b') as f:
    f.seek(at)
    byte = f.read(1)[0]
    f.seek(at)
    f.write(bytes([byte ^ 1]))


def snapshot(a):
  return {name: read(data(a, name)) for name in os.listdir(data(a)) if os.path.isfile(data(a, name))
          and not name.endswith('-shm')}


def stored_files(a):
  return sorted(name for folder in ('files', 'files-in-doubt', FILES) if os.path.isdir(data(a, folder))
                for name in os.listdir(data(a, folder)))


def log_has_a_flipped_bit(world):
  """In each change of the log: refused, and nothing touched; taken back, no more than that is gone,
  no file is deleted and no head's number given out twice."""
  a, log, ends = log_of_changes(world)
  shutil.copytree(data(a), world.path('copy'))
  before, files, counter = snapshot(a), stored_files(a), 2
  for number, end in enumerate([LOG_HEAD - 1, *ends[:-1]]):
    as_it_was(a, world.path('copy'))
    flip(log, end - PAGE // 2 if number else 20)  # the head's salt; then in the last page of each
    damaged = snapshot(a)
    does_not_start(a, 6, data(a), 'damaged', 'net2o fsck --cut')
    row = a.call('fsck', code=6)
    check(row['what'] == data(a) and 'newest changes' in row['why'] and '--cut' in row['next'], row)
    equal(snapshot(a) == damaged, True, f'{number}: something was written')
    row = a.call('fsck', '--cut', code=6)
    equal([f['finding'] for f in row['findings'] if f['finding'] == 'log'], ['log'], row)
    equal(read(log + '.damaged-1') == damaged['store.db-wal'], True, 'the copy')
    equal(stored_files(a), files, f'{number}: a stored file is gone')
    equal([f for f in a.call('fsck', code=None).get('findings', []) if f['finding'] == 'log'], [])
    a.start()
    row = a.call('publish', world.path('site'))
    check(row['counter'] > counter, f'{number}: head {row["counter"]} was given out before')
    is_whole(world, a)
    equal(a.call('fsck')['findings'], [])
    a.stop()
  as_it_was(a, world.path('copy'))
  equal(snapshot(a) == before, True)


def log_has_a_flipped_bit_at_its_end(world):
  """In the last change nobody can tell it from a power cut: all before is there, no file is deleted,
  no number used twice, and the journal says it."""
  a, log, ends = log_of_changes(world)
  files = stored_files(a)
  flip(log, ends[-1] - PAGE // 2)
  a.start()
  is_whole(world, a)
  check('was not whole' in a.log(), a.log())
  check('friend' in {row['name'] for row in a.rows('name', 'list')})
  equal(stored_files(a), files)
  check(a.call('publish', world.path('site'))['counter'] > 3)
  equal(a.call('fsck')['findings'], [])


def log_is_garbage(world):
  a, log, _ = log_of_changes(world)
  files = stored_files(a)
  world.write('a/data/store.db-wal', os.urandom(50_000))
  does_not_start(a, 6, data(a), 'damaged', 'net2o fsck --cut')
  equal(a.call('fsck', '--cut', code=6)['findings'][0]['finding'], 'log')
  a.start()
  equal(stored_files(a), files)
  check(a.call('publish', world.path('site'))['counter'] > 2)
  is_whole(world, a)
  equal(a.call('fsck', '--cut', code=1)['next'], 'Stop it first.')
  a.stop()
  with open(log, 'wb') as f:
    f.write(bytes(8192))  # room that came, bytes that did not: a power cut
  a.start()
  is_whole(world, a)
  equal(a.call('fsck')['findings'], [])


def newer_database_attack_62(world):
  a = published(world)
  a.stop()
  connection = sqlite3.connect(data(a, 'store.db'))
  connection.execute('PRAGMA user_version=99')
  connection.close()
  before = read(data(a, 'store.db'))
  does_not_start(a, 1, data(a), 'newer', 'Update net2o')
  equal(a.call('fsck', code=1)['error'], 'VERSION')
  equal(read(data(a, 'store.db')) == before, True, 'it was overwritten')


def older_database_attack_62(world):
  """A database as version 1 made it: copied, then brought up to date."""
  a = published(world)
  a.stop()
  connection = sqlite3.connect(data(a, 'store.db'))
  connection.executescript('DROP TABLE entry_words; DROP TABLE fact_words; DROP TABLE page_words; DROP TABLE zone; '
                           'DROP TABLE zone_name; DROP TABLE zone_head; DROP TABLE zone_seen; DROP TABLE shelf; '
                           'DROP TABLE entry; DROP TABLE fact; DROP TABLE page; DROP TABLE version; '
                           'DROP TABLE member; DROP INDEX edge_child; DROP INDEX ref_object; CREATE INDEX edge_child ON '
                           'edge(child); CREATE INDEX ref_object ON ref(object); DROP TABLE contact; DROP TABLE seen; DROP TABLE '
                           'vouch; DROP TABLE login; DROP TABLE moved; '
                           'DROP TRIGGER ref_comes; DROP TRIGGER ref_goes;'
                           'UPDATE owner SET used=0; PRAGMA user_version=1')
  connection.close()
  a.start()
  is_whole(world, a)
  equal(a.call('fsck')['findings'], [])
  a.stop()
  connection = sqlite3.connect(data(a, 'store.db.v1'))
  equal(connection.execute('PRAGMA user_version').fetchone()[0], 1)
  equal(connection.execute('PRAGMA integrity_check').fetchone()[0], 'ok')
  connection.close()
  a.start()
  is_whole(world, a)


# ---- keys ----

def keys_are_damaged(world):
  a = published(world)
  a.stop()
  folder = os.path.join(a.profile, 'keys')
  name, = os.listdir(folder)
  good = read(os.path.join(folder, name))
  for what, bad in (('bit', good[:-1] + bytes([good[-1] ^ 1])), ('short', good[:40]), ('empty', b''),
                    ('text', b'not a key file, but a letter of some length')):
    world.write(f'a/keys/{name}', bad)
    done = subprocess.run(a.command, capture_output=True, timeout=30)
    check(done.returncode in (4, 6), what, done)  # 4: it might be the passphrase
    check(folder.encode() in done.stderr, what, done.stderr)
    equal(read(os.path.join(folder, name)), bad, f'{what}: it was overwritten')
  world.write(f'a/keys/{name}', good)
  a.start()
  is_whole(world, a)


# ---- the disk: in a mount name space of our own ----

def own_mounts():
  libc = ctypes.CDLL(None, use_errno=True)
  if os.geteuid() != 0 or libc.unshare(0x20000) != 0:  # CLONE_NEWNS
    raise Skip('needs root')
  if subprocess.run(['mount', '--make-rprivate', '/'], capture_output=True).returncode != 0:
    raise Skip('needs root')


def small_disk(world, mib):
  own_mounts()
  os.mkdir(world.path('a'), 0o700)
  mount = ['mount', '-t', 'tmpfs', '-o', f'size={mib}m,mode=700', 'tmpfs', world.path('a')]
  if subprocess.run(mount, capture_output=True).returncode != 0:
    raise Skip('needs root')


def fill(world, leave):
  stat = os.statvfs(world.path('a'))
  world.write('a/ballast', b'\0' * max(0, stat.f_bavail * stat.f_frsize - leave))


def stored_bytes(node):
  """What its contents take of the disk."""
  return sum(os.stat(data(node, 'files', name)).st_blocks * 512 for name in os.listdir(data(node, 'files')))


def fill_up(world):
  """To the last byte, whoever else writes meanwhile."""
  with open(world.path('a/ballast'), 'wb', buffering=0) as f:
    for part in (MIB, 4096):
      try:
        while f.write(bytes(part)) == part:
          pass
      except OSError:
        pass


def disk_is_full(world):
  small_disk(world, 24)
  try:
    a, b = published(world), world.node('b')
    world.write('more/one.bin', os.urandom(8 * MIB))
    b.call('publish', world.path('more'))
    a.call('peer', 'add', b.endpoint, b.identity)
    until(lambda: any(r.get('state') == 'up' for r in a.rows('peer', 'list')), 'link up')
    for leave in (6 * MIB, 1 * MIB, 0):  # refused before it begins, or when it is met
      fill(world, leave)
      row = a.call('publish', world.path('more'), code=8)
      check('full' in row['why'] and row['next'], row)
      row = a.get(f'net2o://{b.identity}/one.bin', world.path('one'), code=8)
      check(row['next'], row)
      check(not os.path.exists(world.path('one')), 'half a file')
      is_whole(world, a)
      os.unlink(world.path('a/ballast'))
      equal(a.call('fsck')['findings'], [])
    a.call('publish', world.path('more'))
    a.call('publish', world.path('site'))
    equal(a.call('fsck')['findings'], [])
    a.stop()
    fill(world, 0)
    a.start()  # it can still be read
    is_whole(world, a)
    equal(a.call('name', 'set', 'x', a.identity, code=8)['code'], 8)
  finally:
    release(world)


def disk_is_full_in_mid_fetch(world):
  """There was room when it began; what had come by then is not fetched again once there is room."""
  small_disk(world, 48)
  try:
    size = 16 * MIB + 17
    b = world.node('b', options=('--set', 'network.rate-kbit=40000'))
    world.write('more/one.bin', os.urandom(size))
    b.call('publish', world.path('more'))
    a = world.node('a')
    a.call('peer', 'add', b.endpoint, b.identity)
    until(lambda: any(r.get('state') == 'up' for r in a.rows('peer', 'list')), 'link up')
    page = f'net2o://{b.identity}/one.bin'
    for out in ('one', 'a/one'):  # the store's disk alone; then the file is on it, too
      running = world.run([NET2O, '--profile', a.profile, '--json', 'get', page, '-o', world.path(out)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
      until(lambda: stored_bytes(a) > 5 * MIB or running.poll() is not None, 'begun')
      for sign in (signal.SIGSTOP, signal.SIGCONT):  # else the filling takes what the node gives back
        if sign == signal.SIGCONT:
          fill_up(world)
        os.kill(a.pid('node'), sign)
      said = running.communicate(timeout=60)[1].decode()
      row = json.loads([line for line in said.splitlines() if line.startswith('{')][-1])
      equal((running.returncode, row['code']), (8, 8), said)
      check('full' in row['why'] and row['next'], row)
      check(not os.path.exists(world.path(out)), 'half a file')
      check(not [n for n in os.listdir(world.path('.')) if n.startswith('.net2o')], 'something is left beside it')
      os.unlink(world.path('a/ballast'))
      equal(a.call('fsck')['findings'], [])
    served = b.call('status')['served_bytes']
    a.get(page, world.path('one'))
    equal(read(world.path('one')) == read(world.path('more/one.bin')), True, 'all of it')
    served = b.call('status')['served_bytes'] - served
    check(served < size - 2 * MIB, 'what had come is not fetched again', served)
    equal(a.call('fsck')['findings'], [])
  finally:
    release(world)


def disk_is_read_only(world):
  small_disk(world, 24)
  try:
    a = published(world)
    a.stop()
    equal(subprocess.run(['mount', '-o', 'remount,ro', world.path('a')]).returncode, 0)
    does_not_start(a, 1, world.path('a'), 'Read-only file system')
    check(a.call('fsck', code=1)['why'], 'no words')
    equal(subprocess.run(['mount', '-o', 'remount,rw', world.path('a')]).returncode, 0)
    a.start()
    is_whole(world, a)
    equal(a.call('fsck')['findings'], [])
  finally:
    release(world)


def disk_turns_read_only(world):
  """While the node runs, as the system does when a disk fails: what is there is served, what would be
  written is refused with words; on a disk that can be written again all goes on."""
  own_mounts()
  os.mkdir(world.path('a'), 0o700)
  world.write('image', b'')
  os.truncate(world.path('image'), 48 * MIB)
  mount = ['mount', '-o', 'loop,errors=remount-ro', world.path('image'), world.path('a')]
  for command in (['mkfs.ext4', '-q', '-F', world.path('image')], mount):
    if not shutil.which(command[0]) or subprocess.run(command, capture_output=True).returncode != 0:
      raise Skip('needs root')
  try:
    os.chmod(world.path('a'), 0o700)
    a = published(world)
    a.call('name', 'set', 'before', a.identity)
    abort = ['mount', '-o', 'remount,abort', world.path('a')]
    equal(subprocess.run(abort, capture_output=True).returncode, 0)
    world.write('more/one.bin', os.urandom(50_000))
    for _ in range(2):
      for command in (('publish', world.path('more')), ('name', 'set', 'x', a.identity)):
        row = a.call(*command, code=1)
        check(row['error'] == 'IO' and 'disk' in row['why'] and 'read-only' in row['next'], row)
      is_whole(world, a)
      equal(a.call('fsck')['findings'], [])
    a.kill()
    until(lambda: not a.pids(), 'all end')
    equal(subprocess.run(['umount', world.path('a')], capture_output=True).returncode, 0)
    check(subprocess.run(['e2fsck', '-p', world.path('image')], capture_output=True).returncode < 4)
    equal(subprocess.run(mount, capture_output=True).returncode, 0)
    a.start()
    is_whole(world, a)
    names = {row['name'] for row in a.rows('name', 'list')}
    check('before' in names and 'x' not in names, names)
    equal(a.call('fsck')['findings'], [])
    equal(a.call('publish', world.path('more'))['counter'], 2)
    a.call('name', 'set', 'x', a.identity)
    equal(a.call('fsck')['findings'], [])
  finally:
    release(world)


def release(world):
  for node in world.nodes:
    node.kill()
  subprocess.run(['umount', '-l', world.path('a')], capture_output=True)


if __name__ == '__main__':
  run(fsck_without_a_node, log_has_a_flipped_bit, log_has_a_flipped_bit_at_its_end, fsck_beside_the_work, contents_without_a_database, database_is_damaged,
      page_is_damaged, log_is_garbage, newer_database_attack_62, older_database_attack_62,
      keys_are_damaged, disk_is_full, disk_is_full_in_mid_fetch, disk_is_read_only,
      disk_turns_read_only)
