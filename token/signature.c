/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * signature.c - what cards answer when they sign or agree, in the one form we use.
 */
#include <string.h>

#include "token/key.h"
#include "token/tlv.h"

enum {
    NUMBER_BYTES = 32,
    TAG_SEQUENCE = 0x30,
    TAG_INTEGER = 0x02,
    POINT_PLAIN = 0x04,
    POINT_NATIVE = 0x40
};

/* The order of P-256, and half of it, rounded down. */
static const uint8_t order[NUMBER_BYTES] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                            0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
static const uint8_t half[NUMBER_BYTES] = {0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00,
                                           0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                           0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42,
                                           0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8};

/* A number of any length -> 32 bytes; false if it is greater. */
static bool
put_number(const uint8_t *bytes, size_t n, uint8_t *out)
{
    while (n && !*bytes) {
        bytes++;
        n--;
    }
    if (n > NUMBER_BYTES)
        return false;
    memset(out, 0, NUMBER_BYTES - n);
    if (n)
        memcpy(out + NUMBER_BYTES - n, bytes, n);
    return true;
}

static bool
read_der(const uint8_t *bytes, size_t n, uint8_t *out)
{
    n2_tlv sequence = n2_tlv_unwrap(TAG_SEQUENCE, bytes, n, false), r, s;

    if (sequence.n == n)
        return false;
    n2_reader inner = n2_reader_init(sequence.bytes, sequence.n);
    return n2_tlv_next(&inner, &r) && r.tag == TAG_INTEGER && n2_tlv_next(&inner, &s) &&
           s.tag == TAG_INTEGER && !n2_reader_left(&inner) && put_number(r.bytes, r.n, out) &&
           put_number(s.bytes, s.n, out + NUMBER_BYTES);
}

/* s and order - s are equally good; boxes hold the lower one. */
static void
make_low(uint8_t *s)
{
    unsigned borrow = 0;

    if (memcmp(s, half, NUMBER_BYTES) <= 0 || memcmp(s, order, NUMBER_BYTES) >= 0)
        return;
    for (size_t i = NUMBER_BYTES; i-- > 0;) {
        unsigned digit = 0x100u + order[i] - s[i] - borrow;
        s[i] = (uint8_t)digit;
        borrow = digit < 0x100;
    }
}

n2_token_code
n2_card_signature_read(n2_card_method method, const uint8_t *bytes, size_t n, uint8_t *out)
{
    size_t want = n2_card_method_result_bytes(method);

    if (method != N2_CARD_P256) {
        if (n != want)
            return N2_TOKEN_MALFORMED;
        memcpy(out, bytes, n);
        return N2_TOKEN_OK;
    }
    uint8_t plain[2 * NUMBER_BYTES];
    bool is_plain = n % 2 == 0 && n >= want && n <= want + 2 &&
                    put_number(bytes, n / 2, plain) &&
                    put_number(bytes + n / 2, n / 2, plain + NUMBER_BYTES);
    if ((n == want || !read_der(bytes, n, plain)) && !is_plain)
        return N2_TOKEN_MALFORMED;
    make_low(plain + NUMBER_BYTES);
    memcpy(out, plain, sizeof plain);
    return N2_TOKEN_OK;
}

n2_token_code
n2_card_shared_read(n2_card_method method, const uint8_t *bytes, size_t n, uint8_t *out)
{
    size_t want = n2_card_method_result_bytes(method);
    uint8_t any = 0;

    if (method == N2_CARD_P256_ECDH && n == 1 + 2 * NUMBER_BYTES && bytes[0] == POINT_PLAIN) {
        bytes++; /* the whole point: x is what counts */
        n = NUMBER_BYTES;
    } else if (n == want + 1 && bytes[0] == POINT_NATIVE) {
        bytes++;
        n--;
    }
    if (!want || n != want)
        return N2_TOKEN_MALFORMED;
    for (size_t i = 0; i < n; i++)
        any |= bytes[i];
    if (!any)
        return N2_TOKEN_WEAK;
    memcpy(out, bytes, n);
    return N2_TOKEN_OK;
}
