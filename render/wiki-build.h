/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wiki-build.h - blocks and words of the old wiki's markup into cmark's tree.
 *
 * Layer: render, private: included by wiki*.c only.
 * Limits: blocks and inlines that would nest deeper keep their words only.
 */
#pragma once

#include "render/tree.h"

enum {
    N2_WIKI_DEPTH_MAX = 32, /* open lists, items and quotes */
    N2_WIKI_SPANS_MAX = 16, /* open inlines */
};

typedef struct {
    cmark_node *block; /* innermost open container */
    guint depth;
    cmark_node *leaf; /* open paragraph or heading, or NULL */
    cmark_node *spans[N2_WIKI_SPANS_MAX];
    const void *span_tags[N2_WIKI_SPANS_MAX]; /* of wiki.c: what opened each */
    guint n_spans;
    GString *text; /* not yet in the tree */
} n2_wiki_builder;

/** What words go into: the innermost span, else the open paragraph or heading, or NULL. */
cmark_node *n2_wiki_top(n2_wiki_builder *b);

/** Begins a paragraph, and an item for it in a list, unless one is open. */
void n2_wiki_open_leaf(n2_wiki_builder *b);
void n2_wiki_end_leaf(n2_wiki_builder *b);

/** Gathers words; blanks in a row become one. */
void n2_wiki_put(n2_wiki_builder *b, const char *at, gsize len);

/** Puts the gathered words into the tree. */
void n2_wiki_flush(n2_wiki_builder *b);

/** @block: (transfer full). */
void n2_wiki_open_block(n2_wiki_builder *b, cmark_node *block);

/** Closes up to and with the innermost block of @type; nothing if none is open. */
void n2_wiki_close_block(n2_wiki_builder *b, cmark_node_type type);

/** An item, and a list for it if none is open. */
void n2_wiki_open_item(n2_wiki_builder *b);
void n2_wiki_open_list(n2_wiki_builder *b, cmark_list_type type);
