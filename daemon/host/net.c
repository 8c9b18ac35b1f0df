/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * net.c - addresses of datagrams: as text, as the kernel's sockaddr, and as n2_net_addr.
 */
#include "host/net.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

enum {
    V4_BYTES = 1 + 2 + 4,
    V6_BYTES = 1 + 2 + 16 + 4
};

_Static_assert((int)V6_BYTES <= (int)N2_NET_ADDRESS_BYTES, "every address fits");

bool
n2_net_from_sockaddr(n2_net_addr *out, const n2_sockaddr *from)
{
    n2_net_addr net = {0};

    if (from->any.sa_family == AF_INET) {
        net.len = V4_BYTES;
        net.bytes[0] = 4;
        memcpy(net.bytes + 1, &from->v4.sin_port, 2);
        memcpy(net.bytes + 3, &from->v4.sin_addr, 4);
    } else if (from->any.sa_family == AF_INET6) {
        uint32_t scope = htonl(from->v6.sin6_scope_id);
        net.len = V6_BYTES;
        net.bytes[0] = 6;
        memcpy(net.bytes + 1, &from->v6.sin6_port, 2);
        memcpy(net.bytes + 3, &from->v6.sin6_addr, 16);
        memcpy(net.bytes + 19, &scope, 4);
    } else {
        return false;
    }
    *out = net;
    return true;
}

socklen_t
n2_net_to_sockaddr(const n2_net_addr *net, n2_sockaddr *out)
{
    if (net->len == V4_BYTES && net->bytes[0] == 4) {
        out->v4 = (struct sockaddr_in){.sin_family = AF_INET};
        memcpy(&out->v4.sin_port, net->bytes + 1, 2);
        memcpy(&out->v4.sin_addr, net->bytes + 3, 4);
        return sizeof out->v4;
    }
    if (net->len == V6_BYTES && net->bytes[0] == 6) {
        uint32_t scope;
        out->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
        memcpy(&out->v6.sin6_port, net->bytes + 1, 2);
        memcpy(&out->v6.sin6_addr, net->bytes + 3, 16);
        memcpy(&scope, net->bytes + 19, 4);
        out->v6.sin6_scope_id = ntohl(scope);
        return sizeof out->v6;
    }
    return 0;
}

void
n2_net_format(const n2_net_addr *net, char out[static N2_NET_TEXT_BYTES])
{
    char host[64], port[8];
    n2_sockaddr address;
    socklen_t len = n2_net_to_sockaddr(net, &address);

    if (n2_net_is_ether(net)) {
        n2_net_ether_format(net, out);
        return;
    }
    if (len == 0 || getnameinfo(&address.any, len, host, sizeof host, port, sizeof port,
                                NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM) != 0) {
        g_strlcpy(out, "udp:?", N2_NET_TEXT_BYTES);
        return;
    }
    if (address.any.sa_family == AF_INET6)
        g_snprintf(out, N2_NET_TEXT_BYTES, "udp:[%s]:%s", host, port);
    else
        g_snprintf(out, N2_NET_TEXT_BYTES, "udp:%s:%s", host, port);
}

/* Splits "udp:HOST:PORT"; both (transfer full). */
static bool
split(const char *text, char **host, char **port)
{
    if (!g_str_has_prefix(text, "udp:"))
        return false;
    text += strlen("udp:");
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !g_ascii_isdigit(colon[1]))
        return false;
    gsize len = (gsize)(colon - text);
    bool in_brackets = text[0] == '[';
    if (in_brackets && (len < 3 || text[len - 1] != ']'))
        return false;
    if (!in_brackets && memchr(text, ':', len))
        return false; /* IPv6 without brackets: where would the port begin? */
    *host = in_brackets ? g_strndup(text + 1, len - 2) : g_strndup(text, len);
    *port = g_strdup(colon + 1);
    return true;
}

bool
n2_net_is_endpoint(const char *text)
{
    g_autofree char *host = NULL, *port = NULL;
    guint64 number;

    return split(text, &host, &port) &&
           g_ascii_string_to_unsigned(port, 10, 0, 65535, &number, NULL);
}

static n2_err
look_up(n2_net_addr *out, const char *text, int flags)
{
    g_autofree char *host = NULL, *port = NULL;
    guint64 number;
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                             .ai_flags = flags | AI_NUMERICSERV | AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    n2_sockaddr address = {0};

    if (flags & AI_NUMERICHOST)
        hints.ai_flags &= ~AI_ADDRCONFIG;
    if (!split(text, &host, &port) ||
        !g_ascii_string_to_unsigned(port, 10, 0, 65535, &number, NULL))
        return N2_ERR_FORMAT;
    int code = getaddrinfo(host, port, &hints, &found);
    if (code == EAI_AGAIN)
        return N2_ERR_TIMEOUT;
    if (code != 0)
        return flags & AI_NUMERICHOST ? N2_ERR_FORMAT : N2_ERR_NOTFOUND;
    memcpy(&address, found->ai_addr, MIN(sizeof address, found->ai_addrlen));
    freeaddrinfo(found);
    return n2_net_from_sockaddr(out, &address) ? N2_OK : N2_ERR_FORMAT;
}

n2_err
n2_net_parse(n2_net_addr *out, const char *text)
{
    if (g_str_has_prefix(text, "eth:"))
        return n2_net_ether_parse(out, text, false);
    return look_up(out, text, AI_NUMERICHOST);
}

n2_err
n2_net_resolve(n2_net_addr *out, const char *text)
{
    n2_err err = n2_net_parse(out, text);

    return err ? look_up(out, text, 0) : N2_OK;
}
