/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-rate.c - the pace on lines of all kinds, at the start, and fed with lies.
 */
#include <glib.h>

#include "transport/rate.h"

/* A line of @line_Bps with @rtt_us and a queue without end: sends as the rate allows for @us,
 * with an acknowledgement every 16 packets; returns the bytes of the last half, and the highest
 * queue of it. */
static uint64_t
run_line(n2_rate *r,
         uint64_t line_Bps,
         uint32_t rtt_us,
         unsigned loss_percent,
         uint64_t us,
         uint64_t *queue_us)
{
    typedef struct {
        uint64_t back_us, arrived_us, sent_us;
        bool lost;
    } packet;
    g_autoptr(GArray) line = g_array_new(FALSE, FALSE, sizeof(packet));
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    uint64_t now_us = 1000000, end_us = now_us + us, free_us = 0, got = 0, flying = 0, at_us;
    guint done = 0;

    *queue_us = 0;
    while (now_us < end_us) {
        n2_rate_news news = {0};
        for (; done < line->len && g_array_index(line, packet, done).back_us <= now_us;
             done++) {
            packet *p = &g_array_index(line, packet, done);
            flying -= 2090;
            if (p->lost) {
                news.lost++;
                continue;
            }
            news.packets++;
            news.bytes += 2090;
            news.rtt_us = (uint32_t)(p->back_us - p->sent_us);
            news.one_way_us =
                (uint32_t)(p->arrived_us - p->sent_us) + 0xfffff000; /* another clock */
            news.arrived_us = (uint32_t)p->arrived_us + 0xfffff000;
            news.since_us = (uint32_t)(now_us - p->sent_us);
            if (now_us > end_us - us / 2)
                got += 2090;
        }
        news.in_flight = flying;
        if (news.packets || news.lost)
            n2_rate_ack(r, &news, now_us);
        while (n2_rate_may_send(r, flying, now_us, &at_us)) {
            free_us = MAX(free_us, now_us) + 2090 * 1000000 / line_Bps;
            if (now_us > end_us - us / 2)
                *queue_us = MAX(*queue_us, free_us - now_us);
            packet p = {.sent_us = now_us,
                        .arrived_us = free_us + rtt_us / 2,
                        .back_us = free_us + rtt_us,
                        .lost = g_rand_int_range(rand, 0, 100) < (int)loss_percent};
            g_array_append_val(line, p);
            n2_rate_sent(r, 2090, flying, now_us);
            flying += 2090;
        }
        now_us += 250;
    }
    return got;
}

static void
test_rate(void)
{
    static const struct {
        const char *name;
        uint64_t line_Bps;
        uint32_t rtt_us;
        unsigned loss_percent, least_percent;
        uint64_t queue_us;
    } rows[] = {
        {"10 Mbit/s, 20 ms", 1250000, 20000, 0, 85, 100000},
        {"100 Mbit/s, 20 ms", 12500000, 20000, 0, 85, 100000},
        {"1 Gbit/s, 100 ms", 125000000, 100000, 0, 85, 400000},
        {"10 Mbit/s, 200 ms", 1250000, 200000, 0, 85, 1500000},
        {"100 Mbit/s, 20 ms, 1 % lost", 12500000, 20000, 1, 80, 100000},
        {"10 Mbit/s, 20 ms, 10 % lost", 1250000, 20000, 10, 70, 100000},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t queue_us;
        n2_rate r;
        n2_rate_init(&r, 0, 0, 1000000);
        uint64_t us = 8000000;
        uint64_t got =
            run_line(&r, rows[i].line_Bps, rows[i].rtt_us, rows[i].loss_percent, us, &queue_us);
        uint64_t percent = got * 100 / (rows[i].line_Bps * us / 2000000);
        g_test_message("%s: %" G_GUINT64_FORMAT " %%, queue %" G_GUINT64_FORMAT " us",
                       rows[i].name, percent, queue_us);
        g_assert_cmpuint(percent, >=, rows[i].least_percent);
        g_assert_cmpuint(queue_us, <=, rows[i].queue_us);
    }
}

/* Without a record 16 KB in the first round trip, of a shorter one as much less, but three
 * packets; with one, half of what it promises.  An answerer knows no more of the round trip
 * than that it is not longer than his asker took. */
