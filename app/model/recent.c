/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * recent.c - the places visited last.
 */
#include "model/recent.h"

#include "model/location.h"

struct _N2Recent {
    GObject parent_instance;

    char *path;        /* owned; NULL keeps nothing */
    GPtrArray *places; /* owned; of N2RecentPlace */
};

static void list_model_init(GListModelInterface *iface);

G_DEFINE_FINAL_TYPE(N2RecentPlace, n2_recent_place, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE(N2Recent,
                              n2_recent,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type(GListModel *model)
{
    (void)model;
    return N2_TYPE_RECENT_PLACE;
}

static guint
get_n_items(GListModel *model)
{
    return N2_RECENT(model)->places->len;
}

static gpointer
get_item(GListModel *model, guint position)
{
    GPtrArray *places = N2_RECENT(model)->places;

    return position < places->len ? g_object_ref(g_ptr_array_index(places, position)) : NULL;
}

static void
list_model_init(GListModelInterface *iface)
{
    iface->get_item_type = get_item_type;
    iface->get_n_items = get_n_items;
    iface->get_item = get_item;
}

static N2RecentPlace *
make_place(const char *address, const char *title)
{
    N2RecentPlace *place = g_object_new(N2_TYPE_RECENT_PLACE, NULL);

    place->address = g_strdup(address);
    place->title = g_strdup(title);
    return place;
}

static void
load(N2Recent *self)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    if (!self->path || !g_key_file_load_from_file(file, self->path, G_KEY_FILE_NONE, NULL))
        return;
    for (int i = 0; i < N2_RECENT_MAX; i++) {
        g_autofree char *group = g_strdup_printf("%d", i);
        g_autofree char *address = g_key_file_get_string(file, group, "address", NULL);
        g_autofree char *title = g_key_file_get_string(file, group, "title", NULL);
        g_autofree char *canonical = NULL;

        if (!address || !title)
            return;
        if (n2_location_read(address, &canonical, NULL) == N2_LOCATION_SITE)
            g_ptr_array_add(self->places, make_place(canonical, title));
    }
}

/* A few kilobytes, written seldom; whole or not at all. */
static void
save(N2Recent *self)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *folder = self->path ? g_path_get_dirname(self->path) : NULL;
    g_autofree char *text = NULL;
    gsize len = 0;

    if (!self->path)
        return;
    for (guint i = 0; i < self->places->len; i++) {
        N2RecentPlace *place = g_ptr_array_index(self->places, i);
        g_autofree char *group = g_strdup_printf("%u", i);

        g_key_file_set_string(file, group, "address", place->address);
        g_key_file_set_string(file, group, "title", place->title);
    }
    text = g_key_file_to_data(file, &len, NULL);
    g_mkdir_with_parents(folder, 0700);
    g_file_set_contents_full(self->path, text, (gssize)len, G_FILE_SET_CONTENTS_CONSISTENT,
                             0600, NULL);
}

void
n2_recent_add(N2Recent *self, const char *address, const char *title)
{
    g_return_if_fail(N2_IS_RECENT(self));

    for (guint i = 0; i < self->places->len; i++) {
        N2RecentPlace *place = g_ptr_array_index(self->places, i);

        if (!n2_location_same_document(place->address, address))
            continue;
        if (i == 0 && g_str_equal(place->title, title))
            return;
        g_ptr_array_remove_index(self->places, i);
        g_list_model_items_changed(G_LIST_MODEL(self), i, 1, 0);
        break;
    }
    g_ptr_array_insert(self->places, 0, make_place(address, title));
    g_list_model_items_changed(G_LIST_MODEL(self), 0, 0, 1);
    if (self->places->len > N2_RECENT_MAX) {
        g_ptr_array_remove_index(self->places, N2_RECENT_MAX);
        g_list_model_items_changed(G_LIST_MODEL(self), N2_RECENT_MAX, 1, 0);
    }
    save(self);
}

void
n2_recent_clear(N2Recent *self)
{
    guint n = 0;

    g_return_if_fail(N2_IS_RECENT(self));

    n = self->places->len;
    g_ptr_array_set_size(self->places, 0);
    g_list_model_items_changed(G_LIST_MODEL(self), 0, n, 0);
    save(self);
}

static void
n2_recent_place_finalize(GObject *object)
{
    N2RecentPlace *self = N2_RECENT_PLACE(object);

    g_free(self->address);
    g_free(self->title);
    G_OBJECT_CLASS(n2_recent_place_parent_class)->finalize(object);
}

static void
n2_recent_place_class_init(N2RecentPlaceClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_recent_place_finalize;
}

static void
n2_recent_place_init(N2RecentPlace *self)
{
    (void)self;
}

static void
n2_recent_finalize(GObject *object)
{
    N2Recent *self = N2_RECENT(object);

    g_free(self->path);
    g_ptr_array_unref(self->places);
    G_OBJECT_CLASS(n2_recent_parent_class)->finalize(object);
}

static void
n2_recent_class_init(N2RecentClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_recent_finalize;
}

static void
n2_recent_init(N2Recent *self)
{
    self->places = g_ptr_array_new_with_free_func(g_object_unref);
}

N2Recent *
n2_recent_new(const char *path)
{
    N2Recent *self = g_object_new(N2_TYPE_RECENT, NULL);

    self->path = g_strdup(path);
    load(self);
    return self;
}
