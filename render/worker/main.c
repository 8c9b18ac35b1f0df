/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * main.c - net2o-render: makes one page of what the network sent, behind walls, and ends.
 *
 * It gets its bytes through stdin and answers through stdout (frame.h).  Before it reads the
 * first of them it has given up everything else: it opens no file, no socket, starts nothing.
 */
#include <errno.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "render/html.h"
#include "render/worker/frame.h"
#include "sandbox/sandbox.h"

enum {
    PROBE_BYTES = 16 << 20 /* can't be had: then memory is what was short */
};

typedef struct {
    n2_render_page page;
    char *origin;
    char *path;
    char *name;
    GBytes *body;        /* of PAGE; the page's bytes lie in it */
    GArray *parts;       /* n2_page_part */
    GPtrArray *bodies;   /* GBytes of SUPPLY; the parts' bytes lie in them */
    GHashTable *folders; /* path: set of names, NULL if nobody knows */
    GPtrArray *wanted;   /* paths of folders that were asked for in this round */
} job;

/* ---- failing ---- */

static gboolean
put(const void *bytes, gsize len)
{
    const guint8 *at = bytes;

    while (len) {
        ssize_t n = write(STDOUT_FILENO, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        at += n;
        len -= (gsize)n;
    }
    return TRUE;
}

/* Called by signal handlers too: nothing here allocates. */
_Noreturn static void
fail(n2_render_reason reason)
{
    const guint8 frame[N2_RENDER_HEAD_BYTES + 1] = {0, 0, 0, 1, N2_FRAME_FAIL, (guint8)reason};

    _exit(put(frame, sizeof frame) ? 1 : 2);
}

static void
on_signal(int number)
{
    if (number == SIGXCPU)
        fail(N2_RENDER_TIME);
    /* GLib and cmark end the process when they get no memory. */
    void *probe =
        mmap(NULL, PROBE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fail(probe == MAP_FAILED ? N2_RENDER_MEMORY : N2_RENDER_CRASHED);
}

/* ---- frames ---- */

static gboolean
get(void *bytes, gsize len)
{
    guint8 *at = bytes;

    while (len) {
        ssize_t n = read(STDIN_FILENO, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        at += n;
        len -= (gsize)n;
    }
    return TRUE;
}

/* Body of the next frame, which must be of @kind; the program gone is the usual end. */
static GBytes *
get_frame(n2_frame_kind kind)
{
    guint8 head[N2_RENDER_HEAD_BYTES];

    if (!get(head, sizeof head))
        exit(0);
    n2_reader r = n2_reader_init(head, sizeof head);
    guint32 len = n2_read_u32(&r);
    if (n2_read_u8(&r) != kind || len > N2_RENDER_FRAME_BYTES_MAX)
        fail(N2_RENDER_CRASHED);
    guint8 *bytes = g_malloc(len ? len : 1);
    if (!get(bytes, len))
        exit(0);
    return g_bytes_new_take(bytes, len);
}

static void
read_page(job *j)
{
    gsize len = 0;

    j->body = get_frame(N2_FRAME_PAGE);
    const void *bytes = g_bytes_get_data(j->body, &len);
    n2_reader r = n2_reader_init(bytes, len);
    j->page.form = n2_read_u8(&r) == N2_RENDER_TEXT ? N2_RENDER_TEXT : N2_RENDER_HTML;
    j->page.columns = n2_read_u32(&r);
    j->page.flags = (n2_text_flags)n2_read_u32(&r);
    j->page.format = (n2_page_format)n2_read_u8(&r);
    j->origin = n2_frame_read_text(&r);
    j->path = n2_frame_read_text(&r);
    j->name = n2_frame_read_text(&r);
    j->page.len = n2_read_u32(&r);
    j->page.bytes = n2_read_bytes(&r, j->page.len);
    if (n2_reader_finish(&r) != N2_OK)
        fail(N2_RENDER_CRASHED);
}

static void
read_parts(job *j, n2_reader *r)
{
    for (guint32 n = n2_read_u32(r); n && !r->err; n--) {
        n2_page_part part = {.address = n2_frame_read_text(r)};
        part.format = (n2_page_format)n2_read_u8(r);
        gboolean is_had = n2_read_u8(r) != 0;
        part.len = n2_read_u32(r);
        const void *bytes = n2_read_bytes(r, part.len);
        part.bytes = is_had ? (bytes ? bytes : "") : NULL;
        g_array_append_val(j->parts, part);
    }
}

static void
read_folders(job *j, n2_reader *r)
{
    for (guint32 n = n2_read_u32(r); n && !r->err; n--) {
        char *path = n2_frame_read_text(r);
        gboolean is_known = n2_read_u8(r) != 0;
        GHashTable *names =
            is_known ? g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) : NULL;
        for (guint32 k = n2_read_u32(r); k && !r->err; k--) {
            char *name = n2_frame_read_text(r);
            if (names)
                g_hash_table_add(names, name);
            else
                g_free(name);
        }
        g_hash_table_insert(j->folders, path, names);
    }
}

/* Returns: whether more may be asked for. */
static gboolean
read_supply(job *j)
{
    GBytes *body = get_frame(N2_FRAME_SUPPLY);
    gsize len = 0;
    const void *bytes = g_bytes_get_data(body, &len);
    n2_reader r = n2_reader_init(bytes, len);

    g_ptr_array_add(j->bodies, body);
    gboolean is_last = n2_read_u8(&r) != 0;
    read_parts(j, &r);
    read_folders(j, &r);
    if (n2_reader_finish(&r) != N2_OK)
        fail(N2_RENDER_CRASHED);
    return !is_last;
}

/* ---- rendering ---- */

static n2_exists
has_cb(const char *path, void *user)
{
    job *j = user;
    const char *slash = strrchr(path, '/');
    gpointer names = NULL;

    if (!slash)
        return N2_EXISTS_UNKNOWN;
    if (!slash[1])
        return N2_EXISTS_YES; /* a folder; what leads there says if it is none */
    g_autofree char *folder = g_strndup(path, (gsize)(slash + 1 - path));
    if (!g_hash_table_lookup_extended(j->folders, folder, NULL, &names)) {
        gboolean is_asked =
            g_ptr_array_find_with_equal_func(j->wanted, folder, g_str_equal, NULL);
        guint n = j->wanted->len + g_hash_table_size(j->folders);
        if (!is_asked && n < N2_RENDER_FOLDERS_MAX)
            g_ptr_array_add(j->wanted, g_steal_pointer(&folder));
        return N2_EXISTS_UNKNOWN;
    }
    if (!names)
        return N2_EXISTS_UNKNOWN;
    return g_hash_table_contains(names, slash + 1) ? N2_EXISTS_YES : N2_EXISTS_NO;
}

static n2_page *
read_markup(job *j)
{
    const n2_page_context context = {
        .origin = *j->origin ? j->origin : NULL,
        .path = *j->path ? j->path : NULL,
        .name = *j->name ? j->name : NULL,
        .exists = *j->origin ? has_cb : NULL,
        .user = j,
        .parts = (const n2_page_part *)(const void *)j->parts->data,
        .n_parts = j->parts->len,
    };

    g_ptr_array_set_size(j->wanted, 0);
    return n2_page_read(j->page.bytes, j->page.len, j->page.format, &context);
}

static void
put_frame(n2_frame_kind kind, n2_writer *w)
{
    gsize len = 0;
    GBytes *frame = n2_frame_take(kind, w);
    const void *bytes = frame ? g_bytes_get_data(frame, &len) : NULL;

    if (!bytes)
        fail(N2_RENDER_SIZE);
    if (!put(bytes, len))
        exit(0);
    g_bytes_unref(frame);
}

static void
write_texts(n2_writer *w, const GPtrArray *texts)
{
    n2_write_u32(w, texts->len);
    for (guint i = 0; i < texts->len; i++)
        n2_frame_write_text(w, g_ptr_array_index(texts, i));
}

/* Returns: whether something is missing, that was asked for. */
static gboolean
ask(const job *j, const n2_page *page)
{
    const GPtrArray *parts = n2_page_peek_wanted(page);
    n2_writer w = n2_writer_init_growing(N2_RENDER_FRAME_BYTES_MAX);

    if (!parts->len && !j->wanted->len)
        return FALSE;
    write_texts(&w, parts);
    write_texts(&w, j->wanted);
    put_frame(N2_FRAME_NEED, &w);
    return TRUE;
}

static void
write_links(n2_writer *w, const n2_page *page)
{
    const GPtrArray *links = n2_page_peek_links(page);
    guint n = MIN(links->len, (guint)N2_RENDER_LINKS_MAX);

    n2_write_u32(w, n);
    for (guint i = 0; i < n; i++) {
        const n2_link *link = g_ptr_array_index(links, i);
        n2_write_u8(w, (guint8)link->kind);
        n2_write_u8(w, link->is_missing != FALSE);
        n2_frame_write_text(w, link->address ? link->address : link->href);
    }
}

static void
answer(const job *j, const n2_page *page)
{
    n2_writer w = n2_writer_init_growing(N2_RENDER_FRAME_BYTES_MAX);
    gboolean is_text = j->page.form == N2_RENDER_TEXT;
    GString *out =
        is_text ? n2_page_text(page, j->page.columns, j->page.flags) : n2_page_html(page);

    if (out->len > N2_RENDER_OUTPUT_BYTES_MAX)
        fail(N2_RENDER_SIZE);
    n2_frame_write_text(&w, n2_page_peek_title(page));
    if (is_text)
        write_links(&w, page);
    else
        n2_write_u32(&w, 0);
    n2_frame_write_blob(&w, out->str, out->len);
    g_string_free(out, TRUE);
    put_frame(N2_FRAME_DONE, &w);
}

static void
render(job *j)
{
    gboolean may_ask = TRUE;

    for (;;) {
        g_autoptr(n2_page) page = read_markup(j);
        if (!may_ask || !ask(j, page)) {
            answer(j, page);
            return;
        }
        may_ask = read_supply(j);
    }
}

/* ---- walls ---- */

static void
prepare(void)
{
    const char *folder = g_getenv("N2_LOCALEDIR"); /* for a program that is not installed */
    const int numbers[] = {SIGXCPU, SIGABRT, SIGTRAP};

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* ends with the program that wants the page */
    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, folder ? folder : N2_LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    (void)_("Contents"); /* reads the catalogue while files can still be opened */
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        signal(numbers[i], on_signal);
}

/* @memory_mib, @cpu_s: tests may set them lower than they are. */
static gboolean
enter(guint64 memory_mib, guint64 cpu_s)
{
    const guint64 memory_bytes = MIN(memory_mib, (guint64)1 << 20) << 20;
    const n2_sandbox_plan plan = {.promises = 0,
                                  .memory_bytes =
                                      MIN(memory_bytes, (guint64)N2_RENDER_MEMORY_BYTES),
                                  .cpu_s = MIN(cpu_s, (guint64)N2_RENDER_CPU_S),
                                  .descriptors = N2_RENDER_DESCRIPTORS};
    n2_sandbox_state state;

    return n2_sandbox_enter(&plan, &state) == N2_OK;
}

int
main(int argc, char **argv)
{
    gboolean has_limits = argc == 4 && g_str_equal(argv[1], "--limits");

    if (argc > 1 && !has_limits) {
        if (g_str_equal(argv[1], "--version"))
            printf("net2o-render %s\n", N2_VERSION);
        else
            printf(
                "net2o-render - renders one page for net2o and net2o-browser\n"
                "\n"
                "Started by them: takes a page on stdin and gives HTML or text on stdout, in\n"
                "frames that render/worker/frame.h describes.  It can reach nothing else.\n");
        return 0;
    }
    prepare();
    if (!enter(has_limits ? g_ascii_strtoull(argv[2], NULL, 10) : G_MAXUINT64,
               has_limits ? g_ascii_strtoull(argv[3], NULL, 10) : G_MAXUINT64))
        fail(N2_RENDER_CRASHED);
    static job j; /* what it holds goes with the process */
    j = (job){.parts = g_array_new(FALSE, FALSE, sizeof(n2_page_part)),
              .bodies = g_ptr_array_new(),
              .folders = g_hash_table_new(g_str_hash, g_str_equal),
              .wanted = g_ptr_array_new_with_free_func(g_free)};
    read_page(&j);
    render(&j);
    return 0;
}
