/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-sleep.c - nodes that don't get the processor for seconds, or whose machine sleeps: nobody
 *               blames others for a silence of its own, and who was away comes back by itself.
 */
#include "base/limits.h"
#include "star.h"

enum {
    SEEDS = 4,
    PIECE_BYTES = 1000000
};

static const world_wire wire = {
    .rate_Bps = 12500000, .delay_us = 5000, .loss_ppm = 1000, .queue_bytes = 250000};

static star *
begin(uint64_t seed, bool is_busy)
{
    star *s = star_new(seed, &wire, 1472);

    star_run(s, 3 * N2_SECOND_US);
    star_connect(s);
    g_assert_true(star_until_connected(s, 5 * N2_SECOND_US));
    if (is_busy) {
        star_send(s, true, PIECE_BYTES, 2048);
        star_send(s, false, PIECE_BYTES, 512);
        star_run(s, 50000);
    } else {
        star_run(s, 2 * N2_SECOND_US + 700000);
    }
    return s;
}

static void
check_nothing_ended(star *s)
{
    for (int i = 0; i < STAR_NODES; i++) {
        g_assert_cmpuint(star_count(s, i, N2_EVENT_LINK_DOWN), ==, 0);
        g_assert_cmpuint(star_count(s, i, N2_EVENT_CLOSED), ==, 0);
    }
}

/* ---- all of them ---- */

static const uint64_t pauses_s[] = {1, 5, 12, 20, 60};

/* One busy machine has all of them, and none runs for a while; they wake one after the other.
 * The longest of all silences is their own, and nothing ends. */
static void
test_all_starved(gconstpointer data)
{
    uint64_t pause_us = *(const uint64_t *)data * N2_SECOND_US;

    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        for (int busy = 0; busy < 2; busy++) {
            star *s = begin(seed, busy);
            for (int i = 0; i < STAR_NODES; i++) {
                uint64_t more_us = world_random_next(world_peek_random(s->w)) % 400000;
                world_pause(s->w, s->node[i], pause_us + more_us, WORLD_STARVED);
            }
            star_run(s, pause_us + N2_SECOND_US);
            if (!busy)
                star_send(s, true, PIECE_BYTES, 2048);
            uint64_t woke_us = world_now(s->w);
            g_assert_true(star_finish(s, 20 * N2_SECOND_US));
            g_assert_cmpuint(world_now(s->w) - woke_us, <, 3 * N2_SECOND_US);
            check_nothing_ended(s);
            for (int i = 0; i < STAR_NODES && pause_us > N2_LINK_SILENCE_US; i++)
                g_assert_cmpuint(star_stats(s, i).pauses, ==, 1);
            star_free(s);
        }
}

/* For half a minute all of them run for moments only, and sleep up to two seconds in between.
 */
static void
test_stumbling(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        star *s = begin(seed, true);
        for (unsigned n = 0; n < 100; n++) {
            for (int i = 0; i < STAR_NODES; i++)
                if (!s->node[i]->is_asleep) {
                    uint64_t drawn = world_random_next(world_peek_random(s->w));
                    world_pause(s->w, s->node[i], drawn % (2 * N2_SECOND_US), WORLD_STARVED);
                }
            star_run(s, 300000);
        }
        g_assert_true(star_finish(s, 30 * N2_SECOND_US));
        check_nothing_ended(s);
        star_free(s);
    }
}

/* Nothing has come for a while, and both ask each other whether they live, when they stop: the
 * answer may have come meanwhile. */
static void
test_in_doubt(void)
{
    for (uint64_t seed = 1; seed <= 2 * SEEDS; seed++) {
        star *s = begin(seed, false);
        world_set_loss(s->w, s->node[STAR_HUB], s->node[STAR_CLIENT], 1000000);
        star_run(s, N2_LINK_DEAD_US + seed * 110000);
        check_nothing_ended(s);
        world_set_loss(s->w, s->node[STAR_HUB], s->node[STAR_CLIENT], 0);
        for (int i = 0; i < STAR_NODES; i++)
            world_pause(s->w, s->node[i], 5 * N2_SECOND_US + (uint64_t)i * 100000,
                        WORLD_STARVED);
        star_run(s, 10 * N2_SECOND_US);
        check_nothing_ended(s);
        star_free(s);
    }
}

