/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-agreeing.c - the promises in agreeing.h: hellos and answers that wait for
 * their agreements together.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "transport/agreeing.h"
#include "transport/first.h"
#include "wire/packet.h"

enum {
    WAY_BITS = 60
};

static n2_op
connect_op(const pair *p, guint8 suite, guint64 tag)
{
    n2_op op = {.kind = N2_OP_CONNECT,
                .tag = tag,
                .path = G_GUINT64_CONSTANT(3) << WAY_BITS,
                .suite = suite,
                .fresh = true,
                .key_id = (guint16)(PAIR_KEY_ID + suite - 1)};

    memcpy(op.key, p->b.key[suite - 1], sizeof op.key);
    memcpy(op.record, p->b.record[suite - 1], sizeof op.record);
    return op;
}

static void
connect_many(pair *p, guint n, guint every_second)
{
    for (guint i = 0; i < n; i++) {
        n2_op op =
            connect_op(p, (guint8)(1 + (every_second && i % every_second == 1)), 100 + i);
        n2_endpoint_op(p->a.ep, &op, p->now_us);
    }
}

/* However many at once, of one suite or both in turn: all open, each with keys of its own. */
static void
test_many(void)
{
    static const guint sizes[] = {1, 2, 3, 4, 5, 8, 9, 15};

    for (guint every = 0; every <= 3; every++)
        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
            pair p;
            pair_init(&p, 10 + i);
            connect_many(&p, sizes[i], every);
            pair_settle(&p);
            g_assert_cmpuint(p.a.n_connected, ==, sizes[i]);
            g_assert_cmpuint(p.a.n_closed, ==, 0);
            pair_talk(&p);
            pair_clear(&p);
        }
}

/* More than may wait: the first are worked off when the next come, none is lost. */
static void
test_more_than_wait(void)
{
    guint64 path;
    pair p;
    guint8 bytes[PAIR_PACKET_MAX];
    guint n = 0;

    pair_init(&p, 1);
    connect_many(&p, 3 * N2_AGREEING_MAX, 5);
    while (n2_endpoint_peek(p.a.ep, &path, p.now_us)) {
        g_assert_cmpuint(n2_endpoint_build(p.a.ep, bytes, p.now_us), >, 0);
        n++;
    }
    g_assert_cmpuint(n, ==, 3 * N2_AGREEING_MAX);
    pair_clear(&p);
}

/* What is ready leaves before the next are begun: four hellos at a time, as each needs two. */
static void
test_turns(void)
{
    guint64 path;
    guint8 bytes[PAIR_PACKET_MAX];
    guint turns = 0, n = 0;
    pair p;

    pair_init(&p, 2);
    connect_many(&p, 10, 0);
    g_assert_cmpuint(n2_endpoint_peek_ready(p.a.ep, &path, p.now_us), ==, 0);
    while (n2_endpoint_work(p.a.ep, p.now_us)) {
        guint now = 0;
        while (n2_endpoint_peek_ready(p.a.ep, &path, p.now_us)) {
            g_assert_cmpuint(n2_endpoint_build(p.a.ep, bytes, p.now_us), >, 0);
            now++;
        }
        g_assert_cmpuint(now, ==, MIN(4, 10 - n));
        n += now;
        turns++;
    }
    g_assert_cmpuint(turns, ==, 3);
    g_assert_cmpuint(n, ==, 10);
    pair_clear(&p);
}

/* A key that no honest node has ends that one connection, whoever it is worked out with. */
static void
test_low_order(void)
{
    pair p;

    pair_init(&p, 3);
    for (guint i = 0; i < 9; i++) {
        n2_op op = connect_op(&p, (guint8)(1 + i / 5), i);
        if (i % 3 == 1)
            memset(op.key, 0, sizeof op.key);
        n2_endpoint_op(p.a.ep, &op, p.now_us);
    }
    pair_settle(&p);
    g_assert_cmpuint(p.a.n_closed, ==, 3);
    g_assert_cmpint(p.a.err, ==, N2_ERR_FORGED);
    g_assert_cmpuint(p.a.n_connected, ==, 6);
    pair_talk(&p);
    pair_clear(&p);
}

/* ---- forged answers ---- */

typedef struct {
    guint8 bytes[40][PAIR_PACKET_MAX];
    gsize len[40];
    guint n;
} kept;

/* Keeps what b says, and loses it. */
static gboolean
keep(void *user, pair_side *from, guint8 *bytes, gsize len)
{
    kept *k = user;

    if (from == &from->pair->a)
        return TRUE;
    g_assert_cmpuint(k->n, <, G_N_ELEMENTS(k->len));
    memcpy(k->bytes[k->n], bytes, len);
    k->len[k->n++] = len;
    return FALSE;
}

static guint8 *
first_of(guint8 *bytes, gsize len)
{
    n2_packet packet;

    g_assert_cmpint(n2_packet_parse(&packet, bytes, len), ==, N2_OK);
    return bytes + (packet.data - bytes);
}

