/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * users.h - what a trunk weighs: as much as there are users behind it (F6).
 *
 * Layer:  node (may include: everything below).
 * Source: PROTOCOL.md, section "Link", USERS.
 *
 * Who has a trunk, a link that the operator says so many users may stand behind, asks its other
 * end each second; who is asked counts the in-ports that sent something to that link in the
 * last two seconds, each as much as it weighs itself, all of one source together as one.
 * Nothing is counted for a link that did not ask.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "link/link.h"
#include "switch/queue.h"

enum {
    N2_USERS_WORDS = 1024 /* of bits for sources, by hash */
};

/** Zeroed: no trunks, nobody asks. */
typedef struct {
    n2_links *links;
    n2_queues *queues;
    uint32_t n_ports;
    uint32_t n_trunks, n_counted; /* ports */
    uint16_t *most;  /* (transfer full) by port: of a trunk, so many at most; 0: it is none */
    uint16_t *last;  /* (transfer full) by out-port: counted in the second before */
    uint64_t **seen; /* (transfer full) by out-port: bits of in-ports; NULL: nobody asks */
    uint64_t next_us;
    uint64_t sources[N2_USERS_WORDS]; /* that were counted, while counting */
} n2_users;

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_users_init(n2_users *users,
                                 n2_links *links,
                                 n2_queues *queues,
                                 unsigned width);
void n2_users_clear(n2_users *users); /* zeroed: nothing */

/** Behind the link at @port may be so many users, N2_QUEUE_WEIGHT_MAX at most; 0 or 1: one. */
void n2_users_set_most(n2_users *users, uint32_t port, uint64_t most);

/** The link at @port is gone, and what was said of it. */
void n2_users_forget(n2_users *users, uint32_t port);

/** Something that came in by @in_port leaves by @out_port. */
static inline void
n2_users_saw(n2_users *users, uint32_t in_port, uint32_t out_port)
{
    uint64_t *seen = users->seen[out_port];

    if (seen)
        seen[in_port >> 6] |= UINT64_C(1) << (in_port & 63);
}

/** When n2_users_expire() wants to be called next; UINT64_MAX: never. */
uint64_t n2_users_deadline(const n2_users *users);

/** Asks and tells, each second. */
void n2_users_expire(n2_users *users, uint64_t now_us);
