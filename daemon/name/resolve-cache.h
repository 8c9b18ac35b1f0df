/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resolve-cache.h - what zones have answered, for as long as it may be used again.
 *
 * Layer:     name (may include: base, wire, crypto).
 * Source:    data.md, section 4.
 * Invariant: an answer serves until the least of its caching time, its record's end and its
 *            head's end; 'no' N2_NAME_NO_US; one that was there N2_ZONE_KEPT_US more, for who
 *            asks for kept ones.  N2_NAME_ANSWERS_MAX and N2_NAME_ANSWERS_BYTES_MAX hold for
 *            all, one hundredth of them for each zone: a zone that has more loses its own
 *            longest unused, never another's.
 * Memory:    its own; what get() returns is valid until the next call that changes it.
 */
#pragma once

#include "base/address.h"
#include "base/env.h"
#include "base/uses.h"

typedef struct n2_name_cache n2_name_cache;

/** What a zone says of one label; whoever made it has verified it. */
typedef struct {
    n2_id zone;
    char label[N2_LABEL_BYTES_MAX + 1]; /* folded */
    bool is_there;
    n2_id who;        /* not set: nobody; */
    n2_id below;      /* the zone that the label leads to; not set: none */
    int64_t since_us; /* of the record */
    int64_t until_us;
    int64_t caching_s; /* greatest */
    uint64_t serial;   /* of the head, */
    int64_t made_us;
    int64_t head_until_us;
    const uint8_t *record; /* (nullable) the box (kind 15), in @bytes */
    size_t record_len;
    const uint8_t *bytes; /* the answer as it came, to be given to others */
    size_t len;
} n2_zone_word;

typedef struct {
    n2_zone_word word;       /* its bytes: (transfer none) */
    n2_id from;              /* who gave it */
    uint64_t got_us;         /* monotonic */
    int64_t got_wall_us;     /* 0: not known then */
    uint64_t fresh_until_us; /* monotonic */
    uint64_t kept_until_us;
} n2_kept_word;

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_name_cache_new(n2_name_cache **out, const n2_env *env);
void n2_name_cache_free(n2_name_cache *cache); /* (nullable) */

/**
 * How long @word may serve.
 *
 * @age_s: how long it was in the cache that gave it, as that says.
 * @wall_us: 0: not known; then its caching time alone counts.
 */
uint64_t n2_zone_word_fresh_us(const n2_zone_word *word, uint64_t age_s, int64_t wall_us);

/**
 * Keeps a copy, instead of what was there of this zone and label.  What may not serve at all is
 * kept for when the zone is out of reach.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (longer than one may be), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_name_cache_put(n2_name_cache *cache,
                                     const n2_zone_word *word,
                                     const n2_id *from,
                                     uint64_t age_s,
                                     uint64_t now_us,
                                     int64_t wall_us);

/**
 * @is_kept: also one that may only serve because its zone is out of reach.
 *
 * Returns: (nullable) (transfer none): what may be used now.
 */
const n2_kept_word *n2_name_cache_get(
    n2_name_cache *cache, const n2_id *zone, const char *label, bool is_kept, uint64_t now_us);

/** All of @zone, e.g. as it was found to lie. */
void n2_name_cache_drop(n2_name_cache *cache, const n2_id *zone);

typedef struct {
    size_t n, bytes, n_zones;
    uint64_t n_hits, n_misses;
    uint64_t n_out;      /* that had to go for newer ones: of all, */
    uint64_t n_zone_out; /* of a zone that had its share */
} n2_name_cache_counts;
void n2_name_cache_counts_get(const n2_name_cache *cache, n2_name_cache_counts *out);
void n2_name_cache_uses(const n2_name_cache *cache, n2_uses *uses);
