/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reserve-reason.h - why a reservation is refused or ends, and the unit of its rate.
 *
 * Layer: switch (may include: libc only).
 */
#pragma once

#include <stdint.h>

/* X(name, number, word) */
#define N2_RESERVE_REASON_LIST(X)                                                              \
    X(N2_RESERVE_REASON_NONE, 0, "none")   /* no reason given */                               \
    X(N2_RESERVE_REASON_RATE, 1, "rate")   /* the line has not so much left to give */         \
    X(N2_RESERVE_REASON_SHARE, 2, "share") /* this neighbour has its share of the line */      \
    X(N2_RESERVE_REASON_TABLE, 3, "table") /* its table is full */                             \
    X(N2_RESERVE_REASON_CUT, 4, "cut")     /* it sent far more than was reserved */            \
    X(N2_RESERVE_REASON_ID, 5, "number")   /* another flow has this number */                  \
    X(N2_RESERVE_REASON_DOWN, 6, "down")   /* the line is gone */

typedef enum {
#define X(name, number, word) name = (number),
    N2_RESERVE_REASON_LIST(X)
#undef X
    N2_RESERVE_REASONS
} n2_reserve_reason;

enum {
    N2_RESERVE_BPS = 125 /* bytes a second of 1 kbit/s */
};

/** One English word for @reason (static), "unknown" for one that this version does not know. */
const char *n2_reserve_reason_word(uint8_t reason);
