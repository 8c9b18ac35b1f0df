/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * scan-window.c - a window that looks for a QR code.
 */
#include "widgets/scan-window.h"

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/words.h"

struct _N2ScanWindow {
    AdwWindow parent_instance;

    /* Template children: borrowed. */
    GtkWidget *view;
    GtkPicture *picture;
    GtkWidget *icon;
    GtkLabel *words;
    GtkLabel *problem;
    GtkWidget *open;

    N2Camera *camera; /* owned; nullable */
};

G_DEFINE_FINAL_TYPE(N2ScanWindow, n2_scan_window, ADW_TYPE_WINDOW)

enum {
    SIGNAL_READ,
    SIGNAL_OPEN,
    SIGNAL_PASTE,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
say(GtkLabel *label, const GError *error)
{
    g_autofree char *why = n2_words_sentence(n2_error_peek_why(error));
    /* Translators: two sentences: what is wrong, and what to do. */
    g_autofree char *all = g_strdup_printf(_("%s %s"), why, n2_error_peek_next(error));

    gtk_label_set_text(label, g_strchomp(all));
    gtk_widget_set_visible(GTK_WIDGET(label), TRUE);
}

/* ---- camera ---- */

static void
on_frame_cb(N2ScanWindow *self, GdkTexture *frame)
{
    gtk_picture_set_paintable(self->picture, GDK_PAINTABLE(frame));
    gtk_widget_set_visible(self->icon, FALSE);
}

static void
on_read_cb(N2ScanWindow *self, GBytes *text)
{
    n2_scan_window_take(self, text, NULL);
}

/* What is left is pictures. */
static void
on_failed_cb(N2ScanWindow *self, const GError *error)
{
    gtk_widget_set_visible(self->view, FALSE);
    say(self->words, error);
    gtk_widget_add_css_class(self->open, "suggested-action");
}

/* ---- pictures ---- */

static void
on_open_cb(N2ScanWindow *self)
{
    g_signal_emit(self, signals[SIGNAL_OPEN], 0);
}

static void
on_paste_cb(N2ScanWindow *self)
{
    g_signal_emit(self, signals[SIGNAL_PASTE], 0);
}

static gboolean
on_paste_key_cb(GtkWidget *widget, GVariant *args, gpointer user_data)
{
    (void)args;
    (void)user_data;
    on_paste_cb(N2_SCAN_WINDOW(widget));
    return TRUE;
}

void
n2_scan_window_take(N2ScanWindow *self, GBytes *text, const GError *error)
{
    g_return_if_fail(N2_IS_SCAN_WINDOW(self));

    if (!text) {
        say(self->problem, error);
        return;
    }
    g_object_ref(self);
    g_signal_emit(self, signals[SIGNAL_READ], 0, text);
    gtk_window_destroy(GTK_WINDOW(self));
    g_object_unref(self);
}

/* ---- life ---- */

static void
n2_scan_window_dispose(GObject *object)
{
    N2ScanWindow *self = N2_SCAN_WINDOW(object);

    if (self->camera)
        n2_camera_stop(self->camera);
    g_clear_object(&self->camera);
    G_OBJECT_CLASS(n2_scan_window_parent_class)->dispose(object);
}

static guint
make_signal(const char *name)
{
    return g_signal_new(name, N2_TYPE_SCAN_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                        G_TYPE_NONE, 0);
}

static void
n2_scan_window_class_init(N2ScanWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_scan_window_dispose;
    signals[SIGNAL_READ] = g_signal_new("read", N2_TYPE_SCAN_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);
    signals[SIGNAL_OPEN] = make_signal("open");
    signals[SIGNAL_PASTE] = make_signal("paste");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/widgets/scan-window.ui");
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
    gtk_widget_class_add_binding(widget_class, GDK_KEY_v, GDK_CONTROL_MASK, on_paste_key_cb,
                                 NULL);
    gtk_widget_class_bind_template_child(widget_class, N2ScanWindow, view);
    gtk_widget_class_bind_template_child(widget_class, N2ScanWindow, picture);
    gtk_widget_class_bind_template_child(widget_class, N2ScanWindow, icon);
    gtk_widget_class_bind_template_child(widget_class, N2ScanWindow, words);
    gtk_widget_class_bind_template_child(widget_class, N2ScanWindow, problem);
    gtk_widget_class_bind_template_child(widget_class, N2ScanWindow, open);
    gtk_widget_class_bind_template_callback(widget_class, on_open_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_paste_cb);
}

static void
n2_scan_window_init(N2ScanWindow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

N2ScanWindow *
n2_scan_window_open(GtkWindow *parent, const N2CameraSource *camera)
{
    N2ScanWindow *self = g_object_new(N2_TYPE_SCAN_WINDOW, "transient-for", parent, NULL);

    self->camera = n2_camera_new(camera);
    g_object_connect(self->camera, "swapped-object-signal::frame", on_frame_cb, self,
                     "swapped-object-signal::read", on_read_cb, self,
                     "swapped-object-signal::failed", on_failed_cb, self, NULL);
    gtk_window_present(GTK_WINDOW(self));
    gtk_widget_grab_focus(self->open);
    return self;
}
