/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-private.h - what the files of the data plane share; besides them, tests include it.
 *
 * Layer: node (may include: everything below).
 */
#pragma once

#include "base/bucket.h"
#include "link/link.h"
#include "node/casts.h"
#include "node/plane-runs.h"
#include "node/plane.h"
#include "node/users.h"
#include "switch/queue.h"
#include "switch/switch.h"
#include "transport/endpoint.h"
#include "transport/queue.h"

enum {
    N2_PLANE_COPIES_LATER = 8 /* packets of a batch whose bytes are on their way from memory */
};

/** Where bytes of a packet that was forwarded go, once memory has them. */
typedef struct {
    uint8_t *to;
    const uint8_t *from;
    size_t len;
} n2_plane_copy;

struct n2_plane {
    n2_env env;
    n2_switch sw;
    n2_event_queue told; /* what came of orders that are answered at once */
    n2_queues *queues;
    n2_users users;
    n2_casts *casts;
    n2_links *links;
    n2_endpoint *endpoint;
    uint8_t width;
    n2_runs *runs;
    uint64_t link_rate_Bps;
    uint64_t seen_us; /* the time when anything was called last */
    n2_plane_stats stats;
    n2_event look; /* that the control plane asked for */
    bool has_look;
    bool is_telling;                            /* a notice is being forwarded */
    n2_plane_copy later[N2_PLANE_COPIES_LATER]; /* a ring */
    unsigned n_later, first_later;
    uint8_t scratch[N2_PACKET_BYTES_MAX];
};

/** Was something due long ago, and nobody came?  Then it is not others who were silent. */
void n2_plane_look_at_clock(n2_plane *plane, uint64_t now_us);

/* ---- plane-input.c ---- */

/** Does what @step says with the packet, which is changed. */
void n2_plane_handle(n2_plane *plane,
                     uint32_t in_port,
                     n2_step step,
                     uint8_t *bytes,
                     size_t len,
                     uint64_t now_us);

/* ---- plane-forward.c ---- */

/** A packet that was stepped leaves by @out_port, or waits for it, or is dropped and counted;
 *  who sent it may hear of that.  @bytes: are not kept. */
void n2_plane_forward(n2_plane *plane,
                      uint32_t in_port,
                      uint32_t out_port,
                      const uint8_t *bytes,
                      size_t len,
                      uint64_t now_us);

/** The same of a packet that stays where it is until the batch is done: of a short one the rest
 *  is asked for now and copied some packets later, by n2_plane_copy_all() at the latest. */
void n2_plane_pass(n2_plane *plane,
                   uint32_t in_port,
                   uint32_t out_port,
                   const uint8_t *bytes,
                   size_t len,
                   uint64_t now_us);

/** Copies what n2_plane_pass() has put off; before a run leaves. */
void n2_plane_copy_all(n2_plane *plane);

/** The packet in the room that n2_queues_reserve() gave was stepped, and waits for @out_port,
 *  whose link has a rate. */
void n2_plane_wait(
    n2_plane *plane, uint32_t in_port, uint32_t out_port, size_t len, uint64_t now_us);

/* ---- plane-reserve.c ---- */

/** The message at @bytes passes by.  False: it ends here. */
bool n2_plane_reserve_hop(n2_plane *plane,
                          uint32_t in_port,
                          uint32_t out_port,
                          uint8_t *bytes,
                          size_t len,
                          uint64_t now_us);

/** The message at @bytes ends at this node. */
void n2_plane_reserve_end(
    n2_plane *plane, uint32_t in_port, const uint8_t *bytes, size_t len, uint64_t now_us);

/** Sends what the reservations have to say. */
void n2_plane_reserve_output(n2_plane *plane, uint64_t now_us);

/** RESERVE, RELEASE, RESERVE_ROLE. */
void n2_plane_reserve_op(n2_plane *plane, const n2_op *op, uint64_t now_us);
bool n2_plane_reserve_event(n2_plane *plane, n2_event *event);

/** CONNECTED, MOVED: on another way a connection has what is reserved there, if anything. */
void n2_plane_reserve_saw(n2_plane *plane, const n2_event *event);

/* ---- plane-casts.c ---- */

/** The message of one to many at @bytes passes to @out_port, or ends here (0). */
void n2_plane_cast_hop(n2_plane *plane,
                       uint32_t in_port,
                       uint32_t out_port,
                       uint8_t *bytes,
                       size_t len,
                       uint64_t now_us);

/** The packet at @bytes goes to several; its path is changed. */
void
n2_plane_copies(n2_plane *plane, uint32_t in_port, uint8_t *bytes, size_t len, uint64_t now_us);

/** Sends what trees and channels have to say. */
void n2_plane_casts_output(n2_plane *plane, uint64_t now_us);

/** The orders for one to many; takes their bytes. */
void n2_plane_casts_op(n2_plane *plane, const n2_op *op, uint64_t now_us);

/** A link came up, or moved. */
void n2_plane_casts_up(n2_plane *plane, const n2_link_event *event);
