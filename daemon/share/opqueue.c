/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * opqueue.c - orders for the data plane, waiting to be taken.
 */
#include "share/opqueue.h"

#include <stdlib.h>
#include <string.h>

void
n2_op_queue_clear(n2_op_queue *q)
{
    n2_op op;

    while (n2_op_queue_pop(q, &op))
        free(op.bytes);
    free(q->items);
    *q = (n2_op_queue){0};
}

static bool
grow(n2_op_queue *q)
{
    size_t room = q->room ? q->room * 2 : 32;
    n2_op *items = malloc(room * sizeof *items);

    if (!items)
        return false;
    for (size_t i = 0; i < q->n; i++)
        items[i] = q->items[(q->first + i) % q->room];
    free(q->items);
    q->items = items;
    q->room = room;
    q->first = 0;
    return true;
}

void
n2_op_queue_push(n2_op_queue *q, const n2_op *op)
{
    if (q->n == q->room && !grow(q)) {
        q->err = N2_ERR_NOMEM;
        free(op->bytes);
        return;
    }
    q->items[(q->first + q->n++) % q->room] = *op;
}

bool
n2_op_queue_pop(n2_op_queue *q, n2_op *out)
{
    if (!q->n)
        return false;
    *out = q->items[q->first];
    q->first = (q->first + 1) % q->room;
    q->n--;
    return true;
}
