/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * crowd.h - users at a chain of switches who all send to the node at its end: what queues,
 *           jams and fairness are tried with.
 *
 *     user user   user        user
 *        \ |        |           |
 *        switch -- switch -- ... -- switch -- sink
 *
 * Each link from a switch towards the sink has one rate, which its switch knows; the wires are
 * quicker, so that all that waits, waits in the switches.
 */
#pragma once

#include <glib.h>

#include "world.h"

enum {
    CROWD_SWITCHES = 8,
    CROWD_USERS = 16,
    CROWD_CONNECTIONS = 32, /* of one user */
    CROWD_LOOKS = 8192
};

typedef struct crowd crowd;

typedef struct {
    crowd *c;
    world_node *node;
    unsigned at;      /* its switch */
    uint16_t port;    /* its own, to the switch */
    uint16_t port_at; /* at the switch, to it */
    uint64_t path;    /* to the sink, */
    uint64_t way;     /* and as it arrives there */
    n2_conn conns[CROWD_CONNECTIONS], at_sink[CROWD_CONNECTIONS];
    unsigned n_conns, n_sent, n_written;
    uint64_t bytes;      /* of packets that came out of the last switch, all in all */
    uint64_t marked;     /* of them with a jam mark, in packets */
    uint64_t notices[2]; /* that came to it: dropped, jam */
    uint64_t n_casts;    /* packets of a tree */
    uint64_t first_jam_us;
    uint8_t head[8];    /* of its last datagram */
    uint32_t waiting;   /* of its packets at the last switch, bytes: the most since looked at */
    uint64_t blast_Bps; /* of junk that it sends besides; 0: no more */
    uint32_t n_blasted;
} crowd_user;

struct crowd {
    world *w;
    unsigned n_switches, n_users, links_up;
    world_node *switches[CROWD_SWITCHES], *sink;
    uint16_t up[CROWD_SWITCHES];   /* port towards the sink */
    uint16_t down[CROWD_SWITCHES]; /* port of the trunk that comes in, 0 of the first */
    uint16_t sink_port;
    uint64_t rate_Bps, delay_us;
    crowd_user users[CROWD_USERS];
    uint8_t secret[32], key[32], answer[N2_KEY_ANSWER_BYTES];
    uint8_t *source, *target; /* zeros; what arrives is checked elsewhere */
    n2_conn last_client, last_sink;
    uint32_t regions;
    uint64_t n_casts;              /* packets of a tree that came to the sink */
    uint64_t look_us[CROWD_LOOKS]; /* what waited at the last switch, us of its rate, */
    uint64_t first[CROWD_LOOKS];   /* and bytes of the first user */
    unsigned n_looks;
    bool may_close;    /* a connection; else that is a fault */
    bool is_one_house; /* users who are added now have one address, and ports of their own */
};

/** What a stretch of time brought. */
typedef struct {
    double bytes[CROWD_USERS];          /* through the last switch */
    double waiting[CROWD_USERS];        /* of each at the last switch, bytes: the most */
    double late;                        /* bytes of the first user: 99 of 100 */
    double jain, share;                 /* of all users; of the link's rate */
    double median_ms, most_ms, late_ms; /* that the last queue was long: late is 99 of 100 */
    uint64_t dropped;                   /* by all switches, for want of room */
    uint64_t jams;                      /* said by the last one */
} crowd_figures;

crowd *crowd_new(uint64_t seed, unsigned n_switches, uint64_t rate_Bps, uint64_t delay_us);
void crowd_free(crowd *c);

/** A new user at switch @at, linked; its link is 10 times as quick. */
crowd_user *crowd_add(crowd *c, unsigned at);

/** Each switch is told that @most users may stand behind the trunk that comes in. */
void crowd_weigh(crowd *c, uint32_t most);

/** @n connections to the sink. */
void crowd_connect(crowd_user *u, unsigned n);

/** Sends @size bytes, at most CROWD_PIECE_BYTES, by each connection from @from on. */
void crowd_push(crowd_user *u, unsigned from, uint64_t size);

/** From now on it sends sealed junk to the sink, @Bps, whatever it is told; 0: no more. */
void crowd_blast(crowd_user *u, uint64_t Bps);

void crowd_run(crowd *c, uint64_t us);
crowd_figures crowd_watch(crowd *c, uint64_t us);

/** What queue.h calls the target: bytes of a line that has one of @n parts of the last link. */
double crowd_target(const crowd *c, unsigned n);

/** Packets dropped for want of room by all switches so far. */
uint64_t crowd_dropped(const crowd *c);

enum {
    CROWD_PIECE_BYTES = 64 << 20
};
