/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-resolve.c - looking a name up: roots, steps, servers, caches, and what liars get.
 */
#include "resolve-world.h"

enum {
    ROOT = 1, /* the zone of "demo" */
    VILLAGE = 2,
    CACHE = 3,
    SERVER = 4,
    ANNA = 10,
    BERT = 11
};

typedef struct {
    GRand *rand;
    n2_env env;
    n2_resolver *r;
    guint64 now_us;
    gint64 wall_us;
    bool is_known;
    guint n_asked;
    n2_err err; /* of the last look-up */
    n2_resolved got;
} world;

static void
set_up(world *w)
{
    n2_id root = id_of(ROOT);

    memset(w, 0, sizeof *w);
    w->rand = g_rand_new_with_seed(7);
    w->env = (n2_env){.user = w->rand, .random = random_cb};
    w->now_us = 1000 * SECOND;
    w->wall_us = TODAY;
    w->is_known = true;
    n2_resolver_calls calls = {.user = &w->is_known, .verify = verify};
    g_assert_cmpint(n2_resolver_new(&w->r, &w->env, &calls), ==, N2_OK);
    g_assert_cmpint(n2_roots_add(n2_resolver_roots(w->r), "demo", &root, NULL, 0), ==, N2_OK);
}

static void
tear_down(world *w)
{
    n2_resolver_free(w->r);
    g_rand_free(w->rand);
}

static void
pass(world *w, gint64 us)
{
    w->now_us += (guint64)us;
    w->wall_us += us;
    n2_resolver_expire(w->r, w->now_us, w->wall_us);
}

static n2_lookup
begin(world *w, const char *name)
{
    n2_lookup id = 0;

    w->err = n2_resolve_begin(w->r, name, w->now_us, w->wall_us, &id);
    return id;
}

/* The next question; it must be for @server. */
static n2_resolve_event
asked(world *w, guint8 server)
{
    n2_resolve_event e = n2_resolve_next(w->r);
    n2_id id = id_of(server);

    g_assert_cmpint(e.kind, ==, N2_RESOLVE_ASK);
    g_assert_true(n2_id_equal(&e.server, &id));
    w->n_asked++;
    return e;
}

static void
answer(world *w, n2_question q, const said *s, gsize n)
{
    n2_answer_step steps[8] = {0};

    for (gsize i = 0; i < n; i++)
        steps[i].answer = (n2_slice){(const guint8 *)&s[i], sizeof s[i]};
    n2_resolve_answer(w->r, q, steps, n, w->now_us, w->wall_us);
}

static const n2_resolved *
done(world *w)
{
    n2_resolve_event e = n2_resolve_next(w->r);

    g_assert_cmpint(e.kind, ==, N2_RESOLVE_DONE);
    w->got = *e.resolved;
    w->got.record = NULL;
    w->err = e.resolved->err;
    return &w->got;
}

static void
assert_is(const n2_resolved *r, guint8 who)
{
    n2_id id = id_of(who);

    g_assert_cmpint(r->err, ==, N2_OK);
    g_assert_cmpint(r->why, ==, N2_RESOLVED);
    g_assert_true(n2_id_equal(&r->who, &id));
}

static void
assert_nothing(world *w)
{
    g_assert_cmpint(n2_resolve_next(w->r).kind, ==, N2_RESOLVE_NOTHING);
}

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

/* A zone that leads to itself, or back; a name of 64 labels. */
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

    g_autoptr(GString) name = g_string_new("a");
    for (int i = 0; i < 63; i++)
        g_string_append(name, ".a");
    g_string_append(name, ".demo");
    g_assert_cmpuint(begin(&w, name->str), ==, 0);
    g_assert_cmpint(w.err, ==, N2_ERR_LIMIT);
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

/* ---- attacks ---- */

/* A cache that makes answers up, of another label, of another zone, or that are over: nothing
 * of them is taken or kept, and the next is asked. */
