/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-link-halves.c - packets in two halves: joined, late, lost, too many; datagrams that are
 *                      no link's.
 */
#include "link-fixture.h"

typedef struct {
    const char *name;
    guint order[4];  /* which of datagrams 0..3 (two packets in halves) come, 9 none */
    guint64 wait_us; /* before each */
    guint joined;
} half_row;

static const half_row half_rows[] = {
    {"in-order", {0, 1, 2, 3}, 0, 2},
    {"second-first", {1, 0, 3, 2}, 0, 2},
    {"mixed", {0, 2, 3, 1}, 0, 2},
    {"one-lost", {0, 2, 3, 9}, 0, 1},
    {"twice-the-same", {0, 0, 1, 1}, 0, 1},
    {"in-time", {0, 1, 2, 3}, N2_LINK_HALF_US - 1000, 2},
    {"too-late", {0, 1, 2, 3}, N2_LINK_HALF_US + 1000, 0},
};

static void
test_half_row(gconstpointer data)
{
    const half_row *row = data;
    world w;
    guint8 buf[2][N2_PACKET_BYTES_MAX], run_buf[4 * N2_FRAME_BYTES_MIN];
    n2_run run;
    n2_net_addr to;
    size_t segment;
    guint joined = 0;

    world_init(&w, 4);
    open_link(&w);
    n2_run_begin(&run, w.nodes[0].links, 1, run_buf, sizeof run_buf);
    for (guint i = 0; i < 2; i++) {
        n2_packet head = {.is_long = TRUE, .is_sealed = TRUE, .size = 3, .path = i};
        random_cb(NULL, buf[i], sizeof buf[i]);
        (void)n2_packet_write_head(buf[i], &head);
        g_assert_true(n2_run_add(&run, buf[i], sizeof buf[i]));
    }
    g_assert_cmpuint(n2_run_finish(&run, &to, &segment), ==, 4 * 1053);
    g_assert_cmpuint(segment, ==, 1053);
    for (guint i = 0; i < 4; i++) {
        if (row->order[i] == 9)
            continue;
        w.now_us += row->wait_us;
        guint8 copy[1053];
        memcpy(copy, run_buf + row->order[i] * 1053, sizeof copy);
        n2_link_data got =
            n2_links_input(w.nodes[1].links, &w.nodes[0].net, copy, sizeof copy, w.now_us);
        uint8_t *packet;
        size_t len;
        if (!got.port)
            continue;
        g_assert_cmpint(n2_bundle_next(&got.packets, &packet, &len), ==, N2_OK);
        g_assert_cmpmem(packet, len, buf[n2_packet_get_path(packet)], N2_PACKET_BYTES_MAX);
        g_assert_cmpint(n2_bundle_next(&got.packets, &packet, &len), ==, N2_ERR_NOTFOUND);
        joined++;
    }
    g_assert_cmpuint(joined, ==, row->joined);
    world_clear(&w);
}

/* However many first halves come, the memory stays and newer ones win. */
static void
test_halves_are_bounded(void)
{
    world w;
    guint8 half[1053] = {0};
    guint8 buf[4096];

    world_init(&w, 4);
    open_link(&w);
    (void)data_datagram(&w, 0, buf);
    memcpy(half, buf, 6);
    half[8] = N2_KIND_VERSION | N2_KIND_LONG | N2_KIND_SEALED | 3 << N2_KIND_SIZE_SHIFT;
    for (guint i = 0; i < 1000; i++) {
        half[6] = (guint8)(N2_FRAME_FIRST_HALF << 6 | 2 * i >> 8);
        half[7] = (guint8)(2 * i);
        n2_links_input(w.nodes[1].links, &w.nodes[0].net, half, sizeof half, w.now_us);
    }
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[1].links)->lost_halves, ==,
                     1000 - N2_LINK_HALVES_MAX);
    half[6] = (guint8)(N2_FRAME_SECOND_HALF << 6 | 1999 >> 8);
    half[7] = (guint8)(1999 & 255);
    n2_link_data got =
        n2_links_input(w.nodes[1].links, &w.nodes[0].net, half, sizeof half, w.now_us);
    g_assert_cmpuint(got.port, ==, 1);
    half[6] = (guint8)(N2_FRAME_FIRST_HALF << 6);
    half[8] = N2_KIND_VERSION | N2_KIND_LONG; /* 50 bytes need no halves */
    n2_links_input(w.nodes[1].links, &w.nodes[0].net, half, sizeof half, w.now_us);
    n2_links_input(w.nodes[1].links, &w.nodes[0].net, half, 100, w.now_us);
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[1].links)->bad_halves, ==, 2);
    world_clear(&w);
}

static void
test_unknown_token(void)
{
    world w;
    guint8 buf[4096];

    world_init(&w, 4);
    open_link(&w);
    size_t len = data_datagram(&w, 0, buf);
    buf[3] ^= 1;
    g_assert_cmpuint(n2_links_input(w.nodes[1].links, &w.nodes[0].net, buf, len, 0).port, ==,
                     0);
    g_assert_cmpuint(n2_links_input(w.nodes[1].links, &w.nodes[0].net, buf, 7, 0).port, ==, 0);
    memset(buf, 0, 6);
    g_assert_cmpuint(n2_links_input(w.nodes[1].links, &w.nodes[0].net, buf, len, 0).port, ==,
                     0);
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[1].links)->unknown_tokens, ==, 2);
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[1].links)->short_datagrams, ==, 1);
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(half_rows); i++) {
        g_autofree char *path = g_strconcat("/link/halves/", half_rows[i].name, NULL);
        g_test_add_data_func(path, &half_rows[i], test_half_row);
    }
    g_test_add_func("/link/halves/bounded", test_halves_are_bounded);
    g_test_add_func("/link/halves/unknown-token", test_unknown_token);
    return g_test_run();
}
