/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-reserve-late.c - reservations when words cross, come too late or not at all: answers to
 *                       questions of before, lines that are gone, two for one flow.
 */
#include "base/limits.h"
#include "hops.h"
#include "switch/reserve-private.h"

#define MBIT(n) ((n)*UINT64_C(125000))

enum {
    TAG = 7
};

/* More was asked for than there is, and then less, before the refusal is back: it is about the
 * first, and the second has all of its way. */
static void
test_refusal_crosses(void)
{
    hops *h = hops_new(41);
    int first = hops_row(h, 5, MBIT(100));

    h->nodes[first + 2].wires[2].rate_Bps = MBIT(2);
    hops_ask(h, first, TAG, hops_ahead(4), 9000);
    hops_run(h, 5 * HOPS_DELAY_US / 2);
    hops_ask(h, first, TAG, hops_ahead(4), 500);
    hops_run(h, N2_SECOND_US / 4);
    g_assert_nonnull(hops_event(h, first, TAG));
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_OK);
    g_assert_cmpuint(hops_event(h, first, TAG)->kbps, ==, 500);
    for (int i = 0; i < 4; i++)
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 500);
    g_assert_cmpuint(hops_drive(h, first, hops_ahead(4), 512), ==, 4);
    hops_free(h);
}

/* A neighbour has little, and asks for much that nobody grants: the line is others' again after
 * 3 s, and what it has it keeps. */
static void
test_attack_26_noted_for_ever(void)
{
    hops *h = hops_new(42);
    int first = hops_row(h, 4, MBIT(10));
    guint8 bytes[N2_RESERVE_BYTES];
    n2_reserve_message m = {.what = N2_RESERVE_ASK,
                            .class = N2_CLASS_HIGH,
                            .id = 77,
                            .kbps = 100,
                            .offer_kbps = UINT32_MAX,
                            .path = hops_ahead(2)};

    n2_reserve_message_write(bytes, &m);
    hops_inject(h, first + 1, 1, bytes, sizeof bytes);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_stats(h, first + 1).granted, ==, 1);
    h->nodes[first + 3].is_deaf = true;
    m.kbps = 4000;
    n2_reserve_message_write(bytes, &m);
    hops_inject(h, first + 1, 1, bytes, sizeof bytes);
    hops_run(h, N2_RESERVE_PENDING_US - N2_SECOND_US);
    g_assert_cmpuint(hops_promised(h, first + 1, 2), ==, 4000);
    hops_run(h, 2 * N2_SECOND_US + N2_RESERVE_LOOK_US);
    for (int i = 1; i < 3; i++)
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 100);
    hops_run(h, N2_RESERVE_US);
    for (int i = 1; i < 3; i++)
        g_assert_cmpuint(hops_stats(h, first + i).n, ==, 0);
    hops_free(h);
}

/* Counts of one byte don't begin anew: "all are sure" would be a lie. */
static void
test_counts_stay(void)
{
    hops *h = hops_new(43);
    int node = hops_add(h);
    guint8 bytes[N2_RESERVE_BYTES];
    n2_reserve_way way = {.in_port = 1, .out_port = 2};
    n2_reserve_message m = {.what = N2_RESERVE_ASK,
                            .class = N2_CLASS_HIGH,
                            .place = UINT8_MAX,
                            .unsure = UINT8_MAX,
                            .id = 1,
                            .kbps = 1,
                            .offer_kbps = UINT32_MAX,
                            .path = hops_ahead(2) | HOPS_WIDTH};

    n2_reserve_message_write(bytes, &m);
    g_assert_true(n2_reserve_hop(h->nodes[node].reserve, &way, bytes, sizeof bytes, h->now_us));
    g_assert_cmpint(n2_reserve_message_read(&m, bytes, sizeof bytes), ==, N2_OK);
    g_assert_cmpuint(m.unsure, ==, UINT8_MAX);
    g_assert_cmpuint(m.place, ==, UINT8_MAX);
    hops_free(h);
}

