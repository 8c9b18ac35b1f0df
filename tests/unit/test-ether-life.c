/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ether-life.c - interfaces that go down, are removed and made anew, and sockets that go
 * from one process to the next: of one type for ever.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/wait.h>

#include "ether-fixture.h"

static void
test_down_and_up(void)
{
    pair p = pair_new(1500);
    n2_net_addr to = net_of("eth:left/" RIGHT_ADDRESS);
    int fd = -1;

    ip("link set left down");
    for (int i = 0; i < 3; i++)
        n2_ether_send(p.left, &to, (const guint8 *)"abc", 3, 3);
    g_assert_cmpuint(stats_of(p.left).send_failed, ==, 3);
    g_assert_false(n2_ether_receive(p.left));
    ip("link set left up");
    send_and_check(&p, 100 * 1053, 1053);
    /* A socket whose interface went down is no error for ever: who waits for it, sleeps. */
    n2_net_addr bound;
    g_assert_cmpint(n2_ether_bind("eth:left", 64, &fd, &bound, NULL), ==, N2_OK);
    n2_ether *again = NULL;
    g_assert_cmpint(n2_ether_new(&again, fd), ==, N2_OK);
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    const n2_net_addr back = net_of("eth:right/" LEFT_ADDRESS);
    n2_datagram d;
    n2_ether_send(p.right, &back, (const guint8 *)"abc", 3, 3);
    g_assert_cmpint(poll(&watched, 1, 10000), ==, 1);
    while (n2_ether_receive(again) && n2_ether_next(again, &d))
        ;
    g_assert_cmpint(poll(&watched, 1, 0), ==, 0);
    ip("link set left down");
    g_assert_cmpint(poll(&watched, 1, 0), ==, 1);
    g_assert_false(n2_ether_receive(again));
    g_assert_cmpint(poll(&watched, 1, 0), ==, 0);
    n2_ether_free(again);
    ip("link set left up");
    pair_free(&p);
}

