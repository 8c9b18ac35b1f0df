/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-link-size.c - a link finds out by itself how long its datagrams may be, notices when
 *                    less passes than did, and believes no length that nobody proved.
 */
#include "link-fixture.h"

static guint32
size_of(world *w, guint i)
{
    n2_link_info info;

    g_assert_true(n2_links_info(w->nodes[i].links, 1, &info));
    return info.datagram_bytes;
}

/* A link that began with the base, as the host has it. */
static void
begin(world *w)
{
    *w = (world){.now_us = 5 * N2_SECOND_US};
    for (guint i = 0; i < N_NODES; i++) {
        n2_links_config config = {.env.random = random_cb,
                                  .width = 4,
                                  .accepts = TRUE,
                                  .datagram_bytes = N2_LINK_BYTES_BASE};
        g_assert_cmpint(n2_links_new(&w->nodes[i].links, &config), ==, N2_OK);
        w->nodes[i].net = w->nodes[i].from = address((guint8)(i + 1));
    }
    open_link(w);
}

/* Sends packets, so that there is something to prove. */
static void
work_for(world *w, uint64_t us)
{
    guint8 buf[4096];

    for (uint64_t end_us = w->now_us + us; w->now_us < end_us;) {
        size_t len = data_datagram(w, 0, buf);
        n2_links_input(w->nodes[1].links, &w->nodes[0].from, buf, len, w->now_us);
        len = data_datagram(w, 1, buf);
        n2_links_input(w->nodes[0].links, &w->nodes[1].from, buf, len, w->now_us);
        run_for(w, 50000);
    }
}

static void
test_begins_with_the_base(void)
{
    world w;

    begin(&w);
    work_for(&w, 5 * N2_SECOND_US);
    g_assert_cmpuint(size_of(&w, 0), ==, N2_LINK_BYTES_BASE); /* the host has not said a word */
    g_assert_cmpuint(w.nodes[0].longest, ==, N2_LINK_CONTROL_BYTES);
    n2_links_set_datagram(w.nodes[0].links, 1, 65000);
    g_assert_cmpuint(size_of(&w, 0), ==, N2_LINK_BYTES_BASE);
    run_for(&w, 10 * HOP_US); /* one question, one answer */
    g_assert_cmpuint(size_of(&w, 0), ==, 65000);
    g_assert_cmpuint(size_of(&w, 1), ==, N2_LINK_BYTES_BASE); /* each way for itself */
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[1].links)->bad_control, ==, 0);
    world_clear(&w);
}

typedef struct {
    const char *name;
    guint limit, carries;
} search_row;

static const search_row search_rows[] = {
    {"jumbo-over-ethernet", 8972, 1472},
    {"jumbo-over-pppoe", 8972, 1464},
    {"tunnel", 1472, 1392},
    {"loopback-over-jumbo", 65000, 8972},
    {"least-ipv6", 1452, 1232},
    {"narrower-than-the-base", 1472, 1100},
    {"the-least", 1472, 1053},
    {"all-of-it", 1452, 1452},
};

/* Whatever the host thinks, what passes is found, within 16 bytes and 6 s. */
static void
test_search(gconstpointer data)
{
    const search_row *row = data;
    world w;

    begin(&w);
    w.nodes[0].narrow = row->carries;
    n2_links_set_datagram(w.nodes[0].links, 1, row->limit);
    run_for(&w, 6 * N2_SECOND_US);
    g_assert_cmpuint(size_of(&w, 0), <=, row->carries);
    g_assert_cmpuint(size_of(&w, 0) + 16, >, MIN(row->limit, row->carries));
    g_assert_true(n2_links_is_up(w.nodes[0].links, 1));
    work_for(&w, 5 * N2_SECOND_US); /* it is proven each second, and nothing of that is wrong */
    for (guint i = 0; i < N_NODES; i++)
        g_assert_cmpuint(n2_links_peek_stats(w.nodes[i].links)->bad_control, ==, 0);
    world_clear(&w);
}

