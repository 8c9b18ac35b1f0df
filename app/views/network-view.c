/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * network-view.c - the ways that the node knows, and what goes over them at the moment.
 *
 * The map and the lists beside it say the same.  While the view is seen the node is asked for
 * its lines each second, for itself each third, and one way after the other is traced for the
 * delays of the stops on it.
 */
#include "views/network-view.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/error.h"
#include "views/network-rows.h"
#include "widgets/adaptive-bin.h"
#include "widgets/way-map.h"

enum {
    ASK_AGAIN_S = 1,  /* for the lines, while the view is seen */
    STATUS_EVERY = 3, /* times */
    TRACE_EVERY = 5,
    PANE_PX = 324 /* with its padding */
};

struct _N2NetworkView {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    N2AdaptiveBin *root;
    GtkBox *split;
    GtkLabel *title;
    GtkLabel *words;
    GtkScrolledWindow *all_scroll;
    GtkScrolledWindow *map_scroll;
    N2WayMap *map;
    GtkBox *legend;
    GtkBox *dots;
    GtkScrolledWindow *pane_scroll;
    N2NetworkList *lines;
    N2NetworkList *reserved;
    N2NetworkList *avoided;
    N2NetworkList *casts;
    N2NetworkList *today;
    N2NetworkList *facts;

    N2Source *source;          /* owned */
    N2Network *network;        /* owned (nullable): the last one */
    GCancellable *cancellable; /* owned; cancelled when the view goes */
    GHashTable *delays;        /* owned: key of a stop to us, below 0: silent */
    char *traced;              /* owned (nullable): key of the stop that is traced now */
    guint timer_id;
    guint n_asked;
    guint n_traced; /* so many times a way was traced */
    gboolean is_asking, is_asking_status;
};

G_DEFINE_FINAL_TYPE(N2NetworkView, n2_network_view, GTK_TYPE_WIDGET)

/* ---- reservations ---- */

static void ask(N2NetworkView *self);

static void
on_released_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NetworkView) self = user_data;
    g_autoptr(GError) error = NULL;

    if (!n2_source_release_finish(N2_SOURCE(source), result, &error) &&
        n2_error_code(error) != N2_ERR_CANCELLED)
        gtk_widget_activate_action(GTK_WIDGET(self), "win.tell", "s", n2_error_peek_why(error));
    ask(self);
}

static void
on_release_cb(N2NetworkView *self, const char *key)
{
    n2_source_release_async(self->source, g_ascii_strtoull(key, NULL, 10), self->cancellable,
                            on_released_cb, g_object_ref(self));
}

/* ---- what is avoided ---- */

static void
on_avoided_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NetworkView) self = user_data;
    g_autoptr(GError) error = NULL;

    if (!n2_source_avoid_finish(N2_SOURCE(source), result, &error) &&
        n2_error_code(error) != N2_ERR_CANCELLED)
        gtk_widget_activate_action(GTK_WIDGET(self), "win.tell", "s", n2_error_peek_why(error));
    ask(self);
}

static void
on_allow_cb(N2NetworkView *self, const char *hop)
{
    n2_source_avoid_async(self->source, hop, FALSE, self->cancellable, on_avoided_cb,
                          g_object_ref(self));
}

static void
on_avoid_cb(GtkWidget *widget, const char *action, GVariant *hop)
{
    N2NetworkView *self = N2_NETWORK_VIEW(widget);

    (void)action;
    n2_source_avoid_async(self->source, g_variant_get_string(hop, NULL), TRUE,
                          self->cancellable, on_avoided_cb, g_object_ref(self));
}

/* ---- the map ---- */

static void
note_delays(N2NetworkView *self)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, self->delays);
    while (g_hash_table_iter_next(&iter, &key, &value))
        n2_network_note(self->network, key, *(gint64 *)value);
}

static void
show_network(N2NetworkView *self)
{
    g_autofree char *headline = NULL;
    g_autofree char *sentence = NULL;
    gboolean has_ways = self->network->points->len > 1;

    note_delays(self);
    headline = n2_network_dup_headline(self->network);
    sentence = n2_network_dup_sentence(self->network);
    gtk_label_set_text(self->title, headline);
    if (!g_str_equal(gtk_label_get_text(self->words), sentence))
        gtk_label_set_text(self->words, sentence); /* a screen reader tells each change */
    n2_way_map_set_network(self->map, self->network);
    gtk_widget_set_visible(GTK_WIDGET(self->map_scroll), TRUE);
    gtk_widget_set_visible(GTK_WIDGET(self->legend), has_ways);
    gtk_widget_set_visible(GTK_WIDGET(self->pane_scroll), TRUE);
    n2_network_rows_lines(self->lines, self->network);
    n2_network_rows_reserved(self->reserved, self->network);
    n2_network_rows_avoided(self->avoided, self->network);
    n2_network_rows_casts(self->casts, self->network);
}

/* ---- delays of the stops on a way ---- */

