/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * town.c - the streets of a town.
 */
#include "town.h"

#include <string.h>

#include "base/limits.h"
#include "wire/path.h"

static const uint8_t client_width = 3, attacker_width = 2, hub_width = TOWN_HUB_WIDTH,
                     server_width = TOWN_SERVER_WIDTH;

static uint16_t
last_port(const star *s, int node)
{
    return star_last(s, node, N2_EVENT_LINK_UP)->port;
}

uint64_t
town_route(unsigned n, const uint8_t *widths, const uint16_t *ports)
{
    n2_route r = {0};

    for (unsigned i = 0; i < n; i++)
        g_assert_cmpint(n2_route_add(&r, widths[i], ports[i]), ==, N2_OK);
    return r.word;
}

/* One more link; its ports at both ends. */
static void
link_nodes(town *t, int a, int b, uint16_t *at_a, uint16_t *at_b)
{
    star *s = t->s;
    unsigned up = s->links_up;
    uint16_t kept[STAR_NODES];
    n2_op op = {.kind = N2_OP_LINK_OPEN, .net = s->node[b]->addr, .link_id = 100 + up};
    world_wire quiet = {.rate_Bps = t->wire.rate_Bps, .delay_us = t->wire.delay_us};

    memcpy(kept, s->port_to_hub, sizeof kept);
    world_lay(s->w, s->node[a], s->node[b], &quiet);
    world_op(s->w, s->node[a], &op);
    while (s->links_up < up + 2)
        g_assert_true(world_step(s->w));
    memcpy(s->port_to_hub, kept, sizeof kept);
    *at_a = last_port(s, a);
    *at_b = last_port(s, b);
    world_change(s->w, s->node[a], s->node[b], &t->wire);
    world_change(s->w, s->node[b], s->node[a], &t->wire);
}

void
town_build(town *t, uint64_t seed, const world_wire *wire)
{
    star *s = t->s = star_new(seed, wire, 2200);
    uint16_t c_direct, s_direct, c_long, a_long;

    t->wire = *wire;
    link_nodes(t, STAR_CLIENT, STAR_SERVER, &c_direct, &s_direct);
    link_nodes(t, STAR_CLIENT, STAR_ATTACKER, &c_long, &a_long);
    t->ways[0][WAY_HUB] = s->path;
    t->ways[0][WAY_DIRECT] = town_route(1, &client_width, &c_direct);
    t->ways[0][WAY_LONG] = town_route(
        3, (uint8_t[]){client_width, attacker_width, hub_width},
        (uint16_t[]){c_long, s->port_to_hub[STAR_ATTACKER], s->port_at_hub[STAR_SERVER]});
    t->ways[1][WAY_HUB] =
        town_route(2, (uint8_t[]){server_width, hub_width},
                   (uint16_t[]){s->port_to_hub[STAR_SERVER], s->port_at_hub[STAR_CLIENT]});
    t->ways[1][WAY_DIRECT] = town_route(1, &server_width, &s_direct);
    t->ways[1][WAY_LONG] = town_route(
        3, (uint8_t[]){server_width, hub_width, attacker_width},
        (uint16_t[]){s->port_to_hub[STAR_SERVER], s->port_at_hub[STAR_ATTACKER], a_long});
    star_connect(s);
    g_assert_true(star_until_connected(s, 20 * N2_SECOND_US));
    star_run(s, N2_SECOND_US / 10);
}

void
town_clear(town *t)
{
    star_free(t->s);
}

void
town_set_way(town *t, int way, bool is_up)
{
    star *s = t->s;
    world_wire wire = t->wire;
    int a = way == WAY_HUB ? STAR_HUB : STAR_CLIENT;
    int b = way == WAY_HUB ? STAR_CLIENT : way == WAY_DIRECT ? STAR_SERVER : STAR_ATTACKER;

    if (!is_up)
        wire.loss_ppm = 1000000;
    world_change(s->w, s->node[a], s->node[b], &wire);
    world_change(s->w, s->node[b], s->node[a], &wire);
}

int
town_node(unsigned who)
{
    return who ? STAR_SERVER : STAR_CLIENT;
}

void
town_move(town *t, unsigned who, int way, uint64_t tag)
{
    n2_op op = {.kind = N2_OP_MOVE,
                .conn = t->s->conn[town_node(who)],
                .tag = tag,
                .path = t->ways[who][way]};

    world_op(t->s->w, t->s->node[town_node(who)], &op);
}

void
town_move_surely(town *t, unsigned who, int way, uint64_t tag, int tries)
{
    star *s = t->s;
    const n2_event *e;

    for (;;) {
        g_assert_cmpint(tries--, >, 0);
        town_move(t, who, way, tag);
        do {
            g_assert_true(world_step(s->w));
            e = star_last(s, town_node(who), N2_EVENT_MOVED);
        } while (!e || !e->initiator || e->tag != tag);
        if (!e->err)
            break;
        g_assert_cmpint(e->err, ==, N2_ERR_TIMEOUT);
        tag += 1000;
    }
    g_assert_cmphex(e->path, ==, t->ways[who][way]);
}
