/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wake.h - two threads that wake each other only when the other one sleeps.
 *
 * Layer: host.
 * Use:   who is about to sleep says so, looks a last time whether there is something, and waits
 * for its eventfd; who gives it something calls n2_wake() afterwards.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

/** Wakes the side that said in @sleeps that it does; the fence pairs with the one between
 * saying so and looking a last time. */
static inline void
n2_wake(atomic_bool *sleeps, int fd)
{
    uint64_t one = 1;

    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(sleeps, memory_order_relaxed) && atomic_exchange(sleeps, false)) {
        ssize_t written = write(fd, &one, sizeof one);
        (void)written; /* fails only when the counter is full, and then it is readable */
    }
}

/** It is awake: @fd is not readable any more. */
static inline void
n2_wake_clear(int fd)
{
    uint64_t count;
    ssize_t got = read(fd, &count, sizeof count);

    (void)got; /* EAGAIN: it was clear */
}
