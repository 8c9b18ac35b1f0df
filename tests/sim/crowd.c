/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * crowd.c - nodes, links, connections; and what passes the last wire.
 */
#include "crowd.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/noise.h"
#include "node/plane-private.h"
#include "switch/notice.h"
#include "switch/queue-private.h"
#include "transport/region.h"
#include "wire/code.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    WIDTH_USER = 2,
    WIDTH_SWITCH = 5,
    KEY_ID = 3,
    UNIT = 2048,
    LOOK_US = 1000
};

/* ---- events --------------------------------------------------------------------------------
 */

static void
link_up(crowd *c, world_node *node, const n2_event *e)
{
    c->links_up++;
    for (unsigned i = 0; i < c->n_switches; i++) {
        world_node *above = i + 1 < c->n_switches ? c->switches[i + 1] : c->sink;
        if (node == c->switches[i] && n2_net_addr_equal(&e->net, &above->addr))
            c->up[i] = e->port;
        if (i && node == c->switches[i] &&
            n2_net_addr_equal(&e->net, &c->switches[i - 1]->addr))
            c->down[i] = e->port;
    }
    if (node == c->sink)
        c->sink_port = e->port;
    for (unsigned i = 0; i < c->n_users; i++) {
        crowd_user *u = &c->users[i];
        if (node == u->node)
            u->port = e->port;
        if (node == c->switches[u->at] && n2_net_addr_equal(&e->net, &u->node->addr))
            u->port_at = e->port;
    }
}

static void
need_es(crowd *c, const n2_event *event)
{
    n2_noise_es_result es;
    n2_op op = {.kind = N2_OP_ES, .tag = event->tag, .len = sizeof es.ck + sizeof es.k};

    op.err = n2_noise_es(n2_noise_suite_find(N2_SUITE_1), c->secret, event->key, &es);
    op.bytes = malloc(op.len);
    memcpy(op.bytes, es.ck, sizeof es.ck);
    memcpy(op.bytes + sizeof es.ck, es.k, sizeof es.k);
    world_op(c->w, c->sink, &op);
}

static void
on_event_cb(world *w, world_node *node, const n2_event *event, void *user)
{
    crowd *c = user;

    (void)w;
    if (event->kind == N2_EVENT_LINK_UP)
        link_up(c, node, event);
    else if (event->kind == N2_EVENT_NEED_ES)
        need_es(c, event);
    else if (event->kind == N2_EVENT_CONNECTED)
        *(node == c->sink ? &c->last_sink : &c->last_client) = event->conn;
    else if (event->kind == N2_EVENT_CLOSED && !c->may_close)
        g_error("a connection is closed: %s", n2_err_name(event->err));
    for (unsigned i = 0; i < c->n_users; i++) {
        c->users[i].n_sent += c->users[i].node == node && event->kind == N2_EVENT_SENT;
        c->users[i].n_casts += c->users[i].node == node && event->kind == N2_EVENT_CAST;
    }
    c->n_casts += node == c->sink && event->kind == N2_EVENT_CAST;
}

/* ---- wires ---------------------------------------------------------------------------------
 */

static void
look_at(crowd *c, const uint8_t *bytes, size_t len)
{
    n2_packet p;

    if (n2_packet_parse(&p, bytes, len) || !p.is_sealed)
        return;
    for (unsigned i = 0; i < c->n_users; i++) {
        if (c->users[i].way == p.path) {
            c->users[i].bytes += len;
            c->users[i].marked += p.jam;
        }
    }
}

static void
look_back(crowd_user *u, const uint8_t *bytes, size_t len)
{
    n2_switch_notice n;

    if (n2_switch_notice_read(&n, bytes, len))
        return;
    u->notices[n.reason == N2_NOTICE_JAM]++;
    if (n.reason == N2_NOTICE_JAM && !u->first_jam_us)
        u->first_jam_us = world_now(u->c->w);
}

