/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * queue.h - packets that wait for a link: four classes, in each the in-ports in turn, and who
 *           sends more than his part is told before anything is lost.
 *
 * Layer:     switch (may include: base, wire, crypto).  Sans-IO, bounded memory.
 * Source:    net2o white paper, "Flow control"; PROTOCOL.md, section "Queues".
 * Invariant: a packet of a class leaves before all of the classes behind it.  Only what classes
 *            above the default have beyond what can be reserved (N2_RESERVE_PERCENT of the rate
 *            and what the police lets pass besides, and N2_QUEUE_CAP_US of the rate at once)
 *            waits for others: nothing that was admitted, while the rate is what it was.
 *
 * What came in by one port, leaves by another and has one class is a line; the lines whose
 * links were opened by one source are a share, any other line is one by itself.  Within a class
 * the shares of a port take turns, each by bytes as much as its in-port weighs (deficit
 * round-robin), and in a share its lines do; so a user gets no more than another user with more
 * connections or more links.
 *
 *     target  of a line: N2_QUEUE_TARGET_US at its part of the rate, and two packets.  What
 *             joins a longer line is marked, and its sender told his part of the part, less a
 *             16th, or more the more waits.
 *     cap     of a port: N2_QUEUE_CAP_US at its rate, within N2_QUEUE_CAP_BYTES_MIN and _MAX,
 *             and never more packets than are free for all others.  Above it, the oldest of the
 *             longest line of the longest share of the last class is dropped, or if classes
 *             above the default have most of it, of the last of those.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "base/err.h"
#include "base/uses.h"
#include "wire/packet.h"

typedef struct n2_queues n2_queues;

/**
 * The queues of a switch with 2^@width ports.
 *
 * @env: copied; asked once, when something waits for the first time: so nobody knows
 *       beforehand which lines and which senders fall together.
 *
 * @out: (out) (transfer full).
 *
 * Returns: N2_OK, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_queues_new(n2_queues **out, unsigned width, const n2_env *env);
void n2_queues_free(n2_queues *queues); /* (nullable) */

/** How many turns the line that comes in by @in_port gets for one of others; 0 is 1. */
void n2_queues_set_weight(n2_queues *queues, uint32_t in_port, uint32_t weight);

/** That, 1 or more. */
uint32_t n2_queues_weight(const n2_queues *queues, uint32_t in_port);

/** Who is behind @in_port: what comes in by all that have one @source has one share of a link;
 *  0: it has its own, as has whoever weighs more than 1.  What waits already stays where it is.
 */
void n2_queues_set_source(n2_queues *queues, uint32_t in_port, uint64_t source);

/** That; 0: it has a share of its own. */
uint64_t n2_queues_source(const n2_queues *queues, uint32_t in_port);

/**
 * Room for one packet.
 *
 * Returns: (transfer none) (nullable): N2_PACKET_BYTES_MAX to be filled, then
 *          n2_queues_join(); or forgotten by the next call.  NULL: all
 *          N2_QUEUE_PACKETS_MAX are taken (counted).
 */
uint8_t *n2_queues_reserve(n2_queues *queues);

/** What is to be said to the sender of a packet that joined. */
typedef struct {
    bool is_jammed;    /* its line is too long: the packet was marked */
    bool is_to_tell;   /* and its sender is told now; the two below are for him */
    uint32_t queue_us; /* that the line waits */
    uint64_t rate_Bps; /* that he may send */
} n2_queue_word;

/**
 * The packet in the reserved room joins its line; its care byte says its class.
 *
 * @len:      of the packet, at most N2_PACKET_BYTES_MAX.
 * @class:    n2_class that it is served by.
 * @rate_Bps: of the link at @out_port, not 0.
 */
n2_queue_word n2_queues_join(n2_queues *queues,
                             uint32_t in_port,
                             uint32_t out_port,
                             n2_class class,
                             size_t len,
                             uint64_t rate_Bps,
                             uint64_t now_us);

typedef struct {
    const uint8_t *bytes; /* (transfer none), until the next call on the queues */
    size_t len;
    uint32_t in_port;
    n2_class class;
} n2_queued;

/** Is the queue of @port longer than it may be?  Then one is dropped: *@out. */
bool n2_queues_evict(n2_queues *queues, uint32_t port, uint64_t rate_Bps, n2_queued *out);

/** Bytes that wait for @port; 0: nothing. */
uint32_t n2_queues_bytes(const n2_queues *queues, uint32_t port);

/** The packet whose turn it is at @port; false: none waits.  It stays until taken. */
bool n2_queues_peek(n2_queues *queues, uint32_t port, uint64_t now_us, n2_queued *out);

/** The packet that n2_queues_peek() showed last leaves. */
void n2_queues_take(n2_queues *queues, uint32_t port, uint64_t now_us);

/** The link at @port is gone: drops the next that waits for it; false: none does. */
bool n2_queues_drop(n2_queues *queues, uint32_t port, n2_queued *out);

/** What is seen of one port's queue. */
typedef struct {
    uint32_t packets, bytes;
    uint32_t peak_bytes;   /* the most since this was asked last */
    uint64_t dropped;      /* since the beginning, as those below */
    uint64_t marks, told;  /* packets marked, senders told */
    uint64_t jam_since_us; /* 0: no line is too long */
} n2_queue_stats;

void n2_queues_look(n2_queues *queues, uint32_t port, uint64_t now_us, n2_queue_stats *out);

/** Time that @bytes of it take at @rate_Bps, us, at most UINT32_MAX; 0: no rate is known. */
static inline uint32_t
n2_queue_us(uint64_t bytes, uint64_t rate_Bps)
{
    uint64_t us = rate_Bps ? bytes * 1000000 / rate_Bps : 0;

    return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

/** Bytes of memory that packets, lines and shares have, used or not. */
size_t n2_queues_memory(const n2_queues *queues);

/** Adds a row for each limit that strangers can meet here. */
void n2_queues_uses(const n2_queues *queues, n2_uses *uses);
