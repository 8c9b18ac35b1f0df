/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * supply.c - fetches what a renderer asks for.
 */
#include "model/supply.h"

#include <string.h>

#include "client/error.h"
#include "model/words.h"

enum {
    READ_BYTES = 64 << 10
};

struct _N2Supply {
    GObject parent_instance;

    N2Source *source;    /* owned */
    char *origin;        /* owned */
    GHashTable *folders; /* owned; path: folder */
    gsize bytes_left;    /* of parts */
    guint n_rounds;
    guint n_parts;
};

G_DEFINE_FINAL_TYPE(N2Supply, n2_supply, G_TYPE_OBJECT)

/* What lies in a folder; `names` stays NULL if nobody knows. */
typedef struct {
    GHashTable *names;  /* owned (nullable) */
    gboolean is_there;  /* the answer has come */
    GPtrArray *waiting; /* owned; of GTask, who wait for it */
} folder;

/* One fetch: its parts come in any order, each goes into the frame as it comes. */
typedef struct {
    n2_supplies frame;
    GPtrArray *paths; /* owned; of folders that were asked for */
    guint n_awaited;
} fetch;

typedef struct {
    GTask *task;          /* owned */
    char *address;        /* owned */
    N2Place *place;       /* owned */
    GInputStream *stream; /* owned */
    GByteArray *bytes;    /* owned */
} part;

static void
free_folder(gpointer data)
{
    folder *f = data;

    g_clear_pointer(&f->names, g_hash_table_unref);
    g_ptr_array_unref(f->waiting);
    g_free(f);
}

static void
free_fetch(gpointer data)
{
    fetch *f = data;

    n2_writer_clear(&f->frame.parts);
    n2_writer_clear(&f->frame.folders);
    g_ptr_array_unref(f->paths);
    g_free(f);
}

static void
free_part(part *p)
{
    g_object_unref(p->task);
    g_free(p->address);
    g_clear_object(&p->place);
    g_clear_object(&p->stream);
    g_byte_array_unref(p->bytes);
    g_free(p);
}

/* One of all that were asked for is there. */
static void
arrived(GTask *task)
{
    fetch *f = g_task_get_task_data(task);
    N2Supply *self = g_task_get_source_object(task);

    if (--f->n_awaited > 0)
        return;
    for (guint i = 0; i < f->paths->len; i++) {
        const char *path = g_ptr_array_index(f->paths, i);
        const folder *known = g_hash_table_lookup(self->folders, path);
        n2_supplies_folder(&f->frame, path, known ? known->names : NULL);
    }
    GBytes *frame = n2_supplies_end(&f->frame, ++self->n_rounds >= N2_RENDER_ROUNDS_MAX);
    if (frame)
        g_task_return_pointer(task, frame, (GDestroyNotify)g_bytes_unref);
    else
        g_task_return_error(task, n2_error_make(N2_ERR_LIMIT, self->origin, NULL, NULL));
}

/* ---- folders ---- */

typedef struct {
    N2Supply *supply; /* owned */
    char *path;       /* owned */
} listing;

static GHashTable *
names_in(N2Place *place)
{
    GListModel *entries = G_LIST_MODEL(place->entries);
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < g_list_model_get_n_items(entries); i++) {
        g_autoptr(N2Entry) entry = g_list_model_get_item(entries, i);
        g_hash_table_add(names, g_strdup(entry->name));
    }
    return names;
}

static void
on_listed_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    listing *l = user_data;
    folder *f = g_hash_table_lookup(l->supply->folders, l->path);
    g_autoptr(GInputStream) stream = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Place) place =
        n2_source_open_finish(N2_SOURCE(source), result, &stream, &error);

    if (stream)
        g_input_stream_close_async(stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
    if (place && place->is_directory)
        f->names = names_in(place);
    else if (error && n2_error_code(error) == N2_ERR_NOTFOUND)
        f->names = g_hash_table_new(g_str_hash, g_str_equal);
    f->is_there = TRUE;
    g_autoptr(GPtrArray) waiting = f->waiting;
    f->waiting = g_ptr_array_new_with_free_func(g_object_unref);
    for (guint i = 0; i < waiting->len; i++)
        arrived(g_ptr_array_index(waiting, i));
    g_object_unref(l->supply);
    g_free(l->path);
    g_free(l);
}

static folder *
list_folder(N2Supply *self, const char *path, GCancellable *cancellable)
{
    folder *f = g_hash_table_lookup(self->folders, path);

    if (f)
        return f;
    f = g_new0(folder, 1);
    f->waiting = g_ptr_array_new_with_free_func(g_object_unref);
    g_hash_table_insert(self->folders, g_strdup(path), f);
    g_autofree char *escaped = g_uri_escape_string(path, "/", TRUE);
    g_autofree char *address = g_strconcat(self->origin, escaped, NULL);
    listing *l = g_new0(listing, 1);
    l->supply = g_object_ref(self);
    l->path = g_strdup(path);
    n2_source_open_async(self->source, address, N2_OPEN_NO_INDEX, cancellable, on_listed_cb, l);
    return f;
}

