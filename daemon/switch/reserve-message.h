/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reserve-message.h - what switches and end points say to each other about reservations.
 *
 * Layer:  switch (may include: base, wire).
 * Source: net2o white paper, "Real Time"; PROTOCOL.md, section "Reservations".
 *
 * In control mode, as an echo: an unsealed long packet with address 0 and 32 bytes of data,
 *
 *   offset in the data
 *   0   type 1 = 4
 *   1   what 1: bit 7 each switch on the way looks at it, 6-4 zero, 3 an allotment,
 *       2-0 1 ask, 2 release, 3 granted, 4 refused, 5 cut off
 *   2   class 1: 0 or 1, those above the default
 *   3   place 1: switches that it has passed; of a refusal: which one says no, 1 the asker's
 * own 4   reason 1 of a refusal or a cut, else 0 5   unsure 1: of those switches, how many do
 * not know what their link carries 6   from 1: switches with fewer bits of the path used than
 * this pass it on 7   zero 1 8   id 8, random, the asker's 16  rate 4, kbit/s: wished, granted
 *   20  offer 4, kbit/s: the most that could be given by those that looked
 *   24  marks 8: bit u is set by a large switch behind which u bits of the path are used
 *
 * An ask and a release go the way that the flow goes; the others go back along it.  None is
 * longer than what it answers, and nothing answers an answer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "switch/reserve-reason.h"
#include "wire/packet.h"

typedef enum {
    N2_RESERVE_ASK = 1,
    N2_RESERVE_RELEASE = 2,
    N2_RESERVE_GRANTED = 3,
    N2_RESERVE_REFUSED = 4,
    N2_RESERVE_CUT = 5
} n2_reserve_what;

enum {
    N2_RESERVE_DATA_BYTES = 32,
    N2_RESERVE_BYTES = N2_LONG_HEAD_BYTES + N2_RESERVE_DATA_BYTES
};

/** Anybody on the way can forge it: believe an answer only if its id is waited for. */
typedef struct {
    n2_reserve_what what;
    bool is_allotment;
    uint8_t class;
    uint8_t place;
    uint8_t reason; /* n2_reserve_reason, or one that this version does not know */
    uint8_t unsure;
    uint8_t from;
    uint64_t id;
    uint32_t kbps, offer_kbps;
    uint64_t marks;
    uint64_t path; /* read: as it stands there.  written: the way it goes */
} n2_reserve_message;

/** Does this data begin a message of ours?  @bytes: a whole packet in control mode. */
bool n2_reserve_is_message(const uint8_t *bytes, size_t len);

void n2_reserve_message_write(uint8_t out[static N2_RESERVE_BYTES],
                              const n2_reserve_message *message);

/**
 * @bytes: a packet for which the step said HOP or CONTROL.
 *
 * Returns: N2_OK; N2_ERR_FORMAT and others: it is none, @out untouched.
 */
N2_MUST_USE n2_err n2_reserve_message_read(n2_reserve_message *out,
                                           const uint8_t *bytes,
                                           size_t len);
