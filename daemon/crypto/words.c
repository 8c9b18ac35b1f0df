/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * words.c - numbers of 11 bits as words, and the recovery sheet in 13 of them.
 */
#include "crypto/words.h"

#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "crypto/words-list.h"

enum {
    WORD_BITS = 11,
    CHECK_BITS = 15,
    CHECK_BYTES = 2,
    /* seed and check in whole bytes: 144 bits, of which the words hold all but the last */
    SHEET_BYTES = N2_SHEET_SEED_BYTES + CHECK_BYTES
};

_Static_assert(N2_SHEET_WORDS *WORD_BITS == N2_SHEET_SEED_BYTES * 8 + CHECK_BITS,
               "13 words hold seed and check");
_Static_assert(1 << WORD_BITS == N2_WORDS, "a word for each number");

const char *
n2_sheet_word(size_t i)
{
    return words[i];
}

static char
small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_letter(char c)
{
    c = small(c);
    return c >= 'a' && c <= 'z';
}

/* Does word @i begin with what was typed? */
static bool
begins(size_t i, const char *typed, size_t len)
{
    for (size_t k = 0; k < len; k++)
        if (words[i][k] != small(typed[k]))
            return false;
    return true;
}

/* All words are looked at, whichever it is: how long it takes says nothing of the sheet. */
int
n2_sheet_word_find(const char *typed, size_t len)
{
    int exact = -1, first = -1;
    size_t n = 0;

    if (!len || len > N2_WORD_CHARS_MAX)
        return -1;
    for (size_t i = 0; i < N2_WORDS; i++) {
        if (!begins(i, typed, len))
            continue;
        if (!words[i][len])
            exact = (int)i;
        first = (int)i;
        n++;
    }
    return exact >= 0 ? exact : n == 1 ? first : -1;
}

/* ---- the sheet ---- */

/* The first 15 bits of the hash, and a zero. */
static void
make_check(const uint8_t *seed, uint8_t check[static CHECK_BYTES])
{
    static const char label[] = "n2 sheet check";
    uint8_t digest[N2_HASH_BYTES];
    n2_hash hash;

    n2_hash_init(&hash, N2_METHOD_SHA256);
    n2_hash_update(&hash, label, strlen(label));
    n2_hash_update(&hash, seed, N2_SHEET_SEED_BYTES);
    n2_hash_final(&hash, digest);
    check[0] = digest[0];
    check[1] = digest[1] & 0xfe;
    sodium_memzero(digest, sizeof digest);
    sodium_memzero(&hash, sizeof hash);
}

static size_t
bit_at(const uint8_t *bytes, size_t i)
{
    return bytes[i / 8] >> (7 - i % 8) & 1;
}

void
n2_sheet_words(const uint8_t seed[static N2_SHEET_SEED_BYTES],
               char out[static N2_SHEET_TEXT_BYTES])
{
    uint8_t bytes[SHEET_BYTES];
    char *at = out;

    memset(out, 0, N2_SHEET_TEXT_BYTES);
    memcpy(bytes, seed, N2_SHEET_SEED_BYTES);
    make_check(seed, bytes + N2_SHEET_SEED_BYTES);
    for (size_t k = 0; k < N2_SHEET_WORDS; k++) {
        size_t number = 0;

        for (size_t i = 0; i < WORD_BITS; i++)
            number = number << 1 | bit_at(bytes, k * WORD_BITS + i);
        if (k)
            *at++ = ' ';
        memcpy(at, words[number], strlen(words[number]));
        at += strlen(words[number]);
    }
    sodium_memzero(bytes, sizeof bytes);
}

/* The next run of letters; false: there is none. */
static bool
next_word(const char *typed, size_t len, size_t *at, const char **word, size_t *n)
{
    while (*at < len && !is_letter(typed[*at]))
        ++*at;
    *word = typed + *at;
    for (*n = 0; *at < len && is_letter(typed[*at]); ++*at)
        ++*n;
    return *n != 0;
}

n2_err
n2_sheet_parse(uint8_t seed[static N2_SHEET_SEED_BYTES],
               const char *typed,
               size_t len,
               size_t *word)
{
    uint8_t bytes[SHEET_BYTES] = {0}, check[CHECK_BYTES];
    size_t n = 0, n_chars, at = 0;
    const char *found;
    n2_err err = len > N2_SHEET_TYPED_BYTES_MAX ? N2_ERR_LIMIT : N2_OK;

    while (!err && next_word(typed, len, &at, &found, &n_chars)) {
        int number = n < N2_SHEET_WORDS ? n2_sheet_word_find(found, n_chars) : 0;

        if (n == N2_SHEET_WORDS)
            err = N2_ERR_TRAILING;
        else if (number < 0)
            err = N2_ERR_NOTFOUND;
        for (size_t i = 0; i < WORD_BITS && !err; i++)
            if ((size_t)number >> (WORD_BITS - 1 - i) & 1)
                bytes[(n * WORD_BITS + i) / 8] |= (uint8_t)(0x80 >> (n * WORD_BITS + i) % 8);
        n += err != N2_ERR_NOTFOUND;
    }
    if (!err && n < N2_SHEET_WORDS)
        err = N2_ERR_TRUNCATED;
    if (!err) {
        make_check(bytes, check);
        if (sodium_memcmp(check, bytes + N2_SHEET_SEED_BYTES, sizeof check))
            err = N2_ERR_CORRUPT;
    }
    if (word)
        *word = n;
    memset(seed, 0, N2_SHEET_SEED_BYTES);
    if (!err)
        memcpy(seed, bytes, N2_SHEET_SEED_BYTES);
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

/* ---- QR ---- */

void
n2_sheet_qr(const uint8_t seed[static N2_SHEET_SEED_BYTES],
            uint8_t out[static N2_SHEET_QR_BYTES])
{
    out[0] = 0; /* no box begins so */
    memcpy(out + 1, seed, N2_SHEET_SEED_BYTES);
}

n2_err
n2_sheet_of_qr(uint8_t seed[static N2_SHEET_SEED_BYTES], const uint8_t *bytes, size_t len)
{
    if (len != N2_SHEET_QR_BYTES || bytes[0])
        return N2_ERR_FORMAT;
    memcpy(seed, bytes + 1, N2_SHEET_SEED_BYTES);
    return N2_OK;
}
