/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sockets.c - all sockets of the data plane, of whatever kind, by one number each.
 */
#include "host/sockets.h"

#include <stdlib.h>
#include <unistd.h>

#include "host/ether.h"

typedef struct {
    n2_ether *ether; /* owned; NULL: UDP */
    size_t udp;      /* its number there */
} n2_socket;

struct n2_sockets {
    n2_socket sockets[N2_SOCKETS_MAX];
    size_t n;
    n2_udp *udp;   /* owned (nullable): there is none */
    n2_ether *now; /* (nullable): of which the batch is; NULL: UDP */
    size_t n_ethers;
};

static n2_err
adopt(n2_sockets *s, const int *fds, size_t n, const int ask[static 2])
{
    int udp[N2_SOCKETS_MAX];
    size_t n_udp = 0;
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < n; i++) {
        s->n = i + 1;
        if (n2_ether_is_ours(fds[i])) {
            err = n2_ether_new(&s->sockets[i].ether, fds[i]);
            s->n_ethers++;
        } else {
            s->sockets[i].udp = n_udp;
            udp[n_udp++] = fds[i];
        }
    }
    if (!err && n_udp)
        err = n2_udp_new(&s->udp, udp, n_udp, ask);
    for (size_t i = 0; !err && !n_udp && i < 2; i++)
        if (ask[i] >= 0)
            close(ask[i]); /* nobody has a question for them */
    return err;
}

n2_err
n2_sockets_new(n2_sockets **out, const int *fds, size_t n, const int ask[static 2])
{
    if (!n || n > N2_SOCKETS_MAX)
        return N2_ERR_USAGE;
    n2_sockets *s = calloc(1, sizeof *s);
    if (!s)
        return N2_ERR_NOMEM;
    n2_err err = adopt(s, fds, n, ask);
    if (err) {
        n2_sockets_free(s);
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
    for (size_t i = 0; i < sockets->n; i++)
        n2_ether_free(sockets->sockets[i].ether);
    n2_udp_free(sockets->udp);
    free(sockets);
}

void
n2_sockets_know(n2_sockets *sockets, size_t i, const n2_net_addr *net)
{
    if (sockets->sockets[i].ether && n2_net_is_ether(net))
        n2_ether_know(sockets->sockets[i].ether, net);
}

bool
n2_sockets_is_ring(const n2_sockets *sockets, size_t i)
{
    return sockets->sockets[i].ether != NULL;
}

bool
n2_sockets_has(n2_sockets *sockets, size_t i)
{
    return n2_ether_has(sockets->sockets[i].ether);
}

/* The interface by which an address is reached, NULL: none, or it is of another kind. */
static n2_ether *
ether_of(const n2_sockets *s, const n2_net_addr *to)
{
    if (!s->n_ethers || to->bytes[0] != N2_NET_ETHER)
        return NULL;
    for (size_t i = 0; i < s->n; i++) {
        n2_ether *ether = s->sockets[i].ether;
        if (ether && n2_net_same_interface(n2_ether_peek_net(ether), to))
            return ether;
    }
    return NULL;
}

bool
n2_sockets_receive(n2_sockets *sockets, size_t i)
{
    const n2_socket *socket = &sockets->sockets[i];

    sockets->now = socket->ether;
    return socket->ether ? n2_ether_receive(socket->ether)
                         : n2_udp_receive(sockets->udp, socket->udp);
}

bool
n2_sockets_next(n2_sockets *sockets, n2_datagram *out)
{
    return sockets->now ? n2_ether_next(sockets->now, out) : n2_udp_next(sockets->udp, out);
}

void
n2_sockets_send(n2_sockets *sockets,
                const n2_net_addr *to,
                const uint8_t *bytes,
                size_t len,
                size_t segment)
{
    n2_ether *ether = ether_of(sockets, to);

    if (ether)
        n2_ether_send(ether, to, bytes, len, segment);
    else if (sockets->udp)
        n2_udp_send(sockets->udp, to, bytes, len, segment);
}

uint32_t
n2_sockets_mtu(n2_sockets *sockets, const n2_net_addr *to)
{
    n2_ether *ether = ether_of(sockets, to);

    if (ether)
        return n2_ether_mtu(ether);
    return sockets->udp ? n2_udp_mtu(sockets->udp, to) : (uint32_t)N2_WAY_BYTES_MIN;
}

void
n2_sockets_forget(n2_sockets *sockets)
{
    if (sockets->udp)
        n2_udp_forget(sockets->udp);
    for (size_t i = 0; i < sockets->n; i++)
        if (sockets->sockets[i].ether)
            n2_ether_forget(sockets->sockets[i].ether);
}

bool
n2_sockets_mtu_changed(n2_sockets *sockets)
{
    bool changed = sockets->udp && n2_udp_mtu_changed(sockets->udp);

    for (size_t i = 0; sockets->n_ethers && i < sockets->n; i++)
        if (sockets->sockets[i].ether)
            changed |= n2_ether_mtu_changed(sockets->sockets[i].ether);
    return changed;
}

void
n2_sockets_stats_get(n2_sockets *sockets, n2_datagram_stats *out)
{
    *out = (n2_datagram_stats){0};
    if (sockets->udp)
        n2_udp_stats_get(sockets->udp, out);
    for (size_t i = 0; i < sockets->n; i++)
        if (sockets->sockets[i].ether)
            n2_ether_stats_add(sockets->sockets[i].ether, out);
}
