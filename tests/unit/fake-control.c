/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-control.c - a control plane without a network, for tests of what sits on it.
 */
#include "fake-control.h"
#include "fake-answers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DIRECT_BYTES = 1 << 20
};

typedef struct {
    n2_job number;
    n2_job_kind kind;
    guint64 size;
    guint64 at;
    guint64 fails_at; /* G_MAXUINT64 = never */
    gboolean is_mute; /* never readable */
    gboolean is_direct;
    int sink;
} fake_job;

struct n2_control {
    n2_job last_number;
    GHashTable *jobs;
    GQueue notices;
    fake_seen seen;
};

/* The byte at @at of every content; the first lines are a small page. */
static guint8
byte_at(guint64 at)
{
    static const char page[] = "# Demo\n\nHello there.\n";

    return at < sizeof page - 1 ? (guint8)page[at] : (guint8)((at * 2654435761u) >> 24);
}

static void
push(n2_control *c, n2_notice notice)
{
    g_queue_push_tail(&c->notices, g_memdup2(&notice, sizeof notice));
}

static char *
copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void
done(n2_control *c, n2_job job, n2_table *table)
{
    push(c, (n2_notice){.kind = N2_NOTICE_DONE, .job = job, .table = table});
}

static void
fail(n2_control *c, n2_job job, n2_err err, const char *what, const char *why, const char *next)
{
    push(c, (n2_notice){
                .kind = N2_NOTICE_DONE,
                .job = job,
                .err = err,
                .what = copy(what),
                .why = copy(why),
                .next = copy(next),
            });
}

static void
open_job(n2_control *c, fake_job *job, const n2_request *request)
{
    const char *address = request->address;
    const fake_thing *thing = fake_thing_find(address);

    if (address && strcmp(address, "net2o://demo/silent") == 0)
        return;
    if (address && strcmp(address, "net2o://demo/gone") == 0) {
        push(c, (n2_notice){
                    .kind = N2_NOTICE_DONE,
                    .job = job->number,
                    .err = N2_ERR_UNREACHABLE,
                    .what = copy(address),
                    .why = copy("no way"),
                    .gone_hop = 2,
                });
        return;
    }
    if (!thing) {
        fail(c, job->number, N2_ERR_NOTFOUND, address, NULL, NULL);
        return;
    }
    job->size = thing->size;
    job->fails_at = thing->fails_at;
    job->is_mute = thing->is_mute;
    n2_table *t = fake_info(address, thing);
    job->is_direct = request->has_sink && job->size >= DIRECT_BYTES;
    job->sink = request->sink;
    if (job->is_direct)
        n2_table_bool(t, "direct", true);
    push(c, (n2_notice){.kind = N2_NOTICE_INFO, .job = job->number, .table = t});
    if (!job->is_mute)
        push(c, (n2_notice){.kind = N2_NOTICE_READABLE, .job = job->number});
    if (!job->size)
        done(c, job->number, NULL);
}

n2_err
n2_control_start(
    n2_control *c, const n2_request *r, uint64_t now_us, int64_t wall_us, n2_job *out)
{
    fake_job *job = g_new0(fake_job, 1);
    (void)now_us;
    (void)wall_us;

    job->number = ++c->last_number;
    job->kind = r->kind;
    job->fails_at = G_MAXUINT64;
    g_hash_table_insert(c->jobs, GUINT_TO_POINTER(job->number), job);
    c->seen.n_running++;
    g_string_printf(c->seen.last, "%d %s|%s|%s|%s", (int)r->kind, r->address ? r->address : "-",
                    r->name ? r->name : "-", r->value ? r->value : "-",
                    r->type ? r->type : "-");
    c->seen.number = r->number;
    c->seen.flags = r->flags;
    c->seen.pipe_inode = 0;
    if (r->has_pipe) {
        struct stat st;
        c->seen.pipe_inode = fstat(r->pipe, &st) ? 0 : st.st_ino;
        close(r->pipe);
    }
    if (r->kind == N2_JOB_OPEN)
        open_job(c, job, r);
    else if (r->kind == N2_JOB_PUBLISH)
        g_string_truncate(c->seen.archive, 0);
    else if (r->name && strcmp(r->name, "taken") == 0)
        fail(c, job->number, N2_ERR_EXISTS, r->name, "it is\nanother's already",
             "Choose another.");
    else
        done(c, job->number, fake_answer(r));
    *out = job->number;
    return N2_OK;
}

void
n2_control_cancel(n2_control *c, n2_job number, uint64_t now_us, int64_t wall_us)
{
    (void)now_us;
    (void)wall_us;
    if (g_hash_table_remove(c->jobs, GUINT_TO_POINTER(number))) {
        c->seen.n_running--;
        c->seen.n_cancelled++;
    }
}

