/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-link.c - the promises in link.h: opened, kept alive, found dead, moved.
 */
#include "link-fixture.h"

static void
test_opens(void)
{
    world w;
    n2_link_info info;

    world_init(&w, 4);
    node *a = &w.nodes[0], *b = &w.nodes[1];
    g_assert_cmpint(n2_links_open(a->links, &b->net, 77, 3, 0, w.now_us), ==, N2_OK);
    g_assert_false(n2_links_is_up(a->links, 3));
    run_for(&w, 10 * HOP_US);
    n2_link_event up = expect(a, N2_LINK_UP);
    g_assert_cmpuint(up.port, ==, 3);
    g_assert_cmpuint(up.remote_port, ==, 1);
    g_assert_cmpuint(up.remote_width, ==, 4);
    g_assert_cmpuint(up.rtt_us, ==, 2 * HOP_US);
    g_assert_true(up.is_opener);
    up = expect(b, N2_LINK_UP);
    g_assert_cmpuint(up.port, ==, 1);
    g_assert_cmpuint(up.link_id, ==, 77);
    g_assert_false(up.is_opener);
    g_assert_true(n2_links_is_up(a->links, 3) && n2_links_is_up(b->links, 1));
    g_assert_true(n2_links_info(b->links, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &a->net));
    expect_none(a);
    expect_none(b);
    world_clear(&w);
}

static void
test_open_refuses(void)
{
    world w;

    world_init(&w, 1);
    node *a = &w.nodes[0];
    const n2_net_addr *to = &w.nodes[1].net;
    g_assert_cmpint(n2_links_open(a->links, to, 0, 0, 0, w.now_us), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_open(a->links, to, 7, 2, 0, w.now_us), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_open(a->links, to, 7, 0, 65536, w.now_us), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_open(a->links, to, 7, 1, 0, w.now_us), ==, N2_OK);
    g_assert_cmpint(n2_links_open(a->links, to, 7, 0, 0, w.now_us), ==, N2_ERR_EXISTS);
    g_assert_cmpint(n2_links_open(a->links, to, 8, 1, 0, w.now_us), ==, N2_ERR_EXISTS);
    g_assert_cmpint(n2_links_open(a->links, to, 8, 0, 0, w.now_us), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_links_known(a->links, 8, 2), ==, N2_ERR_USAGE);
    world_clear(&w);
}

