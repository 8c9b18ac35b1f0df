/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-lines.c - memory and commands over lines of all kinds: every byte arrives, every sender
 * is told so, and no end waits for ever.
 */
#include <string.h>

#include "base/limits.h"
#include "star.h"

enum {
    SEEDS = 4
};

typedef struct {
    const char *name;
    world_wire there, back; /* client and server to the hub; the hub to them */
    uint32_t datagram_bytes;
    uint64_t limit_us;
} row;

#define MBIT(n) ((n)*UINT64_C(125000))

static const row rows[] = {
    {"clean", {.rate_Bps = MBIT(10), .delay_us = 5000}, {0}, 1472, 20000000},
    {"1 % lost",
     {.rate_Bps = MBIT(10), .delay_us = 5000, .loss_ppm = 10000},
     {0},
     1472,
     20000000},
    {"10 % lost",
     {.rate_Bps = MBIT(10), .delay_us = 5000, .loss_ppm = 100000},
     {0},
     1472,
     60000000},
    {"doubled, out of order",
     {.rate_Bps = MBIT(50),
      .delay_us = 5000,
      .double_ppm = 300000,
      .reorder_ppm = 300000,
      .reorder_us = 30000},
     {0},
     1472,
     30000000},
    {"late by seconds",
     {.rate_Bps = MBIT(50), .delay_us = 1000, .reorder_ppm = 20000, .reorder_us = 3000000},
     {0},
     1472,
     60000000},
    {"datagrams of 1200",
     {.rate_Bps = MBIT(10),
      .delay_us = 5000,
      .loss_ppm = 5000,
      .reorder_ppm = 10000,
      .reorder_us = 2000},
     {0},
     1200,
     30000000},
    {"datagrams of 1053",
     {.rate_Bps = MBIT(10), .delay_us = 5000, .loss_ppm = 5000},
     {0},
     1053,
     30000000},
    {"large datagrams",
     {.rate_Bps = MBIT(1000), .delay_us = 100, .loss_ppm = 1000},
     {0},
     65000,
     10000000},
    {"10 times slower back",
     {.rate_Bps = MBIT(10), .delay_us = 5000, .queue_bytes = 65536},
     {.rate_Bps = MBIT(1), .delay_us = 5000, .queue_bytes = 65536},
     1472,
     400000000},
    {"short queue",
     {.rate_Bps = MBIT(20), .delay_us = 10000, .queue_bytes = 6000},
     {0},
     1472,
     30000000},
    {"200 ms", {.rate_Bps = MBIT(20), .delay_us = 50000}, {0}, 1472, 30000000},
    {"no delay at all", {0}, {0}, 1472, 5000000},
};

static star *
make(const row *r, uint64_t seed)
{
    world_wire none = {0};
    const world_wire *back = memcmp(&r->back, &none, sizeof none) ? &r->back : &r->there;
    star *s = star_new(seed, &r->there, r->datagram_bytes);

    if (back != &r->there)
        for (int i = 1; i < STAR_NODES; i++)
            world_change(s->w, s->node[STAR_HUB], s->node[i], back);
    star_connect(s);
    if (!star_until_connected(s, 20000000))
        g_error("%s, seed %" G_GUINT64_FORMAT ": no connection", r->name, seed);
    return s;
}

static void
send_commands(star *s, int node, guint len, guint8 salt)
{
    g_autofree guint8 *bytes = g_malloc(len);

    for (guint i = 0; i < len; i++)
        bytes[i] = (guint8)(i * 13 + (i >> 8) + salt);
    star_command(s, node, bytes, len);
}

static void
check_commands(const star *s, int node, guint at, guint len, guint8 salt)
{
    g_assert_cmpuint(s->commands[node]->len, >=, at + len);
    for (guint i = 0; i < len; i++)
        g_assert_cmpuint(s->commands[node]->data[at + i], ==,
                         (guint8)(i * 13 + (i >> 8) + salt));
}

/* Both ways at once, all units, and 64 KiB of commands beside (7: windows full on both sides).
 */
