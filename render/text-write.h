/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * text-write.h - what the files that write text for a terminal share.
 *
 * Layer: render, private: included by text*.c only.
 *
 * The words of a block are gathered into one string, then wrapped behind the prefix that the
 * open quotes and items give.  Styles and line breaks stand in that string as control bytes;
 * the page's own control characters never get that far.
 */
#pragma once

#include "render/fold.h"
#include "render/text.h"
#include "render/tree.h"

typedef struct {
    const n2_page *page;
    GString *out;
    guint columns;
    n2_text_flags flags;

    GPtrArray *prefixes; /* of char *: one of each open quote or item, for the next line */
    guint hidden;        /* containers beyond INDENT_MAX */
    gboolean gap_wanted; /* a blank line before the next block */
    GString *words;      /* of the open block */
    GPtrArray *cells;    /* of char *: the open table, row after row; NULL outside tables */
    GArray *widths;      /* of guint: cells in each row of it */
    guint head_rows;
    GArray *counters;    /* of int: next number of each open list, 0 in a bullet list */
    GPtrArray *listed;   /* of n2_link: in the order of their numbers (transfer none) */
    GHashTable *numbers; /* address -> number */
} n2_text_writer;

/** Appends the page's @text without control characters, marks and newlines; what can't be seen
 *  becomes its name in brackets. */
void n2_text_put(GString *out, const char *text, gboolean keep_lines);

/** Gathers code; outside tables it keeps the backslash before a pipe. */
void n2_text_code(n2_text_writer *w, const char *text, gboolean keep_lines);

/** The prefix of the next line; an item's bullet is shown once. */
void n2_text_prefix(n2_text_writer *w);

/** Ends a line, without blanks at its end. */
void n2_text_end_line(n2_text_writer *w);

/** Writes the blank line that the last block asked for. */
void n2_text_begin(n2_text_writer *w);

/** Writes @lines, which have no prefix yet, behind @indent. */
void n2_text_lines(n2_text_writer *w, const GString *lines, const char *indent);

/** Columns that are left behind the prefix and @indent, 0 for any. */
guint n2_text_room(n2_text_writer *w, guint indent);

/** Wraps and writes the gathered words. */
void n2_text_words(n2_text_writer *w);

/** Begins what stands behind @prefix (transfer full), e.g. an item. */
void n2_text_open(n2_text_writer *w, char *prefix);
void n2_text_close(n2_text_writer *w);

/** text-more.c: a node of a tree of data. */
void n2_text_data(n2_text_writer *w, cmark_node *node, gboolean enter);

/** text-more.c: "¹" and so on. */
void n2_text_number(GString *out, const char *number);

/** text-more.c: the table of contents. */
void n2_text_contents(n2_text_writer *w);
