/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * first.c - encoding of what address 0 takes and gives.
 */
#include "transport/first.h"

#include <stdbool.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/noise.h"

enum {
    WINDOW_MIN = 10,
    WINDOW_MAX = 24,
    SIZE_CODE_MAX = 3,
    EXTRA_SUITE_2 = 16, /* bytes behind the fixed ones; suite 1: all */
    EXTRA_RESUME = 24
};

/* Suite 2's key record does not fit into the short one, and its answer may not be longer than
 * its question. */
size_t
n2_first_bytes(n2_first_type type, uint8_t suite)
{
    bool is_long = suite == N2_SUITE_2 && (type == N2_FIRST_QUERY || type == N2_FIRST_KEY);

    return is_long ? N2_FIRST_LONG_BYTES : N2_FIRST_BYTES;
}

n2_err
n2_first_decode(n2_first *out, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_first first = {0};

    uint8_t type = n2_read_u8(&r);
    first.suite = n2_read_u8(&r);
    first.key_id = n2_read_u16(&r);
    first.token = n2_read_bytes(&r, N2_FIRST_TOKEN_BYTES);
    if (type < N2_FIRST_HELLO || type > N2_FIRST_UNKNOWN)
        n2_reader_fail(&r, N2_ERR_FORMAT);
    else
        first.type = (n2_first_type)type;
    first.body_len = n2_first_bytes(first.type, first.suite) - N2_FIRST_HEAD_BYTES;
    first.body = n2_read_bytes(&r, first.body_len);

    n2_err err = n2_reader_finish(&r);
    if (err)
        first = (n2_first){0};
    *out = first;
    return err;
}

static void
write_or_zero(n2_writer *w, const uint8_t *bytes, size_t len)
{
    if (bytes)
        n2_write_bytes(w, bytes, len);
    else
        n2_write_zero(w, len);
}

void
n2_first_encode(const n2_first *first, uint8_t *bytes)
{
    size_t len = n2_first_bytes(first->type, first->suite);
    size_t body_len = first->body_len ? first->body_len : N2_FIRST_BODY_BYTES;
    n2_writer w = n2_writer_init(bytes, len);

    n2_write_u8(&w, (uint8_t)first->type);
    n2_write_u8(&w, first->suite);
    n2_write_u16(&w, first->key_id);
    write_or_zero(&w, first->token, N2_FIRST_TOKEN_BYTES);
    write_or_zero(&w, first->body, body_len);
    n2_write_zero(&w, len - N2_FIRST_HEAD_BYTES - body_len);
}

n2_err
n2_hello_decode(n2_hello *out, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_hello h = {0};

    h.control = n2_read_u64(&r);
    h.command = n2_read_u64(&r);
    h.window = n2_read_u8(&r);
    h.ciphers = n2_read_u8(&r);
    h.size = n2_read_u8(&r);
    h.rate = n2_read_u8(&r);
    h.delay = n2_read_u16(&r);
    n2_read_zero(&r, 2);
    size_t extra = n2_reader_left(&r);
    if (extra != EXTRA_SUITE_2 && extra != EXTRA_RESUME && extra < sizeof h.extra)
        n2_reader_fail(&r, N2_ERR_TRUNCATED);
    n2_read_copy(&r, h.extra, extra < sizeof h.extra ? extra : sizeof h.extra);
    if (h.window < WINDOW_MIN || h.window > WINDOW_MAX || h.size > SIZE_CODE_MAX ||
        !h.control || !h.command)
        n2_reader_fail(&r, N2_ERR_FORMAT);

    n2_err err = n2_reader_finish(&r);
    if (err)
        h = (n2_hello){0};
    *out = h;
    return err;
}

void
n2_hello_encode(const n2_hello *hello, uint8_t bytes[static N2_HELLO_PAYLOAD_BYTES])
{
    n2_writer w = n2_writer_init(bytes, N2_HELLO_PAYLOAD_BYTES);

    n2_write_u64(&w, hello->control);
    n2_write_u64(&w, hello->command);
    n2_write_u8(&w, hello->window);
    n2_write_u8(&w, hello->ciphers);
    n2_write_u8(&w, hello->size);
    n2_write_u8(&w, hello->rate);
    n2_write_u16(&w, hello->delay);
    n2_write_zero(&w, 2);
    n2_write_bytes(&w, hello->extra, sizeof hello->extra);
}
