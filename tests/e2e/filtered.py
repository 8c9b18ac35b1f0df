# SPDX-License-Identifier: GPL-3.0-or-later
#
# filtered.py - runs a program under the filters that a service manager sets up for a unit.
#
#   filtered.py FAMILY,... CALL,... -- PROGRAM [ARGUMENT...]
#
# As systemd does for RestrictAddressFamilies, SystemCallFilter and MemoryDenyWriteExecute:
# sockets of these families only, these system calls only (others fail with EPERM), no new rights,
# and, where the kernel knows how, no memory that was written and is to be run.

import ctypes
import errno
import os
import socket
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN = 38, 65, 1
ALLOW, REFUSE = 0x7fff0000, 0x00050000 | errno.EPERM
EQUAL, NO_CALL = 4, -1


class Compare(ctypes.Structure):
  _fields_ = [('argument', ctypes.c_uint), ('how', ctypes.c_int), ('a', ctypes.c_uint64), ('b', ctypes.c_uint64)]


def main():
  families, calls, dashes, *command = sys.argv[1:]
  if dashes != '--' or not command:
    sys.exit(__doc__)
  seccomp = ctypes.CDLL('libseccomp.so.2', use_errno=True)
  seccomp.seccomp_init.restype = ctypes.c_void_p
  made = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(REFUSE)))
  for name in calls.split(','):
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    if number < 0 or name == 'socket':
      continue  # of another architecture, or below
    if seccomp.seccomp_rule_add_array(made, ctypes.c_uint32(ALLOW), number, 0, None):
      sys.exit(f'no rule for {name}')
  number = seccomp.seccomp_syscall_resolve_name(b'socket')
  for family in families.split(','):
    only = Compare(0, EQUAL, getattr(socket, family), 0)
    if seccomp.seccomp_rule_add_array(made, ctypes.c_uint32(ALLOW), number, 1, ctypes.byref(only)):
      sys.exit(f'no rule for {family}')
  libc = ctypes.CDLL(None, use_errno=True)
  if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or seccomp.seccomp_load(made):
    sys.exit('the filter was not taken')
  libc.prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)  # from Linux 6.3
  os.execvp(command[0], command)


if __name__ == '__main__':
  main()