/* Where there is no line, the switch says so at once, and where it is. */
static void
test_no_line(void)
{
    hops *h = hops_new(44);
    int first = hops_row(h, 4, MBIT(10));

    h->nodes[first + 1].wires[2].is_down = true;
    hops_ask(h, first, TAG, hops_ahead(3), 100);
    hops_run(h, 4 * HOPS_DELAY_US);
    const n2_reserve_event *e = hops_event(h, first, TAG);
    g_assert_nonnull(e);
    g_assert_cmpint(e->err, ==, N2_ERR_REFUSED);
    g_assert_true(e->is_over);
    g_assert_cmpuint(e->reason, ==, N2_RESERVE_REASON_DOWN);
    g_assert_cmpuint(e->place, ==, 2);
    g_assert_cmpuint(e->offer_kbps, ==, 0);
    g_assert_cmpuint(e->path, ==, hops_ahead(1));
    for (int i = 0; i < 4; i++)
        g_assert_cmpuint(hops_stats(h, first + i).n, ==, 0);
    hops_free(h);
}

/* What was given once is asked for for some seconds more, as lines come back. */
static void
test_line_comes_back(void)
{
    hops *h = hops_new(45);
    int first = hops_row(h, 4, MBIT(10));
    hops_wire *wire = &h->nodes[first + 1].wires[2];

    hops_ask(h, first, TAG, hops_ahead(3), 100);
    hops_run(h, N2_SECOND_US);
    for (int i = 0; i < 2; i++) {
        wire->is_down = true;
        n2_reserve_down(h->nodes[first + 1].reserve, 2, h->now_us);
        hops_run(h, 2 * N2_SECOND_US);
        g_assert_cmpuint(h->n_events, ==, 1);
        wire->is_down = false;
        hops_run(h, 3 * N2_SECOND_US);
        for (int j = 0; j < 3; j++)
            g_assert_cmpuint(hops_promised(h, first + j, 2), ==, 100);
    }
    /* And then no more. */
    wire->is_down = true;
    n2_reserve_down(h->nodes[first + 1].reserve, 2, h->now_us);
    hops_run(h, 10 * N2_SECOND_US);
    g_assert_cmpuint(h->n_events, ==, 2);
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_ERR_REFUSED);
    g_assert_cmpuint(hops_event(h, first, TAG)->reason, ==, N2_RESERVE_REASON_DOWN);
    g_assert_cmpuint(hops_event(h, first, TAG)->place, ==, 2);
    g_assert_true(hops_event(h, first, TAG)->is_over);
    for (int i = 0; i < 2; i++)
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 0);
    hops_free(h);
}

static bool
loses_third(hops *h, int from, int to, const guint8 *bytes)
{
    (void)from;
    (void)to;
    (void)bytes;
    return h->n_sent % 3 == 1;
}

/* The asker's machine stood still for longer than a reservation lives: others have forgotten
 * it, and it is asked for again as often as at first, though a word is lost. */
static void
test_slept(void)
{
    hops *h = hops_new(50);
    int first = hops_row(h, 4, MBIT(10));

    hops_ask(h, first, TAG, hops_ahead(3), 100);
    hops_run(h, N2_SECOND_US);
    h->nodes[first].is_deaf = true;
    hops_run(h, 2 * N2_RESERVE_US);
    g_assert_cmpuint(hops_promised(h, first + 1, 2), ==, 0);
    h->nodes[first].is_deaf = false;
    h->n_sent = 0;
    h->loses = loses_third;
    hops_run(h, N2_SECOND_US / 4);
    g_assert_cmpuint(hops_promised(h, first + 1, 2), ==, 0);
    h->loses = NULL;
    hops_run(h, 2 * N2_SECOND_US);
    g_assert_cmpuint(h->n_events, ==, 1);
    for (int i = 0; i < 3; i++)
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 100);
    hops_free(h);
}