/* The key of the stop after so many labels of @key (transfer full). */
static char *
prefix_of(const char *key, guint n_labels)
{
    const char *end = key;

    for (guint i = 0; i < n_labels && end && *end; i++) {
        end = strchr(end + 1, ' ');
        if (!end)
            return g_strdup(key);
    }
    return g_strndup(key, (gsize)(end - key));
}

static void
note_hop(N2NetworkView *self, guint depth, const N2Hop *hop)
{
    gboolean answers = hop->state == N2_HOP_ANSWERS;
    g_autofree char *key = prefix_of(self->traced, depth);

    if (answers && hop->delay_us < 0) {
        g_hash_table_remove(self->delays, key); /* it works, and that is all we know */
        return;
    }
    gint64 *us = g_new(gint64, 1);
    *us = answers ? hop->delay_us : -1;
    g_hash_table_replace(self->delays, g_steal_pointer(&key), us);
}

static void
on_traced_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NetworkView) self = user_data;
    g_autoptr(GListModel) hops = n2_source_trace_finish(N2_SOURCE(source), result, NULL);
    guint n = hops ? g_list_model_get_n_items(hops) : 0;

    /* The first is this computer.  Without an answer all stays as it was known. */
    for (guint i = 1; i < n; i++) {
        g_autoptr(N2Hop) hop = g_list_model_get_item(hops, i);
        note_hop(self, i, hop);
    }
    g_clear_pointer(&self->traced, g_free);
}

/* The next way to trace: of those that lead over switches, the one whose turn it is.  Until
 * each has had one there is no pause. */
static void
trace_next(N2NetworkView *self)
{
    guint n_ways = 0, turn = 0;

    if (self->traced || !self->network)
        return;
    for (guint i = 1; i < self->network->points->len; i++) {
        const N2Waypoint *p = n2_network_point(self->network, i);
        n_ways += p->depth > 1 && p->address;
    }
    if (n_ways == 0 || (self->n_traced >= n_ways && self->n_asked % TRACE_EVERY != 1))
        return;
    turn = self->n_traced++ % n_ways;
    for (guint i = 1; i < self->network->points->len; i++) {
        const N2Waypoint *p = n2_network_point(self->network, i);
        if (p->depth <= 1 || !p->address || turn--)
            continue;
        self->traced = g_strdup(p->key);
        n2_source_trace_async(self->source, p->address, self->cancellable, on_traced_cb,
                              g_object_ref(self));
        return;
    }
}

/* ---- asking ---- */

static void
show_nobody(N2NetworkView *self, const GError *error)
{
    gtk_widget_set_visible(GTK_WIDGET(self->map_scroll), FALSE);
    gtk_widget_set_visible(GTK_WIDGET(self->legend), FALSE);
    gtk_widget_set_visible(GTK_WIDGET(self->pane_scroll), FALSE);
    gtk_label_set_text(self->title, _("No node answers on this computer"));
    gtk_label_set_text(self->words, n2_error_peek_why(error));
}

static void
on_status_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NetworkView) self = user_data;
    g_autoptr(N2Status) status = n2_source_status_finish(N2_SOURCE(source), result, NULL);

    self->is_asking_status = FALSE;
    if (status) {
        n2_network_rows_today(self->today, status);
        n2_network_rows_facts(self->facts, status);
    }
}

static void
on_network_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NetworkView) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Network) network = n2_source_network_finish(N2_SOURCE(source), result, &error);

    self->is_asking = FALSE;
    if (error && n2_error_code(error) == N2_ERR_CANCELLED)
        return;
    if (!network) {
        show_nobody(self, error);
        return;
    }
    g_set_object(&self->network, network);
    show_network(self);
}

static void
ask(N2NetworkView *self)
{
    if (!gtk_widget_get_mapped(GTK_WIDGET(self)))
        return;
    if (!self->is_asking) {
        self->is_asking = TRUE;
        n2_source_network_async(self->source, self->cancellable, on_network_cb,
                                g_object_ref(self));
    }
    if (!self->is_asking_status && self->n_asked % STATUS_EVERY == 0) {
        self->is_asking_status = TRUE;
        n2_source_status_async(self->source, self->cancellable, on_status_cb,
                               g_object_ref(self));
    }
    trace_next(self);
}

static gboolean
on_timer_cb(gpointer user_data)
{
    N2NetworkView *self = user_data;

    self->n_asked++;
    ask(self);
    return G_SOURCE_CONTINUE;
}

static void
n2_network_view_map(GtkWidget *widget)
{
    N2NetworkView *self = N2_NETWORK_VIEW(widget);

    GTK_WIDGET_CLASS(n2_network_view_parent_class)->map(widget);
    self->n_asked = 0;
    ask(self);
    if (!self->timer_id)
        self->timer_id = g_timeout_add_seconds(ASK_AGAIN_S, on_timer_cb, self);
}

