/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * many.c - switches, wires and one clock for tests of one to many.
 */
#include "many.h"

#include <string.h>

typedef struct {
    guint64 at_us;
    many_node *to;
    guint32 port;
    gsize len;
    guint8 bytes[];
} flight;

static void handle(many *c, many_node *node, guint32 in_port, guint8 *bytes, gsize len);

many *
many_new(guint64 seed)
{
    many *c = g_new0(many, 1);

    c->nodes = g_ptr_array_new();
    c->flying = g_queue_new();
    c->seed = seed;
    c->now_us = N2_SECOND_US;
    return c;
}

void
many_free(many *c)
{
    for (guint i = 0; i < c->nodes->len; i++) {
        many_node *node = g_ptr_array_index(c->nodes, i);
        n2_switch_clear(&node->sw);
        n2_casts_free(node->casts);
        g_free(node->wires);
        g_free(node->far);
        g_free(node);
    }
    g_ptr_array_unref(c->nodes);
    g_queue_free_full(c->flying, g_free);
    g_free(c);
}

static void
make_casts(many_node *node, n2_rows_kind kind)
{
    const n2_env env = {.user = &node->random, .random = world_random_fill};

    g_assert_cmpint(n2_casts_new(&node->casts, &env, node->width, kind), ==, N2_OK);
}

many_node *
many_add(many *c, unsigned width, n2_rows_kind kind)
{
    many_node *node = g_new0(many_node, 1);

    world_random_init(&node->random, c->seed + 1000003u * c->nodes->len);
    node->width = width;
    node->wires = g_new0(many_node *, 1u << width);
    node->far = g_new0(guint32, 1u << width);
    g_assert_cmpint(n2_switch_init(&node->sw, width), ==, N2_OK);
    node->sw.has_trees = node->sw.has_channels = true;
    make_casts(node, kind);
    for (guint i = 0; i < MANY_TAGS; i++)
        node->state[i] = 1;
    g_ptr_array_add(c->nodes, node);
    return node;
}

static guint32
free_port(many_node *node)
{
    guint32 port = 1;

    while (node->wires[port])
        port++;
    g_assert_cmpuint(port >> node->width, ==, 0);
    return port;
}

void
many_lay(many *c, many_node *a, many_node *b)
{
    guint32 at_a = free_port(a), at_b = free_port(b);

    (void)c;
    a->wires[at_a] = b;
    a->far[at_a] = at_b;
    b->wires[at_b] = a;
    b->far[at_b] = at_a;
    n2_casts_port_up(b->casts, at_b, N2_CHANNEL_UPLINK);
}

void
many_restart(many *c, many_node *node, n2_rows_kind kind)
{
    (void)c;
    n2_channel_port ports[256] = {0};
    guint n = MIN(1u << node->width, G_N_ELEMENTS(ports));

    if (node->casts->channels.ports)
        memcpy(ports, node->casts->channels.ports, n * sizeof *ports);
    n2_casts_free(node->casts);
    make_casts(node, kind);
    for (guint port = 0; port < n; port++)
        if (ports[port].flags)
            n2_casts_port_up(node->casts, port, ports[port].flags);
}

guint32
many_port(many_node *at, many_node *to)
{
    for (guint32 port = 1; !(port >> at->width); port++)
        if (at->wires[port] == to)
            return port;
    g_assert_not_reached();
}

guint64
many_path(many *c, many_node *from, many_node *to)
{
    g_autoptr(GHashTable) next = g_hash_table_new(NULL, NULL); /* node: who is nearer to @to */
    GQueue queue = G_QUEUE_INIT;
    n2_route route = {0};

    (void)c;
    g_hash_table_insert(next, to, to);
    g_queue_push_tail(&queue, to);
    for (many_node *at; (at = g_queue_pop_head(&queue));) {
        for (guint32 port = 1; !(port >> at->width); port++) {
            many_node *there = at->wires[port];
            if (there && !g_hash_table_contains(next, there)) {
                g_hash_table_insert(next, there, at);
                g_queue_push_tail(&queue, there);
            }
        }
    }
    for (many_node *at = from; at != to; at = g_hash_table_lookup(next, at)) {
        many_node *there = g_hash_table_lookup(next, at);
        g_assert_nonnull(there);
        g_assert_cmpint(n2_route_add(&route, at->width, many_port(at, there)), ==, N2_OK);
    }
    g_assert_cmpint(n2_route_add(&route, to->width, 0), ==, N2_OK);
    return route.word;
}

