/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fail-memory.h - the n-th allocation of the code under test fails.  GLib and SQLite have their
 *                 own, which go on.
 */
#pragma once

#include <stdint.h>

/** 0: none from now on. */
void fail_memory_at(uint64_t n);
/** True if it came to that. */
int fail_memory_happened(void);