static void
n2_network_view_unmap(GtkWidget *widget)
{
    g_clear_handle_id(&N2_NETWORK_VIEW(widget)->timer_id, g_source_remove);
    GTK_WIDGET_CLASS(n2_network_view_parent_class)->unmap(widget);
}

/* ---- life ---- */

static void
scroll_down(GtkScrolledWindow *scroll, gboolean scrolls)
{
    gtk_scrolled_window_set_policy(scroll, GTK_POLICY_NEVER,
                                   scrolls ? GTK_POLICY_AUTOMATIC : GTK_POLICY_NEVER);
}

static void
add_dot(N2NetworkView *self, const char *css_class, const char *words)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *dot = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    GtkWidget *label = gtk_label_new(words);

    gtk_widget_add_css_class(dot, "dot");
    gtk_widget_add_css_class(dot, css_class);
    gtk_widget_set_valign(dot, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(label, "caption");
    gtk_widget_add_css_class(label, "dim");
    gtk_box_append(GTK_BOX(box), dot);
    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(self->dots, box);
}

/* The sentence below the dots; these are cut only where large words leave no room at all. */
static void
set_legend_narrow(N2NetworkView *self, gboolean is_narrow)
{
    gtk_orientable_set_orientation(GTK_ORIENTABLE(self->legend),
                                   is_narrow ? GTK_ORIENTATION_VERTICAL
                                             : GTK_ORIENTATION_HORIZONTAL);
    gtk_box_set_spacing(self->legend, is_narrow ? 0 : gtk_box_get_spacing(self->dots));
    for (GtkWidget *entry = gtk_widget_get_first_child(GTK_WIDGET(self->dots)); entry;
         entry = gtk_widget_get_next_sibling(entry))
        gtk_label_set_ellipsize(GTK_LABEL(gtk_widget_get_last_child(entry)),
                                is_narrow ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
}

/* The lists beside the map, each of the two moved for itself; or below it, all as one. */
static void
on_narrow_cb(N2NetworkView *self)
{
    gboolean is_narrow = n2_adaptive_bin_get_narrow(self->root);

    scroll_down(self->all_scroll, is_narrow);
    scroll_down(self->map_scroll, !is_narrow);
    scroll_down(self->pane_scroll, !is_narrow);

    gtk_orientable_set_orientation(GTK_ORIENTABLE(self->split),
                                   is_narrow ? GTK_ORIENTATION_VERTICAL
                                             : GTK_ORIENTATION_HORIZONTAL);
    set_legend_narrow(self, is_narrow);
    gtk_widget_set_size_request(GTK_WIDGET(self->pane_scroll), is_narrow ? -1 : PANE_PX, -1);
}

static void
n2_network_view_dispose(GObject *object)
{
    N2NetworkView *self = N2_NETWORK_VIEW(object);
    GtkWidget *child = NULL;

    g_clear_handle_id(&self->timer_id, g_source_remove);
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    if (self->source)
        g_signal_handlers_disconnect_by_data(self->source, self);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_pointer(&self->delays, g_hash_table_unref);
    g_clear_pointer(&self->traced, g_free);
    g_clear_object(&self->network);
    g_clear_object(&self->cancellable);
    g_clear_object(&self->source);
    G_OBJECT_CLASS(n2_network_view_parent_class)->dispose(object);
}

static void
n2_network_view_class_init(N2NetworkViewClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_type_ensure(N2_TYPE_ADAPTIVE_BIN);
    g_type_ensure(N2_TYPE_NETWORK_LIST);
    g_type_ensure(N2_TYPE_WAY_MAP);
    G_OBJECT_CLASS(klass)->dispose = n2_network_view_dispose;
    widget_class->map = n2_network_view_map;
    widget_class->unmap = n2_network_view_unmap;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "networkview");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/network-view.ui");
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, root);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, split);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, title);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, words);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, all_scroll);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, map_scroll);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, map);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, legend);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, dots);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, pane_scroll);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, lines);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, reserved);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, avoided);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, casts);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, today);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, facts);
    gtk_widget_class_bind_template_callback(widget_class, on_narrow_cb);
    gtk_widget_class_install_action(widget_class, "network.avoid", "s", on_avoid_cb);
}

static void
n2_network_view_init(N2NetworkView *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    self->cancellable = g_cancellable_new();
    self->delays = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    add_dot(self, "acc", _("in use"));
    add_dot(self, "idle", _("known"));
    add_dot(self, "bad", _("jammed"));
    g_signal_connect_swapped(self->reserved, "pressed", G_CALLBACK(on_release_cb), self);
    g_signal_connect_swapped(self->avoided, "pressed", G_CALLBACK(on_allow_cb), self);
}

GtkWidget *
n2_network_view_new(N2Source *source)
{
    N2NetworkView *self = g_object_new(N2_TYPE_NETWORK_VIEW, NULL);

    self->source = g_object_ref(source);
    g_signal_connect_swapped(source, "changed", G_CALLBACK(ask), self);
    return GTK_WIDGET(self);
}
