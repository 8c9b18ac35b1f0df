/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fail-memory.c - malloc and the like, replaced for what is linked in (--wrap).
 */
#include "fail-memory.h"

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static uint64_t left;
static int happened;

static int
fails(void)
{
    if (!left || --left)
        return 0;
    happened = 1;
    return 1;
}

void
fail_memory_at(uint64_t n)
{
    left = n;
    happened = 0;
}

int
fail_memory_happened(void)
{
    return happened;
}

void *
__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}
