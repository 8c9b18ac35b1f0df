/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domain-server.h - a domain's server: what it is asked, and what it answers or has signed.
 *
 * Layer:     name (may include: base, wire, crypto).  Sans-IO; whoever holds the connections
 *            proves who asks, and has bodies signed.
 * Source:    data.md, section 5; PROTOCOL.md, "Routes".
 * Invariant: where somebody hangs is what the way back of his packets says (every honest switch
 *            wrote its part of it), never what he says: so nobody gets a place elsewhere, or
 *            routes from another's.
 */
#pragma once

#include "name/domain-places.h"

typedef struct n2_domain_server n2_domain_server;

/** What is asked for a route. */
typedef struct {
    uint8_t own[N2_PLACE_BYTES]; /* the asker's place */
    n2_id domain;                /* of who is meant */
    bool has_place;              /* it is in the asker's domain: */
    uint8_t place[N2_PLACE_BYTES];
    n2_avoid avoid;
} n2_route_question;

enum {
    N2_ROUTE_QUESTION_BYTES_MAX =
        1 + 2 * N2_PLACE_BYTES + N2_ID_BYTES + N2_AVOID_BYTES_MAX /* flags 1 first */
};

/** Returns: bytes written. */
size_t n2_route_question_write(uint8_t out[static N2_ROUTE_QUESTION_BYTES_MAX],
                               const n2_route_question *q);

/** @out: zeroed on failure.  Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_LIMIT, N2_ERR_TRUNCATED,
 *  N2_ERR_TRAILING. */
N2_MUST_USE n2_err n2_route_question_read(n2_route_question *out,
                                          const uint8_t *bytes,
                                          size_t len);

/**
 * @own:    the domain, which is the identity of the node that serves it; its switch, of @width
 *          bits, is the landmark.
 * @secret: for places, kept for good.
 */
N2_MUST_USE n2_err n2_domain_server_new(n2_domain_server **out,
                                        const n2_id *own,
                                        uint8_t width,
                                        const uint8_t secret[static N2_PLACES_SECRET_BYTES]);
void n2_domain_server_free(n2_domain_server *server); /* (transfer full) (nullable) */

/** Both are (transfer none): switches are admitted and report there, statements of domains that
 *  were checked are put here. */
n2_topology *n2_domain_server_topology(n2_domain_server *server);
n2_domains *n2_domain_server_domains(n2_domain_server *server);

/**
 * Somebody wants to be attached.
 *
 * @user: who was proven, or not set: a guest.
 * @node: what his node signs by.
 * @path: way ahead to him, as his packets came.
 * @up:   the labels by which he sends here; only those of his own switches are taken.
 * @out:  (out): to be signed.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (the way back has labels that the widths of @up have no room
 *          for), or as n2_places_take().
 */
N2_MUST_USE n2_err n2_domain_server_attach(n2_domain_server *server,
                                           const n2_id *user,
                                           const n2_key *node,
                                           uint64_t path,
                                           const n2_route *up,
                                           bool is_fixed,
                                           int64_t wall_us,
                                           n2_attachment *out);

/**
 * Somebody asks for routes.
 *
 * @path: way ahead to him.
 *
 * Returns: N2_OK and *@n routes: to the landmark of the domain asked for, or to the place
 *          N2_ERR_REFUSED   his place is not where he is; or all ways lead through what he
 *                           wants to avoid
 *          N2_ERR_NOTFOUND  his place is over, that place is nobody's, or that domain is not
 *                           known
 *          or as n2_compose_out(), n2_compose_in()
 */
N2_MUST_USE n2_err n2_domain_server_route(n2_domain_server *server,
                                          const n2_route_question *question,
                                          uint64_t path,
                                          int64_t wall_us,
                                          n2_composed ways[static N2_COMPOSED_MAX],
                                          size_t *n);

/** What somebody says whose packets do not go through: of two switches next to each other on
 * his way the first answers echoes and the second does not. */
typedef struct {
    uint8_t own[N2_PLACE_BYTES]; /* his place */
    uint32_t answers, silent;    /* numbers of the switches */
} n2_complaint;

enum {
    N2_COMPLAINT_BYTES = N2_PLACE_BYTES + 4 + 4
};

void n2_complaint_write(uint8_t out[static N2_COMPLAINT_BYTES], const n2_complaint *complaint);

/** @out: zeroed on failure.  Returns: N2_OK, N2_ERR_FORMAT (numbers that no two switches have),
 *  N2_ERR_TRUNCATED, N2_ERR_TRAILING. */
N2_MUST_USE n2_err n2_complaint_read(n2_complaint *out, const uint8_t *bytes, size_t len);

/**
 * Somebody complains.
 *
 * @path: way ahead to him.
 *
 * Returns: N2_OK            all links between the two will be probed
 * (n2_topology_next_probe()), and nothing else happens N2_ERR_REFUSED   his place is not where
 * he is N2_ERR_NOTFOUND  his place is over; no link between them is up N2_ERR_LIMIT     too
 * many complaints from his port (N2_COMPLAINTS_BURST), or of all
 */
N2_MUST_USE n2_err n2_domain_server_complain(n2_domain_server *server,
                                             const n2_complaint *complaint,
                                             uint64_t path,
                                             int64_t wall_us,
                                             uint64_t now_us);

/**
 * May we sign what @child says of itself, as its parent?
 *
 * @path: way ahead to its landmark's node, as its packets came.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (it does not name us), N2_ERR_REFUSED (its way down is not
 *          the one that we see), N2_ERR_FORMAT (it lasts longer than a day, or is over).
 */
N2_MUST_USE n2_err n2_domain_server_may_sign(n2_domain_server *server,
                                             const n2_domain_said *child,
                                             uint64_t path,
                                             int64_t wall_us);
