/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * netaddr.c - addresses on an Ethernet as text.
 */
#include "base/netaddr.h"

enum {
    NAME_AT = 1 + N2_NET_ETHER_BYTES,
    ADDRESS_CHARS = 3 * N2_NET_ETHER_BYTES - 1
};

_Static_assert((int)NAME_AT + (int)N2_NET_INTERFACE_BYTES_MAX <= (int)N2_NET_ADDRESS_BYTES,
               "every address fits");

static const char scheme[] = "eth:";
static const char digits[] = "0123456789abcdef";

/* What the kernel takes as a name, less what lists and addresses are written with. */
static bool
is_interface(const uint8_t *name, size_t len)
{
    if (!len || len > N2_NET_INTERFACE_BYTES_MAX || (len == 1 && name[0] == '.') ||
        (len == 2 && name[0] == '.' && name[1] == '.'))
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] <= ' ' || name[i] > '~' || strchr("/:,;", name[i]))
            return false;
    return true;
}

bool
n2_net_is_station(const uint8_t address[static N2_NET_ETHER_BYTES])
{
    static const uint8_t nobody[N2_NET_ETHER_BYTES] = {0};

    return !(address[0] & 1) && memcmp(address, nobody, sizeof nobody) != 0;
}

bool
n2_net_is_ether(const n2_net_addr *net)
{
    return net->len > NAME_AT && net->len <= NAME_AT + N2_NET_INTERFACE_BYTES_MAX &&
           net->bytes[0] == N2_NET_ETHER && n2_net_is_station(net->bytes + 1) &&
           is_interface(net->bytes + NAME_AT, net->len - (size_t)NAME_AT);
}

bool
n2_net_is_local(const n2_net_addr *net)
{
    enum {
        V6_AT = 3, /* behind the port */
        V6_BYTES = 16
    };

    return n2_net_is_ether(net) ||
           (net->len >= V6_AT + V6_BYTES && net->bytes[0] == 6 && net->bytes[V6_AT] == 0xfe &&
            (net->bytes[V6_AT + 1] & 0xc0) == 0x80);
}

bool
n2_net_has_interface(const n2_net_addr *nets, size_t n, const n2_net_addr *net)
{
    for (size_t i = 0; i < n; i++)
        if (n2_net_is_ether(&nets[i]) && n2_net_same_interface(&nets[i], net))
            return true;
    return false;
}

uint64_t
n2_net_source(const n2_net_addr *net)
{
    uint8_t kind = net->bytes[0];
    size_t at = kind == N2_NET_ETHER ? (size_t)NAME_AT : 3; /* behind the port */
    size_t end = kind == N2_NET_ETHER ? (size_t)net->len : kind == 4 ? 7u : 11u;
    uint64_t source = kind;

    if ((kind != N2_NET_ETHER && kind != 4 && kind != 6) || net->len < end || end <= at)
        return 0;
    for (size_t i = at; i < end; i++)
        source = (source ^ net->bytes[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return source ? source : 1;
}

bool
n2_net_same_interface(const n2_net_addr *a, const n2_net_addr *b)
{
    return a->len == b->len && a->len > NAME_AT && a->bytes[0] == N2_NET_ETHER &&
           b->bytes[0] == N2_NET_ETHER &&
           !memcmp(a->bytes + NAME_AT, b->bytes + NAME_AT, a->len - (size_t)NAME_AT);
}

static int
hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "02:00:00:00:00:01", and nothing behind it. */
static bool
read_address(uint8_t out[static N2_NET_ETHER_BYTES], const char *text)
{
    if (strlen(text) != ADDRESS_CHARS)
        return false;
    for (size_t i = 0; i < N2_NET_ETHER_BYTES; i++, text += 3) {
        int high = hex(text[0]), low = hex(text[1]);
        if (high < 0 || low < 0 || (i + 1 < N2_NET_ETHER_BYTES && text[2] != ':'))
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

n2_err
n2_net_ether_parse(n2_net_addr *out, const char *text, bool may_lack_address)
{
    n2_net_addr net = {.bytes = {N2_NET_ETHER}};

    if (strncmp(text, scheme, sizeof scheme - 1) != 0)
        return N2_ERR_FORMAT;
    text += sizeof scheme - 1;
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    if (!is_interface((const uint8_t *)text, len) || (!slash && !may_lack_address))
        return N2_ERR_FORMAT;
    if (slash && (!read_address(net.bytes + 1, slash + 1) || !n2_net_is_station(net.bytes + 1)))
        return N2_ERR_FORMAT;
    memcpy(net.bytes + NAME_AT, text, len);
    net.len = (uint8_t)(NAME_AT + len);
    *out = net;
    return N2_OK;
}

void
n2_net_ether_format(const n2_net_addr *net, char out[static N2_NET_ETHER_TEXT_BYTES])
{
    size_t len = net->len - (size_t)NAME_AT;

    memcpy(out, scheme, sizeof scheme - 1);
    out += sizeof scheme - 1;
    memcpy(out, net->bytes + NAME_AT, len);
    out += len;
    for (size_t i = 0; i < N2_NET_ETHER_BYTES; i++) {
        *out++ = i ? ':' : '/';
        *out++ = digits[net->bytes[1 + i] >> 4];
        *out++ = digits[net->bytes[1 + i] & 15];
    }
    *out = '\0';
}