static void
run_row(const row *r, uint64_t seed)
{
    star *s = make(r, seed);

    star_send(s, true, 300001, 2048);
    star_send(s, false, 200000, 2048);
    star_send(s, true, 20000, 512);
    star_send(s, false, 5000, 128);
    star_send(s, true, 3333, 32);
    star_send(s, true, 1, 2048);
    star_send(s, false, 1, 32);
    send_commands(s, STAR_CLIENT, 1, 1);
    send_commands(s, STAR_SERVER, 65536, 2);
    send_commands(s, STAR_CLIENT, 65536, 3);
    bool ok = star_finish(s, r->limit_us);
    uint64_t end_us = world_now(s->w) + r->limit_us;
    while (ok && world_now(s->w) < end_us &&
           (s->commands[STAR_SERVER]->len < 65568 || s->commands[STAR_CLIENT]->len < 65536))
        if (!world_step(s->w))
            break;
    if (!ok || !s->conn[STAR_CLIENT] || !s->conn[STAR_SERVER])
        g_error("%s, seed %" G_GUINT64_FORMAT ": %u of %u written, %u sent, %s", r->name, seed,
                s->n_written, s->n_pieces, s->n_sent, s->conn[STAR_CLIENT] ? "open" : "closed");
    check_commands(s, STAR_SERVER, 0, 1, 1);
    check_commands(s, STAR_SERVER, 32, 65536, 3);
    check_commands(s, STAR_CLIENT, 0, 65536, 2);
    star_free(s);
}

static void
test_row(gconstpointer data)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_row(data, seed);
}

/* Regions are revoked when they are whole: their senders come to an end on a bad line too. */
static void
test_revoked_when_whole(void)
{
    const row r = {"30 % lost", {.rate_Bps = MBIT(10), .delay_us = 5000}, {0}, 2200, 0};

    for (uint64_t seed = 1; seed <= 100; seed++) {
        star *s = make(&r, seed);
        for (int i = STAR_SERVER; i <= STAR_CLIENT; i++)
            world_set_loss(s->w, s->node[i], s->node[STAR_HUB], 300000);
        for (unsigned i = 0; i < 20; i++)
            star_send(s, i % 2, 10000, 2048);
        if (!star_finish(s, 60000000))
            g_error("seed %" G_GUINT64_FORMAT ": %u written, %u sent", seed, s->n_written,
                    s->n_sent);
        star_free(s);
    }
}

/* 20 % of the datagrams lost on each of four crossings, in halves: 59 % of the packets. */
static void
test_most_lost(void)
{
    const row r = {"20 % lost four times",
                   {.rate_Bps = MBIT(10), .delay_us = 5000, .queue_bytes = 100000},
                   {0},
                   1472,
                   0};

    for (uint64_t seed = 1; seed <= 10; seed++) {
        star *s = make(&r, seed);
        for (int i = STAR_SERVER; i <= STAR_CLIENT; i++)
            world_set_loss(s->w, s->node[i], s->node[STAR_HUB], 200000);
        star_send(s, false, 150000, 2048);
        if (!star_finish(s, 120000000))
            g_error("seed %" G_GUINT64_FORMAT ": %u written, %u sent", seed, s->n_written,
                    s->n_sent);
        g_test_message("seed %" G_GUINT64_FORMAT ": %.2f s", seed,
                       (double)world_now(s->w) / 1e6);
        star_free(s);
    }
}

/* Twenty at once, equal: one after the other, each as early as it can be whole; and what is
 * short passes them all. */
static void
test_in_order(void)
{
    const row r = {"in-order", {.rate_Bps = MBIT(20), .delay_us = 5000}, {0}, 1472, 0};
    star *s = make(&r, 3);
    uint64_t began_us = world_now(s->w), before_us = 0;

    for (unsigned i = 0; i < 20; i++)
        star_send(s, true, 200000, 2048);
    star_send(s, true, 2048, 2048);
    g_assert_true(star_finish(s, 60000000));
    for (unsigned i = 0; i < 20; i++) {
        g_assert_cmpuint(s->pieces[i].written_us, >, before_us);
        before_us = s->pieces[i].written_us;
    }
    g_assert_cmpuint(s->pieces[0].written_us - began_us, <, (before_us - began_us) / 5);
    g_assert_cmpuint(s->pieces[20].written_us, <, s->pieces[0].written_us);
    star_free(s);
}

static uint64_t
time_of(star *s, uint64_t size)
{
    uint64_t began_us = world_now(s->w);
    star_piece *p = star_send(s, true, size, 2048);

    g_assert_true(star_finish(s, 60000000));
    return p->written_us - began_us;
}

