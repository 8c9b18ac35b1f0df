/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * neighbour-list.c - who is in the local network.
 */
#include "widgets/neighbour-list.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "client/error.h"
#include "model/location.h"

enum {
    AGAIN_S = 10 /* between two questions, while it is seen */
};

struct _N2NeighbourList {
    GtkWidget parent_instance;

    GtkLabel *words;  /* borrowed */
    GtkListBox *list; /* borrowed */

    N2Source *source;          /* owned; nullable */
    GCancellable *cancellable; /* owned; nullable: of the question under way */
    char *shown;               /* owned; nullable: what the rows say */
    guint again;               /* timeout; 0: it is not seen */
};

G_DEFINE_FINAL_TYPE(N2NeighbourList, n2_neighbour_list, GTK_TYPE_WIDGET)

enum {
    SIGNAL_GO,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
add_row(N2NeighbourList *self, const N2Neighbour *neighbour)
{
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *texts = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    g_autofree char *title = n2_neighbour_dup_title(neighbour);
    g_autofree char *words = n2_neighbour_dup_words(neighbour);
    g_autofree char *name = g_strdup_printf("%s, %s", title, words);
    g_autofree char *address = g_strconcat("net2o://", neighbour->identity, "/", NULL);
    g_autofree char *initials = *neighbour->name ? g_strdup(neighbour->name) : NULL;
    GtkWidget *avatar = adw_avatar_new(36, initials, initials != NULL);

    for (int i = 0; i < 2; i++) {
        GtkWidget *label = gtk_label_new(i ? words : title);

        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_label_set_wrap(GTK_LABEL(label), TRUE);
        gtk_widget_add_css_class(label, i ? "small" : "heading");
        if (i)
            gtk_widget_add_css_class(label, "dim");
        gtk_box_append(GTK_BOX(texts), label);
    }
    gtk_widget_set_valign(avatar, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(texts, GTK_ALIGN_CENTER);
    gtk_widget_set_hexpand(texts, TRUE);
    gtk_box_append(GTK_BOX(box), avatar);
    gtk_box_append(GTK_BOX(box), texts);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_widget_set_sensitive(row, neighbour->is_reachable);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   -1);
    g_object_set_data_full(G_OBJECT(row), "n2-address", g_steal_pointer(&address), g_free);
    gtk_list_box_append(self->list, row);
}

/* All that the rows say, to know whether they have to be made anew (transfer full). */
static char *
sum_up(GListModel *neighbours)
{
    GString *sum = g_string_new(NULL);

    for (guint i = 0; i < g_list_model_get_n_items(neighbours); i++) {
        g_autoptr(N2Neighbour) n = g_list_model_get_item(neighbours, i);
        g_autofree char *words = n2_neighbour_dup_words(n);

        g_string_append_printf(sum, "%s %s %s\n", n->identity, n->name, words);
    }
    return g_string_free(sum, FALSE);
}

static void
show_neighbours(N2NeighbourList *self, GListModel *neighbours)
{
    g_autofree char *sum = sum_up(neighbours);
    GtkListBoxRow *row = NULL;

    gtk_widget_set_visible(GTK_WIDGET(self->list), *sum != '\0');
    gtk_widget_set_visible(GTK_WIDGET(self->words), *sum == '\0');
    gtk_label_set_text(self->words, _("Nobody else is seen here at the moment."));
    if (g_strcmp0(sum, self->shown) == 0) /* the focus stays where it is */
        return;
    g_free(self->shown);
    self->shown = g_steal_pointer(&sum);
    while ((row = gtk_list_box_get_row_at_index(self->list, 0)))
        gtk_list_box_remove(self->list, GTK_WIDGET(row));
    for (guint i = 0; i < g_list_model_get_n_items(neighbours); i++) {
        g_autoptr(N2Neighbour) neighbour = g_list_model_get_item(neighbours, i);
        add_row(self, neighbour);
    }
}

static void
on_answer_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NeighbourList) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GListModel) neighbours =
        n2_library_neighbours_finish(N2_LIBRARY(source), result, &error);

    if (!self->source || (error && n2_error_code(error) == N2_ERR_CANCELLED))
        return;
    g_clear_object(&self->cancellable);
    gtk_widget_set_visible(GTK_WIDGET(self), neighbours != NULL);
    if (neighbours)
        show_neighbours(self, neighbours);
}

