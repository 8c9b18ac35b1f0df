# SPDX-License-Identifier: GPL-3.0-or-later
#
# utp.py - one side of a BitTorrent transfer over uTP alone (libtorrent), as a peer that means
#          to yield.  Runs until it is ended.
#
#   utp.py probe                                    exits 0 if libtorrent is here
#   utp.py seed FILE TORRENT ADDRESS PORT           makes TORRENT
#   utp.py fetch FOLDER TORRENT ADDRESS PORT PEER   prints "ready", then begins

import os
import sys
import time

import libtorrent as lt


def session(address, port):
  return lt.session({
      'listen_interfaces': f'{address}:{port}', 'enable_outgoing_tcp': False,
      'enable_incoming_tcp': False, 'enable_outgoing_utp': True, 'enable_incoming_utp': True,
      'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
      'allow_multiple_connections_per_ip': True, 'alert_mask': 0})


def seed(path, torrent, address, port):
  files = lt.file_storage()
  lt.add_files(files, path)
  made = lt.create_torrent(files, 256 * 1024)
  lt.set_piece_hashes(made, os.path.dirname(path))
  with open(torrent + '.part', 'wb') as f:
    f.write(lt.bencode(made.generate()))
  here = session(address, port)
  one = here.add_torrent({'ti': lt.torrent_info(torrent + '.part'),
                          'save_path': os.path.dirname(path),
                          'flags': lt.torrent_flags.seed_mode})
  os.rename(torrent + '.part', torrent)
  return here, one


def fetch(folder, torrent, address, port, peer):
  here = session(address, port)
  one = here.add_torrent({'ti': lt.torrent_info(torrent), 'save_path': folder})
  print('ready', flush=True)
  one.connect_peer((peer, int(port)))
  return here, one


def main():
  if sys.argv[1] == 'probe':
    return
  held = {'seed': seed, 'fetch': fetch}[sys.argv[1]](*sys.argv[2:])
  while held:
    time.sleep(1)


if __name__ == '__main__':
  main()