/* A process that crashed leaves the ring with the socket; the next one makes its own. */
static void
test_taken_over(void)
{
    pair p = pair_new(1500);
    n2_net_addr bound;
    int fd = -1, status = 0;

    n2_ether_free(p.right);
    g_assert_cmpint(n2_ether_bind("eth:right", 1024, &fd, &bound, NULL), ==, N2_OK);
    pid_t child = fork();
    if (!child) {
        n2_ether *ether = NULL;
        _exit(n2_ether_new(&ether, fd) ? 1 : 0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpint(n2_ether_new(&p.right, fd), ==, N2_OK);
    send_and_check(&p, 200 * 1053, 1053);
    pair_free(&p);
}

static int
bind_left(n2_net_addr *bound)
{
    int fd = -1;

    g_assert_cmpint(n2_ether_bind("eth:left", 1024, &fd, bound, NULL), ==, N2_OK);
    return fd;
}

static void
know_again(pair *p)
{
    n2_ether *both[] = {p->left, p->right};
    n2_datagram d;

    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        n2_ether_forget(both[i]);
        while (n2_ether_receive(both[i])) /* what the system says of new interfaces */
            while (n2_ether_next(both[i], &d))
                ;
    }
}

/* Both are removed and made anew, with frames of other lengths: it goes on, without a right
 * that was given up long ago. */
static void
test_made_anew(void)
{
    static const unsigned mtus[] = {1500, 9000, 1280};
    pair p = pair_new(1500);
    n2_net_addr to = net_of("eth:left/" RIGHT_ADDRESS);

    g_assert_cmpint(n2_ether_give_up_right(), ==, N2_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(mtus); i++) {
        ip("link del left");
        know_again(&p);
        n2_ether_send(p.left, &to, (const guint8 *)"abc", 3, 3);
        g_assert_cmpuint(stats_of(p.left).send_failed, >, i);
        g_assert_false(n2_ether_receive(p.right));
        lay(mtus[i]);
        know_again(&p);
        g_assert_cmpuint(n2_ether_mtu(p.left), ==, mtus[i]);
        g_assert_cmpint(n2_ether_mtu_changed(p.right), ==, i > 0);
        send_and_check(&p, 100 * 1053, 1053);
        send_and_check(&p, 10 * (size_t)mtus[i], mtus[i]);
    }
    pair_free(&p);
}

/* It comes back with another address of its own. */
static void
test_other_address(void)
{
    pair p = pair_new(1500);
    n2_net_addr other = net_of("eth:left/02:00:00:00:00:05");

    ip("link del left");
    know_again(&p);
    lay(1500);
    ip("link set left address 02:00:00:00:00:05");
    know_again(&p);
    g_assert_true(n2_net_addr_equal(n2_ether_peek_net(p.left), &other));
    pair_free(&p);
}

/* Another kind of interface has taken the name: it is left alone. */
static void
test_no_ethernet(void)
{
    pair p = pair_new(1500);

    ip("link del left");
    know_again(&p);
    ip("link set lo name left");
    know_again(&p);
    g_assert_false(n2_ether_receive(p.left));
    ip("link set left name lo");
    lay(1500);
    know_again(&p);
    send_and_check(&p, 100 * 1053, 1053);
    pair_free(&p);
}

/* The process ended while the interface was gone: the next has only the name. */
static void
test_taken_over_without_interface(void)
{
    pair p = pair_new(1500);
    n2_net_addr bound;

    n2_ether_free(p.left);
    int fd = bind_left(&bound);
    ip("link del left");
    g_assert_cmpint(n2_ether_new(&p.left, fd), ==, N2_OK);
    n2_ether_know(p.left, &bound);
    g_assert_true(n2_net_addr_equal(n2_ether_peek_net(p.left), &bound));
    g_assert_false(n2_ether_receive(p.left));
    lay(1500);
    know_again(&p);
    send_and_check(&p, 100 * 1053, 1053);
    pair_free(&p);
}

/* A raw socket that sees all frames that come to "right". */
static int
tap_right(void)
{
    struct sockaddr_ll all = {.sll_family = AF_PACKET,
                              .sll_protocol = htons(N2_ETHER_TYPE),
                              .sll_ifindex = (int)if_nametoindex("right")};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), bytes = 8 << 20;

    g_assert_cmpint(bind(fd, (struct sockaddr *)&all, sizeof all), ==, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    return fd;
}

/* A line that is slower than we are: what the kernel does not take now is lost, and counted; it
 * does not go later, with what is for another station, and nothing is changed on its way. */
static void
test_never_for_another(void)
{
    static const char *const stations[] = {"eth:left/" RIGHT_ADDRESS,
                                           "eth:left/02:00:00:00:00:77"};
    pair p = pair_new(1500);
    guint8 run[40 * 1000] = {0}, frame[2048];
    guint32 n = 0, seen = 0, last = 0;
    n2_net_addr bound;
    int fd = -1;

    n2_ether_free(p.left);
    g_assert_cmpint(n2_ether_bind("eth:left", 32, &fd, &bound, NULL), ==, N2_OK);
    g_assert_cmpint(n2_ether_new(&p.left, fd), ==, N2_OK);
    int tap = tap_right();
    if (g_spawn_command_line_sync(
            "tc qdisc add dev left root tbf rate 20mbit burst 3k limit 300k", NULL, NULL, NULL,
            NULL)) {
        for (guint32 round = 0; round < 100; round++) {
            n2_net_addr to = net_of(stations[round % 2]);
            for (guint32 i = 0; i < 40; i++) { /* whose it is, and its number, all through */
                n++;
                for (guint32 at = 0; at < 1000; at += 8) {
                    memcpy(run + i * 1000 + at, &to.bytes[6], 1);
                    memcpy(run + i * 1000 + at + 4, &n, 4);
                }
            }
            n2_ether_send(p.left, &to, run, sizeof run, 1000);
            g_usleep(1000);
        }
    }
    for (struct pollfd watched = {.fd = tap, .events = POLLIN}; poll(&watched, 1, 300) > 0;) {
        guint32 number;
        g_assert_cmpint(recv(tap, frame, sizeof frame, 0), ==, 14 + 1000);
        memcpy(&number, frame + 14 + 4, 4);
        g_assert_cmpuint(number, >, last);
        last = number;
        seen++;
        for (guint32 at = 0; at < 1000; at += 8) {
            g_assert_cmpuint(frame[14 + at], ==, frame[5]);
            g_assert_cmpmem(frame + 14 + at + 4, 4, &number, 4);
        }
    }
    g_test_message("%u of %u went", seen, n);
    g_assert_cmpuint(seen + stats_of(p.left).send_full, ==, n);
    if (n)
        g_assert_cmpuint(stats_of(p.left).send_full, >, 0);
    close(tap);
    pair_free(&p);
}

static void
send_of_type(guint16 type, guint8 mark)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET,
                             .sll_ifindex = (int)if_nametoindex("right"),
                             .sll_protocol = htons(type),
                             .sll_halen = 6,
                             .sll_addr = {2, 0, 0, 0, 0, 1}};
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    guint8 bytes[64] = {mark};

    g_assert_cmpint(sendto(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&to, sizeof to), ==,
                    sizeof bytes);
    close(fd);
}

/* Whoever has the socket, and may bind it, hears frames of our type and nothing else. */
static void
test_locked(void)
{
    struct sockaddr_ll all = {.sll_family = AF_PACKET,
                              .sll_protocol = htons(3 /* ETH_P_ALL */)};
    const int none = 0;
    n2_net_addr bound;
    guint8 bytes[256];

    lay(1500);
    int fd = bind_left(&bound);
    all.sll_ifindex = (int)if_nametoindex("left");
    g_assert_cmpint(bind(fd, (struct sockaddr *)&all, sizeof all), ==, 0);
    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none), ==, -1);
    g_assert_cmpint(errno, ==, EPERM);
    send_of_type(0x0800, 1);
    send_of_type(0x88b6, 2);
    send_of_type(N2_ETHER_TYPE, 3);
    g_assert_cmpint(recv(fd, bytes, sizeof bytes, 0), ==, 64);
    g_assert_cmpint(bytes[0], ==, 3);
    g_assert_cmpint(recv(fd, bytes, sizeof bytes, MSG_DONTWAIT), ==, -1);
    close(fd);
    ip("link del left");
}

int
main(int argc, char **argv)
{
    /* clang-format off */
    static const struct {
        const char *path;
        test_with_network test;
    } tests[] = {
        {"/ether/down-and-up", test_down_and_up},
        {"/ether/taken-over", test_taken_over},
        {"/ether/other-address", test_other_address},
        {"/ether/no-ethernet", test_no_ethernet},
        {"/ether/taken-over-without-interface", test_taken_over_without_interface},
        {"/ether/attack-05-never-for-another", test_never_for_another},
        {"/ether/locked", test_locked},
        {"/ether/made-anew", test_made_anew}, /* the last: it gives the right up */
    };
    /* clang-format on */

    has_network = enter_own_network();
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].path, &tests[i].test, run_with_network);
    return g_test_run();
}
