/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-source.h - places that come from the user's node.
 *
 * Layer:   app/model (no widgets); with node-people.h and transfer-stream.h what uses
 *          daemon/client.
 * Threads: as source.h.
 */
#pragma once

#include "client/client.h"
#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_NODE_SOURCE (n2_node_source_get_type())
G_DECLARE_FINAL_TYPE(N2NodeSource, n2_node_source, N2, NODE_SOURCE, GObject)

/**
 * n2_node_source_new:
 * @profile: (nullable): the node's profile folder, or %NULL for the user's own node
 *
 * Begins to connect at once, and stays connected.
 *
 * Returns: (transfer full): a source
 */
N2NodeSource *n2_node_source_new(const char *profile);

/** The connection to the node, for all that this program asks of it: what an order waits for is
 * asked where the order came from (transfer none). */
N2Client *n2_node_source_peek_client(N2NodeSource *self);

G_END_DECLS
