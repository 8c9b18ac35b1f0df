/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hash.h - SHA-256, BLAKE2b-256 and SHA-512: at once, in pieces, or many side by side.
 *
 * Layer:   crypto (may include: base, wire).
 * Threads: none; a streaming state lives in its owner and may be copied by assignment.
 * Source:  FIPS 180-4; RFC 7693 (BLAKE2b, 32 bytes of output, no key).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "crypto/context.h"

enum {
    N2_HASH_BYTES = 32,
    N2_SHA512_BYTES = 64,
    N2_HASH_STATE_BYTES = 384,
    N2_SHA512_STATE_BYTES = 216,
    N2_HASH_MANY_BYTES_MAX = 16 * 1024, /* longest piece that n2_hash_many() takes */
    N2_HASH_LANES = 16,                 /* hashed side by side at most */
};

/** A hash under way, by method.  Plain memory: copying it forks the hash. */
typedef struct {
    _Alignas(16) uint8_t state[N2_HASH_STATE_BYTES];
    uint8_t method;
} n2_hash;

/** @method: N2_METHOD_*, asserted: check foreign numbers with n2_hash_known() first. */
void n2_hash_init(n2_hash *hash, uint8_t method);
void n2_hash_update(n2_hash *hash, const void *bytes, size_t len);
void n2_hash_final(n2_hash *hash, uint8_t out[static N2_HASH_BYTES]);

/** Whether contents of @method can be hashed here. */
bool n2_hash_known(uint8_t method);

/** Hash of @len bytes by @method (asserted to be known); @bytes may be NULL if !@len. */
void
n2_hash_of(uint8_t method, const void *bytes, size_t len, uint8_t out[static N2_HASH_BYTES]);

void n2_sha256_of(const void *bytes, size_t len, uint8_t out[static N2_HASH_BYTES]);
void n2_blake2b_of(const void *bytes, size_t len, uint8_t out[static N2_HASH_BYTES]);
void n2_sha512_of(const void *bytes, size_t len, uint8_t out[static N2_SHA512_BYTES]);

/** A SHA-512 under way; copyable like n2_hash. */
typedef struct {
    _Alignas(8) uint8_t state[N2_SHA512_STATE_BYTES];
} n2_sha512;

void n2_sha512_init(n2_sha512 *hash);

/** As after one block of 128 bytes, which is known beforehand: @chain is what it leaves. */
void n2_sha512_init_after(n2_sha512 *hash, const uint64_t chain[static 8]);
void n2_sha512_update(n2_sha512 *hash, const void *bytes, size_t len);
void n2_sha512_final(n2_sha512 *hash, uint8_t out[static N2_SHA512_BYTES]);

/**
 * Hashes H(prefix | piece) of @n pieces of equal length, side by side where the processor can.
 *
 * @method: N2_METHOD_*.
 * @src:    @n pieces of @len bytes each, @len <= N2_HASH_MANY_BYTES_MAX.
 * @out:    (out): @n hashes.
 */
void n2_hash_many(n2_crypto *crypto,
                  uint8_t method,
                  size_t n,
                  uint8_t prefix,
                  const uint8_t *const src[],
                  size_t len,
                  uint8_t out[][N2_HASH_BYTES]);

/**
 * The same for pieces of any length that lie apart, each with a byte before it that is nobody
 * else's: it is changed and put back, which saves copying the piece.
 */
void n2_hash_many_in_place(n2_crypto *crypto,
                           uint8_t method,
                           size_t n,
                           uint8_t prefix,
                           uint8_t *const src[],
                           size_t len,
                           uint8_t out[][N2_HASH_BYTES]);

/** The same as the first for SHA-256. */
void n2_sha256_many(n2_crypto *crypto,
                    size_t n,
                    uint8_t prefix,
                    const uint8_t *const src[],
                    size_t len,
                    uint8_t out[][N2_HASH_BYTES]);
