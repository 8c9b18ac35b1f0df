/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-link-edges.c - links at their limits: each field of each message wrong, each argument
 *                     out of bounds, each table full.
 */
#include "link-fixture.h"
#include "link/message.h"

/* ---- messages ---- */

typedef struct {
    const char *name;
    guint8 type, at, to; /* byte of the body that is changed, 0: none */
    n2_err err;
} message_row;

/* Good bodies: token 11.., nonce 22.., then as link.h draws them. */
static const message_row message_rows[] = {
    {"open", 1, 0, 0, N2_OK},
    {"open-version-0", 1, 1, 0, N2_ERR_VERSION},
    {"open-version-2", 1, 1, 2, N2_ERR_VERSION},
    {"open-without-token", 1, 2, 0, N2_ERR_FORMAT},
    {"open-without-id", 1, 16, 0, N2_ERR_FORMAT},
    {"open-with-cookie", 1, 26, 1, N2_ERR_FORMAT},
    {"open-last-byte", 1, 63, 1, N2_ERR_FORMAT},
    {"challenge", 2, 0, 0, N2_OK},
    {"challenge-with-token", 2, 2, 1, N2_ERR_FORMAT},
    {"challenge-tail", 2, 32, 1, N2_ERR_FORMAT},
    {"confirm", 3, 0, 0, N2_OK},
    {"confirm-without-token", 3, 2, 0, N2_ERR_FORMAT},
    {"confirm-without-id", 3, 16, 0, N2_ERR_FORMAT},
    {"confirm-tail", 3, 42, 1, N2_ERR_FORMAT},
    {"accept", 4, 0, 0, N2_OK},
    {"accept-width-0", 4, 18, 0, N2_ERR_FORMAT},
    {"accept-width-16", 4, 18, 16, N2_OK},
    {"accept-width-17", 4, 18, 17, N2_ERR_FORMAT},
    {"accept-no-such-port", 4, 17, 0x10, N2_ERR_FORMAT},
    {"accept-far-port", 4, 16, 1, N2_ERR_FORMAT},
    {"accept-port-0", 4, 17, 0, N2_ERR_FORMAT}, /* but a token */
    {"accept-without-token", 4, 2, 0, N2_ERR_FORMAT},
    {"accept-tail", 4, 35, 1, N2_ERR_FORMAT},
    {"ping", 5, 0, 0, N2_OK},
    {"ping-with-token", 5, 2, 1, N2_ERR_FORMAT},
    {"ping-tail", 5, 16, 1, N2_ERR_FORMAT},
    {"pong", 6, 0, 0, N2_OK},
    {"pong-with-token", 6, 7, 1, N2_ERR_FORMAT},
    {"close", 7, 0, 0, N2_OK},
    {"close-with-nonce", 7, 15, 1, N2_ERR_FORMAT},
    {"close-with-token", 7, 3, 1, N2_ERR_FORMAT},
    {"close-tail", 7, 63, 1, N2_ERR_FORMAT},
    {"meet", 8, 0, 0, N2_OK},
    {"meet-with-token", 8, 2, 1, N2_ERR_FORMAT},
    {"meet-without-nonce", 8, 8, 0, N2_ERR_FORMAT},
    {"meet-port-0", 8, 17, 0, N2_ERR_FORMAT},
    {"meet-tail", 8, 18, 1, N2_ERR_FORMAT},
    {"meeting", 9, 0, 0, N2_OK},
    {"meeting-with-token", 9, 7, 1, N2_ERR_FORMAT},
    {"meeting-without-nonce", 9, 8, 0, N2_ERR_FORMAT},
    {"meeting-port-0", 9, 17, 0, N2_ERR_FORMAT},
    {"meeting-family-0", 9, 18, 0, N2_ERR_FORMAT},
    {"meeting-family-5", 9, 18, 5, N2_ERR_FORMAT},
    {"meeting-ipv6", 9, 18, 6, N2_OK},
    {"meeting-ipv4-tail", 9, 25, 1, N2_ERR_FORMAT},
    {"meeting-ipv4-last", 9, 36, 1, N2_ERR_FORMAT},
    {"meeting-tail", 9, 37, 1, N2_ERR_FORMAT},
    {"type-0", 1, 0xff, 0, N2_ERR_FORMAT},
    {"type-10", 10, 0, 0, N2_ERR_FORMAT},
};

