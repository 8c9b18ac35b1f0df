/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-urgent.c - urgent packets through a switch whose link is full, and urgent ones that are
 *                too many: attack 14.
 */
#include <string.h>

#include "base/limits.h"
#include "star.h"
#include "switch/reserve-message.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    REGION = 0x0100, /* of the server, granted to the attacker's way */
    BULK = 0x0200,   /* and to the client's */
    DELAY_US = 1000,
    WIDTH_HUB = 4,
    WIDTH_SERVER = 2
};

typedef struct {
    uint64_t rate_Bps; /* of the link from the hub to the server */
    uint64_t late_us;  /* the longest that an urgent packet is held up */
    uint32_t bytes;    /* of its datagrams */
} row;

#define MBIT(n) ((n)*UINT64_C(125000))

/* 1 ms at the rate, or one packet of 2 KiB; however many of them a datagram could hold.  On the
 * slowest line a PING of the link's own may stand before it, too. */
static const row rows[] = {
    {MBIT(100), 1000, 1472},  {MBIT(10), 1800, 1472},   {MBIT(1), 20000, 1472},
    {MBIT(1000), 1000, 9000}, {MBIT(100), 1000, 9000},  {MBIT(10), 1800, 9000},
    {MBIT(1), 20000, 9000},   {MBIT(100), 1000, 65000}, {MBIT(10), 1800, 65000},
};

/* What is urgent has to be paid for: a part of the hub's link for what the attacker sends. */
static void
reserve(star *s, const row *r)
{
    uint8_t bytes[N2_RESERVE_BYTES];
    n2_reserve_message m = {.what = N2_RESERVE_ASK,
                            .class = N2_CLASS_URGENT,
                            .id = 1,
                            .kbps = (uint32_t)(r->rate_Bps / N2_RESERVE_BPS / 10 * 3),
                            .offer_kbps = UINT32_MAX,
                            .path = star_path_from_hub(s, STAR_SERVER, 0, 0)};

    n2_reserve_message_write(bytes, &m);
    star_inject(s, STAR_ATTACKER, bytes, sizeof bytes);
    star_run(s, 50000);
}

