/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * adaptive-bin.c - holds one child and knows whether it is narrow.
 */
#include "widgets/adaptive-bin.h"

struct _N2AdaptiveBin {
    GtkWidget parent_instance;

    guint idle_id;
    gboolean is_narrow;
    gboolean was_allocated_narrow;
};

static GtkBuildableIface *parent_buildable;

static void buildable_init(GtkBuildableIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2AdaptiveBin,
                              n2_adaptive_bin,
                              GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_BUILDABLE, buildable_init))

enum {
    PROP_NARROW = 1,
    N_PROPS
};

static GParamSpec *props[N_PROPS];

static gboolean
on_idle_cb(gpointer user_data)
{
    N2AdaptiveBin *self = user_data;

    self->idle_id = 0;
    if (self->is_narrow != self->was_allocated_narrow) {
        self->is_narrow = self->was_allocated_narrow;
        g_object_notify_by_pspec(G_OBJECT(self), props[PROP_NARROW]);
    }
    return G_SOURCE_REMOVE;
}

static void
n2_adaptive_bin_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    N2AdaptiveBin *self = N2_ADAPTIVE_BIN(widget);
    GtkWidget *child = gtk_widget_get_first_child(widget);

    self->was_allocated_narrow = width < N2_NARROW_PX;
    if (self->was_allocated_narrow != self->is_narrow && !self->idle_id)
        self->idle_id = g_idle_add_full(G_PRIORITY_HIGH_IDLE, on_idle_cb, self, NULL);
    if (child)
        gtk_widget_allocate(child, width, height, baseline, NULL);
}

static void
n2_adaptive_bin_measure(GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
    GtkWidget *child = gtk_widget_get_first_child(widget);

    if (child)
        gtk_widget_measure(child, orientation, for_size, minimum, natural, minimum_baseline,
                           natural_baseline);
    /* The wide layout must not keep the window from becoming narrow. */
    if (orientation == GTK_ORIENTATION_HORIZONTAL)
        *minimum = MIN(*minimum, 360);
}

static void
add_child(GtkBuildable *buildable, GtkBuilder *builder, GObject *child, const char *type)
{
    if (GTK_IS_WIDGET(child))
        gtk_widget_set_parent(GTK_WIDGET(child), GTK_WIDGET(buildable));
    else
        parent_buildable->add_child(buildable, builder, child, type);
}

static void
buildable_init(GtkBuildableIface *iface)
{
    parent_buildable = g_type_interface_peek_parent(iface);
    iface->add_child = add_child;
}

gboolean
n2_adaptive_bin_get_narrow(N2AdaptiveBin *self)
{
    g_return_val_if_fail(N2_IS_ADAPTIVE_BIN(self), FALSE);

    return self->is_narrow;
}

static void
n2_adaptive_bin_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_NARROW)
        g_value_set_boolean(value, N2_ADAPTIVE_BIN(object)->is_narrow);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_adaptive_bin_dispose(GObject *object)
{
    N2AdaptiveBin *self = N2_ADAPTIVE_BIN(object);
    GtkWidget *child = NULL;

    g_clear_handle_id(&self->idle_id, g_source_remove);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(n2_adaptive_bin_parent_class)->dispose(object);
}

static void
n2_adaptive_bin_class_init(N2AdaptiveBinClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_adaptive_bin_get_property;
    object_class->dispose = n2_adaptive_bin_dispose;
    widget_class->measure = n2_adaptive_bin_measure;
    widget_class->size_allocate = n2_adaptive_bin_size_allocate;
    props[PROP_NARROW] = g_param_spec_boolean("narrow", NULL, NULL, FALSE,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
}

static void
n2_adaptive_bin_init(N2AdaptiveBin *self)
{
    gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
}
