#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# journey.py - a user with a keyboard and a screen reader: keys by xdotool, roles and names by AT-SPI.
#
# journey.py BROWSER: the browser over the source in memory.  /usr/bin/python3 has pyatspi.
import os
import shutil
import subprocess
import sys
import time

try:
    import gi

    gi.require_version('Atspi', '2.0')
    import pyatspi
except (ImportError, ValueError):
    print('1..0 # SKIP pyatspi is not installed')
    sys.exit(0)

PATIENCE_S = 20
count = 0


def ok(name):
    global count
    count += 1
    print(f'ok {count} {name}', flush=True)


def die(name):
    print(f'not ok {count + 1} {name}', flush=True)
    show(application())
    sys.exit(1)


def wait(what, condition):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            found = condition()
        except Exception:  # a widget that goes while it is looked at
            found = None
        if found:
            return found
        time.sleep(0.1)
    die(what)


def keys(*names):
    subprocess.run(['xdotool', 'key', '--clearmodifiers', *names], check=True)
    time.sleep(0.3)


def write(text):
    subprocess.run(['xdotool', 'type', '--delay', '12', text], check=True)
    time.sleep(0.2)


def application():
    desktop = pyatspi.Registry.getDesktop(0)
    for i in range(desktop.childCount):
        child = desktop.getChildAtIndex(i)
        if child and child.childCount:
            return child
    return None


def walk(node, depth=0):
    if node is None or depth > 40:
        return
    yield node, depth
    for i in range(node.childCount):
        yield from walk(node.getChildAtIndex(i), depth + 1)


def show(node):
    for n, depth in walk(node):
        state = ' focused' if n.getState().contains(pyatspi.STATE_FOCUSED) else ''
        print('# ' + '  ' * depth + f'{n.getRoleName()} “{n.name}”{state}')


def find(role, name):
    for node, _ in walk(application()):
        if node.getRoleName() == role and node.name == name:
            return node
    return None


def is_seen(node):  # GTK 4.8 says "visible", never "showing"
    return node is not None and node.getState().contains(pyatspi.STATE_VISIBLE)


def is_pressed(name):
    return find('push button', name).getState().contains(pyatspi.STATE_PRESSED)


def title():
    for node, _ in walk(application()):
        if node.getRoleName() in ('frame', 'window'):
            return node.name
    return None


def journey():
    wait('the window is in the tree', lambda: title() == 'Start – net2o')
    ok('the window is in the tree')

    for role, name in [('push button', 'Back'), ('push button', 'Forward'), ('push button', 'Reload'),
                       ('push button', 'Places'), ('push button', 'New tab'), ('push button', 'Main menu'),
                       ('list item', 'Start'), ('list item', 'Files'), ('list item', 'Network')]:
        wait(f'{role} {name}', lambda: is_seen(find(role, name)))
    ok('controls have roles and names')

    write('wiki.demo')  # the field of the start page has the focus
    keys('Return')
    wait('the page opens', lambda: title() == 'Topology – net2o')
    ok('an address typed on the start page opens')

    keys('ctrl+l')
    write('charts.demo')
    keys('Return')
    wait('the folder opens', lambda: title() == 'charts.demo – net2o')
    ok('an address typed after Ctrl+L opens')

    keys('Down', 'Down', 'Return')  # the list has the focus; opens what is chosen
    wait('the row opens', lambda: title() not in ('charts.demo – net2o', None))
    ok('a row opens by keyboard')

    keys('alt+Left')
    wait('back to the folder', lambda: title() == 'charts.demo – net2o')
    keys('alt+Left')
    wait('back to the page', lambda: title() == 'Topology – net2o')
    keys('alt+Right')
    wait('forward to the folder', lambda: title() == 'charts.demo – net2o')
    ok('back and forward by keyboard')

    keys('ctrl+t')
    wait('a new tab', lambda: title() == 'Start – net2o')
    keys('ctrl+Page_Up')
    wait('the tab before', lambda: title() == 'charts.demo – net2o')
    keys('ctrl+w')
    wait('the tab is closed', lambda: title() == 'Start – net2o')
    keys('ctrl+shift+t')
    wait('the tab is back', lambda: title() == 'charts.demo – net2o')
    ok('tabs by keyboard')

    keys('F9')
    wait('the places fold away', lambda: not is_pressed('Places'))
    keys('F9')
    wait('the places come back', lambda: is_pressed('Places'))
    ok('places by keyboard')

    keys('ctrl+l')
    write('slow.demo')
    keys('Return')
    wait('the error page', lambda: is_seen(find('push button', 'Try Now')))
    ok('an error says what to do')

    keys('ctrl+q')
    ok('Ctrl+Q is taken')


def main():
    for program in ('xdotool',):
        if not shutil.which(program):
            print(f'1..0 # SKIP {program} is not installed')
            return 0
    environment = dict(os.environ)
    environment.pop('GTK_A11Y', None)
    browser = subprocess.Popen([sys.argv[1]], env=environment)
    try:
        journey()
        browser.wait(10)
        ok('the browser ends')
        print(f'1..{count}')
        return 0
    finally:
        if browser.poll() is None:
            browser.kill()


sys.exit(main())
