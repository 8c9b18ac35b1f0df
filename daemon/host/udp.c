/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * udp.c - the sockets of the data plane: batches in, segmentation offload out, sizes of ways.
 */
#include "host/udp.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/fault.h"
#include "host/net.h"

enum {
    SEGMENTS_MAX = 64,      /* UDP_MAX_SEGMENTS of older kernels */
    PAYLOAD_V4_MAX = 65507, /* 65535 less IP and UDP head */
    HEAD_V4_BYTES = 20 + 8,
    HEAD_V6_BYTES = 40 + 8,
    PAYLOAD_MIN = 508, /* every IPv4 host takes 576 */
    MTU_UNKNOWN = 1280,
    ROUTE_LIFE_US = 10 * 1000 * 1000,
    CONTROL_BYTES = 128
};

/* What is known of the way to one address. */
typedef struct {
    n2_net_addr net;
    n2_sockaddr address;
    socklen_t address_len;
    uint32_t mtu_bytes;
    uint64_t until_us;
    uint8_t socket;
    bool heard;       /* `socket` is where datagrams from there arrived */
    bool no_segments; /* the device cannot segment */
} route;

typedef struct {
    int fd;
    n2_sockaddr bound;
    uint32_t overflow; /* the kernel's count, as last seen */
} channel;

struct n2_udp {
    channel sockets[N2_UDP_SOCKETS_MAX];
    size_t n_sockets;
    int scratch[2]; /* unbound sockets that ask for routes: IPv4, IPv6; -1: no such family */
    bool mtu_changed;
    n2_udp_stats stats;

    /* the batch under way */
    uint8_t *buffers; /* N2_UDP_BATCH times N2_UDP_BUFFER_BYTES */
    struct mmsghdr messages[N2_UDP_BATCH];
    struct iovec places[N2_UDP_BATCH];
    n2_sockaddr senders[N2_UDP_BATCH];
    _Alignas(struct cmsghdr) uint8_t controls[N2_UDP_BATCH][CONTROL_BYTES];
    size_t n_messages, at_message;
    size_t at_byte, segment;
    n2_net_addr from;

    route routes[N2_UDP_ROUTES];
};

static void
set_int(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value); /* all of them are only wishes */
}

static void
set_buffers(int fd, uint64_t buffer_kib)
{
    int bytes = (int)(buffer_kib * 1024);

    set_int(fd, SOL_SOCKET, SO_RCVBUF, bytes);
    set_int(fd, SOL_SOCKET, SO_SNDBUF, bytes);
    set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes); /* beyond the limit, where we may */
    set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes);
}

n2_err
n2_udp_bind(
    const char *listener, uint64_t buffer_kib, int *fd, n2_net_addr *bound, GError **error)
{
    n2_net_addr net;
    n2_sockaddr address;
    socklen_t len;

    if (n2_net_parse(&net, listener) != N2_OK)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "--listen %s: not of the form udp:ADDRESS:PORT. Give a numeric "
                            "address, IPv6 in brackets",
                            listener);
    len = n2_net_to_sockaddr(&net, &address);
    int family = address.any.sa_family;
    int sock = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0)
        return n2_fault_set(error, errno == EAFNOSUPPORT ? N2_ERR_UNSUPPORTED : N2_ERR_IO,
                            "--listen %s: %s. Choose another address", listener,
                            g_strerror(errno));
    if (family == AF_INET6)
        set_int(sock, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_buffers(sock, buffer_kib);
    if (bind(sock, &address.any, len) < 0 || getsockname(sock, &address.any, &len) < 0) {
        int cause = errno;
        close(sock);
        n2_err err = cause == EADDRINUSE                               ? N2_ERR_BUSY
                     : cause == EADDRNOTAVAIL || cause == EAFNOSUPPORT ? N2_ERR_UNSUPPORTED
                                                                       : N2_ERR_IO;
        return n2_fault_set(error, err, "--listen %s: %s. Choose another address or port",
                            listener, g_strerror(cause));
    }
    (void)n2_net_from_sockaddr(bound, &address);
    *fd = sock;
    return N2_OK;
}

