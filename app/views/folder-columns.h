/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * folder-columns.h - the columns of a folder's list: how a cell looks, how a column sorts.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Key of the N2Entry that the child of a name's cell belongs to (g_object_get_data). */
#define N2_FOLDER_ENTRY "n2-entry"

typedef struct {
    GtkColumnViewColumn *name;    /* borrowed from the view */
    GtkColumnViewColumn *type;
    GtkColumnViewColumn *changed;
    GtkColumnViewColumn *size;
} n2_folder_columns;

/** Adds the columns to @view, whose rows are N2Entry. */
n2_folder_columns n2_folder_columns_add(GtkColumnView *view);

G_END_DECLS
