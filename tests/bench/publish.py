# SPDX-License-Identifier: GPL-3.0-or-later
#
# publish.py - a tree of 10,000 files of 1 GB becomes what an identity publishes, beside git.
#
#   publish.py [--files N] [--runs N]
#
# The clock runs from the command to its end: durable, and read by anybody from then on.  git:
# `add` and `commit` of the same tree, with its defaults, which sync each object.  Both on the
# disk of /var/tmp, as durable means nothing in memory.

import argparse
import os
import random
import shutil
import subprocess
import tempfile

from measure import Result, alternate, median, need, prepare, print_results, run_client
from nodes import NET2O, World, check

SIZES = (2000, 20000, 60000, 120000, 300000)  # 100 KB in the mean
FILES_PER_FOLDER = 100
MOST = 0.35


def make_tree(folder, n_files):
  """The same each time; nothing in it can be packed, and no two files are alike."""
  lot = random.Random(1)
  for n in range(n_files):
    where = os.path.join(folder, f'd{n // FILES_PER_FOLDER:03}')
    os.makedirs(where, exist_ok=True)
    with open(os.path.join(where, f'f{n % FILES_PER_FOLDER:02}'), 'wb') as f:
      f.write(lot.randbytes(lot.choice(SIZES)))
  return folder


def run_git(world, tree, number):
  top = world.path(f'git-{number}')
  git = ['git', '-C', top, '-c', 'gc.auto=0', '-c', 'user.name=a', '-c', 'user.email=a@example.org']
  subprocess.run(['git', 'init', '-q', top], check=True)
  shutil.copytree(tree, os.path.join(top, 'tree'))
  os.sync()
  seconds, _ = run_client(['sh', '-c', f'{" ".join(git)} add -A && {" ".join(git)} commit -qm all'])
  shutil.rmtree(top)
  return seconds


def run_net2o(world, tree, number):
  node = world.node(f'n{number}')
  os.sync()
  seconds, _ = run_client([NET2O, '--profile', node.profile, 'publish', tree])
  shown = node.rows('ls', f'net2o://{node.identity}/')
  check(len(shown) == len(os.listdir(tree)), 'published:', shown)
  node.kill()
  shutil.rmtree(node.profile)
  return seconds


def row(n_files=10000, runs=3):
  need('git')
  kept = tempfile.tempdir
  tempfile.tempdir = '/var/tmp'
  took = {'git': [], 'net2o': []}
  try:
    with World() as world:
      tree = make_tree(world.path('tree'), n_files)
      kinds = {'git': run_git, 'net2o': run_net2o}
      for number in range(runs):
        for kind in alternate(kinds, number):
          took[kind].append(kinds[kind](world, tree, number))
  finally:
    tempfile.tempdir = kept
  ratio = median([ours / peer for ours, peer in zip(took['net2o'], took['git'])])
  return [Result('publish', f'{n_files:,} files, 100 KB in the mean, durable',
                 f'{median(took["net2o"]):.2f} s', f'git add and commit {median(took["git"]):.2f} s',
                 ratio, most=MOST)]


def main():
  parser = argparse.ArgumentParser(description='A tree published, beside git.')
  parser.add_argument('--files', type=int, default=10000)
  parser.add_argument('--runs', type=int, default=3)
  args = parser.parse_args()
  prepare()
  print_results(row(args.files, args.runs))


if __name__ == '__main__':
  main()
