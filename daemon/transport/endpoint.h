/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * endpoint.h - everything behind port 0: address 0, regions, connections, their timers.
 *
 * Layer:   transport (may include: base, wire, crypto, switch).
 * Threads: the data plane's alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "base/uses.h"
#include "crypto/context.h"
#include "switch/notice.h"
#include "switch/switch.h"
#include "transport/epoch.h"
#include "transport/op.h"

typedef struct n2_endpoint n2_endpoint;

typedef struct {
    uint64_t opened, sealed, resent;
    uint64_t dropped; /* no such region, wrong tag, replay, out of bounds, not asked for */
    uint64_t hellos, hellos_refused, queries;
    uint64_t agreements;  /* hellos for which the keys process was asked to work */
    uint64_t resumed;     /* connections made by a ticket, on either side */
    uint64_t raw_dropped; /* answers that found the queue full */
    uint32_t connections, half_open;
} n2_endpoint_stats;

/** How often limits were met, and the most that one way or one connection ever held. */
typedef struct {
    uint64_t connections, half_open, half_open_per_way, hellos_per_s, queries_per_s, events;
    uint64_t unknown_per_s, again_per_s;
    uint64_t sends, grants, gone, flight, command_ring, command_queue, queues, event_bytes;
    uint32_t most_per_way, most_sends, most_grants, most_gone, most_flight;
    uint32_t most_ring_bytes, most_queue_bytes;
} n2_endpoint_met;

/** Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_UNSUPPORTED (no cipher at all). */
N2_MUST_USE n2_err n2_endpoint_new(n2_endpoint **out, const n2_env *env, uint64_t now_us);

/** Other limits than the usual ones; before there is any connection. */
void n2_endpoint_set_key_limits(n2_endpoint *ep, const n2_key_limits *limits);

/** Fewer connections than N2_CONNECTIONS_MAX. */
void n2_endpoint_set_connections_max(n2_endpoint *ep, uint32_t most);

/** Fewer tickets given than N2_TICKETS_MAX, a power of two; those that are there are wiped. */
void n2_endpoint_set_tickets_max(n2_endpoint *ep, uint32_t most);

/** Less memory than N2_CONNECTIONS_BYTES_MAX and N2_QUEUES_BYTES_MAX; before there is any
 *  connection. */
void n2_endpoint_set_memory_max(n2_endpoint *ep, uint64_t connections, uint64_t queues);

/** @ep: (transfer full) (nullable).  Wipes all keys. */
void n2_endpoint_free(n2_endpoint *ep);

/** A packet that the switch delivered: nothing is left ahead in its path. */
void n2_endpoint_packet(n2_endpoint *ep, const uint8_t *bytes, size_t len, uint64_t now_us);

/** An echo answer that came to our switch. */
void n2_endpoint_echo(n2_endpoint *ep, const n2_echo *echo, uint64_t now_us);

/** A notice that came to our switch. */
void n2_endpoint_notice(n2_endpoint *ep, const n2_switch_notice *notice, uint64_t now_us);

/** Orders that concern connections and address 0; others are ignored. */
void n2_endpoint_op(n2_endpoint *ep, const n2_op *op, uint64_t now_us);

/** A reservation for packets by @path: our connections on it send with @class and share @Bps;
 *  0 and N2_CLASS_DEFAULT: as all others again.  Looks through all connections. */
void n2_endpoint_assign(
    n2_endpoint *ep, uint64_t path, unsigned class, uint64_t Bps, uint64_t now_us);

/** Bytes of the next packet to send, 0: none; *@path begins with our own switch's label. */
size_t n2_endpoint_peek(n2_endpoint *ep, uint64_t *path, uint64_t now_us);

/** The same, but leaves agreements that wait to n2_endpoint_work(): for who has packets to send
 *  first. */
size_t n2_endpoint_peek_ready(n2_endpoint *ep, uint64_t *path, uint64_t now_us);

/** Works out some of the agreements that first packets wait for; false: none waits. */
bool n2_endpoint_work(n2_endpoint *ep, uint64_t now_us);

/** Makes the packet that peek announced into @out.  Returns: its length, as announced. */
size_t n2_endpoint_build(n2_endpoint *ep, uint8_t *out, uint64_t now_us);

bool n2_endpoint_event(n2_endpoint *ep, n2_event *event);
uint64_t n2_endpoint_deadline(const n2_endpoint *ep);
void n2_endpoint_expire(n2_endpoint *ep, uint64_t now_us);

/** This process did nothing for @pause_us, up to now: nobody's silence counts. */
void n2_endpoint_slept(n2_endpoint *ep, uint64_t pause_us, uint64_t now_us);

/** Ends connections with a word to the peer, as many as there is room for their words; true:
 *  more are left, to be ended when output() was drained. */
bool n2_endpoint_close(n2_endpoint *ep, uint64_t now_us);

void n2_endpoint_stats_get(const n2_endpoint *ep, n2_endpoint_stats *out);

/** Adds a row for each limit that strangers can meet here. */
void n2_endpoint_uses(const n2_endpoint *ep, n2_uses *uses);
