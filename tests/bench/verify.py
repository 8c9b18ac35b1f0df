# SPDX-License-Identifier: GPL-3.0-or-later
#
# verify.py - milliseconds for 1,000 vouches, and for a container of 100,000 signatures that is
#             refused by its size.
#
#   verify.py [--runs N]
#
# Peer: `openssl speed`, its own loop of verifications on one processor.

import argparse
import os
import re
import subprocess

from measure import BUILD, Result, need, prepare, print_results

KINDS = {  # program's word: (what, most milliseconds, peer's algorithm)
    'ed25519': ('1,000 vouches verified, Ed25519', 60, 'ed25519'),
    'ed448': ('1,000 vouches verified, Ed448', 300, 'ed448'),
    'many': ('100,000 signatures refused by size', 1, None),
}


def ours(kind, runs):
  program = os.path.join(BUILD, 'tests', 'bench', 'bench-verify')
  return min(float(subprocess.run([program, kind], capture_output=True, text=True,
                                  check=True).stdout) for _ in range(runs))


def peer(algorithm):
  """Milliseconds of 1,000 of OpenSSL's verifications."""
  if not algorithm:
    return '-'
  words = subprocess.run(['openssl', 'speed', '-seconds', '2', algorithm], capture_output=True,
                         text=True, check=True).stdout.split('\n')
  rate = next(re.search(r'([\d.]+)\s*$', line) for line in words if 'EdDSA' in line)
  return f'openssl speed {1e6 / float(rate[1]):.0f} ms'


def row(runs=3):
  need('openssl')
  results = []
  for kind, (what, most, algorithm) in KINDS.items():
    ms = ours(kind, runs)
    results.append(Result('verify', what, f'{ms:.3g} ms', peer(algorithm), ms, most=most,
                          unit=' ms'))
  return results


def main():
  parser = argparse.ArgumentParser(description='Vouches verified, signatures refused.')
  parser.add_argument('--runs', type=int, default=3)
  args = parser.parse_args()
  prepare()
  print_results(row(args.runs))


if __name__ == '__main__':
  main()
