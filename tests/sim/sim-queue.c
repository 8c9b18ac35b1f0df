/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-queue.c - links that come and go under a full queue, and links whose rate changes.
 */
#include "base/limits.h"
#include "crowd.h"
#include "node/plane-private.h"
#include "switch/notice.h"
#include "wire/path.h"

#define MBIT(n) ((n)*UINT64_C(125000))
#define SECOND UINT64_C(1000000)

enum {
    USERS = 3,
    PIECE = 3 << 20,
    FLAPS = 5
};

static uint64_t
waiting(const crowd *c)
{
    return n2_queues_bytes(c->switches[0]->plane->queues, c->up[0]);
}

static void
run_until_sent(crowd *c, uint64_t us)
{
    uint64_t end_us = world_now(c->w) + us;
    unsigned n = 0;

    while (n < USERS && world_now(c->w) < end_us) {
        crowd_run(c, SECOND / 100);
        n = 0;
        for (unsigned i = 0; i < USERS; i++)
            n += c->users[i].n_sent;
    }
    g_assert_cmpuint(n, ==, USERS);
}

/* The far end closes the link while much waits for it, again and again: what waited is dropped
 * and counted, nothing is left behind, and all goes on when the link is there again. */
static void
test_flaps(void)
{
    crowd *c = crowd_new(1, 1, MBIT(20), 2500);
    const n2_switch *sw = &c->switches[0]->plane->sw;
    unsigned with_queue = 0;

    for (unsigned i = 0; i < USERS; i++)
        crowd_connect(crowd_add(c, 0), 1);
    for (unsigned i = 0; i < USERS; i++)
        crowd_push(&c->users[i], 0, PIECE);
    for (unsigned i = 0; i < FLAPS; i++) {
        unsigned want = c->links_up + 2;
        crowd_run(c, SECOND / 5);
        with_queue += waiting(c) != 0;
        n2_op close = {.kind = N2_OP_LINK_CLOSE, .port = c->sink_port};
        world_op(c->w, c->sink, &close);
        while (c->links_up < want)
            g_assert_true(world_step(c->w));
    }
    g_assert_cmpuint(with_queue, >, 0);
    run_until_sent(c, 60 * SECOND);
    crowd_run(c, SECOND);
    g_assert_cmpuint(sw->dropped[N2_DROP_PORT], >, 0);
    g_assert_cmpuint(waiting(c), ==, 0);
    g_test_message("%u of %u times something waited; %u packets were dropped with the link",
                   with_queue, FLAPS, (unsigned)sw->dropped[N2_DROP_PORT]);
    crowd_free(c);
}

/* ---- and all that is kept for the link ------------------------------------------------------
 */

enum {
    TAG = 9,
    FLAPS_OF_ALL = 2,
    WATCHED = 10,  /* packets of the tree in a row */
    AT_SWITCH = 5, /* bits */
    AT_SINK = 2
};

#define TREE UINT64_C(0x1234567890abcdef)
#define RESERVED MBIT(4)

static void
join(crowd *c, world_node *node, uint16_t port, const crowd_user *source)
{
    n2_route route = {0};

    g_assert_cmpint(n2_route_add(&route, AT_SINK, port), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, AT_SWITCH, source->port_at), ==, N2_OK);
    n2_op op = {.kind = N2_OP_CAST_JOIN,
                .tag = TAG,
                .address = TREE,
                .bits = N2_MODE_MULTICAST,
                .path = route.word};
    world_op(c->w, node, &op);
}

/* Both who joined see what the source sends. */
static void
watch_tree(crowd *c, const crowd_user *source, const crowd_user *viewer)
{
    uint64_t sink = c->n_casts, user = viewer->n_casts;

    for (unsigned i = 0; i < WATCHED; i++) {
        n2_op op = {.kind = N2_OP_CAST_SEND,
                    .address = TREE,
                    .bits = N2_MODE_MULTICAST,
                    .bytes = g_malloc0(512),
                    .len = 512};
        world_op(c->w, source->node, &op);
        crowd_run(c, 2000);
    }
    crowd_run(c, SECOND / 2);
    g_assert_cmpuint(c->n_casts - sink, ==, WATCHED);
    g_assert_cmpuint(viewer->n_casts - user, ==, WATCHED);
}

/* A link with a full queue, a reservation and a branch of a tree goes and comes, twice:
 * nothing of them is left when it is gone, and all are back when it is. */