static void
stop_asking(N2NeighbourList *self)
{
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
}

static void
ask(N2NeighbourList *self)
{
    N2Library *library = self->source ? n2_source_peek_library(self->source) : NULL;

    if (!library || self->cancellable)
        return;
    self->cancellable = g_cancellable_new();
    n2_library_ask_async(library, N2_LIBRARY_NEIGHBOURS, "", NULL, 0, self->cancellable,
                         on_answer_cb, g_object_ref(self));
}

static gboolean
on_again_cb(gpointer user_data)
{
    ask(N2_NEIGHBOUR_LIST(user_data));
    return G_SOURCE_CONTINUE;
}

void
n2_neighbour_list_set_source(N2NeighbourList *self, N2Source *source)
{
    g_return_if_fail(N2_IS_NEIGHBOUR_LIST(self));

    g_set_object(&self->source, source);
    gtk_widget_set_visible(GTK_WIDGET(self), n2_source_peek_library(source) != NULL);
}

static void
on_row_cb(N2NeighbourList *self, GtkListBoxRow *row)
{
    g_signal_emit(self, signals[SIGNAL_GO], 0, g_object_get_data(G_OBJECT(row), "n2-address"),
                  FALSE);
}

static void
n2_neighbour_list_map(GtkWidget *widget)
{
    N2NeighbourList *self = N2_NEIGHBOUR_LIST(widget);

    GTK_WIDGET_CLASS(n2_neighbour_list_parent_class)->map(widget);
    ask(self);
    if (!self->again)
        self->again = g_timeout_add_seconds(AGAIN_S, on_again_cb, self);
}

static void
n2_neighbour_list_unmap(GtkWidget *widget)
{
    N2NeighbourList *self = N2_NEIGHBOUR_LIST(widget);

    g_clear_handle_id(&self->again, g_source_remove);
    stop_asking(self);
    GTK_WIDGET_CLASS(n2_neighbour_list_parent_class)->unmap(widget);
}

static void
n2_neighbour_list_dispose(GObject *object)
{
    N2NeighbourList *self = N2_NEIGHBOUR_LIST(object);
    GtkWidget *child = NULL;

    g_clear_handle_id(&self->again, g_source_remove);
    stop_asking(self);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->source);
    g_clear_pointer(&self->shown, g_free);
    G_OBJECT_CLASS(n2_neighbour_list_parent_class)->dispose(object);
}

static void
n2_neighbour_list_class_init(N2NeighbourListClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_neighbour_list_dispose;
    widget_class->map = n2_neighbour_list_map;
    widget_class->unmap = n2_neighbour_list_unmap;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "neighbourlist");
    signals[SIGNAL_GO] =
        g_signal_new("go", N2_TYPE_NEIGHBOUR_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
}

static void
n2_neighbour_list_init(N2NeighbourList *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    GtkWidget *heading = gtk_label_new(_("In this network"));
    GtkWidget *words = gtk_label_new(_("Looking around…"));
    GtkWidget *list = gtk_list_box_new();

    self->words = GTK_LABEL(words);
    self->list = GTK_LIST_BOX(list);
    gtk_label_set_xalign(GTK_LABEL(heading), 0);
    gtk_widget_add_css_class(heading, "heading");
    gtk_label_set_xalign(self->words, 0);
    gtk_label_set_wrap(self->words, TRUE);
    gtk_widget_add_css_class(words, "dim");
    gtk_list_box_set_selection_mode(self->list, GTK_SELECTION_NONE);
    gtk_widget_add_css_class(list, "boxed-list");
    gtk_widget_set_visible(list, FALSE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("In this network"), -1);
    gtk_box_append(GTK_BOX(box), heading);
    gtk_box_append(GTK_BOX(box), words);
    gtk_box_append(GTK_BOX(box), list);
    gtk_widget_set_parent(box, GTK_WIDGET(self));
    g_signal_connect_swapped(list, "row-activated", G_CALLBACK(on_row_cb), self);
}
