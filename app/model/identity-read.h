/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-read.h - own identities and tokens from the node's dictionaries.
 *
 * Layer: app/model (no widgets), private to node-identities.c and its test.
 */
#pragma once

#include "model/identity.h"
#include "model/token-model.h"

G_BEGIN_DECLS

/**
 * A row of Identity1.List, or better the answer of Show, which has keys.
 *
 * Keys of one place (a token, this computer, another device) are one N2OwnKey, whose id is the
 * keys' own, a space between any two: they are removed together.
 *
 * Returns: (transfer full); NULL: it is none, or none of ours.
 */
N2OwnIdentity *n2_own_identity_read(GVariant *dict);

/**
 * A row of Token1.List.
 *
 * @identities: (nullable): N2OwnIdentity, for the name of the token's owner.
 *
 * Returns: (transfer full); NULL: there is no reader, as the row says.
 */
N2TokenModel *n2_token_model_read(GVariant *dict, GListModel *identities);

G_END_DECLS
