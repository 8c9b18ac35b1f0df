/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rival.h - a TCP that always has something to send, beside our connections on a road.
 *
 * A model of the sender only: window, losses and times as Linux has them (CUBIC with HyStart,
 * RFC 9438; BBR v1), a receiver that acknowledges each packet at once, no queue on the way
 * back.
 */
#pragma once

#include "road.h"

typedef enum {
    RIVAL_CUBIC,
    RIVAL_BBR
} rival_kind;

typedef struct rival rival;

/** Begins at @at_us; freed after the road. */
rival *rival_new(road *r, rival_kind kind, uint64_t at_us);
void rival_stop(rival *v);
void rival_free(rival *v);

/** IP bytes that arrived so far. */
uint64_t rival_bytes(const rival *v);
