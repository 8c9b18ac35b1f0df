/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-dht.c - the DHT: who may stand in a bucket, what is kept for whom, ways that never ask
 * the same node.  How thousands of nodes get on is in tests/sim/sim-dht.c.
 */
#include <glib.h>
#include <string.h>

#include "share/dht.h"

enum {
    NOW_S = 1700000000
};

static const gint64 wall = (gint64)NOW_S * 1000000;

/* A node whose id begins with @first and is told apart by its number. */
static n2_dht_peer
peer_at(guint8 first, guint64 node, guint64 domain, guint64 parent)
{
    n2_dht_peer p = {.node = node, .domain = domain, .parent = parent};

    p.id[0] = first;
    p.id[30] = (guint8)(node >> 8);
    p.id[31] = (guint8)node;
    return p;
}

static void
test_order(void)
{
    const guint8 zero[N2_DHT_ID_BYTES] = {0};
    n2_dht_peer a = peer_at(1, 1, 1, 0), b = peer_at(2, 1, 1, 0);

    g_assert_cmpint(n2_dht_nearer(zero, a.id, b.id), <, 0);
    g_assert_cmpint(n2_dht_nearer(b.id, a.id, b.id), >, 0);
    g_assert_cmpint(n2_dht_nearer(zero, a.id, a.id), ==, 0);
    g_assert_cmpuint(n2_dht_common(zero, a.id), ==, 7);
    g_assert_cmpuint(n2_dht_common(a.id, a.id), ==, 256);
    a.id[0] = 0;
    g_assert_cmpuint(n2_dht_common(zero, a.id), ==, 255);
}

/* Attack 53: one domain, one parent, has so many places and no more. */
static void
test_bucket(void)
{
    n2_dht_peer self = peer_at(0, 1000, 99, 0), near[N2_DHT_K];
    n2_dht_table t;

    n2_dht_table_init(&t, self.id);
    for (guint i = 1; i <= 40; i++) {
        n2_dht_peer p = peer_at(0x80, i, 1, 0);
        g_assert_cmpint(n2_dht_table_heard(&t, &p, 1), ==, i <= 2 ? N2_OK : N2_ERR_LIMIT);
    }
    for (guint i = 41; i <= 60; i++) { /* other domains, all of one parent */
        n2_dht_peer p = peer_at(0x80, i, i, 7);
        g_assert_cmpint(n2_dht_table_heard(&t, &p, 1), ==,
                        i <= 40 + N2_DHT_PARENT_MAX ? N2_OK : N2_ERR_LIMIT);
    }
    g_assert_cmpuint(t.n_refused, ==, 38 + 16);
    for (guint i = 61; i <= 90; i++) { /* of parents that are not known */
        n2_dht_peer p = peer_at(0x80, i, i, 0);
        g_assert_cmpint(n2_dht_table_heard(&t, &p, 1), ==, i <= 70 ? N2_OK : N2_ERR_LIMIT);
    }
    g_assert_cmpuint(n2_dht_table_count(&t), ==, N2_DHT_K);
    g_assert_cmpint(n2_dht_table_heard(&t, &self, 1), ==, N2_ERR_LIMIT);

    /* who answers stays; who does not gives way, to one that the rule allows */
    n2_dht_peer late = peer_at(0x80, 91, 91, 0), same = peer_at(0x80, 92, 1, 0);
    n2_dht_peer old = peer_at(0x80, 1, 1, 0);
    n2_dht_table_failed(&t, &old);
    g_assert_cmpint(n2_dht_table_heard(&t, &same, 2), ==, N2_OK);
    g_assert_cmpint(n2_dht_table_heard(&t, &late, 2), ==, N2_ERR_LIMIT);
    n2_dht_table_failed(&t, &same);
    g_assert_cmpint(n2_dht_table_heard(&t, &late, 2), ==, N2_OK);
    g_assert_cmpint(n2_dht_table_heard(&t, &same, 2), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_dht_table_heard(&t, &same, 3 + N2_DHT_STALE_US), ==, N2_OK);
    n2_dht_table_failed(&t, &same);
    g_assert_cmpuint(n2_dht_table_count(&t), ==, N2_DHT_K);
    n2_dht_table_failed(&t, &same);
    g_assert_cmpuint(n2_dht_table_count(&t), ==, N2_DHT_K - 1);

    /* what is chosen from several buckets keeps the rule, too */
    for (guint i = 0; i < 6; i++) {
        n2_dht_peer p = peer_at((guint8)(0x40 >> i), 200 + i, 1, 0);
        g_assert_cmpint(n2_dht_table_heard(&t, &p, 1), ==, N2_OK);
    }
    gsize n = n2_dht_table_near(&t, self.id, near), n_domain = 0;
    for (gsize i = 0; i < n; i++) {
        n_domain += near[i].domain == 1;
        g_assert_true(!i || n2_dht_nearer(self.id, near[i - 1].id, near[i].id) < 0);
    }
    g_assert_cmpuint(n_domain, ==, N2_DHT_DOMAIN_MAX);
    g_assert_cmpuint(near[0].node, ==, 205);
    n2_dht_table_clear(&t);
}

