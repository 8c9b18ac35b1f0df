/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * way-map.h - the ways that the node knows as a map: stops as buttons, lines drawn between
 * them, thicker with more load, red in a jam, dotted where nobody answers.
 *
 * Layer: app/widgets.  What it shows stands in words in the view beside it.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/network.h"

G_BEGIN_DECLS

#define N2_TYPE_WAY_MAP (n2_way_map_get_type())
G_DECLARE_FINAL_TYPE(N2WayMap, n2_way_map, N2, WAY_MAP, GtkWidget)

/** Stops that were there before keep their widgets, so that focus and popovers stay. */
void n2_way_map_set_network(N2WayMap *self, N2Network *network);

G_END_DECLS
