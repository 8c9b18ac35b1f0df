/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-reserve-liars.c - forged messages about reservations, too many of them, and who reserves
 *                        what he does not use.
 */
#include <string.h>

#include "base/limits.h"
#include "base/netaddr.h"
#include "hops.h"
#include "switch/police.h"

#define MBIT(n) ((n)*UINT64_C(125000))

enum {
    TAG = 7
};

/* ---- faults and liars ---- */

static n2_reserve_message
forged(n2_reserve_what what, guint64 id, guint kbps, guint64 path)
{
    return (n2_reserve_message){.what = what,
                                .class = N2_CLASS_HIGH,
                                .id = id,
                                .kbps = kbps,
                                .offer_kbps = UINT32_MAX,
                                .path = path};
}

static void
inject(hops *h, int node, unsigned in_port, const n2_reserve_message *m)
{
    guint8 bytes[N2_RESERVE_BYTES];

    n2_reserve_message_write(bytes, m);
    hops_inject(h, node, in_port, bytes, sizeof bytes);
}

/* Whoever does not know the id, or sits elsewhere, changes nothing. */
static void
test_forged(void)
{
    static const n2_reserve_what whats[] = {N2_RESERVE_RELEASE, N2_RESERVE_GRANTED,
                                            N2_RESERVE_REFUSED, N2_RESERVE_CUT};
    hops *h = hops_new(15);
    int first = hops_row(h, 4, MBIT(10)), liar = hops_add(h);
    unsigned back[] = {1, 0}, from_liar[] = {3, 2, 2};

    hops_lay(h, liar, 1, first + 1, 3, MBIT(10));
    hops_ask(h, first, TAG, hops_ahead(3), 1000);
    hops_run(h, N2_SECOND_US);
    for (guint i = 0; i < G_N_ELEMENTS(whats); i++)
        for (guint64 id = 0; id < 50; id++) {
            n2_reserve_message m = forged(whats[i], id, 1000, hops_path(back, 1));
            inject(h, first + 1, 3, &m);
            inject(h, first + 1, 2, &m);
            m.path = hops_path(from_liar + 1, 2);
            inject(h, first + 1, 3, &m);
        }
    hops_run(h, N2_SECOND_US);
    for (int i = 0; i < 3; i++)
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 1000);
    g_assert_cmpuint(h->n_events, ==, 1);
    g_assert_cmpuint(hops_drive(h, first, hops_ahead(3), 512), ==, 3);
    hops_free(h);
}

/* Nothing answers an answer, and no answer is longer than its question. */
static void
test_no_amplifier(void)
{
    hops *h = hops_new(16);
    int first = hops_row(h, 4, MBIT(10));

    for (guint what = N2_RESERVE_RELEASE; what <= N2_RESERVE_CUT; what++) {
        n2_reserve_message m = forged((n2_reserve_what)what, 1, 1000, hops_ahead(2));
        guint64 before = h->nodes[first].seen;
        inject(h, first + 1, 1, &m);
        m.path = 0;
        inject(h, first + 1, 1, &m);
        hops_run(h, N2_SECOND_US);
        g_assert_cmpuint(h->nodes[first].seen, ==, before);
    }
    hops_free(h);
}

static void
test_rate_of_asks(void)
{
    hops *h = hops_new(17);
    int first = hops_row(h, 4, MBIT(10));

    for (guint i = 0; i < 10000; i++) {
        n2_reserve_message m = forged(N2_RESERVE_ASK, i, 1, hops_ahead(2));
        inject(h, first + 1, 1, &m);
        hops_run(h, 100);
    }
    n2_reserve_stats stats = hops_stats(h, first + 1);
    g_assert_cmpuint(stats.asked + stats.refused, <=, N2_RESERVE_PER_S + N2_RESERVE_BURST);
    g_assert_cmpuint(stats.over_rate, >=, 10000 - N2_RESERVE_PER_S - N2_RESERVE_BURST);
    hops_free(h);
}

