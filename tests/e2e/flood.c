/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * flood.c - sends what it was given, again and again, as fast as the kernel takes it.
 *
 *   flood FD SEGMENTS     FD: a connected or bound socket that it inherits; SEGMENTS: how many
 *                         datagrams of one length the kernel may cut from one piece (UDP), 1:
 *                         each goes by itself (frames)
 *
 * stdin: datagrams, each behind its length (2 bytes, big-endian), then 0 0.  They are sent in
 * this order, 64 pieces a call, until stdin ends; then the program prints how many it has sent.
 */
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
    POOL_BYTES = 64 << 20,
    DATAGRAMS_MAX = 1 << 16,
    PIECE_BYTES = 65000, /* one piece takes no more, nor more datagrams than: */
    SEGMENTS_MAX = 64,
    A_CALL = 64,  /* pieces */
    A_LOOK = 16,  /* calls before it is asked whether to end */
    PAUSE_MS = 1, /* where the kernel has no room */
};

typedef struct {
    struct iovec iov;
    uint16_t segment; /* bytes */
    unsigned n;       /* datagrams */
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))];
} piece;

static uint8_t pool[POOL_BYTES];
static piece pieces[DATAGRAMS_MAX];
static struct mmsghdr messages[DATAGRAMS_MAX];

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

static void
take(uint8_t *to, size_t len)
{
    if (fread(to, 1, len, stdin) != len)
        die("stdin is too short");
}

/* Reads all; those of one length that follow each other become one piece.  Returns how many
 * pieces there are. */
static unsigned
read_pool(unsigned most)
{
    size_t used = 0;
    unsigned n = 0;

    for (;;) {
        uint8_t head[2];
        take(head, sizeof head);
        size_t len = (size_t)head[0] << 8 | head[1];
        piece *last = n ? &pieces[n - 1] : NULL;

        if (!len)
            return n;
        if (len > sizeof pool - used)
            die("too much");
        take(pool + used, len);
        if (last && last->segment == len && last->n < most &&
            last->iov.iov_len + len <= PIECE_BYTES) {
            last->iov.iov_len += len;
            last->n++;
        } else if (n == DATAGRAMS_MAX) {
            die("too many");
        } else {
            pieces[n++] = (piece){.iov = {.iov_base = pool + used, .iov_len = len},
                                  .segment = (uint16_t)len,
                                  .n = 1};
        }
        used += len;
    }
}

static void
prepare(piece *p, struct msghdr *m)
{
    *m = (struct msghdr){.msg_iov = &p->iov, .msg_iovlen = 1};
    if (p->n == 1)
        return;
    m->msg_control = p->control;
    m->msg_controllen = sizeof p->control;
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    *c = (struct cmsghdr){.cmsg_level = IPPROTO_UDP,
                          .cmsg_type = UDP_SEGMENT,
                          .cmsg_len = CMSG_LEN(sizeof p->segment)};
    memcpy(CMSG_DATA(c), &p->segment, sizeof p->segment);
}

static bool
is_over(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&in, 1, 0) > 0;
}

/* Errors are those of a socket that nobody hears or that has no room: it goes on. */
static uint64_t
send_from(int fd, unsigned at, unsigned n)
{
    int went = sendmmsg(fd, messages + at, n, MSG_DONTWAIT);
    uint64_t sent = 0;

    if (went < 0 && (errno == EAGAIN || errno == ENOBUFS))
        (void)poll(NULL, 0, PAUSE_MS);
    else if (went < 0 && errno != EINTR && errno != ECONNREFUSED)
        die("sendmmsg");
    for (int i = 0; i < went; i++)
        sent += pieces[at + (unsigned)i].n;
    return sent;
}

int
main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "flood FD SEGMENTS\n");
        return 2;
    }
    int fd = (int)strtol(argv[1], NULL, 10);
    unsigned most = (unsigned)strtoul(argv[2], NULL, 10);
    unsigned n = read_pool(most < SEGMENTS_MAX ? most : SEGMENTS_MAX), at = 0;
    uint64_t sent = 0;

    if (!n)
        return 2;
    for (unsigned i = 0; i < n; i++)
        prepare(&pieces[i], &messages[i].msg_hdr);
    for (unsigned call = 0; call % A_LOOK || !is_over(); call++) {
        unsigned more = n - at < A_CALL ? n - at : A_CALL;
        sent += send_from(fd, at, more);
        at = at + more == n ? 0 : at + more;
    }
    printf("%llu\n", (unsigned long long)sent);
    return 0;
}
