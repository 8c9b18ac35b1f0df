#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# card-gpg.py - GnuPG likes the virtual card: an opinion on it that is not ours.
#
# Each test has its own pcscd, card, GNUPGHOME and agent, whose pinentry is a script that knows the PINs.
import os
import shutil
import subprocess
import sys

from nodes import Skip, check, equal, run, until

sys.path.insert(0, os.environ.get('CARDS', os.path.join(os.path.dirname(__file__), '..', 'card')))
from pcscd import Readers, missing  # noqa: E402

PINENTRY = '''#!/usr/bin/env python3
import sys
words, pins = '', dict(line.rstrip('\\n').split(' ', 1) for line in open({pins!r}))
print('OK ready', flush=True)
for line in sys.stdin:
  command, _, rest = line.rstrip('\\n').partition(' ')
  if command in ('SETDESC', 'SETPROMPT'):
    words += ' ' + rest
  if command == 'GETPIN':
    with open({log!r}, 'a') as f:
      f.write(words + '\\n')
    print('D ' + pins['admin' if 'Admin PIN' in words else 'user'])
    words = ''
  print('OK', flush=True)
  if command == 'BYE':
    break
'''


class Gpg:
  """A GNUPGHOME with agent and scdaemon at a private pcscd; ended with the test."""

  def __init__(self, world, readers):
    if not shutil.which('gpg') or not shutil.which('gpgconf'):
      raise Skip('gpg is not installed')
    libexec = subprocess.run(['gpgconf', '--list-dirs', 'libexecdir'], capture_output=True, text=True).stdout.strip()
    if not os.path.exists(os.path.join(libexec, 'scdaemon')):
      raise Skip('scdaemon is not installed')
    self.world, self.home = world, world.path('gnupg')
    os.mkdir(self.home, 0o700)
    self.env = {**os.environ, **readers.env, 'GNUPGHOME': self.home, 'LC_ALL': 'C.UTF-8'}
    self.pins(user='123456', admin='12345678')
    pinentry = world.write('pinentry', PINENTRY.format(pins=world.path('pins'), log=world.path('asked')))
    os.chmod(pinentry, 0o755)
    world.write('asked', '')
    world.write('gnupg/gpg-agent.conf', f'pinentry-program {pinentry}\n')
    world.write('gnupg/scdaemon.conf', 'disable-ccid\npcsc-shared\nreader-port Virtual PCD 00 00\n')

  def pins(self, **pins):
    self.world.write('pins', ''.join(f'{name} {pin}\n' for name, pin in pins.items()))

  def asked(self):
    with open(self.world.path('asked')) as f:
      return f.read()

  def run(self, *arguments, code=0, **options):
    done = subprocess.run(['gpg', '--batch', '--yes', '--trust-model', 'always', *arguments], env=self.env,
                          capture_output=True, timeout=60, **options)
    equal(done.returncode, code, arguments, done)
    return done

  def talk(self, *arguments, answers):
    """Runs gpg as at a terminal; each question takes the next of its answers."""
    left = {question: list(replies) for question, replies in answers.items()}
    process = subprocess.Popen(['gpg', '--no-tty', '--command-fd', '0', '--status-fd', '1',
                                *arguments], env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    said = []
    for line in process.stdout:
      said.append(line)
      words = line.split()
      if len(words) > 2 and words[0] == '[GNUPG:]' and words[1] in ('GET_LINE', 'GET_BOOL', 'GET_HIDDEN'):
        replies = left.get(words[2])
        if not replies:
          process.kill()
        else:
          process.stdin.write(replies.pop(0) + '\n')
          process.stdin.flush()
    process.stdin.close()
    process.wait()
    process.stdout.close()
    said = ''.join(said)
    check(process.returncode == 0 and not any(left.values()), said, left)
    return said

  def __enter__(self):
    return self

  def __exit__(self, kind, value, trace):
    subprocess.run(['gpgconf', '--kill', 'all'], env=self.env, capture_output=True)
    until(lambda: not os.path.exists(os.path.join(self.home, 'S.gpg-agent')), 'the agent ends')


def readers_of(world):
  if missing():
    raise Skip(missing())
  return Readers(world.folder)


GENERATE = {'cardedit.prompt': ['admin', 'generate', 'quit'], 'cardedit.genkeys.backup_enc': ['n'], 'keygen.valid': ['0'],
            'keygen.name': ['Robin Card'], 'keygen.email': ['robin@example.org'], 'keygen.comment': ['']}


def sign_and_decrypt(world, gpg, card, who='robin@example.org'):
  text = world.write('text', 'signed on the card\n')
  gpg.run('--armor', '-u', who, '--output', text + '.sig', '--detach-sign', text)
  check(b'Good signature' in gpg.run('--verify', text + '.sig', text).stderr)
  gpg.run('--recipient', who, '--output', text + '.gpg', '--encrypt', text)
  equal(gpg.run('--decrypt', text + '.gpg').stdout, b'signed on the card\n')


def status_with_quirks(world):
  """gpg reads each of the variants that the specification allows."""
  sets = [[], ['bare', 'flat', 'pieces'], ['later', 'no-extended', 'status-6982'],
          ['no-chaining', 'no-fa', 'no-de', 'no-kdf', 'uif-alone'], ['rsa-first', 'no-uif', 'selected'],
          ['no-25519', 'parts-alone', 'select-fci', 'no-reset']]
  with readers_of(world) as readers, Gpg(world, readers) as gpg:
    for quirks in sets:  # with empty-6a88 it stops at the URL, of rfc8410 it knows nothing
      card = readers.card(0, *quirks, serial='1a2b')
      said = gpg.run('--card-status').stdout.decode()
      check('D276000124010304FFFE00001A2B0000' in said and 'PIN retry counter : 3 0 3' in said, quirks, said)
      card.close()


def generate_sign_decrypt(world):
  with readers_of(world) as readers:
    card = readers.card(0)
    with Gpg(world, readers) as gpg:
      gpg.talk('--card-edit', answers=GENERATE)
      said = gpg.run('--card-status').stdout.decode()
      check('Key attributes ...: ed25519 cv25519 ed25519' in said and 'General key info..: pub' in said, said)
      sign_and_decrypt(world, gpg, card)
      check('Admin PIN' in gpg.asked(), gpg.asked())


def short_commands(world):
  """The same without extended lengths, in pieces: chains and GET RESPONSE."""
  with readers_of(world) as readers:
    card = readers.card(0, 'no-extended', 'pieces', 'pin-63c')
    with Gpg(world, readers) as gpg:
      gpg.talk('--card-edit', answers=GENERATE)
      sign_and_decrypt(world, gpg, card)


def import_of_keys(world):
  """Keys that gpg made and moves to the card do there what they did before: the order of bytes is right."""
  with readers_of(world) as readers:
    card = readers.card(0, state=world.path('card'))
    with Gpg(world, readers) as gpg:
      gpg.run('--passphrase', '', '--pinentry-mode', 'loopback', '--quick-generate-key', 'Kim <kim@example.org>', 'ed25519',
              'sign', 'never')
      row = [line for line in gpg.run('--with-colons', '--list-keys').stdout.decode().split('\n') if line.startswith('fpr')][0]
      gpg.run('--passphrase', '', '--pinentry-mode', 'loopback', '--quick-add-key', row.split(':')[9], 'cv25519', 'encr', 'never')
      gpg.talk('--edit-key', 'kim@example.org',
               answers={'keyedit.prompt': ['keytocard', 'key 1', 'keytocard', 'save'], 'keyedit.keytocard.use_primary': ['y'],
                        'cardedit.genkeys.storekeytype': ['1', '2']})
      card.close()
      card = readers.card(0, state=world.path('card'))
      sign_and_decrypt(world, gpg, card, 'kim@example.org')


def pins_and_kdf(world):
  with readers_of(world) as readers:
    card = readers.card(0)
    with Gpg(world, readers) as gpg:
      gpg.talk('--card-edit', answers={'cardedit.prompt': ['admin', 'kdf-setup', 'quit']})
      check('KDF setting ......: on' in gpg.run('--card-status').stdout.decode())
      gpg.talk('--card-edit', answers=GENERATE)
      sign_and_decrypt(world, gpg, card)
      gpg.pins(user='654321', admin='12345678')
      card.pull()
      card.insert()
      gpg.run('--detach-sign', '--output', world.path('none'), world.path('text'), code=2)
      check('PIN retry counter : 2 0 3' in gpg.run('--card-status').stdout.decode())
      gpg.talk('--card-edit', answers={'cardedit.prompt': ['admin', 'factory-reset', 'quit'], 'cardedit.factory-reset.proceed': ['y'],
                                       'cardedit.factory-reset.really': ['yes']})
      said = gpg.run('--card-status').stdout.decode()
      check('PIN retry counter : 3 0 3' in said and 'Signature key ....: [none]' in said and 'KDF setting ......: off' in said, said)


def touch(world):
  with readers_of(world) as readers:
    card = readers.card(0, touch='tap', touch_wait=300)
    with Gpg(world, readers) as gpg:
      gpg.talk('--card-edit', answers=GENERATE)
      for apdu in ['00200083083132333435363738', '00da00d6020120']:
        said = subprocess.run(['gpg-connect-agent', '--hex', f'scd apdu {apdu}', '/bye'], env=gpg.env, capture_output=True,
                              text=True).stdout
        check('90 00' in said, said)
      text = world.write('text', 'x')
      gpg.run('--detach-sign', '--output', world.path('none'), text, code=2)
      card.wait('not touched')
      card.tell('touch-wait 20000')
      process = subprocess.Popen(['gpg', '--batch', '--yes', '--output', text + '.sig', '--detach-sign', text], env=gpg.env,
                                 stderr=subprocess.PIPE)
      card.wait('touch sig')
      card.tap()
      said = process.communicate(timeout=30)[1]
      equal(process.returncode, 0, said)
      check(b'Good signature' in gpg.run('--verify', text + '.sig', text).stderr)


if __name__ == '__main__':
  run(status_with_quirks, generate_sign_decrypt, short_commands, import_of_keys, pins_and_kdf, touch)
