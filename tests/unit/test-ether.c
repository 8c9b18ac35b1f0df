/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ether.c - frames over a real pair of interfaces in a network of the test's own.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/wait.h>

#include "ether-fixture.h"
#include "host/sockets.h"
#include "protocol-page.h"

static void
test_frames(void)
{
    pair p = pair_new(1500);

    g_assert_cmpuint(n2_ether_mtu(p.left), ==, 1500);
    send_and_check(&p, N2_FRAME_HEAD_BYTES + N2_PACKET_BYTES_MIN, 46);
    send_and_check(&p, 1500, 1500);
    send_and_check(&p, 63 * 1053 + 17, 1053);
    for (int i = 0; i < 20; i++) /* round the ring */
        send_and_check(&p, 150 * 1053, 1053);
    pair_free(&p);
}

/* Looked at without a word to the kernel. */
static void
test_has(void)
{
    pair p = pair_new(1500);
    n2_net_addr to = net_of("eth:left/" RIGHT_ADDRESS);
    gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
    const guint8 bytes[46] = {0};
    n2_datagram d;

    g_assert_false(n2_ether_receive(p.right)); /* it has looked at its interface */
    for (int i = 0; i < 3; i++) {
        g_assert_false(n2_ether_has(p.right));
        n2_ether_send(p.left, &to, bytes, sizeof bytes, sizeof bytes);
        while (!n2_ether_has(p.right))
            g_assert_cmpint(g_get_monotonic_time(), <, until);
        g_assert_true(n2_ether_receive(p.right));
        g_assert_true(n2_ether_next(p.right, &d));
        g_assert_cmpuint(d.len, ==, sizeof bytes);
        g_assert_false(n2_ether_next(p.right, &d));
    }
    pair_free(&p);
}

static void
test_jumbo(void)
{
    pair p = pair_new(9000);

    g_assert_cmpuint(n2_ether_mtu(p.left), ==, 9000);
    send_and_check(&p, 9000, 9000);
    for (int i = 0; i < 10; i++)
        send_and_check(&p, 7 * 8368 + 100, 8368);
    pair_free(&p);
}

static void
test_longest(void)
{
    pair p = pair_new(65535);

    g_assert_cmpuint(n2_ether_mtu(p.left), ==, N2_FRAME_BYTES_MAX);
    for (int i = 0; i < 5; i++)
        send_and_check(&p, 40 * 65000, 65000);
    pair_free(&p);
}

/* ---- frames that others make ---- */

typedef struct {
    const char *name;
    const char *head; /* hexadecimal */
    bool is_taken;
} foreign;

static const foreign foreigners[] = {
    {"for-us", "020000000002 020000000009 88b5", true},
    {"priority-tag", "020000000002 020000000009 8100e000 88b5", true},
    {"other-station", "020000000003 020000000009 88b5", false},
    {"broadcast", "ffffffffffff 020000000009 88b5", false},
    {"group", "01005e000001 020000000009 88b5", false},
    {"attack-05-from-group", "020000000002 010000000009 88b5", false},
    {"attack-05-from-everybody", "020000000002 ffffffffffff 88b5", false},
    {"attack-05-from-nobody", "020000000002 000000000000 88b5", false},
    {"attack-05-from-ourselves", "020000000002 020000000002 88b5", false},
    {"other-network", "020000000002 020000000009 81000005 88b5", false},
    {"other-type", "020000000002 020000000009 88b6", false},
    {"ip", "020000000002 020000000009 0800", false},
};

static size_t
from_hex(guint8 *out, const char *text)
{
    size_t n = 0;

    for (; *text; text += 2) {
        while (*text == ' ')
            text++;
        out[n++] = (guint8)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
    }
    return n;
}

static void
inject(const guint8 *frame, size_t len)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    struct sockaddr_ll to = {
        .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("left"), .sll_halen = 6};

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof to), ==, len);
    close(fd);
}

