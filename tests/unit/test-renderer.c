/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-renderer.c - pages are made in a process apart, and whatever becomes of that process,
 * this one gets a page or an error with words, in time.
 *
 * Some renderers here are shell scripts in the place of the real one: they do what a hostile
 * page would make of it, if it could.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "render/worker/renderer.h"
#include "sandbox/fences.h"

enum {
    PATIENCE_MS = 600,
    HUGE_BYTES = 50 * 1024 * 1024
};

typedef struct {
    GAsyncResult *result;
    gboolean is_there;
} await;

static void
on_done_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    await *a = user_data;

    (void)source;
    a->result = g_object_ref(result);
    a->is_there = TRUE;
}

/* One question and its answer; NULL with @error. */
static GBytes *
ask(N2Worker *worker,
    GBytes *frame,
    GCancellable *cancellable,
    n2_frame_kind *kind,
    GError **error)
{
    await a = {0};

    n2_worker_ask_async(worker, frame, cancellable, on_done_cb, &a);
    while (!a.is_there)
        g_main_context_iteration(NULL, TRUE);
    GBytes *body = n2_worker_ask_finish(worker, a.result, kind, error);
    g_object_unref(a.result);
    return body;
}

static GBytes *
page_frame(const char *text, gssize len, n2_page_format format, n2_render_form form)
{
    const n2_render_page page = {.form = form,
                                 .columns = 80,
                                 .origin = "net2o://demo.test",
                                 .path = "/guide/start.md",
                                 .name = "start.md",
                                 .format = format,
                                 .bytes = text,
                                 .len = len < 0 ? strlen(text) : (gsize)len};

    return n2_frame_page(&page);
}

/* Renders @text, and gives it nothing of what it asks for (transfer full). */
static char *
render(const char *text, gssize len, n2_page_format format, n2_render_form form)
{
    g_autoptr(N2Renderer) renderer = n2_renderer_new(NULL, FALSE);
    g_autoptr(N2Worker) worker = n2_renderer_take(renderer);
    GBytes *frame = page_frame(text, len, format, form);

    for (;;) {
        g_autoptr(GError) error = NULL;
        n2_frame_kind kind = 0;
        g_autoptr(GBytes) body = ask(worker, frame, NULL, &kind, &error);
        g_auto(n2_render_done) done = {0};
        g_assert_no_error(error);
        if (kind == N2_FRAME_DONE) {
            g_assert_true(n2_frame_read_done(body, &done));
            gsize n = 0;
            const char *out = g_bytes_get_data(done.output, &n);
            return g_strndup(out, n);
        }
        n2_supplies none = n2_supplies_init();
        frame = n2_supplies_end(&none, TRUE);
    }
}

static void
test_page(void)
{
    g_autofree char *html = render("# Hello\n\nWorld & all\n", -1, 0, N2_RENDER_HTML);
    g_autofree char *text = render("# Hello\n\nWorld & all\n", -1, 0, N2_RENDER_TEXT);

    g_assert_nonnull(strstr(html, "<title>Hello</title>"));
    g_assert_nonnull(strstr(html, "World &amp; all"));
    g_assert_nonnull(strstr(text, "World & all"));
}

/* ---- what it asks for ---- */

