/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * noise-impl.h - the functions a Noise suite is made of; for noise*.c only.
 *
 * Layer: crypto (may include: base, wire).
 */
#pragma once

#include <stdbool.h>

#include "crypto/lanes.h"
#include "crypto/noise.h"

enum {
    N2_NOISE_BLOCK_BYTES = 128, /* BLOCKLEN of both hashes */
};

typedef struct {
    const void *bytes;
    size_t len;
} n2_noise_part;

typedef struct n2_noise_functions {
    /** HASH of the parts one after the other. */
    void (*hash)(const n2_noise_part *parts, size_t n, uint8_t *out);
    /** Public key of @secret; N2_OK or N2_ERR_NOMEM. */
    n2_err (*dh_public)(const uint8_t *secret, uint8_t *public_key);
    /** DH; N2_OK, N2_ERR_FORGED (all zeros), N2_ERR_NOMEM. */
    n2_err (*dh)(const uint8_t *secret, const uint8_t *public_key, uint8_t *shared);
    /** ENCRYPT(k, 0, ad, src) to @dst, tag behind it: an NK handshake seals once under each
     * key. */
    n2_err (*seal)(
        const uint8_t *k, const uint8_t *ad, const void *src, size_t len, uint8_t *dst);
    /** DECRYPT(k, 0, ad, src | tag); @len without the tag.  N2_OK, N2_ERR_FORGED, N2_ERR_NOMEM.
     */
    n2_err (*open)(
        const uint8_t *k, const uint8_t *ad, const uint8_t *src, size_t len, void *dst);
    const char *dh_name; /* whose are dh_public and dh */
    /** Eight agreements side by side, if n2_lanes_work(); zeros for a point of low order. */
    void (*lanes)(const n2_lanes *lanes);
    unsigned worth; /* from so many on, they are quicker than dh one by one */
    uint8_t base;   /* u of the base point */
} n2_noise_functions;
