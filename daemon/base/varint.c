/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * varint.c - groups of seven bits, most significant first.
 */
#include "base/varint.h"

enum {
    MORE = 0x80,
    GROUP_BITS = 7,
    GROUP_MASK = 0x7f
};

size_t
n2_varint_bytes(uint64_t value)
{
    size_t n = 1;

    while (value >>= GROUP_BITS)
        n++;
    return n;
}

void
n2_write_varint(n2_writer *w, uint64_t value)
{
    size_t n = n2_varint_bytes(value);
    uint8_t *p = n2_write_reserve(w, n);

    for (size_t i = 0; p && i < n; i++) {
        unsigned group = (unsigned)(value >> GROUP_BITS * (n - 1 - i)) & GROUP_MASK;
        p[i] = (uint8_t)(group | (i + 1 < n ? MORE : 0));
    }
}

void
n2_write_svarint(n2_writer *w, int64_t value)
{
    uint64_t sign = value < 0 ? UINT64_MAX : 0;

    n2_write_varint(w, (uint64_t)value << 1 ^ sign);
}

uint64_t
n2_read_varint(n2_reader *r)
{
    uint64_t value = 0;
    uint8_t byte = n2_read_u8(r);

    if (byte == MORE)
        n2_reader_fail(r, N2_ERR_FORMAT);
    for (;;) {
        if (value >> (64 - GROUP_BITS))
            n2_reader_fail(r, N2_ERR_FORMAT);
        if (r->err)
            return 0;
        value = value << GROUP_BITS | (byte & GROUP_MASK);
        if (!(byte & MORE))
            return value;
        byte = n2_read_u8(r);
    }
}

int64_t
n2_read_svarint(n2_reader *r)
{
    uint64_t folded = n2_read_varint(r);
    uint64_t sign = folded & 1 ? UINT64_MAX : 0;

    return (int64_t)(folded >> 1 ^ sign);
}
