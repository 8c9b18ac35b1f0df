/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-store-fail.c - the disk fails at its n-th call, for every n, under contents and under
 *                     the database: the caller is told, nothing half is visible, nothing that
 *                     was reported stored is lost, and trying again works.
 */
#include <sqlite3.h>
#include <string.h>

#include "fail-malloc.h"
#include "store-jobs.h"
#include "store/db.h"

enum {
    CALLS_MAX = 8000 /* a job never needs that many: the loop ends */
};

typedef enum {
    DISK,
    QUERY, /* the n-th statement of the database is interrupted */
    MEMORY /* the n-th allocation fails */
} where;

typedef struct {
    const char *name;
    n2_err with;
    gboolean fails_on; /* from there on, until somebody makes room */
    gboolean cut;      /* the power goes soon after */
    where where;
} fault;

static const fault faults[] = {{.name = "io", .with = N2_ERR_IO},
                               {.name = "io-then-power-cut", .with = N2_ERR_IO, .cut = TRUE},
                               {.name = "full", .with = N2_ERR_NOSPACE, .fails_on = TRUE},
                               {.name = "read-only", .with = N2_ERR_REFUSED, .fails_on = TRUE},
                               {.name = "query", .with = N2_ERR_IO, .where = QUERY},
                               {.name = "memory", .with = N2_ERR_NOMEM, .where = MEMORY}};

typedef struct {
    const job *job;
    const fault *fault;
} failing;

/* ---- the three kinds of failing ---- */

static guint64 statements_left;

static int
on_statement_cb(unsigned type, void *user, void *stmt, void *text)
{
    (void)type;
    (void)stmt;
    (void)text;
    if (statements_left && !--statements_left)
        sqlite3_interrupt(user);
    return 0;
}

static void
arm(fixture *f, const fault *k, guint64 n)
{
    f->disk->fail_with = k->with;
    f->disk->fails_on = k->fails_on;
    if (k->where == DISK)
        f->disk->fail_at = f->disk->calls + n;
    if (k->where == QUERY && f->store) {
        statements_left = n;
        (void)sqlite3_trace_v2(f->store->db, SQLITE_TRACE_STMT, on_statement_cb, f->store->db);
    }
    if (k->where == MEMORY)
        fail_malloc_at(n, false);
}

/* True if the n-th call came to be. */
static gboolean
disarm(fixture *f, const fault *k, guint64 n)
{
    gboolean fired = k->where == DISK    ? f->disk->calls >= f->disk->fail_at
                     : k->where == QUERY ? !statements_left
                                         : fail_malloc_count() >= n;

    if (k->where == QUERY && f->store)
        (void)sqlite3_trace_v2(f->store->db, 0, NULL, NULL);
    fail_malloc_at(0, false);
    if (k->where != DISK)
        f->disk->fail_at = 0;
    return fired;
}

/* True if the n-th call came to be. */
static gboolean
fail_at(const failing *c, const disk_mem *world, guint64 n, guint *n_told)
{
    fixture f;

    job_begin(&f, c->job, world);
    arm(&f, c->fault, n);
    n2_err err = c->job->run(&f);
    gboolean fired = disarm(&f, c->fault, n);

    if (err && err != N2_ERR_IO)
        g_assert_cmpstr(n2_err_name(err), ==, n2_err_name(c->fault->with));
    if (!fired)
        assert_ok(err);
    *n_told += err != N2_OK;
    gboolean unsure = !f.store || n2_store_is_broken(f.store) || c->fault->cut;
    if (c->fault->cut) {
        f.disk->fail_at = 0;
        fixture_kill(&f);
        disk_mem_cut_some(f.disk, n);
    }
    f.disk->fail_at = 0;
    if (unsure) { /* the process would end and begin anew */
        n2_store_close(f.store);
        f.store = NULL;
        assert_ok(fixture_open(&f));
    }
    job_check_world(&f, c->job);
    c->job->check(&f, !err ? JOB_DONE : unsure ? JOB_MAYBE : JOB_NOT);
    if (!c->job->damages)
        job_check_sound(&f);
    if (err)
        assert_ok(c->job->run(&f));
    c->job->check(&f, JOB_DONE);
    fixture_reopen(&f, TRUE); /* and that is on the disk */
    job_check_world(&f, c->job);
    c->job->check(&f, JOB_DONE);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
    return fired;
}

static void
test_failing(gconstpointer data)
{
    const failing *c = data;
    disk_mem *world = job_world(c->job);
    guint64 n = 1;
    guint n_told = 0;

    while (n < CALLS_MAX && fail_at(c, world, n, &n_told))
        n += job_step(c->job);
    g_test_message("%u calls, %u times told", (guint)n - 1, n_told);
    if (c->fault->where == DISK)
        g_assert_cmpuint(n, >, 5);
    g_assert_cmpuint(n, <, CALLS_MAX);
    if (c->fault->where == DISK)
        g_assert_cmpuint(n_told, >, 0);
    disk_mem_free(world);
}

/* Attack 49: a sync that failed once and then succeeds is not believed: whoever wrote with it
 * is told to the end, and the second try writes a new file. */
static void
test_lost_sync(void)
{
    enum {
        LEN = 50000
    };
    g_autofree guint8 *bytes = fixture_bytes(3, LEN);
    n2_batch *batch = NULL;
    gint64 owner = 0;
    n2_ref ref;
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &owner));
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, LEN, N2_CONTENT_PLAIN, &ref));
    g_autofree char *first = g_strdup(disk_mem_path(f.disk, 0));
    f.disk->fail_at = f.disk->calls + 1; /* the fdatasync */
    assert_err(n2_store_flush(f.store), N2_ERR_IO);
    f.disk->fail_at = 0;
    assert_ok(n2_store_flush(f.store)); /* nothing pending: the batch knows better */
    assert_err(
        n2_batch_commit(batch, &(n2_batch_end){.owner = owner, .slot = "main", .root = ref.id}),
        N2_ERR_IO);
    assert_err(n2_batch_put(batch, N2_METHOD_SHA256, bytes, LEN, N2_CONTENT_PLAIN, &ref),
               N2_ERR_IO);
    n2_batch_free(batch);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, LEN, N2_CONTENT_PLAIN, &ref));
    assert_ok(n2_batch_commit(batch,
                              &(n2_batch_end){.owner = owner, .slot = "main", .root = ref.id}));
    n2_batch_free(batch);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
    g_assert_cmpstr(first, !=, disk_mem_path(f.disk, 0));
    fixture_reopen(&f, TRUE);
    fixture_assert_whole(&f, &ref, bytes, LEN);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/fail/attack-49-lost-sync", test_lost_sync);
    for (gsize i = 0; i < n_jobs; i++)
        for (gsize k = 0; k < G_N_ELEMENTS(faults); k++) {
            if (jobs[i].reopens && faults[k].where == QUERY)
                continue; /* its own connection is a later one */
            failing *c = g_new(failing, 1);
            g_autofree char *path =
                g_strdup_printf("/store/fail/%s/%s", jobs[i].name, faults[k].name);
            *c = (failing){.job = &jobs[i], .fault = &faults[k]};
            g_test_add_data_func_full(path, c, test_failing, g_free);
        }
    return g_test_run();
}
