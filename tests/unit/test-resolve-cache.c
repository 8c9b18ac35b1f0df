/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-resolve-cache.c - how long an answer serves, and who has to go for whom.
 */
#include "resolve-world.h"

typedef struct {
    GRand *rand;
    n2_name_cache *c;
    guint8 bytes[N2_ZONE_ANSWER_BYTES_MAX + 1];
} world;

static void
set_up(world *w)
{
    memset(w, 0, sizeof *w);
    w->rand = g_rand_new_with_seed(3);
    n2_env env = {.user = w->rand, .random = random_cb};
    g_assert_cmpint(n2_name_cache_new(&w->c, &env), ==, N2_OK);
}

static void
tear_down(world *w)
{
    n2_name_cache_free(w->c);
    g_rand_free(w->rand);
}

static n2_zone_word
word(world *w, guint zone, guint label, gsize len)
{
    n2_zone_word v = {.zone = id_of((guint8)zone),
                      .is_there = true,
                      .who = id_of(9),
                      .until_us = TODAY + DAY,
                      .caching_s = 3600,
                      .head_until_us = TODAY + DAY,
                      .bytes = w->bytes,
                      .len = len};

    v.zone.hash[2] = (guint8)(zone >> 8);
    g_snprintf(v.label, sizeof v.label, "n%u", label);
    return v;
}

static n2_err
put(world *w, const n2_zone_word *v, guint64 now_us)
{
    n2_id from = id_of(8);

    return n2_name_cache_put(w->c, v, &from, 0, now_us, TODAY);
}

/* ---- time ---- */

static void
test_time(void)
{
    static const struct {
        bool is_no;
        gint64 caching_s, until_s, head_s; /* from today */
        guint64 age_s;
        bool knows_date;
        guint64 fresh_s;
    } rows[] = {
        {false, 3600, 86400, 86400, 0, true, 3600}, /* its caching time */
        {false, 3600, 600, 86400, 0, true, 600},    /* its end */
        {false, 3600, 86400, 300, 0, true, 300},    /* the head's */
        {false, 3600, 86400, 86400, 600, true, 3000},
        {false, 3600, 86400, 86400, 3600, true, 0},
        {false, 3600, 86400, 86400, UINT64_MAX, true, 0},
        {false, INT64_MAX, 1 << 30, 1 << 30, 0, true, N2_NAME_CACHING_S_MAX},
        {false, -1, 86400, 86400, 0, true, 0},
        {false, 3600, 600, 300, 0, false, 3600}, /* no clock: the caching time alone */
        {false, 3600, -5, 86400, 0, true, 60},   /* in its days of grace */
        {true, 3600, 0, 86400, 0, true, 60},
        {true, 3600, 0, 30, 0, true, 30},
        {true, 3600, 0, -1, 0, true, 0},
    };
    world w;
    set_up(&w);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_zone_word v = word(&w, 1, 1, 10);

        v.is_there = !rows[i].is_no;
        v.caching_s = rows[i].caching_s;
        v.until_us = TODAY + rows[i].until_s * SECOND;
        v.head_until_us = TODAY + rows[i].head_s * SECOND;
        g_assert_cmpuint(
            n2_zone_word_fresh_us(&v, rows[i].age_s, rows[i].knows_date ? TODAY : 0), ==,
            rows[i].fresh_s * 1000000);
    }
    tear_down(&w);
}

static void
test_kept(void)
{
    world w;
    set_up(&w);
    n2_zone_word v = word(&w, 1, 1, 10), no = word(&w, 1, 2, 10);

    w.bytes[3] = 77;
    v.record = w.bytes + 3;
    v.record_len = 2;
    no.is_there = false;
    g_assert_cmpint(put(&w, &v, 0), ==, N2_OK);
    g_assert_cmpint(put(&w, &no, 0), ==, N2_OK);
    w.bytes[3] = 0;
    const n2_kept_word *k = n2_name_cache_get(w.c, &v.zone, "n1", false, (guint64)HOUR - 1);
    g_assert_nonnull(k);
    g_assert_cmpuint(k->word.record[0], ==, 77); /* a copy */
    g_assert_null(n2_name_cache_get(w.c, &v.zone, "n1", false, (guint64)HOUR));
    g_assert_nonnull(n2_name_cache_get(w.c, &v.zone, "n1", true, (guint64)HOUR));
    g_assert_nonnull(n2_name_cache_get(w.c, &v.zone, "n2", false, 59999999));
    g_assert_null(n2_name_cache_get(w.c, &v.zone, "n2", true, 60000000));
    g_assert_nonnull(
        n2_name_cache_get(w.c, &v.zone, "n1", true, (guint64)(HOUR + 7 * DAY - 1)));
    g_assert_null(n2_name_cache_get(w.c, &v.zone, "n1", true, (guint64)(HOUR + 7 * DAY)));
    n2_name_cache_counts counts;
    n2_name_cache_counts_get(w.c, &counts);
    g_assert_cmpuint(counts.n, ==, 0);
    g_assert_cmpuint(counts.n_zones, ==, 0);
    tear_down(&w);
}

