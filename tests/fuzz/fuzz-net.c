/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-net.c - addresses of peers as text, as the kernel's and as ours, Ethernets' too: what is
 *              read is written and read again the same.
 *
 * The first byte: 0 text, 1 bytes of an n2_net_addr, 2 a sockaddr.
 */
#include "fuzz.h"
#include "host/net.h"

static void
again(const n2_net_addr *net)
{
    char text[N2_NET_TEXT_BYTES];
    n2_sockaddr address;
    n2_net_addr back;
    socklen_t len = n2_net_to_sockaddr(net, &address);

    n2_net_format(net, text);
    check(strlen(text) < sizeof text);
    if (n2_net_is_ether(net)) {
        check(!len && !n2_net_parse(&back, text) && n2_net_addr_equal(&back, net));
        return;
    }
    if (!len) {
        check(!strcmp(text, "udp:?"));
        return;
    }
    check(n2_net_from_sockaddr(&back, &address) && n2_net_addr_equal(&back, net));
    if (!strchr(text, '%')) /* a scope whose name is not of this machine */
        check(!n2_net_parse(&back, text) && n2_net_addr_equal(&back, net));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_net_addr net = {0};
    n2_sockaddr address = {0};

    if (!size)
        return 0;
    data++;
    size--;
    if (data[-1] % 3 == 0) {
        char *text = malloc(size + 1);

        check(text);
        memcpy(text, data, size);
        text[size] = 0;
        if (!n2_net_parse(&net, text))
            again(&net);
        free(text);
    } else if (data[-1] % 3 == 1) {
        net.len = (uint8_t)(size < sizeof net.bytes ? size : sizeof net.bytes);
        memcpy(net.bytes, data, net.len);
        again(&net);
    } else {
        memcpy(&address, data, size < sizeof address ? size : sizeof address);
        if (n2_net_from_sockaddr(&net, &address))
            again(&net);
    }
    return 0;
}
