/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-first-flood.c - strangers' first packets in numbers: hellos of the costly suite, tickets
 *                      that nobody has, queries; the honest one gets in all the same.
 */
#include <string.h>

#include "base/limits.h"
#include "pair.h"
#include "transport/endpoint-private.h"
#include "transport/first.h"
#include "wire/packet.h"

enum {
    FLOOD = 3000
};

typedef struct {
    pair p;
    guint answers[N2_FIRST_UNKNOWN + 1]; /* of b, by type */
    guint longest;
} fixture;

static gboolean
way_cb(void *user, pair_side *from, guint8 *bytes, gsize len)
{
    fixture *f = user;
    n2_packet packet;

    if (from == &f->p.b && !n2_packet_parse(&packet, bytes, len) && !packet.is_sealed) {
        f->answers[packet.data[0]]++;
        f->longest = MAX(f->longest, (guint)len);
    }
    return TRUE;
}

static void
set_up(fixture *f, gconstpointer data)
{
    (void)data;
    pair_init(&f->p, 5);
    f->p.way = way_cb;
    f->p.user = f;
}

static void
tear_down(fixture *f, gconstpointer data)
{
    (void)data;
    pair_clear(&f->p);
}

/* A first packet with random bytes behind its head, by the way number @way; b's answers go. */
static void throw(fixture * f, n2_first_type type, guint8 suite, guint way, gsize len)
{
    guint8 bytes[N2_LONG_HEAD_BYTES + N2_FIRST_LONG_BYTES];
    n2_packet head = {.is_long = true,
                      .size = len == N2_FIRST_BYTES ? 1 : 2,
                      .class = N2_CLASS_DEFAULT,
                      .path = (guint64)way << 7 | 40}; /* 40 bits of way back */
    gsize at = n2_packet_write_head(bytes, &head);

    for (gsize i = at; i < at + len; i += 4) {
        guint32 random = g_test_rand_int();
        memcpy(bytes + i, &random, 4);
    }
    bytes[at] = (guint8)type;
    bytes[at + 1] = suite;
    bytes[at + 2] = (PAIR_KEY_ID + suite - 1) >> 8;
    bytes[at + 3] = (guint8)(PAIR_KEY_ID + suite - 1);
    n2_endpoint_packet(f->p.b.ep, bytes, at + len, f->p.now_us);
}

static guint64
refused(const fixture *f, const char *name, guint64 *at)
{
    n2_uses uses = {0};

    n2_endpoint_uses(f->p.b.ep, &uses);
    for (gsize i = 0; i < uses.n; i++)
        if (g_str_equal(uses.rows[i].name, name)) {
            if (at)
                *at = uses.rows[i].at;
            return uses.rows[i].refused;
        }
    g_error("no row %s", name);
}

/* Hellos of each suite from as many ways: the keys process is asked N2_HELLO_PER_S times, a
 * quarter of that for the suite that costs more; the rest is told to come again, which costs
 * one hash.  One that does gets in, in the same second. */
static void
test_hellos(fixture *f, gconstpointer data)
{
    guint8 suite = (guint8)GPOINTER_TO_UINT(data);
    guint most = N2_HELLO_PER_S / (suite == 2 ? N2_HELLO_WEIGHT_2 : 1);

    for (guint i = 0; i < FLOOD; i++) {
        f->p.now_us += 100; /* fewer than N2_AGAIN_PER_S */
        throw(f, N2_FIRST_HELLO, suite, i + 1, N2_FIRST_BYTES);
        pair_settle(&f->p);
    }
    g_assert_cmpuint(f->p.b.n_es, ==, most);
    g_assert_cmpuint(f->answers[N2_FIRST_AGAIN], ==, FLOOD - most);
    g_assert_cmpuint(f->longest, ==, N2_LONG_HEAD_BYTES + N2_FIRST_BYTES);
    g_assert_cmpuint(refused(f, "hello_per_s", NULL), ==, FLOOD - most);
    pair_connect(&f->p, suite, FALSE);
    pair_wait(&f->p, N2_SECOND_US / 10);
    g_assert_cmpuint(f->p.a.n_connected, ==, 1);
    g_assert_cmpuint(f->p.b.n_es, ==, most + 1);
    pair_talk(&f->p);
}

/* Tokens that are made up, taken from another hello, or from another way: none is good. */
static void
test_forged_tokens(fixture *f, gconstpointer data)
{
    (void)data;
    for (guint i = 0; i < N2_HELLO_PER_S; i++)
        throw(f, N2_FIRST_HELLO, 1, i + 1, N2_FIRST_BYTES);
    pair_settle(&f->p);
    guint before = f->p.b.n_es;
    for (guint i = 0; i < FLOOD; i++) { /* all have random ones */
        throw(f, N2_FIRST_HELLO, 1 + i % 2, i + 1, N2_FIRST_BYTES);
        pair_settle(&f->p);
    }
    g_assert_cmpuint(f->p.b.n_es, ==, before);
    /* All at once: most of them were not even looked at. */
    g_assert_cmpuint(refused(f, "again_per_s", NULL), >=, FLOOD - N2_AGAIN_BURST);
    g_assert_cmpuint(f->answers[N2_FIRST_AGAIN], <=, N2_AGAIN_BURST);
}

/* Tickets that nobody gave: each is answered by as much as it said, N2_UNKNOWN_PER_S of them;
 * nothing is kept for any, and who has a real one goes on. */
