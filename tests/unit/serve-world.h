/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve-world.h - a node with a content for everybody and two that are not, and a stranger who
 *                 is connected to it.
 */
#pragma once

#include "crypto/tree.h"
#include "serve-fixture.h"

enum {
    OPEN_BYTES = 2 * N2_GROUP_BYTES + 100
};

typedef struct {
    fixture f;
    n2_op_queue ops;
    n2_talk talk;
    n2_serve *serve;
    guint8 *bytes;
    n2_ref open;   /* public, three groups */
    n2_ref closed; /* of another realm */
    n2_ref loose;  /* pending work of somebody: no reference */
    n2_batch *batch;
} world;

static inline n2_ref
put(world *t, const guint8 *bytes, gsize len, const char *slot, gint64 realm)
{
    n2_batch *batch;
    gint64 owner;
    n2_ref ref;

    assert_ok(n2_batch_new(&batch, t->f.store, realm));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, len, N2_CONTENT_PLAIN, &ref));
    assert_ok(n2_store_owner(t->f.store, N2_OWNER_PIN, "pins", 0, &owner));
    assert_ok(n2_store_flush(t->f.store));
    assert_ok(n2_store_ref_set(t->f.store, owner, slot, &ref.id, realm));
    n2_batch_free(batch);
    return ref;
}

static inline void
set_up(world *t, gconstpointer data)
{
    (void)data;
    memset(t, 0, sizeof *t);
    fixture_init(&t->f, FALSE);
    t->bytes = fixture_bytes(3, OPEN_BYTES);
    t->open = put(t, t->bytes, OPEN_BYTES, "open", 0);
    t->closed = put(t, t->bytes, 1000, "closed", 5);
    assert_ok(n2_batch_new(&t->batch, t->f.store, 0));
    assert_ok(
        n2_batch_put(t->batch, N2_METHOD_SHA256, t->bytes, 2000, N2_CONTENT_PLAIN, &t->loose));
    assert_ok(n2_store_flush(t->f.store));
    serve_begin(&t->f, &t->ops, &t->talk, &t->serve);
}

static inline void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    serve_end(&t->ops, &t->talk, t->serve);
    n2_batch_free(t->batch);
    g_free(t->bytes);
    fixture_clear(&t->f);
}

static inline n2_err
say(world *t, n2_asm *a, guint64 now_us)
{
    return serve_say(&t->talk, t->serve, a, now_us);
}

typedef struct {
    n2_vm vm;
    n2_budget budget;
    n2_op op;
    n2_call call;
} answer;

/* Takes the next COMMAND order apart. */
static inline void
next_answer(world *t, answer *a)
{
    while (n2_op_queue_pop(&t->ops, &a->op) && a->op.kind != N2_OP_COMMAND)
        ;
    a->op.bytes = serve_take(&a->op, &a->vm, &a->budget, &a->call);
}

static inline void
clear_answer(answer *a)
{
    n2_vm_clear(&a->vm);
    g_free(a->op.bytes);
}

static inline void
assert_answer(world *t, guint64 tag, n2_err err)
{
    answer a;

    next_answer(t, &a);
    g_assert_cmpstr(n2_err_name(a.call.err), ==, n2_err_name(err));
    g_assert_cmpuint(a.call.tag, ==, tag);
    clear_answer(&a);
}

static inline void
put_ref(n2_asm *a, const n2_ref *ref, guint64 size)
{
    guint8 bytes[N2_REF_BYTES];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);

    n2_write_u8(&w, ref->id.method);
    n2_write_bytes(&w, ref->id.hash, sizeof ref->id.hash);
    n2_write_u64(&w, size);
    n2_asm_bytes(a, bytes, sizeof bytes);
    n2_asm_word(a, N2_WORD_OBJECT);
}
