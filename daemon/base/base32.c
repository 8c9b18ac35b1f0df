/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * base32.c - five bits a character, most significant first.
 */
#include "base/base32.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

void
n2_base32_encode(char *out, const uint8_t *bytes, size_t len)
{
    unsigned held = 0, n_held = 0;

    for (size_t i = 0; i < len; i++) {
        held = (held << 8 | bytes[i]) & 0xfff;
        for (n_held += 8; n_held >= 5; n_held -= 5)
            *out++ = alphabet[held >> (n_held - 5) & 31];
    }
    if (n_held)
        *out++ = alphabet[held << (5 - n_held) & 31];
    *out = '\0';
}

/* The five bits of @c, or -1. */
static int
value(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= '2' && c <= '7')
        return c - '2' + 26;
    return -1;
}

n2_err
n2_base32_decode(uint8_t *out, size_t len, const char *text, size_t n_chars)
{
    unsigned held = 0, n_held = 0;

    if (n_chars != N2_BASE32_CHARS(len))
        return n_chars < N2_BASE32_CHARS(len) ? N2_ERR_TRUNCATED : N2_ERR_TRAILING;
    for (size_t i = 0; i < n_chars; i++) {
        int five = value(text[i]);
        if (five < 0)
            return N2_ERR_FORMAT;
        held = (held << 5 | (unsigned)five) & 0xfff;
        n_held += 5;
        if (n_held >= 8) {
            n_held -= 8;
            *out++ = (uint8_t)(held >> n_held);
        }
    }
    return held & ((1u << n_held) - 1) ? N2_ERR_FORMAT : N2_OK;
}
