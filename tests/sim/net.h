/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * net.h - whole nodes (keys, control plane, store, data plane) at the two ends of a chain of
 * switches, over a made-up network.
 *
 * End 1 publishes a page (`index.md`) and a file (`data/file`), end 0 reads them; it has the
 * way set by hand.  Without a switch between them they are neighbours, and end 0 has the other
 * written down as a peer.
 */
#pragma once

#include <glib.h>

#include "disk-mem.h"
#include "keys/keyring.h"
#include "node/control.h"
#include "store-fixture.h"
#include "world.h"

enum {
    NET_NODES_MAX = 5,
    NET_ENDS = 2, /* client and server have a control plane */
    NET_PAGE_BYTES = 3000
};

#define NET_SECOND_US UINT64_C(1000000)
#define NET_LIMIT_US (300 * NET_SECOND_US)

typedef struct {
    unsigned n_switches; /* between the ends, up to 3 */
    world_wire wire;     /* each of those between two nodes */
    guint32 loss_ppm;    /* of them, once the links are up */
    gsize file_bytes;
    guint32 datagram_bytes; /* longest of the nodes; 0: 2200 */
    n2_shows shows;         /* to whom end 0 proves who it is */
} net_plan;

typedef struct {
    fixture store;
    disk_mem *disk;
    n2_keyring *ring;
    n2_control *control;
    n2_id id;
    GPtrArray *notices; /* of n2_notice */
} end_node;

typedef struct net net;

struct net {
    world *w;
    guint64 seed;
    net_plan plan;
    unsigned server; /* number of nodes - 1 */
    world_node *node[NET_NODES_MAX];
    end_node end[NET_ENDS];
    uint16_t port_towards[NET_NODES_MAX];
    unsigned links_up;
    guint8 *page, *file;
    const char *as; /* what the person says to a site that asks who is there; NULL: a no */
    /** (nullable) Sees what a control plane orders, before it is done, and may order more. */
    void (*tap)(net *n, int i, n2_op *op);
    void *tap_data;
};

/** Links are up, the tree is published, the way is set. */
net *net_new(guint64 seed, const net_plan *plan);
void net_free(net *n);

/** Behind a switch: somebody else sits at end 0, with an empty store and keys of their own. */
void net_renew_client(net *n);

/** FALSE: nothing will ever happen. */
gboolean net_step(net *n);

/** Lets so much time pass. */
void net_run(net *n, guint64 us);

/** Starts a job at end @i. */
n2_job net_start(net *n, int i, const n2_request *request);

/** Starts to read a path of the server's tree. */
n2_job net_open(net *n, const char *path);

/** Runs until @job ends; @bytes (nullable): what it gives to read. */
n2_notice net_finish(net *n, int i, n2_job job, GByteArray *bytes);

/** Reads a path; @want: its bytes. */
void net_assert_path(net *n, const char *path, const guint8 *want, gsize len);
