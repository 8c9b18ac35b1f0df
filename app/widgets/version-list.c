/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * version-list.c - the versions of a place.
 */
#include "widgets/version-list.h"

#include <string.h>

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/location.h"
#include "model/words.h"

enum {
    FEW = 4 /* are seen at once; the others on request */
};

struct _N2VersionList {
    GtkWidget parent_instance;

    GtkLabel *words;  /* borrowed */
    GtkWidget *more;  /* borrowed; button */
    GtkListBox *list; /* borrowed */

    N2Source *source;          /* owned; nullable */
    N2Place *place;            /* owned; nullable */
    GCancellable *cancellable; /* owned; nullable: of the question under way */
};

G_DEFINE_FINAL_TYPE(N2VersionList, n2_version_list, GTK_TYPE_WIDGET)

enum {
    SIGNAL_GO,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
stop_asking(N2VersionList *self)
{
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
}

static GtkWidget *
make_label(const char *text, const char *class)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    if (class)
        gtk_widget_add_css_class(label, class);
    return label;
}

/* "Version 3 · Desk" (transfer full). */
static char *
dup_facts(const N2Edition *version)
{
    g_autofree char *device = n2_edition_dup_device(version);
    g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, version->counter);
    g_autofree char *number = g_strdup_printf(_("Version %s"), digits);

    return device ? g_strdup_printf("%s · %s", number, device) : g_steal_pointer(&number);
}

static void
add_row(N2VersionList *self, const N2Edition *version, gboolean is_shown)
{
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *texts = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_autofree char *when = n2_words_time(version->time_us, g_get_real_time());
    g_autofree char *facts = dup_facts(version);
    g_autofree char *name = NULL;
    GtkWidget *below = make_label(facts, "caption");
    const char *mark = is_shown ? _("shown") : version->is_current ? _("the newest") : "";

    if (!*when) {
        g_free(when);
        when = g_strdup(_("Unknown date"));
    }
    name = g_strdup_printf("%s, %s%s%s", when, facts, *mark ? ", " : "", mark);
    gtk_widget_add_css_class(below, "dim");
    gtk_box_append(GTK_BOX(texts), make_label(when, NULL));
    gtk_box_append(GTK_BOX(texts), below);
    gtk_widget_set_hexpand(texts, TRUE);
    gtk_box_append(GTK_BOX(box), texts);
    if (*mark) {
        GtkWidget *label = make_label(mark, "caption");

        gtk_widget_add_css_class(label, "dim");
        gtk_box_append(GTK_BOX(box), label);
    }
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), !is_shown);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   -1);
    /* What counts now is read under the plain address, so that it follows its author. */
    g_autofree char *newest = n2_location_dup_newest(self->place->address);
    const char *plain = newest ? newest : self->place->address;
    g_object_set_data_full(G_OBJECT(row), "n2-address",
                           g_strdup(version->is_current ? plain : version->address), g_free);
    gtk_list_box_append(self->list, row);
}

static void
show_versions(N2VersionList *self, GListModel *versions)
{
    guint n = g_list_model_get_n_items(versions);
    guint64 number = n2_location_get_version(self->place->address);
    GtkListBoxRow *row = NULL;

    while ((row = gtk_list_box_get_row_at_index(self->list, 0)))
        gtk_list_box_remove(self->list, GTK_WIDGET(row));
    for (guint i = 0; i < n; i++) {
        g_autoptr(N2Edition) version = g_list_model_get_item(versions, i);

        add_row(self, version, number ? version->counter == number : version->is_current);
    }
    for (int i = 0; i < (int)n; i++) {
        GtkWidget *at = GTK_WIDGET(gtk_list_box_get_row_at_index(self->list, i));

        if (at && i >= FEW)
            gtk_widget_set_visible(at, FALSE);
    }
    gtk_widget_set_visible(self->more, n > FEW);
    gtk_widget_set_visible(GTK_WIDGET(self->list), n > 1);
    gtk_widget_set_visible(GTK_WIDGET(self->words), n <= 1);
    gtk_label_set_text(self->words, _("No other version is known."));
}

static void
on_answer_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2VersionList) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GListModel) versions =
        n2_library_versions_finish(N2_LIBRARY(source), result, &error);

    if (!self->place || (error && n2_error_code(error) == N2_ERR_CANCELLED))
        return;
    g_clear_object(&self->cancellable);
    if (versions) {
        show_versions(self, versions);
        return;
    }
    g_autofree char *why = n2_words_sentence(n2_error_peek_why(error));
    gtk_label_set_text(self->words, why);
}