/* The nearest are those that a look through all finds. */
static void
test_near(void)
{
    GRand *rand = g_rand_new_with_seed(3);
    n2_dht_peer self = {.node = 1}, all[400], near[N2_DHT_K];
    n2_dht_table t;
    gsize n_all = 0;

    for (guint i = 0; i < sizeof self.id; i++)
        self.id[i] = (guint8)g_rand_int(rand);
    n2_dht_table_init(&t, self.id);
    for (guint k = 0; k < G_N_ELEMENTS(all); k++) {
        n2_dht_peer p = {.node = k + 2, .domain = k + 2};
        for (guint i = 0; i < sizeof p.id; i++)
            p.id[i] = (guint8)g_rand_int(rand);
        if (n2_dht_table_heard(&t, &p, 1) == N2_OK)
            all[n_all++] = p;
    }
    for (guint round = 0; round < 50; round++) {
        guint8 target[N2_DHT_ID_BYTES];
        for (guint i = 0; i < sizeof target; i++)
            target[i] = (guint8)g_rand_int(rand);
        if (round % 2)
            memcpy(target, self.id, 1);
        g_assert_cmpuint(n2_dht_table_near(&t, target, near), ==, N2_DHT_K);
        for (guint i = 0; i < N2_DHT_K; i++) {
            guint n_nearer = 0;
            for (gsize k = 0; k < n_all; k++)
                n_nearer += n2_dht_nearer(target, all[k].id, near[i].id) < 0;
            g_assert_cmpuint(n_nearer, ==, i);
        }
    }
    n2_dht_table_clear(&t);
    g_rand_free(rand);
}

/* ---- values ---- */

static n2_err
keep(n2_dht_values *values, const n2_dht_peer *writer, guint key, guint64 serial, guint64 now)
{
    const guint8 bytes[] = {(guint8)serial, (guint8)writer->node};
    n2_dht_value v = {.key = {1},
                      .serial = serial,
                      .until_us = wall + (gint64)N2_HOUR_US,
                      .bytes = bytes,
                      .len = sizeof bytes};

    v.key[30] = (guint8)(key >> 8);
    v.key[31] = (guint8)key;
    return n2_dht_values_keep(values, writer, &v, wall, now);
}

static gsize
get(n2_dht_values *values, guint key, n2_dht_value *out)
{
    guint8 name[N2_DHT_ID_BYTES] = {1};

    name[30] = (guint8)(key >> 8);
    name[31] = (guint8)key;
    return n2_dht_values_get(values, name, wall, 0, out);
}

