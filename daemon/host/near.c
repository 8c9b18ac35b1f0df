/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * near.c - the wires of the local network: announcements out to all of them, and in.
 */
#include "host/near.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/ether.h"
#include "host/net.h"
#include "name/near.h"

enum {
    UDP,
    ASK,
    INTERFACES_MAX = 32,
    BATCH = 64, /* datagrams in one turn of the main loop */
    LOOK_S = 5, /* between two looks at which interfaces there are */
    ANSWER_BYTES = 16384
};

typedef struct {
    n2_wires *owner;
    int fd;
    guint watch;
    n2_net_addr net;
} ether_wire;

struct n2_wires {
    n2_control *control; /* NULL until n2_wires_begin() */
    n2_wires_busy *busy;
    void *user;
    int fds[2];
    guint watch, udp_watch, timer;
    uint32_t seq;
    unsigned interfaces[INTERFACES_MAX]; /* with a link-local address; joined */
    size_t n_interfaces;
    ether_wire ether[N2_WIRES_ETHER_MAX];
    size_t n_ether;
};

static const struct in6_addr group = {
    .s6_addr = {0xff, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6e, 0x32, 0x63, 0x01}};

/* ---- the parent's part ---- */

static int
open_udp(void)
{
    const struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                         .sin6_port = htons(N2_WIRES_PORT)};
    const int yes = 1, no = 0;
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    /* Several nodes of one machine hear the same; nobody hears groups that others joined. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) < 0 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &no, sizeof no) < 0 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &yes, sizeof yes) < 0 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &yes, sizeof yes) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void
n2_wires_open(int fds[static 2])
{
    fds[UDP] = open_udp();
    fds[ASK] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
}

bool
n2_wires_is_open(const n2_net_addr *net)
{
    n2_sockaddr address;

    return n2_net_to_sockaddr(net, &address) && address.any.sa_family == AF_INET6 &&
           (IN6_IS_ADDR_UNSPECIFIED(&address.v6.sin6_addr) ||
            IN6_IS_ADDR_LINKLOCAL(&address.v6.sin6_addr));
}

uint16_t
n2_wires_port(const n2_net_addr *nets, size_t n)
{
    n2_sockaddr address;

    for (size_t i = 0; i < n; i++)
        if (n2_wires_is_open(&nets[i]) && n2_net_to_sockaddr(&nets[i], &address))
            return ntohs(address.v6.sin6_port);
    return 0;
}

/* ---- which interfaces ---- */

static void
join(n2_wires *w, unsigned index)
{
    const struct ipv6_mreq member = {.ipv6mr_multiaddr = group, .ipv6mr_interface = index};

    if (w->n_interfaces == INTERFACES_MAX)
        return;
    for (size_t i = 0; i < w->n_interfaces; i++)
        if (w->interfaces[i] == index)
            return;
    if (setsockopt(w->fds[UDP], IPPROTO_IPV6, IPV6_JOIN_GROUP, &member, sizeof member) < 0 &&
        errno != EADDRINUSE)
        return; /* it is gone again */
    w->interfaces[w->n_interfaces++] = index;
    n2_control_wires_changed(w->control, n2_clock_us());
    w->busy(w->user);
}

/* Of one answer of the kernel's: interfaces with a link-local address that is no loopback's. */
static void
take_addresses(n2_wires *w, const void *bytes, size_t len)
{
    for (const struct nlmsghdr *m = bytes; NLMSG_OK(m, len); m = NLMSG_NEXT(m, len)) {
        const struct ifaddrmsg *a = NLMSG_DATA(m);
        if (m->nlmsg_type == RTM_NEWADDR && m->nlmsg_len >= NLMSG_LENGTH(sizeof *a) &&
            a->ifa_family == AF_INET6 && a->ifa_scope == RT_SCOPE_LINK &&
            !(a->ifa_flags & IFA_F_TENTATIVE))
            join(w, a->ifa_index);
    }
}

static gboolean
on_answer_cb(gint fd, GIOCondition condition, gpointer data)
{
    _Alignas(struct nlmsghdr) uint8_t bytes[ANSWER_BYTES];
    struct sockaddr_nl from;
    socklen_t from_len = sizeof from;
    n2_wires *w = data;

    (void)condition;
    ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_len);
    if (got > 0 && from_len == sizeof from && from.nl_pid == 0) /* the kernel alone */
        take_addresses(w, bytes, (size_t)got);
    return G_SOURCE_CONTINUE;
}

static gboolean
look_cb(gpointer data)
{
    n2_wires *w = data;
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct {
        struct nlmsghdr head;
        struct ifaddrmsg body;
    } ask = {.head = {.nlmsg_len = sizeof ask,
                      .nlmsg_type = RTM_GETADDR,
                      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                      .nlmsg_seq = ++w->seq},
             .body = {.ifa_family = AF_INET6}};

    (void)!sendto(w->fds[ASK], &ask, sizeof ask, 0, (const struct sockaddr *)&kernel,
                  sizeof kernel);
    return G_SOURCE_CONTINUE;
}

/* ---- in ---- */

static void
hear(n2_wires *w, const n2_net_addr *from, const uint8_t *bytes, size_t len)
{
    n2_control_hear(w->control, from, bytes, len, n2_clock_us(), n2_clock_wall_us());
    w->busy(w->user);
}

