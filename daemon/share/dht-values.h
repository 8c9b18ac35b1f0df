/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dht-values.h - what one node of the DHT keeps for others, sealed: key, value, writer.
 *
 * Layer:     share (may include: base, wire, crypto, store, keys, transport, vm).
 * Source:    data.md, section 8; PROTOCOL.md, "Who has what".
 * Invariant: a value is replaced by its own writer alone, with a higher serial: who writes
 * under the same key for somebody else only stands beside (attack 53).  No writer and no domain
 * gets more than its share, of a key and of all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/uses.h"
#include "share/dht-table.h"

typedef struct n2_dht_values n2_dht_values;

/** One as it is kept. */
typedef struct {
    uint8_t key[N2_DHT_ID_BYTES];
    uint64_t serial;
    int64_t until_us; /* since 1970 UTC */
    const uint8_t *bytes;
    size_t len;
} n2_dht_value;

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_dht_values_new(n2_dht_values **out);
void n2_dht_values_free(n2_dht_values *values); /* (nullable) */

/**
 * Keeps @value, of which the bytes are copied, for @writer, of which it is proven who it is.
 *
 * Returns: N2_OK        also if it is there already
 *          N2_ERR_STATE    this writer's under this key has a higher serial
 *          N2_ERR_TIMEOUT  it is over, or wants to live longer than N2_DHT_VALUE_US
 *          N2_ERR_LIMIT    too large or empty, too many of this key, writer or domain, or too
 *                          often: later
 *          N2_ERR_NOMEM
 */
N2_MUST_USE n2_err n2_dht_values_keep(n2_dht_values *values,
                                      const n2_dht_peer *writer,
                                      const n2_dht_value *value,
                                      int64_t wall_us,
                                      uint64_t now_us);

/** Those under @key that are not over, at most N2_DHT_ANSWER_VALUES, beginning with another one
 *  each time @turn is another.  @out: (out): borrows.  Returns: how many. */
size_t n2_dht_values_get(const n2_dht_values *values,
                         const uint8_t key[static N2_DHT_ID_BYTES],
                         int64_t wall_us,
                         uint64_t turn,
                         n2_dht_value out[static N2_DHT_ANSWER_VALUES]);

/** Drops what is over.  Call it now and then. */
void n2_dht_values_expire(n2_dht_values *values, int64_t wall_us);

size_t n2_dht_values_count(const n2_dht_values *values);

/** Adds a row for each limit that strangers can meet here. */
void n2_dht_values_uses(const n2_dht_values *values, n2_uses *uses);
