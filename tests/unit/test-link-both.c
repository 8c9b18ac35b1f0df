/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-link-both.c - two who each keep a port for the other, and both open the link.
 */
#include "link-fixture.h"

enum {
    PORT_A = 5,
    PORT_B = 9
};

static void
plan(world *w)
{
    world_init(w, 4);
    for (guint i = 0; i < N_NODES; i++) {
        n2_links_config config = {.env.random = random_cb,
                                  .width = 4,
                                  .accepts = TRUE,
                                  .is_planned = TRUE,
                                  .datagram_bytes = 1452};
        n2_links_free(w->nodes[i].links);
        g_assert_cmpint(n2_links_new(&w->nodes[i].links, &config), ==, N2_OK);
    }
    g_assert_cmpint(n2_links_plan(w->nodes[0].links, PORT_A, &w->nodes[1].net, w->now_us), ==,
                    N2_OK);
    g_assert_cmpint(n2_links_plan(w->nodes[1].links, PORT_B, &w->nodes[0].net, w->now_us), ==,
                    N2_OK);
}

static void
open_it(world *w, guint from, uint64_t id)
{
    g_assert_cmpint(n2_links_open(w->nodes[from].links, &w->nodes[1 - from].net, id,
                                  from ? PORT_B : PORT_A, 0, w->now_us),
                    ==, N2_OK);
}

static gboolean
is_up(const world *w)
{
    return n2_links_is_up(w->nodes[0].links, PORT_A) &&
           n2_links_is_up(w->nodes[1].links, PORT_B);
}

/* A packet goes from each to the other. */
static void
check_carries(world *w)
{
    for (guint from = 0; from < 2; from++) {
        uint8_t buf[N2_RUN_BYTES_MAX], packet[N2_PACKET_BYTES_MIN] = {N2_KIND_VERSION};
        n2_net_addr to;
        n2_run run;
        size_t segment;

        n2_run_begin(&run, w->nodes[from].links, from ? PORT_B : PORT_A, buf, sizeof buf);
        g_assert_true(n2_run_add(&run, packet, sizeof packet));
        size_t len = n2_run_finish(&run, &to, &segment);
        g_assert_true(n2_net_addr_equal(&to, &w->nodes[1 - from].net));
        n2_link_data data =
            n2_links_input(w->nodes[1 - from].links, &w->nodes[from].from, buf, len, w->now_us);
        g_assert_cmpuint(data.port, ==, from ? PORT_A : PORT_B);
    }
}

typedef struct {
    const char *name;
    uint64_t ids[2];
    guint first;     /* who begins */
    uint64_t gap_us; /* until the other is there, and begins */
    guint lost;      /* type of a message that is lost once; 0: none */
    guint loss_percent;
} row;

static const row rows[] = {
    {"together", {1, 2}, 0, 0, 0, 0},
    {"together-other-way", {2, 1}, 0, 0, 0, 0},
    {"one-later", {1, 2}, 0, 3 * N2_SECOND_US, 0, 0},
    {"one-later-other-way", {2, 1}, 0, 3 * N2_SECOND_US, 0, 0},
    {"other-later", {1, 2}, 1, 3 * N2_SECOND_US, 0, 0},
    {"accept-lost", {1, 2}, 0, 0, 4, 0},
    {"confirm-lost", {2, 1}, 0, 0, 3, 0},
    {"much-lost", {2, 1}, 0, 0, 0, 40},
};

