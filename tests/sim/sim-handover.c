/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-handover.c - open connections that go another way: ways that die, both ends at once, and
 *                  an attacker who copies, replays and relays what they say.
 */
#include <string.h>

#include "base/limits.h"
#include "town.h"
#include "wire/packet.h"

enum {
    SEEDS = 4,
    PIECE = 400000,
    UNIT = 2048
};

#define SECOND UINT64_C(1000000)

static const world_wire usual = {.rate_Bps = 1250000, .delay_us = 5000, .queue_bytes = 65536};

/* ---- a move --------------------------------------------------------------------------------
 */

typedef struct {
    const char *name;
    world_wire wire;
    bool dies; /* the old way, as the move begins */
    uint64_t limit_us;
    uint64_t dead_us; /* or so long before: all that may be under way is (attack 7) */
} row;

static const row rows[] = {
    {"clean",
     {.rate_Bps = 1250000, .delay_us = 5000, .queue_bytes = 65536},
     false,
     2 * SECOND,
     0},
    {"old-way-dead",
     {.rate_Bps = 1250000, .delay_us = 5000, .queue_bytes = 65536},
     true,
     2 * SECOND,
     0},
    {"attack-07-full-windows",
     {.rate_Bps = 1250000, .delay_us = 5000, .queue_bytes = 65536},
     true,
     2 * SECOND,
     SECOND / 2},
    {"10-percent-lost",
     {.rate_Bps = 1250000, .delay_us = 5000, .queue_bytes = 65536, .loss_ppm = 100000},
     true,
     6 * SECOND,
     0},
    {"30-percent-lost",
     {.rate_Bps = 1250000, .delay_us = 5000, .queue_bytes = 65536, .loss_ppm = 300000},
     true,
     20 * SECOND,
     0},
    {"reordered-and-doubled",
     {.rate_Bps = 1250000,
      .delay_us = 5000,
      .double_ppm = 200000,
      .reorder_ppm = 200000,
      .reorder_us = 30000},
     true,
     6 * SECOND,
     0},
};

/* In vain is possible where much is lost; what the move took is a round trip at least. */
static void
move_surely(town *t, unsigned who, int way, uint64_t tag)
{
    town_move_surely(t, who, way, tag, t->wire.loss_ppm ? 6 : 1);
    const n2_event *e = star_last(t->s, town_node(who), N2_EVENT_MOVED);
    g_assert_nonnull(e);
    g_assert_cmpuint(e->rtt_us, >=, 2 * t->wire.delay_us);
}

static void
test_move(gconstpointer data)
{
    const row *r = data;

    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        for (unsigned who = 0; who < 2; who++) {
            town t;
            town_build(&t, seed, &r->wire);
            star *s = t.s;
            n2_conn conns[] = {s->conn[STAR_CLIENT], s->conn[STAR_SERVER]};
            star_send(s, true, PIECE, UNIT);
            star_send(s, false, PIECE, UNIT);
            star_run(s, SECOND / 10);
            if (r->dies)
                town_set_way(&t, WAY_HUB, false);
            star_run(s, r->dead_us);
            uint64_t began_us = world_now(s->w);
            move_surely(&t, who, WAY_DIRECT, 7);
            g_assert_true(star_finish(s, 60 * SECOND));
            uint64_t took_us = world_now(s->w) - began_us;
            if (took_us > r->limit_us)
                g_error("%s, seed %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT " us", r->name,
                        seed, took_us);
            const n2_event *e = star_last(s, town_node(!who), N2_EVENT_MOVED);
            g_assert_nonnull(e);
            g_assert_false(e->initiator);
            g_assert_cmphex(e->path, ==, t.ways[!who][WAY_DIRECT]);
            /* Never a new one. */
            g_assert_cmpuint(s->conn[STAR_CLIENT], ==, conns[0]);
            g_assert_cmpuint(s->conn[STAR_SERVER], ==, conns[1]);
            g_assert_cmpuint(star_count(s, STAR_SERVER, N2_EVENT_CONNECTED), ==, 1);
            town_clear(&t);
        }
}

/* From a wide way to one that is fifty times as narrow: the pace begins anew, or its queue
 * would run over. */
