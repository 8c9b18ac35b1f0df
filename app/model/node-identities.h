/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-identities.h - own identities and tokens, from the user's node.
 *
 * Layer:   app/model (no widgets).
 * Threads: as identity-source.h.
 */
#pragma once

#include "client/client.h"
#include "model/identity-source.h"

G_BEGIN_DECLS

#define N2_TYPE_NODE_IDENTITIES (n2_node_identities_get_type())
G_DECLARE_FINAL_TYPE(N2NodeIdentities, n2_node_identities, N2, NODE_IDENTITIES, GObject)

/** Becomes agent of @client's connection whenever there is one (transfer full). */
N2NodeIdentities *n2_node_identities_new(N2Client *client);

G_END_DECLS
