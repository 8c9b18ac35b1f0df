/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * datagram.h - what every kind of socket of the data plane hands in, and what it counts.
 *
 * Layer: host.
 */
#pragma once

#include <stdint.h>

#include "base/datagram.h"

typedef struct {
    uint64_t reads, writes;    /* system calls that moved something; batches out of a ring */
    uint64_t send_full;        /* datagrams dropped: no room in the kernel */
    uint64_t send_too_long;    /* datagrams dropped: longer than the way takes */
    uint64_t send_failed;      /* datagrams dropped: no route, not allowed, ... */
    uint64_t receive_overflow; /* datagrams the kernel dropped because we were too slow */
    uint64_t receive_foreign;  /* frames that were not for us, or from nobody who can be */
} n2_datagram_stats;
