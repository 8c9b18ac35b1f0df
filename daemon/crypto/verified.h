/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * verified.h - which statements were found to hold: whoever meets the same bytes again need not
 *              verify their signatures again.
 *
 * Layer:     crypto (may include: base, wire).
 * Invariant: a signature that holds over a body holds for ever; what may change (who has which
 *            right, times) is looked at each time.  Found by SHA-256 of the whole statement,
 *            signatures and all.
 * Bounds:    so many; a newer one takes the place of an older.  Plain memory; zeros are empty.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"

enum {
    N2_VERIFIED_MAX = 256 /* a power of two */
};

typedef struct {
    uint8_t hashes[N2_VERIFIED_MAX][N2_ID_HASH_BYTES];
    uint64_t n_met; /* statements that were found here */
} n2_verified;

bool n2_verified_has(const n2_verified *verified, const uint8_t hash[static N2_ID_HASH_BYTES]);
void n2_verified_add(n2_verified *verified, const uint8_t hash[static N2_ID_HASH_BYTES]);
