/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lanes.h - X25519 and X448 of eight pairs side by side; for agree.c and tests only.
 *
 * Layer: crypto (may include: base, wire).
 *
 * Vector code for processors with 52-bit multiplications (AVX-512 IFMA): eight take about as
 * long as one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    N2_LANES = 8
};

/** Secrets, public keys and results of eight agreements, each of the curve's bytes. */
typedef struct {
    const uint8_t *secret[N2_LANES];
    const uint8_t *public_key[N2_LANES];
    uint8_t *out[N2_LANES];
} n2_lanes;

/** Has this build the code, and this processor the instructions? */
bool n2_lanes_work(void);

/** All eight; only where n2_lanes_work().  A result may be all zeros: the caller looks. */
void n2_lanes_25519(const n2_lanes *lanes);
void n2_lanes_448(const n2_lanes *lanes);
