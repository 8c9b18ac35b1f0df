/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-queue-turns.c - the promises in queue.h: who is next.
 */
#include "queue-fixture.h"
#include "switch/police.h"

/* ---- who is next ---------------------------------------------------------------------------
 */

static void
test_order(void)
{
    n2_queues *q = queue_make();
    n2_queued p;

    g_assert_false(n2_queues_peek(q, OUT, 0, &p));
    for (guint32 i = 0; i < 5; i++)
        (void)queue_join(q, 1, OUT, N2_CLASS_DEFAULT, i % 2 ? BIG : SMALL, 64, i, 0);
    g_assert_cmpuint(n2_queues_bytes(q, OUT), ==, 3 * SMALL + 2 * BIG);
    for (guint32 i = 0; i < 5; i++) {
        g_assert_true(n2_queues_peek(q, OUT, 0, &p));
        g_assert_true(n2_queues_peek(q, OUT, 0, &p)); /* it stays until taken */
        g_assert_cmpuint(queue_number(&p), ==, i);
        g_assert_cmpuint(p.in_port, ==, 1);
        n2_queues_take(q, OUT, 0);
    }
    g_assert_false(n2_queues_peek(q, OUT, 0, &p));
    g_assert_cmpuint(n2_queues_bytes(q, OUT), ==, 0);
    n2_queues_free(q);
}

/* Each class before those behind it, whenever it came. */
static void
test_classes(void)
{
    n2_queues *q = queue_make();
    n2_queued p;

    for (guint i = 0; i < 4; i++)
        (void)queue_join(q, i, OUT, (n2_class)(3 - i), SMALL, 64, i, 0);
    for (guint i = 0; i < 4; i++) {
        g_assert_true(n2_queues_peek(q, OUT, 0, &p));
        g_assert_cmpuint(p.class, ==, i);
        g_assert_cmpuint(queue_number(&p), ==, 3 - i);
        n2_queues_take(q, OUT, 0);
    }
    n2_queues_free(q);
}

enum {
    FLOWS = 8,
    SECOND = 1000000,
    ROUND_US = 400000 /* they fall silent for so long, and then have all their bursts at once */
};

/* Eight who have reserved all that can be reserved send it in the worst way that the police
 * lets pass, while default and low always wait: whenever one of theirs waits, one of theirs is
 * next, and of those the most urgent. */
static void
test_strict(void)
{
    n2_queues *q = queue_make();
    n2_meter meters[FLOWS] = {0};
    guint64 waiting[4] = {0}, now_us = SECOND, sent = 0, late = 0;
    n2_queued p;

    while (now_us < 31 * (guint64)SECOND) {
        for (guint i = 0; i < FLOWS; i++) {
            bool may = now_us / ROUND_US % 2;
            gsize len = i % 2 ? BIG : SMALL;
            n2_class class = i < FLOWS / 2 ? N2_CLASS_URGENT : N2_CLASS_HIGH;
            while (may && n2_meter_take(&meters[i], RATE * N2_RESERVE_PERCENT / 100 / FLOWS,
                                        len, now_us) == N2_METER_PAID) {
                (void)queue_join(q, i, OUT, class, len, 64 * i, 0, now_us);
                waiting[class]++;
            }
        }
        for (n2_class class = N2_CLASS_DEFAULT; class <= N2_CLASS_LOW; class ++) {
            for (; waiting[class] < 4; waiting[class]++)
                (void)queue_join(q, FLOWS + class, OUT, class, BIG, 64, 0, now_us);
        }
        g_assert_false(n2_queues_evict(q, OUT, RATE, &p));
        g_assert_true(n2_queues_peek(q, OUT, now_us, &p));
        for (guint class = 0; class < p.class; class ++)
            late += waiting[class] != 0;
        waiting[p.class]--;
        sent += p.class < N2_CLASS_DEFAULT ? p.len : 0;
        now_us += p.len * (guint64)SECOND / RATE;
        n2_queues_take(q, OUT, now_us);
    }
    g_assert_cmpuint(late, ==, 0);
    /* It was as much as can be: the link would not have carried more of it. */
    g_assert_cmpuint(sent, >, 30 * RATE * 40 / 100);
    n2_queues_free(q);
}

/* More than can be reserved, as when a link's rate was lowered: others wait for a second and a
 * half, and then have what can't be reserved. */
