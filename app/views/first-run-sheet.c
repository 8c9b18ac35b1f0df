/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * first-run-sheet.c - the second half of the assistant: the recovery sheet on paper, and its
 *                     test.  Nothing is called a backup before the test.
 */
#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "client/error.h"
#include "model/secret.h"
#include "model/words.h"
#include "views/first-run-private.h"
#include "views/sheet-print.h"

void
n2_first_run_hide_words(N2FirstRun *self)
{
    GtkFlowBoxChild *child = NULL;

    while ((child = gtk_flow_box_get_child_at_index(self->words, 0)))
        gtk_flow_box_remove(self->words, GTK_WIDGET(child));
    gtk_widget_set_visible(GTK_WIDGET(self->words), FALSE);
}

/* ---- onto paper, onto the screen ---- */

static void
note(GtkLabel *label, const char *words)
{
    gtk_label_set_text(label, words);
    gtk_widget_set_visible(GTK_WIDGET(label), *words);
}

static void
was_shown(N2FirstRun *self, const char *words)
{
    note(self->sheet_note, words);
    gtk_widget_set_sensitive(self->to_test, TRUE);
    gtk_widget_grab_focus(self->to_test);
}

/* @secret: consumed. */
static void
show_words(N2FirstRun *self, char *secret)
{
    g_auto(GStrv) words = NULL;

    secret[strcspn(secret, "\n")] = '\0';
    words = g_strsplit(secret, " ", N2_SHEET_WORDS_SHOWN);
    n2_secret_free(secret);
    n2_first_run_hide_words(self);
    for (guint i = 0; words[i]; i++) {
        g_autofree char *text = g_strdup_printf("%u  %s", i + 1, words[i]);
        GtkWidget *label = gtk_label_new(text);

        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_widget_add_css_class(label, "sheetword");
        gtk_flow_box_insert(self->words, label, -1);
        memset(text, 0, strlen(text));
        memset(words[i], 0, strlen(words[i]));
    }
    gtk_widget_set_visible(GTK_WIDGET(self->words), TRUE);
    was_shown(self, _("Write them down in this order, by hand."));
}

static void
on_printed_cb(GtkPrintOperation *operation, GtkPrintOperationResult result, gpointer user_data)
{
    N2FirstRun *self = user_data;
    g_autoptr(GError) error = NULL;

    if (result == GTK_PRINT_OPERATION_RESULT_ERROR) {
        gtk_print_operation_get_error(operation, &error);
        note(self->sheet_note, error->message);
    } else if (result == GTK_PRINT_OPERATION_RESULT_APPLY) {
        was_shown(self, _("When the paper is in your hand, test it."));
    }
}

/* @secret: consumed. */
static void
print(N2FirstRun *self, char *secret)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));
    g_autoptr(GtkPrintOperation) operation =
        n2_sheet_print_new(secret, self->identity->name, self->identity->address);
    g_autoptr(GError) error = NULL;

    if (!operation) {
        error = n2_error_make(N2_ERR_FORMAT, _("The recovery sheet"), NULL, NULL);
        note(self->sheet_note, error->message);
        return;
    }
    gtk_print_operation_set_allow_async(operation, TRUE);
    g_signal_connect_object(operation, "done", G_CALLBACK(on_printed_cb), self, 0);
    gtk_print_operation_run(operation, GTK_PRINT_OPERATION_ACTION_PRINT_DIALOG,
                            GTK_WINDOW(root), NULL);
}

static void
on_sheet_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2FirstRun) self = user_data;
    g_autoptr(GError) error = NULL;
    g_auto(N2Ordered) ordered = {.fd = -1};
    char *secret = NULL;

    if (n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, &ordered, &error)) {
        secret = n2_secret_read(ordered.fd, &error);
        ordered.fd = -1;
    }
    if (!self->source) { /* the window went meanwhile */
        n2_secret_free(secret);
        return;
    }
    if (!secret) {
        if (n2_error_code(error) != N2_ERR_CANCELLED)
            note(self->sheet_note, error->message);
        return;
    }
    if (self->wants_paper)
        print(self, secret);
    else
        show_words(self, secret);
}

