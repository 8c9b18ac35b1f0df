/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * markup.c - the bytes of a document turned into HTML.
 */
#include "model/markup.h"

#include <string.h>

#include "model/location.h"
#include "render/html.h"

enum {
    READ_BYTES = 64 << 10
};

typedef struct {
    N2Place *place;       /* owned */
    GInputStream *stream; /* owned */
    GByteArray *bytes;    /* owned */
    char *title;          /* owned */
    char *folder;         /* owned (nullable): path of the page's folder, '/' at its end */
    GHashTable *names;    /* owned (nullable): what lies in it, as far as the site told */
    unsigned n_awaited;   /* of the bytes and the names */
    gboolean is_failed;
} job;

static void
free_job(gpointer data)
{
    job *j = data;

    g_object_unref(j->place);
    g_object_unref(j->stream);
    g_byte_array_unref(j->bytes);
    g_free(j->title);
    g_free(j->folder);
    g_clear_pointer(&j->names, g_hash_table_unref);
    g_free(j);
}

static n2_page_format
format_of(const N2Place *place)
{
    if (g_str_equal(place->type, "text/markdown"))
        return N2_PAGE_MARKDOWN;
    if (g_str_equal(place->type, "text/x-net2o-wiki"))
        return N2_PAGE_WIKI;
    return N2_PAGE_PLAIN;
}

/* Path of the page in its site, decoded; the index page stands for its folder. */
static char *
dup_page_path(const N2Place *place)
{
    g_autofree char *rest = n2_location_dup_rest(place->address);

    rest[strcspn(rest, "?#")] = '\0';
    if (!place->index)
        return rest[0] ? g_steal_pointer(&rest) : g_strdup("/");
    return g_strconcat(rest[0] ? rest : "/", place->index, NULL);
}

/* Asked on the worker, while nobody else touches the names. */
static n2_exists
has_cb(const char *path, void *user)
{
    const job *j = user;
    gsize len = j->folder ? strlen(j->folder) : 0;

    if (!j->names || strncmp(path, j->folder, len) != 0)
        return N2_EXISTS_UNKNOWN;
    /* Of what lies deeper, the folder on the way is known at least. */
    g_autofree char *name = g_strndup(path + len, strcspn(path + len, "/"));
    if (!*name)
        return N2_EXISTS_YES;
    if (!g_hash_table_contains(j->names, name))
        return N2_EXISTS_NO;
    return path[len + strlen(name)] ? N2_EXISTS_UNKNOWN : N2_EXISTS_YES;
}

static void
convert(GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
    job *j = task_data;
    g_autofree char *origin = NULL;
    g_autofree char *path = dup_page_path(j->place);
    g_autofree char *name = g_path_get_basename(path);
    const char *host = strstr(j->place->address, "://");
    n2_page_context context = {.path = path, .name = name};

    (void)source;
    (void)cancellable;
    if (host)
        origin = g_strndup(j->place->address,
                           (gsize)(host + 3 - j->place->address) + strcspn(host + 3, "/?#"));
    context.origin = origin;
    context.exists = has_cb;
    context.user = j;
    g_autoptr(n2_page) page =
        n2_page_read(j->bytes->data, j->bytes->len, format_of(j->place), &context);
    j->title = g_strdup(n2_page_peek_title(page));
    g_task_return_pointer(task, g_string_free_to_bytes(n2_page_html(page)),
                          (GDestroyNotify)g_bytes_unref);
}

/* One of the two is there; with both the page can be made. */
static void
arrived(GTask *task)
{
    job *j = g_task_get_task_data(task);

    if (--j->n_awaited == 0 && !j->is_failed)
        g_task_run_in_thread(task, convert);
}

