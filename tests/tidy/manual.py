#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# manual.py - holds the manual pages against the sources, both ways: options, commands, keys of the
#             configuration with their ranges, exit codes; and has groff look at them.  Prints TAP;
#             argument: the tree's root.
import glob
import os
import re
import shutil
import subprocess
import sys

PAGES = 'daemon/man'
OPTION = re.compile(r'(?<![\w-])--[a-z][a-z-]*')
GLIB_OPTION = re.compile(r'\{"([a-z][a-z-]*)",\s*(?:0|\'(.)\'),\s*0,\s*G_OPTION_ARG')


class Page:
  """A page: `text` without markup, `sections` by title, `tags` of a section's paragraphs."""

  def __init__(self, name):
    with open(os.path.join(PAGES, name), encoding='utf-8') as f:
      self.lines = [line.rstrip('\n') for line in f if not line.startswith('.\\"')]
    self.sections, self.tags = {}, {}
    title, is_tag = '', False
    for line in self.lines:
      plain = self.plain(line)
      if line.startswith('.SH '):
        title = plain
        self.sections[title], self.tags[title] = [], []
        continue
      if line == '.TP':
        is_tag = True
        continue
      if title:
        self.sections[title].append(plain)
        if is_tag:
          self.tags[title].append(plain)
      is_tag = False
    self.text = '\n'.join(self.plain(line) for line in self.lines)

  @staticmethod
  def plain(line):
    is_mixed = re.match(r'^\.(BI|BR|RB|RI|IR|IB) ', line)
    line = re.sub(r'^\.(SH|SS|BI|BR|RB|RI|IR|IB|B|I|TH)(?= |$) ?', '', line)
    line = re.sub(r'\\f[BIRP]', '', line).replace('\\-', '-')
    # '.BI --profile " DIR"': the parts of such a line are joined
    if is_mixed:
      line = ''.join(quoted if quoted else word
                     for quoted, word in re.findall(r'"([^"]*)"|([^\s"]+)', line))
    return line

  def section(self, title):
    return '\n'.join(self.sections.get(title, []))


def read(path):
  with open(path, encoding='utf-8') as f:
    return f.read()


def glib_options(*paths):
  found = set()
  for path in paths:
    for name, letter in GLIB_OPTION.findall(read(path)):
      found.add('--' + name)
      if letter:
        found.add('-' + letter)
  return found


def differ(what, code, page):
  yield from (f'{what} {x}: in the code, not in the page' for x in sorted(code - page))
  yield from (f'{what} {x}: in the page, not in the code' for x in sorted(page - code))


def options_in(text):
  return set(OPTION.findall(text)) | set(re.findall(r'(?<![\w-])-[a-zA-Z](?![\w-])', text))


def check_net2od():
  page = Page('net2od.1')
  source = read('daemon/host/config.c')
  code = {'--' + name for name in re.findall(r'\{"([a-z-]+)", (?:required|no)_argument', source)}
  yield from differ('option', code, options_in('\n'.join(page.tags['OPTIONS'])))
  help_text = source[source.index('n2_options_help(void)'):source.index('n2_options_parse(')]
  yield from differ('option of --help', set(OPTION.findall(help_text)), code)


def check_net2o():
  page = Page('net2o.1')
  sources = sorted(glob.glob('daemon/cli/*.[ch]'))
  text = page.section('OPTIONS') + '\n' + page.section('COMMANDS')
  yield from differ('option', glib_options(*sources), options_in(text))
  helps = read('daemon/cli/help.c')
  commands = set(re.findall(r'^\s*\{"([a-z]+)", n2_cli_', helps, re.M))
  main = read('daemon/cli/main.c')
  begin = main.index('COMMAND ...')
  summary = main[begin:main.index('--profile DIR', begin)]
  yield from (f'command {c}: not in net2o --help' for c in sorted(commands)
              if not re.search(rf'\b{c}\b', summary))
  tags = page.tags['COMMANDS']
  shown = {tag.split()[0] for tag in tags}
  yield from differ('command', commands, shown)
  # verbs: `net2o peer add ...` in the help is `peer add` in the page
  code = {(c, v) for c, v in re.findall(r'net2o ([a-z]+) ([a-z]+)\b(?!:)', helps) if c in commands}
  known = {(c, v) for tag in tags for c, v in re.findall(r'\b([a-z]+) ([a-z]+)\b', tag)
           if c in commands}
  yield from differ('verb', {' '.join(x) for x in code}, {' '.join(x) for x in known})


def check_browser():
  page = Page('net2o-browser.1')
  code = glib_options('app/main.c') | {'--help', '-h'}  # GOptionContext's own
  yield from differ('option', code, options_in(page.section('OPTIONS')))