/* The next datagram; NULL after a frame of ours that follows came alone. */
static const n2_datagram *
next_of(pair *p, n2_datagram *d)
{
    gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
    n2_net_addr to = net_of("eth:left/" RIGHT_ADDRESS);
    static const guint8 last[46] = "last";

    n2_ether_send(p->left, &to, last, sizeof last, sizeof last);
    for (;;) {
        g_assert_cmpint(g_get_monotonic_time(), <, until);
        if (n2_ether_receive(p->right) && n2_ether_next(p->right, d))
            return memcmp(d->bytes, last, sizeof last) != 0 ? d : NULL;
    }
}

static void
test_foreign(void)
{
    pair p = pair_new(1500);
    n2_datagram d;

    while (n2_ether_receive(p.right)) /* what the system says of new interfaces */
        while (n2_ether_next(p.right, &d))
            ;
    for (size_t i = 0; i < G_N_ELEMENTS(foreigners); i++) {
        const foreign *f = &foreigners[i];
        guint8 frame[128] = {0};
        size_t head = from_hex(frame, f->head);
        g_test_message("%s", f->name);
        memcpy(frame + head, "hello", 5);
        inject(frame, head + 46);
        const n2_datagram *got = next_of(&p, &d);
        g_assert_cmpint(got != NULL, ==, f->is_taken);
        if (got) {
            n2_net_addr from = net_of("eth:right/02:00:00:00:00:09");
            g_assert_cmpuint(got->len, ==, 46);
            g_assert_cmpmem(got->bytes, 5, "hello", 5);
            g_assert_true(n2_net_addr_equal(&got->from, &from));
            g_assert_true(n2_ether_next(p.right, &d)); /* the one behind it */
        }
    }
    g_assert_cmpuint(stats_of(p.right).receive_foreign, ==, 8);
    pair_free(&p);
}

/* The shortest frame carries 46 bytes, as many as head and shortest packet: what is padded has
 * no packet in it, and gets none by it. */
static void
test_padding(void)
{
    pair p = pair_new(1500);
    guint8 frame[60] = {0}, *packet;
    size_t head = from_hex(frame, "020000000002 020000000009 88b5"), len;
    n2_datagram d;

    inject(frame, sizeof frame); /* a head with nothing behind it, and zeros */
    g_assert_nonnull(next_of(&p, &d));
    g_assert_cmpuint(d.len, ==, sizeof frame - head);
    n2_bundle bundle = {.at = d.bytes + N2_FRAME_HEAD_BYTES,
                        .left = d.len - N2_FRAME_HEAD_BYTES};
    g_assert_cmpint(n2_bundle_next(&bundle, &packet, &len), ==, N2_ERR_NOTFOUND);
    pair_free(&p);
}

static void
test_example(void)
{
    static const guint8 datagram[46] = {0x65, 0x64, 0x63, 0x62, 0x61, 0x60, 0x00,
                                        0x00, 0x40, 0x80, 0xb0, 0x00, 0x01, 0x02};
    const n2_net_addr to = net_of("eth:left/" RIGHT_ADDRESS);
    struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(N2_ETHER_TYPE)};
    pair p = pair_new(1500);
    guint8 frame[128];

    all.sll_ifindex = (int)if_nametoindex("right");
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&all, sizeof all), ==, 0);
    n2_ether_send(p.left, &to, datagram, sizeof datagram, sizeof datagram);
    ssize_t len = recv(fd, frame, sizeof frame, 0);
    g_assert_cmpint(len, ==, 60);
    protocol_page_expect("Ethernet frame", frame, (gsize)len);
    close(fd);
    pair_free(&p);
}

/* ---- what becomes of an interface ---- */

