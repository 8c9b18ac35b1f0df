/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * world.c - the simulator's clock, wires and nodes.
 */
#include "world.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum {
    SOCKET_DATAGRAMS = 1000 /* more are lost */
};

typedef struct {
    uint64_t at_us, order;
    world_node *from, *to;
    size_t len;
    uint8_t *bytes;
    world_timer_cb cb; /* a timer: nothing else is set but user */
    void *user;
} datagram;

typedef struct {
    world_node *from, *to;
    world_wire wire;
    world_wire_stats stats;
    uint64_t free_us; /* when the wire has sent what waits */
    uint64_t rest;    /* of a microsecond, in bytes a second */
    guint queue_of;   /* the line whose queue this one stands in: mostly itself */
} line;

struct world {
    uint64_t now_us, order, trace;
    world_random random;
    GPtrArray *nodes; /* world_node */
    GArray *lines;    /* line */
    GArray *heap;     /* datagram */
    world_node *settling;
    uint32_t datagram_bytes;
    const n2_key_limits *key_limits;
    world_tap_cb tap;
    void *tap_user;
};

/* ---- randomness -----------------------------------------------------------------------------
 */

static uint64_t
rotl(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t
world_random_next(world_random *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

void
world_random_init(world_random *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) { /* splitmix64 */
        uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        r->s[i] = z ^ z >> 31;
    }
}

void
world_random_fill(void *user, void *buf, size_t len)
{
    uint8_t *out = buf;

    for (size_t i = 0; i < len; i += 8) {
        uint64_t x = world_random_next(user);
        memcpy(out + i, &x, MIN(8, len - i));
    }
}

static bool
chance(world *w, uint32_t ppm)
{
    return ppm && world_random_next(&w->random) % 1000000 < ppm;
}

/* ---- datagrams under way --------------------------------------------------------------------
 */

static bool
earlier(const datagram *a, const datagram *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

static void
heap_push(GArray *heap, datagram d)
{
    g_array_append_val(heap, d);
    datagram *h = (datagram *)(void *)heap->data;
    guint at = heap->len - 1;
    while (at && earlier(&d, &h[(at - 1) / 2])) {
        h[at] = h[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    h[at] = d;
}

static datagram
heap_pop(GArray *heap)
{
    datagram *h = (datagram *)(void *)heap->data;
    datagram first = h[0], last = h[heap->len - 1];
    guint n = heap->len - 1, at = 0;

    g_array_set_size(heap, n);
    while (2 * at + 1 < n) {
        guint child = 2 * at + 1;
        if (child + 1 < n && earlier(&h[child + 1], &h[child]))
            child++;
        if (!earlier(&h[child], &last))
            break;
        h[at] = h[child];
        at = child;
    }
    if (n)
        h[at] = last;
    return first;
}

static line *
find_line(const world *w, const world_node *from, const n2_net_addr *to)
{
    for (guint i = 0; i < w->lines->len; i++) {
        line *l = &g_array_index(w->lines, line, i);
        if (l->from == from && n2_net_addr_equal(&l->to->addr, to))
            return l;
    }
    return NULL;
}

static void
deliver_later(world *w, line *l, const uint8_t *bytes, size_t len, uint64_t at_us)
{
    datagram d = {.at_us = at_us,
                  .order = w->order++,
                  .from = l->from,
                  .to = l->to,
                  .len = len,
                  .bytes = g_memdup2(bytes, len)};

    heap_push(w->heap, d);
}

/* Takes a place in the queue for @bytes.  Returns: when they have left it, 0: it is full. */
static uint64_t
stand_in_queue(world *w, line *l, size_t bytes)
{
    line *q = &g_array_index(w->lines, line, l->queue_of);
    world_wire *wire = &q->wire;
    uint64_t begin_us = MAX(q->free_us, w->now_us);

    l->stats.sent++;
    if (wire->queue_bytes &&
        (begin_us - w->now_us) * wire->rate_Bps / 1000000 > wire->queue_bytes) {
        l->stats.overflowed++;
        return 0;
    }
    /* To a part of a microsecond, or a fast wire would be 1 % faster. */
    uint64_t units = bytes * 1000000 + q->rest;
    q->rest = wire->rate_Bps ? units % wire->rate_Bps : 0;
    q->free_us = begin_us + (wire->rate_Bps ? units / wire->rate_Bps : 0);
    return q->free_us;
}

static void
put_on_wire(world *w, line *l, const uint8_t *bytes, size_t len)
{
    world_wire *wire = &l->wire;
    uint64_t left_us = stand_in_queue(w, l, len + 28);

    if (!left_us)
        return;
    l->stats.bytes += len + 28;
    if (chance(w, wire->loss_ppm) || (wire->narrow && len > wire->narrow)) {
        l->stats.lost++;
        return;
    }
    l->stats.longest = MAX(l->stats.longest, len);
    uint64_t at_us = left_us + wire->delay_us;
    if (chance(w, wire->reorder_ppm))
        at_us += world_random_next(&w->random) % (wire->reorder_us + 1);
    deliver_later(w, l, bytes, len, at_us);
    if (chance(w, wire->double_ppm))
        deliver_later(w, l, bytes, len, at_us + 1);
}

uint64_t
world_foreign(world *w, world_node *from, world_node *to, size_t len)
{
    line *l = find_line(w, from, &to->addr);
    uint64_t left_us = stand_in_queue(w, l, len);

    return !left_us || chance(w, l->wire.loss_ppm) ? 0 : left_us + l->wire.delay_us;
}

uint64_t
world_queue_us(const world *w, const world_node *from, const world_node *to)
{
    const line *l = find_line(w, from, &to->addr);
    const line *q = &g_array_index(w->lines, line, l->queue_of);

    return q->free_us > w->now_us ? q->free_us - w->now_us : 0;
}

void
world_call_at(world *w, uint64_t at_us, world_timer_cb cb, void *user)
{
    datagram d = {.at_us = MAX(at_us, w->now_us), .order = w->order++, .cb = cb, .user = user};

    heap_push(w->heap, d);
}

static uint64_t
clock_of(const world *w, const world_node *node)
{
    return w->now_us + (uint64_t)node->skew_us;
}

/* ---- nodes ----------------------------------------------------------------------------------
 */

/* Sends what the node has to send and hands out its events; true: it had any, and they may have
 * led to orders. */
static bool
drain(world *w, world_node *node)
{
    n2_plane_run run;
    n2_event event;
    bool any = false;

    while (n2_plane_output(node->plane, &run, clock_of(w, node))) {
        line *l = find_line(w, node, &run.to);
        for (size_t at = 0; l && at < run.len; at += run.segment) {
            size_t len = MIN(run.segment, run.len - at);
            g_autofree uint8_t *copy = g_memdup2(run.bytes + at, len);
            if (!w->tap || w->tap(w, l->from, l->to, copy, len, w->tap_user))
                put_on_wire(w, l, copy, len);
        }
    }
    while (!node->is_behind && n2_plane_event(node->plane, &event)) {
        any = true;
        if (node->on_event)
            node->on_event(w, node, &event, node->user);
        free(event.bytes);
    }
    return any;
}

/* Until nothing moves any more at this instant. */
static void
settle(world *w, world_node *node)
{
    w->settling = node;
    while (!node->is_dead && !node->is_asleep && drain(w, node))
        ;
    w->settling = NULL;
}

void
world_op(world *w, world_node *node, const n2_op *op)
{
    n2_plane_op(node->plane, op, clock_of(w, node));
    if (w->settling != node)
        settle(w, node);
}

static bool use_internet;

void
world_use_internet(bool is_internet)
{
    use_internet = is_internet;
}

world_node *
world_add(world *w, uint8_t width, world_event_cb on_event, void *user)
{
    world_node *node = g_new0(world_node, 1);

    node->on_event = on_event;
    node->user = user;
    world_random_init(&node->random, world_random_next(&w->random));
    if (use_internet) /* UDP over IPv4: port 4096, 11.0.x.y */
        node->addr = (n2_net_addr){.len = 3, .bytes = {4, 0x10, 0x00}};
    uint8_t *host = node->addr.bytes + node->addr.len;
    host[0] = use_internet ? 11 : 0;
    host[3] = (uint8_t)(w->nodes->len + 1);
    host[2] = (uint8_t)((w->nodes->len + 1) >> 8);
    node->addr.len = (uint8_t)(node->addr.len + 4);
    n2_plane_config config = {.env = {.user = &node->random, .random = world_random_fill},
                              .width_bits = width,
                              .datagram_bytes = w->datagram_bytes,
                              .key_limits = w->key_limits,
                              .now_us = w->now_us};
    g_assert_cmpint(n2_plane_new(&node->plane, &config), ==, N2_OK);
    g_ptr_array_add(w->nodes, node);
    return node;
}

void
world_lay(world *w, world_node *a, world_node *b, const world_wire *wire)
{
    line there = {.from = a, .to = b, .wire = *wire, .queue_of = w->lines->len};
    line back = {.from = b, .to = a, .wire = *wire, .queue_of = w->lines->len + 1};

    g_array_append_val(w->lines, there);
    g_array_append_val(w->lines, back);
}

void
world_set_loss(world *w, world_node *a, world_node *b, uint32_t loss_ppm)
{
    find_line(w, a, &b->addr)->wire.loss_ppm = loss_ppm;
    find_line(w, b, &a->addr)->wire.loss_ppm = loss_ppm;
}

void
world_change(world *w, world_node *from, world_node *to, const world_wire *wire)
{
    find_line(w, from, &to->addr)->wire = *wire;
}

void
world_share(world *w, world_node *from, world_node *to, world_node *of_from, world_node *of_to)
{
    line *q = find_line(w, of_from, &of_to->addr);

    find_line(w, from, &to->addr)->queue_of = (guint)(q - (line *)(void *)w->lines->data);
}

void
world_inject(world *w, world_node *from, world_node *to, const uint8_t *bytes, size_t len)
{
    put_on_wire(w, find_line(w, from, &to->addr), bytes, len);
}

world_wire_stats
world_wire_peek(const world *w, const world_node *from, const world_node *to)
{
    return find_line(w, from, &to->addr)->stats;
}

/* ---- sleep ---- */

static void
hand_in(world *w, world_node *node, const datagram *d)
{
    world_wire_stats *stats = &find_line(w, d->from, &node->addr)->stats;

    stats->delivered++;
    stats->delivered_bytes += d->len + 28;
    n2_plane_input(node->plane, &d->from->addr, d->bytes, d->len, clock_of(w, node));
    settle(w, node);
}

static void
wake_cb(world *w, void *user)
{
    world_node *node = user;
    GArray *socket = g_steal_pointer(&node->socket);

    node->is_asleep = false;
    node->skew_us -= node->lags_us;
    node->lags_us = 0;
    if (n2_plane_deadline(node->plane) <= clock_of(w, node))
        n2_plane_expire(node->plane, clock_of(w, node));
    settle(w, node);
    for (guint i = 0; socket && i < socket->len; i++) {
        datagram *d = &g_array_index(socket, datagram, i);
        hand_in(w, node, d);
        g_free(d->bytes);
    }
    if (socket)
        g_array_unref(socket);
}

void
world_pause(world *w, world_node *node, uint64_t us, world_sleep how)
{
    g_assert_false(node->is_asleep);
    node->is_asleep = true;
    if (how == WORLD_SUSPENDED)
        node->lags_us = (int64_t)us;
    else
        node->socket = g_array_new(FALSE, FALSE, sizeof(datagram));
    world_call_at(w, w->now_us + us, wake_cb, node);
}

/* ---- time -----------------------------------------------------------------------------------
 */

static void
note(world *w, const datagram *d)
{
    uint64_t h = w->trace ^ d->at_us;

    for (size_t i = 0; i < d->len; i++)
        h = (h ^ d->bytes[i]) * UINT64_C(0x100000001b3);
    w->trace = h;
}

bool
world_step(world *w)
{
    uint64_t at_us = w->heap->len ? g_array_index(w->heap, datagram, 0).at_us : UINT64_MAX;
    world_node *due = NULL;

    for (guint i = 0; i < w->nodes->len; i++) {
        world_node *node = w->nodes->pdata[i];
        uint64_t deadline_us =
            node->is_dead || node->is_asleep ? UINT64_MAX : n2_plane_deadline(node->plane);
        if (deadline_us != UINT64_MAX) /* in the world's time; a past one is due now */
            deadline_us = deadline_us > clock_of(w, node)
                              ? deadline_us - (uint64_t)node->skew_us
                              : w->now_us;
        if (deadline_us < at_us) {
            at_us = deadline_us;
            due = node;
        }
    }
    if (at_us == UINT64_MAX)
        return false;
    w->now_us = MAX(w->now_us, at_us);
    if (due) {
        n2_plane_expire(due->plane, clock_of(w, due));
        settle(w, due);
        return true;
    }
    datagram d = heap_pop(w->heap);
    if (d.cb) {
        d.cb(w, d.user);
        return true;
    }
    note(w, &d);
    if (d.to->is_asleep && d.to->socket && d.to->socket->len < SOCKET_DATAGRAMS) {
        g_array_append_val(d.to->socket, d);
        return true;
    }
    if (!d.to->is_dead && !d.to->is_asleep)
        hand_in(w, d.to, &d);
    g_free(d.bytes);
    return true;
}

/* ---- life -----------------------------------------------------------------------------------
 */

world *
world_new(uint64_t seed)
{
    world *w = g_new0(world, 1);

    w->now_us = 1000000;
    world_random_init(&w->random, seed);
    w->nodes = g_ptr_array_new();
    w->lines = g_array_new(FALSE, FALSE, sizeof(line));
    w->heap = g_array_new(FALSE, FALSE, sizeof(datagram));
    return w;
}

void
world_free(world *w)
{
    for (guint i = 0; i < w->heap->len; i++)
        g_free(g_array_index(w->heap, datagram, i).bytes);
    for (guint i = 0; i < w->nodes->len; i++) {
        world_node *node = w->nodes->pdata[i];
        n2_plane_free(node->plane);
        for (guint k = 0; node->socket && k < node->socket->len; k++)
            g_free(g_array_index(node->socket, datagram, k).bytes);
        if (node->socket)
            g_array_unref(node->socket);
        g_free(node);
    }
    g_ptr_array_unref(w->nodes);
    g_array_unref(w->lines);
    g_array_unref(w->heap);
    g_free(w);
}

uint64_t
world_now(const world *w)
{
    return w->now_us;
}

world_random *
world_peek_random(world *w)
{
    return &w->random;
}

void
world_set_datagram(world *w, uint32_t bytes)
{
    w->datagram_bytes = bytes;
}

void
world_set_key_limits(world *w, const n2_key_limits *limits)
{
    w->key_limits = limits;
}

uint64_t
world_trace(const world *w)
{
    return w->trace;
}

void
world_set_tap(world *w, world_tap_cb tap, void *user)
{
    w->tap = tap;
    w->tap_user = user;
}
