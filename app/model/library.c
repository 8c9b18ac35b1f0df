/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * library.c - what the user's node knows of contents: the interface, and its answers read.
 */
#include "model/library.h"

#include <string.h>

#include <glib/gi18n.h>

#include "client/client.h"
#include "model/location.h"
#include "model/person.h"

enum {
    LINE_CHARS = 400 /* of a title or a text; no label shows more */
};

G_DEFINE_INTERFACE(N2Library, n2_library, G_TYPE_OBJECT)

static void
n2_library_default_init(N2LibraryInterface *iface)
{
    (void)iface;
}

void
n2_library_ask_async(N2Library *self,
                     N2LibraryQuestion question,
                     const char *text,
                     const char *since,
                     guint limit,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
    g_return_if_fail(N2_IS_LIBRARY(self));
    g_return_if_fail(text != NULL);

    N2_LIBRARY_GET_IFACE(self)->ask_async(self, question, text, since, limit, cancellable,
                                          callback, user_data);
}

static GVariant *
finish(N2Library *self, GAsyncResult *result, GVariant **info, GError **error)
{
    return N2_LIBRARY_GET_IFACE(self)->ask_finish(self, result, info, error);
}

/* Text from elsewhere on one line: what steers the direction of writing, or is no character of
 * a text, becomes a blank, so that as many characters stay (transfer full). */
static char *
dup_line(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    GString *out = g_string_new(NULL);
    guint n = 0;

    for (char *at = valid; *at && n < LINE_CHARS; at = g_utf8_next_char(at), n++) {
        gunichar c = g_utf8_get_char(at);
        GUnicodeType type = g_unichar_type(c);
        gboolean is_other = type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
                            type == G_UNICODE_LINE_SEPARATOR ||
                            type == G_UNICODE_PARAGRAPH_SEPARATOR;

        g_string_append_unichar(out, is_other ? ' ' : c);
    }
    return g_string_free(out, FALSE);
}

/* ---- what is found ---- */

G_DEFINE_FINAL_TYPE(N2Hit, n2_hit, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Found, n2_found, G_TYPE_OBJECT)

static void
n2_hit_finalize(GObject *object)
{
    N2Hit *self = N2_HIT(object);

    g_free(self->address);
    g_free(self->title);
    g_free(self->where);
    g_free(self->type);
    g_free(self->text);
    g_array_unref(self->marks);
    G_OBJECT_CLASS(n2_hit_parent_class)->finalize(object);
}

static void
n2_hit_class_init(N2HitClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_hit_finalize;
}

static void
n2_hit_init(N2Hit *self)
{
    self->marks = g_array_new(FALSE, FALSE, sizeof(n2_stretch));
}

gboolean
n2_hit_equals(const N2Hit *a, const N2Hit *b)
{
    return g_str_equal(a->address, b->address) && g_str_equal(a->title, b->title) &&
           g_str_equal(a->type, b->type) && g_strcmp0(a->text, b->text) == 0 &&
           a->marks->len == b->marks->len &&
           (!a->marks->len ||
            memcmp(a->marks->data, b->marks->data, a->marks->len * sizeof(n2_stretch)) == 0) &&
           a->size_bytes == b->size_bytes && a->changed_us == b->changed_us &&
           a->is_here == b->is_here;
}

static void
n2_found_finalize(GObject *object)
{
    g_object_unref(N2_FOUND(object)->hits);
    g_free(N2_FOUND(object)->state);
    G_OBJECT_CLASS(n2_found_parent_class)->finalize(object);
}

static void
n2_found_class_init(N2FoundClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_found_finalize;
}

static void
n2_found_init(N2Found *self)
{
    self->hits = g_list_store_new(N2_TYPE_HIT);
}

/* Marks are told in characters; those that make no sense are left out. */
static void
read_marks(N2Hit *hit, GVariant *row)
{
    g_autoptr(GVariant) marks = n2_dict_dup(row, "marks", "aa{sv}");
    guint64 n_chars = (guint64)g_utf8_strlen(hit->text, -1);

    for (gsize i = 0; marks && i < g_variant_n_children(marks); i++) {
        g_autoptr(GVariant) mark = g_variant_get_child_value(marks, i);
        guint64 from = n2_dict_uint(mark, "from"), until = n2_dict_uint(mark, "until");

        if (from >= until || until > n_chars)
            continue;
        n2_stretch s = {
            .from = (guint)(g_utf8_offset_to_pointer(hit->text, (glong)from) - hit->text),
            .until = (guint)(g_utf8_offset_to_pointer(hit->text, (glong)until) - hit->text)};
        g_array_append_val(hit->marks, s);
    }
}

