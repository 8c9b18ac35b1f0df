/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-handover-clock.c - clocks that jump, stand still or go on alone while a connection goes
 *                        another way: it gets there, and nothing is lost.
 */
#include "base/limits.h"
#include "town.h"

enum {
    PIECE = 400000,
    UNIT = 2048,
    TRIES = 4
};

static const world_wire usual = {.rate_Bps = 1250000, .delay_us = 5000, .queue_bytes = 65536};

typedef enum {
    JUMPS,
    STARVED,
    SUSPENDED
} fault;

typedef struct {
    const char *name;
    fault fault;
    int64_t us;
    uint64_t limit_us; /* until all is there, from the fault on */
} row;

#define SECOND (int64_t) N2_SECOND_US

static const row rows[] = {
    {"forwards-50-ms", JUMPS, 50000, 3 * N2_SECOND_US},
    {"forwards-1-s", JUMPS, SECOND, 4 * N2_SECOND_US},
    {"forwards-9-s", JUMPS, 9 * SECOND, 4 * N2_SECOND_US},
    {"forwards-an-hour", JUMPS, (int64_t)N2_HOUR_US, 4 * N2_SECOND_US},
    {"back-10-ms", JUMPS, -10000, 3 * N2_SECOND_US},
    {"back-300-ms", JUMPS, -300000, 4 * N2_SECOND_US},
    {"back-2-s", JUMPS, -2 * SECOND, 8 * N2_SECOND_US},
    {"starved-800-ms", STARVED, 800000, 5 * N2_SECOND_US},
    {"starved-4-s", STARVED, 4 * SECOND, 9 * N2_SECOND_US},
    {"suspended-300-ms", SUSPENDED, 300000, 4 * N2_SECOND_US},
    {"suspended-4-s", SUSPENDED, 4 * SECOND, 9 * N2_SECOND_US},
};

/* After the order: nothing has arrived yet; the check has, and its answer has not; it is done,
 * and what is under way comes by both ways. */
static const uint64_t moments_us[] = {3000, 9000, 14000, 40000};

static void
happen(star *s, const row *r, int node)
{
    if (r->fault == JUMPS)
        s->node[node]->skew_us += r->us;
    else
        world_pause(s->w, s->node[node], (uint64_t)r->us,
                    r->fault == STARVED ? WORLD_STARVED : WORLD_SUSPENDED);
}

/* All is there within @limit_us; if not, what was tried. */
static void
finish(star *s, uint64_t limit_us, const char *tried)
{
    uint64_t began_us = world_now(s->w);

    if (!star_finish(s, 30 * N2_SECOND_US))
        g_error("%s: never", tried);
    uint64_t took_us = world_now(s->w) - began_us;
    if (took_us > limit_us)
        g_error("%s: took %" G_GUINT64_FORMAT " us", tried, took_us);
}

/* @who moves, and the clock of @node does what it should not. */
static void
move_once(const row *r, uint64_t seed, unsigned who, int node, uint64_t moment_us)
{
    g_autofree char *tried =
        g_strdup_printf("%s of node %d, %u moves, after %" G_GUINT64_FORMAT " us", r->name,
                        node, who, moment_us);
    town t;
    town_build(&t, seed, &usual);
    star *s = t.s;
    n2_conn conns[] = {s->conn[STAR_CLIENT], s->conn[STAR_SERVER]};

    star_run(s, 4 * N2_SECOND_US); /* clocks that go back don't begin anew */
    star_send(s, true, PIECE, UNIT);
    star_send(s, false, PIECE, UNIT);
    star_run(s, 100000);
    town_move(&t, who, WAY_DIRECT, 7);
    star_run(s, moment_us);
    happen(s, r, node);
    finish(s, r->limit_us, tried);
    g_assert_cmpuint(s->conn[STAR_CLIENT], ==, conns[0]);
    g_assert_cmpuint(s->conn[STAR_SERVER], ==, conns[1]);
    for (unsigned side = 0; side < 2; side++)
        g_assert_cmpuint(star_count(s, town_node(side), N2_EVENT_CLOSED), ==, 0);

    /* If it was in vain, it works as soon as clocks are clocks again; by the new way alone,
     * too. */
    star_run(s, 3 * N2_SECOND_US);
    const n2_event *e = star_last(s, town_node(who), N2_EVENT_MOVED);
    if (!e || e->err)
        town_move_surely(&t, who, WAY_DIRECT, 8, TRIES);
    town_set_way(&t, WAY_HUB, false);
    star_send(s, true, PIECE, UNIT);
    star_send(s, false, PIECE, UNIT);
    finish(s, 3 * N2_SECOND_US, tried);
    town_clear(&t);
}

static void
test_row(gconstpointer data)
{
    static const int nodes[] = {STAR_CLIENT, STAR_SERVER};
    const row *r = data;

    for (unsigned who = 0; who < 2; who++)
        for (gsize n = 0; n < G_N_ELEMENTS(nodes); n++)
            for (gsize m = 0; m < G_N_ELEMENTS(moments_us); m++)
                move_once(r, 1 + m, who, nodes[n], moments_us[m]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sim/handover/clock/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    return g_test_run();
}