static bool
tap_cb(world *w, world_node *from, world_node *to, uint8_t *bytes, size_t len, void *user)
{
    crowd *c = user;
    uint8_t *packet;
    size_t packet_len;
    n2_frame frame;

    (void)w;
    for (unsigned i = 0; i < c->n_users; i++)
        if (from == c->users[i].node)
            memcpy(c->users[i].head, bytes, sizeof c->users[i].head);
    if (n2_frame_read(&frame, bytes, len) || frame.kind != N2_FRAME_WHOLE)
        return true;
    n2_bundle bundle = {bytes + N2_FRAME_HEAD_BYTES, len - N2_FRAME_HEAD_BYTES};
    while (!n2_bundle_next(&bundle, &packet, &packet_len)) {
        if (to == c->sink)
            look_at(c, packet, packet_len);
        for (unsigned i = 0; i < c->n_users; i++)
            if (to == c->users[i].node)
                look_back(&c->users[i], packet, packet_len);
    }
    return true;
}

/* ---- life ----------------------------------------------------------------------------------
 */

static void
make_key_record(crowd *c)
{
    n2_env env = {.user = world_peek_random(c->w), .random = world_random_fill};
    n2_op op = {.kind = N2_OP_KEY_RECORD,
                .key_id = KEY_ID,
                .suite = N2_SUITE_1,
                .until_us = UINT64_MAX,
                .bytes = malloc(N2_KEY_ANSWER_BYTES),
                .len = N2_KEY_ANSWER_BYTES};

    g_assert_cmpint(n2_noise_keypair(n2_noise_suite_find(N2_SUITE_1), &env, c->secret, c->key),
                    ==, N2_OK);
    n2_env_random(&env, c->answer, sizeof c->answer);
    memcpy(op.bytes, c->answer, sizeof c->answer);
    memcpy(op.key, c->key, sizeof c->key);
    world_op(c->w, c->sink, &op);
}

/* @from opens a link to @to; both are up when this returns. */
static void
open_link(crowd *c, world_node *from, world_node *to)
{
    static uint64_t ids;
    world_wire wire = {.rate_Bps = 10 * c->rate_Bps, .delay_us = c->delay_us};
    unsigned want = c->links_up + 2;
    n2_op op = {.kind = N2_OP_LINK_OPEN, .net = to->addr, .link_id = ++ids};

    world_lay(c->w, from, to, &wire);
    world_op(c->w, from, &op);
    while (c->links_up < want)
        g_assert_true(world_step(c->w));
}

crowd *
crowd_new(uint64_t seed, unsigned n_switches, uint64_t rate_Bps, uint64_t delay_us)
{
    crowd *c = g_new0(crowd, 1);

    c->w = world_new(seed);
    c->rate_Bps = rate_Bps;
    c->delay_us = delay_us;
    c->n_switches = n_switches;
    c->source = calloc(1, CROWD_PIECE_BYTES);
    c->target = calloc(1, CROWD_PIECE_BYTES);
    world_set_datagram(c->w, 2200);
    world_set_tap(c->w, tap_cb, c);
    for (unsigned i = 0; i < n_switches; i++)
        c->switches[i] = world_add(c->w, WIDTH_SWITCH, on_event_cb, c);
    c->sink = world_add(c->w, WIDTH_USER, on_event_cb, c);
    for (unsigned i = 0; i < n_switches; i++) {
        open_link(c, c->switches[i], i + 1 < n_switches ? c->switches[i + 1] : c->sink);
        n2_op rate = {.kind = N2_OP_LINK_RATE, .port = c->up[i], .size = rate_Bps};
        world_op(c->w, c->switches[i], &rate);
    }
    make_key_record(c);
    return c;
}

void
crowd_free(crowd *c)
{
    world_free(c->w);
    free(c->source);
    free(c->target);
    g_free(c);
}

/* ---- users ---------------------------------------------------------------------------------
 */

