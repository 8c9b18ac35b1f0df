/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-fair.c - the users of a jammed port get equal parts, however many connections they have
 *              and however far away they are (F6).
 */
#include "bar.h"
#include "base/limits.h"
#include "crowd.h"
#include "node/plane-private.h"
#include "transport/endpoint-private.h"

enum {
    USERS = 8,
    PIECE = 32 << 20
};

#define MBIT(n) ((n)*UINT64_C(125000))
#define SECOND UINT64_C(1000000)

static void
print(const char *name, const crowd *c, const crowd_figures *f)
{
    g_autoptr(GString) parts = g_string_new(NULL);

    for (unsigned i = 0; i < c->n_users; i++)
        g_string_append_printf(parts, " %.2f", f->bytes[i] / 1e6);
    g_test_message("%s: Jain %.4f, %.1f %% of the link, queue %.1f ms (median), %.1f ms (99 of "
                   "100), %u dropped; MB:%s",
                   name, f->jain, f->share * 100, f->median_ms, f->late_ms,
                   (unsigned)f->dropped, parts->str);
    g_test_message(
        "of the first %.0f bytes wait at most, %.0f 99 of 100; twice his target is %.0f",
        f->waiting[0], f->late, 2 * crowd_target(c, USERS));
}

/* All push; the first user by @n_first connections.  It goes on for @us before it is watched.
 */
static crowd_figures
all_push(const char *name, unsigned n_switches, uint32_t weight, unsigned n_first, uint64_t us)
{
    crowd *c = crowd_new(1, n_switches, n_switches == 1 ? MBIT(20) : MBIT(5), 2500);

    if (weight)
        crowd_weigh(c, weight);
    for (unsigned i = 0; i < USERS; i++)
        crowd_connect(crowd_add(c, n_switches == 1 ? 0 : i), i ? 1 : n_first);
    for (unsigned i = 0; i < USERS; i++)
        crowd_push(&c->users[i], 0, PIECE / c->users[i].n_conns);
    crowd_run(c, us);
    crowd_figures f = crowd_watch(c, 4 * SECOND);
    print(name, c, &f);
    /* However long a queue is: what a switch says of it is true, and taken for that. */
    for (unsigned i = 0; i < USERS; i++)
        g_assert_cmpuint(c->users[i].node->plane->endpoint->notices.lies, ==, 0);
    crowd_free(c);
    return f;
}

static void
test_equal(void)
{
    crowd_figures f = all_push("8 users", 1, 0, 1, SECOND);

    bar_least("fair", "8 equal users on one switch: Jain", f.jain, 0.98, "");
    g_assert_cmpfloat(f.share, >=, 0.95);
    g_assert_cmpuint(f.dropped, ==, 0);
}

/* He gets no more for it, and his own queue is short, too: what he sent before he could hear of
 * it (16 KiB of each connection, two seconds of his part) leaves, and then there is no more
 * than a packet of each, where a user with one has six in all, and nothing is lost. */
static void
test_many_connections(void)
{
    crowd_figures f = all_push("the first has 32 connections", 1, 0, 32, 6 * SECOND);
    double others = 0;

    for (unsigned i = 1; i < USERS; i++)
        others += f.bytes[i] / (USERS - 1);
    bar_most("fair", "a user with 32 connections beside one with 1: his part",
             f.bytes[0] / others, 1.02, " x");
    bar_most("fair", "a user with 32 connections: packets lost, his first burst over",
             (double)f.dropped, 0, "");
    g_assert_cmpfloat(f.jain, >=, 0.98);
    g_assert_cmpfloat(f.share, >=, 0.95);
    g_assert_cmpuint(f.dropped, ==, 0);
    g_assert_cmpfloat(f.waiting[0], <=, 32 * N2_PACKET_BYTES_MAX);
}

/* The trunks' weights go from switch to switch, a second each. */
static void
test_chain(void)
{
    crowd_figures f = all_push("chain of 8, trunks weigh", 8, 16, 1, 10 * SECOND);

    bar_least("fair", "8 equal users along a chain of 8, trunks weigh: Jain", f.jain, 0.98, "");
    g_assert_cmpfloat(f.share, >=, 0.95);
    g_assert_cmpuint(f.dropped, ==, 0);
}

/* Without an operator's word a trunk is one user, whatever its other end says. */
static void
test_chain_unweighed(void)
{
    crowd_figures f = all_push("chain of 8, each trunk one user", 8, 0, 1, SECOND);

    g_assert_cmpfloat(f.bytes[USERS - 1], >, 3 * f.bytes[0]);
}

/* One house has six links, two neighbours one each: its six have what a neighbour has, and for
 * a trunk they count as one. */
static void
test_one_house(void)
{
    world_use_internet(true);
    crowd *c = crowd_new(1, 2, MBIT(10), 2500);
    double house = 0;

    crowd_weigh(c, 16);
    c->is_one_house = true;
    for (unsigned i = 0; i < USERS; i++) {
        if (i == USERS - 2)
            c->is_one_house = false;
        crowd_connect(crowd_add(c, 0), 1);
    }
    world_use_internet(false);
    for (unsigned i = 0; i < USERS; i++)
        crowd_push(&c->users[i], 0, PIECE);
    crowd_run(c, 4 * SECOND);
    crowd_figures f = crowd_watch(c, 4 * SECOND);
    print("six of one address and two", c, &f);
    for (unsigned i = 0; i < USERS - 2; i++) {
        house += f.bytes[i];
        g_assert_cmpfloat(f.bytes[i] * 6, >=, 0.9 * f.bytes[USERS - 1]);
    }
    double a = f.bytes[USERS - 2], b = f.bytes[USERS - 1], all = house + a + b;
    g_assert_cmpfloat(all * all / 3 / (house * house + a * a + b * b), >=, 0.98);
    g_assert_cmpfloat(f.share, >=, 0.95);
    g_assert_cmpuint(n2_queues_weight(c->switches[1]->plane->queues, c->down[1]), ==, 3);
    crowd_free(c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/fair/eight-users", test_equal);
    g_test_add_func("/sim/fair/32-connections", test_many_connections);
    g_test_add_func("/sim/fair/attack-17-chain", test_chain);
    g_test_add_func("/sim/fair/attack-17-chain-unweighed", test_chain_unweighed);
    g_test_add_func("/sim/fair/attack-17-one-house", test_one_house);
    return g_test_run();
}
