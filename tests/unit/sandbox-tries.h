/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sandbox-tries.h - what a process in a sandbox tries, and the places where it tries it.
 *
 * Each try returns 0 if it was let do it, or an errno.
 */
#pragma once

extern char *try_dir_in;  /* a folder of the plan, with a file in it */
extern char *try_dir_out; /* one that no plan names */

/** Makes both, and what the tries need besides; and removes all. */
void try_make_places(void);
void try_remove_places(void);

int try_open_in(void);
int try_open_out(void);
int try_write_in(void);
int try_write_out(void);
int try_new_in(void);
int try_new_out(void);
int try_passwd(void);
int try_inet(void);
int try_unix(void);
int try_packet(void);
int try_bind(void); /* to an Internet address */
int try_echo(void);
int try_interface(void); /* of a packet socket */
int try_pair(void);
int try_fork(void);
int try_thread(void);
int try_exec(void);
int try_trace(void);
int try_peek(void);
int try_code(void);
int try_memory(void);
int try_epoll(void);
int try_limit(void);
int try_kill(void);
int try_bpf(void);
int try_keyctl(void);
int try_uring(void);
int try_owner(void);
int try_type(void);
int try_truncate(void);
int try_namespace(void);
int try_stat_out(void);
