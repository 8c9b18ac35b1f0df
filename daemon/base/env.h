/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * env.h - what a sans-IO object may ask of its surroundings: random bytes.
 *
 * Layer: base (may include: libc only).  The host hands in the kernel's generator, a test a
 * seeded one, so that every run can be replayed.
 */
#pragma once

#include <stddef.h>

typedef struct {
    void *user;
    /** Fills @buf with @len unpredictable bytes; cannot fail. */
    void (*random)(void *user, void *buf, size_t len);
} n2_env;

static inline void
n2_env_random(const n2_env *env, void *buf, size_t len)
{
    env->random(env->user, buf, len);
}
