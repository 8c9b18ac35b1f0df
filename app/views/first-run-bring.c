/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * first-run-bring.c - the part of the assistant about an identity that is there already, or
 * that was lost and is replaced.
 */
#include <glib/gi18n.h>

#include "views/first-run-private.h"

void
n2_first_run_go_on(N2FirstRun *self)
{
    n2_first_run_go(self, self->token ? "second" : "sheet");
}

static void
on_ended_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2FirstRun) self = user_data;
    g_autoptr(GError) error = NULL;
    gboolean is_done =
        n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, NULL, &error);

    self->is_busy = FALSE;
    if (!self->source) /* the window went meanwhile */
        return;
    if (!is_done) {
        n2_first_run_fail(self, error);
        return;
    }
    self->is_replacing = FALSE;
    n2_first_run_go_on(self);
}

void
n2_first_run_end_old(N2FirstRun *self)
{
    self->is_busy = TRUE;
    gtk_label_set_text(self->busy, _("Ending the old identity"));
    n2_first_run_go(self, "busy");
    n2_bring_view_end_async(self->bring, self->identity->address, self->cancellable,
                            on_ended_cb, g_object_ref(self));
}

void
n2_first_run_on_by_other_cb(N2FirstRun *self)
{
    self->is_replacing = FALSE;
    n2_first_run_go(self, "bring");
    n2_bring_view_begin(self->bring, self->source,
                        gtk_editable_get_text(GTK_EDITABLE(self->name)));
}

void
n2_first_run_on_brought_cb(N2FirstRun *self)
{
    g_autofree char *hello =
        g_strdup_printf(_("You are %s"), gtk_editable_get_text(GTK_EDITABLE(self->name)));

    gtk_label_set_text(self->done_title, hello);
    gtk_label_set_text(self->done_words,
                       _("This computer speaks for you now, with keys of its own. If you lose "
                         "it, remove it from any other device."));
    gtk_button_set_label(GTK_BUTTON(self->finish), _("Start"));
    gtk_widget_set_visible(self->leave, FALSE);
    n2_first_run_go(self, "done");
}

void
n2_first_run_on_lost_cb(N2FirstRun *self)
{
    self->is_replacing = TRUE;
    if (self->identity)
        n2_first_run_end_old(self);
    else
        n2_first_run_go(self, "choose");
}