/* Of what is direct, every second piece has been written already. */
n2_err
n2_control_hand_out(
    n2_control *c, n2_job number, size_t len, int sink, size_t *out_len, uint64_t now_us)
{
    fake_job *job = g_hash_table_lookup(c->jobs, GUINT_TO_POINTER(number));
    (void)len, (void)sink, (void)now_us;

    *out_len = 0;
    if (!job || !job->is_direct || job->at / DIRECT_BYTES % 2 || job->at % DIRECT_BYTES)
        return N2_ERR_UNSUPPORTED;
    g_autofree uint8_t *piece = g_malloc(DIRECT_BYTES);
    for (size_t i = 0; i < DIRECT_BYTES; i++)
        piece[i] = byte_at(job->at + i);
    if (pwrite(job->sink, piece, DIRECT_BYTES, (off_t)job->at) != DIRECT_BYTES)
        return N2_ERR_UNSUPPORTED;
    job->at += DIRECT_BYTES;
    *out_len = DIRECT_BYTES;
    if (job->at == job->size)
        done(c, number, NULL);
    return N2_OK;
}

n2_err
n2_control_read(
    n2_control *c, n2_job number, uint8_t *buf, size_t len, size_t *out_len, uint64_t now_us)
{
    fake_job *job = g_hash_table_lookup(c->jobs, GUINT_TO_POINTER(number));
    (void)now_us;

    if (!job)
        return N2_ERR_NOTFOUND;
    guint64 end = MIN(job->size, job->fails_at);
    size_t n = job->is_mute ? 0 : (size_t)MIN(len, end - job->at);
    for (size_t i = 0; i < n; i++)
        buf[i] = byte_at(job->at + i);
    job->at += n;
    c->seen.read_bytes += n;
    *out_len = n;
    if (n && job->at == job->fails_at)
        fail(c, number, N2_ERR_FORGED, "net2o://demo/forged", "a leaf has another hash", NULL);
    else if (n && job->at == job->size)
        done(c, number, NULL);
    return N2_OK;
}

n2_err
n2_control_feed(n2_control *c,
                n2_job number,
                const uint8_t *bytes,
                size_t len,
                uint64_t now_us,
                int64_t wall_us)
{
    (void)now_us;
    (void)wall_us;
    if (!g_hash_table_contains(c->jobs, GUINT_TO_POINTER(number)))
        return N2_ERR_NOTFOUND;
    g_string_append_len(c->seen.archive, (const char *)bytes, (gssize)len);
    return N2_OK;
}

void
n2_control_feed_end(n2_control *c, n2_job number, uint64_t now_us, int64_t wall_us)
{
    n2_table *t = n2_table_new();
    GString *archive = c->seen.archive;
    (void)now_us;
    (void)wall_us;

    c->seen.archive_end = TRUE;
    if (!archive->len || archive->str[archive->len - 1] != 3) {
        n2_table_free(t);
        fail(c, number, N2_ERR_TRUNCATED, "archive", NULL, NULL);
        return;
    }
    n2_table_row(t);
    n2_table_text(t, "by_key", "net2o://" FAKE_IDENTITY "/");
    n2_table_text(t, "by_hash", "net2o://" FAKE_HASH "/");
    n2_table_text(t, "address", "net2o://" FAKE_IDENTITY "/");
    n2_table_text(t, "hash", FAKE_HASH);
    n2_table_int(t, "counter", 7);
    n2_table_int(t, "files", 2);
    n2_table_int(t, "size", 42);
    n2_table_int(t, "ms", 3);
    done(c, number, t);
}

void
n2_notice_clear(n2_notice *notice)
{
    n2_table_free(notice->table);
    free(notice->text);
    free(notice->what);
    free(notice->why);
    free(notice->next);
    *notice = (n2_notice){0};
}

n2_control *
fake_control_new(void)
{
    n2_control *c = g_new0(n2_control, 1);

    c->jobs = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_queue_init(&c->notices);
    c->seen.archive = g_string_new(NULL);
    c->seen.last = g_string_new(NULL);
    return c;
}

static void
free_notice(gpointer data)
{
    n2_notice_clear(data);
    g_free(data);
}

void
fake_control_free(n2_control *c)
{
    g_queue_clear_full(&c->notices, free_notice);
    g_hash_table_unref(c->jobs);
    g_string_free(c->seen.archive, TRUE);
    g_string_free(c->seen.last, TRUE);
    g_free(c);
}

fake_seen *
fake_control_seen(n2_control *c)
{
    return &c->seen;
}

void
fake_control_drain(n2_control *c, n2_server *server)
{
    n2_notice *notice;

    while ((notice = g_queue_pop_head(&c->notices))) {
        if (notice->kind == N2_NOTICE_DONE &&
            g_hash_table_remove(c->jobs, GUINT_TO_POINTER(notice->job)))
            c->seen.n_running--;
        n2_server_take_notice(server, notice);
        g_free(notice);
    }
}

void
fake_control_tell(n2_control *c, n2_notice_kind kind, const char *text)
{
    push(c, (n2_notice){.kind = kind, .text = copy(text)});
}

n2_job
fake_control_last(const n2_control *control)
{
    return control->last_number;
}

void
fake_control_ask(n2_control *control, n2_job job, guint32 ask, const char *want)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_int(t, "tries", 3);
    push(control, (n2_notice){.kind = want ? N2_NOTICE_ASK : N2_NOTICE_ASK_OVER,
                              .job = job,
                              .ask = ask,
                              .text = copy(want),
                              .table = t});
}
