/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ack.h - messages to a control region: acknowledgement with proof of receipt, farewell.
 *
 * Layer:  transport (may include: base, wire, crypto, switch, link).
 * Source: net2o white paper, "Flow control": an acknowledgement uses the random number of the
 *         packets to show that they were received.
 *
 * A control message is the data of one sealed packet of 128 bytes; a newer one replaces an
 * older.
 *
 *     ACK    type 1, epoch 1, jam marks seen 2, highest counter 4, its arrival time 4, held 4,
 *            bitmap of the 512 counters up to it 64, XOR of their random halves 4, command
 *            window end 8, data window end 8, first hole 8 and its length 4, received in all 8,
 *            path check 8
 *     CLOSE  type 2, zero 3, error 4 (as in the error list), zero 120
 *     MOVED    type 3, zero 3, number of the move 4 (not 0), zero 120
 *     CHECK    type 4, zero 3, number of the move 4 (0: of none), check 8, zero 112
 *     CHECKED  type 5, the same: answers a CHECK with its own words; see handover.h
 *     FRESH    type 6, 1 if it is an answer, zero 2, e 56 (suite 1: 32 and zeros), zero 68; see
 *              fresh.h
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_CONTROL_BYTES = 128,
    N2_ACK_COUNTERS = 512,
    N2_ACK_WORDS = N2_ACK_COUNTERS / 64,
    N2_ACK_EPOCH_MASK = 0x7f,
    N2_FRESH_E_BYTES = 56
};

typedef enum {
    N2_CONTROL_ACK = 1,
    N2_CONTROL_CLOSE = 2,
    N2_CONTROL_MOVED = 3,
    N2_CONTROL_CHECK = 4,
    N2_CONTROL_CHECKED = 5,
    N2_CONTROL_FRESH = 6
} n2_control_type;

/** An empty bitmap tells of no counter; then the fields from highest to proof mean nothing. */
typedef struct {
    uint8_t
        epoch; /* of the peer's key, whose counters these are: the low 7 bits of its number */
    bool asks; /* our own key is new, and we were not told yet that it was seen: answer */
    uint16_t jams;
    uint32_t highest;    /* highest counter received and counted */
    uint32_t arrived_us; /* low half of the receiver's clock when it came */
    uint32_t held_us;    /* from then to the sending of this */
    /* bit i of the 512, counted from the most significant bit of the first byte: counter
     * highest - i was received.  Here: word i / 64, bit 63 - i % 64. */
    uint64_t bitmap[N2_ACK_WORDS];
    uint32_t proof; /* XOR of the random halves of the counters in the bitmap */
    uint64_t command_end;
    uint64_t data_end;
    uint64_t hole;
    uint32_t hole_bytes;
    uint64_t received; /* packets counted in all */
    uint64_t check;    /* of the CHECK answered last, while a move goes on; 0: none */
} n2_ack;

typedef struct {
    n2_control_type type;
    n2_ack ack;   /* if N2_CONTROL_ACK */
    n2_err error; /* if N2_CONTROL_CLOSE */
    /* if N2_CONTROL_MOVED, CHECK or CHECKED */
    uint32_t move;  /* 0: CHECK that asks whether somebody is there, and its answer */
    uint64_t check; /* not in MOVED */
    /* if N2_CONTROL_FRESH */
    bool is_answer;
    uint8_t e[N2_FRESH_E_BYTES];
} n2_control_message;

/** Returns: N2_OK, N2_ERR_TRUNCATED, N2_ERR_TRAILING, N2_ERR_FORMAT (type, spare bits).
 */
N2_MUST_USE n2_err n2_control_decode(n2_control_message *out, const uint8_t *bytes, size_t len);

/** Does the bitmap claim nothing? */
bool n2_ack_is_empty(const n2_ack *ack);

void n2_control_encode(const n2_control_message *message,
                       uint8_t bytes[static N2_CONTROL_BYTES]);
