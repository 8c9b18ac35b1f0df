/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * text.h - words and numbers of what an operator writes; the texts of labels and of the filter.
 *
 * Layer: switch (may include: base), private to it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

/** A part of a text; no NUL behind it. */
typedef struct {
    const char *at;
    size_t len;
} n2_slice;

static inline bool
n2_slice_is(n2_slice s, const char *text)
{
    return s.len == strlen(text) && !memcmp(s.at, text, s.len);
}

/** Takes what stands before the next byte of @ends, or all; that byte goes too. */
static inline n2_slice
n2_slice_take(n2_slice *from, const char *ends)
{
    size_t len = 0;

    while (len < from->len && !strchr(ends, from->at[len]))
        len++;
    n2_slice got = {from->at, len};
    size_t gone = len < from->len ? len + 1 : len;
    from->at += gone;
    from->len -= gone;
    return got;
}

/** The next word between blanks; empty: there is none. */
static inline n2_slice
n2_slice_word(n2_slice *line)
{
    n2_slice got;

    do
        got = n2_slice_take(line, " \t\r\n");
    while (!got.len && line->len);
    return got;
}

/** N2_ERR_FORMAT: no number; N2_ERR_USAGE: above @max. */
static inline n2_err
n2_slice_number(n2_slice s, uint16_t max, uint16_t *out)
{
    unsigned long value = 0;

    if (!s.len)
        return N2_ERR_FORMAT;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return N2_ERR_FORMAT;
        value = 10 * value + (unsigned long)(s.at[i] - '0');
        if (value > max)
            return N2_ERR_USAGE;
    }
    *out = (uint16_t)value;
    return N2_OK;
}

/** PORT/BITS.  Errors as above. */
static inline n2_err
n2_slice_hop(n2_slice s, uint16_t *port, uint16_t *bits)
{
    n2_slice first = n2_slice_take(&s, "/");
    n2_err err = n2_slice_number(first, UINT16_MAX, port);

    return err ? err : n2_slice_number(s, 16, bits);
}
