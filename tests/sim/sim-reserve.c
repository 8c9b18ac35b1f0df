/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-reserve.c - what is reserved passes a full line as if it were empty, with real
 * connections through real switches; and who takes more than that harms nobody.
 */
#include "bar.h"
#include "base/limits.h"
#include "crowd.h"
#include "node/plane-private.h"
#include "switch/reserve-private.h"
#include "town.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/path.h"

#define MBIT(n) ((n)*UINT64_C(125000))
#define SECOND UINT64_C(1000000)

enum {
    BULK_USERS = 5,
    BULK_EACH = 4, /* connections: 20 bulk flows */
    PIECE = 32 << 20,
    TAG = 9,
    TIMES = 65536
};

/* What passed the last wire, and how long packets of the reserved flow stood in the switch. */
typedef struct {
    crowd *c;
    const crowd_user *caller;
    uint64_t left_us[TIMES]; /* by counter: when it left the caller */
    GArray *waits;           /* uint64_t, us */
    uint64_t reserved_bytes, bulk_bytes, demoted;
    uint64_t rate_failed_Bps;
} watch;

static void
look_at(watch *k, bool is_leaving, const uint8_t *bytes, size_t len)
{
    n2_packet p;

    if (n2_packet_parse(&p, bytes, len) || !p.is_sealed)
        return;
    uint64_t now_us = world_now(k->c->w), *left = &k->left_us[p.counter % TIMES];
    if (is_leaving) {
        *left = now_us;
        return;
    }
    if (p.path != k->caller->way) {
        k->bulk_bytes += len;
        return;
    }
    k->reserved_bytes += len;
    k->demoted += p.class != N2_CLASS_HIGH;
    /* By its own link, which is ten times as quick. */
    uint64_t way_us = k->c->delay_us + (len + 36) * SECOND / (10 * k->c->rate_Bps);
    uint64_t wait_us = now_us - *left > way_us ? now_us - *left - way_us : 0;
    if (*left)
        g_array_append_val(k->waits, wait_us);
}

static bool
tap_cb(world *w, world_node *from, world_node *to, uint8_t *bytes, size_t len, void *user)
{
    watch *k = user;
    uint8_t *packet;
    size_t packet_len;
    n2_frame frame;

    (void)w;
    if (n2_frame_read(&frame, bytes, len) || frame.kind != N2_FRAME_WHOLE)
        return true;
    n2_bundle bundle = {bytes + N2_FRAME_HEAD_BYTES, len - N2_FRAME_HEAD_BYTES};
    while (!n2_bundle_next(&bundle, &packet, &packet_len))
        if (from == k->caller->node || to == k->c->sink)
            look_at(k, from == k->caller->node, packet, packet_len);
    return true;
}

