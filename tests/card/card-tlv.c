/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-tlv.c - BER-TLV as the virtual card reads and writes it: tags of up to 2 bytes, shortest
 * lengths.
 */
#include "card-private.h"

bool
card_tlv_head(const uint8_t **at, size_t *left, tlv *out)
{
    const uint8_t *p = *at;
    size_t n = *left;

    if (n < 2)
        return false;
    out->tag = *p++;
    n--;
    if ((out->tag & 0x1f) == 0x1f) {
        if (*p & 0x80)
            return false;
        out->tag = out->tag << 8 | *p++;
        n--;
    }
    if (!n)
        return false;
    size_t length = *p++;
    n--;
    if (length > 0x80) {
        size_t more = length - 0x80;
        if (more > 2 || more > n)
            return false;
        for (length = 0; more; more--, n--)
            length = length << 8 | *p++;
    } else if (length == 0x80) {
        return false;
    }
    out->bytes = p;
    out->n = length;
    *at = p;
    *left = n;
    return true;
}

bool
card_tlv(const uint8_t **at, size_t *left, tlv *out)
{
    if (!card_tlv_head(at, left, out) || out->n > *left)
        return false;
    *at += out->n;
    *left -= out->n;
    return true;
}

void
card_add(answer *out, const void *bytes, size_t n)
{
    if (n > sizeof out->bytes - out->n)
        n = sizeof out->bytes - out->n; /* the limits of the objects keep it from here */
    if (n)
        memcpy(out->bytes + out->n, bytes, n);
    out->n += n;
}

void
card_add_tlv(answer *out, unsigned tag, const void *bytes, size_t n)
{
    uint8_t head[5];
    size_t k = 0;

    if (tag > 0xff)
        head[k++] = (uint8_t)(tag >> 8);
    head[k++] = (uint8_t)tag;
    if (n > 0xff)
        head[k++] = 0x82;
    else if (n > 0x7f)
        head[k++] = 0x81;
    if (n > 0xff)
        head[k++] = (uint8_t)(n >> 8);
    head[k++] = (uint8_t)n;
    card_add(out, head, k);
    card_add(out, bytes, n);
}
