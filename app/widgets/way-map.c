/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * way-map.c - the ways that the node knows as a map.
 */
#include "widgets/way-map.h"

#include <glib/gi18n.h>

#include "client/rate.h"
#include "model/map-layout.h"
#include "widgets/way-lines.h"
#include "widgets/way-stop.h"

enum {
    AROUND_PX = 12, /* between two stops' words, and to the edge */
    ROW_GAP_PX = 6, /* at least; rows spread where there is room */
    RADIUS_PX = N2_WAY_CIRCLE_PX / 2,
    COLUMN_MIN_PX = 104,
    ACROSS_STOPS = 12, /* of more the middle one, which is this computer, is far out of sight */
    /* Each stop in a row of its own: */
    INDENT_PX = 48,
    WORDS_PX = 96, /* beside a circle, at least */
    MARGIN_PX = 4,
    BESIDE_PX = 8, /* between a circle and its words */
    DOWN_PX = 2 * MARGIN_PX + N2_WAY_CIRCLE_PX + WORDS_PX
};

#define PILL_PART .55  /* of a line, from its beginning */
#define SAME_LOAD .005 /* a difference that nobody sees */

/* What belongs to one point. */
typedef struct {
    N2WayStop *stop;     /* a child of the map, as the pills */
    GtkWidget *jam;      /* (nullable) */
    GtkWidget *reserved; /* (nullable) */
} item;

struct _N2WayMap {
    GtkWidget parent_instance;

    N2Network *network; /* owned (nullable) */
    GHashTable *items;  /* owned: key of a point to item */
    n2_map_spot *spots; /* owned: of each point, as allocated; already mirrored */
    int pill_px;        /* of the widest pill that was ever here */
    gboolean is_down;   /* each stop in a row of its own, as a tree across has no room */
    guint turn_id;      /* the next frame changes that */
};

G_DEFINE_FINAL_TYPE(N2WayMap, n2_way_map, GTK_TYPE_WIDGET)

/* ---- pills on lines ---- */

static GtkWidget *
make_pill(N2WayMap *self, const char *css_class, const char *icon)
{
    GtkWidget *pill = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);

    if (icon)
        gtk_box_append(GTK_BOX(pill), gtk_image_new_from_icon_name(icon));
    GtkWidget *label = gtk_label_new(NULL);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_box_append(GTK_BOX(pill), label);
    gtk_widget_add_css_class(pill, css_class);
    gtk_widget_set_can_target(pill, FALSE);
    gtk_widget_set_parent(pill, GTK_WIDGET(self));
    return pill;
}

/* Shows, changes or takes away; @words: (nullable): NULL takes away. */
static void
set_pill(N2WayMap *self,
         GtkWidget **pill,
         const char *css_class,
         const char *icon,
         const char *words)
{
    if (!words) {
        g_clear_pointer(pill, gtk_widget_unparent);
        return;
    }
    if (!*pill)
        *pill = make_pill(self, css_class, icon);
    gtk_label_set_text(GTK_LABEL(gtk_widget_get_last_child(*pill)), words);
}

static void
show_pills(N2WayMap *self, item *it, const N2Waypoint *p)
{
    double load = n2_waypoint_load(p);
    g_autofree char *full = p->line != N2_WAY_JAMMED ? NULL
                            : !n2_waypoint_is_full(p)
                                ? g_strdup(_("jammed"))
                                : g_strdup_printf(_("%u %% full"), (guint)(load * 100 + .5));
    g_autofree char *rate = n2_rate_dup_words(p->reserved_bps);
    g_autofree char *reserved =
        p->reserved_bps ? g_strdup_printf(_("%s reserved"), rate) : NULL;

    set_pill(self, &it->jam, "jampill", "dialog-warning-symbolic", full);
    set_pill(self, &it->reserved, "respill", NULL, reserved);
}

/* ---- stops ---- */

static void
free_item(gpointer data)
{
    item *it = data;

    gtk_widget_unparent(GTK_WIDGET(it->stop));
    g_clear_pointer(&it->jam, gtk_widget_unparent);
    g_clear_pointer(&it->reserved, gtk_widget_unparent);
    g_free(it);
}

static gboolean
is_gone_cb(gpointer key, gpointer value, gpointer user_data)
{
    (void)value;
    return n2_network_find(user_data, key) == NULL;
}

/* Do the same stops stand in the same order? */
static gboolean
has_same_stops(const N2Network *a, const N2Network *b)
{
    gboolean is_same = a->points->len == b->points->len;

    for (guint i = 0; is_same && i < a->points->len; i++)
        is_same = g_str_equal(n2_network_point(a, i)->key, n2_network_point(b, i)->key);
    return is_same;
}

