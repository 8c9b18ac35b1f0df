/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-pump.c - two data-plane threads over loopback, and the frames to the keys process.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/frames.h"
#include "host/net.h"
#include "host/pump.h"

enum {
    PATIENCE_MS = 5000
};

static n2_pump *
start_one(n2_net_addr *bound, uint64_t spin_us)
{
    n2_pump *pump = NULL;
    int fd = -1;

    g_assert_cmpint(n2_udp_bind("udp:127.0.0.1:0", 1024, &fd, bound, NULL), ==, N2_OK);
    int ask[2];
    n2_ways_open(ask);
    const n2_pump_config config = {
        .fds = &fd, .n_fds = 1, .ask = ask, .width_bits = 4, .spin_us = spin_us};
    g_assert_cmpint(n2_pump_start(&pump, &config), ==, N2_OK);
    return pump;
}

/* Waits as the control thread does: armed, then by poll(). */
static n2_event
wait_for(n2_pump *pump, n2_event_kind kind)
{
    uint64_t end_us = n2_clock_us() + (uint64_t)PATIENCE_MS * 1000;
    n2_event event;

    for (;;) {
        while (n2_pump_pop(pump, &event)) {
            free(event.bytes);
            if (event.kind == kind)
                return event;
        }
        g_assert_cmpuint(n2_clock_us(), <, end_us);
        if (n2_pump_arm(pump)) {
            struct pollfd p = {.fd = n2_pump_fd(pump), .events = POLLIN};
            g_assert_cmpint(poll(&p, 1, PATIENCE_MS), ==, 1);
        }
        n2_pump_disarm(pump);
    }
}

static void
link_up(uint64_t spin_us)
{
    n2_net_addr a_net, b_net;
    n2_pump *a = start_one(&a_net, spin_us), *b = start_one(&b_net, spin_us);
    n2_op op = {.kind = N2_OP_LINK_OPEN, .net = b_net, .link_id = 7};
    n2_plane_stats plane;
    n2_datagram_stats udp;

    g_assert_true(n2_pump_push(a, &op));
    n2_event up = wait_for(a, N2_EVENT_LINK_UP);
    g_assert_cmpuint(up.link_id, ==, 7);
    g_assert_true(n2_net_addr_equal(&up.net, &b_net));
    n2_event came = wait_for(b, N2_EVENT_LINK_UP);
    g_assert_true(n2_net_addr_equal(&came.net, &a_net));
    g_assert_cmpuint(came.port, >, 0);

    n2_pump_stop(b); /* says goodbye, so that nobody has to find out by silence */
    n2_event down = wait_for(a, N2_EVENT_LINK_DOWN);
    g_assert_cmpuint(down.port, ==, up.port);
    g_usleep(1000);
    n2_pump_stats(a, &plane, &udp);
    g_assert_cmpuint(plane.datagrams_in, >, 0);
    g_assert_cmpuint(udp.writes, >, 0);
    n2_pump_stop(a);
}

static void
test_link(void)
{
    link_up(0);
}

static void
test_link_spinning(void)
{
    link_up(200);
}

static void
test_stop_at_once(void)
{
    n2_net_addr net;

    for (int i = 0; i < 50; i++)
        n2_pump_stop(start_one(&net, i % 2 ? 100 : 0));
}

static void
test_bytes_of_lost_orders(void)
{
    n2_net_addr net;
    n2_pump *pump = start_one(&net, 0);
    n2_op op = {.kind = N2_OP_COMMAND, .conn = 99, .len = 5};

    for (int i = 0; i < 3000; i++) { /* more than the ring holds: some are refused */
        op.bytes = malloc(5);
        memcpy(op.bytes, "abcde", 5);
        if (!n2_pump_push(pump, &op))
            free(op.bytes);
    }
    n2_pump_stop(pump); /* the leak sanitizer says whether it kept its promise */
}

/* ---- frames ---- */

static n2_err
send_frame(n2_frames *frames, const uint8_t *bytes, size_t len)
{
    n2_err err = n2_frames_add(frames, bytes, len);

    return err ? err : n2_frames_flush(frames);
}

