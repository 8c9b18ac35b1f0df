/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * verified.c - one place for each hash, by its first byte.
 */
#include "crypto/verified.h"

#include <string.h>

_Static_assert((int)N2_VERIFIED_MAX == 256, "places by one byte");

bool
n2_verified_has(const n2_verified *verified, const uint8_t hash[static N2_ID_HASH_BYTES])
{
    return !memcmp(verified->hashes[hash[0]], hash, N2_ID_HASH_BYTES);
}

void
n2_verified_add(n2_verified *verified, const uint8_t hash[static N2_ID_HASH_BYTES])
{
    memcpy(verified->hashes[hash[0]], hash, N2_ID_HASH_BYTES);
}
