/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * label-farm.c - servers behind one label, see label-farm.h: links, keys, and what passes.
 */
#include "label-farm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/noise.h"
#include "transport/first.h"
#include "transport/region.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/path.h"

static const uint8_t widths[] = {BORDER_BITS, INNER_BITS};

static uint8_t
width_of(int node)
{
    return node < SERVER ? widths[node] : END_BITS;
}

static int
index_of(const farm *f, const world_node *node)
{
    int i = 0;

    while (f->node[i] != node)
        i++;
    return i;
}

/* ---- events --------------------------------------------------------------------------------
 */

static void
need_es(farm *f, int at, const n2_event *event)
{
    n2_noise_es_result es;
    n2_op op = {.kind = N2_OP_ES, .tag = event->tag, .len = sizeof es.ck + sizeof es.k};

    op.err = n2_noise_es(n2_noise_suite_find(N2_SUITE_1), f->secret, event->key, &es);
    op.bytes = malloc(op.len);
    memcpy(op.bytes, es.ck, sizeof es.ck);
    memcpy(op.bytes + sizeof es.ck, es.k, sizeof es.k);
    world_op(f->w, f->node[at], &op);
}

/* Which client sends by this way? */
static client *
client_of(farm *f, int server, uint64_t path)
{
    unsigned before = END_BITS + (server >= 2 ? INNER_BITS : 0);
    unsigned port = (unsigned)(path << before >> (64 - BORDER_BITS));

    for (int i = 0; i < CLIENTS; i++)
        if (f->port_at[BORDER][CLIENT + i] == port)
            return &f->clients[i];
    g_error("nobody is at port %u", port);
}

static void
connected(farm *f, int at, const n2_event *event)
{
    if (at >= CLIENT && at < ATTACKER) {
        f->clients[at - CLIENT].conn = event->conn;
        f->clients[at - CLIENT].path = event->path;
        f->n_resumed += event->resumed;
        return;
    }
    g_assert_cmpint(at, >=, SERVER);
    client *c = client_of(f, at - SERVER, event->path);
    c->server = at - SERVER;
    c->server_conn = event->conn;
}

void
farm_event_cb(world *w, world_node *node, const n2_event *event, void *user)
{
    farm *f = user;
    int at = index_of(f, node);
    client *c = at >= CLIENT && at < ATTACKER ? &f->clients[at - CLIENT] : NULL;

    (void)w;
    if (event->kind == N2_EVENT_LINK_UP) {
        f->links_up++;
        for (int i = 0; i < NODES; i++)
            if (f->node[i] && n2_net_addr_equal(&f->node[i]->addr, &event->net))
                f->port_at[at][i] = event->port;
    } else if (event->kind == N2_EVENT_NEED_ES) {
        need_es(f, at, event);
    } else if (event->kind == N2_EVENT_CONNECTED) {
        connected(f, at, event);
    } else if (event->kind == N2_EVENT_MOVED && c) {
        g_assert_cmpint(event->err, ==, N2_OK);
        c->path = event->path;
    } else if (event->kind == N2_EVENT_WRITTEN && c) {
        g_assert_cmpmem(c->target, PIECE, c->source, PIECE);
        c->n_written++;
        n2_op op = {.kind = N2_OP_REVOKE, .conn = event->conn, .address = event->address};
        world_op(f->w, node, &op);
    } else if (event->kind == N2_EVENT_CLOSED && c) {
        c->n_closed++;
    } else if (event->kind == N2_EVENT_ECHO && at == INNER && event->tag == 5) {
        f->n_echoes += !event->err;
    } else if (event->kind == N2_EVENT_RULES) {
        f->n_rules++;
        f->rules_err = event->err;
    }
}

/* ---- wires ---------------------------------------------------------------------------------
 */

static void
inject(farm *f, int from, const uint8_t *packet, size_t len)
{
    uint8_t bytes[8 + N2_PACKET_BYTES_MAX];

    memcpy(bytes, f->head[from], 8);
    bytes[6] &= 0x3f; /* whole packets */
    memcpy(bytes + 8, packet, len);
    world_inject(f->w, f->node[from], f->node[BORDER], bytes, 8 + len);
}

/* What a server sends, before the border sees it: the attacker is quicker, by its own port. */
static void
copy(farm *f, const uint8_t *packet, size_t len)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    uint64_t path = n2_packet_get_path(packet);

    memcpy(bytes, packet, len);
    n2_packet_set_path(bytes, path >> N2_PATH_USED_BITS >> n2_path_used(path)
                                                               << n2_path_used(path)
                                                               << N2_PATH_USED_BITS);
    f->n_copied++;
    inject(f, ATTACKER, bytes, len);
}

