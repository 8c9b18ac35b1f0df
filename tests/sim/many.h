/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * many.h - switches with trees and channels, wires of 1 ms and one clock: what tests of one to
 *           many are played on.  No links, queues or connections.
 */
#pragma once

#include <glib.h>

#include "node/casts.h"
#include "switch/switch.h"
#include "wire/path.h"
#include "world.h"

enum {
    MANY_WIRE_US = 1000,
    MANY_TAGS = 4
};

typedef struct many many;
typedef struct many_node many_node;

struct many_node {
    n2_switch sw;
    n2_casts *casts;
    world_random random;
    many_node **wires; /* by port: who is there; NULL: nobody */
    uint32_t *far;     /* and the port there */
    unsigned width;
    bool is_dead;                               /* forwards nothing */
    guint64 got[MANY_TAGS], doubled[MANY_TAGS]; /* packets of CAST_JOIN with this tag */
    guint32 next[MANY_TAGS]; /* address of the next one, if none is missing */
    guint64 missed[MANY_TAGS];
    n2_err state[MANY_TAGS]; /* last CAST_STATE; 1: none yet */
    n2_cast_how how[MANY_TAGS];
    guint64 place[MANY_TAGS];
    guint n_told[MANY_TAGS];
};

struct many {
    GPtrArray *nodes;
    GQueue *flying; /* by time, then in order */
    guint64 now_us, seed;
    guint64 n_messages, n_packets; /* that crossed a wire */
    guint64 loss_ppm;              /* of messages */
    /* each packet before it leaves by a wire; false: it is lost */
    gboolean (*tap)(many *c, many_node *from, many_node *to, guint8 *bytes, gsize len);
    gpointer user;
};

many *many_new(guint64 seed);
void many_free(many *c);

many_node *many_add(many *c, unsigned width, n2_rows_kind kind);

/** Lays a wire; each end gets its lowest free port.  @b opened it: @b takes channels from @a.
 */
void many_lay(many *c, many_node *a, many_node *b);

/** The node loses all that its switch knew. */
void many_restart(many *c, many_node *node, n2_rows_kind kind);

/** Label path from @from to @to, the fewest wires; asserted that there is one. */
guint64 many_path(many *c, many_node *from, many_node *to);

/** Port of @at that leads to its neighbour @to. */
guint32 many_port(many_node *at, many_node *to);

void many_op(many *c, many_node *node, const n2_op *op);
void many_open(many *c, many_node *node, guint64 id, n2_mode mode);
void
many_join(many *c, many_node *node, many_node *source, guint64 id, n2_mode mode, guint64 tag);
/** The same by a way of one's own. */
void
many_join_by(many *c, many_node *node, guint64 path, guint64 id, n2_mode mode, guint64 tag);
void many_leave(many *c, many_node *node, guint64 tag);

/** The source's next packet, numbered by @number in its address. */
void many_send(many *c, many_node *node, guint64 id, n2_mode mode, guint32 number);

/** A packet or message as if @node's own end point sent it, or as if it came in by @in_port. */
void many_inject(many *c, many_node *node, guint32 in_port, const guint8 *bytes, gsize len);

void many_run(many *c, guint64 us);

/** Runs while @source sends @n packets, one every @each_us. */
void many_stream(many *c,
                 many_node *source,
                 guint64 id,
                 n2_mode mode,
                 guint32 first,
                 guint32 n,
                 guint64 each_us);

/** Entries of trees (not sources) and branches of all nodes together. */
void many_count(many *c, guint *n_trees, guint *n_branches);
