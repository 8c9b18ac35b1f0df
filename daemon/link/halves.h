/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * halves.h - joins the two halves of a packet that was too long for its link.
 *
 * Layer: link (may include: base, wire, crypto).
 * Limit: N2_LINK_HALVES_MAX packets of which one half is there; each waits N2_LINK_HALF_US.  A
 *        newer packet takes the place of an older one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "wire/frame.h"

typedef struct {
    uint16_t number; /* of the first half */
    uint16_t second_bytes;
    bool has_first, has_second;
    uint64_t since_us;
    uint8_t bytes[N2_PACKET_BYTES_MAX];
} n2_half;

/** Zeroed: empty. */
typedef struct {
    n2_half slots[N2_LINK_HALVES_MAX];
    unsigned n_waiting;
} n2_halves;

typedef enum {
    N2_HALF_WAITS,    /* stored: the other one is not there yet */
    N2_HALF_REPLACED, /* so too, and a lonely half was given up for it */
    N2_HALF_JOINED,   /* *packet is whole */
    N2_HALF_BAD       /* not the half of a packet that needs two; dropped */
} n2_half_result;

/**
 * Takes one half.
 *
 * @frame:  its head, of kind N2_FRAME_FIRST_HALF or N2_FRAME_SECOND_HALF.
 * @packet: (out): *@packet_len bytes inside @halves, until the next call.
 */
n2_half_result n2_halves_put(n2_halves *halves,
                             const n2_frame *frame,
                             const uint8_t *bytes,
                             size_t len,
                             uint64_t now_us,
                             uint8_t **packet,
                             size_t *packet_len);
