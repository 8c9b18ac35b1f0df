/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ether.c - a packet socket on one Ethernet interface: frames of our type in and out.
 */
#include "host/ether.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "link/run.h"
#include "wire/frame.h"

enum {
    /* Of a slot, before the frame: the kernel's head and address, and 16 bytes that it leaves
     * free. */
    SLOT_HEAD_BYTES = TPACKET_ALIGN(TPACKET2_HDRLEN) + 16,
    BLOCK_BYTES = 256 * 1024, /* holds slots, none of which crosses its end */
    LIFE_US = 10 * 1000 * 1000
};

typedef struct {
    uint8_t *bytes; /* NULL: none */
    size_t n_blocks, slot_bytes, slots_per_block;
} ring;

struct n2_ether {
    int fd;
    int index; /* of the interface */
    n2_net_addr self;
    uint32_t mtu_bytes;
    uint64_t until_us; /* then the kernel is asked for it again; 0: before the next batch */
    bool has_changed;
    size_t ring_bytes; /* wished for */
    n2_datagram_stats stats;

    ring ring;
    size_t at;     /* the slot to be looked at next */
    size_t n_held; /* before it, which the kernel has not been given back */

    struct sockaddr_ll to;
    struct mmsghdr messages[N2_RUN_SEGMENTS_MAX];
    struct iovec places[N2_RUN_SEGMENTS_MAX];
};

_Static_assert((int)SLOT_HEAD_BYTES + (int)N2_FRAME_BYTES_MAX <= (int)BLOCK_BYTES,
               "a block has room for the longest frame");

/* ---- the ring ---- */

static size_t
slots_of(const ring *r)
{
    return r->n_blocks * r->slots_per_block;
}

static struct tpacket2_hdr *
slot_at(const ring *r, size_t i)
{
    size_t block = i / r->slots_per_block, slot = i % r->slots_per_block;

    return (struct tpacket2_hdr *)(void *)(r->bytes + block * BLOCK_BYTES +
                                           slot * r->slot_bytes);
}

static void
drop_ring(n2_ether *e)
{
    struct tpacket_req none = {0};

    if (e->ring.bytes)
        munmap(e->ring.bytes, e->ring.n_blocks * BLOCK_BYTES);
    e->ring = (ring){0};
    e->at = e->n_held = 0;
    /* It belongs to the socket, also when the process that made it has crashed. */
    (void)setsockopt(e->fd, SOL_PACKET, PACKET_RX_RING, &none, sizeof none);
}

/* A ring whose slots take frames of this MTU, of as many bytes as can be had. */
static n2_err
make_ring(n2_ether *e)
{
    ring r = {.slot_bytes = TPACKET_ALIGN(SLOT_HEAD_BYTES + e->mtu_bytes)};

    r.slots_per_block = BLOCK_BYTES / r.slot_bytes;
    size_t least = (N2_ETHER_SLOTS_MIN + r.slots_per_block - 1) / r.slots_per_block;
    r.n_blocks = e->ring_bytes / BLOCK_BYTES;
    if (r.n_blocks < least)
        r.n_blocks = least;
    drop_ring(e);
    for (;; r.n_blocks /= 2) {
        struct tpacket_req wish = {.tp_block_size = BLOCK_BYTES,
                                   .tp_block_nr = (unsigned)r.n_blocks,
                                   .tp_frame_size = (unsigned)r.slot_bytes,
                                   .tp_frame_nr = (unsigned)slots_of(&r)};
        if (setsockopt(e->fd, SOL_PACKET, PACKET_RX_RING, &wish, sizeof wish) == 0)
            break;
        if (errno != ENOMEM || r.n_blocks < 2)
            return errno == ENOMEM ? N2_ERR_NOMEM : N2_ERR_IO;
    }
    r.bytes =
        mmap(NULL, r.n_blocks * BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, e->fd, 0);
    if (r.bytes == MAP_FAILED)
        return N2_ERR_NOMEM;
    e->ring = r;
    return N2_OK;
}

/* ---- the interface ---- */

/* That the interface went down is an error until somebody asks for it. */
static void
forget_error(n2_ether *e)
{
    int cause;
    socklen_t len = sizeof cause;

    (void)getsockopt(e->fd, SOL_SOCKET, SO_ERROR, &cause, &len);
}

/* Is there an interface of the same name as the one that the socket was on?  It may have
 * another address. */
