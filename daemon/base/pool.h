/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pool.h - memory that many share: nobody gets so much of it that the others get none.
 *
 * Layer:     base (may include: libc only).
 * Threads:   one thread has it with all who share it.
 * Invariant: held <= max; what is left is never less than N2_POOL_PART times what was taken
 *            last, so who needs little still finds it when others have taken much.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    N2_POOL_PART = 8 /* of what is free, one may take one part in so many */
};

/** Zeroed but for max: nothing is held. */
typedef struct {
    uint64_t held, max; /* bytes */
    uint64_t refused;   /* times that somebody wanted more */
} n2_pool;

/**
 * Takes @bytes, which n2_pool_give() gives back.
 *
 * @pool: (nullable): then nothing is counted.
 *
 * Returns: false, and takes nothing, if that is more than one part of what is free.
 */
static inline bool
n2_pool_take(n2_pool *pool, size_t bytes)
{
    if (!pool || !bytes)
        return true;
    if (bytes > (pool->max - pool->held) / N2_POOL_PART) {
        pool->refused++;
        return false;
    }
    pool->held += bytes;
    return true;
}

/** @pool: (nullable). */
static inline void
n2_pool_give(n2_pool *pool, size_t bytes)
{
    if (pool)
        pool->held -= bytes;
}