static void
test_flaps_of_all(void)
{
    crowd *c = crowd_new(3, 1, MBIT(20), 2500);
    n2_plane *plane = c->switches[0]->plane;
    const n2_trees *trees = &plane->casts->trees;

    for (unsigned i = 0; i < USERS; i++)
        crowd_connect(crowd_add(c, 0), 1);
    const crowd_user *caller = crowd_add(c, 0), *source = crowd_add(c, 0),
                     *viewer = crowd_add(c, 0);
    n2_op open = {.kind = N2_OP_CAST_OPEN, .address = TREE, .bits = N2_MODE_MULTICAST};
    world_op(c->w, source->node, &open);
    join(c, c->sink, c->sink_port, source);
    join(c, viewer->node, viewer->port, source);
    crowd_run(c, 15 * SECOND);
    watch_tree(c, source, viewer);
    n2_op reserve = {.kind = N2_OP_RESERVE,
                     .tag = TAG,
                     .path = caller->path,
                     .size = RESERVED,
                     .bits = N2_CLASS_HIGH};
    world_op(c->w, caller->node, &reserve);
    for (unsigned i = 0; i < FLAPS_OF_ALL; i++) {
        unsigned want = c->links_up + 2;
        for (unsigned k = 0; k < USERS; k++)
            crowd_push(&c->users[k], 0, PIECE);
        crowd_run(c, SECOND / 4);
        for (unsigned us = 0; !waiting(c) && us < SECOND; us += 100)
            crowd_run(c, 100);
        g_assert_cmpuint(waiting(c), >, 0);
        g_assert_cmpuint(n2_reserve_promised_kbps(plane->sw.reserve, c->up[0]), ==,
                         RESERVED / 125);
        g_assert_cmpuint(trees->ports[c->up[0]].n_branches, ==, 1);
        n2_op close = {.kind = N2_OP_LINK_CLOSE, .port = c->sink_port};
        world_op(c->w, c->sink, &close);
        while (n2_links_is_up(plane->links, c->up[0]))
            g_assert_true(world_step(c->w));
        g_assert_cmpuint(n2_reserve_promised_kbps(plane->sw.reserve, c->up[0]), ==, 0);
        g_assert_cmpuint(trees->ports[c->up[0]].n_branches, ==, 0);
        while (c->links_up < want)
            g_assert_true(world_step(c->w));
        crowd_run(c, 15 * SECOND);
        watch_tree(c, source, viewer);
        g_assert_cmpuint(waiting(c), ==, 0);
    }
    g_assert_cmpuint(n2_reserve_promised_kbps(plane->sw.reserve, c->up[0]), ==, RESERVED / 125);
    for (unsigned i = 0; i < USERS; i++)
        g_assert_cmpuint(c->users[i].n_sent, ==, FLAPS_OF_ALL);
    crowd_free(c);
}

/* A rate that is taken away leaves nothing waiting; a lower one holds from then on. */
static void
test_rate_changes(void)
{
    static const uint64_t rates[] = {MBIT(20), 0, MBIT(5), MBIT(40), 0, MBIT(10)};
    crowd *c = crowd_new(1, 1, MBIT(20), 2500);

    for (unsigned i = 0; i < USERS; i++)
        crowd_connect(crowd_add(c, 0), 1);
    for (unsigned i = 0; i < USERS; i++)
        crowd_push(&c->users[i], 0, 4 * PIECE);
    for (unsigned i = 0; i < G_N_ELEMENTS(rates); i++) {
        n2_op op = {.kind = N2_OP_LINK_RATE, .port = c->up[0], .size = rates[i]};
        world_op(c->w, c->switches[0], &op);
        crowd_run(c, SECOND / 2);
        if (!rates[i]) {
            g_assert_cmpuint(waiting(c), ==, 0);
            continue;
        }
        crowd_figures f = crowd_watch(c, SECOND / 2);
        double share = f.share * (double)c->rate_Bps / (double)rates[i];
        g_test_message("%u kbit/s: %.1f %% of it", (unsigned)(rates[i] / 125), share * 100);
        g_assert_cmpfloat(share, >, 0.9);
        g_assert_cmpfloat(share, <, 1.01);
    }
    crowd_free(c);
}

static uint64_t
resent(const crowd_user *u)
{
    n2_plane_stats stats;

    n2_plane_stats_get(u->node->plane, &stats);
    return stats.resent;
}

