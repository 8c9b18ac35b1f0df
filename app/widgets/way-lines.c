/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * way-lines.c - the lines between the stops of a map.
 */
#include "widgets/way-lines.h"

#include <adwaita.h>

#include "widgets/way-stop.h"

enum {
    RADIUS_PX = N2_WAY_CIRCLE_PX / 2,
    BEND_PX = 14,
    TILE_PX = 2048 /* a map of hundreds of lines is higher than any texture */
};

#define FAINT .25 /* lines that nothing goes over */
#define FAINT_CONTRAST .7
#define LINE_PX 2.0        /* of a line that carries nothing, */
#define LINE_IN_USE_PX 3.0 /* that carries something, */
#define LINE_LOAD_PX 4.0   /* and so much more when it is full */

static GdkRGBA
colour(GtkWidget *widget, const char *name, double alpha)
{
    GtkStyleContext *style = gtk_widget_get_style_context(widget);
    GdkRGBA rgba = {.5f, .5f, .5f, 1};

    (void)gtk_style_context_lookup_color(style, name, &rgba);
    rgba.alpha *= (float)alpha;
    return rgba;
}

static GdkRGBA
line_colour(GtkWidget *widget, N2WayState state)
{
    AdwStyleManager *style = adw_style_manager_get_for_display(gtk_widget_get_display(widget));

    switch (state) {
    case N2_WAY_JAMMED:
        return colour(widget, "error_bg_color", 1);
    case N2_WAY_USED:
        return colour(widget, "accent_bg_color", 1);
    case N2_WAY_KNOWN:
    case N2_WAY_ASLEEP:
        break;
    }
    return colour(widget, "window_fg_color",
                  adw_style_manager_get_high_contrast(style) ? FAINT_CONTRAST : FAINT);
}

static double
line_width(const N2Waypoint *p)
{
    double load = MAX(n2_waypoint_load(p), 0);

    if (p->line == N2_WAY_ASLEEP || p->line == N2_WAY_KNOWN)
        return LINE_PX;
    return MAX(LINE_PX + LINE_LOAD_PX * load, LINE_IN_USE_PX);
}

/* From one side of a circle to the other side of the next. */
static void
trace_across(cairo_t *cr, const n2_map_spot *from, const n2_map_spot *to)
{
    int edge = to->x > from->x ? RADIUS_PX : -RADIUS_PX;
    double middle = (from->x + to->x) / 2.0;

    cairo_move_to(cr, from->x + edge, from->y);
    cairo_curve_to(cr, middle, from->y, middle, to->y, to->x - edge, to->y);
}

/* Off the rail below the stop before, round the bend. */
static void
trace_bend(cairo_t *cr, const n2_map_spot *from, const n2_map_spot *to)
{
    int side = to->x >= from->x ? 1 : -1;

    cairo_move_to(cr, from->x, to->y - BEND_PX);
    cairo_curve_to(cr, from->x, to->y, from->x, to->y, from->x + side * BEND_PX, to->y);
    cairo_line_to(cr, to->x - side * RADIUS_PX, to->y);
}

static void
draw_line(GtkWidget *widget,
          cairo_t *cr,
          const N2Waypoint *p,
          const n2_map_spot *from,
          const n2_map_spot *to,
          gboolean is_down)
{
    static const double dots[] = {1, 6};
    GdkRGBA rgba = line_colour(widget, p->line);

    gdk_cairo_set_source_rgba(cr, &rgba);
    cairo_set_line_width(cr, line_width(p));
    cairo_set_dash(cr, dots, p->line == N2_WAY_ASLEEP ? 2 : 0, 0);
    if (is_down)
        trace_bend(cr, from, to);
    else
        trace_across(cr, from, to);
    cairo_stroke(cr);
}

/* From each stop down to the last one behind it; nobody's, so it says nothing of load. */
static void
draw_rails(GtkWidget *widget, cairo_t *cr, const N2Network *network, const n2_map_spot *spots)
{
    GdkRGBA rgba = line_colour(widget, N2_WAY_KNOWN);
    g_autofree int *last = g_new0(int, network->points->len);

    for (guint i = 1; i < network->points->len; i++) {
        guint before = n2_network_point(network, i)->parent;
        last[before] = MAX(last[before], spots[i].y);
    }
    gdk_cairo_set_source_rgba(cr, &rgba);
    cairo_set_line_width(cr, LINE_PX);
    cairo_set_dash(cr, NULL, 0, 0);
    for (guint i = 0; i < network->points->len; i++) {
        cairo_move_to(cr, spots[i].x, spots[i].y + RADIUS_PX);
        if (last[i])
            cairo_line_to(cr, spots[i].x, last[i] - BEND_PX);
    }
    cairo_stroke(cr);
}

static void
draw_tile(GtkWidget *widget,
          cairo_t *cr,
          const N2Network *network,
          const n2_map_spot *spots,
          gboolean is_down)
{
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    if (is_down)
        draw_rails(widget, cr, network, spots);
    /* The urgent ones last, so that they lie above. */
    for (N2WayState state = N2_WAY_KNOWN; state <= N2_WAY_JAMMED; state++)
        for (guint i = 1; i < network->points->len; i++) {
            const N2Waypoint *p = n2_network_point(network, i);
            if (p->line == state)
                draw_line(widget, cr, p, &spots[p->parent], &spots[i], is_down);
        }
}

void
n2_way_lines_draw(GtkWidget *widget,
                  GtkSnapshot *snapshot,
                  const N2Network *network,
                  const n2_map_spot *spots,
                  gboolean is_down)
{
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);

    for (int top = 0; top < height; top += TILE_PX) {
        graphene_rect_t bounds =
            GRAPHENE_RECT_INIT(0, (float)top, (float)width, (float)MIN(TILE_PX, height - top));
        cairo_t *cr = gtk_snapshot_append_cairo(snapshot, &bounds);
        draw_tile(widget, cr, network, spots, is_down);
        cairo_destroy(cr);
    }
}
