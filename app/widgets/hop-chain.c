/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hop-chain.c - the way to a place, drawn.
 */
#include "widgets/hop-chain.h"

#include <glib/gi18n.h>

#include "model/place.h"
#include "model/words.h"

struct _N2HopChain {
    GtkWidget parent_instance;

    GListModel *hops; /* owned; NULL: nothing to draw */
    gboolean is_rail;
};

G_DEFINE_FINAL_TYPE(N2HopChain, n2_hop_chain, GTK_TYPE_WIDGET)

enum {
    PROP_RAIL = 1,
    N_PROPS
};

static GParamSpec *props[N_PROPS];

static const char *
state_words(const N2Hop *hop)
{
    switch (hop->state) {
    case N2_HOP_HERE:
    case N2_HOP_ANSWERS:
        return _("works");
    case N2_HOP_SILENT:
        return _("silent");
    case N2_HOP_BEYOND:
        return _("can’t be reached");
    }
    return "";
}

static const char *
hop_icon(const N2Hop *hop)
{
    if (hop->is_end)
        return "text-x-generic-symbolic";
    return hop->state == N2_HOP_HERE ? "go-home-symbolic" : "net2o-switch-symbolic";
}

static GtkWidget *
make_label(const char *text, const char *const *classes)
{
    GtkWidget *label = gtk_label_new(text);

    for (gsize i = 0; classes[i]; i++)
        gtk_widget_add_css_class(label, classes[i]);
    return label;
}

/* ---- a row of circles ---- */

/* Half of the line between two stops; the ends of the way have an invisible one. */
static GtkWidget *
make_line(gboolean is_seen, gboolean is_broken)
{
    GtkWidget *line = gtk_separator_new(GTK_ORIENTATION_HORIZONTAL);

    gtk_widget_add_css_class(line, "hopline");
    if (is_broken)
        gtk_widget_add_css_class(line, "broken");
    gtk_widget_set_opacity(line, is_seen ? 1 : 0);
    gtk_widget_set_valign(line, GTK_ALIGN_CENTER);
    gtk_widget_set_hexpand(line, TRUE);
    gtk_accessible_update_state(GTK_ACCESSIBLE(line), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
    return line;
}

static GtkWidget *
make_circle(const N2Hop *hop)
{
    GtkWidget *circle = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    GtkWidget *icon = gtk_image_new_from_icon_name(hop_icon(hop));

    gtk_widget_set_hexpand(icon, TRUE);
    gtk_box_append(GTK_BOX(circle), icon);
    gtk_widget_set_hexpand(circle, FALSE);
    gtk_widget_add_css_class(circle, "hop");
    if (hop->state == N2_HOP_SILENT)
        gtk_widget_add_css_class(circle, "bad");
    if (hop->state == N2_HOP_BEYOND)
        gtk_widget_add_css_class(circle, "off");
    return circle;
}

/* @next: (nullable): the stop behind this one. */
static GtkWidget *
make_stop(const N2Hop *hop, gboolean is_first, const N2Hop *next)
{
    GtkWidget *stop = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *drawing = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 2);
    GtkWidget *title = make_label(hop->title, (const char *[]){"heading", "small", NULL});
    GtkWidget *state =
        make_label(state_words(hop), (const char *[]){"caption", "hop-state", NULL});

    gtk_box_append(GTK_BOX(drawing), make_line(!is_first, hop->state >= N2_HOP_SILENT));
    gtk_box_append(GTK_BOX(drawing), make_circle(hop));
    gtk_box_append(GTK_BOX(drawing),
                   make_line(next != NULL, next && next->state >= N2_HOP_SILENT));
    gtk_widget_set_margin_bottom(drawing, 6);
    gtk_widget_set_size_request(stop, 116, -1);
    gtk_label_set_ellipsize(GTK_LABEL(title), PANGO_ELLIPSIZE_END);
    gtk_label_set_max_width_chars(GTK_LABEL(title), 14);
    gtk_widget_set_tooltip_text(title, hop->title);
    gtk_widget_add_css_class(state, hop->state == N2_HOP_SILENT ? "error" : "dim");
    gtk_box_append(GTK_BOX(stop), drawing);
    gtk_box_append(GTK_BOX(stop), title);
    gtk_box_append(GTK_BOX(stop), state);
    return stop;
}

/* ---- a rail of dots ---- */

