/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ether-door.c - opens packet sockets, which takes a right that is given up afterwards.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/ether.h"
#include "host/fault.h"
#include "host/sockopt.h"
#include "wire/frame.h"

/* Lets in frames of one type alone, for ever: the process that has the socket may bind it to
 * another interface, and then to another type as well. */
static n2_err
lock_type(int fd, uint32_t type)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, type, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    const int yes = 1;

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
                   setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &yes, sizeof yes) < 0
               ? N2_ERR_IO
               : N2_OK;
}

static n2_err
open_socket(int *fd, const char *listener, GError **error)
{
    *fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd >= 0)
        return N2_OK;
    if (errno == EPERM || errno == EACCES)
        return n2_fault_set(error, N2_ERR_REFUSED,
                            "--listen %s: frames take the right CAP_NET_RAW, which this "
                            "process lacks. Give it (setcap cap_net_raw+ep FILE, or "
                            "AmbientCapabilities= of a service), or listen on "
                            "udp:ADDRESS:PORT",
                            listener);
    return n2_fault_set(error, errno == EAFNOSUPPORT ? N2_ERR_UNSUPPORTED : N2_ERR_IO,
                        "--listen %s: %s. Listen on udp:ADDRESS:PORT", listener,
                        g_strerror(errno));
}

/* Number, address and MTU of the interface that @net names. */
static n2_err
look_at(int fd, const char *listener, n2_net_addr *net, int *index, GError **error)
{
    struct ifreq ask = {0};
    uint8_t wanted[N2_NET_ETHER_BYTES];

    memcpy(ask.ifr_name, net->bytes + 1 + N2_NET_ETHER_BYTES,
           net->len - (size_t)(1 + N2_NET_ETHER_BYTES));
    if (ioctl(fd, SIOCGIFINDEX, &ask) < 0)
        return n2_fault_set(error, errno == ENODEV ? N2_ERR_UNSUPPORTED : N2_ERR_IO,
                            "--listen %s: %s. See `ip link` for the names of interfaces",
                            listener, g_strerror(errno));
    *index = ask.ifr_ifindex;
    if (ioctl(fd, SIOCGIFHWADDR, &ask) < 0 || ask.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return n2_fault_set(error, N2_ERR_UNSUPPORTED,
                            "--listen %s: this interface is no Ethernet. Choose another one, "
                            "or udp:ADDRESS:PORT",
                            listener);
    memcpy(wanted, net->bytes + 1, sizeof wanted);
    memcpy(net->bytes + 1, ask.ifr_hwaddr.sa_data, sizeof wanted);
    if (n2_net_is_station(wanted) && memcmp(wanted, net->bytes + 1, sizeof wanted) != 0) {
        char text[N2_NET_ETHER_TEXT_BYTES];
        n2_net_ether_format(net, text);
        return n2_fault_set(error, N2_ERR_USAGE,
                            "--listen %s: the interface has another address. Give %s, or the "
                            "name alone",
                            listener, text);
    }
    if (ioctl(fd, SIOCGIFMTU, &ask) < 0 || ask.ifr_mtu < N2_FRAME_BYTES_MIN)
        return n2_fault_set(error, N2_ERR_UNSUPPORTED,
                            "--listen %s: its frames are too short. Give it an MTU of %d or "
                            "more",
                            listener, (int)N2_FRAME_BYTES_MIN);
    return N2_OK;
}

n2_err
n2_ether_bind(
    const char *listener, uint64_t buffer_kib, int *fd, n2_net_addr *bound, GError **error)
{
    n2_net_addr net;
    int sock = -1, index = 0;

    if (n2_net_ether_parse(&net, listener, true) != N2_OK)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "--listen %s: not of the form eth:INTERFACE. Give the name of an "
                            "interface, as `ip link` shows it",
                            listener);
    n2_err err = open_socket(&sock, listener, error);
    if (err)
        return err;
    err = look_at(sock, listener, &net, &index, error);
    if (!err) {
        struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                      .sll_protocol = htons(N2_ETHER_TYPE),
                                      .sll_ifindex = index};
        n2_sockopt_buffers(sock, buffer_kib);
        n2_sockopt_wish(sock, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
        if (lock_type(sock, N2_ETHER_TYPE) ||
            bind(sock, (struct sockaddr *)&address, sizeof address) < 0)
            err = n2_fault_set(error, N2_ERR_IO, "--listen %s: %s. Choose another interface",
                               listener, g_strerror(errno));
    }
    if (err) {
        close(sock);
        return err;
    }
    *fd = sock;
    *bound = net;
    return N2_OK;
}

int
n2_ether_bind_near(const n2_net_addr *net)
{
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    n2_sockopt_wish(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    if (!lock_type(fd, N2_ETHER_NEAR_TYPE) && n2_ether_join_near(fd, net))
        return fd;
    close(fd);
    return -1;
}

bool
n2_ether_join_near(int fd, const n2_net_addr *net)
{
    static const uint8_t group[] = {N2_ETHER_NEAR_GROUP};
    struct ifreq ask = {0};

    memcpy(ask.ifr_name, net->bytes + 1 + N2_NET_ETHER_BYTES,
           net->len - (size_t)(1 + N2_NET_ETHER_BYTES));
    if (ioctl(fd, SIOCGIFINDEX, &ask) < 0)
        return false;
    const struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                        .sll_protocol = htons(N2_ETHER_NEAR_TYPE),
                                        .sll_ifindex = ask.ifr_ifindex};
    struct packet_mreq member = {
        .mr_ifindex = ask.ifr_ifindex, .mr_type = PACKET_MR_MULTICAST, .mr_alen = sizeof group};

    memcpy(member.mr_address, group, sizeof group);
    return bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
           setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &member, sizeof member) == 0;
}

n2_err
n2_ether_give_up_right(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    const uint32_t others = ~(UINT32_C(1) << CAP_NET_RAW);

    /* Else a program that is given the right by its file would have it again. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capget, &head, sets) < 0)
        return N2_ERR_IO;
    if (!((sets[0].effective | sets[0].permitted | sets[0].inheritable) & ~others))
        return N2_OK; /* and a service may not be allowed to ask for less */
    sets[0].effective &= others;
    sets[0].permitted &= others;
    sets[0].inheritable &= others; /* and with it the ambient one */
    return syscall(SYS_capset, &head, sets) < 0 ? N2_ERR_IO : N2_OK;
}

bool
n2_ether_is_ours(int fd)
{
    int family = 0;
    socklen_t len = sizeof family;

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0 && family == AF_PACKET;
}
