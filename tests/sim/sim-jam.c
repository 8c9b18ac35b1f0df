/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-jam.c - many senders into one port: the switch tells them before it has to drop (F1), and
 *             who does not listen harms himself alone.
 */
#include "bar.h"
#include "base/limits.h"
#include "crowd.h"
#include "transport/region.h"
#include "wire/packet.h"

enum {
    SENDERS = 4,
    PIECE = 32 << 20,
    /* A sender who knows nothing of the way begins with so much at once: if its round trip is
     * 20 ms or less, and if it is 50 ms or more. */
    FIRST_PACKETS = 3,
    FIRST_BYTES = 16 << 10
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

/* The bar: in the first round trip the queue is never longer than what the link carries in one;
 * from then on, below twice its target, which a round trip more may be on top of while the
 * senders have not heard of the switch.  Nothing is lost.  The first of these lines carries
 * 2,500 bytes in a round trip, and a packet of each sender is 8,400: what they begin with has
 * to be smaller than a packet. */
static void
test_four(gconstpointer data)
{
    const row *r = data;
    uint64_t rtt_us = r->rtt_ms * UINT64_C(1000);
    crowd *c = crowd_new(1, 1, MBIT(r->mbit), rtt_us / 4);
    g_autofree char *name = g_strdup_printf("%u Mbit/s, %u ms", r->mbit, r->rtt_ms);
    double target_ms = SENDERS * crowd_target(c, SENDERS) * 1e3 / (double)c->rate_Bps;
    double allowed_ms = MAX(r->rtt_ms, 2 * target_ms);

    for (unsigned i = 0; i < SENDERS; i++)
        crowd_connect(crowd_add(c, 0), 1);
    for (unsigned i = 0; i < SENDERS; i++)
        crowd_push(&c->users[i], 0, PIECE);
    crowd_figures first = crowd_watch(c, rtt_us), next = first;
    print(name, "first", &first);
    g_autofree char *early = g_strconcat(name, ": queue, first round trip", NULL);
    bar_most("jam", early, first.most_ms, r->rtt_ms, " ms");
    double most_ms = 0;
    for (unsigned n = 0; !next.jams && n < 40; n++) {
        next = crowd_watch(c, rtt_us);
        most_ms = MAX(most_ms, next.most_ms);
    }
    next = crowd_watch(c, rtt_us);
    most_ms = MAX(most_ms, next.most_ms);
    print(name, "next", &next);
    crowd_run(c, (uint64_t)(1000 * most_ms) + rtt_us);
    uint64_t watch_us = r->mbit < 100 ? 2 * SECOND : r->mbit < 1000 ? SECOND : SECOND / 4;
    crowd_figures then = crowd_watch(c, MAX(watch_us, 5 * rtt_us));
    print(name, "then", &then);
    g_autofree char *heard = g_strconcat(name, ": queue, until the switch is heard", NULL);
    g_autofree char *late = g_strconcat(name, ": queue, then", NULL);
    g_autofree char *lost = g_strconcat(name, ": packets lost", NULL);
    bar_most("jam", heard, most_ms, allowed_ms, " ms");
    bar_most("jam", late, then.most_ms, 2 * target_ms, " ms");
    bar_most("jam", lost, (double)crowd_dropped(c), 0, "");
    g_assert_cmpfloat(then.share, >, r->mbit * r->rtt_ms < 100000 ? 0.95 : 0.9); /* 5 of them */
    g_assert_cmpfloat(then.jain, >, 0.98);
    crowd_free(c);
}

/* Who was asked knows how long his asker took to take up his answer, and holds to that: what he
 * sends in his first round trip, bytes. */
static uint64_t
answered(const row *r)
{
    uint64_t rtt_us = r->rtt_ms * UINT64_C(1000), size = 1 << 20;
    crowd *c = crowd_new(1, 1, MBIT(r->mbit), rtt_us / 4);
    crowd_user *u = crowd_add(c, 0);
    uint64_t address = n2_region_address(N2_REGION_PLANE_MAX + 1, 3);

    crowd_connect(u, 1);
    uint64_t before = world_wire_peek(c->w, c->sink, c->switches[0]).bytes;
    n2_op grant = {.kind = N2_OP_GRANT,
                   .conn = u->conns[0],
                   .address = address,
                   .memory = c->target,
                   .size = size,
                   .unit = 2048};
    n2_op send = {.kind = N2_OP_SEND,
                  .conn = u->at_sink[0],
                  .tag = 1,
                  .address = address,
                  .memory = c->source,
                  .size = size,
                  .unit = 2048};
    world_op(c->w, u->node, &grant);
    world_op(c->w, c->sink, &send);
    crowd_run(c, rtt_us - rtt_us / 8);
    uint64_t sent = world_wire_peek(c->w, c->sink, c->switches[0]).bytes - before;
    g_test_message("%u ms: %u bytes", r->rtt_ms, (unsigned)sent);
    crowd_free(c);
    return sent;
}

static void
test_answerer(void)
{
    static const row near = {1000, 2}, middle = {1000, 20}, far = {1000, 100};

    uint64_t most = (FIRST_PACKETS + 1) * N2_PACKET_BYTES_MAX + 512; /* acknowledgements */
    g_assert_cmpuint(answered(&near), <=, most);
    g_assert_cmpuint(answered(&middle), <=, most);
    g_assert_cmpuint(answered(&far), >, FIRST_BYTES - N2_PACKET_BYTES_MAX);
}

/* Where a packet of each may be more than the line carries in a round trip, a small one goes
 * there and back before the first piece leaves: once, and if it is lost, for a timer's time. */
static void
small_first(bool is_lost)
{
    enum {
        RTT_US = 2000,
        TIMER_US = 10000, /* 2 round trips and 4 deviations, or this */
        SMALL_BYTES = 512
    };
    crowd *c = crowd_new(1, 1, MBIT(1000), RTT_US / 4);
    crowd_user *u = crowd_add(c, 0);

    crowd_connect(u, 1);
    crowd_run(c, SECOND);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t before = world_wire_peek(c->w, u->node, c->switches[0]).bytes;
        if (is_lost && !i)
            world_set_loss(c->w, u->node, c->switches[0], 1000000);
        crowd_push(u, 0, 6144);
        crowd_run(c, RTT_US - RTT_US / 8);
        uint64_t sent = world_wire_peek(c->w, u->node, c->switches[0]).bytes - before;
        g_test_message("piece %u, lost %d: %u bytes in a round trip", i, is_lost,
                       (unsigned)sent);
        g_assert_cmpuint(sent, >, 0);
        if (i)
            g_assert_cmpuint(sent, >, 6144);
        else
            g_assert_cmpuint(sent, <=, SMALL_BYTES);
        if (is_lost && !i)
            world_set_loss(c->w, u->node, c->switches[0], 0);
        crowd_run(c, is_lost ? TIMER_US : RTT_US / 2);
        sent = world_wire_peek(c->w, u->node, c->switches[0]).bytes - before;
        g_assert_cmpuint(sent, >, 6144);
        crowd_run(c, SECOND);
    }
    crowd_free(c);
}

static void
test_small_first(void)
{
    small_first(false);
}

static void
test_small_lost(void)
{
    small_first(true);
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
    g_test_add_func("/sim/jam/answerer-knows-the-round-trip", test_answerer);
    g_test_add_func("/sim/jam/small-first", test_small_first);
    g_test_add_func("/sim/jam/small-first-lost", test_small_lost);
    g_test_add_func("/sim/jam/slows-within-a-round-trip", test_slows);
    g_test_add_func("/sim/jam/attack-08-deaf-sender", test_deaf);
    return g_test_run();
}
