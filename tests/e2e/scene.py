# SPDX-License-Identifier: GPL-3.0-or-later
#
# scene.py - a small net under load: lines that are in use, one that is jammed, a reservation, a tree, a channel.
#
#   NET2OD=... NET2O=... scene.py      prints "profile FOLDER", the node in the middle, and keeps the load up
#                                      until its standard input ends
#
# To look at it:  net2o --profile FOLDER status switch,  net2o-browser --profile FOLDER net2o://self/network/
#
#                                  harbour-tv
#                                 /
#     laptop --- here ------- hafen --- mira (asleep)
#               / |  \
#      (nobody)   |   nordnetz --- wiki.net2o
#              stranger       \
#                              tideline
#
# Each line of the node here carries LINE_KBIT. harbour-tv's own has half of that, and all of it comes here; what
# wiki.net2o and tideline fetch from here and from the laptop is more than the line to nordnetz carries, and a stranger
# who listens to nobody sends more than his part there, so that it is jammed all the time.

import os
import socket
import struct
import subprocess
import sys
import threading

from floods import Link
from nodes import NET2O, World, until

LINE_KBIT = 20000
FILES = 4
FILE_BYTES = 12 << 20
CACHE_MIB = 16  # of who fetches: with so little of it no file is found at home again
RESERVED = '4M'
CHANNEL = '1193046'
STRANGER_PACKETS = 4  # each 5 ms: 13 Mbit/s
PROBES = '50'  # packets to all who follow, each quarter of a second
NOBODY = 'udp:127.0.0.1:9'  # nobody listens there


def rate(kbit):
  # Without the DHT: it asks whom it knows, mira, too, and this is a picture of what people use.
  return ('--set', f'network.rate-kbit={kbit}', '--set', f'store.cache-mib={CACHE_MIB}', '--set', 'network.dht=0')


class Road:
  """What floods.Link wants to know of the way to a node, by UDP."""
  head = b''

  def __init__(self, node):
    host, port = node.endpoint.removeprefix('udp:').rsplit(':', 1)
    self.address = host, int(port)

  def stranger(self):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(self.address)
    return s

  @staticmethod
  def body(datagram):
    return datagram


