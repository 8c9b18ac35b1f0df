/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hops.c - switches in a made-up network that carries messages of reservations only.
 */
#include "hops.h"

#include <string.h>

#include "base/limits.h"
#include "switch/police.h"

typedef struct {
    guint64 at_us;
    int node;
    unsigned in_port;
    gsize len;
    guint8 bytes[N2_PACKET_BYTES_MAX];
} packet;

static void
random_cb(void *user, void *buf, size_t len)
{
    guint64 *state = user;

    for (gsize i = 0; i < len; i++) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        ((guint8 *)buf)[i] = (guint8)(*state >> 56);
    }
}

static void
node_init(hops *h, hops_node *node)
{
    n2_env env = {.user = &h->random, .random = random_cb};

    g_assert_cmpint(n2_switch_init(&node->sw, HOPS_WIDTH), ==, N2_OK);
    g_assert_cmpint(n2_reserve_new(&node->reserve, &env, HOPS_WIDTH), ==, N2_OK);
}

hops *
hops_new(guint64 seed)
{
    hops *h = g_new0(hops, 1);

    h->random = seed;
    h->now_us = 1000000;
    g_queue_init(&h->under_way);
    return h;
}

void
hops_free(hops *h)
{
    for (int i = 0; i < h->n_nodes; i++) {
        n2_reserve_free(h->nodes[i].reserve);
        n2_switch_clear(&h->nodes[i].sw);
    }
    g_queue_clear_full(&h->under_way, g_free);
    g_free(h);
}

int
hops_add(hops *h)
{
    hops_node *node = &h->nodes[h->n_nodes];

    g_assert_cmpint(h->n_nodes, <, HOPS_NODES);
    for (unsigned i = 0; i < HOPS_PORTS; i++)
        node->wires[i].peer = -1;
    node_init(h, node);
    return h->n_nodes++;
}

void
hops_restart(hops *h, int node)
{
    hops_node *n = &h->nodes[node];

    n2_reserve_free(n->reserve);
    n2_switch_clear(&n->sw);
    node_init(h, n);
}

void
hops_lay(hops *h, int a, unsigned port_a, int b, unsigned port_b, uint64_t Bps)
{
    g_assert_cmpint(h->nodes[a].wires[port_a].peer, ==, -1);
    g_assert_cmpint(h->nodes[b].wires[port_b].peer, ==, -1);
    h->nodes[a].wires[port_a] = (hops_wire){.peer = b, .peer_port = port_b, .rate_Bps = Bps};
    h->nodes[b].wires[port_b] = (hops_wire){.peer = a, .peer_port = port_a, .rate_Bps = Bps};
}

int
hops_row(hops *h, int n, uint64_t Bps)
{
    int first = hops_add(h);

    for (int i = 1; i < n; i++) {
        int next = hops_add(h);
        hops_lay(h, next - 1, 2, next, 1, Bps);
    }
    return first;
}

guint64
hops_path(const unsigned *ports, unsigned n)
{
    n2_route route = {0};

    for (unsigned i = 0; i < n; i++)
        g_assert_cmpint(n2_route_add(&route, HOPS_WIDTH, ports[i]), ==, N2_OK);
    return route.word;
}

/* ---- packets --------------------------------------------------------------------------------
 */

static void
send_on(hops *h, int from, unsigned out_port, const guint8 *bytes, gsize len)
{
    const hops_wire *wire = &h->nodes[from].wires[out_port];

    h->n_sent++;
    if (wire->peer < 0 || (h->loses && h->loses(h, from, wire->peer, bytes)))
        return;
    packet *p = g_new0(packet, 1);
    p->at_us = h->now_us + HOPS_DELAY_US;
    p->node = wire->peer;
    p->in_port = wire->peer_port;
    p->len = len;
    memcpy(p->bytes, bytes, len);
    g_queue_push_tail(&h->under_way, p);
}

