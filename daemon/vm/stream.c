/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * stream.c - finds blocks in a command stream that arrives in pieces.
 */
#include "vm/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/varint.h"

enum {
    ROOM_MIN = 4096,
    KEPT_MAX = N2_VM_BLOCK_BYTES_MAX + N2_VARINT_BYTES_MAX
};

void
n2_block_stream_init(n2_block_stream *s)
{
    *s = (n2_block_stream){0};
}

void
n2_block_stream_clear(n2_block_stream *s)
{
    free(s->buf);
    *s = (n2_block_stream){0};
}

/* Who has nothing to say for now holds no room: most connections are silent. */
static void
forget_taken(n2_block_stream *s)
{
    if (!s->pos)
        return;
    s->len -= s->pos;
    if (s->len)
        memmove(s->buf, s->buf + s->pos, s->len);
    s->pos = 0;
    if (s->len)
        return;
    free(s->buf);
    s->buf = NULL;
    s->room = 0;
}

n2_err
n2_block_stream_input(n2_block_stream *s, const uint8_t *bytes, size_t len)
{
    if (s->err)
        return s->err;
    forget_taken(s);
    if (!len)
        return N2_OK;
    if (s->len > KEPT_MAX)
        return s->err = N2_ERR_LIMIT;
    if (len > s->room - s->len) {
        size_t room = s->room ? s->room : ROOM_MIN;

        while (room < s->len + len)
            room *= 2;
        uint8_t *grown = realloc(s->buf, room);

        if (!grown)
            return s->err = N2_ERR_NOMEM;
        s->buf = grown;
        s->room = room;
    }
    memcpy(s->buf + s->len, bytes, len);
    s->len += len;
    return N2_OK;
}

n2_err
n2_block_stream_next(n2_block_stream *s, const uint8_t **bytes, size_t *len)
{
    *bytes = NULL;
    *len = 0;
    while (!s->err && s->pos < s->len) {
        n2_reader r = n2_reader_init(s->buf + s->pos, s->len - s->pos);
        uint64_t length = n2_read_varint(&r);

        if (r.err == N2_ERR_TRUNCATED)
            return N2_OK;
        if (r.err)
            return s->err = r.err;
        if (length > N2_VM_BLOCK_BYTES_MAX)
            return s->err = N2_ERR_LIMIT;
        const uint8_t *body = n2_read_bytes(&r, (size_t)length);

        if (r.err)
            return N2_OK;
        s->pos = (size_t)(r.pos - s->buf);
        if (length) {
            *bytes = body;
            *len = (size_t)length;
            return N2_OK;
        }
    }
    if (s->pos == s->len)
        forget_taken(s);
    return s->err;
}
