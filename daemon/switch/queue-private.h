/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * queue-private.h - what queue.c, queue-room.c and jam.c share; besides them, tests include it.
 *
 * Layer: switch (may include: base, wire, crypto).
 * Use:   a port has a round of shares for each class, a share a round of lines, a line its
 *        packets in order.  None of them is empty.
 */
#pragma once

#include <assert.h>

#include "base/limits.h"
#include "switch/queue.h"

enum {
    N2_CLASSES = 4,
    N2_QUEUE_QUANTUM = N2_PACKET_BYTES_MAX, /* of a turn with weight 1: any packet fits */
    N2_QUEUE_PAGE = 32,                     /* packets, lines and shares of a page */
    N2_QUEUE_PAGES_MAX = N2_QUEUE_PACKETS_MAX / N2_QUEUE_PAGE,
    N2_QUEUE_BUCKETS = 1024,
    N2_QUEUE_PLACES = 256 /* of senders, by hash */
};

/** First in what stands in a round, each behind the one who is before it, or is spare. */
typedef struct n2_queue_turn {
    struct n2_queue_turn *before, *next;
} n2_queue_turn;

typedef struct n2_queue_packet {
    struct n2_queue_packet *next;
    uint32_t in_port;
    uint16_t len;
    uint8_t bytes[N2_PACKET_BYTES_MAX];
} n2_queue_packet;

/** The in-ports of one source, or one in-port: to one out-port in one class. */
typedef struct n2_queue_share {
    n2_queue_turn turn;           /* among the shares of its class */
    struct n2_queue_share *chain; /* of its bucket */
    n2_queue_turn *lines;         /* the round; it begins with whose turn it is */
    uint64_t who;                 /* source, or in-port */
    uint32_t out_port;
    uint32_t bytes, weight, n_lines;
    int32_t deficit; /* bytes that may leave in this turn */
    uint8_t class;
    bool is_source;
} n2_queue_share;

/** Senders of packets, by hash. */
typedef struct {
    uint64_t places[N2_QUEUE_PLACES / 64];
    uint64_t key; /* of the hash: who shares a place with another one does not do so for long */
} n2_queue_seen;

typedef struct n2_queue_line {
    n2_queue_turn turn;          /* among the lines of its share */
    struct n2_queue_line *chain; /* of its bucket */
    n2_queue_share *share;
    n2_queue_packet *first, **end;
    uint32_t in_port, out_port;
    uint32_t bytes;
    int32_t deficit;
    uint8_t class;
    bool is_long;    /* it was too long when a packet joined, and is longer than that still: */
    uint32_t target; /* bytes */
    uint64_t key;    /* of the keys of the hashes below */
    n2_queue_seen told;          /* in this stretch of time */
    uint64_t since_us, until_us; /* when it began, and ends */
    n2_queue_seen seen[2];       /* since the last longer one began; since this one did, */
    uint64_t count_us;           /* which ends then */
    uint32_t n_told;             /* words in the short one */
    uint32_t senders;            /* about so many; 0: none was counted for two long ones */
} n2_queue_line;

static_assert(offsetof(n2_queue_share, turn) == 0 && offsetof(n2_queue_line, turn) == 0,
              "a turn is what it is the turn of");

/** Whoever does not know the key that is in @x knows nothing of what comes out. */
static inline uint64_t
n2_queue_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/** One out-port. */
typedef struct {
    n2_queue_turn *shares[N2_CLASSES]; /* the rounds; NULL: nobody waits */
    n2_queue_share *longest;           /* a guess, or NULL */
    uint64_t weights[N2_CLASSES];      /* of those in the round */
    uint32_t bytes, packets, peak_bytes;
    uint32_t above_bytes; /* of them in classes above the default */
    uint64_t rate_Bps;    /* as was said last */
    /* what left of these classes and is more than can be reserved, in millionths of a byte,
     * at that time */
    uint64_t above_debt, above_us;
    /* what left, by class, since begin_us, and a second before */
    uint32_t served[N2_CLASSES], served_Bps[N2_CLASSES];
    uint64_t begin_us;
    uint64_t dropped, marks, told;
    uint64_t jam_since_us, jam_last_us; /* last: that a line was too long, unless one is now: */
    uint32_t n_long;                    /* lines that are */
} n2_queue_port;

struct n2_queues {
    n2_queue_port *ports; /* (transfer full), 2^width */
    uint16_t *weights;    /* (transfer full), by in-port; 0 is 1 */
    uint64_t *sources;    /* (transfer full), by in-port; 0: its own */
    n2_queue_packet *pages[N2_QUEUE_PAGES_MAX];
    n2_queue_line *line_pages[N2_QUEUE_PAGES_MAX];
    n2_queue_share *share_pages[N2_QUEUE_PAGES_MAX];
    unsigned n_pages;
    n2_queue_packet *spare, *reserved, *gone; /* gone: the last that was shown and left */
    n2_queue_turn *spare_lines, *spare_shares;
    n2_queue_line *lines[N2_QUEUE_BUCKETS];
    n2_queue_share *shares[N2_QUEUE_BUCKETS];
    n2_queue_line *shown;
    n2_env env;
    uint64_t key; /* of hashes; with the first page */
    uint32_t n_packets, most_bytes;
    uint64_t n_refused, n_evicted;
};

/* ---- queue-room.c ---- */

/** @packet left and stays readable until the next one leaves. */
void n2_queue_give(n2_queues *queues, n2_queue_packet *packet);

/** Gives pages back if nothing waits; @is_read: the one that left last may be read still. */
void n2_queue_shrink(n2_queues *queues, bool is_read);

/** The line of what came in by @in_port, in its share; made if there is none.  A packet must
 *  join it at once. */
n2_queue_line *
n2_queue_line_of(n2_queues *queues, uint32_t in_port, uint32_t out_port, unsigned class);

/** @line is empty: it ends, and so does its share if that was the last. */
void n2_queue_line_end(n2_queues *queues, n2_queue_line *line);

/* ---- jam.c ---- */

/** What waits behind one or several classes may be so fast: those before take their part. */
uint64_t n2_queue_left_Bps(const n2_queue_port *port, unsigned class, uint64_t rate_Bps);

/** Is a line there too long, or was one a moment ago? */
static inline bool
n2_queue_is_jammed(const n2_queue_port *port, uint64_t now_us)
{
    return port->jam_since_us &&
           (port->n_long || now_us <= port->jam_last_us + N2_QUEUE_JAM_US);
}

/** @len bytes of @class left. */
void n2_queue_served(n2_queue_port *port, unsigned class, size_t len, uint64_t now_us);

/** The packet at @bytes is the last in @line now: marks it if the line is too long. */
n2_queue_word n2_queue_jam(n2_queue_port *port,
                           n2_queue_line *line,
                           uint8_t *bytes,
                           uint64_t rate_Bps,
                           uint64_t now_us);