static void
good_body(guint8 *body, guint8 type)
{
    memset(body, 0, N2_LINK_BODY_BYTES);
    body[0] = type;
    body[1] = 1;
    if (type == 1 || type == 3 || type == 4)
        body[2] = 0x11;
    if (type != 7)
        body[8] = 0x22;
    if (type == 1 || type == 3)
        body[16] = 0x33;
    if (type == 2)
        body[16] = 0x44;
    if (type == 4 || type == 9) {
        body[17] = 5;
        body[18] = 4;
    }
    if (type == 8)
        body[17] = 5;
    if (type == 4)
        check_accept(body);
}

static void
test_message_row(gconstpointer data)
{
    const message_row *row = data;
    guint8 body[N2_LINK_BODY_BYTES];
    n2_link_message m;

    good_body(body, row->type);
    if (row->at == 0xff)
        body[0] = 0;
    else if (row->at)
        body[row->at] = row->to;
    if (row->type == 4)
        check_accept(body);
    g_assert_cmpint(n2_link_message_read(&m, body, sizeof body), ==, row->err);
    for (gsize len = 0; len < sizeof body; len++) {
        g_autofree guint8 *exact = g_memdup2(body, MAX(len, 1));
        g_assert_cmpint(n2_link_message_read(&m, exact, len), !=, N2_OK);
    }
}

/* What a line changes in an ACCEPT is seen: a token, port or width that nobody said would be
 * believed as long as the link lives. */
static void
test_accept_bits(void)
{
    guint8 body[N2_LINK_BODY_BYTES];
    n2_link_message m;

    good_body(body, 4);
    g_assert_cmpint(n2_link_message_read(&m, body, sizeof body), ==, N2_OK);
    for (gsize bit = 0; bit < 8 * sizeof body; bit++) {
        body[bit / 8] ^= (guint8)(1 << bit % 8);
        g_assert_cmpint(n2_link_message_read(&m, body, sizeof body), !=, N2_OK);
        body[bit / 8] ^= (guint8)(1 << bit % 8);
    }
}

/* A PING may be as long as a datagram, all others have 64 bytes. */
static void
test_message_length(void)
{
    static const gsize longer[] = {65, 1224, N2_FRAME_BYTES_MAX - N2_FRAME_HEAD_BYTES};
    n2_link_message m;

    for (guint8 type = 1; type <= 9; type++)
        for (gsize i = 0; i < G_N_ELEMENTS(longer); i++) {
            g_autofree guint8 *body = g_malloc0(longer[i]);
            n2_err want = type == 5 ? N2_OK : N2_ERR_FORMAT;
            good_body(body, type);
            g_assert_cmpint(n2_link_message_read(&m, body, longer[i]), ==, want);
            body[longer[i] - 1] = 1;
            g_assert_cmpint(n2_link_message_read(&m, body, longer[i]), ==, N2_ERR_FORMAT);
        }
}

/* ---- arguments ---- */

static void
test_config(void)
{
    static const struct {
        guint8 width;
        guint datagram_bytes;
        n2_err err;
    } cases[] = {{0, 1472, N2_ERR_USAGE},  {17, 1472, N2_ERR_USAGE}, {1, 1052, N2_ERR_USAGE},
                 {1, 65001, N2_ERR_USAGE}, {1, 1053, N2_OK},         {16, 65000, N2_OK}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        n2_links_config config = {.env.random = random_cb,
                                  .width = cases[i].width,
                                  .datagram_bytes = cases[i].datagram_bytes};
        n2_links *links = NULL;
        g_assert_cmpint(n2_links_new(&links, &config), ==, cases[i].err);
        g_assert_true((links != NULL) == !cases[i].err);
        n2_links_free(links);
    }
}

