/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * start-view.h - the start page: the address field, recent places, one sentence on the network.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/recent.h"
#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_START_VIEW (n2_start_view_get_type())
G_DECLARE_FINAL_TYPE(N2StartView, n2_start_view, N2, START_VIEW, GtkWidget)

/**
 * n2_start_view_new:
 *
 * Property "narrow" (boolean): two cards a row instead of three.
 *
 * Signals:
 *   ::go (char *text, gboolean new_tab)  a place was chosen, or something typed
 *
 * Returns: (transfer floating): a start page over these models
 */
GtkWidget *n2_start_view_new(N2Source *source, N2Recent *recent);

/** Puts the cursor into the field. */
void n2_start_view_edit(N2StartView *self);

G_END_DECLS
