/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dht-table.h - the nodes that one node of the DHT knows, and which of many may stand together.
 *
 * Layer:     share (may include: base, wire, crypto, store, keys, transport, vm).
 * Source:    data.md, section 8; PROTOCOL.md, "Who has what".
 * Invariant: in every bucket, and in every set that n2_dht_pick() chooses, there are at most
 *            N2_DHT_DOMAIN_MAX nodes of one domain and N2_DHT_PARENT_MAX of the domains of one
 *            parent, as far as that is known: ids beside a key cost domains (attack 53).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_DHT_ID_BYTES = 32,
    N2_DHT_K = 16,      /* nodes of a bucket, of an answer, and that keep a value */
    N2_DHT_BUCKETS = 32 /* by the bits that an id has in common with ours; the last: and more */
};

/** A node.  Its owner says what stands behind the numbers. */
typedef struct {
    uint8_t id[N2_DHT_ID_BYTES];
    uint64_t node;   /* which; not 0 */
    uint64_t domain; /* which */
    uint64_t parent; /* of the domain; 0: not known */
} n2_dht_peer;

/** Below 0, 0, above 0: @a is nearer to @target than @b, as near, farther. */
int n2_dht_nearer(const uint8_t target[static N2_DHT_ID_BYTES],
                  const uint8_t a[static N2_DHT_ID_BYTES],
                  const uint8_t b[static N2_DHT_ID_BYTES]);

/** Bits that both begin with; at most 256. */
unsigned n2_dht_common(const uint8_t a[static N2_DHT_ID_BYTES],
                       const uint8_t b[static N2_DHT_ID_BYTES]);

/** A set that is being chosen, the nearest first.  Zeroed: empty. */
typedef struct {
    const n2_dht_peer *peers[N2_DHT_K]; /* (transfer none) */
    size_t n;
} n2_dht_set;

/** Puts @peer into @set, unless that is full, or has enough of its domain or parent.  Returns:
 *  whether it did. */
bool n2_dht_pick(n2_dht_set *set, const n2_dht_peer *peer);

typedef struct {
    n2_dht_peer peer;
    uint64_t heard_us; /* last */
    uint8_t n_failed;  /* questions without answer since */
} n2_dht_known;

typedef struct {
    n2_dht_known known[N2_DHT_K];
    uint8_t n;
} n2_dht_bucket;

typedef struct {
    uint8_t id[N2_DHT_ID_BYTES];            /* our own */
    n2_dht_bucket *buckets[N2_DHT_BUCKETS]; /* (owned) (nullable) */
    uint64_t n_refused;                     /* by the rule of domains and parents */
} n2_dht_table;

void n2_dht_table_init(n2_dht_table *table, const uint8_t id[static N2_DHT_ID_BYTES]);
void n2_dht_table_clear(n2_dht_table *table);

/**
 * Somebody was heard of whom it is proven which node it is.  Who answers stays; only who did
 * not answer, or was not heard for N2_DHT_STALE_US, gives way to another.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (bucket, domain or parent is full, or it is ourselves),
 *          N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_dht_table_heard(n2_dht_table *table,
                                      const n2_dht_peer *peer,
                                      uint64_t now_us);

/** It did not answer: out the second time. */
void n2_dht_table_failed(n2_dht_table *table, const n2_dht_peer *peer);

/** Forgets it. */
void n2_dht_table_drop(n2_dht_table *table, const n2_dht_peer *peer);

/** The nearest to @target, ascending, under the rule.  @out: (out): N2_DHT_K.  Returns: how
 *  many. */
size_t n2_dht_table_near(const n2_dht_table *table,
                         const uint8_t target[static N2_DHT_ID_BYTES],
                         n2_dht_peer *out);

/**
 * How thin the nodes lie around @target, if @peers (ascending, @n) are its nearest: the first
 * 64 bits of the distance of the last.  The more nodes there are, the less it is, everywhere.
 */
uint64_t n2_dht_thinness(const uint8_t target[static N2_DHT_ID_BYTES],
                         const n2_dht_peer *peers,
                         size_t n);

/** All that @is_wanted says, the nearest to @target first, under the rule.  @out: (out):
 *  N2_DHT_K.  Returns: how many. */
size_t n2_dht_table_choose(const n2_dht_table *table,
                           const uint8_t target[static N2_DHT_ID_BYTES],
                           bool (*is_wanted)(const void *user, const n2_dht_peer *peer),
                           const void *user,
                           n2_dht_peer *out);

/** Who was not heard for longest; NULL: there is nobody. */
const n2_dht_known *n2_dht_table_stalest(const n2_dht_table *table);

/** Nodes in it. */
size_t n2_dht_table_count(const n2_dht_table *table);
