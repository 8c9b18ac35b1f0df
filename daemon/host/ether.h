/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ether.h - a packet socket on one Ethernet interface: frames of our type in and out.
 *
 * Layer:   host.
 * Threads: one; nothing waits, and nothing is allocated but when the interface takes longer
 *          frames than before.
 * Source:  packet(7); PROTOCOL.md, section "Ethernet".
 *
 * The kernel puts frames into a ring that both see, from where they are taken without a system
 * call; it has taken off head and VLAN tag, and says whom a frame was for.  Out they go by
 * another such ring, all of a run by one call.  Version 2 of the rings: version 3 shows a frame
 * only when its block is full or a millisecond old, which is a hundred times what a frame needs
 * here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/netaddr.h"
#include "host/datagram.h"

typedef struct n2_ether n2_ether;

enum {
    N2_ETHER_TYPE = 0x88b5,      /* IEEE 802 local experimental 1 */
    N2_ETHER_NEAR_TYPE = 0x88b6, /* and 2: announcements */
    N2_ETHER_BATCH = 64,         /* frames at most between two n2_ether_receive() */
    N2_ETHER_SLOTS_MIN = 128     /* of a ring, whatever its bytes are */
};

/**
 * Opens a socket on an interface, for which the process needs CAP_NET_RAW.  It never lets in
 * frames of another type, whatever it is bound to.
 *
 * @listener:   "eth:INTERFACE", or with the address that it must have,
 *              "eth:INTERFACE/02:00:00:00:00:01".
 * @buffer_kib: wished for each direction; the kernel may give less.
 * @fd:         (out): closed on exec.
 * @bound:      (out): with the address.
 *
 * Returns: N2_OK; N2_ERR_USAGE (no such form, or another address), N2_ERR_REFUSED (not
 *          permitted), N2_ERR_UNSUPPORTED (no such interface, no Ethernet, its MTU is too
 *          small, a kernel without packet sockets), N2_ERR_IO.
 */
N2_MUST_USE n2_err n2_ether_bind(
    const char *listener, uint64_t buffer_kib, int *fd, n2_net_addr *bound, GError **error);

#define N2_ETHER_NEAR_GROUP 0x03, 0x6e, 0x32, 0x63, 0x00, 0x01

/** Opens a socket for announcements (host/near.h) on the interface that @net names: frames of
 *  their type alone, for the same right.  Returns: -1: not possible. */
int n2_ether_bind_near(const n2_net_addr *net);

/** Has @fd, from n2_ether_bind_near(), hear the group on that interface, also when it was made
 * anew. */
bool n2_ether_join_near(int fd, const n2_net_addr *net);

/** Gives up CAP_NET_RAW for good, for this process and all that it starts.
 *  Returns: N2_OK, N2_ERR_IO. */
N2_MUST_USE n2_err n2_ether_give_up_right(void);

/** Does @fd come from n2_ether_bind()? */
bool n2_ether_is_ours(int fd);

/**
 * @fd: closed by n2_ether_free(), not on failure.  Its interface may be gone; then nothing
 * passes until it is made anew.
 *
 * Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_IO (also if the kernel refuses a ring).
 */
N2_MUST_USE n2_err n2_ether_new(n2_ether **out, int fd);

/** @ether: (transfer full) (nullable). */
void n2_ether_free(n2_ether *ether);

/** Says where it listened, which the kernel does not know of an interface that is gone: @net as
 *  n2_ether_bind() gave it.  Does nothing if it is known. */
void n2_ether_know(n2_ether *ether, const n2_net_addr *net);

/** Where it listens; its address may be another after the interface was made anew. */
const n2_net_addr *n2_ether_peek_net(const n2_ether *ether);

/** Begins a batch, and gives the frames of the last one back; false if nothing is there. */
bool n2_ether_receive(n2_ether *ether);

/** Gives the frames of the last batch back.  Returns: is it worth to begin another one? Without
 *  a system call, and so without noticing that the interface went down. */
bool n2_ether_has(n2_ether *ether);

/** The next datagram of the batch, or false. */
bool n2_ether_next(n2_ether *ether, n2_datagram *out);

/** Sends @len bytes to @to as frames of @segment bytes.  What does not go is counted. */
void n2_ether_send(
    n2_ether *ether, const n2_net_addr *to, const uint8_t *bytes, size_t len, size_t segment);

/** Longest datagram that a frame of this interface takes. */
uint32_t n2_ether_mtu(n2_ether *ether);

/** The network has changed: the kernel is asked again.  An interface of the same name in place
 * of one that was removed is taken for it. */
void n2_ether_forget(n2_ether *ether);

/** Was that found to have changed since the last call? */
bool n2_ether_mtu_changed(n2_ether *ether);

/** Adds what was counted here. */
void n2_ether_stats_add(n2_ether *ether, n2_datagram_stats *out);