static void
test_not_admitted(void)
{
    n2_queues *q = queue_make();
    guint64 now_us = 0, got = 0, last_us = 0, longest_us = 0;
    n2_queued p;

    for (guint i = 0; i < 40; i++) {
        (void)queue_join(q, 1, OUT, N2_CLASS_URGENT, BIG, 64, 0, now_us);
        (void)queue_join(q, 2, OUT, N2_CLASS_DEFAULT, BIG, 128, 0, now_us);
    }
    while (now_us < 30 * (guint64)SECOND) {
        g_assert_true(n2_queues_peek(q, OUT, now_us, &p));
        n2_class class = p.class;
        if (class == N2_CLASS_DEFAULT) {
            longest_us = MAX(longest_us, now_us - last_us);
            last_us = now_us;
            got += p.len;
        }
        now_us += p.len * (guint64)SECOND / RATE;
        n2_queues_take(q, OUT, now_us);
        (void)queue_join(q, class == N2_CLASS_URGENT ? 1 : 2, OUT, class, BIG, 64, 0, now_us);
    }
    g_test_message("others got %.1f %%, and waited for %.2f s at most",
                   (double)got / 30 / (double)RATE * 100, (double)longest_us / 1e6);
    g_assert_cmpuint(got, >=, 28 * RATE * 17 / 100);
    g_assert_cmpuint(longest_us, <=, 1500000);
    g_assert_cmpuint(got, <=, 30 * RATE * 20 / 100);
    n2_queues_free(q);
}

/* By bytes, not by packets; and whoever waits alone has all. */
static void
test_turns(void)
{
    n2_queues *q = queue_make();
    guint64 got[PORTS] = {0};

    for (guint i = 0; i < 40; i++)
        (void)queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, i, 0);
    for (guint i = 0; i < 40 * BIG / SMALL; i++)
        (void)queue_join(q, 2, OUT, N2_CLASS_DEFAULT, SMALL, 128, i, 0);
    queue_take(q, 40 * BIG, got);
    g_assert_cmpuint(got[1], <=, got[2] + 2 * BIG);
    g_assert_cmpuint(got[2], <=, got[1] + 2 * BIG);
    queue_take(q, UINT64_MAX, got);
    g_assert_cmpuint(got[1], ==, 40 * BIG);
    g_assert_cmpuint(n2_queues_bytes(q, OUT), ==, 0);
    n2_queues_free(q);
}

/* A weight counts as so many in-ports, also of a line that never ends. */
static void
test_weights(void)
{
    n2_queues *q = queue_make();
    guint64 got[PORTS] = {0};

    g_assert_cmpuint(n2_queues_weight(q, 1), ==, 1);
    for (guint i = 0; i < 400; i++) {
        (void)queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, i, 0);
        (void)queue_join(q, 2, OUT, N2_CLASS_DEFAULT, BIG, 128, i, 0);
    }
    n2_queues_set_weight(q, 2, 3);
    g_assert_cmpuint(n2_queues_weight(q, 2), ==, 3);
    queue_take(q, 8 * BIG, got);
    memset(got, 0, sizeof got);
    queue_take(q, 200 * BIG, got);
    g_assert_cmpuint(got[2], >=, 3 * got[1] - 6 * BIG);
    g_assert_cmpuint(got[2], <=, 3 * got[1] + 6 * BIG);
    n2_queues_set_weight(q, 2, UINT32_MAX);
    g_assert_cmpuint(n2_queues_weight(q, 2), ==, N2_QUEUE_WEIGHT_MAX);
    n2_queues_set_weight(q, 2, 0);
    g_assert_cmpuint(n2_queues_weight(q, 2), ==, 1);
    n2_queues_free(q);
}

/* Whoever has one packet waits for a turn of each other, not for all that they have. */
static void
test_newcomer(void)
{
    n2_queues *q = queue_make();
    guint64 got[PORTS] = {0};
    n2_queued p;

    for (guint i = 0; i < 50; i++)
        for (guint port = 1; port <= 3; port++)
            (void)queue_join(q, port, OUT, N2_CLASS_DEFAULT, BIG, 64 * port, i, 0);
    queue_take(q, 10 * BIG, got);
    (void)queue_join(q, 4, OUT, N2_CLASS_DEFAULT, SMALL, 256, 0, 0);
    guint before = 0;
    while (n2_queues_peek(q, OUT, 0, &p) && p.in_port != 4) {
        n2_queues_take(q, OUT, 0);
        before++;
    }
    g_assert_cmpuint(before, <=, 2 * 3);
    n2_queues_free(q);
}

enum {
    LINKS = 12, /* of one source */
    NEIGHBOUR = 13
};

#define SOURCE UINT64_C(0x1234567890abcdef)

static n2_queues *
make_source(void)
{
    n2_queues *q = queue_make();

    for (guint port = 1; port <= LINKS; port++)
        n2_queues_set_source(q, port, SOURCE);
    return q;
}

/* With twelve links one has what another has with one, and among them they are equal. */
static void
test_source(void)
{
    n2_queues *q = make_source();
    guint64 got[PORTS] = {0}, all = 0;

    for (guint i = 0; i < 240; i++) {
        (void)queue_join(q, 1 + i % LINKS, OUT, N2_CLASS_DEFAULT, BIG, 64, i, 0);
        (void)queue_join(q, NEIGHBOUR, OUT, N2_CLASS_DEFAULT, BIG, 128, i, 0);
    }
    queue_take(q, 240 * BIG, got);
    for (guint port = 1; port <= LINKS; port++) {
        all += got[port];
        g_assert_cmpuint(got[port], >=, 9 * BIG);
        g_assert_cmpuint(got[port], <=, 11 * BIG);
    }
    g_assert_cmpuint(all, <=, got[NEIGHBOUR] + 2 * BIG);
    g_assert_cmpuint(got[NEIGHBOUR], <=, all + 2 * BIG);
    n2_queues_free(q);
}

