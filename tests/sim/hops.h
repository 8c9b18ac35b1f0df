/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hops.h - switches with their reservations, wired as a test likes, and nothing else: what
 *          reservations are played on.
 *
 * Each wire takes HOPS_DELAY_US; between two nodes there may be any number.  What ends at a
 * node is taken by its reservations; what it wants to say leaves by its port 0.
 */
#pragma once

#include <glib.h>

#include "switch/reserve.h"
#include "switch/switch.h"
#include "wire/path.h"

enum {
    HOPS_NODES = 40,
    HOPS_PORTS = 64,
    HOPS_WIDTH = 6,
    HOPS_DELAY_US = 1000
};

#define HOPS_KBPS(n) ((n)*UINT64_C(125))

typedef struct {
    int peer; /* -1: none */
    unsigned peer_port;
    uint64_t rate_Bps;
    unsigned users;
    guint64 source;   /* n2_reserve_way's, */
    gboolean is_down; /* and that */
} hops_wire;

typedef struct {
    n2_switch sw;
    n2_reserve *reserve;
    hops_wire wires[HOPS_PORTS];
    bool is_deaf; /* takes and says nothing */
    guint64 seen; /* messages of reservations that came by a wire */
} hops_node;

typedef struct hops hops;
struct hops {
    hops_node nodes[HOPS_NODES];
    int n_nodes;
    guint64 now_us;
    guint64 random;   /* state of the ids */
    GQueue under_way; /* in order of arrival */
    guint64 n_sent;
    n2_reserve_event events[1024];
    guint n_events;
    int event_node[1024];
    bool (*loses)(hops *h, int from, int to, const guint8 *bytes);
};

hops *hops_new(guint64 seed);
void hops_free(hops *h);

/** Returns: its number. */
int hops_add(hops *h);

/** A switch that forgets everything. */
void hops_restart(hops *h, int node);

/** A wire of @Bps both ways; each end's port must be free. */
void hops_lay(hops *h, int a, unsigned port_a, int b, unsigned port_b, uint64_t Bps);

/** @n switches in a row, joined by port 2 (ahead) and 1 (back).  Returns: the first. */
int hops_row(hops *h, int n, uint64_t Bps);

/** Way ahead by these ports, one of each switch; ends at the node behind the last. */
guint64 hops_path(const unsigned *ports, unsigned n);

/** The path by port 2 of each of @n switches. */
uint64_t hops_ahead(unsigned n);

/** What node number @node has promised to others at its port, kbit/s. */
uint64_t hops_promised(const hops *h, int node, unsigned port);

/** Puts a packet on its way as if it came to @node by @in_port now. */
void hops_inject(hops *h, int node, unsigned in_port, const guint8 *bytes, gsize len);

/** Passes @us. */
void hops_run(hops *h, guint64 us);

/** Asks, of @node. */
void hops_ask(hops *h, int node, guint64 tag, guint64 path, guint kbps);

/** The last event of @node with @tag, or NULL. */
const n2_reserve_event *hops_event(const hops *h, int node, guint64 tag);

/** Lets @node's own packet of @len bytes and class high take all its way.  Returns: how many
 *  of its switches let it keep the class. */
guint hops_drive(hops *h, int node, guint64 path, gsize len);

n2_reserve_stats hops_stats(const hops *h, int node);
