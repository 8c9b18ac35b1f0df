/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plain.h - the words of a page, without its marks: a light reading of Markdown and wiki text.
 *
 * Layer: store, private.  The real reading is render's, which no part of a node includes: what
 *        is found need not be exactly what is shown.
 *
 * Kept: all words of headings, paragraphs, lists, tables and code; of links and pictures their
 * text.  Not kept: addresses, HTML tags, marks of emphasis, fences, front matter (but its
 * `title`).  What is no UTF-8 becomes a space.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_PLAIN_TITLE_BYTES = 256 /* with NUL; what is longer is cut between characters */
};

typedef struct {
    char *text; /* (owned) not NUL-terminated */
    size_t len;
    char title[N2_PLAIN_TITLE_BYTES]; /* of the front matter, else the first heading, else "" */
} n2_plain;

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_plain_read(n2_plain *out, const uint8_t *bytes, size_t len);
void n2_plain_clear(n2_plain *plain); /* harmless on a zeroed one */
