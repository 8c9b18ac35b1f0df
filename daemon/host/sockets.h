/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sockets.h - all sockets of the data plane, of whatever kind, by one number each.
 *
 * Layer:   host.
 * Threads: one; nothing waits.
 *
 * The kinds are UDP (udp.h) and Ethernet (ether.h).  A datagram goes out by the kind that its
 * address names; whoever receives, asks here by the number of the socket that became readable.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "host/datagram.h"
#include "host/udp.h"

typedef struct n2_sockets n2_sockets;

enum {
    N2_SOCKETS_MAX = N2_UDP_SOCKETS_MAX /* of all kinds together */
};

/**
 * @fds: @n bound sockets, 1 to N2_SOCKETS_MAX; closed by n2_sockets_free(), not on failure.
 * @ask: from n2_ways_open(); closed by n2_sockets_free(), not on failure.
 *
 * Returns: N2_OK, N2_ERR_USAGE, N2_ERR_NOMEM, N2_ERR_IO.
 */
N2_MUST_USE n2_err n2_sockets_new(n2_sockets **out,
                                  const int *fds,
                                  size_t n,
                                  const int ask[static 2]);

/** @sockets: (transfer full) (nullable). */
void n2_sockets_free(n2_sockets *sockets);

/** Says what socket @i was bound to, as its interface may be gone since. */
void n2_sockets_know(n2_sockets *sockets, size_t i, const n2_net_addr *net);

/** Can socket @i be looked at without a system call?  Then nobody needs to say that it has
 *  something. */
bool n2_sockets_is_ring(const n2_sockets *sockets, size_t i);

/** Looks at socket @i, which is a ring.  Returns: is n2_sockets_receive() worth it? */
bool n2_sockets_has(n2_sockets *sockets, size_t i);

/** Takes one batch from socket @i; false if nothing is there. */
bool n2_sockets_receive(n2_sockets *sockets, size_t i);

/** The next datagram of the batch, or false. */
bool n2_sockets_next(n2_sockets *sockets, n2_datagram *out);

/** Sends @len bytes to @to as datagrams of @segment bytes.  What does not go is counted. */
void n2_sockets_send(n2_sockets *sockets,
                     const n2_net_addr *to,
                     const uint8_t *bytes,
                     size_t len,
                     size_t segment);

/** Longest datagram that the way to @to takes whole; at least 508. */
uint32_t n2_sockets_mtu(n2_sockets *sockets, const n2_net_addr *to);

/** The network has changed: each way is asked for again. */
void n2_sockets_forget(n2_sockets *sockets);

/** Was a way found to have another size since the last call?  Then ask n2_sockets_mtu(). */
bool n2_sockets_mtu_changed(n2_sockets *sockets);

/** Of all sockets together. */
void n2_sockets_stats_get(n2_sockets *sockets, n2_datagram_stats *out);
