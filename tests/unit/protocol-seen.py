#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# protocol-seen.py - each row of bytes in daemon/PROTOCOL.md is made by a test and compared: runs those
#                    tests, which write down which lines they found.  Prints TAP; arguments: the programs.
import os
import re
import subprocess
import sys
import tempfile

ROW = re.compile(r' {4}( {4})?[0-9a-f]{2}( +[0-9a-f]{2})*')


def rows(page):
    """Lines that are nothing but bytes, where examples stand; by number."""
    return {number: line for number, line in enumerate(page.splitlines(), 1) if ROW.fullmatch(line)}


def seen_by(programs):
    seen, failed = set(), []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'seen')
        for program in programs:
            done = subprocess.run([program], env={**os.environ, 'N2_PROTOCOL_SEEN': path}, capture_output=True)
            failed += [program] if done.returncode else []
        with open(path) as file:
            seen = {int(line) for line in file}
    return seen, failed


def main(programs):
    with open(os.path.join(os.environ['N2_SOURCE'], 'daemon', 'PROTOCOL.md'), encoding='utf-8') as file:
        examples = rows(file.read())
    seen, failed = seen_by(programs)
    faults = [f'{program} failed' for program in failed]
    faults += [f'line {n} is made by no test: {line.strip()[:60]}' for n, line in examples.items() if n not in seen]
    for fault in faults:
        print(f'# {fault}')
    print('1..1')
    print(f'{"not ok" if faults or len(examples) < 100 else "ok"} 1 - {len(examples)} rows of bytes are made by tests')


if __name__ == '__main__':
    main(sys.argv[1:])
