/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hkdf.c - HKDF with SHA-512.
 *
 * By hash.c, whose SHA-512 is twice as quick as libsodium's; a key's two pads are hashed once,
 * however many blocks come of it.
 */
#include "crypto/hkdf.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "crypto/hash.h"

enum {
    BLOCK_BYTES = 128
};

_Static_assert((int)N2_SHA512_BYTES == (int)N2_HKDF_PRK_BYTES, "SHA-512");

/* What SHA-512 has in it after 128 times 0x36, or 0x5c: the pads of the empty key, which is the
 * salt of all keys of connections. */
static const uint64_t empty_inner[8] = {
    UINT64_C(0x1aa8caac196aa9cf), UINT64_C(0x157bc66ffacbb113), UINT64_C(0x2f5813b01a6d99fb),
    UINT64_C(0x6b15a0122ed28282), UINT64_C(0xb31bdcd996d81fa6), UINT64_C(0x151961af57cb87c1),
    UINT64_C(0xdb05ba3a642721c9), UINT64_C(0x3aa11644c5429812)};
static const uint64_t empty_outer[8] = {
    UINT64_C(0x1efe832e03f7255b), UINT64_C(0x2b9bb33f32f60445), UINT64_C(0xf9d607f52ec5b0a3),
    UINT64_C(0x11afe3481f43b83d), UINT64_C(0x68dee3ab8db272b7), UINT64_C(0x815ffb34f560a851),
    UINT64_C(0xfc6950d7e19a3529), UINT64_C(0x23f2e1e9645f0fe6)};

/* A key: what is hashed before a message, and before the hash of that. */
typedef struct {
    n2_sha512 inner, outer;
} hmac_key;

static void
hmac_init(hmac_key *key, const void *bytes, size_t len)
{
    uint8_t pad[BLOCK_BYTES] = {0};

    if (!len) {
        n2_sha512_init_after(&key->inner, empty_inner);
        n2_sha512_init_after(&key->outer, empty_outer);
        return;
    }
    if (len > sizeof pad)
        n2_sha512_of(bytes, len, pad);
    else
        memcpy(pad, bytes, len);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36;
    n2_sha512_init(&key->inner);
    n2_sha512_update(&key->inner, pad, sizeof pad);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    n2_sha512_init(&key->outer);
    n2_sha512_update(&key->outer, pad, sizeof pad);
    sodium_memzero(pad, sizeof pad);
}

/* @inner: the key's, with the message. */
static void
hmac_final(const hmac_key *key, n2_sha512 *inner, uint8_t out[static N2_HKDF_PRK_BYTES])
{
    n2_sha512 outer = key->outer;
    uint8_t hash[N2_SHA512_BYTES];

    n2_sha512_final(inner, hash);
    n2_sha512_update(&outer, hash, sizeof hash);
    n2_sha512_final(&outer, out);
    sodium_memzero(hash, sizeof hash);
    sodium_memzero(&outer, sizeof outer);
}

void
n2_hmac_sha512(const void *key,
               size_t key_len,
               const void *bytes,
               size_t len,
               uint8_t out[static N2_HKDF_PRK_BYTES])
{
    hmac_key k;

    hmac_init(&k, key, key_len);
    n2_sha512_update(&k.inner, bytes, len);
    hmac_final(&k, &k.inner, out);
    sodium_memzero(&k, sizeof k);
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
    hmac_key key;

    assert(out_len <= N2_HKDF_OUT_MAX);
    hmac_init(&key, prk, N2_HKDF_PRK_BYTES);
    for (uint8_t i = 1; out_len; i++) {
        n2_sha512 hash = key.inner;
        if (i > 1)
            n2_sha512_update(&hash, block, sizeof block);
        n2_sha512_update(&hash, info, info_len);
        n2_sha512_update(&hash, &i, 1);
        hmac_final(&key, &hash, block);
        sodium_memzero(&hash, sizeof hash);

        size_t n = out_len < sizeof block ? out_len : sizeof block;
        memcpy(to, block, n);
        to += n;
        out_len -= n;
    }
    sodium_memzero(&key, sizeof key);
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
