/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * receipt.h - which counters of the peer have come, and the proof of it.
 *
 * Layer:     transport (may include: base, wire, crypto).
 * Source:    net2o white paper, "Flow control" (secure acknowledges).
 * Invariant: a counter is taken once; what is older than the window counts as taken, and so
 *            does what no honest sender gets to (N2_COUNTERS_MAX).
 *
 * The windows are made when the first packet comes that needs them; at rest only the highest
 * counters are kept, and all below them count as taken.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "transport/ack.h"

enum {
    N2_RECEIPT_WINDOW = 8192, /* counters back from the highest that may still come */
};

typedef struct {
    uint64_t seen[N2_RECEIPT_WINDOW / 64];
    uint32_t half[N2_ACK_COUNTERS]; /* by counter modulo 512 */
    uint64_t counted[N2_ACK_WORDS];
    uint32_t proof; /* XOR of the halves of those in `counted` */
} n2_receipt_windows;

/** Zeroed: nothing has come. */
typedef struct {
    n2_receipt_windows *windows; /* (transfer full) (nullable) */
    bool any;
    uint32_t highest; /* of all packets */
    /* only packets that are acknowledged: to command and data regions */
    bool any_counted;
    uint32_t highest_counted;
    uint32_t highest_half; /* random half of that one */
    uint32_t arrived_us;   /* of highest_counted */
    uint64_t n_counted;
} n2_receipt;

/** Nothing has come under this key, or nobody asks any more. */
void n2_receipt_clear(n2_receipt *r);

/** Gives the windows back: what is missing below the highest is not awaited any more. */
void n2_receipt_rest(n2_receipt *r);

/** Would @counter be new? */
bool n2_receipt_is_new(const n2_receipt *r, uint32_t counter);

/**
 * Takes a counter whose tag has verified.
 *
 * @counted: acknowledged (not to a control region).
 * @gap:     (out): a counter between the highest before and this one is missing.
 *
 * Returns: false if it had come before, or there is no memory to note it.
 */
bool n2_receipt_take(
    n2_receipt *r, uint32_t counter, uint32_t half, bool counted, uint64_t now_us, bool *gap);

/** Fills highest, arrived_us, bitmap, proof and received of @ack; the rest is left. */
void n2_receipt_tell(const n2_receipt *r, n2_ack *ack);
