/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pieces.h - boxes in the forms in which people hand them around: text, QR texts, bytes; and
 * the keys for which one machine asks another.
 *
 * Layer: crypto (may include: base, wire).
 * Form:  one or several pieces of text (armor.h) and QR texts, each on lines of its own,
 *        whatever is written around them; or the bytes themselves.  All are boxes, one behind
 *        the other; nothing is verified here.
 */
#pragma once

#include "crypto/identity.h"

enum {
    N2_PIECES_KEYS_MAX = 4 /* in what one device asks for */
};

/**
 * The boxes in @len bytes that somebody typed, pasted or read from a code.
 *
 * @out: N2_IDENTITY_BYTES_MAX bytes.
 *
 * Returns: N2_OK
 *          N2_ERR_NOTFOUND   nothing of the kind is in it
 *          N2_ERR_TRUNCATED  a text without its last line
 *          N2_ERR_CORRUPT    a QR text that was read wrong
 *          N2_ERR_LIMIT      more than N2_IDENTITY_BYTES_MAX
 *          N2_ERR_FORMAT     another character, boxes that are none
 */
N2_MUST_USE n2_err n2_pieces_read(const void *bytes, size_t len, uint8_t *out, size_t *n);

/** A key that another machine has drawn, and as what it is to be added. */
typedef struct {
    n2_key key;
    uint32_t rights;
    char label[N2_KEY_LABEL_BYTES_MAX + 1];
} n2_asked_key;

/** Writes what Draw answers: @n keys (kind 30), one behind the other.  Returns: N2_OK,
 *  N2_ERR_NOSPACE, N2_ERR_FORMAT, N2_ERR_LIMIT. */
N2_MUST_USE n2_err n2_pieces_write_keys(
    uint8_t *buf, size_t cap, const n2_asked_key *keys, size_t n, int64_t wall_us, size_t *len);

/**
 * Reads it, after n2_pieces_read().
 *
 * @keys: (out): N2_PIECES_KEYS_MAX of them.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (not that), N2_ERR_LIMIT.
 */
N2_MUST_USE n2_err n2_pieces_read_keys(
    const uint8_t *bytes, size_t len, n2_asked_key *keys, size_t *n, const n2_unicode *unicode);
