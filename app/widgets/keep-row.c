/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keep-row.c - why a place is kept on this computer, and a switch that it stays.
 *
 * The switch shows what the node says, and while it is asked what the user wants.
 */
#include "widgets/keep-row.h"

#include <string.h>

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/words.h"

struct _N2KeepRow {
    GtkWidget parent_instance;

    GtkLabel *title;   /* borrowed */
    GtkLabel *words;   /* borrowed */
    GtkSwitch *toggle; /* borrowed */

    N2Source *source;          /* owned; nullable */
    N2Place *place;            /* owned; nullable */
    GCancellable *cancellable; /* owned; nullable: of the question under way */
    gboolean is_showing;       /* the switch moves by itself */
};

G_DEFINE_FINAL_TYPE(N2KeepRow, n2_keep_row, GTK_TYPE_WIDGET)

static void
stop_asking(N2KeepRow *self)
{
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
}

static void
show(N2KeepRow *self, gboolean is_pinned, const char *words)
{
    self->is_showing = TRUE;
    gtk_switch_set_active(self->toggle, is_pinned);
    gtk_switch_set_state(self->toggle, is_pinned);
    self->is_showing = FALSE;
    gtk_label_set_text(self->words, words);
    gtk_widget_set_visible(GTK_WIDGET(self->words), *words != '\0');
}

/* (transfer full) */
static char *
dup_plain(N2KeepRow *self)
{
    return g_strndup(self->place->address, strcspn(self->place->address, "#"));
}

static void
on_why_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2KeepRow) self = user_data;
    g_autoptr(GError) error = NULL;
    gboolean is_pinned = FALSE;
    g_autofree char *words =
        n2_library_why_finish(N2_LIBRARY(source), result, &is_pinned, &error);

    if (!self->place || (error && n2_error_code(error) == N2_ERR_CANCELLED))
        return;
    g_clear_object(&self->cancellable);
    show(self, is_pinned, words ? words : "");
}

void
n2_keep_row_ask(N2KeepRow *self)
{
    N2Library *library = NULL;

    g_return_if_fail(N2_IS_KEEP_ROW(self));

    library = self->source ? n2_source_peek_library(self->source) : NULL;
    if (!self->place || !library)
        return;
    g_autofree char *address = dup_plain(self);

    stop_asking(self);
    self->cancellable = g_cancellable_new();
    n2_library_ask_async(library, N2_LIBRARY_WHY, address, NULL, 0, self->cancellable,
                         on_why_cb, g_object_ref(self));
}

static void
on_done_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2KeepRow) self = user_data;
    g_autoptr(GError) error = NULL;
    gboolean is_done = n2_library_done_finish(N2_LIBRARY(source), result, &error);

    gtk_widget_set_sensitive(GTK_WIDGET(self->toggle), TRUE);
    if (!self->place)
        return;
    if (!is_done)
        gtk_widget_activate_action(GTK_WIDGET(self), "win.tell", "s", error->message);
    n2_keep_row_ask(self);
}

static gboolean
on_state_set_cb(N2KeepRow *self, gboolean state)
{
    N2Library *library = self->source ? n2_source_peek_library(self->source) : NULL;

    if (self->is_showing || !self->place || !library)
        return FALSE;
    g_autofree char *address = dup_plain(self);

    stop_asking(self);
    gtk_widget_set_sensitive(GTK_WIDGET(self->toggle), FALSE);
    gtk_label_set_text(self->words, state ? _("All of it is being fetched…") : "");
    gtk_widget_set_visible(GTK_WIDGET(self->words), state);
    /* It goes on when the popover is closed. */
    n2_library_ask_async(library, state ? N2_LIBRARY_PIN : N2_LIBRARY_UNPIN, address, NULL, 0,
                         NULL, on_done_cb, g_object_ref(self));
    return TRUE; /* the state follows what the node says */
}

void
n2_keep_row_set_place(N2KeepRow *self, N2Source *source, N2Place *place)
{
    const char *words = NULL;

    g_return_if_fail(N2_IS_KEEP_ROW(self));

    if (place && place == self->place) /* told again: what was asked still counts */
        return;
    stop_asking(self);
    g_set_object(&self->source, source);
    g_set_object(&self->place, place);
    gtk_widget_set_visible(GTK_WIDGET(self), place && source && n2_source_peek_library(source));
    if (!place)
        return;
    words = place->index || place->is_directory ? _("Keep this folder, with all that is in it")
                                                : _("Keep this file");
    gtk_label_set_text(self->title, words);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->toggle), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   words, -1);
    show(self, FALSE, "");
}

static void
n2_keep_row_dispose(GObject *object)
{
    N2KeepRow *self = N2_KEEP_ROW(object);
    GtkWidget *child = NULL;

    stop_asking(self);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->source);
    g_clear_object(&self->place);
    G_OBJECT_CLASS(n2_keep_row_parent_class)->dispose(object);
}

static void
n2_keep_row_class_init(N2KeepRowClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_keep_row_dispose;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "keeprow");
}

static void
n2_keep_row_init(N2KeepRow *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);

    self->title = GTK_LABEL(gtk_label_new(""));
    self->words = GTK_LABEL(gtk_label_new(""));
    self->toggle = GTK_SWITCH(gtk_switch_new());
    for (int i = 0; i < 2; i++) {
        GtkLabel *label = i ? self->words : self->title;

        gtk_label_set_xalign(label, 0);
        gtk_label_set_wrap(label, TRUE);
        gtk_label_set_max_width_chars(label, 40);
    }
    gtk_widget_add_css_class(GTK_WIDGET(self->words), "small");
    gtk_widget_add_css_class(GTK_WIDGET(self->words), "dim");
    gtk_widget_set_hexpand(GTK_WIDGET(self->title), TRUE);
    gtk_widget_set_valign(GTK_WIDGET(self->toggle), GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(line), GTK_WIDGET(self->title));
    gtk_box_append(GTK_BOX(line), GTK_WIDGET(self->toggle));
    gtk_box_append(GTK_BOX(box), line);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->words));
    gtk_widget_set_margin_top(box, 6);
    gtk_widget_set_margin_start(box, 28); /* below the words, not the icon */
    gtk_widget_set_parent(box, GTK_WIDGET(self));
    g_signal_connect_swapped(self->toggle, "state-set", G_CALLBACK(on_state_set_cb), self);
}
