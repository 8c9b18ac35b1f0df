# SPDX-License-Identifier: GPL-3.0-or-later
#
# wiki.py - real input over a bad line: 53 files that nobody here wrote, fetched through two
#           switches of different width, 5 % loss and 20 ms of delay between them.
#
#   reader (4 bits) --veth-- s1 (3 bits) --linkemu-- s2 (6 bits) --veth-- holder (2 bits)
#
# Each stands in a network namespace of its own.  Needs root and the link emulator.

import json
import os
import re
import subprocess
import sys

from nodes import NET2O, TESTDATA, Skip, check, equal, files_below, read, run, until
from spaces import Spaces, need_spaces

HERE = os.path.dirname(os.path.abspath(__file__))
LOSS_PPM, DELAY_US = 50000, 20000
BITS = {'reader': 4, 's1': 3, 's2': 6, 'holder': 2}
PATH_BITS = 58


class Line(Spaces):
  """Four namespaces in a row; the link in the middle is bad."""

  def __init__(self, world):
    super().__init__(world, BITS)

  def build(self):
    # a train of datagrams would pass by the capture as one
    self.join('reader', 's1', '10.97.1', segments=False)
    self.join('s2', 'holder', '10.97.3', segments=False)
    self.emulate()

  def emulate(self):
    source = os.path.join(TESTDATA, '..', 'tools', 'linkemu.c')
    program = self.world.path('linkemu')
    subprocess.run([os.environ.get('CC', 'cc'), '-O2', source, '-o', program], check=True,
                   capture_output=True)
    process = self.world.run(
        [program, '-a', self.names['s1'], '-b', self.names['s2'], '-A', '10.97.2.1', '-B',
         '10.97.2.2', '-d', str(DELAY_US), '-r', '100', '-l', str(LOSS_PPM)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    equal(process.stdout.readline(), b'ready\n')

  def capture(self, name, device):
    path = self.world.path(f'capture-{name}-{device}')
    process = self.world.run(['ip', 'netns', 'exec', self.names[name], sys.executable,
                              os.path.join(HERE, 'capture.py'), device, path],
                             stdout=subprocess.PIPE)
    equal(process.stdout.readline(), b'ready\n')
    return path


def need():
  need_spaces()
  if not os.path.isdir(os.path.join(TESTDATA, 'wiki')):
    raise Skip('test data absent')
  if not os.path.exists(os.path.join(TESTDATA, '..', 'tools', 'linkemu.c')):
    raise Skip('link emulator absent')
  if not os.path.exists('/dev/net/tun'):
    raise Skip('no /dev/net/tun here')


def start_nodes(world, spaces):
  listen = {'reader': ('10.97.1.1',), 's1': ('10.97.1.2', '10.97.2.1'),
            's2': ('10.97.2.2', '10.97.3.1'), 'holder': ('10.97.3.2',)}
  nodes = {name: world.node(name, bits=BITS[name], space=spaces.names[name],
                            listen=tuple(f'udp:{a}:0' for a in listen[name])) for name in BITS}
  ports = [nodes['reader'].peer(nodes['s1'], nodes['s1'].endpoints[0]),
           nodes['s1'].peer(nodes['s2'], nodes['s2'].endpoints[0]),
           nodes['s2'].peer(nodes['holder'])]
  hops = [f'{port}/{BITS[name]}' for port, name in zip(ports, ('reader', 's1', 's2'))]
  nodes['reader'].call('path', 'set', nodes['holder'].identity, *hops)
  return nodes, ports


def seen(path):
  """Path words by the part of the packet that no switch changes."""
  words = {}
  for line in read(path).decode().splitlines():
    fields = line.split()
    if len(fields) == 4:
      words[fields[3]] = int(fields[2], 16)
  return words


def step(word, bits, in_port):
  """What a switch makes of a path: protocol.md, section 1.  Returns (out-port, new word)."""
  labels, used = word >> 6, word & 63
  out = labels >> PATH_BITS - bits
  back = int(format(in_port, f'0{bits}b')[::-1], 2)
  labels = (labels << bits & (1 << PATH_BITS) - 1) | back
  return out, labels << 6 | used + bits


def in_port_of(before, after, bits):
  """The in-port that this switch wrote, if it did what it must; else None."""
  back = after >> 6 & (1 << bits) - 1
  in_port = int(format(back, f'0{bits}b')[::-1], 2)
  return in_port if step(before, bits, in_port)[1] == after else None


def check_captures(first, second, third, ports):
  for name, bits, before, after, out_port in (('s1', BITS['s1'], first, second, ports[1]),
                                              ('s2', BITS['s2'], second, third, ports[2])):
    common = [key for key in before if key in after]
    forward = back = 0
    for key in common:
      here, there = before[key], after[key]
      if there & 63 == (here & 63) + bits:  # from reader to holder
        in_port = in_port_of(here, there, bits)
        check(in_port, f'{name}: {here:016x} became {there:016x}')
        equal(step(here, bits, in_port)[0], out_port, f'{name}: out-port')
        forward += 1
      else:  # from holder to reader: seen behind the switch first
        in_port = in_port_of(there, here, bits)
        equal(in_port, out_port, f'{name}: {there:016x} became {here:016x}')
        back += 1
    check(forward > 5 and back > 5, f'{name}: only {forward} and {back} packets seen twice')
    print(f'# {name}: {forward} packets there and {back} back, each shifted by {bits}')


def every_file_byte_for_byte(world):
  need()
  wiki = os.path.join(TESTDATA, 'wiki')
  with Line(world) as spaces:
    nodes, ports = start_nodes(world, spaces)
    reader, holder = nodes['reader'], nodes['holder']
    captures = [spaces.capture('s1', 'veth1'), spaces.capture('s1', 'em0'),
                spaces.capture('s2', 'veth0')]
    holder.call('publish', wiki)
    names = files_below(wiki)
    check(len(names) >= 50, len(names))
    for name in names:
      reader.get(f'net2o://{holder.identity}/{name}', world.path('got'))
      equal(read(world.path('got')), read(os.path.join(wiki, name)), name)
    print(f'# {len(names)} files arrived byte for byte')
    check_captures(*[seen(path) for path in captures], ports)


def words_of(text):
  """Runs of letters and digits; marks of the markup and of the text's layout fall away."""
  return re.findall(r'[^\W_]+', text.replace('&nbsp;', ' '))


def opens(reader, address):
  """The exit code of getting what a link leads to: 0, 3 if there is nothing, 2 if it is no
  address."""
  code = subprocess.run([NET2O, '--profile', reader.profile, 'get', address, '-o', '/dev/null'],
                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60).returncode
  check(code in (0, 2, 3), f'{address}: exit code {code}')
  return code


def pages_read_and_links_open(world):
  need()
  wiki = os.path.join(TESTDATA, 'wiki')
  with Line(world) as spaces:
    nodes, _ = start_nodes(world, spaces)
    reader, holder = nodes['reader'], nodes['holder']
    holder.call('publish', wiki)
    pages, good, dead, tried = 0, 0, [], {}
    for name in files_below(wiki):
      if not name.endswith('.md'):  # the two .wiki files are HTML; unit/render has their words
        continue
      page = reader.call('show', f'net2o://{holder.identity}/{name}')
      source = read(os.path.join(wiki, name)).decode()
      shown = set(words_of(page['text']))
      lost = [w for w in words_of(source) if w not in shown]
      check(len(lost) == 0, f'{name}: not in its text: {lost[:10]}')
      pages += 1
      for link in page['links']:
        if link['kind'] != 'site':
          continue
        address = link['address'].split('#')[0]
        if address not in tried:
          tried[address] = opens(reader, address)
        if tried[address] == 0:
          check(not link['missing'], f'{name}: {address} opens, and is said to be missing')
          good += 1
        else:
          check(link['missing'], f'{name}: {address} does not open, and nobody said so')
          dead.append(f"{name} -> {address.rpartition('/')[2]}")
    print(f'# {pages} pages with every word, {good} links open, {len(dead)} lead nowhere:')
    for line in dead:
      print(f'#   {line}')
    check(pages >= 45 and good > 80, pages, good)


def kill_in_mid_transfer(world, victim, hop):
  need()
  with Line(world) as spaces:
    nodes, _ = start_nodes(world, spaces)
    reader, holder = nodes['reader'], nodes['holder']
    size = 64 * 1024 * 1024
    world.write('site/large.bin', os.urandom(size))
    holder.call('publish', world.path('site'))
    process = world.run([NET2O, '--profile', reader.profile, '--json', 'get',
                         f'net2o://{holder.identity}/large.bin', '-o', world.path('got')],
                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until(lambda: reader.call('status').get('opened', 0) > 200, 'data arrives', 30)
    nodes[victim].kill()
    code, words = process.wait(60), process.stderr.read()
    equal(code, 5, 'unreachable or timed out;', words)
    equal(json.loads(words).get('hop'), hop, words)
    check(not os.path.exists(world.path('got')) or os.path.getsize(world.path('got')) < size)
    states = [row['state'] for row in reader.call('path', holder.identity)['hops']]
    equal(states, ['answers'] * (hop - 1) + ['silent'] * (5 - hop), 'hops')


def first_switch_is_killed_in_mid_transfer(world):
  kill_in_mid_transfer(world, 's1', 2)


def second_switch_is_killed_in_mid_transfer(world):
  kill_in_mid_transfer(world, 's2', 3)


if __name__ == '__main__':
  run(every_file_byte_for_byte, pages_read_and_links_open, first_switch_is_killed_in_mid_transfer,
      second_switch_is_killed_in_mid_transfer)
