/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-resolve.c - looking a name up: roots, steps, servers, caches, and what liars get.
 */
#include "resolve-asker.h"

/* ---- roots ---- */

static void
test_roots(void)
{
    n2_roots roots = {0};
    n2_id a = id_of(1), b = id_of(2), c = id_of(3);
    size_t len;

    g_assert_cmpint(n2_roots_add(&roots, "village.demo", &a, NULL, 0), ==, N2_OK);
    g_assert_cmpint(n2_roots_add(&roots, "demo", &b, &c, 1), ==, N2_OK);
    g_assert_cmpint(n2_roots_add(&roots, "demo", &c, NULL, 0), ==, N2_ERR_EXISTS);
    g_assert_cmpint(n2_roots_add(&roots, "town.demo", &c, NULL, 0), ==, N2_ERR_EXISTS);
    g_assert_cmpint(n2_roots_add(&roots, "x", &(n2_id){0}, NULL, 0), ==, N2_ERR_USAGE);
    g_assert_null(n2_roots_find(&roots, "anna.other", &len));
    g_assert_null(n2_roots_find(&roots, "demo", &len));
    g_assert_null(n2_roots_find(&roots, "annademo", &len));

    const n2_root *r = n2_roots_find(&roots, "anna.village.demo", &len);
    g_assert_true(n2_id_equal(&r->zone, &a));
    g_assert_cmpuint(len, ==, 4);
    r = n2_roots_find(&roots, "anna.demo", &len);
    g_assert_true(n2_id_equal(&r->zone, &b));
    g_assert_cmpint(n2_roots_add(&roots, "", &c, NULL, 0), ==, N2_OK);
    r = n2_roots_find(&roots, "anna.other", &len);
    g_assert_true(n2_id_equal(&r->zone, &c));
    g_assert_cmpuint(len, ==, 10);
    /* Who claims all claims what comes later, too. */
    g_assert_cmpint(n2_roots_add(&roots, "other", &a, NULL, 0), ==, N2_ERR_EXISTS);

    n2_writer w = n2_writer_init_growing(4096);
    n2_roots back;
    n2_roots_write(&roots, &w);
    g_assert_cmpint(n2_roots_read(&back, (const char *)w.buf, w.len), ==, N2_OK);
    g_assert_cmpuint(back.n, ==, 3);
    g_assert_cmpmem(&back.of[1], sizeof back.of[1], &roots.of[1], sizeof roots.of[1]);
    for (gsize cut = 1; cut < w.len; cut++)
        if (w.buf[cut - 1] != '\n' && w.buf[cut] != '\n' && w.buf[cut] != ' ')
            g_assert_cmpint(n2_roots_read(&back, (const char *)w.buf, cut), !=, N2_OK);
    n2_writer_clear(&w);

    g_assert_cmpint(n2_roots_remove(&roots, "demo"), ==, N2_OK);
    g_assert_cmpint(n2_roots_remove(&roots, "demo"), ==, N2_ERR_NOTFOUND);
    g_assert_cmpuint(roots.n, ==, 2);
}

/* ---- the way down ---- */

static void
test_down(void)
{
    world w;
    set_up(&w);
    n2_id root = id_of(ROOT), village = id_of(VILLAGE);

    g_assert_cmpuint(begin(&w, "anna.village.demo"), !=, 0);
    n2_resolve_event e = asked(&w, ROOT);
    g_assert_cmpstr(e.labels, ==, "anna.village");
    g_assert_true(n2_id_equal(&e.zone, &root));
    assert_nothing(&w);
    said s = say(ROOT, "village", 0, VILLAGE, 5);
    answer(&w, e.question, &s, 1);
    e = asked(&w, VILLAGE);
    g_assert_cmpstr(e.labels, ==, "anna");
    s = say(VILLAGE, "anna", ANNA, 0, 9);
    answer(&w, e.question, &s, 1);
    const n2_resolved *r = done(&w);

    assert_is(r, ANNA);
    g_assert_cmpuint(r->n_steps, ==, 2);
    g_assert_true(n2_id_equal(&r->steps[0].zone, &root));
    g_assert_true(n2_id_equal(&r->steps[1].zone, &village));
    g_assert_cmpstr(r->steps[1].label, ==, "anna");
    g_assert_cmpuint(r->steps[1].serial, ==, 9);
    g_assert_false(r->steps[1].is_cached);

    /* Again: from the cache, both steps; an hour later it is asked anew. */
    begin(&w, "anna.village.demo");
    assert_is(done(&w), ANNA);
    g_assert_true(w.got.steps[0].is_cached && w.got.steps[1].is_cached);
    g_assert_false(w.got.steps[1].is_kept);
    pass(&w, HOUR);
    begin(&w, "anna.village.demo");
    (void)asked(&w, ROOT);
    tear_down(&w);
}