static void
fetch(N2FirstRun *self, gboolean wants_paper)
{
    self->wants_paper = wants_paper;
    n2_identity_source_order_async(self->source,
                                   &(N2Order){.kind = N2_ORDER_SHEET_SHOW,
                                              .identity = self->identity->address,
                                              .secret = -1},
                                   self->cancellable, on_sheet_cb, g_object_ref(self));
}

void
n2_first_run_on_print_cb(N2FirstRun *self)
{
    fetch(self, TRUE);
}

void
n2_first_run_on_write_cb(N2FirstRun *self)
{
    fetch(self, FALSE);
}

/* ---- the test ---- */

void
n2_first_run_on_to_test_cb(N2FirstRun *self)
{
    n2_first_run_hide_words(self); /* from paper, not from the screen */
    note(self->test_note, "");
    n2_first_run_go(self, "test");
}

void
n2_first_run_on_typed_changed_cb(N2FirstRun *self)
{
    const char *typed = gtk_editable_get_text(GTK_EDITABLE(self->typed));

    gtk_widget_set_sensitive(self->check, *typed);
}

static void
show_done(N2FirstRun *self, gboolean is_tested)
{
    gboolean is_in = self->identity->signed_in_until_us > g_get_real_time();
    g_autofree char *hello = g_strdup_printf(_("You are %s"), self->identity->name);

    gtk_label_set_text(self->done_title, is_tested ? _("Backup finished") : hello);
    gtk_label_set_text(
        self->done_words,
        is_tested ? _("The sheet gave back the same identity. Put it where you keep your "
                      "passport.")
                  : _("Your identity works. It has no backup yet: print and test the recovery "
                      "sheet soon, from Preferences."));
    gtk_button_set_label(GTK_BUTTON(self->finish), is_in ? _("Start") : _("Sign In"));
    gtk_widget_set_visible(self->leave, !is_in);
    n2_first_run_go(self, "done");
}

static void
on_tested_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2FirstRun) self = user_data;
    g_autoptr(GError) error = NULL;

    gboolean is_done =
        n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, NULL, &error);

    if (!self->source) /* the window went meanwhile */
        return;
    if (is_done) {
        gtk_editable_set_text(GTK_EDITABLE(self->typed), "");
        show_done(self, TRUE);
        return;
    }
    if (n2_error_code(error) == N2_ERR_CANCELLED)
        return;
    g_autofree char *why = n2_words_sentence(n2_error_peek_why(error));
    /* Translators: two sentences: what is wrong, and what to do. */
    g_autofree char *all = g_strdup_printf(_("%s %s"), why, n2_error_peek_next(error));
    note(self->test_note, all);
    gtk_widget_grab_focus(GTK_WIDGET(self->typed));
}

void
n2_first_run_on_check_cb(N2FirstRun *self)
{
    g_autoptr(GError) error = NULL;

    if (!gtk_widget_is_sensitive(self->check))
        return;
    int fd = n2_secret_pipe(gtk_editable_get_text(GTK_EDITABLE(self->typed)), &error);
    if (fd < 0) {
        note(self->test_note, error->message);
        return;
    }
    n2_identity_source_order_async(self->source,
                                   &(N2Order){.kind = N2_ORDER_SHEET_TEST,
                                              .identity = self->identity->address,
                                              .secret = fd},
                                   self->cancellable, on_tested_cb, g_object_ref(self));
}

void
n2_first_run_on_later_cb(N2FirstRun *self)
{
    n2_first_run_hide_words(self);
    gtk_editable_set_text(GTK_EDITABLE(self->typed), "");
    show_done(self, FALSE);
}
