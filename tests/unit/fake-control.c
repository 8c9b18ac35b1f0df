/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-control.c - a control plane without a network, for tests of what sits on it.
 */
#include "fake-control.h"

#include <stdlib.h>
#include <string.h>
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

/* path of net2o://demo/PATH */
static const struct {
    const char *path;
    guint64 size;
    guint64 fails_at;
    gboolean is_mute;
    const char *kind;
    const char *index;
    const char *type;
} things[] = {
    {"page.md", 21, G_MAXUINT64, FALSE, "file", NULL, "text/markdown"},
    {"empty", 0, G_MAXUINT64, FALSE, "file", NULL, "text/plain"},
    {"big", 64 << 20, G_MAXUINT64, FALSE, "file", NULL, "application/octet-stream"},
    {"forged", 100000, 1000, FALSE, "file", NULL, "text/plain"},
    {"stuck", 100000, G_MAXUINT64, TRUE, "file", NULL, "text/plain"},
    {"", 21, G_MAXUINT64, FALSE, "directory", "index.md", "text/markdown"},
    {"folder/", 0, G_MAXUINT64, FALSE, "directory", NULL, "inode/directory"},
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

#define IDENTITY "k1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH "h1-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static n2_table *
word_rows(const char *name, const char *first, const char *second)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, name, first);
    if (second) {
        n2_table_row(t);
        n2_table_text(t, name, second);
    }
    return t;
}

static n2_table *
attribute_rows(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "name", "title");
    n2_table_text(t, "type", "text");
    n2_table_text(t, "value", "De\033[31mmo"); /* a hostile one */
    n2_table_row(t);
    n2_table_text(t, "name", "changed");
    n2_table_text(t, "type", "time");
    n2_table_int(t, "value", 1700000000000000);
    return t;
}

static n2_table *
info(const char *address, size_t thing)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "address", address);
    n2_table_text(t, "kind", things[thing].kind);
    n2_table_text(t, "type", things[thing].type);
    n2_table_int(t, "size", (int64_t)things[thing].size);
    n2_table_text(t, "hash", HASH);
    n2_table_take(t, "attributes", attribute_rows());
    n2_table_take(t, "from", word_rows("identity", IDENTITY, NULL));
    n2_table_take(t, "path", word_rows("hop", "1/4", "3/2"));
    n2_table_int(t, "ms", 12);
    n2_table_text(t, "index", things[thing].index);
    return t;
}

static int
find_thing(const char *address)
{
    const char *prefix = "net2o://demo/";

    if (!address || !g_str_has_prefix(address, prefix))
        return -1;
    for (size_t i = 0; i < G_N_ELEMENTS(things); i++)
        if (strcmp(address + strlen(prefix), things[i].path) == 0)
            return (int)i;
    return -1;
}

