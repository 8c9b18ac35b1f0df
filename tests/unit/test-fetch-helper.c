/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fetch-helper.c - stretches that a helper verifies and stores while the control thread
 *                       goes on: shown when they are stored, and waited for at the end.
 */
#include <string.h>

#include "base/limits.h"
#include "site.h"

enum {
    GROUPS = 6 /* of the large file */
};

static void
run_out(site *s)
{
    while (s->w->items->len)
        (void)two_nodes_step(s->w, s->w->now_us + N2_MINUTE_US);
}

static void
run_for(two_nodes *w, guint64 for_us)
{
    guint64 until_us = w->now_us + for_us;

    while (two_nodes_step(w, until_us))
        ;
}

static n2_job
start(site *s, guint64 seed)
{
    g_autofree char *address = NULL;

    site_init(s, seed);
    two_nodes_meet(s->w);
    address = two_nodes_address(s->w, 1, "sub/big.bin");
    return two_nodes_start(s->w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
}

/* All stretches are asked for and none is shown: the helper has them all. */
static n2_job
start_lazy(site *s, guint64 seed)
{
    guint8 byte;
    gsize len = 1;
    n2_job job = start(s, seed);

    s->w->is_lazy = TRUE;
    for (int i = 0; i < 1000 && s->w->node[0].works->len < GROUPS; i++)
        (void)two_nodes_step(s->w, s->w->now_us + N2_SECOND_US);
    g_assert_cmpuint(s->w->node[0].works->len, ==, GROUPS);
    assert_ok(n2_control_read(s->w->node[0].control, job, &byte, 1, &len, s->w->now_us));
    g_assert_cmpuint(len, ==, 0);
    return job;
}

static void
test_any_order(void)
{
    for (guint64 seed = 100; seed < 110; seed++) {
        site s;
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        n2_job job = start_lazy(&s, seed);

        s.w->is_lazy = FALSE;
        n2_notice done = two_nodes_finish(s.w, 0, job, bytes, NULL);
        assert_ok(done.err);
        g_assert_cmpmem(bytes->data, bytes->len, s.big, BIG_BYTES);
        g_assert_cmpuint(s.w->node[0].works_done, ==, GROUPS);
        g_assert_cmpuint(s.w->node[0].works_waited, ==, 0);
        n2_notice_clear(&done);
        site_clear(&s);
    }
}

/* Who loses interest waits for what is being written; that is kept. */
static void
test_cancelled(void)
{
    site s;
    n2_job job = start_lazy(&s, 120);

    n2_control_cancel(s.w->node[0].control, job, s.w->now_us, s.w->wall_us);
    g_assert_cmpuint(s.w->node[0].works_waited, ==, GROUPS);
    s.w->is_lazy = FALSE;
    run_out(&s);
    guint before = s.w->node[1].reads;

    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    g_assert_cmpuint(s.w->node[1].reads, ==, before);
    site_clear(&s);
}

/* So does a node that ends. */
static void
test_node_ends(void)
{
    site s;

    (void)start_lazy(&s, 121);
    n2_control_free(s.w->node[0].control);
    s.w->node[0].control = NULL;
    g_assert_cmpuint(s.w->node[0].works_waited, ==, GROUPS);
    g_assert_cmpuint(s.w->node[0].works->len, ==, 0);
    site_clear(&s);
}

/* A connection that is lost takes nothing away from what has come. */
static void
test_connection_lost(void)
{
    site s;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_job job = start_lazy(&s, 122);
    guint before = s.w->node[1].reads;

    two_nodes_break(s.w);
    run_out(&s);
    s.w->is_lazy = FALSE;
    n2_notice done = two_nodes_finish(s.w, 0, job, bytes, NULL);
    assert_ok(done.err);
    g_assert_cmpmem(bytes->data, bytes->len, s.big, BIG_BYTES);
    g_assert_cmpuint(s.w->node[1].reads, ==, before);
    n2_notice_clear(&done);
    site_clear(&s);
}

/* While the helper is behind no more is asked for. */
static void
test_helper_behind(void)
{
    enum {
        LARGE_BYTES = 40 * N2_GROUP_BYTES
    };
    two_nodes *w = two_nodes_new(125);
    g_autoptr(GByteArray) archive = g_byte_array_new();
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree guint8 *large = fixture_bytes(9, LARGE_BYTES);
    g_autofree char *address = two_nodes_address(w, 1, "large");

    archive_add(archive, 2, "large", large, LARGE_BYTES);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(w, 1, archive, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
    two_nodes_meet(w);
    w->is_lazy = TRUE;
    n2_job job = two_nodes_start(w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    run_for(w, N2_SECOND_US);
    guint asked = w->node[1].reads;

    g_assert_cmpuint(w->node[0].works->len, ==, asked);
    g_assert_cmpuint(asked, >, 4);
    while (w->node[0].works->len > 4)
        two_nodes_work(w);
    run_for(w, N2_SECOND_US);
    g_assert_cmpuint(w->node[1].reads, ==, asked);
    two_nodes_work(w);
    run_for(w, N2_SECOND_US);
    g_assert_cmpuint(w->node[1].reads, >, asked);
    w->is_lazy = FALSE;
    done = two_nodes_finish(w, 0, job, bytes, NULL);
    assert_ok(done.err);
    g_assert_cmpmem(bytes->data, bytes->len, large, LARGE_BYTES);
    n2_notice_clear(&done);
    two_nodes_free(w);
}

/* Wrong bytes are found by the helper, and are not written. */
static void
test_wrong_bytes(void)
{
    site s;
    n2_job job = start(&s, 123);
    n2_notice done;

    while (!s.w->node[1].reads)
        g_assert_true(two_nodes_step(s.w, s.w->now_us + N2_MINUTE_US));
    s.w->is_lazy = TRUE;
    s.w->wrong_bytes = TRUE;
    for (int i = 0; i < 1000 && s.w->node[0].works->len < GROUPS; i++)
        (void)two_nodes_step(s.w, s.w->now_us + N2_SECOND_US);
    s.w->is_lazy = FALSE;
    done = two_nodes_finish(s.w, 0, job, NULL, NULL);
    assert_err(done.err, N2_ERR_FORGED);
    g_assert_null(disk_mem_path(s.w->node[0].store.disk, 1));
    n2_notice_clear(&done);
    site_clear(&s);
}

/* ---- a reader's own file ---- */

#define SINK_PATH "sink"

static n2_file
open_sink(site *s)
{
    const n2_disk *disk = &s->w->node[0].store.disk->disk;
    n2_file file = -1;

    assert_ok(disk->open(disk->user, SINK_PATH,
                         N2_OPEN_WRITE | N2_OPEN_CREATE | N2_OPEN_TRUNCATE, &file));
    return file;
}

static n2_job
start_direct(site *s, n2_file file)
{
    g_autofree char *address = two_nodes_address(s->w, 1, "sub/big.bin");

    return two_nodes_start(
        s->w, 0,
        &(n2_request){.kind = N2_JOB_OPEN, .address = address, .has_sink = true, .sink = file});
}

/* As a host carries: passes over what is in the file, writes the rest itself.  Returns how many
 * bytes it had to write. */
static gsize
carry_direct(site *s, n2_job job, n2_file file, n2_err *err)
{
    const n2_disk *disk = &s->w->node[0].store.disk->disk;
    guint64 at = 0;
    gsize n_written = 0;
    n2_notice done;

    while (!two_nodes_notice(s->w, 0, job, N2_NOTICE_DONE, &done)) {
        guint8 buf[100000];
        gsize n = 0;
        n2_err how = n2_control_hand_out(s->w->node[0].control, job, 1, -1, &n, s->w->now_us);

        if (how == N2_ERR_UNSUPPORTED) {
            how =
                n2_control_read(s->w->node[0].control, job, buf, sizeof buf, &n, s->w->now_us);
            if (!how && n)
                assert_ok(disk->pwrite(disk->user, file, at, buf, n));
            n_written += n;
        }
        at += n;
        two_nodes_drain(s->w);
        if (!n)
            (void)two_nodes_step(s->w, s->w->now_us + N2_MINUTE_US);
    }
    *err = done.err;
    n2_notice_clear(&done);
    if (!*err)
        g_assert_cmpuint(at, ==, BIG_BYTES);
    return n_written;
}

static void
assert_sink(site *s)
{
    gsize len;
    const guint8 *bytes = disk_mem_bytes(s->w->node[0].store.disk, SINK_PATH, &len);

    g_assert_cmpmem(bytes, len, s->big, BIG_BYTES);
}

static gboolean
is_direct(site *s, n2_job job)
{
    n2_notice info;

    while (!two_nodes_notice(s->w, 0, job, N2_NOTICE_INFO, &info))
        g_assert_true(two_nodes_step(s->w, s->w->now_us + N2_MINUTE_US));
    gboolean found = n2_table_get(info.table, 0, "direct") != NULL;
    n2_notice_clear(&info);
    return found;
}

/* What is fetched gets into it in whatever order; what the helper could not write there, or had
 * stored before, comes to the reader as to any other. */
static void
test_direct(void)
{
    for (guint64 seed = 130; seed < 140; seed++) {
        site s;
        n2_err err;

        site_init(&s, seed);
        two_nodes_meet(s.w);
        n2_file file = open_sink(&s);
        n2_job job = start_direct(&s, file);
        g_assert_true(is_direct(&s, job));
        gsize n = carry_direct(&s, job, file, &err);
        assert_ok(err);
        g_test_message("%zu of %u bytes were not written by the helper", n, BIG_BYTES);
        g_assert_cmpuint(n, <=, N2_FETCH_AHEAD_GROUPS * N2_GROUP_BYTES);
        assert_sink(&s);
        /* It is here now: the next reader gets it by the stream. */
        job = start_direct(&s, file);
        g_assert_false(is_direct(&s, job));
        n2_control_cancel(s.w->node[0].control, job, s.w->now_us, s.w->wall_us);
        site_clear(&s);
    }
}

/* A disk call fails, at each in turn: the file is right, or the job says why it is not. */
static void
test_direct_fails(void)
{
    guint n_fine = 0;

    for (guint fail = 1; fail < 25; fail++) {
        site s;
        n2_err err;

        site_init(&s, 140);
        two_nodes_meet(s.w);
        n2_file file = open_sink(&s);
        n2_job job = start_direct(&s, file);
        g_assert_true(is_direct(&s, job));
        s.w->node[0].store.disk->fail_at = s.w->node[0].store.disk->calls + fail;
        s.w->node[0].store.disk->fail_with = N2_ERR_NOSPACE;
        while (!s.w->node[0].works_done && two_nodes_step(s.w, s.w->now_us + N2_SECOND_US))
            ;
        while (s.w->node[0].works->len && fail % 2)
            two_nodes_work(s.w);
        s.w->node[0].store.disk->fail_at = 0;
        (void)carry_direct(&s, job, file, &err);
        if (!err)
            assert_sink(&s);
        n_fine += !err;
        site_clear(&s);
    }
    g_assert_cmpuint(n_fine, >, 0);
}

/* Who goes away takes the file along: nothing is written to it after that, whoever else still
 * fetches. */
static void
test_direct_cancelled(void)
{
    site s;
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    site_init(&s, 141);
    two_nodes_meet(s.w);
    const n2_disk *disk = &s.w->node[0].store.disk->disk;
    n2_file file = open_sink(&s), other = -1;
    g_autofree char *address = two_nodes_address(s.w, 1, "sub/big.bin");
    n2_job first = start_direct(&s, file);
    g_assert_true(is_direct(&s, first));
    n2_job second = start_direct(&s, file); /* there is one file already */
    g_assert_false(is_direct(&s, second));
    s.w->is_lazy = TRUE;
    run_for(s.w, N2_SECOND_US);
    g_assert_cmpuint(s.w->node[0].works->len, >, 0);
    n2_control_cancel(s.w->node[0].control, first, s.w->now_us, s.w->wall_us);
    g_assert_cmpuint(s.w->node[0].works->len, ==, 0);
    assert_ok(disk->close(disk->user, file));
    assert_ok(disk->open(disk->user, "another", N2_OPEN_WRITE | N2_OPEN_CREATE, &other));
    s.w->is_lazy = FALSE;
    n2_notice done = two_nodes_finish(s.w, 0, second, bytes, NULL);
    assert_ok(done.err);
    g_assert_cmpmem(bytes->data, bytes->len, s.big, BIG_BYTES);
    n2_notice_clear(&done);
    gsize len = 1;
    (void)disk_mem_bytes(s.w->node[0].store.disk, "another", &len);
    g_assert_cmpuint(len, ==, 0);
    site_clear(&s);
}

/* The disk is full while the helper writes. */
static void
test_disk_full(void)
{
    site s;
    n2_job job = start_lazy(&s, 124);

    s.w->node[0].store.disk->fail_at = s.w->node[0].store.disk->calls + 3;
    s.w->is_lazy = FALSE;
    n2_notice done = two_nodes_finish(s.w, 0, job, NULL, NULL);
    g_assert_cmpint(done.err, !=, N2_OK);
    s.w->node[0].store.disk->fail_at = 0;
    n2_notice_clear(&done);
    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    site_clear(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/fetch/helper/any-order", test_any_order);
    g_test_add_func("/share/fetch/helper/cancelled", test_cancelled);
    g_test_add_func("/share/fetch/helper/node-ends", test_node_ends);
    g_test_add_func("/share/fetch/helper/connection-lost", test_connection_lost);
    g_test_add_func("/share/fetch/helper/behind", test_helper_behind);
    g_test_add_func("/share/fetch/helper/wrong-bytes", test_wrong_bytes);
    g_test_add_func("/share/fetch/helper/disk-full", test_disk_full);
    g_test_add_func("/share/fetch/helper/direct", test_direct);
    g_test_add_func("/share/fetch/helper/direct-fails", test_direct_fails);
    g_test_add_func("/share/fetch/helper/direct-cancelled", test_direct_cancelled);
    return g_test_run();
}
