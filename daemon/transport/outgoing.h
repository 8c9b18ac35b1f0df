/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * outgoing.h - bytes on their way into one of the peer's regions, unit by unit.
 *
 * Layer:     transport (may include: base, wire, crypto).
 * Invariant: base <= next <= end; a unit is acknowledged, lost (to be sent again), under way,
 *            or (from next on) not yet sent.  All units below base are acknowledged.
 *
 * Two kinds: a piece of memory with a fixed end, which must not be moved, and the command
 * stream, a ring whose end grows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

typedef struct {
    uint64_t tag;     /* the control plane's */
    uint64_t address; /* in the peer's memory, of unit 0 */
    uint64_t size;    /* bytes; ring: capacity */
    uint32_t unit;    /* bytes */
    bool is_ring;
    const uint8_t *memory; /* (transfer none); ring: its own */
    uint8_t *ring;         /* (transfer full) (nullable): made at the first need */
    uint64_t n_units;      /* of the memory or of the ring */
    uint64_t base, next, end;
    uint64_t n_acked, n_lost;
    uint64_t search;        /* no lost unit lies below this one */
    uint64_t *acked, *lost; /* (transfer full) bit sets, modulo room_units; NULL without ring */
    uint64_t few[2];        /* the bit sets of a piece of 64 units at most */
    uint64_t room_units;    /* in the ring, which grows up to n_units; memory: n_units */
    n2_pool *pool; /* (borrowed) (nullable): where ring and bit sets count, but for the first */
} n2_outgoing;

/** Returns: N2_OK, N2_ERR_USAGE (unit, size), N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_outgoing_init(n2_outgoing *o,
                                    uint64_t tag,
                                    uint64_t address,
                                    const uint8_t *memory,
                                    uint64_t size,
                                    uint32_t unit);

/** A stream through a ring of @size bytes, a multiple of 2048, in units of 32; it has none yet.
 *  Returns: N2_OK, N2_ERR_USAGE. */
N2_MUST_USE n2_err n2_outgoing_init_ring(n2_outgoing *o, uint64_t address, uint64_t size);

/**
 * Counts in @pool what it holds from now on.
 *
 * Returns: N2_OK, N2_ERR_LIMIT: the pool has no room for what it holds already.
 */
N2_MUST_USE n2_err n2_outgoing_share(n2_outgoing *o, n2_pool *pool);

/** Makes room for @len bytes more, @len <= n2_outgoing_room().
 *
 *  Returns: N2_OK, N2_ERR_LIMIT (the pool has none; never for the first 2 KiB), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_outgoing_make_room(n2_outgoing *o, size_t len);

/** Wipes and frees the ring of a stream that is done. */
void n2_outgoing_rest(n2_outgoing *o);

void n2_outgoing_clear(n2_outgoing *o);

/** Bytes that n2_outgoing_append() would take now. */
size_t n2_outgoing_room(const n2_outgoing *o);

/** Appends to the ring, padded with zeros to whole units; room was made. */
void n2_outgoing_append(n2_outgoing *o, const uint8_t *bytes, size_t len);

/**
 * Chooses what to send next: lost units first, then new ones.
 *
 * @limit_units:  no unit from this one on (the peer's window); UINT64_MAX: none.
 * @bytes_max:    the most one packet carries: 32, 128, 512 or 2048.
 * @first, @n:    (out): units to send; @n * unit is a packet size.
 * @again:        (out): they were sent before.
 *
 * Returns: false if there is nothing.
 */
bool n2_outgoing_choose(n2_outgoing *o,
                        uint64_t limit_units,
                        uint32_t bytes_max,
                        uint64_t *first,
                        uint32_t *n,
                        bool *again);

/** Is there anything that choose() would give? */
bool n2_outgoing_wants(const n2_outgoing *o, uint64_t limit_units);

/** The units chosen are under way now. */
void n2_outgoing_sent(n2_outgoing *o, uint64_t first, uint32_t n);

/**
 * The bytes of @n units from @first.
 *
 * @scratch: used for the last unit of a memory whose size is no multiple of it (zero-padded).
 *
 * Returns: (transfer none): n * unit bytes.
 */
const uint8_t *n2_outgoing_peek(const n2_outgoing *o,
                                uint64_t first,
                                uint32_t n,
                                uint8_t scratch[static 2048]);

/** A packet with these units was acknowledged / is held for lost. */
void n2_outgoing_acked(n2_outgoing *o, uint64_t first, uint32_t n);
void n2_outgoing_lost(n2_outgoing *o, uint64_t first, uint32_t n);

static inline bool
n2_outgoing_is_done(const n2_outgoing *o)
{
    return o->base == o->end;
}
