/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * page-info.c - popover that says of a place, in words, where it comes from.
 */
#include "widgets/page-info.h"

#include <string.h>

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/location.h"
#include "model/words.h"
#include "widgets/hop-chain.h"

struct _N2PageInfo {
    GtkPopover parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkLabel *tile;
    GtkLabel *title;
    GtkLabel *site;
    GtkLabel *vouch_content;
    GtkLabel *vouch_name;
    GtkWidget *way;
    GtkLabel *way_delay;
    GtkLabel *way_words;
    N2HopChain *chain;
    GtkLabel *kept;
    GtkLabel *holder;
    GtkLabel *hash;
    GtkWidget *hash_row;
    GtkWidget *holder_row;

    N2Source *source;          /* owned */
    N2Place *place;            /* owned */
    GCancellable *cancellable; /* owned; of the question under way */
    const char *tone;          /* static; class of the tile */
};

G_DEFINE_FINAL_TYPE(N2PageInfo, n2_page_info, GTK_TYPE_POPOVER)

static void
say_who(N2PageInfo *self)
{
    const char *address = self->place->address;
    const char *host = strstr(address, "://");
    const char *content = NULL;
    g_autofree char *name = NULL;

    host = host ? host + 3 : address;
    if (g_str_has_prefix(host, "h1-") || g_str_has_prefix(host, "h2-")) {
        content = _("The address is the fingerprint of the content, and what you see was "
                    "checked against it. It says nothing about who made it.");
        name = g_strdup(_("No name and no person stands behind it."));
    } else if (g_str_has_prefix(host, "k1-") || g_str_has_prefix(host, "k2-")) {
        content = _("Signed by the identity that the address names, and checked against that "
                    "signature.");
        name = g_strdup(_("Nobody else vouches for this identity."));
    } else {
        content = _("Signed by the identity behind the name, and checked against that "
                    "signature.");
        /* Translators: %s is a site's name. */
        name = g_strdup_printf(_("The name %s was given on this computer; no authority "
                                 "confirms it."),
                               self->place->site);
    }
    gtk_label_set_text(self->vouch_content, content);
    gtk_label_set_text(self->vouch_name, name);
}

static void
say_kept(N2PageInfo *self)
{
    gtk_label_set_text(
        self->kept, self->place->n_switches < 0
                        ? _("Read from this computer, where it is kept since an earlier visit.")
                        : _("Fetched just now, checked, and kept on this computer."));
    gtk_label_set_text(self->holder, self->place->holder ? self->place->holder : "");
    gtk_widget_set_visible(self->holder_row, self->place->holder != NULL);
    gtk_label_set_text(self->hash, self->place->hash ? self->place->hash : "");
    gtk_widget_set_visible(self->hash_row, self->place->hash != NULL);
}

static void
on_traced_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2PageInfo) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GListModel) hops = n2_source_trace_finish(N2_SOURCE(source), result, &error);

    if (error && n2_error_code(error) == N2_ERR_CANCELLED)
        return;
    g_clear_object(&self->cancellable);
    gtk_widget_set_visible(GTK_WIDGET(self->way_words), hops == NULL);
    gtk_widget_set_visible(GTK_WIDGET(self->chain), hops != NULL);
    if (!hops) {
        gtk_label_set_text(self->way_words, _("The way can’t be asked at the moment."));
        return;
    }
    n2_hop_chain_set_hops(self->chain, hops);
    g_autoptr(N2Hop) last = g_list_model_get_item(hops, g_list_model_get_n_items(hops) - 1);
    g_autofree char *delay = last ? n2_words_delay(last->delay_us) : g_strdup("");
    gtk_label_set_text(self->way_delay, delay);
}

static void
stop_asking(N2PageInfo *self)
{
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
}

static void
on_map_cb(N2PageInfo *self)
{
    const char *host = self->place ? strstr(self->place->address, "://") : NULL;
    gboolean has_way =
        host && !g_str_has_prefix(host + 3, "h1-") && !g_str_has_prefix(host + 3, "h2-");

    stop_asking(self);
    gtk_widget_set_visible(self->way, has_way);
    if (!has_way)
        return;
    gtk_label_set_text(self->way_delay, "");
    gtk_label_set_text(self->way_words, _("Asking the switches on the way…"));
    gtk_widget_set_visible(GTK_WIDGET(self->way_words), TRUE);
    gtk_widget_set_visible(GTK_WIDGET(self->chain), FALSE);
    self->cancellable = g_cancellable_new();
    n2_source_trace_async(self->source, self->place->address, self->cancellable, on_traced_cb,
                          g_object_ref(self));
}

void
n2_page_info_set_place(N2PageInfo *self, N2Source *source, N2Place *place, const char *title)
{
    g_autofree char *first = NULL;
    g_autofree char *letter = NULL;
    g_autofree char *own_title = NULL;

    g_return_if_fail(N2_IS_PAGE_INFO(self));

    stop_asking(self);
    g_set_object(&self->source, source);
    g_set_object(&self->place, place);
    if (!place)
        return;
    own_title = n2_place_dup_title(place);
    first = g_utf8_substring(place->site, 0, MIN(1, g_utf8_strlen(place->site, -1)));
    letter = g_utf8_strup(first, -1);
    gtk_label_set_text(self->tile, letter);
    if (self->tone)
        gtk_widget_remove_css_class(GTK_WIDGET(self->tile), self->tone);
    self->tone = n2_location_tone(place->address);
    gtk_widget_add_css_class(GTK_WIDGET(self->tile), self->tone);
    gtk_label_set_text(self->title, title && *title ? title : own_title);
    gtk_label_set_text(self->site, place->site);
    say_who(self);
    say_kept(self);
}

static void
n2_page_info_dispose(GObject *object)
{
    N2PageInfo *self = N2_PAGE_INFO(object);

    stop_asking(self);
    g_clear_object(&self->source);
    g_clear_object(&self->place);
    G_OBJECT_CLASS(n2_page_info_parent_class)->dispose(object);
}

static void
n2_page_info_class_init(N2PageInfoClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_page_info_dispose;
    g_type_ensure(N2_TYPE_HOP_CHAIN);
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/widgets/page-info.ui");
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, tile);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, title);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, site);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, vouch_content);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, vouch_name);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, way);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, way_delay);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, way_words);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, chain);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, kept);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, holder);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, hash);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, hash_row);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, holder_row);
    gtk_widget_class_bind_template_callback(widget_class, on_map_cb);
}

static void
n2_page_info_init(N2PageInfo *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}
