/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * outside-bar.h - says that a link leads to Internet 1.0, and what can be done with it.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define N2_TYPE_OUTSIDE_BAR (n2_outside_bar_get_type())
G_DECLARE_FINAL_TYPE(N2OutsideBar, n2_outside_bar, N2, OUTSIDE_BAR, GtkWidget)

/** Opens the bar about @address: http, https or mailto. */
void n2_outside_bar_open(N2OutsideBar *self, const char *address);

void n2_outside_bar_close(N2OutsideBar *self);

G_END_DECLS
