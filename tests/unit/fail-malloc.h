/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fail-malloc.h - memory that is refused on request: in our own code, by the linker's --wrap,
 *                 and in OpenSSL, through its own functions.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/** To be called first in main(): OpenSSL takes other functions only before it used memory. */
void fail_malloc_init(void);

/** The @n-th allocation from now on is refused, and with @lasting all after it; 0: none. */
void fail_malloc_at(uint64_t n, bool lasting);

/** Allocations since fail_malloc_at(). */
uint64_t fail_malloc_count(void);

/**
 * Runs @what with the first, second, third ... allocation refused, until none is left to
 * refuse; each time it must say N2_ERR_NOMEM, or have managed without.
 *
 * Returns: how often it said N2_ERR_NOMEM.
 */
unsigned fail_malloc_each(const char *name, n2_err (*what)(void *user), void *user);
