/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * label-farm.h - four servers behind one label, and clients that see nothing else.
 *
 *     clients, attacker -- border (5 bits) -- servers 0 and 1
 *                                         \-- inner switch (4 bits) -- servers 2, 3 and 4
 */
#pragma once

#include "switch/label.h"
#include "world.h"

enum {
    CLIENTS = 16,
    SERVERS = 5, /* the last one joins later */
    BORDER = 0,
    INNER = 1,
    SERVER = 2,
    CLIENT = SERVER + SERVERS,
    ATTACKER = CLIENT + CLIENTS,
    NODES = ATTACKER + 1,
    BORDER_BITS = 5,
    INNER_BITS = 4,
    END_BITS = 2,
    OWN = 24, /* label of server 0; the next ones have the next */
    LABEL = 30,
    KEY_ID = 7,
    PIECE = 60000,
    UNIT = 512 /* whole in a datagram, so that the tap sees its head */
};

typedef struct farm farm;

/* A client and what the server it got knows of it. */
typedef struct {
    n2_conn conn, server_conn;
    int server; /* -1: none yet */
    uint64_t path;
    unsigned n_written, n_closed;
    uint8_t *source, *target; /* (owned) */
} client;

struct farm {
    world *w;
    world_node *node[NODES];
    uint16_t port_at[NODES][NODES]; /* at the first, of its link to the second */
    unsigned links_up;
    client clients[CLIENTS];
    uint32_t next_address;
    uint8_t secret[32], key[32], answer[N2_KEY_ANSWER_BYTES];
    uint8_t head[NODES][8]; /* last head of a datagram from this node to the border */
    unsigned n_rules;
    n2_err rules_err;
    bool copies;                 /* the attacker does, what comes from servers */
    unsigned n_copied, n_inside; /* packets that showed more than labels of the border */
    unsigned n_seen, n_resumed;
    unsigned n_control,
        n_echoes;   /* such packets to clients; echoes of the inner switch answered */
    uint64_t shown; /* the way back of the last of them */
};

void farm_run(farm *f, uint64_t us);
void farm_open_link(farm *f, int node);
/** A label as text, to the border; returns what it said. */
n2_err farm_order(farm *f, const char *text);
/** The label of server @i: what it hides is all between the border and that end point. */
void farm_label(farm *f, int i);
/** All links are up, all servers have their label. */
farm *farm_new(uint64_t seed);
void farm_free(farm *f);
/** @bits: of the last label, as the client believes; 0: it does not know. */
void farm_connect_with(farm *f, int i, unsigned bits);
void farm_connect(farm *f, int i);
uint64_t farm_path(const farm *f, int i, unsigned label);
/** Client @i's server sends a piece. */
void farm_send(farm *f, int i);
/** All that are connected, but those of server @without, get a piece each. */
void farm_all_get_one(farm *f, int without);
/** What its nodes tell; for nodes that a test adds to its world. */
void farm_event_cb(world *w, world_node *node, const n2_event *event, void *user);
