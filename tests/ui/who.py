#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# who.py - from the first start to signed-in with two tokens and a tested sheet, over a real node and a card
#          service of the test's own: keys by xdotool, all that is seen through AT-SPI.
#
# who.py BROWSER NET2OD NET2O SHOTS: pictures go to the folder SHOTS.  /usr/bin/python3 has pyatspi.
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

# A window that goes while it is read is worth a warning to AT-SPI, which would end this program: only the
# browser and the node are held to have none.
STRICT = {'G_DEBUG': os.environ.pop('G_DEBUG', '')}
try:
    import gi

    gi.require_version('Atspi', '2.0')
    import pyatspi
except (ImportError, ValueError):
    print('1..0 # SKIP pyatspi is not installed')
    sys.exit(0)

sys.path.insert(0, os.environ.get('CARDS', os.path.join(os.path.dirname(__file__), '..', 'card')))
from pcscd import Readers, missing  # noqa: E402

BROWSER, NET2OD, NET2O, SHOTS = map(os.path.abspath, sys.argv[1:5])
PATIENCE_S = 40
PINS = {'Give the token’s PIN': '123456', 'You are changing who you are': '123456', 'Give the admin PIN': '12345678'}
DEEDS = ['Touch the token', 'Plug the token in']
count = 0


def ok(name):
    global count
    count += 1
    print(f'ok {count} {name}', flush=True)


def die(name):
    print(f'not ok {count + 1} {name}', flush=True)
    shot('who-failed')
    for window in windows():
        show(window)
    sys.exit(1)


# ---- what is on the screen ----

def windows():
    found = []
    desktop = pyatspi.Registry.getDesktop(0)
    for i in range(desktop.childCount):
        program = desktop.getChildAtIndex(i)
        found += [program.getChildAtIndex(k) for k in range(program.childCount)] if program else []
    return [window for window in found if window]


def walk(node, depth=0):
    if node is None or depth > 40:
        return
    yield node, depth
    for i in range(node.childCount):
        yield from walk(node.getChildAtIndex(i), depth + 1)


def is_seen(node):
    """GTK 4.8 says "visible" of what is mapped, never "showing"."""
    return node.getState().contains(pyatspi.STATE_VISIBLE)


def everything():
    """What is seen, what is nothing but a name of it apart."""
    for window in windows():
        hidden = None
        for node, depth in walk(window):
            if hidden is not None and depth > hidden:
                continue
            hidden = None if is_seen(node) else depth
            if hidden is None:
                yield node


def show(window):
    for n, depth in walk(window):
        state = ' focused' if n.getState().contains(pyatspi.STATE_FOCUSED) else ''
        state += '' if is_seen(n) else ' hidden'
        print('# ' + '  ' * depth + f'{n.getRoleName()} “{n.name}”{state}')


def names():
    return [node.name for node in everything() if node.name]


def focus():
    for node in everything():
        if node.getState().contains(pyatspi.STATE_FOCUSED):
            return node.name
    return None


def attempt(condition):
    try:
        return condition()
    except Exception:  # a widget that goes while it is looked at
        return None


def wait(what, condition, seconds=PATIENCE_S):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = attempt(condition)
        if found:
            return found
        time.sleep(0.1)
    return die(what)


def until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not attempt(condition):
        time.sleep(0.1)


def wait_text(text):
    return wait(text, lambda: any(text in name for name in names()))


def shot(name):
    time.sleep(0.4)
    subprocess.run(['import', '-window', 'root', os.path.join(SHOTS, name + '.png')], check=False)


# ---- what somebody does ----

def keys(*pressed):
    subprocess.run(['xdotool', 'key', '--clearmodifiers', *pressed], check=True)
    time.sleep(0.25)


def write(text):
    subprocess.run(['xdotool', 'type', '--delay', '12', text], check=True)
    time.sleep(0.2)


def reach(name):
    """Tab, until it has the focus."""
    for _ in range(40):
        if attempt(focus) == name:
            return
        keys('Tab')
    die(f'{name} is reached by Tab')