void
n2_supply_expect(N2Supply *self, const char *path, GCancellable *cancellable)
{
    g_return_if_fail(N2_IS_SUPPLY(self));

    list_folder(self, path, cancellable);
}

static void
fetch_folder(GTask *task, const char *path)
{
    N2Supply *self = g_task_get_source_object(task);
    fetch *f = g_task_get_task_data(task);

    g_ptr_array_add(f->paths, g_strdup(path));
    if (path[0] != '/' || strstr(path, "/../") ||
        g_hash_table_size(self->folders) > N2_RENDER_FOLDERS_MAX)
        return; /* told as unknown */
    folder *known = list_folder(self, path, g_task_get_cancellable(task));
    if (known->is_there)
        return;
    f->n_awaited++;
    g_ptr_array_add(known->waiting, g_object_ref(task));
}

/* ---- parts ---- */

/* @is_had: the bytes count, as far as they go. */
static void
end_part(part *p, gboolean is_had)
{
    g_autoptr(GTask) task = g_object_ref(p->task);
    fetch *f = g_task_get_task_data(task);
    const char *type = p->place ? p->place->type : NULL;
    g_autofree char *name = g_path_get_basename(p->address);
    g_autoptr(GBytes) bytes = is_had ? g_bytes_new(p->bytes->data, p->bytes->len) : NULL;

    if (p->stream)
        g_input_stream_close_async(p->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
    n2_supplies_part(&f->frame, p->address, n2_page_format_by_type(type, name), bytes);
    free_part(p);
    arrived(task);
}

static void read_more(part *p);

static void
on_read_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    part *p = user_data;
    N2Supply *self = g_task_get_source_object(p->task);
    g_autoptr(GBytes) bytes =
        g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, NULL);
    gsize len = bytes ? g_bytes_get_size(bytes) : 0;

    if (!bytes || len > self->bytes_left) {
        end_part(p, FALSE);
        return;
    }
    self->bytes_left -= len;
    g_byte_array_append(p->bytes, g_bytes_get_data(bytes, NULL), (guint)len);
    if (len == 0)
        end_part(p, TRUE);
    else
        read_more(p);
}

static void
read_more(part *p)
{
    g_input_stream_read_bytes_async(p->stream, READ_BYTES, G_PRIORITY_DEFAULT,
                                    g_task_get_cancellable(p->task), on_read_cb, p);
}

static void
on_opened_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    part *p = user_data;

    p->place = n2_source_open_finish(N2_SOURCE(source), result, &p->stream, NULL);
    if (p->place && p->stream && n2_words_is_page(p->place->type))
        read_more(p);
    else
        end_part(p, FALSE);
}

static void
fetch_part(GTask *task, const char *address)
{
    N2Supply *self = g_task_get_source_object(task);
    fetch *f = g_task_get_task_data(task);
    gsize len = strlen(self->origin);
    gboolean is_own = strncmp(address, self->origin, len) == 0 && address[len] == '/';

    if (!is_own || ++self->n_parts > N2_PAGE_INCLUDES_MAX) {
        n2_supplies_part(&f->frame, address, N2_PAGE_PLAIN, NULL);
        return;
    }
    part *p = g_new0(part, 1);
    p->task = g_object_ref(task);
    p->address = g_strdup(address);
    p->bytes = g_byte_array_new();
    f->n_awaited++;
    n2_source_open_async(self->source, address, N2_OPEN_DEFAULT, g_task_get_cancellable(task),
                         on_opened_cb, p);
}

void
n2_supply_fetch_async(N2Supply *self,
                      const n2_render_need *need,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
    g_autoptr(GTask) task = g_task_new(self, cancellable, callback, user_data);
    fetch *f = g_new0(fetch, 1);

    g_return_if_fail(N2_IS_SUPPLY(self));

    f->frame = n2_supplies_init();
    f->paths = g_ptr_array_new_with_free_func(g_free);
    f->n_awaited = 1; /* of this function */
    g_task_set_task_data(task, f, free_fetch);
    for (guint i = 0; i < need->parts->len; i++)
        fetch_part(task, g_ptr_array_index(need->parts, i));
    for (guint i = 0; i < need->folders->len; i++)
        fetch_folder(task, g_ptr_array_index(need->folders, i));
    arrived(task);
}

GBytes *
n2_supply_fetch_finish(N2Supply *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);

    return g_task_propagate_pointer(G_TASK(result), error);
}

static void
n2_supply_finalize(GObject *object)
{
    N2Supply *self = N2_SUPPLY(object);

    g_object_unref(self->source);
    g_free(self->origin);
    g_hash_table_unref(self->folders);
    G_OBJECT_CLASS(n2_supply_parent_class)->finalize(object);
}

static void
n2_supply_class_init(N2SupplyClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_supply_finalize;
}

static void
n2_supply_init(N2Supply *self)
{
    self->bytes_left = N2_PAGE_INCLUDE_BYTES_MAX;
    self->folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_folder);
}

N2Supply *
n2_supply_new(N2Source *source, const char *origin)
{
    N2Supply *self = g_object_new(N2_TYPE_SUPPLY, NULL);

    self->source = g_object_ref(source);
    self->origin = g_strdup(origin);
    return self;
}
