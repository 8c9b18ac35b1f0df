/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-compile-private.h - what the two files that write a query as SQL share.
 *
 * Layer: store.  Included by query-compile.c and query-words.c only.
 */
#pragma once

#include "store/query-compile.h"

/** Puts SQL of ours behind what is there. */
__attribute__((format(printf, 2, 3))) void n2_find_add(n2_find *f, const char *format, ...);

/** The first error is kept, and where @node (nullable) stands. */
void n2_find_fail(n2_find *f, n2_err err, const n2_find_node *node);

/** Returns: the number of what is bound. */
size_t n2_find_bind_text(n2_find *f, const char *text, size_t len);
size_t n2_find_bind_set(n2_find *f, n2_find_set *set);

/* ---- query-words.c ---- */

/** Which words of node @i and below are looked up, and which are compared row by row. */
void n2_find_choose(n2_find *f, uint16_t i);

/** Binds @v for the full-text search; @column: "{name} : " or "". */
size_t n2_find_bind_match(n2_find *f, const char *column, const n2_find_value *v);

void n2_find_rows_free(n2_find_rows *rows);

/** The condition of node @i, a word. */
void n2_find_word(n2_find *f, uint16_t i, bool is_not);
