/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fetch.c - pages and files from one control plane to another: whole, verified, in spite
 * of lost connections and hostile holders (attacks 29, 52, 54).
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/tree.h"
#include "two-nodes.h"

enum {
    BIG_BYTES = 5 * N2_GROUP_BYTES + 12345,
    LEAFY_BYTES = 40 * 1024
};

typedef struct {
    two_nodes *w;
    guint8 *big;
    guint8 *leafy;
} site;

static const char index_page[] = "# Home\n\nSee [[sub/one]].\n";

static void
site_init(site *s, guint64 seed)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();

    s->w = two_nodes_new(seed);
    s->big = fixture_bytes(7, BIG_BYTES);
    s->leafy = fixture_bytes(8, LEAFY_BYTES);
    archive_add(archive, 2, "index.md", (const guint8 *)index_page, sizeof index_page - 1);
    archive_add(archive, 1, "sub", NULL, 0);
    archive_add(archive, 2, "sub/big.bin", s->big, BIG_BYTES);
    archive_add(archive, 2, "sub/empty", NULL, 0);
    archive_add(archive, 2, "sub/leafy", s->leafy, LEAFY_BYTES);
    archive_add(archive, 2, "sub/one", (const guint8 *)"x", 1);
    archive_add(archive, 3, NULL, NULL, 0);

    n2_notice done = two_nodes_publish(s->w, 1, archive, NULL);

    assert_ok(done.err);
    g_assert_cmpint(n2_table_get(done.table, 0, "files")->integer, ==, 5);
    g_assert_cmpint(n2_table_get(done.table, 0, "counter")->integer, ==, 1);
    n2_notice_clear(&done);
}

static void
site_clear(site *s)
{
    two_nodes_free(s->w);
    g_free(s->big);
    g_free(s->leafy);
}

static n2_notice
open_path(site *s, const char *path)
{
    g_autofree char *address = two_nodes_address(s->w, 1, path);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_job job =
        two_nodes_start(s->w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});

    return two_nodes_finish(s->w, 0, job, bytes, NULL);
}

static void
assert_fails(site *s, const char *path, n2_err want)
{
    n2_notice done = open_path(s, path);

    g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(want));
    g_assert_nonnull(done.what);
    g_assert_cmpuint(strlen(done.why), >, 0);
    n2_notice_clear(&done);
}

/* ---- pages ---- */

static void
test_every_file(void)
{
    site s;

    site_init(&s, 1);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "", (const guint8 *)index_page, sizeof index_page - 1);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    two_nodes_assert_page(s.w, 0, 1, "sub/empty", (const guint8 *)"", 0);
    two_nodes_assert_page(s.w, 0, 1, "sub/leafy", s.leafy, LEAFY_BYTES);
    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    /* And on the node itself, where nothing is fetched. */
    two_nodes_assert_page(s.w, 1, 1, "sub/big.bin", s.big, BIG_BYTES);
    site_clear(&s);
}

static void
test_info(void)
{
    site s;
    n2_notice info;
    g_autofree char *address = NULL;
    g_autofree char *folder = NULL;

    site_init(&s, 2);
    two_nodes_meet(s.w);
    address = two_nodes_address(s.w, 1, "sub/one");
    n2_job job = two_nodes_start(
        s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address, .no_content = true});
    n2_notice done = two_nodes_finish(s.w, 0, job, NULL, &info);

    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(info.table, 0, "address")->text, ==, address);
    g_assert_cmpstr(n2_table_get(info.table, 0, "kind")->text, ==, "file");
    g_assert_cmpstr(n2_table_get(info.table, 0, "type")->text, ==, "application/octet-stream");
    g_assert_cmpint(n2_table_get(info.table, 0, "size")->integer, ==, 1);
    g_assert_true(g_str_has_prefix(n2_table_get(info.table, 0, "hash")->text, "h1-"));
    n2_table *attributes = n2_table_get(info.table, 0, "attributes")->table;

    g_assert_cmpstr(n2_table_get(attributes, 0, "name")->text, ==, "modified");
    g_assert_cmpint(n2_table_get(attributes, 0, "value")->integer, ==, 1700000000000000);
    n2_table *from = n2_table_get(info.table, 0, "from")->table;

    g_assert_cmpuint(from->n_rows, ==, 1);
    g_assert_cmpstr(n2_table_get(n2_table_get(info.table, 0, "path")->table, 0, "hop")->text,
                    ==, "1/4");
    n2_notice_clear(&info);
    n2_notice_clear(&done);

    folder = two_nodes_address(s.w, 1, "sub");
    done = two_nodes_do(s.w, 0, &(n2_request){.kind = N2_JOB_LIST, .address = folder});
    assert_ok(done.err);
    n2_table *entries = n2_table_get(done.table, 0, "entries")->table;

    g_assert_cmpuint(entries->n_rows, ==, 4);
    g_assert_cmpstr(n2_table_get(entries, 0, "name")->text, ==, "big.bin");
    g_assert_cmpint(n2_table_get(entries, 0, "size")->integer, ==, BIG_BYTES);
    n2_notice_clear(&done);
    site_clear(&s);
}

