/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * two-nodes-plane.h - what the playing data plane and the world around it share.
 */
#pragma once

#include "two-nodes.h"

/* Something on its way to a node. */
typedef struct {
    guint64 at_us;
    guint64 number; /* what was sent first comes first */
    int to;
    n2_event event;
    gboolean is_send; /* a SEND of the other node: event.address, bytes; tag of its SENT */
} item;

guint64 two_nodes_draw(two_nodes *w);
void two_nodes_free_item(gpointer data);

/** Does what a control plane orders; takes the order's bytes. */
void two_nodes_order(two_nodes *w, int from, n2_op *op);

/** Something has reached its node. */
void two_nodes_arrive(two_nodes *w, item *it);
