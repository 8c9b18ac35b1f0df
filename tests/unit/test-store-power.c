/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-store-power.c - the power goes in the n-th call, for every n, and takes from contents
 *                      and database what was not synced, or any part of it: what was reported
 *                      stored is there whole, and nothing half is visible.
 */
#include <string.h>

#include "store-jobs.h"

enum {
    CALLS_MAX = 8000
};

typedef enum {
    TAKES_ALL,  /* of what was not synced */
    TAKES_SOME, /* as the seed says */
    KILL,       /* the process alone goes */
    LOST_SYNC   /* a call fails, the process begins anew, then the power takes some */
} end_kind;

typedef struct {
    const job *job;
    end_kind kind;
} ending;

static gboolean
cut_at(const ending *c, const disk_mem *world, guint64 n, guint64 seed)
{
    fixture f;

    job_begin(&f, c->job, world);
    f.disk->cut_at = f.disk->calls + n;
    n2_err err = c->job->run(&f);
    gboolean fired = f.disk->calls >= f.disk->cut_at;

    if (!fired)
        assert_ok(err);
    fixture_kill(&f);
    if (c->kind == TAKES_ALL)
        disk_mem_cut(f.disk);
    else if (c->kind == TAKES_SOME)
        disk_mem_cut_some(f.disk, n * 1000 + seed);
    else
        disk_mem_kill(f.disk);
    assert_ok(fixture_open(&f));
    job_check_world(&f, c->job);
    c->job->check(&f, err ? JOB_MAYBE : JOB_DONE);
    if (!c->job->damages)
        g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    if (err)
        assert_ok(c->job->run(&f));
    fixture_reopen(&f, TRUE);
    job_check_world(&f, c->job);
    c->job->check(&f, JOB_DONE);
    job_check_sound(&f);
    fixture_clear(&f);
    return fired;
}

/* Attack 49: a sync fails, and the one after it succeeds.  The process that met it ends, the
 * next one reads what the system still shows and goes on; then the power goes, and with it
 * whatever that sync had lost.  What was reported stored before or since must be there. */
static gboolean
lose_sync(const ending *c, const disk_mem *world, guint64 n, guint64 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)(n * 1000 + seed));
    fixture f;

    job_begin(&f, c->job, world);
    f.disk->fail_at = f.disk->calls + n;
    n2_err err = c->job->run(&f);
    gboolean fired = f.disk->calls >= f.disk->fail_at;
    f.disk->fail_at = 0;
    job_outcome outcome = err ? JOB_MAYBE : JOB_DONE;
    if (!f.store || n2_store_is_broken(f.store)) {
        fixture_kill(&f);
        disk_mem_kill(f.disk);
        f.disk->cut_at = f.disk->calls + (guint64)g_rand_int_range(rand, 1, 60);
        n2_err opened = fixture_open(&f);
        if (!opened && err && !c->job->run(&f))
            outcome = JOB_DONE;
    } else if (err) {
        f.disk->cut_at = f.disk->calls + (guint64)g_rand_int_range(rand, 1, 60);
        if (!c->job->run(&f))
            outcome = JOB_DONE;
    }
    fixture_kill(&f);
    disk_mem_cut_some(f.disk, n * 1000 + seed);
    assert_ok(fixture_open(&f));
    job_check_world(&f, c->job);
    c->job->check(&f, outcome);
    if (!c->job->damages)
        g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
    return fired;
}

static void
test_ending(gconstpointer data)
{
    const ending *c = data;
    disk_mem *world = job_world(c->job);
    gboolean has_luck = c->kind == TAKES_SOME || c->kind == LOST_SYNC;
    guint64 n = 1, n_seeds = has_luck && g_test_slow() && !c->job->step ? 50 : 1;

    for (gboolean fired = TRUE; fired && n < CALLS_MAX; n += job_step(c->job))
        for (guint64 seed = 0; seed < n_seeds; seed++)
            fired =
                c->kind == LOST_SYNC ? lose_sync(c, world, n, seed) : cut_at(c, world, n, seed);
    g_test_message("%u calls", (guint)n - 2);
    g_assert_cmpuint(n, >, 5);
    g_assert_cmpuint(n, <, CALLS_MAX);
    disk_mem_free(world);
}

int
main(int argc, char **argv)
{
    static const char *const kinds[] = {"all", "some", "kill", "attack-49-lost-sync"};

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < n_jobs; i++)
        for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
            ending *c = g_new(ending, 1);
            g_autofree char *path =
                g_strdup_printf("/store/power/%s/%s", jobs[i].name, kinds[k]);
            *c = (ending){.job = &jobs[i], .kind = (end_kind)k};
            g_test_add_data_func_full(path, c, test_ending, g_free);
        }
    return g_test_run();
}
