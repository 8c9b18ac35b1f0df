/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ether-out.h - frames that leave by a packet socket: through a ring, or copied by the kernel.
 *
 * Layer: host.
 *
 * Through a ring frames of 1500 bytes take a third of the processor's time less, as nothing is
 * allocated or copied for each.  But what is sent so is still in the slot until its device has
 * done with it, and some devices (tap) say so as soon as it stands in their queue.  So a slot
 * is not filled again before a thousand others were, which for longer frames would take too
 * much memory: they are copied.
 */
#pragma once

#include "host/ether-ring.h"
#include "link/run.h"

typedef struct {
    int fd;
    struct sockaddr_ll to;
    size_t at;                /* the slot to be filled next */
    struct mmsghdr *messages; /* (transfer full) N2_RUN_SEGMENTS_MAX */
    struct iovec *places;     /* (transfer full) the same */
} n2_ether_out;

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_ether_out_init(n2_ether_out *out, int fd, int interface);
void n2_ether_out_clear(n2_ether_out *out);

/**
 * Sends @len bytes to @station as frames of @segment bytes, none of which is longer than a slot
 * takes.  What does not go at once does not go at all.
 *
 * @ring:   without slots: they are copied.
 * @n_left: (out): frames that did not go.
 * @writes: counts system calls.
 *
 * Returns: 0, or errno: why some did not.
 */
int n2_ether_out_send(n2_ether_out *out,
                      const n2_ether_ring *ring,
                      const uint8_t *station,
                      const uint8_t *bytes,
                      size_t len,
                      size_t segment,
                      uint64_t *n_left,
                      uint64_t *writes);
