/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-queue.c - the promises in queue.h: who is told that a queue is too long, and what is
 *                dropped when nobody listens.
 */
#include "base/bucket.h"
#include "queue-fixture.h"

/* ---- jams ----------------------------------------------------------------------------------
 */

/* Bytes of a line that has all of the link, after which it is too long. */
static gsize
target(guint parts)
{
    return RATE / parts * N2_QUEUE_TARGET_US / N2_SECOND_US + 2 * N2_PACKET_BYTES_MAX;
}

static void
test_jam(void)
{
    n2_queues *q = queue_make();
    n2_queue_stats stats;
    n2_queue_word word;
    gsize bytes = 0;
    guint64 now = 2000;
    n2_queued p;
    guint n = 0;

    do {
        word = queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, n++, 1000);
        bytes += BIG;
        g_assert_cmpint(word.is_jammed, ==, bytes > target(1));
    } while (!word.is_jammed);
    g_assert_true(word.is_to_tell);
    g_assert_cmpuint(word.rate_Bps, ==, RATE - RATE / 16);
    g_assert_cmpuint(word.queue_us, ==, bytes * 1000000 / RATE);
    /* The same sender hears it once in a while, another one at once: and then they are two. */
    word = queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, n++, 1000);
    g_assert_true(word.is_jammed && !word.is_to_tell);
    word = queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 128, n++, 1000);
    g_assert_true(word.is_jammed && word.is_to_tell);
    g_assert_cmpuint(word.rate_Bps, ==, (RATE - RATE / 16) / 2);
    word = queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, n++, 1000 + N2_QUEUE_JAM_US);
    g_assert_true(word.is_jammed && word.is_to_tell);
    g_assert_cmpuint(word.rate_Bps, ==, (RATE - RATE / 16) / 2);
    n2_queues_look(q, OUT, 1000 + N2_QUEUE_JAM_US, &stats);
    g_assert_cmpuint(stats.marks, ==, 4);
    g_assert_cmpuint(stats.told, ==, 3);
    g_assert_cmpuint(stats.jam_since_us, ==, 1000);
    g_assert_cmpuint(stats.peak_bytes, ==, n * BIG);
    n2_queues_look(q, OUT, 1000 + 30 * N2_QUEUE_JAM_US, &stats); /* nobody came; it is long */
    g_assert_cmpuint(stats.jam_since_us, ==, 1000);
    /* Marked are those that joined it when it was too long, and nothing else of them is
     * changed. */
    for (guint i = 0; i < n; i++) {
        g_assert_true(n2_queues_peek(q, OUT, 0, &p));
        g_assert_cmpint(!!(p.bytes[1] & N2_CARE_JAM), ==, i >= n - 4);
        g_assert_cmpuint(queue_number(&p), ==, i);
        n2_queues_take(q, OUT, now);
        n2_queues_look(q, OUT, now + N2_QUEUE_JAM_US, &stats);
        g_assert_cmpuint(stats.jam_since_us, ==, 1000);
        n2_queues_look(q, OUT, now + N2_QUEUE_JAM_US + 1, &stats);
        g_assert_cmpint(stats.jam_since_us == 0, ==, (n - i - 1) * BIG <= target(1));
        now += stats.jam_since_us ? 2 * N2_QUEUE_JAM_US : 0;
    }
    n2_queues_free(q);
}

static guint64
unkeyed(guint64 x)
{
    return (x ^ x >> 29) * UINT64_C(0x9e3779b97f4a7c15) >> 58;
}

/* Whose ways were chosen so that they fall together by any hash without a secret: each is told
 * all the same, or nearly each, and counted. */
static void
test_jam_of_chosen_ways(void)
{
    n2_queues *q = queue_make();
    guint told = 0, n = 0;
    n2_queue_word word;

    for (guint i = 0; i < 30; i++)
        (void)queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, i, 0);
    for (guint64 way = 1; n < 16; way++) {
        if (unkeyed(way) != 5)
            continue;
        word = queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, way, 0, 0);
        told += word.is_to_tell;
        n++;
    }
    g_assert_cmpuint(told, >=, 10);
    word = queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, 0, N2_QUEUE_JAM_US);
    g_assert_cmpuint(word.rate_Bps, <, RATE / 10);
    n2_queues_free(q);
}

/* However long something waits: no number begins anew. */
static void
test_long_wait(void)
{
    g_assert_cmpuint(n2_queue_us(1000, 0), ==, 0);
    g_assert_cmpuint(n2_queue_us(4, 1), ==, 4000000);
    g_assert_cmpuint(n2_queue_us(N2_QUEUE_CAP_BYTES_MAX, 1), ==, UINT32_MAX);
    g_assert_cmpuint(n2_queue_us(4295, 1), ==, UINT32_MAX);
}

