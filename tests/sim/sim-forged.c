/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-forged.c - packets that go round, and messages of switches that nobody sent: attacks 1
 *                and 8.
 */
#include <string.h>

#include "base/limits.h"
#include "star.h"
#include "transport/ack.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/path.h"

/* ---- attack 1: circling packets -------------------------------------------------------------
 */

enum {
    RING_MAX = 5
};

typedef struct {
    world *w;
    world_node *node[RING_MAX];
    unsigned n;
    uint8_t head[8]; /* of datagrams from the first node to the second */
    unsigned n_packets, links_up;
    uint16_t next_port[RING_MAX]; /* of each, to the next one */
} ring;

static void
ring_event(world *w, world_node *node, const n2_event *event, void *user)
{
    ring *r = user;

    (void)w;
    r->links_up += event->kind == N2_EVENT_LINK_UP;
    for (unsigned i = 0; i < r->n; i++)
        if (event->kind == N2_EVENT_LINK_UP && event->initiator && node == r->node[i])
            r->next_port[i] = event->port;
}

static bool
ring_tap(world *w, world_node *from, world_node *to, uint8_t *bytes, size_t len, void *user)
{
    ring *r = user;
    n2_frame frame;

    (void)w;
    if (from == r->node[0] && to == r->node[1])
        memcpy(r->head, bytes, sizeof r->head);
    if (!n2_frame_read(&frame, bytes, len) && frame.kind == N2_FRAME_WHOLE)
        r->n_packets++;
    return true;
}

/* @n nodes in a ring (two: one link), each with ports enough for two links and no more. */
static void
ring_init(ring *r, unsigned n, uint64_t seed)
{
    world_wire wire = {.rate_Bps = 12500000, .delay_us = 100};

    *r = (ring){.n = n, .w = world_new(seed)};
    world_set_tap(r->w, ring_tap, r);
    for (unsigned i = 0; i < n; i++)
        r->node[i] = world_add(r->w, n == 2 ? 1 : 2, ring_event, r);
    unsigned n_links = n == 2 ? 1 : n;
    for (unsigned i = 0; i < n_links; i++) {
        world_lay(r->w, r->node[i], r->node[(i + 1) % n], &wire);
        n2_op op = {
            .kind = N2_OP_LINK_OPEN, .net = r->node[(i + 1) % n]->addr, .link_id = i + 1};
        world_op(r->w, r->node[i], &op);
    }
    while (r->links_up < 2 * n_links)
        g_assert_true(world_step(r->w));
    for (unsigned port = 1; port < (n == 2 ? 2 : 4);
         port++) { /* so that the tap sees its token */
        n2_op echo = {.kind = N2_OP_ECHO, .path = (uint64_t)port << (n == 2 ? 63 : 62)};
        world_op(r->w, r->node[0], &echo);
    }
    uint64_t end_us = world_now(r->w) + 10000;
    while (world_now(r->w) < end_us && world_step(r->w))
        ;
    g_assert_cmpuint(r->head[0] | r->head[1] | r->head[2], !=, 0);
}

/* Puts one packet on the wire from node 0 to node 1, and counts how often it is sent on. */
static unsigned
ring_send(ring *r, bool is_long, uint64_t path)
{
    uint8_t bytes[8 + N2_PACKET_BYTES_MAX] = {0};
    n2_packet head = {.is_long = is_long, .class = N2_CLASS_DEFAULT, .path = path};

    memcpy(bytes, r->head, 8);
    bytes[6] &= 0x3f;
    size_t len = n2_packet_write_head(bytes + 8, &head) + 32;
    r->n_packets = 0;
    world_inject(r->w, r->node[0], r->node[1], bytes, 8 + len);
    uint64_t end_us = world_now(r->w) + 100000;
    while (world_now(r->w) < end_us && world_step(r->w))
        ;
    return r->n_packets;
}

static void
test_circling(gconstpointer data)
{
    unsigned n = GPOINTER_TO_UINT(data), width = n == 2 ? 1 : 2, most = 0;
    ring r;

    ring_init(&r, n, n);
    /* On one link all ones lead back and forth until the path is used up, and not once more. */
    unsigned times = ring_send(&r, true, UINT64_MAX << 6);
    g_assert_cmpuint(times, <=, N2_PATH_BITS / width);
    if (n == 2)
        g_assert_cmpuint(times, ==, N2_PATH_BITS);
    g_assert_cmpuint(ring_send(&r, false, 0xfff0), <=, N2_SHORT_PATH_BITS / width);
    /* Labels that lead round and round: to the end of the path, whatever it was said to be. */
    if (n > 2) {
        uint64_t round = 0;
        for (unsigned i = 0; i < N2_PATH_BITS / width; i++)
            round |= (uint64_t)r.next_port[(i + 1) % n] << (64 - width * (i + 1));
        g_assert_cmpuint(ring_send(&r, true, round), ==, N2_PATH_BITS / width);
        g_assert_cmpuint(ring_send(&r, true, round | 30), ==, (N2_PATH_BITS - 30) / width);
        g_assert_cmpuint(ring_send(&r, false, round >> 48 & 0xfff0), ==,
                         N2_SHORT_PATH_BITS / width);
    }
    /* And labels that read their own way back, with whatever was written as used. */
    for (unsigned i = 0; i < 300; i++) {
        uint64_t path = world_random_next(world_peek_random(r.w));
        times = ring_send(&r, true, path);
        most = MAX(most, times);
        g_assert_cmpuint(times, <=, N2_PATH_BITS / width);
        g_assert_cmpuint(ring_send(&r, false, path & 0xffff), <=, N2_SHORT_PATH_BITS / width);
    }
    g_test_message("%u nodes: sent on %u times at most", n, most);
    world_free(r.w);
}