static void
test_tickets(fixture *f, gconstpointer data)
{
    n2_endpoint_stats stats;

    (void)data;
    pair_connect(&f->p, 1, FALSE);
    pair_talk(&f->p);
    pair_close(&f->p);
    pair_wait(&f->p, 2 * N2_SECOND_US);
    for (guint i = 0; i < FLOOD; i++) {
        throw(f, N2_FIRST_RESUME, 1 + i % 2, i % 7, N2_FIRST_BYTES);
        pair_settle(&f->p);
    }
    g_assert_cmpuint(f->answers[N2_FIRST_UNKNOWN], ==, N2_UNKNOWN_PER_S);
    g_assert_cmpuint(refused(f, "unknown_per_s", NULL), ==, FLOOD - N2_UNKNOWN_PER_S);
    g_assert_cmpuint(f->longest, ==, N2_LONG_HEAD_BYTES + N2_FIRST_BYTES);
    n2_endpoint_stats_get(f->p.b.ep, &stats);
    g_assert_cmpuint(stats.half_open, ==, 0);
    pair_connect(&f->p, 1, FALSE);
    g_assert_cmpuint(f->p.a.n_resumed, ==, 1);
    pair_talk(&f->p);
}

/* A table of N2_TICKETS_MAX, and of N2_TICKETS_OWN_MAX at the other end: the oldest goes, so
 * who floods it costs others a full hello, and no memory. */
static void
test_ticket_tables(fixture *f, gconstpointer data)
{
    guint64 at = 0;

    (void)data;
    for (guint i = 0; i < N2_TICKETS_MAX + 10; i++) {
        n2_ticket t = {.id = {(guint8)i, (guint8)(i >> 8), (guint8)(i >> 16)}};
        n2_tickets_put(&f->p.b.ep->tickets, t.id, &t, f->p.now_us + 1000, f->p.now_us);
        n2_tickets_put(&f->p.b.ep->own_tickets, t.id, &t, f->p.now_us + 1000, f->p.now_us);
    }
    g_assert_cmpuint(refused(f, "tickets", &at), ==, 10);
    g_assert_cmpuint(at, ==, N2_TICKETS_MAX);
    g_assert_cmpuint(refused(f, "tickets_own", &at), ==,
                     N2_TICKETS_MAX + 10 - N2_TICKETS_OWN_MAX);
    g_assert_cmpuint(at, ==, N2_TICKETS_OWN_MAX);
}

/* No answer is longer than its question, of either suite; one of the wrong length has none. */
static void
test_queries(fixture *f, gconstpointer data)
{
    static const struct {
        guint8 suite;
        gsize len, answer;
    } rows[] = {{1, 128, 146}, {2, 512, 530}, {2, 128, 0},
                {1, 512, 0},   {3, 128, 0},   {3, 512, 0}};

    (void)data;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint64 before = f->p.bytes_of[1];
        throw(f, N2_FIRST_QUERY, rows[i].suite, 1, rows[i].len);
        pair_settle(&f->p);
        g_assert_cmpuint(f->p.bytes_of[1] - before, ==, rows[i].answer);
    }
    /* And so many in a second, both suites together. */
    f->p.now_us += 2 * N2_SECOND_US;
    f->answers[N2_FIRST_KEY] = 0;
    for (guint i = 0; i < FLOOD; i++) {
        throw(f, N2_FIRST_QUERY, 1 + i % 2, i, i % 2 ? 512 : 128);
        pair_settle(&f->p);
    }
    g_assert_cmpuint(f->answers[N2_FIRST_KEY], ==, N2_QUERY_PER_S);
}

/* Who doesn't know what a node has asks for either, and gets what there is. */
static void
test_asked_key(fixture *f, gconstpointer data)
{
    guint8 suite = (guint8)GPOINTER_TO_UINT(data);
    n2_op op = {.kind = N2_OP_KEY_QUERY,
                .tag = 8,
                .path = UINT64_C(0x3000000000000000),
                .suite = suite};

    n2_endpoint_op(f->p.a.ep, &op, f->p.now_us);
    pair_settle(&f->p);
    g_assert_cmpuint(f->p.a.n_keys, ==, 1);
    g_assert_cmpuint(f->p.a.last_key.suite, ==, suite ? suite : 1);
    gsize at = f->p.a.last_key.suite - 1u;
    g_assert_cmpmem(f->p.a.last_key.bytes, f->p.a.last_key.len, f->p.b.answer[at],
                    at ? 136 : 112);
    g_assert_cmpuint(f->p.a.last_key.key_id, ==, PAIR_KEY_ID + at);
}

#define ADD(name, data, test)                                                                  \
    g_test_add("/transport/flood/" name, fixture, GUINT_TO_POINTER(data), set_up, test,        \
               tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("attack-24-suite-1", 1, test_hellos);
    ADD("attack-24-suite-2", 2, test_hellos);
    ADD("attack-24-forged-tokens", 0, test_forged_tokens);
    ADD("attack-10-unknown-tickets", 0, test_tickets);
    ADD("ticket-tables", 0, test_ticket_tables);
    ADD("attack-23-queries", 0, test_queries);
    ADD("asked-key-1", 1, test_asked_key);
    ADD("asked-key-2", 2, test_asked_key);
    ADD("asked-key-any", 0, test_asked_key);
    return g_test_run();
}
