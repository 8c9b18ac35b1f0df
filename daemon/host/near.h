/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * near.h - the wires of the local network: announcements out to all of them, and in.
 *
 * Layer:   host.
 * Threads: the control thread's main loop.
 * Source:  PROTOCOL.md, section "Neighbours".
 *
 * Nothing here can leave a link: frames go to a group of an Ethernet that no router knows,
 * datagrams to a link-local group of IPv6 with a hop limit of 1; and in comes only what a
 * station sent to that group, or came from a link-local address.  By IPv4 nothing is said: it
 * has no address that says where it ends, and each interface that has IPv4 and none of IPv6 was
 * made so by hand.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/control.h"

typedef struct n2_wires n2_wires;

enum {
    N2_WIRES_ETHER_MAX = 16,
    N2_WIRES_PORT = 28210 /* of UDP */
};

/** The control plane has something to say, or to do. */
typedef void n2_wires_busy(void *user);

/** Parent: opens the socket for datagrams, and the one that asks which interfaces there are.
 *  -1: there is no IPv6 here, or another program has the port. */
void n2_wires_open(int fds[static 2]);

/** Is @net, of a listener, one by which a link-local address can be reached? */
bool n2_wires_is_open(const n2_net_addr *net);

/** The port of the first of @n listeners that is; 0: none. */
uint16_t n2_wires_port(const n2_net_addr *nets, size_t n);

/**
 * @fds:   from n2_wires_open().
 * @ether: of each of @n listeners at @nets one from n2_ether_bind_near(); 0: none.  All of them
 *         are closed by n2_wires_free().
 */
n2_wires *
n2_wires_new(const int fds[static 2], const int *ether, const n2_net_addr *nets, size_t n);

/** What is heard from now on goes to @control; then @busy is called. */
void n2_wires_begin(n2_wires *wires, n2_control *control, n2_wires_busy *busy, void *user);
void n2_wires_free(n2_wires *wires); /* (nullable) */

/** What the control plane says now, onto each wire that there is. */
void n2_wires_flush(n2_wires *wires);
