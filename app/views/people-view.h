/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * people-view.h - whom the user knows: a list, and beside it one of them, or a form for
 *                 somebody new.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_PEOPLE_VIEW (n2_people_view_get_type())
G_DECLARE_FINAL_TYPE(N2PeopleView, n2_people_view, N2, PEOPLE_VIEW, GtkWidget)

/*
 * Signal ::go (char *address, gboolean new_tab)
 */

/** @source: it knows somebody: n2_source_peek_people() (transfer floating). */
GtkWidget *n2_people_view_new(N2Source *source);

/** @identity: (nullable): k1-..., known or not, to be shown; NULL: the list. */
void n2_people_view_select(N2PeopleView *self, const char *identity);

G_END_DECLS
