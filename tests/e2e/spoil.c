/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * spoil.c - a line between two nodes that gives more than it was given: cut, longer, flipped
 *           and old datagrams, others late, and rubbish.
 *
 *   spoil SEED SIDE SIDE      SIDE: 4, 6: a UDP socket on the loopback, of IPv4 or IPv6, whose
 *                             port is printed and which others are to reach; 4:PORT, 6:PORT:
 *                             the node there; else the name of an Ethernet interface
 *
 * stdin: a line with the name of a mode, from then on; it is answered by how many datagrams
 * have passed and how many were spoiled.  At its end the program ends.  Unlike soak/relay.c it
 * carries each datagram by itself, and of UDP none above DATAGRAM_BYTES, as a line would.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
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
    DATAGRAM_BYTES = 1472, /* of UDP: what an Ethernet carries */
    ROOM_BYTES = 65507,    /* the longest datagram of UDP */
    TYPE = 0x88b5,
    FRAME_HEAD = 14,
    LINK_HEAD = 8,
    KEPT = 4096, /* datagrams that may come again */
    HELD = 64,   /* that are late */
    HELD_MS = 5, /* and not for longer, when nothing else comes */
    A_TURN = 256,
    SOCKET_BYTES = 8 << 20,
    ONE_IN = 5,    /* is spoiled */
    INSTEAD_IN = 8 /* of those, the right one does not come */
};

typedef enum {
    CLEAN,
    CUT, /* to each length in turn */
    LENGTHEN,
    FLIP,    /* one bit */
    LATER,   /* an old one again */
    HOLD,    /* late, in another order */
    RUBBISH, /* as long as goes, behind a true head or not */
    N_MODES
} mode;

static const char *const mode_names[N_MODES] = {"clean", "cut",  "lengthen", "flip",
                                                "later", "hold", "rubbish"};

typedef struct {
    size_t len;
    uint8_t bytes[ETH_FRAME_LEN];
} datagram;

typedef struct {
    int fd;
    size_t head;                  /* of a frame, which stays as it is */
    size_t most;                  /* bytes that may be given, head included */
    size_t takes;                 /* and that are taken */
    bool learns;                  /* peer: from what comes */
    struct sockaddr_storage peer; /* family 0: nobody yet, or Ethernet */
    socklen_t peer_len;
    datagram kept[KEPT], held[HELD];
    size_t n_kept, n_held;
    uint64_t n_cut;
} side;

static uint64_t state, n_passed, n_spoiled;
static mode now;
static side sides[2];

static uint64_t
draw(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(0x2545f4914f6cdd1d);
}

static void
fill(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(draw() >> 32);
}

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- sides ---- */

static socklen_t
loopback(struct sockaddr_storage *out, int family, uint16_t port)
{
    struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (family == AF_INET6)
        memcpy(out, &v6, sizeof v6);
    else
        memcpy(out, &v4, sizeof v4);
    return family == AF_INET6 ? sizeof v6 : sizeof v4;
}

static void
open_udp(side *s, int family, const char *port)
{
    struct sockaddr_storage own = {0};
    socklen_t len = loopback(&own, family, 0);

    s->fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&own, len) < 0 ||
        getsockname(s->fd, (struct sockaddr *)&own, &len) < 0)
        die("socket");
    s->most = ROOM_BYTES;
    s->takes = DATAGRAM_BYTES;
    s->learns = !port;
    if (port)
        s->peer_len = loopback(&s->peer, family, (uint16_t)strtoul(port, NULL, 10));
    else /* the port is in the same place in both */
        printf("%u\n", ntohs(((struct sockaddr_in *)&own)->sin_port));
}

static void
open_ethernet(side *s, const char *name)
{
    struct sockaddr_ll own = {.sll_family = AF_PACKET,
                              .sll_protocol = htons(TYPE),
                              .sll_ifindex = (int)if_nametoindex(name)};
    int one = 1;

    s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0 || !own.sll_ifindex ||
        setsockopt(s->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
        bind(s->fd, (struct sockaddr *)&own, sizeof own) < 0)
        die(name);
    s->head = FRAME_HEAD;
    s->most = s->takes = ETH_FRAME_LEN;
}

