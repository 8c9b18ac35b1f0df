/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sheet.c - keys and commitment of the recovery sheet.
 */
#include "crypto/sheet.h"

#include <string.h>

#include <sodium.h>

#include "crypto/hkdf.h"

static const char salt[] = "n2 sheet keys 1";
static const char label[] = "n2 sheet 1";

static n2_err
make_key(const uint8_t *prk, uint8_t method, const char *info, n2_signing_key *out)
{
    uint8_t seed[N2_SEED_BYTES_MAX];
    size_t len = n2_seed_bytes(method);

    n2_hkdf_expand(prk, info, strlen(info), seed, len);
    n2_err err = n2_signing_key_init(out, method, seed);
    sodium_memzero(seed, sizeof seed);
    return err;
}

n2_err
n2_sheet_keys(const uint8_t seed[static N2_SHEET_SEED_BYTES],
              n2_signing_key *ed25519,
              n2_signing_key *ed448)
{
    uint8_t prk[N2_HKDF_PRK_BYTES];

    *ed25519 = *ed448 = (n2_signing_key){0};
    n2_hkdf_extract(salt, strlen(salt), seed, N2_SHEET_SEED_BYTES, prk);
    n2_err err = make_key(prk, N2_KEY_ED25519, "ed25519", ed25519);
    if (!err)
        err = make_key(prk, N2_KEY_ED448, "ed448", ed448);
    if (err) {
        n2_signing_key_clear(ed25519);
        n2_signing_key_clear(ed448);
    }
    sodium_memzero(prk, sizeof prk);
    return err;
}

n2_err
n2_sheet_commit(const n2_key *ed25519,
                const n2_key *ed448,
                uint8_t commitment[static N2_HASH_BYTES])
{
    n2_hash hash;

    if (ed25519->method != N2_KEY_ED25519 || ed448->method != N2_KEY_ED448)
        return N2_ERR_FORMAT;
    n2_hash_init(&hash, N2_METHOD_SHA256);
    n2_hash_update(&hash, label, strlen(label));
    n2_hash_update(&hash, ed25519->bytes, n2_key_bytes(N2_KEY_ED25519));
    n2_hash_update(&hash, ed448->bytes, n2_key_bytes(N2_KEY_ED448));
    n2_hash_final(&hash, commitment);
    return N2_OK;
}

n2_err
n2_sheet_commitment(const uint8_t seed[static N2_SHEET_SEED_BYTES],
                    uint8_t commitment[static N2_HASH_BYTES])
{
    n2_signing_key ed25519, ed448;

    n2_err err = n2_sheet_keys(seed, &ed25519, &ed448);
    if (!err)
        err = n2_sheet_commit(&ed25519.key, &ed448.key, commitment);
    n2_signing_key_clear(&ed25519);
    n2_signing_key_clear(&ed448);
    return err;
}
