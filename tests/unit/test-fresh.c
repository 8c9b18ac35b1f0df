/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fresh.c - "just these keys stand": made by the node once an hour, given to askers, and
 *                kept by them.
 */
#include "site.h"
#include "store/people.h"

static gint64
confirmed(site *s, int i, int of)
{
    char text[N2_ID_TEXT_BYTES];

    n2_id_format(text, N2_ID_IDENTITY, &s->w->node[of].id);
    n2_notice done =
        two_nodes_do(s->w, i, &(n2_request){.kind = N2_JOB_ID_SHOW, .address = text});
    assert_ok(done.err);
    const n2_cell *cell = n2_table_get(done.table, 0, "confirmed");
    gint64 us = cell ? cell->integer : 0;
    n2_notice_clear(&done);
    return us;
}

static bool
count_cb(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    (void)kind;
    (void)statement;
    (void)len;
    ++*(guint *)user;
    return true;
}

/* Statements of that kind that the owner has of itself. */
static guint
count(site *s, guint8 kind)
{
    guint n = 0;

    assert_ok(
        n2_store_statements(s->w->node[1].store.store, &s->w->node[1].id, kind, count_cb, &n));
    return n;
}

static void
open_page(site *s)
{
    n2_notice done = site_open(s, "index.md");

    assert_ok(done.err);
    n2_notice_clear(&done);
}

static void
run_for(site *s, guint64 us)
{
    guint64 until = s->w->now_us + us;

    while (two_nodes_step(s->w, until))
        ;
    s->w->now_us = MAX(s->w->now_us, until);
}

/* Made when the node is ready, met by who visits. */
static void
test_made(void)
{
    site s;

    site_init(&s, 21);
    two_nodes_meet(s.w);
    gint64 made = confirmed(&s, 1, 1);
    g_assert_cmpint(made, >, 0);
    g_assert_cmpint(made, <=, s.w->wall_us + (gint64)s.w->now_us);
    g_assert_cmpuint(count(&s, N2_KIND_FRESH), ==, 1);
    open_page(&s);
    g_assert_cmpint(confirmed(&s, 0, 1), ==, made);
    site_clear(&s);
}

/* Again each hour, no sooner, and one at a time is kept. */
static void
test_hourly(void)
{
    site s;

    site_init(&s, 22);
    two_nodes_meet(s.w);
    gint64 made = confirmed(&s, 1, 1);
    run_for(&s, N2_FRESH_AGAIN_US / 2);
    g_assert_cmpint(confirmed(&s, 1, 1), ==, made);
    for (guint i = 0; i < 3; i++) {
        run_for(&s, N2_FRESH_AGAIN_US);
        gint64 next = confirmed(&s, 1, 1);
        g_assert_cmpint(next, >=, made + (gint64)N2_FRESH_AGAIN_US);
        g_assert_cmpint(next, <, made + 2 * (gint64)N2_FRESH_AGAIN_US);
        made = next;
        g_assert_cmpuint(count(&s, N2_KIND_FRESH), ==, 1);
    }
    /* Whoever comes now gets the last. */
    two_nodes_restart(s.w, 0, disk_mem_new());
    two_nodes_meet(s.w);
    open_page(&s);
    g_assert_cmpint(confirmed(&s, 0, 1), ==, made);
    site_clear(&s);
}

/* A start within the hour signs nothing. */
static void
test_restart(void)
{
    site s;

    site_init(&s, 23);
    two_nodes_restart(s.w, 1, disk_mem_new()); /* from here on its database lasts */
    run_for(&s, N2_SECOND_US);
    gint64 made = confirmed(&s, 1, 1);
    g_assert_cmpint(made, >, 0);
    two_nodes_restart(s.w, 1, disk_mem_copy(s.w->node[1].store.disk));
    run_for(&s, N2_MINUTE_US);
    g_assert_cmpint(confirmed(&s, 1, 1), ==, made);
    g_assert_cmpuint(count(&s, N2_KIND_FRESH), ==, 1);
    site_clear(&s);
}

/* A clock that is ahead is put right: what was said then counts for nobody, and is said anew.
 */
static void
test_clock(void)
{
    site s;

    site_init(&s, 24);
    gint64 begun = s.w->wall_us;
    two_nodes_meet(s.w);
    s.w->node[1].wall_skew_us = 30 * 24 * (gint64)N2_HOUR_US;
    run_for(&s, 2 * N2_FRESH_AGAIN_US);
    g_assert_cmpint(confirmed(&s, 1, 1), >, begun + s.w->node[1].wall_skew_us);
    s.w->node[1].wall_skew_us = 0;
    g_assert_cmpint(confirmed(&s, 1, 1), ==, 0);
    run_for(&s, 2 * N2_FRESH_AGAIN_US);
    gint64 made = confirmed(&s, 1, 1);
    g_assert_cmpint(made, >, begun);
    g_assert_cmpuint(count(&s, N2_KIND_FRESH), ==, 1);
    open_page(&s);
    g_assert_cmpint(confirmed(&s, 0, 1), ==, made);
    site_clear(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fresh/made", test_made);
    g_test_add_func("/fresh/hourly", test_hourly);
    g_test_add_func("/fresh/restart", test_restart);
    g_test_add_func("/fresh/clock", test_clock);
    return g_test_run();
}
