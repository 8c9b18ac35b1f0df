/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * netaddr.h - where a datagram of Internet 1.0 comes from or goes to.
 *
 * Layer: base (may include: libc only).  Meaningful to the host (or the simulator) only; all
 *        others compare and hash the bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    N2_NET_ADDRESS_BYTES = 28 /* room of a struct sockaddr_in6 */
};

typedef struct {
    uint8_t len; /* bytes used; equal addresses are equal bytes */
    uint8_t bytes[N2_NET_ADDRESS_BYTES];
} n2_net_addr;

static inline bool
n2_net_addr_equal(const n2_net_addr *a, const n2_net_addr *b)
{
    return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}
