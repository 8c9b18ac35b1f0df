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
 *   ::step (N2Step *step)                   a next step was chosen; COPY is done by the view
 *   ::go (char *address, gboolean new_tab)  the handbook's section was chosen
 *
 * Property "narrow" (boolean): the way as a rail.
 *
 * Returns: (transfer floating): an empty view
 */
GtkWidget *n2_error_view_new(N2Source *source);

/** Shows @failure; where the way may be broken, asks the hops and names the silent one. */
void n2_error_view_set_failure(N2ErrorView *self, N2Failure *failure);

/** The title as shown now (transfer none). */
const char *n2_error_view_peek_title(N2ErrorView *self);

G_END_DECLS
