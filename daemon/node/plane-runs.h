/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-runs.h - runs under way and ready to leave: a bounded pool, urgent before others, none
 *                before its link is free.
 *
 * Layer:     node (may include: everything below).
 * Invariant: to a link whose rate is known no more is handed over than it has sent by then, so
 *            an urgent packet waits for one run at most: 1 ms, or one packet.
 *
 * Of a link whose rate is not known everything leaves at once, as the system's queue is all
 * there is then.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/uses.h"
#include "link/link.h"
#include "node/plane.h"

typedef struct n2_runs n2_runs;

typedef enum {
    N2_LANE_URGENT,
    N2_LANE_OTHER,
    N2_LANES
} n2_lane;

/**
 * @out:   (out) (transfer full).
 * @links: (transfer none): must outlive it.
 *
 * Returns: N2_OK, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_runs_new(n2_runs **out, n2_links *links, uint8_t width);
void n2_runs_free(n2_runs *runs); /* (nullable) */

/**
 * Room for a packet of @len bytes that leaves by @port, which is not 0.
 *
 * Returns: (transfer none) (nullable): to be filled, then n2_runs_commit(); or forgotten. NULL:
 *          no link, or too much waits already.
 */
uint8_t *n2_runs_reserve(n2_runs *runs, uint32_t port, n2_lane lane, size_t len);
void n2_runs_commit(n2_runs *runs, uint32_t port, n2_lane lane);

/** Is there a finished run that may leave at @now_us? */
bool n2_runs_is_ready(const n2_runs *runs, uint64_t now_us);

/** Finishes those under way in @lane. */
void n2_runs_finish(n2_runs *runs, n2_lane lane);

/** Takes the next one that may leave; it stays until the next call.  False: none. */
bool n2_runs_next(n2_runs *runs, n2_plane_run *out, uint64_t now_us);

/** When a link will be free for what waits; UINT64_MAX: nothing waits. */
uint64_t n2_runs_deadline(const n2_runs *runs);

/** Adds a row for each limit that strangers can meet here. */
void n2_runs_uses(const n2_runs *runs, n2_uses *uses);
