/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-resume.c - a connection goes on from a former one: without public keys, once, and with
 *                 an exchange of keys made up for; suite 2 beside suite 1 in all of it.
 */
#include <string.h>

#include "base/limits.h"
#include "pair.h"
#include "transport/endpoint-private.h"
#include "transport/first.h"
#include "wire/packet.h"

typedef struct {
    pair p;
    guint lost;           /* first packets of these types are lost: a set of bits */
    gboolean loses_fresh; /* and sealed packets to a control region between the two */
    guint seen[N2_FIRST_UNKNOWN + 1];
    guint8 last[N2_FIRST_UNKNOWN + 1][PAIR_PACKET_MAX]; /* of each type, by @len */
    gsize len[N2_FIRST_UNKNOWN + 1];
    guint phases[2]; /* sealed packets of a with each phase bit */
} fixture;

static gboolean
way_cb(void *user, pair_side *from, guint8 *bytes, gsize len)
{
    fixture *f = user;
    n2_packet packet;

    if (n2_packet_parse(&packet, bytes, len))
        return TRUE;
    if (packet.is_sealed) {
        f->phases[packet.phase] += from == &f->p.a;
        return TRUE;
    }
    guint8 type = packet.data[0];
    g_assert_cmpuint(type, <=, N2_FIRST_UNKNOWN);
    f->seen[type]++;
    memcpy(f->last[type], bytes, len);
    f->len[type] = len;
    return !(f->lost & 1u << type);
}

static void
set_up(fixture *f, gconstpointer data)
{
    (void)data;
    pair_init(&f->p, 11);
    f->p.way = way_cb;
    f->p.user = f;
}

static void
tear_down(fixture *f, gconstpointer data)
{
    (void)data;
    pair_clear(&f->p);
}

/* A first connection, and its end: both keep a ticket. */
static void
meet(fixture *f, guint8 suite)
{
    pair_connect(&f->p, suite, FALSE);
    g_assert_cmpuint(f->p.a.n_connected, ==, 1);
    g_assert_cmpuint(f->p.a.n_resumed, ==, 0);
    pair_talk(&f->p);
    pair_close(&f->p);
    g_assert_cmpuint(f->p.b.n_closed, ==, 1);
    g_assert_cmpuint(f->p.a.ep->own_tickets.n, ==, 1);
    g_assert_cmpuint(f->p.b.ep->tickets.n, ==, 1);
    memset(f->seen, 0, sizeof f->seen);
}

static void
assert_resumed(fixture *f, guint n)
{
    g_assert_cmpuint(f->p.a.n_resumed, ==, n);
    g_assert_cmpuint(f->p.b.n_resumed, ==, n);
    g_assert_cmpmem(f->p.a.hash, 64, f->p.b.hash, 64);
}

/* ---- what it is for ------------------------------------------------------------------------
 */

/* No agreement with a static key, one packet each way, other keys each time, again and again.
 */
static void
test_resume(fixture *f, gconstpointer data)
{
    guint8 suite = (guint8)GPOINTER_TO_UINT(data), hash[64];

    meet(f, suite);
    for (guint n = 1; n <= 5; n++) {
        memcpy(hash, f->p.a.hash, sizeof hash);
        pair_connect(&f->p, suite, FALSE);
        assert_resumed(f, n);
        g_assert_cmpuint(f->p.a.suite, ==, suite);
        g_assert_cmpuint(f->p.b.suite, ==, suite);
        g_assert_cmpint(memcmp(hash, f->p.a.hash, sizeof hash), !=, 0);
        pair_talk(&f->p);
        pair_close(&f->p);
    }
    g_assert_cmpuint(f->p.b.n_es, ==, 1);
    g_assert_cmpuint(f->seen[N2_FIRST_RESUME], ==, 5);
    g_assert_cmpuint(f->seen[N2_FIRST_RESUMED], ==, 5);
    g_assert_cmpuint(f->seen[N2_FIRST_HELLO], ==, 0);
    /* Each took the place of the one that it was made with. */
    g_assert_cmpuint(f->p.a.ep->own_tickets.n, ==, 1);
    g_assert_cmpuint(f->p.b.ep->tickets.n, ==, 1);
    pair_connect(&f->p, suite, TRUE);
    g_assert_cmpuint(f->p.a.n_resumed, ==, 5);
    g_assert_cmpuint(f->p.b.n_es, ==, 2);
}

