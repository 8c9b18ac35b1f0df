/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-seen.h - which heads the zones in use were seen to sign, so that one that shows one
 *               asker another state than the next is caught.
 *
 * Layer:     name (may include: base, wire, crypto).
 * Source:    data.md, section 4; attack 41.
 * Invariant: of each zone the last N2_ZONE_HEADS_SEEN_MAX, ascending by serial, each serial
 *            once.  Two heads that one zone cannot both have signed honestly (two of one
 *            serial; or two in a row, of which the later does not name the earlier) are a
 *            fraud: both are kept, for good.
 * Caller:    every head was verified to be signed by a key of the zone.
 */
#pragma once

#include "base/limits.h"
#include "base/uses.h"
#include "crypto/hash.h"

/** A zone's head, as the chain of them sees it. */
typedef struct {
    n2_id zone;
    uint64_t serial;
    uint8_t hash[N2_HASH_BYTES];     /* of its body */
    uint8_t previous[N2_HASH_BYTES]; /* that it names */
    int64_t made_us;
    int64_t until_us;
    const uint8_t *bytes; /* the whole statement */
    size_t len;
} n2_head_seen;

typedef enum {
    N2_SEEN_NEW,  /* newer than any: to be written down */
    N2_SEEN_SAME, /* the newest there is */
    N2_SEEN_OLD,  /* below one that was seen: what it says is not to be taken any more */
    N2_SEEN_FRAUD /* it and another one; now, or at any time before */
} n2_seen_news;

typedef struct n2_zone_seen n2_zone_seen;

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_zone_seen_new(n2_zone_seen **out);
void n2_zone_seen_free(n2_zone_seen *seen); /* (nullable) */

/**
 * Takes a head in; a copy of it is kept.
 *
 * @is_news: (out) (nullable): was there anything in it to be written down?
 *
 * Returns: N2_OK, N2_ERR_LIMIT (longer than one may be), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_zone_seen_take(n2_zone_seen *seen,
                                     const n2_head_seen *head,
                                     n2_seen_news *news,
                                     bool *is_news);

/** Highest serial seen of @zone, 0: none. */
uint64_t n2_zone_seen_floor(const n2_zone_seen *seen, const n2_id *zone);

/** The two heads that prove the fraud of @zone (transfer none); false: none is known. */
bool n2_zone_seen_fraud(const n2_zone_seen *seen, const n2_id *zone, n2_head_seen two[2]);

/** The @i-th head of @zone, the newest first (transfer none); of a fraud the two that prove it
 * come before all.  False after the last. */
bool n2_zone_seen_at(const n2_zone_seen *seen, const n2_id *zone, size_t i, n2_head_seen *out);

/** The @i-th zone, the last used first; false after the last. */
bool n2_zone_seen_zone(const n2_zone_seen *seen, size_t i, n2_id *out);

void n2_zone_seen_uses(const n2_zone_seen *seen, n2_uses *uses);
