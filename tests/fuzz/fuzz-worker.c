/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-worker.c - what comes back from a renderer that a page has taken over: a program
 *                 believes none of its lengths, texts and numbers.
 *
 * First byte: 0 NEED, 1 DONE, 2 FAIL; 7: all of it, frame by frame, as a process would send it.
 */
#include <gio/gio.h>

#include "fuzz.h"
#include "render/worker/renderer.h"

static void
check_texts(const GPtrArray *texts, guint max)
{
    check(texts->len <= max);
    for (guint i = 0; i < texts->len; i++)
        check(g_utf8_validate(g_ptr_array_index(texts, i), -1, NULL));
}

static void
read_body(n2_frame_kind kind, GBytes *body)
{
    g_auto(n2_render_need) need = {0};
    g_auto(n2_render_done) done = {0};

    if (kind == N2_FRAME_FAIL) {
        check(n2_frame_read_fail(body) < N2_RENDER_REASONS);
    } else if (kind == N2_FRAME_NEED && n2_frame_read_need(body, &need)) {
        check_texts(need.parts, N2_PAGE_INCLUDES_MAX);
        check_texts(need.folders, N2_RENDER_FOLDERS_MAX);
    } else if (kind == N2_FRAME_DONE && n2_frame_read_done(body, &done)) {
        gsize len = 0;
        const char *output = g_bytes_get_data(done.output, &len);

        check(g_utf8_validate(done.title, -1, NULL));
        check(len <= N2_RENDER_OUTPUT_BYTES_MAX && g_utf8_validate(output, (gssize)len, NULL));
        check(done.links->len <= N2_RENDER_LINKS_MAX);
        for (guint i = 0; i < done.links->len; i++) {
            const n2_render_link *link = g_ptr_array_index(done.links, i);

            check(link->kind <= N2_LINK_REFUSED && g_utf8_validate(link->address, -1, NULL));
        }
    }
}

typedef struct {
    GBytes *body; /* (nullable) */
    n2_frame_kind kind;
    bool is_over;
} answer;

static void
on_asked_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    answer *a = user_data;
    g_autoptr(GError) error = NULL;

    a->body = n2_worker_ask_finish(N2_WORKER(source), result, &a->kind, &error);
    check(!a->body == !!error);
    a->is_over = true;
}

/* A process that says what it is told. */
static void
ask_echo(const uint8_t *data, size_t size)
{
    g_autoptr(N2Renderer) renderer = n2_renderer_new("/bin/cat", FALSE);
    g_autoptr(N2Worker) worker = n2_renderer_take(renderer);
    g_autoptr(GCancellable) patience = g_cancellable_new();
    answer a = {0};
    size_t said = size < 5 ? SIZE_MAX
                           : 5 + ((size_t)data[0] << 24 | (size_t)data[1] << 16 |
                                  (size_t)data[2] << 8 | data[3]);

    n2_worker_ask_async(worker, g_bytes_new(data, size), patience, on_asked_cb, &a);
    if (said > size)
        g_cancellable_cancel(patience); /* the rest never comes */
    while (!a.is_over)
        g_main_context_iteration(NULL, TRUE);
    if (a.body) {
        check(a.kind == N2_FRAME_NEED || a.kind == N2_FRAME_DONE);
        read_body(a.kind, a.body);
        g_bytes_unref(a.body);
    }
    g_clear_object(&worker);
    g_clear_object(&renderer);
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const n2_frame_kind kinds[] = {N2_FRAME_NEED, N2_FRAME_DONE, N2_FRAME_FAIL};

    if (!size)
        return 0;
    if (data[0] == 7 && size > 1) {
        ask_echo(data + 1, size - 1);
        return 0;
    }
    uint8_t *exact = fuzz_copy(data + 1, size - 1);
    g_autoptr(GBytes) body = g_bytes_new_with_free_func(exact, size - 1, free, exact);

    read_body(kinds[data[0] % 3], body);
    return 0;
}
