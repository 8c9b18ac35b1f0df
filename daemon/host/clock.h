/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * clock.h - the two clocks, read here and nowhere else.
 *
 * Layer: host.
 */
#pragma once

#include <stdint.h>
#include <time.h>

/** Monotonic microseconds; never goes back. */
static inline uint64_t
n2_clock_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

/** Microseconds since 1970, as the machine believes. */
static inline int64_t
n2_clock_wall_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
