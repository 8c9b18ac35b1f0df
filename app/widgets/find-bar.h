/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * find-bar.h - finds words in a page.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define N2_TYPE_FIND_BAR (n2_find_bar_get_type())
G_DECLARE_FINAL_TYPE(N2FindBar, n2_find_bar, N2, FIND_BAR, GtkWidget)

/*
 * Signals:
 *   ::find (char *text)           the text is different; "" finds nothing
 *   ::step (gboolean backwards)   the next or the one before
 *   ::closed
 */

void n2_find_bar_open(N2FindBar *self);
void n2_find_bar_close(N2FindBar *self);

/** How often the text is there. */
void n2_find_bar_set_found(N2FindBar *self, guint n);

G_END_DECLS