static star *
make(const row *r)
{
    world_wire quick = {.rate_Bps = MBIT(4000), .delay_us = DELAY_US};
    world_wire slow = {.rate_Bps = r->rate_Bps, .delay_us = DELAY_US};
    star *s = star_new(1, &quick, r->bytes);

    world_change(s->w, s->node[STAR_HUB], s->node[STAR_SERVER], &slow);
    n2_op rate = {
        .kind = N2_OP_LINK_RATE, .port = s->port_at_hub[STAR_SERVER], .size = r->rate_Bps};
    world_op(s->w, s->node[STAR_HUB], &rate);
    for (int i = 0; i < 2; i++) {
        n2_route route = {0};
        int from = i ? STAR_CLIENT : STAR_ATTACKER;
        g_assert_cmpint(n2_route_add(&route, WIDTH_SERVER, s->port_to_hub[STAR_SERVER]), ==,
                        N2_OK);
        g_assert_cmpint(n2_route_add(&route, WIDTH_HUB, s->port_at_hub[from]), ==, N2_OK);
        n2_op grant = {.kind = N2_OP_PLAIN_GRANT,
                       .address = i ? BULK : REGION,
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

/* Twice what the link carries, for @us. */
static void
flood(star *s, const row *r, int from, uint64_t us, n2_class class)
{
    uint64_t end_us = world_now(s->w) + us, paid_us = world_now(s->w);

    while (world_now(s->w) < end_us) {
        while (paid_us < world_now(s->w) + 1000)
            paid_us += inject(s, from, from == STAR_CLIENT ? BULK : REGION, 3, class) * 500000 /
                       r->rate_Bps;
        star_run(s, 500);
    }
}

/* Time from the sender's link to the server's control plane. */
static uint64_t
time_of(star *s, const row *r, int from, n2_class class)
{
    uint64_t address = (from == STAR_CLIENT ? BULK : REGION) + 7;
    uint64_t began_us = world_now(s->w);
    unsigned n = s->n_events[STAR_SERVER];
    bool is_there = false;

    (void)inject(s, from, address, 0, class);
    do {
        g_assert_true(world_step(s->w));
        for (; n < s->n_events[STAR_SERVER]; n++)
            is_there |= s->events[STAR_SERVER][n % STAR_EVENTS].kind == N2_EVENT_PLAIN &&
                        s->events[STAR_SERVER][n % STAR_EVENTS].address == address;
        if (world_now(s->w) - began_us > 2000000)
            return UINT64_MAX;
    } while (!is_there);
    uint64_t took_us = world_now(s->w) - began_us;
    /* so that the next one is told from it */
    flood(s, r, STAR_CLIENT, 20 * DELAY_US, N2_CLASS_DEFAULT);
    return took_us;
}

static void
test_urgent(gconstpointer data)
{
    const row *r = data;
    star *s = make(r);
    uint64_t bare_us = 2 * DELAY_US + (50 + 8 + 28) * 1000000 / r->rate_Bps + 20, worst_us = 0;

    reserve(s, r);
    flood(s, r, STAR_CLIENT, 100000, N2_CLASS_DEFAULT);
    for (unsigned i = 0; i < 10; i++) {
        uint64_t took_us = time_of(s, r, STAR_ATTACKER, N2_CLASS_URGENT);
        worst_us = MAX(worst_us, took_us);
    }
    g_test_message("%u bytes a second, datagrams of %u: %u us more than on an empty line",
                   (unsigned)r->rate_Bps, r->bytes,
                   (unsigned)(worst_us > bare_us ? worst_us - bare_us : 0));
    g_assert_cmpuint(worst_us, <=, bare_us + r->late_us);
    /* Whoever is not urgent waits behind what he sent before, where that is longer than a
     * bundle; but not behind what others sent. */
    if (r->bytes < 2048) {
        g_assert_cmpuint(time_of(s, r, STAR_CLIENT, N2_CLASS_DEFAULT), >,
                         bare_us + 5 * r->late_us);
        g_assert_cmpuint(time_of(s, r, STAR_ATTACKER, N2_CLASS_DEFAULT), <,
                         bare_us + 3 * r->late_us);
    }
    star_free(s);
}

/* Who says that all is urgent gets what he has reserved, if anything, and his share of the
 * rest: others get half of that at least. */
static void
all_urgent(const row *r, bool is_reserved)
{
    star *s = make(r);
    uint64_t got[2] = {0};

    if (is_reserved)
        reserve(s, r);
    uint64_t end_us = world_now(s->w) + 1000000;
    while (world_now(s->w) < end_us) {
        flood(s, r, STAR_ATTACKER, 5000, N2_CLASS_URGENT);
        flood(s, r, STAR_CLIENT, 5000, N2_CLASS_DEFAULT);
    }
    for (unsigned i = 0; i < MIN(s->n_events[STAR_SERVER], STAR_EVENTS); i++) {
        const n2_event *e = &s->events[STAR_SERVER][i];
        if (e->kind == N2_EVENT_PLAIN)
            got[e->address >> 8 == BULK >> 8]++;
    }
    g_test_message("urgent %u, others %u", (unsigned)got[0], (unsigned)got[1]);
    /* 3 tenths, a burst, and half of what is left */
    g_assert_cmpuint(got[1] * 100, >=, (got[0] + got[1]) * (is_reserved ? 30 : 45));
    if (is_reserved)
        g_assert_cmpuint(got[0] * 100, >=, (got[0] + got[1]) * 30);
    star_free(s);
}

static void
test_all_urgent(gconstpointer data)
{
    all_urgent(data, false);
    all_urgent(data, true);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        unsigned kbit = (unsigned)(rows[i].rate_Bps / 125);
        g_autofree char *path =
            g_strdup_printf("/sim/urgent/attack-14-behind-%u-at-%u-kbit", rows[i].bytes, kbit);
        g_autofree char *all = g_strdup_printf(
            "/sim/urgent/attack-14-all-urgent-behind-%u-at-%u-kbit", rows[i].bytes, kbit);
        g_test_add_data_func(path, &rows[i], test_urgent);
        if (rows[i].bytes < 2048)
            g_test_add_data_func(all, &rows[i], test_all_urgent);
    }
    return g_test_run();
}