/* A hash says neither who has it nor how long it is. */
static void
test_by_hash(void)
{
    site s;
    g_autofree char *folder = NULL;
    g_autofree char *address = NULL;
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    site_init(&s, 3);
    folder = two_nodes_address(s.w, 1, "sub");
    n2_notice done =
        two_nodes_do(s.w, 1, &(n2_request){.kind = N2_JOB_LIST, .address = folder});
    n2_table *entries = n2_table_get(done.table, 0, "entries")->table;

    address = g_strconcat("net2o://", n2_table_get(entries, 0, "hash")->text, NULL);
    n2_notice_clear(&done);
    two_nodes_meet(s.w);
    n2_job job =
        two_nodes_start(s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});

    done = two_nodes_finish(s.w, 0, job, bytes, NULL);
    assert_ok(done.err);
    g_assert_cmpmem(bytes->data, bytes->len, s.big, BIG_BYTES);
    n2_notice_clear(&done);
    site_clear(&s);
}

static void
test_not_there(void)
{
    static const struct {
        const char *path;
        n2_err err;
    } rows[] = {
        {"nothing", N2_ERR_NOTFOUND},
        {"sub/nothing", N2_ERR_NOTFOUND},
        {"sub/one/below", N2_ERR_NOTFOUND},
        {"index.md/", N2_ERR_NOTFOUND},
    };
    site s;

    site_init(&s, 4);
    assert_fails(&s, "index.md", N2_ERR_NOWAY); /* before they have met */
    two_nodes_meet(s.w);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_fails(&s, rows[i].path, rows[i].err);
    site_clear(&s);
}

/* A second request finds everything here, but asks for the head. */
static void
test_second_time(void)
{
    site s;

    site_init(&s, 5);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    guint reads = s.w->node[1].reads;

    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    g_assert_cmpuint(s.w->node[1].reads, ==, reads);
    g_assert_cmpuint(s.w->node[0].queries, ==, 1);
    /* The author is gone: what was read stays readable. */
    s.w->is_dead = s.w->is_silent = TRUE;
    s.w->now_us += N2_MINUTE_US;
    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    site_clear(&s);
}

static void
test_one_fetch_for_two(void)
{
    site s;
    g_autofree char *address = NULL;
    n2_job jobs[2];

    site_init(&s, 6);
    two_nodes_meet(s.w);
    address = two_nodes_address(s.w, 1, "sub/big.bin");
    for (int i = 0; i < 2; i++)
        jobs[i] =
            two_nodes_start(s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    for (int i = 0; i < 2; i++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        n2_notice done = two_nodes_finish(s.w, 0, jobs[i], bytes, NULL);

        assert_ok(done.err);
        g_assert_cmpmem(bytes->data, bytes->len, s.big, BIG_BYTES);
        n2_notice_clear(&done);
    }
    g_assert_cmpuint(s.w->node[1].reads, ==, 2 + 6); /* two folders, six groups */
    site_clear(&s);
}

static void
test_new_tree(void)
{
    site s;
    g_autofree char *address = NULL;
    n2_notice done;

    site_init(&s, 7);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    address = two_nodes_address(s.w, 1, "sub/one");
    done = two_nodes_do(
        s.w, 1,
        &(n2_request){
            .kind = N2_JOB_ATTR_SET, .address = address, .name = "author", .value = "Ann"});
    assert_ok(done.err);
    g_assert_cmpint(n2_table_get(done.table, 0, "counter")->integer, ==, 2);
    n2_notice_clear(&done);
    s.w->now_us += N2_MINUTE_US; /* or the head just seen would do */
    done = two_nodes_do(
        s.w, 0, &(n2_request){.kind = N2_JOB_ATTR_GET, .address = address, .name = "author"});
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "value")->text, ==, "Ann");
    n2_notice_clear(&done);
    site_clear(&s);
}

