/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * suggestions.c - below an address that is being typed.
 */
#include "widgets/suggestions.h"

#include <string.h>

#include <glib/gi18n.h>

#include "model/location.h"

enum {
    PLACES_MAX = 5 /* besides the search */
};

struct _N2Suggestions {
    GtkPopover parent_instance;

    GtkListBox *list; /* borrowed */
    GtkText *text;    /* borrowed; the parent's */
    N2Recent *recent; /* owned; nullable */
};

G_DEFINE_FINAL_TYPE(N2Suggestions, n2_suggestions, GTK_TYPE_POPOVER)

enum {
    SIGNAL_GO,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static GtkListBoxRow *
row_at(N2Suggestions *self, int at)
{
    return gtk_list_box_get_row_at_index(self->list, at);
}

static const char *
peek_address(GtkListBoxRow *row)
{
    return g_object_get_data(G_OBJECT(row), "n2-address");
}

/* @below: (nullable) */
static void
add_row(N2Suggestions *self,
        const char *icon,
        const char *title,
        const char *below,
        const char *address)
{
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    const char *const texts[] = {title, below};

    gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name(icon));
    for (gsize i = 0; i < G_N_ELEMENTS(texts) && texts[i]; i++) {
        GtkWidget *label = gtk_label_new(texts[i]);

        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
        if (i) {
            gtk_widget_add_css_class(label, "dim");
            gtk_widget_add_css_class(label, "small");
            gtk_widget_set_hexpand(label, TRUE);
        }
        gtk_box_append(GTK_BOX(box), label);
    }
    g_autofree char *name = below ? g_strdup_printf("%s, %s", title, below) : g_strdup(title);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   -1);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_widget_set_focusable(row, FALSE); /* the text keeps the focus */
    g_object_set_data_full(G_OBJECT(row), "n2-address", g_strdup(address), g_free);
    gtk_list_box_append(self->list, row);
}

static gboolean
holds(const char *text, const char *needle)
{
    g_autofree char *folded = g_utf8_casefold(text, -1);

    return strstr(folded, needle) != NULL;
}

static void
add_places(N2Suggestions *self, const char *typed)
{
    g_autofree char *needle = g_utf8_casefold(typed, -1);
    GListModel *places = G_LIST_MODEL(self->recent);
    guint n = 0;

    for (guint i = 0; i < g_list_model_get_n_items(places) && n < PLACES_MAX; i++) {
        g_autoptr(N2RecentPlace) place = g_list_model_get_item(places, i);
        g_autofree char *site = n2_location_dup_site(place->address);
        g_autofree char *rest = n2_location_dup_rest(place->address);
        g_autofree char *where = g_strconcat(site, rest, NULL);

        if (!holds(place->title, needle) && !holds(where, needle))
            continue;
        add_row(self, "document-open-recent-symbolic", place->title, where, place->address);
        n++;
    }
}

static gboolean
is_address(const char *typed)
{
    g_autofree char *out = NULL;

    return n2_location_read(typed, &out, NULL) != N2_LOCATION_BAD ||
           g_str_has_prefix(typed, "net2o:");
}

/* -1: none. */
static void
choose(N2Suggestions *self, int at)
{
    GtkListBoxRow *row = at >= 0 ? row_at(self, at) : NULL;

    gtk_list_box_select_row(self->list, row);
    if (row) /* the focus stays in the text, so that it is said there */
        gtk_accessible_update_relation(GTK_ACCESSIBLE(self->text),
                                       GTK_ACCESSIBLE_RELATION_ACTIVE_DESCENDANT, row, -1);
    else
        gtk_accessible_reset_relation(GTK_ACCESSIBLE(self->text),
                                      GTK_ACCESSIBLE_RELATION_ACTIVE_DESCENDANT);
}

void
n2_suggestions_show(N2Suggestions *self, const char *typed)
{
    g_autofree char *text = g_strstrip(g_strdup(typed));
    GtkListBoxRow *row = NULL;
    int n = 0;

    g_return_if_fail(N2_IS_SUGGESTIONS(self));

    choose(self, -1);
    while ((row = row_at(self, 0)))
        gtk_list_box_remove(self->list, GTK_WIDGET(row));
    if (!*text || !self->recent) {
        gtk_popover_popdown(GTK_POPOVER(self));
        return;
    }
    g_autofree char *search = n2_location_dup_search(text);
    /* Translators: the last suggestion below the address; %s is what was typed. */
    g_autofree char *words = g_strdup_printf(_("Search for “%s”"), text);
    add_places(self, text);
    add_row(self, "system-search-symbolic", words, NULL, search);
    while (row_at(self, n))
        n++;
    gtk_widget_set_size_request(
        GTK_WIDGET(self), gtk_widget_get_width(gtk_widget_get_parent(GTK_WIDGET(self))), -1);
    gtk_popover_popup(GTK_POPOVER(self));
    choose(self, is_address(text) ? -1 : n - 1);
}

