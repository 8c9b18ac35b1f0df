/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-copies.c - one to many through whole data planes: what the filter says of each copy.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "crowd.h"
#include "node/plane-private.h"
#include "wire/path.h"

#define SECOND UINT64_C(1000000)
#define TREE UINT64_C(0x0123456789abcdef)

enum {
    USERS = 3, /* the first is the source */
    PACKETS = 20
};

/* Way from @u to the source, both at the same switch. */
static uint64_t
way_to_source(const crowd *c, const crowd_user *u)
{
    n2_route route = {0};

    g_assert_cmpint(n2_route_add(&route, 2, u->port), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, c->switches[0]->plane->width, c->users[0].port_at), ==,
                    N2_OK);
    return route.word;
}

static void
send_packets(crowd *c)
{
    for (unsigned i = 0; i < PACKETS; i++) {
        n2_op op = {.kind = N2_OP_CAST_SEND,
                    .address = TREE,
                    .bits = N2_MODE_MULTICAST,
                    .size = i,
                    .bytes = calloc(1, 128),
                    .len = 128};
        world_op(c->w, c->users[0].node, &op);
        crowd_run(c, SECOND / 100);
    }
}

/* Packets that the switch sent to @u since it was asked last. */
static uint64_t
got(const crowd *c, const crowd_user *u, uint64_t *before)
{
    uint64_t now = c->switches[0]->plane->sw.ports[u->port_at].packets_out, n = now - *before;

    *before = now;
    return n;
}

static void
load(crowd *c, uint16_t port)
{
    g_autofree char *text = g_strdup_printf("deny to %u/5 mode multicast", port);
    g_autofree n2_filter_rule *rules = g_new(n2_filter_rule, N2_FILTER_RULES_MAX);
    size_t n;
    unsigned line;

    g_assert_cmpint(n2_filter_parse(text, rules, &n, &line), ==, N2_OK);
    g_assert_cmpuint(n, ==, 1);
    n2_op op = {.kind = N2_OP_FILTER, .len = sizeof *rules, .bytes = calloc(1, sizeof *rules)};
    memcpy(op.bytes, rules, op.len);
    world_op(c->w, c->switches[0], &op);
}

/* A rule about a way holds for a copy that goes it as for a packet that was sent by it: not for
 * the number of the tree, which stands there as it comes in. */
static void
test_filter(void)
{
    crowd *c = crowd_new(1, 1, 1250000, 2500);
    const n2_switch *sw = &c->switches[0]->plane->sw;
    uint64_t before[USERS] = {0};

    for (unsigned i = 0; i < USERS; i++)
        (void)crowd_add(c, 0);
    n2_op open = {.kind = N2_OP_CAST_OPEN, .address = TREE, .bits = N2_MODE_MULTICAST};
    world_op(c->w, c->users[0].node, &open);
    for (unsigned i = 1; i < USERS; i++) {
        n2_op join = {.kind = N2_OP_CAST_JOIN,
                      .tag = i,
                      .address = TREE,
                      .bits = N2_MODE_MULTICAST,
                      .path = way_to_source(c, &c->users[i])};
        world_op(c->w, c->users[i].node, &join);
    }
    crowd_run(c, 3 * SECOND);
    g_assert_cmpuint(c->switches[0]->plane->casts->trees.n_trees, ==, 1); /* it branches here */
    for (unsigned i = 1; i < USERS; i++)
        (void)got(c, &c->users[i], &before[i]);
    send_packets(c);
    for (unsigned i = 1; i < USERS; i++)
        g_assert_cmpuint(got(c, &c->users[i], &before[i]), >=, PACKETS);
    load(c, c->users[1].port_at);
    (void)got(c, &c->users[1], &before[1]);
    (void)got(c, &c->users[2], &before[2]);
    send_packets(c);
    g_assert_cmpuint(got(c, &c->users[1], &before[1]), <,
                     PACKETS / 4); /* a word about its join */
    g_assert_cmpuint(got(c, &c->users[2], &before[2]), >=, PACKETS);
    g_assert_cmpuint(sw->dropped[N2_DROP_FILTER], >=, PACKETS);
    crowd_free(c);
}

static bool
is_uplink(const world_node *node, uint32_t port)
{
    const n2_channel_port *ports = node->plane->casts->channels.ports;

    return ports && ports[port].flags & N2_CHANNEL_UPLINK;
}

/* Attack 18: all channels may come from whom we chose ourselves, as from a provider; not from
 * whom we asked a neighbour to introduce, or who was introduced to us, though we call both. */
static void
test_uplinks(void)
{
    const world_wire wire = {.delay_us = 2500};

    world_use_internet(true);
    crowd *c = crowd_new(2, 1, 1250000, 2500);
    crowd_user *one = crowd_add(c, 0), *other = crowd_add(c, 0);

    world_lay(c->w, one->node, other->node, &wire);
    g_assert_true(is_uplink(one->node, one->port));
    g_assert_false(is_uplink(c->switches[0], one->port_at));
    uint16_t port = one->port;
    unsigned want = c->links_up + 2;
    n2_op meet = {.kind = N2_OP_LINK_MEET,
                  .port = one->port,
                  .remote_port = other->port_at,
                  .link_id = 0x1234567};
    world_op(c->w, one->node, &meet);
    crowd_run(c, 5 * SECOND);
    g_assert_cmpuint(c->links_up, ==, want);
    g_assert_cmpuint(one->port, !=, port); /* that of the last link that came up */
    g_assert_false(is_uplink(one->node, one->port));
    g_assert_false(is_uplink(other->node, other->port));
    g_assert_true(is_uplink(one->node, port));
    crowd_free(c);
    world_use_internet(false);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/copies/filter", test_filter);
    g_test_add_func("/sim/copies/attack-18-uplinks", test_uplinks);
    return g_test_run();
}
