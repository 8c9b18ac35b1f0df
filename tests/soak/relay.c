/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * relay.c - a bad line between two nodes: passes datagrams on and flips bits in some of them,
 *           drops some, doubles some.
 *
 *   relay PORT SEED FLIP DROP DOUBLE     PORT: of the node on 127.0.0.1 that others are to
 * reach; the rest: seed, of how many of a million stretches a bit is flipped, and how many of a
 * million datagrams are dropped, are doubled
 *
 * A stretch is what a datagram holds on a line with an MTU of 1500, or the rest of a shorter
 * one: a datagram of 64 KB is hit as often as the 44 that it stands for, and may be hit several
 * times.
 *
 * Prints its own port.  Each line that comes in on stdin is answered with the counters: passed
 * flipped dropped doubled lost stretches; at the end of stdin it ends.  It takes and gives what
 * the kernel has joined (GRO, GSO), so that it isn't what is measured.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BATCH_BYTES = 65536,
    GIVE_BYTES = 65000, /* one call takes no more, nor more datagrams than: */
    GIVE_SEGMENTS = 64,
    A_TURN = 64, /* batches before the other side is looked at */
    SOCKET_BYTES = 8 << 20,
    STRETCH_BYTES = 1472, /* a datagram's payload at MTU 1500, IPv4 */
    A_MILLION = 1000000
};

typedef struct {
    int fd;
    struct sockaddr_in
        peer; /* who gets what comes from the other side; port 0: not known yet */
    bool learns;
} side;

static uint64_t state;
static uint32_t flip_ppm, drop_ppm, double_ppm;
static uint64_t n_passed, n_flipped, n_dropped, n_doubled, n_lost, n_stretches;

static uint64_t
draw(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(0x2545f4914f6cdd1d);
}

static bool
chance(uint32_t ppm)
{
    return ppm && draw() % A_MILLION < ppm;
}

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

static int
open_socket(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1, size = SOCKET_BYTES;

    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) < 0)
        die("socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    (void)setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one); /* an old kernel joins none */
    return fd;
}

/* ---- giving ---- */

/* One call: datagrams of @segment bytes, the last one shorter or equal. */
static void
give(const side *to, uint8_t *bytes, size_t len, size_t segment)
{
    union {
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec iov = {.iov_base = bytes, .iov_len = len};
    struct sockaddr_in peer = to->peer;
    struct msghdr m = {
        .msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &iov, .msg_iovlen = 1};
    uint64_t n = (len + segment - 1) / segment;

    if (n > 1) {
        uint16_t size = (uint16_t)segment;
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        *c = (struct cmsghdr){.cmsg_level = IPPROTO_UDP,
                              .cmsg_type = UDP_SEGMENT,
                              .cmsg_len = CMSG_LEN(sizeof size)};
        memcpy(CMSG_DATA(c), &size, sizeof size);
    }
    if (sendmsg(to->fd, &m, 0) < 0)
        n_lost += n;
    else
        n_passed += n;
}

/* Whole datagrams to @to, as few calls as the kernel allows. */
static void
give_all(const side *to, uint8_t *bytes, size_t len, size_t segment)
{
    size_t most = GIVE_BYTES / segment;

    if (!most)
        most = 1;
    if (most > GIVE_SEGMENTS)
        most = GIVE_SEGMENTS;
    while (len) {
        size_t part = len > most * segment ? most * segment : len;
        give(to, bytes, part, segment);
        bytes += part;
        len -= part;
    }
}

/* ---- spoiling ---- */

/* Flips one bit in some of the stretches of a datagram. */
static void
flip(uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len; at += STRETCH_BYTES) {
        size_t n = len - at < STRETCH_BYTES ? len - at : STRETCH_BYTES;
        n_stretches++;
        if (chance(flip_ppm)) {
            uint64_t bit = draw() % (n * 8);
            bytes[at + bit / 8] ^= (uint8_t)(1 << bit % 8);
            n_flipped++;
        }
    }
}

/* What the line makes of one batch.  Returns what is left of it. */
static size_t
spoil(const side *to, uint8_t *bytes, size_t len, size_t segment)
{
    size_t kept = 0;

    for (size_t at = 0; at < len; at += segment) {
        size_t n = len - at < segment ? len - at : segment;
        if (chance(drop_ppm)) {
            n_dropped++;
            continue;
        }
        if (kept != at)
            memmove(bytes + kept, bytes + at, n);
        flip(bytes + kept, n);
        if (chance(double_ppm)) {
            n_doubled++;
            give(to, bytes + kept, n, segment);
        }
        kept += n;
    }
    return kept;
}

static bool
carry(side *from, const side *to)
{
    static uint8_t bytes[BATCH_BYTES];
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {.iov_base = bytes, .iov_len = sizeof bytes};
    struct sockaddr_in source;
    struct msghdr m = {.msg_name = &source,
                       .msg_namelen = sizeof source,
                       .msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    ssize_t got = recvmsg(from->fd, &m, 0);

    if (got <= 0)
        return got == 0 || errno == EINTR;
    size_t segment = (size_t)got;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int size;
            memcpy(&size, CMSG_DATA(c), sizeof size);
            segment = (size_t)size;
        }
    if (from->learns)
        from->peer = source;
    if (to->peer.sin_port)
        give_all(to, bytes, spoil(to, bytes, (size_t)got, segment), segment);
    return true;
}

/* False: whoever started us is gone. */
static bool
answer(void)
{
    char line[64];

    if (read(STDIN_FILENO, line, sizeof line) <= 0)
        return false;
    printf("%llu %llu %llu %llu %llu %llu\n", (unsigned long long)n_passed,
           (unsigned long long)n_flipped, (unsigned long long)n_dropped,
           (unsigned long long)n_doubled, (unsigned long long)n_lost,
           (unsigned long long)n_stretches);
    return fflush(stdout) == 0;
}

int
main(int argc, char **argv)
{
    struct sockaddr_in own;
    socklen_t own_len = sizeof own;

    if (argc != 6) {
        fprintf(stderr, "relay PORT SEED FLIP DROP DOUBLE\n");
        return 2;
    }
    side front = {.fd = open_socket(), .learns = true};
    side back = {.fd = open_socket(),
                 .peer = {.sin_family = AF_INET,
                          .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10)),
                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    state = strtoull(argv[2], NULL, 10) | 1;
    flip_ppm = (uint32_t)strtoul(argv[3], NULL, 10);
    drop_ppm = (uint32_t)strtoul(argv[4], NULL, 10);
    double_ppm = (uint32_t)strtoul(argv[5], NULL, 10);
    if (getsockname(front.fd, (struct sockaddr *)&own, &own_len) < 0)
        die("getsockname");
    printf("%u\n", ntohs(own.sin_port));
    (void)fflush(stdout);

    struct pollfd waits[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                             {.fd = front.fd, .events = POLLIN},
                             {.fd = back.fd, .events = POLLIN}};
    for (;;) {
        if (poll(waits, 3, -1) < 0 && errno != EINTR)
            die("poll");
        if (waits[0].revents && !answer())
            return 0;
        for (int i = 0; i < A_TURN && waits[1].revents && carry(&front, &back); i++)
            ;
        for (int i = 0; i < A_TURN && waits[2].revents && carry(&back, &front); i++)
            ;
    }
}