/* Two of our own for one flow would take turns in each switch, which keeps one of them. */
static void
test_one_for_each_flow(void)
{
    hops *h = hops_new(46);
    int first = hops_row(h, 3, MBIT(10));
    n2_reserve *r = h->nodes[first].reserve;
    n2_reserve_claim other = {.tag = TAG + 1, .path = hops_ahead(2), .kbps = 10};

    hops_ask(h, first, TAG, hops_ahead(2), 4000);
    hops_run(h, N2_SECOND_US);
    for (guint8 i = N2_CLASS_URGENT; i <= N2_CLASS_HIGH; i++) {
        other.class = i;
        g_assert_cmpint(n2_reserve_ask(r, &other, h->now_us), ==, N2_ERR_EXISTS);
    }
    hops_run(h, N2_MINUTE_US);
    g_assert_cmpuint(hops_promised(h, first + 1, 2), ==, 4000);
    /* Nor does one become the second: it ends. */
    other.path = hops_ahead(1);
    g_assert_cmpint(n2_reserve_ask(r, &other, h->now_us), ==, N2_OK);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_promised(h, first, 2), ==, 4010);
    other.path = hops_ahead(2);
    g_assert_cmpint(n2_reserve_ask(r, &other, h->now_us), ==, N2_ERR_EXISTS);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_promised(h, first, 2), ==, 4000);
    n2_reserve_give_back(r, TAG, h->now_us);
    g_assert_cmpint(n2_reserve_ask(r, &other, h->now_us), ==, N2_OK);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_promised(h, first + 1, 2), ==, 10);
    hops_free(h);
}

/* ---- allotments ---- */

typedef struct {
    hops *h;
    int edge, large;
    const n2_claim *step; /* the edge's allotment */
} exchange;

/* A client behind @port of the edge, without a switch of his own. */
static void
say_ask(exchange *x, unsigned port, guint kbps)
{
    guint8 bytes[N2_RESERVE_BYTES];
    n2_reserve_message m = {.what = N2_RESERVE_ASK,
                            .class = N2_CLASS_HIGH,
                            .id = port,
                            .kbps = kbps,
                            .offer_kbps = UINT32_MAX,
                            .path = hops_ahead(4)};

    n2_reserve_message_write(bytes, &m);
    hops_inject(x->h, x->edge, port, bytes, sizeof bytes);
}

/* An edge, two large switches, a gateway and a callee; the first caller has @kbps in an
 * allotment that may have as much again. */
static exchange
exchange_new(guint64 seed, guint kbps)
{
    exchange x = {.h = hops_new(seed)};

    x.edge = hops_row(x.h, 5, MBIT(100));
    x.large = x.edge + 1;
    n2_reserve_set_role(x.h->nodes[x.edge].reserve, N2_RESERVE_ROLE_EDGE);
    for (int i = 0; i < 2; i++)
        n2_reserve_set_role(x.h->nodes[x.large + i].reserve, N2_RESERVE_ROLE_LARGE);
    for (int i = 0; i < 3; i++) {
        say_ask(&x, 10, kbps);
        hops_run(x.h, N2_SECOND_US);
    }
    x.step = &x.h->nodes[x.edge].reserve->claims[N2_CLAIMS_MAX];
    g_assert_cmpint(x.step->state, ==, N2_CLAIM_HELD);
    g_assert_cmpuint(x.step->used_kbps, ==, kbps);
    return x;
}

static void
assert_covered(const exchange *x)
{
    g_assert_cmpuint(x->step->used_kbps, <=, x->step->kbps);
    g_assert_cmpuint(x->step->kbps, <=, hops_promised(x->h, x->large + 1, 2));
}

/* Asks for less, which is refused, and lets another have what it seems to have left: more would
 * be in the allotment than it has, and all of them be cut off for it. */
static void
test_attack_26_less_refused(void)
{
    exchange x = exchange_new(47, 1000);
    guint room = x.step->kbps - x.step->used_kbps;

    x.h->nodes[x.large + 1].wires[2].rate_Bps = MBIT(4); /* it does not grow */
    x.h->nodes[x.edge + 3].wires[2].is_down = true;
    say_ask(&x, 10, 1);
    hops_run(x.h, 4 * HOPS_DELAY_US);
    x.h->nodes[x.edge + 3].wires[2].is_down = false;
    say_ask(&x, 11, room + 500);
    hops_run(x.h, N2_SECOND_US);
    assert_covered(&x);
    hops_free(x.h);
}

