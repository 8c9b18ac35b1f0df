/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-resolve-attacks.c - looking a name up among liars: what is made up, old, split or over,
 * and too much of it.
 */
#include "resolve-asker.h"

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
