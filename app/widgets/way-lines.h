/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * way-lines.h - the lines between the stops of a map: thicker with more load, red in a jam,
 *               dotted where nobody answers.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/map-layout.h"

G_BEGIN_DECLS

/**
 * Draws the lines of @network behind what stands at @spots.
 *
 * @is_down: each stop in a row of its own, below the one before it; else a tree across.
 * Colours are those of @widget.
 */
void n2_way_lines_draw(GtkWidget *widget,
                       GtkSnapshot *snapshot,
                       const N2Network *network,
                       const n2_map_spot *spots,
                       gboolean is_down);

G_END_DECLS
