/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * neighbour-list.h - who is in the local network; one click opens what somebody publishes.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_NEIGHBOUR_LIST (n2_neighbour_list_get_type())
G_DECLARE_FINAL_TYPE(N2NeighbourList, n2_neighbour_list, N2, NEIGHBOUR_LIST, GtkWidget)

/**
 * n2_neighbour_list_set_source:
 *
 * From now on asks it whenever it is seen, and again every while.  A source without a library:
 * invisible.
 *
 * Signal ::go (char *address, gboolean new_tab): somebody's place is wanted.
 */
void n2_neighbour_list_set_source(N2NeighbourList *self, N2Source *source);

G_END_DECLS
