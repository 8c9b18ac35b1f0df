/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * context.h - which implementation of each cipher this processor gets, chosen once.
 *
 * Layer:   crypto (may include: base, wire).
 * Threads: one n2_crypto a thread; what was made with it (keys, tree builders) stays in that
 *          thread and goes before it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef enum {
    N2_IMPL_BEST,    /* the first of those below that this processor and build have */
    N2_IMPL_IPSECMB, /* vector code: AES-GCM, ChaCha20-Poly1305, SHA-256 of many leaves */
    N2_IMPL_OPENSSL,
    N2_IMPL_SODIUM,
    N2_IMPLS
} n2_impl;

struct n2_aead_ops;

typedef struct {
    const struct n2_aead_ops *aead[3]; /* by N2_CIPHER_*; [0] is NULL */
    void *mb;         /* (owned) (nullable): ipsec-mb's manager, if it hashes leaves */
    uint8_t *scratch; /* (owned) (nullable): room for `lanes` pieces with a prefix byte */
    size_t stride;    /* bytes from one to the next */
    unsigned lanes;   /* pieces hashed side by side; 0: one by one */
    unsigned worth;   /* below so many, one by one is quicker */
    bool aes_native;  /* the processor has AES and carry-less multiplication */
} n2_crypto;

/**
 * Chooses implementations.
 *
 * @crypto: (out): to be cleared with n2_crypto_clear(), also after a failure; must not be
 *          moved while keys made with it live.
 * @want:   N2_IMPL_BEST, or one to force (tests hold all of them to the same answers).
 *
 * Returns: N2_OK
 *          N2_ERR_UNSUPPORTED  @want is forced, and this build or processor lacks it
 *          N2_ERR_NOMEM
 */
N2_MUST_USE n2_err n2_crypto_init(n2_crypto *crypto, n2_impl want);

/** Frees what @crypto owns; harmless on a zeroed or cleared one. */
void n2_crypto_clear(n2_crypto *crypto);

/** "ipsec-mb", "openssl" or "sodium": who does @cipher (N2_CIPHER_*) here (static). */
const char *n2_crypto_name(const n2_crypto *crypto, int cipher);
