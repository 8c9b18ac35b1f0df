/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-jam.c - many senders into one port: the switch tells them before it has to drop (F1), and
 *             who does not listen harms himself alone.
 */
#include "bar.h"
#include "base/limits.h"
#include "crowd.h"
#include "wire/packet.h"

enum {
    SENDERS = 4,
    PIECE = 32 << 20,
    /* A sender who knows nothing of the way begins with 16 KiB at once, and as much in a round
     * trip; half of one it takes until he hears of the switch. */
    FIRST_BYTES = (16 + 8) << 10
};

#define MBIT(n) ((n)*UINT64_C(125000))
#define SECOND UINT64_C(1000000)

static void
print(const char *name, const char *when, const crowd_figures *f)
{
    g_test_message("%s, %s: queue %.1f ms (median), %.1f ms (most); %.1f %% of the link, Jain "
                   "%.3f, %u jams, %u dropped",
                   name, when, f->median_ms, f->most_ms, f->share * 100, f->jain,
                   (unsigned)f->jams, (unsigned)f->dropped);
}

/* ---- four senders into one port -------------------------------------------------------------
 */

typedef struct {
    unsigned mbit, rtt_ms;
} row;

static const row rows[] = {
    {10, 2},    {10, 20},  {10, 100},  {100, 2},    {100, 20},
    {100, 100}, {1000, 2}, {1000, 20}, {1000, 100},
};

/* The bar, and where it holds: from the first word of the switch on, the queue is never longer
 * than what the link carries in one round trip, or than what all sent before they could hear
 * anything (24 KiB each), or twice its target, whichever is most; when that has left it is
 * below twice its target.  Nothing is lost. */
static void
test_four(gconstpointer data)
{
    const row *r = data;
    uint64_t rtt_us = r->rtt_ms * UINT64_C(1000);
    crowd *c = crowd_new(1, 1, MBIT(r->mbit), rtt_us / 4);
    g_autofree char *name = g_strdup_printf("%u Mbit/s, %u ms", r->mbit, r->rtt_ms);
    double target_ms = SENDERS * crowd_target(c, SENDERS) * 1e3 / (double)c->rate_Bps;
    double first_ms = SENDERS * FIRST_BYTES * 1e3 / (double)c->rate_Bps;
    double allowed_ms = MAX(MAX(r->rtt_ms, first_ms), 2 * target_ms);

    for (unsigned i = 0; i < SENDERS; i++)
        crowd_connect(crowd_add(c, 0), 1);
    for (unsigned i = 0; i < SENDERS; i++)
        crowd_push(&c->users[i], 0, PIECE);
    crowd_figures first;
    unsigned n = 0;
    do {
        first = crowd_watch(c, rtt_us);
        g_assert_cmpfloat(first.most_ms, <=, allowed_ms);
    } while (!first.jams && ++n < 40);
    print(name, "first", &first);
    crowd_figures next = crowd_watch(c, rtt_us);
    print(name, "next", &next);
    g_assert_cmpfloat(next.most_ms, <=, allowed_ms);
    crowd_run(c, (uint64_t)(1000 * MAX(first.most_ms, next.most_ms)) + rtt_us);
    uint64_t watch_us = r->mbit < 100 ? 2 * SECOND : r->mbit < 1000 ? SECOND : SECOND / 4;
    crowd_figures then = crowd_watch(c, MAX(watch_us, 5 * rtt_us));
    print(name, "then", &then);
    g_autofree char *early = g_strconcat(name, ": queue, first round trip", NULL);
    g_autofree char *late = g_strconcat(name, ": queue, then", NULL);
    g_autofree char *lost = g_strconcat(name, ": packets lost", NULL);
    bar_most("jam", early, MAX(first.most_ms, next.most_ms), allowed_ms, " ms");
    bar_most("jam", late, then.most_ms, 2 * target_ms, " ms");
    bar_most("jam", lost, (double)crowd_dropped(c), 0, "");
    g_assert_cmpfloat(then.share, >, r->mbit * r->rtt_ms < 100000 ? 0.95 : 0.9); /* 5 of them */
    g_assert_cmpfloat(then.jain, >, 0.98);
    crowd_free(c);
}

/* ---- one round trip -------------------------------------------------------------------------
 */