/* No such name; a name that leads to no one; nothing below; nobody claims it. */
static void
test_no(void)
{
    world w;
    set_up(&w);

    begin(&w, "bert.demo");
    said s = say(ROOT, "bert", 0, 0, 5);
    answer(&w, asked(&w, ROOT).question, &s, 1);
    g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_NO_NAME);
    g_assert_cmpint(w.err, ==, N2_ERR_NOTFOUND);
    begin(&w, "bert.demo"); /* 'no' is kept for a minute */
    g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_NO_NAME);
    pass(&w, 60 * SECOND);
    begin(&w, "bert.demo");
    s = say(ROOT, "bert", 0, VILLAGE, 6);
    answer(&w, asked(&w, ROOT).question, &s, 1);
    g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_NOBODY);

    begin(&w, "x.anna.demo");
    s = say(ROOT, "anna", ANNA, 0, 6);
    answer(&w, asked(&w, ROOT).question, &s, 1);
    g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_NO_ZONE);

    g_assert_cmpuint(begin(&w, "anna.elsewhere"), ==, 0);
    g_assert_cmpint(w.err, ==, N2_ERR_NOTFOUND);
    tear_down(&w);
}

/* A zone that leads to itself, or back; a name of 9, 64, 65 labels. */
static void
test_loops(void)
{
    world w;
    set_up(&w);

    begin(&w, "a.b.demo");
    said s = say(ROOT, "b", 0, ROOT, 5);
    answer(&w, asked(&w, ROOT).question, &s, 1);
    g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_LOOP);

    begin(&w, "a.b.c.demo");
    said both[] = {say(ROOT, "c", 0, VILLAGE, 5), say(VILLAGE, "b", 0, ROOT, 5)};
    answer(&w, asked(&w, ROOT).question, both, 2);
    g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_LOOP);
    assert_nothing(&w);

    static const int many[] = {9, 64, 65};
    for (gsize k = 0; k < G_N_ELEMENTS(many); k++) {
        g_autoptr(GString) name = g_string_new("a");
        for (int i = 1; i < many[k]; i++)
            g_string_append(name, ".a");
        g_string_append(name, ".demo");
        g_assert_cmpuint(begin(&w, name->str), ==, 0);
        g_assert_cmpint(w.err, ==, N2_ERR_LIMIT);
        assert_nothing(&w);
    }
    tear_down(&w);
}

/* ---- servers ---- */

/* The near cache first, which may know all of it; then, as it is silent, the zone. */
static void
test_cache_node(void)
{
    world w;
    set_up(&w);
    n2_id cache = id_of(CACHE);

    n2_resolver_caches(w.r, &cache, 1);
    begin(&w, "anna.village.demo");
    n2_resolve_event e = asked(&w, CACHE);
    g_assert_cmpuint(e.hops, ==, N2_LOOKUP_HOPS_MAX - 1);
    said both[] = {say(ROOT, "village", 0, VILLAGE, 5), say(VILLAGE, "anna", ANNA, 0, 9)};
    answer(&w, e.question, both, 2);
    assert_is(done(&w), ANNA);
    g_assert_cmpuint(w.n_asked, ==, 1);

    begin(&w, "bert.village.demo");
    e = asked(&w, CACHE);
    g_assert_cmpstr(e.labels, ==, "bert"); /* the first step is here */
    pass(&w, N2_LOOKUP_ON_US);
    e = asked(&w, VILLAGE);
    g_assert_cmpuint(e.hops, ==, 0);
    said s = say(VILLAGE, "bert", BERT, 0, 9);
    answer(&w, e.question, &s, 1);
    assert_is(done(&w), BERT);

    /* It was silent a moment ago: the last to be asked. */
    begin(&w, "carl.village.demo");
    e = asked(&w, VILLAGE);
    n2_resolve_failed(w.r, e.question, N2_ERR_NOWAY, w.now_us, w.wall_us);
    (void)asked(&w, CACHE);
    tear_down(&w);
}

/* Two who ask the same are one question; who cancels leaves it to the other. */
static void
test_twins(void)
{
    world w;
    set_up(&w);

    n2_lookup first = begin(&w, "anna.demo");
    begin(&w, "anna.demo");
    n2_resolve_event e = asked(&w, ROOT);
    assert_nothing(&w);
    n2_resolve_cancel(w.r, first);
    said s = say(ROOT, "anna", ANNA, 0, 5);
    answer(&w, e.question, &s, 1);
    assert_is(done(&w), ANNA);
    assert_nothing(&w);
    tear_down(&w);
}

