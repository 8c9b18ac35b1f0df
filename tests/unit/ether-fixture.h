/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ether-fixture.h - a network of a test's own with a pair of interfaces in it.
 */
#pragma once

#include <fcntl.h>
#include <glib.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/ether.h"
#include "host/net.h"
#include "wire/frame.h"

#define LEFT_ADDRESS "02:00:00:00:00:01"
#define RIGHT_ADDRESS "02:00:00:00:00:02"

/* ---- a network of our own ---- */

/* Two interfaces, joined: what goes out by "left" comes in by "right". */
typedef struct {
    n2_ether *left, *right;
} pair;

static inline void
ip(const char *arguments)
{
    g_autofree char *line = g_strconcat("ip ", arguments, NULL);
    g_autofree char *words = NULL;
    g_autoptr(GError) error = NULL;
    int status = 0;

    g_assert_true(g_spawn_command_line_sync(line, NULL, &words, &status, &error));
    if (status)
        g_error("%s: %s", line, words);
}

static inline bool
write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return ok;
}

/* Before the first thread; false: this machine has none for us. */
static inline bool
enter_own_network(void)
{
    g_autofree char *users = g_strdup_printf("0 %u 1", getuid());
    g_autofree char *groups = g_strdup_printf("0 %u 1", getgid());
    g_autofree char *ip_path = g_find_program_in_path("ip");

    if (!ip_path)
        return false;
    if (unshare(CLONE_NEWNET) == 0)
        return true;
    return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
           write_file("/proc/self/setgroups", "deny") &&
           write_file("/proc/self/uid_map", users) && write_file("/proc/self/gid_map", groups);
}

static inline n2_ether *
listen_on(const char *listener)
{
    n2_net_addr bound;
    n2_ether *ether = NULL;
    g_autoptr(GError) error = NULL;
    int fd = -1;

    g_assert_cmpint(n2_ether_bind(listener, 1024, &fd, &bound, &error), ==, N2_OK);
    g_assert_no_error(error);
    g_assert_true(n2_ether_is_ours(fd));
    g_assert_cmpint(n2_ether_new(&ether, fd), ==, N2_OK);
    g_assert_true(n2_net_addr_equal(n2_ether_peek_net(ether), &bound));
    return ether;
}

/* Up to a second after it was set up the kernel drops without a word what goes out. */
static inline void
wait_until_running(const char *name)
{
    gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq ask = {0};

    g_strlcpy(ask.ifr_name, name, sizeof ask.ifr_name);
    do {
        g_assert_cmpint(g_get_monotonic_time(), <, until);
        g_usleep(1000);
        g_assert_cmpint(ioctl(fd, SIOCGIFFLAGS, &ask), ==, 0);
    } while (!(ask.ifr_flags & IFF_RUNNING));
    close(fd);
}

static inline void
lay(unsigned mtu)
{
    g_autofree char *left =
        g_strdup_printf("link set left address " LEFT_ADDRESS " mtu %u up", mtu);
    g_autofree char *right =
        g_strdup_printf("link set right address " RIGHT_ADDRESS " mtu %u up", mtu);

    ip("link add left type veth peer name right");
    ip(left);
    ip(right);
    wait_until_running("left");
    wait_until_running("right");
}

static inline pair
pair_new(unsigned mtu)
{
    lay(mtu);
    return (pair){.left = listen_on("eth:left"), .right = listen_on("eth:right")};
}

static inline void
pair_free(pair *p)
{
    n2_ether_free(p->left);
    n2_ether_free(p->right);
    ip("link del left");
}

static inline n2_net_addr
net_of(const char *text)
{
    n2_net_addr net = {0};

    g_assert_cmpint(n2_net_parse(&net, text), ==, N2_OK);
    return net;
}

static inline n2_datagram_stats
stats_of(n2_ether *ether)
{
    n2_datagram_stats stats = {0};

    n2_ether_stats_add(ether, &stats);
    return stats;
}

/* Sends from left to right, where everything must come, in order.  A pair of interfaces
 * delivers within the system call, or soon after. */
static inline void
send_and_check(pair *p, size_t len, size_t segment)
{
    n2_net_addr to = net_of("eth:left/" RIGHT_ADDRESS),
                from = net_of("eth:right/" LEFT_ADDRESS);
    g_autofree guint8 *bytes = g_malloc(len);
    const n2_datagram_stats before = stats_of(p->left);
    gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
    size_t seen = 0;
    n2_datagram d;

    for (size_t i = 0; i < len; i++)
        bytes[i] = (guint8)(i * 7 + i / 251);
    n2_ether_send(p->left, &to, bytes, len, segment);
    while (seen < len && g_get_monotonic_time() < until) {
        while (n2_ether_receive(p->right)) {
            while (n2_ether_next(p->right, &d)) {
                g_assert_cmpuint(d.len, ==, MIN(segment, len - seen));
                g_assert_cmpmem(d.bytes, d.len, bytes + seen, d.len);
                g_assert_true(n2_net_addr_equal(&d.from, &from));
                memset(d.bytes, 0xff, d.len); /* ours to change */
                seen += d.len;
            }
        }
    }
    g_assert_cmpuint(seen, ==, len);
    const n2_datagram_stats after = stats_of(p->left);
    g_assert_cmpuint(after.send_full + after.send_failed + after.send_too_long, ==,
                     before.send_full + before.send_failed + before.send_too_long);
    g_assert_cmpuint(after.writes - before.writes, <=, len / segment / 64 + 1);
}

static gboolean has_network;

typedef void (*test_with_network)(void);

static inline void
run_with_network(gconstpointer data)
{
    const test_with_network *test = data;

    if (has_network)
        (*test)();
    else
        g_test_skip("no network namespaces here");
}