/* attack 12: before each true answer, ones by somebody who saw the hello: with another e, with
 * e of low order, with a changed byte.  They wait beside the true ones and hurt none. */
static void
test_forged(void)
{
    kept k = {0};
    n2_endpoint_stats before, after;
    pair p;

    pair_init(&p, 4);
    p.way = keep;
    p.user = &k;
    connect_many(&p, 12, 4);
    pair_settle(&p);
    p.way = NULL;
    g_assert_cmpuint(k.n, ==, 12);
    n2_endpoint_stats_get(p.a.ep, &before);
    for (guint i = 0; i < k.n; i++) {
        guint8 forged[PAIR_PACKET_MAX];
        for (guint kind = 0; kind < 3; kind++) {
            memcpy(forged, k.bytes[i], k.len[i]);
            guint8 *body = first_of(forged, k.len[i]) + N2_FIRST_HEAD_BYTES;
            if (kind == 1)
                memset(body, 0, 56);
            else
                body[kind == 0 ? 5 : N2_FIRST_BODY_BYTES - 1] ^= 4;
            n2_packet_set_path(forged, 4);
            n2_endpoint_packet(p.a.ep, forged, k.len[i], p.now_us);
        }
        n2_packet_set_path(k.bytes[i], 4);
        /* Twice: the second finds the connection open. */
        n2_endpoint_packet(p.a.ep, k.bytes[i], k.len[i], p.now_us);
        n2_endpoint_packet(p.a.ep, k.bytes[i], k.len[i], p.now_us);
    }
    pair_settle(&p);
    n2_endpoint_stats_get(p.a.ep, &after);
    g_assert_cmpuint(p.a.n_connected, ==, 12);
    g_assert_cmpuint(after.dropped - before.dropped, ==, 12 * 4);
    pair_talk(&p);
    pair_clear(&p);
}

/* An end point that ends while things wait leaves nothing behind. */
static void
test_end(void)
{
    pair p;

    pair_init(&p, 5);
    connect_many(&p, 7, 2);
    pair_clear(&p);
}

/* Each hello waits for its agreements no longer than its connection may take. */
static void
test_patience(void)
{
    pair p;
    kept k = {0};

    pair_init(&p, 7);
    p.way = keep;
    p.user = &k;
    connect_many(&p, 2, 0);
    p.now_us += 11000000; /* nobody asked for a packet */
    n2_endpoint_expire(p.a.ep, p.now_us);
    pair_settle(&p);
    g_assert_cmpuint(p.a.n_closed, ==, 2);
    g_assert_cmpint(p.a.err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpuint(k.n, ==, 0);
    pair_clear(&p);
}

/* A hello that is not made yet has no token: whatever comes in its place with one of zeros is
 * not for it, and nothing is sent before it is made. */
static void
test_unmade(void)
{
    static const guint8 types[] = {N2_FIRST_ANSWER, N2_FIRST_AGAIN, N2_FIRST_RESUMED,
                                   N2_FIRST_UNKNOWN};
    n2_endpoint_stats before, after;
    kept k = {0};
    guint64 path;
    pair p;

    pair_init(&p, 8);
    p.way = keep;
    p.user = &k;
    connect_many(&p, 1, 0);
    pair_settle(&p);
    p.way = NULL;
    guint8 *first = first_of(k.bytes[0], k.len[0]);
    memset(first + N2_FIRST_HEAD_BYTES - N2_FIRST_TOKEN_BYTES, 0, N2_FIRST_TOKEN_BYTES);
    n2_packet_set_path(k.bytes[0], 4);

    pair_restart(&p.a);
    connect_many(&p, 1, 0);
    n2_endpoint_stats_get(p.a.ep, &before);
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        first[0] = types[i];
        n2_endpoint_packet(p.a.ep, k.bytes[0], k.len[0], p.now_us);
        g_assert_cmpuint(n2_endpoint_peek_ready(p.a.ep, &path, p.now_us), ==, 0);
    }
    n2_endpoint_stats_get(p.a.ep, &after);
    g_assert_cmpuint(after.dropped - before.dropped, ==, G_N_ELEMENTS(types));
    g_assert_cmpuint(n2_endpoint_deadline(p.a.ep), >, p.now_us + 1000000);
    pair_settle(&p);
    g_assert_cmpuint(p.a.n_connected, ==, 1);
    pair_talk(&p);
    pair_clear(&p);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transport/agreeing/many", test_many);
    g_test_add_func("/transport/agreeing/more-than-wait", test_more_than_wait);
    g_test_add_func("/transport/agreeing/turns", test_turns);
    g_test_add_func("/transport/agreeing/low-order", test_low_order);
    g_test_add_func("/transport/agreeing/attack-12-forged-answers", test_forged);
    g_test_add_func("/transport/agreeing/end", test_end);
    g_test_add_func("/transport/agreeing/patience", test_patience);
    g_test_add_func("/transport/agreeing/attack-12-unmade", test_unmade);
    return g_test_run();
}