/* A ticket of one suite is none of the other: no way from a strong one to a weak one. */
static void
test_suites_apart(fixture *f, gconstpointer data)
{
    (void)data;
    meet(f, 2);
    pair_connect(&f->p, 1, FALSE);
    g_assert_cmpuint(f->p.a.n_connected, ==, 2);
    g_assert_cmpuint(f->p.a.n_resumed, ==, 0);
    g_assert_cmpuint(f->p.a.suite, ==, 1);
}

/* Who has lost its memory says so; who says nothing is asked in the other way. */
static void
test_unknown(fixture *f, gconstpointer data)
{
    (void)data;
    meet(f, 1);
    pair_restart(&f->p.b);
    pair_connect(&f->p, 1, FALSE);
    g_assert_cmpuint(f->seen[N2_FIRST_UNKNOWN], ==, 1);
    g_assert_cmpuint(f->p.a.n_connected, ==, 2);
    g_assert_cmpuint(f->p.a.n_resumed, ==, 0);
    pair_talk(&f->p);
    pair_close(&f->p);

    f->lost = 1u << N2_FIRST_RESUME;
    pair_connect(&f->p, 1, FALSE);
    pair_wait(&f->p, 2 * N2_SECOND_US);
    g_assert_cmpuint(f->p.a.n_connected, ==, 3);
    g_assert_cmpuint(f->p.a.n_resumed, ==, 0);
    g_assert_cmpuint(f->p.a.n_closed, ==, 2); /* those that were ended here */
    pair_talk(&f->p);
}

/* The way loses the answer: the same question, the same answer, one connection. */
static void
test_answer_lost(fixture *f, gconstpointer data)
{
    guint8 first[PAIR_PACKET_MAX];

    (void)data;
    meet(f, 1);
    f->lost = 1u << N2_FIRST_RESUMED;
    pair_connect(&f->p, 1, FALSE);
    memcpy(first, f->last[N2_FIRST_RESUMED], sizeof first);
    f->lost = 0;
    pair_wait(&f->p, N2_SECOND_US);
    assert_resumed(f, 1);
    g_assert_cmpuint(f->seen[N2_FIRST_RESUMED], ==, 2);
    g_assert_cmpmem(first, f->len[N2_FIRST_RESUMED], f->last[N2_FIRST_RESUMED],
                    f->len[N2_FIRST_RESUMED]);
}

/* ---- attacks -------------------------------------------------------------------------------
 */

/* A ticket serves once.  Its packet, said again, changes nothing: not while it is half open,
 * not when the connection is there, not later. */
static void
test_replay(fixture *f, gconstpointer data)
{
    n2_endpoint_stats before, after;
    guint8 old[PAIR_PACKET_MAX];

    (void)data;
    meet(f, 1);
    pair_connect(&f->p, 1, FALSE);
    assert_resumed(f, 1);
    gsize len = f->len[N2_FIRST_RESUME];
    memcpy(old, f->last[N2_FIRST_RESUME], len);
    guint32 tickets = f->p.b.ep->tickets.n;
    n2_endpoint_stats_get(f->p.b.ep, &before);
    for (guint i = 0; i < 100; i++) {
        guint64 bytes = f->p.bytes_of[1];
        pair_deliver(&f->p.b, old, len);
        pair_settle(&f->p);
        g_assert_cmpuint(f->p.bytes_of[1] - bytes, <=, len); /* no amplifier */
        pair_wait(&f->p, N2_SECOND_US / 20);
    }
    n2_endpoint_stats_get(f->p.b.ep, &after);
    g_assert_cmpuint(after.connections, ==, before.connections);
    g_assert_cmpuint(after.half_open, ==, 0);
    g_assert_cmpuint(f->p.b.n_connected, ==, 2);
    g_assert_cmpuint(f->p.b.ep->tickets.n, ==, tickets);
    pair_talk(&f->p); /* and the connection goes on */

    /* Nor on a node that has forgotten it. */
    pair_restart(&f->p.b);
    pair_deliver(&f->p.b, old, len);
    n2_endpoint_stats_get(f->p.b.ep, &after);
    g_assert_cmpuint(after.half_open, ==, 0);
}

/* Neither table has a ticket any more once it was used, nor the one before once keys were
 * exchanged: who takes both nodes later finds nothing that an old packet was made with. */