/* Users behind a trunk cannot take the asks of the others there. */
static void
test_rate_of_trunk(void)
{
    hops *h = hops_new(22);
    int first = hops_row(h, 4, MBIT(10)), other = hops_add(h);
    unsigned path[] = {1, 2, 2};

    hops_lay(h, other, 1, first, 9, MBIT(10));
    for (int i = 1; i < 3; i++)
        h->nodes[first + i].wires[1].users = 9;
    for (guint i = 0; i < 5000; i++) {
        n2_reserve_message m = forged(N2_RESERVE_ASK, i, 1, hops_ahead(2));
        for (unsigned port = 10; port < 18; port++)
            inject(h, first, port, &m);
        if (i % 97 == 0)
            hops_ask(h, other, TAG, hops_path(path, 3), 10);
        hops_run(h, 100);
    }
    g_assert_cmpuint(hops_stats(h, first).over_rate, >, 5000);
    hops_run(h, 20 * HOPS_DELAY_US);
    g_assert_cmpuint(h->n_events, ==, 52); /* all were answered, at the first try */
    for (guint i = 0; i < h->n_events; i++)
        g_assert_cmpint(h->events[i].err, ==, N2_OK);
    hops_free(h);
}

/* One flow has one number: who takes another's gets nothing. */
static void
test_same_id(void)
{
    hops *h = hops_new(18);
    int first = hops_row(h, 4, MBIT(10));
    unsigned other[] = {2, 5};
    n2_reserve_message m = forged(N2_RESERVE_ASK, 77, 100, hops_ahead(2));

    inject(h, first + 1, 1, &m);
    hops_run(h, N2_SECOND_US);
    m.path = hops_path(other, 2);
    inject(h, first + 1, 1, &m);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_stats(h, first + 1).refused, ==, 1);
    g_assert_cmpuint(hops_promised(h, first + 1, 2), ==, 100);
    hops_free(h);
}

/* The answer to a former question comes late: it holds nothing that was not granted. */
static void
test_late_answer(void)
{
    hops *h = hops_new(21);
    int first = hops_row(h, 4, MBIT(10));
    n2_reserve_message m = forged(N2_RESERVE_ASK, 77, 100, hops_ahead(2));
    uint64_t behind = m.path;
    uint32_t out_port = 0;

    inject(h, first + 1, 1, &m);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_stats(h, first + 1).granted, ==, 1);
    h->nodes[first + 2].is_deaf = true;
    m.kbps = 3000;
    inject(h, first + 1, 1, &m);
    g_assert_true(n2_path_step(&behind, HOPS_WIDTH, 1, &out_port));
    m.what = N2_RESERVE_GRANTED;
    m.kbps = 100;
    m.path = n2_path_answer(behind);
    inject(h, first + 1, 2, &m);
    g_autofree n2_look *look = g_new0(n2_look, 1);
    n2_reserve_look(h->nodes[first + 1].reserve, look, h->now_us);
    g_assert_cmpuint(look->n_reservations, ==, 1);
    /* 30 Mbit/s by it are surplus, if it is not held */
    guint kept = 0;
    for (guint i = 0; i < 300; i++) {
        kept += n2_police_packet(h->nodes[first + 1].reserve, 1, 2, behind, N2_CLASS_HIGH, 1000,
                                 h->now_us);
        h->now_us += 2667;
    }
    g_assert_cmpuint(kept, <, 60);
    hops_free(h);
}

/* ---- attack 26 ---- */

/* @m is asked of @node by @in_port; the far end, which is behind port 2, agrees, and answers
 * with @marks.  Returns: the path behind @node. */
static uint64_t
agreed(hops *h, int node, unsigned in_port, n2_reserve_message m, uint64_t marks)
{
    uint64_t behind = m.path;
    uint32_t out_port = 0;

    inject(h, node, in_port, &m);
    g_assert_true(n2_path_step(&behind, HOPS_WIDTH, in_port, &out_port));
    m.what = N2_RESERVE_GRANTED;
    m.path = n2_path_answer(behind);
    m.marks = marks;
    inject(h, node, 2, &m);
    return behind;
}