void
n2_version_list_ask(N2VersionList *self)
{
    N2Library *library = NULL;

    g_return_if_fail(N2_IS_VERSION_LIST(self));

    library = self->source ? n2_source_peek_library(self->source) : NULL;
    if (!self->place || !library)
        return;
    g_autofree char *newest = n2_location_dup_newest(self->place->address);
    const char *address = newest ? newest : self->place->address;
    g_autofree char *plain = g_strndup(address, strcspn(address, "#"));

    stop_asking(self);
    gtk_widget_set_visible(GTK_WIDGET(self->list), FALSE);
    gtk_widget_set_visible(self->more, FALSE);
    gtk_widget_set_visible(GTK_WIDGET(self->words), TRUE);
    gtk_label_set_text(self->words, _("Asking for them…"));
    self->cancellable = g_cancellable_new();
    n2_library_ask_async(library, N2_LIBRARY_HISTORY, plain, NULL, 0, self->cancellable,
                         on_answer_cb, g_object_ref(self));
}

void
n2_version_list_set_place(N2VersionList *self, N2Source *source, N2Place *place)
{
    g_return_if_fail(N2_IS_VERSION_LIST(self));

    if (place && place == self->place) /* told again: what was asked still counts */
        return;
    stop_asking(self);
    g_set_object(&self->source, source);
    g_set_object(&self->place, place);
    gtk_widget_set_visible(GTK_WIDGET(self), place && source &&
                                                 n2_source_peek_library(source) &&
                                                 !strstr(place->address, "://h1-"));
}

/* The keys go on where they were. */
static void
on_more_cb(N2VersionList *self)
{
    GtkListBoxRow *row = NULL;

    for (int i = FEW; (row = gtk_list_box_get_row_at_index(self->list, i)); i++)
        gtk_widget_set_visible(GTK_WIDGET(row), TRUE);
    row = gtk_list_box_get_row_at_index(self->list, FEW);
    if (row)
        gtk_widget_grab_focus(GTK_WIDGET(row));
    gtk_widget_set_visible(self->more, FALSE);
}

static void
on_row_cb(N2VersionList *self, GtkListBoxRow *row)
{
    g_signal_emit(self, signals[SIGNAL_GO], 0, g_object_get_data(G_OBJECT(row), "n2-address"));
}

static void
n2_version_list_dispose(GObject *object)
{
    N2VersionList *self = N2_VERSION_LIST(object);
    GtkWidget *child = NULL;

    stop_asking(self);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->source);
    g_clear_object(&self->place);
    G_OBJECT_CLASS(n2_version_list_parent_class)->dispose(object);
}

static void
n2_version_list_class_init(N2VersionListClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_version_list_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "versionlist");
    signals[SIGNAL_GO] = g_signal_new("go", N2_TYPE_VERSION_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
n2_version_list_init(N2VersionList *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    GtkWidget *heading = make_label(_("Versions"), "heading");
    GtkWidget *words = make_label("", "dim");
    GtkWidget *list = gtk_list_box_new();

    self->words = GTK_LABEL(words);
    self->list = GTK_LIST_BOX(list);
    self->more = gtk_button_new_with_label(_("Show All"));
    gtk_label_set_wrap(self->words, TRUE);
    gtk_list_box_set_selection_mode(self->list, GTK_SELECTION_NONE);
    gtk_widget_add_css_class(list, "versions");
    gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Versions"), -1);
    gtk_widget_set_margin_top(box, 18);
    gtk_box_append(GTK_BOX(box), heading);
    gtk_box_append(GTK_BOX(box), words);
    gtk_box_append(GTK_BOX(box), list);
    gtk_box_append(GTK_BOX(box), self->more);
    gtk_widget_set_halign(self->more, GTK_ALIGN_START);
    gtk_widget_add_css_class(self->more, "flat");
    g_signal_connect_swapped(self->more, "clicked", G_CALLBACK(on_more_cb), self);
    gtk_widget_set_parent(box, GTK_WIDGET(self));
    g_signal_connect_swapped(list, "row-activated", G_CALLBACK(on_row_cb), self);
}