/* Somewhere on the way a queue that says nothing becomes half a second long: what is late once
 * is taken for lost, and then it is known how long the way is: nothing is sent twice any more.
 */
static void
test_way_grows(void)
{
    crowd *c = crowd_new(4, 1, MBIT(20), 2500);
    world_wire wire = {.rate_Bps = 10 * MBIT(20), .delay_us = SECOND / 2};

    crowd_user *u = crowd_add(c, 0);
    crowd_connect(u, 1);
    crowd_push(u, 0, 16 * PIECE);
    crowd_run(c, SECOND);
    world_change(c->w, c->switches[0], c->sink, &wire);
    crowd_run(c, 4 * SECOND);
    uint64_t before = resent(u), bytes = u->bytes;
    crowd_run(c, 8 * SECOND);
    g_test_message("%u packets again in 8 s, of %u", (unsigned)(resent(u) - before),
                   (unsigned)((u->bytes - bytes) / N2_PACKET_BYTES_MAX));
    g_assert_cmpuint(u->bytes, >, bytes);
    g_assert_cmpuint(resent(u), ==, before);
    crowd_free(c);
}

/* A packet that came in by @from and leaves by @to, in its queue. */
static void
put(n2_plane *plane, uint32_t from, uint32_t to, bool is_sealed, uint64_t now_us)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX] = {0};
    n2_packet head = {.is_long = true,
                      .is_sealed = is_sealed,
                      .size = is_sealed ? 3 : 0,
                      .class = N2_CLASS_DEFAULT,
                      .path = (uint64_t)to << (64 - plane->width) | UINT64_C(1) << 40};

    (void)n2_packet_write_head(bytes, &head);
    size_t len = n2_packet_bytes(bytes[0]);
    n2_step step = n2_switch_step(&plane->sw, from, bytes, len, now_us);
    g_assert_cmpint(step.verdict, ==, N2_STEP_FORWARD);
    g_assert_cmpuint(step.out_port, ==, to);
    n2_plane_forward(plane, from, to, bytes, len, now_us);
}

/* The queues of all users are full, each of packets of the next one: the notice about what is
 * dropped at the first pushes out one at the second, and there it ends. */
static void
test_notices_end(void)
{
    crowd *c = crowd_new(1, 1, MBIT(1), 2500);
    n2_plane *plane = c->switches[0]->plane;
    uint16_t ports[8];

    for (unsigned i = 0; i < G_N_ELEMENTS(ports); i++) {
        ports[i] = crowd_add(c, 0)->port_at;
        n2_op op = {.kind = N2_OP_LINK_RATE, .port = ports[i], .size = MBIT(1)};
        world_op(c->w, c->switches[0], &op);
    }
    uint64_t now_us = world_now(c->w) + SECOND;
    for (unsigned i = 0; i < G_N_ELEMENTS(ports); i++) {
        while (n2_queues_bytes(plane->queues, ports[i]) <
               N2_QUEUE_CAP_BYTES_MIN - 2 * N2_PACKET_BYTES_MAX)
            put(plane, ports[(i + 1) % G_N_ELEMENTS(ports)], ports[i], true, now_us);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(ports); i++) {
        uint32_t next = ports[(i + 1) % G_N_ELEMENTS(ports)];
        while (n2_queues_bytes(plane->queues, ports[i]) <=
               N2_QUEUE_CAP_BYTES_MIN - N2_NOTICE_BYTES)
            put(plane, next, ports[i], false, now_us);
    }
    g_assert_cmpuint(plane->sw.dropped[N2_DROP_QUEUE], ==, 0);
    now_us += SECOND; /* nobody has been told too much */
    uint64_t noticed = plane->sw.noticed;
    put(plane, ports[1], ports[0], false, now_us);
    g_assert_cmpuint(plane->sw.dropped[N2_DROP_QUEUE], ==, 2);
    g_assert_cmpuint(plane->sw.noticed - noticed, ==, 1);
    crowd_free(c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/queue/port-flaps", test_flaps);
    g_test_add_func("/sim/queue/port-flaps-with-all", test_flaps_of_all);
    g_test_add_func("/sim/queue/rate-changes", test_rate_changes);
    g_test_add_func("/sim/queue/way-grows", test_way_grows);
    g_test_add_func("/sim/queue/attack-08-notices-end", test_notices_end);
    return g_test_run();
}
