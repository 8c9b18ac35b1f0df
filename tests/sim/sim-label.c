/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-label.c - servers behind one label: who gets which, and that connections stay where they
 *               are when servers leave, join and restart.
 */
#include "label-farm.h"

#include <string.h>

#include "crypto/hash.h"
#include "crypto/noise.h"
#include "transport/first.h"
#include "transport/region.h"

static void
count_servers(const farm *f, unsigned n[SERVERS], int from, int to)
{
    memset(n, 0, SERVERS * sizeof *n);
    for (int i = from; i < to; i++) {
        g_assert_cmpuint(f->clients[i].conn, !=, 0);
        g_assert_cmpint(f->clients[i].server, >=, 0);
        n[f->clients[i].server]++;
    }
}

/* 27 and T6. */
static void
test_servers(void)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        farm *f = farm_new(seed);
        unsigned n[SERVERS];
        enum {
            HALF = CLIENTS / 2
        };

        for (int i = 0; i < HALF; i++)
            farm_connect(f, i);
        farm_run(f, 300000);
        count_servers(f, n, 0, HALF);
        g_assert_cmpuint(n[4], ==, 0);
        /* Each goes on by the label of the server that it got. */
        for (int i = 0; i < HALF; i++)
            g_assert_cmphex(f->clients[i].path, ==,
                            farm_path(f, i, (unsigned)(OWN + f->clients[i].server)));
        farm_all_get_one(f, -1);

        /* One leaves, while a piece is on its way: its connections stay. */
        for (int i = 0; i < HALF; i++)
            farm_send(f, i);
        farm_run(f, 8000);
        g_assert_cmpint(farm_order(f, "30 any 24 26 27"), ==, N2_OK);
        farm_run(f, 2000000);
        for (int i = 0; i < HALF; i++)
            g_assert_cmpuint(f->clients[i].n_written, ==, 2);
        /* One joins: all that are there stay, newcomers may get it. */
        farm_label(f, 4);
        g_assert_cmpint(farm_order(f, "30 any 24 26 27 28"), ==, N2_OK);
        for (int i = HALF; i < CLIENTS; i++)
            farm_connect(f, i);
        farm_run(f, 300000);
        count_servers(f, n, HALF, CLIENTS);
        g_assert_cmpuint(n[1], ==, 0);
        g_assert_cmpuint(n[0] + n[2] + n[3] + n[4], ==, CLIENTS - HALF);
        farm_all_get_one(f, -1);

        /* A server's machine begins anew: the others' connections do not notice. */
        n2_op close = {.kind = N2_OP_LINK_CLOSE, .port = f->port_at[SERVER][BORDER]};
        world_op(f->w, f->node[SERVER], &close);
        farm_run(f, 500000);
        farm_all_get_one(f, 0);
        unsigned links = f->links_up;
        farm_open_link(f, SERVER);
        farm_run(f, 3000000);
        g_assert_cmpuint(f->links_up, ==, links + 2);
        farm_all_get_one(f, -1); /* it has the port that it had, so its label leads to it */

        for (int i = 0; i < CLIENTS; i++)
            g_assert_cmpuint(f->clients[i].n_closed, ==, 0);
        g_assert_cmpuint(f->n_seen, >, 1000);
        g_assert_cmpuint(f->n_inside, ==, 0);
        farm_free(f);
    }
}

/* All servers get some: over more clients than one world has. */
static void
test_shares(void)
{
    unsigned sum[SERVERS] = {0};

    for (uint64_t seed = 11; seed <= 18; seed++) {
        farm *f = farm_new(seed);
        unsigned n[SERVERS];

        for (int i = 0; i < CLIENTS; i++)
            farm_connect(f, i);
        farm_run(f, 300000);
        count_servers(f, n, 0, CLIENTS);
        for (int i = 0; i < SERVERS; i++)
            sum[i] += n[i];
        farm_free(f);
    }
    for (int i = 0; i < SERVERS - 1; i++) /* 32 each, were it only even */
        g_assert_cmpuint(sum[i], >, 16);
}