static void
test_theft(fixture *f, gconstpointer data)
{
    n2_ticket old, next, fresh, got;
    guint64 until_us;

    (void)data;
    meet(f, 1);
    g_assert_true(n2_tickets_get(&f->p.a.ep->own_tickets, f->p.b.record[0], &old, &until_us,
                                 f->p.now_us));
    g_assert_true(n2_tickets_get(&f->p.b.ep->tickets, old.id, &got, &until_us, f->p.now_us));
    g_assert_cmpmem(got.secret, sizeof got.secret, old.secret, sizeof old.secret);
    pair_connect(&f->p, 1, FALSE);
    assert_resumed(f, 1);
    g_assert_false(n2_tickets_get(&f->p.b.ep->tickets, old.id, &got, &until_us, f->p.now_us));
    g_assert_true(n2_tickets_get(&f->p.a.ep->own_tickets, f->p.b.record[0], &next, &until_us,
                                 f->p.now_us));
    g_assert_cmpint(memcmp(next.id, old.id, sizeof old.id), !=, 0);
    g_assert_cmpuint(f->p.a.ep->own_tickets.n, ==, 1);

    pair_wait(&f->p, N2_MINUTE_US);
    g_assert_false(n2_tickets_get(&f->p.b.ep->tickets, next.id, &got, &until_us, f->p.now_us));
    g_assert_true(n2_tickets_get(&f->p.a.ep->own_tickets, f->p.b.record[0], &fresh, &until_us,
                                 f->p.now_us));
    g_assert_cmpint(memcmp(fresh.secret, next.secret, sizeof next.secret), !=, 0);
    g_assert_true(n2_tickets_get(&f->p.b.ep->tickets, fresh.id, &got, &until_us, f->p.now_us));
    g_assert_cmpmem(got.secret, sizeof got.secret, fresh.secret, sizeof fresh.secret);
}

/* Any bit of RESUME that is changed on the way: no connection; the ticket stays for who has
 * it.  Of RESUMED: as if it had not come. */
static void
test_changed(fixture *f, gconstpointer data)
{
    n2_endpoint_stats stats;

    (void)data;
    meet(f, 1);
    f->lost = 1u << N2_FIRST_RESUME;
    pair_connect(&f->p, 1, FALSE);
    gsize head = N2_LONG_HEAD_BYTES;
    for (gsize at = 1; at < N2_FIRST_BYTES; at++) {
        if (at >= 4 && at < N2_FIRST_HEAD_BYTES)
            continue; /* the token, which nobody asked for */
        guint8 changed[PAIR_PACKET_MAX];
        memcpy(changed, f->last[N2_FIRST_RESUME], sizeof changed);
        changed[head + at] ^= 1;
        pair_deliver(&f->p.b, changed, f->len[N2_FIRST_RESUME]);
        n2_endpoint_stats_get(f->p.b.ep, &stats);
        g_assert_cmpuint(stats.half_open, ==, 0);
    }
    /* A key id that is none got UNKNOWN, which would be the end of it. */
    f->lost = 1u << N2_FIRST_RESUMED | 1u << N2_FIRST_UNKNOWN;
    pair_deliver(&f->p.b, f->last[N2_FIRST_RESUME], f->len[N2_FIRST_RESUME]);
    pair_settle(&f->p);
    g_assert_cmpuint(f->p.a.n_connected, ==, 1);
    for (gsize at = N2_FIRST_HEAD_BYTES - N2_FIRST_TOKEN_BYTES; at < N2_FIRST_BYTES; at++) {
        guint8 changed[PAIR_PACKET_MAX];
        memcpy(changed, f->last[N2_FIRST_RESUMED], sizeof changed);
        changed[head + at] ^= 0x80;
        pair_deliver(&f->p.a, changed, f->len[N2_FIRST_RESUMED]);
        g_assert_cmpuint(f->p.a.n_connected, ==, 1);
    }
    pair_deliver(&f->p.a, f->last[N2_FIRST_RESUMED], f->len[N2_FIRST_RESUMED]);
    pair_settle(&f->p);
    assert_resumed(f, 1);
}

