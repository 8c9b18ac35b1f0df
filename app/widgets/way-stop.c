/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * way-stop.c - one stop on the map of the ways.
 */
#include "widgets/way-stop.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/rate.h"
#include "model/words.h"

enum {
    NAME_CHARS = 14, /* below a circle */
    PADDING_PX = 12, /* of a label, both sides: style.css */
    FACT_CHARS = 34
};

struct _N2WayStop {
    GtkWidget parent_instance;

    GtkMenuButton *button; /* owned by its parent, as all below */
    GtkBox *all;
    GtkWidget *circle;
    GtkBox *words;
    GtkImage *icon;
    GtkLabel *title;
    GtkLabel *detail;
    GtkGrid *facts; /* weak (nullable): of the popover that was opened last */

    N2Network *network; /* owned (nullable) */
    guint at;
};

G_DEFINE_FINAL_TYPE(N2WayStop, n2_way_stop, GTK_TYPE_WIDGET)

static const char *
icon_of(N2WaypointKind kind)
{
    switch (kind) {
    case N2_WAYPOINT_HERE:
        return "go-home-symbolic";
    case N2_WAYPOINT_SWITCH:
        return "net2o-switch-symbolic";
    case N2_WAYPOINT_PLACE:
        return "text-x-generic-symbolic";
    case N2_WAYPOINT_COMPUTER:
    case N2_WAYPOINT_ASLEEP:
        break;
    }
    return "computer-symbolic";
}

/* ---- what it tells when it is pressed ---- */

/* Both labels of a new row; the left one says @name. */
static void
attach_fact(GtkGrid *grid, const char *name, int row)
{
    GtkWidget *left = gtk_label_new(name);
    GtkWidget *right = gtk_label_new(NULL);

    gtk_label_set_xalign(GTK_LABEL(left), 0);
    gtk_label_set_xalign(GTK_LABEL(right), 0);
    gtk_label_set_ellipsize(GTK_LABEL(right), PANGO_ELLIPSIZE_MIDDLE);
    gtk_label_set_max_width_chars(GTK_LABEL(right), FACT_CHARS);
    gtk_label_set_selectable(GTK_LABEL(right), TRUE);
    gtk_widget_add_css_class(left, "small");
    gtk_widget_add_css_class(left, "dim");
    gtk_widget_add_css_class(right, "small");
    gtk_widget_add_css_class(right, "num");
    gtk_grid_attach(grid, left, 0, row, 1, 1);
    gtk_grid_attach(grid, right, 1, row, 1, 1);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(right), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                   left, NULL, -1);
}

/* In the row of this name, which is made for the first value. */
static void
add_fact(GtkGrid *grid, const char *name, const char *value)
{
    GtkWidget *left = NULL, *right = NULL;
    int row = 0;

    if (!value || !*value)
        return;
    while ((left = gtk_grid_get_child_at(grid, 0, row)) &&
           !g_str_equal(gtk_label_get_text(GTK_LABEL(left)), name))
        row++;
    if (!left)
        attach_fact(grid, name, row);
    gtk_widget_set_visible(gtk_grid_get_child_at(grid, 0, row), TRUE);
    right = gtk_grid_get_child_at(grid, 1, row);
    gtk_widget_set_visible(right, TRUE);
    if (g_str_equal(gtk_label_get_text(GTK_LABEL(right)), value))
        return; /* what is selected stays so */
    gtk_label_set_text(GTK_LABEL(right), value);
    gtk_widget_set_tooltip_text(right, value);
}

static void
add_rate(GtkGrid *grid, const char *name, guint64 bps)
{
    g_autofree char *rate = bps ? n2_rate_dup_words(bps) : NULL;

    add_fact(grid, name, rate);
}

static void
add_line_facts(GtkGrid *grid, const N2Waypoint *p)
{
    g_autofree char *port = p->port ? g_strdup_printf("%u", p->port) : NULL;
    g_autofree char *waits = p->queue_us ? n2_words_delay((gint64)p->queue_us) : NULL;
    g_autofree char *dropped =
        p->n_dropped ? g_strdup_printf("%" G_GUINT64_FORMAT, p->n_dropped) : NULL;

    add_fact(grid, _("Own port"), port);
    if (p->port && !p->rate_bps && p->line != N2_WAY_ASLEEP)
        add_fact(grid, _("Line"), _("rate not known"));
    add_rate(grid, _("Line"), p->rate_bps);
    add_rate(grid, _("Comes in"), p->in_bps);
    add_rate(grid, _("Goes out"), p->out_bps);
    add_rate(grid, _("Reserved"), p->reserved_bps);
    add_fact(grid, _("Waits"), waits);
    add_fact(grid, _("Dropped"), dropped);
}

static void
add_count(GtkGrid *grid, const char *name, guint64 n)
{
    g_autofree char *text = n ? g_strdup_printf("%" G_GUINT64_FORMAT, n) : NULL;

    add_fact(grid, name, text);
}

