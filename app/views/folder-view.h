/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * folder-view.h - a folder as a list that sorts by its columns, with a pane about one entry.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/place.h"

G_BEGIN_DECLS

#define N2_TYPE_FOLDER_VIEW (n2_folder_view_get_type())
G_DECLARE_FINAL_TYPE(N2FolderView, n2_folder_view, N2, FOLDER_VIEW, GtkWidget)

/**
 * n2_folder_view_new:
 *
 * Signals:
 *   ::go (char *address, gboolean new_tab)  an entry was opened
 *   ::save (N2Entry *entry)                 an entry is to be saved
 *
 * Property "narrow" (boolean): the list alone; one click opens.
 *
 * Returns: (transfer floating): an empty view
 */
GtkWidget *n2_folder_view_new(void);

void n2_folder_view_set_place(N2FolderView *self, N2Place *place, const char *title);

/** Shows the field that filters the list, with the cursor in it. */
void n2_folder_view_find(N2FolderView *self);

G_END_DECLS