/* A line is held against its own part: whoever sends little beside one who sends too much hears
 * nothing. */
static void
test_jam_is_for_who_makes_it(void)
{
    n2_queues *q = queue_make();
    n2_queue_word word = {0};

    for (guint i = 0; i < 30; i++)
        word = queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, i, 0);
    g_assert_true(word.is_jammed);
    for (guint i = 0; i < 2; i++)
        g_assert_false(queue_join(q, 2, OUT, N2_CLASS_DEFAULT, BIG, 128, i, 0).is_jammed);
    word = queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 192, 0, 0);
    /* 31 packets are a tenth of a second at its part: a fifth less than that, for two */
    g_assert_cmpuint(word.queue_us, ==, 31 * BIG * UINT64_C(1000000) / (RATE / 2));
    g_assert_cmpuint(word.rate_Bps, <=, RATE / 4 - RATE / 4 * word.queue_us / 500000 + 1);
    g_assert_cmpuint(word.rate_Bps, >=, RATE / 4 - RATE / 4 * word.queue_us / 500000 - 1);
    for (guint i = 0; i < 110; i++) /* three quarters of a second; the rest always passes */
        (void)queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 192, i, 0);
    word = queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, 0, N2_QUEUE_JAM_US);
    g_assert_true(word.is_to_tell);
    g_assert_cmpuint(word.rate_Bps, >=, RATE / 4 - RATE / 4 * word.queue_us / 500000);
    g_assert_cmpuint(word.rate_Bps, >=, RATE / 16 - 1);
    n2_queues_free(q);
}

/* Sends no faster than it was told a round trip ago, and a part more each tenth of a second. */
typedef struct {
    guint64 Bps, credit, told_us, next_Bps, next_us;
    guint part;
} obedient;

static void
tell(obedient *o, const n2_queue_word *word, n2_bucket *bucket, guint64 now_us)
{
    enum {
        ROUND_TRIP_US = 10000
    };

    if (!word->is_to_tell ||
        !n2_bucket_take(bucket, N2_SWITCH_NOTICE_PER_S, N2_SWITCH_NOTICE_BURST, now_us))
        return;
    if (!o->next_us)
        o->next_us = now_us + ROUND_TRIP_US;
    o->next_Bps = word->rate_Bps;
}

/* Returns: does it send now? */
static gboolean
obey(obedient *o, guint64 now_us)
{
    if (o->next_us && now_us >= o->next_us) {
        o->Bps = MIN(o->Bps, o->next_Bps);
        o->told_us = now_us;
        o->next_us = 0;
    } else if (now_us - o->told_us >= 100000) {
        o->Bps += o->Bps / o->part;
        o->told_us = now_us;
    }
    o->credit += o->Bps * 1000;
    if (o->credit < BIG * N2_SECOND_US)
        return FALSE;
    o->credit -= BIG * N2_SECOND_US;
    return TRUE;
}

/* All behind one in-port, who begin with @quarters of what the link
 * carries.  However they fall
 * together by hash, all are told, and of their sum: nothing is lost, and after three seconds
 * the queue is short, and most of the link is used. */
static void
run_crowd(guint n, guint quarters, guint part)
{
    n2_queues *q = queue_make();
    g_autofree obedient *all = g_new0(obedient, n);
    guint64 room = 0, passed = 0, most = 0;
    n2_bucket bucket = {0};
    n2_queue_stats stats;
    n2_queued p;

    for (guint i = 0; i < n; i++)
        all[i] = (obedient){.Bps = quarters * FAST / 40 / n,
                            .credit = i * BIG * N2_SECOND_US / n,
                            .told_us = N2_SECOND_US,
                            .part = part};
    for (guint64 now = N2_SECOND_US; now < 6 * N2_SECOND_US; now += 1000) {
        for (guint i = 0; i < n; i++) {
            if (!obey(&all[i], now))
                continue;
            guint8 *at = n2_queues_reserve(q);
            n2_packet head = {.is_long = true,
                              .is_sealed = true,
                              .size = 3,
                              .class = N2_CLASS_DEFAULT,
                              .path = 64 * (i + 1)};
            (void)n2_packet_write_head(at, &head);
            n2_queue_word word =
                n2_queues_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, FAST / 10, now);
            tell(&all[i], &word, &bucket, now);
            g_assert_false(n2_queues_evict(q, OUT, FAST / 10, &p));
        }
        n2_queues_look(q, OUT, now, &stats);
        for (room += FAST / 10000; room >= BIG && n2_queues_peek(q, OUT, now, &p);
             room -= BIG) {
            n2_queues_take(q, OUT, now);
            passed += now >= 4 * N2_SECOND_US ? BIG : 0;
        }
        room = MIN(room, BIG);
        if (now >= 4 * N2_SECOND_US)
            most = MAX(most, stats.peak_bytes);
    }
    double ms = (double)most * 1e4 / FAST, share = (double)passed * 10 / 2 / FAST;
    g_test_message("%u of one in-port: then %.1f ms at most, %.1f %% of the link", n, ms,
                   share * 100);
    g_assert_cmpfloat(ms, <=, n > 100 ? 60 : 30); /* of so many each hears less often */
    g_assert_cmpfloat(share, >=, 0.9);
    n2_queues_free(q);
}