/* Options that are not part of binding; the receiving process sets them. */
static n2_err
adopt(channel *c, int fd)
{
    socklen_t len = sizeof c->bound;

    c->fd = fd;
    if (getsockname(fd, &c->bound.any, &len) < 0)
        return N2_ERR_IO;
    set_int(fd, SOL_UDP, UDP_GRO, 1);
    set_int(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    /* Never fragment: a datagram that is too long fails, and the way's size is asked again. */
    if (c->bound.any.sa_family == AF_INET6)
        set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
    else
        set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    return N2_OK;
}

static void
prepare_batch(n2_udp *udp)
{
    for (size_t i = 0; i < N2_UDP_BATCH; i++) {
        udp->places[i] = (struct iovec){.iov_base = udp->buffers + i * N2_UDP_BUFFER_BYTES,
                                        .iov_len = N2_UDP_BUFFER_BYTES};
        udp->messages[i].msg_hdr = (struct msghdr){.msg_name = &udp->senders[i],
                                                   .msg_iov = &udp->places[i],
                                                   .msg_iovlen = 1,
                                                   .msg_control = udp->controls[i]};
    }
}

n2_err
n2_udp_new(n2_udp **out, const int *fds, size_t n)
{
    if (n == 0 || n > N2_UDP_SOCKETS_MAX)
        return N2_ERR_USAGE;
    n2_udp *udp = calloc(1, sizeof *udp);
    if (!udp)
        return N2_ERR_NOMEM;
    udp->scratch[0] = udp->scratch[1] = -1;
    udp->buffers = aligned_alloc(4096, (size_t)N2_UDP_BATCH * N2_UDP_BUFFER_BYTES);
    if (!udp->buffers) {
        n2_udp_free(udp);
        return N2_ERR_NOMEM;
    }
    prepare_batch(udp);
    udp->scratch[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    udp->scratch[1] = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (size_t i = 0; i < n; i++) {
        n2_err err = adopt(&udp->sockets[i], fds[i]);
        if (err) {
            n2_udp_free(udp);
            return err;
        }
        udp->n_sockets++;
    }
    *out = udp;
    return N2_OK;
}

void
n2_udp_free(n2_udp *udp)
{
    if (!udp)
        return;
    for (size_t i = 0; i < udp->n_sockets; i++)
        close(udp->sockets[i].fd);
    for (size_t i = 0; i < 2; i++)
        if (udp->scratch[i] >= 0)
            close(udp->scratch[i]);
    free(udp->buffers);
    free(udp);
}

/* ---- ways ---- */

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
choose_socket(const n2_udp *udp, const n2_sockaddr *local)
{
    uint8_t best = 0;
    int best_rank = -1;

    for (size_t i = 0; i < udp->n_sockets; i++) {
        const n2_sockaddr *bound = &udp->sockets[i].bound;
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

    return (uint32_t)CLAMP(payload, PAYLOAD_MIN, PAYLOAD_V4_MAX);
}

/* Asks the kernel how a datagram to there would go. */
static void
look_up(n2_udp *udp, route *r, uint64_t now_us)
{
    bool is_v6 = r->address.any.sa_family == AF_INET6;
    int fd = udp->scratch[is_v6];
    int mtu = MTU_UNKNOWN;
    socklen_t mtu_len = sizeof mtu;
    n2_sockaddr local = {.any.sa_family = r->address.any.sa_family};
    socklen_t local_len = sizeof local;
    uint32_t before = r->mtu_bytes;

    /* Connected anew, a socket would keep the source address of the last way. */
    if (fd >= 0)
        (void)connect(fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr));
    if (fd >= 0 && connect(fd, &r->address.any, r->address_len) == 0) {
        if (getsockopt(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_MTU : IP_MTU, &mtu,
                       &mtu_len) < 0)
            mtu = MTU_UNKNOWN;
        if (getsockname(fd, &local.any, &local_len) < 0)
            local = (n2_sockaddr){.any.sa_family = r->address.any.sa_family};
    }
    if (!r->heard)
        r->socket = choose_socket(udp, &local);
    r->mtu_bytes = payload_of(r->address.any.sa_family, mtu);
    r->until_us = now_us + ROUTE_LIFE_US;
    if (before && before != r->mtu_bytes)
        udp->mtu_changed = true;
}

static route *
route_place(n2_udp *udp, const n2_net_addr *net)
{
    uint32_t hash = 2166136261u; /* FNV-1a; a collision costs a look-up, nothing else */

    for (size_t i = 0; i < net->len && i < N2_NET_ADDRESS_BYTES; i++)
        hash = (hash ^ net->bytes[i]) * 16777619u;
    return &udp->routes[(hash ^ hash >> 16) % N2_UDP_ROUTES];
}

/* The way to @net, looked up if it is not known or too old; NULL if @net is no address. */
static route *
find_route(n2_udp *udp, const n2_net_addr *net)
{
    route *r = route_place(udp, net);
    uint64_t now_us = n2_clock_us();

    if (!n2_net_addr_equal(&r->net, net) || r->address_len == 0) {
        n2_sockaddr address;
        socklen_t len = n2_net_to_sockaddr(net, &address);
        if (len == 0)
            return NULL;
        *r = (route){.net = *net, .address = address, .address_len = len};
    }
    if (now_us >= r->until_us)
        look_up(udp, r, now_us);
    return r;
}

/* Answers go out by the socket that the question came in by. */
static void
learn_socket(n2_udp *udp, const n2_net_addr *net, size_t i)
{
    route *r = route_place(udp, net);

    if (n2_net_addr_equal(&r->net, net)) {
        r->socket = (uint8_t)i;
        r->heard = true;
        return;
    }
    n2_sockaddr address;
    socklen_t len = n2_net_to_sockaddr(net, &address);
    if (len)
        *r = (route){.net = *net,
                     .address = address,
                     .address_len = len,
                     .socket = (uint8_t)i,
                     .heard = true};
}

uint32_t
n2_udp_mtu(n2_udp *udp, const n2_net_addr *to)
{
    const route *r = find_route(udp, to);

    return r ? r->mtu_bytes : (uint32_t)PAYLOAD_MIN;
}

bool
n2_udp_mtu_changed(n2_udp *udp)
{
    bool changed = udp->mtu_changed;

    udp->mtu_changed = false;
    return changed;
}

/* ---- in ---- */

bool
n2_udp_receive(n2_udp *udp, size_t i)
{
    for (size_t m = 0; m < N2_UDP_BATCH; m++) {
        udp->messages[m].msg_hdr.msg_namelen = sizeof udp->senders[m];
        udp->messages[m].msg_hdr.msg_controllen = CONTROL_BYTES;
    }
    int n = recvmmsg(udp->sockets[i].fd, udp->messages, N2_UDP_BATCH, MSG_DONTWAIT, NULL);
    udp->n_messages = n > 0 ? (size_t)n : 0;
    udp->at_message = 0;
    udp->at_byte = 0;
    udp->segment = 0;
    if (n <= 0)
        return false;
    udp->stats.reads++;
    for (size_t m = 0; m < udp->n_messages; m++) {
        n2_net_addr from;
        if ((m == 0 || memcmp(&udp->senders[m], &udp->senders[m - 1],
                              udp->messages[m].msg_hdr.msg_namelen) != 0) &&
            n2_net_from_sockaddr(&from, &udp->senders[m]))
            learn_socket(udp, &from, i);
    }
    struct msghdr *last = &udp->messages[udp->n_messages - 1].msg_hdr;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(last); c; c = CMSG_NXTHDR(last, c)) {
        uint32_t overflow;
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(&overflow, CMSG_DATA(c), sizeof overflow);
            udp->stats.receive_overflow += overflow - udp->sockets[i].overflow;
            udp->sockets[i].overflow = overflow;
        }
    }
    return true;
}