static void
test_supply(void)
{
    g_autoptr(N2Renderer) renderer = n2_renderer_new(NULL, FALSE);
    g_autoptr(N2Worker) worker = n2_renderer_take(renderer);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GBytes) other = g_bytes_new_static("the other page", 14);
    n2_frame_kind kind = 0;

    g_hash_table_add(names, (char *)"there.md");
    g_hash_table_add(names, (char *)"other.md");
    GBytes *frame = page_frame("![[other]]\n\n[a](there.md) [b](gone.md) [c](/far/away.md)\n",
                               -1, N2_PAGE_MARKDOWN, N2_RENDER_TEXT);
    g_autoptr(GBytes) first = ask(worker, frame, NULL, &kind, NULL);
    g_assert_cmpint(kind, ==, N2_FRAME_NEED);
    g_auto(n2_render_need) need = {0};
    g_assert_true(n2_frame_read_need(first, &need));
    g_assert_cmpuint(need.parts->len, ==, 1);
    g_assert_cmpuint(need.folders->len, ==, 2); /* its own, and the one far away */
    g_assert_cmpstr(g_ptr_array_index(need.parts, 0), ==, "net2o://demo.test/guide/other.md");
    g_assert_cmpstr(g_ptr_array_index(need.folders, 0), ==, "/guide/");
    g_assert_cmpstr(g_ptr_array_index(need.folders, 1), ==, "/far/");

    n2_supplies all = n2_supplies_init();
    n2_supplies_part(&all, g_ptr_array_index(need.parts, 0), N2_PAGE_MARKDOWN, other);
    n2_supplies_folder(&all, "/guide/", names);
    n2_supplies_folder(&all, "/far/", NULL);
    g_autoptr(GBytes) second = ask(worker, n2_supplies_end(&all, FALSE), NULL, &kind, NULL);
    g_assert_cmpint(kind, ==, N2_FRAME_DONE);
    g_auto(n2_render_done) done = {0};
    g_assert_true(n2_frame_read_done(second, &done));
    g_assert_nonnull(g_strstr_len(g_bytes_get_data(done.output, NULL),
                                  (gssize)g_bytes_get_size(done.output), "the other page"));
    guint n_missing = 0;
    for (guint i = 0; i < done.links->len; i++) {
        const n2_render_link *link = g_ptr_array_index(done.links, i);
        n_missing += link->is_missing;
        g_assert_true(!link->is_missing || g_str_has_suffix(link->address, "/gone.md"));
    }
    g_assert_cmpuint(n_missing, ==, 1);
}

/* ---- pages that ask too much ---- */

static char *
repeat(const char *piece, gsize times)
{
    gsize len = strlen(piece);
    char *all = g_malloc(len * times + 1);

    for (gsize i = 0; i < times; i++)
        memcpy(all + i * len, piece, len);
    all[len * times] = 0;
    return all;
}

static void
test_huge(void)
{
    g_autofree char *text = repeat("0123456789abcde\n", HUGE_BYTES / 16);
    g_autofree char *html = render(text, HUGE_BYTES, N2_PAGE_PLAIN, N2_RENDER_HTML);

    g_assert_cmpuint(strlen(html), >, N2_PAGE_BYTES_MAX);
    g_assert_cmpuint(strlen(html), <, 2 * N2_PAGE_BYTES_MAX);
}

static void
test_deep(void)
{
    static const struct {
        const char *piece;
        n2_page_format format;
    } rows[] = {
        {">", N2_PAGE_MARKDOWN},   {"* ", N2_PAGE_MARKDOWN},   {"[", N2_PAGE_MARKDOWN},
        {"**a", N2_PAGE_MARKDOWN}, {"<ul><li>", N2_PAGE_WIKI}, {"[", N2_PAGE_JSON},
        {"{\"a\":", N2_PAGE_JSON}, {"- ", N2_PAGE_YAML},       {"[", N2_PAGE_YAML},
        {"(", N2_PAGE_CODE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].piece);
        g_autofree char *text = repeat(rows[i].piece, 10000);
        g_autofree char *html = render(text, -1, rows[i].format, N2_RENDER_HTML);
        g_assert_nonnull(strstr(html, "<main"));
    }
}

static void
test_itself(void)
{
    g_autoptr(N2Renderer) renderer = n2_renderer_new(NULL, FALSE);
    g_autoptr(N2Worker) worker = n2_renderer_take(renderer);
    n2_frame_kind kind = 0;
    GBytes *frame = page_frame("[me](start.md) ![[start]]\n", -1, 0, N2_RENDER_HTML);
    g_autoptr(GBytes) body = ask(worker, frame, NULL, &kind, NULL);
    g_auto(n2_render_need) need = {0};

    g_assert_cmpint(kind, ==, N2_FRAME_NEED);
    g_assert_true(n2_frame_read_need(body, &need));
    g_assert_cmpuint(need.parts->len, ==, 0); /* a page is no part of itself */
}

