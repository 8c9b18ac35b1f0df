/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * status.h - what the processes of net2od add to `net2o status`.
 *
 * Layer: host.
 */
#pragma once

#include "crypto/context.h"
#include "host/fence.h"
#include "host/pump.h"
#include "node/table.h"

/** All borrowed. */
typedef struct {
    n2_pump *pump;
    const n2_crypto *crypto;
    const n2_fence_list *fences;
    int node_starts, keys_starts;
    const char *node_last_end, *keys_last_end; /* (nullable) how the ones before ended */
} n2_status_sources;

/** (transfer full): one row. */
n2_table *n2_status_table(const n2_status_sources *from);