/* Asks of a neighbour who writes that it is none of this switch's business.  @n: of 100 kbit/s.
 */
static void
ask_past(hops *h, int node, guint n)
{
    for (guint i = 0; i < n; i++) {
        guint8 bytes[N2_RESERVE_BYTES];
        n2_reserve_message m = {.what = N2_RESERVE_ASK,
                                .class = N2_CLASS_HIGH,
                                .from = 2 * HOPS_WIDTH,
                                .id = 100 + i,
                                .kbps = 100,
                                .offer_kbps = UINT32_MAX,
                                .path = hops_ahead(2) | (guint64)(i + 1) << 20 | HOPS_WIDTH};
        n2_reserve_message_write(bytes, &m);
        hops_inject(h, node, 1, bytes, sizeof bytes);
    }
    hops_run(h, N2_SECOND_US);
}

/* His own switch, which alone knows him from others, would count nothing, and the next one all
 * for those who come by that line. */
static void
test_attack_26_past_a_switch(void)
{
    hops *h = hops_new(49);
    int first = hops_row(h, 4, MBIT(10)), node = first + 1;
    guint8 bytes[N2_RESERVE_BYTES];
    n2_reserve_message m = {.what = N2_RESERVE_ASK,
                            .is_allotment = true,
                            .class = N2_CLASS_HIGH,
                            .id = 1,
                            .kbps = 100,
                            .offer_kbps = UINT32_MAX,
                            .path = hops_ahead(2) | HOPS_WIDTH};

    ask_past(h, node, 3);
    g_assert_cmpuint(hops_promised(h, node, 2), ==, 300);
    g_assert_cmpuint(hops_promised(h, node + 1, 2), ==, 300);
    hops_run(h, N2_RESERVE_US + 2 * N2_SECOND_US);
    g_assert_cmpuint(hops_promised(h, node, 2), ==, 0);
    /* With a small allotment it is no more. */
    n2_reserve_message_write(bytes, &m);
    hops_inject(h, node, 1, bytes, sizeof bytes);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_promised(h, node, 2), ==, 100);
    ask_past(h, node, 10);
    g_assert_cmpuint(hops_promised(h, node + 1, 2), ==, 1100);
    g_assert_cmpuint(hops_promised(h, node, 2), ==, 900);
    hops_free(h);
}

/* Who comes while it shrinks has what it will be, not what it was. */
static void
test_joins_what_shrinks(void)
{
    exchange x = exchange_new(48, 1000);

    say_ask(&x, 10, 100);
    hops_run(x.h, N2_SECOND_US);
    g_assert_cmpuint(x.step->used_kbps, ==, 100);
    guint before = x.step->kbps;
    while (x.step->state == N2_CLAIM_HELD)
        hops_run(x.h, HOPS_DELAY_US / 2);
    g_assert_cmpuint(x.step->want_kbps, <, before);
    say_ask(&x, 11, before - 100);
    hops_run(x.h, N2_SECOND_US);
    assert_covered(&x);
    hops_free(x.h);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reserve/late/refusal-crosses", test_refusal_crosses);
    g_test_add_func("/reserve/late/attack-26-noted-for-ever", test_attack_26_noted_for_ever);
    g_test_add_func("/reserve/late/counts-stay", test_counts_stay);
    g_test_add_func("/reserve/line/none", test_no_line);
    g_test_add_func("/reserve/line/comes-back", test_line_comes_back);
    g_test_add_func("/reserve/late/slept", test_slept);
    g_test_add_func("/reserve/one-for-each-flow", test_one_for_each_flow);
    g_test_add_func("/reserve/steps/attack-26-less-is-refused", test_attack_26_less_refused);
    g_test_add_func("/reserve/steps/attack-26-past-a-switch", test_attack_26_past_a_switch);
    g_test_add_func("/reserve/steps/joins-what-shrinks", test_joins_what_shrinks);
    return g_test_run();
}
