/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * saving.c - writes a file that comes from the network to where the user wants it.
 */
#include "views/saving.h"

#include <glib/gi18n.h>

#include "client/error.h"

/* ---- copying ---- */

typedef struct {
    GFile *file;          /* owned */
    GInputStream *stream; /* owned */
} copying;

static void
free_copying(gpointer data)
{
    copying *c = data;

    g_clear_object(&c->file);
    g_clear_object(&c->stream);
    g_free(c);
}

static void
on_spliced_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;

    if (g_output_stream_splice_finish(G_OUTPUT_STREAM(source), result, &error) < 0)
        g_task_return_error(task, g_steal_pointer(&error));
    else
        g_task_return_boolean(task, TRUE);
}

static void
on_replaced_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    copying *c = g_task_get_task_data(task);
    g_autoptr(GError) error = NULL;
    g_autoptr(GFileOutputStream) out = g_file_replace_finish(G_FILE(source), result, &error);

    if (!out) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    GCancellable *cancellable = g_task_get_cancellable(task);
    g_output_stream_splice_async(
        G_OUTPUT_STREAM(out), c->stream,
        G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
        G_PRIORITY_DEFAULT, cancellable, on_spliced_cb, g_steal_pointer(&task));
}

static void
on_opened_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    copying *c = g_task_get_task_data(task);
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Place) place =
        n2_source_open_finish(N2_SOURCE(source), result, &c->stream, &error);

    if (!place) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    if (!c->stream) {
        g_task_return_error(task, n2_error_make(N2_ERR_USAGE, place->address, NULL, NULL));
        return;
    }
    GCancellable *cancellable = g_task_get_cancellable(task);
    g_file_replace_async(c->file, NULL, FALSE, G_FILE_CREATE_NONE, G_PRIORITY_DEFAULT,
                         cancellable, on_replaced_cb, g_steal_pointer(&task));
}

void
n2_saving_copy_async(N2Source *source,
                     const char *address,
                     GFile *file,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
    GTask *task = g_task_new(NULL, cancellable, callback, user_data);
    copying *c = g_new0(copying, 1);

    c->file = g_object_ref(file);
    g_task_set_task_data(task, c, free_copying);
    n2_source_open_async(source, address, N2_OPEN_DEFAULT, cancellable, on_opened_cb, task);
}

gboolean
n2_saving_copy_finish(GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, NULL), FALSE);

    return g_task_propagate_boolean(G_TASK(result), error);
}

/* ---- asking where to ---- */

typedef struct {
    GtkWidget *widget; /* owned */
    N2Source *source;  /* owned */
    char *address;     /* owned */
    char *name;        /* owned */
} wish;

static void
free_wish(wish *w)
{
    g_clear_object(&w->widget);
    g_clear_object(&w->source);
    g_free(w->address);
    g_free(w->name);
    g_free(w);
}

static void
tell(GtkWidget *widget, const char *words)
{
    gtk_widget_activate_action(widget, "win.tell", "s", words);
}

static void
on_copied_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    wish *w = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *words = NULL;

    (void)source;
    if (n2_saving_copy_finish(result, &error))
        words = g_strdup_printf(_("“%s” is saved"), w->name);
    else
        /* Translators: a file's name, then why it could not be saved. */
        words = g_strdup_printf(_("“%s” could not be saved: %s"), w->name,
                                error->domain == N2_ERROR ? n2_error_peek_why(error)
                                                          : error->message);
    tell(w->widget, words);
    free_wish(w);
}

static void
on_response_cb(GtkNativeDialog *dialog, int response, gpointer user_data)
{
    wish *w = user_data;
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));

    if (response != GTK_RESPONSE_ACCEPT || !file)
        free_wish(w);
    else
        n2_saving_copy_async(w->source, w->address, file, NULL, on_copied_cb, w);
    g_object_unref(dialog);
}

void
n2_saving_begin(GtkWidget *widget, N2Source *source, const char *address, const char *name)
{
    GtkRoot *root = gtk_widget_get_root(widget);
    wish *w = g_new0(wish, 1);
    g_autofree char *base = g_path_get_basename(name);
    GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
        _("Save a Copy"), GTK_IS_WINDOW(root) ? GTK_WINDOW(root) : NULL,
        GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), _("_Cancel"));

    w->widget = g_object_ref(widget);
    w->source = g_object_ref(source);
    w->address = g_strdup(address);
    w->name = g_strdup(base);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(dialog), base);
    g_signal_connect(dialog, "response", G_CALLBACK(on_response_cb), w);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}
