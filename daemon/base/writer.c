/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * writer.c - the one check for room and what is made of it.
 */
#include "base/writer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BYTES = 256 /* first allocation of a growing writer */
};

n2_writer
n2_writer_init(void *buf, size_t size)
{
    return (n2_writer){.buf = buf, .size = size, .limit = size};
}

n2_writer
n2_writer_init_growing(size_t limit_bytes)
{
    return (n2_writer){.limit = limit_bytes, .grows = true};
}

void
n2_writer_clear(n2_writer *w)
{
    if (!w->grows)
        return;
    free(w->buf);
    w->buf = NULL;
    w->len = w->size = 0;
}

void
n2_writer_fail(n2_writer *w, n2_err err)
{
    if (!w->err)
        w->err = err;
}

/* Makes room for @len more bytes, which are known to stay within the limit. */
static bool
grow(n2_writer *w, size_t len)
{
    size_t size = w->size ? w->size : FIRST_BYTES;

    while (size - w->len < len)
        size = size > w->limit / 2 ? w->limit : size * 2;
    if (size > w->limit)
        size = w->limit;
    uint8_t *buf = realloc(w->buf, size ? size : 1);
    if (!buf)
        return false;
    w->buf = buf;
    w->size = size;
    return true;
}

uint8_t *
n2_write_reserve(n2_writer *w, size_t len)
{
    if (w->err)
        return NULL;
    if (len > w->limit - w->len) {
        w->err = N2_ERR_NOSPACE;
        return NULL;
    }
    if ((len > w->size - w->len || !w->buf) && w->grows && !grow(w, len)) {
        w->err = N2_ERR_NOMEM;
        return NULL;
    }
    uint8_t *at = w->buf + w->len;
    w->len += len;
    return at;
}

static void
put_be(n2_writer *w, uint64_t value, size_t width)
{
    uint8_t *p = n2_write_reserve(w, width);

    for (size_t i = 0; p && i < width; i++)
        p[i] = (uint8_t)(value >> 8 * (width - 1 - i));
}

void
n2_write_u8(n2_writer *w, uint8_t value)
{
    put_be(w, value, 1);
}

void
n2_write_u16(n2_writer *w, uint16_t value)
{
    put_be(w, value, 2);
}

void
n2_write_u32(n2_writer *w, uint32_t value)
{
    put_be(w, value, 4);
}

void
n2_write_u48(n2_writer *w, uint64_t value)
{
    put_be(w, value, 6);
}

void
n2_write_u64(n2_writer *w, uint64_t value)
{
    put_be(w, value, 8);
}

void
n2_write_bytes(n2_writer *w, const void *bytes, size_t len)
{
    uint8_t *p = n2_write_reserve(w, len);

    if (p && len)
        memcpy(p, bytes, len);
}

void
n2_write_zero(n2_writer *w, size_t len)
{
    uint8_t *p = n2_write_reserve(w, len);

    if (p && len)
        memset(p, 0, len);
}

void
n2_writer_patch_u32(n2_writer *w, size_t at, uint32_t value)
{
    if (w->err)
        return;
    assert(w->len >= 4 && at <= w->len - 4);
    for (size_t i = 0; i < 4; i++)
        w->buf[at + i] = (uint8_t)(value >> 8 * (3 - i));
}

n2_err
n2_writer_finish(const n2_writer *w, size_t *len)
{
    if (!w->err && len)
        *len = w->len;
    return w->err;
}

n2_err
n2_writer_steal(n2_writer *w, uint8_t **bytes, size_t *len)
{
    assert(w->grows);
    if (!w->err)
        (void)n2_write_reserve(w, 0); /* an empty result is memory too */
    if (w->err) {
        n2_writer_clear(w);
        return w->err;
    }
    *bytes = w->buf;
    *len = w->len;
    w->buf = NULL;
    w->len = w->size = 0;
    return N2_OK;
}