/* Of our own switch. */
static void
add_switch_facts(GtkGrid *grid, const N2Network *network)
{
    g_autofree char *lines = g_strdup_printf("%u", n2_network_count_lines(network, NULL));

    add_fact(grid, _("Lines"), lines);
    add_count(grid, _("Packets passed on"), network->n_forwarded);
    add_count(grid, _("Rules of the filter"), network->n_rules);
    add_count(grid, _("Virtual labels"), network->n_labels);
    add_count(grid, _("Multicast trees"), network->n_trees);
    add_count(grid, _("Broadcast channels"), network->n_channels);
}

/* Rows that have no value any more are hidden. */
static void
show_facts(GtkGrid *grid, const N2Network *network, const N2Waypoint *p)
{
    g_autofree char *delay = n2_words_delay(p->rtt_us);
    g_autofree char *identity = p->address ? g_strndup(p->address + strlen("net2o://"),
                                                       strlen(p->address) - strlen("net2o:///"))
                                           : NULL;

    for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(grid)); child;
         child = gtk_widget_get_next_sibling(child))
        gtk_widget_set_visible(child, FALSE);
    add_fact(grid, _("Identity"), identity);
    add_fact(grid, _("Where"), p->where);
    add_fact(grid, _("Path"), p->key);
    add_fact(grid, _("Delay"), delay);
    if (p->kind == N2_WAYPOINT_HERE)
        add_switch_facts(grid, network);
    else
        add_line_facts(grid, p);
}

static GtkWidget *
make_facts(N2WayStop *self, const N2Waypoint *p)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *title = gtk_label_new(p->title);
    GtkWidget *grid = gtk_grid_new();

    gtk_widget_add_css_class(title, "heading");
    gtk_label_set_ellipsize(GTK_LABEL(title), PANGO_ELLIPSIZE_END);
    gtk_label_set_max_width_chars(GTK_LABEL(title), FACT_CHARS);
    gtk_label_set_xalign(GTK_LABEL(title), 0);
    gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
    gtk_grid_set_row_spacing(GTK_GRID(grid), 6);
    g_set_weak_pointer(&self->facts, GTK_GRID(grid));
    show_facts(self->facts, self->network, p);
    gtk_box_append(GTK_BOX(box), title);
    gtk_box_append(GTK_BOX(box), grid);
    if (p->address) {
        GtkWidget *open = gtk_button_new_with_label(_("Open"));

        gtk_actionable_set_action_target(GTK_ACTIONABLE(open), "s", p->address);
        gtk_actionable_set_action_name(GTK_ACTIONABLE(open), "win.open-in-tab");
        gtk_widget_set_halign(open, GTK_ALIGN_START);
        gtk_box_append(GTK_BOX(box), open);
    }
    if (p->avoid && !n2_network_is_avoided(self->network, p->avoid)) {
        GtkWidget *avoid = gtk_button_new_with_label(_("Avoid"));

        gtk_actionable_set_action_target(GTK_ACTIONABLE(avoid), "s", p->avoid);
        gtk_actionable_set_action_name(GTK_ACTIONABLE(avoid), "network.avoid");
        gtk_widget_set_tooltip_text(avoid, _("No way of yours leads through it any more"));
        gtk_widget_set_halign(avoid, GTK_ALIGN_START);
        gtk_box_append(GTK_BOX(box), avoid);
    }
    return box;
}

static void
fill_popover_cb(GtkMenuButton *button, gpointer user_data)
{
    N2WayStop *self = user_data;
    GtkWidget *popover = gtk_popover_new();

    gtk_popover_set_child(GTK_POPOVER(popover),
                          make_facts(self, n2_network_point(self->network, self->at)));
    gtk_widget_add_css_class(popover, "wayfacts");
    gtk_menu_button_set_popover(button, popover);
}

/* ---- the stop ---- */

static void
set_class(GtkWidget *widget, const char *name, gboolean has)
{
    if (has)
        gtk_widget_add_css_class(widget, name);
    else
        gtk_widget_remove_css_class(widget, name);
}

/* Most say each second what they said before; only what is new is told on. */
static void
describe(N2WayStop *self, const char *words)
{
    if (g_strcmp0(gtk_widget_get_tooltip_text(GTK_WIDGET(self->button)), words) == 0)
        return;
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->button), words);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   words, -1);
}

void
n2_way_stop_show(N2WayStop *self, N2Network *network, guint i)
{
    const N2Waypoint *p = n2_network_point(network, i);
    g_autofree char *delay = n2_words_delay(p->rtt_us);
    g_autofree char *description = n2_network_dup_description(network, p);
    const char *detail = p->kind == N2_WAYPOINT_ASLEEP ? _("asleep") : delay;

    g_set_object(&self->network, network);
    self->at = i;
    if (g_strcmp0(gtk_image_get_icon_name(self->icon), icon_of(p->kind)) != 0)
        gtk_image_set_from_icon_name(self->icon, icon_of(p->kind));
    gtk_label_set_text(self->title, p->title);
    gtk_label_set_text(self->detail, detail);
    gtk_widget_set_visible(GTK_WIDGET(self->detail), *detail != '\0');
    set_class(self->circle, "me", p->kind == N2_WAYPOINT_HERE);
    set_class(self->circle, "asleep", p->kind == N2_WAYPOINT_ASLEEP);
    describe(self, description);
    if (self->facts && gtk_widget_get_mapped(GTK_WIDGET(self->facts)))
        show_facts(self->facts, network, p);
}