/* Each message of the handshake is lost once; both sides are up once all the same. */
static void
test_lost_message(gconstpointer type)
{
    world w;

    world_init(&w, 4);
    w.lose_type = GPOINTER_TO_UINT(type);
    g_assert_cmpint(n2_links_open(w.nodes[0].links, &w.nodes[1].net, 77, 0, 0, w.now_us), ==,
                    N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(w.lose_type, ==, 0);
    (void)expect(&w.nodes[0], N2_LINK_UP);
    (void)expect(&w.nodes[1], N2_LINK_UP);
    expect_none(&w.nodes[0]);
    expect_none(&w.nodes[1]);
    world_clear(&w);
}

static void
test_ports_are_kept(void)
{
    world w;

    world_init(&w, 3);
    node *a = &w.nodes[0], *b = &w.nodes[1], *c = &w.nodes[2];
    g_assert_cmpint(n2_links_known(b->links, 1, 1), ==, N2_OK); /* somebody not here now */
    g_assert_cmpint(n2_links_known(b->links, 2, 6), ==, N2_OK);
    g_assert_cmpint(n2_links_open(a->links, &b->net, 2, 0, 0, w.now_us), ==, N2_OK);
    g_assert_cmpint(n2_links_open(c->links, &b->net, 3, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(expect(a, N2_LINK_UP).remote_port, ==, 6);
    g_assert_cmpuint(expect(c, N2_LINK_UP).remote_port, ==, 2); /* lowest that nobody wants */

    n2_links_close(c->links, 1, w.now_us);
    run_for(&w, N2_SECOND_US);
    g_assert_false(n2_links_is_up(b->links, 2));
    g_assert_cmpint(n2_links_open(c->links, &b->net, 3, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(expect(c, N2_LINK_UP).remote_port, ==, 2);

    /* A node that forgot everything gives the port that its neighbour had. */
    n2_links_close(c->links, 1, w.now_us);
    g_assert_cmpint(n2_links_open(c->links, &a->net, 4, 0, 5, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(expect(c, N2_LINK_UP).remote_port, ==, 5);
    world_clear(&w);
}

static void
test_no_port_left(void)
{
    world w;

    world_init(&w, 1);
    open_link(&w);
    node *c = &w.nodes[2];
    g_assert_cmpint(n2_links_open(c->links, &w.nodes[1].net, 5, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpint(expect(c, N2_LINK_DOWN).err, ==, N2_ERR_LIMIT);
    n2_links_close(w.nodes[0].links, 1, w.now_us);
    run_for(&w, 60 * N2_SECOND_US); /* it goes on trying */
    (void)expect(c, N2_LINK_UP);
    world_clear(&w);
}

/* The address leads back here: that is told, once in a while, and no port is taken for it. */
static void
test_leads_back(void)
{
    world w;

    world_init(&w, 2);
    node *a = &w.nodes[0];
    g_assert_cmpint(n2_links_open(a->links, &a->net, 5, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    n2_link_event down = expect(a, N2_LINK_DOWN);
    g_assert_cmpint(down.err, ==, N2_ERR_USAGE);
    g_assert_cmpuint(down.link_id, ==, 5);
    g_assert_true(down.is_opener);
    n2_link_event more;
    g_assert_false(n2_links_event(a->links, &more));
    g_assert_false(n2_links_is_up(a->links, 1));
    /* The address becomes another's: the link comes up by itself. */
    a->net = a->from = address(9);
    w.nodes[1].net = w.nodes[1].from = address(1);
    run_for(&w, 60 * N2_SECOND_US);
    n2_link_event up;
    do
        g_assert_true(n2_links_event(a->links, &up));
    while (up.kind != N2_LINK_UP);
    g_assert_cmpuint(up.link_id, ==, 5);
    world_clear(&w);
}

/* An idle link lives for ever, and says so with two pings in three seconds at most. */
static void
test_idle_lives(void)
{
    world w;

    world_init(&w, 4);
    open_link(&w);
    run_for(&w, 100 * N2_SECOND_US);
    expect_none(&w.nodes[0]);
    expect_none(&w.nodes[1]);
    g_assert_true(n2_links_is_up(w.nodes[0].links, 1));
    g_assert_cmpuint(w.nodes[0].sent[5] + w.nodes[1].sent[5], >=, 25);
    g_assert_cmpuint(w.nodes[0].sent[5] + w.nodes[1].sent[5], <=, 100);
    world_clear(&w);
}

static void
test_silence_is_seen(void)
{
    world w;

    world_init(&w, 4);
    open_link(&w);
    w.cut = TRUE;
    run_for(&w, 4900000);
    expect_none(&w.nodes[0]);
    run_for(&w, 600000);
    g_assert_cmpint(expect(&w.nodes[0], N2_LINK_DOWN).err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpint(expect(&w.nodes[1], N2_LINK_DOWN).err, ==, N2_ERR_TIMEOUT);
    g_assert_false(n2_links_is_up(w.nodes[1].links, 1));
    run_for(&w, 20 * N2_SECOND_US);
    g_assert_cmpint(expect(&w.nodes[0], N2_LINK_DOWN).err, ==, N2_ERR_TIMEOUT); /* said once */
    expect_none(&w.nodes[0]);
    w.cut = FALSE;
    run_for(&w, N2_LINK_RETRY_MAX_US + N2_SECOND_US);
    g_assert_cmpuint(expect(&w.nodes[0], N2_LINK_UP).port, ==, 1);
    g_assert_cmpuint(expect(&w.nodes[1], N2_LINK_UP).port, ==, 1);
    world_clear(&w);
}

/* A line that loses 30 % each way stays up, idle as it is; and once it is dead that is seen no
 * later than on a good one. */
static void
test_lossy_lives(void)
{
    world w;

    world_init(&w, 4);
    open_link(&w);
    w.loss_percent = 30;
    for (guint hour = 0; hour < 24; hour++)
        run_for(&w, N2_HOUR_US);
    expect_none(&w.nodes[0]);
    expect_none(&w.nodes[1]);
    /* Quiet all the same: a few an idle second. */
    g_assert_cmpuint(w.nodes[0].sent[5] + w.nodes[1].sent[5], <, 24 * 3600 * 2);
    w.cut = TRUE;
    uint64_t cut_us = w.now_us;
    n2_link_event event;
    while (!n2_links_event(w.nodes[0].links, &event))
        run_for(&w, 10000);
    g_assert_cmpint(event.err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpuint(w.now_us - cut_us, <=, 5200000);
    world_clear(&w);
}

/* Only silence is death: whoever sends anything lives, though no PING is answered. */
static void
test_traffic_is_life(void)
{
    guint8 buf[4096];
    world w;

    world_init(&w, 4);
    open_link(&w);
    size_t len = data_datagram(&w, 0, buf);
    w.cut = TRUE;
    for (guint i = 0; i < 60; i++) {
        g_assert_cmpuint(
            n2_links_input(w.nodes[1].links, &w.nodes[0].net, buf, len, w.now_us).port, ==, 1);
        run_for(&w, 4 * N2_SECOND_US);
    }
    g_assert_true(n2_links_is_up(w.nodes[1].links, 1));
    expect_none(&w.nodes[1]);
    g_assert_cmpint(expect(&w.nodes[0], N2_LINK_DOWN).err, ==, N2_ERR_TIMEOUT);
    world_clear(&w);
}

/* On a slow way several PINGs are out before the first is answered: each answer counts. */
static void
test_slow_pong(void)
{
    guint8 ping[16][N2_LINK_CONTROL_BYTES];
    n2_link_info info;
    n2_net_addr to;
    const uint8_t *out;
    guint n = 0;
    world w;

    world_init(&w, 4);
    open_link(&w);
    n2_links *a = w.nodes[0].links;
    uint64_t began_us = w.now_us;
    while (n < G_N_ELEMENTS(ping)) {
        w.now_us += 50000;
        n2_links_expire(a, w.now_us);
        while (n2_links_output(a, &to, &out) && n < G_N_ELEMENTS(ping))
            memcpy(ping[n++], out, N2_LINK_CONTROL_BYTES);
    }
    g_assert_cmpuint(w.now_us - began_us, <, 4 * N2_SECOND_US);
    n2_links_expire(w.nodes[1].links, w.now_us);
    for (guint i = 4; i < 6; i++) { /* the fifth and the sixth of a tenth of a second each */
        n2_links_input(w.nodes[1].links, &w.nodes[0].net, ping[i], sizeof ping[i], w.now_us);
        do
            g_assert_true(n2_links_output(w.nodes[1].links, &to, &out));
        while (out[8] != 6);
        memcpy(ping[i], out, sizeof ping[i]);
        n2_links_input(a, &w.nodes[1].net, ping[i], sizeof ping[i], w.now_us);
        g_assert_true(n2_links_info(a, 1, &info));
        g_assert_cmpuint(info.rtt_us, >=, 900000 - 100000 * (i - 4));
        g_assert_cmpuint(info.rtt_us, <=, 1200000 - 100000 * (i - 4));
    }
    g_assert_cmpuint(n2_links_peek_stats(a)->bad_control, ==, 0);
    ping[4][23] ^= 0x80; /* one that was never asked for */
    n2_links_input(a, &w.nodes[1].net, ping[4], sizeof ping[4], w.now_us);
    g_assert_cmpuint(n2_links_peek_stats(a)->bad_control, ==, 1);
    world_clear(&w);
}

static void
test_close_is_told(void)
{
    world w;

    world_init(&w, 4);
    open_link(&w);
    n2_links_close_all(w.nodes[1].links, w.now_us);
    pump(&w);
    g_assert_cmpint(expect(&w.nodes[0], N2_LINK_DOWN).err, ==, N2_ERR_CLOSED);
    expect_none(&w.nodes[1]);
    run_for(&w, 3 * N2_SECOND_US); /* the opener begins again */
    (void)expect(&w.nodes[0], N2_LINK_UP);
    world_clear(&w);
}

/* An address that really changed is followed. */
static void
test_moves(void)
{
    world w;
    guint8 buf[4096];
    n2_link_info info;

    world_init(&w, 4);
    open_link(&w);
    node *a = &w.nodes[0], *b = &w.nodes[1];
    a->from = address(42); /* what a NAT in between makes of it from now on */
    size_t len = data_datagram(&w, 0, buf);
    g_assert_cmpuint(n2_links_input(b->links, &a->from, buf, len, w.now_us).port, ==, 1);
    run_for(&w, 300000);
    g_assert_true(n2_links_info(b->links, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &a->from));
    n2_link_event moved = expect(b, N2_LINK_MOVED);
    g_assert_true(n2_net_addr_equal(&moved.net, &a->from));
    run_for(&w, 20 * N2_SECOND_US);
    expect_none(a);
    expect_none(b);
    world_clear(&w);
}

/* The control plane takes no news: so many links later the next one is put off, no memory is
 * taken for more, and a link that is there goes on. */
static void
test_events_are_bounded(void)
{
    world w;
    n2_link_event event;
    n2_uses uses = {0};
    guint n = 0;

    world_init(&w, 4);
    open_link(&w);
    node *stranger = &w.nodes[2], *held = &w.nodes[1];
    for (guint i = 0; i < N2_LINK_EVENTS_MAX / 2 + 50; i++) {
        g_assert_cmpint(n2_links_open(stranger->links, &held->net, 1000 + i, 1, 0, w.now_us),
                        ==, N2_OK);
        run_for(&w, 10 * HOP_US);
        n2_links_close(stranger->links, 1, w.now_us);
        run_for(&w, 10 * HOP_US);
        while (n2_links_event(stranger->links, &event))
            ;
    }
    n2_links_uses(held->links, &uses);
    for (size_t i = 0; i < uses.n; i++)
        if (g_str_equal(uses.rows[i].name, "link_events")) {
            g_assert_cmpuint(uses.rows[i].at, <=, N2_LINK_EVENTS_MAX);
            g_assert_cmpuint(uses.rows[i].at, >, N2_LINK_EVENTS_MAX - 8);
            g_assert_cmpuint(uses.rows[i].refused, >, 0);
            n++;
        }
    g_assert_cmpuint(n, ==, 1);
    g_assert_true(n2_links_is_up(w.nodes[0].links, 1) && n2_links_is_up(held->links, 1));
    while (n2_links_event(held->links, &event))
        ;
    g_assert_cmpint(n2_links_open(stranger->links, &held->net, 7, 1, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    (void)expect(held, N2_LINK_UP);
    world_clear(&w);
}

/* ---- bodies that are none ---- */

typedef struct {
    const char *name;
    guint at; /* byte of a good OPEN that is changed */
    guint8 to;
    gint longer; /* bytes added at the end */
} bad_row;

static const bad_row bad_rows[] = {
    {"type-0", 8, 0, 0},
    {"type-8", 8, 8, 0},
    {"type-close-from-a-stranger", 8, 7, 0},
    {"another-version", 9, 2, 0},
    {"spare-byte-set", 71, 1, 0},
    {"one-byte-short", 9, 1, -1},
    {"one-byte-over", 9, 1, 1},
};

static void
test_bad_row(gconstpointer data)
{
    const bad_row *row = data;
    guint8 bytes[N2_LINK_CONTROL_BYTES + 1];
    n2_net_addr from = address(9), to;
    const uint8_t *out;
    world w;

    world_init(&w, 4);
    n2_links *links = w.nodes[0].links;
    (void)open_body(bytes, 1);
    n2_links_input(links, &from, bytes, N2_LINK_CONTROL_BYTES, w.now_us);
    g_assert_true(n2_links_output(links, &to, &out)); /* the unchanged one is answered */
    bytes[row->at] = row->to;
    n2_links_input(links, &from, bytes, (size_t)(N2_LINK_CONTROL_BYTES + row->longer),
                   w.now_us);
    g_assert_false(n2_links_output(links, &to, &out));
    g_assert_cmpuint(n2_links_peek_stats(links)->bad_control, ==, 1);
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/opens", test_opens);
    g_test_add_func("/link/open-refuses", test_open_refuses);
    g_test_add_data_func("/link/lost/open", GUINT_TO_POINTER(1), test_lost_message);
    g_test_add_data_func("/link/lost/challenge", GUINT_TO_POINTER(2), test_lost_message);
    g_test_add_data_func("/link/lost/confirm", GUINT_TO_POINTER(3), test_lost_message);
    g_test_add_data_func("/link/lost/accept", GUINT_TO_POINTER(4), test_lost_message);
    g_test_add_func("/link/ports-are-kept", test_ports_are_kept);
    g_test_add_func("/link/no-port-left", test_no_port_left);
    g_test_add_func("/link/leads-back", test_leads_back);
    g_test_add_func("/link/idle-lives", test_idle_lives);
    g_test_add_func("/link/silence-is-seen", test_silence_is_seen);
    g_test_add_func("/link/lossy-lives", test_lossy_lives);
    g_test_add_func("/link/traffic-is-life", test_traffic_is_life);
    g_test_add_func("/link/slow-pong", test_slow_pong);
    g_test_add_func("/link/close-is-told", test_close_is_told);
    g_test_add_func("/link/moves", test_moves);
    for (gsize i = 0; i < G_N_ELEMENTS(bad_rows); i++) {
        g_autofree char *path = g_strconcat("/link/bad/", bad_rows[i].name, NULL);
        g_test_add_data_func(path, &bad_rows[i], test_bad_row);
    }
    g_test_add_func("/link/events-are-bounded", test_events_are_bounded);
    return g_test_run();
}
