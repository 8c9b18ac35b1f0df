/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sheet.h - the recovery sheet: two keys from 16 bytes, and what a birth says about them.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: data.md, section 2.
 *
 *     PRK         HKDF-Extract-SHA512(salt "n2 sheet keys 1", seed)
 *     Ed25519     seed = HKDF-Expand(PRK, "ed25519", 32)
 *     Ed448       seed = HKDF-Expand(PRK, "ed448", 57)
 *     commitment  SHA-256("n2 sheet 1" | Ed25519 public key 32 | Ed448 public key 57)
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "crypto/hash.h"
#include "crypto/statement.h"

enum {
    N2_SHEET_SEED_BYTES = 16
};

/**
 * Both keys of a sheet; to be cleared with n2_signing_key_clear().
 *
 * Returns: N2_OK, N2_ERR_NOMEM; on failure both are cleared.
 */
N2_MUST_USE n2_err n2_sheet_keys(const uint8_t seed[static N2_SHEET_SEED_BYTES],
                                 n2_signing_key *ed25519,
                                 n2_signing_key *ed448);

/** What a birth holds of two public keys; Returns: N2_OK, N2_ERR_FORMAT (other methods). */
N2_MUST_USE n2_err n2_sheet_commit(const n2_key *ed25519,
                                   const n2_key *ed448,
                                   uint8_t commitment[static N2_HASH_BYTES]);

/** Both at once, from the seed.  Errors: n2_sheet_keys(). */
N2_MUST_USE n2_err n2_sheet_commitment(const uint8_t seed[static N2_SHEET_SEED_BYTES],
                                       uint8_t commitment[static N2_HASH_BYTES]);
