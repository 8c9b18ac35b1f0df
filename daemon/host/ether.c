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
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/ether-out.h"
#include "host/ether-ring.h"
#include "wire/frame.h"

enum {
    LIFE_US = 10 * 1000 * 1000
};

struct n2_ether {
    int fd;
    int index; /* of the interface */
    n2_net_addr self;
    uint32_t mtu_bytes;
    uint64_t until_us; /* then the kernel is asked for it again; 0: before the next batch */
    bool has_changed;
    size_t ring_bytes; /* wished for */
    n2_datagram_stats stats;

    n2_ether_rings rings;
    size_t at;     /* the slot to be looked at next */
    size_t n_held; /* before it, which the kernel has not been given back */
    n2_ether_out out;
};

/* ---- the rings ---- */

static bool
bind_to(n2_ether *e, int index)
{
    const struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(N2_ETHER_TYPE), .sll_ifindex = index};

    return bind(e->fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static n2_err
make_rings(n2_ether *e)
{
    e->at = e->n_held = e->out.at = 0;
    n2_err err = n2_ether_rings_make(&e->rings, e->fd, e->mtu_bytes, e->ring_bytes);

    /* An interface that comes up in that very moment would not be listened to, nor by binding
     * to it as it is: the kernel sees that nothing has changed. */
    if (!err && e->index > 0 && (!bind_to(e, 0) || !bind_to(e, e->index)))
        e->until_us = 0; /* it is gone */
    return err;
}

/* Are they there, and long enough for what the interface takes now? */
static bool
have_rings(n2_ether *e)
{
    return (e->rings.bytes && e->mtu_bytes <= e->rings.frame_bytes) || make_rings(e) == N2_OK;
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
    struct ifreq ask = {0};

    memcpy(ask.ifr_name, e->self.bytes + 1 + N2_NET_ETHER_BYTES,
           e->self.len - (size_t)(1 + N2_NET_ETHER_BYTES));
    if (!ask.ifr_name[0] || ioctl(e->fd, SIOCGIFINDEX, &ask) < 0)
        return false;
    int index = ask.ifr_ifindex;
    if (ioctl(e->fd, SIOCGIFHWADDR, &ask) < 0 || ask.ifr_hwaddr.sa_family != ARPHRD_ETHER ||
        !bind_to(e, index))
        return false;
    forget_error(e);
    e->index = e->out.to.sll_ifindex = index;
    return true;
}

/* Asks the kernel whether the interface is there, and how long its frames may be now. */
static void
look(n2_ether *e)
{
    struct sockaddr_ll bound = {0};
    socklen_t len = sizeof bound;

    e->until_us = n2_clock_us() + LIFE_US;
    if (getsockname(e->fd, (struct sockaddr *)&bound, &len) < 0)
        return;
    if (bound.sll_ifindex <= 0) {
        e->index = -1;
        len = sizeof bound;
        if (!bind_again(e) || getsockname(e->fd, (struct sockaddr *)&bound, &len) < 0)
            return; /* gone */
    }
    if (bound.sll_halen == N2_NET_ETHER_BYTES) /* which somebody may have changed */
        memcpy(e->self.bytes + 1, bound.sll_addr, N2_NET_ETHER_BYTES);
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
                    .mtu_bytes = N2_FRAME_BYTES_MIN};
    n2_err err = n2_ether_out_init(&e->out, fd, e->index);
    size_t name_len = strnlen(ask.ifr_name, N2_NET_INTERFACE_BYTES_MAX);
    e->self.len = (uint8_t)(1 + N2_NET_ETHER_BYTES + name_len);
    e->self.bytes[0] = N2_NET_ETHER;
    memcpy(e->self.bytes + 1, bound.sll_addr, N2_NET_ETHER_BYTES);
    memcpy(e->self.bytes + 1 + N2_NET_ETHER_BYTES, ask.ifr_name, name_len);
    look(e);
    e->has_changed = false;
    if (!err)
        err = n2_ether_rings_drop(&e->rings, fd); /* else no version can be chosen any more */
    if (!err && setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0)
        err = N2_ERR_IO;
    if (!err)
        err = make_rings(e);
    if (err) {
        n2_ether_out_clear(&e->out);
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
    (void)!n2_ether_rings_drop(&ether->rings, ether->fd);
    n2_ether_out_clear(&ether->out);
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
    return n2_ether_slot_status(slot) & TP_STATUS_USER;
}

static void
give_back(n2_ether *e)
{
    size_t n = n2_ether_ring_slots(&e->rings.in);

    for (; e->n_held; e->n_held--)
        n2_ether_slot_give(n2_ether_ring_at(&e->rings.in, (e->at + n - e->n_held) % n),
                           TP_STATUS_KERNEL);
}

bool
n2_ether_receive(n2_ether *ether)
{
    if (ether->rings.bytes)
        give_back(ether);
    if (!ether->until_us)
        look(ether);
    if (!have_rings(ether))
        return false; /* no memory: nothing comes in until there is some */
    if (is_full(n2_ether_ring_at(&ether->rings.in, ether->at))) {
        ether->stats.reads++;
        return true;
    }
    forget_error(ether);
    return false;
}

bool
n2_ether_has(n2_ether *ether)
{
    if (!ether->rings.bytes || !ether->until_us)
        return true;
    give_back(ether);
    return is_full(n2_ether_ring_at(&ether->rings.in, ether->at));
}

/* Is this frame for us, and from somebody who can be answered?  To a group's address, or to a
 * broadcast, nothing is ever answered. */
static bool
is_ours(const n2_ether *e, const struct sockaddr_ll *from)
{
    return from->sll_ifindex == e->index && from->sll_pkttype == PACKET_HOST &&
           from->sll_halen == N2_NET_ETHER_BYTES && n2_net_is_station(from->sll_addr) &&
           memcmp(from->sll_addr, e->self.bytes + 1, N2_NET_ETHER_BYTES) != 0;
}

bool
n2_ether_next(n2_ether *ether, n2_datagram *out)
{
    while (ether->n_held < N2_ETHER_BATCH) {
        struct tpacket2_hdr *slot = n2_ether_ring_at(&ether->rings.in, ether->at);
        if (!is_full(slot))
            return false;
        const struct sockaddr_ll *from =
            (const void *)((const uint8_t *)slot + TPACKET_ALIGN(sizeof *slot));
        ether->at = (ether->at + 1) % n2_ether_ring_slots(&ether->rings.in);
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
    if (n2_clock_us() >= ether->until_us || segment > ether->mtu_bytes)
        look(ether);
    if (!have_rings(ether)) {
        count_failure(ether, ENOBUFS, (len + segment - 1) / segment);
        return;
    }
    if (segment > ether->rings.frame_bytes) {
        count_failure(ether, EMSGSIZE, (len + segment - 1) / segment);
        return;
    }
    uint64_t n_left;
    int cause = n2_ether_out_send(&ether->out, &ether->rings.out, to->bytes + 1, bytes, len,
                                  segment, &n_left, &ether->stats.writes);
    if (cause)
        count_failure(ether, cause, n_left);
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