/* Ports that hold no link, or that there are none: asked for by packets, so any number may be.
 */
static void
test_no_link(void)
{
    n2_link_info info;
    world w;

    world_init(&w, 2);
    n2_links *links = w.nodes[0].links;
    static const guint32 ports[] = {0, 1, 3, 4, 65535, UINT32_MAX};
    for (gsize i = 0; i < G_N_ELEMENTS(ports); i++) {
        g_assert_false(n2_links_is_up(links, ports[i]));
        g_assert_false(n2_links_info(links, ports[i], &info));
        n2_links_set_rate(links, ports[i], 1000);
        n2_links_set_datagram(links, ports[i], 1472);
        g_assert_cmpuint(n2_links_rate(links, ports[i]), ==, 0);
        n2_links_close(links, ports[i], w.now_us);
    }
    open_link(&w);
    n2_links_set_rate(links, 1, 125000);
    g_assert_cmpuint(n2_links_rate(links, 1), ==, 125000);
    /* The first word of the host counts at once where it is less, later ones down to the base;
     * more counts when it was proven. */
    static const guint32 sizes[][2] = {{70000, 1452}, {1300, 1300}, {0, 1232}, {9000, 1232}};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        n2_links_set_datagram(links, 1, sizes[i][0]);
        g_assert_true(n2_links_info(links, 1, &info));
        g_assert_cmpuint(info.datagram_bytes, ==, sizes[i][1]);
    }
    world_clear(&w);
}

static void
test_accepts_nobody(void)
{
    n2_links_config config = {.env.random = random_cb, .width = 3, .datagram_bytes = 1472};
    guint8 bytes[N2_LINK_CONTROL_BYTES + 1];
    n2_net_addr from = address(9), to;
    const uint8_t *out;
    n2_links *links;

    g_assert_cmpint(n2_links_new(&links, &config), ==, N2_OK);
    for (guint8 type = 1; type <= 3; type += 2) {
        (void)open_body(bytes, type);
        n2_links_input(links, &from, bytes, N2_LINK_CONTROL_BYTES, 1);
        g_assert_false(n2_links_output(links, &to, &out));
    }
    n2_links_free(links);
}

