/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hash.c - hashes by OpenSSL (SHA-2, which has the processor's instructions) and libsodium.
 *
 * SHA-2 goes through OpenSSL's plain states, not through EVP: they can be copied by assignment,
 * live where their owner lives, and cost nothing to set up, where an EVP digest costs as much
 * as a short message.  OpenSSL 3 calls them deprecated and keeps them.
 */
#define OPENSSL_API_COMPAT 0x10100000L

#include "crypto/hash.h"

#include <assert.h>
#include <string.h>

#include <openssl/sha.h>
#include <sodium.h>

#include "crypto/aead-impl.h"

_Static_assert(sizeof(SHA256_CTX) <= N2_HASH_STATE_BYTES, "room");
_Static_assert(sizeof(crypto_generichash_blake2b_state) <= N2_HASH_STATE_BYTES, "room");
_Static_assert(sizeof(SHA512_CTX) <= N2_SHA512_STATE_BYTES, "room");

bool
n2_hash_known(uint8_t method)
{
    return method == N2_METHOD_SHA256 || method == N2_METHOD_BLAKE2B;
}

void
n2_hash_init(n2_hash *hash, uint8_t method)
{
    assert(n2_hash_known(method));
    hash->method = method;
    if (method == N2_METHOD_SHA256)
        SHA256_Init((void *)hash->state);
    else
        crypto_generichash_blake2b_init((void *)hash->state, NULL, 0, N2_HASH_BYTES);
}

void
n2_hash_update(n2_hash *hash, const void *bytes, size_t len)
{
    if (!len)
        return;
    if (hash->method == N2_METHOD_SHA256)
        SHA256_Update((void *)hash->state, bytes, len);
    else
        crypto_generichash_blake2b_update((void *)hash->state, bytes, len);
}

void
n2_hash_final(n2_hash *hash, uint8_t out[static N2_HASH_BYTES])
{
    if (hash->method == N2_METHOD_SHA256)
        SHA256_Final(out, (void *)hash->state);
    else
        crypto_generichash_blake2b_final((void *)hash->state, out, N2_HASH_BYTES);
}

void
n2_hash_of(uint8_t method, const void *bytes, size_t len, uint8_t out[static N2_HASH_BYTES])
{
    n2_hash hash;

    n2_hash_init(&hash, method);
    n2_hash_update(&hash, bytes, len);
    n2_hash_final(&hash, out);
}

void
n2_sha256_of(const void *bytes, size_t len, uint8_t out[static N2_HASH_BYTES])
{
    n2_hash_of(N2_METHOD_SHA256, bytes, len, out);
}

void
n2_blake2b_of(const void *bytes, size_t len, uint8_t out[static N2_HASH_BYTES])
{
    n2_hash_of(N2_METHOD_BLAKE2B, bytes, len, out);
}

void
n2_sha512_of(const void *bytes, size_t len, uint8_t out[static N2_SHA512_BYTES])
{
    n2_sha512 hash;

    n2_sha512_init(&hash);
    n2_sha512_update(&hash, bytes, len);
    n2_sha512_final(&hash, out);
}

void
n2_sha512_init(n2_sha512 *hash)
{
    SHA512_Init((void *)hash->state);
}

void
n2_sha512_init_after(n2_sha512 *hash, const uint64_t chain[static 8])
{
    SHA512_CTX *state = (void *)hash->state;

    SHA512_Init(state);
    for (size_t i = 0; i < 8; i++)
        state->h[i] = chain[i];
    state->Nl = 8 * SHA512_CBLOCK; /* bits so far */
}

void
n2_sha512_update(n2_sha512 *hash, const void *bytes, size_t len)
{
    if (len)
        SHA512_Update((void *)hash->state, bytes, len);
}

void
n2_sha512_final(n2_sha512 *hash, uint8_t out[static N2_SHA512_BYTES])
{
    SHA512_Final(out, (void *)hash->state);
}

static void
hash_prefixed(uint8_t method,
              uint8_t prefix,
              const uint8_t *bytes,
              size_t len,
              uint8_t out[static N2_HASH_BYTES])
{
    n2_hash hash;

    n2_hash_init(&hash, method);
    n2_hash_update(&hash, &prefix, 1);
    n2_hash_update(&hash, bytes, len);
    n2_hash_final(&hash, out);
}

/* Side by side each message must lie in one piece, so the pieces move behind their prefix: a
 * copy in the cache, a tenth of the time of the hash. */
static void
sha256_lanes(n2_crypto *crypto,
             size_t n,
             uint8_t prefix,
             const uint8_t *const src[],
             size_t len,
             uint8_t out[][N2_HASH_BYTES])
{
    const uint8_t *pieces[N2_HASH_LANES];

    for (size_t i = 0; i < n; i++) {
        uint8_t *to = crypto->scratch + i * crypto->stride;
        to[0] = prefix;
        if (len)
            memcpy(to + 1, src[i], len);
        pieces[i] = to;
    }
    n2_mb_sha256(crypto->mb, n, pieces, 1 + len, out);
}

/* Where the byte before each piece may be the prefix meanwhile, nothing moves. */
static void
sha256_lanes_in_place(n2_crypto *crypto,
                      size_t n,
                      uint8_t prefix,
                      uint8_t *const src[],
                      size_t len,
                      uint8_t out[][N2_HASH_BYTES])
{
    const uint8_t *pieces[N2_HASH_LANES];
    uint8_t before[N2_HASH_LANES];

    for (size_t i = 0; i < n; i++) {
        before[i] = src[i][-1];
        src[i][-1] = prefix;
        pieces[i] = src[i] - 1;
    }
    n2_mb_sha256(crypto->mb, n, pieces, 1 + len, out);
    for (size_t i = 0; i < n; i++)
        src[i][-1] = before[i];
}

static bool
is_worth(const n2_crypto *crypto, uint8_t method, size_t n)
{
    return method == N2_METHOD_SHA256 && n && n >= crypto->worth;
}

void
n2_hash_many(n2_crypto *crypto,
             uint8_t method,
             size_t n,
             uint8_t prefix,
             const uint8_t *const src[],
             size_t len,
             uint8_t out[][N2_HASH_BYTES])
{
    assert(len <= N2_HASH_MANY_BYTES_MAX);
    for (size_t done = 0; done < n;) {
        size_t left = n - done;
        size_t now = left < crypto->lanes ? left : crypto->lanes;

        if (is_worth(crypto, method, now)) {
            sha256_lanes(crypto, now, prefix, src + done, len, out + done);
            done += now;
        } else {
            hash_prefixed(method, prefix, src[done], len, out[done]);
            done++;
        }
    }
}

void
n2_hash_many_in_place(n2_crypto *crypto,
                      uint8_t method,
                      size_t n,
                      uint8_t prefix,
                      uint8_t *const src[],
                      size_t len,
                      uint8_t out[][N2_HASH_BYTES])
{
    for (size_t done = 0; done < n;) {
        size_t left = n - done;
        size_t now = left < crypto->lanes ? left : crypto->lanes;

        if (is_worth(crypto, method, now)) {
            sha256_lanes_in_place(crypto, now, prefix, src + done, len, out + done);
            done += now;
        } else {
            hash_prefixed(method, prefix, src[done], len, out[done]);
            done++;
        }
    }
}

void
n2_sha256_many(n2_crypto *crypto,
               size_t n,
               uint8_t prefix,
               const uint8_t *const src[],
               size_t len,
               uint8_t out[][N2_HASH_BYTES])
{
    n2_hash_many(crypto, N2_METHOD_SHA256, n, prefix, src, len, out);
}
