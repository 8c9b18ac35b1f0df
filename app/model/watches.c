/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * watches.c - the searches whose answers the user wants to be told of.
 */
#include "model/watches.h"

#include "client/error.h"

enum {
    REST_MS = 2000 /* between two answers: what is published together is told together */
};

struct _N2Watches {
    GObject parent_instance;

    N2Library *library; /* owned */
    char *path;         /* owned; NULL keeps nothing */
    GPtrArray *watches; /* owned; of N2Watch */
};

static void list_model_init(GListModelInterface *iface);

G_DEFINE_FINAL_TYPE(N2Watch, n2_watch, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE(N2Watches,
                              n2_watches,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, list_model_init))

static guint found_signal;

static GType
get_item_type(GListModel *model)
{
    (void)model;
    return N2_TYPE_WATCH;
}

static guint
get_n_items(GListModel *model)
{
    return N2_WATCHES(model)->watches->len;
}

static gpointer
get_item(GListModel *model, guint position)
{
    GPtrArray *watches = N2_WATCHES(model)->watches;

    return position < watches->len ? g_object_ref(g_ptr_array_index(watches, position)) : NULL;
}

static void
list_model_init(GListModelInterface *iface)
{
    iface->get_item_type = get_item_type;
    iface->get_n_items = get_n_items;
    iface->get_item = get_item;
}

/* ---- file ---- */

/* A few kilobytes, written seldom; whole or not at all. */
static void
save(N2Watches *self)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *folder = self->path ? g_path_get_dirname(self->path) : NULL;
    g_autofree char *text = NULL;
    gsize len = 0;

    if (!self->path)
        return;
    for (guint i = 0; i < self->watches->len; i++) {
        const N2Watch *watch = g_ptr_array_index(self->watches, i);
        g_autofree char *group = g_strdup_printf("%u", i);

        g_key_file_set_string(file, group, "query", watch->query);
        if (watch->state)
            g_key_file_set_string(file, group, "state", watch->state);
        g_key_file_set_boolean(file, group, "changed", watch->is_changed);
    }
    text = g_key_file_to_data(file, &len, NULL);
    g_mkdir_with_parents(folder, 0700);
    g_file_set_contents_full(self->path, text, (gssize)len, G_FILE_SET_CONTENTS_CONSISTENT,
                             0600, NULL);
}

static N2Watch *
make_watch(N2Watches *self, const char *query)
{
    N2Watch *watch = g_object_new(N2_TYPE_WATCH, NULL);

    watch->query = g_strdup(query);
    watch->library = g_object_ref(self->library);
    watch->owner = self;
    return watch;
}

static void
load(N2Watches *self)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    if (!self->path || !g_key_file_load_from_file(file, self->path, G_KEY_FILE_NONE, NULL))
        return;
    for (int i = 0; i < N2_WATCHES_MAX; i++) {
        g_autofree char *group = g_strdup_printf("%d", i);
        g_autofree char *query = g_key_file_get_string(file, group, "query", NULL);

        if (!query)
            return;
        if (!*query || n2_watches_has(self, query))
            continue;
        N2Watch *watch = make_watch(self, query);
        watch->state = g_key_file_get_string(file, group, "state", NULL);
        watch->is_changed = g_key_file_get_boolean(file, group, "changed", NULL);
        g_ptr_array_add(self->watches, watch);
    }
}

/* ---- answers ---- */

static void ask(N2Watch *watch);

static void
tell_row(N2Watches *self, N2Watch *watch)
{
    guint at = 0;

    if (g_ptr_array_find(self->watches, watch, &at))
        g_list_model_items_changed(G_LIST_MODEL(self), at, 1, 1);
}

/* How many of them were not there before; from now on they are. */
static guint
learn(N2Watch *watch, GListModel *hits)
{
    gboolean is_first = !watch->known;
    GHashTable *now = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint n = 0;

    for (guint i = 0; i < g_list_model_get_n_items(hits); i++) {
        g_autoptr(N2Hit) hit = g_list_model_get_item(hits, i);

        n += !is_first && !g_hash_table_contains(watch->known, hit->address);
        g_hash_table_add(now, g_strdup(hit->address));
    }
    g_clear_pointer(&watch->known, g_hash_table_unref);
    watch->known = now;
    return n;
}

static void
take(N2Watch *watch, N2Found *found)
{
    N2Watches *self = watch->owner;
    gboolean is_same = !watch->state || g_strcmp0(watch->state, found->state) == 0;
    guint n_new = learn(watch, G_LIST_MODEL(found->hits));

    if (g_strcmp0(watch->state, found->state) != 0) {
        g_free(watch->state);
        watch->state = g_strdup(found->state);
        watch->is_changed |= !is_same;
        watch->n_new += n_new;
        save(self);
    }
    if (is_same)
        return;
    tell_row(self, watch);
    g_signal_emit(self, found_signal, 0, watch);
}

static gboolean
on_rest_cb(gpointer user_data)
{
    N2Watch *watch = user_data;

    watch->rest = 0;
    ask(watch);
    return G_SOURCE_REMOVE;
}