static void
test_rate_first(void)
{
    static const struct {
        uint64_t record_Bps;
        uint32_t rtt_us;
        uint64_t least, most;
    } rows[] = {
        {0, 50000, 14000, 24000},
        {1000, 50000, 14000, 24000},
        {10000000, 50000, 240000, 270000},
        {0, 30000, 8000, 10500},
        {0, 20000, 6270, 8360},
        {0, 2000, 6270, 10450},
        {0, 400, 14000, 44000},
        {10000000, 2000, 8000, 15000},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t sent = 0, at_us;
        n2_rate r;
        n2_rate_init(&r, rows[i].record_Bps, rows[i].rtt_us, 1000000);
        for (uint64_t us = 0; us < rows[i].rtt_us; us += 100)
            while (n2_rate_may_send(&r, sent, 1000000 + us, &at_us)) {
                n2_rate_sent(&r, 2090, sent, 1000000 + us);
                sent += 2090;
            }
        g_test_message("%" G_GUINT64_FORMAT " B/s, %u us: %" G_GUINT64_FORMAT " bytes",
                       rows[i].record_Bps, (unsigned)rows[i].rtt_us, sent);
        g_assert_cmpuint(sent, >=, rows[i].least);
        g_assert_cmpuint(sent, <=, rows[i].most);
        if (rows[i].record_Bps)
            continue;
        n2_rate_init(&r, 0, 0, 1000000);
        n2_rate_expect_rtt(&r, rows[i].rtt_us);
        for (sent = 0; n2_rate_may_send(&r, sent, 1000000, &at_us); sent += 2090)
            n2_rate_sent(&r, 2090, sent, 1000000);
        g_assert_cmpuint(sent, >=, rows[i].least);
        g_assert_cmpuint(sent, <=, rows[i].most);
    }
}

static void
test_rate_times(void)
{
    n2_rate r;

    n2_rate_init(&r, 0, 0, 0);
    g_assert_cmpuint(n2_rate_timeout_us(&r), ==, 250000);
    for (uint32_t rtt_us = 1; rtt_us < 100000000; rtt_us = rtt_us * 3 + 1) {
        n2_rate_init(&r, 0, rtt_us, 0);
        g_assert_cmpuint(n2_rate_timeout_us(&r), >=, 5000);
        g_assert_cmpuint(n2_rate_timeout_us(&r), <=, 4000000);
        g_assert_cmpuint(n2_rate_ack_delay_us(&r), >=, 250);
        g_assert_cmpuint(n2_rate_ack_delay_us(&r), <=, 25000);
    }
}

/* What a liar says must not divide by zero, overflow or stop it. */
static void
test_rate_lies(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(9);
    uint64_t at_us, now_us = 1;
    n2_rate r;

    n2_rate_init(&r, UINT64_MAX, UINT32_MAX, 0);
    for (unsigned i = 0; i < 200000; i++) {
        n2_rate_news news = {.bytes = g_rand_int(rand),
                             .packets = g_rand_int(rand) % 600,
                             .lost = g_rand_int(rand) % 600,
                             .rtt_us = g_rand_int(rand) >> g_rand_int_range(rand, 0, 32),
                             .one_way_us = g_rand_int(rand),
                             .arrived_us = g_rand_int(rand),
                             .since_us = g_rand_int(rand),
                             .in_flight = g_rand_int(rand)};
        now_us += g_rand_int(rand) >> g_rand_int_range(rand, 4, 32);
        n2_rate_ack(&r, &news, now_us);
        if (i % 7 == 0)
            n2_rate_silent(&r, news.lost, i % 2);
        if (n2_rate_may_send(&r, 0, now_us, &at_us))
            n2_rate_sent(&r, 2090, 0, now_us);
        else if (at_us != UINT64_MAX)
            g_assert_cmpuint(at_us, <, now_us + 2000000);
        g_assert_cmpuint(r.pace_Bps, >=, 2048);
    }
}

/* So many acknowledgements of eight packets, as an empty way of @Bps and 20 ms gives them. */
static void
acknowledge(n2_rate *r, uint64_t Bps, unsigned n, uint64_t *now_us)
{
    uint64_t at_us, step_us = 8 * 2090 * UINT64_C(1000000) / Bps;

    for (unsigned i = 0; i < n; i++) {
        *now_us += step_us;
        while (n2_rate_may_send(r, 20000, *now_us, &at_us))
            n2_rate_sent(r, 2090, 20000, *now_us);
        n2_rate_news news = {.bytes = 8 * 2090,
                             .packets = 8,
                             .rtt_us = 20000,
                             .since_us = 20000,
                             .one_way_us = 10000,
                             .arrived_us = (uint32_t)*now_us,
                             .in_flight = Bps / 50};
        n2_rate_ack(r, &news, *now_us);
    }
}

