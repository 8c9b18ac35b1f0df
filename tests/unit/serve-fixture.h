/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve-fixture.h - what is asked of a node's serving part, and its answers taken apart.
 */
#pragma once

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "share/serve.h"
#include "store-fixture.h"
#include "vm/verify.h"

enum {
    CONN = 7
};

static inline void
serve_begin(fixture *f, n2_op_queue *ops, n2_talk *talk, n2_serve **serve)
{
    n2_talk_init(talk, ops);
    assert_ok(n2_serve_new(serve, f->store, talk, ops, NULL));
    assert_ok(n2_talk_open(talk, CONN, N2_MAY_COMPUTE | N2_MAY_ASK | N2_MAY_READ, 0));
}

static inline void
serve_end(n2_op_queue *ops, n2_talk *talk, n2_serve *serve)
{
    n2_serve_closed(serve, CONN);
    n2_serve_free(serve);
    n2_talk_clear(talk);
    n2_op_queue_clear(ops);
}

/* Feeds a block; returns why the connection would be closed. */
static inline n2_err
serve_say(n2_talk *talk, n2_serve *serve, n2_asm *a, guint64 now_us)
{
    guint8 *block;
    gsize len;
    n2_call call;
    n2_err err;

    assert_ok(n2_asm_finish(a, &block, &len));
    assert_ok(n2_talk_input(talk, CONN, block, len, now_us));
    free(block);
    n2_serve_expire(serve, now_us);
    while (n2_talk_next(talk, CONN, &call, &err, now_us))
        n2_serve_call(serve, CONN, &call);
    return err;
}

/* Takes a COMMAND order apart, as far as its `deliver`.  Returns: its block, which @vm reads
 * (transfer full); the order's bytes are freed. */
static inline guint8 *
serve_take(n2_op *op, n2_vm *vm, n2_budget *budget, n2_call *call)
{
    const guint8 *block;
    gsize len;
    n2_block_stream s;

    g_assert_cmpint(op->kind, ==, N2_OP_COMMAND);
    n2_block_stream_init(&s);
    assert_ok(n2_block_stream_input(&s, op->bytes, op->len));
    assert_ok(n2_block_stream_next(&s, &block, &len));
    g_assert_nonnull(block);
    guint8 *copy = g_memdup2(block, len);
    free(op->bytes);
    op->bytes = NULL;
    n2_block_stream_clear(&s);
    n2_vm_init(vm);
    n2_budget_init(budget, 0);
    assert_ok(n2_vm_load(vm, copy, len, N2_MAY_COMPUTE | N2_MAY_ANSWER, budget));
    assert_ok(n2_vm_step(vm, call));
    g_assert_cmpint(call->opcode, ==, N2_WORD_DELIVER);
    return copy;
}