/* Remembered ports: one id has one; so many ids, and no more. */
static void
test_known(void)
{
    world w;

    world_init(&w, 3);
    n2_links *b = w.nodes[1].links;
    g_assert_cmpint(n2_links_known(b, 5, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_known(b, 5, 8), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_known(b, 77, 6), ==, N2_OK);
    g_assert_cmpint(n2_links_known(b, 77, 2), ==, N2_OK); /* and 6 is nobody's again */
    open_link(&w);
    g_assert_true(n2_links_is_up(b, 2));
    for (guint64 id = 1000; id < 1000 + N2_LINK_KNOWN_MAX - 1; id++)
        g_assert_cmpint(n2_links_known(b, id, 7), ==, N2_OK);
    g_assert_cmpint(n2_links_known(b, 5, 1), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_links_known(b, 77, 3), ==, N2_OK);
    /* Who is not remembered gets a port all the same. */
    g_assert_cmpint(n2_links_open(w.nodes[2].links, &w.nodes[1].net, 4711, 0, 5, w.now_us), ==,
                    N2_OK);
    run_for(&w, N2_SECOND_US);
    (void)expect(&w.nodes[2], N2_LINK_UP);
    world_clear(&w);
}

/* ---- full ---- */

/* More control datagrams than wait: the newest are lost, as the net might lose them. */
static void
test_output_is_full(void)
{
    guint8 bytes[N2_LINK_CONTROL_BYTES + 1];
    n2_net_addr from = address(9), to;
    const uint8_t *out;
    guint n = 0;
    world w;

    world_init(&w, 4);
    n2_links *links = w.nodes[0].links;
    (void)open_body(bytes, 1);
    for (guint i = 0; i < 2 * N2_LINK_OUT_MAX; i++) {
        w.now_us += 1000;
        n2_links_input(links, &from, bytes, N2_LINK_CONTROL_BYTES, w.now_us);
    }
    g_assert_cmpuint(n2_links_peek_stats(links)->lost_output, ==, N2_LINK_OUT_MAX);
    while (n2_links_output(links, &to, &out))
        n++;
    g_assert_cmpuint(n, ==, N2_LINK_OUT_MAX);
    world_clear(&w);
}

/* ---- who says what, and when ---- */

/* A control datagram to node @to of @w, with the token its link at port 1 listens to. */
static void
say(world *w, guint to, const n2_net_addr *from, guint8 type)
{
    guint8 bytes[4096];

    (void)data_datagram(w, 1 - to, bytes);
    bytes[6] = 0xc0;
    bytes[7] = 0;
    good_body(bytes + 8, type);
    n2_links_input(w->nodes[to].links, from, bytes, N2_LINK_CONTROL_BYTES, w->now_us);
}

static void
test_out_of_turn(void)
{
    static const guint8 odd[] = {1, 3}; /* no message for a link that is there */
    n2_net_addr stranger = address(66), to;
    const uint8_t *out;
    world w;

    world_init(&w, 4);
    open_link(&w);
    n2_links *b = w.nodes[1].links;
    guint64 bad = n2_links_peek_stats(b)->bad_control;
    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++)
        say(&w, 1, &w.nodes[0].net, odd[i]);
    g_assert_cmpuint(n2_links_peek_stats(b)->bad_control, ==, bad + 2);
    say(&w, 1, &w.nodes[0].net, 2); /* late copies are nobody's fault */
    say(&w, 1, &w.nodes[0].net, 4);
    g_assert_cmpuint(n2_links_peek_stats(b)->bad_control, ==, bad + 2);
    say(&w, 1, &w.nodes[0].net, 6); /* nothing was asked */
    g_assert_cmpuint(n2_links_peek_stats(b)->bad_control, ==, bad + 3);
    /* From elsewhere: neither its PING is answered, nor is its CLOSE believed. */
    say(&w, 1, &stranger, 5);
    say(&w, 1, &stranger, 7);
    g_assert_true(n2_links_is_up(b, 1));
    while (n2_links_output(b, &to, &out))
        if (n2_net_addr_equal(&to, &stranger))
            g_assert_cmpuint(out[8], ==, 5); /* the PING that asks it to prove itself */
    say(&w, 1, &w.nodes[0].net, 7);
    g_assert_false(n2_links_is_up(b, 1));
    world_clear(&w);
}

/* While it opens only CHALLENGE and ACCEPT mean something, and packets nothing at all. */
static void
test_while_opening(void)
{
    guint8 bytes[N2_LINK_CONTROL_BYTES] = {0};
    n2_net_addr to;
    const uint8_t *out;
    world w;

    world_init(&w, 4);
    n2_links *a = w.nodes[0].links;
    g_assert_cmpint(n2_links_open(a, &w.nodes[1].net, 77, 0, 0, w.now_us), ==, N2_OK);
    g_assert_true(n2_links_output(a, &to, &out));
    memcpy(bytes, out + 10, 6);
    for (guint8 type = 5; type <= 7; type++) {
        bytes[6] = 0xc0;
        good_body(bytes + 8, type);
        if (type != 7)
            memcpy(bytes + 16, out + 16, 8); /* with the right nonce */
        n2_links_input(a, &w.nodes[1].net, bytes, sizeof bytes, w.now_us);
    }
    g_assert_cmpuint(n2_links_peek_stats(a)->bad_control, ==, 3);
    bytes[6] = 0;
    g_assert_cmpuint(n2_links_input(a, &w.nodes[1].net, bytes, sizeof bytes, w.now_us).port, ==,
                     0);
    g_assert_cmpuint(n2_links_peek_stats(a)->unknown_tokens, ==, 1);
    world_clear(&w);
}