/* A flow of a client behind @in_port, number @i, asks @node; the far end agrees, and answers
 * with @marks. */
static void
squat_with(hops *h, int node, unsigned in_port, guint i, guint kbps, uint64_t marks)
{
    n2_reserve_message m = forged(N2_RESERVE_ASK, (guint64)in_port << 32 | i, kbps,
                                  hops_ahead(1) | (guint64)(i + 1) << 30);

    (void)agreed(h, node, in_port, m, marks);
    if (i % 50 == 0)
        hops_run(h, 50 * N2_SECOND_US / N2_RESERVE_PER_S);
}

static void
squat(hops *h, int node, unsigned in_port, guint i, guint kbps)
{
    squat_with(h, node, in_port, i, kbps, 0);
}

/* However many reservations one neighbour, or several, have: for the next there is a share. */
static void
test_squatters(void)
{
    enum {
        SQUATTERS = 4
    };
    hops *h = hops_new(19);
    int first = hops_row(h, 3, MBIT(10)), user = hops_add(h);
    unsigned path[] = {1, 2};

    hops_lay(h, user, 1, first + 1, 20, MBIT(10));
    for (unsigned s = 0; s < SQUATTERS; s++)
        for (guint i = 0; i < 1000; i++) /* until it gets no more */
            squat(h, first + 1, 3 + s, i, 10 + i % 50);
    guint64 taken = hops_promised(h, first + 1, 2);
    g_test_message("%u squatters have %u of 8000 kbit/s", SQUATTERS, (guint)taken);
    g_assert_cmpuint(taken, >, 5000);
    g_assert_cmpuint(taken, <, 8000);
    hops_ask(h, user, TAG, hops_path(path, 2), 200);
    hops_run(h, N2_SECOND_US);
    g_assert_nonnull(hops_event(h, user, TAG));
    g_assert_cmpint(hops_event(h, user, TAG)->err, ==, N2_OK);
    hops_free(h);
}

static n2_net_addr
addr_of(const char *bytes, gsize len)
{
    n2_net_addr net = {.len = (uint8_t)len};

    memcpy(net.bytes, bytes, len);
    return net;
}