static void
test_narrow(void)
{
    world_wire wide = {.rate_Bps = 12500000, .delay_us = 5000, .queue_bytes = 262144};
    world_wire narrow = {.rate_Bps = 250000, .delay_us = 5000, .queue_bytes = 32768};
    town t;
    town_build(&t, 1, &wide);
    star *s = t.s;

    world_change(s->w, s->node[STAR_SERVER], s->node[STAR_CLIENT], &narrow);
    star_send(s, true, 8000000, UNIT);
    star_run(s, SECOND / 2);
    g_assert_cmpuint(s->n_written, ==, 0);
    g_assert_cmpuint(s->bytes[STAR_SERVER][0], >, 1000000);
    move_surely(&t, 0, WAY_DIRECT, 1);
    uint64_t before = world_wire_peek(s->w, s->node[STAR_SERVER], s->node[STAR_CLIENT]).sent;
    star_run(s, 60000); /* three round trips */
    world_wire_stats after = world_wire_peek(s->w, s->node[STAR_SERVER], s->node[STAR_CLIENT]);
    g_assert_cmpuint(after.sent, >, before);
    g_assert_cmpuint(after.overflowed, <, 40); /* as of a new connection; 400 if it goes on */
    town_clear(&t);
}

/* The client's link comes back at another port of the hub: its way there is the same, the way
 * back is not, and the server hears so. */
static void
test_another_port(void)
{
    town t;
    town_build(&t, 6, &usual);
    star *s = t.s;
    uint16_t port = s->port_to_hub[STAR_CLIENT], at_hub = s->port_at_hub[STAR_CLIENT];
    unsigned up = s->links_up;
    n2_op close = {.kind = N2_OP_LINK_CLOSE, .port = port};
    n2_op open = {
        .kind = N2_OP_LINK_OPEN, .net = s->node[STAR_HUB]->addr, .link_id = 999, .port = port};

    star_send(s, true, PIECE, UNIT);
    star_send(s, false, PIECE, UNIT);
    star_run(s, SECOND / 10);
    world_op(s->w, s->node[STAR_CLIENT], &close);
    star_run(s, SECOND / 10);
    world_op(s->w, s->node[STAR_CLIENT], &open);
    while (s->links_up < up + 2)
        g_assert_true(world_step(s->w));
    g_assert_cmpuint(s->port_at_hub[STAR_CLIENT], !=, at_hub);
    uint64_t began_us = world_now(s->w);
    move_surely(&t, 0, WAY_HUB, 3);
    g_assert_true(star_finish(s, 20 * SECOND));
    g_assert_cmpuint(world_now(s->w) - began_us, <, 2 * SECOND);
    g_assert_cmphex(star_last(s, STAR_SERVER, N2_EVENT_MOVED)->path, !=, t.ways[1][WAY_HUB]);
    town_clear(&t);
}

