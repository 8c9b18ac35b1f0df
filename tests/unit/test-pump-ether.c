/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-pump-ether.c - a data-plane thread and more frames than are worth to be taken one by
 * one: when it rests, and that it hears afterwards whatever comes.
 */
#include <poll.h>
#include <stdlib.h>

#include "ether-fixture.h"
#include "host/clock.h"
#include "host/pace.h"
#include "host/pump.h"

enum {
    PATIENCE_US = 5000000,
    ROUNDS = 8,
    TOGETHER = 64,
    FRAMES = 312 * TOGETHER,
    ARRIVE = FRAMES * 3 / 4, /* at least: the kernel may drop some on the way */
    FRAME_BYTES = 46,
    FAST_NS = 4000, /* a frame: then it rests in between */
    SLEEP_US = 5000 /* long enough for a thread without work to sleep */
};

static n2_pump *
start_one(const char *listener)
{
    n2_pump *pump = NULL;
    n2_net_addr bound;
    int fd = -1, ask[2];

    g_assert_cmpint(n2_ether_bind(listener, 8192, &fd, &bound, NULL), ==, N2_OK);
    n2_ways_open(ask);
    const n2_pump_config config = {
        .fds = &fd, .n_fds = 1, .ask = ask, .width_bits = 4, .spin_us = 20};
    g_assert_cmpint(n2_pump_start(&pump, &config), ==, N2_OK);
    return pump;
}

static void
wait_for(n2_pump *pump, n2_event_kind kind)
{
    uint64_t end_us = n2_clock_us() + PATIENCE_US;
    n2_event event = {0};
    bool found = false;

    while (!found) {
        g_assert_cmpuint(n2_clock_us(), <, end_us);
        if (n2_pump_pop(pump, &event)) {
            found = event.kind == kind;
            free(event.bytes);
        } else {
            g_usleep(100);
        }
    }
}

static uint64_t
datagrams_in(n2_pump *pump, n2_datagram_stats *sockets)
{
    n2_plane_stats plane;

    n2_pump_stats(pump, &plane, sockets);
    return plane.datagrams_in;
}

/* Frames that belong to no link, for whoever has the left address.
 * Returns: ns that each took. */
static uint64_t
flood(n2_ether *from)
{
    static uint8_t bytes[TOGETHER * FRAME_BYTES];
    const n2_net_addr to = net_of("eth:right/" LEFT_ADDRESS);
    uint64_t began_us = n2_clock_us();

    for (int i = 0; i < FRAMES / TOGETHER; i++)
        n2_ether_send(from, &to, bytes, sizeof bytes, FRAME_BYTES);
    return (n2_clock_us() - began_us) * 1000 / FRAMES;
}

static void
test_flood(void)
{
    lay(1500);
    n2_pump *left = start_one("eth:left"), *right = start_one("eth:right");
    n2_ether *stranger = listen_on("eth:right");
    n2_op op = {.kind = N2_OP_LINK_OPEN, .net = net_of("eth:right/" LEFT_ADDRESS)};
    n2_datagram_stats before, after;
    unsigned n_fast = 0;

    for (uint64_t id = 1; id <= ROUNDS; id++) {
        uint64_t had = datagrams_in(left, &before), in = 0;
        n_fast += flood(stranger) < FAST_NS;
        uint64_t end_us = n2_clock_us() + PATIENCE_US;
        do { /* none stays in the ring, though nobody says that it is there */
            g_assert_cmpuint(n2_clock_us(), <, end_us);
            g_usleep(SLEEP_US);
            in = datagrams_in(left, &after) - had;
        } while (in + after.receive_overflow - before.receive_overflow < ARRIVE);
        /* It slept, and is woken. */
        op.link_id = id;
        g_assert_true(n2_pump_push(right, &op));
        wait_for(left, N2_EVENT_LINK_UP);
        wait_for(right, N2_EVENT_LINK_UP);
    }
    g_test_message("%u of %d floods were fast", n_fast, ROUNDS);
    n2_pump_stop(right);
    n2_pump_stop(left);
    n2_ether_free(stranger);
    ip("link del left");
}

/* ---- when ---- */

enum {
    APART_US = 4,
    FEW_APART_US = 6
};

/* Frames for @us, one each @apart_us.  Returns: how often it has changed. */
static unsigned
one_by_one(n2_pace *pace, uint64_t *now_us, uint64_t us, uint64_t apart_us)
{
    unsigned changes = 0;

    for (uint64_t end_us = *now_us + us; *now_us < end_us; *now_us += apart_us)
        changes += n2_pace_count(pace, 1, *now_us);
    return changes;
}

static void
test_pace(void)
{
    n2_pace pace = {0};
    uint64_t now_us = G_GUINT64_CONSTANT(1) << 40;

    g_assert_false(n2_pace_count(&pace, 1, now_us));
    g_assert_cmpuint(one_by_one(&pace, &now_us, 100000, FEW_APART_US), ==, 0);
    g_assert_false(pace.is_on);
    g_assert_cmpuint(one_by_one(&pace, &now_us, 2500, APART_US), ==,
                     1); /* within two windows */
    g_assert_true(pace.is_on);
    g_assert_cmpuint(one_by_one(&pace, &now_us, 100000, APART_US), ==, 0);
    for (int i = 0; i < 2000; i++, now_us += 50) /* as many, of which it takes some together */
        g_assert_false(n2_pace_count(&pace, 50 / APART_US, now_us));
    g_assert_true(pace.is_on);
    g_assert_cmpuint(one_by_one(&pace, &now_us, 2500, FEW_APART_US), ==, 1);
    g_assert_false(pace.is_on);
}

/* Bursts with silence between them are over when one could rest. */
static void
test_pace_bursts(void)
{
    n2_pace pace = {0};
    uint64_t now_us = G_GUINT64_CONSTANT(1) << 40;

    g_assert_false(n2_pace_count(&pace, 0, now_us));
    for (int i = 0; i < 100; i++, now_us += 3 * N2_PACE_WINDOW_US)
        g_assert_false(n2_pace_count(&pace, N2_PACE_MANY, now_us));
}

int
main(int argc, char **argv)
{
    static const test_with_network flood_test = test_flood;

    has_network = enter_own_network();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/pump/pace", test_pace);
    g_test_add_func("/host/pump/pace-bursts", test_pace_bursts);
    g_test_add_data_func("/host/pump/ether-flood", &flood_test, run_with_network);
    return g_test_run();
}
