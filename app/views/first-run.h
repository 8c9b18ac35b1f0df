/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * first-run.h - the assistant that makes an identity: a name, where the keys lie, a second
 *               token, the recovery sheet and its test.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/identity-source.h"

G_BEGIN_DECLS

#define N2_TYPE_FIRST_RUN (n2_first_run_get_type())
G_DECLARE_FINAL_TYPE(N2FirstRun, n2_first_run, N2, FIRST_RUN, GtkWidget)

/*
 * Signals:
 *   ::finished (N2OwnIdentity *)   nullable: the user looks around first
 */

/** Returns: (transfer floating). */
GtkWidget *n2_first_run_new(N2IdentitySource *source);

/** Begins at the recovery sheet of @identity, for preferences (transfer none). */
void n2_first_run_show_sheet(N2FirstRun *self, N2OwnIdentity *identity);

G_END_DECLS
