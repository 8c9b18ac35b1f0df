/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-source.h - places that come from the user's node.
 *
 * Layer:   app/model (no widgets); the only file of the app that uses daemon/client.
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

G_END_DECLS
