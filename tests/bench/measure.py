# SPDX-License-Identifier: GPL-3.0-or-later
#
# measure.py - what all benchmarks share: the build they measure, processor time, nginx and curl,
#              and the table's rows.

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get('N2_BUILD') or os.path.join(TOP, 'build')
os.environ.setdefault('NET2OD', os.path.join(BUILD, 'daemon', 'host', 'net2od'))
os.environ.setdefault('NET2O', os.path.join(BUILD, 'daemon', 'cli', 'net2o'))
os.environ['PATH'] += ':/usr/sbin:/sbin'
sys.path.insert(0, os.path.join(HERE, '..', 'e2e'))
from nodes import Skip, check, until  # noqa: E402

TICKS = os.sysconf('SC_CLK_TCK')
SUITE = 'TLS_AES_128_GCM_SHA256'

NGINX = '''
daemon off; master_process on; worker_processes {workers}; pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 1024; }}
http {{
  {http}
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen {address}:{port} ssl{options};
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites {suite};
    {more}
    root {root};
  }}
}}
'''


class Result:
  """One line of the table: a figure, what it is beside, and the bar."""

  def __init__(self, row, what, ours, peer, value, bar=None, most=None, unit=' x'):
    self.row, self.what, self.ours, self.peer = row, what, ours, peer
    self.value, self.unit = value, unit
    self.bar, self.most = bar, most  # at least, at most

  @property
  def bar_words(self):
    if self.bar is not None:
      return f'≥ {self.bar:g}{self.unit}'
    return f'≤ {self.most:g}{self.unit}' if self.most is not None else '-'

  @property
  def verdict(self):
    if self.value is None:
      return 'not measured'
    if self.bar is None and self.most is None:
      return '-'
    meets = self.value >= self.bar if self.bar is not None else self.value <= self.most
    return 'meets' if meets else '**falls short**'

  @property
  def value_words(self):
    return '-' if self.value is None else f'{self.value:.3g}{self.unit}'


def median(values):
  return statistics.median(values)


def print_results(results):
  for r in results:
    print(f'{r.row:10} {r.what}: {r.ours}; {r.peer}: {r.value_words}, bar {r.bar_words}: '
          f'{r.verdict.replace("*", "")}', flush=True)


def cpu_of(pids):
  """CPU seconds so far of these processes, all their threads and their ended children."""
  ticks = 0
  for pid in pids:
    try:
      with open(f'/proc/{pid}/stat') as f:
        fields = f.read().rpartition(')')[2].split()
      ticks += sum(int(v) for v in fields[11:15])
    except OSError:
      pass
  return ticks / TICKS


def family(pid):
  """A process and its children."""
  with open(f'/proc/{pid}/task/{pid}/children') as f:
    return [pid] + [int(c) for c in f.read().split()]


def run_client(command):
  """Runs a client; returns wall seconds and its own CPU seconds."""
  began = time.monotonic()
  process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
  _, status, usage = os.wait4(process.pid, 0)
  seconds = time.monotonic() - began
  words = process.stderr.read().decode(errors='replace')
  process.stderr.close()
  process.returncode = os.waitstatus_to_exitcode(status)
  check(process.returncode == 0, ' '.join(command), words)
  return seconds, usage.ru_utime + usage.ru_stime


def free_port():
  with socket.socket() as s:
    s.bind(('127.0.0.1', 0))
    return s.getsockname()[1]


def inside(space, command):
  return ['ip', 'netns', 'exec', space] + command if space else command


def need(*programs):
  for program in programs:
    if not shutil.which(program):
      raise Skip(f'{program} is missing: install the packages of section bench')


def certificate(folder):
  subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                  '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', folder + '/key.pem',
                  '-out', folder + '/cert.pem'], check=True, capture_output=True)


def start_nginx(world, root, space=None, address='127.0.0.1', workers=1, options='', more='',
                http=''):
  """nginx with TLS 1.3 and AES-128-GCM; returns its process and port."""
  need('nginx', 'openssl')
  folder = world.path('nginx')
  os.mkdir(folder)
  certificate(folder)
  port = 4433 if space else free_port()
  conf = world.write('nginx/nginx.conf', NGINX.format(
      folder=folder, address=address, port=port, root=root, workers=workers, options=options,
      more=more, http=http, suite=SUITE))
  for open_to_all in (world.folder, os.path.dirname(root), root):
    os.chmod(open_to_all, 0o755)  # its worker is another user
  process = world.run(inside(space, ['nginx', '-c', conf, '-p', folder]), stderr=subprocess.DEVNULL)
  probe = inside(space, ['curl', '-sk', '-o', '/dev/null', f'https://{address}:{port}/'])
  until(lambda: subprocess.run(probe).returncode == 0, 'nginx answers')
  return process, port


def curl(url, got):
  return ['curl', '-sSfk', '--http1.1', '--tlsv1.3', '--tls13-ciphers', SUITE, '-o', got, url]


def random_file(path, mib):
  with open(path, 'wb') as f:
    for _ in range(mib):
      f.write(os.urandom(1 << 20))
  os.chmod(path, 0o644)
  return path


def touch(world, mib):
  """Memory that the host of a virtual machine took back costs a fault of its own when it is
  touched first, more than all that is measured here; so that is done before, for both sides."""
  piece = bytes(1 << 20)
  path = world.path('touched')
  with open(path, 'wb', buffering=0) as f:
    for _ in range(mib):
      f.write(piece)
  os.unlink(path)


def same(a, b):
  """Both files are the same; the second one is not needed any more."""
  check(subprocess.run(['cmp', '-s', a, b]).returncode == 0, b, 'differs')
  os.unlink(b)


def prepare(free_mib=0):
  """Temporary files in memory, as the disk is not measured; a signal ends all, with cleaning."""
  memory = '/dev/shm'
  if os.path.isdir(memory) and shutil.disk_usage(memory).free > free_mib << 20:
    os.environ['TMPDIR'] = memory
  for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda *_: sys.exit(1))
  if not os.access(os.environ['NET2OD'], os.X_OK):
    sys.exit(f"{os.environ['NET2OD']} is missing: build first, or say where in $N2_BUILD")
  print(f"# {os.environ['NET2OD']}", flush=True)


def make(programs):
  """What is measured is what the sources say: these of `tests/`, and the node, built anew."""
  if not os.path.exists(os.path.join(BUILD, 'build.ninja')):
    print(f'# {BUILD} is no folder of a build: measured as it is', flush=True)
    return
  targets = ['daemon/host/net2od', 'daemon/cli/net2o'] + [f'tests/{name}' for name in programs]
  done = subprocess.run(['ninja', '-C', BUILD, *dict.fromkeys(targets)], capture_output=True, text=True)
  if done.returncode:
    sys.exit(done.stdout[-4000:] + done.stderr)


def alternate(kinds, number):
  """The order of turns: forth and back, so that drift hits all alike."""
  return list(kinds) if number % 2 == 0 else list(kinds)[::-1]
