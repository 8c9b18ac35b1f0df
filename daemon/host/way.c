/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * way.c - how a datagram gets to an address: from which socket, and how long it may be.
 */
#include "host/way.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    HEAD_V4_BYTES = 20 + 8,
    HEAD_V6_BYTES = 40 + 8,
    MTU_UNKNOWN = 1280,
    LIFE_US = 10 * 1000 * 1000
};

struct n2_ways {
    n2_sockaddr bound[N2_WAY_SOCKETS_MAX];
    size_t n_bound;
    int ask[2]; /* unbound sockets that ask for routes: IPv4, IPv6; -1: no such family */
    bool has_changed;
    n2_way ways[N2_WAYS_MAX];
};

void
n2_ways_open(int ask[static 2])
{
    ask[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ask[1] = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

int
n2_ways_news(void)
{
    const struct sockaddr_nl changes = {.nl_family = AF_NETLINK,
                                        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
                                                     RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                                                     RTMGRP_IPV6_ROUTE};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&changes, sizeof changes) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool
n2_ways_hear(int news)
{
    uint8_t scrap[64]; /* that there is something is enough; what is missed counts as well */
    bool any = false;

    for (;;) {
        ssize_t got = recv(news, scrap, sizeof scrap, MSG_DONTWAIT | MSG_TRUNC);
        if (got < 0 && errno != ENOBUFS && errno != EINTR)
            return any;
        any = true;
    }
}

n2_err
n2_ways_new(n2_ways **out, const n2_sockaddr *bound, size_t n, const int ask[static 2])
{
    if (n == 0 || n > N2_WAY_SOCKETS_MAX)
        return N2_ERR_USAGE;
    n2_ways *ways = calloc(1, sizeof *ways);
    if (!ways)
        return N2_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        ways->bound[i] = bound[i];
    ways->n_bound = n;
    ways->ask[0] = ask[0];
    ways->ask[1] = ask[1];
    *out = ways;
    return N2_OK;
}

void
n2_ways_free(n2_ways *ways)
{
    if (!ways)
        return;
    for (size_t i = 0; i < 2; i++)
        if (ways->ask[i] >= 0)
            close(ways->ask[i]);
    free(ways);
}

static bool
is_wildcard(const n2_sockaddr *a)
{
    if (a->any.sa_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
    return a->v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

static bool
is_same_host(const n2_sockaddr *a, const n2_sockaddr *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET6)
        return IN6_ARE_ADDR_EQUAL(&a->v6.sin6_addr, &b->v6.sin6_addr);
    return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

/* The socket to send from: bound to the address the route leaves by, else to any address, else
 * the first of the family. */
static uint8_t
choose_socket(const n2_ways *ways, const n2_sockaddr *local)
{
    uint8_t best = 0;
    int best_rank = -1;

    for (size_t i = 0; i < ways->n_bound; i++) {
        const n2_sockaddr *bound = &ways->bound[i];
        int rank = bound->any.sa_family != local->any.sa_family ? -1
                   : is_same_host(bound, local)                 ? 2
                   : is_wildcard(bound)                         ? 1
                                                                : 0;
        if (rank > best_rank) {
            best_rank = rank;
            best = (uint8_t)i;
        }
    }
    return best;
}

static uint32_t
payload_of(int family, int mtu)
{
    int head = family == AF_INET6 ? HEAD_V6_BYTES : HEAD_V4_BYTES;
    int payload = mtu - head;

    return (uint32_t)CLAMP(payload, N2_WAY_BYTES_MIN, N2_WAY_BYTES_MAX);
}

/* Asks the kernel how a datagram to there would go. */
static void
look_up(n2_ways *ways, n2_way *w, uint64_t now_us)
{
    bool is_v6 = w->address.any.sa_family == AF_INET6;
    int fd = ways->ask[is_v6];
    int mtu = MTU_UNKNOWN;
    socklen_t mtu_len = sizeof mtu;
    n2_sockaddr local = {.any.sa_family = w->address.any.sa_family};
    socklen_t local_len = sizeof local;
    uint32_t before = w->mtu_bytes;

    /* Connected anew, a socket would keep the source address of the last way. */
    if (fd >= 0)
        (void)connect(fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr));
    if (fd >= 0 && connect(fd, &w->address.any, w->address_len) == 0) {
        if (getsockopt(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_MTU : IP_MTU, &mtu,
                       &mtu_len) < 0)
            mtu = MTU_UNKNOWN;
        if (getsockname(fd, &local.any, &local_len) < 0)
            local = (n2_sockaddr){.any.sa_family = w->address.any.sa_family};
    }
    if (!w->heard)
        w->socket = choose_socket(ways, &local);
    w->mtu_bytes = payload_of(w->address.any.sa_family, mtu);
    w->until_us = now_us + LIFE_US;
    if (before && before != w->mtu_bytes)
        ways->has_changed = true;
}

static n2_way *
place_of(n2_ways *ways, const n2_net_addr *net)
{
    uint32_t hash = 2166136261u; /* FNV-1a; a collision costs a look-up, nothing else */

    for (size_t i = 0; i < net->len && i < N2_NET_ADDRESS_BYTES; i++)
        hash = (hash ^ net->bytes[i]) * 16777619u;
    return &ways->ways[(hash ^ hash >> 16) % N2_WAYS_MAX];
}

n2_way *
n2_ways_find(n2_ways *ways, const n2_net_addr *net, uint64_t now_us)
{
    n2_way *w = place_of(ways, net);

    if (!n2_net_addr_equal(&w->net, net) || w->address_len == 0) {
        n2_sockaddr address;
        socklen_t len = n2_net_to_sockaddr(net, &address);
        if (len == 0)
            return NULL;
        *w = (n2_way){.net = *net, .address = address, .address_len = len};
    }
    if (now_us >= w->until_us)
        look_up(ways, w, now_us);
    return w;
}

void
n2_ways_heard(n2_ways *ways, const n2_net_addr *net, size_t i)
{
    n2_way *w = place_of(ways, net);

    if (n2_net_addr_equal(&w->net, net)) {
        w->socket = (uint8_t)i;
        w->heard = true;
        return;
    }
    n2_sockaddr address;
    socklen_t len = n2_net_to_sockaddr(net, &address);
    if (len)
        *w = (n2_way){.net = *net,
                      .address = address,
                      .address_len = len,
                      .socket = (uint8_t)i,
                      .heard = true};
}

void
n2_ways_forget(n2_ways *ways)
{
    for (size_t i = 0; i < N2_WAYS_MAX; i++)
        ways->ways[i].until_us = 0;
}

bool
n2_ways_changed(n2_ways *ways)
{
    bool changed = ways->has_changed;

    ways->has_changed = false;
    return changed;
}
