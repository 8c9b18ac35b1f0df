/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * armor.h - statements and containers as text that can be pasted, and as text for a QR code.
 *
 * Layer: crypto (may include: base, wire).
 *
 *     -----BEGIN NET2O ADD-----        the kind of the body, in capitals; IDENTITY: a
 * container; KEY: keys (kind 30) that ask to be added bjIBAQAAAX...                    base64
 * with padding, 64 characters a line
 *     -----END NET2O ADD-----
 *
 *     N2:NYZACAIAAAA...                base32 in capitals of the bytes and then the first 4
 *                                      bytes of their SHA-256
 *
 * A reader of the first lets pass: white space at the ends of lines, empty lines, CRLF, lines
 * of other lengths (mail programs do that); all else is refused.  The second has one form.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/kinds.h"

enum {
    N2_ARMOR_WORD_BYTES = 16, /* longest word with NUL */
    N2_ARMOR_CONTAINER = 0,   /* kind of a container */
    N2_QR_CHARS_MAX = 4296,   /* of a QR code, version 40, level L, alphanumeric */
    N2_QR_CHECK_BYTES = 4,
    N2_QR_BYTES_MAX = (N2_QR_CHARS_MAX - 3) * 5 / 8 - N2_QR_CHECK_BYTES
};

/** Characters of the text of @len bytes, with NUL; never less than needed. */
size_t n2_armor_chars(size_t len);

/**
 * Writes the text of a statement (@kind of its body) or container (N2_ARMOR_CONTAINER).
 *
 * @out: n2_armor_chars(@len) bytes; NUL behind the last newline.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (no such kind), N2_ERR_LIMIT (above N2_IDENTITY_BYTES_MAX),
 *          N2_ERR_NOSPACE.
 */
N2_MUST_USE n2_err
n2_armor_write(char *out, size_t cap, uint8_t kind, const void *bytes, size_t len);

/**
 * Reads such a text.  The bytes have to be checked as any others: that they are what the first
 * line says is seen to here by their head alone.
 *
 * @buf:  takes the bytes; @len / 4 * 3 are always enough.
 * @kind: (out): of the body, or N2_ARMOR_CONTAINER.
 *
 * Returns: N2_OK
 *          N2_ERR_NOTFOUND   no such first line
 *          N2_ERR_TRUNCATED  no last line
 *          N2_ERR_TRAILING   something behind it
 *          N2_ERR_FORMAT     another character, wrong padding, lines that name two kinds, or
 *                            other than what is inside
 *          N2_ERR_LIMIT      above N2_IDENTITY_BYTES_MAX
 *          N2_ERR_NOSPACE    @buf is too small
 */
N2_MUST_USE n2_err
n2_armor_read(const char *text, size_t len, uint8_t *buf, size_t cap, size_t *n, uint8_t *kind);

/** Characters of the QR text of @len bytes, with NUL. */
size_t n2_qr_chars(size_t len);

/** Returns: N2_OK, N2_ERR_LIMIT (above N2_QR_BYTES_MAX or empty: it fits no code),
 *  N2_ERR_NOSPACE. */
N2_MUST_USE n2_err n2_qr_write(char *out, size_t cap, const void *bytes, size_t len);

/** Returns: N2_OK, N2_ERR_FORMAT (no such text, another form), N2_ERR_LIMIT, N2_ERR_NOSPACE,
 *  N2_ERR_CORRUPT (the check does not fit: read wrong). */
N2_MUST_USE n2_err
n2_qr_read(const char *text, size_t len, uint8_t *buf, size_t cap, size_t *n);
