/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * warn-view.h - stands before a place whose publisher may be another than the user means: why,
 *               what it means, back, and (where the user may decide) on.
 *
 * Layer: app/views.
 *
 * Back has the focus and the colour.  Going on with a changed identity takes two different
 * acts, so that no habit grows.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/person.h"

G_BEGIN_DECLS

#define N2_TYPE_WARN_VIEW (n2_warn_view_get_type())
G_DECLARE_FINAL_TYPE(N2WarnView, n2_warn_view, N2, WARN_VIEW, GtkWidget)

/*
 * Signals:
 *   ::back
 *   ::go-on                             the user knows, and wants to see it
 *   ::go (char *address, gboolean new)  another place: the successor, the handbook
 */

GtkWidget *n2_warn_view_new(void); /* (transfer floating) */

/** @address: of the place that was asked for. */
void n2_warn_view_set_trust(N2WarnView *self, const char *address, N2Trust *trust);

G_END_DECLS
