/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * road.c - pairs of nodes whose wires share two queues, and what is measured there.
 */
#include "road.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/noise.h"
#include "transport/region.h"
#include "wire/code.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    WIDTH = 2,
    KEY_ID = 3,
    LOOK_US = 1000, /* a ping so often */
    UNIT = 2048
};

static void
need_es(road_flow *f, const n2_event *event)
{
    n2_noise_es_result es;
    n2_op op = {.kind = N2_OP_ES, .tag = event->tag, .len = sizeof es.ck + sizeof es.k};

    op.err = n2_noise_es(n2_noise_suite_find(N2_SUITE_1), f->r->secret, event->key, &es);
    op.bytes = malloc(op.len);
    memcpy(op.bytes, es.ck, sizeof es.ck);
    memcpy(op.bytes + sizeof es.ck, es.k, sizeof es.k);
    world_op(f->r->w, f->server, &op);
}

static void
send_piece(road_flow *f)
{
    n2_op op = {.kind = N2_OP_SEND,
                .conn = f->at_server,
                .tag = 1,
                .address = f->address,
                .memory = f->source,
                .size = f->size,
                .unit = UNIT};

    world_op(f->r->w, f->server, &op);
}

static void
on_event_cb(world *w, world_node *node, const n2_event *event, void *user)
{
    road_flow *f = user;
    bool is_client = node == f->client;

    if (event->kind == N2_EVENT_LINK_UP) {
        f->links_up++;
        if (is_client)
            f->port = event->port;
    } else if (event->kind == N2_EVENT_NEED_ES) {
        need_es(f, event);
    } else if (event->kind == N2_EVENT_CONNECTED) {
        *(is_client ? &f->at_client : &f->at_server) = event->conn;
        f->connected_us = world_now(w);
    } else if (event->kind == N2_EVENT_COMMAND && !is_client) {
        send_piece(f);
    } else if (event->kind == N2_EVENT_WRITTEN && event->size == f->size) {
        f->done_us = world_now(w);
    } else if (event->kind == N2_EVENT_SENT) {
        f->n_sent++;
    } else if (event->kind == N2_EVENT_RATE) {
        f->failed_Bps = event->size;
    } else if (event->kind == N2_EVENT_CLOSED) {
        f->closed = event->err ? event->err : N2_ERR_CLOSED;
    }
}

static void
make_key_record(road_flow *f)
{
    n2_op op = {.kind = N2_OP_KEY_RECORD,
                .key_id = KEY_ID,
                .suite = N2_SUITE_1,
                .until_us = UINT64_MAX,
                .bytes = malloc(N2_KEY_ANSWER_BYTES),
                .len = N2_KEY_ANSWER_BYTES};

    memcpy(op.bytes, f->r->answer, sizeof f->r->answer);
    memcpy(op.key, f->r->key, sizeof f->r->key);
    world_op(f->r->w, f->server, &op);
}

road *
road_new(uint64_t seed, const world_wire *there, const world_wire *back)
{
    road *r = g_new0(road, 1);

    r->w = world_new(seed);
    r->waits = g_array_new(FALSE, FALSE, sizeof(double));
    r->there = *there;
    r->back = *back;
    n2_env env = {.user = world_peek_random(r->w), .random = world_random_fill};
    g_assert_cmpint(n2_noise_keypair(n2_noise_suite_find(N2_SUITE_1), &env, r->secret, r->key),
                    ==, N2_OK);
    n2_env_random(&env, r->answer, sizeof r->answer);
    world_set_datagram(r->w, 1472);
    return r;
}

void
road_free(road *r)
{
    world_free(r->w);
    g_array_unref(r->waits);
    for (unsigned i = 0; i < r->n_flows; i++) {
        free(r->flows[i].source);
        free(r->flows[i].target);
    }
    g_free(r);
}

road_flow *
road_add(road *r)
{
    g_assert_cmpuint(r->n_flows, <, ROAD_FLOWS);
    road_flow *f = &r->flows[r->n_flows++];
    world_wire quick = {.delay_us = r->there.delay_us};

    f->r = r;
    f->server = world_add(r->w, WIDTH, on_event_cb, f);
    f->client = world_add(r->w, WIDTH, on_event_cb, f);
    world_lay(r->w, f->server, f->client, &quick);
    n2_op op = {.kind = N2_OP_LINK_OPEN, .net = f->server->addr, .link_id = r->n_flows};
    world_op(r->w, f->client, &op);
    while (f->links_up < 2)
        g_assert_true(world_step(r->w));
    world_change(r->w, f->server, f->client, &r->there);
    world_change(r->w, f->client, f->server, &r->back);
    if (f != r->flows) {
        world_share(r->w, f->server, f->client, r->flows->server, r->flows->client);
        world_share(r->w, f->client, f->server, r->flows->client, r->flows->server);
    }
    make_key_record(f);
    return f;
}

void
road_connect(road_flow *f, uint64_t record_Bps, uint64_t delay_us)
{
    n2_route route = {0};
    n2_op op = {.kind = N2_OP_CONNECT,
                .tag = 1,
                .suite = N2_SUITE_1,
                .key_id = KEY_ID,
                .rate = n2_rate_to_code(record_Bps),
                .delay = n2_delay_to_code(delay_us)};

    g_assert_cmpint(n2_route_add(&route, WIDTH, f->port), ==, N2_OK);
    op.path = route.word;
    memcpy(op.key, f->r->key, sizeof op.key < 32 ? sizeof op.key : 32);
    n2_sha256_of(f->r->answer, sizeof f->r->answer, op.record);
    f->at_client = f->at_server = 0;
    f->asked_us = world_now(f->r->w);
    world_op(f->r->w, f->client, &op);
}

