/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * star.c - four real data planes, and a control plane for each that only plays its part.
 */
#include "star.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/noise.h"
#include "transport/first.h"
#include "transport/region.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/path.h"

static const uint8_t widths[STAR_NODES] = {4, 2, 3, 2};

static int
index_of(const star *s, const world_node *node)
{
    int i = 0;

    while (s->node[i] != node)
        i++;
    return i;
}

/* ---- events --------------------------------------------------------------------------------
 */

static void
link_up(star *s, int at, const n2_event *event)
{
    s->links_up++;
    if (at != STAR_HUB) {
        s->port_to_hub[at] = event->port;
        return;
    }
    for (int i = 1; i < STAR_NODES; i++)
        if (n2_net_addr_equal(&s->node[i]->addr, &event->net))
            s->port_at_hub[i] = event->port;
}

static void
need_es(star *s, int at, const n2_event *event)
{
    n2_noise_es_result es;
    n2_op op = {.kind = N2_OP_ES, .tag = event->tag, .len = sizeof es.ck + sizeof es.k};

    if (s->drops_es)
        return;
    op.err = n2_noise_es(n2_noise_suite_find(N2_SUITE_1), s->secret, event->key, &es);
    op.bytes = malloc(op.len);
    memcpy(op.bytes, es.ck, sizeof es.ck);
    memcpy(op.bytes + sizeof es.ck, es.k, sizeof es.k);
    world_op(s->w, s->node[at], &op);
}

static star_piece *
find_piece(star *s, bool to_client, uint64_t address)
{
    for (unsigned i = 0; i < s->n_pieces; i++)
        if (s->pieces[i].to_client == to_client && s->pieces[i].address == address)
            return &s->pieces[i];
    return NULL;
}

static void
written(star *s, int at, const n2_event *event)
{
    star_piece *p = find_piece(s, at == STAR_CLIENT, event->address);
    n2_op op = {.kind = N2_OP_REVOKE, .conn = event->conn, .address = event->address};

    if (!p || p->is_written || p->is_revoked)
        g_error("seed %" G_GUINT64_FORMAT ": written twice, or what was not there", s->seed);
    p->is_written = true;
    p->written_us = world_now(s->w);
    s->n_written++;
    if (memcmp(p->source, p->target, p->size))
        g_error("seed %" G_GUINT64_FORMAT ": wrong bytes", s->seed);
    if (!s->keeps_regions)
        world_op(s->w, s->node[at], &op);
}

static void
revoked(star *s, int at, const n2_event *event)
{
    star_piece *p = find_piece(s, at == STAR_CLIENT, event->address);

    if (!p || p->is_revoked)
        return;
    p->is_revoked = true;
    g_clear_pointer(&p->target, g_free); /* a sanitizer sees who writes now */
}

static void
on_event_cb(world *w, world_node *node, const n2_event *event, void *user)
{
    star *s = user;
    int at = index_of(s, node);

    (void)w;
    if (event->kind != N2_EVENT_NEED_ES) {
        n2_event *kept = &s->events[at][s->n_events[at]++ % STAR_EVENTS];
        *kept = *event;
        kept->bytes = NULL;
    }
    if (event->kind == N2_EVENT_LINK_UP)
        link_up(s, at, event);
    else if (event->kind == N2_EVENT_NEED_ES)
        need_es(s, at, event);
    else if (event->kind == N2_EVENT_CONNECTED && (at == STAR_CLIENT || !s->conn[at]))
        s->conn[at] = event->conn;
    else if (event->kind == N2_EVENT_CLOSED && event->conn == s->conn[at])
        s->conn[at] = 0;
    else if (event->kind == N2_EVENT_COMMAND)
        g_byte_array_append(s->commands[at], event->bytes, (guint)event->len);
    else if (event->kind == N2_EVENT_WRITTEN)
        written(s, at, event);
    else if (event->kind == N2_EVENT_REVOKED)
        revoked(s, at, event);
    if (event->kind == N2_EVENT_SENT) {
        g_assert_cmpint(event->err, ==, N2_OK);
        g_assert_false(s->pieces[event->tag].is_sent);
        s->pieces[event->tag].is_sent = true;
        s->n_sent++;
    }
}

/* ---- wires ---------------------------------------------------------------------------------
 */

static bool
tap_cb(world *w, world_node *from, world_node *to, uint8_t *bytes, size_t len, void *user)
{
    star *s = user;
    int a = index_of(s, from), b = index_of(s, to);
    uint8_t *packet;
    size_t packet_len;
    n2_frame frame;

    (void)w;
    if (b == STAR_HUB)
        memcpy(s->head[a], bytes, 8);
    if (n2_frame_read(&frame, bytes, len))
        return true;
    if (frame.kind == N2_FRAME_CONTROL && s->on_control)
        s->on_control(s, a, b, bytes, len);
    if (frame.kind != N2_FRAME_WHOLE)
        return true;
    n2_bundle bundle = {bytes + 8, len - 8};
    while (!n2_bundle_next(&bundle, &packet, &packet_len)) {
        s->bytes[a == STAR_HUB ? b : a][a == STAR_HUB] += packet_len;
        if (s->on_packet)
            s->on_packet(s, a, b, packet, packet_len);
    }
    return true;
}

