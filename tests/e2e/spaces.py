# SPDX-License-Identifier: GPL-3.0-or-later
#
# spaces.py - network namespaces and links between them; gone at the end, whatever happens.

import os
import socket
import subprocess

from nodes import Skip, check


def ip(*arguments):
  done = subprocess.run(['ip', *arguments], capture_output=True)
  check(done.returncode == 0, 'ip', *arguments, done.stderr.decode())


def need_spaces():
  if os.geteuid() != 0:
    raise Skip('needs root, for network namespaces')
  probe = f'n2-{os.getpid()}-probe'
  if subprocess.run(['ip', 'netns', 'add', probe], capture_output=True).returncode != 0:
    raise Skip('no network namespaces here')
  subprocess.run(['ip', 'netns', 'del', probe], check=True)


def need_ipv6_loopback():
  try:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
      s.bind(('::1', 0))
  except OSError:
    raise Skip('no IPv6 here')


class Spaces:
  """Namespaces named after this process; all that the world runs in them ends first."""

  def __init__(self, world, names):
    self.names = {n: f'n2-{os.getpid()}-{n}' for n in names}
    self.world = world

  def __enter__(self):
    try:
      for name in self.names.values():
        ip('netns', 'add', name)
        ip('-n', name, 'link', 'set', 'lo', 'up')
      self.build()
    except BaseException:
      self.__exit__()
      raise
    return self

  def __exit__(self, *_):
    for process in self.world.others:
      if process.poll() is None:
        process.terminate()
        process.wait()
    for node in self.world.nodes:
      node.kill()
    for name in self.names.values():
      subprocess.run(['ip', 'netns', 'del', name], capture_output=True)

  def build(self):
    """Makes the links; a test's own class says which."""

  def join(self, left, right, net, segments=True):
    """A veth pair, NET.1 and NET.2; without segments each datagram passes by for itself."""
    ip('link', 'add', 'veth0', 'netns', self.names[left], 'type', 'veth', 'peer', 'name', 'veth1',
       'netns', self.names[right])
    for name, device, last in ((left, 'veth0', 1), (right, 'veth1', 2)):
      if not segments:
        ip('-n', self.names[name], 'link', 'set', device, 'gso_max_segs', '1')
      ip('-n', self.names[name], 'link', 'set', device, 'up')
      ip('-n', self.names[name], 'addr', 'add', f'{net}.{last}/24', 'dev', device)

  def set_mtu(self, left, right, mtu):
    ip('-n', self.names[left], 'link', 'set', 'veth0', 'mtu', str(mtu))
    ip('-n', self.names[right], 'link', 'set', 'veth1', 'mtu', str(mtu))
