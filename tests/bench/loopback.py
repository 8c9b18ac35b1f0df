# SPDX-License-Identifier: GPL-3.0-or-later
#
# loopback.py - one large file between two nodes on this machine, beside nginx and curl.
#
# All carry the same file over loopback, enciphered.  The runs take turns, so that a machine that
# slows down slows all.  CPU is that of all processes of both sides.  Prints a table and writes
# results.json.
#
#   net2o       verified against its hash and kept in the asker's store: written once, as curl does
#   net2o-file  the same, and written a second time, into a file, by the command line
#   https       nginx to curl -o FILE
#
#   loopback.py [--size MIB] [--runs N] [--output FILE]

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'e2e'))
from nodes import NET2O, World, check, until  # noqa: E402

TICKS = os.sysconf('SC_CLK_TCK')

NGINX = '''
daemon off; master_process on; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 64; }}
http {{
  access_log off; sendfile on; tcp_nopush on;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    root {root};
  }}
}}
'''


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


def children(pid):
  with open(f'/proc/{pid}/task/{pid}/children') as f:
    return [int(c) for c in f.read().split()]


def run_client(command):
  """Runs a client; returns wall seconds and its own CPU seconds."""
  began = time.monotonic()
  process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
  _, status, usage = os.wait4(process.pid, 0)
  seconds = time.monotonic() - began
  words = process.stderr.read().decode(errors='replace')
  process.returncode = os.waitstatus_to_exitcode(status)
  check(process.returncode == 0, command[0], words)
  return seconds, usage.ru_utime + usage.ru_stime


def free_port():
  with socket.socket() as s:
    s.bind(('127.0.0.1', 0))
    return s.getsockname()[1]


def start_nginx(world, root):
  folder = world.path('nginx')
  os.mkdir(folder)
  subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                  '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', folder + '/key.pem',
                  '-out', folder + '/cert.pem'], check=True, capture_output=True)
  port = free_port()
  conf = world.write('nginx/nginx.conf', NGINX.format(folder=folder, port=port, root=root))
  os.chmod(world.folder, 0o755)  # its worker is another user
  os.chmod(root, 0o755)
  process = world.run(['nginx', '-c', conf, '-p', folder], stderr=subprocess.DEVNULL)

  def answers():
    with socket.socket() as s:
      return s.connect_ex(('127.0.0.1', port)) == 0
  until(answers, 'nginx listens')
  return process, port


def run_https(world, server, port, name, number):
  got = world.path(f'got-https-{number}')
  pids = [server.pid] + children(server.pid)
  before = cpu_of(pids)
  seconds, client = run_client(['curl', '-sSfk', '--http1.1', '--tlsv1.3', '--tls13-ciphers',
                                'TLS_AES_128_GCM_SHA256', '-o', got,
                                f'https://127.0.0.1:{port}/{name}'])
  return seconds, client + cpu_of(pids) - before, got


def run_net2o(world, holder, address, number, got):
  asker = world.node('asker')  # a new profile: nothing is stored there yet
  asker.call('peer', 'add', holder.endpoint, holder.identity)
  until(lambda: any(r.get('state') == 'up' for r in asker.rows('peer', 'list')), 'link up')
  pids = [p for n in (holder, asker) for p in [n.process.pid] + list(n.pids().values())]
  before = cpu_of(pids)
  seconds, client = run_client([NET2O, '--profile', asker.profile, 'get', address, '-o',
                                got or '/dev/null'])
  used = client + cpu_of(pids) - before
  asker.stop(10)
  shutil.rmtree(asker.profile)
  return seconds, used, got


def compare(a, b):
  check(subprocess.run(['cmp', '-s', a, b]).returncode == 0, b, 'differs')
  os.unlink(b)


def row(runs, size):
  def median(values):
    return statistics.median(values)
  return {
      'runs': [{'seconds': round(s, 4), 'cpu_seconds': round(c, 3)} for s, c in runs],
      'goodput_gbit_s': round(median([size * 8 / s / 1e9 for s, _ in runs]), 3),
      'goodput_gbit_s_min': round(min(size * 8 / s / 1e9 for s, _ in runs), 3),
      'goodput_gbit_s_max': round(max(size * 8 / s / 1e9 for s, _ in runs), 3),
      'cpu_s_per_gb': round(median([c / (size / 1e9) for _, c in runs]), 3),
  }


