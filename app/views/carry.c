/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * carry.c - statements that people carry from one device to another.
 */
#include "views/carry.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/error.h"
#include "views/sheet-print.h"
#include "widgets/code-reader.h"
#include "widgets/scan-window.h"

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

/* ---- what comes in ---- */

enum {
    PIECE_BYTES = 64 * 1024
};

/* Something is read to its end, or until it is too much. */
typedef struct {
    errand *e; /* owned */
    GInputStream *stream;
    GByteArray *bytes;
} reading;

static void
reading_free(reading *r)
{
    errand_free(r->e);
    g_object_unref(r->stream);
    g_byte_array_unref(r->bytes);
    g_free(r);
}

static void
give(errand *e, GBytes *text, const GError *error)
{
    e->got(e->widget, text, error);
    errand_free(e);
}

/* @failed: (nullable): of another domain. */
static void
give_up(errand *e, const GError *failed)
{
    g_autoptr(GError) why = failed ? n2_error_make(N2_ERR_IO, "", failed->message, NULL)
                                   : n2_error_make(N2_ERR_LIMIT, "", N_("this is too large"),
                                                   N_("Take what the other device made."));

    give(e, NULL, why);
}

static void
on_code_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) text = n2_code_read_finish(result, &error);

    (void)source;
    give(user_data, text, error);
}

static void read_more(reading *r);

static void
on_piece_cb(GObject *stream, GAsyncResult *result, gpointer user_data)
{
    reading *r = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) piece =
        g_input_stream_read_bytes_finish(G_INPUT_STREAM(stream), result, &error);
    gsize n = piece ? g_bytes_get_size(piece) : 0;

    if (n) {
        g_byte_array_append(r->bytes, g_bytes_get_data(piece, NULL), (guint)n);
        read_more(r);
        return;
    }
    g_autoptr(GBytes) all = g_byte_array_free_to_bytes(g_steal_pointer(&r->bytes));
    errand *e = g_steal_pointer(&r->e);
    g_object_unref(r->stream);
    g_free(r);
    if (error)
        give_up(e, error);
    else if (n2_code_is_picture(all))
        n2_code_read_async(all, NULL, on_code_cb, e);
    else if (g_bytes_get_size(all) > N2_CARRY_BYTES_MAX)
        give_up(e, NULL);
    else
        give(e, all, NULL);
}

static void
read_more(reading *r)
{
    if (r->bytes->len > N2_CODE_BYTES_MAX) {
        give_up(errand_new(r->e->widget, r->e->got, NULL), NULL);
        reading_free(r);
        return;
    }
    g_input_stream_read_bytes_async(r->stream, PIECE_BYTES, G_PRIORITY_DEFAULT, NULL,
                                    on_piece_cb, r);
}

/* Both are consumed. */
static void
read_all(errand *e, GInputStream *stream)
{
    reading *r = g_new(reading, 1);

    *r = (reading){.e = e, .stream = stream, .bytes = g_byte_array_new()};
    read_more(r);
}

static void
on_opened_cb(GObject *file, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    GFileInputStream *stream = g_file_read_finish(G_FILE(file), result, &error);

    if (stream)
        read_all(user_data, G_INPUT_STREAM(stream));
    else
        give_up(user_data, error);
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

/* ---- dropped ---- */

static gboolean
on_drop_cb(GtkDropTarget *target, const GValue *value, double x, double y, gpointer user_data)
{
    GtkWidget *widget = gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(target));
    const N2CarryGot *got = user_data;

    (void)x;
    (void)y;
    g_file_read_async(g_value_get_object(value), G_PRIORITY_DEFAULT, NULL, on_opened_cb,
                      errand_new(widget, *got, NULL));
    return TRUE;
}

static void
on_target_gone_cb(gpointer data, GClosure *closure)
{
    (void)closure;
    g_free(data);
}

void
n2_carry_accept(GtkWidget *widget, N2CarryGot got)
{
    GtkDropTarget *target = gtk_drop_target_new(G_TYPE_FILE, GDK_ACTION_COPY);

    g_signal_connect_data(target, "drop", G_CALLBACK(on_drop_cb), g_memdup2(&got, sizeof got),
                          on_target_gone_cb, 0);
    gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(target));
}

