/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-page.c - whole nodes (keys, control plane, store, data plane) over a made-up network: a
 * site read through three switches that lose 30 % a link; a switch that dies is named.
 *
 *   sim-page            a few seeds of each, as a GLib test
 *   sim-page =17        one seed, twice: the traces must be the same
 */
#include "net.h"

enum {
    SWITCHES = 3,
    LOSS_PPM = 300000,
    FILE_BYTES = (1 << 20) + 100000, /* two groups */
    SEEDS = 15
};

static net *
make(guint64 seed, guint32 loss_ppm)
{
    return net_new(
        seed,
        &(net_plan){.n_switches = SWITCHES,
                    .wire = {.rate_Bps = 1250000, .delay_us = 5000, .queue_bytes = 64 * 1024},
                    .loss_ppm = loss_ppm,
                    .file_bytes = FILE_BYTES});
}

/* ---- tests ---- */

static guint64
read_site(guint64 seed, guint32 loss_ppm)
{
    net *n = make(seed, loss_ppm);
    guint64 began_us = world_now(n->w);

    net_assert_path(n, "", n->page, NET_PAGE_BYTES);
    net_assert_path(n, "data/file", n->file, FILE_BYTES);
    g_test_message("seed %" G_GUINT64_FORMAT ": %.2f s", seed,
                   (double)(world_now(n->w) - began_us) / NET_SECOND_US);
    guint64 trace = world_trace(n->w);

    net_free(n);
    return trace;
}

static void
test_no_loss(void)
{
    (void)read_site(1, 0);
}

static void
test_loss(void)
{
    for (guint64 seed = 1; seed <= SEEDS; seed++)
        (void)read_site(seed, LOSS_PPM);
}

static void
test_replays(void)
{
    g_assert_cmphex(read_site(77, LOSS_PPM), ==, read_site(77, LOSS_PPM));
}

/* Each switch in turn dies in mid-transfer; the job ends, and says which hop it was. */
static void
test_dead_switch(void)
{
    for (int dead = 1; dead <= SWITCHES; dead++) {
        net *n = make(100 + (guint64)dead, 0);
        n2_job job = net_open(n, "data/file");
        guint64 until_us = world_now(n->w) + NET_SECOND_US / 2;

        while (world_now(n->w) < until_us)
            g_assert_true(net_step(n));
        n->node[dead]->is_dead = true;
        n2_notice done = net_finish(n, 0, job, NULL);

        g_assert_cmpint(n2_err_exit(done.err), ==, 5);
        g_assert_cmpint(done.gone_hop, ==, dead + 1);
        g_test_message("switch %d: %s after %.1f s", dead, n2_err_name(done.err),
                       (double)(world_now(n->w) - until_us) / NET_SECOND_US);
        n2_notice_clear(&done);
        net_free(n);
    }
}

/* A switch that is away for a while costs time, nothing else. */
static void
test_switch_comes_back(void)
{
    net *n = make(200, 0);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_job job = net_open(n, "data/file");
    guint64 until_us = world_now(n->w) + NET_SECOND_US / 2;

    while (world_now(n->w) < until_us)
        g_assert_true(net_step(n));
    n->node[2]->is_dead = true;
    while (world_now(n->w) < until_us + 4 * NET_SECOND_US)
        g_assert_true(net_step(n));
    n->node[2]->is_dead = false;
    n2_notice done = net_finish(n, 0, job, bytes);

    assert_ok(done.err);
    g_assert_cmpmem(bytes->data, bytes->len, n->file, FILE_BYTES);
    n2_notice_clear(&done);
    net_free(n);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && argv[1][0] == '=') {
        guint64 seed = g_ascii_strtoull(argv[1] + 1, NULL, 10);

        return read_site(seed, LOSS_PPM) != read_site(seed, LOSS_PPM);
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/page/no-loss", test_no_loss);
    g_test_add_func("/sim/page/loss", test_loss);
    g_test_add_func("/sim/page/replays", test_replays);
    g_test_add_func("/sim/page/dead-switch", test_dead_switch);
    g_test_add_func("/sim/page/switch-comes-back", test_switch_comes_back);
    return g_test_run();
}
