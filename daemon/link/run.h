/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * run.h - datagrams for one link, built one behind the other so that one call sends them all.
 *
 * Layer:   link (may include: base, wire, crypto).
 * Form:    all datagrams of a run have `segment` bytes but the last, which may be shorter: what
 *          UDP segmentation offload takes.  Each has its 8-byte head (frame.h).
 * Use:     begin; for each packet reserve, fill (seal) in place, commit; finish; send.  When
 *          reserve says NULL: finish, send, begin again.
 * Halves:  a packet longer than the link's datagrams is built in one piece all the same, and
 *          commit cuts it.
 * Limit:   a run lasts 1 ms at the link's rate, or one packet, so that an urgent packet never
 *          waits longer behind it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link.h"

enum {
    N2_RUN_BYTES_MAX = N2_FRAME_BYTES_MAX, /* room that uses every run to the full */
    N2_RUN_SEGMENTS_MAX = 64               /* the kernel's UDP_MAX_SEGMENTS */
};

typedef struct {
    n2_links *links; /* borrowed */
    uint64_t token;  /* of the link it was begun for */
    uint32_t port;
    uint8_t *buf;   /* borrowed from the caller */
    size_t size;    /* bytes that may be used */
    size_t len;     /* bytes of finished datagrams */
    size_t segment; /* bytes of the first datagram, 0 while it is open */
    size_t open;    /* bytes of the datagram under way, with its head; 0: none */
    size_t reserved;
    unsigned n_segments; /* finished ones */
    bool is_last;        /* the last finished one is shorter than the others */
    bool is_split;       /* the reserved packet will be cut */
} n2_run;

/**
 * Begins a run to the link at @port, which must be up.
 *
 * @buf: borrowed until the bytes were sent; @size at least 2 * N2_FRAME_BYTES_MIN.
 */
void n2_run_begin(n2_run *run, n2_links *links, uint32_t port, uint8_t *buf, size_t size);

/** Is there no packet in it yet? */
bool n2_run_is_empty(const n2_run *run);

/**
 * Room for one packet of @len bytes, up to N2_PACKET_BYTES_MAX.
 *
 * Returns: (transfer none) (nullable): to be filled, then n2_run_commit(); or forgotten by the
 *          next call.  NULL: the run is full (an empty run never is).
 */
uint8_t *n2_run_reserve(n2_run *run, size_t len);

/** The packet in the reserved room is complete. */
void n2_run_commit(n2_run *run);

/** A packet that exists already: reserve, copy, commit.  Returns false if the run is full. */
N2_MUST_USE bool n2_run_add(n2_run *run, const uint8_t *packet, size_t len);

/**
 * Ends the run.
 *
 * @to:      (out): where to send it.
 * @segment: (out): bytes of each datagram but the last.
 *
 * Returns: bytes in the buffer; 0 if nothing is there to send (or the link is gone).
 */
size_t n2_run_finish(n2_run *run, n2_net_addr *to, size_t *segment);
