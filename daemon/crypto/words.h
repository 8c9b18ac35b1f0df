/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * words.h - 2,048 short words for numbers of 11 bits, and the recovery sheet written in 13.
 *
 * Layer: crypto (may include: base, wire).
 * Words: lower-case ASCII, 3 to N2_WORD_CHARS_MAX letters, ascending, no two with the same
 * first four letters, so that four are enough to type.  The list never changes: people have it
 *        on paper.
 * Sheet: seed 16, then the first 15 bits of SHA-256("n2 sheet check" | seed) = 143 bits, most
 *        significant first, 11 a word.  In a QR code: a zero, then the seed (n2_qr_write()).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/sheet.h"

enum {
    N2_WORDS = 2048,
    N2_WORD_CHARS_MAX = 7,
    N2_SHEET_WORDS = 13,
    N2_SHEET_TEXT_BYTES = N2_SHEET_WORDS * (N2_WORD_CHARS_MAX + 1), /* blanks between, NUL */
    N2_SHEET_TYPED_BYTES_MAX = 1024,
    N2_SHEET_QR_BYTES = 1 + N2_SHEET_SEED_BYTES
};

/** Word number @i < N2_WORDS (static). */
const char *n2_sheet_word(size_t i);

/**
 * The number of a word as somebody typed it: capitals are letters, and so much of it is enough
 * as no other word begins with.
 *
 * Returns: the number, -1 if there is none or more than one.
 */
int n2_sheet_word_find(const char *typed, size_t len);

/** Writes the 13 words of a seed, a blank between two.  @out is a secret as the seed is. */
void n2_sheet_words(const uint8_t seed[static N2_SHEET_SEED_BYTES],
                    char out[static N2_SHEET_TEXT_BYTES]);

/**
 * Reads 13 typed words; what is no letter stands between words, also numbers as on the sheet.
 *
 * @seed: (out): zeroed on failure.
 * @word: (out) (nullable): N2_ERR_NOTFOUND: which word it is, from 0; N2_ERR_TRUNCATED,
 *        N2_ERR_TRAILING: how many there were (14: that or more).
 *
 * Returns: N2_OK
 *          N2_ERR_NOTFOUND   a word that is not on the list, or stands for several
 *          N2_ERR_TRUNCATED  fewer than 13
 *          N2_ERR_TRAILING   more
 *          N2_ERR_CORRUPT    all are on the list, but they do not fit together
 *          N2_ERR_LIMIT      longer than N2_SHEET_TYPED_BYTES_MAX
 */
N2_MUST_USE n2_err n2_sheet_parse(uint8_t seed[static N2_SHEET_SEED_BYTES],
                                  const char *typed,
                                  size_t len,
                                  size_t *word);

/** The bytes for a QR code of the sheet, and back. */
void n2_sheet_qr(const uint8_t seed[static N2_SHEET_SEED_BYTES],
                 uint8_t out[static N2_SHEET_QR_BYTES]);
/** Returns: N2_OK, N2_ERR_FORMAT (not of a sheet). */
N2_MUST_USE n2_err n2_sheet_of_qr(uint8_t seed[static N2_SHEET_SEED_BYTES],
                                  const uint8_t *bytes,
                                  size_t len);
