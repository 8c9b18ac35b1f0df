/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * touch-ring.h - a drawing of a token that waits for a finger; its ring is the time left.
 *
 * Layer: app/widgets.  Says nothing to who does not see it: the words beside it do.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define N2_TYPE_TOUCH_RING (n2_touch_ring_get_type())
G_DECLARE_FINAL_TYPE(N2TouchRing, n2_touch_ring, N2, TOUCH_RING, GtkWidget)

/** @left: 1 all the time is left, 0 none. */
void n2_touch_ring_set_left(N2TouchRing *self, double left);

G_END_DECLS
