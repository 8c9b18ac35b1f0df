#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# sum.py - counts what Meson's test logs say: `sum.py SKIPS LOG...`.
#
# Each TAP line is a test; so is each program that prints none.  A program that crashed, hung or
# ended before its plan counts as one more failed test.  Exits with 1 if any failed, if a log is
# missing or has no test, or if $CI is set and a skip's reason is not in the file SKIPS.
import fnmatch
import json
import os
import re
import sys

LAST_WORDS = 12  # lines of a stream
LINE = re.compile(r'^(ok|not ok)\b\s*\d*\s*(?:- )?(.*?)(?:\s+#\s*(skip|todo)\S*\s*(.*))?$', re.I)
PLAN_SKIP = re.compile(r'^1\.\.0\s*#\s*skip\S*\s*(.*)$', re.I)


def read_skips(path):
    """Reasons that are allowed with $CI: one shell pattern a line."""
    with open(path, encoding='utf-8') as lines:
        return [line.strip() for line in lines if line.strip() and line[0] != '#']


def read_tap(name, out):
    """(passed, [failed], [(skipped, reason)]) of what a program printed."""
    passed, failed, skipped = 0, [], []
    for line in out.splitlines():
        plan = PLAN_SKIP.match(line)
        match = LINE.match(line)
        if plan:
            skipped.append((name, plan.group(1).strip()))
        elif match:
            result, title, directive, reason = match.groups()
            title = f'{name}: {title.strip()}'
            if (directive or '').lower() == 'skip':
                skipped.append((title, (reason or '').strip()))
            elif result.lower() == 'ok':
                passed += 1
            else:
                failed.append(title)
    return passed, failed, skipped


def read_test(test):
    """The same of one entry in the log."""
    name = test['name']
    result = test['result']
    passed, failed, skipped = read_tap(name, test.get('stdout', ''))
    seen = passed + len(failed) + len(skipped)
    if result == 'OK' and not seen:
        passed = 1
    elif result == 'SKIP' and not seen:
        skipped.append((name, (test.get('stdout', '').strip().splitlines() or [''])[-1]))
    elif result not in ('OK', 'SKIP', 'EXPECTEDFAIL') and not failed:
        failed.append(f'{name}: {result.lower()}')
    return passed, failed, skipped


def last_words(test):
    """The end of what a program said that failed: a test that fails once in a hundred runs is known by nothing else."""
    lines = [line for stream in ('stdout', 'stderr') for line in test.get(stream, '').strip().splitlines()[-LAST_WORDS:]]
    return [f'  {test["name"]} | {line[:300]}' for line in lines]


def main(skips, logs):
    allowed = read_skips(skips)
    passed, failed, skipped, words = 0, [], [], []
    for log in logs:
        before = passed + len(failed) + len(skipped)
        if os.path.exists(log):
            with open(log, encoding='utf-8', errors='replace') as lines:
                for line in lines:
                    test = json.loads(line)
                    p, f, s = read_test(test)
                    if f:
                        words += last_words(test)
                    passed += p
                    failed += f
                    skipped += s
        if passed + len(failed) + len(skipped) == before:
            failed.append(f'{os.path.basename(log)}: no test ran')
    if os.environ.get('CI'):
        for title, reason in skipped:
            if not any(fnmatch.fnmatch(reason, pattern) for pattern in allowed):
                failed.append(f'{title}: skipped, and its reason is not in tests/skips')
    for title, reason in skipped:
        print(f'skipped: {title}: {reason}')
    for line in words:
        print(line)
    for title in failed:
        print(f'FAILED: {title}')
    print(f'{passed} passed, {len(failed)} failed, {len(skipped)} skipped')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
