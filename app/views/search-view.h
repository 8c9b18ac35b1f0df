/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * search-view.h - what is published or kept here, found by what it is; the list follows what
 *                 happens.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_SEARCH_VIEW (n2_search_view_get_type())
G_DECLARE_FINAL_TYPE(N2SearchView, n2_search_view, N2, SEARCH_VIEW, GtkWidget)

/**
 * n2_search_view_new:
 * @source: with a library
 *
 * Signals:
 *   ::go (char *address, gboolean new_tab)  something that was found is opened
 *   ::query (char *query)                   the user wants something else
 *
 * Property "narrow" (boolean).
 *
 * Returns: (transfer floating): an empty search
 */
GtkWidget *n2_search_view_new(N2Source *source);

/** As if @query had been typed. */
void n2_search_view_set_query(N2SearchView *self, const char *query);

G_END_DECLS
