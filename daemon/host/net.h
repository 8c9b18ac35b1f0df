/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * net.h - addresses of datagrams: as text, as the kernel's sockaddr, and as n2_net_addr.
 *
 * Layer: host.  Inside an n2_net_addr of UDP stand: family 1 (4 or 6), port 2, address 4 or 16,
 *        and for IPv6 the scope 4; so equal addresses are equal bytes.  One of an Ethernet
 *        (base/netaddr.h) has a text and no sockaddr.
 */
#pragma once

#include <glib.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/netaddr.h"

enum {
    N2_NET_TEXT_BYTES = 80 /* room of "udp:[...%4294967295]:65535" */
};

typedef union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} n2_sockaddr;

/**
 * Reads "udp:ADDRESS:PORT"; ADDRESS is numeric, IPv6 in brackets; or "eth:INTERFACE/ADDRESS".
 *
 * Returns: N2_OK, N2_ERR_FORMAT.
 */
N2_MUST_USE n2_err n2_net_parse(n2_net_addr *out, const char *text);

/** Has @text the form "udp:ADDRESS:PORT", whatever the address may be? */
bool n2_net_is_endpoint(const char *text);

/**
 * As n2_net_parse(), but ADDRESS may be a host name, which is looked up; this waits for the
 * resolver, so it is not for the main loop (numeric addresses return at once).
 *
 * Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_NOTFOUND (no such host), N2_ERR_TIMEOUT (resolver).
 */
N2_MUST_USE n2_err n2_net_resolve(n2_net_addr *out, const char *text);

/** Writes it so; an address of no known family reads "udp:?". */
void n2_net_format(const n2_net_addr *net, char out[static N2_NET_TEXT_BYTES]);

/** Makes an n2_net_addr of a kernel address; false if it is neither IPv4 nor IPv6. */
bool n2_net_from_sockaddr(n2_net_addr *out, const n2_sockaddr *from);

/** Makes a kernel address; returns its length, 0 if @net is of no known family. */
socklen_t n2_net_to_sockaddr(const n2_net_addr *net, n2_sockaddr *out);