/* A client may see the border's labels and nothing behind them. */
static void
look(farm *f, const uint8_t *packet)
{
    uint64_t back = n2_path_answer(n2_packet_get_path(packet));
    unsigned label = (unsigned)(back >> (64 - BORDER_BITS));
    bool is_own = label == f->port_at[BORDER][ATTACKER];

    f->n_seen++;
    if (back << BORDER_BITS || (!is_own && (label < OWN || label >= OWN + SERVERS)))
        f->n_inside++;
}

static bool
tap_cb(world *w, world_node *from, world_node *to, uint8_t *bytes, size_t len, void *user)
{
    farm *f = user;
    int a = index_of(f, from), b = index_of(f, to);
    uint8_t *packet;
    size_t packet_len;
    n2_frame frame;

    (void)w;
    if (b == BORDER)
        memcpy(f->head[a], bytes, 8);
    if (n2_frame_read(&frame, bytes, len) || frame.kind != N2_FRAME_WHOLE)
        return true;
    n2_bundle bundle = {bytes + 8, len - 8};
    while (!n2_bundle_next(&bundle, &packet, &packet_len)) {
        if (b == BORDER && a > BORDER && a < CLIENT && f->copies)
            copy(f, packet, packet_len);
        if (a == BORDER && b >= CLIENT && b < ATTACKER &&
            (packet[1] & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT == N2_MODE_UNICAST)
            look(f, packet);
        else if (a == BORDER && b >= CLIENT && b < ATTACKER) {
            f->n_control++;
            f->shown = n2_path_answer(n2_packet_get_path(packet));
        }
    }
    return true;
}

/* ---- life ----------------------------------------------------------------------------------
 */

void
farm_run(farm *f, uint64_t us)
{
    uint64_t end_us = world_now(f->w) + us;

    while (world_now(f->w) < end_us && world_step(f->w))
        ;
}

void
farm_open_link(farm *f, int node)
{
    int to = node >= SERVER + 2 && node < CLIENT ? INNER : BORDER;
    n2_op op = {
        .kind = N2_OP_LINK_OPEN, .net = f->node[to]->addr, .link_id = (uint64_t)node + 100};

    world_op(f->w, f->node[node], &op);
}

n2_err
farm_order(farm *f, const char *text)
{
    n2_label label;
    unsigned n = f->n_rules;
    n2_op op = {.kind = N2_OP_LABEL, .tag = 1, .bytes = malloc(sizeof label)};

    op.len = sizeof label;
    g_assert_cmpint(n2_label_parse(&text, &label), ==, N2_OK);
    memcpy(op.bytes, &label, sizeof label);
    world_op(f->w, f->node[BORDER], &op);
    while (f->n_rules == n)
        g_assert_true(world_step(f->w));
    return f->rules_err;
}

static void
give_key(farm *f, int node)
{
    n2_op op = {.kind = N2_OP_KEY_RECORD,
                .key_id = KEY_ID,
                .suite = N2_SUITE_1,
                .until_us = UINT64_MAX,
                .bytes = malloc(N2_KEY_ANSWER_BYTES),
                .len = N2_KEY_ANSWER_BYTES};

    memcpy(op.bytes, f->answer, sizeof f->answer);
    memcpy(op.key, f->key, sizeof f->key);
    world_op(f->w, f->node[node], &op);
}

/* The label of server @i: what it hides is all between the border and that end point. */
void
farm_label(farm *f, int i)
{
    g_autofree char *text = NULL;

    if (i < 2)
        text =
            g_strdup_printf("%d to %d 0/%d", OWN + i, f->port_at[BORDER][SERVER + i], END_BITS);
    else
        text = g_strdup_printf("%d to %d %d/%d 0/%d", OWN + i, f->port_at[BORDER][INNER],
                               f->port_at[INNER][SERVER + i], INNER_BITS, END_BITS);
    g_assert_cmpint(farm_order(f, text), ==, N2_OK);
}

farm *
farm_new(uint64_t seed)
{
    static const world_wire wire = {.rate_Bps = 12500000, .delay_us = 5000};
    static const world_wire quick = {.rate_Bps = 12500000, .delay_us = 100};
    farm *f = g_new0(farm, 1);

    f->w = world_new(seed);
    world_set_tap(f->w, tap_cb, f);
    f->next_address = 1;
    n2_env env = {.user = world_peek_random(f->w), .random = world_random_fill};
    g_assert_cmpint(n2_noise_keypair(n2_noise_suite_find(N2_SUITE_1), &env, f->secret, f->key),
                    ==, N2_OK);
    n2_env_random(&env, f->answer, sizeof f->answer);
    for (int i = 0; i < NODES; i++)
        f->node[i] = world_add(f->w, width_of(i), farm_event_cb, f);
    for (int i = 1; i < NODES; i++) {
        int to = i >= SERVER + 2 && i < CLIENT ? INNER : BORDER;
        world_lay(f->w, f->node[i], f->node[to], i == ATTACKER ? &quick : &wire);
        farm_open_link(f, i);
    }
    while (f->links_up < 2 * (NODES - 1))
        g_assert_true(world_step(f->w));
    for (int i = 1; i < NODES; i++) { /* so that the tap sees its token */
        n2_op echo = {.kind = N2_OP_ECHO,
                      .path = (uint64_t)f->port_at[i][BORDER] << (64 - width_of(i))};
        world_op(f->w, f->node[i], &echo);
    }
    farm_run(f, 30000);
    for (int i = 0; i < SERVERS; i++)
        give_key(f, SERVER + i);
    for (int i = 0; i < CLIENTS; i++) {
        f->clients[i].server = -1;
        f->clients[i].source = g_malloc(PIECE);
        f->clients[i].target = g_malloc0(PIECE + 2048);
        world_random_fill(world_peek_random(f->w), f->clients[i].source, PIECE);
    }
    for (int i = 0; i < SERVERS - 1; i++)
        farm_label(f, i);
    g_assert_cmpint(farm_order(f, "30 any 24 25 26 27"), ==, N2_OK);
    g_autofree char *hide = g_strdup_printf("hide %d", f->port_at[BORDER][INNER]);
    g_assert_cmpint(farm_order(f, hide), ==, N2_OK);
    return f;
}

void
farm_free(farm *f)
{
    world_free(f->w);
    for (int i = 0; i < CLIENTS; i++) {
        g_free(f->clients[i].source);
        g_free(f->clients[i].target);
    }
    g_free(f);
}

/* @bits: of the last label, as the client believes; 0: it does not know. */
void
farm_connect_with(farm *f, int i, unsigned bits)
{
    n2_route route = {0};
    n2_op op = {.kind = N2_OP_CONNECT, .tag = 1, .suite = N2_SUITE_1, .key_id = KEY_ID};

    g_assert_cmpint(n2_route_add(&route, END_BITS, f->port_at[CLIENT + i][BORDER]), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, BORDER_BITS, LABEL), ==, N2_OK);
    op.path = route.word;
    op.last = ((UINT64_C(1) << bits) - 1) << (64 - BORDER_BITS - END_BITS);
    memcpy(op.key, f->key, sizeof f->key);
    n2_sha256_of(f->answer, sizeof f->answer, op.record);
    world_op(f->w, f->node[CLIENT + i], &op);
}

