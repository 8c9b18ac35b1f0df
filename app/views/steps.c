/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * steps.c - one page of several, and a line that says what is the matter.
 */
#include "views/steps.h"

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/words.h"

/* AT-SPI of GTK 4.8 shows pages that lie behind: they are hidden as wholes. */
void
n2_steps_hide_others(GtkStack *stack)
{
    GtkWidget *shown = gtk_stack_get_visible_child(stack);

    if (gtk_stack_get_transition_running(stack))
        return;
    for (GtkWidget *page = gtk_widget_get_first_child(GTK_WIDGET(stack)); page;
         page = gtk_widget_get_next_sibling(page))
        if (page != shown)
            gtk_widget_set_visible(page, FALSE);
}

void
n2_steps_go(GtkStack *stack, const char *name, GtkWidget *first)
{
    gtk_widget_set_visible(gtk_stack_get_child_by_name(stack, name), TRUE);
    gtk_stack_set_visible_child_name(stack, name);
    n2_steps_hide_others(stack);
    if (first)
        gtk_widget_grab_focus(first);
}

gboolean
n2_steps_is_at(GtkStack *stack, const char *name)
{
    return g_strcmp0(gtk_stack_get_visible_child_name(stack), name) == 0;
}

void
n2_steps_note(GtkLabel *label, const char *words)
{
    gtk_label_set_text(label, words);
    gtk_widget_set_visible(GTK_WIDGET(label), *words);
}

void
n2_steps_note_error(GtkLabel *label, const GError *error)
{
    g_autofree char *why = n2_words_sentence(n2_error_peek_why(error));
    /* Translators: two sentences: what is wrong, and what to do. */
    g_autofree char *all = g_strdup_printf(_("%s %s"), why, n2_error_peek_next(error));

    n2_steps_note(label, n2_error_code(error) == N2_ERR_CANCELLED ? "" : g_strchomp(all));
}