def answer_until(end, card, first=None, pictures=False):
    """Answers what is asked, as the one in front of the machine, until the page with @end comes."""
    stop = time.monotonic() + PATIENCE_S
    asked = []
    while time.monotonic() < stop:
        seen = attempt(names) or []
        if any(end in name for name in seen):
            return asked
        for title in [title for title in [*PINS, *DEEDS, 'That did not work'] if title in seen]:
            asked.append(title)
            patience_s = PATIENCE_S
            if pictures and asked.count(title) == 1:
                shot('who-real-' + title.lower().replace('’', '').replace(' ', '-'))
            if title == 'That did not work':
                die(f'{end}: {seen}')
            if title == 'Touch the token':
                for one in filter(None, [card, first]):
                    one.tap()
                patience_s = 2  # one touch for each signature: the next one may be asked for at once
            elif title == 'Plug the token in':
                first.insert()
            else:
                write(PINS[title])
                keys('Return')
            until(lambda: title not in names(), patience_s)
        time.sleep(0.2)
    return die(end)


def cli(*arguments):
    done = subprocess.run([NET2O, '--profile', PROFILE, '--json', *arguments], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


def nora():
    return next((row for row in cli('id', 'list') if row.get('name') == 'Nora'), {})


def journey(cards):
    wait_text('What shall people call you?')
    shot('who-real-name')
    ok('the assistant comes up at the first start')
    begun = time.monotonic()
    write('Nora')
    keys('Return')
    wait_text('Who will you be?')
    wait_text('is plugged in and ready')
    shot('who-real-choose')
    ok('the token is seen')
    reach('Use a security token')
    keys('Return')
    asked = answer_until('Now a second token', cards[0], pictures=True)
    print(f'# asked for: {asked}')
    ok('an identity on a token, by PIN')
    shot('who-real-second')

    cards[0].pull()
    cards[1].insert()
    wait('the second one is seen', lambda: (focus() or '').startswith('Use '))
    keys('Return')
    asked = answer_until('Your recovery sheet', cards[1], first=cards[0])
    print(f'# asked for: {asked}')
    ok('a second token with keys of its own, admitted by the first')
    cards[0].pull()

    reach('Write Them by Hand')
    keys('Return')
    wait('13 words', lambda: [name for name in names() if name.startswith('13  ')])
    shot('who-real-sheet')
    words = sorted((name.split('  ') for name in names() if '  ' in name and name.split('  ')[0].isdigit()),
                   key=lambda pair: int(pair[0]))
    keys('Return')  # the focus is on the test
    wait_text('Is it all on paper?')
    if any(words[0][1] == name for name in names()):
        die('the words are off the screen')
    write(' '.join(word for _, word in words))
    keys('Return')
    wait_text('Backup finished')
    shot('who-real-done')
    ok('the sheet was tested')

    keys('Return')
    end = time.monotonic() + PATIENCE_S
    while not nora().get('signed-in'):
        seen = attempt(names) or []
        for title in [title for title in PINS if title in seen]:
            write(PINS[title])
            keys('Return')
        if 'Touch the token' in seen:
            cards[1].tap()
        if 'That did not work' in seen or time.monotonic() > end:
            die(f'signed in: {seen}')
        time.sleep(0.2)
    wait('the assistant goes', lambda: 'Backup finished' not in names())
    seconds = time.monotonic() - begun
    print(f'# from the first key to signed in: {seconds:.0f} s')
    if seconds > 120:
        die('within two minutes')
    ok('signed in, within two minutes')

    asks = [row.get('touch') for row in cli('token', 'list') if row.get('id')]
    if asks != [['sign', 'login']]:
        die(f'the tokens ask for a touch, as was chosen: {asks}')
    ok('the tokens ask for a touch')

    keys('ctrl+comma')
    wait_text('Signed in until')
    wait_text('On paper, and tested')
    shot('who-real-preferences')
    ok('preferences say so')
    keys('Escape')
    wait('they go', lambda: 'On paper, and tested' not in names())

    keys('F10')
    wait('the menu', lambda: 'Sign Out' in names())
    if 'Sign In' in names():
        die('the menu shows one of the two')
    shot('who-real-menu')
    reach_in_menu('Sign Out')
    keys('Return')
    wait('signed out', lambda: nora() and not nora().get('signed-in'))
    ok('signed out, from the menu')
    own = subprocess.run([NET2O, '--profile', PROFILE, 'id', 'export', '--own', 'Nora'], stdout=subprocess.PIPE,
                         timeout=PATIENCE_S, check=True).stdout
    keys('ctrl+q')
    return nora()['address'], own


def reach_in_menu(name):
    for _ in range(30):
        if attempt(focus) == name:
            return
        keys('Down')
    die(f'{name} is reached in the menu')


def sealed():
    """The same without a token: a passphrase; the sheet is left for later."""
    wait_text('What shall people call you?')
    write('Nora')
    keys('Return')
    wait_text('Who will you be?')
    reach('Keep it on this computer')
    keys('Return')
    wait_text('Seal it with a passphrase')
    write('correct horse battery staple ocean')
    keys('Tab')
    write('correct horse battery staple ocean')
    keys('Return')
    wait_text('Your recovery sheet')
    row = nora()
    if not row.get('passphrase') or row.get('needs-token'):
        die(f'sealed: {row}')
    reach('Later')
    keys('Return')
    wait_text('It has no backup yet')
    shot('who-real-later')
    ok('an identity under a passphrase')
    keys('Return')
    wait('signed in', lambda: nora().get('signed-in'))
    wait('the assistant goes', lambda: not any('It has no backup yet' in name for name in names()))
    ok('signed in without a token')
    keys('ctrl+q')


def joined(card, address, own):
    """A second machine, by the token alone: the first one is off."""
    wait_text('What shall people call you?')
    write('Nora')
    keys('Return')
    wait_text('Who will you be?')
    reach('I already have one')
    keys('Return')
    wait_text('Bring your identity here')
    reach('By security token')
    keys('Return')
    wait_text('Join by your token')
    wait_text('lets this computer join')
    write(address)
    keys('Return')
    wait_text('are not known here')
    shot('who-real-join-unknown')
    ok('what is missing is said')
    done = subprocess.run([NET2O, '--profile', PROFILE, 'id', 'import', '-'], input=own, stdout=subprocess.DEVNULL,
                          timeout=PATIENCE_S, check=False)
    if done.returncode:
        die('what the first machine exported')
    reach('Join')
    keys('Return')
    asked = answer_until('You are Nora', card, pictures=True)
    print(f'# asked for: {asked}')
    shot('who-real-joined')
    row = nora()
    places = {key.get('place') for key in cli('id', 'show', 'Nora')[0]['keys']}
    if row.get('address') != address or 'here' not in places or 'token' not in places:
        die(f'joined: {row} {places}')
    ok('a second machine, by the token')
    keys('Return')
    wait('the assistant goes', lambda: 'You are Nora' not in names())
    keys('ctrl+q')


def play(folder, name, environment, card_environment, story):
    """A node and a browser of a new profile, and what somebody does with them."""
    global PROFILE
    PROFILE = os.path.join(folder, name)
    with open(os.path.join(folder, name + '.log'), 'w', encoding='utf-8') as log:
        node = subprocess.Popen([NET2OD, '--profile', PROFILE, '--listen', 'udp:127.0.0.1:0'], stdout=subprocess.PIPE,
                                stderr=log, text=True, env={**os.environ, **STRICT, **card_environment})
    browser = None
    try:
        node.stdout.readline()
        browser = subprocess.Popen([BROWSER, '--profile', PROFILE], env=environment)
        told = story()
        browser.wait(10)
        ok('the browser ends')
        browser = subprocess.Popen([BROWSER, '--profile', PROFILE], env=environment)
        wait('the browser again', lambda: any(name == 'Start – net2o' for name in names()))
        wait_text('Your node runs')
        if any('What shall people call you?' in name for name in names()):
            die('the assistant comes once')
        ok('the assistant comes once')
        return told
    finally:
        for process in (browser, node):
            if process and process.poll() is None:
                process.terminate()
                process.wait(10)


def main():
    lacking = missing() or (None if shutil.which('xdotool') else 'no xdotool')
    if lacking:
        print(f'1..0 # SKIP {lacking}')
        return 0
    os.makedirs(SHOTS, exist_ok=True)
    folder = tempfile.mkdtemp(prefix='n2-who-')
    environment = {**os.environ, **STRICT}
    environment.pop('GTK_A11Y', None)
    try:
        with Readers(folder) as readers:
            cards = [readers.card(0, touch='tap', serial='00001a2b'),
                     readers.card(1, out=True, touch='tap', serial='00003c4d')]
            address, own = play(folder, 'token', environment, readers.env, lambda: journey(cards))
            play(folder, 'second', environment, readers.env, lambda: joined(cards[1], address, own))
            play(folder, 'file', environment, readers.env, sealed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f'1..{count}')
    return 0


sys.exit(main())