class Scene:
  """The nodes of the picture above; begin() and end() their load."""

  def __init__(self, world):
    self.world = world
    self.is_over = threading.Event()
    self.threads, self.fetching = [], set()
    self.lock = threading.Lock()
    self.here = world.node('here', options=rate(LINE_KBIT))
    self.hafen, self.nordnetz, self.laptop, self.wiki, self.tideline, self.mira = (
        world.node(name, options=rate(10 * LINE_KBIT) + ('--set', 'node.show-identity=2'))
        for name in ('hafen', 'nordnetz', 'laptop', 'wiki', 'tideline', 'mira'))
    self.harbour = world.node('harbour', options=rate(LINE_KBIT // 2))
    self.join_lines()
    self.set_ways()

  def join_lines(self):
    here = self.here
    self.port = {}
    for name, node in (('hafen', self.hafen), ('nordnetz', self.nordnetz)):
      here.call('name', 'set', name, node.identity)
      self.port[name] = self.line(here, node)
    self.line(self.laptop, here)
    here.call('peer', 'add', NOBODY)
    for name, node, switch in (('harbour-tv', self.harbour, self.hafen), ('mira', self.mira, self.hafen),
                               ('wiki.net2o', self.wiki, self.nordnetz),
                               ('tideline', self.tideline, self.nordnetz)):
      here.call('name', 'set', name, node.identity)
      self.port[name] = self.line(switch, node)

  @staticmethod
  def line(opener, other):
    """Our port to it, once the line is up; who is there is known."""
    opener.call('peer', 'add', other.endpoint, other.identity)

    def up():
      rows = opener.rows('peer', 'list')
      return next((r for r in rows if r.get('endpoint') == other.endpoint and r.get('state') == 'up'), None)
    return until(up, f'{opener.name}: line to {other.name}')['port']

  def port_of(self, node, other):
    """The port by which it sees another that opened the line."""
    def find():
      rows = node.rows('peer', 'list')
      return next((r for r in rows if r.get('endpoint') == other.endpoint), None)
    return until(find, f'{node.name}: line of {other.name}')['port']

  def set_ways(self):
    laptop_here = self.port_of(self.laptop, self.here)
    here_laptop = self.port_of(self.here, self.laptop)
    for name, node, by in (('harbour-tv', self.harbour, 'hafen'), ('mira', self.mira, 'hafen'),
                           ('wiki.net2o', self.wiki, 'nordnetz'), ('tideline', self.tideline, 'nordnetz')):
      switch = self.hafen if by == 'hafen' else self.nordnetz
      out, back = f'{self.port[by]}/4', f'{self.port_of(switch, self.here)}/4'
      first = f'{self.port_of(node, switch)}/4'
      last = f'{self.port[name]}/4'
      self.here.call('path', 'set', node.identity, out, last)
      node.call('path', 'set', self.here.identity, first, back)
      node.call('path', 'set', self.laptop.identity, first, back, f'{here_laptop}/4')
      self.laptop.call('path', 'set', node.identity, f'{laptop_here}/4', out, last)
    # Channels may come in by a line that was opened here, or where it is said.
    self.hafen.call('switch', 'channel', 'take', str(self.port['harbour-tv']), CHANNEL)

  # ---- load ----

  def publish(self, node):
    for i in range(FILES):
      self.world.write(f'site-{node.name}/{i}.bin', os.urandom(FILE_BYTES))
    node.call('publish', self.world.path(f'site-{node.name}'))

  def fetch(self, reader, holder):
    """One after the other, again and again."""
    i = 0
    while not self.is_over.is_set():
      command = [NET2O, '--profile', reader.profile, 'get', f'net2o://{holder.identity}/{i % FILES}.bin', '-o', '/dev/null']
      with self.lock:
        if self.is_over.is_set():
          return
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.fetching.add(process)
      failed = process.wait() != 0
      with self.lock:
        self.fetching.discard(process)
      if failed and self.is_over.wait(0.5):
        return
      i += 1

  def send_to_many(self, kind, number):
    while not self.is_over.wait(0.25):
      self.harbour.call('switch', kind, 'probe', number, PROBES, code=None)

  def ignore_jams(self, link, packet):
    while not self.is_over.wait(0.005):
      for _ in range(STRANGER_PACKETS):
        link.socket.send(link.head() + packet)

  def let_stranger_in(self):
    """Long packets of 2 KiB and the default class; nobody takes them at the other end."""
    path = self.port['nordnetz'] << 60
    self.start(self.ignore_jams, Link(Road(self.here)), b'\x6c\x80' + struct.pack('>QQ', path, 1) + bytes(2048))

  def follow(self, kind, *number):
    """harbour-tv sends, we and the laptop follow: it branches here."""
    number = self.harbour.call('switch', kind, 'open', *number)['number']
    for node in (self.here, self.laptop):
      node.call('switch', kind, 'join', number, self.harbour.identity)
    self.start(self.send_to_many, kind, number)

  def start(self, target, *args):
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    self.threads.append(thread)

  def begin(self):
    for node in (self.here, self.laptop, self.harbour):
      self.publish(node)
    pairs = [(self.here, self.harbour)]
    pairs += [(reader, holder) for reader in (self.wiki, self.tideline) for holder in (self.here, self.laptop)]
    for reader, holder in pairs:
      self.start(self.fetch, reader, holder)
    self.here.call('reserve', self.harbour.identity, RESERVED)
    self.let_stranger_in()
    self.follow('tree')
    self.follow('channel', CHANNEL)
    self.mira.kill()

  def end(self):
    self.is_over.set()
    with self.lock:
      for process in self.fetching:
        process.kill()
    for thread in self.threads:
      thread.join()


def main():
  with World() as world:
    scene = Scene(world)
    scene.begin()
    try:
      print(f'profile {scene.here.profile}', flush=True)
      sys.stdin.buffer.read()
    finally:
      scene.end()


if __name__ == '__main__':
  main()
