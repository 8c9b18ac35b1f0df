/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * aead.h - sealing and opening of packets, and the secret numbers in their junk.
 *
 * Layer:   crypto (may include: base, wire).
 * Threads: as context.h says; a key is used by one thread at a time.
 * Source:  RFC 5116 (AEAD_AES_256_GCM), RFC 8439 (AEAD_CHACHA20_POLY1305): key 32 bytes, nonce
 *          12, tag 16.  Aumasson and Bernstein, SipHash: a fast short-input PRF.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "crypto/context.h"

/* Numbers of the wire: the cipher an answer chooses, and as bits 1 << (n - 1) those a hello
 * offers. */
enum {
    N2_CIPHER_AES256GCM = 1,
    N2_CIPHER_CHACHA20POLY1305 = 2,
};

enum {
    N2_AEAD_KEY_BYTES = 32,
    N2_AEAD_NONCE_BYTES = 12,
    N2_AEAD_TAG_BYTES = 16,
    N2_AEAD_SCHEDULE_BYTES = 1008, /* ipsec-mb's AES-256-GCM key with its powers of H */
    N2_AEAD_SCHEDULE_ALIGN = 64,
    N2_PRF_KEY_BYTES = 16,
};

/**
 * An expanded key.  About 1 KiB: idle connections keep the 32 bytes instead.  Contents are
 * aead*.c's; must be neither copied nor moved (the schedule begins at the first cache line
 * inside).
 */
typedef struct {
    const struct n2_aead_ops *ops; /* NULL = no key */
    const n2_crypto *crypto;       /* (borrowed) */
    void *state;                   /* (owned) (nullable): what does not fit below */
    _Alignas(16) uint8_t room[N2_AEAD_SCHEDULE_BYTES + N2_AEAD_SCHEDULE_ALIGN];
} n2_aead_key;

/**
 * Expands @bytes into @key; to be cleared with n2_aead_key_clear().
 *
 * @cipher: N2_CIPHER_*.
 *
 * Returns: N2_OK
 *          N2_ERR_UNSUPPORTED  no such cipher
 *          N2_ERR_NOMEM
 */
N2_MUST_USE n2_err n2_aead_key_init(n2_aead_key *key,
                                    const n2_crypto *crypto,
                                    int cipher,
                                    const uint8_t bytes[static N2_AEAD_KEY_BYTES]);

/** Wipes and frees; harmless on a zeroed or cleared key. */
void n2_aead_key_clear(n2_aead_key *key);

/**
 * Seals @len bytes of @src into @dst (equally long) and @tag.
 *
 * @nonce: never used before under this key.
 * @dst:   @src itself, or memory that does not overlap it.
 */
void n2_aead_seal(const n2_aead_key *key,
                  const uint8_t nonce[static N2_AEAD_NONCE_BYTES],
                  const void *aad,
                  size_t aad_len,
                  const void *src,
                  size_t len,
                  void *dst,
                  uint8_t tag[static N2_AEAD_TAG_BYTES]);

/**
 * Opens what n2_aead_seal() made.
 *
 * @dst: @src itself, or memory that does not overlap it.  After a failure it holds zeros, so
 *       what may have to be tried under a second key is opened to another place.
 *
 * Returns: whether the tag was right.  Compares in constant time.
 */
N2_MUST_USE bool n2_aead_open(const n2_aead_key *key,
                              const uint8_t nonce[static N2_AEAD_NONCE_BYTES],
                              const void *aad,
                              size_t aad_len,
                              const void *src,
                              size_t len,
                              const uint8_t tag[static N2_AEAD_TAG_BYTES],
                              void *dst);

/** Key of the function that draws the random half of a packet's junk. */
typedef struct {
    uint64_t k0, k1;
} n2_prf;

void n2_prf_init(n2_prf *prf, const uint8_t key[static N2_PRF_KEY_BYTES]);

#define N2_PRF_ROTL(x, n) (((x) << (n)) | ((x) >> (64 - (n))))
#define N2_PRF_ROUND(v0, v1, v2, v3)                                                           \
    do {                                                                                       \
        v0 += v1, v2 += v3;                                                                    \
        v1 = N2_PRF_ROTL(v1, 13) ^ v0, v3 = N2_PRF_ROTL(v3, 16) ^ v2;                          \
        v0 = N2_PRF_ROTL(v0, 32);                                                              \
        v2 += v1, v0 += v3;                                                                    \
        v1 = N2_PRF_ROTL(v1, 17) ^ v2, v3 = N2_PRF_ROTL(v3, 21) ^ v0;                          \
        v2 = N2_PRF_ROTL(v2, 32);                                                              \
    } while (0)

/**
 * The random half for @counter: the first 4 bytes, as a big-endian number, of SipHash-2-4 of
 * the counter's 4 big-endian bytes.  Inline: it runs once a packet, both when one is sent and
 * when it is acknowledged.
 */
static inline uint32_t
n2_prf_u32(const n2_prf *prf, uint32_t counter)
{
    uint64_t v0 = prf->k0 ^ 0x736f6d6570736575u;
    uint64_t v1 = prf->k1 ^ 0x646f72616e646f6du;
    uint64_t v2 = prf->k0 ^ 0x6c7967656e657261u;
    uint64_t v3 = prf->k1 ^ 0x7465646279746573u;
    uint64_t block = (uint64_t)4 << 56 | __builtin_bswap32(counter);

    v3 ^= block;
    N2_PRF_ROUND(v0, v1, v2, v3);
    N2_PRF_ROUND(v0, v1, v2, v3);
    v0 ^= block;
    v2 ^= 0xff;
    N2_PRF_ROUND(v0, v1, v2, v3);
    N2_PRF_ROUND(v0, v1, v2, v3);
    N2_PRF_ROUND(v0, v1, v2, v3);
    N2_PRF_ROUND(v0, v1, v2, v3);
    return __builtin_bswap32((uint32_t)(v0 ^ v1 ^ v2 ^ v3));
}