static void
test_longer_frames(void)
{
    pair p = pair_new(1500);
    n2_net_addr to = net_of("eth:left/" RIGHT_ADDRESS);
    guint8 bytes[9000] = {1};
    n2_datagram d;

    n2_ether_send(p.left, &to, bytes, sizeof bytes, sizeof bytes);
    g_assert_cmpuint(stats_of(p.left).send_too_long, ==, 1);
    g_assert_cmpuint(n2_ether_mtu(p.left), ==, 1500);
    ip("link set left mtu 9000");
    ip("link set right mtu 9000");
    /* It is asked for after a frame was too long, at either end. */
    n2_ether_send(p.left, &to, bytes, sizeof bytes, sizeof bytes);
    gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
    while (!stats_of(p.right).receive_overflow) {
        g_assert_cmpint(g_get_monotonic_time(), <, until);
        if (n2_ether_receive(p.right))
            g_assert_false(n2_ether_next(p.right, &d));
    }
    while (n2_ether_receive(p.right))
        g_assert_false(n2_ether_next(p.right, &d));
    send_and_check(&p, 9000, 9000);
    g_assert_true(n2_ether_mtu_changed(p.right) && !n2_ether_mtu_changed(p.right));
    g_assert_cmpuint(n2_ether_mtu(p.right), ==, 9000);
    pair_free(&p);
}

/* Slower than the other side: what has no place is counted, and what has is whole. */
static void
test_overflow(void)
{
    pair p = pair_new(9000);
    n2_net_addr to = net_of("eth:left/" RIGHT_ADDRESS);
    guint8 bytes[64] = {0};
    guint32 n = 0, last = 0;
    n2_datagram d;

    for (guint32 i = 1; i <= 4096; i++) {
        memcpy(bytes, &i, sizeof i);
        n2_ether_send(p.left, &to, bytes, sizeof bytes, sizeof bytes);
    }
    while (n2_ether_receive(p.right)) {
        while (n2_ether_next(p.right, &d)) {
            guint32 i;
            memcpy(&i, d.bytes, sizeof i);
            g_assert_cmpuint(i, >, last);
            last = i;
            n++;
        }
    }
    g_assert_cmpuint(n, >=, N2_ETHER_SLOTS_MIN);
    g_assert_cmpuint(n, <, 4096);
    g_assert_cmpuint(n + stats_of(p.right).receive_overflow, ==, 4096);
    send_and_check(&p, 8368, 8368);
    pair_free(&p);
}

static void
expect_refused(const char *listener, n2_err want, const char *words)
{
    g_autoptr(GError) error = NULL;
    n2_net_addr bound;
    int fd = -1;

    g_assert_cmpstr(n2_err_name(n2_ether_bind(listener, 64, &fd, &bound, &error)), ==,
                    n2_err_name(want));
    g_assert_nonnull(strstr(error->message, listener));
    g_assert_nonnull(strstr(error->message, words));
    g_assert_cmpint(fd, ==, -1);
}