/* A reader who clicks now and then: small pieces with pauses do not make the way seem slow. */
static void
test_pauses(void)
{
    const row r = {"pauses", {.rate_Bps = MBIT(100), .delay_us = 10000}, {0}, 1472, 0};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        star *s = make(&r, seed);
        (void)time_of(s, 2000000);
        uint64_t before_us = time_of(s, 2000000);
        for (unsigned i = 0; i < 30; i++) {
            star_run(s, 2500000);
            uint64_t took_us = time_of(s, 20000 + i * 997);
            if (took_us > 80000)
                g_error("seed %" G_GUINT64_FORMAT ", piece %u: %" G_GUINT64_FORMAT " us", seed,
                        i, took_us);
        }
        star_run(s, 2500000);
        g_assert_cmpuint(time_of(s, 2000000), <=, before_us * 3 / 2);
        star_free(s);
    }
}

/* The receiver gives up in the middle: nothing is written then, its sender ends, and what else
 * is under way goes on. */
static void
test_revoke(void)
{
    const row r = {
        "revoke", {.rate_Bps = MBIT(10), .delay_us = 5000, .loss_ppm = 20000}, {0}, 1472, 0};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        star *s = make(&r, seed);
        star_piece *p = star_send(s, true, 1 << 20, 2048);
        star_send(s, true, 300000, 2048);
        star_run(s, 300000);
        g_assert_false(p->is_written);
        n2_op op = {.kind = N2_OP_REVOKE, .conn = s->conn[STAR_CLIENT], .address = p->address};
        world_op(s->w, s->node[STAR_CLIENT], &op);
        g_assert_true(p->is_revoked);
        star_run(s, 10000000);
        g_assert_false(p->is_written);
        g_assert_true(p->is_sent);
        g_assert_true(s->pieces[1].is_written && s->pieces[1].is_sent);
        star_free(s);
    }
}

static void
test_close(void)
{
    const row r = {"close", {.rate_Bps = MBIT(10), .delay_us = 5000}, {0}, 1472, 0};

    for (int who = STAR_SERVER; who <= STAR_CLIENT; who++) {
        star *s = make(&r, 1);
        star_piece *p = star_send(s, true, 1 << 20, 2048);
        star_send(s, false, 1 << 20, 2048);
        star_run(s, 200000);
        n2_op op = {.kind = N2_OP_CLOSE, .conn = s->conn[who], .err = N2_ERR_CANCELLED};
        world_op(s->w, s->node[who], &op);
        g_assert_cmpuint(s->conn[who], ==, 0);
        for (unsigned i = 0; i < s->n_pieces; i++) /* all memory is ours again */
            if (s->pieces[i].to_client == (who == STAR_CLIENT))
                g_clear_pointer(&s->pieces[i].target, g_free);
            else
                g_clear_pointer(&s->pieces[i].source, g_free);
        star_run(s, 2000000);
        g_assert_cmpuint(s->conn[STAR_CLIENT] | s->conn[STAR_SERVER], ==, 0);
        g_clear_pointer(&p->target, g_free);
        g_clear_pointer(&s->pieces[1].target, g_free);
        star_run(s, 20000000);
        for (int i = STAR_SERVER; i <= STAR_CLIENT; i++) {
            g_assert_cmpint(star_last(s, i, N2_EVENT_CLOSED)->err, ==, N2_ERR_CANCELLED);
            g_assert_cmpuint(star_count(s, i, N2_EVENT_CLOSED), ==, 1);
            g_assert_cmpuint(star_stats(s, i).connections, ==, 0);
        }
        star_free(s);
    }
}