/* Nobody is where the mover thinks: all stays as it was. */
static void
test_nobody_there(void)
{
    town t;
    town_build(&t, 5, &usual);
    star *s = t.s;

    town_set_way(&t, WAY_DIRECT, false);
    star_send(s, true, PIECE, UNIT);
    town_move(&t, 0, WAY_DIRECT, 9);
    star_run(s, 4 * SECOND);
    const n2_event *e = star_last(s, STAR_CLIENT, N2_EVENT_MOVED);
    g_assert_nonnull(e);
    g_assert_cmpint(e->err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpuint(e->tag, ==, 9);
    g_assert_cmphex(e->path, ==, t.ways[0][WAY_DIRECT]);
    g_assert_null(star_last(s, STAR_SERVER, N2_EVENT_MOVED));
    g_assert_true(star_finish(s, SECOND));
    town_clear(&t);
}

/* ---- 25: both at once ----------------------------------------------------------------------
 */

/* The part of a control plane: says where to go on, and again if nobody was there. */
static void
look_up(town *t, unsigned who, int way, uint64_t *tag)
{
    const n2_event *e = star_last(t->s, town_node(who), N2_EVENT_MOVED);

    if (e && e->initiator && e->err && e->tag == *tag)
        town_move(t, who, way, *tag += 2);
}

/* Both lose their way and go to others at the same moment; 100 times. */
static void
test_both_at_once(void)
{
    town t;
    town_build(&t, 25, &usual);
    star *s = t.s;
    n2_conn conns[] = {s->conn[STAR_CLIENT], s->conn[STAR_SERVER]};
    uint64_t tags[] = {1000, 1001};
    unsigned pieces = 0;
    int at = WAY_HUB;

    for (unsigned round = 0; round < 100; round++) {
        int goes[2];
        uint64_t drawn = world_random_next(world_peek_random(s->w));
        goes[0] = (at + 1 + (int)(drawn & 1)) % WAYS;
        goes[1] = (at + 1 + (int)(drawn >> 1 & 1)) % WAYS;
        if (s->n_written == s->n_pieces && pieces < STAR_PIECES - 2) {
            star_send(s, true, PIECE, UNIT);
            star_send(s, false, PIECE / 4, UNIT);
            pieces += 2;
        }
        town_set_way(&t, at, false);
        for (unsigned who = 0; who < 2; who++)
            town_move(&t, who, goes[who], tags[who] += 2);
        for (unsigned i = 0; i < 8; i++) {
            star_run(s, SECOND / 20);
            for (unsigned who = 0; who < 2; who++)
                look_up(&t, who, goes[who], &tags[who]);
        }
        town_set_way(&t, at, true);
        at = goes[1];
        if (goes[0] != goes[1]) /* each is taken there by the other, or stays */
            town_move(&t, 0, at, tags[0] += 2);
        star_run(s, SECOND / 10);
    }
    g_assert_cmpuint(pieces, >=, 20);
    g_assert_true(star_finish(s, 20 * SECOND));
    g_assert_cmpuint(s->conn[STAR_CLIENT], ==, conns[0]);
    g_assert_cmpuint(s->conn[STAR_SERVER], ==, conns[1]);
    town_clear(&t);
}

/* ---- 2: hijack -----------------------------------------------------------------------------
 */

typedef struct {
    bool copies, relays, answers_too;
    bool keeps; /* all control messages of the client, to be sent again later */
    unsigned n_copied, n_relayed;
    uint64_t to_attacker, from_attacker; /* bytes of sealed packets */
    uint8_t kept[256][N2_PACKET_BYTES_MAX];
    unsigned n_kept;
    uint16_t mine; /* port of the attacker's packets at the hub */
} thief;

static bool
is_control_size(const uint8_t *packet, size_t len)
{
    n2_packet p;

    return !n2_packet_parse(&p, packet, len) && p.is_sealed && p.data_bytes == 128;
}

/* The attacker sits at the hub beside the client, sees all the client says on any wire, and is
 * quicker than it. */
static void
thief_packet(star *s, int from, int to, uint8_t *packet, size_t len)
{
    thief *h = s->user;
    uint8_t copy[N2_PACKET_BYTES_MAX];

    if (!is_control_size(packet, len))
        return;
    memcpy(copy, packet, len);
    if (from == STAR_HUB && to == STAR_ATTACKER) {
        h->to_attacker += len;
        if (h->relays) { /* the check it lured here: let the client answer */
            h->n_relayed++;
            n2_packet_set_path(copy, star_path_from_hub(s, STAR_CLIENT, 0, 0));
            star_inject(s, STAR_ATTACKER, copy, len);
        }
        return;
    }
    if (from != STAR_CLIENT)
        return;
    n2_packet_set_path(copy, star_path_from_hub(s, STAR_SERVER, 0, 0));
    if (h->keeps && h->n_kept < G_N_ELEMENTS(h->kept))
        memcpy(h->kept[h->n_kept++], copy, len);
    if (h->copies) {
        h->n_copied++;
        h->from_attacker += len;
        star_inject(s, STAR_ATTACKER, copy, len);
    }
}

static uint64_t
way_to_attacker(const town *t)
{
    const star *s = t->s;

    return town_route(2, (uint8_t[]){TOWN_SERVER_WIDTH, TOWN_HUB_WIDTH},
                      (uint16_t[]){s->port_to_hub[STAR_SERVER], s->port_at_hub[STAR_ATTACKER]});
}

static void
check_not_led_away(const town *t)
{
    const star *s = t->s;

    for (unsigned i = 0; i < s->n_events[STAR_SERVER] && i < STAR_EVENTS; i++) {
        const n2_event *e = &s->events[STAR_SERVER][i];
        if (e->kind == N2_EVENT_MOVED)
            g_assert_cmphex(e->path, !=, way_to_attacker(t));
    }
}

/* Every control packet of the client comes twice, the attacker's copy first; so the check goes
 * to the attacker, who hands it to the client. */
static void
test_copied(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        town t;
        town_build(&t, seed, &usual);
        star *s = t.s;
        thief *h = g_new0(thief, 1);
        s->user = h;
        s->on_packet = thief_packet;
        h->relays = h->copies = true;
        world_wire quick = {.rate_Bps = 125000000, .delay_us = 10};
        world_change(s->w, s->node[STAR_ATTACKER], s->node[STAR_HUB], &quick);
        world_change(s->w, s->node[STAR_HUB], s->node[STAR_ATTACKER], &quick);
        world_change(s->w, s->node[STAR_HUB], s->node[STAR_SERVER], &quick);
        star_send(s, true, PIECE, UNIT);
        star_run(s, SECOND / 10);
        town_move(&t, 0, WAY_DIRECT, 5);
        star_run(s, 3 * SECOND);
        g_assert_cmpuint(h->n_copied, >, 4);
        g_assert_cmpuint(h->n_relayed, >, 0);
        check_not_led_away(&t);
        /* No amplification: nothing but checks, each for a message of its own length. */
        g_assert_cmpuint(h->to_attacker, <=, h->from_attacker);
        g_assert_true(star_finish(s, 20 * SECOND));
        /* Left in peace, the client moves. */
        h->copies = false;
        move_surely(&t, 0, WAY_DIRECT, 6);
        star_send(s, true, PIECE, UNIT);
        town_set_way(&t, WAY_HUB, false);
        g_assert_true(star_finish(s, 20 * SECOND));
        check_not_led_away(&t);
        g_free(h);
        town_clear(&t);
    }
}

