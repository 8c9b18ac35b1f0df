/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domain-places.h - which nodes hang in a domain, and where: the server's side of attachments.
 *
 * Layer:     name (may include: base, wire, crypto).  Sans-IO.
 * Source:    data.md, section 5; attack 45.
 * Invariant: a place is a function of the domain's secret, the week, the user and a number
 *            below N2_PLACES_USER_MAX: so one user has no more of them, whatever keys, ports
 *            and restarts there are, and last week's is nobody's.
 */
#pragma once

#include "name/compose.h"

typedef struct n2_places n2_places;

enum {
    N2_PLACES_SECRET_BYTES = 32
};

/** What is asked for. */
typedef struct {
    n2_id user; /* proven; not set: a guest, who is told by his port */
    n2_key node;
    n2_end end;
    uint8_t rate; /* of the last line, codes */
    uint16_t delay;
    bool is_fixed;
} n2_place_asked;

/** @secret: kept by the server for good.  @out: (out) (transfer full). */
N2_MUST_USE n2_err n2_places_new(n2_places **out,
                                 const n2_id *domain,
                                 const uint8_t secret[static N2_PLACES_SECRET_BYTES]);
void n2_places_free(n2_places *places); /* (transfer full) (nullable) */

/**
 * Gives a place, or the one that this node has, and writes the attachment to be signed.
 *
 * @landmark: number of the switch that up leads to.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (all places of this user are taken by other nodes; or all of the
 *          domain; or the way is too long), N2_ERR_STATE (the clock is not known),
 *          N2_ERR_NOMEM, or as n2_topology_ways().
 */
N2_MUST_USE n2_err n2_places_take(n2_places *places,
                                  n2_topology *topology,
                                  uint32_t landmark,
                                  const n2_place_asked *asked,
                                  int64_t wall_us,
                                  n2_attachment *out);

/** Where that place is.  Returns: N2_OK, N2_ERR_NOTFOUND (nobody's, or no longer). */
N2_MUST_USE n2_err n2_places_find(const n2_places *places,
                                  const uint8_t place[static N2_PLACE_BYTES],
                                  int64_t wall_us,
                                  n2_end *out);

size_t n2_places_count(const n2_places *places);
