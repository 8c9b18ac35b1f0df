/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * netaddr.h - where a datagram comes from or goes to: Internet 1.0, or an Ethernet.
 *
 * Layer: base (may include: libc only).  Meaningful to the host (or the simulator) only; all
 *        others compare and hash the bytes.
 *
 * The first byte says what the others are:
 *
 *     4, 6   IPv4, IPv6 (host/net.h)
 *     2      Ethernet: address 6, our interface's name 1 to 15 (no zero behind it)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

enum {
    N2_NET_ADDRESS_BYTES = 28, /* room of a struct sockaddr_in6 */
    N2_NET_ETHER = 2,          /* first byte */
    N2_NET_ETHER_BYTES = 6,    /* an address on an Ethernet */
    N2_NET_INTERFACE_BYTES_MAX = 15,
    N2_NET_ETHER_TEXT_BYTES = 4 + N2_NET_INTERFACE_BYTES_MAX + 1 + 17 + 1 /* with NUL */
};

typedef struct {
    uint8_t len; /* bytes used; equal addresses are equal bytes */
    uint8_t bytes[N2_NET_ADDRESS_BYTES];
} n2_net_addr;

static inline bool
n2_net_addr_equal(const n2_net_addr *a, const n2_net_addr *b)
{
    uint64_t x, y, differ = 0;
    size_t i = 0;

    /* By words, as it is asked of each datagram. */
    if (a->len != b->len)
        return false;
    for (; i + sizeof x <= a->len; i += sizeof x) {
        memcpy(&x, a->bytes + i, sizeof x);
        memcpy(&y, b->bytes + i, sizeof y);
        differ |= x ^ y;
    }
    for (; i < a->len; i++)
        differ |= a->bytes[i] ^ b->bytes[i];
    return !differ;
}

/**
 * A number for all those addresses that one host can have as @net: an IPv4 address whatever the
 * port, 64 bits of an IPv6 address, and all of an Ethernet by one interface of ours, where each
 * station writes what it likes.
 *
 * Returns: never 0; 0 for an address of another kind.
 */
uint64_t n2_net_source(const n2_net_addr *net);

/** Is @net an address on an Ethernet, well formed? */
bool n2_net_is_ether(const n2_net_addr *net);

/** Is what @net reaches the local network and no more: an Ethernet's address, or a link-local
 * one of IPv6, which no router passes on? */
bool n2_net_is_local(const n2_net_addr *net);

/** Are two addresses on Ethernets by the same interface of ours? */
bool n2_net_same_interface(const n2_net_addr *a, const n2_net_addr *b);

/** Is one of the @n at @nets by the same interface as @net? */
bool n2_net_has_interface(const n2_net_addr *nets, size_t n, const n2_net_addr *net);

/** May @address be one station's: neither a group's nor all zeros? */
bool n2_net_is_station(const uint8_t address[static N2_NET_ETHER_BYTES]);

/**
 * Reads "eth:INTERFACE/02:00:00:00:00:01", or with @may_lack_address "eth:INTERFACE" too: then
 * the address is zeros.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (also for a group's address, and for the name of an interface
 *          with a slash, colon, comma, semicolon or white space in it).
 */
N2_MUST_USE n2_err n2_net_ether_parse(n2_net_addr *out,
                                      const char *text,
                                      bool may_lack_address);

/** Writes it so; @net is an Ethernet's. */
void n2_net_ether_format(const n2_net_addr *net, char out[static N2_NET_ETHER_TEXT_BYTES]);