/* Attack 53: who announces for another stands beside him, and takes nothing away. */
static void
test_writers(void)
{
    n2_dht_peer anna = peer_at(1, 1, 1, 0), eve = peer_at(2, 2, 2, 0);
    n2_dht_value out[N2_DHT_ANSWER_VALUES];
    n2_dht_values *values;

    g_assert_cmpint(n2_dht_values_new(&values), ==, N2_OK);
    g_assert_cmpint(keep(values, &anna, 5, 7, 0), ==, N2_OK);
    g_assert_cmpint(keep(values, &eve, 5, 1000, 0), ==, N2_OK);
    g_assert_cmpuint(get(values, 5, out), ==, 2);
    g_assert_cmpint(keep(values, &anna, 5, 6, 0), ==, N2_ERR_STATE); /* replayed */
    g_assert_cmpint(keep(values, &anna, 5, 8, 0), ==, N2_OK);
    g_assert_cmpuint(get(values, 5, out), ==, 2);
    g_assert_true((out[0].serial == 8 && out[1].serial == 1000) ||
                  (out[0].serial == 1000 && out[1].serial == 8));
    g_assert_cmpuint(get(values, 6, out), ==, 0);
    n2_dht_values_expire(values, wall + (gint64)N2_HOUR_US - 1);
    g_assert_cmpuint(n2_dht_values_count(values), ==, 2);
    n2_dht_values_expire(values, wall + (gint64)N2_HOUR_US);
    g_assert_cmpuint(n2_dht_values_count(values), ==, 0);
    n2_dht_values_free(values);
}

static void
test_refused(void)
{
    static const guint8 large[N2_DHT_VALUE_BYTES_MAX + 1];
    n2_dht_peer anna = peer_at(1, 1, 1, 0);
    n2_dht_values *values;
    const struct {
        const char *name;
        gsize len;
        gint64 until_us;
        n2_err want;
    } rows[] = {{"largest", N2_DHT_VALUE_BYTES_MAX, wall + 1, N2_OK},
                {"longest", 1, wall + (gint64)N2_DHT_VALUE_US, N2_OK},
                {"too-large", sizeof large, wall + 1, N2_ERR_LIMIT},
                {"empty", 0, wall + 1, N2_ERR_LIMIT},
                {"over", 1, wall, N2_ERR_TIMEOUT},
                {"too-long", 1, wall + (gint64)N2_DHT_VALUE_US + 1, N2_ERR_TIMEOUT}};

    g_assert_cmpint(n2_dht_values_new(&values), ==, N2_OK);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_dht_value v = {.key = {(guint8)i},
                          .until_us = rows[i].until_us,
                          .bytes = large,
                          .len = rows[i].len};
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(n2_dht_values_keep(values, &anna, &v, wall, 0), ==, rows[i].want);
    }
    n2_dht_values_free(values);
}

/* A flood: of one node, one domain, many domains, on one key and on many; what honest nodes
 * announce is still kept. */
static void
test_flood(void)
{
    n2_dht_value out[N2_DHT_ANSWER_VALUES];
    n2_dht_values *values;
    n2_uses uses = {.n = 0};
    guint n = 0;

    g_assert_cmpint(n2_dht_values_new(&values), ==, N2_OK);
    n2_dht_peer one = peer_at(1, 1, 1, 0);
    for (guint i = 0; i < 1000; i++) /* a second each, so that it isn't too often */
        n += keep(values, &one, i, 1, i * N2_SECOND_US) == N2_OK;
    g_assert_cmpuint(n, ==, N2_DHT_WRITER_MAX);
    for (guint i = 0; i < 2000; i++) { /* nodes of one domain */
        n2_dht_peer p = peer_at(2, 2 + i, 1, 0);
        n += keep(values, &p, i, 1, (1000 + i) * N2_SECOND_US) == N2_OK;
    }
    g_assert_cmpuint(n, ==, N2_DHT_SHARE_MAX);
    for (guint i = 0; i < 1000; i++) { /* all at once, another */
        n2_dht_peer p = peer_at(3, i, 2, 0);
        n += keep(values, &p, 3000 + i, 1, 4000 * N2_SECOND_US) == N2_OK;
    }
    g_assert_cmpuint(n, ==, N2_DHT_SHARE_MAX + N2_DHT_KEEP_BURST);
    n = 0;
    for (guint i = 0; i < 100; i++) { /* one key, many domains; and many of each */
        n2_dht_peer p = peer_at(4, i, 10 + i / 10, 0);
        n += keep(values, &p, 5000, 1, 5000 * N2_SECOND_US) == N2_OK;
        g_assert_cmpuint(n, <=, N2_DHT_KEY_DOMAIN_MAX * (i / 10 + 1));
    }
    g_assert_cmpuint(n, ==, N2_DHT_KEY_VALUES_MAX);
    n2_dht_peer often = peer_at(7, 1, 3, 0); /* its burst is used up, and comes again */
    for (guint i = 0; i < N2_DHT_KEEP_BURST; i++)
        (void)!keep(values, &often, 5001, 1, 5001 * N2_SECOND_US);
    g_assert_cmpint(keep(values, &often, 5001, 2, 5001 * N2_SECOND_US), ==, N2_ERR_LIMIT);
    for (guint i = 0; i < N2_DHT_KEEP_PER_S; i++)
        g_assert_cmpint(keep(values, &often, 5001, 3 + i, 5002 * N2_SECOND_US), ==, N2_OK);
    g_assert_cmpint(keep(values, &often, 5001, 9, 5002 * N2_SECOND_US), ==, N2_ERR_LIMIT);
    g_assert_cmpuint(get(values, 5000, out), ==, N2_DHT_ANSWER_VALUES);
    n = 0;
    for (guint i = 0; i < 3 * N2_DHT_SHARES_MAX; i++) { /* more domains than shares */
        n2_dht_peer p = peer_at(5, i, 100 + i, 0);
        n += keep(values, &p, 6000 + i, 1, 6000 * N2_SECOND_US) == N2_OK;
    }
    g_assert_cmpuint(n, <=, N2_DHT_SHARES_MAX);
    n2_dht_peer anna = peer_at(6, 1, 110, 0); /* of a domain that is there */
    g_assert_cmpint(keep(values, &anna, 1, 1, 6000 * N2_SECOND_US), ==, N2_OK);
    n2_dht_values_uses(values, &uses);
    for (gsize i = 0; i < uses.n; i++) {
        g_test_message("%s: %" G_GUINT64_FORMAT, uses.rows[i].name, uses.rows[i].refused);
        g_assert_true(uses.rows[i].refused > 0 || !strcmp(uses.rows[i].name, "dht_values"));
        g_assert_true(uses.rows[i].at == N2_USE_NONE || uses.rows[i].at <= uses.rows[i].max);
    }
    n2_dht_values_free(values);
}