/* It passes no more, and nobody says so: noticed within 2 s of work, and found again when it
 * does, after a minute. */
static void
test_black_hole(void)
{
    world w;

    begin(&w);
    n2_links_set_datagram(w.nodes[0].links, 1, 8972);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(size_of(&w, 0), ==, 8972);
    w.nodes[0].narrow = 1300;
    work_for(&w, 2 * N2_SECOND_US);
    g_assert_cmpuint(size_of(&w, 0), <=, 1300);
    g_assert_cmpuint(size_of(&w, 0), >=, N2_LINK_BYTES_BASE);
    w.nodes[0].narrow = 0;
    work_for(&w, 70 * N2_SECOND_US);
    g_assert_cmpuint(size_of(&w, 0), ==, 8972);
    world_clear(&w);
}

/* In use was the base, and less passes: half a packet always does. */
static void
test_black_hole_below_the_base(void)
{
    world w;

    begin(&w);
    n2_links_set_datagram(w.nodes[0].links, 1, 1452);
    run_for(&w, N2_SECOND_US);
    w.nodes[0].narrow = 1060;
    work_for(&w, 5 * N2_SECOND_US);
    g_assert_cmpuint(size_of(&w, 0), <=, 1060);
    g_assert_cmpuint(size_of(&w, 0), >=, N2_FRAME_BYTES_MIN);
    world_clear(&w);
}

/* Nothing passes for a while, long or short: no reason to think that long ones are to blame. */
static void
test_silence_is_no_black_hole(void)
{
    world w;

    begin(&w);
    n2_links_set_datagram(w.nodes[0].links, 1, 8972);
    run_for(&w, N2_SECOND_US);
    guint8 buf[4096];
    (void)data_datagram(&w, 0, buf);
    w.cut = TRUE;
    run_for(&w, 5 * N2_SECOND_US / 2);
    g_assert_cmpuint(size_of(&w, 0), ==, 8972);
    w.cut = FALSE;
    run_for(&w, N2_SECOND_US);
    g_assert_true(n2_links_is_up(w.nodes[0].links, 1));
    g_assert_cmpuint(size_of(&w, 0), ==, 8972);
    world_clear(&w);
}

/* A link that nobody uses proves nothing; one that is used does once a second. */
static void
test_idle_is_quiet(void)
{
    world w;

    begin(&w);
    n2_links_set_datagram(w.nodes[0].links, 1, 8972);
    run_for(&w, N2_SECOND_US);
    w.nodes[0].longest = 0;
    run_for(&w, 30 * N2_SECOND_US);
    g_assert_cmpuint(w.nodes[0].longest, ==, N2_LINK_CONTROL_BYTES);
    guint pings = w.nodes[0].sent[5];
    work_for(&w, 10 * N2_SECOND_US);
    g_assert_cmpuint(w.nodes[0].longest, ==, 8972);
    g_assert_cmpuint(w.nodes[0].sent[5] - pings, <=, 2 * 11);
    world_clear(&w);
}

/* 20 % loss both ways: what passes is found all the same, and kept for most of the time. */
static void
test_loss(void)
{
    world w;
    guint long_ones = 0;

    begin(&w);
    w.loss_percent = 20;
    n2_links_set_datagram(w.nodes[0].links, 1, 8972);
    run_for(&w, 10 * N2_SECOND_US);
    for (guint i = 0; i < 100; i++) {
        work_for(&w, N2_SECOND_US);
        long_ones += n2_links_is_up(w.nodes[0].links, 1) && size_of(&w, 0) > 8000;
    }
    g_assert_cmpuint(long_ones, >=, 80);
    world_clear(&w);
}

/* A forged ICMP message made the host say less: the way is no narrower than it was. */
static void
test_attack_05_forged_icmp(void)
{
    world w;

    begin(&w);
    n2_links_set_datagram(w.nodes[0].links, 1, 8972);
    run_for(&w, N2_SECOND_US);
    n2_links_set_datagram(w.nodes[0].links, 1, 524);
    g_assert_cmpuint(size_of(&w, 0), ==, N2_LINK_BYTES_BASE);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(size_of(&w, 0), ==, 8972);
    world_clear(&w);
}

