/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * way.h - how a datagram gets to an address: from which socket, and how long it may be.
 *
 * Layer:   host.
 * Threads: one; after n2_ways_new() nothing is allocated.
 *
 * The kernel is asked (a connect() that sends nothing) when an address is new, every 10 s,
 * after a datagram to it failed, and after the network changed.  What it says of the length is
 * only where the link begins to search (link/size.c): anybody may send it an ICMP message.
 * Whoever was heard is answered from the socket that heard.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "host/net.h"

enum {
    N2_WAY_SOCKETS_MAX = 16,
    N2_WAYS_MAX = 1024,       /* remembered; more cost a look-up again and again */
    N2_WAY_BYTES_MIN = 508,   /* payload; every IPv4 host takes 576 */
    N2_WAY_BYTES_MAX = 65507, /* 65535 less the heads of IPv4 and UDP */
};

typedef struct {
    n2_net_addr net;
    n2_sockaddr address;
    socklen_t address_len;
    uint32_t mtu_bytes; /* longest payload of a datagram */
    uint64_t until_us;  /* then the kernel is asked again; 0: before the next datagram */
    uint8_t socket;     /* index */
    bool heard;         /* `socket` is where datagrams from there arrived */
    bool no_segments;   /* the device cannot segment */
} n2_way;

typedef struct n2_ways n2_ways;

/** Opens the sockets that ask for routes, IPv4 then IPv6; -1: no such family here. */
void n2_ways_open(int ask[static 2]);

/**
 * A socket that becomes readable when addresses, devices or routes of this machine change;
 * closed on exec, never waits.
 *
 * Returns: -1: there is none here.
 */
int n2_ways_news(void);

/** Takes all that @news has to tell.  Returns: was there anything? */
bool n2_ways_hear(int news);

/**
 * @bound: what the sockets are bound to, @n of them.
 * @ask:   (transfer full), but not on failure: from n2_ways_open(), maybe in another process.
 *
 * Returns: N2_OK, N2_ERR_USAGE (@n), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_ways_new(n2_ways **out,
                               const n2_sockaddr *bound,
                               size_t n,
                               const int ask[static 2]);

/** @ways: (transfer full) (nullable). */
void n2_ways_free(n2_ways *ways);

/** (transfer none) (nullable): the way to @net, until the next call; NULL: no address. */
n2_way *n2_ways_find(n2_ways *ways, const n2_net_addr *net, uint64_t now_us);

/** A datagram from @net arrived at socket @i. */
void n2_ways_heard(n2_ways *ways, const n2_net_addr *net, size_t i);

/** The network has changed: asks again how each datagram goes. */
void n2_ways_forget(n2_ways *ways);

/** Was a way found to have another size since the last call? */
bool n2_ways_changed(n2_ways *ways);
