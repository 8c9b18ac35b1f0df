/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pump.h - the data-plane thread: moves bytes between sockets and plane, orders and events
 *          between plane and control thread.  It decides nothing.
 *
 * Layer:   host.
 * Threads: start, push, pop, arm, disarm, stats and stop are for the control thread.  The two
 *          threads share two rings, two flags and two eventfds; each is woken only when it
 *          said that it sleeps.
 *
 *     control --push--> ring of n2_op ----> data-plane thread: plane <--> sockets
 *             <--pop--- ring of n2_event <-/
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "host/sockets.h"
#include "node/plane.h"

typedef struct n2_pump n2_pump;

enum {
    N2_PUMP_OPS = 1024,    /* orders that may wait */
    N2_PUMP_EVENTS = 4096, /* events that may wait; more stay in the plane */
    N2_PUMP_RUNS = 64      /* sends in one turn before sockets are looked at again */
};

typedef struct {
    const int *fds; /* bound sockets; closed by n2_pump_stop() */
    size_t n_fds;
    const n2_net_addr *nets; /* (nullable) what each was bound to */
    const int *ask;          /* two: from n2_ways_open(), closed by n2_pump_stop() */
    int news;                /* from n2_ways_news(), closed by n2_pump_stop(); 0 or -1: none */
    uint8_t width_bits;
    uint64_t spin_us;       /* look so long for more before sleeping */
    bool is_shy;            /* follows no introductions of neighbours */
    bool is_planned;        /* strangers get only ports that the configuration names */
    uint64_t link_rate_Bps; /* of each link; 0: unknown */
} n2_pump_config;

/** Returns: N2_OK, N2_ERR_USAGE, N2_ERR_NOMEM, N2_ERR_IO (no thread, no descriptor). */
N2_MUST_USE n2_err n2_pump_start(n2_pump **out, const n2_pump_config *config);

/** Closes all links with a word to the other side, ends the thread, frees all.
 *  @pump: (transfer full) (nullable). */
void n2_pump_stop(n2_pump *pump);

/** Gives an order; takes its `bytes` if it returns true.  False: full, try again later. */
bool n2_pump_push(n2_pump *pump, const n2_op *op);

/** Takes an event with its `bytes`, or returns false. */
bool n2_pump_pop(n2_pump *pump, n2_event *event);

/** Readable after the thread has something to say to a control thread that is armed. */
int n2_pump_fd(const n2_pump *pump);

/** The control thread is about to wait for n2_pump_fd().  False: events are there already. */
bool n2_pump_arm(n2_pump *pump);

/** The control thread is awake. */
void n2_pump_disarm(n2_pump *pump);

/** A recent copy of the counters. */
void n2_pump_stats(n2_pump *pump, n2_plane_stats *plane, n2_datagram_stats *sockets);
