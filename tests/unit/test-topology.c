/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-topology.c - which links of a domain are up, and the ways over them.
 */
#include "topology-fixture.h"

static const guint64 Mbit = 125000;

static n2_err
ways(grid *g, guint from, guint to, const n2_inner_avoid *avoid, n2_inner_way *out, gsize *n)
{
    return n2_topology_ways(g->t, from, to, avoid, out, N2_COMPOSED_MAX, n);
}

/* A square 1-2-3-4, 1-2-3 the quicker side. */
static void
square(grid *g)
{
    grid_init(g, 4, WIDTH);
    grid_join(g, 1, 2, 1000 * Mbit, 1000);
    grid_join(g, 2, 3, 1000 * Mbit, 1000);
    grid_join(g, 1, 4, 100 * Mbit, 3000);
    grid_join(g, 4, 3, 100 * Mbit, 3000);
    grid_report_all(g);
}

static void
test_ways(void)
{
    n2_inner_way w[N2_COMPOSED_MAX];
    gsize n;
    g_autofree grid *g = g_new(grid, 1);

    square(g);
    g_assert_cmpint(ways(g, 1, 3, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpuint(w[0].n, ==, 3);
    g_assert_cmpuint(w[0].hops[1].number, ==, 2);
    g_assert_cmpuint(w[1].hops[1].number, ==, 4);
    g_assert_cmpuint(w[0].route.bits, ==, 2 * WIDTH);
    g_assert_cmpuint(w[0].delay_us, ==, 2000);
    g_assert_cmpuint(w[0].rate_Bps, <=, 1000 * Mbit);
    g_assert_cmpuint(w[0].rate_Bps, >, 900 * Mbit);
    for (gsize i = 0; i < n; i++)
        g_assert_cmpuint(grid_go(g, 1, &w[i].route), ==, 3);
    g_assert_cmpint(ways(g, 2, 2, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpuint(w[0].route.bits, ==, 0);
    g_assert_cmpint(ways(g, 1, 9, NULL, w, &n), ==, N2_ERR_NOTFOUND);

    n2_inner_avoid avoid = {.numbers = {2}, .n = 1};
    g_assert_cmpint(ways(g, 1, 3, &avoid, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpuint(w[0].hops[1].number, ==, 4);
    avoid.numbers[avoid.n++] = 4;
    g_assert_cmpint(ways(g, 1, 3, &avoid, w, &n), ==, N2_ERR_REFUSED);
    g_assert_cmpuint(n, ==, 0);
    n2_topology_free(g->t);
}

static void
test_life(void)
{
    n2_inner_way w[N2_COMPOSED_MAX];
    gsize n;
    g_autofree grid *g = g_new(grid, 1);

    square(g);
    /* A port that is down is left out of the next report of either end. */
    guint64 version = n2_topology_version(g->t);
    g->cables[0].is_cut = TRUE;
    g_assert_cmpint(grid_report(g, 2), ==, N2_OK);
    g_assert_false(n2_topology_is_up(g->t, 1, 1));
    g_assert_cmpuint(n2_topology_version(g->t), >, version);
    g_assert_cmpint(ways(g, 1, 3, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 1);
    g->cables[0].is_cut = FALSE;
    g_assert_cmpint(grid_report(g, 2), ==, N2_OK);
    g_assert_true(n2_topology_is_up(g->t, 1, 1));

    /* Three reports may be missed, and no fourth. */
    version = n2_topology_version(g->t);
    for (guint i = 0; i < 3; i++) {
        g->now_us += N2_LINK_REPORT_US;
        for (guint s = 1; s <= 4; s++)
            g_assert_cmpint(s == 2 ? N2_OK : grid_report(g, s), ==, N2_OK);
        n2_topology_expire(g->t, g->now_us);
        g_assert_true(n2_topology_is_up(g->t, 1, 1));
    }
    g_assert_cmpuint(n2_topology_version(g->t), ==, version);
    g->now_us += N2_LINK_REPORT_US;
    g_assert_cmpuint(n2_topology_deadline(g->t), <=, g->now_us);
    n2_topology_expire(g->t, g->now_us);
    g_assert_false(n2_topology_is_up(g->t, 1, 1));
    g_assert_false(n2_topology_is_up(g->t, 3, 1));
    g_assert_true(n2_topology_is_up(g->t, 1, 2));
    g_assert_cmpint(grid_report(g, 2), ==, N2_OK);
    g_assert_true(n2_topology_is_up(g->t, 1, 1));
    n2_topology_free(g->t);
}

static void
test_refused(void)
{
    g_autofree n2_links *said = g_new0(n2_links, 1);
    n2_topology_counts counts;
    g_autofree grid *g = g_new(grid, 1);

    square(g);
    grid_said(g, 1, said);
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_OK);
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_ERR_STATE); /* again */
    said->serial--;
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_ERR_STATE); /* older */
    said->serial += 10;
    said->links[0].width = WIDTH + 1;
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_ERR_FORMAT);
    said->links[0].width = WIDTH;
    said->domain.hash[0]++;
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_ERR_REFUSED);
    said->domain.hash[0]--;
    said->number = 77;
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_ERR_REFUSED);
    n2_topology_counts_get(g->t, &counts);
    g_assert_cmpuint(counts.n_refused, ==, 2);
    g_assert_cmpuint(counts.n_replayed, ==, 2);
    g_assert_cmpuint(counts.n_switches, ==, 4);
    g_assert_cmpuint(counts.n_up, ==, 4);

    n2_id other = switch_id(1);
    other.hash[5] = 1;
    g_assert_cmpint(n2_topology_admit(g->t, &other, WIDTH), ==, N2_ERR_EXISTS);
    n2_topology_free(g->t);
}

/* Attack 43: a switch reports a splendid link that the other end does not know. */
static void
test_one_sided(void)
{
    g_autofree n2_links *said = g_new0(n2_links, 1);
    n2_inner_way w[N2_COMPOSED_MAX];
    gsize n;
    g_autofree grid *g = g_new(grid, 1);

    square(g);
    grid_said(g, 4, said);
    said->links[said->n++] = (n2_link_said){.neighbour = 2,
                                            .port = 9,
                                            .neighbour_port = 9,
                                            .width = WIDTH,
                                            .rate = 255,
                                            .delay = 1};
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_OK);
    g_assert_false(n2_topology_is_up(g->t, 4, 9));
    /* Nor does it take over the port of another: 2's port 1 goes to 1. */
    grid_said(g, 4, said);
    said->links[said->n++] = (n2_link_said){
        .neighbour = 2, .port = 9, .neighbour_port = 1, .width = WIDTH, .rate = 255};
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_OK);
    g_assert_false(n2_topology_is_up(g->t, 4, 9));
    g_assert_true(n2_topology_is_up(g->t, 2, 1));
    /* Nor a second link to the port of one that it has, nor one by its own port of another. */
    grid_said(g, 4, said);
    said->links[said->n++] = (n2_link_said){
        .neighbour = 3, .port = 9, .neighbour_port = 2, .width = WIDTH, .rate = 255};
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_OK);
    g_assert_true(n2_topology_is_up(g->t, 4, 2));
    g_assert_false(n2_topology_is_up(g->t, 4, 9));
    grid_said(g, 4, said);
    said->links[0].neighbour = 2; /* whose port 1 has a link to port 1 of 1 */
    said->links[0].neighbour_port = 1;
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_OK);
    g_assert_false(n2_topology_is_up(g->t, 4, 1));
    g_assert_true(n2_topology_is_up(g->t, 2, 1));
    /* A real link that one end praises is as good as the other end says. */
    grid_said(g, 4, said);
    for (gsize i = 0; i < said->n; i++) {
        said->links[i].rate = 255;
        said->links[i].delay = 1;
    }
    g_assert_cmpint(n2_topology_report(g->t, said, g->now_us), ==, N2_OK);
    g_assert_cmpint(ways(g, 1, 3, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(w[0].hops[1].number, ==, 2);
    g_assert_cmpuint(w[1].delay_us, ==, 6000);
    g_assert_cmpuint(w[1].rate_Bps, <=, 100 * Mbit);
    n2_topology_free(g->t);
}

/* Attack 43: a user's false complaint cuts nothing; a true one puts the link last, for a while.
 */
static void
test_complaint(void)
{
    n2_inner_way w[N2_COMPOSED_MAX];
    n2_route near, far;
    guint32 number;
    guint16 port;
    gsize n;
    g_autofree grid *g = g_new(grid, 1);

    square(g);
    guint64 version = n2_topology_version(g->t);
    g_assert_cmpint(n2_topology_complain(g->t, 2, 2, g->now_us), ==, N2_OK);
    g_assert_cmpint(n2_topology_complain(g->t, 2, 2, g->now_us), ==, N2_OK); /* the same */
    g_assert_cmpint(n2_topology_complain(g->t, 2, 9, g->now_us), ==, N2_ERR_NOTFOUND);
    g_assert_cmpuint(n2_topology_version(g->t), ==, version);
    g_assert_true(n2_topology_next_probe(g->t, 1, &number, &port, &near, &far));
    g_assert_cmpuint(number, ==, 2);
    g_assert_cmpuint(port, ==, 2);
    g_assert_cmpuint(grid_go(g, 1, &near), ==, 2);
    g_assert_cmpuint(grid_go(g, 1, &far), ==, 3);
    g_assert_false(n2_topology_next_probe(g->t, 1, &number, &port, &near, &far));
    n2_topology_probed(g->t, 2, 2, true, true, g->now_us);
    g_assert_cmpuint(n2_topology_version(g->t), ==, version);
    /* Nobody answered: that says nothing of this link. */
    g_assert_cmpint(n2_topology_complain(g->t, 2, 2, g->now_us), ==, N2_OK);
    g_assert_true(n2_topology_next_probe(g->t, 1, &number, &port, &near, &far));
    n2_topology_probed(g->t, 2, 2, false, false, g->now_us);
    g_assert_cmpuint(n2_topology_version(g->t), ==, version);
    /* Its farther end is silent: it comes last, and is still there. */
    g_assert_cmpint(n2_topology_complain(g->t, 2, 2, g->now_us), ==, N2_OK);
    g_assert_true(n2_topology_next_probe(g->t, 1, &number, &port, &near, &far));
    n2_topology_probed(g->t, 2, 2, true, false, g->now_us);
    g_assert_cmpuint(n2_topology_version(g->t), >, version);
    g_assert_cmpint(ways(g, 1, 3, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpuint(w[0].hops[1].number, ==, 4);
    g_assert_true(w[1].is_doubtful);
    g_assert_true(n2_topology_is_up(g->t, 2, 2));
    g_assert_cmpuint(n2_topology_deadline(g->t), <=, g->now_us + N2_LINK_SILENT_US);
    /* Nobody looks any more: it is forgotten by time. */
    for (guint i = 0; i < 5; i++) {
        g->now_us += N2_LINK_REPORT_US;
        grid_report_all(g);
    }
    n2_topology_expire(g->t, g->now_us);
    g_assert_cmpint(ways(g, 1, 3, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(w[0].hops[1].number, ==, 2);
    g_assert_false(w[0].is_doubtful);
    while (n2_topology_next_probe(g->t, 1, &number, &port, &near, &far))
        n2_topology_probed(g->t, number, port, true, true, g->now_us);

    /* Complaints cost the server no more than it lets them. */
    guint limited = 0;
    for (guint i = 0; i < 1000; i++) {
        limited +=
            n2_topology_complain(g->t, 1 + i % 4, 1 + i / 4 % 2, g->now_us) == N2_ERR_LIMIT;
        while (n2_topology_next_probe(g->t, 1, &number, &port, &near, &far))
            n2_topology_probed(g->t, number, port, true, true, g->now_us);
    }
    g_assert_cmpuint(limited, ==, 1000 - N2_LINK_PROBES_MAX);
    g->now_us += 2 * N2_SECOND_US;
    for (guint i = 0; i < 2 * N2_LINK_PROBES_PER_S; i++) {
        g_assert_cmpint(n2_topology_complain(g->t, 1, 1, g->now_us), ==, N2_OK);
        while (n2_topology_next_probe(g->t, 1, &number, &port, &near, &far))
            n2_topology_probed(g->t, number, port, true, true, g->now_us);
    }
    g_assert_cmpint(n2_topology_complain(g->t, 1, 1, g->now_us), ==, N2_ERR_LIMIT);
    n2_topology_free(g->t);
}

/* A link that is dead for long stays in doubt, as it is probed again; it is taken again as soon
 * as it answers.  The nearer end is asked by a way without the link. */
static void
test_doubt_stays(void)
{
    n2_inner_way w[N2_COMPOSED_MAX];
    n2_topology_counts counts;
    n2_route near, far;
    guint32 number;
    guint16 port;
    gsize n;
    g_autofree grid *g = g_new(grid, 1);

    square(g);
    /* Between 2 and 1, where the server is: whoever complains says it from his side. */
    g_assert_cmpint(n2_topology_complain(g->t, 2, 1, g->now_us), ==, N2_OK);
    g_assert_cmpint(n2_topology_complain(g->t, 1, 1, g->now_us), ==, N2_OK);
    g_assert_true(n2_topology_next_probe(g->t, 1, &number, &port, &near, &far));
    g_assert_cmpuint(near.bits, ==, 0);
    g_assert_cmpuint(far.bits, ==, WIDTH);
    g_assert_cmpuint(grid_go(g, 1, &far), ==, 2);
    n2_topology_probed(g->t, number, port, true, false, g->now_us);
    g_assert_false(n2_topology_next_probe(g->t, 1, &number, &port, &near, &far));
    for (guint i = 1; i <= 20; i++) { /* ten minutes */
        guint64 at_us = n2_topology_deadline(g->t);
        g_assert_cmpuint(at_us, <=, g->now_us + N2_LINK_DOUBT_US);
        g->now_us += N2_LINK_DOUBT_US;
        n2_topology_expire(g->t, g->now_us);
        if (i % 2)
            grid_report_all(g);
        g_assert_true(n2_topology_next_probe(g->t, 1, &number, &port, &near, &far));
        g_assert_cmpuint(grid_go(g, 1, &far), ==, 2);
        g_assert_false(n2_topology_next_probe(g->t, 1, &number, &port, &near, &far));
        n2_topology_probed(g->t, number, port, true, i == 20, g->now_us);
        n2_topology_counts_get(g->t, &counts);
        g_assert_cmpuint(counts.n_doubtful, ==, i < 20);
        g_assert_cmpuint(counts.n_up, ==, g->n_cables);
        g_assert_cmpint(ways(g, 1, 2, NULL, w, &n), ==, N2_OK);
        g_assert_cmpuint(w[0].n, ==, i < 20 ? 4 : 2);
    }
    g->now_us += N2_LINK_DOUBT_US;
    n2_topology_expire(g->t, g->now_us);
    g_assert_false(n2_topology_next_probe(g->t, 1, &number, &port, &near, &far));
    n2_topology_free(g->t);
}

/* Attack 4: a way of more than 58 bits is refused as such. */
static void
test_long(void)
{
    n2_inner_way w[N2_COMPOSED_MAX];
    gsize n;
    g_autofree grid *g = g_new(grid, 1);

    grid_init(g, 20, WIDTH);
    for (guint i = 1; i < 20; i++)
        grid_join(g, i, i + 1, 1000 * Mbit, 100);
    grid_report_all(g);
    g_assert_cmpint(ways(g, 1, 15, NULL, w, &n), ==, N2_OK); /* 14 labels: 56 bits */
    g_assert_cmpuint(w[0].route.bits, ==, 56);
    g_assert_cmpint(ways(g, 1, 16, NULL, w, &n), ==, N2_ERR_LIMIT);
    g->cables[3].is_cut = TRUE;
    g_assert_cmpint(grid_report(g, 4), ==, N2_OK);
    g_assert_cmpint(ways(g, 1, 15, NULL, w, &n), ==, N2_ERR_UNREACHABLE);
    n2_topology_free(g->t);
}

/* N2_SWITCHES_MAX of them, with cables by chance: four ways each, every one leads there. */
static void
test_large(void)
{
    n2_inner_way w[N2_COMPOSED_MAX];
    n2_id one_more = switch_id(N2_SWITCHES_MAX + 1);
    GRand *random = g_rand_new_with_seed(1);
    g_autofree grid *g = g_new(grid, 1);
    gsize n;

    grid_init(g, N2_SWITCHES_MAX, WIDTH);
    g_assert_cmpint(n2_topology_admit(g->t, &one_more, WIDTH), ==, N2_ERR_LIMIT);
    for (guint i = 2; i <= g->n; i++)
        for (guint k = 0; k < 3; k++) {
            guint to = (guint)g_rand_int_range(random, 1, (gint32)i);
            guint64 delay_us = 100 * (guint64)g_rand_int_range(random, 1, 30);
            if (g->ports[i] < 15 && g->ports[to] < 15)
                grid_join(g, i, to, 125000000, delay_us);
        }
    grid_report_all(g);
    for (guint i = 0; i < 20; i++) {
        guint to = (guint)g_rand_int_range(random, 2, (gint32)g->n + 1);
        g_assert_cmpint(ways(g, 1, to, NULL, w, &n), ==, N2_OK);
        g_assert_cmpuint(n, ==, N2_COMPOSED_MAX);
        for (gsize k = 0; k < n; k++) {
            g_assert_cmpuint(grid_go(g, 1, &w[k].route), ==, to);
            g_assert_true(!k || w[k - 1].delay_us <= w[k].delay_us); /* all of one rate */
            for (gsize other = 0; other < k; other++)
                g_assert_cmpuint(w[other].route.word, !=, w[k].route.word);
        }
    }
    g_rand_free(random);
    n2_topology_free(g->t);
}

static void
test_follow(void)
{
    n2_route route = {0}, rest;
    guint32 number;
    guint16 port;
    g_autofree grid *g = g_new(grid, 1);

    square(g);
    g_assert_cmpint(n2_route_add(&route, WIDTH, 1), ==, N2_OK); /* to 2 */
    g_assert_cmpint(n2_topology_follow(g->t, 1, &route, &number, &port, &rest), ==,
                    N2_ERR_FORMAT);
    g_assert_cmpint(n2_route_add(&route, WIDTH, 7), ==, N2_OK); /* a user there */
    g_assert_cmpint(n2_route_add(&route, 6, 33), ==, N2_OK);    /* and behind it */
    g_assert_cmpint(n2_topology_follow(g->t, 1, &route, &number, &port, &rest), ==, N2_OK);
    g_assert_cmpuint(number, ==, 2);
    g_assert_cmpuint(port, ==, 7);
    g_assert_cmpuint(rest.bits, ==, 6);
    g_assert_cmpuint(rest.word, ==, UINT64_C(33) << 58);
    g_assert_cmpint(n2_topology_follow(g->t, 99, &route, &number, &port, &rest), ==,
                    N2_ERR_NOTFOUND);
    n2_topology_free(g->t);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/topology/ways", test_ways);
    g_test_add_func("/topology/life", test_life);
    g_test_add_func("/topology/refused", test_refused);
    g_test_add_func("/topology/attack-43-one-sided", test_one_sided);
    g_test_add_func("/topology/attack-43-complaint", test_complaint);
    g_test_add_func("/topology/doubt-stays", test_doubt_stays);
    g_test_add_func("/topology/attack-4-too-long", test_long);
    g_test_add_func("/topology/large", test_large);
    g_test_add_func("/topology/follow", test_follow);
    return g_test_run();
}
