/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sockets.c - all sockets of the data plane, of whatever kind, by one number each.
 */
#include "host/sockets.h"

#include <stdlib.h>

struct n2_sockets {
    n2_udp *udp;
};

n2_err
n2_sockets_new(n2_sockets **out, const int *fds, size_t n, const int ask[static 2])
{
    n2_sockets *s = calloc(1, sizeof *s);

    if (!s)
        return N2_ERR_NOMEM;
    n2_err err = n2_udp_new(&s->udp, fds, n, ask);
    if (err) {
        free(s);
        return err;
    }
    *out = s;
    return N2_OK;
}

void
n2_sockets_free(n2_sockets *sockets)
{
    if (!sockets)
        return;
    n2_udp_free(sockets->udp);
    free(sockets);
}

bool
n2_sockets_receive(n2_sockets *sockets, size_t i)
{
    return n2_udp_receive(sockets->udp, i);
}

bool
n2_sockets_next(n2_sockets *sockets, n2_datagram *out)
{
    return n2_udp_next(sockets->udp, out);
}

void
n2_sockets_send(n2_sockets *sockets,
                const n2_net_addr *to,
                const uint8_t *bytes,
                size_t len,
                size_t segment)
{
    n2_udp_send(sockets->udp, to, bytes, len, segment);
}

uint32_t
n2_sockets_mtu(n2_sockets *sockets, const n2_net_addr *to)
{
    return n2_udp_mtu(sockets->udp, to);
}

void
n2_sockets_forget(n2_sockets *sockets)
{
    if (sockets->udp)
        n2_udp_forget(sockets->udp);
}

bool
n2_sockets_mtu_changed(n2_sockets *sockets)
{
    return n2_udp_mtu_changed(sockets->udp);
}

void
n2_sockets_stats_get(n2_sockets *sockets, n2_datagram_stats *out)
{
    n2_udp_stats_get(sockets->udp, out);
}