/* (transfer full) (nullable): what can't be opened. */
static N2Hit *
read_hit(GVariant *row)
{
    const char *address = n2_dict_string(row, "address"), *hash = n2_dict_string(row, "hash");
    const char *title = n2_dict_string(row, "title"), *name = n2_dict_string(row, "name");
    const char *type = n2_dict_string(row, "type"), *text = n2_dict_string(row, "text");
    gboolean is_folder = g_strcmp0(n2_dict_string(row, "kind"), "directory") == 0;

    if (!address && !hash)
        return NULL;
    N2Hit *hit = g_object_new(N2_TYPE_HIT, NULL);
    hit->address = address ? g_strdup(address) : g_strconcat("net2o://", hash, "/", NULL);
    g_autofree char *site = n2_location_dup_site(hit->address);
    g_autofree char *rest = n2_location_dup_rest(hit->address);
    g_autofree char *where = g_strconcat(site, rest, NULL);
    hit->where = dup_line(where);
    hit->title = dup_line(title && *title ? title : name && *name ? name : site);
    hit->type = g_strdup(is_folder ? "inode/directory" : type ? type : "");
    if (text && *text) {
        hit->text = dup_line(text);
        read_marks(hit, row);
    }
    hit->size_bytes = n2_dict_uint(row, "size");
    hit->changed_us = (gint64)MIN(n2_dict_uint(row, "changed"), (guint64)G_MAXINT64);
    hit->is_here = n2_dict_bool(row, "here");
    return hit;
}

N2Found *
n2_library_found_finish(N2Library *self, GAsyncResult *result, GError **error)
{
    g_autoptr(GVariant) info = NULL;
    g_autoptr(GVariant) rows = finish(self, result, &info, error);
    N2Found *found = NULL;

    if (!rows)
        return NULL;
    found = g_object_new(N2_TYPE_FOUND, NULL);
    found->state = g_strdup(n2_dict_string(info, "state"));
    found->has_more = n2_dict_bool(info, "more");
    found->is_part = n2_dict_bool(info, "part");
    found->is_behind = n2_dict_bool(info, "behind");
    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        g_autoptr(N2Hit) hit = read_hit(row);

        if (hit)
            g_list_store_append(found->hits, hit);
    }
    return found;
}

/* ---- versions ---- */

G_DEFINE_FINAL_TYPE(N2Edition, n2_edition, G_TYPE_OBJECT)

static void
n2_edition_finalize(GObject *object)
{
    g_free(N2_EDITION(object)->address);
    g_free(N2_EDITION(object)->device);
    G_OBJECT_CLASS(n2_edition_parent_class)->finalize(object);
}

static void
n2_edition_class_init(N2EditionClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_edition_finalize;
}

static void
n2_edition_init(N2Edition *self)
{
    (void)self;
}

char *
n2_edition_dup_device(const N2Edition *self)
{
    if (self->is_merged)
        return g_strdup(_("several devices, joined"));
    return self->device ? g_strdup(self->device) : NULL;
}

GListModel *
n2_library_versions_finish(N2Library *self, GAsyncResult *result, GError **error)
{
    g_autoptr(GVariant) rows = finish(self, result, NULL, error);
    GListStore *versions = NULL;

    if (!rows)
        return NULL;
    versions = g_list_store_new(N2_TYPE_EDITION);
    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        const char *address = n2_dict_string(row, "address");
        const char *device = n2_dict_string(row, "device");
        g_autofree char *clean = n2_chrome_dup_name(device ? device : "");
        g_autoptr(N2Edition) version = g_object_new(N2_TYPE_EDITION, NULL);

        if (!address)
            continue;
        version->address = g_strdup(address);
        version->device = *clean ? g_steal_pointer(&clean) : NULL;
        version->counter = n2_dict_uint(row, "counter");
        version->time_us = (gint64)MIN(n2_dict_uint(row, "time"), (guint64)G_MAXINT64);
        version->is_merged = n2_dict_uint(row, "merges") > 0;
        version->is_current = n2_dict_bool(row, "current");
        g_list_store_append(versions, version);
    }
    return G_LIST_MODEL(versions);
}

/* ---- neighbours ---- */

G_DEFINE_FINAL_TYPE(N2Neighbour, n2_neighbour, G_TYPE_OBJECT)

static void
n2_neighbour_finalize(GObject *object)
{
    g_free(N2_NEIGHBOUR(object)->identity);
    g_free(N2_NEIGHBOUR(object)->name);
    g_free(N2_NEIGHBOUR(object)->services);
    G_OBJECT_CLASS(n2_neighbour_parent_class)->finalize(object);
}

static void
n2_neighbour_class_init(N2NeighbourClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_neighbour_finalize;
}

static void
n2_neighbour_init(N2Neighbour *self)
{
    (void)self;
}

char *
n2_neighbour_dup_title(const N2Neighbour *self)
{
    return *self->name ? g_strdup(self->name) : n2_address_dup_short(self->identity);
}

