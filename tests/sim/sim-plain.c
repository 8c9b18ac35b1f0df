/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-plain.c - a keyboard that knows the short form only, a computer behind a switch, and
 *               somebody at another port who would like to type: attack 22.
 */
#include <string.h>

#include "star.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    KEYS = 0x0100, /* region of the computer, which is the server */
    LAMP = 0x0300, /* region of the keyboard, which is the client */
    WIDTH_HUB = 4,
    WIDTH_SERVER = 2,
    WIDTH_CLIENT = 3
};

static const world_wire wire = {.rate_Bps = 12500000, .delay_us = 1000};

typedef struct {
    unsigned n_short[STAR_NODES]; /* short packets that left the hub to it */
    uint8_t last[N2_PACKET_BYTES_MIN];
} seen;

static void
watch(star *s, int from, int to, uint8_t *packet, size_t len)
{
    seen *w = s->user;

    if (from != STAR_HUB || packet[0] & N2_KIND_LONG)
        return;
    g_assert_cmpuint(len, ==, N2_PACKET_BYTES_MIN);
    w->n_short[to]++;
    memcpy(w->last, packet, len);
}

/* From @node's link, as a device would that is no switch: the first label is the hub's. */
static void
type_key(star *s, int node, uint16_t address, uint8_t key)
{
    uint8_t bytes[N2_PACKET_BYTES_MIN] = {0};
    n2_packet head = {.class = N2_CLASS_DEFAULT,
                      .path = star_path_from_hub(s, STAR_SERVER, 0, 0) >> 48,
                      .address = address};

    bytes[n2_packet_write_head(bytes, &head)] = key;
    star_inject(s, node, bytes, sizeof bytes);
    star_run(s, 10000);
}

static uint64_t
way_from_server(const star *s, int node)
{
    n2_route route = {0};

    g_assert_cmpint(n2_route_add(&route, WIDTH_SERVER, s->port_to_hub[STAR_SERVER]), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, WIDTH_HUB, s->port_at_hub[node]), ==, N2_OK);
    return route.word;
}

static void
plain_op(star *s, int node, n2_op_kind kind, uint16_t address, uint64_t path)
{
    n2_op op = {.kind = kind, .address = address, .size = 64, .path = path};

    world_op(s->w, s->node[node], &op);
}

static void
test_device(void)
{
    star *s = star_new(1, &wire, 1472);
    seen w = {0};

    s->user = &w;
    s->on_packet = watch;
    type_key(s, STAR_CLIENT, KEYS, 'a'); /* before it was granted */
    plain_op(s, STAR_SERVER, N2_OP_PLAIN_GRANT, KEYS, way_from_server(s, STAR_CLIENT));
    g_assert_cmpuint(star_count(s, STAR_SERVER, N2_EVENT_PLAIN), ==, 0);
    for (unsigned i = 0; i < 10; i++) {
        type_key(s, STAR_CLIENT, KEYS + i % 2, (uint8_t)('a' + i));
        type_key(s, STAR_ATTACKER, KEYS + i % 2, 'x'); /* by another way */
    }
    g_assert_cmpuint(star_count(s, STAR_SERVER, N2_EVENT_PLAIN), ==, 10);
    g_assert_cmpuint(star_stats(s, STAR_SERVER).dropped_endpoint, ==, 11);
    const n2_event *key = star_last(s, STAR_SERVER, N2_EVENT_PLAIN);
    g_assert_cmphex(key->address, ==, KEYS + 1);
    g_assert_cmphex(key->path, ==, way_from_server(s, STAR_CLIENT));

    /* The lamp, by the way that the key brought. */
    n2_op lamp = {.kind = N2_OP_PLAIN_SEND,
                  .path = key->path,
                  .bits = WIDTH_SERVER + WIDTH_HUB + WIDTH_CLIENT,
                  .address = LAMP,
                  .bytes = g_malloc0(32),
                  .len = 32};
    lamp.bytes[0] = 1;
    unsigned before = w.n_short[STAR_CLIENT];
    world_op(s->w, s->node[STAR_SERVER], &lamp);
    star_run(s, 10000);
    g_assert_cmpuint(w.n_short[STAR_CLIENT], ==, before + 1);
    g_assert_cmpuint(w.n_short[STAR_ATTACKER], ==, 0);
    g_assert_cmphex(w.last[4] << 8 | w.last[5], ==, LAMP);
    g_assert_cmpuint(w.last[6], ==, 1);

    plain_op(s, STAR_SERVER, N2_OP_PLAIN_REVOKE, KEYS, 0);
    type_key(s, STAR_CLIENT, KEYS, 'z');
    g_assert_cmpuint(star_count(s, STAR_SERVER, N2_EVENT_PLAIN), ==, 10);
    star_free(s);
}

/* Two whole nodes, each with a region for the other: every switch on the way counts its bits.
 */
static void
test_both_ways(void)
{
    star *s = star_new(2, &wire, 1472);
    n2_route there = {0};

    g_assert_cmpint(n2_route_add(&there, WIDTH_CLIENT, s->port_to_hub[STAR_CLIENT]), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&there, WIDTH_HUB, s->port_at_hub[STAR_SERVER]), ==, N2_OK);
    plain_op(s, STAR_SERVER, N2_OP_PLAIN_GRANT, KEYS, way_from_server(s, STAR_CLIENT));
    plain_op(s, STAR_CLIENT, N2_OP_PLAIN_GRANT, LAMP, there.word);
    for (unsigned i = 0; i < 5; i++) {
        n2_op key = {.kind = N2_OP_PLAIN_SEND,
                     .path = there.word,
                     .bits = there.bits + WIDTH_SERVER,
                     .address = KEYS,
                     .bytes = g_malloc0(32),
                     .len = 32};
        world_op(s->w, s->node[STAR_CLIENT], &key);
        star_run(s, 10000);
        n2_op lamp = {.kind = N2_OP_PLAIN_SEND,
                      .path = star_last(s, STAR_SERVER, N2_EVENT_PLAIN)->path,
                      .bits = WIDTH_SERVER + WIDTH_HUB + WIDTH_CLIENT,
                      .address = LAMP,
                      .bytes = g_malloc0(32),
                      .len = 32};
        world_op(s->w, s->node[STAR_SERVER], &lamp);
        star_run(s, 10000);
        g_assert_cmpuint(star_count(s, STAR_SERVER, N2_EVENT_PLAIN), ==, i + 1);
        g_assert_cmpuint(star_count(s, STAR_CLIENT, N2_EVENT_PLAIN), ==, i + 1);
    }
    star_free(s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/plain/attack-22-keyboard", test_device);
    g_test_add_func("/sim/plain/attack-22-both-ways", test_both_ways);
    return g_test_run();
}
