/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ask-view.h - asks for a PIN, a touch, a token or a passphrase: in the assistant, or in a
 *              window of its own.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/identity-source.h"

G_BEGIN_DECLS

#define N2_TYPE_ASK_VIEW (n2_ask_view_get_type())
G_DECLARE_FINAL_TYPE(N2AskView, n2_ask_view, N2, ASK_VIEW, GtkWidget)

/*
 * Signals, of one that listens:
 *   ::wanted -> gboolean   something is asked; TRUE: this view is on the screen now, and shows
 * it
 *   ::over                 it was answered, or nobody waits for it any more
 */

/** Shows what @source asks, one after the other. */
void n2_ask_view_listen(N2AskView *self, N2IdentitySource *source);

/** Shows @ask (nullable) and puts the focus where it is answered. */
void n2_ask_view_set_ask(N2AskView *self, N2Ask *ask);

/** A small window over @parent that shows @ask until it is over (transfer none). */
GtkWindow *n2_ask_window_open(GtkWindow *parent, N2Ask *ask);

G_END_DECLS
