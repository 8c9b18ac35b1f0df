/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * network-view.c - what the node does at the moment.
 */
#include "views/network-view.h"

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/words.h"

enum {
    ASK_AGAIN_S = 3 /* while the view is seen */
};

struct _N2NetworkView {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkLabel *title;
    GtkLabel *words;
    GtkWidget *details;
    GtkWidget *lines_head;
    GtkListBox *lines;
    GtkListBox *facts;

    N2Source *source;          /* owned */
    GCancellable *cancellable; /* owned; cancelled when the view goes */
    guint timer_id;
    gboolean is_asking;
};

G_DEFINE_FINAL_TYPE(N2NetworkView, n2_network_view, GTK_TYPE_WIDGET)

static GtkWidget *
make_row(GtkWidget *dot, const char *title, const char *subtitle, const char *value)
{
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *words = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    const char *const texts[] = {title, subtitle};

    if (dot)
        gtk_box_append(GTK_BOX(box), dot);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (!texts[i] || !*texts[i])
            continue;
        GtkWidget *label = gtk_label_new(texts[i]);
        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
        gtk_widget_set_tooltip_text(label, texts[i]);
        if (i > 0) {
            gtk_widget_add_css_class(label, "small");
            gtk_widget_add_css_class(label, "dim");
        }
        gtk_box_append(GTK_BOX(words), label);
    }
    gtk_widget_set_hexpand(words, TRUE);
    gtk_widget_set_valign(words, GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(box), words);
    GtkWidget *end = gtk_label_new(value);
    gtk_widget_add_css_class(end, "num");
    gtk_widget_add_css_class(end, "dim");
    gtk_label_set_ellipsize(GTK_LABEL(end), PANGO_ELLIPSIZE_MIDDLE);
    gtk_label_set_selectable(GTK_LABEL(end), TRUE);
    gtk_box_append(GTK_BOX(box), end);
    gtk_widget_add_css_class(box, "step");
    if (!subtitle)
        gtk_widget_add_css_class(box, "oneline");
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
    return row;
}

static void
empty(GtkListBox *list)
{
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(list))))
        gtk_list_box_remove(list, child);
}

static void
show_lines(N2NetworkView *self, N2Status *status)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(status->lines));

    empty(self->lines);
    gtk_widget_set_visible(self->lines_head, n > 0);
    gtk_widget_set_visible(GTK_WIDGET(self->lines), n > 0);
    for (guint i = 0; i < n; i++) {
        g_autoptr(N2Line) line = g_list_model_get_item(G_LIST_MODEL(status->lines), i);
        GtkWidget *dot = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
        g_autofree char *delay = n2_words_delay(line->rtt_us);
        g_autofree char *works =
            *delay ? g_strdup_printf(_("works, %s"), delay) : g_strdup(_("works"));
        const char *state = line->is_up        ? works
                            : line->is_opening ? _("being opened")
                            : line->is_self    ? _("leads back to this node")
                                               : _("silent");

        gtk_widget_add_css_class(dot, "dot");
        gtk_widget_add_css_class(dot, line->is_up ? "ok" : line->is_opening ? "idle" : "warn");
        gtk_widget_set_valign(dot, GTK_ALIGN_CENTER);
        gtk_list_box_append(self->lines,
                            make_row(dot, line->endpoint ? line->endpoint : _("A node"),
                                     line->identity, state));
    }
}

static void
add_fact(N2NetworkView *self, const char *title, const char *value)
{
    gtk_list_box_append(self->facts, make_row(NULL, title, NULL, value));
}

static void
show_facts(N2NetworkView *self, N2Status *status)
{
    g_autofree char *size = g_format_size(status->stored_bytes);
    g_autofree char *kept = g_strdup_printf(
        ngettext("%lu object, %s", "%lu objects, %s", (gulong)status->n_objects),
        (gulong)status->n_objects, size);
    g_autofree char *packets =
        status->dropped > 0 ? g_strdup_printf(_("%lu, of these %lu dropped"),
                                              (gulong)status->packets, (gulong)status->dropped)
                            : g_strdup_printf("%lu", (gulong)status->packets);
    g_autofree char *connections = g_strdup_printf("%u", status->n_connections);

    empty(self->facts);
    if (status->identity)
        add_fact(self, _("Your address"), status->identity);
    if (status->listeners)
        add_fact(self, _("Listens at"), status->listeners);
    add_fact(self, _("Connections"), connections);
    add_fact(self, _("Packets switched"), packets);
    add_fact(self, _("Kept here"), kept);
    if (status->version)
        add_fact(self, _("Version of the node"), status->version);
}

static void
on_status_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NetworkView) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Status) status = n2_source_status_finish(N2_SOURCE(source), result, &error);

    self->is_asking = FALSE;
    if (error && n2_error_code(error) == N2_ERR_CANCELLED)
        return;
    gtk_widget_set_visible(self->details, status != NULL);
    if (!status) {
        gtk_label_set_text(self->title, _("No node answers on this computer"));
        gtk_label_set_text(self->words, n2_error_peek_why(error));
        return;
    }
    g_autofree char *title = n2_words_network(status);
    gint64 now_us = g_get_real_time();
    g_autofree char *since =
        n2_words_time(now_us - (gint64)status->uptime_s * G_USEC_PER_SEC, now_us);
    /* Translators: %s is "Today 13:50", "Yesterday" or a date. */
    g_autofree char *words =
        g_strdup_printf(_("The node on this computer was started: %s"), since);
    gtk_label_set_text(self->title, title);
    gtk_label_set_text(self->words, words);
    show_lines(self, status);
    show_facts(self, status);
}

static void
ask(N2NetworkView *self)
{
    if (self->is_asking || !gtk_widget_get_mapped(GTK_WIDGET(self)))
        return;
    self->is_asking = TRUE;
    n2_source_status_async(self->source, self->cancellable, on_status_cb, g_object_ref(self));
}

static gboolean
on_timer_cb(gpointer user_data)
{
    ask(user_data);
    return G_SOURCE_CONTINUE;
}

static void
n2_network_view_map(GtkWidget *widget)
{
    N2NetworkView *self = N2_NETWORK_VIEW(widget);

    GTK_WIDGET_CLASS(n2_network_view_parent_class)->map(widget);
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
    g_clear_object(&self->cancellable);
    g_clear_object(&self->source);
    G_OBJECT_CLASS(n2_network_view_parent_class)->dispose(object);
}

static void
n2_network_view_class_init(N2NetworkViewClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_network_view_dispose;
    widget_class->map = n2_network_view_map;
    widget_class->unmap = n2_network_view_unmap;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "networkview");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/network-view.ui");
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, title);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, words);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, details);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, lines_head);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, lines);
    gtk_widget_class_bind_template_child(widget_class, N2NetworkView, facts);
}

static void
n2_network_view_init(N2NetworkView *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    self->cancellable = g_cancellable_new();
}

GtkWidget *
n2_network_view_new(N2Source *source)
{
    N2NetworkView *self = g_object_new(N2_TYPE_NETWORK_VIEW, NULL);

    self->source = g_object_ref(source);
    g_signal_connect_swapped(source, "changed", G_CALLBACK(ask), self);
    return GTK_WIDGET(self);
}