/* Many domains, each within its share: the whole has an end. */
static void
test_full(void)
{
    n2_dht_values *values;
    n2_uses uses = {.n = 0};
    guint n = 0;

    g_assert_cmpint(n2_dht_values_new(&values), ==, N2_OK);
    for (guint i = 0; i < N2_DHT_VALUES_MAX + 10; i++) {
        n2_dht_peer p = peer_at(5, i, 1 + i / 16, 0);
        n += keep(values, &p, i, 1, 0) == N2_OK;
    }
    g_assert_cmpuint(n, ==, N2_DHT_VALUES_MAX);
    n2_dht_values_uses(values, &uses);
    g_assert_cmpstr(uses.rows[0].name, ==, "dht_values");
    g_assert_cmpuint(uses.rows[0].refused, ==, 10);
    n2_dht_values_free(values);
}

/* ---- look-ups ---- */

/* Attack 53: a liar who tells of his like spoils one way, and nobody is asked twice. */
static void
test_ways(void)
{
    guint8 target[N2_DHT_ID_BYTES] = {0};
    n2_dht_peer first[8], out;
    guint n_asked[400] = {0}, n_honest = 0;
    n2_dht_seek *seek = g_new(n2_dht_seek, 1);

    for (guint i = 0; i < 8; i++) /* the nearest of them lies */
        first[i] = peer_at((guint8)(0x40 + i), 1 + i, 1 + i, 0);
    n2_dht_seek_init(seek, target, 999, first, 8);
    while (n2_dht_seek_next(seek, &out)) {
        n2_dht_peer told[N2_DHT_K];
        g_assert_cmpuint(++n_asked[out.node], ==, 1);
        if (out.node == 1 || out.node >= 200) { /* ever nearer ones, all of its making */
            for (guint i = 0; i < N2_DHT_K; i++)
                told[i] = peer_at(1, 200 + (out.node * 7 + i) % 150, 500 + i, 0);
        } else {
            for (guint i = 0; i < N2_DHT_K; i++) {
                guint64 n = 20 + (out.node * 5 + i) % 100;
                told[i] = peer_at((guint8)(2 + n % 4), n, n, 0);
            }
            n_honest++;
        }
        g_assert_cmpuint(n2_dht_seek_answered(seek, &out, told, N2_DHT_K), >=, 1);
        g_assert_cmpuint(n2_dht_seek_answered(seek, &out, told, N2_DHT_K), ==, 0);
    }
    g_assert_true(n2_dht_seek_is_over(seek));
    g_assert_cmpuint(n_honest, >, 3 * N2_DHT_K / 2);
    g_free(seek);
}