char *
n2_suggestions_take(N2Suggestions *self)
{
    GtkListBoxRow *row = NULL;
    char *address = NULL;

    g_return_val_if_fail(N2_IS_SUGGESTIONS(self), NULL);

    row = gtk_widget_get_visible(GTK_WIDGET(self)) ? gtk_list_box_get_selected_row(self->list)
                                                   : NULL;
    address = row ? g_strdup(peek_address(row)) : NULL;
    choose(self, -1);
    gtk_popover_popdown(GTK_POPOVER(self));
    return address;
}

static void
on_row_cb(N2Suggestions *self, GtkListBoxRow *row)
{
    g_autofree char *address = g_strdup(peek_address(row));

    choose(self, -1);
    gtk_popover_popdown(GTK_POPOVER(self));
    g_signal_emit(self, signals[SIGNAL_GO], 0, address);
}

/* One further, and past the ends back to what was typed. */
static void
step(N2Suggestions *self, int by)
{
    GtkListBoxRow *row = gtk_list_box_get_selected_row(self->list);
    int n = 0, at = row ? gtk_list_box_row_get_index(row) : -1;

    while (row_at(self, n))
        n++;
    at += by;
    choose(self, at >= n ? -1 : at < -1 ? n - 1 : at);
}

static gboolean
on_key_cb(N2Suggestions *self, guint key)
{
    if (!gtk_widget_get_visible(GTK_WIDGET(self)))
        return GDK_EVENT_PROPAGATE;
    if (key == GDK_KEY_Down || key == GDK_KEY_KP_Down) {
        step(self, 1);
    } else if (key == GDK_KEY_Up || key == GDK_KEY_KP_Up) {
        step(self, -1);
    } else if (key == GDK_KEY_Escape) {
        choose(self, -1);
        gtk_popover_popdown(GTK_POPOVER(self));
    } else {
        return GDK_EVENT_PROPAGATE;
    }
    return GDK_EVENT_STOP;
}

void
n2_suggestions_set_recent(N2Suggestions *self, N2Recent *recent)
{
    g_return_if_fail(N2_IS_SUGGESTIONS(self));

    g_set_object(&self->recent, recent);
}

static void
n2_suggestions_dispose(GObject *object)
{
    g_clear_object(&N2_SUGGESTIONS(object)->recent);
    G_OBJECT_CLASS(n2_suggestions_parent_class)->dispose(object);
}

static void
n2_suggestions_class_init(N2SuggestionsClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_suggestions_dispose;
    signals[SIGNAL_GO] = g_signal_new("go", N2_TYPE_SUGGESTIONS, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
n2_suggestions_init(N2Suggestions *self)
{
    GtkWidget *list = gtk_list_box_new();

    self->list = GTK_LIST_BOX(list);
    gtk_list_box_set_selection_mode(self->list, GTK_SELECTION_SINGLE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Suggestions"), -1);
    gtk_popover_set_child(GTK_POPOVER(self), list);
    gtk_popover_set_autohide(GTK_POPOVER(self), FALSE);
    gtk_popover_set_has_arrow(GTK_POPOVER(self), FALSE);
    gtk_popover_set_position(GTK_POPOVER(self), GTK_POS_BOTTOM);
    gtk_widget_set_can_focus(GTK_WIDGET(self), FALSE);
    gtk_widget_add_css_class(GTK_WIDGET(self), "suggestions");
    g_signal_connect_swapped(list, "row-activated", G_CALLBACK(on_row_cb), self);
}

N2Suggestions *
n2_suggestions_new(GtkWidget *parent, GtkText *text)
{
    N2Suggestions *self = g_object_new(N2_TYPE_SUGGESTIONS, NULL);
    GtkEventController *keys = gtk_event_controller_key_new();

    self->text = text;
    gtk_widget_set_parent(GTK_WIDGET(self), parent);
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect_swapped(keys, "key-pressed", G_CALLBACK(on_key_cb), self);
    gtk_widget_add_controller(GTK_WIDGET(text), keys);
    return self;
}