static void
test_poison(void)
{
    world w;
    set_up(&w);
    n2_id cache = id_of(CACHE);
    said lies[5], right = say(ROOT, "anna", ANNA, 0, 5);

    lies[0] = right;
    lies[0].who = id_of(BERT); /* not signed anew */
    lies[1] = say(ROOT, "bert", BERT, 0, 5);
    lies[2] = say(VILLAGE, "anna", BERT, 0, 5);
    lies[3] = right;
    lies[3].head_until_us = TODAY;
    sign(&lies[3]);
    lies[4] = right;
    lies[4].is_there = false;
    n2_resolver_caches(w.r, &cache, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
        begin(&w, "anna.demo");
        answer(&w, asked(&w, CACHE).question, &lies[i], 1);
        answer(&w, asked(&w, ROOT).question, &right, 1);
        assert_is(done(&w), ANNA);
        n2_name_cache_drop(n2_resolver_cache(w.r), &right.zone);
    }
    /* Behind a right one: what is right is taken, the rest is asked of its zone. */
    begin(&w, "anna.village.demo");
    said two[] = {say(ROOT, "village", 0, VILLAGE, 5), say(VILLAGE, "anna", BERT, 0, 5)};
    two[1].sign[0] ^= 1;
    answer(&w, asked(&w, CACHE).question, two, 2);
    (void)asked(&w, CACHE);
    n2_resolve_counts counts;
    n2_resolve_counts_get(w.r, &counts);
    g_assert_cmpuint(counts.n_forged, ==, 6);
    tear_down(&w);
}

/* Attack 41: an old head after a newer one. */
static void
test_attack_41_old(void)
{
    world w;
    set_up(&w);
    said old = say(ROOT, "bert", ANNA, 0, 5), now = say(ROOT, "anna", ANNA, 0, 6);

    begin(&w, "anna.demo");
    answer(&w, asked(&w, ROOT).question, &now, 1);
    assert_is(done(&w), ANNA);
    begin(&w, "bert.demo");
    n2_resolve_event e = asked(&w, ROOT);
    g_assert_cmpuint(e.floor, ==, 6);
    answer(&w, e.question, &old, 1);
    g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_OLD);
    g_assert_cmpint(w.err, ==, N2_ERR_FORGED);
    /* What was taken before stays good as long as it was said to be. */
    now = say(ROOT, "carl", BERT, 0, 7);
    begin(&w, "carl.demo");
    answer(&w, asked(&w, ROOT).question, &now, 1);
    assert_is(done(&w), BERT);
    begin(&w, "anna.demo");
    assert_is(done(&w), ANNA);
    tear_down(&w);
}

/* Attack 41: two heads with one serial, or a chain that leaves the one that was seen: nothing
 * of this zone counts any more, and both are there to be shown. */
static void
test_attack_41_split(void)
{
    for (int other_chain = 0; other_chain <= 1; other_chain++) {
        world w;
        set_up(&w);
        said one = say(ROOT, "anna", ANNA, 0, 5);
        said two = say(ROOT, "bert", BERT, 0, other_chain ? 6 : 5);
        n2_head_seen both[2];

        two.chain = 1;
        head_hash(&two.zone, 5, 1, two.previous);
        sign(&two);
        begin(&w, "anna.demo");
        answer(&w, asked(&w, ROOT).question, &one, 1);
        assert_is(done(&w), ANNA);
        begin(&w, "bert.demo");
        answer(&w, asked(&w, ROOT).question, &two, 1);
        g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_FRAUD);
        g_assert_true(n2_zone_seen_fraud(n2_resolver_seen(w.r), &one.zone, both));
        g_assert_cmpuint(both[0].serial, ==, 5);
        g_assert_cmpuint(both[1].serial, ==, two.serial);
        begin(&w, "anna.demo"); /* the cache says nothing for it, either */
        g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_FRAUD);
        g_assert_cmpint(w.err, ==, N2_ERR_FORGED);
        tear_down(&w);
    }
}

/* Attack 41: what others have seen is held against what we did. */
static void
test_attack_41_told(void)
{
    world w;
    set_up(&w);
    said one = say(ROOT, "anna", ANNA, 0, 5);
    n2_head_seen told = {.zone = one.zone, .serial = 4, .bytes = (const guint8 *)"h", .len = 1};
    n2_seen_news news;

    begin(&w, "anna.demo");
    answer(&w, asked(&w, ROOT).question, &one, 1);
    assert_is(done(&w), ANNA);
    head_hash(&one.zone, 4, 0, told.hash);
    g_assert_cmpint(n2_resolve_saw(w.r, &told, &news), ==, N2_OK);
    g_assert_cmpint(news, ==, N2_SEEN_OLD);
    told.serial = 3;
    head_hash(&one.zone, 3, 1, told.hash); /* 4 names another one before it */
    g_assert_cmpint(n2_resolve_saw(w.r, &told, &news), ==, N2_OK);
    g_assert_cmpint(news, ==, N2_SEEN_FRAUD);
    tear_down(&w);
}

