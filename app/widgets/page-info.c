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
#include "widgets/keep-row.h"
#include "widgets/reason-row.h"
#include "widgets/version-list.h"

struct _N2PageInfo {
    GtkPopover parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkLabel *tile;
    GtkLabel *title;
    GtkLabel *site;
    GtkBox *vouches;
    GtkButton *person;
    GtkWidget *way;
    GtkLabel *way_delay;
    GtkLabel *way_words;
    N2HopChain *chain;
    GtkLabel *kept;
    GtkLabel *holder;
    GtkLabel *hash;
    GtkWidget *hash_row;
    GtkWidget *holder_row;
    N2KeepRow *keep;
    N2VersionList *versions;

    N2Source *source;          /* owned */
    N2Place *place;            /* owned */
    GCancellable *cancellable; /* owned; of the questions under way */
    char *identity;            /* owned; k1-..., whose place it is; nullable */
    const char *tone;          /* static; class of the tile */
};

G_DEFINE_FINAL_TYPE(N2PageInfo, n2_page_info, GTK_TYPE_POPOVER)

/* ---- who vouches ---- */

static void
add_words(N2PageInfo *self, const char *icon, const char *words)
{
    gtk_box_append(self->vouches, n2_reason_row_new_words(icon, words));
}

static gboolean
is_by_hash(const char *host)
{
    return g_str_has_prefix(host, "h1-") || g_str_has_prefix(host, "h2-");
}

static const char *
peek_host(const N2Place *place)
{
    const char *host = strstr(place->address, "://");

    return host ? host + 3 : place->address;
}

/* What is so whatever the node knows. */
static void
say_content(N2PageInfo *self)
{
    const char *host = peek_host(self->place);

    if (is_by_hash(host)) {
        add_words(self, "net2o-seal-symbolic",
                  _("The address is the fingerprint of the content, and what you see was "
                    "checked against it. It says nothing about who made it."));
        add_words(self, "dialog-information-symbolic",
                  _("No name and no person stands behind it."));
    } else if (g_str_has_prefix(host, "k1-") || g_str_has_prefix(host, "k2-")) {
        add_words(self, "net2o-seal-symbolic",
                  _("Signed by the identity that the address names, and checked against that "
                    "signature."));
    } else {
        add_words(self, "net2o-seal-symbolic",
                  _("Signed by the identity behind the name, and checked against that "
                    "signature."));
    }
}

static void
say_person(N2PageInfo *self, const char *identity)
{
    g_free(self->identity);
    self->identity = identity && *identity ? g_strdup(identity) : NULL;
    gtk_widget_set_visible(GTK_WIDGET(self->person), self->identity != NULL);
}

/* Sentences of their own, in which names are isolated; no name reaches what stands beside. */
static void
say_trust(N2PageInfo *self, N2Trust *trust)
{
    GListModel *reasons = trust ? G_LIST_MODEL(trust->items) : NULL;
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self->vouches))))
        gtk_box_remove(self->vouches, child);
    say_content(self);
    for (guint i = 0; reasons && i < g_list_model_get_n_items(reasons); i++) {
        g_autoptr(N2Reason) reason = g_list_model_get_item(reasons, i);

        gtk_box_append(self->vouches, n2_reason_row_new(reason));
    }
    if (trust)
        say_person(self, trust->identity);
}

static void
on_trusted_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2PageInfo) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Trust) trust =
        n2_people_source_trust_finish(N2_PEOPLE_SOURCE(source), result, &error);

    if (!self->place || (error && n2_error_code(error) == N2_ERR_CANCELLED))
        return;
    if (trust)
        say_trust(self, trust);
    else
        add_words(self, "dialog-information-symbolic",
                  _("What is known of who made it can’t be asked at the moment."));
}

static void
on_person_cb(N2PageInfo *self)
{
    g_autofree char *address = g_strconcat(N2_LOCATION_PEOPLE, self->identity, NULL);

    gtk_popover_popdown(GTK_POPOVER(self));
    gtk_widget_activate_action(GTK_WIDGET(self), "win.go", "s", address);
}

static void
on_version_cb(N2PageInfo *self, const char *address)
{
    gtk_popover_popdown(GTK_POPOVER(self));
    gtk_widget_activate_action(GTK_WIDGET(self), "win.go", "s", address);
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
ask_way(N2PageInfo *self)
{
    gtk_label_set_text(self->way_delay, "");
    gtk_label_set_text(self->way_words, _("Asking the switches on the way…"));
    gtk_widget_set_visible(GTK_WIDGET(self->way_words), TRUE);
    gtk_widget_set_visible(GTK_WIDGET(self->chain), FALSE);
    n2_source_trace_async(self->source, self->place->address, self->cancellable, on_traced_cb,
                          g_object_ref(self));
}

static void
on_map_cb(N2PageInfo *self)
{
    gboolean has_maker = self->place && !is_by_hash(peek_host(self->place));
    N2PeopleSource *people = has_maker ? n2_source_peek_people(self->source) : NULL;

    stop_asking(self);
    n2_keep_row_ask(self->keep);
    n2_version_list_ask(self->versions);
    gtk_widget_set_visible(self->way, has_maker);
    if (!has_maker)
        return;
    self->cancellable = g_cancellable_new();
    ask_way(self);
    if (people)
        n2_people_source_trust_async(people, self->place->address, "read", self->cancellable,
                                     on_trusted_cb, g_object_ref(self));
}

void
n2_page_info_set_place(N2PageInfo *self, N2Source *source, N2Place *place, const char *title)
{
    g_autofree char *first = NULL;
    g_autofree char *letter = NULL;
    g_autofree char *own_title = NULL;
    g_autofree char *shown = NULL;

    g_return_if_fail(N2_IS_PAGE_INFO(self));

    stop_asking(self);
    g_set_object(&self->source, source);
    g_set_object(&self->place, place);
    n2_keep_row_set_place(self->keep, source, place);
    n2_version_list_set_place(self->versions, source, place);
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
    /* A page gives itself its title: no marks in it, which could pass for ours. */
    shown = n2_chrome_dup_name(title ? title : "");
    gtk_label_set_text(self->title, *shown ? shown : own_title);
    gtk_label_set_text(self->site, place->site);
    say_person(self, NULL);
    say_trust(self, place->trust);
    say_kept(self);
}

static void
n2_page_info_dispose(GObject *object)
{
    N2PageInfo *self = N2_PAGE_INFO(object);

    stop_asking(self);
    g_clear_object(&self->source);
    g_clear_object(&self->place);
    g_clear_pointer(&self->identity, g_free);
    G_OBJECT_CLASS(n2_page_info_parent_class)->dispose(object);
}

static void
n2_page_info_class_init(N2PageInfoClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_page_info_dispose;
    g_type_ensure(N2_TYPE_HOP_CHAIN);
    g_type_ensure(N2_TYPE_KEEP_ROW);
    g_type_ensure(N2_TYPE_VERSION_LIST);
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/widgets/page-info.ui");
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, tile);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, title);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, site);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, vouches);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, person);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, way);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, way_delay);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, way_words);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, chain);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, kept);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, holder);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, hash);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, hash_row);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, holder_row);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, keep);
    gtk_widget_class_bind_template_child(widget_class, N2PageInfo, versions);
    gtk_widget_class_bind_template_callback(widget_class, on_map_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_version_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_person_cb);
}

static void
n2_page_info_init(N2PageInfo *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}
