/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-users.c - the promises in node/users.h: what a trunk weighs, and what a liar's does.
 */
#include "link-fixture.h"
#include "node/users.h"

enum {
    WIDTH = 7, /* more ports than one word has bits */
    MOST = 16
};

/* Node 0 is a neighbour of node 1, by port 1 of both. */
typedef struct {
    world w;
    n2_queues *queues[2];
    n2_users users[2];
} pair;

static void
make(pair *p)
{
    world_init(&p->w, WIDTH);
    open_link(&p->w);
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpint(n2_queues_new(&p->queues[i], WIDTH, &(n2_env){.random = random_cb}), ==,
                        N2_OK);
        g_assert_cmpint(n2_users_init(&p->users[i], p->w.nodes[i].links, p->queues[i], WIDTH),
                        ==, N2_OK);
    }
}

static void
clear(pair *p)
{
    for (guint i = 0; i < 2; i++) {
        n2_users_clear(&p->users[i]);
        n2_queues_free(p->queues[i]);
    }
    world_clear(&p->w);
}

/* @n seconds; @n_ports in-ports of node 0, from 60 on, send to node 1 all the time. */
static void
run(pair *p, guint n, guint n_ports)
{
    for (guint i = 0; i < n; i++) {
        for (guint k = 0; k < n_ports; k++)
            n2_users_saw(&p->users[0], 60 + k, 1);
        run_for(&p->w, N2_SECOND_US);
        for (guint k = 0; k < 2; k++)
            if (n2_users_deadline(&p->users[k]) <= p->w.now_us)
                n2_users_expire(&p->users[k], p->w.now_us);
        pump(&p->w);
    }
}

static guint
weight(const pair *p)
{
    return n2_queues_weight(p->queues[1], 1);
}

static void
test_trunk(void)
{
    pair p;

    make(&p);
    /* Nobody asks: nothing is said, counted, or waited for. */
    run(&p, 3, 5);
    g_assert_cmpuint(n2_users_deadline(&p.users[0]), ==, UINT64_MAX);
    g_assert_cmpuint(p.w.nodes[0].sent[10] + p.w.nodes[1].sent[10], ==, 0);
    g_assert_cmpuint(weight(&p), ==, 1);

    n2_users_set_most(&p.users[1], 1, MOST);
    run(&p, 4, 5);
    g_assert_cmpuint(weight(&p), ==, 5);
    /* A trunk of node 0 counts for what it weighs. */
    n2_queues_set_weight(p.queues[0], 64, 4);
    run(&p, 2, 5);
    g_assert_cmpuint(weight(&p), ==, 8);
    run(&p, 3, 100 - 60);
    g_assert_cmpuint(weight(&p), ==, MOST); /* no more than the operator allows */
    run(&p, 4, 0);
    g_assert_cmpuint(weight(&p), ==, 1); /* all have gone */
    clear(&p);
}

/* Who pauses for less than a second still counts. */
static void
test_pause(void)
{
    pair p;

    make(&p);
    n2_users_set_most(&p.users[1], 1, MOST);
    run(&p, 4, 3);
    run(&p, 1, 0);
    run(&p, 1, 3);
    g_assert_cmpuint(weight(&p), ==, 3);
    clear(&p);
}

static void
test_liar(void)
{
    pair p;

    make(&p);
    for (guint i = 0; i < 5; i++) {
        n2_links_tell_users(p.w.nodes[0].links, 1, 1000, false);
        run(&p, 1, 0);
        g_assert_cmpuint(weight(&p), ==, 1); /* it is no trunk */
    }
    n2_users_set_most(&p.users[1], 1, MOST);
    n2_links_tell_users(p.w.nodes[0].links, 1, 1000, false);
    pump(&p.w);
    n2_users_expire(&p.users[1], p.w.now_us);
    g_assert_cmpuint(weight(&p), ==, MOST);
    n2_users_set_most(&p.users[1], 1, 1);
    g_assert_cmpuint(weight(&p), ==, 1);
    clear(&p);
}

/* What was said holds for a while, and what was asked, too. */
static void
test_silence(void)
{
    pair p;

    make(&p);
    n2_users_set_most(&p.users[1], 1, MOST);
    run(&p, 4, 5);
    g_assert_nonnull(p.users[0].seen[1]);
    p.w.cut = TRUE;
    run(&p, 3, 5);
    g_assert_cmpuint(weight(&p), ==, 5);
    run(&p, 4, 5);
    g_assert_cmpuint(weight(&p), ==, 1);
    g_assert_null(p.users[0].seen[1]); /* nothing is counted any more */
    clear(&p);
}

static void
test_gone(void)
{
    pair p;

    make(&p);
    n2_users_set_most(&p.users[1], 1, MOST);
    run(&p, 4, 5);
    n2_users_forget(&p.users[1], 1);
    g_assert_cmpuint(weight(&p), ==, 1);
    g_assert_cmpuint(n2_users_deadline(&p.users[1]), ==, UINT64_MAX);
    n2_users_forget(&p.users[0], 1);
    g_assert_null(p.users[0].seen[1]);
    clear(&p);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/users/trunk", test_trunk);
    g_test_add_func("/users/pause", test_pause);
    g_test_add_func("/users/attack-17-liar", test_liar);
    g_test_add_func("/users/silence", test_silence);
    g_test_add_func("/users/gone", test_gone);
    return g_test_run();
}
