/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tlv.c - BER-TLV as cards speak it.
 */
#include "token/tlv.h"

enum {
    TAG_MORE = 0x1f,    /* all of these bits: the tag has another byte */
    TAG_GOES_ON = 0x80, /* in that byte: there is a third, which we never need */
    LENGTH_LONG = 0x80, /* of so many bytes as the other bits say */
    LENGTH_SHORT_MAX = 0x7f
};

static size_t
read_length(n2_reader *r)
{
    uint8_t first = n2_read_u8(r);

    if (first <= LENGTH_SHORT_MAX)
        return first;
    if (first == (LENGTH_LONG | 1))
        return n2_read_u8(r);
    if (first == (LENGTH_LONG | 2))
        return n2_read_u16(r);
    n2_reader_fail(r, N2_ERR_FORMAT);
    return 0;
}

/* True: the head was read; the value may be shorter than it says. */
static bool
read_head(n2_reader *r, uint16_t *tag, size_t *n)
{
    uint8_t first = 0;

    while (first == 0 || first == 0xff) {
        if (!n2_reader_left(r))
            return false;
        first = n2_read_u8(r);
    }
    *tag = first;
    if ((first & TAG_MORE) == TAG_MORE) {
        uint8_t second = n2_read_u8(r);
        if (second & TAG_GOES_ON)
            n2_reader_fail(r, N2_ERR_FORMAT);
        *tag = (uint16_t)(first << 8 | second);
    }
    *n = read_length(r);
    return !r->err;
}

bool
n2_tlv_next(n2_reader *r, n2_tlv *tlv)
{
    uint16_t tag;
    size_t n;

    if (!read_head(r, &tag, &n))
        return false;
    const uint8_t *bytes = n2_read_bytes(r, n);
    if (r->err)
        return false;
    *tlv = (n2_tlv){tag, bytes, n};
    return true;
}

n2_tlv
n2_tlv_unwrap(uint16_t tag, const uint8_t *bytes, size_t n, bool is_short_allowed)
{
    n2_reader r = n2_reader_init(bytes, n);
    uint16_t found;
    size_t said;

    if (!read_head(&r, &found, &said) || found != tag)
        return (n2_tlv){tag, bytes, n};
    size_t left = n2_reader_left(&r);
    if (said != left && !(is_short_allowed && said > left))
        return (n2_tlv){tag, bytes, n};
    return (n2_tlv){tag, n2_read_bytes(&r, left), left};
}

bool
n2_tlv_find(uint16_t tag, const uint8_t *bytes, size_t n, n2_tlv *tlv)
{
    n2_reader r = n2_reader_init(bytes, n);

    while (n2_tlv_next(&r, tlv))
        if (tlv->tag == tag)
            return true;
    return false;
}

void
n2_tlv_write_head(n2_writer *w, uint16_t tag, size_t n)
{
    if (tag > UINT8_MAX)
        n2_write_u8(w, (uint8_t)(tag >> 8));
    n2_write_u8(w, (uint8_t)tag);
    if (n > UINT16_MAX)
        n2_writer_fail(w, N2_ERR_LIMIT);
    else if (n > UINT8_MAX) {
        n2_write_u8(w, LENGTH_LONG | 2);
        n2_write_u16(w, (uint16_t)n);
    } else {
        if (n > LENGTH_SHORT_MAX)
            n2_write_u8(w, LENGTH_LONG | 1);
        n2_write_u8(w, (uint8_t)n);
    }
}
