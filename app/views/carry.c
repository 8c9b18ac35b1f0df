/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * carry.c - statements that people carry from one device to another.
 */
#include "views/carry.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/error.h"
#include "views/sheet-print.h"

/* ---- picture ---- */

static void
draw(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer user_data)
{
    double size = MIN(width, height);

    (void)area;
    n2_sheet_draw_qr(cr, user_data, (width - size) / 2, (height - size) / 2, size);
}

void
n2_carry_set_picture(GtkDrawingArea *area, const char *code)
{
    g_return_if_fail(GTK_IS_DRAWING_AREA(area));

    gtk_drawing_area_set_draw_func(area, code ? draw : NULL, g_strdup(code), g_free);
}

/* ---- files ---- */

typedef struct {
    GtkWidget *widget; /* owned */
    N2CarryGot got;
    char *text; /* owned; that is to be saved */
} errand;

static errand *
errand_new(GtkWidget *widget, N2CarryGot got, const char *text)
{
    errand *e = g_new(errand, 1);

    *e = (errand){.widget = g_object_ref(widget), .got = got, .text = g_strdup(text)};
    return e;
}

static void
errand_free(errand *e)
{
    g_object_unref(e->widget);
    g_free(e->text);
    g_free(e);
}

static GtkFileChooserNative *
choose(errand *e, const char *title, GtkFileChooserAction action, GCallback then)
{
    GtkRoot *root = gtk_widget_get_root(e->widget);
    GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
        title, GTK_IS_WINDOW(root) ? GTK_WINDOW(root) : NULL, action, NULL, NULL);

    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
    g_signal_connect(dialog, "response", then, e);
    return dialog;
}

static void
on_saved_cb(GObject *file, GAsyncResult *result, gpointer user_data)
{
    errand *e = user_data;
    g_autoptr(GError) error = NULL;

    if (!g_file_replace_contents_finish(G_FILE(file), result, NULL, &error))
        (void)gtk_widget_activate_action(e->widget, "win.tell", "s", error->message);
    errand_free(e);
}

static void
on_save_chosen_cb(GtkNativeDialog *dialog, int response, gpointer user_data)
{
    errand *e = user_data;
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog))
                                : NULL;

    g_object_unref(dialog);
    if (file)
        g_file_replace_contents_async(file, e->text, strlen(e->text), NULL, FALSE,
                                      G_FILE_CREATE_NONE, NULL, on_saved_cb, e);
    else
        errand_free(e);
}

void
n2_carry_save(GtkWidget *widget, const char *name, const char *text)
{
    GtkFileChooserNative *dialog =
        choose(errand_new(widget, NULL, text), _("Save"), GTK_FILE_CHOOSER_ACTION_SAVE,
               G_CALLBACK(on_save_chosen_cb));

    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(dialog), name);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

/* So much and no more, whatever file it is. */
static void
on_read_cb(GObject *stream, GAsyncResult *result, gpointer user_data)
{
    errand *e = user_data;
    GError *error = NULL;
    g_autoptr(GBytes) text =
        g_input_stream_read_bytes_finish(G_INPUT_STREAM(stream), result, &error);
    g_autoptr(GError) why = error ? n2_error_make(N2_ERR_IO, "", error->message, NULL) : NULL;

    g_clear_error(&error);
    e->got(e->widget, text, why);
    errand_free(e);
}

static void
on_opened_cb(GObject *file, GAsyncResult *result, gpointer user_data)
{
    errand *e = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GFileInputStream) stream = g_file_read_finish(G_FILE(file), result, &error);

    if (stream) {
        g_input_stream_read_bytes_async(G_INPUT_STREAM(stream), N2_CARRY_BYTES_MAX,
                                        G_PRIORITY_DEFAULT, NULL, on_read_cb, e);
        return;
    }
    g_autoptr(GError) why = n2_error_make(N2_ERR_IO, "", error->message, NULL);
    e->got(e->widget, NULL, why);
    errand_free(e);
}

static void
on_open_chosen_cb(GtkNativeDialog *dialog, int response, gpointer user_data)
{
    errand *e = user_data;
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog))
                                : NULL;

    g_object_unref(dialog);
    if (file)
        g_file_read_async(file, G_PRIORITY_DEFAULT, NULL, on_opened_cb, e);
    else
        errand_free(e);
}

void
n2_carry_open(GtkWidget *widget, N2CarryGot got)
{
    gtk_native_dialog_show(
        GTK_NATIVE_DIALOG(choose(errand_new(widget, got, NULL), _("Open"),
                                 GTK_FILE_CHOOSER_ACTION_OPEN, G_CALLBACK(on_open_chosen_cb))));
}

/* ---- clipboard ---- */

static void
on_pasted_cb(GObject *clipboard, GAsyncResult *result, gpointer user_data)
{
    errand *e = user_data;
    g_autofree char *text =
        gdk_clipboard_read_text_finish(GDK_CLIPBOARD(clipboard), result, NULL);
    g_autoptr(GBytes) bytes = text && *text ? g_bytes_new(text, strlen(text)) : NULL;
    g_autoptr(GError) error =
        bytes ? NULL
              : n2_error_make(N2_ERR_NOTFOUND, "", N_("there is no text in the clipboard"),
                              N_("Copy it there first."));

    e->got(e->widget, bytes, error);
    errand_free(e);
}

void
n2_carry_paste(GtkWidget *widget, N2CarryGot got)
{
    gdk_clipboard_read_text_async(gtk_widget_get_clipboard(widget), NULL, on_pasted_cb,
                                  errand_new(widget, got, NULL));
}