static void
test_frames(void)
{
    int ends[2];
    const uint8_t *bytes = NULL;
    size_t len = 0, n = 0, seen = 0;
    g_autofree uint8_t *large = g_malloc0(N2_FRAME_BYTES_MAX + 1);

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
    n2_frames *a = n2_frames_new(ends[0]), *b = n2_frames_new(ends[1]);
    g_assert_cmpint(send_frame(a, large, N2_FRAME_BYTES_MAX + 1), ==, N2_ERR_LIMIT);
    g_assert_cmpint(send_frame(a, (const uint8_t *)"one", 3), ==, N2_OK);
    g_assert_cmpint(send_frame(a, NULL, 0), ==, N2_OK);
    memset(large, 'x', N2_FRAME_BYTES_MAX);
    g_assert_cmpint(send_frame(a, large, N2_FRAME_BYTES_MAX), ==, N2_OK);
    g_assert_true(n2_frames_wants_out(a)); /* no socket takes so much at once */
    while (n < 3) {
        g_assert_cmpint(n2_frames_flush(a), ==, N2_OK);
        g_assert_cmpint(n2_frames_read(b), ==, N2_OK);
        for (; n2_frames_next(b, &bytes, &len); n++, seen += len)
            if (n == 0)
                g_assert_cmpmem(bytes, len, "one", 3);
            else if (n == 2)
                g_assert_cmpmem(bytes, len, large, N2_FRAME_BYTES_MAX);
    }
    g_assert_cmpuint(seen, ==, 3 + N2_FRAME_BYTES_MAX);
    n2_frames_free(a);
    g_assert_cmpint(n2_frames_read(b), ==, N2_ERR_CLOSED);
    n2_frames_free(b);
}

static void
test_frame_too_long(void)
{
    static const uint8_t head[] = {0x00, 0x20, 0x00, 0x00};
    int ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
    n2_frames *b = n2_frames_new(ends[1]);
    g_assert_cmpint(write(ends[0], head, sizeof head), ==, sizeof head);
    g_assert_cmpint(n2_frames_read(b), ==, N2_ERR_LIMIT);
    n2_frames_free(b);
    close(ends[0]);
}

/* Descriptors arrive with their messages, and with no other; what nobody takes is closed. */
static void
test_frame_fds(void)
{
    static guint8 large[300000];
    int ends[2], pipes[N2_FRAMES_FDS_MAX][2], fd;
    const guint8 *bytes;
    gsize len;
    char c;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
    n2_frames *a = n2_frames_new(ends[0]), *b = n2_frames_new(ends[1]);
    for (guint i = 0; i < N2_FRAMES_FDS_MAX; i++)
        g_assert_cmpint(pipe2(pipes[i], O_CLOEXEC), ==, 0);
    guint n_sent = 0, n_fds = 0, n = 0;
    for (guint i = 0; i < 12; i++) {
        gsize size = i % 4 == 3 ? sizeof large : i;
        large[0] = (guint8)i;
        if (i % 3 == 1)
            g_assert_cmpint(n2_frames_add_fd(a, large, size, pipes[n_sent++][0]), ==, N2_OK);
        else
            g_assert_cmpint(n2_frames_add(a, large, size), ==, N2_OK);
    }
    while (n < 12) {
        g_assert_cmpint(n2_frames_flush(a), ==, N2_OK);
        g_assert_cmpint(n2_frames_read(b), ==, N2_OK);
        for (; n2_frames_next_fd(b, &bytes, &len, &fd); n++) {
            g_assert_cmpuint(len, ==, n % 4 == 3 ? sizeof large : n);
            g_assert_cmpint(fd >= 0, ==, n % 3 == 1);
            if (fd < 0)
                continue;
            char sent = (char)('a' + n);
            g_assert_cmpint(write(pipes[n_fds++][1], &sent, 1), ==, 1);
            g_assert_cmpint(read(fd, &c, 1), ==, 1); /* the other end of just that pipe */
            g_assert_cmpint(c, ==, sent);
            close(fd);
        }
    }
    g_assert_cmpuint(n_fds, ==, n_sent);
    for (guint i = n_sent; i < N2_FRAMES_FDS_MAX; i++)
        g_assert_cmpint(n2_frames_add_fd(a, large, 1, pipes[i][0]), ==, N2_OK);
    for (guint i = N2_FRAMES_FDS_MAX - n_sent; i < N2_FRAMES_FDS_MAX; i++)
        g_assert_cmpint(n2_frames_add_fd(a, large, 1, dup(ends[0])), ==, N2_OK);
    g_assert_cmpint(n2_frames_add_fd(a, large, 1, dup(ends[0])), ==, N2_ERR_LIMIT);
    n2_frames_free(a); /* those that wait are closed: nobody reads the pipes any more */
    (void)signal(SIGPIPE, SIG_IGN);
    g_assert_cmpint(write(pipes[N2_FRAMES_FDS_MAX - 1][1], "x", 1), ==, -1);
    g_assert_cmpint(errno, ==, EPIPE);
    n2_frames_free(b);
    for (guint i = 0; i < N2_FRAMES_FDS_MAX; i++)
        close(pipes[i][1]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/pump/link", test_link);
    g_test_add_func("/host/pump/link-spinning", test_link_spinning);
    g_test_add_func("/host/pump/stop-at-once", test_stop_at_once);
    g_test_add_func("/host/pump/bytes-of-lost-orders", test_bytes_of_lost_orders);
    g_test_add_func("/host/frames/messages", test_frames);
    g_test_add_func("/host/frames/too-long", test_frame_too_long);
    g_test_add_func("/host/frames/descriptors", test_frame_fds);
    return g_test_run();
}