static void
test_crowd(void)
{
    for (guint seed = 0; seed < 4; seed++) {
        run_crowd(8, 16, 16);
        run_crowd(32, 16, 16);
        run_crowd(100, 16, 16);
        run_crowd(400, 5, 128);
    }
}

/* Who has reserved is let in as far as there is room, and the rest is the part of others. */
static void
test_jam_behind_reserved(void)
{
    n2_queues *q = queue_make();
    n2_queue_word word;
    n2_queued p;
    guint n = 0;

    for (uint64_t us = 0; us < 200000; us += 4 * BIG * UINT64_C(1000000) / RATE) {
        /* three packets of class 1 and one of the default, as the link takes them */
        for (guint i = 0; i < 3; i++)
            g_assert_false(queue_join(q, 1, OUT, N2_CLASS_HIGH, BIG, 64, n++, us).is_jammed);
        (void)queue_join(q, 2, OUT, N2_CLASS_DEFAULT, BIG, 128, n++, us);
        while (n2_queues_peek(q, OUT, 0, &p))
            n2_queues_take(q, OUT, us);
    }
    for (guint i = 0; i < 40; i++)
        g_assert_false(queue_join(q, 1, OUT, N2_CLASS_HIGH, BIG, 64, n++, 200000).is_jammed);
    do
        word = queue_join(q, 2, OUT, N2_CLASS_DEFAULT, BIG, 128, n++, 200000);
    while (!word.is_to_tell);
    g_assert_cmpuint(word.rate_Bps, >, RATE / 4 * 7 / 10);
    g_assert_cmpuint(word.rate_Bps, <, RATE / 4 * 12 / 10);
    n2_queues_free(q);
}

/* ---- too much ------------------------------------------------------------------------------
 */

static void
test_cap(void)
{
    n2_queues *q = queue_make();
    gsize cap = MAX(RATE * N2_QUEUE_CAP_US / N2_SECOND_US, N2_QUEUE_CAP_BYTES_MIN);
    guint32 n = 0, dropped = 0;
    n2_queue_stats stats;
    n2_queued p;

    for (guint i = 0; i < 4; i++)
        (void)queue_join(q, 2, OUT, N2_CLASS_LOW, BIG, 128, 1000 + i, 0);
    for (guint i = 0; i < 4; i++)
        (void)queue_join(q, 3, OUT, N2_CLASS_DEFAULT, BIG, 192, 2000 + i, 0);
    while (dropped < 20) {
        (void)queue_join(q, 1, OUT, N2_CLASS_DEFAULT, BIG, 64, n++, 0);
        while (n2_queues_evict(q, OUT, RATE, &p)) {
            /* first the last class, oldest first; then the longest line, oldest first */
            g_assert_cmpuint(queue_number(&p), ==, dropped < 4 ? 1000 + dropped : dropped - 4);
            g_assert_cmpuint(p.in_port, ==, dropped < 4 ? 2 : 1);
            g_assert_cmpuint(p.len, ==, BIG);
            dropped++;
        }
        g_assert_cmpuint(n2_queues_bytes(q, OUT), <=, cap);
    }
    g_assert_cmpuint(n2_queues_bytes(q, OUT), >, cap - 2 * BIG);
    n2_queues_look(q, OUT, 0, &stats);
    g_assert_cmpuint(stats.dropped, ==, 20);
    /* Others who come, few and small, push nobody out but him. */
    for (guint i = 0; i < 60; i++) {
        (void)queue_join(q, 3 + i % 2, OUT, N2_CLASS_DEFAULT, i % 3 ? SMALL : BIG, 192,
                         3000 + i, 0);
        while (n2_queues_evict(q, OUT, RATE, &p))
            g_assert_cmpuint(p.in_port, ==, 1);
    }
    n2_queues_free(q);
}

/* Whoever waits in a class above the default has not paid for it. */
static void
test_cap_of_urgent(void)
{
    n2_queues *q = queue_make();
    n2_queued p;

    for (guint i = 0; i < 8; i++)
        (void)queue_join(q, 2, OUT, N2_CLASS_DEFAULT, BIG, 128, i, 0);
    for (guint i = 0; i < 400; i++) {
        (void)queue_join(q, 1, OUT, N2_CLASS_URGENT, BIG, 64, i, 0);
        while (n2_queues_evict(q, OUT, RATE, &p))
            g_assert_cmpuint(p.in_port, ==, 1);
    }
    n2_queues_free(q);
}

