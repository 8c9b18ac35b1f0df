/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * suggestions.h - below an address that is being typed: recent places that hold it, and last a
 *                 search for it.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/recent.h"

G_BEGIN_DECLS

#define N2_TYPE_SUGGESTIONS (n2_suggestions_get_type())
G_DECLARE_FINAL_TYPE(N2Suggestions, n2_suggestions, N2, SUGGESTIONS, GtkPopover)

/**
 * n2_suggestions_new:
 * @parent: below which it opens; it is a child of that one, to be unparented by it
 * @text: in which is typed, and which keeps the focus: Up and Down choose, Escape closes
 *
 * Signal ::go (char *address): one was clicked.
 *
 * Returns: (transfer none): closed
 */
N2Suggestions *n2_suggestions_new(GtkWidget *parent, GtkText *text);

/** @recent: (nullable): of these none is suggested then, and nothing is to be searched in. */
void n2_suggestions_set_recent(N2Suggestions *self, N2Recent *recent);

/** Opens for what is @typed, or closes ("").  What is no address is searched for unless the
 * user chooses something else. */
void n2_suggestions_show(N2Suggestions *self, const char *typed);

/** Closes.  Returns: (transfer full) (nullable): the address that was chosen. */
char *n2_suggestions_take(N2Suggestions *self);

G_END_DECLS