crowd_user *
crowd_add(crowd *c, unsigned at)
{
    g_assert_cmpuint(c->n_users, <, CROWD_USERS);
    crowd_user *u = &c->users[c->n_users++];
    n2_route route = {0};
    uint32_t out_port;

    u->c = c;
    u->at = at;
    u->node = world_add(c->w, WIDTH_USER, on_event_cb, c);
    if (c->is_one_house && c->n_users > 1) {
        u->node->addr = c->users[0].node->addr;
        u->node->addr.bytes[2] = (uint8_t)c->n_users; /* of its UDP port */
    }
    open_link(c, u->node, c->switches[at]);
    g_assert_cmpint(n2_route_add(&route, WIDTH_USER, u->port), ==, N2_OK);
    for (unsigned i = at; i < c->n_switches; i++)
        g_assert_cmpint(n2_route_add(&route, WIDTH_SWITCH, c->up[i]), ==, N2_OK);
    u->path = u->way = route.word;
    g_assert_true(n2_path_step(&u->way, WIDTH_USER, 0, &out_port));
    for (unsigned i = at; i < c->n_switches; i++)
        g_assert_true(
            n2_path_step(&u->way, WIDTH_SWITCH, i == at ? u->port_at : c->down[i], &out_port));
    return u;
}

void
crowd_weigh(crowd *c, uint32_t most)
{
    for (unsigned i = 1; i < c->n_switches; i++) {
        n2_op op = {.kind = N2_OP_LINK_USERS, .port = c->down[i], .size = most};
        world_op(c->w, c->switches[i], &op);
    }
}

void
crowd_connect(crowd_user *u, unsigned n)
{
    crowd *c = u->c;

    for (unsigned i = 0; i < n; i++) {
        n2_op op = {.kind = N2_OP_CONNECT,
                    .tag = 1,
                    .suite = N2_SUITE_1,
                    .key_id = KEY_ID,
                    .fresh = true,
                    .path = u->path};
        memcpy(op.key, c->key, sizeof c->key);
        n2_sha256_of(c->answer, sizeof c->answer, op.record);
        c->last_client = c->last_sink = 0;
        world_op(c->w, u->node, &op);
        while (!c->last_client || !c->last_sink)
            g_assert_true(world_step(c->w));
        u->conns[u->n_conns] = c->last_client;
        u->at_sink[u->n_conns++] = c->last_sink;
    }
}

void
crowd_push(crowd_user *u, unsigned from, uint64_t size)
{
    crowd *c = u->c;

    for (unsigned i = from; i < u->n_conns; i++) {
        uint64_t address = n2_region_address(N2_REGION_PLANE_MAX + 1 + c->regions++, 3);
        n2_op grant = {.kind = N2_OP_GRANT,
                       .conn = u->at_sink[i],
                       .address = address,
                       .memory = c->target,
                       .size = size,
                       .unit = UNIT};
        n2_op send = {.kind = N2_OP_SEND,
                      .conn = u->conns[i],
                      .tag = 1,
                      .address = address,
                      .memory = c->source,
                      .size = size,
                      .unit = UNIT};
        world_op(c->w, c->sink, &grant);
        world_op(c->w, u->node, &send);
    }
}

static void
blast_cb(world *w, void *user)
{
    crowd_user *u = user;
    uint8_t bytes[N2_FRAME_HEAD_BYTES + N2_PACKET_BYTES_MAX] = {0};
    n2_packet packet = {.is_long = true,
                        .is_sealed = true,
                        .size = 3,
                        .class = N2_CLASS_DEFAULT,
                        .path = u->path,
                        .address = UINT64_C(0x100) << 32,
                        .counter = u->n_blasted++};
    uint32_t out_port;

    if (!u->blast_Bps)
        return;
    memcpy(bytes, u->head, sizeof u->head);
    bytes[6] &= 0x3f; /* whole packets */
    g_assert_true(n2_path_step(&packet.path, WIDTH_USER, 0, &out_port));
    (void)n2_packet_write_head(bytes + N2_FRAME_HEAD_BYTES, &packet);
    world_inject(w, u->node, u->c->switches[u->at], bytes, sizeof bytes);
    world_call_at(w, world_now(w) + N2_PACKET_BYTES_MAX * UINT64_C(1000000) / u->blast_Bps,
                  blast_cb, u);
}