/* Attack 42: a record that is over is its owner's for 30 days, then nobody's until the zone
 * says otherwise; a cache can't keep it alive. */
static void
test_attack_42_expired(void)
{
    world w;
    set_up(&w);
    said s = say(ROOT, "anna", ANNA, 0, 5);

    s.until_us = TODAY + 30 * 60 * SECOND;
    sign(&s);
    begin(&w, "anna.demo");
    answer(&w, asked(&w, ROOT).question, &s, 1);
    assert_is(done(&w), ANNA);
    pass(&w, 30 * 60 * SECOND); /* the record's end comes before its caching time's */
    begin(&w, "anna.demo");
    answer(&w, asked(&w, ROOT).question, &s, 1);
    assert_is(done(&w), ANNA); /* grace: the trust question says so */
    g_assert_cmpint(w.got.steps[0].until_us, <=, w.wall_us);

    pass(&w, 31 * DAY);
    s.head_until_us = w.wall_us + DAY;
    s.serial++;
    head_hash(&s.zone, 5, 0, s.previous);
    sign(&s);
    begin(&w, "anna.demo");
    answer(&w, asked(&w, ROOT).question, &s, 1);
    g_assert_cmpint(done(&w)->why, ==, N2_RESOLVE_EXPIRED);
    tear_down(&w);
}

/* Names by the thousand of one zone push out no other's; looking up for others leaves room for
 * the user. */
static void
test_limits(void)
{
    world w;
    set_up(&w);
    n2_id root = id_of(ROOT);
    n2_lookup id;
    guint n = 0;

    for (guint i = 0; i < N2_LOOKUPS_MAX; i++) {
        g_autofree char *name = g_strdup_printf("n%u", i);

        n += !n2_resolve_begin_at(w.r, &root, name, 0, w.now_us, w.wall_us, &id);
    }
    g_assert_cmpuint(n, ==, N2_LOOKUPS_OTHERS_MAX);
    n2_uses uses = {0};
    n2_resolver_uses(w.r, &uses);
    g_assert_cmpstr(uses.rows[1].name, ==, "lookups_others");
    g_assert_cmpuint(uses.rows[1].at, ==, n);
    g_assert_cmpuint(uses.rows[1].refused, ==, N2_LOOKUPS_MAX - n);
    g_assert_cmpuint(begin(&w, "anna.demo"), !=, 0);
    tear_down(&w);
}

/* As many roots, servers of one, and near caches as there may be, and one more. */
static void
test_limits_roots(void)
{
    n2_roots roots = {0};
    n2_id a = id_of(1), servers[N2_ROOT_SERVERS_MAX + 1];

    for (guint8 i = 0; i <= N2_ROOT_SERVERS_MAX; i++)
        servers[i] = id_of((guint8)(100 + i));
    for (guint i = 0; i <= N2_ROOTS_MAX; i++) {
        g_autofree char *suffix = g_strdup_printf("s%u", i);

        g_assert_cmpint(n2_roots_add(&roots, suffix, &a, servers, N2_ROOT_SERVERS_MAX), ==,
                        i < N2_ROOTS_MAX ? N2_OK : N2_ERR_LIMIT);
    }
    g_assert_cmpint(n2_roots_remove(&roots, "s0"), ==, N2_OK);
    g_assert_cmpint(n2_roots_add(&roots, "x", &a, servers, N2_ROOT_SERVERS_MAX + 1), ==,
                    N2_ERR_USAGE);

    world w;
    set_up(&w);
    n2_resolver_caches(w.r, servers, N2_LOOKUP_CACHES_MAX + 1);
    g_assert_cmpint(n2_roots_remove(n2_resolver_roots(w.r), "demo"), ==, N2_OK);
    g_assert_cmpint(
        n2_roots_add(n2_resolver_roots(w.r), "demo", &a, servers, N2_ROOT_SERVERS_MAX), ==,
        N2_OK);
    /* None answers: each is asked once, and there are never more than so many. */
    for (guint round = 0; round <= N2_NAME_SILENT_MAX; round++) {
        n2_resolve_event e;
        guint n = 0;

        begin(&w, "anna.demo");
        while ((e = n2_resolve_next(w.r)).kind == N2_RESOLVE_ASK) {
            n2_resolve_failed(w.r, e.question, N2_ERR_TIMEOUT, w.now_us, w.wall_us);
            n++;
        }
        g_assert_cmpint(e.kind, ==, N2_RESOLVE_DONE);
        g_assert_cmpuint(n, ==, N2_ROOT_SERVERS_MAX + 1);
        g_assert_cmpuint(n, <=, N2_LOOKUP_SERVERS_MAX);
    }
    tear_down(&w);
}

