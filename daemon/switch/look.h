/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * look.h - what a switch shows of itself at one moment: ports, reservations, labels, trees,
 *          channels.
 *
 * Layer:   switch (may include: base).
 * Threads: a value that the data plane fills and gives away; the control plane reads and frees.
 * Use:     each part of the switch has n2_<part>_look(part, look, now_us), which adds its rows;
 *          what finds no room is counted in `n_all` only.
 * Limits:  N2_SWITCH_LOOK_ROWS_MAX rows of each kind, so that a look is of one known size.
 *
 * Everything counted is counted since the switch began; who wants a rate takes two looks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/netaddr.h"

/** One port.  Port 0 is the node itself. */
typedef struct {
    uint16_t port;
    bool is_up;     /* a link is there; always of port 0 */
    bool is_opener; /* we opened it */
    uint8_t remote_width;
    uint16_t remote_port; /* ours at the other end; 0: not known */
    uint32_t rtt_us;      /* 0: not known */
    uint32_t users;       /* that share this link, its weight in the queues; 0: not known */
    uint64_t link_id;
    uint64_t rate_Bps; /* of the link; 0: not known */
    n2_net_addr net;

    /* what came in by it, and what left by it; what is dropped is counted at one port, here or
     * as dropped_out */
    uint64_t packets_in, bytes_in, dropped_in;
    uint64_t packets_out, bytes_out;
    uint64_t filtered_in; /* dropped_in by a rule of the filter */
    uint64_t demoted_in;  /* came with a class that it was not allowed */

    /* the queue of what leaves by it */
    uint32_t queue_packets, queue_bytes;
    uint32_t queue_us;      /* until the last of them has left; 0: nothing waits */
    uint32_t queue_peak_us; /* the longest since it was looked at last */
    uint64_t dropped_out;   /* should have left by it, and did not fit */
    uint64_t jam_marks;     /* packets that left with the mark */
    uint64_t jam_notices;   /* senders that were told to slow down */
    uint64_t jam_since_us;  /* monotonic; 0: it is not jammed now */
    uint64_t reserved_Bps;  /* of its rate, by reservations */
} n2_look_port;

/** A reservation that this switch keeps. */
typedef struct {
    uint16_t in_port, out_port; /* in_port 0: our own */
    uint8_t class;
    bool is_allotment; /* kept in steps for all that goes this way */
    bool is_pending;   /* asked for, not yet confirmed by the far end */
    bool is_cut;       /* took far more than it has and is let through no more */
    uint64_t path;     /* as received */
    uint64_t rate_Bps;
    uint64_t left_us; /* until it ends, if nobody renews it */
    uint64_t packets, bytes;
    uint64_t over; /* packets beyond the rate: they lost their class */
} n2_look_reservation;

/** A virtual label. */
typedef struct {
    uint32_t label;  /* as in the path */
    uint8_t bits;    /* of it */
    uint16_t n_ways; /* it spreads over so many; 1: a longer way hidden */
    uint64_t packets;
} n2_look_label;

/** A multicast tree that branches here. */
typedef struct {
    uint64_t tree;
    uint16_t in_port; /* its one rightful upstream; 0: we are the source */
    uint16_t n_branches;
    uint16_t n_alone; /* of our own: who get copies one by one beside it */
    uint64_t left_us; /* until it ends, if nobody renews it */
    uint64_t packets;
    uint64_t refused; /* came from another than the rightful upstream */
} n2_look_tree;

/** A broadcast channel that somebody behind us follows. */
typedef struct {
    uint32_t channel;
    uint16_t in_port;
    uint16_t n_ports; /* it goes out by so many */
    uint64_t left_us;
    uint64_t packets;
} n2_look_channel;

/* X(rows, type): a bounded list `rows` of `type`. */
#define N2_LOOK_LISTS(X)                                                                       \
    X(ports, n2_look_port)                                                                     \
    X(reservations, n2_look_reservation)                                                       \
    X(labels, n2_look_label)                                                                   \
    X(trees, n2_look_tree)                                                                     \
    X(channels, n2_look_channel)

/** Everything together; made by calloc(), given away by pointer, ended by free(). */
typedef struct {
    uint64_t at_us; /* monotonic */
    uint8_t width;
    uint32_t first_port;           /* rows of ports begin with this one */
    uint64_t forwarded, delivered; /* each copy of a multicast or broadcast is forwarded */
    uint32_t filter_rules;
#define X(rows, type)                                                                          \
    type rows[N2_SWITCH_LOOK_ROWS_MAX];                                                        \
    size_t n_##rows;     /* in the array */                                                    \
    size_t n_all_##rows; /* that there are */
    N2_LOOK_LISTS(X)
#undef X
} n2_look;

/* n2_look_add_ports(look) and so on: a zeroed row to fill, or NULL: it was counted only. */
#define X(rows, type)                                                                          \
    static inline type *n2_look_add_##rows(n2_look *look)                                      \
    {                                                                                          \
        look->n_all_##rows++;                                                                  \
        if (look->n_##rows == N2_SWITCH_LOOK_ROWS_MAX)                                         \
            return NULL;                                                                       \
        look->rows[look->n_##rows] = (type){0};                                                \
        return &look->rows[look->n_##rows++];                                                  \
    }
N2_LOOK_LISTS(X)
#undef X

/** The row of @port, or NULL: for parts that add to a port what they know of it. */
static inline n2_look_port *
n2_look_find_port(n2_look *look, uint32_t port)
{
    for (size_t i = 0; i < look->n_ports; i++)
        if (look->ports[i].port == port)
            return &look->ports[i];
    return NULL;
}