/* High priority: at its rate while that is proven; once it is not, its owner is told, once. */
static void
test_rate_assigned(void)
{
    uint64_t now_us = 1000000;
    n2_rate r;

    n2_rate_init(&r, 0, 20000, now_us);
    n2_rate_assign(&r, 5000000, now_us);
    acknowledge(&r, 4800000, 1000, &now_us);
    g_assert_cmpuint(r.pace_Bps, ==, 5000000);
    n2_rate_jam(&r, 1000);
    g_assert_cmpuint(r.pace_Bps, ==, 5000000);
    g_assert_cmpuint(n2_rate_take_failure(&r), ==, 0);
    uint64_t began_us = now_us, told_Bps = 0;
    while (!told_Bps && now_us < began_us + 5000000) {
        acknowledge(&r, 4000000, 1, &now_us);
        told_Bps = n2_rate_take_failure(&r);
    }
    g_assert_cmpuint(now_us - began_us, >=, 900000);
    g_assert_cmpuint(now_us - began_us, <=, 1500000);
    g_assert_cmpuint(told_Bps, >=, 3800000);
    g_assert_cmpuint(told_Bps, <=, 4200000);
    g_assert_cmpuint(n2_rate_take_failure(&r), ==, 0);
    g_assert_cmpuint(r.line_Bps, <, 5000000);
}

/* A jam: 0.97 of what was proven, or of what the switch allows if that is more, but never more
 * than before; another way: as in the beginning, but what is assigned stays.
 */
static void
test_rate_jam_and_way(void)
{
    uint64_t now_us = 1000000;
    n2_rate r;

    n2_rate_init(&r, 0, 20000, now_us);
    acknowledge(&r, 4000000, 200, &now_us);
    uint64_t proven_Bps = r.proven_Bps;
    g_assert_cmpuint(proven_Bps, >=, 3800000);
    n2_rate_jam(&r, 1000);
    g_assert_cmpuint(r.pace_Bps, <=, proven_Bps * 97 / 100);
    g_assert_cmpuint(r.line_Bps, >=, proven_Bps * 96 / 100);
    n2_rate_jam(&r, 100000000); /* far more than it sends: it is not meant */
    g_assert_cmpuint(r.line_Bps, <=, proven_Bps * 97 / 100);
    g_assert_cmpuint(r.line_Bps, >=, proven_Bps * 96 / 100);
    /* Before anything is proven the switch's word is all there is. */
    n2_rate_init(&r, 20000000, 20000, now_us);
    n2_rate_jam(&r, 3000000);
    g_assert_cmpuint(r.line_Bps, >=, 3000000 * 96 / 100);
    g_assert_cmpuint(r.line_Bps, <=, 3000000 * 97 / 100);
    n2_rate_restart(&r, 0, 20000, now_us);
    g_assert_cmpuint(r.pace_Bps, ==, 16384 * 20 / 50 * 50); /* of 50 ms it would be all */
    n2_rate_assign(&r, 3000000, now_us);
    n2_rate_restart(&r, 0, 20000, now_us);
    g_assert_cmpuint(r.pace_Bps, ==, 3000000);
}

/* The smallest rate that can be assigned, whatever happens to it: nothing divides by it, it
 * goes on, and not faster than the slowest of all. */
static void
test_rate_assigned_least(void)
{
    uint64_t now_us = 1000000, at_us, sent = 0;
    n2_rate r;

    n2_rate_init(&r, 0, 20000, now_us);
    acknowledge(&r, 4000000, 200, &now_us);
    n2_rate_assign(&r, 1, now_us);
    for (uint64_t end_us = now_us + 60000000; now_us < end_us; now_us += 10000) {
        while (n2_rate_may_send(&r, 0, now_us, &at_us)) {
            n2_rate_sent(&r, 2090, 0, now_us);
            n2_rate_news news = {.packets = 1,
                                 .bytes = 2090,
                                 .rtt_us = 20000,
                                 .one_way_us = 10000 + (uint32_t)(now_us % 90000),
                                 .arrived_us = (uint32_t)now_us};
            n2_rate_ack(&r, &news, now_us);
            sent += 2090;
        }
        g_assert_cmpuint(r.pace_Bps, >, 0);
        g_assert_cmpuint(r.line_Bps, >, 0);
        if (now_us % 7000000 == 0)
            n2_rate_jam(&r, 1);
    }
    g_assert_cmpuint(sent, >, 60 * 1000);
    g_assert_cmpuint(sent, <, 60 * 65536 + 65536);
    n2_rate_silent(&r, 3, true);
    g_assert_cmpuint(n2_rate_take_failure(&r), >, 0);
}

/* Low priority has just begun to let a queue run dry, at half its pace, when a rate is
 * assigned: it is that rate, at once. */
