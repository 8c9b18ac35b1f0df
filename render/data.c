/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * data.c - builds a tree of data out of what a parser meets.
 */
#include "render/data.h"

#include <glib/gi18n-lib.h>

n2_data
n2_data_init(void)
{
    return (n2_data){.tree = cmark_node_new(CMARK_NODE_DOCUMENT)};
}

cmark_node *
n2_data_take(n2_data *data, char **problem)
{
    g_free(data->key);
    *problem = data->problem;
    if (!data->problem)
        return data->tree;
    cmark_node_free(data->tree);
    return NULL;
}

gboolean
n2_data_fail(n2_data *data, const char *what, gsize line)
{
    if (!data->problem)
        data->problem = g_strdup_printf(_("This file is not %s: line %u can’t be read."), what,
                                        (guint)line);
    return FALSE;
}

static gboolean
is_full(n2_data *data)
{
    if (data->n_entries++ < N2_PAGE_DATA_ENTRIES_MAX)
        return FALSE;
    if (!data->problem)
        data->problem = g_strdup(_("This file has too many entries for a tree."));
    return TRUE;
}

/* Where the next entry goes; without an open one a tree begins. */
static cmark_node *
parent(n2_data *data, const char *shape)
{
    if (data->depth)
        return data->open[data->depth - 1];
    cmark_node *root = n2_node_add(data->tree, CMARK_NODE_CUSTOM_BLOCK, N2_NODE_DATA);
    cmark_node_set_on_enter(root, shape);
    return root;
}

gboolean
n2_data_wants_key(const n2_data *data)
{
    cmark_node *open = data->depth ? data->open[data->depth - 1] : NULL;
    n2_node_kind kind = open ? n2_node_get_kind(open) : N2_NODE_NONE;
    gboolean is_map =
        kind == N2_NODE_DATA_MAP || (kind == N2_NODE_DATA && *n2_node_peek_first(open) == '{');
    return is_map && !data->key;
}

gboolean
n2_data_key(n2_data *data, char *key)
{
    g_free(data->key);
    data->key = key;
    return TRUE;
}

gboolean
n2_data_value(n2_data *data, n2_node_kind kind, const char *value)
{
    if (is_full(data))
        return FALSE;
    cmark_node *node = n2_node_add(parent(data, ""), CMARK_NODE_CUSTOM_BLOCK, kind);
    cmark_node_set_on_enter(node, data->key);
    cmark_node_set_on_exit(node, value);
    g_clear_pointer(&data->key, g_free);
    return TRUE;
}

gboolean
n2_data_begin(n2_data *data, gboolean is_list)
{
    cmark_node *node;
    if (is_full(data))
        return FALSE;
    if (data->depth == G_N_ELEMENTS(data->open)) {
        data->problem = g_strdup(_("This file is nested too deep for a tree."));
        return FALSE;
    }
    if (data->depth) {
        node = n2_node_add(parent(data, ""), CMARK_NODE_CUSTOM_BLOCK,
                           is_list ? N2_NODE_DATA_LIST : N2_NODE_DATA_MAP);
        cmark_node_set_on_enter(node, data->key);
    } else {
        node = parent(data, is_list ? "[" : "{");
    }
    data->open[data->depth++] = node;
    g_clear_pointer(&data->key, g_free);
    return TRUE;
}

void
n2_data_end(n2_data *data)
{
    data->depth--;
}
