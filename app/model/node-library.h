/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-library.h - what the user's node knows of contents.
 *
 * Layer: app/model (no widgets).
 */
#pragma once

#include "client/client.h"
#include "model/library.h"

G_BEGIN_DECLS

#define N2_TYPE_NODE_LIBRARY (n2_node_library_get_type())
G_DECLARE_FINAL_TYPE(N2NodeLibrary, n2_node_library, N2, NODE_LIBRARY, GObject)

/**
 * n2_node_library_new:
 * @client: of the browser
 * @profile: (nullable): the client's.  A query that is waited for has a connection of its own:
 *           the node gives it up when that closes, and with it nothing else
 *
 * Returns: (transfer full).
 */
N2NodeLibrary *n2_node_library_new(N2Client *client, const char *profile);

G_END_DECLS
