/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-jumbo.c - long datagrams: ways whose links take different lengths.
 */
#include "base/limits.h"
#include "link/link.h"
#include "star.h"

enum {
    SEEDS = 3,
    DELAY_US = 1000,
    PAYLOAD = 1000000
};

#define MBIT(n) ((n)*UINT64_C(125000))

/* ---- links of different lengths in one way ---- */

typedef struct {
    const char *name;
    uint32_t client_bytes, server_bytes; /* that the links to the hub take */
    bool to_client;
} mixed_row;

static const mixed_row mixed_rows[] = {
    {"from-short-to-jumbo", 9000, 1500, true},
    {"from-jumbo-to-short", 1500, 9000, true},
    {"back-from-jumbo-to-short", 9000, 1500, false},
    {"from-loopback-to-shortest", 1053, 65000, true},
    {"from-jumbo-to-loopback", 65000, 9000, true},
};

/* Both ends of a link are told what their devices take; more is lost on the wire. */
static void
set_length(star *s, int end, const world_wire *wire, uint32_t bytes)
{
    world_wire w = *wire;
    n2_op near = {.kind = N2_OP_LINK_MTU, .port = s->port_at_hub[end], .mtu_bytes = bytes};
    n2_op far = near;

    w.narrow = bytes;
    world_change(s->w, s->node[STAR_HUB], s->node[end], &w);
    world_change(s->w, s->node[end], s->node[STAR_HUB], &w);
    far.port = s->port_to_hub[end];
    world_op(s->w, s->node[STAR_HUB], &near);
    world_op(s->w, s->node[end], &far);
}

static world_wire_stats
wire_of(const star *s, int end, bool to_hub)
{
    return to_hub ? world_wire_peek(s->w, s->node[end], s->node[STAR_HUB])
                  : world_wire_peek(s->w, s->node[STAR_HUB], s->node[end]);
}

/* One for each packet that goes whole, else two, and some besides: halves that came one behind
 * the other leave so, also where more would fit. */
static uint64_t
most_datagrams(uint32_t bytes)
{
    bool is_whole = bytes >= N2_FRAME_HEAD_BYTES + N2_PACKET_BYTES_MAX;

    return (PAYLOAD / 2048 + 1) * (is_whole ? 1 : 2) + 50;
}

static void
test_mixed(gconstpointer data)
{
    const mixed_row *r = data;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const world_wire wire = {.rate_Bps = MBIT(100), .delay_us = DELAY_US};
        star *s = star_new(seed, &wire, N2_LINK_BYTES_BASE);
        int from = r->to_client ? STAR_SERVER : STAR_CLIENT;
        int to = r->to_client ? STAR_CLIENT : STAR_SERVER;
        uint32_t out = r->to_client ? r->server_bytes : r->client_bytes;
        uint32_t in = r->to_client ? r->client_bytes : r->server_bytes;

        set_length(s, STAR_CLIENT, &wire, r->client_bytes);
        set_length(s, STAR_SERVER, &wire, r->server_bytes);
        star_connect(s);
        g_assert_true(star_until_connected(s, 5000000));
        star_run(s, 10000000); /* the links prove their lengths */
        star_send(s, r->to_client, PAYLOAD, 2048);
        g_assert_true(star_finish(s, 5000000)); /* and its rate is known */
        world_wire_stats first[2] = {wire_of(s, from, true), wire_of(s, to, false)};
        uint64_t began_us = world_now(s->w);
        star_send(s, r->to_client, PAYLOAD, 2048);
        g_assert_true(star_finish(s, 5000000));
        uint64_t took_us = world_now(s->w) - began_us;
        world_wire_stats sent = wire_of(s, from, true), got = wire_of(s, to, false);
        g_test_message("%s: %u datagrams in, %u out, %u ms", r->name,
                       (unsigned)(sent.sent - first[0].sent),
                       (unsigned)(got.sent - first[1].sent), (unsigned)(took_us / 1000));
        g_assert_cmpuint(sent.longest, <=, out);
        g_assert_cmpuint(got.longest, <=, in);
        g_assert_cmpuint(sent.sent - first[0].sent, <=, most_datagrams(out));
        g_assert_cmpuint(got.sent - first[1].sent, <=, most_datagrams(in));
        g_assert_cmpuint(sent.lost + got.lost - first[0].lost - first[1].lost, ==, 0);
        /* Nobody on the way waits for more than is there. */
        g_assert_cmpuint(took_us, <=, 2 * PAYLOAD * UINT64_C(1000000) / MBIT(100) + 100000);
        star_free(s);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(mixed_rows); i++) {
        g_autofree char *path = g_strconcat("/sim/jumbo/mixed/", mixed_rows[i].name, NULL);
        g_test_add_data_func(path, &mixed_rows[i], test_mixed);
    }
    return g_test_run();
}
