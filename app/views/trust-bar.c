/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * trust-bar.c - one sentence on the publisher above a page.
 */
#include "views/trust-bar.h"

struct _N2TrustBar {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    GtkWidget *bar;
    GtkLabel *words;

    char *closed; /* owned; what the user has read and put away, nullable */
};

G_DEFINE_FINAL_TYPE(N2TrustBar, n2_trust_bar, GTK_TYPE_WIDGET)

static void
on_close_cb(N2TrustBar *self)
{
    g_free(self->closed);
    self->closed = g_strdup(gtk_label_get_text(self->words));
    gtk_widget_set_visible(self->bar, FALSE);
}

void
n2_trust_bar_set_trust(N2TrustBar *self, N2Trust *trust)
{
    const char *words = trust ? n2_trust_peek_notice(trust) : NULL;

    g_return_if_fail(N2_IS_TRUST_BAR(self));

    gtk_label_set_text(self->words, words ? words : "");
    gtk_widget_set_visible(self->bar, words && g_strcmp0(words, self->closed) != 0);
}

static void
n2_trust_bar_dispose(GObject *object)
{
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    g_clear_pointer(&N2_TRUST_BAR(object)->closed, g_free);
    G_OBJECT_CLASS(n2_trust_bar_parent_class)->dispose(object);
}

static void
n2_trust_bar_class_init(N2TrustBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_trust_bar_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "trustbar");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/trust-bar.ui");
    gtk_widget_class_bind_template_child(widget_class, N2TrustBar, bar);
    gtk_widget_class_bind_template_child(widget_class, N2TrustBar, words);
    gtk_widget_class_bind_template_callback(widget_class, on_close_cb);
}

static void
n2_trust_bar_init(N2TrustBar *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}