/* Its opener began anew at the same address (it was restarted): replaced at once. */
static void
test_restarted(void)
{
    n2_links_config config = {
        .env.random = random_cb, .width = 4, .accepts = TRUE, .datagram_bytes = 1452};
    world w;

    world_init(&w, 4);
    open_link(&w);
    n2_links_free(w.nodes[0].links);
    g_assert_cmpint(n2_links_new(&w.nodes[0].links, &config), ==, N2_OK);
    g_assert_cmpint(n2_links_open(w.nodes[0].links, &w.nodes[1].net, 77, 0, 0, w.now_us), ==,
                    N2_OK);
    run_for(&w, 100000);
    g_assert_cmpint(expect(&w.nodes[1], N2_LINK_DOWN).err, ==, N2_ERR_CLOSED);
    g_assert_cmpuint(expect(&w.nodes[1], N2_LINK_UP).port, ==, 1);
    /* A link that we opened ourselves is nobody else's to replace. */
    g_assert_cmpint(n2_links_open(w.nodes[2].links, &w.nodes[0].net, 77, 0, 0, w.now_us), ==,
                    N2_OK);
    run_for(&w, 10 * N2_SECOND_US);
    g_assert_false(n2_links_is_up(w.nodes[2].links, 1));
    g_assert_true(n2_links_is_up(w.nodes[0].links, 1));
    world_clear(&w);
}

/* ---- moving ---- */

/* A new address that takes long to answer: the old one has twice as long. */
static void
test_slow_move(void)
{
    guint8 buf[4096], pong[N2_LINK_CONTROL_BYTES];
    n2_net_addr moved = address(42), to;
    const uint8_t *out;
    n2_link_info info;
    world w;

    world_init(&w, 4);
    open_link(&w);
    n2_links *b = w.nodes[1].links;
    size_t len = data_datagram(&w, 0, buf);
    (void)n2_links_input(b, &moved, buf, len, w.now_us);
    gboolean found = FALSE;
    while (n2_links_output(b, &to, &out))
        if (n2_net_addr_equal(&to, &moved)) {
            memcpy(pong, out, sizeof pong);
            found = TRUE;
        }
    g_assert_true(found);
    memcpy(pong, buf, 6);
    pong[8] = 6;
    guint64 asked_us = w.now_us;
    w.now_us += 600000;
    n2_links_expire(b, w.now_us);
    for (guint i = 0; i < 2; i++) /* the second says nothing new */
        n2_links_input(b, &moved, pong, sizeof pong, w.now_us);
    n2_links_expire(b, w.now_us + 60000);
    g_assert_true(n2_links_info(b, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &w.nodes[0].net)); /* not yet */
    for (w.now_us = asked_us + 1210000; w.now_us < asked_us + 1400000; w.now_us += 50000)
        n2_links_expire(b, w.now_us);
    g_assert_true(n2_links_info(b, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &moved));
    world_clear(&w);
}

/* No answer for 2 s, and the next address may try. */
static void
test_no_move(void)
{
    guint8 buf[4096];
    n2_net_addr to, silent = address(43), other = address(44);
    const uint8_t *out;
    n2_link_info info;
    guint asked[2] = {0};
    world w;

    world_init(&w, 4);
    open_link(&w);
    n2_links *b = w.nodes[1].links;
    size_t len = data_datagram(&w, 0, buf);
    for (guint i = 0; i < 40; i++) {
        (void)n2_links_input(b, i < 20 ? &silent : &other, buf, len, w.now_us);
        w.now_us += 100000;
        n2_links_expire(b, w.now_us);
        while (n2_links_output(b, &to, &out)) {
            asked[0] += n2_net_addr_equal(&to, &silent);
            asked[1] += n2_net_addr_equal(&to, &other);
        }
    }
    g_assert_cmpuint(asked[0], ==, 1);
    g_assert_cmpuint(asked[1], >=, 1);
    g_assert_true(n2_links_info(b, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &w.nodes[0].net));
    world_clear(&w);
}

