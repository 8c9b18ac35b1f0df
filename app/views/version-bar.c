/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * version-bar.c - says above a place that it is an older version.
 */
#include "views/version-bar.h"

#include <glib/gi18n.h>

#include "model/location.h"
#include "model/words.h"

struct _N2VersionBar {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    GtkWidget *bar;
    GtkLabel *words;
    GtkActionable *back;
};

G_DEFINE_FINAL_TYPE(N2VersionBar, n2_version_bar, GTK_TYPE_WIDGET)

void
n2_version_bar_set_place(N2VersionBar *self, N2Place *place)
{
    g_autofree char *newest = place ? n2_location_dup_newest(place->address) : NULL;
    g_autofree char *number = NULL;
    g_autofree char *when = NULL;
    g_autofree char *words = NULL;

    g_return_if_fail(N2_IS_VERSION_BAR(self));

    gtk_widget_set_visible(self->bar, newest != NULL);
    if (!newest)
        return;
    number = g_strdup_printf("%" G_GUINT64_FORMAT, n2_location_get_version(place->address));
    when = n2_words_time(place->published_us, g_get_real_time());
    if (*when) /* Translators: number of a version; a day, like "Yesterday" or "3 March". */
        words = g_strdup_printf(
            _("This is version %s, published: %s. Links lead to the newest."), number, when);
    else
        words = g_strdup_printf(_("This is version %s. Links lead to the newest."), number);
    gtk_label_set_text(self->words, words);
    gtk_actionable_set_action_target(self->back, "s", newest);
}

static void
n2_version_bar_dispose(GObject *object)
{
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(n2_version_bar_parent_class)->dispose(object);
}

static void
n2_version_bar_class_init(N2VersionBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_version_bar_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "versionbar");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/version-bar.ui");
    gtk_widget_class_bind_template_child(widget_class, N2VersionBar, bar);
    gtk_widget_class_bind_template_child(widget_class, N2VersionBar, words);
    gtk_widget_class_bind_template_child(widget_class, N2VersionBar, back);
}

static void
n2_version_bar_init(N2VersionBar *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}