/* Heads by the thousand of zones by the thousand: so many are remembered, and lies longest. */
static void
test_limits_seen(void)
{
    n2_zone_seen *seen;
    n2_seen_news news;
    n2_head_seen head = {.zone = id_of(1), .bytes = (const guint8 *)"h", .len = 1}, out, two[2];
    n2_id liar = id_of(1), first = id_of(2), none;
    gsize n = 0;

    g_assert_cmpint(n2_zone_seen_new(&seen), ==, N2_OK);
    for (head.serial = 5; head.serial < 5 + 3 * N2_ZONE_HEADS_SEEN_MAX; head.serial++) {
        head_hash(&head.zone, head.serial, 0, head.hash);
        head_hash(&head.zone, head.serial - 1, 0, head.previous);
        g_assert_cmpint(n2_zone_seen_take(seen, &head, &news, NULL), ==, N2_OK);
        g_assert_cmpint(news, ==, N2_SEEN_NEW);
        g_assert_cmpint(n2_zone_seen_take(seen, &head, &news, NULL), ==, N2_OK);
        g_assert_cmpint(news, ==, N2_SEEN_SAME);
    }
    while (n2_zone_seen_at(seen, &liar, n, &out))
        n++;
    g_assert_cmpuint(n, ==, N2_ZONE_HEADS_SEEN_MAX);
    g_assert_cmpuint(n2_zone_seen_floor(seen, &liar), ==, head.serial - 1);
    head.serial--;
    head_hash(&head.zone, head.serial, 1, head.hash);
    g_assert_cmpint(n2_zone_seen_take(seen, &head, &news, NULL), ==, N2_OK);
    g_assert_cmpint(news, ==, N2_SEEN_FRAUD);
    for (guint i = 2; i < 2 * N2_ZONES_SEEN_MAX; i++) {
        head.zone = id_of((guint8)i);
        head.zone.hash[2] = (guint8)(i >> 8);
        head_hash(&head.zone, head.serial, 0, head.hash);
        g_assert_cmpint(n2_zone_seen_take(seen, &head, &news, NULL), ==, N2_OK);
    }
    for (n = 0; n2_zone_seen_zone(seen, n, &none);)
        n++;
    g_assert_cmpuint(n, ==, N2_ZONES_SEEN_MAX);
    g_assert_true(n2_zone_seen_fraud(seen, &liar, two));
    g_assert_cmpuint(n2_zone_seen_floor(seen, &first), ==, 0);
    head.len = N2_ZONE_HEAD_BYTES_MAX + 1;
    g_assert_cmpint(n2_zone_seen_take(seen, &head, &news, NULL), ==, N2_ERR_LIMIT);
    n2_zone_seen_free(seen);
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
    g_test_add_func("/resolve/poison", test_poison);
    g_test_add_func("/resolve/attack-41-old", test_attack_41_old);
    g_test_add_func("/resolve/attack-41-split", test_attack_41_split);
    g_test_add_func("/resolve/attack-41-told", test_attack_41_told);
    g_test_add_func("/resolve/attack-42-expired", test_attack_42_expired);
    g_test_add_func("/resolve/limits", test_limits);
    g_test_add_func("/resolve/limits-roots", test_limits_roots);
    g_test_add_func("/resolve/limits-seen", test_limits_seen);
    return g_test_run();
}
