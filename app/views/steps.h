/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * steps.h - views that are a stack of pages, of which one is seen: the assistant, and what
 *           brings devices together.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Shows the page @name of @stack; the keyboard goes to @first (nullable). */
void n2_steps_go(GtkStack *stack, const char *name, GtkWidget *first);

gboolean n2_steps_is_at(GtkStack *stack, const char *name);

/** Hides the pages that lie behind, once they slid out; n2_steps_go() does it itself where
 * nothing slides. */
void n2_steps_hide_others(GtkStack *stack);

/** A label that is seen only while it says something. */
void n2_steps_note(GtkLabel *label, const char *words);

/** What went wrong and what to do; nothing if it was given up. */
void n2_steps_note_error(GtkLabel *label, const GError *error);

G_END_DECLS