def check_render():
  code = set(re.findall(r'"(--[a-z]+)"', read('render/worker/main.c')))
  page = Page('net2o-render.1')
  yield from differ('option', code, options_in(page.section('OPTIONS')))
  frame = read('render/worker/frame.h')
  limits = [re.search(rf'{name} = (\d+)', frame).group(1) for name in ('N2_RENDER_CPU_S', 'N2_RENDER_MEMORY_BYTES')]
  yield from (f'limit {n}: not said' for n in limits if not re.search(rf'\b{n}\b', page.section('OPTIONS')))


def number(text):
  """Of '64', '1 << 30', or a name in limits.h."""
  if text.startswith('N2_'):
    text = re.search(rf'\b{text} = ([\d <]+)', read('daemon/base/limits.h')).group(1)
  value, _, shift = text.partition('<<')
  return int(value) << int(shift or 0)


def check_config():
  page = Page('net2o.conf.5')
  source = read('daemon/host/config.c')
  rows = re.findall(r'\{"(\w+)",\s*"([\w-]+)",\s*VALUE_(\w+),.*?,\s*([\w <]+),\s*([\w <]+),'
                    r'\s*"([^"]*)"\}', source)
  if len(rows) != len(re.findall(r'\bVALUE_\w+,\s*offsetof', source)) or not rows:
    yield 'the table of settings is not understood'
  code = {f'{section}.{key}' for section, key, *_ in rows}
  shown = {f'{title[1:-1]}.{tag}' for title, tags in page.tags.items()
           if title.startswith('[') for tag in tags}
  yield from differ('key', code, shown)
  example = ''
  for line in page.sections['EXAMPLE']:
    header = re.match(r'\[(\w+)\]', line)
    key = re.match(r'([\w-]+)=', line)
    example = header.group(1) if header else example
    if key and f'{example}.{key.group(1)}' not in code:
      yield f'example {example}.{key.group(1)}: not in the code'
  for section, key, kind, least, most, built_in in rows:
    text = page.section(f'[{section}]')
    bounds = [str(number(n)) for n in (least, most)]
    words = [built_in] + (bounds if kind == 'NUMBER' else [])
    yield from (f'{section}.{key}: {word} is not said' for word in words if word not in text)
  levels = re.search(r'levels\[\] = \{([^}]*)\}', source).group(1)
  yield from (f'level {x}: not said' for x in re.findall(r'"(\w+)"', levels)
              if x not in page.section('[node]'))
  help_text = source[source.index('n2_options_help(void)'):source.index('n2_options_parse(')]
  yield from (f'{x}: not in net2od --help' for x in sorted(code) if x not in help_text)


def check_exit_codes():
  codes = {int(c) for c in re.findall(r'X\(N2_\w+, -?\d+, (\d+),', read('daemon/base/err.h'))}
  shown = {int(tag) for tag in Page('net2o.1').tags['EXIT STATUS']}
  yield from differ('exit code', codes, shown)
  daemon = {int(tag) for tag in Page('net2od.1').tags['EXIT STATUS']}
  yield from (f'net2od.1: exit code {code}: not in the code' for code in sorted(daemon - codes))


def check_programs():
  installed = set()
  for path in glob.glob('**/meson.build', recursive=True):
    if path.startswith('build'):
      continue
    for name, rest in re.findall(r"executable\('([\w-]+)',(.*?)\n(?:\n|\S|$)", read(path) + '\n', re.S):
      if 'install: true' in rest:
        installed.add(name)
  pages = {name.rsplit('.', 1)[0] for name in os.listdir(PAGES) if re.search(r'\.[1-8]$', name)}
  yield from differ('program', installed, pages - {'net2o.conf'})
  meson = read(os.path.join(PAGES, 'meson.build'))
  for name in os.listdir(PAGES):
    if re.search(r'\.[1-8]$', name) and f"'{name}'" not in meson:
      yield f'{name} is not installed'


def check_groff():
  for name in sorted(os.listdir(PAGES)):
    if not re.search(r'\.[1-8]$', name):
      continue
    done = subprocess.run(['groff', '-ww', '-man', '-Tutf8', '-z', os.path.join(PAGES, name)],
                          capture_output=True, text=True, timeout=30, check=False)
    yield from (line for line in done.stderr.splitlines())
    if done.returncode:
      yield f'{name}: groff ends with {done.returncode}'


CHECKS = [
    ('net2od', check_net2od),
    ('net2o', check_net2o),
    ('net2o-browser', check_browser),
    ('net2o-render', check_render),
    ('net2o.conf', check_config),
    ('exit codes', check_exit_codes),
    ('a page for each program', check_programs),
    ('markup', check_groff),
]


def main():
  os.chdir(sys.argv[1])
  print(f'1..{len(CHECKS)}')
  for number, (name, check) in enumerate(CHECKS, 1):
    if check is check_groff and not shutil.which('groff'):
      print(f'ok {number} - {name} # SKIP groff is not installed')
      continue
    found = list(check())
    for what in found:
      print(f'# {name}: {what}')
    print(f'{"not " if found else ""}ok {number} - {name}')


if __name__ == '__main__':
  main()
