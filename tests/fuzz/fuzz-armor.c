/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-armor.c - any text as a statement's, as a QR code's, as the words of a sheet, as what
 *                somebody pastes; any bytes written so and read again.
 *
 * The first byte says as which.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/armor.h"
#include "crypto/container.h"
#include "crypto/pieces.h"
#include "crypto/words.h"
#include "fuzz.h"

enum {
    PIECES = 0xf0 /* first bytes from here on */
};

static void
try_lines(const char *text, size_t len)
{
    uint8_t *bytes = malloc(len / 4 * 3 + 3);
    uint8_t kind;
    size_t n;

    check(bytes);
    if (!n2_armor_read(text, len, bytes, len / 4 * 3 + 3, &n, &kind)) {
        size_t room = n2_armor_chars(n), m;
        char *out = malloc(room);
        uint8_t *again = malloc(n);
        uint8_t same;

        check(out && again && !n2_armor_write(out, room, kind, bytes, n));
        check(!n2_armor_read(out, strlen(out), again, n, &m, &same));
        check(m == n && same == kind && !memcmp(bytes, again, n));
        check(kind == N2_KIND_KEY || !n2_container_check(bytes, n, &m));
        free(out);
        free(again);
    } else {
        check(!n);
    }
    free(bytes);
}

static void
try_qr(const char *text, size_t len)
{
    uint8_t *bytes = malloc(len + 1);
    char out[N2_QR_CHARS_MAX + 1];
    size_t n;

    check(bytes);
    if (!n2_qr_read(text, len, bytes, len, &n)) { /* one text for one thing */
        check(!n2_qr_write(out, sizeof out, bytes, n));
        check(strlen(out) == len && !memcmp(out, text, len));
    }
    free(bytes);
}

static void
try_words(const char *text, size_t len)
{
    uint8_t seed[N2_SHEET_SEED_BYTES], again[N2_SHEET_SEED_BYTES];
    char out[N2_SHEET_TEXT_BYTES];
    size_t word;

    if (!n2_sheet_parse(seed, text, len, &word)) {
        n2_sheet_words(seed, out);
        check(!n2_sheet_parse(again, out, strlen(out), NULL));
        check(!memcmp(seed, again, sizeof seed));
    }
    check(word <= N2_SHEET_WORDS + 1);
}

static void
try_bytes(const uint8_t *bytes, size_t len)
{
    uint8_t *back = malloc(len + 1);
    char text[N2_QR_CHARS_MAX + 1];
    size_t n;

    check(back);
    if (!n2_qr_write(text, sizeof text, bytes, len)) {
        check(!n2_qr_read(text, strlen(text), back, len, &n));
        check(n == len && !memcmp(back, bytes, len));
    }
    if (len == N2_SHEET_QR_BYTES && !n2_sheet_of_qr(back, bytes, len)) {
        char words[N2_SHEET_TEXT_BYTES];
        uint8_t seed[N2_SHEET_SEED_BYTES];

        n2_sheet_words(back, words);
        check(!n2_sheet_parse(seed, words, strlen(words), NULL));
        check(!memcmp(seed, back, sizeof seed));
    }
    free(back);
}

/* What somebody pastes: what is read are boxes, and read again as bytes the same. */
static void
try_pieces(const uint8_t *text, size_t len)
{
    uint8_t *bytes = malloc(N2_IDENTITY_BYTES_MAX), *again = malloc(N2_IDENTITY_BYTES_MAX);
    n2_asked_key keys[N2_PIECES_KEYS_MAX];
    uint8_t out[1024];
    size_t n, m, n_keys;

    check(bytes && again);
    if (!n2_pieces_read(text, len, bytes, &n)) {
        check(n && !n2_pieces_read(bytes, n, again, &m) && m == n && !memcmp(bytes, again, n));
        if (!n2_pieces_read_keys(bytes, n, keys, &n_keys, NULL)) {
            check(n_keys && n_keys <= N2_PIECES_KEYS_MAX);
            for (size_t i = 0; i < n_keys; i++)
                check(strlen(keys[i].label) <= N2_KEY_LABEL_BYTES_MAX &&
                      !(keys[i].rights & ~(uint32_t)N2_RIGHTS_ALL));
            check(!n2_pieces_write_keys(out, sizeof out, keys, n_keys, 1, &m));
        }
    } else {
        check(!n);
    }
    free(bytes);
    free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    uint8_t *exact = fuzz_copy(data + 1, size - 1);
    const char *text = (const char *)exact;

    switch (data[0] >= PIECES ? PIECES : data[0] & 3) {
    case PIECES:
        try_pieces(exact, size - 1);
        break;
    case 0:
        try_lines(text, size - 1);
        break;
    case 1:
        try_qr(text, size - 1);
        break;
    case 2:
        try_words(text, size - 1);
        break;
    default:
        try_bytes(exact, size - 1);
    }
    free(exact);
    return 0;
}