static void
on_found_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2Watch) watch = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Found) found = n2_library_found_finish(N2_LIBRARY(source), result, &error);

    if (!watch->owner || (error && n2_error_code(error) == N2_ERR_CANCELLED))
        return;
    g_clear_object(&watch->cancellable);
    if (!found) /* n2_watches_wake() tries again */
        return;
    take(watch, found);
    if (watch->owner && watch->state && !watch->rest)
        watch->rest = g_timeout_add(REST_MS, on_rest_cb, watch);
}

/* The first answer says what there is, the next ones come when there is something else. */
static void
ask(N2Watch *watch)
{
    gboolean is_first = !watch->known;

    watch->cancellable = g_cancellable_new();
    n2_library_ask_async(watch->library, is_first ? N2_LIBRARY_FIND : N2_LIBRARY_WATCH,
                         watch->query, is_first ? NULL : watch->state, N2_LIBRARY_ANSWERS_MAX,
                         watch->cancellable, on_found_cb, g_object_ref(watch));
}

static void
give_up(N2Watch *watch)
{
    watch->owner = NULL;
    g_clear_handle_id(&watch->rest, g_source_remove);
    if (watch->cancellable)
        g_cancellable_cancel(watch->cancellable);
    g_clear_object(&watch->cancellable);
}

/* ---- the list ---- */

static N2Watch *
peek(N2Watches *self, const char *query, guint *at)
{
    for (guint i = 0; i < self->watches->len; i++) {
        N2Watch *watch = g_ptr_array_index(self->watches, i);

        if (at)
            *at = i;
        if (g_str_equal(watch->query, query))
            return watch;
    }
    return NULL;
}

gboolean
n2_watches_has(N2Watches *self, const char *query)
{
    g_return_val_if_fail(N2_IS_WATCHES(self), FALSE);

    return peek(self, query, NULL) != NULL;
}

gboolean
n2_watches_add(N2Watches *self, const char *query)
{
    g_return_val_if_fail(N2_IS_WATCHES(self), FALSE);

    if (peek(self, query, NULL))
        return TRUE;
    if (self->watches->len >= N2_WATCHES_MAX)
        return FALSE;
    g_ptr_array_insert(self->watches, 0, make_watch(self, query));
    g_list_model_items_changed(G_LIST_MODEL(self), 0, 0, 1);
    save(self);
    ask(g_ptr_array_index(self->watches, 0));
    return TRUE;
}

void
n2_watches_remove(N2Watches *self, const char *query)
{
    guint at = 0;
    N2Watch *watch = NULL;

    g_return_if_fail(N2_IS_WATCHES(self));

    watch = peek(self, query, &at);
    if (!watch)
        return;
    give_up(watch);
    g_ptr_array_remove_index(self->watches, at);
    g_list_model_items_changed(G_LIST_MODEL(self), at, 1, 0);
    save(self);
}

void
n2_watches_see(N2Watches *self, const char *query)
{
    N2Watch *watch = NULL;

    g_return_if_fail(N2_IS_WATCHES(self));

    watch = peek(self, query, NULL);
    if (!watch || !watch->is_changed)
        return;
    watch->is_changed = FALSE;
    watch->n_new = 0;
    tell_row(self, watch);
    save(self);
}

void
n2_watches_wake(N2Watches *self)
{
    g_return_if_fail(N2_IS_WATCHES(self));

    for (guint i = 0; i < self->watches->len; i++) {
        N2Watch *watch = g_ptr_array_index(self->watches, i);

        if (!watch->cancellable && !watch->rest)
            ask(watch);
    }
}

void
n2_watches_stop(N2Watches *self)
{
    g_return_if_fail(N2_IS_WATCHES(self));

    g_ptr_array_foreach(self->watches, (GFunc)(void (*)(void))give_up, NULL);
}

/* ---- objects ---- */

static void
n2_watch_finalize(GObject *object)
{
    N2Watch *self = N2_WATCH(object);

    g_free(self->query);
    g_free(self->state);
    g_clear_pointer(&self->known, g_hash_table_unref);
    g_clear_object(&self->cancellable);
    g_object_unref(self->library);
    G_OBJECT_CLASS(n2_watch_parent_class)->finalize(object);
}

static void
n2_watch_class_init(N2WatchClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_watch_finalize;
}

static void
n2_watch_init(N2Watch *self)
{
    (void)self;
}

static void
n2_watches_finalize(GObject *object)
{
    N2Watches *self = N2_WATCHES(object);

    n2_watches_stop(self);
    g_ptr_array_unref(self->watches);
    g_object_unref(self->library);
    g_free(self->path);
    G_OBJECT_CLASS(n2_watches_parent_class)->finalize(object);
}

static void
n2_watches_class_init(N2WatchesClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_watches_finalize;
    found_signal = g_signal_new("found", N2_TYPE_WATCHES, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, N2_TYPE_WATCH);
}

static void
n2_watches_init(N2Watches *self)
{
    self->watches = g_ptr_array_new_with_free_func(g_object_unref);
}

N2Watches *
n2_watches_new(N2Library *library, const char *path)
{
    N2Watches *self = g_object_new(N2_TYPE_WATCHES, NULL);

    self->library = g_object_ref(library);
    self->path = g_strdup(path);
    load(self);
    n2_watches_wake(self);
    return self;
}
