/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * random.h - the kernel's random generator, as n2_env wants it.
 *
 * Layer: host.
 */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

static inline void
n2_host_random(void *user, void *buf, size_t len)
{
    uint8_t *at = buf;

    (void)user;
    while (len) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno != EINTR)
            abort(); /* without it no key is safe */
        if (got > 0) {
            at += got;
            len -= (size_t)got;
        }
    }
}
