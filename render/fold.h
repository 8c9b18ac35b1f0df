/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fold.h - words into lines, cells into columns, for a terminal.
 *
 * Layer: render, private: included by render/ only.
 * Columns are counted as terminals do: wide characters take two, combining ones none.
 */
#pragma once

#include <glib.h>

/** Bytes that stand for a style or a forced line break in the words to fold. */
enum {
    N2_FOLD_NEWLINE = 0x0b,
    N2_FOLD_BOLD = 0x01,
    N2_FOLD_BOLD_OFF,
    N2_FOLD_ITALIC,
    N2_FOLD_ITALIC_OFF,
    N2_FOLD_UNDERLINE,
    N2_FOLD_UNDERLINE_OFF,
};

/** @words in lines of at most @columns (0: one line), joined by newlines; blanks in a row
 *  become one; a word that is longer stays whole (transfer full). */
GString *n2_fold_words(const char *words, guint columns);

/** Columns of the longest line of @lines. */
guint n2_fold_longest(const char *lines);

/**
 * A table in lines.
 *
 * @cells:     row after row; the first byte of each is its alignment, l, c or r.
 * @widths:    number of cells in each of the @n_rows rows.
 * @head_rows: a rule is drawn below so many.
 * @columns:   width that the table should keep to; 0 for any.
 *
 * Returns: (transfer full).
 */
GString *n2_fold_table(const char *const *cells,
                       const guint *widths,
                       guint n_rows,
                       guint head_rows,
                       guint columns);

/** Appends @len bytes at @line with the style bytes as terminal sequences, or without them. */
void n2_fold_style(GString *out, const char *line, gsize len, gboolean ansi);
