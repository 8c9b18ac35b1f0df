/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * path.h - the way ahead and the way back in one word.
 *
 * Layer:  wire (may include: base).
 * Source: net2o white paper, "Switching"; PROTOCOL.md, section "Path".
 *
 *      63                                          6 5      0
 *     +---------------+-----------+------------------+--------+
 *     | way ahead     | zeros     | way back (used)  | used   |   long: 58 + 6 bits
 *     +---------------+-----------+------------------+--------+
 *                                                       short: 12 + 4 bits
 *
 * A switch with 2^n ports (n = 1 to 16): if used + n is above 58 (12), drop; take the top n
 * label bits as out-port; shift the labels left by n; put the bit-reversed in-port into the
 * low n label bits; add n to used.  Each switch uses up a bit at least, so nothing circles
 * for ever.  The answer's path: reverse the label bits, keep the top `used`, clear the rest.
 * Port 0 is the switch's own end point; behind label 0 the rest of the way ahead is zero.
 *
 * INVARIANT route-width: the widths of all switches on a route add up to N2_PATH_BITS at most.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_PATH_BITS = 58,
    N2_PATH_USED_BITS = 6,
    N2_SHORT_PATH_BITS = 12,
    N2_SHORT_PATH_USED_BITS = 4,
    N2_BROADCAST_BITS = 24,  /* of a broadcast's path, from the top: its channel */
    N2_PATH_STORED_BYTES = 9 /* in statements: labels from the top 8, count of bits 1 */
};

/** The low @n bits of @value, mirrored; @n at most 64. */
static inline uint64_t
n2_bits_reverse(uint64_t value, unsigned n)
{
    value = (value >> 1 & UINT64_C(0x5555555555555555)) | (value & UINT64_C(0x5555555555555555))
                                                              << 1;
    value = (value >> 2 & UINT64_C(0x3333333333333333)) | (value & UINT64_C(0x3333333333333333))
                                                              << 2;
    value = (value >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) | (value & UINT64_C(0x0f0f0f0f0f0f0f0f))
                                                              << 4;
    return n ? __builtin_bswap64(value) >> (64 - n) : 0;
}

/**
 * One switch's step on a word of @label_bits labels and @used_bits of count: the hot path.
 *
 * @word:     (inout): untouched if the budget is spent.
 * @n:        the switch's width, 1..16.
 * @mirrored: the n bits of the in-port, mirrored: a switch knows that of each port beforehand.
 *
 * Returns: true and *@out_port, or false: drop.
 */
static inline bool
n2_path_turn(uint64_t *word,
             unsigned label_bits,
             unsigned used_bits,
             unsigned n,
             uint64_t mirrored,
             uint32_t *out_port)
{
    uint64_t used = *word & ((UINT64_C(1) << used_bits) - 1);
    uint64_t labels = *word >> used_bits;

    if (used + n > label_bits)
        return false;
    *out_port = (uint32_t)(labels >> (label_bits - n));
    labels = labels << n & ((UINT64_C(1) << label_bits) - 1);
    labels |= mirrored;
    *word = labels << used_bits | (used + n);
    return true;
}

/** The same; @in_port below 2^n. */
static inline bool
n2_path_step_in(uint64_t *word,
                unsigned label_bits,
                unsigned used_bits,
                unsigned n,
                uint32_t in_port,
                uint32_t *out_port)
{
    return n2_path_turn(word, label_bits, used_bits, n, n2_bits_reverse(in_port, n), out_port);
}

/** The step on a long packet's path. */
static inline bool
n2_path_step(uint64_t *word, unsigned n, uint32_t in_port, uint32_t *out_port)
{
    return n2_path_step_in(word, N2_PATH_BITS, N2_PATH_USED_BITS, n, in_port, out_port);
}

/** The step on a short packet's path. */
static inline bool
n2_path_step_short(uint16_t *word, unsigned n, uint32_t in_port, uint32_t *out_port)
{
    uint64_t w = *word;
    bool ok =
        n2_path_step_in(&w, N2_SHORT_PATH_BITS, N2_SHORT_PATH_USED_BITS, n, in_port, out_port);

    *word = (uint16_t)w;
    return ok;
}

/** The step on a broadcast's path: the channel on top stays, nothing is ahead. */
static inline bool
n2_path_step_broadcast(uint64_t *word, unsigned n, uint32_t in_port)
{
    const unsigned back_bits = N2_PATH_BITS - N2_BROADCAST_BITS;
    const uint64_t channel = UINT64_MAX << (64 - N2_BROADCAST_BITS);
    uint64_t used = *word & ((1u << N2_PATH_USED_BITS) - 1);
    uint64_t back = (*word & ~channel) >> N2_PATH_USED_BITS;

    if (used + n > back_bits)
        return false;
    back = (back << n & ((UINT64_C(1) << back_bits) - 1)) | n2_bits_reverse(in_port, n);
    *word = (*word & channel) | back << N2_PATH_USED_BITS | (used + n);
    return true;
}

/** Bits of the way back; a liar may have written more than there are. */
static inline unsigned
n2_path_used(uint64_t word)
{
    return (unsigned)(word & ((1u << N2_PATH_USED_BITS) - 1));
}

/** Is nothing left ahead, so that an end point may take the packet? */
static inline bool
n2_path_is_at_end(uint64_t word)
{
    unsigned used = n2_path_used(word);

    return used <= N2_PATH_BITS && word >> N2_PATH_USED_BITS >> used == 0;
}

static inline bool
n2_path_is_at_end_short(uint16_t word)
{
    unsigned used = word & 15;

    return used <= N2_SHORT_PATH_BITS && word >> N2_SHORT_PATH_USED_BITS >> used == 0;
}

/** The path that leads back to where a packet that arrived with @word came from. */
uint64_t n2_path_answer(uint64_t word);
uint16_t n2_path_answer_short(uint16_t word);

/** A way ahead while it is put together. */
typedef struct {
    uint64_t word; /* labels from the top, used = 0: ready to be sent */
    uint8_t bits;  /* of labels so far */
} n2_route;

/**
 * Adds the next switch: leave by @port of a switch that has 2^@width ports.
 *
 * Returns: N2_OK, N2_ERR_USAGE (width not 1..16, or no such port), N2_ERR_LIMIT (more than 58
 *          bits in all: the route cannot be used, say so); @route untouched on failure.
 */
N2_MUST_USE n2_err n2_route_add(n2_route *route, unsigned width, uint32_t port);

/**
 * Adds all of @tail behind @route.
 *
 * Returns: N2_OK, N2_ERR_LIMIT as above.
 */
N2_MUST_USE n2_err n2_route_join(n2_route *route, const n2_route *tail);

/** The stored form, N2_PATH_STORED_BYTES. */
void n2_route_write(uint8_t out[static N2_PATH_STORED_BYTES], const n2_route *route);

/**
 * Reads the stored form.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (count above 58, or a bit set behind the count).
 */
N2_MUST_USE n2_err n2_route_read(n2_route *out, const uint8_t in[static N2_PATH_STORED_BYTES]);
