/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reader.c - the one bounds check and what is made of it.
 */
#include "base/reader.h"

#include <string.h>

n2_reader
n2_reader_init(const void *buf, size_t len)
{
    const uint8_t *at = buf;

    return (n2_reader){.pos = at, .end = len ? at + len : at, .err = N2_OK};
}

size_t
n2_reader_left(const n2_reader *r)
{
    return r->err ? 0 : (size_t)(r->end - r->pos);
}

void
n2_reader_fail(n2_reader *r, n2_err err)
{
    if (!r->err)
        r->err = err;
}

/* The one bounds check.  Compares lengths, never pointers past the end. */
static const uint8_t *
take(n2_reader *r, size_t len)
{
    if (r->err)
        return NULL;
    if (len > (size_t)(r->end - r->pos)) {
        r->err = N2_ERR_TRUNCATED;
        return NULL;
    }
    const uint8_t *at = r->pos;
    if (len)
        r->pos += len;
    return at;
}

static uint64_t
take_be(n2_reader *r, size_t width)
{
    uint64_t value = 0;
    const uint8_t *p = take(r, width);

    for (size_t i = 0; p && i < width; i++)
        value = value << 8 | p[i];
    return value;
}

uint8_t
n2_read_u8(n2_reader *r)
{
    return (uint8_t)take_be(r, 1);
}

uint16_t
n2_read_u16(n2_reader *r)
{
    return (uint16_t)take_be(r, 2);
}

uint32_t
n2_read_u32(n2_reader *r)
{
    return (uint32_t)take_be(r, 4);
}

uint64_t
n2_read_u48(n2_reader *r)
{
    return take_be(r, 6);
}

uint64_t
n2_read_u64(n2_reader *r)
{
    return take_be(r, 8);
}

const uint8_t *
n2_read_bytes(n2_reader *r, size_t len)
{
    return take(r, len);
}

void
n2_read_copy(n2_reader *r, void *dst, size_t len)
{
    const uint8_t *p = take(r, len);

    if (!len)
        return;
    if (p)
        memcpy(dst, p, len);
    else
        memset(dst, 0, len);
}

void
n2_read_zero(n2_reader *r, size_t len)
{
    const uint8_t *p = take(r, len);
    uint8_t seen = 0;

    for (size_t i = 0; p && i < len; i++)
        seen |= p[i];
    if (seen)
        n2_reader_fail(r, N2_ERR_FORMAT);
}

n2_reader
n2_read_sub(n2_reader *r, size_t len)
{
    const uint8_t *p = take(r, len);
    n2_reader sub = n2_reader_init(p, p ? len : 0);

    if (r->err)
        sub.err = r->err;
    return sub;
}

n2_err
n2_reader_finish(const n2_reader *r)
{
    if (r->err)
        return r->err;
    return r->pos == r->end ? N2_OK : N2_ERR_TRAILING;
}
