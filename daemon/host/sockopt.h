/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sockopt.h - options of sockets that are wishes.
 *
 * Layer: host.
 */
#pragma once

#include <stdint.h>
#include <sys/socket.h>

/** Wishes for an option; the kernel may not know it, or say no. */
static inline void
n2_sockopt_wish(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

/** Wishes for buffers of @kib each way; the kernel may give less. */
static inline void
n2_sockopt_buffers(int fd, uint64_t kib)
{
    int bytes = (int)(kib * 1024);

    n2_sockopt_wish(fd, SOL_SOCKET, SO_RCVBUF, bytes);
    n2_sockopt_wish(fd, SOL_SOCKET, SO_SNDBUF, bytes);
    n2_sockopt_wish(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes); /* beyond the limit, where we may */
    n2_sockopt_wish(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes);
}
