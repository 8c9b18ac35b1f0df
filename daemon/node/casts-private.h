/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * casts-private.h - what the two files of one to many at a node share.
 *
 * Layer: node.  Included by casts*.c only.
 */
#pragma once

#include "node/casts.h"

/* ---- casts-join.c ---- */

/** CAST_JOIN, CAST_LEAVE. */
void n2_casts_join(n2_casts *casts, const n2_op *op, uint64_t now_us);
void n2_casts_leave(n2_casts *casts, uint64_t tag, uint64_t now_us);

/** An answer that came for our own end point. */
void n2_casts_answered(n2_casts *casts, const n2_cast *a, uint32_t in_port, uint64_t now_us);

/** The link at @port is there, perhaps again: what goes by it is asked for at once. */
void n2_casts_link_up(n2_casts *casts, uint32_t port);

/** What our end point joined that the packet belongs to, its user's or the node's own; NULL:
 * none. */
n2_joined *n2_casts_find_packet(n2_casts *casts, const n2_packet *p, bool of_node);

/** When n2_casts_expire_joined() has something to do; UINT64_MAX: never. */
uint64_t n2_casts_joined_deadline(const n2_casts *casts);
void n2_casts_expire_joined(n2_casts *casts, uint64_t now_us);
