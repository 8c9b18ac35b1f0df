/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * star.h - a server, a client and an attacker around one honest switch: what the tests of
 *          attacks and of single lines are played on.
 */
#pragma once

#include <glib.h>

#include "world.h"

enum {
    STAR_HUB,
    STAR_SERVER,
    STAR_CLIENT,
    STAR_ATTACKER,
    STAR_NODES,
    STAR_KEY_ID = 7,
    STAR_PIECES = 64,
    STAR_EVENTS = 512
};

/** A piece of memory on its way from one node to the other. */
typedef struct {
    uint8_t *source, *target; /* exact sizes */
    uint64_t size, address;
    uint32_t unit;
    bool to_client;
    bool is_written, is_sent, is_revoked;
    uint64_t written_us;
} star_piece;

typedef struct star star;
typedef void (*star_packet_cb)(star *s, int from, int to, uint8_t *packet, size_t len);

struct star {
    world *w;
    uint64_t seed;
    world_node *node[STAR_NODES];
    n2_conn conn[STAR_NODES]; /* of client and server, to each other; 0: none */
    uint16_t port_at_hub[STAR_NODES], port_to_hub[STAR_NODES];
    unsigned links_up;
    uint64_t path; /* client to server */
    uint8_t secret[32], key[32], answer[N2_KEY_ANSWER_BYTES];
    star_piece pieces[STAR_PIECES];
    unsigned n_pieces, n_written, n_sent;
    GByteArray *commands[STAR_NODES]; /* all that came to client or server */
    n2_event events[STAR_NODES][STAR_EVENTS];
    unsigned n_events[STAR_NODES];
    bool keeps_regions;            /* else a region is revoked when it is whole */
    uint8_t head[STAR_NODES][8];   /* last head of a datagram from this node to the hub */
    uint64_t bytes[STAR_NODES][2]; /* of whole packets: to the hub, from the hub */
    star_packet_cb on_packet;      /* each whole packet on a wire, before its switch */
    star_packet_cb on_control;     /* each link control datagram */
    bool drops_es;                 /* the keys process never answers */
    void *user;
};

/** All linked and known to each other; the wires may be changed then. */
star *star_new(uint64_t seed, const world_wire *wire, uint32_t datagram_bytes);
/** The same, and connections change their keys as @limits say (transfer none). */
star *star_new_with_keys(uint64_t seed,
                         const world_wire *wire,
                         uint32_t datagram_bytes,
                         const n2_key_limits *limits);
void star_free(star *s);

/** Orders the client's hello; star_until() then waits for conn. */
void star_connect(star *s);
bool star_until_connected(star *s, uint64_t us);

/** Runs for @us, or until nothing ever happens. */
void star_run(star *s, uint64_t us);

/** A new piece of @size random bytes; the receiver grants, and the sender sends at once. */
star_piece *star_send(star *s, bool to_client, uint64_t size, uint32_t unit);
void star_command(star *s, int node, const uint8_t *bytes, size_t len);

/** Runs until all pieces are written and sent, and checks their bytes; false after @us. */
bool star_finish(star *s, uint64_t us);

const n2_event *star_last(const star *s, int node, n2_event_kind kind);
unsigned star_count(const star *s, int node, n2_event_kind kind);
n2_plane_stats star_stats(const star *s, int node);

/** The attacker (or another) sends one packet as its own; @path as its switch would send it. */
void star_inject(star *s, int from, const uint8_t *packet, size_t len);

/** The attacker (or another) sends one datagram to the hub, as it is. */
void star_inject_datagram(star *s, int from, const uint8_t *bytes, size_t len);

/** Way from the hub to @node's end point, with @used bits of @back forged behind it. */
uint64_t star_path_from_hub(const star *s, int node, uint64_t back, unsigned used);

/** An unsealed packet of 128 bytes to address 0 of the server, with a way back of its own. */
void star_inject_first(star *s, int from, const uint8_t *data, uint64_t back, unsigned used);
