/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * agreeing.h - first packets whose agreements are still to be worked out: several at once.
 *
 * Layer:  transport (may include: base, wire, crypto).
 * Bounds: so many wait; one more, and the oldest are worked off first.  None waits longer than
 *         until the end point is asked for a packet and has no other.
 *
 *     HELLO    ours: key pair, agreement with their static key       2 lanes
 *     ANSWER   to ours: agreement with the e in it                   1
 *     ES       the keys process's part came: key pair, agreement     2
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "crypto/noise.h"
#include "transport/first.h"
#include "transport/op.h"

enum {
    N2_AGREEING_MAX = 32 /* a power of two */
};

typedef enum {
    N2_AGREEING_HELLO,
    N2_AGREEING_ANSWER,
    N2_AGREEING_ES
} n2_agreeing_kind;

/** One of them.  Wiped when it is done. */
typedef struct {
    n2_agreeing_kind kind;
    uint8_t suite;
    n2_conn conn;         /* HELLO, ANSWER */
    struct n2_half *half; /* ES; it counts if its turn is the same still */
    uint16_t turn;
    n2_noise noise;     /* ES: message 1 is read */
    n2_hello theirs;    /* ES: what it said */
    n2_noise_pair pair; /* HELLO, ES: the secret was drawn */
    uint8_t shared[N2_NOISE_DH_BYTES_MAX];
    uint8_t body[N2_FIRST_BODY_BYTES]; /* ANSWER */
    uint64_t back;                     /* the same: the way that it came by */
} n2_agreeing;

typedef struct {
    n2_agreeing ring[N2_AGREEING_MAX];
    uint32_t first, n;
} n2_agreeings;

struct n2_endpoint;

/** (transfer none): a place at the end, zeroed but for @kind and @suite. */
n2_agreeing *
n2_agreeing_add(struct n2_endpoint *ep, n2_agreeing_kind kind, uint8_t suite, uint64_t now_us);
