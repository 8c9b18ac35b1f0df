/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * met.c - what the tests that fill limits share.
 */
#include "met.h"

#include <malloc.h>
#include <string.h>

/* Of the sanitizers' allocator, where that is in use. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

const n2_use *
met_find(const n2_uses *uses, const char *name)
{
    for (size_t i = 0; i < uses->n; i++)
        if (!strcmp(uses->rows[i].name, name))
            return &uses->rows[i];
    g_error("no limit %s", name);
}

size_t
met_allocated(void)
{
    if (__sanitizer_get_current_allocated_bytes)
        return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void
met_assert(const n2_use *use, gboolean fills, guint64 most)
{
    g_test_message(
        "%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " refused",
        use->name, use->at == N2_USE_NONE ? 0 : MAX(most, use->at), use->max, use->refused);
    g_assert_cmpuint(use->refused, >, 0);
    if (use->at == N2_USE_NONE)
        return;
    g_assert_cmpuint(MAX(most, use->at), <=, use->max);
    if (fills)
        g_assert_cmpuint(MAX(most, use->at), ==, use->max);
}
