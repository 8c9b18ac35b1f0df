/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane.h - the data plane: links, switch and end point of one node, without socket or clock.
 *
 * Layer:   node (may include: everything below).
 * Threads: none of its own; the host calls it from the data-plane thread alone, the simulator
 *          from wherever it likes.
 * Use:     for each turn: input() for every datagram received, or input_all(), op() for every
 * order of the control plane, expire() when deadline() has passed; then output() until it says
 * no more, then event() until it says no more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/datagram.h"
#include "base/env.h"
#include "base/err.h"
#include "base/uses.h"
#include "transport/epoch.h"
#include "transport/op.h"

typedef struct n2_plane n2_plane;

typedef struct {
    n2_env env;              /* borrowed user pointer must outlive the plane */
    uint8_t width_bits;      /* 2^width ports, port 0 is this node itself; 1..16 */
    uint32_t datagram_bytes; /* longest datagram until LINK_MTU leads to more; 0: 1472 */
    uint64_t link_rate_Bps;  /* of each link until LINK_RATE says better; 0: unknown */
    bool is_shy;             /* follows no introductions of neighbours */
    bool is_planned;         /* no port is a stranger's but those that LINK_PLAN names */
    uint64_t now_us;
    uint32_t connections_max;        /* 0: N2_CONNECTIONS_MAX */
    const n2_key_limits *key_limits; /* (nullable): others than the usual */
} n2_plane_config;

/** What one system call can send: @len bytes to @to, as datagrams of @segment bytes each, the
 *  last one shorter or equal. */
typedef struct {
    n2_net_addr to;
    const uint8_t *bytes; /* (transfer none), until the next call on the plane */
    size_t len;
    size_t segment;
} n2_plane_run;

/** Counters since the plane began; a copy is safe to read in the control plane. */
typedef struct {
    uint64_t datagrams_in, datagrams_out, bytes_in, bytes_out;
    uint64_t forwarded;        /* packets for other nodes that our switch passed on */
    uint64_t delivered;        /* packets for our own end point */
    uint64_t dropped_switch;   /* no such port, path used up, spare bits, other version */
    uint64_t dropped_link;     /* no head, token, form, cookie or half that is known */
    uint64_t dropped_endpoint; /* no such region, wrong tag, replay, out of bounds */
    uint64_t opened, sealed;   /* packets whose tag verified; packets sealed */
    uint64_t resent;           /* packets sent again */
    uint64_t hellos, hellos_refused, agreements, resumed;
    uint64_t links_refused; /* orders for a link that could not be followed */
    uint64_t pauses;        /* times that our own process came N2_LATE_US too late, or more */
    uint32_t connections, half_open;
    n2_uses uses; /* of the limits that strangers can meet */
} n2_plane_stats;

/**
 * @out: (out) (transfer full).
 *
 * Returns: N2_OK, N2_ERR_USAGE (width), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_plane_new(n2_plane **out, const n2_plane_config *config);

/** @plane: (transfer full) (nullable). Wipes all keys. */
void n2_plane_free(n2_plane *plane);

/** One datagram; @bytes are changed in place (path step, opening). Never fails: what is wrong
 *  is counted and dropped. */
void n2_plane_input(
    n2_plane *plane, const n2_net_addr *from, uint8_t *bytes, size_t len, uint64_t now_us);

/** A batch, in order, as if each were handed to n2_plane_input(): memory is asked for the next
 *  ones meanwhile, so that one which lies in no cache costs little more. */
void n2_plane_input_all(n2_plane *plane, const n2_datagram *batch, size_t n, uint64_t now_us);

/** An order of the control plane; takes what op.h says it takes. */
void n2_plane_op(n2_plane *plane, const n2_op *op, uint64_t now_us);

/** Next thing to send, or false. What the host cannot send at once it drops. */
bool n2_plane_output(n2_plane *plane, n2_plane_run *run, uint64_t now_us);

/** Next event, or false. */
bool n2_plane_event(n2_plane *plane, n2_event *event);

/** When expire() wants to be called next; UINT64_MAX: never. */
uint64_t n2_plane_deadline(const n2_plane *plane);

/** Resends, paces, keeps links alive: everything due at @now_us. */
void n2_plane_expire(n2_plane *plane, uint64_t now_us);

/** Ends all links and connections with a word to the other side (then drain output()). */
void n2_plane_close(n2_plane *plane, uint64_t now_us);

void n2_plane_stats_get(const n2_plane *plane, n2_plane_stats *out);