/* ---- runs ---- */

/* The link goes between room and packet: nothing is sent, nothing breaks. */
static void
test_run_link_gone(void)
{
    g_autofree guint8 *buf = g_malloc(2 * N2_RUN_BYTES_MAX);
    n2_net_addr to;
    size_t segment;
    n2_run run;
    world w;

    world_init(&w, 4);
    open_link(&w);
    n2_run_begin(&run, w.nodes[0].links, 1, buf, 2 * N2_RUN_BYTES_MAX); /* uses its bound */
    uint8_t *at = n2_run_reserve(&run, N2_PACKET_BYTES_MAX);
    g_assert_nonnull(at);
    n2_links_close(w.nodes[0].links, 1, w.now_us);
    n2_run_commit(&run);
    g_assert_true(n2_run_is_empty(&run));
    g_assert_null(n2_run_reserve(&run, N2_PACKET_BYTES_MAX));
    g_assert_cmpuint(n2_run_finish(&run, &to, &segment), ==, 0);
    world_clear(&w);
}

/* Never more datagrams than the kernel takes at once, nor more bytes. */
static void
test_run_is_bounded(void)
{
    g_autofree guint8 *buf = g_malloc(2 * N2_RUN_BYTES_MAX);
    guint8 packet[N2_PACKET_BYTES_MAX] = {0};
    n2_packet head = {.is_long = TRUE, .is_sealed = TRUE, .size = 2};
    n2_net_addr to;
    size_t segment;
    n2_run run;
    world w;

    (void)n2_packet_write_head(packet, &head);
    world_init(&w, 4);
    open_link(&w);
    n2_links_set_datagram(w.nodes[0].links, 1, 0); /* one packet of 512 in each */
    n2_run_begin(&run, w.nodes[0].links, 1, buf, 2 * N2_RUN_BYTES_MAX);
    guint n = 0;
    while (n2_run_add(&run, packet, n2_packet_bytes(packet[0])))
        n++;
    g_assert_cmpuint(n, ==, N2_RUN_SEGMENTS_MAX);
    g_assert_cmpuint(n2_run_finish(&run, &to, &segment), ==, n * segment);
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/edges/message-length", test_message_length);
    g_test_add_func("/link/edges/accept-bits", test_accept_bits);
    for (gsize i = 0; i < G_N_ELEMENTS(message_rows); i++) {
        g_autofree char *path = g_strconcat("/link/message/", message_rows[i].name, NULL);
        g_test_add_data_func(path, &message_rows[i], test_message_row);
    }
    g_test_add_func("/link/edges/config", test_config);
    g_test_add_func("/link/edges/no-link", test_no_link);
    g_test_add_func("/link/edges/accepts-nobody", test_accepts_nobody);
    g_test_add_func("/link/edges/known", test_known);
    g_test_add_func("/link/edges/output-is-full", test_output_is_full);
    g_test_add_func("/link/edges/out-of-turn", test_out_of_turn);
    g_test_add_func("/link/edges/while-opening", test_while_opening);
    g_test_add_func("/link/edges/restarted", test_restarted);
    g_test_add_func("/link/edges/slow-move", test_slow_move);
    g_test_add_func("/link/edges/no-move", test_no_move);
    g_test_add_func("/link/edges/run-link-gone", test_run_link_gone);
    g_test_add_func("/link/edges/run-is-bounded", test_run_is_bounded);
    return g_test_run();
}
