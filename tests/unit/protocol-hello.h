/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * protocol-hello.h - what the examples of PROTOCOL.md that are handshakes are made of.
 */
#pragma once

#include <glib.h>

#include "transport/first.h"

/* Secrets and random bytes of the examples count up: S from 01, e from 21 and 41. */
static inline void
count_up(guint8 *bytes, gsize len, guint8 from)
{
    for (gsize i = 0; i < len; i++)
        bytes[i] = (guint8)(from + i);
}

/* The page leaves out the zeros at the end. */
static inline gsize
shown(const guint8 *bytes, gsize len)
{
    while (len && !bytes[len - 1])
        len--;
    return len;
}

static const n2_hello offer = {.control = 0x0000080000000000,
                               .command = 0x0000100000000000,
                               .window = 16,
                               .ciphers = 3,
                               .size = 3};