/* ---- a reader who takes his time ---- */

static void
test_reader_is_slow(void)
{
    enum {
        LARGE_BYTES = 60 * N2_GROUP_BYTES
    };
    two_nodes *w = two_nodes_new(8);
    g_autoptr(GByteArray) archive = g_byte_array_new();
    g_autofree guint8 *large = fixture_bytes(9, LARGE_BYTES);
    g_autofree char *address = two_nodes_address(w, 1, "large");
    g_autofree guint8 *buf = g_malloc(N2_GROUP_BYTES);
    gsize len;

    archive_add(archive, 2, "large", large, LARGE_BYTES);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(w, 1, archive, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
    two_nodes_meet(w);
    n2_job job = two_nodes_start(w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});

    assert_ok(n2_control_read(w->node[0].control, job, buf, 1, &len, w->now_us));
    while (two_nodes_step(w, w->now_us + N2_SECOND_US)) {
        if (w->node[1].reads == 2) /* the content has begun: this reader takes one byte */
            assert_ok(n2_control_read(w->node[0].control, job, buf, 1, &len, w->now_us));
    }
    g_assert_cmpuint(w->node[1].reads, <=, 2 + N2_FETCH_AHEAD_BYTES / N2_GROUP_BYTES);
    g_assert_cmpuint(w->node[1].reads, >, 10);
    n2_control_cancel(w->node[0].control, job, w->now_us, w->wall_us);
    two_nodes_free(w);
}

/* He pauses so long that connections end; then he goes on. */
static void
test_reader_pauses(void)
{
    enum {
        LARGE_BYTES = 40 * N2_GROUP_BYTES
    };
    two_nodes *w = two_nodes_new(18);
    g_autoptr(GByteArray) archive = g_byte_array_new();
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree guint8 *large = fixture_bytes(9, LARGE_BYTES);
    g_autofree char *address = two_nodes_address(w, 1, "large");
    guint8 first;
    gsize len = 0;

    archive_add(archive, 2, "large", large, LARGE_BYTES);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(w, 1, archive, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
    two_nodes_meet(w);
    n2_job job = two_nodes_start(w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});

    while (!len) {
        g_assert_true(two_nodes_step(w, w->now_us + N2_SECOND_US));
        assert_ok(n2_control_read(w->node[0].control, job, &first, 1, &len, w->now_us));
    }
    g_byte_array_append(bytes, &first, 1);
    for (int i = 0; i < 10; i++) {
        while (two_nodes_step(w, w->now_us + N2_MINUTE_US))
            if (w->now_us > (guint64)(i + 1) * 10 * N2_MINUTE_US)
                break;
        two_nodes_break(w);
    }
    done = two_nodes_finish(w, 0, job, bytes, NULL);
    assert_ok(done.err);
    g_assert_cmpmem(bytes->data, bytes->len, large, LARGE_BYTES);
    n2_notice_clear(&done);
    two_nodes_free(w);
}

/* ---- connections that break ---- */

static void
test_lost_connections(void)
{
    for (guint64 seed = 1; seed <= 25; seed++) {
        site s;

        g_test_message("seed %" G_GUINT64_FORMAT, seed);
        site_init(&s, seed);
        two_nodes_meet(s.w);
        s.w->lose_in_1000 = 150;
        two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
        two_nodes_assert_page(s.w, 0, 1, "", (const guint8 *)index_page, sizeof index_page - 1);
        site_clear(&s);
    }
}

static guint64
run_seed(guint64 seed)
{
    site s;

    site_init(&s, seed);
    two_nodes_meet(s.w);
    s.w->lose_in_1000 = 100;
    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    guint64 trace = s.w->now_us ^ s.w->events << 40;

    site_clear(&s);
    return trace;
}

static void
test_same_seed_same_run(void)
{
    g_assert_cmphex(run_seed(42), ==, run_seed(42));
}

