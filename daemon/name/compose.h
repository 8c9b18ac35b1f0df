/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * compose.h - a route from somebody's switch to another domain, or to a place in the own one:
 *             up to the lowest common domain, then down.
 *
 * Layer:     name (may include: base, wire, crypto).  Sans-IO.
 * Source:    net2o white paper, "Routing"; data.md, section 5; PROTOCOL.md, "Routes".
 * Invariant: route-width: labels of a route and the bits that its greatest virtual label hides
 *            are 58 at most; what is longer is refused here, never cut (attacks 4 and 44).
 * Shown:     of other domains one step each, as they show themselves; what lies behind a
 *            virtual label is not in any statement that goes in here, and so in no answer.
 */
#pragma once

#include "base/writer.h"
#include "name/domain.h"
#include "name/topology.h"

/** A step of a route. */
typedef struct {
    n2_id domain;    /* not set: own switches of an end */
    uint32_t number; /* of the switch, in the own domain; 0: a domain as a whole */
    uint8_t bits;
} n2_composed_hop;

typedef struct {
    n2_route route;
    uint8_t headroom;
    bool is_doubtful;
    uint64_t rate_Bps; /* least on it, 0 unknown: a hint, the transport tries it out */
    uint64_t delay_us; /* one way, 0 unknown */
    n2_composed_hop hops[N2_COMPOSED_HOPS_MAX];
    size_t n_hops;
} n2_composed;

/** What is not to be gone through; the first and the last may be among it. */
typedef struct {
    n2_id domains[N2_AVOID_MAX];
    size_t n_domains;
    n2_inner_avoid switches;
} n2_avoid;

/** Where somebody hangs. */
typedef struct {
    uint32_t number;    /* of our switch, */
    uint16_t port;      /* and its port to the end's own switches */
    n2_route rest_up;   /* labels of those on the way to us, */
    n2_route rest_down; /* and from us, the last one's 0 too */
} n2_end;

/** Delay, and 100 kB at that rate; what is not known counts as 1 ms each. */
uint64_t n2_composed_cost_us(const n2_composed *c);

/**
 * Adds @tail behind @c.
 *
 * Returns: N2_OK, N2_ERR_LIMIT: more than 58 bits with what is hidden, or too many steps; @c is
 *          untouched then.
 */
N2_MUST_USE n2_err n2_composed_join(n2_composed *c, const n2_composed *tail);

/** Adds the way down to who is meant: by that, a route that a server answered is one to a node.
 *  Errors as n2_composed_join(). */
N2_MUST_USE n2_err n2_composed_finish(n2_composed *c, const n2_attachment *target);

/** Cheapest first, those in doubt last. */
void n2_composed_sort(n2_composed *all, size_t n);

/**
 * Does it go through something of @avoid?  The steps of its ends count for domains only in
 * between.
 */
bool n2_composed_meets(const n2_composed *c, const n2_avoid *avoid);

/* ---- domains that a server knows ---- */

typedef struct n2_domains n2_domains;

/** @out: (out) (transfer full). */
N2_MUST_USE n2_err n2_domains_new(n2_domains **out);
void n2_domains_free(n2_domains *domains); /* (transfer full) (nullable) */

/**
 * Takes a statement that n2_domain_check() let through.
 *
 * Returns: N2_OK, N2_ERR_STATE (not newer than the one that is here), N2_ERR_LIMIT,
 * N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_domains_put(n2_domains *domains, const n2_domain_said *said);

/** (transfer none), until the next put; NULL: not known, or its day is over (@wall_us 0: the
 *  clock is not known). */
const n2_domain_said *
n2_domains_find(const n2_domains *domains, const n2_id *who, int64_t wall_us);

/**
 * Routes from the landmark of @from to that of @to, cheapest first: up to a lowest common
 * domain, then down.  From a domain to itself: one of no labels.
 *
 * @avoid: (nullable).
 *
 * Returns: N2_OK and *@n of at least 1
 *          N2_ERR_NOTFOUND  no common domain is known
 *          N2_ERR_REFUSED   none that goes round what is to be avoided
 *          N2_ERR_LIMIT     all are longer than 58 bits
 */
N2_MUST_USE n2_err n2_domains_ways(const n2_domains *domains,
                                   const n2_id *from,
                                   const n2_id *to,
                                   const n2_avoid *avoid,
                                   int64_t wall_us,
                                   n2_composed *ways,
                                   size_t room,
                                   size_t *n);

/* ---- what a server answers ---- */

/**
 * Routes from @asker to the landmark of domain @to, which is another than ours.
 *
 * @own: our domain; @landmark: number of its switch.
 *
 * Returns: as n2_domains_ways() and n2_topology_ways().
 */
N2_MUST_USE n2_err n2_compose_out(n2_topology *topology,
                                  const n2_domains *domains,
                                  const n2_id *own,
                                  uint32_t landmark,
                                  const n2_end *asker,
                                  const n2_id *to,
                                  const n2_avoid *avoid,
                                  int64_t wall_us,
                                  n2_composed ways[static N2_COMPOSED_MAX],
                                  size_t *n);

/** Routes from @asker to @target, both of ours: what both share is left out.  Errors as
 *  n2_topology_ways(). */
N2_MUST_USE n2_err n2_compose_in(n2_topology *topology,
                                 const n2_id *own,
                                 const n2_end *asker,
                                 const n2_end *target,
                                 const n2_avoid *avoid,
                                 n2_composed ways[static N2_COMPOSED_MAX],
                                 size_t *n);

/* ---- on the wire: PROTOCOL.md, "Routes" ---- */

enum {
    N2_COMPOSED_HEAD_BYTES = N2_PATH_STORED_BYTES + 1 + 1 + 1 + 2 + 1,
    N2_COMPOSED_HOP_BYTES = N2_ID_BYTES + 4 + 1,
    N2_COMPOSED_BYTES_MAX =
        N2_COMPOSED_HEAD_BYTES + N2_COMPOSED_HOPS_MAX * N2_COMPOSED_HOP_BYTES,
    N2_AVOID_BYTES_MAX = 2 + N2_AVOID_MAX * (N2_ID_BYTES + 4)
};

/** Writes a route of an answer.  Returns: bytes written. */
size_t n2_composed_write(uint8_t out[static N2_COMPOSED_BYTES_MAX], const n2_composed *c);

/** @out: zeroed on failure.  Returns: N2_OK, N2_ERR_FORMAT (steps that do not add up to the
 *  route, spare bits), N2_ERR_LIMIT (58 bits), N2_ERR_TRUNCATED, N2_ERR_TRAILING. */
N2_MUST_USE n2_err n2_composed_read(n2_composed *out, const uint8_t *bytes, size_t len);

/** The same for what is to be avoided: count 1, identities; count 1, numbers 4. */
size_t n2_avoid_write(uint8_t out[static N2_AVOID_BYTES_MAX], const n2_avoid *avoid);
N2_MUST_USE n2_err n2_avoid_read(n2_avoid *out, const uint8_t *bytes, size_t len);
