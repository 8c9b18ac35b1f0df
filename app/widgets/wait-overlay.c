/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wait-overlay.c - over a view: progress, what is waited for, a link's target.
 */
#include "widgets/wait-overlay.h"

#include <glib/gi18n.h>

#include "model/location.h"

enum {
    BAR_AFTER_MS = 300,
    WORDS_AFTER_MS = 2000,
    PULSE_MS = 120
};

struct _N2WaitOverlay {
    GtkWidget parent_instance;

    GtkWidget *overlay; /* child */
    GtkWidget *bar;     /* in it */
    GtkWidget *words;   /* in it */
    char *address;      /* owned; waited for, NULL: nothing */
    char *target;       /* owned; of the link under the pointer */
    guint bar_id;
    guint words_id;
    guint pulse_id;
    gboolean has_words;
    gboolean has_fraction;
};

static GtkBuildableIface *parent_buildable;

static void buildable_init(GtkBuildableIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2WaitOverlay,
                              n2_wait_overlay,
                              GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_BUILDABLE, buildable_init))

/* A link's target wins over the words, which come back after it. */
static void
show_words(N2WaitOverlay *self)
{
    g_autofree char *text = NULL;

    if (self->target) {
        g_autofree char *readable = g_uri_unescape_string(self->target, "/");

        text = g_strdup(readable ? readable : self->target);
    } else if (self->address && self->has_words) {
        g_autofree char *site = n2_location_dup_site(self->address);

        /* Translators: %s is a site's name. */
        text = g_strdup_printf(_("Waiting for %s…"), site);
    }
    gtk_widget_set_visible(self->words, text != NULL);
    gtk_label_set_text(GTK_LABEL(self->words), text ? text : "");
}

static gboolean
on_pulse_cb(gpointer user_data)
{
    N2WaitOverlay *self = user_data;

    if (!self->has_fraction)
        gtk_progress_bar_pulse(GTK_PROGRESS_BAR(self->bar));
    return G_SOURCE_CONTINUE;
}

static gboolean
on_bar_cb(gpointer user_data)
{
    N2WaitOverlay *self = user_data;
    gboolean animate = TRUE;

    self->bar_id = 0;
    gtk_widget_set_visible(self->bar, TRUE);
    g_object_get(gtk_widget_get_settings(GTK_WIDGET(self)), "gtk-enable-animations", &animate,
                 NULL);
    if (animate)
        self->pulse_id = g_timeout_add(PULSE_MS, on_pulse_cb, self);
    return G_SOURCE_REMOVE;
}

static gboolean
on_words_cb(gpointer user_data)
{
    N2WaitOverlay *self = user_data;

    self->words_id = 0;
    self->has_words = TRUE;
    show_words(self);
    return G_SOURCE_REMOVE;
}

static void
stop_timers(N2WaitOverlay *self)
{
    g_clear_handle_id(&self->bar_id, g_source_remove);
    g_clear_handle_id(&self->words_id, g_source_remove);
    g_clear_handle_id(&self->pulse_id, g_source_remove);
}

void
n2_wait_overlay_begin(N2WaitOverlay *self, const char *address)
{
    g_return_if_fail(N2_IS_WAIT_OVERLAY(self));

    n2_wait_overlay_end(self);
    self->address = g_strdup(address);
    self->bar_id = g_timeout_add(BAR_AFTER_MS, on_bar_cb, self);
    self->words_id = g_timeout_add(WORDS_AFTER_MS, on_words_cb, self);
}

void
n2_wait_overlay_set_progress(N2WaitOverlay *self, double fraction)
{
    g_return_if_fail(N2_IS_WAIT_OVERLAY(self));

    if (!self->address)
        return;
    self->has_fraction = fraction > 0;
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(self->bar), fraction);
}

void
n2_wait_overlay_end(N2WaitOverlay *self)
{
    g_return_if_fail(N2_IS_WAIT_OVERLAY(self));

    stop_timers(self);
    g_clear_pointer(&self->address, g_free);
    self->has_words = FALSE;
    self->has_fraction = FALSE;
    gtk_widget_set_visible(self->bar, FALSE);
    show_words(self);
}

void
n2_wait_overlay_set_target(N2WaitOverlay *self, const char *address)
{
    g_return_if_fail(N2_IS_WAIT_OVERLAY(self));

    if (g_strcmp0(self->target, address) == 0)
        return;
    g_free(self->target);
    self->target = g_strdup(address);
    show_words(self);
}

static void
add_child(GtkBuildable *buildable, GtkBuilder *builder, GObject *child, const char *type)
{
    if (GTK_IS_WIDGET(child))
        gtk_overlay_set_child(GTK_OVERLAY(N2_WAIT_OVERLAY(buildable)->overlay),
                              GTK_WIDGET(child));
    else
        parent_buildable->add_child(buildable, builder, child, type);
}

static void
buildable_init(GtkBuildableIface *iface)
{
    parent_buildable = g_type_interface_peek_parent(iface);
    iface->add_child = add_child;
}

static void
n2_wait_overlay_dispose(GObject *object)
{
    N2WaitOverlay *self = N2_WAIT_OVERLAY(object);

    stop_timers(self);
    g_clear_pointer(&self->overlay, gtk_widget_unparent);
    g_clear_pointer(&self->address, g_free);
    g_clear_pointer(&self->target, g_free);
    G_OBJECT_CLASS(n2_wait_overlay_parent_class)->dispose(object);
}

static void
n2_wait_overlay_class_init(N2WaitOverlayClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_wait_overlay_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "waitoverlay");
}

static void
n2_wait_overlay_init(N2WaitOverlay *self)
{
    self->overlay = gtk_overlay_new();
    gtk_widget_set_parent(self->overlay, GTK_WIDGET(self));

    self->bar = gtk_progress_bar_new();
    gtk_widget_add_css_class(self->bar, "loading");
    gtk_widget_set_valign(self->bar, GTK_ALIGN_START);
    gtk_widget_set_visible(self->bar, FALSE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Loading"), -1);
    gtk_overlay_add_overlay(GTK_OVERLAY(self->overlay), self->bar);

    self->words = g_object_new(GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS,
                               "halign", GTK_ALIGN_START, "valign", GTK_ALIGN_END, "ellipsize",
                               PANGO_ELLIPSIZE_MIDDLE, "max-width-chars", 80, "visible", FALSE,
                               "can-target", FALSE, NULL);
    gtk_widget_add_css_class(self->words, "statuswords");
    gtk_overlay_add_overlay(GTK_OVERLAY(self->overlay), self->words);
}
