/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * asker.h - one side of a benchmark: a data plane with real sockets that is driven by the
 *           thread that uses it, against a node in other processes.
 *
 * Threads: none; everything happens inside the calls.  What goes wrong ends the program with a
 *          word: a benchmark has no use for half a figure.
 */
#pragma once

#include <glib.h>

#include "base/id.h"
#include "host/sockets.h"
#include "node/plane.h"
#include "transport/op.h"

enum {
    ASKER_WIDTH = 4
};

typedef struct {
    n2_plane *plane;
    n2_sockets *sockets;
    int epoll, socket;
    uint64_t spin_us; /* looks so long before it sleeps, as a node does */
    uint64_t path;    /* to the node */
    struct {
        uint8_t suite; /* of the key at hand */
        uint8_t record[32], key[N2_STATIC_BYTES_MAX];
        uint16_t id;
    } key;
    uint64_t now_us;
} asker;

/** Opens a link to @endpoint, "udp:ADDRESS:PORT", from the same address. */
void asker_init(asker *a, const char *endpoint);

/** Says goodbye, and frees all. */
void asker_clear(asker *a);

/** Gives an order. */
void asker_op(asker *a, const n2_op *op);

/** The next event, waiting for it; its bytes are the caller's. */
n2_event asker_hear(asker *a);

/** The next event if there is one. */
bool asker_look(asker *a, n2_event *event);

/** Moves all that can be moved; waits for more if there was nothing, @limit_us at most. */
void asker_turn(asker *a, uint64_t limit_us);

/** Asks for the node's key of @suite and keeps it. */
void asker_ask_key(asker *a, uint8_t suite);

/** Begins a connection; CONNECTED or CLOSED with @tag follows. */
void asker_connect(asker *a, uint64_t tag, bool is_fresh);

/** Begins a connection and waits until it is there. */
n2_conn asker_connection(asker *a);

/** Asks over @conn how long @content is: a small question to the node's control plane. */
void asker_ask_size(asker *a, n2_conn conn, const n2_id *content, uint64_t tag);