void
star_inject(star *s, int from, const uint8_t *packet, size_t len)
{
    uint8_t bytes[8 + N2_PACKET_BYTES_MAX];

    memcpy(bytes, s->head[from], 8);
    bytes[6] &= 0x3f; /* whole packets */
    memcpy(bytes + 8, packet, len);
    s->bytes[from][0] += len;
    world_inject(s->w, s->node[from], s->node[STAR_HUB], bytes, 8 + len);
}

void
star_inject_datagram(star *s, int from, const uint8_t *bytes, size_t len)
{
    world_inject(s->w, s->node[from], s->node[STAR_HUB], bytes, len);
}

uint64_t
star_path_from_hub(const star *s, int node, uint64_t back, unsigned used)
{
    n2_route route = {0};

    g_assert_cmpint(n2_route_add(&route, widths[STAR_HUB], s->port_at_hub[node]), ==, N2_OK);
    return route.word | (back & ((UINT64_C(1) << used) - 1)) << N2_PATH_USED_BITS | used;
}

void
star_inject_first(star *s, int from, const uint8_t *data, uint64_t back, unsigned used)
{
    uint8_t bytes[N2_LONG_HEAD_BYTES + N2_FIRST_BYTES];
    n2_packet packet = {.is_long = true,
                        .size = 1,
                        .class = N2_CLASS_DEFAULT,
                        .path = star_path_from_hub(s, STAR_SERVER, back, used)};

    (void)n2_packet_write_head(bytes, &packet);
    memcpy(bytes + N2_LONG_HEAD_BYTES, data, N2_FIRST_BYTES);
    star_inject(s, from, bytes, sizeof bytes);
}

/* ---- life ----------------------------------------------------------------------------------
 */

static void
make_key_record(star *s)
{
    n2_env env = {.user = world_peek_random(s->w), .random = world_random_fill};
    n2_op op = {.kind = N2_OP_KEY_RECORD,
                .key_id = STAR_KEY_ID,
                .suite = N2_SUITE_1,
                .until_us = UINT64_MAX,
                .bytes = malloc(N2_KEY_ANSWER_BYTES),
                .len = N2_KEY_ANSWER_BYTES};

    g_assert_cmpint(n2_noise_keypair(n2_noise_suite_find(N2_SUITE_1), &env, s->secret, s->key),
                    ==, N2_OK);
    n2_env_random(&env, s->answer, sizeof s->answer);
    memcpy(op.bytes, s->answer, sizeof s->answer);
    memcpy(op.key, s->key, sizeof s->key);
    world_op(s->w, s->node[STAR_SERVER], &op);
}

star *
star_new_with_keys(uint64_t seed,
                   const world_wire *wire,
                   uint32_t datagram_bytes,
                   const n2_key_limits *limits)
{
    star *s = g_new0(star, 1);
    n2_route route = {0};

    s->w = world_new(seed);
    s->seed = seed;
    world_set_datagram(s->w, datagram_bytes);
    world_set_key_limits(s->w, limits);
    world_set_tap(s->w, tap_cb, s);
    for (int i = 0; i < STAR_NODES; i++) {
        s->node[i] = world_add(s->w, widths[i], on_event_cb, s);
        s->commands[i] = g_byte_array_new();
    }
    world_wire quiet = {.rate_Bps = wire->rate_Bps, .delay_us = wire->delay_us};
    for (int i = 1; i < STAR_NODES; i++) {
        world_lay(s->w, s->node[i], s->node[STAR_HUB], &quiet);
        n2_op op = {
            .kind = N2_OP_LINK_OPEN, .net = s->node[STAR_HUB]->addr, .link_id = (uint64_t)i};
        world_op(s->w, s->node[i], &op);
    }
    while (s->links_up < 2 * (STAR_NODES - 1))
        g_assert_true(world_step(s->w));
    for (int i = 1; i < STAR_NODES; i++) { /* so that the tap sees its token */
        n2_op echo = {.kind = N2_OP_ECHO,
                      .path = (uint64_t)s->port_to_hub[i] << (64 - widths[i])};
        world_op(s->w, s->node[i], &echo);
    }
    star_run(s, 2 * wire->delay_us + 10000);
    for (int i = 1; i < STAR_NODES; i++) {
        world_change(s->w, s->node[i], s->node[STAR_HUB], wire);
        world_change(s->w, s->node[STAR_HUB], s->node[i], wire);
    }
    g_assert_cmpint(n2_route_add(&route, widths[STAR_CLIENT], s->port_to_hub[STAR_CLIENT]), ==,
                    N2_OK);
    g_assert_cmpint(n2_route_add(&route, widths[STAR_HUB], s->port_at_hub[STAR_SERVER]), ==,
                    N2_OK);
    s->path = route.word;
    make_key_record(s);
    return s;
}

