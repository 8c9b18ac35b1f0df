/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * table.h - what the two halves of reading tables share.
 *
 * Layer: render, private: included by table*.c only.
 */
#pragma once

#include "render/tree.h"

typedef struct {
    guint columns;
    n2_node_kind align[N2_PAGE_COLUMNS_MAX];
} n2_table;

/** table-gather.c: makes the headings of @tree that are marked as cells into @tables, of
 *  n2_table, one after the other. */
void n2_table_gather(cmark_node *tree, GPtrArray *tables);