static int
compare_cb(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static double
late_ms(const watch *k, double part)
{
    g_assert_cmpuint(k->waits->len, >, 100);
    qsort(k->waits->data, k->waits->len, sizeof(uint64_t), compare_cb);
    guint at = (guint)((double)(k->waits->len - 1) * part);
    return (double)g_array_index(k->waits, uint64_t, at) / 1000;
}

static n2_reserve_stats
at_switch(const crowd *c, unsigned i)
{
    n2_reserve_stats stats;

    n2_reserve_stats_get(c->switches[i]->plane->sw.reserve, &stats);
    return stats;
}

/* Bulk users and a caller at the first of @n switches, all connected. */
static crowd_user *
people(crowd *c)
{
    for (unsigned i = 0; i < BULK_USERS; i++)
        crowd_connect(crowd_add(c, 0), BULK_EACH);
    crowd_user *caller = crowd_add(c, 0);
    crowd_connect(caller, 1);
    return caller;
}

static void
reserve(crowd_user *u, uint64_t Bps)
{
    n2_op op = {
        .kind = N2_OP_RESERVE, .tag = TAG, .path = u->path, .size = Bps, .bits = N2_CLASS_HIGH};

    world_op(u->c->w, u->node, &op);
}

static void
begin(watch *k)
{
    g_array_set_size(k->waits, 0);
    k->reserved_bytes = k->bulk_bytes = k->demoted = 0;
}

/* 20 bulk flows and one reservation on 10 Mbit/s. */
static void
test_beside_bulk(gconstpointer data)
{
    uint64_t Bps = MBIT((uint64_t)GPOINTER_TO_UINT(data));
    crowd *c = crowd_new(1, 1, MBIT(10), 5000);
    crowd_user *caller = people(c);
    watch *k = g_new0(watch, 1);

    k->c = c;
    k->caller = caller;
    k->waits = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    world_set_tap(c->w, tap_cb, k);
    if (Bps > MBIT(4)) /* one user gets no more than half of what is left */
        n2_queues_set_weight(c->switches[0]->plane->queues, caller->port_at, 16);
    for (unsigned i = 0; i < BULK_USERS; i++)
        crowd_push(&c->users[i], 0, PIECE);
    crowd_run(c, 2 * SECOND);
    reserve(caller, Bps);
    crowd_run(c, SECOND / 2);
    g_assert_cmpuint(at_switch(c, 0).granted, ==, 1);
    crowd_push(caller, 0, PIECE);
    crowd_run(c, SECOND);
    begin(k);
    uint64_t us = 10 * SECOND;
    crowd_run(c, us);
    n2_plane_stats stats;
    n2_plane_stats_get(caller->node->plane, &stats);
    double bulk = (double)k->bulk_bytes * 1e6 / (double)us;
    double reserved = (double)k->reserved_bytes * 1e6 / (double)us;
    double p99 = late_ms(k, 0.99);
    g_test_message(
        "reserved %.2f Mbit/s, queueing %.2f ms (median) %.2f ms (99 of 100) %.2f ms "
        "(most), %u sent again; bulk (%u dropped in all) %.2f Mbit/s, %.1f %% of the rest",
        reserved / 125000, late_ms(k, 0.5), p99, late_ms(k, 1), (unsigned)stats.resent,
        (unsigned)crowd_dropped(c), bulk / 125000,
        100 * bulk / ((double)c->rate_Bps - reserved));
    g_assert_cmpfloat(reserved, >=, 0.95 * (double)Bps);
    g_assert_cmpuint(k->demoted, ==, 0);
    /* No other class goes first: the one packet that is being sent, and a little. */
    g_assert_cmpfloat(late_ms(k, 1), <=, 1.8);
    g_autofree char *what = g_strdup_printf("20 bulk flows, %u of 10 Mbit/s reserved beside",
                                            (unsigned)(Bps / MBIT(1)));
    g_autofree char *lost = g_strconcat(what, ": packets of that lost", NULL);
    g_autofree char *waits = g_strconcat(what, ": it queues, 99 of 100", NULL);
    g_autofree char *rest = g_strconcat(what, ": bulk has of the rest", NULL);
    bar_most("shaped", lost, (double)stats.resent, 0, "");
    bar_most("shaped", waits, p99, 5, " ms");
    bar_least("shaped", rest, 100 * bulk / ((double)c->rate_Bps - reserved), 90, " %");
    g_array_unref(k->waits);
    g_free(k);
    crowd_free(c);
}

/* A flow that reserved and sends double: no more than what it has passes before others. */
static void
test_sends_double(void)
{
    crowd *c = crowd_new(2, 1, MBIT(10), 5000);
    crowd_user *caller = people(c);
    watch *k = g_new0(watch, 1);

    k->c = c;
    k->caller = caller;
    k->waits = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    world_set_tap(c->w, tap_cb, k);
    for (unsigned i = 0; i < BULK_USERS; i++)
        crowd_push(&c->users[i], 0, PIECE);
    reserve(caller, MBIT(3));
    crowd_run(c, 2 * SECOND);
    /* Its own switch lets it: it belongs to the liar. */
    n2_op twice = {
        .kind = N2_OP_RATE, .conn = caller->conns[0], .size = MBIT(6), .bits = N2_CLASS_HIGH};
    n2_reserve *own = caller->node->plane->sw.reserve;
    for (size_t i = 0; i < own->n_rows_used; i++)
        n2_kept_set(own, &own->rows[i], 100000, 0);
    world_op(c->w, caller->node, &twice);
    crowd_push(caller, 0, PIECE);
    crowd_run(c, SECOND / 4);
    begin(k);
    crowd_run(c, SECOND / 2);
    double bulk = (double)k->bulk_bytes * 2 / 125000,
           mine = (double)k->reserved_bytes * 2 / 125000;
    g_test_message("sends 6 Mbit/s with a reservation of 3: gets %.2f, bulk %.2f Mbit/s; %u "
                   "packets lost their class",
                   mine, bulk, (unsigned)k->demoted);
    g_assert_cmpuint(k->demoted, >, 0);
    /* 3 reserved, and of the 7 left one of six shares */
    g_assert_cmpfloat(mine, <=, 1.1 * (3 + 7.0 / 6));
    g_assert_cmpfloat(bulk, >=, 0.9 * (7 - 7.0 / 6));
    g_array_unref(k->waits);
    g_free(k);
    crowd_free(c);
}

/* A connection that comes later sends with what is reserved on its way, until that is given
 * back. */
static void
test_connected_later(void)
{
    crowd *c = crowd_new(4, 1, MBIT(10), 5000);
    crowd_user *caller = crowd_add(c, 0);
    watch *k = g_new0(watch, 1);

    reserve(caller, MBIT(2));
    crowd_run(c, SECOND / 2);
    crowd_connect(caller, 1);
    k->c = c;
    k->caller = caller;
    k->waits = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    world_set_tap(c->w, tap_cb, k);
    crowd_push(caller, 0, PIECE);
    crowd_run(c, SECOND);
    begin(k);
    crowd_run(c, SECOND);
    g_assert_cmpuint(k->demoted, ==, 0);
    g_assert_cmpuint(k->reserved_bytes, >=, MBIT(2) * 95 / 100);
    g_assert_cmpuint(k->reserved_bytes, <=, MBIT(2) * 105 / 100);
    n2_op release = {.kind = N2_OP_RELEASE, .tag = TAG};
    world_op(c->w, caller->node, &release);
    crowd_run(c, SECOND);
    begin(k);
    crowd_run(c, SECOND);
    g_assert_cmpuint(k->demoted, >, 0); /* as all others, and as fast as the line */
    g_assert_cmpuint(k->reserved_bytes, >=, MBIT(8));
    g_assert_cmpuint(at_switch(c, 0).n, ==, 0);
    g_array_unref(k->waits);
    g_free(k);
    crowd_free(c);
}

/* Connections of one way share what is reserved; when one is closed, the other has all of it.
 */
static void
test_one_leaves(void)
{
    crowd *c = crowd_new(6, 1, MBIT(10), 5000);
    crowd_user *caller = crowd_add(c, 0);
    watch *k = g_new0(watch, 1);

    crowd_connect(caller, 2);
    reserve(caller, MBIT(4));
    k->c = c;
    k->caller = caller;
    k->waits = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    world_set_tap(c->w, tap_cb, k);
    crowd_push(caller, 1, PIECE);
    crowd_run(c, SECOND);
    begin(k);
    crowd_run(c, SECOND);
    g_assert_cmpuint(k->reserved_bytes, <=, MBIT(2) * 105 / 100);
    c->may_close = true;
    n2_op close = {.kind = N2_OP_CLOSE, .conn = caller->conns[0]};
    world_op(c->w, caller->node, &close);
    crowd_run(c, SECOND / 10);
    begin(k);
    crowd_run(c, SECOND);
    g_assert_cmpuint(k->reserved_bytes, >=, MBIT(4) * 95 / 100);
    g_assert_cmpuint(k->demoted, ==, 0);
    g_array_unref(k->waits);
    g_free(k);
    crowd_free(c);
}

/* What is reserved is reserved for one way: a connection that moves goes on as all others, and
 * not at a rate that nobody keeps for it. */
static void
test_moves_away(void)
{
    const world_wire wire = {.rate_Bps = MBIT(100), .delay_us = 2000};
    town t = {0};

    town_build(&t, 1, &wire);
    n2_op op = {.kind = N2_OP_RESERVE,
                .tag = TAG,
                .path = t.ways[0][WAY_HUB],
                .size = MBIT(1),
                .bits = N2_CLASS_HIGH};
    world_op(t.s->w, t.s->node[STAR_CLIENT], &op);
    star_run(t.s, SECOND / 10);
    star_send(t.s, false, 1 << 20, 2048);
    g_assert_false(star_finish(t.s, 4 * SECOND)); /* 8 s at that rate */
    town_move_surely(&t, 0, WAY_DIRECT, 1, 5);
    g_assert_true(star_finish(t.s, SECOND));
    town_clear(&t);
}

/* Through eight switches of real nodes: one round trip. */
static void
test_eight_switches(void)
{
    crowd *c = crowd_new(3, 8, MBIT(100), 2000);
    crowd_user *caller = crowd_add(c, 0);
    uint64_t round_trip_us = 2 * 9 * (uint64_t)2000;

    crowd_run(c, SECOND);
    uint64_t asked_us = world_now(c->w);
    n2_reserve_claim claim = {0};
    reserve(caller, MBIT(10));
    while (!claim.kbps && world_now(c->w) < asked_us + 2 * round_trip_us) {
        crowd_run(c, 100);
        (void)n2_reserve_find_claim(caller->node->plane->sw.reserve, TAG, &claim);
    }
    g_assert_cmpuint(claim.kbps, ==, 10000);
    bar_most("calls", "reservation through 8 switches: round trips",
             (double)(world_now(c->w) - asked_us) / (double)round_trip_us,
             1.02 /* the packets take some time on the wires, too */, "");
    for (unsigned i = 0; i < 8; i++) {
        g_assert_cmpuint(at_switch(c, i).granted, ==, 1);
        g_assert_cmpuint(n2_reserve_promised_kbps(c->switches[i]->plane->sw.reserve, c->up[i]),
                         ==, 10000);
    }
    crowd_free(c);
}

enum {
    BUNDLE = N2_RESERVE_BURST /* messages in one turn; more than find room to wait */
};

/* Many ask in one turn of the plane: all are answered, before it comes to say anything else. */
static void
test_bundle(void)
{
    crowd *c = crowd_new(4, 1, MBIT(100), 2000);
    crowd_user *caller = crowd_add(c, 0);
    n2_plane *plane = c->switches[0]->plane;

    crowd_run(c, SECOND);
    uint64_t before = plane->sw.ports[caller->port_at].bytes_out;
    for (unsigned i = 0; i < BUNDLE; i++) {
        uint8_t bytes[N2_RESERVE_BYTES];
        n2_reserve_message m = {.what = N2_RESERVE_ASK,
                                .class = N2_CLASS_HIGH,
                                .id = i + 1,
                                .kbps = 1000000, /* too much */
                                .offer_kbps = UINT32_MAX,
                                .path = (uint64_t)c->up[0] << (64 - plane->sw.width) |
                                        (uint64_t)i << N2_PATH_USED_BITS | 10};
        n2_reserve_message_write(bytes, &m);
        n2_step step =
            n2_switch_step(&plane->sw, caller->port_at, bytes, sizeof bytes, world_now(c->w));
        g_assert_cmpint(step.verdict, ==, N2_STEP_HOP);
        g_assert_false(n2_plane_reserve_hop(plane, caller->port_at, step.out_port, bytes,
                                            sizeof bytes, world_now(c->w)));
    }
    g_assert_cmpuint(at_switch(c, 0).refused, ==, BUNDLE);
    g_assert_cmpuint(at_switch(c, 0).unsent, ==, 0);
    for (unsigned i = 0; i < BUNDLE; i++) { /* the same of trees that there are not */
        uint8_t bytes[N2_CAST_BYTES];
        n2_cast cast = {.type = N2_CAST_TREE,
                        .kind = N2_CAST_JOIN,
                        .is_for_hops = true,
                        .id = i + 1,
                        .nonce = i + 1,
                        .mask = 4,
                        .path = (uint64_t)i << N2_PATH_USED_BITS | 10};
        n2_cast_write(bytes, &cast);
        n2_step step =
            n2_switch_step(&plane->sw, caller->port_at, bytes, sizeof bytes, world_now(c->w));
        g_assert_cmpint(step.verdict, ==, N2_STEP_CONTROL);
        n2_plane_cast_hop(plane, caller->port_at, 0, bytes, sizeof bytes, world_now(c->w));
    }
    g_assert_cmpuint(plane->casts->trees.said.lost, ==, 0);
    g_assert_cmpuint(plane->sw.ports[caller->port_at].bytes_out - before, >=,
                     2 * BUNDLE * N2_RESERVE_BYTES);
    crowd_free(c);
}

/* Who opened the link has a share by his address; who was opened one to has his own. */
static void
test_source(void)
{
    world_use_internet(true);
    crowd *c = crowd_new(5, 1, MBIT(100), 2000);
    crowd_user *caller = crowd_add(c, 0);
    world_use_internet(false);
    world_node *sw = c->switches[0], *opener = caller->node;

    crowd_run(c, SECOND);
    uint64_t at_switch = n2_links_source(sw->plane->links, caller->port_at);
    uint64_t at_caller = n2_links_source(opener->plane->links, caller->port);
    g_assert_true(!at_switch != !at_caller);
    g_assert_cmpuint(at_switch + at_caller, ==,
                     n2_net_source(at_switch ? &opener->addr : &sw->addr));
    g_assert_cmpuint(n2_links_source(sw->plane->links, 0), ==, 0);
    crowd_free(c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/sim/reserve/20-bulk-flows-beside-4-of-10-mbit", GUINT_TO_POINTER(4),
                         test_beside_bulk);
    g_test_add_data_func("/sim/reserve/20-bulk-flows-beside-7-of-10-mbit", GUINT_TO_POINTER(7),
                         test_beside_bulk);
    g_test_add_func("/sim/reserve/attack-26-sends-double", test_sends_double);
    g_test_add_func("/sim/reserve/connected-later", test_connected_later);
    g_test_add_func("/sim/reserve/one-of-two-leaves", test_one_leaves);
    g_test_add_func("/sim/reserve/moves-away", test_moves_away);
    g_test_add_func("/sim/reserve/eight-switches-one-round-trip", test_eight_switches);
    g_test_add_func("/sim/reserve/source-of-a-link", test_source);
    g_test_add_func("/sim/reserve/many-in-one-turn", test_bundle);
    return g_test_run();
}
