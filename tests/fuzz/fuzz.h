/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz.h - what fuzz targets share: a check that ends the run, bytes from a seed, copies whose
 *          end a sanitizer sees.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also in builds without assertions. */
static inline void
check(bool holds)
{
    if (!holds)
        abort();
}

/* n2_env: the same bytes in each run; @user: a uint64_t, the seed. */
static inline void
fuzz_random_cb(void *user, void *buf, size_t len)
{
    uint64_t *state = user;

    for (size_t i = 0; i < len; i++) {
        *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
        ((uint8_t *)buf)[i] = (uint8_t)(*state >> 56);
    }
}

/* A copy of exactly @len bytes, to be freed: a read past its end is seen. */
static inline uint8_t *
fuzz_copy(const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len);

    check(copy || !len);
    if (len)
        memcpy(copy, bytes, len);
    __asm__ volatile("" : : "r"(copy) : "memory"); /* also if it is freed at once */
    return copy;
}

/* What lies in a buffer behind the bytes that are used; nobody may read there, until shown. */
static inline void
fuzz_hide(const uint8_t *buf, size_t used, size_t room)
{
    if (buf)
        ASAN_POISON_MEMORY_REGION(buf + used, room - used);
}

static inline void
fuzz_show(const uint8_t *buf, size_t room)
{
    if (buf)
        ASAN_UNPOISON_MEMORY_REGION(buf, room);
}
