/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * passphrase-window.c - the passphrase of the keys on this computer: set, changed, removed.
 *
 * INVARIANT secret-by-pipe (model/secret.h): what is typed is in entries whose buffers are
 * locked memory, and in a pipe.
 */
#include "views/passphrase-window.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/error.h"
#include "model/secret.h"

struct _N2PassphraseWindow {
    AdwWindow parent_instance;

    /* Template children: borrowed. */
    GtkLabel *words;
    GtkEditable *old;
    GtkWidget *wanted;
    GtkEditable *first;
    GtkEditable *again;
    GtkLevelBar *strength;
    GtkLabel *grade;
    GtkButton *set;

    N2IdentitySource *source;  /* owned */
    GCancellable *cancellable; /* owned */
    gboolean has_old, is_removal, is_busy;
};

G_DEFINE_FINAL_TYPE(N2PassphraseWindow, n2_passphrase_window, ADW_TYPE_WINDOW)

static void
on_changed_cb(N2PassphraseWindow *self)
{
    const char *first = gtk_editable_get_text(self->first);
    const char *again = gtk_editable_get_text(self->again);
    N2SecretGrade grade = n2_secret_grade(first);
    gboolean differs = *again && strcmp(first, again) != 0;
    gboolean has_old = !self->has_old || *gtk_editable_get_text(self->old);
    gboolean is_good =
        self->is_removal || (grade > N2_SECRET_WEAK && strcmp(first, again) == 0);

    gtk_level_bar_set_value(self->strength, grade);
    if (!self->is_removal)
        gtk_label_set_text(self->grade,
                           differs ? _("The two differ.") : n2_secret_peek_words(grade));
    else
        gtk_label_set_text(self->grade, "");
    gtk_widget_set_sensitive(GTK_WIDGET(self->set), has_old && is_good && !self->is_busy);
}

static void
on_done_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2PassphraseWindow) self = user_data;
    g_autoptr(GError) error = NULL;
    gboolean is_done =
        n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, NULL, &error);

    if (!self->source) /* closed meanwhile */
        return;
    self->is_busy = FALSE;
    if (is_done) {
        gtk_window_destroy(GTK_WINDOW(self));
        return;
    }
    gtk_widget_set_sensitive(GTK_WIDGET(self->wanted), TRUE);
    gtk_widget_set_sensitive(GTK_WIDGET(self->old), TRUE);
    on_changed_cb(self);
    gtk_label_set_text(self->grade, n2_error_code(error) == N2_ERR_REFUSED
                                        ? _("That is not the passphrase until now.")
                                        : error->message);
    gtk_widget_grab_focus(GTK_WIDGET(self->has_old ? self->old : self->first));
}

static void
on_set_cb(N2PassphraseWindow *self)
{
    g_autoptr(GError) error = NULL;

    if (!gtk_widget_is_sensitive(GTK_WIDGET(self->set)))
        return;
    int fd = n2_secret_pipe_change(self->has_old ? gtk_editable_get_text(self->old) : "",
                                   self->is_removal ? "" : gtk_editable_get_text(self->first),
                                   &error);
    gtk_editable_set_text(self->old, "");
    gtk_editable_set_text(self->first, "");
    gtk_editable_set_text(self->again, "");
    if (fd < 0) {
        gtk_label_set_text(self->grade, error->message);
        return;
    }
    self->is_busy = TRUE;
    gtk_widget_set_sensitive(GTK_WIDGET(self->old), FALSE);
    gtk_widget_set_sensitive(GTK_WIDGET(self->wanted), FALSE);
    gtk_widget_set_sensitive(GTK_WIDGET(self->set), FALSE);
    gtk_label_set_text(self->grade, _("The keys are sealed anew…"));
    n2_identity_source_order_async(self->source,
                                   &(N2Order){.kind = N2_ORDER_PASSPHRASE, .secret = fd},
                                   self->cancellable, on_done_cb, g_object_ref(self));
}

static void
n2_passphrase_window_dispose(GObject *object)
{
    N2PassphraseWindow *self = N2_PASSPHRASE_WINDOW(object);

    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
    g_clear_object(&self->source);
    G_OBJECT_CLASS(n2_passphrase_window_parent_class)->dispose(object);
}

static void
n2_passphrase_window_class_init(N2PassphraseWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_passphrase_window_dispose;
    gtk_widget_class_set_template_from_resource(
        widget_class, "/org/net2o/Browser/views/passphrase-window.ui");
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
    gtk_widget_class_bind_template_child(widget_class, N2PassphraseWindow, words);
    gtk_widget_class_bind_template_child(widget_class, N2PassphraseWindow, old);
    gtk_widget_class_bind_template_child(widget_class, N2PassphraseWindow, wanted);
    gtk_widget_class_bind_template_child(widget_class, N2PassphraseWindow, first);
    gtk_widget_class_bind_template_child(widget_class, N2PassphraseWindow, again);
    gtk_widget_class_bind_template_child(widget_class, N2PassphraseWindow, strength);
    gtk_widget_class_bind_template_child(widget_class, N2PassphraseWindow, grade);
    gtk_widget_class_bind_template_child(widget_class, N2PassphraseWindow, set);
    gtk_widget_class_bind_template_callback(widget_class, on_changed_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_set_cb);
}

static void
n2_passphrase_window_init(N2PassphraseWindow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    self->cancellable = g_cancellable_new();
}

N2PassphraseWindow *
n2_passphrase_window_open(GtkWindow *parent,
                          N2IdentitySource *source,
                          gboolean has_old,
                          gboolean is_removal)
{
    N2PassphraseWindow *self =
        g_object_new(N2_TYPE_PASSPHRASE_WINDOW, "transient-for", parent, NULL);

    self->source = g_object_ref(source);
    self->has_old = has_old;
    self->is_removal = is_removal;
    gtk_label_set_text(
        self->words,
        is_removal
            ? _("Without a passphrase, whoever takes this computer takes your keys, too.")
            : _("It seals the keys of all your identities on this computer. Nobody can "
                "reset it."));
    gtk_button_set_label(self->set, is_removal ? _("Remove Passphrase")
                                    : has_old  ? _("Change Passphrase")
                                               : _("Set Passphrase"));
    gtk_widget_add_css_class(GTK_WIDGET(self->set),
                             is_removal ? "destructive-action" : "suggested-action");
    gtk_widget_set_visible(GTK_WIDGET(self->old), has_old);
    gtk_widget_set_visible(self->wanted, !is_removal);
    on_changed_cb(self);
    gtk_window_present(GTK_WINDOW(self));
    gtk_widget_grab_focus(GTK_WIDGET(has_old ? self->old : self->first));
    return self;
}