/* Beside the circle there may be room for all of a name. */
static void
place_label(GtkLabel *label, gboolean is_beside)
{
    gtk_widget_set_halign(GTK_WIDGET(label), is_beside ? GTK_ALIGN_START : GTK_ALIGN_CENTER);
    gtk_label_set_max_width_chars(label, is_beside ? -1 : NAME_CHARS);
}

void
n2_way_stop_set_beside(N2WayStop *self, gboolean is_beside)
{
    gtk_orientable_set_orientation(GTK_ORIENTABLE(self->all), is_beside
                                                                  ? GTK_ORIENTATION_HORIZONTAL
                                                                  : GTK_ORIENTATION_VERTICAL);
    gtk_widget_set_valign(GTK_WIDGET(self->words),
                          is_beside ? GTK_ALIGN_CENTER : GTK_ALIGN_FILL);
    set_class(GTK_WIDGET(self), "beside", is_beside);
    place_label(self->title, is_beside);
    place_label(self->detail, is_beside);
}

/* As wide as the label is, or so many characters as it shows below the circle. */
static int
measure_below(GtkLabel *label)
{
    PangoContext *context = gtk_widget_get_pango_context(GTK_WIDGET(label));
    PangoFontMetrics *metrics = pango_context_get_metrics(context, NULL, NULL);
    int one = MAX(pango_font_metrics_get_approximate_char_width(metrics),
                  pango_font_metrics_get_approximate_digit_width(metrics));
    int natural = 0;

    pango_font_metrics_unref(metrics);
    gtk_widget_measure(GTK_WIDGET(label), GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL,
                       NULL);
    return MIN(natural, PANGO_PIXELS(NAME_CHARS * one) + PADDING_PX);
}

int
n2_way_stop_measure_below(N2WayStop *self)
{
    gboolean has_detail = gtk_widget_get_visible(GTK_WIDGET(self->detail));
    int words = MAX(measure_below(self->title), has_detail ? measure_below(self->detail) : 0);

    return MAX(words, N2_WAY_CIRCLE_PX);
}

static GtkLabel *
make_label(GtkBox *box, const char *const *classes)
{
    GtkWidget *label = gtk_label_new(NULL);

    for (gsize i = 0; classes[i]; i++)
        gtk_widget_add_css_class(label, classes[i]);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_box_append(box, label);
    return GTK_LABEL(label);
}

static void
n2_way_stop_init(N2WayStop *self)
{
    self->all = GTK_BOX(gtk_box_new(GTK_ORIENTATION_VERTICAL, 0));
    self->words = GTK_BOX(gtk_box_new(GTK_ORIENTATION_VERTICAL, 0));
    self->button = GTK_MENU_BUTTON(gtk_menu_button_new());
    self->circle = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    self->icon = GTK_IMAGE(gtk_image_new());
    gtk_image_set_pixel_size(self->icon, 18);
    gtk_widget_set_hexpand(GTK_WIDGET(self->icon), TRUE);
    gtk_widget_set_halign(self->circle, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(self->circle, GTK_ALIGN_CENTER);
    gtk_widget_set_size_request(self->circle, N2_WAY_CIRCLE_PX, N2_WAY_CIRCLE_PX);
    gtk_widget_add_css_class(self->circle, "mapnode");
    gtk_box_append(GTK_BOX(self->circle), GTK_WIDGET(self->icon));
    gtk_box_append(self->all, self->circle);
    gtk_box_append(self->all, GTK_WIDGET(self->words));
    self->title = make_label(self->words, (const char *[]){"maplab", "small", "heading", NULL});
    self->detail = make_label(self->words, (const char *[]){"maplab", "caption", "num", NULL});
    gtk_menu_button_set_child(self->button, GTK_WIDGET(self->all));
    gtk_menu_button_set_has_frame(self->button, FALSE);
    gtk_menu_button_set_create_popup_func(self->button, fill_popover_cb, self, NULL);
    gtk_widget_set_parent(GTK_WIDGET(self->button), GTK_WIDGET(self));
    n2_way_stop_set_beside(self, FALSE);
}

static void
n2_way_stop_dispose(GObject *object)
{
    N2WayStop *self = N2_WAY_STOP(object);
    GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self));

    if (child)
        gtk_widget_unparent(child);
    g_clear_weak_pointer(&self->facts);
    g_clear_object(&self->network);
    G_OBJECT_CLASS(n2_way_stop_parent_class)->dispose(object);
}

static void
n2_way_stop_class_init(N2WayStopClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_way_stop_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "waystop");
}

GtkWidget *
n2_way_stop_new(void)
{
    return g_object_new(N2_TYPE_WAY_STOP, NULL);
}
