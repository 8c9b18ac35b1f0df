/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cast-fixture.h - joiners and their words, as one switch alone gets them.
 */
#pragma once

#include <glib.h>

#include "base/env.h"
#include "base/limits.h"
#include "switch/tree.h"
#include "wire/path.h"

enum {
    WIDTH = 4,
    THEIRS = 3 /* width of the neighbour's switch */
};

#define S(s) ((s)*N2_SECOND_US)

static inline void
draw_cb(void *user, void *buf, size_t len)
{
    guint64 *state = user;

    for (size_t i = 0; i < len; i++) {
        *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        ((guint8 *)buf)[i] = (guint8)(*state >> 56);
    }
}

static guint64 draw_state = 1;
static const n2_env env = {.user = &draw_state, .random = draw_cb};

/* As it stands after our step: from @in_port, and @back behind it, @bits long. */
static inline guint64
came(guint32 in_port, guint64 back, guint bits)
{
    return (back << WIDTH | n2_bits_reverse(in_port, WIDTH)) << N2_PATH_USED_BITS |
           (bits + WIDTH);
}

/* A joiner at @port; what it says of its way comes behind our label 1 and the one of 3 bits. */
static inline n2_cast
joiner(guint32 port, guint64 behind)
{
    return (n2_cast){.type = N2_CAST_TREE,
                     .kind = N2_CAST_JOIN,
                     .is_for_hops = true,
                     .id = 9,
                     .nonce = 100 + port,
                     .path = behind | came(port, 0, 0)};
}