static void
open_side(side *s, const char *name)
{
    int size = SOCKET_BYTES;

    if ((name[0] == '4' || name[0] == '6') && (!name[1] || name[1] == ':'))
        open_udp(s, name[0] == '6' ? AF_INET6 : AF_INET, name[1] ? name + 2 : NULL);
    else
        open_ethernet(s, name);
    (void)setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

static void
give(const side *to, const uint8_t *bytes, size_t len)
{
    const struct sockaddr *peer = to->peer_len ? (const struct sockaddr *)&to->peer : NULL;

    if (to->head || peer) /* what finds no room is lost, as on any line */
        (void)sendto(to->fd, bytes, len, 0, peer, to->peer_len);
}

/* ---- spoiling ---- */

/* The late ones in any order. */
static void
let_go(side *to)
{
    while (to->n_held) {
        size_t at = draw() % to->n_held;
        give(to, to->held[at].bytes, to->held[at].len);
        to->held[at] = to->held[--to->n_held];
    }
}

static void
give_rubbish(const side *to, const datagram *d)
{
    static uint8_t bytes[ROOM_BYTES];
    size_t kept = to->head + (draw() & 1 ? LINK_HEAD : 0);

    fill(bytes, to->most);
    if (d->len >= kept)
        memcpy(bytes, d->bytes, kept);
    give(to, bytes, to->most);
}

/* A spoiled one beside the right one, or instead of it: then true. */
static bool
spoil(side *to, const datagram *right)
{
    static uint8_t bytes[ROOM_BYTES];
    size_t body = right->len - to->head, len = right->len;

    n_spoiled++;
    memcpy(bytes, right->bytes, len);
    switch (now) {
    case CLEAN:
    case N_MODES:
        return false;
    case CUT:
        len = body ? to->head + to->n_cut++ % body : len;
        break;
    case LENGTHEN:
        len += len < to->most ? 1 + draw() % (to->most - len) : 0;
        if (draw() & 1)
            fill(bytes + right->len, len - right->len);
        else
            memset(bytes + right->len, 0, len - right->len);
        break;
    case FLIP:
        if (body)
            bytes[to->head + draw() % body] ^= (uint8_t)(1 << draw() % 8);
        break;
    case LATER: {
        size_t n = to->n_kept < KEPT ? to->n_kept : KEPT;
        const datagram *old = &to->kept[draw() % n];
        give(to, old->bytes, old->len);
        return false;
    }
    case HOLD:
        if (to->n_held == HELD)
            let_go(to);
        to->held[to->n_held++] = *right;
        return true;
    case RUBBISH:
        give_rubbish(to, right);
        return false;
    }
    give(to, bytes, len);
    return draw() % INSTEAD_IN == 0;
}

static bool
carry(side *from, side *to)
{
    static datagram d;
    struct sockaddr_storage source;
    socklen_t source_len = sizeof source;
    ssize_t got = recvfrom(from->fd, d.bytes, sizeof d.bytes, MSG_TRUNC,
                           (struct sockaddr *)&source, &source_len);

    if (got < 0)
        return errno == EINTR;
    if (from->learns) {
        from->peer = source;
        from->peer_len = source_len;
    }
    if ((size_t)got > from->takes) /* the line takes none so long */
        return true;
    d.len = (size_t)got;
    n_passed++;
    to->kept[to->n_kept++ % KEPT] = d;
    if (now == CLEAN || draw() % ONE_IN || !spoil(to, &d))
        give(to, d.bytes, d.len);
    return true;
}

/* False: whoever started us is gone. */
static bool
answer(void)
{
    char line[64];
    ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);

    if (got <= 0)
        return false;
    line[got - 1] = 0;
    for (int i = 0; i < N_MODES; i++)
        if (!strcmp(line, mode_names[i]))
            now = (mode)i;
    printf("%llu %llu\n", (unsigned long long)n_passed, (unsigned long long)n_spoiled);
    return fflush(stdout) == 0;
}

int
main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "spoil SEED SIDE SIDE\n");
        return 2;
    }
    state = strtoull(argv[1], NULL, 10) | 1;
    for (int i = 0; i < 2; i++)
        open_side(&sides[i], argv[2 + i]);
    if (sides[0].head) /* else it has said its port */
        printf("ready\n");
    (void)fflush(stdout);

    struct pollfd waits[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                             {.fd = sides[0].fd, .events = POLLIN},
                             {.fd = sides[1].fd, .events = POLLIN}};
    for (;;) {
        bool holds = sides[0].n_held || sides[1].n_held;
        int n = poll(waits, 3, holds ? HELD_MS : -1);

        if (n < 0 && errno != EINTR)
            die("poll");
        if (!n)
            for (int i = 0; i < 2; i++)
                let_go(&sides[i]);
        if (n > 0 && waits[0].revents && !answer())
            return 0;
        for (int s = 0; s < 2; s++)
            for (int i = 0; n > 0 && i < A_TURN && waits[1 + s].revents; i++)
                if (!carry(&sides[s], &sides[!s]))
                    break;
    }
}