/* Size of the datagrams the kernel joined into message @m. */
static size_t
segment_of(n2_udp *udp, size_t m)
{
    struct msghdr *head = &udp->messages[m].msg_hdr;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c; c = CMSG_NXTHDR(head, c)) {
        int size = 0;
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
            memcpy(&size, CMSG_DATA(c), sizeof size);
            if (size > 0)
                return (size_t)size;
        }
    }
    return udp->messages[m].msg_len;
}

bool
n2_udp_next(n2_udp *udp, n2_datagram *out)
{
    while (udp->at_message < udp->n_messages) {
        size_t m = udp->at_message;
        size_t total = udp->messages[m].msg_len;
        if (udp->at_byte == 0) {
            udp->segment = segment_of(udp, m);
            if (!n2_net_from_sockaddr(&udp->from, &udp->senders[m]))
                total = 0;
        }
        if (udp->at_byte >= total) {
            udp->at_message++;
            udp->at_byte = 0;
            continue;
        }
        size_t left = total - udp->at_byte;
        out->from = udp->from;
        out->bytes = udp->buffers + m * N2_UDP_BUFFER_BYTES + udp->at_byte;
        out->len = left < udp->segment ? left : udp->segment;
        udp->at_byte += out->len;
        return true;
    }
    return false;
}

