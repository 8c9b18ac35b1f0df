/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * casts.h - one to many at one node: trees and channels of its switch, those that its own end
 *           point has joined, and those that it is the source of.
 *
 * Layer:  node (may include: everything below).
 * Use:    hop() for each message of types 5 and 6 that passes or ends here, copies() for each
 *         packet with N2_STEP_COPIES, op() for orders; then said() until it says no more, each
 *         message to be stepped from in-port 0 and brought back here; event() until no more.
 *
 * What an end point has joined is named by the packets' address: in a tree the top half is the
 * first half of the tree's id with bit 63 set; the low half is the sender's own.  Believed is
 * what came by the rightful upstream, and of that only what its content proves (attack 29).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/uses.h"
#include "node/feeds.h"
#include "switch/channels.h"
#include "switch/tree.h"
#include "transport/op.h"
#include "transport/queue.h"
#include "wire/packet.h"

enum {
    N2_JOINED_PLACES = N2_CASTS_MAX + 1 /* the last one is the node's own */
};

/** One tree or channel that our own end point follows. */
typedef struct {
    bool is_used;
    bool is_channel;   /* else a tree */
    bool is_joined;    /* somebody said so, and not too long ago */
    bool is_refused;   /* the last answer said so, for the reason `why` */
    bool is_fed;       /* the source itself sends us copies */
    bool is_again;     /* its link began anew: who was there may know nothing of us */
    bool is_told;      /* what the control plane knows: */
    uint8_t told_how;  /* n2_cast_how */
    uint8_t n_asked;   /* since the last answer */
    uint8_t n_refused; /* answers in a row, as far as they count */
    uint8_t n_feed_asked;
    uint8_t place;                     /* of the switch that refused, 1 our own */
    uint16_t number;                   /* of the JOIN: N2_CAST_OF_BLOCK or 0 */
    n2_refuse why, feed_why, told_why; /* 0: not */
    n2_err told_err;
    uint64_t tag, id, path, nonce;
    uint64_t upstream, upstream_was;          /* of a tree: path words of its packets */
    uint64_t fed_path;                        /* of the source's own */
    uint64_t asked_us, accepted_us, heard_us; /* 0: never */
    uint64_t feed_asked_us, fed_us;
} n2_joined;

typedef struct {
    n2_env env;
    uint8_t width;
    n2_trees trees;
    n2_channels channels;
    n2_feeds feeds; /* of our own trees */
    n2_event_queue events;
    n2_joined joined[N2_JOINED_PLACES];
    uint32_t n_joined; /* used, all together */
    n2_said said;      /* of our own end point */
    uint64_t events_refused, joined_refused;
    uint64_t strange; /* packets for our end point that it has not joined, or by another way */
    uint64_t taken;   /* packets that it got */
} n2_casts;

/**
 * @kind: of the table of channels.
 *
 * Returns: N2_OK, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_casts_new(n2_casts **out,
                                const n2_env *env,
                                unsigned width,
                                n2_rows_kind kind);
void n2_casts_free(n2_casts *casts);

/** Is the packet at @bytes, in control mode, one for n2_casts_hop()? */
bool n2_casts_is_message(const uint8_t *bytes, size_t len);

/** @out_port: 0: it ends here.  Returns: true: it goes on, as it is in @bytes now. */
bool n2_casts_hop(n2_casts *casts,
                  uint32_t in_port,
                  uint32_t out_port,
                  uint8_t *bytes,
                  size_t len,
                  uint64_t now_us);

/** Next message of ours, or false. */
bool n2_casts_said(n2_casts *casts, uint8_t out[static N2_CAST_BYTES]);

/** Where the packet at @bytes goes, stepped with N2_STEP_COPIES; false: it may go nowhere. */
bool n2_casts_copies(n2_casts *casts,
                     uint32_t in_port,
                     const uint8_t *bytes,
                     size_t len,
                     uint64_t now_us,
                     n2_copies *copies);

/** A copy for our own end point. */
void n2_casts_packet(n2_casts *casts, const uint8_t *bytes, size_t len, uint64_t now_us);

/** CAST_JOIN, CAST_LEAVE, CAST_OPEN, CAST_CLOSE, CHANNEL_RULES. */
void n2_casts_op(n2_casts *casts, const n2_op *op, uint64_t now_us);

/**
 * CAST_SEND: the packet that it asks for.
 *
 * @out: N2_PACKET_BYTES_MAX of room; to be stepped from in-port 0, for each path of
 *       n2_feeds_next() that it can have, and as it is: in this order, so that who passes from
 *       one to the other misses nothing.
 *
 * Returns: bytes written; 0: no such tree of ours, or no such length.
 */
size_t n2_casts_build(const n2_casts *casts, const n2_op *op, uint8_t *out);

bool n2_casts_event(n2_casts *casts, n2_event *event);

/** A link came up at @port or went down; @flags: as n2_channels_set_port(). */
void n2_casts_port_up(n2_casts *casts, uint32_t port, unsigned flags);
void n2_casts_port_down(n2_casts *casts, uint32_t port);

uint64_t n2_casts_deadline(const n2_casts *casts);
void n2_casts_expire(n2_casts *casts, uint64_t now_us);
void n2_casts_uses(const n2_casts *casts, n2_uses *uses);
void n2_casts_look(const n2_casts *casts, n2_look *look, uint64_t now_us);