/* What came before the end of a fetch is not fetched again. */
static void
test_goes_on_where_it_stopped(void)
{
    site s;
    g_autofree char *address = NULL;

    site_init(&s, 10);
    two_nodes_meet(s.w);
    address = two_nodes_address(s.w, 1, "sub/big.bin");
    n2_job job =
        two_nodes_start(s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    n2_notice progress = {0};

    while (progress.done_bytes < 3 * N2_GROUP_BYTES) {
        g_assert_true(two_nodes_step(s.w, s.w->now_us + N2_MINUTE_US));
        if (two_nodes_notice(s.w, 0, job, N2_NOTICE_PROGRESS, &progress))
            continue;
    }
    n2_control_cancel(s.w->node[0].control, job, s.w->now_us, s.w->wall_us);
    while (s.w->items->len)
        (void)two_nodes_step(s.w, s.w->now_us + N2_MINUTE_US);
    guint before = s.w->node[1].reads;

    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    g_assert_cmpuint(s.w->node[1].reads - before, <=, 3);
    site_clear(&s);
}

static void
test_plane_restarts(void)
{
    site s;
    g_autofree char *address = NULL;
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    site_init(&s, 11);
    two_nodes_meet(s.w);
    address = two_nodes_address(s.w, 1, "sub/big.bin");
    n2_job job =
        two_nodes_start(s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});

    while (s.w->node[1].reads < 4)
        g_assert_true(two_nodes_step(s.w, s.w->now_us + N2_MINUTE_US));
    g_ptr_array_set_size(s.w->items, 0);
    g_array_set_size(s.w->conns, 0);
    for (int i = 0; i < NODES; i++) {
        n2_event event = {.kind = N2_EVENT_RESTARTED};

        g_ptr_array_set_size(s.w->node[i].grants, 0);
        s.w->node[i].has_key = FALSE;
        n2_control_input_event(s.w->node[i].control, &event, s.w->now_us, s.w->wall_us);
    }
    n2_notice done = two_nodes_finish(s.w, 0, job, bytes, NULL);

    assert_ok(done.err);
    g_assert_cmpmem(bytes->data, bytes->len, s.big, BIG_BYTES);
    n2_notice_clear(&done);
    site_clear(&s);
}

/* ---- silence ---- */

static void
test_silent_peer(void)
{
    site s;
    g_autofree char *address = NULL;
    n2_notice done;

    site_init(&s, 12);
    two_nodes_meet(s.w);
    address = two_nodes_address(s.w, 1, "sub/big.bin");
    n2_job job =
        two_nodes_start(s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});

    while (s.w->node[1].reads < 4)
        g_assert_true(two_nodes_step(s.w, s.w->now_us + N2_MINUTE_US));
    guint64 began_us = s.w->now_us;

    s.w->is_silent = s.w->is_dead = TRUE;
    s.w->dead_hop = 1;
    done = two_nodes_finish(s.w, 0, job, NULL, NULL);
    assert_err(done.err, N2_ERR_TIMEOUT);
    g_assert_cmpint(done.gone_hop, ==, 2);
    g_assert_cmpuint(done.table->n_rows, ==, 2);
    g_assert_cmpstr(n2_table_get(done.table, 0, "state")->text, ==, "answers");
    g_assert_cmpstr(n2_table_get(done.table, 1, "state")->text, ==, "silent");
    g_assert_cmpuint(s.w->now_us - began_us, <, 40 * N2_SECOND_US);
    n2_notice_clear(&done);
    site_clear(&s);
}

/* A holder that answers and writes only half never finishes a stretch. */
static void
test_half_sends(void)
{
    site s;

    site_init(&s, 13);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    s.w->half_send = TRUE;
    assert_fails(&s, "sub/leafy", N2_ERR_TIMEOUT);
    site_clear(&s);
}

/* ---- hostile holders ---- */

static void
test_wrong_bytes(void)
{
    site s;

    site_init(&s, 14);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    s.w->wrong_bytes = TRUE;
    assert_fails(&s, "sub/big.bin", N2_ERR_FORGED);
    /* It is out for an hour, though it is honest again. */
    s.w->wrong_bytes = FALSE;
    assert_fails(&s, "sub/leafy", N2_ERR_FORGED);
    s.w->now_us += N2_FETCH_REFUSED_US + 1;
    two_nodes_assert_page(s.w, 0, 1, "sub/leafy", s.leafy, LEAFY_BYTES);
    site_clear(&s);
}