/* What one host can have many of is one source. */
static void
test_source(void)
{
    static const struct {
        const char *a, *b;
        gsize len;
        gboolean is_same;
    } rows[] = {
        {"\4\1\2\12\0\0\1", "\4\7\7\12\0\0\1", 7, TRUE}, /* another port */
        {"\4\1\2\12\0\0\1", "\4\1\2\12\0\0\2", 7, FALSE},
        {"\6\1\2"
         "abcdefghijklmnop"
         "1234",
         "\6\7\7"
         "abcdefghPONMLKJI"
         "4321",
         23, TRUE},
        {"\6\1\2"
         "abcdefghijklmnop"
         "1234",
         "\6\1\2"
         "abcdefgHijklmnop"
         "1234",
         23, FALSE},
        {"\2"
         "ABCDEF"
         "eth0",
         "\2"
         "UVWXYZ"
         "eth0",
         11, TRUE}, /* each writes what it likes */
        {"\2"
         "ABCDEF"
         "eth0",
         "\2"
         "ABCDEF"
         "eth1",
         11, FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_net_addr a = addr_of(rows[i].a, rows[i].len), b = addr_of(rows[i].b, rows[i].len);
        g_assert_cmpuint(n2_net_source(&a), !=, 0);
        g_assert_cmpint(n2_net_source(&a) == n2_net_source(&b), ==, rows[i].is_same);
        a.len = 3;
        g_assert_cmpuint(n2_net_source(&a), ==, 0);
    }
    n2_net_addr none = {0};
    g_assert_cmpuint(n2_net_source(&none), ==, 0);
}

/* Links are free: who has many has one share of the line and of the table, as if he had one. */
static void
test_many_links(void)
{
    enum {
        LINKS = 12
    };
    hops *h = hops_new(28);
    int first = hops_row(h, 3, MBIT(10)), user = hops_add(h), node = first + 1;
    unsigned path[] = {1, 2};

    hops_lay(h, user, 1, node, 20, MBIT(10));
    h->nodes[node].wires[20].source = 78;
    for (unsigned s = 0; s < LINKS; s++) {
        h->nodes[node].wires[3 + s].source = 77;
        for (guint i = 0; i < 400; i++)
            squat(h, node, 3 + s, i, 10 + i % 50);
    }
    g_test_message("%u links have %u of 8000 kbit/s", LINKS, (guint)hops_promised(h, node, 2));
    g_assert_cmpuint(hops_promised(h, node, 2), >, 3500);
    g_assert_cmpuint(hops_promised(h, node, 2), <=, 4000);
    hops_ask(h, user, TAG, hops_path(path, 2), 1900);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpint(hops_event(h, user, TAG)->err, ==, N2_OK);
    /* What was theirs is free when they are gone. */
    for (unsigned s = 0; s < LINKS; s++)
        n2_reserve_down(h->nodes[node].reserve, 3 + s, h->now_us);
    g_assert_cmpuint(hops_promised(h, node, 2), ==, 1900);
    h->nodes[node].wires[2].rate_Bps = MBIT(1000);
    for (guint i = 0; i < N2_RESERVES_MAX; i++)
        squat(h, node, 3 + i % LINKS, i, 1);
    g_assert_cmpuint(hops_stats(h, node).n, <=, N2_RESERVES_MAX / 2 + 1);
    g_assert_cmpuint(hops_stats(h, node).n, >=, N2_RESERVES_MAX / 2 - 1);
    hops_free(h);
}

/* The same for places in the table: one neighbour gets half, the next still some. */
static void
test_table_full(void)
{
    hops *h = hops_new(20);
    int first = hops_row(h, 3, 0);

    for (guint i = 0; i < N2_RESERVES_MAX; i++)
        squat(h, first + 1, 1, i, 1);
    n2_reserve_stats stats = hops_stats(h, first + 1);
    g_assert_cmpuint(stats.n, >=, N2_RESERVES_MAX / 2 - 1);
    g_assert_cmpuint(stats.n, <=, N2_RESERVES_MAX / 2);
    g_assert_cmpuint(stats.table_full, >, 1000);
    n2_uses uses = {0};
    n2_reserve_uses(h->nodes[first + 1].reserve, &uses);
    g_assert_cmpstr(uses.rows[0].name, ==, "reserves");
    g_assert_cmpuint(uses.rows[0].refused, ==, stats.table_full);
    for (guint i = 0; i < 100; i++) /* the next still some */
        squat(h, first + 1, 9, i, 1);
    g_assert_cmpuint(hops_stats(h, first + 1).n, ==, stats.n + 100);
    /* A refusal is clean: the asker can say why. */
    hops_ask(h, first, TAG, hops_ahead(2), 1);
    hops_run(h, N2_SECOND_US);
    const n2_reserve_event *e = hops_event(h, first, TAG);
    g_assert_nonnull(e);
    g_assert_cmpint(e->err, ==, N2_ERR_REFUSED);
    g_assert_cmpuint(e->reason, ==, N2_RESERVE_REASON_TABLE);
    g_assert_cmpuint(e->place, ==, 2);
    hops_run(h, N2_RESERVE_US + 2 * N2_SECOND_US);
    g_assert_cmpuint(hops_stats(h, first + 1).n, ==, 0);
    hops_free(h);
}

/* An asker says that there are large switches ahead where there are none. */
static void
test_forged_marks(void)
{
    hops *h = hops_new(23);
    int first = hops_row(h, 4, MBIT(10));
    n2_reserve_message m = forged(N2_RESERVE_ASK, 1, 100, hops_ahead(2));

    n2_reserve_set_role(h->nodes[first + 1].reserve, N2_RESERVE_ROLE_EDGE);
    m.marks = UINT64_C(1) << 3 * HOPS_WIDTH;
    inject(h, first + 1, 1, &m);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_stats(h, first + 1).granted, ==, 1);
    g_assert_cmpuint(hops_stats(h, first + 1).steps, ==, 0);
    g_assert_cmpuint(hops_promised(h, first + 2, 2), ==, 100);
    hops_free(h);
}

