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
    GtkColumnViewColumn *type;    /* owned; in the view or not */
    GtkColumnViewColumn *changed; /* owned; as above */
    GtkColumnViewColumn *size;    /* owned; always in the view */
    gboolean has_type;
    gboolean has_changed;
} n2_folder_columns;

/** Adds the columns to @view, whose rows are N2Entry; all are shown. */
n2_folder_columns n2_folder_columns_add(GtkColumnView *view);

/** Shows or hides two of them; name and size always stay. */
void n2_folder_columns_show(n2_folder_columns *columns,
                            GtkColumnView *view,
                            gboolean has_type,
                            gboolean has_changed);

/** As the columns are clicked, but folders come first in any case (transfer full). */
GtkSorter *n2_folder_columns_make_sorter(GtkColumnView *view);

void n2_folder_columns_clear(n2_folder_columns *columns);

G_END_DECLS
