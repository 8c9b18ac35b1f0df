/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-identities-private.h - the two halves: what there is and what is asked
 *                             (node-identities.c), and orders (node-orders.c).
 *
 * Layer: app/model.
 */
#pragma once

#include "client/orders.h"
#include "model/node-identities.h"

struct _N2NodeIdentities {
    GObject parent_instance;

    N2Client *client;          /* owned */
    GListStore *identities;    /* owned; N2OwnIdentity */
    GListStore *tokens;        /* owned; N2TokenModel */
    GHashTable *asks;          /* owned; id -> N2Ask (owned) */
    GCancellable *cancellable; /* owned; of what is asked in the background */
    guint n_orders;            /* under way */
    N2Settings settings;
    guint unlock_id;       /* ask for the passphrase, that is not over; 0: none */
    gboolean was_given_up; /* an order, since the last one began */
    gboolean is_listing, wants_list;
    gboolean is_listing_tokens, wants_tokens;
    gboolean has_identities, has_tokens; /* each list was answered once */
};

/** Asks anew what there is. */
void n2_node_identities_list(N2NodeIdentities *self);
void n2_node_identities_list_tokens(N2NodeIdentities *self);

/** Asks anew what sign-ins are like. */
void n2_node_identities_ask_settings(N2NodeIdentities *self);

/** The passphrase is another now: one that the keyring of the desktop has opens nothing. */
void n2_node_identities_forget_kept(N2NodeIdentities *self);

/** The node waits for the passphrase of its keys, by the ask @id (node-unlock.c). */
void n2_node_identities_unlock(N2NodeIdentities *self, guint id);

/** @ask is shown to the user from now on; it is the node's @id. */
void n2_node_identities_add_ask(N2NodeIdentities *self, guint id, N2Ask *ask);
/** It was answered.  Returns: its id. */
guint n2_node_identities_forget_ask(N2NodeIdentities *self, N2Ask *ask);

/** Answers all that is asked with no: whoever ordered it gave it up. */
void n2_node_identities_give_up(N2NodeIdentities *self);

void n2_node_orders_init(N2IdentitySourceInterface *iface);