static void
test_refused(void)
{
    pair p = pair_new(1500);
    int status = 0;

    n2_ether *again = listen_on("eth:left/" LEFT_ADDRESS);
    n2_ether_free(again);
    expect_refused("eth:none", N2_ERR_UNSUPPORTED, "No such device");
    expect_refused("eth:lo", N2_ERR_UNSUPPORTED, "no Ethernet");
    expect_refused("eth:", N2_ERR_USAGE, "eth:INTERFACE");
    expect_refused("eth:left/x", N2_ERR_USAGE, "eth:INTERFACE");
    expect_refused("eth:left/" RIGHT_ADDRESS, N2_ERR_USAGE, "eth:left/" LEFT_ADDRESS);
    ip("link set left mtu 1052");
    expect_refused("eth:left", N2_ERR_UNSUPPORTED, "1053");
    pid_t child = fork();
    if (!child) {
        g_assert_cmpint(n2_ether_give_up_right(), ==, N2_OK);
        expect_refused("eth:right", N2_ERR_REFUSED, "CAP_NET_RAW");
        _exit(0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    pair_free(&p);
}

/* UDP and two interfaces in one set: each datagram goes by the kind of its address. */
static void
test_all_kinds(void)
{
    pair p = pair_new(9000);
    n2_net_addr net[3];
    n2_sockets *sockets = NULL;
    n2_datagram_stats stats;
    n2_datagram d;
    int fds[3], ask[2];

    ip("link set lo up");
    g_assert_cmpint(n2_ether_bind("eth:left", 64, &fds[0], &net[0], NULL), ==, N2_OK);
    g_assert_cmpint(n2_udp_bind("udp:127.0.0.1:0", 64, &fds[1], &net[1], NULL), ==, N2_OK);
    g_assert_cmpint(n2_ether_bind("eth:right", 64, &fds[2], &net[2], NULL), ==, N2_OK);
    n2_ways_open(ask);
    g_assert_cmpint(n2_sockets_new(&sockets, fds, 3, ask), ==, N2_OK);
    const n2_net_addr to[] = {net_of("eth:right/" LEFT_ADDRESS), net[1],
                              net_of("eth:left/" RIGHT_ADDRESS)};
    const n2_net_addr from[] = {net_of("eth:left/" RIGHT_ADDRESS), net[1],
                                net_of("eth:right/" LEFT_ADDRESS)};
    g_assert_cmpuint(n2_sockets_mtu(sockets, &to[0]), ==, 9000);
    g_assert_cmpuint(n2_sockets_mtu(sockets, &to[1]), ==, 65507);
    for (size_t i = 0; i < 3; i++) {
        guint8 bytes[100] = {(guint8)i};
        gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
        n2_sockets_send(sockets, &to[i], bytes, sizeof bytes, sizeof bytes);
        while (!n2_sockets_receive(sockets, i))
            g_assert_cmpint(g_get_monotonic_time(), <, until);
        g_assert_true(n2_sockets_next(sockets, &d));
        g_assert_cmpmem(d.bytes, d.len, bytes, sizeof bytes);
        g_assert_true(n2_net_addr_equal(&d.from, &from[i]));
        g_assert_false(n2_sockets_next(sockets, &d));
    }
    n2_sockets_stats_get(sockets, &stats);
    g_assert_cmpuint(stats.writes, ==, 3);
    g_assert_cmpuint(stats.reads, ==, 3);
    n2_sockets_free(sockets);
    pair_free(&p);
}

/* Frames alone: a node needs no Internet. */
static void
test_no_udp(void)
{
    pair p = pair_new(1500);
    n2_net_addr net, udp = net_of("udp:127.0.0.1:9");
    n2_sockets *sockets = NULL;
    int fd = -1, ask[2];

    g_assert_cmpint(n2_ether_bind("eth:left", 64, &fd, &net, NULL), ==, N2_OK);
    n2_ways_open(ask);
    g_assert_cmpint(n2_sockets_new(&sockets, &fd, 1, ask), ==, N2_OK);
    n2_sockets_send(sockets, &udp, (const guint8 *)"abc", 3, 3);
    g_assert_cmpuint(n2_sockets_mtu(sockets, &udp), >, 0);
    g_assert_false(n2_sockets_mtu_changed(sockets));
    g_assert_false(n2_sockets_receive(sockets, 0));
    n2_sockets_free(sockets);
    pair_free(&p);
}

int
main(int argc, char **argv)
{
    /* clang-format off */
    static const struct {
        const char *path;
        test_with_network test;
    } tests[] = {
        {"/ether/frames", test_frames},
        {"/ether/has", test_has},
        {"/ether/jumbo", test_jumbo},
        {"/ether/longest", test_longest},
        {"/ether/attack-05-foreign", test_foreign},
        {"/ether/padding", test_padding},
        {"/ether/example", test_example},
        {"/ether/longer-frames", test_longer_frames},
        {"/ether/overflow", test_overflow},
        {"/ether/refused", test_refused},
        {"/ether/all-kinds", test_all_kinds},
        {"/ether/no-udp", test_no_udp},
    };
    /* clang-format on */

    has_network = enter_own_network();
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].path, &tests[i].test, run_with_network);
    return g_test_run();
}
