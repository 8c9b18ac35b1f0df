/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * topology-private.h - what the parts of a topology share.
 *
 * Layer: name.  Included by topology*.c only.
 */
#pragma once

#include "name/topology.h"

typedef struct {
    n2_link_said said;
    uint32_t other;          /* index of the switch there, if it is up */
    bool is_up;              /* both ends report it, and neither is silent */
    uint64_t doubt_until_us; /* it failed our probe; 0: no */
    uint64_t probe_at_us;    /* it is looked at again; 0: not */
} link_end;

typedef struct {
    n2_id who;
    uint32_t number;
    uint8_t width;
    bool has_report;
    uint64_t serial;
    uint64_t heard_us;
    link_end *links; /* (owned) (nullable) by port */
    size_t n;
} vertex;

typedef struct {
    uint32_t number;
    uint16_t port;
    bool is_taken; /* next_probe() has told it */
} probe;

struct n2_topology {
    n2_id domain;
    vertex *all; /* (owned) by number */
    size_t n, room;
    uint64_t version;
    probe probes[N2_LINK_PROBES_MAX];
    size_t n_probes;
    n2_bucket complaints;
    uint64_t n_reports, n_refused, n_replayed, n_complaints, n_complaints_over, n_doubted;
    uint64_t n_full;
    uint64_t now_us; /* as was said last */
};

/** The switch with that number, or NULL. */
vertex *n2_topology_vertex(const n2_topology *t, uint32_t number);
/** The end of a link at that port, or NULL. */
link_end *n2_topology_end(const vertex *v, uint16_t port);
/** The other end of @e, a link of @v, if that says the same of it; or NULL. */
link_end *n2_topology_partner(const n2_topology *t, const vertex *v, const link_end *e);

/** The link is to be probed, if it is not yet.  False: there is no room for one more. */
bool n2_topology_probe(n2_topology *t, uint32_t number, uint16_t port);