void
farm_connect(farm *f, int i)
{
    farm_connect_with(f, i, BORDER_BITS);
}

uint64_t
farm_path(const farm *f, int i, unsigned label)
{
    n2_route route = {0};

    g_assert_cmpint(n2_route_add(&route, END_BITS, f->port_at[CLIENT + i][BORDER]), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, BORDER_BITS, label), ==, N2_OK);
    return route.word;
}

/* Its server sends a piece; true if all of it came within @us. */
void
farm_send(farm *f, int i)
{
    client *c = &f->clients[i];
    uint64_t address = n2_region_address(N2_REGION_PLANE_MAX + 1 + f->next_address++ % 1000, 3);
    n2_op grant = {.kind = N2_OP_GRANT,
                   .conn = c->conn,
                   .address = address,
                   .memory = c->target,
                   .size = (PIECE + UNIT - 1) / UNIT * UNIT,
                   .unit = UNIT};
    n2_op send = {.kind = N2_OP_SEND,
                  .conn = c->server_conn,
                  .tag = 1,
                  .address = address,
                  .memory = c->source,
                  .size = PIECE,
                  .unit = UNIT};

    memset(c->target, 0, PIECE);
    world_op(f->w, f->node[CLIENT + i], &grant);
    world_op(f->w, f->node[SERVER + c->server], &send);
}

/* All that are connected, but those of server @without, get a piece each. */
void
farm_all_get_one(farm *f, int without)
{
    unsigned before[CLIENTS];

    for (int i = 0; i < CLIENTS; i++) {
        before[i] = f->clients[i].n_written;
        if (f->clients[i].conn && f->clients[i].server != without)
            farm_send(f, i);
    }
    farm_run(f, 2000000);
    for (int i = 0; i < CLIENTS; i++)
        if (f->clients[i].conn && f->clients[i].server != without)
            g_assert_cmpuint(f->clients[i].n_written, ==, before[i] + 1);
}
