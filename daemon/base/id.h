/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * id.h - hash that names a content tree or an identity, and its text.
 *
 * Layer: base (may include: libc only).
 * Text:  a letter (k identity, h content, a account), the method's digit, "-", 52 letters of
 * base32: "k1-..." is 55 characters.  One text for one value; lower case only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_ID_HASH_BYTES = 32,
    N2_ID_BYTES = 1 + N2_ID_HASH_BYTES, /* on the wire: method, hash */
    N2_ID_CHARS = 3 + 52,
    N2_ID_TEXT_BYTES = N2_ID_CHARS + 1 /* with NUL */
};

/** Hash methods of data.md, section 1; the number is the digit of the text. */
enum {
    N2_METHOD_NONE = 0,
    N2_METHOD_SHA256 = 1,
    N2_METHOD_BLAKE2B = 2
};

typedef enum {
    N2_ID_IDENTITY = 'k', /* hash of a birth statement */
    N2_ID_CONTENT = 'h',  /* root of a content tree */
    N2_ID_ACCOUNT = 'a'   /* Ed25519 key of an account at one site; method 1, no other */
} n2_id_kind;

/** All zero: no id. */
typedef struct {
    uint8_t method; /* N2_METHOD_* */
    uint8_t hash[N2_ID_HASH_BYTES];
} n2_id;

bool n2_id_equal(const n2_id *a, const n2_id *b);

/** Is it a hash by a method at all (not the zero value)? */
bool n2_id_is_set(const n2_id *id);

/** Writes N2_ID_CHARS characters and a NUL; @id must be set. */
void n2_id_format(char out[static N2_ID_TEXT_BYTES], n2_id_kind kind, const n2_id *id);

/**
 * Reads the text of an id of @kind from @len characters (no NUL needed).
 *
 * @out: untouched on failure.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (not such a text), N2_ERR_UNSUPPORTED (a method that this
 *          program does not know).
 */
N2_MUST_USE n2_err n2_id_parse(n2_id *out, n2_id_kind kind, const char *text, size_t len);

/** The number of a switch in its domain: the first 31 bits of its node's identity, never 0. */
uint32_t n2_id_number(const n2_id *id);