static gboolean
on_udp_cb(gint fd, GIOCondition condition, gpointer data)
{
    n2_wires *w = data;
    uint8_t bytes[N2_NEAR_SAID_BYTES_MAX + 1];

    (void)condition;
    for (int i = 0; i < BATCH; i++) {
        n2_sockaddr from = {0};
        socklen_t from_len = sizeof from;
        n2_net_addr net;
        ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, &from.any, &from_len);
        if (got < 0)
            break;
        if (from.any.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&from.v6.sin6_addr) &&
            n2_net_from_sockaddr(&net, &from))
            hear(w, &net, bytes, (size_t)got);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean
on_ether_cb(gint fd, GIOCondition condition, gpointer data)
{
    const ether_wire *e = data;
    uint8_t bytes[N2_NEAR_SAID_BYTES_MAX + 1];

    (void)condition;
    for (int i = 0; i < BATCH; i++) {
        struct sockaddr_ll from = {0};
        socklen_t from_len = sizeof from;
        ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_len);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (got < 0 || from.sll_pkttype != PACKET_MULTICAST ||
            from.sll_halen != N2_NET_ETHER_BYTES || !n2_net_is_station(from.sll_addr))
            continue;
        n2_net_addr net = e->net;
        memcpy(net.bytes + 1, from.sll_addr, N2_NET_ETHER_BYTES);
        hear(e->owner, &net, bytes, (size_t)got);
    }
    return G_SOURCE_CONTINUE;
}

/* ---- out ---- */

static void
send_all(n2_wires *wires, const uint8_t *bytes, size_t len)
{
    static const uint8_t station[] = {N2_ETHER_NEAR_GROUP};

    for (size_t i = 0; i < wires->n_interfaces;) {
        const struct sockaddr_in6 to = {.sin6_family = AF_INET6,
                                        .sin6_port = htons(N2_WIRES_PORT),
                                        .sin6_addr = group,
                                        .sin6_scope_id = wires->interfaces[i]};
        ssize_t sent =
            sendto(wires->fds[UDP], bytes, len, 0, (const struct sockaddr *)&to, sizeof to);
        if (sent < 0 && errno != EAGAIN && errno != ENOBUFS)
            wires->interfaces[i] = wires->interfaces[--wires->n_interfaces]; /* gone */
        else
            i++;
    }
    for (size_t i = 0; i < wires->n_ether; i++) {
        const ether_wire *e = &wires->ether[i];
        struct sockaddr_ll to = {.sll_family = AF_PACKET,
                                 .sll_protocol = htons(N2_ETHER_NEAR_TYPE),
                                 .sll_halen = sizeof station};
        struct sockaddr_ll bound = {0};
        socklen_t bound_len = sizeof bound;

        memcpy(to.sll_addr, station, sizeof station);
        if (getsockname(e->fd, (struct sockaddr *)&bound, &bound_len) == 0)
            to.sll_ifindex = bound.sll_ifindex;
        if (sendto(e->fd, bytes, len, 0, (const struct sockaddr *)&to, sizeof to) < 0 &&
            errno != EAGAIN && errno != ENOBUFS)
            (void)n2_ether_join_near(e->fd, &e->net); /* made anew, for the next one */
    }
}

void
n2_wires_flush(n2_wires *wires)
{
    uint8_t said[N2_NEAR_SAID_BYTES_MAX];
    size_t len = wires->control ? n2_control_next_near(wires->control, said) : 0;

    if (len)
        send_all(wires, said, len);
}

/* ---- life ---- */

n2_wires *
n2_wires_new(const int fds[static 2], const int *ether, const n2_net_addr *nets, size_t n)
{
    n2_wires *w = g_new0(n2_wires, 1);

    w->fds[UDP] = fds[UDP];
    w->fds[ASK] = fds[ASK];
    for (size_t i = 0; i < n && w->n_ether < N2_WIRES_ETHER_MAX; i++)
        if (ether[i] > 0)
            w->ether[w->n_ether++] = (ether_wire){.owner = w, .fd = ether[i], .net = nets[i]};
    return w;
}

void
n2_wires_begin(n2_wires *wires, n2_control *control, n2_wires_busy *busy, void *user)
{
    wires->control = control;
    wires->busy = busy;
    wires->user = user;
    for (size_t i = 0; i < wires->n_ether; i++)
        wires->ether[i].watch =
            g_unix_fd_add(wires->ether[i].fd, G_IO_IN, on_ether_cb, &wires->ether[i]);
    if (wires->fds[UDP] < 0 || wires->fds[ASK] < 0)
        return;
    wires->watch = g_unix_fd_add(wires->fds[ASK], G_IO_IN, on_answer_cb, wires);
    wires->udp_watch = g_unix_fd_add(wires->fds[UDP], G_IO_IN, on_udp_cb, wires);
    wires->timer = g_timeout_add_seconds(LOOK_S, look_cb, wires);
    (void)look_cb(wires);
}

void
n2_wires_free(n2_wires *wires)
{
    if (!wires)
        return;
    for (size_t i = 0; i < wires->n_ether; i++) {
        if (wires->ether[i].watch)
            g_source_remove(wires->ether[i].watch);
        close(wires->ether[i].fd);
    }
    if (wires->timer) {
        g_source_remove(wires->timer);
        g_source_remove(wires->watch);
        g_source_remove(wires->udp_watch);
    }
    for (size_t i = 0; i < 2; i++)
        if (wires->fds[i] >= 0)
            close(wires->fds[i]);
    g_free(wires);
}