static void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    memset(buf, 5, len);
}

/* A node that tells of thousands fills nothing: who is nearer makes room among those. */
static void
test_pool(void)
{
    guint8 target[N2_DHT_ID_BYTES] = {0};
    n2_dht_peer first[2] = {peer_at(0xf0, 1, 1, 0), peer_at(0xf1, 2, 2, 0)}, out;
    n2_dht_seek *seek = g_new(n2_dht_seek, 1);
    guint64 node = 3;

    n2_dht_seek_init(seek, target, 0, first, 2);
    for (guint round = 0; round < 100 && n2_dht_seek_next(seek, &out); round++) {
        n2_dht_peer told[N2_DHT_K];
        for (guint i = 0; i < N2_DHT_K; i++, node++)
            told[i] = peer_at((guint8)(0xef - round), node, node, 0);
        n2_dht_seek_answered(seek, &out, told, N2_DHT_K);
        g_assert_cmpuint(seek->n, <=, N2_DHT_POOL_MAX);
    }
    g_assert_cmpuint(seek->n, ==, N2_DHT_POOL_MAX);
    g_assert_cmpuint(seek->heard[0].peer.id[0], <=, 0xef - 90); /* told of in the last rounds */
    for (gsize i = 1; i < seek->n; i++)
        g_assert_cmpint(
            n2_dht_nearer(target, seek->heard[i - 1].peer.id, seek->heard[i].peer.id), <, 0);
    g_free(seek);
}

/* Begun again, a look-up asks others, and nobody twice. */
static void
test_again(void)
{
    guint8 target[N2_DHT_ID_BYTES] = {0};
    n2_dht_peer first[2] = {peer_at(0x10, 1, 1, 0), peer_at(0x11, 2, 2, 0)}, out;
    n2_dht_seek *seek = g_new(n2_dht_seek, 1);

    n2_dht_seek_init(seek, target, 0, first, 1);
    g_assert_true(n2_dht_seek_next(seek, &out));
    g_assert_cmpuint(out.node, ==, 1);
    g_assert_cmpuint(n2_dht_seek_answered(seek, &out, NULL, 0), ==, 1);
    g_assert_false(n2_dht_seek_again(seek, first, 1));
    g_assert_true(n2_dht_seek_again(seek, first, 2));
    g_assert_true(n2_dht_seek_next(seek, &out));
    g_assert_cmpuint(out.node, ==, 2);
    n2_dht_seek_failed(seek, &out);
    g_assert_true(n2_dht_seek_is_over(seek));
    g_assert_cmpuint(n2_dht_seek_nearest(seek, &out), ==, 1);
    g_free(seek);
}

/* A put goes to the nearest that answered; who is silent is waited for so long, then left. */
static void
test_put(void)
{
    const n2_env env = {.random = random_cb};
    const guint8 bytes[] = "value";
    n2_dht_peer self = peer_at(0xff, 1000, 99, 0);
    n2_dht_value v = {.key = {1}, .serial = 1, .until_us = wall + 1, .bytes = bytes, .len = 5};
    n2_dht_ask ask;
    n2_dht_end end = {.job = 0};
    n2_dht *dht;
    guint64 job;
    guint n_keep = 0, n_ask = 0;

    g_assert_cmpint(n2_dht_new(&dht, &env, &self), ==, N2_OK);
    g_assert_cmpint(n2_dht_put(dht, &v, &job), ==, N2_ERR_UNREACHABLE);
    for (guint i = 0; i < 20; i++) {
        n2_dht_peer p = peer_at((guint8)i, 1 + i, 1 + i, 0);
        n2_dht_heard(dht, &p, 0);
    }
    g_assert_cmpint(n2_dht_put(dht, &v, &job), ==, N2_OK);
    for (guint64 now = 0; !n2_dht_ended(dht, &end) || end.job != job; now += N2_DHT_ASK_US) {
        g_assert_cmpuint(now, <, 60 * N2_SECOND_US);
        n2_dht_expire(dht, now, wall);
        while (n2_dht_next(dht, &ask, now)) {
            if (!ask.job || ask.job != job)
                continue;
            n_keep += ask.question == N2_DHT_ASK_KEEP;
            n_ask++;
            if (ask.peer.node % 4 == 0)
                continue; /* silent */
            if (ask.question == N2_DHT_ASK_KEEP) {
                g_assert_cmpmem(ask.value.bytes, ask.value.len, bytes, 5);
                n2_dht_answered(dht, ask.number, NULL, 0, TRUE, now);
            } else {
                n2_dht_answered(dht, ask.number, NULL, 0, FALSE, now);
            }
        }
    }
    g_assert_cmpuint(end.job, ==, job);
    g_assert_cmpuint(end.n_kept, ==, n_keep);
    g_assert_cmpuint(n_keep, ==, 12); /* of 16 known, a fourth is silent */
    g_assert_cmpuint(n_ask, >=, 28);
    n2_dht_enough(dht, job); /* not an error */
    n2_dht_free(dht);
}

