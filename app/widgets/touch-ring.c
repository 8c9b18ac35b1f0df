/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * touch-ring.c - a token that waits for a finger.
 *
 * It moves once a second only, so reduced motion needs no other drawing.
 */
#include "widgets/touch-ring.h"

#include <adwaita.h>
#include <math.h>

enum {
    SIZE_PX = 232
};

struct _N2TouchRing {
    GtkWidget parent_instance;
    double left;
};

G_DEFINE_FINAL_TYPE(N2TouchRing, n2_touch_ring, GTK_TYPE_WIDGET)

static void
disc(cairo_t *cr, double y, double radius)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, SIZE_PX / 2., y, radius, 0, 2 * G_PI);
    cairo_fill(cr);
}

static void
plate(cairo_t *cr, double x, double y, double width, double height, double r)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, x + width - r, y + r, r, -G_PI / 2, 0);
    cairo_arc(cr, x + width - r, y + height - r, r, 0, G_PI / 2);
    cairo_arc(cr, x + r, y + height - r, r, G_PI / 2, G_PI);
    cairo_arc(cr, x + r, y + r, r, G_PI, 3 * G_PI / 2);
    cairo_close_path(cr);
    cairo_fill(cr);
}

static void
grey(cairo_t *cr, double light, gboolean is_dark)
{
    double v = is_dark ? light : light + .16;

    cairo_set_source_rgb(cr, v, v, v + .02);
}

static void
n2_touch_ring_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    N2TouchRing *self = N2_TOUCH_RING(widget);
    GtkStyleContext *style = gtk_widget_get_style_context(widget);
    gboolean is_dark = adw_style_manager_get_dark(adw_style_manager_get_default());
    const double middle = SIZE_PX / 2., button_y = 116;
    GdkRGBA accent = {.21f, .52f, .89f, 1};
    graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, SIZE_PX, SIZE_PX);

    gtk_style_context_lookup_color(style, "accent_bg_color", &accent);
    cairo_t *cr = gtk_snapshot_append_cairo(snapshot, &all);
    cairo_set_source_rgba(cr, accent.red, accent.green, accent.blue, is_dark ? .13 : .10);
    disc(cr, middle, 116);
    cairo_set_source_rgba(cr, accent.red, accent.green, accent.blue, is_dark ? .17 : .14);
    disc(cr, middle, 92);
    cairo_set_source_rgba(cr, accent.red, accent.green, accent.blue, is_dark ? .28 : .22);
    disc(cr, middle, 68);
    grey(cr, .56, is_dark); /* the plug */
    plate(cr, middle - 19, 10, 38, 50, 5);
    grey(cr, .24, is_dark);
    plate(cr, middle - 9, 20, 6, 12, 1);
    plate(cr, middle + 3, 20, 6, 12, 1);
    grey(cr, .36, is_dark); /* the body */
    plate(cr, middle - 34, 56, 68, 126, 16);
    grey(cr, .20, is_dark); /* the button */
    disc(cr, button_y, 24);
    cairo_set_source_rgb(cr, .95, .95, .95);
    disc(cr, button_y, 5);
    cairo_set_source_rgb(cr, .55, .9, .6);
    disc(cr, 165, 3.5);
    cairo_set_source_rgb(cr, accent.red, accent.green, accent.blue);
    cairo_set_line_width(cr, 4);
    cairo_new_sub_path(cr);
    cairo_arc(cr, middle, button_y, 24, -G_PI / 2, -G_PI / 2 + 2 * G_PI * self->left);
    cairo_stroke(cr);
    cairo_destroy(cr);
}

static void
n2_touch_ring_measure(GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
    (void)widget;
    (void)orientation;
    (void)for_size;
    *minimum = *natural = SIZE_PX;
    *minimum_baseline = *natural_baseline = -1;
}

static void
n2_touch_ring_class_init(N2TouchRingClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    widget_class->snapshot = n2_touch_ring_snapshot;
    widget_class->measure = n2_touch_ring_measure;
    gtk_widget_class_set_css_name(widget_class, "touchring");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
n2_touch_ring_init(N2TouchRing *self)
{
    self->left = 1;
}

void
n2_touch_ring_set_left(N2TouchRing *self, double left)
{
    g_return_if_fail(N2_IS_TOUCH_RING(self));

    self->left = CLAMP(left, 0, 1);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}
