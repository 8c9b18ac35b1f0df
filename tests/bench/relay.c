/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * relay.c - the least that forwarding in user space costs here: datagrams from one socket to
 *           another, as many by each call as are there, and not one byte looked at.
 *
 *   bench-relay udp ADDRESS PORT      from 127.0.0.1 to there; prints where it listens
 *   bench-relay eth DEVICE DEVICE     frames, from the kernel's ring (TPACKET_V3)
 */
#include <arpa/inet.h>
#include <glib.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BATCH = 64,
    BYTES = 2048,
    SOCKET_BYTES = 4 << 20,
    BLOCK_BYTES = 1 << 18,
    BLOCKS = 32,
    SLOT_BYTES = 2048,
    BLOCK_MS = 1
};

static void
relay_udp(const char *address, const char *port)
{
    static uint8_t bytes[BATCH][BYTES];
    struct mmsghdr messages[BATCH] = {0};
    struct iovec places[BATCH];
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)g_ascii_strtoull(port, NULL, 10))};
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof own;
    int size = SOCKET_BYTES, in = socket(AF_INET, SOCK_DGRAM, 0);
    int out = socket(AF_INET, SOCK_DGRAM, 0);

    g_assert_cmpint(inet_pton(AF_INET, address, &to.sin_addr), ==, 1);
    (void)setsockopt(in, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    g_assert_cmpint(bind(in, (struct sockaddr *)&own, len), ==, 0);
    g_assert_cmpint(getsockname(in, (struct sockaddr *)&own, &len), ==, 0);
    g_assert_cmpint(connect(out, (struct sockaddr *)&to, sizeof to), ==, 0);
    g_print("udp:127.0.0.1:%u\n", ntohs(own.sin_port));
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            places[i] = (struct iovec){.iov_base = bytes[i], .iov_len = BYTES};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &places[i], .msg_iovlen = 1};
        }
        int n = recvmmsg(in, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < n; i++)
            places[i].iov_len = messages[i].msg_len;
        for (int done = 0; done < n;) {
            int sent = sendmmsg(out, messages + done, (unsigned)(n - done), 0);
            done += sent > 0 ? sent : 1; /* nobody may be listening */
        }
    }
}

static int
open_device(const char *name, int protocol)
{
    struct sockaddr_ll own = {.sll_family = AF_PACKET,
                              .sll_protocol = htons((uint16_t)protocol),
                              .sll_ifindex = (int)if_nametoindex(name)};
    int one = 1, fd = socket(AF_PACKET, SOCK_RAW, 0);

    g_assert_cmpint(fd, >=, 0);
    (void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    (void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
    if (protocol) {
        int version = TPACKET_V3;
        struct tpacket_req3 wish = {.tp_block_size = BLOCK_BYTES,
                                    .tp_block_nr = BLOCKS,
                                    .tp_frame_size = SLOT_BYTES,
                                    .tp_frame_nr = BLOCK_BYTES / SLOT_BYTES * BLOCKS,
                                    .tp_retire_blk_tov = BLOCK_MS};
        g_assert_cmpint(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version),
                        ==, 0);
        g_assert_cmpint(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &wish, sizeof wish), ==, 0);
    }
    g_assert_cmpint(bind(fd, (struct sockaddr *)&own, sizeof own), ==, 0);
    return fd;
}

static void
send_block(int out, const uint8_t *block)
{
    const struct tpacket_block_desc *head = (const void *)block;
    const uint8_t *at = block + head->hdr.bh1.offset_to_first_pkt;
    uint32_t left = head->hdr.bh1.num_pkts;
    struct mmsghdr messages[BATCH] = {0};
    struct iovec places[BATCH];

    while (left) {
        unsigned n = 0;
        for (; n < BATCH && left; n++, left--) {
            const struct tpacket3_hdr *frame = (const void *)at;
            places[n] = (struct iovec){.iov_base = (void *)(uintptr_t)(at + frame->tp_mac),
                                       .iov_len = frame->tp_snaplen};
            messages[n].msg_hdr = (struct msghdr){.msg_iov = &places[n], .msg_iovlen = 1};
            at += frame->tp_next_offset;
        }
        for (unsigned done = 0; done < n;) {
            int sent = sendmmsg(out, messages + done, n - done, 0);
            done += sent > 0 ? (unsigned)sent : 1;
        }
    }
}

static void
relay_eth(const char *from, const char *to)
{
    int in = open_device(from, ETH_P_ALL), out = open_device(to, 0);
    uint8_t *ring =
        mmap(NULL, (size_t)BLOCK_BYTES * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, in, 0);
    struct pollfd p = {.fd = in, .events = POLLIN};

    g_assert_true(ring != MAP_FAILED);
    g_print("ready\n");
    for (size_t i = 0;; i = (i + 1) % BLOCKS) {
        uint8_t *block = ring + i * BLOCK_BYTES;
        struct tpacket_block_desc *head = (void *)block;
        while (
            !(__atomic_load_n(&head->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
            (void)poll(&p, 1, -1);
        send_block(out, block);
        __atomic_store_n(&head->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    }
}

int
main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setlinebuf(stdout);
    if (argc == 4 && strcmp(argv[1], "udp") == 0)
        relay_udp(argv[2], argv[3]);
    else if (argc == 4 && strcmp(argv[1], "eth") == 0)
        relay_eth(argv[2], argv[3]);
    g_error("usage: bench-relay udp ADDRESS PORT, or eth DEVICE DEVICE");
}
