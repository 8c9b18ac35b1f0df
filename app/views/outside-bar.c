/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * outside-bar.c - says that a link leads to Internet 1.0.
 */
#include "views/outside-bar.h"

#include <glib/gi18n.h>

#include "launcher.h"

struct _N2OutsideBar {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkRevealer *revealer;
    GtkLabel *where;
    GtkButton *copy;
    GtkWidget *open;

    char *address; /* owned */
};

G_DEFINE_FINAL_TYPE(N2OutsideBar, n2_outside_bar, GTK_TYPE_WIDGET)

static void
on_copy_clicked_cb(N2OutsideBar *self)
{
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(self)), self->address);
    gtk_button_set_label(self->copy, _("Copied"));
}

/* The user asked for it by this button: the other program decides what it does with it. */
static void
on_open_clicked_cb(N2OutsideBar *self)
{
    GdkDisplay *display = gtk_widget_get_display(GTK_WIDGET(self));
    g_autoptr(GdkAppLaunchContext) context = gdk_display_get_app_launch_context(display);
    g_autofree char *scheme = g_uri_parse_scheme(self->address);
    g_autoptr(GAppInfo) program = scheme ? g_app_info_get_default_for_uri_scheme(scheme) : NULL;
    g_autofree char *token = g_app_launch_context_get_startup_notify_id(
        G_APP_LAUNCH_CONTEXT(context), program, NULL);

    if (!n2_launcher_open(self->address, token))
        gtk_widget_activate_action(GTK_WIDGET(self), "win.tell", "s",
                                   _("No other program can be started any more"));
    n2_outside_bar_close(self);
}

void
n2_outside_bar_close(N2OutsideBar *self)
{
    g_return_if_fail(N2_IS_OUTSIDE_BAR(self));

    gtk_revealer_set_reveal_child(self->revealer, FALSE);
    gtk_widget_hide(GTK_WIDGET(self->revealer)); /* or a screen reader would still find it */
}

void
n2_outside_bar_open(N2OutsideBar *self, const char *address)
{
    g_autofree char *scheme = NULL;
    g_autoptr(GAppInfo) program = NULL;

    g_return_if_fail(N2_IS_OUTSIDE_BAR(self));
    g_return_if_fail(address != NULL);

    g_free(self->address);
    self->address = g_strdup(address);
    scheme = g_uri_parse_scheme(address);
    program = scheme ? g_app_info_get_default_for_uri_scheme(scheme) : NULL;
    gtk_widget_set_visible(self->open, program != NULL);
    gtk_label_set_text(self->where, address);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->where), address);
    gtk_button_set_label(self->copy, _("Copy Address"));
    gtk_widget_show(GTK_WIDGET(self->revealer));
    gtk_revealer_set_reveal_child(self->revealer, TRUE);
    gtk_widget_grab_focus(GTK_WIDGET(self->copy));
}

static void
n2_outside_bar_dispose(GObject *object)
{
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    g_clear_pointer(&N2_OUTSIDE_BAR(object)->address, g_free);
    G_OBJECT_CLASS(n2_outside_bar_parent_class)->dispose(object);
}

static void
n2_outside_bar_class_init(N2OutsideBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_outside_bar_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "outsidebar");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/outside-bar.ui");
    gtk_widget_class_bind_template_child(widget_class, N2OutsideBar, revealer);
    gtk_widget_class_bind_template_child(widget_class, N2OutsideBar, where);
    gtk_widget_class_bind_template_child(widget_class, N2OutsideBar, copy);
    gtk_widget_class_bind_template_child(widget_class, N2OutsideBar, open);
    gtk_widget_class_bind_template_callback(widget_class, on_copy_clicked_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_open_clicked_cb);
    gtk_widget_class_bind_template_callback_full(widget_class, "on_close_clicked_cb",
                                                 G_CALLBACK(n2_outside_bar_close));
}

static void
n2_outside_bar_init(N2OutsideBar *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}