/* Of the same stops: do lines look the same? */
static gboolean
has_same_lines(const N2Network *a, const N2Network *b)
{
    gboolean is_same = TRUE;

    for (guint i = 0; is_same && i < a->points->len; i++) {
        const N2Waypoint *p = n2_network_point(a, i), *q = n2_network_point(b, i);
        double change = n2_waypoint_load(p) - n2_waypoint_load(q);
        is_same = p->line == q->line && ABS(change) < SAME_LOAD;
    }
    return is_same;
}

/* Lays out and draws again only what is new: a map of hundreds of idle lines costs nothing.
 * What changes in stops and pills, they tell by themselves. */
static void
take_network(N2WayMap *self, N2Network *network)
{
    if (!self->network || !has_same_stops(self->network, network)) {
        g_clear_pointer(&self->spots, g_free); /* of other stops; a frame brings new ones */
        gtk_widget_queue_resize(GTK_WIDGET(self));
    } else if (!has_same_lines(self->network, network)) {
        gtk_widget_queue_draw(GTK_WIDGET(self));
    }
    g_set_object(&self->network, network);
}

void
n2_way_map_set_network(N2WayMap *self, N2Network *network)
{
    g_return_if_fail(N2_IS_WAY_MAP(self));

    take_network(self, network);
    g_hash_table_foreach_remove(self->items, is_gone_cb, network);
    for (guint i = 0; i < network->points->len; i++) {
        const N2Waypoint *p = n2_network_point(network, i);
        item *it = g_hash_table_lookup(self->items, p->key);
        if (!it) {
            it = g_new0(item, 1);
            it->stop = N2_WAY_STOP(n2_way_stop_new());
            n2_way_stop_set_beside(it->stop, self->is_down);
            gtk_widget_set_parent(GTK_WIDGET(it->stop), GTK_WIDGET(self));
            g_hash_table_insert(self->items, g_strdup(p->key), it);
        }
        n2_way_stop_show(it->stop, network, i);
        show_pills(self, it, p);
    }
}

/* ---- where all of it stands ---- */

static void
natural_size(GtkWidget *widget, int *width, int *height)
{
    GtkRequisition size;

    gtk_widget_get_preferred_size(widget, NULL, &size);
    *width = size.width;
    *height = size.height;
}

/* What a tree across takes, however the map stands now.  Room for a pill that was there once is
 * kept, so that a jam which comes and goes moves nothing. */
static n2_map_measure
measure_across(N2WayMap *self)
{
    int width = N2_WAY_CIRCLE_PX, height = N2_WAY_CIRCLE_PX;
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, self->items);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const item *it = value;
        GtkWidget *const pills[] = {it->jam, it->reserved};
        int w = 0, h = 0;
        natural_size(GTK_WIDGET(it->stop), &w, &h);
        width = MAX(width, n2_way_stop_measure_below(it->stop));
        height = MAX(height, h);
        for (gsize i = 0; i < G_N_ELEMENTS(pills); i++) {
            if (pills[i])
                natural_size(pills[i], &w, &h);
            self->pill_px = pills[i] ? MAX(self->pill_px, w) : self->pill_px;
        }
    }
    int between = MAX(self->pill_px + N2_WAY_CIRCLE_PX + AROUND_PX, COLUMN_MIN_PX);
    return (n2_map_measure){.column_px = MAX(width + AROUND_PX, between),
                            .row_px = height + ROW_GAP_PX,
                            .margin_x = width / 2 + AROUND_PX,
                            .margin_y = RADIUS_PX + AROUND_PX,
                            .label_px = height - N2_WAY_CIRCLE_PX};
}

static int
height_of(GtkWidget *widget)
{
    int width = 0, height = 0;

    if (widget)
        natural_size(widget, &width, &height);
    return height;
}

/* Pills stand below the words then. Returns: height of all; @spots: (out). */
static int
lay_down(N2WayMap *self, int width, n2_map_spot *spots)
{
    const n2_map_rows m = {.indent_px = INDENT_PX,
                           .words_px = WORDS_PX,
                           .radius_px = RADIUS_PX,
                           .margin_px = MARGIN_PX};
    guint n = self->network->points->len;
    g_autofree int *stops = g_new0(int, n);
    g_autofree int *rows = g_new0(int, n);

    for (guint i = 0; i < n; i++) {
        const item *it =
            g_hash_table_lookup(self->items, n2_network_point(self->network, i)->key);
        stops[i] = height_of(GTK_WIDGET(it->stop));
        rows[i] = stops[i] + height_of(it->jam) + height_of(it->reserved) + ROW_GAP_PX;
    }
    int height = n2_map_lay_down(self->network, &m, rows, width, spots);
    for (guint i = 0; i < n; i++)
        spots[i].y += stops[i] / 2 - RADIUS_PX; /* large words are higher than the circle */
    return height;
}

