/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * write.h - what the files that write HTML share.
 *
 * Layer: render, private: included by html*.c only.
 */
#pragma once

#include "render/put.h"
#include "render/tree.h"

typedef struct {
    const n2_page *page;
    GString *out;
    guint depth;       /* open containers */
    cmark_node *plain; /* picture whose words are being written as its alt text */
    guint names;       /* open headings and links: their words are looked at closely */
    gsize code_left;   /* bytes of code that may still get colours */
    gboolean is_whole; /* ids, figures, colours: a document with our style sheet */
} n2_writer;

/** Begins a line of its own. */
void n2_write_line(n2_writer *w);

/** A block's opening tag on a line of its own, unless the nesting is too deep; gets a direction
 *  if its words need one.  @tag ends with ">" and perhaps newlines. */
void n2_write_open(n2_writer *w, cmark_node *node, const char *tag);

/** Any other tag, unless the nesting is too deep. */
void n2_write_tag(n2_writer *w, const char *tag);

/** html-inline.c: a picture, or what stands for it. */
void n2_write_picture(n2_writer *w, cmark_node *node, gboolean enter);
void n2_write_link(n2_writer *w, cmark_node *node, gboolean enter);
void n2_write_code(n2_writer *w, cmark_node *node);
void n2_write_note_ref(n2_writer *w, cmark_node *node);
void n2_write_note_back(n2_writer *w, cmark_node *node);

/** html-inline.c: the picture that @paragraph is nothing but, to be shown with its title as
 *  caption, or NULL. */
cmark_node *n2_write_find_figure(const n2_writer *w, cmark_node *paragraph);

/** html-code.c: a block of code; @class (nullable): of its <code>, if it has no language. */
void n2_write_code_block(n2_writer *w, cmark_node *node, const char *class);

/** html-data.c: an entry of a tree of data. */
void n2_write_data(n2_writer *w, cmark_node *node, gboolean enter);

/** html-data.c: the front matter, below the page. */
void n2_write_attributes(n2_writer *w);

/** html-data.c: the table of contents. */
void n2_write_contents(n2_writer *w);