/* One link never has all the room. */
static void
test_room(void)
{
    n2_queues *q = queue_make();
    n2_uses uses = {0};
    n2_queue_stats stats[2];
    n2_queued p;

    for (guint port = 0; port < 2; port++) {
        for (guint i = 0; i < N2_QUEUE_PACKETS_MAX; i++) {
            (void)queue_join(q, 1, OUT + port, N2_CLASS_DEFAULT, SMALL, 64, i, 0);
            while (n2_queues_evict(q, OUT + port, FAST, &p))
                ;
        }
        n2_queues_look(q, OUT + port, 0, &stats[port]);
    }
    g_assert_cmpuint(stats[0].packets, >=, N2_QUEUE_PACKETS_MAX / 2 - 1);
    g_assert_cmpuint(stats[1].packets, >=, N2_QUEUE_PACKETS_MAX / 4 - 1);
    g_assert_cmpuint(stats[0].packets + stats[1].packets, <, N2_QUEUE_PACKETS_MAX);
    n2_queues_uses(q, &uses);
    for (gsize i = 0; i < uses.n; i++)
        if (strcmp(uses.rows[i].name, "queue_packets") == 0)
            g_assert_cmpuint(uses.rows[i].refused, >, N2_QUEUE_PACKETS_MAX);
    n2_queues_free(q);
}

/* What a flood took is given back when nothing waits any more; what was shown last stays
 * readable, and all goes on. */
static void
test_memory(void)
{
    n2_queues *q = queue_make();
    gsize little, most;
    n2_queued p;

    for (guint round = 0; round < 3; round++) {
        for (guint i = 0; i < 4096; i++)
            (void)queue_join(q, i % PORTS, OUT, (n2_class)(i % 4), SMALL, 64, i, 0);
        (void)n2_queues_reserve(q); /* begun, and forgotten for a while */
        most = n2_queues_memory(q);
        g_assert_cmpuint(most, >, 4096 * N2_PACKET_BYTES_MAX);
        for (guint i = 1; i < 4096; i++) {
            if (round == 1) {
                g_assert_true(n2_queues_drop(q, OUT, &p));
            } else {
                g_assert_true(n2_queues_peek(q, OUT, 0, &p));
                n2_queues_take(q, OUT, 0);
            }
        }
        g_assert_cmpuint(n2_queues_memory(q), ==, most);
        g_assert_true(n2_queues_drop(q, OUT, &p));
        g_assert_cmpuint(queue_number(&p), <, 4096);
        little = n2_queues_memory(q);
        g_assert_cmpuint(little, <, 1 << 20);
        g_assert_false(n2_queues_drop(q, OUT, &p));
    }
    n2_queues_free(q);
}

/* The link is gone: all that waits goes, once. */
static void
test_drop(void)
{
    n2_queues *q = queue_make();
    gboolean seen[12] = {FALSE};
    n2_queued p;

    for (guint i = 0; i < 12; i++)
        (void)queue_join(q, i % 5, OUT, (n2_class)(i % 4), i % 2 ? BIG : SMALL, 64, i, 0);
    (void)queue_join(q, 1, OUT + 1, N2_CLASS_DEFAULT, BIG, 64, 77, 0);
    for (guint i = 0; i < 12; i++) {
        g_assert_true(n2_queues_drop(q, OUT, &p));
        g_assert_false(seen[queue_number(&p)]);
        seen[queue_number(&p)] = TRUE;
    }
    g_assert_false(n2_queues_drop(q, OUT, &p));
    g_assert_cmpuint(n2_queues_bytes(q, OUT), ==, 0);
    g_assert_cmpuint(n2_queues_bytes(q, OUT + 1), ==, BIG);
    n2_queues_free(q);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/queue/jam", test_jam);
    g_test_add_func("/queue/jam/for-who-makes-it", test_jam_is_for_who_makes_it);
    g_test_add_func("/queue/jam/crowd-of-one-port", test_crowd);
    g_test_add_func("/queue/jam/behind-reserved", test_jam_behind_reserved);
    g_test_add_func("/queue/jam/attack-08-chosen-ways", test_jam_of_chosen_ways);
    g_test_add_func("/queue/jam/long-wait", test_long_wait);
    g_test_add_func("/queue/cap", test_cap);
    g_test_add_func("/queue/cap/of-urgent", test_cap_of_urgent);
    g_test_add_func("/queue/room", test_room);
    g_test_add_func("/queue/memory", test_memory);
    g_test_add_func("/queue/drop", test_drop);
    return g_test_run();
}
