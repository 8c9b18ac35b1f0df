/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * uses.h - how full the limits are and how often they were met, one row a limit.
 *
 * Layer: base (may include: libc only).
 * Use:   who holds what a stranger can take counts, and adds its rows here when asked; a copy
 * of the rows may pass to another thread.  `net2o status` shows them all.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    N2_USES_MAX = 96 /* rows */
};

/** `at`: nothing is held, so nothing can be full: so many a second, or bytes of one thing. */
#define N2_USE_NONE UINT64_MAX

/** One limit; of many alike (one for each connection or link) the fullest. */
typedef struct {
    const char *name; /* (static) as in limits.h, without N2_ and _MAX, in lower case */
    uint64_t at, max;
    uint64_t refused; /* times that somebody wanted more */
} n2_use;

/** Zeroed: none. */
typedef struct {
    n2_use rows[N2_USES_MAX];
    size_t n;
} n2_uses;

/** @name: (static). */
static inline void
n2_uses_add(n2_uses *uses, const char *name, uint64_t at, uint64_t max, uint64_t refused)
{
    if (uses->n < N2_USES_MAX)
        uses->rows[uses->n++] =
            (n2_use){.name = name, .at = at, .max = max, .refused = refused};
}