/* A server whose link is down is not chosen: nobody has to say so. */
static void
test_down(void)
{
    farm *f = farm_new(5);
    unsigned n[SERVERS];

    for (int i = 0; i < 2; i++) {
        n2_op close = {.kind = N2_OP_LINK_CLOSE, .port = f->port_at[SERVER + i][BORDER]};
        world_op(f->w, f->node[SERVER + i], &close);
    }
    farm_run(f, 100000);
    for (int i = 0; i < CLIENTS; i++)
        farm_connect(f, i);
    farm_run(f, 300000);
    count_servers(f, n, 0, CLIENTS);
    g_assert_cmpuint(n[2] + n[3], ==, CLIENTS);
    farm_free(f);
}

/* Who does not know how wide the last label is stays with it; so does who is answered by a way
 * that differs in more than that (the labels' last bit is not what they differ in). */
static void
test_unknown_width(gconstpointer data)
{
    farm *f = farm_new(6);

    for (int i = 0; i < CLIENTS; i++)
        farm_connect_with(f, i, GPOINTER_TO_UINT(data));
    farm_run(f, 300000);
    for (int i = 0; i < CLIENTS; i++)
        g_assert_cmphex(f->clients[i].path, ==, farm_path(f, i, LABEL));
    farm_all_get_one(f, -1);
    g_assert_cmpuint(f->n_inside, ==, 0);
    farm_free(f);
}

/* 2: the answer, copied and brought by another port of the same border before the true one
 * comes: nobody is led away, and all goes on by the way that was asked for. */
static void
test_copied(void)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        farm *f = farm_new(seed);

        f->copies = true;
        for (int i = 0; i < CLIENTS; i++)
            farm_connect(f, i);
        farm_run(f, 5000000);
        g_assert_cmpuint(f->n_copied, >, CLIENTS);
        for (int i = 0; i < CLIENTS; i++) {
            g_assert_cmpuint(f->clients[i].conn, !=, 0);
            g_assert_cmphex(f->clients[i].path, !=,
                            farm_path(f, i, f->port_at[BORDER][ATTACKER]));
        }
        farm_all_get_one(f, -1);
        farm_free(f);
    }
}

/* Who has been there comes again with a ticket, which is of one server: if that is the one that
 * answers it goes on, else a full hello follows; either way it is connected. */
static void
test_again(void)
{
    farm *f = farm_new(8);
    unsigned n[SERVERS];
    int former[CLIENTS];

    for (int i = 0; i < CLIENTS; i++)
        farm_connect(f, i);
    farm_run(f, 300000);
    farm_all_get_one(f, -1);
    for (int i = 0; i < CLIENTS; i++) {
        n2_op close = {.kind = N2_OP_CLOSE, .conn = f->clients[i].conn};
        world_op(f->w, f->node[CLIENT + i], &close);
        former[i] = f->clients[i].server;
        f->clients[i].server = -1;
        f->clients[i].conn = 0;
    }
    farm_run(f, 300000);
    /* One of them is not chosen any more. */
    g_assert_cmpint(farm_order(f, "30 any 24 25 26"), ==, N2_OK);
    for (int i = 0; i < CLIENTS; i++)
        farm_connect(f, i);
    farm_run(f, 1500000);
    count_servers(f, n, 0, CLIENTS);
    g_assert_cmpuint(n[3], ==, 0);
    for (int i = 0; i < CLIENTS; i++) {
        g_assert_true(former[i] == 3 || f->clients[i].server == former[i]);
        g_assert_cmphex(f->clients[i].path, ==,
                        farm_path(f, i, (unsigned)(OWN + f->clients[i].server)));
    }
    farm_all_get_one(f, -1);
    g_assert_cmpuint(f->n_resumed, >, 0);
    g_assert_cmpuint(f->n_resumed, <, CLIENTS);
    farm_free(f);
}

