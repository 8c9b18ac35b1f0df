#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# start.py - app/start without a display: the neighbourhood comes up, is found again, and comes back
#            when a part of it was killed.  Prints TAP.  Environment: N2_BUILD, N2_SOURCE.
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ['N2_SOURCE']
BUILD = os.environ['N2_BUILD']
START = os.path.join(SOURCE, 'app', 'start')
CLI = os.path.join(BUILD, 'daemon', 'cli', 'net2o')


class World:
    """A home of its own, in which app/start believes to be at home."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix='n2s-')
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith('XDG_') and key not in ('DISPLAY', 'WAYLAND_DISPLAY')}
        self.env.update(HOME=self.home, LC_ALL='C.UTF-8', NO_COLOR='1')

    def start(self, *words):
        return subprocess.run(['sh', START, *words], env=self.env, capture_output=True,
                              encoding='utf-8', timeout=120, check=False)

    def status(self, node):
        profile = os.path.join(self.home, '.local/share/net2o-demo', node)
        where = [] if node == 'own' else ['--profile', profile]
        said = subprocess.run([CLI, *where, '--json', 'status'], env=self.env,
                              capture_output=True, encoding='utf-8', timeout=20, check=False)
        return json.loads(said.stdout) if said.returncode == 0 else None

    def close(self):
        self.start('stop')
        shutil.rmtree(self.home, ignore_errors=True)


NODES = ('own', 'switch', 'handbook', 'neighbour')


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def builds_what_runs(world):
    """Here all is built; on a machine where nothing was, only what app/start names, and with it."""
    del world
    with open(START, encoding='utf-8') as text:
        names = re.search(r'^ *compile (.*) \$languages$', text.read(), re.M).group(1).split()
    targets = json.loads(subprocess.run(['meson', 'introspect', '--targets', BUILD], check=True,
                                        capture_output=True, encoding='utf-8').stdout)
    programs = {os.path.relpath(t['filename'][0], BUILD) for t in targets
                if t['type'] == 'executable' and t['installed']}
    there = [name for name in names if name in programs]
    check('daemon/cli/net2o' in there, names)
    built = set(there) | set(subprocess.run(['ninja', '-C', BUILD, '-t', 'inputs', *there], check=True,
                                            capture_output=True, encoding='utf-8').stdout.splitlines())
    check(not programs - built, f'not built by app/start: {programs - built}')


def prints_the_handbook(world):
    ran = world.start()
    check(ran.returncode == 0, ran.stderr)
    check('There is no display' in ran.stderr, ran.stderr)
    check('The net2o handbook' in ran.stdout, ran.stdout)
    check('net2o://handbook.demo/glossary.md' in ran.stdout, ran.stdout)


def finds_it_again(world):
    before = {node: world.status(node)['pid'] for node in NODES}
    began = time.monotonic()
    ran = world.start('net2o://neighbour.demo/hello.md')
    took = time.monotonic() - began
    check(ran.returncode == 0 and 'Hello from the neighbour' in ran.stdout, ran.stderr)
    check({node: world.status(node)['pid'] for node in NODES} == before, 'nodes were started anew')
    check(took < 3, f'it took {took:.1f} s')


def every_page_opens(world):
    folder = os.path.join(SOURCE, 'app', 'handbook')
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding='utf-8') as page:
            title = re.search(r'^# (.*)$', page.read(), re.M).group(1)
        ran = subprocess.run([CLI, 'show', f'net2o://handbook.demo/{name}'], env=world.env,
                             capture_output=True, encoding='utf-8', timeout=30, check=False)
        check(ran.returncode == 0 and title in ran.stdout, f'{name}: {ran.stderr}')


def mends_what_was_killed(world):
    for node in ('switch', 'handbook'):
        pid = world.status(node)['pid']
        os.kill(pid, signal.SIGTERM)
        for _ in range(100):
            if not os.path.exists(f'/proc/{pid}') or world.status(node) is None:
                break
            time.sleep(0.05)
    ran = world.start('net2o://handbook.demo/network.md')
    check(ran.returncode == 0 and 'The network' in ran.stdout, ran.stderr)


def stops(world):
    ran = world.start('stop')
    check(ran.returncode == 0 and ran.stderr.count('Ended') == len(NODES), ran.stderr)
    for _ in range(100):
        if all(world.status(node) is None for node in NODES):
            return
        time.sleep(0.05)
    check(False, 'a node goes on')


def says_what_failed(world):
    ran = world.start('net2o://nobody.demo/')
    check(ran.returncode == 3, f'{ran.returncode}: {ran.stderr}')
    check('nobody.demo' in ran.stderr, ran.stderr)


TESTS = (builds_what_runs, prints_the_handbook, finds_it_again, every_page_opens, mends_what_was_killed,
         says_what_failed, stops)


def main():
    world = World()
    failed = False
    print(f'1..{len(TESTS)}')
    try:
        for number, test in enumerate(TESTS, 1):
            name = test.__name__.replace('_', '-')
            try:
                test(world)
                print(f'ok {number} {name}', flush=True)
            except (AssertionError, subprocess.SubprocessError, TypeError) as error:
                failed = True
                for line in str(error).splitlines():
                    print(f'# {line}')
                print(f'not ok {number} {name}', flush=True)
    finally:
        world.close()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
