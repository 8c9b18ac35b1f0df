/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ring.c - two indices that only ever grow; each is written by one side alone.
 *
 * Each side keeps a copy of the other's index and reads the shared one only when the copy
 * says full or empty, so that the cache line moves once a batch and not once an item.
 */
#include "base/ring.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    CACHE_LINE = 64
};

struct n2_ring {
    size_t item_bytes;
    size_t n_items;
    uint8_t *items; /* owned */

    /* the producer's line */
    alignas(CACHE_LINE) atomic_size_t head; /* items ever pushed */
    size_t tail_seen;

    /* the consumer's line */
    alignas(CACHE_LINE) atomic_size_t tail; /* items ever taken */
    size_t head_seen;
};

n2_err
n2_ring_new(n2_ring **out, size_t item_bytes, size_t n_items)
{
    if (!item_bytes || !n_items || (n_items & (n_items - 1)))
        return N2_ERR_USAGE;
    n2_ring *ring = aligned_alloc(CACHE_LINE, sizeof *ring);
    uint8_t *items = calloc(n_items, item_bytes);
    if (!ring || !items) {
        free(ring);
        free(items);
        return N2_ERR_NOMEM;
    }
    memset(ring, 0, sizeof *ring);
    ring->item_bytes = item_bytes;
    ring->n_items = n_items;
    ring->items = items;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    *out = ring;
    return N2_OK;
}

void
n2_ring_free(n2_ring *ring)
{
    if (!ring)
        return;
    free(ring->items);
    free(ring);
}

static uint8_t *
item_at(const n2_ring *ring, size_t index)
{
    return ring->items + (index & (ring->n_items - 1)) * ring->item_bytes;
}

void *
n2_ring_reserve(n2_ring *ring)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

    if (head - ring->tail_seen == ring->n_items) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head - ring->tail_seen == ring->n_items)
            return NULL;
    }
    return item_at(ring, head);
}

void
n2_ring_commit(n2_ring *ring)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

    assert(head - ring->tail_seen < ring->n_items);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

bool
n2_ring_push(n2_ring *ring, const void *item)
{
    void *place = n2_ring_reserve(ring);

    if (!place)
        return false;
    memcpy(place, item, ring->item_bytes);
    n2_ring_commit(ring);
    return true;
}

void *
n2_ring_peek(n2_ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    if (tail == ring->head_seen) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail == ring->head_seen)
            return NULL;
    }
    return item_at(ring, tail);
}

void
n2_ring_drop(n2_ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    assert(tail != ring->head_seen);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
}

bool
n2_ring_pop(n2_ring *ring, void *item)
{
    const void *place = n2_ring_peek(ring);

    if (!place)
        return false;
    memcpy(item, place, ring->item_bytes);
    n2_ring_drop(ring);
    return true;
}

size_t
n2_ring_count(const n2_ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

    return atomic_load_explicit(&ring->head, memory_order_acquire) - tail;
}