static n2_use
steps_used(const hops *h, int node)
{
    n2_uses uses = {0};

    n2_reserve_uses(h->nodes[node].reserve, &uses);
    for (guint i = 0; i < uses.n; i++)
        if (g_str_equal(uses.rows[i].name, "reserve_steps"))
            return uses.rows[i];
    g_assert_not_reached();
}

/* Asker and far end are one, and have the edge ask for allotments by as many ways as they like,
 * by one link or by @data that one source has: another neighbour still gets one, and its own
 * node all of its reservations. */
static void
test_too_many_steps(gconstpointer data)
{
    const guint links = GPOINTER_TO_UINT(data);
    const uint64_t mark = UINT64_C(1) << 40;
    hops *h = hops_new(24);
    int first = hops_row(h, 3, MBIT(10)), edge = first + 1;
    n2_reserve *r = h->nodes[edge].reserve;

    n2_reserve_set_role(r, N2_RESERVE_ROLE_EDGE);
    for (guint i = 0; links > 1 && i < links; i++)
        h->nodes[edge].wires[5 + i].source = 77;
    for (guint i = 0; i < 2 * N2_STEPS_MAX; i++)
        squat_with(h, edge, 5 + i % links, i, 1, mark);
    n2_use use = steps_used(h, edge);
    g_assert_cmpuint(use.max, ==, N2_STEPS_MAX);
    g_assert_cmpuint(use.at, >=, N2_STEPS_MAX / 2 - 2);
    g_assert_cmpuint(use.at, <=, N2_STEPS_MAX / 2);
    g_assert_cmpuint(use.refused, >, N2_STEPS_MAX);
    squat_with(h, edge, 4, 3000, 1, mark);
    g_assert_cmpuint(steps_used(h, edge).at, ==, use.at + 1);
    for (guint i = 0; i < N2_CLAIMS_MAX; i++) {
        n2_reserve_claim own = {
            .tag = i, .path = hops_ahead(1) | (guint64)i << 30, .kbps = 1, .class = 0};
        g_assert_cmpint(n2_reserve_ask(r, &own, h->now_us), ==, N2_OK);
    }
    hops_free(h);
}

/* Who was cut off has nothing, though others from the same port to the same port have an
 * allotment with room in it. */
static void
test_cut_beside_allotment(void)
{
    hops *h = hops_new(25);
    int first = hops_row(h, 3, MBIT(10)), node = first + 1;
    n2_reserve *r = h->nodes[node].reserve;
    n2_reserve_message m = forged(N2_RESERVE_ASK, 1, 100, hops_ahead(1) | UINT64_C(1) << 30);

    uint64_t flow = agreed(h, node, 1, m, 0);
    m.id = 2;
    m.is_allotment = true;
    m.kbps = 1000;
    m.path = hops_ahead(1);
    (void)agreed(h, node, 1, m, 0);
    for (guint i = 0; i < 400; i++) {
        (void)n2_police_packet(r, 1, 2, flow, N2_CLASS_HIGH, 1000, h->now_us);
        hops_run(h, 2500);
    }
    g_assert_cmpuint(hops_stats(h, node).cut, ==, 1);
    hops_run(h, N2_SECOND_US);
    g_assert_false(n2_police_packet(r, 1, 2, flow, N2_CLASS_HIGH, 1000, h->now_us));
    g_assert_true(
        n2_police_packet(r, 1, 2, flow ^ UINT64_C(1) << 40, N2_CLASS_HIGH, 1000, h->now_us));
    hops_free(h);
}