static void
n2_way_map_measure(GtkWidget *widget,
                   GtkOrientation orientation,
                   int for_size,
                   int *minimum,
                   int *natural,
                   int *minimum_baseline,
                   int *natural_baseline)
{
    N2WayMap *self = N2_WAY_MAP(widget);
    int width = 0, height = 0;

    (void)for_size; /* heights are the same for each width, until the map turns */
    if (self->network) {
        n2_map_measure m = measure_across(self);
        n2_map_size(self->network, &m, &width, &height);
        if (self->is_down) {
            g_autofree n2_map_spot *spots = g_new0(n2_map_spot, self->network->points->len);
            height = lay_down(self, DOWN_PX, spots);
        }
    }
    *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? MIN(width, DOWN_PX) : height;
    *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? width : height;
    *minimum_baseline = *natural_baseline = -1;
}

static void
allocate_at(GtkWidget *widget, int x, int y, int width)
{
    int natural = 0, height = 0;

    natural_size(widget, &natural, &height);
    gtk_widget_size_allocate(
        widget, &(GtkAllocation){.x = x, .y = y, .width = width, .height = height}, -1);
}

/* Where a pill stands on the line: nearer to its end, where lines are farther apart. */
static void
on_line(const n2_map_spot *from, const n2_map_spot *to, n2_map_spot *out)
{
    const double t = PILL_PART, s = 1 - t;
    double middle = (from->x + to->x) / 2.0;

    out->x = (int)(s * s * s * from->x + 3 * s * s * t * middle + 3 * s * t * t * middle +
                   t * t * t * to->x);
    out->y = (int)((s * s * s + 3 * s * s * t) * from->y + (3 * s * t * t + t * t * t) * to->y);
}

static void
allocate_pills(const item *it, int x, int y)
{
    GtkWidget *const pills[] = {it->jam, it->reserved};
    int total = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(pills); i++) {
        int w = 0, h = 0;
        if (pills[i])
            natural_size(pills[i], &w, &h);
        total += h;
    }
    y -= total / 2;
    for (gsize i = 0; i < G_N_ELEMENTS(pills); i++) {
        int w = 0, h = 0;
        if (!pills[i])
            continue;
        natural_size(pills[i], &w, &h);
        allocate_at(pills[i], x - w / 2, y, w);
        y += h;
    }
}

static void
allocate_across(N2WayMap *self, const n2_map_measure *m, int width, int height)
{
    gboolean is_mirrored = gtk_widget_get_direction(GTK_WIDGET(self)) == GTK_TEXT_DIR_RTL;

    n2_map_lay_out(self->network, m, width, height, self->spots);
    for (guint i = 0; i < self->network->points->len; i++) {
        const N2Waypoint *p = n2_network_point(self->network, i);
        const item *it = g_hash_table_lookup(self->items, p->key);
        n2_map_spot *spot = &self->spots[i];
        n2_map_spot pill;
        int w = 0, h = 0;
        if (is_mirrored)
            spot->x = width - spot->x;
        natural_size(GTK_WIDGET(it->stop), &w, &h);
        allocate_at(GTK_WIDGET(it->stop), spot->x - w / 2, spot->y - RADIUS_PX, w);
        on_line(&self->spots[p->parent], spot, &pill);
        allocate_pills(it, pill.x, pill.y);
    }
}

/* The words have the room up to the edge, the pills stand below them. */
static void
allocate_row(const item *it, const n2_map_spot *spot, int width, gboolean is_mirrored)
{
    GtkWidget *const pills[] = {it->jam, it->reserved};
    int begin = (is_mirrored ? width - spot->x : spot->x) - RADIUS_PX;
    int w = 0, h = 0;

    natural_size(GTK_WIDGET(it->stop), &w, &h);
    w = MAX(MIN(w, width - MARGIN_PX - begin), 1);
    int y = spot->y - h / 2;
    allocate_at(GTK_WIDGET(it->stop), is_mirrored ? width - begin - w : begin, y, w);
    y += h;
    for (gsize i = 0; i < G_N_ELEMENTS(pills); i++) {
        if (!pills[i])
            continue;
        natural_size(pills[i], &w, &h);
        w = MIN(w, width - 2 * MARGIN_PX);
        int x = MIN(begin + N2_WAY_CIRCLE_PX + BESIDE_PX, width - MARGIN_PX - w);
        allocate_at(pills[i], is_mirrored ? width - x - w : x, y, w);
        y += h;
    }
}

