/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-jumbo.c - long datagrams: ways whose links take different lengths, and an urgent packet
 *               behind bundles of many.
 */
#include <string.h>

#include "base/limits.h"
#include "link/link.h"
#include "star.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    SEEDS = 3,
    DELAY_US = 1000,
    PAYLOAD = 1000000,
    WIDTH_HUB = 4,
    WIDTH_SERVER = 2
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

/* ---- attack 14: urgent behind bundles ---- */

enum {
    URGENT = 0x0100, /* of the server, granted to the attacker's way */
    BULK = 0x0200    /* and to the client's */
};

typedef struct {
    uint64_t rate_Bps; /* of the link from the hub to the server */
    uint64_t late_us;  /* the longest that an urgent packet is held up */
    uint32_t bytes;    /* of its datagrams */
} urgent_row;

/* 1 ms at the rate, or one packet of 2 KiB; however many of them a datagram could hold. */
static const urgent_row urgent_rows[] = {
    {MBIT(1000), 1000, 9000}, {MBIT(100), 1000, 9000},  {MBIT(10), 1800, 9000},
    {MBIT(1), 18000, 9000},   {MBIT(100), 1000, 65000}, {MBIT(10), 1800, 65000},
};

static star *
make(const urgent_row *r)
{
    world_wire quick = {.rate_Bps = MBIT(4000), .delay_us = DELAY_US};
    world_wire slow = {.rate_Bps = r->rate_Bps, .delay_us = DELAY_US};
    star *s = star_new(1, &quick, r->bytes);
    n2_op rate = {
        .kind = N2_OP_LINK_RATE, .port = s->port_at_hub[STAR_SERVER], .size = r->rate_Bps};

    world_change(s->w, s->node[STAR_HUB], s->node[STAR_SERVER], &slow);
    world_op(s->w, s->node[STAR_HUB], &rate);
    for (int i = 0; i < 2; i++) {
        n2_route route = {0};
        g_assert_cmpint(n2_route_add(&route, WIDTH_SERVER, s->port_to_hub[STAR_SERVER]), ==,
                        N2_OK);
        g_assert_cmpint(
            n2_route_add(&route, WIDTH_HUB, s->port_at_hub[i ? STAR_CLIENT : STAR_ATTACKER]),
            ==, N2_OK);
        n2_op grant = {.kind = N2_OP_PLAIN_GRANT,
                       .address = i ? BULK : URGENT,
                       .size = 8192,
                       .path = route.word};
        world_op(s->w, s->node[STAR_SERVER], &grant);
    }
    return s;
}

static size_t
inject(star *s, int from, uint64_t address, unsigned size, n2_class class)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX] = {0};
    n2_packet head = {.is_long = true,
                      .size = (uint8_t)size,
                      .class = class,
                      .path = star_path_from_hub(s, STAR_SERVER, 0, 0),
                      .address = address};
    size_t len = n2_packet_write_head(bytes, &head) + n2_data_bytes(size);

    star_inject(s, from, bytes, len);
    return len;
}

/* Twice what the link carries, for @us: more than a bundle always waits. */
static void
flood(star *s, const urgent_row *r, uint64_t us)
{
    uint64_t end_us = world_now(s->w) + us, paid_us = world_now(s->w);

    while (world_now(s->w) < end_us) {
        while (paid_us < world_now(s->w) + 1000)
            paid_us += inject(s, STAR_CLIENT, BULK, 3, N2_CLASS_DEFAULT) * 500000 / r->rate_Bps;
        star_run(s, 500);
    }
}

static void
test_urgent(gconstpointer data)
{
    const urgent_row *r = data;
    star *s = make(r);
    uint64_t bare_us = 2 * DELAY_US + (50 + 8 + 28) * 1000000 / r->rate_Bps + 20, worst_us = 0;

    flood(s, r, 50000);
    for (unsigned i = 0; i < 10; i++) {
        uint64_t began_us = world_now(s->w);
        const n2_event *e;
        (void)inject(s, STAR_ATTACKER, URGENT + 7, 0, N2_CLASS_URGENT);
        do {
            g_assert_true(world_step(s->w));
            e = star_last(s, STAR_SERVER, N2_EVENT_PLAIN);
            g_assert_cmpuint(world_now(s->w) - began_us, <, 2000000);
        } while (!e || e->address != URGENT + 7);
        worst_us = MAX(worst_us, world_now(s->w) - began_us);
        flood(s, r, 20 * DELAY_US); /* so that the next one is told from it */
    }
    g_test_message("%u bytes a second, datagrams of %u: %u us more than on an empty line",
                   (unsigned)r->rate_Bps, r->bytes,
                   (unsigned)(worst_us > bare_us ? worst_us - bare_us : 0));
    g_assert_cmpuint(worst_us, <=, bare_us + r->late_us);
    star_free(s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(mixed_rows); i++) {
        g_autofree char *path = g_strconcat("/sim/jumbo/mixed/", mixed_rows[i].name, NULL);
        g_test_add_data_func(path, &mixed_rows[i], test_mixed);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(urgent_rows); i++) {
        g_autofree char *path =
            g_strdup_printf("/sim/jumbo/attack-14-urgent-behind-%u-at-%u-kbit",
                            urgent_rows[i].bytes, (unsigned)(urgent_rows[i].rate_Bps / 125));
        g_test_add_data_func(path, &urgent_rows[i], test_urgent);
    }
    return g_test_run();
}
