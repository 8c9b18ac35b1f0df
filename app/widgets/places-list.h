/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * places-list.h - the list on the left: places of one's own node.
 *
 * Layer: app/widgets.  Only places that exist are in it.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define N2_TYPE_PLACES_LIST (n2_places_list_get_type())
G_DECLARE_FINAL_TYPE(N2PlacesList, n2_places_list, N2, PLACES_LIST, GtkWidget)

/*
 * Signal ::go (char *address, gboolean new_tab): a place was chosen.
 */

/** Marks the row of @address; none if it is no place of the list. */
void n2_places_list_set_address(N2PlacesList *self, const char *address);

G_END_DECLS
