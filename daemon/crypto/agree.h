/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * agree.h - many agreements at once, side by side where the processor can.
 *
 * Layer: crypto (may include: base, wire).
 *
 * One agreement in vector code takes as long as eight do; whoever has several that do not
 * depend on each other gives them together.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "crypto/noise.h"

enum {
    N2_AGREE_LANES = 8 /* so many at once are the cheapest */
};

/** All of the suite's dh_bytes. */
typedef struct {
    const uint8_t *secret;
    const uint8_t *public_key; /* (nullable): NULL: @out becomes the public key of @secret */
    uint8_t *out;              /* wipe after use; on failure its content means nothing */
    n2_err err; /* (out): N2_OK, N2_ERR_FORGED (a point of low order), N2_ERR_NOMEM */
} n2_agreement;

/** Works out all @n of them. */
void n2_agree(const n2_noise_suite *suite, n2_agreement *agreements, size_t n);

/** The same one by one, by the libraries: what tests hold the other to. */
void n2_agree_singly(const n2_noise_suite *suite, n2_agreement *agreements, size_t n);

/** "net2o" (eight side by side), "sodium" or "openssl": who does several at once here (static).
 */
const char *n2_agree_name(const n2_noise_suite *suite);
