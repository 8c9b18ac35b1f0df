#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# data.py - what is installed beside the browser is valid, and its command line keeps its contract.
#
# data.py BROWSER DESKTOP METAINFO SOURCES
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as tree

browser, desktop, metainfo, sources = sys.argv[1:5]
count = 0
failed = 0


def tell(good, name, why=''):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} {name}")
    for line in why.splitlines() if not good else []:
        print('# ' + line)


def skip(name, why):
    global count
    count += 1
    print(f'ok {count} {name} # SKIP {why}')


def run(*command, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in ('DISPLAY', 'WAYLAND_DISPLAY')}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**clean, **environment})


def check(name, *command):
    if not shutil.which(command[0]):
        skip(name, f'{command[0]} is not installed')
        return
    result = run(*command)
    tell(result.returncode == 0, name, result.stdout + result.stderr)


check('desktop file is valid', 'desktop-file-validate', desktop)
check('metainfo is valid', 'appstreamcli', 'validate', '--no-net', metainfo)

result = run(browser, '--help')
lines = result.stdout.splitlines()
tell(result.returncode == 0 and 3 < len(lines) < 24 and '--profile' in result.stdout, '--help is short',
     result.stdout + result.stderr)
result = run(browser, '--version')
tell(result.returncode == 0 and re.fullmatch(r'net2o-browser \d+\.\d+\.\d+\n', result.stdout) is not None, '--version',
     result.stdout)
result = run(browser, '--no-such-option')
tell(result.returncode == 2, 'wrong usage is 2', result.stderr)
result = run(browser, 'handbook.demo')
tell(result.returncode == 1 and 'display' in result.stderr and 'net2o show' in result.stderr, 'no display is said',
     result.stderr)

# Icons: fills only, because GTK recolours nothing else; on the 16 px grid.
wrong = []
icons = os.path.join(sources, 'data', 'icons')
for folder, _, names in os.walk(icons):
    for name in names:
        root = tree.parse(os.path.join(folder, name)).getroot()
        if name.endswith('-symbolic.svg') and (root.get('viewBox') != '0 0 16 16' or
                                               any(e.get('stroke') for e in root.iter())):
            wrong.append(name)
tell(not wrong, 'symbolic icons have fills on the 16 px grid', '\n'.join(wrong))

# Every icon that code or layout names is ours or in Adwaita.
named = set()
for folder, _, names in os.walk(sources):
    for name in names:
        if name.endswith(('.c', '.ui')):
            with open(os.path.join(folder, name), encoding='utf-8') as file:
                named |= set(re.findall(r'[">]([a-z0-9-]+-symbolic)["<]', file.read()))
have = set()
for base in (icons, '/usr/share/icons/Adwaita'):
    for folder, _, names in os.walk(base):
        have |= {re.sub(r'\.(svg|symbolic\.png)$', '', name) for name in names}
if os.path.isdir('/usr/share/icons/Adwaita'):
    tell(named and not named - have, 'every icon exists', '\n'.join(sorted(named - have)))
else:
    skip('every icon exists', 'no Adwaita icons here')

# Every layout is in the resource, every string in it that people read is marked.
with open(os.path.join(sources, 'data', 'net2o-browser.gresource.xml'), encoding='utf-8') as file:
    listed = file.read()
missing, unmarked = [], []
read_by_people = {'label', 'title', 'tooltip-text', 'placeholder-text'}
for folder, _, names in os.walk(sources):
    for name in names:
        if not name.endswith('.ui'):
            continue
        path = os.path.join(folder, name)
        if os.path.relpath(path, sources) not in listed:
            missing.append(path)
        for element in tree.parse(path).getroot().iter('property'):
            text = (element.text or '').strip()
            if element.get('name') in read_by_people and re.search('[a-z]', text) and text != 'net2o' and \
                    element.get('translatable') != 'yes':
                unmarked.append(f'{path}: {text}')
tell(not missing, 'every layout is in the resource', '\n'.join(missing))
tell(not unmarked, 'every string of a layout is marked', '\n'.join(unmarked))

print(f'1..{count}')
sys.exit(failed > 0)
