/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * opqueue.h - orders for the data plane, waiting to be taken.
 *
 * Layer: share (may include: base, wire, crypto, store, keys, transport, vm).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "transport/op.h"

typedef struct {
    n2_op *items; /* (owned) ring of `room` */
    size_t first;
    size_t n;
    size_t room;
    n2_err err; /* N2_ERR_NOMEM once an order was lost: the node is to be started anew */
} n2_op_queue;

void n2_op_queue_clear(n2_op_queue *q);

/** @op: its bytes are consumed, also on failure, which sticks to @q->err. */
void n2_op_queue_push(n2_op_queue *q, const n2_op *op);

/** @out: its bytes pass to the caller.  False: empty. */
bool n2_op_queue_pop(n2_op_queue *q, n2_op *out);