static uint64_t
sent(const crowd *c, const crowd_user *u)
{
    return world_wire_peek(c->w, u->node, c->switches[u->at]).bytes;
}

/* A sender who hears of the first jam sends no more than he is told from then on: that is one
 * round trip to the switch after the packet that the switch told of. */
static void
test_slows(void)
{
    enum {
        STEP_US = 1000,
        SPAN_US = 10000
    };
    crowd *c = crowd_new(1, 1, MBIT(100), 5000);
    uint64_t before[1000];
    unsigned n = 0;

    for (unsigned i = 0; i < SENDERS; i++)
        crowd_connect(crowd_add(c, 0), 1);
    for (unsigned i = 0; i < SENDERS; i++)
        crowd_push(&c->users[i], 0, PIECE);
    crowd_user *u = &c->users[0];
    for (; !u->first_jam_us && n < G_N_ELEMENTS(before); n++) {
        before[n] = sent(c, u);
        crowd_run(c, STEP_US);
    }
    g_assert_cmpuint(u->first_jam_us, !=, 0);
    crowd_run(c, c->delay_us + STEP_US); /* it is on its way */
    uint64_t from = sent(c, u);
    crowd_run(c, SPAN_US);
    double told = (double)c->rate_Bps / SENDERS * SPAN_US / 1e6;
    double was = (double)(before[n - 1] - before[n - 1 - SPAN_US / STEP_US]);
    double is = (double)(sent(c, u) - from);
    g_test_message("in 10 ms %.0f bytes before, %.0f after it heard; its part is %.0f", was, is,
                   told);
    g_assert_cmpfloat(was, >, told * 1.2);
    g_assert_cmpfloat(is, <=, told + 2 * N2_PACKET_BYTES_MAX);
    crowd_free(c);
}

/* ---- a sender that ignores jams -------------------------------------------------------------
 */

/* Three who listen beside one who sends four times what the link carries and listens to
 * nothing: they have their parts, their queues stay short, and all that is dropped is the deaf
 * one's. */
static void
test_deaf(void)
{
    crowd *c = crowd_new(1, 1, MBIT(50), 5000);
    crowd_user *deaf = &c->users[3];

    for (unsigned i = 0; i < SENDERS; i++)
        crowd_connect(crowd_add(c, 0), 1);
    for (unsigned i = 0; i < 3; i++)
        crowd_push(&c->users[i], 0, PIECE);
    crowd_run(c, SECOND);
    crowd_figures calm = crowd_watch(c, SECOND);
    print("without the deaf one", "calm", &calm);
    crowd_blast(deaf, 4 * c->rate_Bps);
    crowd_run(c, SECOND);
    crowd_figures f = crowd_watch(c, 2 * SECOND);
    print("with the deaf one", "then", &f);
    g_test_message("it was told of %u drops and %u jams; the others of %u, %u, %u drops",
                   (unsigned)deaf->notices[0], (unsigned)deaf->notices[1],
                   (unsigned)c->users[0].notices[0], (unsigned)c->users[1].notices[0],
                   (unsigned)c->users[2].notices[0]);
    g_assert_cmpuint(f.dropped, >, 0);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint(c->users[i].notices[0], ==, 0);
        g_assert_cmpfloat(f.bytes[i] * 4 / 2, >=, 0.95 * (double)c->rate_Bps);
    }
    g_assert_cmpfloat(f.share, >, 0.95);
    /* It costs the switch no more words than packets came, and no more than it may say. */
    g_assert_cmpuint(deaf->notices[0] + deaf->notices[1], <=,
                     3 * N2_SWITCH_NOTICE_PER_S + N2_SWITCH_NOTICE_BURST);
    /* When it stops, they have all of it again. */
    crowd_blast(deaf, 0);
    crowd_run(c, SECOND);
    f = crowd_watch(c, SECOND);
    print("without the deaf one", "again", &f);
    g_assert_cmpfloat(f.share, >, 0.95);
    crowd_free(c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/sim/jam/four-senders-%u-mbit-%u-ms",
                                                rows[i].mbit, rows[i].rtt_ms);
        g_test_add_data_func(path, &rows[i], test_four);
    }
    g_test_add_func("/sim/jam/slows-within-a-round-trip", test_slows);
    g_test_add_func("/sim/jam/attack-08-deaf-sender", test_deaf);
    return g_test_run();
}
