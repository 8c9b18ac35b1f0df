/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hkdf.c - HKDF with SHA-512 over libsodium's HMAC.
 */
#include "crypto/hkdf.h"

#include <assert.h>

#include <sodium.h>

_Static_assert((int)crypto_auth_hmacsha512_BYTES == (int)N2_HKDF_PRK_BYTES, "SHA-512");

static void
update(crypto_auth_hmacsha512_state *hmac, const void *bytes, size_t len)
{
    if (len)
        crypto_auth_hmacsha512_update(hmac, bytes, len);
}

void
n2_hmac_sha512(const void *key,
               size_t key_len,
               const void *bytes,
               size_t len,
               uint8_t out[static N2_HKDF_PRK_BYTES])
{
    crypto_auth_hmacsha512_state hmac;

    crypto_auth_hmacsha512_init(&hmac, key_len ? key : (const void *)"", key_len);
    update(&hmac, bytes, len);
    crypto_auth_hmacsha512_final(&hmac, out);
    sodium_memzero(&hmac, sizeof hmac);
}

void
n2_hkdf_extract(const void *salt,
                size_t salt_len,
                const void *secret,
                size_t secret_len,
                uint8_t prk[static N2_HKDF_PRK_BYTES])
{
    /* No salt means a block of zeros, which HMAC makes of an empty key by itself. */
    n2_hmac_sha512(salt, salt_len, secret, secret_len, prk);
}

void
n2_hkdf_expand(const uint8_t prk[static N2_HKDF_PRK_BYTES],
               const void *info,
               size_t info_len,
               void *out,
               size_t out_len)
{
    uint8_t block[N2_HKDF_PRK_BYTES];
    uint8_t *to = out;

    assert(out_len <= N2_HKDF_OUT_MAX);
    for (uint8_t i = 1; out_len; i++) {
        crypto_auth_hmacsha512_state hmac;
        crypto_auth_hmacsha512_init(&hmac, prk, N2_HKDF_PRK_BYTES);
        if (i > 1)
            update(&hmac, block, sizeof block);
        update(&hmac, info, info_len);
        update(&hmac, &i, 1);
        crypto_auth_hmacsha512_final(&hmac, block);
        sodium_memzero(&hmac, sizeof hmac);

        size_t n = out_len < sizeof block ? out_len : sizeof block;
        for (size_t j = 0; j < n; j++)
            to[j] = block[j];
        to += n;
        out_len -= n;
    }
    sodium_memzero(block, sizeof block);
}

void
n2_hkdf(const void *salt,
        size_t salt_len,
        const void *secret,
        size_t secret_len,
        const void *info,
        size_t info_len,
        void *out,
        size_t out_len)
{
    uint8_t prk[N2_HKDF_PRK_BYTES];

    n2_hkdf_extract(salt, salt_len, secret, secret_len, prk);
    n2_hkdf_expand(prk, info, info_len, out, out_len);
    sodium_memzero(prk, sizeof prk);
}