/* Who sits on the way answers UNKNOWN to everything: full hellos, of the same suite. */
static void
test_forged_unknown(fixture *f, gconstpointer data)
{
    guint8 forged[N2_LONG_HEAD_BYTES + N2_FIRST_BYTES];

    (void)data;
    meet(f, 2);
    f->lost = 1u << N2_FIRST_RESUME;
    pair_connect(&f->p, 2, FALSE);
    memcpy(forged, f->last[N2_FIRST_RESUME], sizeof forged);
    guint8 *first = forged + N2_LONG_HEAD_BYTES;
    memcpy(first + 4, first + N2_FIRST_HEAD_BYTES, N2_FIRST_TOKEN_BYTES);
    memset(first + N2_FIRST_HEAD_BYTES, 0, N2_FIRST_BODY_BYTES);
    first[0] = N2_FIRST_UNKNOWN;
    first[5] ^= 1; /* who is not on the way doesn't know the random part */
    pair_deliver(&f->p.a, forged, sizeof forged);
    pair_settle(&f->p);
    g_assert_cmpuint(f->seen[N2_FIRST_HELLO], ==, 0);
    first[5] ^= 1;
    pair_deliver(&f->p.a, forged, sizeof forged);
    pair_settle(&f->p);
    g_assert_cmpuint(f->p.a.n_connected, ==, 2);
    g_assert_cmpuint(f->p.a.suite, ==, 2);
    g_assert_cmpuint(f->p.a.n_resumed, ==, 0);
    pair_deliver(&f->p.a, forged, sizeof forged); /* late: nothing */
    pair_talk(&f->p);
}

/* ---- the exchange made up for --------------------------------------------------------------
 */

static void
test_fresh(fixture *f, gconstpointer data)
{
    guint8 suite = (guint8)GPOINTER_TO_UINT(data);

    meet(f, suite);
    pair_connect(&f->p, suite, FALSE);
    assert_resumed(f, 1);
    pair_talk(&f->p);
    memset(f->phases, 0, sizeof f->phases);
    pair_wait(&f->p, 5 * N2_SECOND_US);
    g_assert_cmpuint(f->phases[1], ==, 0);
    pair_wait(&f->p, N2_MINUTE_US);
    g_assert_cmpuint(f->phases[1], >, 0); /* within the first minute, without being asked */
    memset(f->phases, 0, sizeof f->phases);
    for (guint i = 0; i < 20; i++)
        pair_talk(&f->p);
    g_assert_cmpuint(f->phases[0], ==, 0);
    g_assert_cmpuint(f->p.a.n_closed + f->p.b.n_closed, ==, 2);
    pair_close(&f->p);
    pair_connect(&f->p, suite, FALSE);
    assert_resumed(f, 2);
    pair_talk(&f->p);
}

/* Each third packet is lost, in a row of ways: it comes about all the same. */
static gboolean
lossy_cb(void *user, pair_side *from, guint8 *bytes, gsize len)
{
    fixture *f = user;

    f->phases[0]++;
    (void)from;
    (void)bytes;
    (void)len;
    return f->phases[0] * 2654435761u >> 16 & 3;
}

static void
test_fresh_lossy(fixture *f, gconstpointer data)
{
    (void)data;
    meet(f, 1);
    pair_connect(&f->p, 1, FALSE);
    assert_resumed(f, 1);
    for (guint i = 0; i < 10; i++) {
        f->p.way = lossy_cb;
        f->phases[0] = i * 1000;
        pair_wait(&f->p, 30 * N2_SECOND_US);
        f->p.way = way_cb;
        pair_wait(&f->p, 40 * N2_SECOND_US);
        pair_talk(&f->p);
        pair_close(&f->p);
        pair_wait(&f->p, 10 * N2_SECOND_US);
        pair_connect(&f->p, 1, FALSE);
        assert_resumed(f, i + 2);
    }
}

/* The peer never exchanges keys: such a connection does not live on. */
static gboolean
no_control_cb(void *user, pair_side *from, guint8 *bytes, gsize len)
{
    const fixture *f = user;

    /* FRESH has the length of an acknowledgement; it is the only one said 10 s after. */
    (void)bytes;
    return !(f->loses_fresh && from == &f->p.a && len == 26 + 128 + 16);
}

