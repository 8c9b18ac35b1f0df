/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * names.h - has names of hosts looked up in a process of their own.
 *
 * Layer: host.  Looking up takes sockets, libraries that the system's configuration names, and
 *        answers of strangers: nothing that the node should have in its own memory.
 *
 *     node --NAME, a pipe--> names --fork--> one process a question --answer--> pipe
 *
 * So many questions go on side by side, a slow one stops no other, and a crash costs one
 * answer.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/netaddr.h"

enum {
    N2_NAMES_AT_ONCE = 16, /* questions under way; more are answered with N2_ERR_LIMIT */
    N2_NAMES_PATIENCE_S = 20
};

/** What comes through the pipe. */
typedef struct {
    int32_t err; /* n2_err */
    n2_net_addr net;
} n2_names_answer;

/**
 * Makes an address of "udp:HOST:PORT".  A numeric one returns at once; else this waits, and is
 * not for the main loop.
 *
 * @names: channel to the process that looks up, -1: there is none.
 *
 * Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_NOTFOUND (no such host), N2_ERR_TIMEOUT (no answer),
 *          N2_ERR_LIMIT (too many at once), N2_ERR_CLOSED (nobody looks up any more).
 */
N2_MUST_USE n2_err n2_names_resolve(int names, n2_net_addr *out, const char *text);