static gboolean
flip_nodes(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values != 1 || call->values[0].type != 'b' || call->values[0].len != 6 * 32)
        return FALSE;
    g_autofree guint8 *copy = g_memdup2(call->values[0].bytes, call->values[0].len);

    copy[100] ^= 1;
    n2_asm_bytes(values, copy, call->values[0].len);
    return TRUE;
}

static gboolean
fewer_nodes(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values != 1 || call->values[0].type != 'b' || call->values[0].len != 6 * 32)
        return FALSE;
    n2_asm_bytes(values, call->values[0].bytes, 5 * 32);
    return TRUE;
}

static gboolean
other_length(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values != 1 || call->values[0].type != 'u')
        return FALSE;
    n2_asm_u64(values, call->values[0].u - 1);
    return TRUE;
}

static gboolean
two_values(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values != 1 || call->values[0].type != 'b')
        return FALSE;
    n2_asm_bytes(values, call->values[0].bytes, call->values[0].len);
    n2_asm_u64(values, 1);
    return TRUE;
}

/* One bit of every statement: births, adds, node keys, heads. */
static gboolean
flip_statement(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!call->n_values || call->values[0].type != 'b')
        return FALSE;
    for (gsize i = 0; i < call->n_values; i++) {
        g_autofree guint8 *copy = g_memdup2(call->values[i].bytes, call->values[i].len);

        copy[call->values[i].len - 7] ^= 4;
        n2_asm_bytes(values, copy, call->values[i].len);
    }
    return TRUE;
}

/* The chain of another identity. */
static gboolean
drop_birth(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values < 3)
        return FALSE;
    for (gsize i = 1; i < call->n_values; i++)
        n2_asm_bytes(values, call->values[i].bytes, call->values[i].len);
    return TRUE;
}

static const struct {
    const char *name;
    gboolean (*tamper)(two_nodes *w, const n2_call *call, n2_asm *values);
    n2_err want;
} liars[] = {
    {"nodes-flipped", flip_nodes, N2_ERR_FORGED},
    {"nodes-fewer", fewer_nodes, N2_ERR_FORGED},
    {"read-other-length", other_length, N2_ERR_FORGED},
    {"answer-of-two-values", two_values, N2_ERR_FORGED},
    {"statement-flipped", flip_statement, N2_ERR_FORGED},
    {"chain-without-birth", drop_birth, N2_ERR_FORGED},
};

static void
test_liar(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    site s;

    site_init(&s, 20 + i);
    two_nodes_meet(s.w);
    s.w->tamper = liars[i].tamper;
    assert_fails(&s, "sub/big.bin", liars[i].want);
    site_clear(&s);
}

/* Keeps the chain of node 1; and once it has one, gives it to whoever asks for somebody else.
 */
static gboolean
own_chain_for_all(two_nodes *w, const n2_call *call, n2_asm *values)
{
    if (call->n_values >= 3 && !w->chain) {
        w->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        for (gsize i = 0; i < call->n_values; i++)
            g_ptr_array_add(w->chain, g_bytes_new(call->values[i].bytes, call->values[i].len));
        return FALSE;
    }
    if (call->err != N2_ERR_NOTFOUND || !w->chain)
        return FALSE;
    for (guint i = 0; i < w->chain->len; i++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(w->chain->pdata[i], &len);

        n2_asm_bytes(values, bytes, len);
    }
    w->tamper = NULL; /* only for who it is; then it has nothing of theirs */
    return TRUE;
}

/* Attack 12: a node shows its own, true chain to who wants another identity. */
static void
test_another_identity(void)
{
    site s;
    n2_id other = {.method = N2_METHOD_SHA256, .hash = {1, 2, 3}};
    char text[N2_ID_TEXT_BYTES];
    n2_notice done;

    site_init(&s, 29);
    two_nodes_meet(s.w);
    s.w->tamper = own_chain_for_all;
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    g_assert_nonnull(s.w->chain);
    n2_id_format(text, N2_ID_IDENTITY, &other);
    done = two_nodes_do(
        s.w, 0, &(n2_request){.kind = N2_JOB_PATH_SET, .address = text, .value = "1/4"});
    assert_ok(done.err);
    n2_notice_clear(&done);
    done = two_nodes_do(s.w, 0, &(n2_request){.kind = N2_JOB_LIST, .address = text});
    assert_err(done.err, N2_ERR_FORGED);
    n2_notice_clear(&done);
    g_ptr_array_unref(s.w->chain);
    site_clear(&s);
}

