/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * road.h - connections side by side over one narrow bridge: what the tests of rates drive on.
 *
 * Each flow has a server and a client of its own, linked with each other; all that the servers
 * send stands in one queue, all that the clients send in another.
 */
#pragma once

#include <glib.h>

#include "world.h"

enum {
    ROAD_FLOWS = 8
};

typedef struct road road;

typedef struct {
    road *r;
    unsigned links_up;
    uint16_t port; /* to the server, at the client */
    world_node *server, *client;
    n2_conn at_server, at_client;
    uint64_t asked_us, connected_us, began_us, done_us; /* of the last piece; 0: not yet */
    unsigned n_sent, n_pieces;
    n2_err closed;
    uint8_t *source, *target;
    uint64_t size, address;
    uint64_t failed_Bps; /* what came through of an assigned rate */
} road_flow;

struct road {
    world *w;
    world_wire there, back; /* from the servers, from the clients */
    road_flow flows[ROAD_FLOWS];
    unsigned n_flows;
    GArray *waits; /* double, us: what each look saw */
    uint64_t look_end_us;
    uint8_t secret[32], key[32], answer[N2_KEY_ANSWER_BYTES];
};

/** What went over the bridge in a stretch of time. */
typedef struct {
    uint64_t us;
    uint64_t bytes[ROAD_FLOWS]; /* IP bytes, of each flow */
    uint64_t overflowed;        /* packets, all flows */
    double median_us, most_us;  /* of what a small packet beside it would wait */
    double share;               /* of the bridge, all flows, 0 to 1 */
} road_figures;

road *road_new(uint64_t seed, const world_wire *there, const world_wire *back);
void road_free(road *r);

/** A new pair, linked; the wires are there's and back's, whatever their delay. */
road_flow *road_add(road *r);

/** The client connects; @record_Bps, @delay_us (one way): what its route record says, or 0. */
void road_connect(road_flow *f, uint64_t record_Bps, uint64_t delay_us);

/** The client asks for @size bytes, once it is connected. */
void road_ask(road_flow *f, uint64_t size);

/** The client sends @size bytes on its own, once it is connected. */
void road_push(road_flow *f, uint64_t size);

/** High priority for what the server sends; 0: low again. */
void road_assign(road_flow *f, uint64_t Bps);

/** Connects, asks and waits.  Returns: us from the first hello to the last byte. */
uint64_t road_fetch(road_flow *f, uint64_t record_Bps, uint64_t delay_us, uint64_t size);

void road_run(road *r, uint64_t us);
/** The same with figures. */
road_figures road_watch(road *r, uint64_t us);
