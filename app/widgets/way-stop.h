/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * way-stop.h - one stop on the map of the ways: a circle, its name, its delay; a button that
 *              tells more.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/network.h"

G_BEGIN_DECLS

enum {
    N2_WAY_CIRCLE_PX = 46
};

#define N2_TYPE_WAY_STOP (n2_way_stop_get_type())
G_DECLARE_FINAL_TYPE(N2WayStop, n2_way_stop, N2, WAY_STOP, GtkWidget)

GtkWidget *n2_way_stop_new(void); /* (transfer floating) */

/** Shows the stop @i of @network; what it showed before goes, focus and popover stay. */
void n2_way_stop_show(N2WayStop *self, N2Network *network, guint i);

/** Its words below the circle, or beside it. */
void n2_way_stop_set_beside(N2WayStop *self, gboolean is_beside);

/** How wide it is with its words below the circle, wherever they are now. */
int n2_way_stop_measure_below(N2WayStop *self);

G_END_DECLS
