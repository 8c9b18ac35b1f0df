/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-links.c - links over bad wires: packets in halves that are lost, doubled and out of
 *               order; ways that become narrow without a word; what of a wire is payload.
 */
#include "star.h"

enum {
    SEEDS = 4,
    UDP_BYTES = 28
};

#define MBIT(n) ((n)*UINT64_C(125000))

/* ---- halves ---- */

typedef struct {
    const char *name;
    world_wire there, back; /* the client's link: to the hub, from it */
    uint64_t limit_us;
} row;

static const row rows[] = {
    {"20-percent-lost",
     {.rate_Bps = MBIT(10), .delay_us = 5000, .queue_bytes = 100000, .loss_ppm = 200000},
     {.rate_Bps = MBIT(10), .delay_us = 5000, .queue_bytes = 100000, .loss_ppm = 200000},
     60000000},
    {"all-twice",
     {.rate_Bps = MBIT(20), .delay_us = 5000, .double_ppm = 1000000},
     {.rate_Bps = MBIT(20), .delay_us = 5000, .double_ppm = 1000000},
     20000000},
    {"half-out-of-order",
     {.rate_Bps = MBIT(20), .delay_us = 5000, .reorder_ppm = 500000, .reorder_us = 20000},
     {.rate_Bps = MBIT(20), .delay_us = 5000, .reorder_ppm = 500000, .reorder_us = 20000},
     30000000},
    /* Some come when the other half has been given up (N2_LINK_HALF_US). */
    {"halves-too-late",
     {.rate_Bps = MBIT(20), .delay_us = 5000, .reorder_ppm = 100000, .reorder_us = 700000},
     {.rate_Bps = MBIT(20), .delay_us = 5000, .reorder_ppm = 100000, .reorder_us = 700000},
     60000000},
    {"100-times-slower-back",
     {.rate_Bps = MBIT(20), .delay_us = 5000, .queue_bytes = 100000},
     {.rate_Bps = MBIT(20) / 100, .delay_us = 20000, .queue_bytes = 100000},
     60000000},
    {"all-of-it",
     {.rate_Bps = MBIT(10),
      .delay_us = 5000,
      .loss_ppm = 100000,
      .double_ppm = 200000,
      .reorder_ppm = 300000,
      .reorder_us = 10000},
     {.rate_Bps = MBIT(2), .delay_us = 15000, .loss_ppm = 200000, .double_ppm = 100000},
     90000000},
};

/* The client's link is bad, both ways: each byte arrives, and both ends are told. */
static void
test_halves(gconstpointer data)
{
    const row *r = data;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const world_wire good = {.rate_Bps = MBIT(20), .delay_us = 2000};
        star *s = star_new(seed, &good, 1472);
        world_change(s->w, s->node[STAR_CLIENT], s->node[STAR_HUB], &r->there);
        world_change(s->w, s->node[STAR_HUB], s->node[STAR_CLIENT], &r->back);
        star_connect(s);
        if (!star_until_connected(s, 30000000))
            g_error("%s, seed %" G_GUINT64_FORMAT ": no connection", r->name, seed);
        star_send(s, false, 150000, 2048);
        star_send(s, true, 20000, 2048);
        if (!star_finish(s, r->limit_us))
            g_error("%s, seed %" G_GUINT64_FORMAT ": %u of %u written, %u sent", r->name, seed,
                    s->n_written, s->n_pieces, s->n_sent);
        g_assert_cmpuint(world_wire_peek(s->w, s->node[STAR_CLIENT], s->node[STAR_HUB]).sent, >,
                         2 * 150000 / 2048);
        star_free(s);
    }
}

/* ---- length ---- */

static void
set_mtu(star *s, uint32_t bytes)
{
    for (int i = 1; i < STAR_NODES; i++) {
        n2_op op = {.kind = N2_OP_LINK_MTU, .port = s->port_to_hub[i], .mtu_bytes = bytes};
        world_op(s->w, s->node[i], &op);
        op.port = s->port_at_hub[i];
        world_op(s->w, s->node[STAR_HUB], &op);
    }
}