/* 3: what a switch inside says itself arrives, as a notice would, and shows nothing of the
 * inside: so it gets no answer.  Where the port is not hidden it does. */
static void
test_inside(void)
{
    farm *f = farm_new(9);
    g_autofree char *show = g_strdup_printf("show %d", f->port_at[BORDER][INNER]);
    n2_route route = {0};

    g_assert_cmpint(n2_route_add(&route, INNER_BITS, f->port_at[INNER][BORDER]), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, BORDER_BITS, f->port_at[BORDER][CLIENT]), ==, N2_OK);
    for (unsigned i = 0; i < 2; i++) {
        n2_op echo = {.kind = N2_OP_ECHO, .tag = 5, .path = route.word};

        f->n_control = 0;
        f->shown = 0;
        world_op(f->w, f->node[INNER], &echo);
        farm_run(f, 3000000);
        g_assert_cmpuint(f->n_control, >, 0);
        g_assert_cmpuint(f->n_echoes, ==, i);
        if (!i)
            g_assert_cmphex(f->shown, ==, 0);
        else
            g_assert_cmphex(f->shown >> (64 - BORDER_BITS), ==, f->port_at[BORDER][INNER]);
        g_assert_cmpint(farm_order(f, show), ==, N2_OK);
    }
    farm_free(f);
}

/* A port with a link is no label, and a port that is a label gets no link. */
static void
test_ports(void)
{
    farm *f = farm_new(7);
    g_autofree char *taken = g_strdup_printf("%d to 3", f->port_at[BORDER][CLIENT]);
    unsigned links = f->links_up;

    g_assert_cmpint(farm_order(f, taken), ==, N2_ERR_EXISTS);
    g_assert_cmpint(farm_order(f, "99 to 3"), ==, N2_ERR_USAGE);
    g_assert_cmpint(farm_order(f, "29 to 29"), ==, N2_ERR_USAGE);
    g_assert_cmpint(farm_order(f, "forget 29"), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(farm_order(f, "31 to 1 1/4"), ==, N2_OK);
    /* Newcomers take the ports that are left, 21 to 23, 28 and 29; the next find none until a
     * label is forgotten. */
    for (int i = 0; i < 8; i++) {
        n2_op op = {.kind = N2_OP_LINK_OPEN,
                    .net = f->node[BORDER]->addr,
                    .link_id = (uint64_t)i + 1000,
                    .remote_port = i ? 0 : LABEL};
        world_node *late = world_add(f->w, 2, farm_event_cb, f);
        static const world_wire wire = {.delay_us = 1000};
        f->node[ATTACKER] = late; /* the attacker's events are not looked at */
        f->port_at[BORDER][ATTACKER] = 0;
        world_lay(f->w, late, f->node[BORDER], &wire);
        if (i == 7)
            g_assert_cmpint(farm_order(f, "forget 31"), ==, N2_OK);
        world_op(f->w, late, &op);
        farm_run(f, 100000);
        unsigned port = f->port_at[BORDER][ATTACKER];
        if (i < 5)
            g_assert_true((port >= 21 && port <= 23) || port == 28 || port == 29);
        else
            g_assert_cmpuint(port, ==, i < 7 ? 0 : 31);
    }
    g_assert_cmpuint(f->links_up, ==, links + 2 * 6);
    farm_free(f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/label/attack-27-servers", test_servers);
    g_test_add_func("/sim/label/shares", test_shares);
    g_test_add_func("/sim/label/down", test_down);
    g_test_add_data_func("/sim/label/unknown-width", GUINT_TO_POINTER(0), test_unknown_width);
    g_test_add_data_func("/sim/label/attack-02-other-way", GUINT_TO_POINTER(1),
                         test_unknown_width);
    g_test_add_func("/sim/label/attack-02-copied", test_copied);
    g_test_add_func("/sim/label/again", test_again);
    g_test_add_func("/sim/label/attack-03-inside", test_inside);
    g_test_add_func("/sim/label/ports", test_ports);
    return g_test_run();
}
