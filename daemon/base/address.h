/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * address.h - what people write to say which file they mean.
 *
 * Layer: base (may include: libc only).
 *
 *     net2o://NAME/PATH           a name of one's own or of a zone
 *     net2o://k1-BASE32/PATH      in the last tree that this identity published
 *     net2o://h1-BASE32/PATH      in this content
 *     net2o://h1-BASE32?in=h1-... a file by hash, and the tree it was found in
 *     net2o://k1-BASE32/PATH?version=N  in that tree of it (also by name); N from 1
 *     ...#PLACE                   a place on the page; never sent to anybody
 *
 * Strict: no user, port, "." or "..", empty name or unknown question; %2F and controls are
 * refused.  So each address has one canonical text, which n2_address_format() writes.
 * Scheme and host are folded: ASCII letters to lower case, others as the Unicode tables of the
 * host say, if it has some (then a name comes out in normal form C, too).  The path is kept as
 * it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/utf8.h"

enum {
    N2_NAME_BYTES_MAX = 253,
    N2_NAME_LABELS_MAX = 8,
    N2_LABEL_BYTES_MAX = 63
};

typedef enum {
    N2_ADDRESS_NAME,
    N2_ADDRESS_IDENTITY,
    N2_ADDRESS_CONTENT
} n2_address_kind;

typedef struct {
    n2_address_kind kind;
    char name[N2_NAME_BYTES_MAX + 1];          /* NAME only, UTF-8, lower case; else "" */
    n2_id id;                                  /* IDENTITY and CONTENT */
    uint64_t version;                          /* 0: the newest */
    n2_id in;                                  /* tree of "?in=", or the zero value */
    char path[N2_ADDRESS_TEXT_BYTES_MAX + 1];  /* decoded, "a/b c.md", no '/' at either end */
    char place[N2_ADDRESS_TEXT_BYTES_MAX + 1]; /* decoded text after '#', or "" */
    bool is_folder;                            /* '/' at the end, or a bare name or identity */
} n2_address;

/** How to write an address. */
typedef enum {
    N2_ADDRESS_URI,     /* ASCII: other bytes as %XX; the canonical form */
    N2_ADDRESS_READABLE /* letters of other scripts stay, for people */
} n2_address_form;

/**
 * Reads @text.  The scheme may be missing ("NAME/PATH"), as people type it.
 *
 * @unicode: (nullable): as in utf8.h.
 * @out:     untouched on failure.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (too long, too deep), N2_ERR_UNSUPPORTED (another scheme, a hash
 *          method we do not know), N2_ERR_FORMAT.
 */
N2_MUST_USE n2_err n2_address_parse(n2_address *out,
                                    const char *text,
                                    const n2_unicode *unicode);

/**
 * Writes @address with scheme, NUL at the end.
 *
 * Returns: N2_OK, N2_ERR_NOSPACE (more than @size bytes; N2_ADDRESS_TEXT_BYTES_MAX * 6 are
 *          enough for any address).
 */
N2_MUST_USE n2_err n2_address_format(char *buf,
                                     size_t size,
                                     const n2_address *address,
                                     n2_address_form form);

/**
 * Is @text a name one may give (1 to 8 labels of 1 to 63 bytes, separated by dots; no reserved
 * form such as "k1-..."; no code point without a character)?  Lower case only: fold before.
 *
 * Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_LIMIT (labels, bytes of one, or of all).
 */
N2_MUST_USE n2_err n2_name_check(const char *text, size_t len, const n2_unicode *unicode);
