/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * carry-box.c - Paste, Open, Scan.
 */
#include "views/carry-box.h"

#include "views/carry.h"

struct _N2CarryBox {
    GtkWidget parent_instance;
    GtkWidget *paste; /* template child: borrowed */
};

G_DEFINE_FINAL_TYPE(N2CarryBox, n2_carry_box, GTK_TYPE_WIDGET)

static guint signal_got;

static void
on_got_cb(GtkWidget *widget, GBytes *text, const GError *error)
{
    if (gtk_widget_get_root(widget) && gtk_widget_is_sensitive(widget)) /* else it went */
        g_signal_emit(widget, signal_got, 0, text, error);
}

static void
on_paste_cb(N2CarryBox *self)
{
    n2_carry_paste(GTK_WIDGET(self), on_got_cb);
}

static void
on_open_cb(N2CarryBox *self)
{
    n2_carry_open(GTK_WIDGET(self), on_got_cb);
}

static void
on_scan_cb(N2CarryBox *self)
{
    n2_carry_scan(GTK_WIDGET(self), NULL, on_got_cb);
}

GtkWidget *
n2_carry_box_peek_first(N2CarryBox *self)
{
    g_return_val_if_fail(N2_IS_CARRY_BOX(self), NULL);

    return self->paste;
}

static void
n2_carry_box_dispose(GObject *object)
{
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(n2_carry_box_parent_class)->dispose(object);
}

static void
n2_carry_box_class_init(N2CarryBoxClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_carry_box_dispose;
    signal_got = g_signal_new("got", N2_TYPE_CARRY_BOX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 2, G_TYPE_BYTES, G_TYPE_ERROR);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "carrybox");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/carry-box.ui");
    gtk_widget_class_bind_template_child(widget_class, N2CarryBox, paste);
    gtk_widget_class_bind_template_callback(widget_class, on_paste_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_open_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_scan_cb);
}

static void
n2_carry_box_init(N2CarryBox *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    n2_carry_accept(GTK_WIDGET(self), on_got_cb);
}
