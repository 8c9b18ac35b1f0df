/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * watch-list.c - the searches that are watched.
 */
#include "widgets/watch-list.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _N2WatchList {
    GtkBox parent_instance;

    GtkListBox *list;   /* borrowed: a child */
    N2Watches *watches; /* owned; nullable */
};

G_DEFINE_FINAL_TYPE(N2WatchList, n2_watch_list, GTK_TYPE_BOX)

static guint go_signal;

char *
n2_watch_list_dup_news(const N2Watch *watch)
{
    if (watch->n_new)
        return g_strdup_printf(ngettext("%u new place", "%u new places", watch->n_new),
                               watch->n_new);
    return g_strdup(watch->is_changed ? _("Something else is found now") : "");
}

static void
on_remove_cb(N2WatchList *self, GtkWidget *button)
{
    g_autofree char *query = g_strdup(g_object_get_data(G_OBJECT(button), "n2-query"));

    n2_watches_remove(self->watches, query);
}

static GtkWidget *
make_row(gpointer item, gpointer user_data)
{
    const N2Watch *watch = item;
    GtkWidget *row = adw_action_row_new();
    GtkWidget *button = gtk_button_new_from_icon_name("user-trash-symbolic");
    g_autofree char *news = n2_watch_list_dup_news(watch);
    g_autofree char *name = g_strdup_printf(_("Watch “%s” no longer"), watch->query);

    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), watch->query);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), news);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
    g_object_set_data_full(G_OBJECT(row), "n2-query", g_strdup(watch->query), g_free);
    g_object_set_data_full(G_OBJECT(button), "n2-query", g_strdup(watch->query), g_free);
    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(button, "flat");
    gtk_widget_set_tooltip_text(button, name);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   -1);
    g_signal_connect_swapped(button, "clicked", G_CALLBACK(on_remove_cb), user_data);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), button);
    return row;
}

static void
on_row_cb(N2WatchList *self, GtkListBoxRow *row)
{
    g_signal_emit(self, go_signal, 0, g_object_get_data(G_OBJECT(row), "n2-query"));
}

static void
on_items_cb(N2WatchList *self)
{
    gtk_widget_set_visible(GTK_WIDGET(self),
                           g_list_model_get_n_items(G_LIST_MODEL(self->watches)) > 0);
}

void
n2_watch_list_follow(N2WatchList *self, N2Watches *watches)
{
    g_return_if_fail(N2_IS_WATCH_LIST(self));

    self->watches = g_object_ref(watches);
    gtk_list_box_bind_model(self->list, G_LIST_MODEL(watches), make_row, self, NULL);
    g_signal_connect_object(watches, "items-changed", G_CALLBACK(on_items_cb), self,
                            G_CONNECT_SWAPPED);
    on_items_cb(self);
}

static void
n2_watch_list_dispose(GObject *object)
{
    g_clear_object(&N2_WATCH_LIST(object)->watches);
    G_OBJECT_CLASS(n2_watch_list_parent_class)->dispose(object);
}

static void
n2_watch_list_class_init(N2WatchListClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_watch_list_dispose;
    go_signal = g_signal_new("go", N2_TYPE_WATCH_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                             G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
n2_watch_list_init(N2WatchList *self)
{
    GtkWidget *title = gtk_label_new(_("Watched searches"));

    gtk_orientable_set_orientation(GTK_ORIENTABLE(self), GTK_ORIENTATION_VERTICAL);
    gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
    gtk_widget_set_margin_top(GTK_WIDGET(self), 12);
    gtk_label_set_xalign(GTK_LABEL(title), 0);
    gtk_widget_add_css_class(title, "heading");
    gtk_widget_set_margin_bottom(title, 6);
    self->list = GTK_LIST_BOX(gtk_list_box_new());
    gtk_list_box_set_selection_mode(self->list, GTK_SELECTION_NONE);
    gtk_widget_add_css_class(GTK_WIDGET(self->list), "boxed-list");
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Watched searches"), -1);
    g_signal_connect_swapped(self->list, "row-activated", G_CALLBACK(on_row_cb), self);
    gtk_box_append(GTK_BOX(self), title);
    gtk_box_append(GTK_BOX(self), GTK_WIDGET(self->list));
}
