/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * find-bar.c - finds words in a page.
 */
#include "widgets/find-bar.h"

#include <glib/gi18n.h>

struct _N2FindBar {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkSearchBar *bar;
    GtkSearchEntry *entry;
    GtkLabel *count;
    GtkWidget *previous;
    GtkWidget *next;
};

G_DEFINE_FINAL_TYPE(N2FindBar, n2_find_bar, GTK_TYPE_WIDGET)

enum {
    SIGNAL_FIND,
    SIGNAL_STEP,
    SIGNAL_CLOSED,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
set_can_step(N2FindBar *self, gboolean can_step)
{
    gtk_widget_set_sensitive(self->previous, can_step);
    gtk_widget_set_sensitive(self->next, can_step);
}

static void
on_search_changed_cb(N2FindBar *self)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(self->entry));

    if (!*text) {
        gtk_label_set_text(self->count, "");
        set_can_step(self, FALSE);
    }
    g_signal_emit(self, signals[SIGNAL_FIND], 0, text);
}

static void
on_next_cb(N2FindBar *self)
{
    g_signal_emit(self, signals[SIGNAL_STEP], 0, FALSE);
}

static void
on_previous_cb(N2FindBar *self)
{
    g_signal_emit(self, signals[SIGNAL_STEP], 0, TRUE);
}

static void
on_mode_cb(N2FindBar *self)
{
    if (!gtk_search_bar_get_search_mode(self->bar))
        g_signal_emit(self, signals[SIGNAL_CLOSED], 0);
}

void
n2_find_bar_open(N2FindBar *self)
{
    g_return_if_fail(N2_IS_FIND_BAR(self));

    gtk_search_bar_set_search_mode(self->bar, TRUE);
    gtk_widget_grab_focus(GTK_WIDGET(self->entry));
    gtk_editable_select_region(GTK_EDITABLE(self->entry), 0, -1);
}

void
n2_find_bar_close(N2FindBar *self)
{
    g_return_if_fail(N2_IS_FIND_BAR(self));

    gtk_search_bar_set_search_mode(self->bar, FALSE);
}

void
n2_find_bar_set_found(N2FindBar *self, guint n)
{
    g_autofree char *words = NULL;

    g_return_if_fail(N2_IS_FIND_BAR(self));

    words = n == 0 ? g_strdup(_("not found"))
                   : g_strdup_printf(ngettext("%u place", "%u places", n), n);
    gtk_label_set_text(self->count, words);
    set_can_step(self, n > 0);
}

static void
n2_find_bar_dispose(GObject *object)
{
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(n2_find_bar_parent_class)->dispose(object);
}

static void
n2_find_bar_class_init(N2FindBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    GType type = G_TYPE_FROM_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_find_bar_dispose;
    signals[SIGNAL_FIND] = g_signal_new("find", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_STRING);
    signals[SIGNAL_STEP] = g_signal_new("step", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
    signals[SIGNAL_CLOSED] =
        g_signal_new("closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "findbar");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/widgets/find-bar.ui");
    gtk_widget_class_bind_template_child(widget_class, N2FindBar, bar);
    gtk_widget_class_bind_template_child(widget_class, N2FindBar, entry);
    gtk_widget_class_bind_template_child(widget_class, N2FindBar, count);
    gtk_widget_class_bind_template_child(widget_class, N2FindBar, previous);
    gtk_widget_class_bind_template_child(widget_class, N2FindBar, next);
    gtk_widget_class_bind_template_callback(widget_class, on_search_changed_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_next_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_previous_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_mode_cb);
}

static void
n2_find_bar_init(N2FindBar *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_search_bar_connect_entry(self->bar, GTK_EDITABLE(self->entry));
}
