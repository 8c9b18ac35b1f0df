/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * copy-bar.c - says above a page that its author can't be reached.
 */
#include "views/copy-bar.h"

#include "model/words.h"

struct _N2CopyBar {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    GtkWidget *bar;
    GtkLabel *words;
    GtkLabel *origin;

    char *closed; /* owned; site whose bar the user has put away, nullable */
    char *site;   /* owned; nullable */
};

G_DEFINE_FINAL_TYPE(N2CopyBar, n2_copy_bar, GTK_TYPE_WIDGET)

static void
on_close_cb(N2CopyBar *self)
{
    g_free(self->closed);
    self->closed = g_strdup(self->site);
    gtk_widget_set_visible(self->bar, FALSE);
}

void
n2_copy_bar_set_place(N2CopyBar *self, N2Place *place)
{
    g_return_if_fail(N2_IS_COPY_BAR(self));

    g_free(self->site);
    self->site = place ? g_strdup(place->site) : NULL;
    if (!place || !place->is_unconfirmed) {
        gtk_widget_set_visible(self->bar, FALSE);
        return;
    }
    g_autofree char *words = n2_words_copy(place, g_get_real_time());
    g_autofree char *origin = n2_words_copy_origin(place);

    gtk_label_set_text(self->words, words);
    gtk_label_set_text(self->origin, origin);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->origin), place->holder);
    gtk_widget_set_visible(self->bar, g_strcmp0(self->site, self->closed) != 0);
}

static void
n2_copy_bar_dispose(GObject *object)
{
    N2CopyBar *self = N2_COPY_BAR(object);
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    g_clear_pointer(&self->closed, g_free);
    g_clear_pointer(&self->site, g_free);
    G_OBJECT_CLASS(n2_copy_bar_parent_class)->dispose(object);
}

static void
n2_copy_bar_class_init(N2CopyBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_copy_bar_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "copybar");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/copy-bar.ui");
    gtk_widget_class_bind_template_child(widget_class, N2CopyBar, bar);
    gtk_widget_class_bind_template_child(widget_class, N2CopyBar, words);
    gtk_widget_class_bind_template_child(widget_class, N2CopyBar, origin);
    gtk_widget_class_bind_template_callback(widget_class, on_close_cb);
}

static void
n2_copy_bar_init(N2CopyBar *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}