def work(world, args):
  size = args.size << 20
  root = world.path('site')
  os.mkdir(root)
  source = os.path.join(root, 'large.bin')
  with open(source, 'wb') as f:
    for _ in range(args.size):
      f.write(os.urandom(1 << 20))
  os.chmod(source, 0o644)
  server, port = start_nginx(world, root)
  holder = world.node('holder')
  holder.call('publish', root, seconds=300)
  address = f'net2o://{holder.identity}/large.bin'
  runs = {'net2o': [], 'https': [], 'net2o-file': []}
  load = os.getloadavg()[0]  # what else the machine was doing
  for number in range(args.runs):
    for kind in list(runs) if number % 2 == 0 else list(runs)[::-1]:
      if kind == 'https':
        seconds, used, got = run_https(world, server, port, 'large.bin', number)
      else:
        got = world.path(f'got-net2o-{number}') if kind == 'net2o-file' else None
        seconds, used, got = run_net2o(world, holder, address, number, got)
      if got:
        compare(source, got)
      runs[kind].append((seconds, used))
      print(f'# {kind} {number + 1}/{args.runs}: {seconds:.2f} s, {used:.2f} CPU-s', flush=True)
  rows = {kind: row(found, size) for kind, found in runs.items()}
  ratios = [h[0] / n[0] for n, h in zip(runs['net2o'], runs['https'])]
  commit = subprocess.run(['git', '-C', os.path.dirname(os.path.abspath(__file__)), 'rev-parse',
                           '--short', 'HEAD'], capture_output=True, text=True).stdout.strip()
  with open('/proc/cpuinfo') as f:
    model = [line.split(':')[1].strip() for line in f if line.startswith('model name')]
  return {
      'what': 'one file over loopback; net2o: AES-256-GCM, verified against its tree hash and '
              'stored (net2o-file: and written into a second file); https: nginx and curl into a '
              'file, TLS 1.3, AES-128-GCM, not verified',
      'size_bytes': size, 'folder': os.path.dirname(world.folder), 'commit': commit,
      'load': load, 'kernel': platform.release(), 'processors': len(model), 'model': model[0] if model else '',
      'rows': rows, 'goodput_ratio_to_https': round(statistics.median(ratios), 3),
      'cpu_ratio_to_https': round(rows['net2o']['cpu_s_per_gb'] / rows['https']['cpu_s_per_gb'], 3),
  }


def main():
  here = os.path.dirname(os.path.abspath(__file__))
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--size', type=int, default=1024, help='MiB')
  parser.add_argument('--runs', type=int, default=5)
  parser.add_argument('--output', default=os.path.join(here, 'results.json'))
  args = parser.parse_args()
  for program in ('nginx', 'curl', 'openssl'):
    if not shutil.which(program, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin'):
      sys.exit(f'{program} is missing: install the packages of section bench')
  os.environ['PATH'] += ':/usr/sbin:/sbin'
  memory = '/dev/shm'  # the disk is not what is measured
  if os.path.isdir(memory) and shutil.disk_usage(memory).free > (args.size << 20) * 6:
    os.environ['TMPDIR'] = memory
  with World() as world:
    results = work(world, args)
  with open(args.output, 'w') as f:
    json.dump(results, f, indent=1)
    f.write('\n')
  print(f"{'':10}{'Gbit/s':>10}{'min':>8}{'max':>8}{'CPU-s/GB':>10}")
  for kind, r in results['rows'].items():
    print(f"{kind:10}{r['goodput_gbit_s']:10.2f}{r['goodput_gbit_s_min']:8.2f}"
          f"{r['goodput_gbit_s_max']:8.2f}{r['cpu_s_per_gb']:10.2f}")
  print(f"goodput {results['goodput_ratio_to_https']:.2f} x, CPU "
        f"{results['cpu_ratio_to_https']:.2f} x that of https (medians of "
        f"{args.runs} interleaved pairs)")


if __name__ == '__main__':
  main()