static GtkWidget *
make_rail_stop(const N2Hop *hop, gboolean is_first, gboolean is_last)
{
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    GtkWidget *rail = gtk_overlay_new();
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *dot = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *title = gtk_label_new(hop->title);
    g_autofree char *delay = hop->state == N2_HOP_ANSWERS ? n2_words_delay(hop->delay_us)
                             : hop->state == N2_HOP_HERE  ? g_strdup("")
                                                          : g_strdup(state_words(hop));
    GtkWidget *end = make_label(delay, (const char *[]){"small", "num", NULL});

    gtk_widget_add_css_class(line, "rail");
    gtk_widget_set_halign(line, GTK_ALIGN_CENTER);
    gtk_widget_set_size_request(line, 2, 27);
    if (is_first)
        gtk_widget_set_margin_top(line, 13);
    if (is_last)
        gtk_widget_set_margin_bottom(line, 13);
    gtk_widget_set_size_request(rail, 16, 27);
    gtk_overlay_set_child(GTK_OVERLAY(rail), line);
    gtk_widget_add_css_class(dot, "dot");
    gtk_widget_add_css_class(dot, hop->state == N2_HOP_SILENT ? "bad"
                                  : is_first || is_last       ? "acc"
                                                              : "stop");
    gtk_widget_set_halign(dot, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(dot, GTK_ALIGN_CENTER);
    gtk_overlay_add_overlay(GTK_OVERLAY(rail), dot);
    gtk_widget_set_margin_end(rail, 12);
    gtk_widget_set_margin_start(end, 18);
    if (is_first || is_last)
        gtk_widget_add_css_class(title, "heading");
    gtk_label_set_xalign(GTK_LABEL(title), 0);
    gtk_label_set_ellipsize(GTK_LABEL(title), PANGO_ELLIPSIZE_END);
    gtk_widget_set_tooltip_text(title, hop->title);
    gtk_widget_set_hexpand(title, TRUE);
    gtk_widget_add_css_class(end, hop->state == N2_HOP_SILENT ? "error" : "dim");
    gtk_box_append(GTK_BOX(row), rail);
    gtk_box_append(GTK_BOX(row), title);
    gtk_box_append(GTK_BOX(row), end);
    return row;
}

static void
rebuild(N2HopChain *self)
{
    GtkWidget *widget = GTK_WIDGET(self);
    GtkLayoutManager *layout = gtk_widget_get_layout_manager(widget);
    GtkWidget *child = NULL;
    guint n = self->hops ? g_list_model_get_n_items(self->hops) : 0;

    while ((child = gtk_widget_get_first_child(widget)))
        gtk_widget_unparent(child);
    gtk_orientable_set_orientation(GTK_ORIENTABLE(layout), self->is_rail
                                                               ? GTK_ORIENTATION_VERTICAL
                                                               : GTK_ORIENTATION_HORIZONTAL);
    for (guint i = 0; i < n; i++) {
        g_autoptr(N2Hop) hop = g_list_model_get_item(self->hops, i);
        g_autoptr(N2Hop) next = g_list_model_get_item(self->hops, i + 1);

        gtk_widget_set_parent(self->is_rail ? make_rail_stop(hop, i == 0, !next)
                                            : make_stop(hop, i == 0, next),
                              widget);
    }
}

void
n2_hop_chain_set_hops(N2HopChain *self, GListModel *hops)
{
    g_return_if_fail(N2_IS_HOP_CHAIN(self));

    if (g_set_object(&self->hops, hops))
        rebuild(self);
}

static void
n2_hop_chain_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_RAIL)
        g_value_set_boolean(value, N2_HOP_CHAIN(object)->is_rail);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_hop_chain_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    N2HopChain *self = N2_HOP_CHAIN(object);

    if (id != PROP_RAIL) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    if (self->is_rail == g_value_get_boolean(value))
        return;
    self->is_rail = g_value_get_boolean(value);
    rebuild(self);
}

static void
n2_hop_chain_dispose(GObject *object)
{
    N2HopChain *self = N2_HOP_CHAIN(object);
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->hops);
    G_OBJECT_CLASS(n2_hop_chain_parent_class)->dispose(object);
}

static void
n2_hop_chain_class_init(N2HopChainClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_hop_chain_get_property;
    object_class->set_property = n2_hop_chain_set_property;
    object_class->dispose = n2_hop_chain_dispose;
    props[PROP_RAIL] = g_param_spec_boolean("rail", NULL, NULL, FALSE,
                                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BOX_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "hopchain");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
n2_hop_chain_init(N2HopChain *self)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("The way"), -1);
}

GtkWidget *
n2_hop_chain_new(void)
{
    return g_object_new(N2_TYPE_HOP_CHAIN, NULL);
}