void
hops_inject(hops *h, int node, unsigned in_port, const guint8 *bytes, gsize len)
{
    hops_node *n = &h->nodes[node];
    guint8 copy[N2_PACKET_BYTES_MAX];

    if (n->is_deaf)
        return;
    memcpy(copy, bytes, len);
    n2_step step = n2_switch_step(&n->sw, in_port, copy, len, h->now_us);
    if (step.verdict == N2_STEP_HOP) {
        n2_reserve_way way = {.in_port = in_port,
                              .out_port = step.out_port,
                              .rate_Bps = n->wires[step.out_port].rate_Bps,
                              .users = n->wires[in_port].users,
                              .source = n->wires[in_port].source,
                              .is_down = n->wires[step.out_port].is_down};
        if (n2_reserve_hop(n->reserve, &way, copy, len, h->now_us))
            send_on(h, node, step.out_port, copy, len);
    } else if (step.verdict == N2_STEP_CONTROL) {
        n2_reserve_end(n->reserve, in_port, n->wires[in_port].users, copy, len, h->now_us);
    }
}

/* All that it wants to say now. */
static void
drain(hops *h, int node)
{
    hops_node *n = &h->nodes[node];
    guint8 bytes[N2_RESERVE_BYTES];
    n2_reserve_event event;

    while (n2_reserve_output(n->reserve, bytes, h->now_us))
        hops_inject(h, node, 0, bytes, sizeof bytes);
    while (n2_reserve_take_event(n->reserve, &event)) {
        g_assert_cmpuint(h->n_events, <, G_N_ELEMENTS(h->events));
        h->event_node[h->n_events] = node;
        h->events[h->n_events++] = event;
    }
}

static void
turn(hops *h, int node)
{
    hops_node *n = &h->nodes[node];

    if (n->is_deaf)
        return;
    if (n2_reserve_deadline(n->reserve) <= h->now_us)
        n2_reserve_expire(n->reserve, h->now_us);
    drain(h, node);
}

void
hops_run(hops *h, guint64 us)
{
    guint64 end_us = h->now_us + us;

    for (;;) {
        for (int i = 0; i < h->n_nodes; i++)
            turn(h, i);
        const packet *next = g_queue_peek_head(&h->under_way);
        guint64 at_us = next ? next->at_us : UINT64_MAX;
        for (int i = 0; i < h->n_nodes; i++)
            if (!h->nodes[i].is_deaf)
                at_us = MIN(at_us, n2_reserve_deadline(h->nodes[i].reserve));
        if (at_us > end_us)
            break;
        h->now_us = MAX(h->now_us, at_us);
        while (next && next->at_us <= h->now_us) {
            g_autofree packet *p = g_queue_pop_head(&h->under_way);
            h->nodes[p->node].seen++;
            hops_inject(h, p->node, p->in_port, p->bytes, p->len);
            next = g_queue_peek_head(&h->under_way);
        }
    }
    h->now_us = end_us;
}

/* ---- what tests ask -------------------------------------------------------------------------
 */

void
hops_ask(hops *h, int node, guint64 tag, guint64 path, guint kbps)
{
    n2_reserve_claim claim = {.tag = tag, .path = path, .kbps = kbps, .class = N2_CLASS_HIGH};

    g_assert_cmpint(n2_reserve_ask(h->nodes[node].reserve, &claim, h->now_us), ==, N2_OK);
}

const n2_reserve_event *
hops_event(const hops *h, int node, guint64 tag)
{
    for (guint i = h->n_events; i-- > 0;)
        if (h->event_node[i] == node && h->events[i].tag == tag)
            return &h->events[i];
    return NULL;
}

guint
hops_drive(hops *h, int node, guint64 path, gsize len)
{
    unsigned in_port = 0;
    guint kept = 0;

    for (;;) {
        hops_node *n = &h->nodes[node];
        uint32_t out_port = 0;
        g_assert_true(n2_path_step(&path, HOPS_WIDTH, in_port, &out_port));
        if (!out_port)
            return kept;
        if (!n2_police_packet(n->reserve, in_port, out_port, path, N2_CLASS_HIGH, len,
                              h->now_us))
            return kept;
        kept++;
        g_assert_cmpint(n->wires[out_port].peer, >=, 0);
        in_port = n->wires[out_port].peer_port;
        node = n->wires[out_port].peer;
    }
}

n2_reserve_stats
hops_stats(const hops *h, int node)
{
    n2_reserve_stats stats;

    n2_reserve_stats_get(h->nodes[node].reserve, &stats);
    return stats;
}

uint64_t
hops_ahead(unsigned n)
{
    unsigned ports[HOPS_NODES];

    for (unsigned i = 0; i < n; i++)
        ports[i] = 2;
    return hops_path(ports, n);
}

uint64_t
hops_promised(const hops *h, int node, unsigned port)
{
    return n2_reserve_promised_kbps(h->nodes[node].reserve, port);
}
