/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bucket.h - so many a second and no more: the one rate limit for answers to strangers.
 *
 * Layer: base (may include: libc only).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Begins full: zero it.  Up to when what was let through is paid for, monotonic us. */
typedef struct {
    uint64_t paid_us;
} n2_bucket;

/**
 * May one more pass, @per_s a second in the long run and @burst at once?
 *
 * @per_s: 1..1000000.
 */
static inline bool
n2_bucket_take(n2_bucket *bucket, unsigned per_s, unsigned burst, uint64_t now_us)
{
    uint64_t each_us = 1000000 / per_s;

    if (bucket->paid_us < now_us)
        bucket->paid_us = now_us;
    if (bucket->paid_us - now_us + each_us > each_us * burst)
        return false;
    bucket->paid_us += each_us;
    return true;
}