static void
run_until(road_flow *f, const uint64_t *what, uint64_t us)
{
    uint64_t end_us = world_now(f->r->w) + us;

    while (!*what && !f->closed && world_now(f->r->w) < end_us && world_step(f->r->w))
        ;
}

/* Memory for a piece, and where it goes. */
static void
make_piece(road_flow *f, uint64_t size)
{
    uint64_t padded = (size + UNIT - 1) / UNIT * UNIT;

    free(f->source);
    free(f->target);
    f->source = calloc(1, padded); /* zeros: what arrives is checked elsewhere */
    f->target = calloc(1, padded);
    f->size = padded;
    f->done_us = 0;
    f->began_us = world_now(f->r->w);
    f->address = n2_region_address(N2_REGION_PLANE_MAX + 1 + f->n_pieces++, 3);
}

static void
grant(road_flow *f, world_node *node, n2_conn conn)
{
    n2_op op = {.kind = N2_OP_GRANT,
                .conn = conn,
                .address = f->address,
                .memory = f->target,
                .size = f->size,
                .unit = UNIT};

    world_op(f->r->w, node, &op);
}

void
road_push(road_flow *f, uint64_t size)
{
    while ((!f->at_client || !f->at_server) && !f->closed)
        g_assert_true(world_step(f->r->w));
    make_piece(f, size);
    grant(f, f->server, f->at_server);
    n2_op op = {.kind = N2_OP_SEND,
                .conn = f->at_client,
                .tag = 1,
                .address = f->address,
                .memory = f->source,
                .size = f->size,
                .unit = UNIT};
    world_op(f->r->w, f->client, &op);
}

void
road_assign(road_flow *f, uint64_t Bps)
{
    n2_op op = {.kind = N2_OP_RATE,
                .conn = f->at_server,
                .size = Bps,
                .bits = Bps ? N2_CLASS_HIGH : N2_CLASS_DEFAULT};

    while (!f->at_server && !f->closed)
        g_assert_true(world_step(f->r->w));
    op.conn = f->at_server;
    world_op(f->r->w, f->server, &op);
}

void
road_ask(road_flow *f, uint64_t size)
{
    while (!f->at_client && !f->closed)
        g_assert_true(world_step(f->r->w));
    make_piece(f, size);
    grant(f, f->client, f->at_client);
    n2_op ask = {
        .kind = N2_OP_COMMAND, .conn = f->at_client, .bytes = calloc(1, 32), .len = 32};
    world_op(f->r->w, f->client, &ask);
}

uint64_t
road_fetch(road_flow *f, uint64_t record_Bps, uint64_t delay_us, uint64_t size)
{
    road_connect(f, record_Bps, delay_us);
    road_ask(f, size);
    run_until(f, &f->done_us, 3600 * UINT64_C(1000000));
    g_assert_cmpuint(f->done_us, !=, 0);
    return f->done_us - f->asked_us;
}

/* ---- figures --------------------------------------------------------------------------------
 */

void
road_run(road *r, uint64_t us)
{
    (void)road_watch(r, us);
}

static void
look_cb(world *w, void *user)
{
    road *r = user;
    double us = (double)world_queue_us(w, r->flows->server, r->flows->client);

    if (world_now(w) >= r->look_end_us)
        return;
    g_array_append_val(r->waits, us);
    world_call_at(w, world_now(w) + LOOK_US, look_cb, r);
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

road_figures
road_watch(road *r, uint64_t us)
{
    road_figures figures = {.us = us};
    uint64_t sum = 0;

    for (unsigned i = 0; i < r->n_flows; i++) {
        road_flow *f = &r->flows[i];
        world_wire_stats s = world_wire_peek(r->w, f->server, f->client);
        figures.bytes[i] = s.delivered_bytes;
        figures.overflowed -= s.overflowed;
    }
    g_array_set_size(r->waits, 0);
    r->look_end_us = world_now(r->w) + us;
    uint64_t end_us = r->look_end_us;
    look_cb(r->w, r);
    while (world_now(r->w) < end_us)
        g_assert_true(world_step(r->w));
    r->look_end_us = 0;
    for (unsigned i = 0; i < r->n_flows; i++) {
        road_flow *f = &r->flows[i];
        world_wire_stats s = world_wire_peek(r->w, f->server, f->client);
        figures.bytes[i] = s.delivered_bytes - figures.bytes[i];
        figures.overflowed += s.overflowed;
        sum += figures.bytes[i];
    }
    if (r->waits->len) {
        qsort(r->waits->data, r->waits->len, sizeof(double), compare);
        figures.median_us = g_array_index(r->waits, double, r->waits->len / 2);
        figures.most_us = g_array_index(r->waits, double, r->waits->len - 1);
    }
    if (r->there.rate_Bps)
        figures.share = (double)sum * 1e6 / (double)us / (double)r->there.rate_Bps;
    return figures;
}