static bool
bind_again(n2_ether *e)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(N2_ETHER_TYPE)};
    struct ifreq ask = {0};

    memcpy(ask.ifr_name, e->self.bytes + 1 + N2_NET_ETHER_BYTES,
           e->self.len - (size_t)(1 + N2_NET_ETHER_BYTES));
    if (!ask.ifr_name[0] || ioctl(e->fd, SIOCGIFINDEX, &ask) < 0)
        return false;
    address.sll_ifindex = ask.ifr_ifindex;
    if (ioctl(e->fd, SIOCGIFHWADDR, &ask) < 0 || ask.ifr_hwaddr.sa_family != ARPHRD_ETHER ||
        bind(e->fd, (struct sockaddr *)&address, sizeof address) < 0)
        return false;
    forget_error(e);
    e->index = e->to.sll_ifindex = address.sll_ifindex;
    memcpy(e->self.bytes + 1, ask.ifr_hwaddr.sa_data, N2_NET_ETHER_BYTES);
    return true;
}

/* Asks the kernel whether the interface is there, and how long its frames may be now. */
static void
look(n2_ether *e)
{
    struct sockaddr_ll bound = {0};
    socklen_t len = sizeof bound;

    e->until_us = n2_clock_us() + LIFE_US;
    if (getsockname(e->fd, (struct sockaddr *)&bound, &len) < 0 ||
        (bound.sll_ifindex <= 0 && !bind_again(e)))
        return; /* gone */
    struct ifreq ask = {.ifr_ifindex = e->index};
    if (ioctl(e->fd, SIOCGIFNAME, &ask) < 0 || ioctl(e->fd, SIOCGIFMTU, &ask) < 0 ||
        ask.ifr_mtu < N2_FRAME_BYTES_MIN || ask.ifr_mtu == (int)e->mtu_bytes)
        return; /* useless: nothing passes, which the link notices */
    e->mtu_bytes =
        ask.ifr_mtu < N2_FRAME_BYTES_MAX ? (uint32_t)ask.ifr_mtu : (uint32_t)N2_FRAME_BYTES_MAX;
    e->has_changed = true;
}

n2_err
n2_ether_new(n2_ether **out, int fd)
{
    struct sockaddr_ll bound = {0};
    socklen_t len = sizeof bound, option_len = sizeof(int);
    int version = TPACKET_V2, bytes = 0;
    struct ifreq ask = {0};

    if (getsockname(fd, (struct sockaddr *)&bound, &len) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &option_len) < 0)
        return N2_ERR_IO;
    ask.ifr_ifindex = bound.sll_ifindex;
    if (bound.sll_ifindex > 0 &&
        (bound.sll_halen != N2_NET_ETHER_BYTES || ioctl(fd, SIOCGIFNAME, &ask) < 0))
        return N2_ERR_IO;
    n2_ether *e = calloc(1, sizeof *e);
    if (!e)
        return N2_ERR_NOMEM;
    *e = (n2_ether){.fd = fd,
                    .index = bound.sll_ifindex,
                    .ring_bytes = (size_t)bytes / 2, /* the kernel counts its own part too */
                    .mtu_bytes = N2_FRAME_BYTES_MIN,
                    .to = {.sll_family = AF_PACKET,
                           .sll_protocol = htons(N2_ETHER_TYPE),
                           .sll_ifindex = bound.sll_ifindex,
                           .sll_halen = N2_NET_ETHER_BYTES}};
    size_t name_len = strnlen(ask.ifr_name, N2_NET_INTERFACE_BYTES_MAX);
    e->self.len = (uint8_t)(1 + N2_NET_ETHER_BYTES + name_len);
    e->self.bytes[0] = N2_NET_ETHER;
    memcpy(e->self.bytes + 1, bound.sll_addr, N2_NET_ETHER_BYTES);
    memcpy(e->self.bytes + 1 + N2_NET_ETHER_BYTES, ask.ifr_name, name_len);
    for (size_t i = 0; i < N2_RUN_SEGMENTS_MAX; i++)
        e->messages[i].msg_hdr = (struct msghdr){.msg_name = &e->to,
                                                 .msg_namelen = sizeof e->to,
                                                 .msg_iov = &e->places[i],
                                                 .msg_iovlen = 1};
    look(e);
    e->has_changed = false;
    drop_ring(e); /* whose version could not be chosen any more */
    n2_err err = setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0
                     ? N2_ERR_IO
                     : make_ring(e);
    if (err) {
        free(e);
        return err;
    }
    *out = e;
    return N2_OK;
}

void
n2_ether_free(n2_ether *ether)
{
    if (!ether)
        return;
    drop_ring(ether);
    close(ether->fd);
    free(ether);
}

void
n2_ether_know(n2_ether *ether, const n2_net_addr *net)
{
    if (ether->self.len > 1 + N2_NET_ETHER_BYTES)
        return;
    ether->self = *net;
    look(ether);
}

const n2_net_addr *
n2_ether_peek_net(const n2_ether *ether)
{
    return &ether->self;
}

uint32_t
n2_ether_mtu(n2_ether *ether)
{
    if (n2_clock_us() >= ether->until_us)
        look(ether);
    return ether->mtu_bytes;
}

void
n2_ether_forget(n2_ether *ether)
{
    look(ether);
}