star *
star_new(uint64_t seed, const world_wire *wire, uint32_t datagram_bytes)
{
    return star_new_with_keys(seed, wire, datagram_bytes, NULL);
}

void
star_free(star *s)
{
    world_free(s->w);
    for (unsigned i = 0; i < s->n_pieces; i++) {
        g_free(s->pieces[i].source);
        g_free(s->pieces[i].target);
    }
    for (int i = 0; i < STAR_NODES; i++)
        g_byte_array_unref(s->commands[i]);
    g_free(s);
}

/* ---- doing ---------------------------------------------------------------------------------
 */

void
star_connect(star *s)
{
    n2_op op = {.kind = N2_OP_CONNECT,
                .tag = 1,
                .path = s->path,
                .suite = N2_SUITE_1,
                .key_id = STAR_KEY_ID};

    memcpy(op.key, s->key, sizeof s->key);
    n2_sha256_of(s->answer, sizeof s->answer, op.record);
    world_op(s->w, s->node[STAR_CLIENT], &op);
}

bool
star_until_connected(star *s, uint64_t us)
{
    uint64_t end_us = world_now(s->w) + us;

    while ((!s->conn[STAR_CLIENT] || !s->conn[STAR_SERVER]) && world_now(s->w) < end_us)
        if (!world_step(s->w))
            break;
    return s->conn[STAR_CLIENT] && s->conn[STAR_SERVER];
}

void
star_run(star *s, uint64_t us)
{
    uint64_t end_us = world_now(s->w) + us;

    while (world_now(s->w) < end_us && world_step(s->w))
        ;
}

star_piece *
star_send(star *s, bool to_client, uint64_t size, uint32_t unit)
{
    uint64_t padded = (size + unit - 1) / unit * unit;
    int to = to_client ? STAR_CLIENT : STAR_SERVER;
    int from = to_client ? STAR_SERVER : STAR_CLIENT;
    unsigned tag = s->n_pieces++;
    star_piece *p = &s->pieces[tag];

    g_assert_cmpuint(tag, <, STAR_PIECES);
    *p = (star_piece){.source = g_malloc(size),
                      .target = g_malloc0(padded),
                      .size = size,
                      .unit = unit,
                      .to_client = to_client,
                      .address = n2_region_address(N2_REGION_PLANE_MAX + 1 + tag, 3)};
    world_random_fill(world_peek_random(s->w), p->source, size);
    n2_op grant = {.kind = N2_OP_GRANT,
                   .conn = s->conn[to],
                   .address = p->address,
                   .memory = p->target,
                   .size = padded,
                   .unit = unit};
    n2_op send = {.kind = N2_OP_SEND,
                  .conn = s->conn[from],
                  .tag = tag,
                  .address = p->address,
                  .memory = p->source,
                  .size = size,
                  .unit = unit};
    world_op(s->w, s->node[to], &grant);
    world_op(s->w, s->node[from], &send);
    return p;
}

void
star_command(star *s, int node, const uint8_t *bytes, size_t len)
{
    n2_op op = {.kind = N2_OP_COMMAND, .conn = s->conn[node], .bytes = malloc(len), .len = len};

    memcpy(op.bytes, bytes, len);
    world_op(s->w, s->node[node], &op);
}

bool
star_finish(star *s, uint64_t us)
{
    uint64_t end_us = world_now(s->w) + us;

    while ((s->n_written < s->n_pieces || s->n_sent < s->n_pieces) && world_now(s->w) < end_us)
        if (!world_step(s->w))
            break;
    return s->n_written == s->n_pieces && s->n_sent == s->n_pieces;
}

const n2_event *
star_last(const star *s, int node, n2_event_kind kind)
{
    for (unsigned i = 0; i < s->n_events[node] && i < STAR_EVENTS; i++) {
        const n2_event *e = &s->events[node][(s->n_events[node] - 1 - i) % STAR_EVENTS];
        if (e->kind == kind)
            return e;
    }
    return NULL;
}

unsigned
star_count(const star *s, int node, n2_event_kind kind)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->n_events[node] && i < STAR_EVENTS; i++)
        n += s->events[node][i].kind == kind;
    return n;
}

n2_plane_stats
star_stats(const star *s, int node)
{
    n2_plane_stats stats;

    n2_plane_stats_get(s->node[node]->plane, &stats);
    return stats;
}