/* One link comes up, at the two ports, and stays; when it is lost it comes again. */
static void
test_both(gconstpointer data)
{
    const row *t = data;
    world w;

    plan(&w);
    w.lose_type = t->lost;
    w.loss_percent = t->loss_percent;
    open_it(&w, t->first, t->ids[t->first]);
    w.cut = TRUE;
    if (t->gap_us) /* run_for() of nothing would carry what is there */
        run_for(&w, t->gap_us);
    w.cut = FALSE;
    open_it(&w, 1 - t->first, t->ids[1 - t->first]);
    for (guint i = 0; !is_up(&w); i++) {
        g_assert_cmpuint(i, <, t->loss_percent ? 60 : 3);
        run_for(&w, N2_SECOND_US);
    }
    w.loss_percent = 0;
    run_for(&w, 20 * N2_SECOND_US);
    g_assert_true(is_up(&w));
    check_carries(&w);
    for (guint i = 0; i < 2; i++) {
        n2_link_info info;
        g_assert_true(n2_links_info(w.nodes[i].links, i ? PORT_B : PORT_A, &info));
        g_assert_true(info.is_opener);
        g_assert_cmpuint(n2_links_source(w.nodes[i].links, i ? PORT_B : PORT_A), ==, 0);
    }
    w.cut = TRUE;
    run_for(&w, 10 * N2_SECOND_US);
    g_assert_false(n2_links_is_up(w.nodes[0].links, PORT_A));
    g_assert_false(n2_links_is_up(w.nodes[1].links, PORT_B));
    w.cut = FALSE;
    run_for(&w, 40 * N2_SECOND_US);
    g_assert_true(is_up(&w));
    check_carries(&w);
    world_clear(&w);
}

/* One begins anew, with another link id, while the other thinks that all is well. */
static void
test_again(gconstpointer data)
{
    guint who = GPOINTER_TO_UINT(data) & 1;
    uint64_t id = GPOINTER_TO_UINT(data) & 2 ? 1 : 99;
    n2_links_config config = {.env.random = random_cb,
                              .width = 4,
                              .accepts = TRUE,
                              .is_planned = TRUE,
                              .datagram_bytes = 1452};
    world w;

    plan(&w);
    open_it(&w, 0, 50);
    open_it(&w, 1, 51);
    run_for(&w, 3 * N2_SECOND_US);
    g_assert_true(is_up(&w));
    n2_links_free(w.nodes[who].links);
    g_assert_cmpint(n2_links_new(&w.nodes[who].links, &config), ==, N2_OK);
    g_assert_cmpint(n2_links_plan(w.nodes[who].links, who ? PORT_B : PORT_A,
                                  &w.nodes[1 - who].net, w.now_us),
                    ==, N2_OK);
    open_it(&w, who, id);
    for (guint i = 0; i < 10; i++) /* 5 s until it is known that the old link is none */
        run_for(&w, N2_SECOND_US);
    g_assert_true(is_up(&w));
    check_carries(&w);
    world_clear(&w);
}

/* Somebody else, from his own address, gets nothing of it. */
static void
test_stranger(void)
{
    world w;

    plan(&w);
    open_it(&w, 0, 50);
    g_assert_cmpint(n2_links_open(w.nodes[2].links, &w.nodes[0].net, 1, 3, 0, w.now_us), ==,
                    N2_OK);
    w.nodes[1].from = address(77); /* not there yet */
    run_for(&w, 10 * N2_SECOND_US);
    g_assert_false(n2_links_is_up(w.nodes[0].links, PORT_A));
    g_assert_false(n2_links_is_up(w.nodes[2].links, 3));
    world_clear(&w);
}

/* A port that is planned is not to be barred, whether anybody is there or not. */
static void
test_bar(void)
{
    world w;

    plan(&w);
    g_assert_cmpint(n2_links_plan(w.nodes[0].links, 7, NULL, w.now_us), ==, N2_OK);
    g_assert_cmpint(n2_links_bar(w.nodes[0].links, PORT_A, true), ==, N2_ERR_EXISTS);
    g_assert_cmpint(n2_links_bar(w.nodes[0].links, 7, true), ==, N2_ERR_EXISTS);
    g_assert_cmpint(n2_links_bar(w.nodes[0].links, 6, true), ==, N2_OK);
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/link/both/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_both);
    }
    for (guint i = 0; i < 4; i++) {
        g_autofree char *path = g_strdup_printf("/link/both/again-%u", i);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_again);
    }
    g_test_add_func("/link/both/stranger", test_stranger);
    g_test_add_func("/link/both/bar", test_bar);
    return g_test_run();
}
