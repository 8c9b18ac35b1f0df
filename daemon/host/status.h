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

/** What had gone over the links when this day began, by the clock of this place. */
typedef struct {
    int64_t day; /* 0: the node began on this one */
    uint64_t in_bytes, out_bytes;
} n2_status_day;

/**
 * Begins a new day if it is one; called at midnight, and whenever somebody asks.
 *
 * Returns: seconds until the next midnight.
 */
unsigned n2_status_turn_day(n2_status_day *day, n2_pump *pump);

/** All borrowed. */
typedef struct {
    n2_pump *pump;
    n2_status_day *day;
    const n2_crypto *crypto; /* (nullable): a switch without users has none */
    const n2_fence_list *fences;
    int node_starts, keys_starts;
    const char *node_last_end, *keys_last_end; /* (nullable) how the ones before ended */
} n2_status_sources;

/** (transfer full): one row. */
n2_table *n2_status_table(const n2_status_sources *from);
