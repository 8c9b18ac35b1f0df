/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-private.h - what a zone that is kept holds; for zone.c and zone-copy.c.
 *
 * Layer:     name, private.
 * Invariant: `map` is that of `head` whenever `is_whole`; `waits` are in the order in which
 * they were granted, so of one label the first has the record of the head.
 */
#pragma once

#include "base/limits.h"
#include "name/zone.h"

/* A name that changed since the last head. */
typedef struct {
    uint8_t label[N2_HASH_BYTES];
    uint8_t *before; /* (owned) (nullable): its record in that head */
    size_t before_len;
    bool is_proposed; /* part of the head that is being signed */
    bool goes;
    uint8_t record[N2_HASH_BYTES]; /* hash of the one to come */
} waiting;

struct n2_zone {
    n2_store *store;
    const n2_unicode *unicode;
    n2_zone_rules rules;
    n2_zone_map *map; /* as of the head */
    n2_zone_head head;
    uint8_t head_bytes[N2_ZONE_HEAD_BYTES_MAX];
    size_t head_len;
    bool is_whole;  /* the map is that of the head */
    waiting *waits; /* (owned) */
    size_t n_waits, room;
    n2_zone_head next; /* serial 0: nothing is being signed */
    int64_t not_before_us;
};