static void
allocate_down(N2WayMap *self, int width)
{
    gboolean is_mirrored = gtk_widget_get_direction(GTK_WIDGET(self)) == GTK_TEXT_DIR_RTL;

    (void)lay_down(self, width, self->spots);
    for (guint i = 0; i < self->network->points->len; i++) {
        n2_map_spot *spot = &self->spots[i];
        if (is_mirrored)
            spot->x = width - spot->x;
        allocate_row(g_hash_table_lookup(self->items, n2_network_point(self->network, i)->key),
                     spot, width, is_mirrored);
    }
}

static gboolean
on_turn_cb(gpointer user_data)
{
    N2WayMap *self = user_data;
    GHashTableIter iter;
    gpointer value;

    self->turn_id = 0;
    self->is_down = !self->is_down;
    g_hash_table_iter_init(&iter, self->items);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        n2_way_stop_set_beside(((item *)value)->stop, self->is_down);
    gtk_widget_queue_resize(GTK_WIDGET(self));
    return G_SOURCE_REMOVE;
}

static void
n2_way_map_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    N2WayMap *self = N2_WAY_MAP(widget);
    int across = 0, least_y = 0;

    (void)baseline;
    if (!self->network)
        return;
    n2_map_measure m = measure_across(self);
    n2_map_size(self->network, &m, &across, &least_y);
    g_free(self->spots);
    self->spots = g_new0(n2_map_spot, self->network->points->len);
    if (self->is_down)
        allocate_down(self, width);
    else
        allocate_across(self, &m, width, height);
    gboolean is_down = width < across || n2_map_rows_across(self->network) > ACROSS_STOPS;
    if (self->is_down == is_down)
        g_clear_handle_id(&self->turn_id, g_source_remove);
    else if (!self->turn_id)
        self->turn_id = g_idle_add_full(G_PRIORITY_HIGH_IDLE, on_turn_cb, self, NULL);
}

/* ---- focus ---- */

/* The Tab key goes along the ways, not row by row; arrows go where they point. */
static gboolean
n2_way_map_focus(GtkWidget *widget, GtkDirectionType direction)
{
    N2WayMap *self = N2_WAY_MAP(widget);
    gboolean is_back = direction == GTK_DIR_TAB_BACKWARD;
    GtkWidget *at = gtk_widget_get_focus_child(widget);

    if (!self->network || (!is_back && direction != GTK_DIR_TAB_FORWARD))
        return GTK_WIDGET_CLASS(n2_way_map_parent_class)->focus(widget, direction);
    guint n = self->network->points->len;
    g_autofree guint *order = g_new0(guint, n);
    n2_map_order(self->network, order);
    for (guint i = 0; i < n; i++) {
        const N2Waypoint *p = n2_network_point(self->network, order[is_back ? n - 1 - i : i]);
        const item *it = g_hash_table_lookup(self->items, p->key);
        if (at && at != GTK_WIDGET(it->stop))
            continue; /* not there yet */
        if (!at && gtk_widget_child_focus(GTK_WIDGET(it->stop), direction))
            return TRUE;
        at = NULL; /* the next one gets it */
    }
    return FALSE;
}

/* ---- life ---- */

static void
n2_way_map_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    N2WayMap *self = N2_WAY_MAP(widget);

    if (self->network && self->spots)
        n2_way_lines_draw(widget, snapshot, self->network, self->spots, self->is_down);
    GTK_WIDGET_CLASS(n2_way_map_parent_class)->snapshot(widget, snapshot);
}

static void
n2_way_map_dispose(GObject *object)
{
    N2WayMap *self = N2_WAY_MAP(object);

    g_clear_handle_id(&self->turn_id, g_source_remove);
    g_clear_pointer(&self->items, g_hash_table_unref);
    g_clear_pointer(&self->spots, g_free);
    g_clear_object(&self->network);
    G_OBJECT_CLASS(n2_way_map_parent_class)->dispose(object);
}

static void
n2_way_map_class_init(N2WayMapClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_way_map_dispose;
    widget_class->measure = n2_way_map_measure;
    widget_class->size_allocate = n2_way_map_size_allocate;
    widget_class->snapshot = n2_way_map_snapshot;
    widget_class->focus = n2_way_map_focus;
    gtk_widget_class_set_css_name(widget_class, "waymap");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
n2_way_map_init(N2WayMap *self)
{
    self->items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_item);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Map of the ways"), -1);
}
