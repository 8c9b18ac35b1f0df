/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role.h - the processes that the parent starts: their beginnings.
 *
 * Layer: host.  Each is this same program with a role as its first argument and a channel to
 *        the parent on descriptor N2_CHANNEL_FD.  All return the exit code of their process.
 */
#pragma once

#include "host/config.h"
#include "host/profile.h"

/** Keeps the private keys: no network, no other file than @profile->keys_dir. */
int n2_role_keys(const n2_config *config, const n2_profile *profile);

/** Does everything else, without any private key. */
int n2_role_node(const n2_config *config, const n2_profile *profile);

/** Looks up names of hosts, for which it has the sockets that the others may not have. */
int n2_role_names(void);

/** Hears when the screen is locked, on message buses that the others may not speak to. */
int n2_role_screen(void);

/** Verifies the store while no node runs, and prints one line for `net2o fsck`.  @cuts: first
 *  takes back the newest changes, if their log is damaged. */
int n2_role_fsck(const n2_profile *profile, gboolean cuts);
