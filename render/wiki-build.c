/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wiki-build.c - blocks and words of the old wiki's markup into cmark's tree.
 */
#include "render/wiki-build.h"

#include <string.h>

cmark_node *
n2_wiki_top(n2_wiki_builder *b)
{
    return b->n_spans ? b->spans[b->n_spans - 1] : b->leaf;
}

void
n2_wiki_open_leaf(n2_wiki_builder *b)
{
    if (b->leaf)
        return;
    if (cmark_node_get_type(b->block) == CMARK_NODE_LIST) {
        cmark_node *item = cmark_node_new(CMARK_NODE_ITEM);
        cmark_node_append_child(b->block, item);
        b->block = item;
        b->depth++;
    }
    b->leaf = cmark_node_new(CMARK_NODE_PARAGRAPH);
    cmark_node_append_child(b->block, b->leaf);
}

void
n2_wiki_flush(n2_wiki_builder *b)
{
    if (b->text->len && (b->leaf || strspn(b->text->str, " ") < b->text->len)) {
        cmark_node *text = cmark_node_new(CMARK_NODE_TEXT);
        n2_wiki_open_leaf(b);
        gboolean at_start = !cmark_node_first_child(b->leaf);
        cmark_node_set_literal(text, b->text->str + (at_start && b->text->str[0] == ' '));
        cmark_node_append_child(n2_wiki_top(b), text);
    }
    g_string_truncate(b->text, 0);
}

void
n2_wiki_end_leaf(n2_wiki_builder *b)
{
    if (b->text->len && b->text->str[b->text->len - 1] == ' ')
        g_string_truncate(b->text, b->text->len - 1);
    n2_wiki_flush(b);
    b->leaf = NULL;
    b->n_spans = 0;
}

void
n2_wiki_put(n2_wiki_builder *b, const char *at, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        gboolean blank = strchr(" \t\n\f", at[i]) != NULL;
        if (!blank)
            g_string_append_c(b->text, at[i]);
        else if (!b->text->len || b->text->str[b->text->len - 1] != ' ')
            g_string_append_c(b->text, ' ');
    }
}

void
n2_wiki_open_block(n2_wiki_builder *b, cmark_node *block)
{
    n2_wiki_end_leaf(b);
    if (b->depth >= N2_WIKI_DEPTH_MAX || !cmark_node_append_child(b->block, block)) {
        cmark_node_free(block);
        return;
    }
    b->block = block;
    b->depth++;
}

void
n2_wiki_close_block(n2_wiki_builder *b, cmark_node_type type)
{
    cmark_node *block = b->block;
    guint n = 1;
    n2_wiki_end_leaf(b);
    while (cmark_node_get_type(block) != type) {
        block = cmark_node_parent(block);
        n++;
        if (!block)
            return;
    }
    b->block = cmark_node_parent(block);
    b->depth -= n;
}

void
n2_wiki_open_item(n2_wiki_builder *b)
{
    n2_wiki_end_leaf(b);
    if (cmark_node_get_type(b->block) == CMARK_NODE_ITEM)
        n2_wiki_close_block(b, CMARK_NODE_ITEM);
    if (cmark_node_get_type(b->block) != CMARK_NODE_LIST) {
        cmark_node *list = cmark_node_new(CMARK_NODE_LIST);
        cmark_node_set_list_type(list, CMARK_BULLET_LIST);
        cmark_node_set_list_tight(list, 1);
        n2_wiki_open_block(b, list);
    }
    if (cmark_node_get_type(b->block) == CMARK_NODE_LIST)
        n2_wiki_open_block(b, cmark_node_new(CMARK_NODE_ITEM));
}

void
n2_wiki_open_list(n2_wiki_builder *b, cmark_list_type type)
{
    cmark_node *list = cmark_node_new(CMARK_NODE_LIST);
    cmark_node_set_list_type(list, type);
    if (type == CMARK_ORDERED_LIST)
        cmark_node_set_list_start(list, 1);
    cmark_node_set_list_tight(list, 1);
    n2_wiki_end_leaf(b);
    if (cmark_node_get_type(b->block) == CMARK_NODE_LIST)
        n2_wiki_open_item(b);
    n2_wiki_open_block(b, list);
}
