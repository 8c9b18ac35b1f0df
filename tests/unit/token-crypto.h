/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * token-crypto.h - the mathematics that token/ is handed, for tests: daemon/crypto and OpenSSL.
 */
#pragma once

#include "token/key.h"

/** Chance comes from @seed, moved on; the same each run. */
n2_card_crypto token_crypto(uint64_t *seed);

/** A key pair of any method made from *@seed: its public half as cards write it and as boxes
 *  do; @secret: seed or scalar, little-endian for X25519 and X448. */
void token_pair(
    uint64_t *seed, n2_card_method method, n2_card_key *key, uint8_t *point, uint8_t *secret);

/** What @secret of @method shares with @peer -> @out; false: nothing. */
bool token_agree(n2_card_method method,
                 const uint8_t *secret,
                 const n2_card_key *peer,
                 uint8_t *out);
