/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cast.h - messages that make and end multicast trees and broadcast ways, and where the copies
 *          of a packet go.
 *
 * Layer:  switch (may include: base, wire, crypto).
 * Source: net2o white paper, "Multicasting", "Broadcasting"; PROTOCOL.md, sections "Multicast"
 *         and "Broadcast".
 *
 * In control mode, as an echo: an unsealed long packet with address 0 and 32 bytes of data,
 *
 *   offset in the data
 *   0   type 1: 5 tree, 6 channel
 *   1   bit 7: each switch on the way looks;  6-0 kind
 *   2   number 2: JOIN, LEAVE: of the joining switch's entry, 0 an end point's;  REFUSE: why;
 *       of channels the top bit: the whole block
 *   4   rank 1: SPLIT, ACCEPT, JOIN of a switch: bits of way from there to the source
 *   5   taken 3: JOIN of a tree: first bytes of the nonce of a branch that this one stands for
 *       from now on; of its own: it is a branch somewhere;  ACCEPT: the same
 *   8   tree or channel 8
 *   16  nonce 8: the joiner's, and in all that answers it
 *   24  mask 8: bit b is set: used was b behind one of the switches on the way
 *
 * JOIN and LEAVE of a tree without bit 7 go to the end point of the source, which sends copies
 * to the joiner alone: in them all but tree and nonce is 0, in the answer the mask too.
 *
 * INVARIANT cast-mask: a switch clears the bits above `used` as it came and then sets its own,
 * so what a liar wrote says nothing of the way behind the first honest switch.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "switch/domains.h"
#include "wire/packet.h"

typedef enum {
    N2_CAST_TREE = 5,
    N2_CAST_CHANNEL = 6
} n2_cast_type;

typedef enum {
    N2_CAST_JOIN = 1,   /* towards the source; is_for_hops or, of a tree, to it alone */
    N2_CAST_LEAVE = 2,  /* the same */
    N2_CAST_SPLIT = 3,  /* to the last switch that two branches share: hold an entry */
    N2_CAST_ACCEPT = 4, /* to the joiner */
    N2_CAST_REFUSE = 5  /* the same */
} n2_cast_kind;

enum {
    N2_CAST_DATA_BYTES = 32,
    N2_CAST_BYTES = N2_LONG_HEAD_BYTES + N2_CAST_DATA_BYTES,
    N2_CHANNEL_BITS = 24,
    N2_CAST_OF_BLOCK = 0x8000 /* in the number of a channel's message */
};

/** One message, taken apart.  Anybody on the way can forge it. */
typedef struct {
    n2_cast_type type;
    n2_cast_kind kind;
    bool is_for_hops;
    uint16_t number;
    uint8_t rank;
    uint32_t taken; /* n2_cast_token() of a nonce */
    uint64_t id;
    uint64_t nonce;
    uint64_t mask;
    uint64_t path; /* read: as it stands in the packet.  written: the way it goes */
} n2_cast;

/**
 * Reads a packet in control mode.
 *
 * Returns: N2_OK; N2_ERR_FORMAT and others: it is none of these messages.
 */
N2_MUST_USE n2_err n2_cast_read(n2_cast *out, const uint8_t *bytes, size_t len);

/** Then it is fed to n2_switch_step() with in-port 0. */
void n2_cast_write(uint8_t out[static N2_CAST_BYTES], const n2_cast *cast);

/** Puts mask and taken into a message that passes, which is changed nowhere else. */
void n2_cast_patch(uint8_t bytes[static N2_CAST_BYTES], const n2_cast *cast);

/** Notes in @cast our own step, which its path has behind it, in a switch of @width. */
void n2_cast_gather(n2_cast *cast, unsigned width);

/** The way that a packet, stepped by a switch of @width, still had before it when it came. */
uint64_t n2_cast_ahead(uint64_t path, unsigned width, uint32_t out_port);

/** The answer to @question: the same id, nonce and mask, back to where it came from. */
n2_cast n2_cast_answer(const n2_cast *question, n2_cast_kind kind);

/** Address of the packets of tree @id; the low half is the sender's own. */
static inline uint64_t
n2_cast_address(uint64_t id)
{
    return UINT64_C(1) << 63 | (id >> 32 << 32);
}

/** The first bytes of a nonce, by which one message speaks of another. */
static inline uint32_t
n2_cast_token(uint64_t nonce)
{
    return (uint32_t)(nonce >> 40);
}

/* ---- ways ---- */

/** A way from here, with the places where one switch ends and the next begins. */
typedef struct {
    uint64_t labels; /* from the top, as n2_path_answer() gives it */
    uint64_t mask;   /* of the message that came along it; never 0 */
} n2_way;

static inline unsigned
n2_way_bits(const n2_way *way)
{
    return 63u - (unsigned)__builtin_clzll(way->mask);
}

/** Are the first @bits (0 to 64) of both the same? */
static inline bool
n2_way_is_same(uint64_t a, uint64_t b, unsigned bits)
{
    return !bits || (a ^ b) >> (64 - bits) == 0;
}

/**
 * Bits to the last whole switch that @a and @b share beyond our own, of which the next label is
 * its own; @skip: not to that one, but so many before it.
 *
 * Returns: 0 if they share none.
 */
unsigned n2_way_shared(const n2_way *a, const n2_way *b, unsigned skip);

/** Does @way lead through the switch at whose end point @to ends? */
bool n2_way_passes(const n2_way *way, const n2_way *to);

/* ---- what a table says ---- */

/** Messages of this switch, from its port 0; zeroed: none. */
typedef struct {
    unsigned first, n;
    uint64_t lost; /* found no room */
    uint8_t bytes[N2_SAID_MAX][N2_CAST_BYTES];
} n2_said;

void n2_said_put(n2_said *said, const n2_cast *cast);

/** Next one, or false. */
bool n2_said_take(n2_said *said, uint8_t out[static N2_CAST_BYTES]);

/** What becomes of a message. */
typedef enum {
    N2_CAST_PASSES, /* send it on by its out-port, changed or not */
    N2_CAST_ENDS,   /* forget it */
    N2_CAST_IS_OURS /* an answer for our own end point */
} n2_cast_fate;

/* ---- copies ---- */

/** One place in the list of a tree's copies. */
typedef struct n2_branch n2_branch;

/** Where the copies of one packet go; good until the next call on the table. */
typedef struct {
    const n2_branch *branches; /* of a tree (nullable) */
    uint32_t next;
    uint16_t in_port;         /* of a channel: it goes to all ports in the sets but this */
    const uint64_t *ports[4]; /* (nullable) each 2^width bits */
    uint32_t words, at;
    uint64_t left;
    uint64_t path; /* of a channel's copies */
} n2_copies;

/**
 * Next copy.
 *
 * @out_port: (out): 0: for our own end point.
 * @path:     (out): to be put into it.
 */
bool n2_copies_next(n2_copies *copies, uint32_t *out_port, uint64_t *path);