static void
test_no_fresh(fixture *f, gconstpointer data)
{
    (void)data;
    meet(f, 1);
    pair_connect(&f->p, 1, FALSE);
    assert_resumed(f, 1);
    pair_wait(&f->p, 5 * N2_SECOND_US);
    f->loses_fresh = TRUE;
    f->p.way = no_control_cb;
    pair_wait(&f->p, 50 * N2_SECOND_US);
    g_assert_cmpuint(f->p.b.n_closed, ==, 1);
    pair_wait(&f->p, 10 * N2_SECOND_US);
    g_assert_cmpuint(f->p.b.n_closed, ==, 2);
    g_assert_cmpint(f->p.b.err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpuint(f->p.a.n_closed, ==, 2);
}

/* One exchange of keys is good for an hour of connections that are too short for another. */
static void
test_end_of_chain(fixture *f, gconstpointer data)
{
    guint n = 0;

    (void)data;
    meet(f, 1);
    guint64 began_us = f->p.now_us;
    for (; f->p.b.n_es == 1; n++) {
        pair_connect(&f->p, 1, FALSE);
        pair_close(&f->p);
        pair_wait(&f->p, N2_MINUTE_US);
        g_assert_cmpuint(n, <, 100);
    }
    g_assert_cmpuint(n, >=, 59);
    g_assert_cmpuint(f->p.now_us - began_us, <=, N2_TICKET_US + 2 * N2_MINUTE_US);
    /* What nobody used is wiped at its end. */
    pair_wait(&f->p, N2_TICKET_US + 2 * N2_MINUTE_US);
    g_assert_cmpuint(f->p.a.ep->own_tickets.n, ==, 0);
    g_assert_cmpuint(f->p.b.ep->tickets.n, ==, 0);
}

/* ---- the table -----------------------------------------------------------------------------
 */

static void
test_table(void)
{
    guint8 key[N2_TICKET_KEY_BYTES] = {9}, other[N2_TICKET_KEY_BYTES] = {9, 1};
    n2_ticket ticket = {.id = {0}}, got;
    guint64 until_us;
    n2_tickets t;

    n2_tickets_init(&t, 8);
    g_assert_false(n2_tickets_get(&t, key, &got, &until_us, 1));
    n2_tickets_drop(&t, key, ticket.id);
    n2_tickets_expire(&t, 100);
    g_assert_cmpuint(n2_tickets_deadline(&t), ==, UINT64_MAX);
    n2_tickets_put(&t, key, &ticket, 10, 10); /* over before it begins */
    g_assert_cmpuint(t.n, ==, 0);
    for (guint i = 0; i < 20; i++) {
        ticket.id[0] = (guint8)i;
        ticket.secret[0] = (guint8)(100 + i);
        n2_tickets_put(&t, i % 2 ? key : other, &ticket, 1000 + i, 10);
        g_assert_true(n2_tickets_get(&t, i % 2 ? key : other, &got, &until_us, 10));
        g_assert_cmpuint(got.id[0], ==, i); /* the newest */
        g_assert_cmpuint(got.secret[0], ==, 100 + i);
        g_assert_cmpuint(until_us, ==, 1000 + i);
    }
    g_assert_cmpuint(t.n, ==, 8);
    g_assert_cmpuint(t.thrown, ==, 12);
    for (guint i = 19; i >= 12; i -= 2) {
        g_assert_true(n2_tickets_get(&t, key, &got, &until_us, 10));
        g_assert_cmpuint(got.id[0], ==, i);
        n2_tickets_drop(&t, other, got.id); /* not there: under another key */
        n2_tickets_drop(&t, key, got.id);
        n2_tickets_drop(&t, key, got.id);
    }
    g_assert_false(n2_tickets_get(&t, key, &got, &until_us, 10));
    g_assert_cmpuint(t.n, ==, 4);
    g_assert_false(n2_tickets_get(&t, other, &got, &until_us, 1018));
    n2_tickets_expire(&t, N2_HOUR_US);
    g_assert_cmpuint(t.n, ==, 0);
    n2_tickets_clear(&t);
}

#define ADD(name, data, test)                                                                  \
    g_test_add("/resume/" name, fixture, GUINT_TO_POINTER(data), set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("suite-1", 1, test_resume);
    ADD("suite-2", 2, test_resume);
    ADD("attack-13-suites-apart", 0, test_suites_apart);
    ADD("unknown", 0, test_unknown);
    ADD("answer-lost", 0, test_answer_lost);
    ADD("attack-10-replay", 0, test_replay);
    ADD("attack-10-theft", 0, test_theft);
    ADD("attack-10-changed", 0, test_changed);
    ADD("attack-13-forged-unknown", 0, test_forged_unknown);
    ADD("fresh-1", 1, test_fresh);
    ADD("fresh-2", 2, test_fresh);
    ADD("fresh-lossy", 0, test_fresh_lossy);
    ADD("no-fresh", 0, test_no_fresh);
    ADD("end-of-chain", 0, test_end_of_chain);
    g_test_add_func("/resume/table", test_table);
    return g_test_run();
}
