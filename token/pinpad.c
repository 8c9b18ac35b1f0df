/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pinpad.c - readers with keys of their own.
 */
#include "token/pinpad.h"

#include "base/reader.h"
#include "base/writer.h"

enum {
    FEATURE_VERIFY_PIN_DIRECT = 6,
    FEATURE_MODIFY_PIN_DIRECT = 7,
    CODE_BYTES = 4,
    FORMAT_ASCII_BYTES = 0x82, /* the PIN in ASCII, counted in bytes, from the left */
    VALID_BY_KEY = 2,          /* it ends with the OK key */
    CONFIRM_NEW_AND_OLD = 3,   /* the old one is asked for, the new one twice */
    LANGUAGE = 0x0409,         /* English, of the reader's own words */
    LC_BYTES = 1
};

n2_pinpad
n2_pinpad_read(const uint8_t *bytes, size_t n)
{
    n2_reader r = n2_reader_init(bytes, n);
    n2_pinpad found = {0, 0};

    while (n2_reader_left(&r)) {
        uint8_t tag = n2_read_u8(&r);
        n2_reader value = n2_read_sub(&r, n2_read_u8(&r));
        if (n2_reader_left(&value) != CODE_BYTES)
            continue;
        uint32_t code = n2_read_u32(&value); /* big-endian, whatever the machine is */
        if (tag == FEATURE_VERIFY_PIN_DIRECT)
            found.verify = code;
        if (tag == FEATURE_MODIFY_PIN_DIRECT)
            found.modify = code;
    }
    return n2_reader_finish(&r) ? (n2_pinpad){0, 0} : found;
}

n2_pinpad
n2_pinpad_ask(const n2_card_link *link)
{
    uint8_t answer[N2_APDU_SHORT_BYTES_MAX];
    size_t n = sizeof answer;

    if (!link->control || link->control(link->user, N2_PINPAD_FEATURES, NULL, 0, answer, &n))
        return (n2_pinpad){0, 0};
    return n2_pinpad_read(answer, n);
}

/* The structures are little-endian. */
static void
write_u16le(n2_writer *w, unsigned value)
{
    n2_write_u8(w, (uint8_t)value);
    n2_write_u8(w, (uint8_t)(value >> 8));
}

size_t
n2_pinpad_request(
    const uint8_t header[static 4], unsigned min, unsigned max, bool is_change, uint8_t *out)
{
    n2_writer w = n2_writer_init(out, N2_PINPAD_REQUEST_BYTES_MAX);
    size_t n = 0;

    n2_write_u8(&w, N2_PINPAD_WAIT_S);
    n2_write_u8(&w, 0); /* after the first key: the reader's own patience */
    n2_write_u8(&w, FORMAT_ASCII_BYTES);
    n2_write_u8(&w, 0); /* no length inside the block, which is as long as the PIN */
    n2_write_u8(&w, 0);
    if (is_change) {
        n2_write_u8(&w, 0); /* offsets of the old one and the new one: one behind the other */
        n2_write_u8(&w, 0);
    }
    write_u16le(&w, min << 8 | max);
    if (is_change)
        n2_write_u8(&w, CONFIRM_NEW_AND_OLD);
    n2_write_u8(&w, VALID_BY_KEY);
    n2_write_u8(&w, is_change ? 3 : 1); /* words shown: old, new, new again; or one */
    write_u16le(&w, LANGUAGE);
    n2_write_u8(&w, 0);
    if (is_change) {
        n2_write_u8(&w, 1);
        n2_write_u8(&w, 2);
    }
    n2_write_zero(&w, 3); /* of T=1 */
    write_u16le(&w, 4 + LC_BYTES);
    write_u16le(&w, 0);
    n2_write_bytes(&w, header, 4);
    n2_write_u8(&w, 0); /* Lc: the reader's to fill in */
    return n2_writer_finish(&w, &n) ? 0 : n;
}

n2_token_code
n2_pinpad_code(uint16_t status)
{
    switch (status) {
    case 0x6400:
        return N2_TOKEN_PINPAD_TIMEOUT;
    case 0x6401:
        return N2_TOKEN_CANCELLED;
    case 0x6402:
        return N2_TOKEN_PINPAD_MISMATCH;
    case 0x6403: /* too short or too long */
        return N2_TOKEN_PIN_LENGTH;
    default:
        return N2_TOKEN_OK;
    }
}