/* The chain is true and the one asked for, but the channel ends at somebody in between. */
static void
test_man_in_the_middle(void)
{
    site s;

    site_init(&s, 32);
    two_nodes_meet(s.w);
    s.w->is_relayed = TRUE;
    assert_fails(&s, "sub/one", N2_ERR_FORGED);
    site_clear(&s);
}

/* Attack 54: the folders are there, the file isn't. */
static void
test_half_a_tree(void)
{
    site s;
    fixture *f;
    guint damaged = 0;

    site_init(&s, 30);
    f = &s.w->node[1].store;
    for (gsize i = 0; i < f->disk->n_files; i++) {
        const char *path = disk_mem_path(f->disk, i);
        gsize len = 0;
        guint8 *bytes = path ? disk_mem_bytes(f->disk, path, &len) : NULL;

        if (bytes && len == BIG_BYTES) {
            bytes[len / 2] ^= 1;
            damaged++;
        }
    }
    g_assert_cmpuint(damaged, ==, 1);
    g_assert_cmpuint(fixture_fsck(f), >, 0);
    two_nodes_meet(s.w);
    assert_fails(&s, "sub/big.bin", N2_ERR_NOTFOUND);
    two_nodes_assert_page(s.w, 0, 1, "sub/leafy", s.leafy, LEAFY_BYTES);
    site_clear(&s);
}

/* Attack 52: yesterday's head as today's. */
static guint8 *old_head;
static gsize old_head_len;

static gboolean
serve_old_head(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    /* A head is the only answer of one long string that is not nodes. */
    if (call->n_values != 1 || call->values[0].type != 'b')
        return FALSE;
    n2_asm_bytes(values, old_head, old_head_len);
    return TRUE;
}

static void
test_old_head(void)
{
    site s;
    n2_head head;
    g_autofree char *address = NULL;
    n2_notice done;

    site_init(&s, 31);
    assert_ok(n2_store_head_get(s.w->node[1].store.store, &s.w->node[1].id, N2_BRANCH_MAIN,
                                &head, &old_head, &old_head_len));
    address = two_nodes_address(s.w, 1, "sub/one");
    done = two_nodes_do(
        s.w, 1,
        &(n2_request){.kind = N2_JOB_ATTR_SET, .address = address, .name = "a", .value = "b"});
    assert_ok(done.err);
    n2_notice_clear(&done);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    s.w->now_us += N2_MINUTE_US;
    s.w->tamper = serve_old_head;
    assert_fails(&s, "sub/one", N2_ERR_FORGED);
    free(old_head);
    site_clear(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/fetch/every-file", test_every_file);
    g_test_add_func("/share/fetch/info", test_info);
    g_test_add_func("/share/fetch/by-hash", test_by_hash);
    g_test_add_func("/share/fetch/not-there", test_not_there);
    g_test_add_func("/share/fetch/second-time", test_second_time);
    g_test_add_func("/share/fetch/one-fetch-for-two", test_one_fetch_for_two);
    g_test_add_func("/share/fetch/new-tree", test_new_tree);
    g_test_add_func("/share/fetch/reader-is-slow", test_reader_is_slow);
    g_test_add_func("/share/fetch/reader-pauses", test_reader_pauses);
    g_test_add_func("/share/fetch/lost-connections", test_lost_connections);
    g_test_add_func("/share/fetch/same-seed-same-run", test_same_seed_same_run);
    g_test_add_func("/share/fetch/goes-on-where-it-stopped", test_goes_on_where_it_stopped);
    g_test_add_func("/share/fetch/plane-restarts", test_plane_restarts);
    g_test_add_func("/share/fetch/silent-peer", test_silent_peer);
    g_test_add_func("/share/fetch/half-sends", test_half_sends);
    g_test_add_func("/share/fetch/wrong-bytes", test_wrong_bytes);
    for (gsize i = 0; i < G_N_ELEMENTS(liars); i++) {
        g_autofree char *path = g_strconcat("/share/fetch/liar/", liars[i].name, NULL);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_liar);
    }
    g_test_add_func("/share/fetch/another-identity", test_another_identity);
    g_test_add_func("/share/fetch/man-in-the-middle", test_man_in_the_middle);
    g_test_add_func("/share/fetch/half-a-tree", test_half_a_tree);
    g_test_add_func("/share/fetch/old-head", test_old_head);
    return g_test_run();
}
