/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * data.h - builds a tree of data out of what a parser meets.
 *
 * Layer: render, private: included by render/ only.
 * Limits: N2_PAGE_DATA_DEPTH_MAX, N2_PAGE_DATA_ENTRIES_MAX.
 */
#pragma once

#include "render/tree.h"

typedef struct {
    cmark_node *tree;                             /* a document */
    cmark_node *open[N2_PAGE_DATA_DEPTH_MAX + 1]; /* the innermost is open[depth - 1] */
    guint depth;
    guint n_entries;
    char *key;     /* (nullable) of the next entry of a map */
    char *problem; /* (nullable) why the tree is not whole, translated */
} n2_data;

n2_data n2_data_init(void);

/** The tree, if it is whole; @problem (out) (transfer full): else why not (transfer full). */
cmark_node *n2_data_take(n2_data *data, char **problem);

/** Whether a key must come next. */
gboolean n2_data_wants_key(const n2_data *data);

/** Each of these is FALSE once the tree can't be whole any more. @key: (transfer full). */
gboolean n2_data_key(n2_data *data, char *key);
gboolean n2_data_value(n2_data *data, n2_node_kind kind, const char *value);
gboolean n2_data_begin(n2_data *data, gboolean is_list);
void n2_data_end(n2_data *data);

/** Says that @line (from 1) is wrong: "not YAML"; FALSE. */
gboolean n2_data_fail(n2_data *data, const char *what, gsize line);