/* A new address is another way: all begins with the base. */
static void
test_moved(void)
{
    world w;
    guint8 buf[4096];

    begin(&w);
    n2_links_set_datagram(w.nodes[1].links, 1, 8972);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(size_of(&w, 1), ==, 8972);
    w.nodes[0].from = address(40);
    size_t len = data_datagram(&w, 0, buf);
    n2_links_input(w.nodes[1].links, &w.nodes[0].from, buf, len, w.now_us);
    run_for(&w, N2_SECOND_US);
    (void)expect(&w.nodes[1], N2_LINK_MOVED);
    g_assert_cmpuint(size_of(&w, 1), ==, N2_LINK_BYTES_BASE);
    world_clear(&w);
}

/* The network changed: open links are asked at once, opening ones tried at once. */
static void
test_look(void)
{
    world w;

    begin(&w);
    n2_links_set_datagram(w.nodes[0].links, 1, 8972);
    run_for(&w, N2_SECOND_US);
    guint pings = w.nodes[0].sent[5];
    w.nodes[0].narrow = 1300;
    n2_links_look(w.nodes[0].links, w.now_us);
    run_for(&w, 100000);
    g_assert_cmpuint(w.nodes[0].sent[5], >, pings);
    run_for(&w, 900000);
    g_assert_cmpuint(size_of(&w, 0), <=, 1300); /* though nothing was sent */
    g_assert_true(n2_links_is_up(w.nodes[0].links, 1));
    world_clear(&w);
}

static void
test_look_opens_at_once(void)
{
    world w;

    world_init(&w, 4);
    w.cut = TRUE;
    g_assert_cmpint(n2_links_open(w.nodes[0].links, &w.nodes[1].net, 77, 0, 0, w.now_us), ==,
                    N2_OK);
    run_for(&w, 100 * N2_SECOND_US); /* the next try is up to 30 s away */
    w.cut = FALSE;
    n2_links_look(w.nodes[0].links, w.now_us);
    run_for(&w, 20 * HOP_US);
    g_assert_true(n2_links_is_up(w.nodes[0].links, 1));
    world_clear(&w);
}

/* However often it changes, links are asked every 200 ms, and the last change counts. */
static void
test_look_is_bounded(void)
{
    world w;

    begin(&w);
    guint pings = w.nodes[0].sent[5];
    for (guint i = 0; i < 1000; i++) {
        n2_links_look(w.nodes[0].links, w.now_us);
        run_for(&w, 1000);
    }
    g_assert_cmpuint(w.nodes[0].sent[5] - pings, <=, 8);
    pings = w.nodes[0].sent[5];
    n2_links_look(w.nodes[0].links, w.now_us);
    run_for(&w, 300000);
    g_assert_cmpuint(w.nodes[0].sent[5], >, pings);
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/size/begins-with-the-base", test_begins_with_the_base);
    for (guint i = 0; i < G_N_ELEMENTS(search_rows); i++) {
        g_autofree char *path = g_strconcat("/link/size/search/", search_rows[i].name, NULL);
        g_test_add_data_func(path, &search_rows[i], test_search);
    }
    g_test_add_func("/link/size/black-hole", test_black_hole);
    g_test_add_func("/link/size/black-hole-below-the-base", test_black_hole_below_the_base);
    g_test_add_func("/link/size/silence-is-no-black-hole", test_silence_is_no_black_hole);
    g_test_add_func("/link/size/idle-is-quiet", test_idle_is_quiet);
    g_test_add_func("/link/size/loss", test_loss);
    g_test_add_func("/link/size/attack-05-forged-icmp", test_attack_05_forged_icmp);
    g_test_add_func("/link/size/moved", test_moved);
    g_test_add_func("/link/size/look", test_look);
    g_test_add_func("/link/size/look-opens-at-once", test_look_opens_at_once);
    g_test_add_func("/link/size/look-is-bounded", test_look_is_bounded);
    return g_test_run();
}
