/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * log-in-bar.h - a site asks who is there: who it is, and whom the user shows it; nobody unless
 *                chosen otherwise.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/people-source.h"

G_BEGIN_DECLS

#define N2_TYPE_LOG_IN_BAR (n2_log_in_bar_get_type())
G_DECLARE_FINAL_TYPE(N2LogInBar, n2_log_in_bar, N2, LOG_IN_BAR, GtkWidget)

/** Shows @ask until it is over; FALSE: it shows another one.  @people: says who the site is. */
gboolean n2_log_in_bar_show(N2LogInBar *self, N2PeopleSource *people, N2LogIn *ask);

/** Nobody is shown, and for a while the site does not ask again. */
void n2_log_in_bar_close(N2LogInBar *self);

G_END_DECLS