static void
test_vanish(void)
{
    const row r = {"vanish", {.rate_Bps = MBIT(10), .delay_us = 5000}, {0}, 1472, 0};
    star *s = make(&r, 1);

    star_send(s, true, 1 << 20, 2048);
    star_run(s, 200000);
    s->node[STAR_CLIENT]->is_dead = true;
    uint64_t gone_us = world_now(s->w);
    while (s->conn[STAR_SERVER])
        g_assert_true(world_step(s->w));
    g_assert_cmpint(star_last(s, STAR_SERVER, N2_EVENT_CLOSED)->err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpuint(world_now(s->w) - gone_us, >=, 9900000);
    g_assert_cmpuint(world_now(s->w) - gone_us, <=, 10200000);
    star_free(s);
}

/* An hour is the life of a key: an idle connection ends before, a busy one then. */
static void
test_idle(void)
{
    const row r = {"idle", {.rate_Bps = MBIT(10), .delay_us = 5000}, {0}, 1472, 0};
    star *s = make(&r, 1);

    star_send(s, true, 100000, 2048);
    g_assert_true(star_finish(s, 10000000));
    star_run(s, N2_IDLE_US - 20000000);
    g_assert_cmpuint(s->conn[STAR_SERVER], !=, 0);
    star_send(s, true, 100000, 2048); /* after a rest it works as before */
    g_assert_true(star_finish(s, 10000000));
    star_run(s, N2_IDLE_US + 1000000);
    g_assert_cmpuint(s->conn[STAR_SERVER] | s->conn[STAR_CLIENT], ==, 0);
    g_assert_cmpint(star_last(s, STAR_CLIENT, N2_EVENT_CLOSED)->err, ==, N2_ERR_CLOSED);
    star_free(s);
}

/* A line of 64 kbit/s with a queue of eight seconds, both full: its links stay up, as whoever
 * is heard lives.  The same for one that loses 30 % and has nothing to say. */
static void
test_links_stay(gconstpointer data)
{
    bool is_slow = GPOINTER_TO_INT(data);
    const row r = {"links stay",
                   {.rate_Bps = is_slow ? 8000 : MBIT(10),
                    .delay_us = 5000,
                    .queue_bytes = 64000,
                    .loss_ppm = is_slow ? 0 : 300000},
                   {0},
                   1472,
                   0};
    star *s = is_slow ? make(&r, 1) : star_new(1, &r.there, 1472);

    if (is_slow) {
        star_send(s, true, 400000, 2048);
        star_send(s, false, 400000, 2048);
    }
    star_run(s, is_slow ? 90 * N2_SECOND_US : 4 * N2_HOUR_US);
    for (int i = 0; i < STAR_NODES; i++) {
        g_assert_cmpuint(star_count(s, i, N2_EVENT_LINK_DOWN), ==, 0);
        g_assert_cmpuint(star_count(s, i, N2_EVENT_LINK_UP), ==, i == STAR_HUB ? 3 : 1);
    }
    star_free(s);
}

/* A node connected to itself is two ends like any others. */
static void
test_self(void)
{
    const row r = {"self", {.rate_Bps = MBIT(10), .delay_us = 5000}, {0}, 1472, 0};
    star *s = star_new(1, &r.there, 1472);
    n2_op op = {.kind = N2_OP_CONNECT, .tag = 9, .suite = 1, .key_id = STAR_KEY_ID};

    memcpy(op.key, s->key, 32);
    world_op(s->w, s->node[STAR_SERVER], &op);
    star_run(s, 2000000);
    /* The record's hash was left out, so it must fail, and say so in time. */
    g_assert_null(star_last(s, STAR_SERVER, N2_EVENT_CONNECTED));
    star_run(s, 10000000);
    g_assert_cmpint(star_last(s, STAR_SERVER, N2_EVENT_CLOSED)->err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpuint(star_last(s, STAR_SERVER, N2_EVENT_CLOSED)->tag, ==, 9);
    world_node *client = s->node[STAR_CLIENT];
    s->path = 0;
    s->node[STAR_CLIENT] = s->node[STAR_SERVER];
    star_connect(s);
    s->node[STAR_CLIENT] = client;
    star_run(s, 1000000);
    g_assert_cmpuint(star_count(s, STAR_SERVER, N2_EVENT_CONNECTED), ==, 2);
    star_free(s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/sim/lines/%s", rows[i].name);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/sim/lines/revoked-when-whole", test_revoked_when_whole);
    g_test_add_func("/sim/lines/most-lost", test_most_lost);
    g_test_add_func("/sim/lines/in-order", test_in_order);
    g_test_add_func("/sim/lines/pauses", test_pauses);
    g_test_add_func("/sim/lines/revoke", test_revoke);
    g_test_add_func("/sim/lines/close", test_close);
    g_test_add_func("/sim/lines/vanish", test_vanish);
    g_test_add_func("/sim/lines/idle", test_idle);
    g_test_add_func("/sim/lines/self", test_self);
    g_test_add_data_func("/sim/lines/slow-links-stay", GINT_TO_POINTER(1), test_links_stay);
    g_test_add_data_func("/sim/lines/lossy-links-stay", GINT_TO_POINTER(0), test_links_stay);
    return g_test_run();
}
