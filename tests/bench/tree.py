# SPDX-License-Identifier: GPL-3.0-or-later
#
# tree.py - a tree of 5,000 files of 2 KB over a long fast line, beside nginx and curl.
#
# 1 Gbit/s, 50 ms, emulated as in lines.py.  The clock runs from the command to its end, when all
# files lie in a folder: net2o get ADDRESS FOLDER, on a new node each time that has met the holder;
# curl --parallel with HTTP/2 and TLS 1.3 from nginx, given the list of all paths, which a folder
# got by net2o is not.  The store that net2o keeps besides is durable, curl's files are not.
#
#   tree.py [--files N] [--runs N]

import argparse
import os
import random
import subprocess

from lines import FAR, Emulated, Line, ready
from measure import Result, Skip, alternate, check, median, prepare, print_results, start_nginx
from measure import SUITE, inside, run_client
from nodes import NET2O, World
from spaces import need_spaces

LINE = Line('tree', 1000, 50, 50, 0, None)
FILE_BYTES = 2048
FILES_PER_FOLDER = 100
PARALLEL = (50, 300)
MOST = 0.3


def make_tree(folder, n_files):
  lot = random.Random(2)
  paths = []
  for n in range(n_files):
    path = f'd{n // FILES_PER_FOLDER:03}/f{n % FILES_PER_FOLDER:02}'
    os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
    with open(os.path.join(folder, path), 'wb') as f:
      f.write(lot.randbytes(FILE_BYTES))
    paths.append(path)
  return paths


def run_curl(world, spaces, root, paths, parallel):
  spaces.control('cubic')
  start_nginx(world, root, spaces.far, FAR, options=' http2',
              more='http2_max_concurrent_streams 512; http2_max_requests 100000;')
  got = world.path('got')
  config = world.write('curl.conf', ''.join(
      f'url = "https://{FAR}:4433/{path}"\noutput = "{got}/{path}"\n' for path in paths))
  return run_client(inside(spaces.near, [
      'curl', '-sSfk', '--http2', '--tlsv1.3', '--tls13-ciphers', SUITE, '--parallel',
      '--parallel-max', str(parallel), '--create-dirs', '-K', config]))[0]


def run_net2o(world, spaces, root):
  _, (holder, asker) = ready(world, spaces, 'net2o', root, '')
  return run_client([NET2O, '--profile', asker.profile, 'get', f'net2o://{holder.identity}/',
                     world.path('got')])[0]


def once(kind, root, paths, seed):
  with World() as world, Emulated(world, LINE, seed) as spaces:
    seconds = (run_net2o(world, spaces, root) if kind == 'net2o' else
               run_curl(world, spaces, root, paths, int(kind.split('-')[1])))
    check(subprocess.run(['diff', '-rq', root, world.path('got')]).returncode == 0, kind, 'differs')
    return seconds


def row(n_files=5000, runs=5):
  need_spaces()
  kinds = ['net2o'] + [f'curl-{n}' for n in PARALLEL]
  times = {k: [] for k in kinds}
  with World() as files:
    root = files.path('site')
    paths = make_tree(root, n_files)
    for number in range(runs):
      for kind in alternate(kinds, number):
        times[kind].append(once(kind, root, paths, number + 1))
        print(f'# {kind} {number + 1}/{runs}: {times[kind][-1]:.2f} s', flush=True)
  middle = {k: median(t) for k, t in times.items()}
  best = min(kinds[1:], key=middle.get)
  return [Result('tree', f'tree of {n_files:,} files of 2 KB, {LINE.words}',
                 f'{middle["net2o"]:.2f} s',
                 ', '.join(f'curl --parallel-max {k[5:]} {middle[k]:.2f} s' for k in kinds[1:]),
                 middle['net2o'] / middle[best], most=MOST)]


def main():
  parser = argparse.ArgumentParser(description='A tree of small files over a long fast line.')
  parser.add_argument('--files', type=int, default=5000)
  parser.add_argument('--runs', type=int, default=5)
  args = parser.parse_args()
  prepare(512)
  print_results(row(args.files, args.runs))


if __name__ == '__main__':
  try:
    main()
  except Skip as reason:
    print('skipped:', reason)
