/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role.h - the two processes that the parent starts: their beginnings.
 *
 * Layer: host.  Each is this same program with a role as its first argument and a channel to
 *        the parent on descriptor N2_CHANNEL_FD.  Both return the exit code of their process.
 */
#pragma once

#include "host/config.h"
#include "host/profile.h"

/** Keeps the private keys: no network, no other file than @profile->keys_dir. */
int n2_role_keys(const n2_config *config, const n2_profile *profile);

/** Does everything else, without any private key. */
int n2_role_node(const n2_config *config, const n2_profile *profile);
