/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * udp.h - the sockets of the data plane: batches in, segmentation offload out, sizes of ways.
 *
 * Layer:   host.
 * Threads: one; after n2_udp_new() nothing is allocated and nothing waits.
 * Source:  udp(7), UDP_SEGMENT and UDP_GRO: the kernel cuts one buffer into datagrams of one
 *          size, and hands a train of such datagrams over as one buffer.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "host/datagram.h"
#include "host/way.h"

typedef struct n2_udp n2_udp;

enum {
    N2_UDP_SOCKETS_MAX = N2_WAY_SOCKETS_MAX,
    N2_UDP_BATCH = 16,          /* buffers filled by one system call, */
    N2_UDP_BUFFER_BYTES = 65536 /* each of this size */
};

/**
 * Opens the socket of one listener and binds it.
 *
 * @listener:   "udp:ADDRESS:PORT", port 0 for any.
 * @buffer_kib: wished for each direction; the kernel may give less.
 * @fd:         (out): closed on exec.
 * @bound:      (out): with the port it got.
 *
 * Returns: N2_OK; N2_ERR_USAGE (no such address form), N2_ERR_UNSUPPORTED (the machine lacks
 *          the family), N2_ERR_BUSY (port taken), N2_ERR_IO.
 */
N2_MUST_USE n2_err n2_udp_bind(
    const char *listener, uint64_t buffer_kib, int *fd, n2_net_addr *bound, GError **error);

/**
 * @fds: @n bound sockets, 1 to N2_UDP_SOCKETS_MAX; closed by n2_udp_free().
 * @ask: from n2_ways_open(); closed by n2_udp_free().
 *
 * Returns: N2_OK, N2_ERR_USAGE, N2_ERR_NOMEM, N2_ERR_IO.
 */
N2_MUST_USE n2_err n2_udp_new(n2_udp **out, const int *fds, size_t n, const int ask[static 2]);

/** @udp: (transfer full) (nullable). */
void n2_udp_free(n2_udp *udp);

/** Reads one batch from socket @i; false if nothing is there. */
bool n2_udp_receive(n2_udp *udp, size_t i);

/** The next datagram of the batch, or false. */
bool n2_udp_next(n2_udp *udp, n2_datagram *out);

/** Sends @len bytes to @to as datagrams of @segment bytes.  What does not go is counted. */
void n2_udp_send(
    n2_udp *udp, const n2_net_addr *to, const uint8_t *bytes, size_t len, size_t segment);

/** Longest datagram (payload) that the way to @to takes whole; at least 508. */
uint32_t n2_udp_mtu(n2_udp *udp, const n2_net_addr *to);

/** The network has changed: each way is asked for again. */
void n2_udp_forget(n2_udp *udp);

/** Was a way found to have another size since the last call?  Then ask n2_udp_mtu() again. */
bool n2_udp_mtu_changed(n2_udp *udp);

void n2_udp_stats_get(const n2_udp *udp, n2_datagram_stats *out);
