/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ring.h - queue of fixed-size items from one thread to one other, without locks.
 *
 * Layer:   base (may include: libc only).
 * Threads: exactly one producer (push, reserve, commit) and one consumer (pop, peek, drop).
 *          What the producer wrote into an item happens before the consumer sees it; what the
 *          consumer read of an item happens before the producer may write its place again.
 *          The two indices lie on cache lines of their own.  Waking the other side is the
 *          caller's business.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

typedef struct n2_ring n2_ring;

/**
 * @n_items: capacity, a power of two.
 *
 * @out: (out) (transfer full): the ring, empty.
 *
 * Returns: N2_OK, N2_ERR_USAGE (capacity not a power of two, or items of no size),
 *          N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_ring_new(n2_ring **out, size_t item_bytes, size_t n_items);

/** @ring: (transfer full) (nullable).  What items still inside own is lost: drain it first. */
void n2_ring_free(n2_ring *ring);

/** Copies one item in.  Returns false, and changes nothing, if the ring is full. */
N2_MUST_USE bool n2_ring_push(n2_ring *ring, const void *item);

/** (nullable): place of the next item, to be filled and then committed; NULL if full. */
void *n2_ring_reserve(n2_ring *ring);

/** Shows the consumer the item that n2_ring_reserve() gave. */
void n2_ring_commit(n2_ring *ring);

/** Copies one item out.  Returns false, and writes nothing, if the ring is empty. */
N2_MUST_USE bool n2_ring_pop(n2_ring *ring, void *item);

/** (transfer none) (nullable): the oldest item in its place; NULL if empty. */
void *n2_ring_peek(n2_ring *ring);

/** Gives up the item that n2_ring_peek() showed. */
void n2_ring_drop(n2_ring *ring);

/** Items inside; exact for the calling side only as a bound (the other side goes on). */
size_t n2_ring_count(const n2_ring *ring);