/* ---- attack 8: notices that nobody sent
 * ------------------------------------------------------ */

static const world_wire wire = {.rate_Bps = 1250000, .delay_us = 5000};

static void
draw(star *s, void *out, size_t len)
{
    world_random_fill(world_peek_random(s->w), out, len);
}

typedef enum {
    FORGE_NOTHING,
    FORGE_CONTROL, /* control mode: random, questions that are none, answers to no question */
    FORGE_ACKS     /* acknowledgements and farewells without a seal, or with a wrong one */
} forged;

static void
forge(star *s, forged what, unsigned i)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    bool is_ack = what == FORGE_ACKS;
    n2_packet head = {.is_long = true,
                      .is_sealed = is_ack && i % 2,
                      .size = is_ack ? 1 : (uint8_t)(i / 8 % 4),
                      .class = (uint8_t)(i % 4),
                      .mode = is_ack ? N2_MODE_UNICAST : N2_MODE_CONTROL,
                      .path = star_path_from_hub(s, i % 2 ? STAR_CLIENT : STAR_SERVER, 0, 0)};

    if (!is_ack && i % 3 == 0)
        head.path = 0; /* for the hub's own switch */
    if (is_ack) /* the first numbers that a data plane gives: control regions are among them */
        head.address = (uint64_t)(1 + i % 8) << 43 | (uint64_t)(i / 8 % 3) << 32;
    head.counter = i;
    draw(s, bytes, sizeof bytes);
    size_t at = n2_packet_write_head(bytes, &head);
    if (is_ack) {
        bytes[at] = i % 5 ? N2_CONTROL_ACK : N2_CONTROL_CLOSE;
        if (i % 5)
            memset(bytes + at + 16, 0xff, 64); /* all has come */
    } else if (i % 4) {
        bytes[at] = (uint8_t)(i % 4); /* question, answer, and one that there is not */
        memset(bytes + at + 1, 0, 7);
        if (i % 4 == 1)
            memset(bytes + at + 16, 0xff, 16); /* a question with something in it */
    }
    star_inject(s, STAR_ATTACKER, bytes, n2_packet_bytes(bytes[0]));
}

static uint64_t
time_of_transfer(forged what)
{
    star *s = star_new(3, &wire, 2200);
    uint64_t began_us;

    star_connect(s);
    g_assert_true(star_until_connected(s, 1000000));
    n2_op echo = {.kind = N2_OP_ECHO, .tag = 9, .path = s->path};
    s->node[STAR_HUB]->is_dead = false;
    began_us = world_now(s->w);
    star_send(s, true, 1 << 20, 2048);
    star_send(s, false, 1 << 19, 512);
    uint64_t sent = s->bytes[STAR_ATTACKER][0], got = s->bytes[STAR_ATTACKER][1];
    for (unsigned i = 0; what && i < 4000 && s->n_sent < s->n_pieces; i++) {
        forge(s, what, i);
        if (i == 100)
            world_op(s->w, s->node[STAR_CLIENT], &echo);
        star_run(s, 400);
    }
    g_assert_true(star_finish(s, 30000000));
    g_assert_cmpuint(s->conn[STAR_CLIENT], !=, 0);
    g_assert_cmpuint(s->conn[STAR_SERVER], !=, 0);
    /* Nothing that it sent brought it more than that. */
    g_assert_cmpuint(s->bytes[STAR_ATTACKER][1] - got, <=, s->bytes[STAR_ATTACKER][0] - sent);
    if (what) { /* only the true answer was believed: it names the port there, and is late */
        const n2_event *e = star_last(s, STAR_CLIENT, N2_EVENT_ECHO);
        g_assert_nonnull(e);
        g_assert_cmpint(e->err, ==, N2_OK);
        g_assert_cmpuint(e->width, ==, 2);
        g_assert_cmpuint(e->rtt_us, >=, 20000);
    }
    uint64_t took_us = MAX(s->pieces[0].written_us, s->pieces[1].written_us) - began_us;
    star_free(s);
    return took_us;
}

static void
test_forged(gconstpointer data)
{
    uint64_t alone_us = time_of_transfer(FORGE_NOTHING);
    uint64_t took_us = time_of_transfer((forged)GPOINTER_TO_INT(data));

    g_test_message("%u us instead of %u", (unsigned)took_us, (unsigned)alone_us);
    g_assert_cmpuint(took_us, <=, alone_us * 5 / 4 + 1000000 * 2 / 3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/sim/forged/attack-01-one-link", GUINT_TO_POINTER(2), test_circling);
    g_test_add_data_func("/sim/forged/attack-01-ring-of-3", GUINT_TO_POINTER(3), test_circling);
    g_test_add_data_func("/sim/forged/attack-01-ring-of-5", GUINT_TO_POINTER(5), test_circling);
    g_test_add_data_func("/sim/forged/attack-08-control", GINT_TO_POINTER(FORGE_CONTROL),
                         test_forged);
    g_test_add_data_func("/sim/forged/attack-08-acks", GINT_TO_POINTER(FORGE_ACKS),
                         test_forged);
    return g_test_run();
}