/* ---- packets ---- */

static gboolean
is_message(const guint8 *bytes, gsize len)
{
    return (bytes[1] & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT == N2_MODE_CONTROL &&
           n2_casts_is_message(bytes, len);
}

static void
leave_by(many *c, many_node *node, guint32 port, guint8 *bytes, gsize len)
{
    many_node *to = node->wires[port];

    if (!to || (c->tap && !c->tap(c, node, to, bytes, len)))
        return;
    if (is_message(bytes, len)) {
        c->n_messages++;
        if (world_random_next(&node->random) % 1000000 < c->loss_ppm)
            return;
    } else {
        c->n_packets++;
    }
    flight *f = g_malloc(sizeof *f + len);
    *f = (flight){c->now_us + MANY_WIRE_US, to, node->far[port], len};
    memcpy(f->bytes, bytes, len);
    g_queue_push_tail(c->flying, f); /* all wires are alike */
}

static void
copies(many *c, many_node *node, guint32 in_port, guint8 *bytes, gsize len)
{
    n2_copies copies;
    guint32 port;
    guint64 path;

    if (!n2_casts_copies(node->casts, in_port, bytes, len, c->now_us, &copies)) {
        node->sw.dropped[N2_DROP_CAST]++;
        return;
    }
    while (n2_copies_next(&copies, &port, &path)) {
        n2_packet_set_path(bytes, path);
        if (port)
            leave_by(c, node, port, bytes, len);
        else
            n2_casts_packet(node->casts, bytes, len, c->now_us);
    }
}

static void
speak(many *c, many_node *node)
{
    guint8 bytes[N2_CAST_BYTES];
    n2_event e;

    while (n2_casts_said(node->casts, bytes))
        handle(c, node, 0, bytes, sizeof bytes);
    while (n2_casts_event(node->casts, &e)) {
        g_assert_cmpuint(e.tag, <, MANY_TAGS);
        if (e.kind == N2_EVENT_CAST_STATE) {
            node->state[e.tag] = e.err;
            node->how[e.tag] = (n2_cast_how)e.width;
            node->place[e.tag] = e.size;
            node->n_told[e.tag]++;
        } else {
            node->got[e.tag]++;
            if (e.address < node->next[e.tag])
                node->doubled[e.tag]++;
            if (e.address > node->next[e.tag])
                node->missed[e.tag] += e.address - node->next[e.tag];
            node->next[e.tag] = MAX(node->next[e.tag], (guint32)e.address + 1);
        }
        free(e.bytes);
    }
}

static void
handle(many *c, many_node *node, guint32 in_port, guint8 *bytes, gsize len)
{
    n2_step step = n2_switch_step(&node->sw, in_port, bytes, len, c->now_us);
    gboolean message = is_message(bytes, len);

    switch (step.verdict) {
    case N2_STEP_HOP:
        if (n2_casts_hop(node->casts, in_port, step.out_port, bytes, len, c->now_us))
            leave_by(c, node, step.out_port, bytes, len);
        break;
    case N2_STEP_FORWARD:
        leave_by(c, node, step.out_port, bytes, len);
        break;
    case N2_STEP_CONTROL:
        if (message)
            (void)n2_casts_hop(node->casts, in_port, 0, bytes, len, c->now_us);
        break;
    case N2_STEP_COPIES:
        copies(c, node, in_port, bytes, len);
        break;
    case N2_STEP_DELIVER:
    case N2_STEP_DROP:
        break;
    }
}

void
many_inject(many *c, many_node *node, guint32 in_port, const guint8 *bytes, gsize len)
{
    g_autofree guint8 *copy = g_memdup2(bytes, len);

    handle(c, node, in_port, copy, len);
    speak(c, node);
}

/* ---- orders ---- */

void
many_op(many *c, many_node *node, const n2_op *op)
{
    n2_casts_op(node->casts, op, c->now_us);
    speak(c, node);
}

void
many_open(many *c, many_node *node, guint64 id, n2_mode mode)
{
    many_op(c, node, &(n2_op){.kind = N2_OP_CAST_OPEN, .address = id, .bits = (guint8)mode});
    g_assert_cmpint(node->state[0], ==, N2_OK);
}

void
many_join_by(many *c, many_node *node, guint64 path, guint64 id, n2_mode mode, guint64 tag)
{
    node->state[tag] = 1;
    node->how[tag] = N2_CAST_NOT;
    many_op(c, node,
            &(n2_op){.kind = N2_OP_CAST_JOIN,
                     .tag = tag,
                     .address = id,
                     .bits = (guint8)mode,
                     .path = path});
}

void
many_join(many *c, many_node *node, many_node *source, guint64 id, n2_mode mode, guint64 tag)
{
    many_join_by(c, node, many_path(c, node, source), id, mode, tag);
}

void
many_leave(many *c, many_node *node, guint64 tag)
{
    many_op(c, node, &(n2_op){.kind = N2_OP_CAST_LEAVE, .tag = tag});
}

void
many_send(many *c, many_node *node, guint64 id, n2_mode mode, guint32 number)
{
    guint8 data[128] = {0}, packet[N2_PACKET_BYTES_MAX];
    const n2_op op = {.kind = N2_OP_CAST_SEND,
                      .address = id,
                      .bits = (guint8)mode,
                      .size = number,
                      .bytes = data,
                      .len = sizeof data};
    gsize len = n2_casts_build(node->casts, &op, packet);
    guint64 way = n2_packet_get_path(packet), path;

    g_assert_cmpuint(len, >, 0);
    for (guint32 at = 0; n2_feeds_next(&node->casts->feeds, id, &at, &path);) {
        n2_packet_set_path(packet, path);
        handle(c, node, 0, packet, len);
    }
    n2_packet_set_path(packet, way);
    handle(c, node, 0, packet, len);
    speak(c, node);
}

/* ---- time ---- */

void
many_run(many *c, guint64 us)
{
    guint64 end_us = c->now_us + us;

    for (;;) {
        flight *f = g_queue_peek_head(c->flying);
        guint64 next_us = f ? f->at_us : end_us;
        many_node *due = NULL;

        for (guint i = 0; i < c->nodes->len; i++) {
            many_node *node = g_ptr_array_index(c->nodes, i);
            guint64 at_us = n2_casts_deadline(node->casts);
            if (at_us < next_us) {
                next_us = MAX(at_us, c->now_us);
                due = node;
            }
        }
        if (next_us >= end_us)
            break;
        c->now_us = MAX(c->now_us, next_us);
        if (due) {
            n2_casts_expire(due->casts, c->now_us);
            speak(c, due);
            continue;
        }
        g_queue_pop_head(c->flying);
        if (!f->to->is_dead) {
            handle(c, f->to, f->port, f->bytes, f->len);
            speak(c, f->to);
        }
        g_free(f);
    }
    c->now_us = end_us;
}

void
many_stream(many *c,
            many_node *source,
            guint64 id,
            n2_mode mode,
            guint32 first,
            guint32 n,
            guint64 each_us)
{
    for (guint32 i = 0; i < n; i++) {
        many_send(c, source, id, mode, first + i);
        many_run(c, each_us);
    }
}

void
many_count(many *c, guint *n_trees, guint *n_branches)
{
    *n_trees = *n_branches = 0;
    for (guint i = 0; i < c->nodes->len; i++) {
        const many_node *node = g_ptr_array_index(c->nodes, i);
        const n2_trees *t = &node->casts->trees;
        for (guint32 at = 0; at < t->trees_room; at++)
            *n_trees += t->trees[at].is_used && !t->trees[at].is_root;
        *n_branches += t->n_branches;
    }
}
