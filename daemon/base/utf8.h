/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * utf8.h - is this text fit to be stored, signed and shown?
 *
 * Layer: base (may include: libc only).  The test for normal form C needs the Unicode tables,
 *        which the host has; it comes as a function.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef enum {
    N2_CHAR_OTHER, /* signs, punctuation, spaces, controls, nothing at all */
    N2_CHAR_LETTER,
    N2_CHAR_MARK, /* stands on the letter before */
    N2_CHAR_DIGIT /* 0 to 9, of whatever script */
} n2_char_class;

/** Four letters of ISO 15924, the first one highest. */
#define N2_SCRIPT(a, b, c, d)                                                                  \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/** One code point. */
typedef struct {
    n2_char_class kind;
    uint32_t script; /* N2_SCRIPT(); Zyyy: of all, Zinh: of the letter before */
    int32_t base;    /* without what is composed with it: 'a' of U+00E4 */
    bool is_variant; /* another way to write others (full width, mathematical, ligature) */
} n2_char;

/** What the host knows about Unicode. */
typedef struct {
    void *user;
    /** Is this valid UTF-8 text in normal form C?  Asked only for text with bytes >= 0x80. */
    bool (*is_nfc)(void *user, const char *text, size_t len);
    /** Is there a character at this code point?  Asked only for those >= 0x80. */
    bool (*is_assigned)(void *user, int32_t code_point);
    /** Writes @text with case folded and in normal form C, again and again until nothing
     * changes any more.  False if it is no UTF-8, does not fit, or comes to no end. */
    bool (*fold)(
        void *user, const char *text, size_t len, char *out, size_t cap, size_t *out_len);
    n2_char (*look)(void *user, int32_t code_point);
} n2_unicode;

enum {
    N2_FILE_NAME_BYTES_MAX = 255
};

/**
 * The next code point.
 *
 * @at: (inout): index of its first byte, moved behind it; @at < @len.
 *
 * Returns: the code point, or -1 (then @at is untouched) for anything that RFC 3629 forbids:
 *          overlong forms, surrogates, values above 0x10ffff, a sequence that ends early.
 */
int32_t n2_utf8_next(const char *text, size_t len, size_t *at);

/** Is all of it UTF-8 as RFC 3629 has it?  (NUL counts as a character.) */
bool n2_utf8_is_valid(const char *text, size_t len);

/**
 * Checks text for people: UTF-8, no controls (C0, DEL, C1) but tab and newline, no
 * noncharacters, normal form C; direction embeddings, overrides and isolates end in the line
 * they began in, so that they cannot turn what stands beside the text.
 *
 * @unicode: (nullable): NULL leaves the normal form untested.
 *
 * Returns: N2_OK, N2_ERR_FORMAT.
 */
N2_MUST_USE n2_err n2_utf8_check_text(const char *text, size_t len, const n2_unicode *unicode);

/**
 * Checks one name of a file, folder or person: as text, and no tab, newline, '/', direction
 * control or invisible space; not empty, not "." or "..", 255 bytes at most.
 *
 * Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_LIMIT (too long).
 */
N2_MUST_USE n2_err n2_utf8_check_name(const char *text, size_t len, const n2_unicode *unicode);

/**
 * Are all code points of valid UTF-8 characters?  A later Unicode may put one where none is
 * today, and then its normal form is another: who gives a name uses none of these.  What others
 * have written may come from a later Unicode, so n2_utf8_check_name() does not ask.
 *
 * @unicode: (nullable): NULL, or one without the function, says yes.
 */
bool n2_utf8_is_assigned(const char *text, size_t len, const n2_unicode *unicode);
