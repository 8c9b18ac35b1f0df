/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * aead-impl.h - what one implementation of one AEAD cipher has to offer; for aead*.c only.
 *
 * Layer: crypto (may include: base, wire).  Every implementation stands in a file of its own,
 *        as the headers of OpenSSL and ipsec-mb cannot be included together.
 */
#pragma once

#include "crypto/aead.h"

typedef struct n2_aead_ops {
    int cipher;       /* N2_CIPHER_* */
    const char *name; /* of the library */

    /** Expands into @key->room; may allocate @key->state.  N2_OK or N2_ERR_NOMEM. */
    n2_err (*key_init)(n2_aead_key *key, const uint8_t *bytes);
    /** (nullable): frees @key->state; the room is wiped by the caller. */
    void (*key_clear)(n2_aead_key *key);
    void (*seal)(const n2_aead_key *key,
                 const uint8_t *nonce,
                 const void *aad,
                 size_t aad_len,
                 const void *src,
                 size_t len,
                 void *dst,
                 uint8_t *tag);
    /** On false, @dst may hold anything: the caller zeroes it. */
    bool (*open)(const n2_aead_key *key,
                 const uint8_t *nonce,
                 const void *aad,
                 size_t aad_len,
                 const void *src,
                 size_t len,
                 const uint8_t *tag,
                 void *dst);
} n2_aead_ops;

/** Where the schedule begins: a cache line of its own, wherever the key lies. */
static inline uint8_t *
n2_aead_schedule(const n2_aead_key *key)
{
    uintptr_t at = (uintptr_t)key->room;

    return (uint8_t *)((at + N2_AEAD_SCHEDULE_ALIGN - 1) &
                       ~(uintptr_t)(N2_AEAD_SCHEDULE_ALIGN - 1));
}

/** (nullable): by N2_CIPHER_*, NULL where this library, build or processor cannot. */
const n2_aead_ops *n2_aead_openssl(int cipher);
const n2_aead_ops *n2_aead_sodium(int cipher);

/* ipsec-mb; in a build without it these are answered by mb-none.c. */

/** (nullable): needs @crypto->mb. */
const n2_aead_ops *n2_aead_mb(int cipher);

/** A new manager for this processor: N2_OK, N2_ERR_UNSUPPORTED or N2_ERR_NOMEM. */
n2_err n2_mb_new(void **mb);
void n2_mb_free(void *mb);

/** Pieces that are hashed side by side, and below how many one by one is quicker; 0, 0: never.
 */
void n2_mb_lanes(void *mb, unsigned *lanes, unsigned *worth);

/** SHA-256 of @n <= lanes messages of @len bytes. */
void
n2_mb_sha256(void *mb, size_t n, const uint8_t *const src[], size_t len, uint8_t (*out)[32]);
