#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# activation.py - the bus starts the browser: nobody else has to know where it is.
#
# activation.py BROWSER DESKTOP SERVICE; the service file is tried with the browser of the build.
import os
import subprocess
import sys
import time

browser, desktop, service = map(os.path.abspath, sys.argv[1:4])
NAME = 'org.net2o.Browser'
PATIENCE_S = 20
home = os.environ['HOME']
count = failed = 0


def tell(good, name, why=''):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} {name}", flush=True)
    for line in str(why).splitlines() if not good else []:
        print('# ' + line)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)


def call(method, *arguments):
    return run('gdbus', 'call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path',
               '/org/freedesktop/DBus', '--method', 'org.freedesktop.DBus.' + method, *arguments)


def ask(method, *arguments):
    return call(method, *arguments).stdout


def until(condition):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_owned():
    return 'true' in ask('NameHasOwner', NAME)


def titles():
    found = run('xdotool', 'search', '--onlyvisible', '--name', '.').stdout.split()
    return [run('xdotool', 'getwindowname', window).stdout.strip() for window in found]


with open(service, encoding='utf-8') as file:
    text = file.read()
tell('\nName=' + NAME + '\n' in text and '/net2o-browser --gapplication-service\n' in text, 'service file', text)
with open(desktop, encoding='utf-8') as file:
    tell('DBusActivatable=true' in file.read(), 'desktop file says that the bus starts it')

# The same file, but with the program where it is now; and where the bus looks for it.
folder = os.path.join(home, 'data', 'dbus-1', 'services')
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, NAME + '.service'), 'w', encoding='utf-8') as file:
    for line in text.splitlines():
        file.write(f'Exec={browser} --gapplication-service\n' if line.startswith('Exec=') else line + '\n')
applications = os.path.join(home, 'data', 'applications')
os.makedirs(applications, exist_ok=True)
with open(desktop, encoding='utf-8') as source, \
        open(os.path.join(applications, NAME + '.desktop'), 'w', encoding='utf-8') as file:
    file.write(source.read())
ask('ReloadConfig')
tell(NAME in ask('ListActivatableNames'), 'the bus knows it')
tell(not is_owned(), 'it does not run yet')
for variable in ('DISPLAY', 'XDG_RUNTIME_DIR', 'HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME',
                 'XDG_STATE_HOME', 'GSK_RENDERER'):  # as a session tells its bus
    if variable in os.environ:
        result = call('UpdateActivationEnvironment', "{'%s': '%s'}" % (variable, os.environ[variable]))
        if result.returncode:
            tell(False, f'the bus takes {variable}', result.stderr)

result = run('gapplication', 'launch', NAME)
tell(result.returncode == 0, 'launched', result.stdout + result.stderr)
tell(until(is_owned), 'it runs')
tell(until(lambda: any('net2o' in title for title in titles())), 'it has a window', titles())

# It is in its fence, and one of its children outside, to start other programs.
def status(number):
    try:
        with open(f'/proc/{number}/status', encoding='utf-8') as file:
            return dict(line.split(':', 1) for line in file.read().splitlines() if ':' in line)
    except OSError:
        return {}


owner = ask('GetConnectionUnixProcessID', NAME).strip('(,)\n ').split()[-1]
own = status(owner)
tell(own.get('Seccomp', '').strip() == '2' and own.get('NoNewPrivs', '').strip() == '1', 'it is fenced in', own)
children = [status(n) for n in os.listdir('/proc') if n.isdigit()]
free = [c['Name'].strip() for c in children if c.get('PPid', '').strip() == owner and c.get('Seccomp', '').strip() == '0']
tell(free == ['net2o-launcher'], 'one child is not', free)

# Another program hands it an address: the same process opens it.
pid = ask('GetConnectionUnixProcessID', NAME)
result = run('gapplication', 'launch', NAME, 'net2o://nowhere.example/')
tell(result.returncode == 0, 'an address is handed over', result.stdout + result.stderr)
tell(until(lambda: any('nowhere.example' in title for title in titles())), 'it is opened', titles())
tell(pid and ask('GetConnectionUnixProcessID', NAME) == pid, 'by the same process')

run('gapplication', 'action', NAME, 'quit')
tell(until(lambda: not is_owned()), 'it ends when asked')
print(f'1..{count}')
sys.exit(failed > 0)
