/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * work.h - a piece of work on bytes that another thread may do meanwhile.
 *
 * Layer:   crypto (may include: base, wire).
 * Threads: `run` is called in the helper's thread, with the n2_crypto of that thread, and
 *          touches what its work names and nothing else.  Whoever gave the work leaves that
 *          alone until n2_work_is_done(); what `run` wrote happens before.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "crypto/context.h"

typedef struct n2_work {
    void (*run)(struct n2_work *work, n2_crypto *crypto);
    atomic_bool is_done;
} n2_work;

/** Who does it: a thread of the host, or a test that does it when it likes. */
typedef struct {
    void *user;
    /** Does it some time; (transfer none) until it is done.  Works may end in any order. */
    void (*give)(void *user, n2_work *work);
    /** Comes back when all that was given is done. */
    void (*wait)(void *user);
} n2_helper;

static inline bool
n2_work_is_done(const n2_work *work)
{
    return atomic_load_explicit(&work->is_done, memory_order_acquire);
}

/** Does @work at once, in this thread, and says so. */
static inline void
n2_work_do(n2_work *work, n2_crypto *crypto)
{
    work->run(work, crypto);
    atomic_store_explicit(&work->is_done, true, memory_order_release);
}
