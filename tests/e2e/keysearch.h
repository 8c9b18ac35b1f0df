/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keysearch.h - is this key in these bytes, in any dress that a program gives to keys?
 *
 * Encodings: as it is; backwards; each word of 4 or 8 bytes backwards; hexadecimal, small and
 * capital; base64 of both alphabets and base32, small and capital, wherever in a longer text
 * the key begins.
 */
#pragma once

#include <glib.h>

typedef struct n2_key_search n2_key_search;

/** @key: @len bytes, 16 to 128. */
n2_key_search *n2_key_search_new(const guint8 *key, gsize len);
void n2_key_search_free(n2_key_search *search);

/** Bytes that two neighbouring pieces of a memory must share, so that no hit falls between
 * them. */
gsize n2_key_search_overlap(const n2_key_search *search);

/**
 * Returns: (nullable) (transfer none): in which encoding the key is in @bytes, e.g. "base64, 2
 * bytes before it"; NULL if it is not there.
 */
const char *n2_key_search_in(const n2_key_search *search, const guint8 *bytes, gsize len);