/* The names are an extra: without them no link is marked as leading nowhere. */
static void
on_folder_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    job *j = g_task_get_task_data(task);
    g_autoptr(GInputStream) stream = NULL;
    g_autoptr(N2Place) folder = n2_source_open_finish(N2_SOURCE(source), result, &stream, NULL);

    if (stream)
        g_input_stream_close_async(stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
    if (folder && folder->is_directory) {
        guint n = g_list_model_get_n_items(G_LIST_MODEL(folder->entries));
        j->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (guint i = 0; i < n; i++) {
            g_autoptr(N2Entry) entry = g_list_model_get_item(G_LIST_MODEL(folder->entries), i);
            g_hash_table_add(j->names, g_strdup(entry->name));
        }
    }
    arrived(task);
}

static void
list_folder(GTask *task, N2Source *source)
{
    job *j = g_task_get_task_data(task);
    g_autofree char *path = dup_page_path(j->place);
    const char *slash = strrchr(path, '/');
    const char *host = strstr(j->place->address, "://");

    if (!host || !slash || !slash[1])
        return; /* a content by its hash alone lies in no folder */
    j->folder = g_strndup(path, (gsize)(slash + 1 - path));
    g_autofree char *escaped = g_uri_escape_string(j->folder, "/", TRUE);
    g_autofree char *address = g_strdup_printf(
        "%.*s%s", (int)(host + 3 - j->place->address + strcspn(host + 3, "/?#")),
        j->place->address, escaped);
    j->n_awaited++;
    n2_source_open_async(source, address, N2_OPEN_NO_INDEX, g_task_get_cancellable(task),
                         on_folder_cb, g_object_ref(task));
}

static void read_more(GTask *task);

static void
on_read_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    job *j = g_task_get_task_data(task);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes =
        g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, &error);

    if (!bytes) {
        g_input_stream_close_async(j->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
        j->is_failed = TRUE;
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    g_byte_array_append(j->bytes, g_bytes_get_data(bytes, NULL),
                        (guint)g_bytes_get_size(bytes));
    /* One byte above the limit is enough for render to see, and say, that there is more. */
    if (g_bytes_get_size(bytes) == 0 || j->bytes->len > N2_PAGE_BYTES_MAX) {
        g_input_stream_close_async(j->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
        arrived(task);
        return;
    }
    read_more(g_steal_pointer(&task));
}

static void
read_more(GTask *task)
{
    job *j = g_task_get_task_data(task);

    g_input_stream_read_bytes_async(j->stream, READ_BYTES, G_PRIORITY_DEFAULT,
                                    g_task_get_cancellable(task), on_read_cb, task);
}

void
n2_markup_async(N2Source *source,
                N2Place *place,
                GInputStream *stream,
                GCancellable *cancellable,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
    GTask *task = g_task_new(NULL, cancellable, callback, user_data);
    job *j = g_new0(job, 1);

    j->place = g_object_ref(place);
    j->stream = g_object_ref(stream);
    j->bytes = g_byte_array_new();
    g_task_set_task_data(task, j, free_job);
    j->n_awaited = 1;
    list_folder(task, source);
    read_more(task);
}

GBytes *
n2_markup_finish(GAsyncResult *result, char **title, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, NULL), NULL);

    job *j = g_task_get_task_data(G_TASK(result));
    GBytes *html = g_task_propagate_pointer(G_TASK(result), error);
    if (html && title)
        *title = g_strdup(j->title ? j->title : "");
    return html;
}

GBytes *
n2_markup_make_picture(N2Place *place)
{
    g_autofree char *title = n2_place_dup_title(place);
    g_autofree char *title_text = g_markup_escape_text(title, -1);
    g_autofree char *address_text = g_markup_escape_text(place->address, -1);
    char *html = g_strdup_printf(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>%s</title>"
        "<link rel=\"stylesheet\" href=\"net2o://app.self/style/picture.css\"></head>"
        "<body><main class=\"picture\"><img src=\"%s\" alt=\"%s\"></main></body></html>",
        title_text, address_text, title_text);

    return g_bytes_new_take(html, strlen(html));
}
