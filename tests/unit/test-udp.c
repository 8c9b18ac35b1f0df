/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-udp.c - addresses as text and bytes, and trains of datagrams over real sockets.
 */
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "host/net.h"
#include "host/udp.h"

typedef struct {
    const char *name;
    const char *text;
    n2_err want;
    size_t len;
} row;

static const row rows[] = {
    {"v4", "udp:127.0.0.1:4711", N2_OK, 7},
    {"v4-any", "udp:0.0.0.0:0", N2_OK, 7},
    {"v6", "udp:[::1]:4711", N2_OK, 23},
    {"v6-long", "udp:[2001:db8::1:2]:65535", N2_OK, 23},
    {"no-scheme", "127.0.0.1:4711", N2_ERR_FORMAT, 0},
    {"no-port", "udp:127.0.0.1", N2_ERR_FORMAT, 0},
    {"empty-port", "udp:127.0.0.1:", N2_ERR_FORMAT, 0},
    {"port-too-high", "udp:127.0.0.1:65536", N2_ERR_FORMAT, 0},
    {"port-signed", "udp:127.0.0.1:+1", N2_ERR_FORMAT, 0},
    {"v6-bare", "udp:::1:4711", N2_ERR_FORMAT, 0},
    {"v6-open-bracket", "udp:[::1:4711", N2_ERR_FORMAT, 0},
    {"empty-host", "udp::4711", N2_ERR_FORMAT, 0},
    {"name", "udp:localhost:4711", N2_ERR_FORMAT, 0},
};

static void
test_text(gconstpointer data)
{
    const row *t = data;
    n2_net_addr net = {0};
    char text[N2_NET_TEXT_BYTES];

    g_assert_cmpstr(n2_err_name(n2_net_parse(&net, t->text)), ==, n2_err_name(t->want));
    g_assert_cmpuint(net.len, ==, t->len);
    if (t->want == N2_OK) {
        n2_net_format(&net, text);
        g_assert_cmpstr(text, ==, t->text);
    }
}

static void
test_resolve(void)
{
    n2_net_addr net = {0};

    g_assert_cmpint(n2_net_resolve(&net, "udp:localhost:4711"), ==, N2_OK);
    g_assert_cmpint(n2_net_resolve(&net, "udp:[::1]:4711"), ==, N2_OK);
    g_assert_cmpint(n2_net_resolve(&net, "localhost"), ==, N2_ERR_FORMAT);
}

static n2_udp *
open_one(const char *listener, n2_net_addr *bound)
{
    n2_udp *udp = NULL;
    int fd = -1;

    g_assert_cmpint(n2_udp_bind(listener, 1024, &fd, bound, NULL), ==, N2_OK);
    int ask[2];
    n2_ways_open(ask);
    g_assert_cmpint(n2_udp_new(&udp, &fd, 1, ask), ==, N2_OK);
    return udp;
}

/* Loopback delivers before sendmsg() returns, so nothing needs to wait here. */
static void
send_and_check(const char *listener, size_t len, size_t segment)
{
    n2_net_addr from_net, to_net;
    n2_udp *from = open_one(listener, &from_net), *to = open_one(listener, &to_net);
    g_autofree guint8 *bytes = g_malloc(len);
    n2_datagram d;
    size_t seen = 0;
    n2_datagram_stats stats;

    for (size_t i = 0; i < len; i++)
        bytes[i] = (guint8)(i * 7 + i / 251);
    n2_udp_send(from, &to_net, bytes, len, segment);
    while (n2_udp_receive(to, 0)) {
        while (n2_udp_next(to, &d)) {
            g_assert_cmpuint(d.len, ==, MIN(segment, len - seen));
            g_assert_cmpmem(d.bytes, d.len, bytes + seen, d.len);
            g_assert_true(n2_net_addr_equal(&d.from, &from_net));
            seen += d.len;
        }
    }
    g_assert_cmpuint(seen, ==, len);
    n2_udp_stats_get(from, &stats);
    g_assert_cmpuint(stats.send_full + stats.send_failed + stats.send_too_long, ==, 0);
    g_assert_cmpuint(stats.writes, <=, len / 32768 + 2); /* trains, not single datagrams */
    n2_udp_free(from);
    n2_udp_free(to);
}

static void
test_one_datagram(void)
{
    send_and_check("udp:127.0.0.1:0", 100, 100);
}

static void
test_large_datagram(void)
{
    send_and_check("udp:127.0.0.1:0", 65507, 65507);
}

static void
test_train(void)
{
    send_and_check("udp:127.0.0.1:0", 45 * 1400 + 3, 1400);
}

static void
test_many_trains(void)
{
    send_and_check("udp:127.0.0.1:0", 130 * 1200, 1200);
}

static void
test_train_v6(void)
{
    n2_net_addr bound;
    int fd = -1;

    if (n2_udp_bind("udp:[::1]:0", 64, &fd, &bound, NULL) != N2_OK) {
        g_test_skip("no IPv6 here");
        return;
    }
    close(fd);
    send_and_check("udp:[::1]:0", 30 * 1400 + 5, 1400);
}

static void
test_mtu_of_loopback(void)
{
    n2_net_addr net;
    n2_udp *udp = open_one("udp:127.0.0.1:0", &net);

    g_assert_cmpuint(n2_udp_mtu(udp, &net), ==, 65507);
    g_assert_false(n2_udp_mtu_changed(udp));
    n2_udp_free(udp);
}

static void
test_no_way(void)
{
    n2_net_addr net, other;
    n2_udp *udp = open_one("udp:127.0.0.1:0", &net);
    n2_datagram_stats stats;

    /* The socket is bound to loopback, so it has no way there. */
    g_assert_cmpint(n2_net_parse(&other, "udp:192.0.2.1:9"), ==, N2_OK);
    n2_udp_send(udp, &other, (const guint8 *)"abc", 3, 3);
    n2_udp_stats_get(udp, &stats);
    g_assert_cmpuint(stats.send_failed, ==, 1);
    n2_udp_send(udp, &(n2_net_addr){.len = 3, .bytes = "xyz"}, (const guint8 *)"abc", 3, 3);
    n2_udp_free(udp);
}

static void
test_port_is_taken(void)
{
    n2_net_addr bound, again;
    g_autoptr(GError) error = NULL;
    char text[N2_NET_TEXT_BYTES];
    int fd = -1, second = -1;

    g_assert_cmpint(n2_udp_bind("udp:127.0.0.1:0", 64, &fd, &bound, NULL), ==, N2_OK);
    n2_net_format(&bound, text);
    g_assert_cmpint(n2_udp_bind(text, 64, &second, &again, &error), ==, N2_ERR_BUSY);
    g_assert_nonnull(strstr(error->message, text));
    close(fd);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/host/net/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_text);
    }
    g_test_add_func("/host/net/resolve", test_resolve);
    g_test_add_func("/host/udp/one-datagram", test_one_datagram);
    g_test_add_func("/host/udp/large-datagram", test_large_datagram);
    g_test_add_func("/host/udp/train", test_train);
    g_test_add_func("/host/udp/many-trains", test_many_trains);
    g_test_add_func("/host/udp/train-v6", test_train_v6);
    g_test_add_func("/host/udp/mtu-of-loopback", test_mtu_of_loopback);
    g_test_add_func("/host/udp/no-way", test_no_way);
    g_test_add_func("/host/udp/port-is-taken", test_port_is_taken);
    return g_test_run();
}