/* ---- out ---- */

/* One system call: @len bytes as datagrams of @segment.  Returns 0 or an errno. */
static int
send_once(n2_udp *udp, const route *r, const uint8_t *bytes, size_t len, size_t segment)
{
    union {
        struct cmsghdr head;
        uint8_t room[CMSG_SPACE(sizeof(uint16_t))];
    } control = {0};
    struct iovec place = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    struct msghdr message = {.msg_name = (void *)(uintptr_t)&r->address,
                             .msg_namelen = r->address_len,
                             .msg_iov = &place,
                             .msg_iovlen = 1};

    if (len > segment) {
        uint16_t size = (uint16_t)segment;
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
        control.head.cmsg_level = SOL_UDP;
        control.head.cmsg_type = UDP_SEGMENT;
        control.head.cmsg_len = CMSG_LEN(sizeof size);
        memcpy(CMSG_DATA(&control.head), &size, sizeof size);
    }
    if (sendmsg(udp->sockets[r->socket].fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return errno;
    udp->stats.writes++;
    return 0;
}

static void
count_failure(n2_udp *udp, route *r, int cause, size_t n_datagrams)
{
    switch (cause) {
    case EAGAIN:
    case ENOBUFS:
        udp->stats.send_full += n_datagrams;
        return;
    case EMSGSIZE:
        udp->stats.send_too_long += n_datagrams;
        r->until_us = 0; /* the way is asked for its size before the next datagram */
        return;
    default:
        udp->stats.send_failed += n_datagrams;
        r->heard = false; /* the socket may have been the wrong one */
        r->until_us = 0;
    }
}

void
n2_udp_send(
    n2_udp *udp, const n2_net_addr *to, const uint8_t *bytes, size_t len, size_t segment)
{
    route *r = len ? find_route(udp, to) : NULL;

    if (segment == 0 || segment > len)
        segment = len;
    while (r && len) {
        size_t step = r->no_segments
                          ? segment
                          : MIN(PAYLOAD_V4_MAX / segment * segment, segment * SEGMENTS_MAX);
        if (step == 0 || step > len)
            step = len;
        int cause = send_once(udp, r, bytes, step, segment);
        if ((cause == EIO || cause == EINVAL || cause == EOPNOTSUPP) && step > segment) {
            r->no_segments = true;
            continue; /* the same bytes, one by one */
        }
        if (cause)
            count_failure(udp, r, cause, (step + segment - 1) / segment);
        bytes += step;
        len -= step;
    }
}

void
n2_udp_stats_get(const n2_udp *udp, n2_udp_stats *out)
{
    *out = udp->stats;
}