/* ---- room ---- */

/* A zone with a hundred thousand names has a hundredth of it, and its own oldest go. */
static void
test_share(void)
{
    world w;
    set_up(&w);
    n2_zone_word other = word(&w, 2, 1, 500);
    n2_name_cache_counts counts;

    g_assert_cmpint(put(&w, &other, 0), ==, N2_OK);
    for (guint i = 0; i < 5000; i++) {
        n2_zone_word v = word(&w, 1, i, i % 2 ? 100 : 1000);

        g_assert_cmpint(put(&w, &v, 0), ==, N2_OK);
        n2_name_cache_counts_get(w.c, &counts);
        g_assert_cmpuint(counts.n, <=, N2_NAME_ANSWERS_MAX * N2_NAME_ZONE_PERCENT_MAX / 100);
        g_assert_cmpuint(counts.bytes, <=, N2_NAME_ANSWERS_BYTES_MAX / 100 + 2000);
    }
    g_assert_nonnull(n2_name_cache_get(w.c, &other.zone, "n1", false, 0));
    n2_id zone = id_of(1);
    g_assert_nonnull(n2_name_cache_get(w.c, &zone, "n4999", false, 0));
    g_assert_null(n2_name_cache_get(w.c, &zone, "n0", false, 0));
    n2_name_cache_drop(w.c, &zone);
    n2_name_cache_counts_get(w.c, &counts);
    g_assert_cmpuint(counts.n, ==, 1);
    g_assert_cmpuint(counts.n_zones, ==, 1);
    n2_uses uses = {0};
    n2_name_cache_uses(w.c, &uses);
    g_assert_cmpstr(uses.rows[2].name, ==, "name_zone_percent");
    g_assert_cmpuint(uses.rows[2].refused, >, 4000);
    tear_down(&w);
}

/* All zones together: the longest unused goes. */
static void
test_full(void)
{
    world w;
    set_up(&w);
    n2_name_cache_counts counts;
    n2_id first = id_of(0);
    guint n = 0;

    first.hash[2] = 0;
    for (guint zone = 0; zone < 600; zone++)
        for (guint i = 0; i < 30; i++, n++) {
            n2_zone_word v = word(&w, zone, i, N2_ZONE_ANSWER_BYTES_MAX);

            g_assert_cmpint(put(&w, &v, 0), ==, N2_OK);
            if (zone && !i)
                g_assert_nonnull(n2_name_cache_get(w.c, &first, "n29", false, 0));
        }
    n2_name_cache_counts_get(w.c, &counts);
    g_assert_cmpuint(counts.bytes, <=, N2_NAME_ANSWERS_BYTES_MAX);
    g_assert_cmpuint(counts.n, <, n);
    g_assert_cmpuint(counts.n_out + counts.n, ==, n);
    g_assert_null(n2_name_cache_get(w.c, &first, "n1", false, 0));
    g_assert_nonnull(n2_name_cache_get(w.c, &first, "n29", false, 0)); /* it was used */
    n2_zone_word long_one = word(&w, 1, 1, N2_ZONE_ANSWER_BYTES_MAX + 1);
    g_assert_cmpint(put(&w, &long_one, 0), ==, N2_ERR_LIMIT);
    tear_down(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/resolve-cache/time", test_time);
    g_test_add_func("/resolve-cache/kept", test_kept);
    g_test_add_func("/resolve-cache/share", test_share);
    g_test_add_func("/resolve-cache/full", test_full);
    return g_test_run();
}