bool
n2_ether_mtu_changed(n2_ether *ether)
{
    bool changed = ether->has_changed;

    ether->has_changed = false;
    return changed;
}

/* ---- in ---- */

static bool
is_full(const struct tpacket2_hdr *slot)
{
    return __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER;
}

static void
give_back(n2_ether *e)
{
    size_t n = slots_of(&e->ring);

    for (; e->n_held; e->n_held--)
        __atomic_store_n(&slot_at(&e->ring, (e->at + n - e->n_held) % n)->tp_status,
                         TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

bool
n2_ether_receive(n2_ether *ether)
{
    if (ether->ring.bytes)
        give_back(ether);
    if (!ether->until_us)
        look(ether);
    if ((!ether->ring.bytes ||
         ether->mtu_bytes > ether->ring.slot_bytes - (size_t)SLOT_HEAD_BYTES) &&
        make_ring(ether) != N2_OK)
        return false; /* no memory: nothing comes in until there is some */
    if (is_full(slot_at(&ether->ring, ether->at))) {
        ether->stats.reads++;
        return true;
    }
    forget_error(ether);
    return false;
}

/* Is this frame for us, and from somebody who can be answered?  To a group's address, or to a
 * broadcast, nothing is ever answered. */
static bool
is_ours(const n2_ether *e, const struct sockaddr_ll *from)
{
    return from->sll_pkttype == PACKET_HOST && from->sll_halen == N2_NET_ETHER_BYTES &&
           n2_net_is_station(from->sll_addr) &&
           memcmp(from->sll_addr, e->self.bytes + 1, N2_NET_ETHER_BYTES) != 0;
}

bool
n2_ether_next(n2_ether *ether, n2_datagram *out)
{
    while (ether->n_held < N2_ETHER_BATCH) {
        struct tpacket2_hdr *slot = slot_at(&ether->ring, ether->at);
        if (!is_full(slot))
            return false;
        const struct sockaddr_ll *from =
            (const void *)((const uint8_t *)slot + TPACKET_ALIGN(sizeof *slot));
        ether->at = (ether->at + 1) % slots_of(&ether->ring);
        ether->n_held++;
        if (!is_ours(ether, from)) {
            ether->stats.receive_foreign++;
        } else if (slot->tp_snaplen < slot->tp_len) {
            ether->stats.receive_overflow++;
            ether->until_us = 0; /* the interface takes longer frames than it did */
        } else {
            out->from = ether->self;
            memcpy(out->from.bytes + 1, from->sll_addr, N2_NET_ETHER_BYTES);
            out->bytes = (uint8_t *)slot + slot->tp_mac;
            out->len = slot->tp_snaplen;
            return true;
        }
    }
    return false;
}

/* ---- out ---- */

/* What is left of a run is dropped: what stands in the way stands in the way of all of it. */
static void
count_failure(n2_ether *e, int cause, uint64_t n_datagrams)
{
    switch (cause) {
    case EAGAIN:
    case ENOBUFS:
        e->stats.send_full += n_datagrams;
        return;
    case EMSGSIZE:
        e->stats.send_too_long += n_datagrams;
        e->until_us = 0;
        return;
    default:
        e->stats.send_failed += n_datagrams;
    }
}

void
n2_ether_send(
    n2_ether *ether, const n2_net_addr *to, const uint8_t *bytes, size_t len, size_t segment)
{
    if (!segment || segment > len)
        segment = len;
    if (n2_clock_us() >= ether->until_us)
        look(ether);
    memcpy(ether->to.sll_addr, to->bytes + 1, N2_NET_ETHER_BYTES);
    while (len) {
        unsigned n = 0, done = 0;
        for (; n < N2_RUN_SEGMENTS_MAX && len; n++) {
            size_t step = segment < len ? segment : len;
            ether->places[n] =
                (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = step};
            bytes += step;
            len -= step;
        }
        while (done < n) {
            int sent = sendmmsg(ether->fd, ether->messages + done, n - done,
                                MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent <= 0) {
                count_failure(ether, errno, n - done + (len + segment - 1) / segment);
                return;
            }
            ether->stats.writes++;
            done += (unsigned)sent;
        }
    }
}

void
n2_ether_stats_add(n2_ether *ether, n2_datagram_stats *out)
{
    struct tpacket_stats since = {0};
    socklen_t len = sizeof since;

    /* The kernel counts from the last time that it was asked. */
    if (getsockopt(ether->fd, SOL_PACKET, PACKET_STATISTICS, &since, &len) == 0)
        ether->stats.receive_overflow += since.tp_drops;
    out->reads += ether->stats.reads;
    out->writes += ether->stats.writes;
    out->send_full += ether->stats.send_full;
    out->send_too_long += ether->stats.send_too_long;
    out->send_failed += ether->stats.send_failed;
    out->receive_overflow += ether->stats.receive_overflow;
    out->receive_foreign += ether->stats.receive_foreign;
}