/* The zone is out of reach: what was kept serves for 7 days more, and says so. */
static void
test_kept(void)
{
    world w;
    set_up(&w);

    begin(&w, "anna.demo");
    said s = say(ROOT, "anna", ANNA, 0, 5);
    answer(&w, asked(&w, ROOT).question, &s, 1);
    assert_is(done(&w), ANNA);
    pass(&w, 7 * DAY + HOUR - SECOND);
    begin(&w, "anna.demo");
    n2_resolve_failed(w.r, asked(&w, ROOT).question, N2_ERR_NOWAY, w.now_us, w.wall_us);
    assert_is(done(&w), ANNA);
    g_assert_true(w.got.steps[0].is_kept);
    g_assert_cmpint(w.got.steps[0].spoke_us, ==, TODAY);
    pass(&w, SECOND);
    begin(&w, "anna.demo");
    n2_resolve_failed(w.r, asked(&w, ROOT).question, N2_ERR_NOWAY, w.now_us, w.wall_us);
    g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_SILENT);
    g_assert_cmpint(w.err, ==, N2_ERR_TIMEOUT);
    tear_down(&w);
}

/* Who the zone is is not known yet: the same server is asked for its statements, once. */
static void
test_statements(void)
{
    world w;
    set_up(&w);
    said s = say(ROOT, "anna", ANNA, 0, 5);
    n2_answer_step step = {.answer = {(const guint8 *)&s, sizeof s}};

    w.is_known = false;
    begin(&w, "anna.demo");
    n2_resolve_event e = asked(&w, ROOT);
    g_assert_cmpuint(e.flags, ==, 0);
    answer(&w, e.question, &s, 1);
    e = asked(&w, ROOT);
    g_assert_cmpuint(e.flags, ==, N2_ASK_STATEMENTS);
    step.statements = (n2_slice){(const guint8 *)"birth", 5};
    n2_resolve_answer(w.r, e.question, &step, 1, w.now_us, w.wall_us);
    assert_is(done(&w), ANNA);

    w.is_known = false;
    begin(&w, "bert.demo");
    s = say(ROOT, "bert", BERT, 0, 5);
    answer(&w, asked(&w, ROOT).question, &s, 1);
    answer(&w, asked(&w, ROOT).question, &s, 1);
    g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_FORGED);
    tear_down(&w);
}

/* What is served here is asked first, and never from the cache. */
typedef struct {
    said now;
} served;

static n2_err
verify_served(void *user,
              n2_zone_told *out,
              const n2_id *zone,
              const char *label,
              const n2_slice *a,
              const n2_slice *statements,
              int64_t wall_us)
{
    (void)user;
    return verify(NULL, out, zone, label, a, statements, wall_us);
}

static n2_err
own(void *user, const n2_id *zone, const char *label, n2_slice *out)
{
    served *s = user;

    if (!n2_id_equal(zone, &s->now.zone) || strcmp(label, s->now.label))
        return N2_ERR_NOTFOUND;
    *out = (n2_slice){(const guint8 *)&s->now, sizeof s->now};
    return N2_OK;
}

static void
test_own(void)
{
    world w;
    set_up(&w);
    served here = {.now = say(ROOT, "anna", ANNA, 0, 5)};
    n2_resolver_calls calls = {.user = &here, .verify = verify_served, .own = own};
    n2_id root = id_of(ROOT), zones[N2_NAME_STEPS_MAX];
    n2_answer_step steps[N2_NAME_STEPS_MAX];
    bool is_whole;

    n2_resolver_free(w.r);
    g_assert_cmpint(n2_resolver_new(&w.r, &w.env, &calls), ==, N2_OK);
    g_assert_cmpint(n2_roots_add(n2_resolver_roots(w.r), "demo", &root, NULL, 0), ==, N2_OK);
    begin(&w, "anna.demo");
    assert_is(done(&w), ANNA);
    here.now = say(ROOT, "anna", BERT, 0, 6);
    begin(&w, "anna.demo");
    assert_is(done(&w), BERT);

    /* And is told to others, with all of it that is known; not what is older than they saw. */
    g_assert_cmpuint(
        n2_resolve_known(w.r, &root, "anna", 6, steps, zones, &is_whole, w.now_us, w.wall_us),
        ==, 1);
    g_assert_true(is_whole);
    g_assert_cmpmem(steps[0].answer.bytes, steps[0].answer.len, &here.now, sizeof here.now);
    g_assert_cmpuint(
        n2_resolve_known(w.r, &root, "anna", 7, steps, zones, &is_whole, w.now_us, w.wall_us),
        ==, 0);
    g_assert_cmpuint(
        n2_resolve_known(w.r, &root, "bert", 0, steps, zones, &is_whole, w.now_us, w.wall_us),
        ==, 0);
    g_assert_false(is_whole);
    tear_down(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/resolve/roots", test_roots);
    g_test_add_func("/resolve/down", test_down);
    g_test_add_func("/resolve/no", test_no);
    g_test_add_func("/resolve/loops", test_loops);
    g_test_add_func("/resolve/cache-node", test_cache_node);
    g_test_add_func("/resolve/twins", test_twins);
    g_test_add_func("/resolve/kept", test_kept);
    g_test_add_func("/resolve/statements", test_statements);
    g_test_add_func("/resolve/own", test_own);
    return g_test_run();
}