/* His parts are twelfths of his part, and what is dropped is his. */
static void
test_source_too_much(void)
{
    n2_queues *q = make_source();
    n2_queue_word word = {0};
    n2_queued p;

    for (guint i = 0; i < 8 * LINKS; i++) {
        n2_queue_word said = queue_join(q, 1 + i % LINKS, OUT, N2_CLASS_DEFAULT, BIG, 64, i, 0);
        (void)queue_join(q, NEIGHBOUR, OUT, N2_CLASS_DEFAULT, SMALL, 128, i, 0);
        if (said.is_to_tell)
            word = said;
    }
    g_assert_true(word.is_jammed);
    g_assert_cmpuint(word.rate_Bps, <=, RATE / 2 / LINKS);
    g_assert_cmpuint(word.rate_Bps, >=, RATE / 2 / LINKS / 4);
    for (guint i = 0; i < 40; i++) /* more than any link of his has */
        (void)queue_join(q, NEIGHBOUR, OUT, N2_CLASS_DEFAULT, BIG, 128, i, 0);
    for (guint i = 0; i < 2 * LINKS; i++) {
        g_assert_true(n2_queues_drop(q, OUT, &p));
        g_assert_cmpuint(p.in_port, <=, LINKS);
    }
    n2_queues_free(q);
}

/* Who weighs more is known to be somebody else. */
static void
test_source_of_trunk(void)
{
    n2_queues *q = make_source();
    guint64 got[PORTS] = {0};

    g_assert_cmpuint(n2_queues_source(q, 1), ==, SOURCE);
    g_assert_cmpuint(n2_queues_source(q, NEIGHBOUR), ==, 0);
    n2_queues_set_weight(q, 2, 3);
    g_assert_cmpuint(n2_queues_source(q, 2), ==, 0);
    for (guint i = 0; i < 300; i++) {
        (void)queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, i, 0);
        (void)queue_join(q, 2, OUT, N2_CLASS_DEFAULT, BIG, 128, i, 0);
    }
    queue_take(q, 200 * BIG, got);
    g_assert_cmpuint(got[2], >=, 3 * got[1] - 6 * BIG);
    /* What waits stays in its line when somebody else has the port. */
    n2_queues_set_source(q, 1, 0);
    queue_take(q, UINT64_MAX, got);
    g_assert_cmpuint(got[1] + got[2], ==, 600 * (guint64)BIG);
    n2_queues_free(q);
}

/* Whatever comes and goes, each packet comes out once, in the order of its line, and the sums
 * agree. */
static void
test_random(void)
{
    n2_queues *q = queue_make();
    guint32 next[PORTS][4] = {0}, want[PORTS][4] = {0};
    guint64 in = 0, out = 0;
    n2_queued p;

    for (guint step = 0; step < 40000; step++) {
        guint port = (guint)g_test_rand_int_range(0, PORTS);
        n2_class class = (n2_class)g_test_rand_int_range(0, 4);
        gsize len = g_test_rand_bit() ? BIG : SMALL;
        if (g_test_rand_int_range(0, 100) < 50) {
            (void)queue_join(q, port, OUT, class, len, 64 * port, next[port][class]++, step);
            in += len;
        } else if (n2_queues_peek(q, OUT, step, &p)) {
            g_assert_cmpuint(queue_number(&p), ==, want[p.in_port][p.class]++);
            out += p.len;
            n2_queues_take(q, OUT, step);
        }
        if (g_test_rand_int_range(0, 1000) == 0)
            n2_queues_set_weight(q, port, (guint32)g_test_rand_int_range(0, 20));
        if (g_test_rand_int_range(0, 300) == 0)
            n2_queues_set_source(q, port, (guint64)g_test_rand_int_range(0, 3));
        while (n2_queues_evict(q, OUT, RATE, &p)) {
            g_assert_cmpuint(queue_number(&p), ==, want[p.in_port][p.class]++);
            out += p.len;
        }
        g_assert_cmpuint(n2_queues_bytes(q, OUT), ==, in - out);
    }
    n2_queues_free(q);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/queue/order", test_order);
    g_test_add_func("/queue/classes", test_classes);
    g_test_add_func("/queue/strict", test_strict);
    g_test_add_func("/queue/attack-14-not-admitted", test_not_admitted);
    g_test_add_func("/queue/turns", test_turns);
    g_test_add_func("/queue/weights", test_weights);
    g_test_add_func("/queue/newcomer", test_newcomer);
    g_test_add_func("/queue/source/one-share", test_source);
    g_test_add_func("/queue/source/too-much", test_source_too_much);
    g_test_add_func("/queue/source/of-a-trunk", test_source_of_trunk);
    g_test_add_func("/queue/random", test_random);
    return g_test_run();
}