static void
test_front_matter(void)
{
    /* each alias holds the one before it ten times */
    static const char *const rows[] = {
        "---\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n---\n# Page\n",
        "---\na: &a [*a]\n---\n# Page\n",
        "---\n? {? {? {? {: }}}}\n---\n# Page\n",
        "---\ntitle: !!binary AAAA\n---\n# Page\n",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *html = render(rows[i], -1, N2_PAGE_MARKDOWN, N2_RENDER_HTML);
        g_assert_nonnull(strstr(html, "Page"));
        g_assert_cmpuint(strlen(html), <, 20000);
    }
    g_autofree char *nested = repeat("[", 10000);
    g_autofree char *deep = g_strconcat("---\na: ", nested, "\n---\n# Page\n", NULL);
    g_autofree char *html = render(deep, -1, N2_PAGE_MARKDOWN, N2_RENDER_HTML);
    g_assert_nonnull(strstr(html, "Page"));
}

/* ---- renderers that do not do what they should ---- */

typedef struct {
    const char *name;
    const char *script; /* %s: the real renderer */
    n2_render_reason reason;
} bad;

static const bad bads[] = {
    {"hangs", "exec sleep 100", N2_RENDER_TIME},
    {"hangs-reading", "cat >/dev/null; exec sleep 100", N2_RENDER_TIME},
    {"computes", "while :; do :; done", N2_RENDER_TIME},
    {"exits", "exit 0", N2_RENDER_CRASHED},
    {"crashes", "kill -SEGV $$", N2_RENDER_CRASHED},
    {"aborts", "head -c1 >/dev/null; kill -ABRT $$", N2_RENDER_CRASHED},
    {"stops-inside", "printf '\\0\\0\\0\\100\\004abc'", N2_RENDER_CRASHED},
    {"endless", "exec cat /dev/zero", N2_RENDER_CRASHED},
    {"claims-much", "printf '\\377\\377\\377\\377\\004'; exec sleep 100", N2_RENDER_CRASHED},
    {"wrong-kind", "printf '\\0\\0\\0\\0\\011'; exec sleep 100", N2_RENDER_CRASHED},
    {"own-kind", "printf '\\0\\0\\0\\0\\001'; exec sleep 100", N2_RENDER_CRASHED},
    {"says-too-much", "printf '\\0\\0\\0\\0\\004more'; exec sleep 100", N2_RENDER_CRASHED},
    {"fails-oddly", "printf '\\0\\0\\0\\1\\005\\377'", N2_RENDER_CRASHED},
    {"fails-time", "printf '\\0\\0\\0\\1\\005\\1'", N2_RENDER_TIME},
    {"fails-memory", "printf '\\0\\0\\0\\1\\005\\2'", N2_RENDER_MEMORY},
    {"fails-size", "printf '\\0\\0\\0\\1\\005\\3'", N2_RENDER_SIZE},
    {"real-memory", "exec %s --limits 48 5", N2_RENDER_MEMORY},
};

static char *
real_program(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = g_path_get_dirname(self);

    return g_build_filename(folder, "..", "..", "render", "worker", "net2o-render", NULL);
}