static void
test_rate_assigned_in_drain(void)
{
    uint64_t now_us = 1000000, at_us;
    n2_rate r;

    n2_rate_init(&r, 0, 20000, now_us);
    while (!r.drain_us || now_us >= r.drain_us)
        acknowledge(&r, 4000000, 1, &now_us);
    n2_rate_assign(&r, 1000000, now_us);
    uint64_t begin_us = r.credit_us = now_us;
    for (unsigned i = 0; i < 100; i++)
        n2_rate_sent(&r, 1000, 0, now_us);
    g_assert_cmpuint(r.credit_us - begin_us, <, 100100); /* 200000 in a drain */
    g_assert_false(n2_rate_may_send(&r, 0, now_us, &at_us));
}

/* The first packets leave at once and one acknowledgement tells of all: how far apart they came
 * is not known, but that all came meanwhile is.  Without it the pace that was made for a far
 * way had a near reader wait for 50 ms, and again. */
static void
test_rate_train_at_once(void)
{
    static const struct {
        unsigned packets;
        uint32_t rtt_us; /* of all of them */
        uint64_t least_Bps, most_Bps;
    } rows[] = {
        {7, 140, 25000000, 33000000}, /* less than half a millisecond is not told apart */
        {7, 1000, 13000000, 14700000}, {7, 10000, 1300000, 1470000},
        {2, 140, 300000, 400000},    /* two tell nothing */
        {7, 200000, 300000, 400000}, /* nor does it get slower by it */
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t now_us = 1000000, at_us;
        unsigned n = 0;
        n2_rate r;

        n2_rate_init(&r, 0, 0, now_us);
        for (; n < rows[i].packets && n2_rate_may_send(&r, n * 2090, now_us, &at_us); n++)
            n2_rate_sent(&r, 2090, n * 2090, now_us);
        g_assert_cmpuint(n, ==, rows[i].packets);
        now_us += rows[i].rtt_us;
        n2_rate_news news = {.packets = n,
                             .bytes = n * 2090,
                             .rtt_us = rows[i].rtt_us,
                             .one_way_us = rows[i].rtt_us / 2,
                             .arrived_us = 5000000,
                             .since_us = rows[i].rtt_us};
        n2_rate_ack(&r, &news, now_us);
        g_test_message("row %u: %" G_GUINT64_FORMAT " bytes a second", (unsigned)i, r.pace_Bps);
        g_assert_cmpuint(r.pace_Bps, >=, rows[i].least_Bps);
        g_assert_cmpuint(r.pace_Bps, <=, rows[i].most_Bps);
    }
}

/* Only who knows nothing of a way of half a millisecond to five tries it with a small packet.
 */
static void
test_rate_narrow(void)
{
    static const struct {
        uint64_t record_Bps;
        uint32_t rtt_us;
        bool is_narrow;
    } rows[] = {
        {0, 0, false},         {0, 499, false},
        {0, 500, true},        {0, 4999, true},
        {0, 5000, false},      {0, 100000, false},
        {1250000, 2000, true}, {125000000, 2000, false},
        {100000, 2000, true}, /* a record of less than what leaves at once */
    };
    n2_rate r;

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_rate_init(&r, rows[i].record_Bps, rows[i].rtt_us, 1000);
        g_test_message("%u: %u us", i, rows[i].rtt_us);
        g_assert_cmpint(n2_rate_may_be_narrow(&r), ==, rows[i].is_narrow);
    }
    n2_rate_init(&r, 0, 2000, 1000);
    n2_rate_assign(&r, 100000, 1000);
    g_assert_false(n2_rate_may_be_narrow(&r));
    n2_rate_init(&r, 0, 2000, 1000);
    n2_rate_jam(&r, 100000);
    g_assert_false(n2_rate_may_be_narrow(&r));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transport/rate/lines", test_rate);
    g_test_add_func("/transport/rate/16-first", test_rate_first);
    g_test_add_func("/transport/rate/train-at-once", test_rate_train_at_once);
    g_test_add_func("/transport/rate/times", test_rate_times);
    g_test_add_func("/transport/rate/narrow", test_rate_narrow);
    g_test_add_func("/transport/rate/lies", test_rate_lies);
    g_test_add_func("/transport/rate/assigned", test_rate_assigned);
    g_test_add_func("/transport/rate/assigned-least", test_rate_assigned_least);
    g_test_add_func("/transport/rate/assigned-in-a-drain", test_rate_assigned_in_drain);
    g_test_add_func("/transport/rate/jam-and-another-way", test_rate_jam_and_way);
    return g_test_run();
}