char *
n2_neighbour_dup_words(const N2Neighbour *self)
{
    const char *way = !self->is_reachable ? _("There is no way there yet")
                      : self->is_proven   ? _("Its key is proven")
                                        : _("It says so itself; nobody has asked for its key");

    if (!*self->services)
        return g_strdup(way);
    /* Translators: how far a neighbour is to be believed; then what it offers: "files, mail".
     */
    return g_strdup_printf(_("%s · offers %s"), way, self->services);
}

static const char *
service_word(const char *service)
{
    static const struct {
        const char *service, *word;
    } words[] = {{"files", N_("files")}, {"names", N_("names")}, {"mail", N_("mail")}};

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_str_equal(words[i].service, service))
            return _(words[i].word);
    return service;
}

static char *
dup_services(GVariant *row)
{
    g_autoptr(GVariant) services = n2_dict_dup(row, "services", "aa{sv}");
    GString *all = g_string_new(NULL);

    for (gsize i = 0; services && i < g_variant_n_children(services); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(services, i);
        const char *service = n2_dict_string(one, "service");
        g_autofree char *clean = n2_chrome_dup_name(service ? service : "");

        if (*clean)
            g_string_append_printf(all, "%s%s", all->len ? ", " : "", service_word(clean));
    }
    return g_string_free(all, FALSE);
}

GListModel *
n2_library_neighbours_finish(N2Library *self, GAsyncResult *result, GError **error)
{
    g_autoptr(GVariant) rows = finish(self, result, NULL, error);
    GListStore *neighbours = NULL;

    if (!rows)
        return NULL;
    neighbours = g_list_store_new(N2_TYPE_NEIGHBOUR);
    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        const char *identity = n2_dict_string(row, "identity");
        const char *name = n2_dict_string(row, "name");
        g_autoptr(N2Neighbour) neighbour = g_object_new(N2_TYPE_NEIGHBOUR, NULL);

        if (!identity)
            continue;
        neighbour->identity = g_strdup(identity);
        neighbour->name = n2_chrome_dup_name(name ? name : "");
        neighbour->services = dup_services(row);
        neighbour->is_proven = g_strcmp0(n2_dict_string(row, "state"), "proven") == 0;
        neighbour->is_reachable = n2_dict_bool(row, "reachable");
        neighbour->leads_out = n2_dict_bool(row, "leads-out");
        g_list_store_append(neighbours, neighbour);
    }
    return G_LIST_MODEL(neighbours);
}

/* ---- what keeps something ---- */

/* (transfer full) */
static char *
hold_words(GVariant *hold, gboolean *is_pinned)
{
    const char *kind = n2_dict_string(hold, "kind"), *owner = n2_dict_string(hold, "owner");
    g_autofree char *short_owner = n2_address_dup_short(owner ? owner : "");

    if (g_strcmp0(kind, "pin") == 0) {
        *is_pinned = TRUE;
        return g_strdup(_("You wanted it to stay."));
    }
    if (g_strcmp0(kind, "tree") == 0) /* Translators: %s is the beginning of a key. */
        return g_strdup_printf(_("It belongs to what %s publishes."), short_owner);
    if (g_strcmp0(kind, "cache") == 0)
        return g_strdup(_("It was read; it may go when room is needed."));
    return g_strdup(_("Your node works on it at the moment."));
}

char *
n2_library_why_finish(N2Library *self,
                      GAsyncResult *result,
                      gboolean *is_pinned,
                      GError **error)
{
    g_autoptr(GVariant) rows = finish(self, result, NULL, error);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    *is_pinned = FALSE;
    if (!rows)
        return NULL;
    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        char *words = hold_words(row, is_pinned);

        if (g_ptr_array_find_with_equal_func(lines, words, g_str_equal, NULL))
            g_free(words);
        else
            g_ptr_array_add(lines, words);
    }
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

gboolean
n2_library_done_finish(N2Library *self, GAsyncResult *result, GError **error)
{
    g_autoptr(GVariant) done = finish(self, result, NULL, error);

    return done != NULL;
}

char *
n2_library_roots_finish(N2Library *self, GAsyncResult *result, GError **error)
{
    g_autoptr(GVariant) rows = finish(self, result, NULL, error);
    g_autoptr(GString) names = g_string_new(NULL);

    if (!rows)
        return NULL;
    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        g_autoptr(GVariant) fraud = n2_dict_dup(row, "fraud", "aa{sv}");
        const char *suffix = n2_dict_string(row, "suffix");

        if (fraud && suffix)
            g_string_append_printf(names, "%s“%s”", names->len ? ", " : "", suffix);
    }
    if (!names->len)
        return g_strdup("");
    return g_strdup_printf(
        _("Who speaks for names that end in %s has signed two different lists of them at once. "
          "Don’t believe these names until it is clear why."),
        names->str);
}
