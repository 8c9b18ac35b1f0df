/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-people.h - people, trust and log-ins, from the user's node.
 *
 * Layer:   app/model (no widgets).
 * Threads: as people-source.h.
 */
#pragma once

#include "client/client.h"
#include "model/people-source.h"

G_BEGIN_DECLS

#define N2_TYPE_NODE_PEOPLE (n2_node_people_get_type())
G_DECLARE_FINAL_TYPE(N2NodePeople, n2_node_people, N2, NODE_PEOPLE, GObject)

/** Becomes agent of @client's connection whenever there is one (transfer full). */
N2NodePeople *n2_node_people_new(N2Client *client);

G_END_DECLS
