/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store.h - the store opened on a folder, and words where it does not open.
 *
 * Layer: host.
 */
#pragma once

#include <glib.h>

#include "host/disk.h"
#include "store/store.h"

/**
 * Opens the store in @folder for the node, and says in the log what was out of the ordinary.
 *
 * @store: (out) (transfer full): NULL on failure.
 * @disk: (out) (transfer full) (nullable): free it after the store, also on failure.
 * @config: all but the disk.
 */
N2_MUST_USE n2_err n2_host_store_open(n2_store **store,
                                      n2_host_disk **disk,
                                      const char *folder,
                                      const n2_store_config *config,
                                      GError **error);