void
crowd_blast(crowd_user *u, uint64_t Bps)
{
    u->blast_Bps = Bps;
    if (Bps)
        blast_cb(u->c->w, u);
}

/* ---- figures -------------------------------------------------------------------------------
 */

uint64_t
crowd_dropped(const crowd *c)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < c->n_switches; i++)
        n += c->switches[i]->plane->sw.dropped[N2_DROP_QUEUE];
    return n;
}

static n2_queue_stats
look_at_last(const crowd *c)
{
    n2_queue_stats stats;
    unsigned last = c->n_switches - 1;

    n2_queues_look(c->switches[last]->plane->queues, c->up[last], world_now(c->w), &stats);
    return stats;
}

double
crowd_target(const crowd *c, unsigned n)
{
    return (double)c->rate_Bps / n * N2_QUEUE_TARGET_US / 1e6 + 2 * N2_PACKET_BYTES_MAX;
}

static uint32_t
waiting_of(const crowd_user *u)
{
    const n2_queues *q = u->c->switches[u->at]->plane->queues;
    const n2_queue_port *port = &q->ports[u->c->up[u->at]];
    const n2_queue_turn *first = port->shares[N2_CLASS_DEFAULT], *at = first;

    do {
        const n2_queue_share *share = (const n2_queue_share *)at;
        if (at && share->who == u->port_at && !share->is_source)
            return share->bytes;
        at = at ? at->next : NULL;
    } while (at != first);
    return 0;
}

static int
compare_cb(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

void
crowd_run(crowd *c, uint64_t us)
{
    unsigned last = c->n_switches - 1;
    const n2_plane *plane = c->switches[last]->plane;
    uint64_t end_us = world_now(c->w) + us, look_us = world_now(c->w);

    while (world_now(c->w) < end_us && world_step(c->w)) {
        for (; look_us <= world_now(c->w); look_us += LOOK_US) {
            for (unsigned i = 0; i < c->n_users; i++)
                c->users[i].waiting = MAX(c->users[i].waiting, waiting_of(&c->users[i]));
            if (c->n_looks == CROWD_LOOKS)
                continue;
            c->first[c->n_looks] = c->n_users ? waiting_of(&c->users[0]) : 0;
            c->look_us[c->n_looks++] =
                n2_queue_us(n2_queues_bytes(plane->queues, c->up[last]), c->rate_Bps);
        }
    }
}

crowd_figures
crowd_watch(crowd *c, uint64_t us)
{
    crowd_figures f = {0};
    double sum = 0, squares = 0;
    uint64_t dropped = crowd_dropped(c), told = look_at_last(c).told;

    for (unsigned i = 0; i < c->n_users; i++) {
        f.bytes[i] = -(double)c->users[i].bytes;
        c->users[i].waiting = 0;
    }
    c->n_looks = 0;
    crowd_run(c, us);
    for (unsigned i = 0; i < c->n_users; i++) {
        f.bytes[i] += (double)c->users[i].bytes;
        f.waiting[i] = c->users[i].waiting;
        sum += f.bytes[i];
        squares += f.bytes[i] * f.bytes[i];
    }
    f.jain = squares > 0 ? sum * sum / c->n_users / squares : 0;
    f.share = sum * 1e6 / (double)us / (double)c->rate_Bps;
    f.dropped = crowd_dropped(c) - dropped;
    n2_queue_stats stats = look_at_last(c);
    f.jams = stats.told - told;
    f.most_ms = (double)stats.peak_bytes * 1e3 / (double)c->rate_Bps;
    if (c->n_looks) {
        qsort(c->look_us, c->n_looks, sizeof *c->look_us, compare_cb);
        f.median_ms = (double)c->look_us[c->n_looks / 2] / 1000;
        f.late_ms = (double)c->look_us[c->n_looks * 99 / 100] / 1000;
        qsort(c->first, c->n_looks, sizeof *c->first, compare_cb);
        f.late = (double)c->first[c->n_looks * 99 / 100];
    }
    return f;
}