/* Writes a program (transfer full: its path). */
static char *
make_program(const char *script)
{
    g_autofree char *folder = g_dir_make_tmp("n2-renderer-XXXXXX", NULL);
    g_autofree char *real = real_program();
    g_auto(GStrv) parts = g_strsplit(script, "%s", 2);
    g_autofree char *whole =
        g_strconcat("#!/bin/sh\n", parts[0], parts[1] ? real : "", parts[1], "\n", NULL);
    char *path = g_build_filename(folder, "renderer", NULL);

    g_assert_true(
        g_file_set_contents_full(path, whole, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    return path;
}

static void
remove_program(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static gboolean
is_gone(GPid pid)
{
    return kill(pid, 0) < 0 && errno == ESRCH;
}

static void
test_bad(gconstpointer data)
{
    const bad *b = data;
    g_autofree char *program = make_program(b->script);
    g_autofree char *large = repeat("&amp; ", 2 << 20);
    g_autoptr(N2Renderer) renderer = n2_renderer_new(program, FALSE);
    g_autoptr(GError) error = NULL;
    n2_frame_kind kind = 0;

    if (g_str_has_prefix(b->name, "real") && N2_SANDBOX_IS_RELAXED) {
        g_test_skip("a sanitizer needs the memory itself");
        return;
    }
    n2_renderer_set_patience(renderer, g_str_has_prefix(b->name, "real") ? 10000 : PATIENCE_MS);
    N2Worker *worker = n2_renderer_take(renderer);
    GPid pid = n2_worker_get_pid(worker);
    gint64 begun = g_get_monotonic_time();
    g_autoptr(GBytes) body =
        ask(worker, page_frame(large, -1, N2_PAGE_PLAIN, N2_RENDER_HTML), NULL, &kind, &error);

    g_assert_null(body);
    g_assert_error(error, N2_RENDER_ERROR, (int)b->reason);
    g_assert_cmpstr(error->message, !=, "");
    g_assert_cmpint(g_get_monotonic_time() - begun, <, 9 * G_USEC_PER_SEC);
    for (int i = 0; i < N2_RENDER_REASONS; i++)
        g_assert_cmpuint(n2_renderer_count(renderer, (n2_render_reason)i), ==,
                         i == (int)b->reason);
    g_object_unref(worker);
    while (!is_gone(pid)) /* and nothing stays behind */
        g_main_context_iteration(NULL, TRUE);
    remove_program(program);
}

/* A page that makes work again and again is ended by its own limit of time. */
static void
test_cpu(void)
{
    g_autofree char *program = make_program("exec %s --limits 700 1");
    g_autofree char *large = repeat("[a](b) ", 290000);
    g_autoptr(N2Renderer) renderer = n2_renderer_new(program, FALSE);
    g_autoptr(N2Worker) worker = n2_renderer_take(renderer);
    GBytes *frame = page_frame(large, -1, N2_PAGE_MARKDOWN, N2_RENDER_HTML);
    g_autoptr(GError) error = NULL;

    n2_renderer_set_patience(renderer, 60000);
    while (!error) {
        n2_frame_kind kind = 0;
        g_autoptr(GBytes) body = ask(worker, frame, NULL, &kind, &error);
        n2_supplies none = n2_supplies_init();
        frame = n2_supplies_end(&none, FALSE);
        g_assert_cmpint(kind, !=, N2_FRAME_DONE);
    }
    g_bytes_unref(frame);
    g_assert_error(error, N2_RENDER_ERROR, N2_RENDER_TIME);
    remove_program(program);
}

static void
test_absent(void)
{
    g_autoptr(N2Renderer) renderer = n2_renderer_new("/nonexistent/net2o-render", FALSE);
    g_autoptr(N2Worker) worker = n2_renderer_take(renderer);
    g_autoptr(GError) error = NULL;
    n2_frame_kind kind = 0;

    g_assert_null(ask(worker, page_frame("x", -1, 0, N2_RENDER_HTML), NULL, &kind, &error));
    g_assert_error(error, N2_RENDER_ERROR, N2_RENDER_ABSENT);
    g_assert_cmpstr(error->message, !=, "");
}

static gboolean
on_cancel_cb(gpointer user_data)
{
    g_cancellable_cancel(user_data);
    return G_SOURCE_REMOVE;
}

static void
test_cancel(void)
{
    g_autofree char *program = make_program("exec sleep 100");
    g_autoptr(N2Renderer) renderer = n2_renderer_new(program, FALSE);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    n2_frame_kind kind = 0;
    N2Worker *worker = n2_renderer_take(renderer);
    GPid pid = n2_worker_get_pid(worker);

    g_idle_add(on_cancel_cb, cancellable);
    g_assert_null(
        ask(worker, page_frame("x", -1, 0, N2_RENDER_HTML), cancellable, &kind, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_object_unref(worker);
    while (!is_gone(pid))
        g_main_context_iteration(NULL, TRUE);
    remove_program(program);
}

/* One is always in waiting, another one each time. */
static void
test_spare(void)
{
    g_autoptr(N2Renderer) renderer = n2_renderer_new(NULL, FALSE);
    g_autoptr(N2Worker) a = n2_renderer_take(renderer);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_autoptr(N2Worker) b = n2_renderer_take(renderer);

    g_assert_cmpint(n2_worker_get_pid(a), >, 0);
    g_assert_cmpint(n2_worker_get_pid(b), >, 0);
    g_assert_cmpint(n2_worker_get_pid(a), !=, n2_worker_get_pid(b));
}

/* ---- what a renderer could do to its program ---- */

static pid_t killed; /* who was sent SIGKILL last */

/* In the place of libc's. */
int
kill(pid_t pid, int number)
{
    if (number == SIGKILL)
        killed = pid;
    return (int)syscall(SYS_kill, pid, number);
}

static void
await_no_children(void)
{
    siginfo_t info;

    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpint(errno, ==, ECHILD);
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

/* The number of a process that is gone belongs to whoever gets it next. */
static void
test_number(void)
{
    g_autofree char *program = make_program("exit 0");
    g_autoptr(N2Renderer) renderer = n2_renderer_new(program, FALSE);
    N2Worker *worker = n2_renderer_take(renderer);

    await_no_children();
    killed = 0;
    g_object_unref(worker);
    g_assert_cmpint(killed, ==, 0);
    remove_program(program);
}

static void
test_spare_ended(void)
{
    g_autofree char *program =
        make_program("mkdir \"$0.first\" 2>/dev/null && exit 0\nexec %s");
    g_autofree char *first = g_strconcat(program, ".first", NULL);
    g_autoptr(N2Renderer) renderer = n2_renderer_new(program, FALSE);
    g_autoptr(GError) error = NULL;
    n2_frame_kind kind = 0;

    await_no_children();
    g_autoptr(N2Worker) worker = n2_renderer_take(renderer);
    g_autoptr(GBytes) body =
        ask(worker, page_frame("x", -1, 0, N2_RENDER_HTML), NULL, &kind, &error);
    g_assert_no_error(error);
    g_assert_cmpint(kind, ==, N2_FRAME_DONE);
    g_assert_cmpint(g_rmdir(first), ==, 0);
    remove_program(program);
}

/* One that asks and asks. */
static void
test_endless_need(void)
{
    GBytes *frame = page_frame("x", -1, 0, N2_RENDER_HTML);
    g_autofree char *script =
        g_strdup_printf("n=%zu\n"
                        "while :; do head -c$n >/dev/null; n=14\n"
                        "printf '\\0\\0\\0\\10\\3\\0\\0\\0\\0\\0\\0\\0\\0'; done",
                        g_bytes_get_size(frame));
    g_autofree char *program = make_program(script);
    g_autoptr(N2Renderer) renderer = n2_renderer_new(program, FALSE);
    g_autoptr(N2Worker) worker = n2_renderer_take(renderer);
    g_autoptr(GError) error = NULL;
    guint n = 0;

    for (; !error && n < 1000; n++) {
        n2_frame_kind kind = 0;
        g_autoptr(GBytes) body = ask(worker, frame, NULL, &kind, &error);
        n2_supplies none = n2_supplies_init();
        frame = n2_supplies_end(&none, n + 1 >= N2_RENDER_ROUNDS_MAX);
        g_assert_cmpuint(g_bytes_get_size(frame), ==, 14);
    }
    g_bytes_unref(frame);
    g_assert_error(error, N2_RENDER_ERROR, N2_RENDER_CRASHED);
    g_assert_cmpuint(n, ==, N2_RENDER_ROUNDS_MAX + 1);
    remove_program(program);
}

/* Our standard error may be the user's terminal. */
static void
test_terminal(void)
{
    g_autofree char *program =
        make_program("printf '\\033]0;mine\\007' >&2; head -c1 >/dev/null; exit 0");
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Renderer) renderer = NULL;
    n2_frame_kind kind = 0;
    char text[64] = "";
    int ends[2];
    int own = dup(STDERR_FILENO);

    g_assert_true(g_unix_open_pipe(ends, FD_CLOEXEC, NULL));
    g_assert_true(g_unix_set_fd_nonblocking(ends[0], TRUE, NULL));
    g_assert_cmpint(dup2(ends[1], STDERR_FILENO), ==, STDERR_FILENO);
    renderer = n2_renderer_new(program, FALSE);
    g_assert_cmpint(dup2(own, STDERR_FILENO), ==, STDERR_FILENO);
    g_autoptr(N2Worker) worker = n2_renderer_take(renderer);
    g_assert_null(ask(worker, page_frame("x", -1, 0, N2_RENDER_HTML), NULL, &kind, &error));
    g_assert_cmpint(read(ends[0], text, sizeof text), <, 0);
    g_assert_cmpint(errno, ==, EAGAIN);
    close(own);
    close(ends[0]);
    close(ends[1]);
    remove_program(program);
}

/* What a hostile renderer may answer in a right frame. */
static void
test_bodies(void)
{
    static const struct {
        const char *bytes;
        gsize len;
    } rows[] = {
        {"", 0},
        {"\0\0\0\1", 4},
        {"\0\0\0\1\377\0\0\0\0\0\0\0\0", 13},         /* a title that is no UTF-8 */
        {"\0\0\0\1\0\0\0\0\0\0\0\0\0", 13},           /* one with a zero */
        {"\0\0\0\0\377\377\377\377\0\0\0\0", 12},     /* four thousand million links */
        {"\0\0\0\0\0\0\0\1\7\0\0\0\0\0\0\0\0\0", 18}, /* a link of no kind */
        {"\0\0\0\0\0\0\0\0\0\0\0\2a", 13},            /* ends inside */
        {"\0\0\0\0\0\0\0\0\0\0\0\1ab", 14},           /* goes on */
        {"\0\0\0\0\0\0\0\0\0\0\0\2\300\200", 14},     /* a page that is no UTF-8 */
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) body = g_bytes_new_static(rows[i].bytes, rows[i].len);
        n2_render_done done = {0};
        n2_render_need need = {0};
        g_test_message("row %zu", i);
        g_assert_false(n2_frame_read_done(body, &done));
        g_assert_null(done.output);
        g_assert_false(n2_frame_read_need(body, &need));
        g_assert_null(need.parts);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/renderer/page", test_page);
    g_test_add_func("/renderer/supply", test_supply);
    g_test_add_func("/renderer/huge", test_huge);
    g_test_add_func("/renderer/deep", test_deep);
    g_test_add_func("/renderer/itself", test_itself);
    g_test_add_func("/renderer/front-matter", test_front_matter);
    for (gsize i = 0; i < G_N_ELEMENTS(bads); i++) {
        g_autofree char *path = g_strconcat("/renderer/bad/", bads[i].name, NULL);
        g_test_add_data_func(path, &bads[i], test_bad);
    }
    g_test_add_func("/renderer/cpu", test_cpu);
    g_test_add_func("/renderer/absent", test_absent);
    g_test_add_func("/renderer/cancel", test_cancel);
    g_test_add_func("/renderer/spare", test_spare);
    g_test_add_func("/renderer/bodies", test_bodies);
    g_test_add_func("/renderer/number", test_number);
    g_test_add_func("/renderer/spare-ended", test_spare_ended);
    g_test_add_func("/renderer/endless-need", test_endless_need);
    g_test_add_func("/renderer/terminal", test_terminal);
    return g_test_run();
}
