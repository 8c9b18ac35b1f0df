/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * error-view.h - why a place can't be shown: the way, the cause, what was tried, what to do.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/failure.h"
#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_ERROR_VIEW (n2_error_view_get_type())
G_DECLARE_FINAL_TYPE(N2ErrorView, n2_error_view, N2, ERROR_VIEW, GtkWidget)

/**
 * n2_error_view_new:
 *
 * Signals:
 *   ::step (N2Step *step)                   a next step was chosen, or it is time to try
 *                                           again; COPY and WATCH are done by the view
 *   ::go (char *address, gboolean new_tab)  the handbook's section was chosen
 *
 * Property "narrow" (boolean): the way as a rail.
 *
 * Returns: (transfer floating): an empty view
 */
GtkWidget *n2_error_view_new(N2Source *source);

/**
 * Shows @failure; where the way may be broken, asks the hops and names the silent one, and
 * tries again by itself, at growing intervals.
 */
void n2_error_view_set_failure(N2ErrorView *self, N2Failure *failure);

/** Ends what the view does by itself: the place is shown, or another one. */
void n2_error_view_end(N2ErrorView *self);

/** Whether the user wants to be told when the place is back. */
gboolean n2_error_view_is_watching(N2ErrorView *self);

/** The title as shown now (transfer none). */
const char *n2_error_view_peek_title(N2ErrorView *self);

G_END_DECLS