/* Another week, another id: who was known stays known where there is room for him. */
static void
test_move(void)
{
    const n2_env env = {.random = random_cb};
    n2_dht_peer self = peer_at(0, 1000, 99, 0), moved = peer_at(0xf0, 1000, 99, 0);
    n2_dht_peer near[N2_DHT_K];
    n2_dht *dht;

    g_assert_cmpint(n2_dht_new(&dht, &env, &self), ==, N2_OK);
    for (guint i = 0; i < 10; i++) {
        n2_dht_peer p = peer_at((guint8)(25 * i), 1 + i, 1 + i, 0);
        n2_dht_heard(dht, &p, 0);
    }
    n2_dht_heard(dht, &self, 0);
    g_assert_cmpuint(n2_dht_count(dht), ==, 10);
    n2_dht_move(dht, &moved);
    g_assert_cmpuint(n2_dht_count(dht), ==, 10);
    g_assert_cmpuint(n2_dht_near(dht, moved.id, near), ==, 10);
    g_assert_cmpuint(near[0].node, ==, 10);
    n2_dht_gone(dht, &near[0]);
    g_assert_cmpuint(n2_dht_count(dht), ==, 9);
    n2_dht_free(dht);
}

/* As many look-ups at once as there may be. */
static void
test_seeks(void)
{
    const n2_env env = {.random = random_cb};
    n2_dht_peer self = peer_at(0, 1000, 99, 0), p = peer_at(9, 1, 1, 0);
    n2_uses uses = {.n = 0};
    n2_dht *dht;

    g_assert_cmpint(n2_dht_new(&dht, &env, &self), ==, N2_OK);
    n2_dht_heard(dht, &p, 0);
    for (guint i = 0; i <= N2_DHT_SEEKS_MAX; i++)
        g_assert_cmpint(n2_dht_find(dht, N2_DHT_ASK_VALUES, p.id, NULL), ==,
                        i < N2_DHT_SEEKS_MAX ? N2_OK : N2_ERR_LIMIT);
    n2_dht_uses(dht, &uses);
    g_assert_cmpstr(uses.rows[0].name, ==, "dht_seeks");
    g_assert_cmpuint(uses.rows[0].refused, ==, 1);
    n2_dht_free(dht);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dht/order", test_order);
    g_test_add_func("/dht/attack-53-bucket", test_bucket);
    g_test_add_func("/dht/near", test_near);
    g_test_add_func("/dht/attack-53-announced-for-others", test_writers);
    g_test_add_func("/dht/refused", test_refused);
    g_test_add_func("/dht/flood-of-announcements", test_flood);
    g_test_add_func("/dht/full", test_full);
    g_test_add_func("/dht/attack-53-ways", test_ways);
    g_test_add_func("/dht/attack-53-pool", test_pool);
    g_test_add_func("/dht/again", test_again);
    g_test_add_func("/dht/put", test_put);
    g_test_add_func("/dht/move", test_move);
    g_test_add_func("/dht/seeks", test_seeks);
    return g_test_run();
}
