/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * markup.c - the bytes of a document turned into HTML.
 */
#include "model/markup.h"

#include <string.h>

#include "model/location.h"
#include "model/supply.h"

enum {
    READ_BYTES = 64 << 10
};

typedef struct {
    N2Place *place;       /* owned */
    GInputStream *stream; /* owned */
    GByteArray *bytes;    /* owned */
    N2Worker *worker;     /* owned; NULL until the bytes are there */
    N2Supply *supply;     /* owned */
    N2Renderer *renderer; /* owned */
    char *origin;         /* owned; "" for a content by its hash alone */
    char *title;          /* owned */
} job;

static void
free_job(gpointer data)
{
    job *j = data;

    g_object_unref(j->place);
    g_object_unref(j->stream);
    g_byte_array_unref(j->bytes);
    g_clear_object(&j->worker);
    g_object_unref(j->supply);
    g_object_unref(j->renderer);
    g_free(j->origin);
    g_free(j->title);
    g_free(j);
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

static char *
dup_origin(const char *address)
{
    const char *host = strstr(address, "://");

    return host ? g_strndup(address, (gsize)(host + 3 - address) + strcspn(host + 3, "/?#"))
                : g_strdup("");
}

/* ---- the conversation with the renderer ---- */

static void on_answer_cb(GObject *source, GAsyncResult *result, gpointer user_data);

static void
on_supply_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    job *j = g_task_get_task_data(task);
    GError *error = NULL;
    GBytes *frame = n2_supply_fetch_finish(N2_SUPPLY(source), result, &error);

    if (frame)
        n2_worker_ask_async(j->worker, frame, g_task_get_cancellable(task), on_answer_cb,
                            g_object_ref(task));
    else
        g_task_return_error(task, error);
}

/* An answer in the right frame with a wrong body. */
static void
refuse_answer(GTask *task)
{
    g_task_return_error(task,
                        n2_renderer_refuse(((job *)g_task_get_task_data(task))->renderer));
}

static void
take_need(GTask *task, GBytes *body)
{
    job *j = g_task_get_task_data(task);
    g_auto(n2_render_need) need = {0};

    if (n2_frame_read_need(body, &need))
        n2_supply_fetch_async(j->supply, &need, g_task_get_cancellable(task), on_supply_cb,
                              g_object_ref(task));
    else
        refuse_answer(task);
}

static void
take_done(GTask *task, GBytes *body)
{
    job *j = g_task_get_task_data(task);
    g_auto(n2_render_done) done = {0};

    if (!n2_frame_read_done(body, &done)) {
        refuse_answer(task);
        return;
    }
    j->title = g_steal_pointer(&done.title);
    g_task_return_pointer(task, g_steal_pointer(&done.output), (GDestroyNotify)g_bytes_unref);
}

static void
on_answer_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    n2_frame_kind kind = N2_FRAME_FAIL;
    GError *error = NULL;
    g_autoptr(GBytes) body = n2_worker_ask_finish(N2_WORKER(source), result, &kind, &error);

    if (!body)
        g_task_return_error(task, error);
    else if (kind == N2_FRAME_NEED)
        take_need(task, body);
    else
        take_done(task, body);
}

static void
convert(GTask *task)
{
    job *j = g_task_get_task_data(task);
    g_autofree char *path = dup_page_path(j->place);
    g_autofree char *name = g_path_get_basename(path);
    const n2_render_page page = {
        .form = N2_RENDER_HTML,
        .origin = j->origin,
        .path = path,
        .name = name,
        .format =
            j->place->is_source ? N2_PAGE_PLAIN : n2_page_format_by_type(j->place->type, name),
        .bytes = j->bytes->data,
        .len = j->bytes->len,
    };

    j->worker = n2_renderer_take(j->renderer);
    n2_worker_ask_async(j->worker, n2_frame_page(&page), g_task_get_cancellable(task),
                        on_answer_cb, g_object_ref(task));
}

/* Most links lead to the page's own folder: its names come while the bytes do. */
static void
expect_folder(GTask *task)
{
    job *j = g_task_get_task_data(task);
    g_autofree char *path = dup_page_path(j->place);
    char *slash = strrchr(path, '/');

    if (!*j->origin || !slash || !slash[1])
        return;
    slash[1] = '\0';
    n2_supply_expect(j->supply, path, g_task_get_cancellable(task));
}

/* ---- the bytes ---- */

static void read_more(GTask *task);

static void
on_read_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    job *j = g_task_get_task_data(task);
    GError *error = NULL;
    g_autoptr(GBytes) bytes =
        g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, &error);

    if (!bytes) {
        g_input_stream_close_async(j->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
        g_task_return_error(task, error);
        return;
    }
    g_byte_array_append(j->bytes, g_bytes_get_data(bytes, NULL),
                        (guint)g_bytes_get_size(bytes));
    /* One byte above the limit is enough for render to see, and say, that there is more. */
    if (g_bytes_get_size(bytes) == 0 || j->bytes->len > N2_PAGE_BYTES_MAX) {
        g_input_stream_close_async(j->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
        convert(task);
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
n2_markup_async(N2Renderer *renderer,
                N2Source *source,
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
    j->renderer = g_object_ref(renderer);
    j->origin = dup_origin(place->address);
    j->supply = n2_supply_new(source, j->origin);
    g_task_set_task_data(task, j, free_job);
    expect_folder(task);
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
