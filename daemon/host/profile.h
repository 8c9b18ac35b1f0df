/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * profile.h - where one node keeps its things, and the lock that makes it the only one.
 *
 * Layer: host.  Folders are made with mode 0700 and must belong to the user.
 *
 *     --profile DIR   everything in DIR: net2o.conf, keys/, data/, state files, bus
 *     otherwise       $XDG_CONFIG_HOME/net2o/net2o.conf, $XDG_DATA_HOME/net2o/{keys,data}/,
 *                     $XDG_STATE_HOME/net2o/{version,lock}, $XDG_CACHE_HOME/net2o/,
 *                     $XDG_RUNTIME_DIR/net2o/bus (or beside the state)
 */
#pragma once

#include <glib.h>

#include "base/err.h"

enum {
    N2_PROFILE_VERSION = 1 /* of the layout; a newer one is not touched */
};

typedef struct {
    char *conf_path; /* net2o.conf */
    char *keys_dir;  /* of the keys process alone */
    char *data_dir;  /* of the node process alone */
    char *cache_dir;
    char *state_dir;
    char *bus_path; /* short enough for a socket */
} n2_profile;

/**
 * Finds the folders for @dir (nullable: those of the user) and makes what is missing.
 *
 * Returns: N2_OK; N2_ERR_USAGE (path too long for a socket), N2_ERR_REFUSED (a folder belongs
 *          to somebody else), N2_ERR_VERSION (written by a newer version), N2_ERR_IO.  @error
 *          has the words.
 */
N2_MUST_USE n2_err n2_profile_open(n2_profile *out, const char *dir, GError **error);

void n2_profile_clear(n2_profile *profile);

/**
 * Takes the profile for this process and its children: the lock lives as long as any of them
 * has @fd (not closed on exec; one that somebody took over could give it up, by which a second
 * net2od of the same user may start on what that one can write anyway).  A lock whose owner has
 * just died is waited for, 2 s at most.
 *
 * Returns: N2_OK, N2_ERR_BUSY (another net2od has it), N2_ERR_IO.
 */
N2_MUST_USE n2_err n2_profile_lock(const n2_profile *profile, int *fd, GError **error);
