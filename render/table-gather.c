/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * table-gather.c - cells that were written as marked headings back into tables.
 */
#include "render/table.h"

#include <string.h>

/* Takes the marks off a cell's text; its kind 'T', 'R' or 'C', or 0 if @node is no cell. */
static char
unmark(cmark_node *node)
{
    cmark_node *first = cmark_node_first_child(node);
    cmark_node *last = cmark_node_last_child(node);
    const char *text;
    char kind;

    if (cmark_node_get_type(node) != CMARK_NODE_HEADING || !first ||
        cmark_node_get_type(first) != CMARK_NODE_TEXT)
        return 0;
    text = cmark_node_get_literal(first);
    if (!g_str_has_prefix(text, N2_MARK_CELL))
        return 0;
    kind = text[N2_MARK_BYTES];
    text += N2_MARK_BYTES + (text[N2_MARK_BYTES] ? 1 : 0);
    g_autofree char *rest = g_strdup(text + (*text == ' ' ? 1 : 0));
    cmark_node_set_literal(first, rest);
    if (cmark_node_get_type(last) == CMARK_NODE_TEXT) {
        g_autofree char *tail = g_strdup(cmark_node_get_literal(last));
        if (g_str_has_suffix(tail, N2_MARK_CELL)) {
            tail[strlen(tail) - N2_MARK_BYTES] = '\0';
            cmark_node_set_literal(last, g_strchomp(tail));
        }
    }
    return kind;
}

typedef struct {
    GPtrArray *tables;
    guint next_table;
    guint empty_left;
    cmark_node *table, *body, *row;
    const n2_table *shape;
    guint column;
} gatherer;

static cmark_node *
add(cmark_node *parent, n2_node_kind kind)
{
    cmark_node *node = n2_node_new(CMARK_NODE_CUSTOM_BLOCK, kind);
    cmark_node_append_child(parent, node);
    return node;
}

static void
fill_row(gatherer *g)
{
    while (g->row && g->column < g->shape->columns && g->empty_left) {
        add(g->row, g->shape->align[g->column++]);
        g->empty_left--;
    }
}

static void
gather_cell(gatherer *g, cmark_node *heading, char kind)
{
    cmark_node *child, *cell;

    if (kind == 'T' && g->next_table < g->tables->len) {
        g->shape = g_ptr_array_index(g->tables, g->next_table++);
        g->table = n2_node_new(CMARK_NODE_CUSTOM_BLOCK, N2_NODE_TABLE);
        cmark_node_insert_before(heading, g->table);
        g->body = NULL;
        g->row = add(add(g->table, N2_NODE_TABLE_HEAD), N2_NODE_ROW);
        g->column = 0;
    } else if (kind == 'R' && g->table) {
        if (!g->body)
            g->body = add(g->table, N2_NODE_TABLE_BODY);
        g->row = add(g->body, N2_NODE_ROW);
        g->column = 0;
    }
    if (!g->row || g->column >= g->shape->columns)
        return;
    cell = add(g->row, g->shape->align[g->column++]);
    while ((child = cmark_node_first_child(heading)))
        cmark_node_append_child(cell, child);
    cmark_node_unlink(heading);
    cmark_node_free(heading);
}

void
n2_table_gather(cmark_node *tree, GPtrArray *tables)
{
    g_autoptr(GPtrArray) headings = g_ptr_array_new();
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == CMARK_NODE_HEADING)
            g_ptr_array_add(headings, node);
    }
    cmark_iter_free(iter);

    gatherer g = {.tables = tables, .empty_left = N2_PAGE_EMPTY_CELLS_MAX};
    for (guint i = 0; i < headings->len; i++) {
        cmark_node *heading = g_ptr_array_index(headings, i);
        char kind = unmark(heading);
        if (kind == 'T' || kind == 'R')
            fill_row(&g);
        if (kind)
            gather_cell(&g, heading, kind);
    }
    fill_row(&g);
}
