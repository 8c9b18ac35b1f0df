/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reason-row.h - one reason for or against an identity: a mark, and a sentence.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/person.h"

G_BEGIN_DECLS

/** A box of icon and words (transfer floating). */
GtkWidget *n2_reason_row_new(N2Reason *reason);

/** The same of words that stand for no reason; @icon: symbolic. */
GtkWidget *n2_reason_row_new_words(const char *icon, const char *words);

/** For gtk_list_box_bind_model(): a row in a boxed list, which takes no focus. */
GtkWidget *n2_reason_row_make(gpointer reason, gpointer unused);

G_END_DECLS
