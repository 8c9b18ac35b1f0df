/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * datagram.h - one of a batch of datagrams that came in.
 *
 * Layer: base (may include: libc only).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/netaddr.h"

/** @bytes may be changed, until the next batch is received. */
typedef struct {
    n2_net_addr from;
    uint8_t *bytes;
    size_t len;
} n2_datagram;