static void
open_job(n2_control *c, fake_job *job, const n2_request *request)
{
    const char *address = request->address;
    int thing = find_thing(address);

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
    if (thing < 0) {
        fail(c, job->number, N2_ERR_NOTFOUND, address, NULL, NULL);
        return;
    }
    job->size = things[thing].size;
    job->fails_at = things[thing].fails_at;
    job->is_mute = things[thing].is_mute;
    n2_table *t = info(address, (size_t)thing);
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

static n2_table *
list_answer(const char *address)
{
    n2_table *entries = n2_table_new();
    n2_table *t = info(address, 6);

    n2_table_row(entries);
    n2_table_text(entries, "name", "page.md");
    n2_table_text(entries, "kind", "file");
    n2_table_text(entries, "type", "text/markdown");
    n2_table_int(entries, "size", 21);
    n2_table_text(entries, "hash", HASH);
    n2_table_row(entries);
    n2_table_text(entries, "name", "pictures");
    n2_table_text(entries, "kind", "directory");
    n2_table_text(entries, "type", "inode/directory");
    n2_table_int(entries, "size", 0);
    n2_table_text(entries, "hash", HASH);
    n2_table_take(t, "entries", entries);
    return t;
}

static n2_table *
status_answer(void)
{
    n2_table *t = n2_table_new();
    n2_table *links = n2_table_new();

    n2_table_row(links);
    n2_table_text(links, "endpoint", "udp:127.0.0.1:5000");
    n2_table_text(links, "identity", IDENTITY);
    n2_table_text(links, "state", "up");
    n2_table_bool(links, "opened", true);
    n2_table_int(links, "port", 1);
    n2_table_int(links, "rtt_us", 230);
    n2_table_row(t);
    n2_table_text(t, "identity", IDENTITY);
    n2_table_text(t, "version", N2_VERSION);
    n2_table_text(t, "listeners", "udp:127.0.0.1:4000,udp:[::1]:4000");
    n2_table_int(t, "bits", 4);
    n2_table_int(t, "uptime_s", 75);
    n2_table_take(t, "links", links);
    n2_table_take(t, "connections", n2_table_new());
    n2_table_int(t, "transfers", 0);
    n2_table_int(t, "objects", 53);
    n2_table_int(t, "size", 1234567);
    n2_uses uses = {0};
    n2_table *limits = n2_table_new();

    n2_uses_add(&uses, "connections", 3, 4096, 2);
    n2_uses_add(&uses, "half_open", 0, 4096, 0);
    n2_uses_add(&uses, "hello_per_s", N2_USE_NONE, 256, 7);
    n2_uses_add(&uses, "query_per_s", N2_USE_NONE, 2048, 0);
    n2_uses_add(&uses, "of_a_newer_node", 1, 2, 3);
    n2_table_uses(limits, &uses);
    n2_table_take(t, "limits", limits);
    return t;
}

static n2_table *
path_answer(gboolean is_traced)
{
    n2_table *hops = n2_table_new();
    n2_table *t = n2_table_new();

    for (int i = 1; i <= 3; i++) {
        n2_table_row(hops);
        n2_table_int(hops, "n", i);
        n2_table_int(hops, "port", i);
        n2_table_int(hops, "bits", 4);
        if (is_traced)
            n2_table_text(hops, "state", i < 3 ? "answers" : "silent");
        if (is_traced && i < 3)
            n2_table_int(hops, "rtt_us", 1000 * i);
    }
    if (is_traced) {
        n2_table_free(t);
        return hops;
    }
    n2_table_row(t);
    n2_table_text(t, "identity", IDENTITY);
    n2_table_text(t, "name", "demo");
    n2_table_text(t, "source", "hand");
    n2_table_text(t, "labels", "1230000000000000");
    n2_table_take(t, "hops", hops);
    return t;
}

static n2_table *
identity_answer(const char *name)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "name", name);
    n2_table_text(t, "address", IDENTITY);
    n2_table_bool(t, "default", true);
    n2_table_int(t, "made", 1700000000000000);
    return t;
}

static n2_table *
name_answer(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "name", "demo");
    n2_table_text(t, "identity", IDENTITY);
    return t;
}

static n2_table *
peer_answer(const char *endpoint)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "endpoint", endpoint);
    n2_table_text(t, "state", "opening");
    n2_table_bool(t, "opened", true);
    n2_table_int(t, "port", 2);
    return t;
}

static n2_table *
check_answer(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_int(t, "objects", 53);
    n2_table_int(t, "size", 1234567);
    n2_table_take(t, "damaged", n2_table_new());
    return t;
}

/* The answer of every kind that has one at once. */
static n2_table *
answer(const n2_request *r)
{
    switch (r->kind) {
    case N2_JOB_STATUS:
        return status_answer();
    case N2_JOB_CHECK:
        return check_answer();
    case N2_JOB_LIST:
        return list_answer(r->address);
    case N2_JOB_ATTR_GET:
    case N2_JOB_ATTR_LIST:
        return attribute_rows();
    case N2_JOB_ID_NEW:
        return identity_answer(r->name);
    case N2_JOB_ID_LIST:
    case N2_JOB_ID_SHOW:
        return identity_answer("me");
    case N2_JOB_PEER_ADD:
    case N2_JOB_PEER_LIST:
        return peer_answer(r->value ? r->value : "udp:127.0.0.1:5000");
    case N2_JOB_PATH_GET:
    case N2_JOB_PATH_SET:
    case N2_JOB_PATH_LIST:
        return path_answer(FALSE);
    case N2_JOB_TRACE:
        return path_answer(TRUE);
    case N2_JOB_NAME_LIST:
        return name_answer();
    case N2_JOB_OPEN:
    case N2_JOB_PUBLISH:
    case N2_JOB_ATTR_SET:
    case N2_JOB_PEER_REMOVE:
    case N2_JOB_PATH_UNSET:
    case N2_JOB_NAME_SET:
    case N2_JOB_NAME_UNSET:
    case N2_JOB_KINDS:
        break;
    }
    return NULL;
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
    if (r->kind == N2_JOB_OPEN)
        open_job(c, job, r);
    else if (r->kind == N2_JOB_PUBLISH)
        g_string_truncate(c->seen.archive, 0);
    else if (r->name && strcmp(r->name, "taken") == 0)
        fail(c, job->number, N2_ERR_EXISTS, r->name, "it is\nanother's already",
             "Choose another.");
    else
        done(c, job->number, answer(r));
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
    n2_table_text(t, "by_key", "net2o://" IDENTITY "/");
    n2_table_text(t, "by_hash", "net2o://" HASH "/");
    n2_table_text(t, "address", "net2o://" IDENTITY "/");
    n2_table_text(t, "hash", HASH);
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
