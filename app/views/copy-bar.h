/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * copy-bar.h - says above a page that its author can't be reached: of what date it is, and who
 *              sent it.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/place.h"

G_BEGIN_DECLS

#define N2_TYPE_COPY_BAR (n2_copy_bar_get_type())
G_DECLARE_FINAL_TYPE(N2CopyBar, n2_copy_bar, N2, COPY_BAR, GtkWidget)

/** @place: (nullable): closed if its author has confirmed it, or it has none. */
void n2_copy_bar_set_place(N2CopyBar *self, N2Place *place);

G_END_DECLS
