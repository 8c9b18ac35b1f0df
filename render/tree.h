/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree.h - what the passes of the renderer share: cmark's tree and the nodes we add to it.
 *
 * Layer: render, private: included by render/ only.
 *
 * cmark parses blocks and inlines.  What it does not know (tables, tasks, struck text, wiki
 * links) is put into its tree as custom nodes whose user data is an n2_node_kind; a link's or
 * picture's user data is its n2_link.
 *
 * INVARIANT marks: four noncharacters mean something between the passes.  clean.c replaces
 * them where the source has them, so a page can't forge one; the writers drop those left.
 */
#pragma once

#include <cmark.h>

#include "render/page.h"

#define N2_MARK_PIPE "\xef\xb7\x90"  /* U+FDD0: "\|", a pipe that divides no cells */
#define N2_MARK_CELL "\xef\xb7\x91"  /* U+FDD1: begins and ends a cell, see table.c */
#define N2_MARK_BREAK "\xef\xb7\x92" /* U+FDD2: keeps two characters apart */
enum {
    N2_MARK_BYTES = 3
};

typedef enum {
    N2_NODE_NONE,
    N2_NODE_TABLE, /* holds a head and perhaps a body; both hold rows of cells */
    N2_NODE_TABLE_HEAD,
    N2_NODE_TABLE_BODY,
    N2_NODE_ROW,
    N2_NODE_CELL,
    N2_NODE_CELL_LEFT,
    N2_NODE_CELL_CENTER,
    N2_NODE_CELL_RIGHT,
    N2_NODE_STRUCK,
    N2_NODE_UNDERLINED,
    N2_NODE_LOWERED,
    N2_NODE_RAISED,
    N2_NODE_TASK, /* an empty box */
    N2_NODE_TASK_DONE,
} n2_node_kind;

struct n2_page {
    cmark_node *tree;      /* owned */
    GPtrArray *links;      /* owned, of n2_link */
    GPtrArray *attributes; /* owned, of n2_attribute */
    GPtrArray *wanted;     /* owned, of char * */
    gsize bad_bytes;
    char *title;
    char *language;
    gboolean is_rtl;
    gboolean is_plain; /* one code block, the file as it stands */
    gboolean is_cut;   /* the source was longer than N2_PAGE_BYTES_MAX */
};

/** Kind of a custom node, N2_NODE_NONE for each other (transfer none). */
static inline n2_node_kind
n2_node_get_kind(cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);
    if (type != CMARK_NODE_CUSTOM_BLOCK && type != CMARK_NODE_CUSTOM_INLINE)
        return N2_NODE_NONE;
    return (n2_node_kind)GPOINTER_TO_INT(cmark_node_get_user_data(node));
}

/** A custom node (transfer full). */
static inline cmark_node *
n2_node_new(cmark_node_type type, n2_node_kind kind)
{
    cmark_node *node = cmark_node_new(type);
    cmark_node_set_user_data(node, GINT_TO_POINTER(kind));
    return node;
}

/** Whether cmark's iterator gives no exit event for @node. */
static inline gboolean
n2_node_is_leaf(cmark_node *node)
{
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_HTML_BLOCK:
    case CMARK_NODE_THEMATIC_BREAK:
    case CMARK_NODE_CODE_BLOCK:
    case CMARK_NODE_TEXT:
    case CMARK_NODE_SOFTBREAK:
    case CMARK_NODE_LINEBREAK:
    case CMARK_NODE_CODE:
    case CMARK_NODE_HTML_INLINE:
        return TRUE;
    case CMARK_NODE_NONE:
    case CMARK_NODE_DOCUMENT:
    case CMARK_NODE_BLOCK_QUOTE:
    case CMARK_NODE_LIST:
    case CMARK_NODE_ITEM:
    case CMARK_NODE_CUSTOM_BLOCK:
    case CMARK_NODE_PARAGRAPH:
    case CMARK_NODE_HEADING:
    case CMARK_NODE_CUSTOM_INLINE:
    case CMARK_NODE_EMPH:
    case CMARK_NODE_STRONG:
    case CMARK_NODE_LINK:
    case CMARK_NODE_IMAGE:
        break;
    }
    return FALSE;
}

static inline gboolean
n2_node_is_cell(n2_node_kind kind)
{
    return kind >= N2_NODE_CELL && kind <= N2_NODE_CELL_RIGHT;
}

/** clean.c: @bytes as UTF-8 without NUL, foreign marks and CR; (transfer full).
 *  @is_cut: (out): N2_PAGE_BYTES_MAX was reached. */
GString *n2_clean(const void *bytes, gsize len, n2_page_format format, gboolean *is_cut);

/** table.c: the tree of @source with tables in it (transfer full). */
cmark_node *n2_table_parse(const GString *source);

/** inline.c: puts wiki links, struck text and tasks into @tree, folds blanks. */
void n2_inline_pass(cmark_node *tree);

/** wiki.c: the tree of a page in the old wiki's markup (transfer full). */
cmark_node *n2_wiki_parse(const GString *source);

/** link.c: resolves each link and picture of @page and lists them in it. */
void n2_link_pass(n2_page *page, const n2_page_context *context);

/** link.c: the target of `[[@name]]` as an address; the link pass resolves it
 *  (transfer full). */
char *n2_link_wiki_target(const char *name);