/* A whole hand-over, said again after the next one: each packet as it was, and by any port. */
static void
test_replayed(void)
{
    town t;
    town_build(&t, 3, &usual);
    star *s = t.s;
    thief *h = g_new0(thief, 1);

    s->user = h;
    s->on_packet = thief_packet;
    h->keeps = true;
    star_send(s, true, PIECE, UNIT);
    move_surely(&t, 0, WAY_DIRECT, 5);
    star_run(s, SECOND / 10);
    g_assert_cmpuint(h->n_kept, >, 2);
    h->keeps = false;
    move_surely(&t, 0, WAY_LONG, 6);
    star_run(s, SECOND / 10);
    unsigned before = star_count(s, STAR_SERVER, N2_EVENT_MOVED);
    g_assert_cmpuint(before, ==, 2);
    h->to_attacker = 0;
    s->on_packet = NULL;
    for (unsigned i = 0; i < h->n_kept; i++)
        star_inject(s, STAR_ATTACKER, h->kept[i], 26 + 128 + 16);
    star_run(s, SECOND);
    g_assert_cmpuint(star_count(s, STAR_SERVER, N2_EVENT_MOVED), ==, before);
    g_assert_cmphex(star_last(s, STAR_SERVER, N2_EVENT_MOVED)->path, ==, t.ways[1][WAY_LONG]);
    g_assert_true(star_finish(s, 20 * SECOND));
    g_free(h);
    town_clear(&t);
}

/* ---- probes --------------------------------------------------------------------------------
 */

static void
probe(town *t, unsigned who, uint64_t tag)
{
    n2_op op = {.kind = N2_OP_PROBE, .conn = t->s->conn[town_node(who)], .tag = tag};

    world_op(t->s->w, t->s->node[town_node(who)], &op);
}

static void
test_probe(void)
{
    town t;
    town_build(&t, 1, &usual);
    star *s = t.s;

    for (unsigned who = 0; who < 2; who++) {
        probe(&t, who, 77 + who);
        star_run(s, SECOND / 10);
        const n2_event *e = star_last(s, town_node(who), N2_EVENT_PROBED);
        g_assert_nonnull(e);
        g_assert_cmpint(e->err, ==, N2_OK);
        g_assert_cmpuint(e->tag, ==, 77 + who);
        /* Four wires and what 178 bytes take on them, four times; nothing waits for anything.
         */
        g_assert_cmpuint(e->rtt_us, >=, 4 * usual.delay_us);
        g_assert_cmpuint(e->rtt_us, <, 4 * (usual.delay_us + 400));
    }
    /* One that nobody answers is said so. */
    town_set_way(&t, WAY_HUB, false);
    probe(&t, 0, 90);
    star_run(s, 5 * SECOND);
    g_assert_cmpint(star_last(s, STAR_CLIENT, N2_EVENT_PROBED)->err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpuint(star_last(s, STAR_CLIENT, N2_EVENT_PROBED)->tag, ==, 90);
    town_clear(&t);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *path = g_strdup_printf("/sim/handover/%s", rows[i].name);
        g_test_add_data_func(path, &rows[i], test_move);
        g_free(path);
    }
    g_test_add_func("/sim/handover/nobody-there", test_nobody_there);
    g_test_add_func("/sim/handover/another-port", test_another_port);
    g_test_add_func("/sim/handover/to-a-narrow-way", test_narrow);
    g_test_add_func("/sim/handover/attack-25-both-at-once", test_both_at_once);
    g_test_add_func("/sim/handover/attack-02-copied-move", test_copied);
    g_test_add_func("/sim/handover/attack-02-replayed-move", test_replayed);
    g_test_add_func("/sim/handover/probe", test_probe);
    return g_test_run();
}
