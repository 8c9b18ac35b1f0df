/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-casts.c - one to many between whole nodes: a source, a switch that copies, two who
 * follow.
 */
#include <string.h>

#include "base/limits.h"
#include "node/plane-private.h"
#include "star.h"
#include "switch/channels.h"
#include "switch/look.h"
#include "switch/tree-private.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    CHANNEL = 0x123456,
    NUMBER = 100
};

#define TREE UINT64_C(0x1234567890abcdef)

static const world_wire wire = {.rate_Bps = 12500000, .delay_us = 1000};

typedef struct {
    guint n_multicast, n_broadcast; /* on the wire from the server to the hub */
} seen;

static void
watch(star *s, int from, int to, uint8_t *packet, size_t len)
{
    seen *w = s->user;
    unsigned mode = (packet[1] & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT;

    (void)len;
    if (from != STAR_SERVER || to != STAR_HUB)
        return;
    w->n_multicast += mode == N2_MODE_MULTICAST;
    w->n_broadcast += mode == N2_MODE_BROADCAST;
}

static void
order(star *s, int node, n2_op op)
{
    world_op(s->w, s->node[node], &op);
}

static uint64_t
way_to_server(const star *s, int node)
{
    static const uint8_t widths[STAR_NODES] = {4, 2, 3, 2};
    n2_route route = {0};
    uint64_t rest = star_path_from_hub(s, STAR_SERVER, 0, 0);

    g_assert_cmpint(n2_route_add(&route, widths[node], s->port_to_hub[node]), ==, N2_OK);
    return route.word | rest >> widths[node];
}

static void
join_both(star *s, uint8_t mode, uint64_t id)
{
    for (int node = STAR_CLIENT; node <= STAR_ATTACKER; node++)
        order(s, node,
              (n2_op){.kind = N2_OP_CAST_JOIN,
                      .tag = 5,
                      .address = id,
                      .bits = mode,
                      .path = way_to_server(s, node)});
    star_run(s, N2_SECOND_US);
}

static void
send_some(star *s, uint8_t mode, uint64_t id, uint32_t first)
{
    for (uint32_t i = 0; i < NUMBER; i++) {
        uint8_t *data = g_malloc(512);
        memset(data, (int)(first + i), 512);
        order(s, STAR_SERVER,
              (n2_op){.kind = N2_OP_CAST_SEND,
                      .address = id,
                      .bits = mode,
                      .size = first + i,
                      .bytes = data,
                      .len = 512});
        star_run(s, 1000);
    }
    star_run(s, 100000);
}

static void
check_states(const star *s, n2_err err)
{
    for (int node = STAR_CLIENT; node <= STAR_ATTACKER; node++) {
        g_assert_nonnull(star_last(s, node, N2_EVENT_CAST_STATE));
        g_assert_cmpint(star_last(s, node, N2_EVENT_CAST_STATE)->err, ==, err);
        g_assert_cmpuint(star_last(s, node, N2_EVENT_CAST_STATE)->tag, ==, 5);
    }
}

/* Two ways at first, by which each packet leaves twice; then the hub copies, and it leaves
 * once. */
static void
test_tree(void)
{
    star *s = star_new(1, &wire, 1472);
    seen w = {0};

    s->user = &w;
    s->on_packet = watch;
    order(s, STAR_SERVER,
          (n2_op){.kind = N2_OP_CAST_OPEN, .address = TREE, .bits = N2_MODE_MULTICAST});
    star_run(s, 1000);
    g_assert_cmpint(star_last(s, STAR_SERVER, N2_EVENT_CAST_STATE)->err, ==, N2_OK);
    join_both(s, N2_MODE_MULTICAST, TREE);
    check_states(s, N2_OK);
    send_some(s, N2_MODE_MULTICAST, TREE, 0);
    g_assert_cmpuint(w.n_multicast, ==, 2 * NUMBER);
    star_run(s, 12 * N2_SECOND_US);
    w.n_multicast = 0;
    send_some(s, N2_MODE_MULTICAST, TREE, NUMBER);
    g_assert_cmpuint(w.n_multicast, ==, NUMBER);
    for (int node = STAR_CLIENT; node <= STAR_ATTACKER; node++) {
        g_assert_cmpuint(star_count(s, node, N2_EVENT_CAST), ==, 2 * NUMBER);
        const n2_event *e = star_last(s, node, N2_EVENT_CAST);
        g_assert_cmpuint(e->address, ==, 2 * NUMBER - 1);
        g_assert_cmpuint(e->len, ==, 512);
    }
    /* What the hub shows of it. */
    order(s, STAR_HUB, (n2_op){.kind = N2_OP_SWITCH_LOOK, .tag = 1});
    star_run(s, 1000);
    order(s, STAR_CLIENT, (n2_op){.kind = N2_OP_CAST_LEAVE, .tag = 5});
    order(s, STAR_ATTACKER, (n2_op){.kind = N2_OP_CAST_LEAVE, .tag = 5});
    star_run(s, 100000);
    w.n_multicast = 0;
    send_some(s, N2_MODE_MULTICAST, TREE, 2 * NUMBER);
    g_assert_cmpuint(w.n_multicast, ==, 0);
    star_free(s);
}

/* The server's switch has no room for branches: its end point sends to each alone, both hear
 * why, and its look shows it; then there is room, and all is as if it had always been. */
static void
test_alone(void)
{
    star *s = star_new(4, &wire, 1472);
    n2_trees *trees = &s->node[STAR_SERVER]->plane->casts->trees;
    uint16_t port = s->port_to_hub[STAR_SERVER];
    seen w = {0};

    s->user = &w;
    s->on_packet = watch;
    order(s, STAR_SERVER,
          (n2_op){.kind = N2_OP_CAST_OPEN, .address = TREE, .bits = N2_MODE_MULTICAST});
    star_run(s, 1000);
    trees->ports[port].n_branches += N2_TREE_BRANCHES_PER_PORT_MAX;
    join_both(s, N2_MODE_MULTICAST, TREE);
    check_states(s, N2_OK);
    for (int node = STAR_CLIENT; node <= STAR_ATTACKER; node++) {
        const n2_event *e = star_last(s, node, N2_EVENT_CAST_STATE);
        g_assert_cmpuint(e->width, ==, N2_CAST_ALONE);
        g_assert_cmpuint(e->key_id, ==, N2_REFUSE_FULL);
        g_assert_cmpuint(e->size, ==, 3); /* itself, the hub, the server's */
    }
    send_some(s, N2_MODE_MULTICAST, TREE, 0);
    g_assert_cmpuint(w.n_multicast, ==, 2 * NUMBER);
    order(s, STAR_SERVER, (n2_op){.kind = N2_OP_SWITCH_LOOK, .tag = 1});
    star_run(s, 1000);
    trees->ports[port].n_branches -= N2_TREE_BRANCHES_PER_PORT_MAX;
    star_run(s, 2 * N2_TREE_RENEW_US);
    for (int node = STAR_CLIENT; node <= STAR_ATTACKER; node++)
        g_assert_cmpuint(star_last(s, node, N2_EVENT_CAST_STATE)->width, ==, N2_CAST_SHARED);
    g_assert_cmpuint(s->node[STAR_SERVER]->plane->casts->feeds.n, ==, 0);
    send_some(s, N2_MODE_MULTICAST, TREE, NUMBER);
    star_run(s, 12 * N2_SECOND_US);
    w.n_multicast = 0;
    send_some(s, N2_MODE_MULTICAST, TREE, 2 * NUMBER);
    g_assert_cmpuint(w.n_multicast, ==, NUMBER);
    for (int node = STAR_CLIENT; node <= STAR_ATTACKER; node++)
        g_assert_cmpuint(star_count(s, node, N2_EVENT_CAST), ==, 3 * NUMBER);
    star_free(s);
}

/* The hub takes channels only from where its operator says. */
static void
test_channel(void)
{
    star *s = star_new(2, &wire, 1472);
    seen w = {0};
    const n2_channel_rule rule = {N2_DOMAIN_TAKE, s->port_at_hub[STAR_SERVER], 0x120000,
                                  0x12ffff};

    s->user = &w;
    s->on_packet = watch;
    order(s, STAR_SERVER,
          (n2_op){.kind = N2_OP_CAST_OPEN, .address = CHANNEL, .bits = N2_MODE_BROADCAST});
    join_both(s, N2_MODE_BROADCAST, CHANNEL);
    check_states(s, N2_ERR_REFUSED);
    g_assert_cmpuint(star_last(s, STAR_CLIENT, N2_EVENT_CAST_STATE)->size, ==, 2);
    for (int node = STAR_CLIENT; node <= STAR_ATTACKER; node++)
        order(s, node, (n2_op){.kind = N2_OP_CAST_LEAVE, .tag = 5});
    order(s, STAR_HUB,
          (n2_op){.kind = N2_OP_CHANNEL_RULES,
                  .bytes = (uint8_t *)g_memdup2(&rule, sizeof rule),
                  .len = sizeof rule});
    join_both(s, N2_MODE_BROADCAST, CHANNEL);
    check_states(s, N2_OK);
    send_some(s, N2_MODE_BROADCAST, CHANNEL, 0);
    g_assert_cmpuint(w.n_broadcast, ==, NUMBER);
    for (int node = STAR_CLIENT; node <= STAR_ATTACKER; node++) {
        g_assert_cmpuint(star_count(s, node, N2_EVENT_CAST), ==, NUMBER);
        g_assert_cmphex(star_last(s, node, N2_EVENT_CAST)->path, ==, way_to_server(s, node));
    }
    star_free(s);
}

/* Attack 18: who has joined sends to the others as if he were the source, by the path of a copy
 * and by that of a unicast; an end point gives it to nobody, connections and regions neither.
 */
static void
test_intruder(void)
{
    star *s = star_new(3, &wire, 1472);

    order(s, STAR_SERVER,
          (n2_op){.kind = N2_OP_CAST_OPEN, .address = TREE, .bits = N2_MODE_MULTICAST});
    join_both(s, N2_MODE_MULTICAST, TREE);
    check_states(s, N2_OK);
    for (unsigned mode = N2_MODE_UNICAST; mode <= N2_MODE_BROADCAST; mode++)
        for (unsigned used = 0; used < 16; used++) {
            uint8_t bytes[N2_LONG_HEAD_BYTES + 32] = {0};
            n2_packet head = {.is_long = true,
                              .class = N2_CLASS_DEFAULT,
                              .mode = (uint8_t)mode,
                              .path = star_path_from_hub(s, STAR_CLIENT, 0, 0) | used,
                              .address = n2_cast_address(TREE)};
            n2_packet_write_head(bytes, &head);
            star_inject(s, STAR_ATTACKER, bytes, sizeof bytes);
            star_run(s, 1000);
        }
    star_run(s, 100000);
    g_assert_cmpuint(star_count(s, STAR_CLIENT, N2_EVENT_CAST), ==, 0);
    send_some(s, N2_MODE_MULTICAST, TREE, 0);
    g_assert_cmpuint(star_count(s, STAR_CLIENT, N2_EVENT_CAST), ==, NUMBER);
    star_free(s);
}

/* Attack 60: whoever stands behind the port towards the source answers what nobody asked,
 * 10,000 times a second, at the switch and at one who joined: no limit is there that he could
 * use up, so the tree is renewed as ever. */
static void
test_answers(void)
{
    star *s = star_new(4, &wire, 1472);
    uint64_t way = star_path_from_hub(s, STAR_CLIENT, 0, 0);
    seen w = {0};

    s->user = &w;
    s->on_packet = watch;

    order(s, STAR_SERVER,
          (n2_op){.kind = N2_OP_CAST_OPEN, .address = TREE, .bits = N2_MODE_MULTICAST});
    join_both(s, N2_MODE_MULTICAST, TREE);
    star_run(s, 12 * N2_SECOND_US);
    for (uint32_t i = 0; i < 400000; i++) { /* 40 s */
        uint8_t bytes[N2_CAST_BYTES];
        n2_cast cast = {.type = N2_CAST_TREE,
                        .kind = i % 2 ? N2_CAST_ACCEPT : N2_CAST_REFUSE,
                        .number = i % 2 ? 0 : N2_REFUSE_NONE,
                        .id = TREE,
                        .nonce = (uint64_t)i << 32,
                        .mask = 1 << 4,
                        .path = i % 4 == 3 ? way : 0};
        n2_cast_write(bytes, &cast);
        star_inject(s, STAR_SERVER, bytes, sizeof bytes);
        star_run(s, 100);
    }
    w.n_multicast = 0;
    send_some(s, N2_MODE_MULTICAST, TREE, 0);
    g_assert_cmpuint(w.n_multicast, ==, NUMBER); /* once, and copied */
    for (int node = STAR_CLIENT; node <= STAR_ATTACKER; node++)
        g_assert_cmpuint(star_count(s, node, N2_EVENT_CAST), ==, NUMBER);
    star_free(s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/casts/tree", test_tree);
    g_test_add_func("/sim/casts/alone", test_alone);
    g_test_add_func("/sim/casts/channel", test_channel);
    g_test_add_func("/sim/casts/attack-18-intruder", test_intruder);
    g_test_add_func("/sim/casts/attack-60-answers", test_answers);
    return g_test_run();
}