/* ---- clipboard ---- */

static void
give_nothing(errand *e)
{
    g_autoptr(GError) error = n2_error_make(
        N2_ERR_NOTFOUND, "", N_("there is neither text nor a picture in the clipboard"),
        N_("Copy it there first."));

    give(e, NULL, error);
}

static void
on_pasted_cb(GObject *clipboard, GAsyncResult *result, gpointer user_data)
{
    g_autofree char *text =
        gdk_clipboard_read_text_finish(GDK_CLIPBOARD(clipboard), result, NULL);
    g_autoptr(GBytes) bytes = text && *text ? g_bytes_new(text, strlen(text)) : NULL;

    if (bytes)
        give(user_data, bytes, NULL);
    else
        give_nothing(user_data);
}

static void
on_picture_pasted_cb(GObject *clipboard, GAsyncResult *result, gpointer user_data)
{
    GInputStream *stream =
        gdk_clipboard_read_finish(GDK_CLIPBOARD(clipboard), result, NULL, NULL);

    if (stream)
        read_all(user_data, stream);
    else
        give_nothing(user_data);
}

/* A picture comes as it was copied, and is unpacked by us, who look at its size first. */
void
n2_carry_paste(GtkWidget *widget, N2CarryGot got)
{
    static const char *types[] = {"image/png", "image/jpeg", NULL};
    GdkClipboard *clipboard = gtk_widget_get_clipboard(widget);
    g_autoptr(GdkContentFormats) formats = gdk_content_formats_union_serialize_mime_types(
        gdk_content_formats_ref(gdk_clipboard_get_formats(clipboard)));
    gboolean is_picture = gdk_content_formats_contain_mime_type(formats, types[0]) ||
                          gdk_content_formats_contain_mime_type(formats, types[1]);
    errand *e = errand_new(widget, got, NULL);

    if (is_picture && !gdk_content_formats_contain_gtype(formats, G_TYPE_STRING) &&
        !gdk_content_formats_contain_mime_type(formats, "text/plain;charset=utf-8"))
        gdk_clipboard_read_async(clipboard, types, G_PRIORITY_DEFAULT, NULL,
                                 on_picture_pasted_cb, e);
    else
        gdk_clipboard_read_text_async(clipboard, NULL, on_pasted_cb, e);
}

/* ---- camera ---- */

/* Of a picture that was opened, pasted or dropped there. */
static void
on_scan_got_cb(GtkWidget *window, GBytes *text, const GError *error)
{
    if (gtk_widget_get_visible(window)) /* else it was closed meanwhile */
        n2_scan_window_take(N2_SCAN_WINDOW(window), text, error);
}

static void
on_scan_open_cb(GtkWidget *window)
{
    n2_carry_open(window, on_scan_got_cb);
}

static void
on_scan_paste_cb(GtkWidget *window)
{
    n2_carry_paste(window, on_scan_got_cb);
}

static void
on_scan_read_cb(errand *e, GBytes *text)
{
    e->got(e->widget, text, NULL);
}

static void
on_scan_gone_cb(gpointer data, GClosure *closure)
{
    (void)closure;
    errand_free(data);
}

void
n2_carry_scan(GtkWidget *widget, const N2CameraSource *camera, N2CarryGot got)
{
    GtkRoot *root = gtk_widget_get_root(widget);
    N2ScanWindow *window =
        n2_scan_window_open(GTK_IS_WINDOW(root) ? GTK_WINDOW(root) : NULL, camera);

    n2_carry_accept(GTK_WIDGET(window), on_scan_got_cb);
    g_signal_connect(window, "open", G_CALLBACK(on_scan_open_cb), NULL);
    g_signal_connect(window, "paste", G_CALLBACK(on_scan_paste_cb), NULL);
    g_signal_connect_data(window, "read", G_CALLBACK(on_scan_read_cb),
                          errand_new(widget, got, NULL), on_scan_gone_cb, G_CONNECT_SWAPPED);
}
