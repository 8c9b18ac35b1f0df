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
#include "host/sockopt.h"
#include "host/way.h"

enum {
    SEGMENTS_MAX = 64, /* UDP_MAX_SEGMENTS of older kernels */
    CONTROL_BYTES = 128
};

typedef struct {
    int fd;
    n2_sockaddr bound;
    uint32_t overflow; /* the kernel's count, as last seen */
} channel;

struct n2_udp {
    channel sockets[N2_UDP_SOCKETS_MAX];
    size_t n_sockets;
    n2_ways *ways; /* owned */
    n2_datagram_stats stats;

    /* the batch under way */
    uint8_t *buffers; /* N2_UDP_BATCH times N2_UDP_BUFFER_BYTES */
    struct mmsghdr messages[N2_UDP_BATCH];
    struct iovec places[N2_UDP_BATCH];
    n2_sockaddr senders[N2_UDP_BATCH];
    _Alignas(struct cmsghdr) uint8_t controls[N2_UDP_BATCH][CONTROL_BYTES];
    size_t n_messages, at_message;
    size_t at_byte, segment;
    n2_net_addr from;
};

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
        n2_sockopt_wish(sock, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    n2_sockopt_buffers(sock, buffer_kib);
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
    n2_sockopt_wish(fd, SOL_UDP, UDP_GRO, 1);
    n2_sockopt_wish(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    /* Never fragment.  What is longer than the device takes fails, and the way's size is asked
     * again; what ICMP says of the rest of the way stops nothing, as the link proves sizes. */
    if (c->bound.any.sa_family == AF_INET6)
        n2_sockopt_wish(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    else
        n2_sockopt_wish(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
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
n2_udp_new(n2_udp **out, const int *fds, size_t n, const int ask[static 2])
{
    if (n == 0 || n > N2_UDP_SOCKETS_MAX)
        return N2_ERR_USAGE;
    n2_udp *udp = calloc(1, sizeof *udp);
    if (!udp)
        return N2_ERR_NOMEM;
    udp->buffers = aligned_alloc(4096, (size_t)N2_UDP_BATCH * N2_UDP_BUFFER_BYTES);
    if (!udp->buffers) {
        n2_udp_free(udp);
        return N2_ERR_NOMEM;
    }
    prepare_batch(udp);
    n2_sockaddr bound[N2_UDP_SOCKETS_MAX];
    n2_err err = N2_OK;
    for (size_t i = 0; !err && i < n; i++) {
        err = adopt(&udp->sockets[i], fds[i]);
        bound[i] = udp->sockets[i].bound;
        udp->n_sockets += !err;
    }
    if (!err)
        err = n2_ways_new(&udp->ways, bound, n, ask);
    if (err) {
        n2_udp_free(udp);
        return err;
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
    n2_ways_free(udp->ways);
    free(udp->buffers);
    free(udp);
}

uint32_t
n2_udp_mtu(n2_udp *udp, const n2_net_addr *to)
{
    const n2_way *way = n2_ways_find(udp->ways, to, n2_clock_us());

    return way ? way->mtu_bytes : (uint32_t)N2_WAY_BYTES_MIN;
}

void
n2_udp_forget(n2_udp *udp)
{
    n2_ways_forget(udp->ways);
}

bool
n2_udp_mtu_changed(n2_udp *udp)
{
    return n2_ways_changed(udp->ways);
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
            n2_ways_heard(udp->ways, &from, i);
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
send_once(n2_udp *udp, const n2_way *way, const uint8_t *bytes, size_t len, size_t segment)
{
    union {
        struct cmsghdr head;
        uint8_t room[CMSG_SPACE(sizeof(uint16_t))];
    } control = {0};
    struct iovec place = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    struct msghdr message = {.msg_name = (void *)(uintptr_t)&way->address,
                             .msg_namelen = way->address_len,
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
    if (sendmsg(udp->sockets[way->socket].fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return errno;
    udp->stats.writes++;
    return 0;
}

static void
count_failure(n2_udp *udp, n2_way *way, int cause, size_t n_datagrams)
{
    switch (cause) {
    case EAGAIN:
    case ENOBUFS:
        udp->stats.send_full += n_datagrams;
        return;
    case EMSGSIZE:
        udp->stats.send_too_long += n_datagrams;
        way->until_us = 0; /* it is asked for its size before the next datagram */
        return;
    default:
        udp->stats.send_failed += n_datagrams;
        way->heard = false; /* the socket may have been the wrong one */
        way->until_us = 0;
    }
}

void
n2_udp_send(
    n2_udp *udp, const n2_net_addr *to, const uint8_t *bytes, size_t len, size_t segment)
{
    n2_way *way = len ? n2_ways_find(udp->ways, to, n2_clock_us()) : NULL;

    if (segment == 0 || segment > len)
        segment = len;
    while (way && len) {
        size_t step = way->no_segments
                          ? segment
                          : MIN(N2_WAY_BYTES_MAX / segment * segment, segment * SEGMENTS_MAX);
        if (step == 0 || step > len)
            step = len;
        int cause = send_once(udp, way, bytes, step, segment);
        if ((cause == EIO || cause == EINVAL || cause == EOPNOTSUPP) && step > segment) {
            way->no_segments = true;
            continue; /* the same bytes, one by one */
        }
        if (cause)
            count_failure(udp, way, cause, (step + segment - 1) / segment);
        bytes += step;
        len -= step;
    }
}

void
n2_udp_stats_get(const n2_udp *udp, n2_datagram_stats *out)
{
    *out = udp->stats;
}