static uint64_t
longest(const star *s)
{
    return world_wire_peek(s->w, s->node[STAR_SERVER], s->node[STAR_HUB]).longest;
}

static void
narrow(star *s, const world_wire *wire, uint32_t bytes)
{
    world_wire w = *wire;

    w.narrow = bytes;
    for (int i = 1; i < STAR_NODES; i++) {
        world_change(s->w, s->node[STAR_HUB], s->node[i], &w);
        world_change(s->w, s->node[i], s->node[STAR_HUB], &w);
    }
}

/* The device takes long frames, and the way beyond it does not, all the time or from one moment
 * to the next: it is found out by the links alone, and nothing else is lost by it. */
static void
test_narrow(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const world_wire wire = {.rate_Bps = MBIT(20), .delay_us = 5000};
        world_wire start = wire;
        start.narrow = 1472;
        star *s = star_new(seed, &start, 1232);
        set_mtu(s, 8972);
        star_connect(s);
        g_assert_true(star_until_connected(s, 5000000));
        star_send(s, true, 200000, 2048);
        g_assert_true(star_finish(s, 5000000));
        star_run(s, 5000000);
        star_send(s, true, 100000, 512); /* fills datagrams to the brim */
        g_assert_true(star_finish(s, 5000000));
        g_assert_cmpuint(longest(s), <=, 1472);
        g_assert_cmpuint(longest(s), >, 1400);

        narrow(s, &wire, 0);
        star_run(s, 65000000); /* longer ones are tried each minute */
        star_send(s, true, 500000, 2048);
        g_assert_true(star_finish(s, 5000000));
        g_assert_cmpuint(longest(s), ==, 8972);

        star_send(s, true, 1000000, 2048);
        star_run(s, 100000);
        narrow(s, &wire, 1300);
        uint64_t began_us = world_now(s->w);
        g_assert_true(star_finish(s, 10000000));
        g_test_message("a black hole cost %" G_GUINT64_FORMAT " ms",
                       (world_now(s->w) - began_us) / 1000);
        g_assert_cmpuint(world_now(s->w) - began_us, <=, 4000000);
        star_free(s);
    }
}

/* ---- payload ---- */

typedef struct {
    const char *name;
    uint32_t datagram_bytes, unit;
    unsigned least, most; /* permille of the wire that is payload */
} share_row;

/* All that a transfer puts on the wire is counted, resends, PINGs and heads too. */
static const share_row share_rows[] = {
    {"halves-at-1500", 1472, 2048, 930, 947},
    {"halves-at-1280", 1232, 2048, 930, 947},
    {"two-of-512-at-1500", 1472, 512, 870, 900},
    {"jumbo", 8972, 2048, 960, 980},
};

static void
test_attack_14_share(gconstpointer data)
{
    const share_row *r = data;
    const world_wire wire = {.rate_Bps = MBIT(20), .delay_us = 2000};
    const uint64_t payload = 1000000;
    star *s = star_new(1, &wire, r->datagram_bytes);

    star_connect(s);
    g_assert_true(star_until_connected(s, 5000000));
    uint64_t before = world_wire_peek(s->w, s->node[STAR_SERVER], s->node[STAR_HUB]).bytes;
    star_send(s, true, payload, r->unit);
    g_assert_true(star_finish(s, 10000000));
    uint64_t bytes =
        world_wire_peek(s->w, s->node[STAR_SERVER], s->node[STAR_HUB]).bytes - before;
    unsigned permille = (unsigned)(payload * 1000 / bytes);
    g_test_message("%s: %u permille of the wire is payload", r->name, permille);
    g_assert_cmpuint(permille, >=, r->least);
    g_assert_cmpuint(permille, <=, r->most);
    star_free(s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sim/links/halves/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_halves);
    }
    g_test_add_func("/sim/links/narrow", test_narrow);
    for (guint i = 0; i < G_N_ELEMENTS(share_rows); i++) {
        g_autofree char *path =
            g_strconcat("/sim/links/attack-14-share/", share_rows[i].name, NULL);
        g_test_add_data_func(path, &share_rows[i], test_attack_14_share);
    }
    return g_test_run();
}
