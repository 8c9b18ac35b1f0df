/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sandbox.h - a process gives up, for good, all it will not need.
 *
 * Layer:   sandbox (may include: base; libseccomp and the kernel's headers).
 * Threads: enter before the first thread is started: seccomp is set for all threads, Landlock
 *          only for the caller and what it starts afterwards.  With `is_thread` both are the
 *          caller's alone, and each thread enters its own.
 *
 * A plan is a list of promises and a list of paths.  Two fences are built of it:
 *
 *     seccomp    system calls that no promise names fail with EPERM (a call that never happens
 *                in our code is no reason to end a node, and EPERM is what callers expect)
 *     Landlock   paths that the plan does not name fail with EACCES
 *
 * Both are inherited by children, over exec also, and can only be tightened: a parent needs
 * all promises of its children.  On a kernel that has not one or the other the process goes
 * on with what there is; n2_sandbox_state says so, and the log and `net2o status` repeat it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/**
 * What a process will do besides reading and writing open descriptors, using memory, looking at
 * the clock, taking random bytes and ending: those need no promise.  Executable memory does.
 */
typedef enum {
    N2_SANDBOX_WAIT = 1 << 0,    /* poll, epoll, pipes, eventfd, signalfd, timerfd, dup */
    N2_SANDBOX_FILES = 1 << 1,   /* open, stat, rename, sync, ... of the plan's paths */
    N2_SANDBOX_TALK = 1 << 2,    /* send, receive, options, on sockets that are open */
    N2_SANDBOX_ACCEPT = 1 << 3,  /* accept on a socket that listens */
    N2_SANDBOX_CONNECT = 1 << 4, /* connect a socket that is open; ask for an interface's MTU */
    N2_SANDBOX_THREADS = 1 << 5, /* new threads (no new processes) */
    N2_SANDBOX_LOCK = 1 << 6,    /* keep memory out of swap */
    N2_SANDBOX_CHILDREN = 1 << 7, /* fork, signal and wait for children, socket pairs */
    N2_SANDBOX_EXEC = 1 << 8, /* exec (of an N2_SANDBOX_RUN path) and what a new program does
                                 at its start, a tighter sandbox included */
    N2_SANDBOX_LOAD = 1 << 9, /* load libraries */
    N2_SANDBOX_SOCKETS = 1 << 10, /* new Internet sockets, to look up names */
    N2_SANDBOX_TIGHTEN = 1 << 11, /* enter a tighter sandbox later (part of EXEC too) */
    N2_SANDBOX_UNIX = 1 << 12,    /* new Unix sockets, which lead to all of the user's programs:
                                     Landlock does not mind the paths they connect to */
    N2_SANDBOX_INTERFACE = 1 << 13, /* bind an open packet socket to an interface made anew */
    N2_SANDBOX_TYPE =
        1 << 14 /* what a terminal shows of what is typed (no typing for others) */
} n2_sandbox_promise;

typedef enum {
    N2_SANDBOX_READ = 1,  /* files below (or this file), and lists of folders */
    N2_SANDBOX_WRITE = 2, /* that, and change, make, rename and remove them */
    N2_SANDBOX_RUN = 3    /* this file may be executed */
} n2_sandbox_access;

typedef struct {
    const char *path; /* one that does not exist is left out */
    n2_sandbox_access access;
} n2_sandbox_path;

enum {
    N2_SANDBOX_PATHS_MAX = 24,
    N2_SANDBOX_TEXT_BYTES = 64
};

typedef struct {
    unsigned promises;            /* of n2_sandbox_promise */
    const n2_sandbox_path *paths; /* (nullable) @n_paths of them; none: no path at all */
    size_t n_paths;
    bool is_thread; /* only the calling thread; no limits then */

    /* Limits of the process, 0: as they are. */
    uint64_t memory_bytes; /* of address space */
    uint64_t cpu_s;        /* then SIGXCPU, and a second later SIGKILL */
    uint64_t descriptors;  /* numbers below this */
} n2_sandbox_plan;

typedef struct {
    bool has_seccomp;
    uint8_t landlock_abi; /* version of the kernel's interface in use; 0: none */
    bool is_relaxed;      /* a build with a sanitizer or for coverage: these look at files and
                             at their own threads, so there is no Landlock */
} n2_sandbox_state;

/**
 * Enters the sandbox; there is no way out.
 *
 * @state: (out): what this kernel has of it; zeroed on failure.
 *
 * Returns: N2_OK; N2_ERR_USAGE (too many paths), N2_ERR_NOMEM, N2_ERR_IO (a limit or a path was
 *          refused).  After an error the process should end: it may be half fenced in.
 */
N2_MUST_USE n2_err n2_sandbox_enter(const n2_sandbox_plan *plan, n2_sandbox_state *state);

/**
 * Enters a wider fence, of seccomp alone: all may be done but reaching other computers (no
 * socket but Unix ones and the kernel's news of routes), other processes (ptrace, ...), the
 * user's keys, and the corners of the kernel that no program needs.  For a program that has to
 * build sandboxes itself, which Landlock and calls.c forbid.  Children inherit it.
 *
 * @state: (out): without seccomp in the kernel there is none, and N2_OK.
 * Threads: any time; all threads of the process are fenced in.
 *
 * Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_IO.
 */
N2_MUST_USE n2_err n2_sandbox_enter_wide(n2_sandbox_state *state);

/** Version of Landlock's interface that this kernel has, 0 for none. */
int n2_sandbox_landlock_abi(void);

/** Writes "seccomp landlock-6", "seccomp", "none", ... ("relaxed" added), for status and log.
 */
void n2_sandbox_text(const n2_sandbox_state *state, char out[static N2_SANDBOX_TEXT_BYTES]);

/** State as one number and back, for a message between processes. */
int32_t n2_sandbox_pack(const n2_sandbox_state *state);
n2_sandbox_state n2_sandbox_unpack(int32_t packed);
