#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# test-sum.py - tests/sum.py counts what happened: failures, crashes, skips.  Prints TAP.
import json
import os
import subprocess
import sys
import tempfile

SUM = os.path.join(os.environ['N2_SOURCE'], 'tests', 'sum.py')

# name, log entries (result, stdout), $CI, last line, exit code
ROWS = [
    ('all pass', [('OK', '1..2\nok 1 /a\nok 2 - b\n')], '', '2 passed, 0 failed, 0 skipped', 0),
    ('one fails', [('FAIL', '1..2\nok 1 /a\nnot ok 2 /b\n')], '',
     '1 passed, 1 failed, 0 skipped', 1),
    ('crash in the middle', [('ERROR', '1..3\nok 1 /a\nBail out!\n')], '',
     '1 passed, 1 failed, 0 skipped', 1),
    ('hangs', [('TIMEOUT', '')], '', '0 passed, 1 failed, 0 skipped', 1),
    ('no TAP', [('OK', 'hello\n'), ('FAIL', 'oops\n')], '', '1 passed, 1 failed, 0 skipped', 1),
    ('skip', [('OK', '1..2\nok 1 /a\nok 2 /b # SKIP known reason\n')], '',
     '1 passed, 0 failed, 1 skipped', 0),
    ('skip of all', [('SKIP', '1..0 # SKIP no such thing\n')], '',
     '0 passed, 0 failed, 1 skipped', 0),
    ('listed skip with CI', [('OK', '1..1\nok 1 /b # SKIP known reason\n')], '1',
     '0 passed, 0 failed, 1 skipped', 0),
    ('other skip with CI', [('OK', '1..1\nok 1 /b # SKIP other\n')], '1',
     '0 passed, 1 failed, 1 skipped', 1),
    ('nothing ran', [], '', '0 passed, 1 failed, 0 skipped', 1),
]


def run(entries, ci):
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, 'testlog.json')
        skips = os.path.join(folder, 'skips')
        with open(skips, 'w', encoding='utf-8') as file:
            file.write('# comment\nknown*\n')
        with open(log, 'w', encoding='utf-8') as file:
            for result, out in entries:
                file.write(json.dumps({'name': 'x', 'result': result, 'stdout': out}) + '\n')
        ran = subprocess.run([sys.executable, SUM, skips, log], env={**os.environ, 'CI': ci},
                             capture_output=True, encoding='utf-8', check=False)
    return ran.stdout.splitlines()[-1], ran.returncode


def main():
    failed = False
    print(f'1..{len(ROWS)}')
    for number, (name, entries, ci, line, code) in enumerate(ROWS, 1):
        got = run(entries, ci)
        if got != (line, code):
            print(f'# {got}, not {(line, code)}')
            failed = True
        print(f'{"ok" if got == (line, code) else "not ok"} {number} - {name}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