/* In the midst of the handshake, at any moment of it, one of them stops for longer than the
 * other's first sealed packet, or its hello, is waited for. */
static void
test_handshake(void)
{
    static const int nodes[] = {STAR_SERVER, STAR_CLIENT};

    for (gsize n = 0; n < G_N_ELEMENTS(nodes); n++)
        for (uint64_t at_us = 1000; at_us < 60000; at_us += 3000) {
            star *s = star_new(1, &wire, 1472);
            star_run(s, N2_SECOND_US);
            star_connect(s);
            star_run(s, at_us);
            for (int i = 0; i < STAR_NODES; i++) /* links are not to be lost by it */
                world_pause(s->w, s->node[i],
                            N2_HELLO_PATIENCE_US + N2_SECOND_US + (i == nodes[n]) * 200000u,
                            WORLD_STARVED);
            star_run(s, N2_HELLO_PATIENCE_US + 2 * N2_SECOND_US);
            if (!star_until_connected(s, N2_SECOND_US))
                g_error("node %d stopped after %" G_GUINT64_FORMAT " us: no connection",
                        nodes[n], at_us);
            star_send(s, true, PIECE_BYTES, 2048);
            g_assert_true(star_finish(s, 5 * N2_SECOND_US));
            check_nothing_ended(s);
            star_free(s);
        }
}

/* ---- one of them ---- */

typedef struct {
    const char *name;
    int node;
    uint64_t pause_us;
    world_sleep how;
    bool lives; /* the connection does, and its links */
} row;

static const row rows[] = {
    {"server-starved-4-s", STAR_SERVER, 4 * N2_SECOND_US, WORLD_STARVED, true},
    {"client-starved-4-s", STAR_CLIENT, 4 * N2_SECOND_US, WORLD_STARVED, true},
    {"switch-starved-4-s", STAR_HUB, 4 * N2_SECOND_US, WORLD_STARVED, true},
    {"server-starved-20-s", STAR_SERVER, 20 * N2_SECOND_US, WORLD_STARVED, false},
    {"switch-starved-20-s", STAR_HUB, 20 * N2_SECOND_US, WORLD_STARVED, false},
    {"server-suspended-4-s", STAR_SERVER, 4 * N2_SECOND_US, WORLD_SUSPENDED, true},
    {"client-suspended-4-s", STAR_CLIENT, 4 * N2_SECOND_US, WORLD_SUSPENDED, true},
    {"client-suspended-an-hour", STAR_CLIENT, N2_HOUR_US, WORLD_SUSPENDED, false},
    {"switch-suspended-an-hour", STAR_HUB, N2_HOUR_US, WORLD_SUSPENDED, false},
};

/* The others may hold it for gone, after as long a time as they say; but it comes back. */
static void
test_one(gconstpointer data)
{
    const row *r = data;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        star *s = begin(seed, true);
        world_pause(s->w, s->node[r->node], r->pause_us, r->how);
        if (r->lives) {
            g_assert_true(star_finish(s, r->pause_us + 20 * N2_SECOND_US));
            check_nothing_ended(s);
            star_free(s);
            continue;
        }
        star_run(s, r->pause_us + N2_LINK_RETRY_MAX_US + 10 * N2_SECOND_US);
        s->conn[STAR_SERVER] = s->conn[STAR_CLIENT] = 0;
        star_connect(s);
        g_assert_true(star_until_connected(s, 40 * N2_SECOND_US));
        star_free(s);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(pauses_s); i++) {
        g_autofree char *path =
            g_strdup_printf("/sim/sleep/all-starved/%" G_GUINT64_FORMAT "-s", pauses_s[i]);
        g_test_add_data_func(path, &pauses_s[i], test_all_starved);
    }
    g_test_add_func("/sim/sleep/stumbling", test_stumbling);
    g_test_add_func("/sim/sleep/in-doubt", test_in_doubt);
    g_test_add_func("/sim/sleep/handshake", test_handshake);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sim/sleep/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_one);
    }
    return g_test_run();
}