/* A line goes with many flows on it: each asker is told once, none of the words is lost. */
static void
test_words(void)
{
    enum {
        FLOWS = 500
    };
    hops *h = hops_new(26);
    int first = hops_row(h, 3, MBIT(1000)), node = first + 1;
    n2_reserve *r = h->nodes[node].reserve;
    gboolean is_told[FLOWS] = {FALSE};
    guint8 bytes[N2_RESERVE_BYTES];

    for (guint i = 0; i < FLOWS; i++)
        squat(h, node, 3, i, 10);
    g_assert_cmpuint(hops_stats(h, node).n, ==, FLOWS);
    n2_reserve_down(r, 2, h->now_us);
    g_assert_cmpuint(hops_promised(h, node, 2), ==, 0);
    g_assert_cmpuint(n2_reserve_deadline(r), ==, 0);
    while (n2_reserve_output(r, bytes, h->now_us)) {
        n2_reserve_message m;
        g_assert_cmpint(n2_reserve_message_read(&m, bytes, sizeof bytes), ==, N2_OK);
        g_assert_cmpint(m.what, ==, N2_RESERVE_CUT);
        g_assert_cmpuint(m.reason, ==, N2_RESERVE_REASON_DOWN);
        g_assert_cmpuint((guint32)m.id, <, FLOWS);
        g_assert_false(is_told[(guint32)m.id]);
        is_told[(guint32)m.id] = TRUE;
    }
    for (guint i = 0; i < FLOWS; i++)
        g_assert_true(is_told[i]);
    g_assert_cmpuint(hops_stats(h, node).n, ==, 0);
    g_assert_cmpuint(hops_stats(h, node).unsent, ==, 0);
    hops_free(h);
}

/* An answer that has the id, but comes by another port than the ask left by. */
static void
test_other_port(void)
{
    static const n2_reserve_what whats[] = {N2_RESERVE_REFUSED, N2_RESERVE_CUT};
    hops *h = hops_new(27);
    int first = hops_row(h, 3, MBIT(10));
    n2_reserve *r = h->nodes[first].reserve;
    n2_reserve_claim claim = {.tag = TAG, .path = hops_ahead(2), .kbps = 10, .class = 1};
    guint8 bytes[N2_RESERVE_BYTES];
    n2_reserve_message m;

    g_assert_cmpint(n2_reserve_ask(r, &claim, h->now_us), ==, N2_OK);
    g_assert_true(n2_reserve_output(r, bytes, h->now_us));
    g_assert_cmpint(n2_reserve_message_read(&m, bytes, sizeof bytes), ==, N2_OK);
    hops_inject(h, first, 0, bytes, sizeof bytes);
    m.path = 0;
    for (guint i = 0; i < G_N_ELEMENTS(whats); i++) {
        m.what = whats[i];
        inject(h, first, 5, &m);
        g_assert_true(n2_reserve_has_claims(r));
        g_assert_null(hops_event(h, first, TAG));
    }
    inject(h, first, 2, &m);
    g_assert_false(n2_reserve_has_claims(r));
    hops_free(h);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reserve/liars/forged", test_forged);
    g_test_add_func("/reserve/liars/no-amplifier", test_no_amplifier);
    g_test_add_func("/reserve/liars/too-many-asks", test_rate_of_asks);
    g_test_add_func("/reserve/liars/too-many-asks-behind-a-trunk", test_rate_of_trunk);
    g_test_add_func("/reserve/liars/number-of-another", test_same_id);
    g_test_add_func("/reserve/liars/late-answer", test_late_answer);
    g_test_add_func("/reserve/many-words", test_words);
    g_test_add_func("/reserve/liars/other-port", test_other_port);
    g_test_add_func("/reserve/attack-26-forged-marks", test_forged_marks);
    g_test_add_data_func("/reserve/attack-26-too-many-steps", GUINT_TO_POINTER(1),
                         test_too_many_steps);
    g_test_add_data_func("/reserve/attack-26-too-many-steps-of-a-source", GUINT_TO_POINTER(8),
                         test_too_many_steps);
    g_test_add_func("/reserve/attack-26-cut-beside-allotment", test_cut_beside_allotment);
    g_test_add_func("/reserve/attack-26-squatters", test_squatters);
    g_test_add_func("/reserve/attack-26-source", test_source);
    g_test_add_func("/reserve/attack-26-many-links-of-one", test_many_links);
    g_test_add_func("/reserve/attack-26-table-full", test_table_full);
    return g_test_run();
}
