/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-runs.h - runs of datagrams under way and ready to leave, and links that are not free:
 *                what waits for them waits in the switch's queues.
 *
 * Layer:     node (may include: everything below).
 * Invariant: to a link whose rate is known no more is handed over than it has sent by then, so
 *            an urgent packet waits for one run at most: 1 ms, or one packet.
 *
 * A packet that finds its link free goes straight into the run under way.  Of a link whose rate
 * is not known everything leaves at once, as the system's queue is all there is then.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/uses.h"
#include "link/link.h"
#include "node/plane.h"
#include "switch/queue.h"
#include "switch/switch.h"

typedef struct n2_runs n2_runs;

/**
 * @out:   (out) (transfer full).
 * @links, @queues, @sw: (transfer none): must outlive it.  Of the last one the counters.
 *
 * Returns: N2_OK, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_runs_new(n2_runs **out,
                               n2_links *links,
                               n2_queues *queues,
                               n2_switch *sw);
void n2_runs_free(n2_runs *runs); /* (nullable) */

/**
 * Room for a packet of @len bytes that leaves by @port, which is not 0, before all that waits.
 *
 * Returns: (transfer none) (nullable): to be filled, then n2_runs_commit(); or forgotten. NULL:
 *          no link, or it is not free, or (of links whose rate is not known)
 *          N2_PLANE_RUNS_MAX.
 */
uint8_t *n2_runs_reserve(n2_runs *runs, uint32_t port, size_t len, uint64_t now_us);
void n2_runs_commit(n2_runs *runs, uint32_t port);

/** Something joined the queue of @port. */
void n2_runs_joined(n2_runs *runs, uint32_t port);

/** The link at @port is gone: what waits for it is dropped, and who gets the port next does not
 *  wait for what it took. */
void n2_runs_down(n2_runs *runs, uint32_t port);

/** Is there anything that may leave at @now_us? */
bool n2_runs_is_ready(n2_runs *runs, uint64_t now_us);

/** Finishes those under way: they leave as they are. */
void n2_runs_finish(n2_runs *runs, uint64_t now_us);

/** Takes the next one that may leave; it stays until the next call.  False: none. */
bool n2_runs_next(n2_runs *runs, n2_plane_run *out, uint64_t now_us);

/** When a link will be free for what waits; UINT64_MAX: nothing waits. */
uint64_t n2_runs_deadline(const n2_runs *runs);

/** Until when what was handed over to the link at @port is being sent. */
uint64_t n2_runs_free_us(const n2_runs *runs, uint32_t port);

/** Adds a row for each limit that strangers can meet here. */
void n2_runs_uses(const n2_runs *runs, n2_uses *uses);
