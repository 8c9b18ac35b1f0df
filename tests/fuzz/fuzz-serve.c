/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-serve.c - a stranger's command stream against a store with one public content: every
 * order to the data plane stays inside it, every answer is one that a peer takes.
 *
 * A byte string of 41 that begins with 0x80 is replaced by the content's reference (opcode 04,
 * length 29 in hex), so that a fuzzer need not guess a hash.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "empty-store.h"
#include "share/serve.h"
#include "vm/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    CONN = 3,
    CONTENT_BYTES = 5000
};

typedef struct {
    empty_store s;
    n2_ref ref;
    n2_op_queue ops;
    n2_talk talk;
    n2_serve *serve;
} world;

static void
begin(world *w)
{
    static uint8_t content[CONTENT_BYTES];
    n2_batch *batch;
    int64_t owner;

    memset(w, 0, sizeof *w);
    empty_store_open(&w->s);
    check(!n2_batch_new(&batch, w->s.store, 0));
    check(!n2_batch_put(batch, N2_METHOD_SHA256, content, sizeof content, N2_CONTENT_PLAIN,
                        &w->ref));
    check(!n2_store_flush(w->s.store));
    check(!n2_store_owner(w->s.store, N2_OWNER_PIN, "pins", 0, &owner));
    check(!n2_store_ref_set(w->s.store, owner, "one", &w->ref.id, 0));
    n2_batch_free(batch);
    n2_talk_init(&w->talk, &w->ops);
    check(!n2_serve_new(&w->serve, w->s.store, &w->talk, &w->ops));
    check(!n2_talk_open(&w->talk, CONN, N2_MAY_COMPUTE | N2_MAY_ASK | N2_MAY_READ, 0));
}

static void
end(world *w)
{
    n2_serve_closed(w->serve, CONN);
    n2_serve_free(w->serve);
    n2_talk_clear(&w->talk);
    n2_op_queue_clear(&w->ops);
    empty_store_close(&w->s);
}

static void
check_op(const n2_op *op)
{
    uint8_t sum = 0;

    if (op->kind == N2_OP_SEND) {
        check(op->size && op->size <= CONTENT_BYTES && op->address && !(op->address >> 63));
        for (size_t i = 0; i < op->size; i++)
            sum |= op->memory[i];
        check(!sum); /* the content is all zeros */
        return;
    }
    check(op->kind == N2_OP_COMMAND);

    n2_block_stream s;
    n2_block_facts facts;
    const uint8_t *block;
    size_t len;

    n2_block_stream_init(&s);
    check(!n2_block_stream_input(&s, op->bytes, op->len));
    check(!n2_block_stream_next(&s, &block, &len) && block);
    check(!n2_block_verify(block, len, &facts) && facts.is_answer);
    n2_block_stream_clear(&s);
}

static void
put_references(const world *w, uint8_t *bytes, size_t len)
{
    uint8_t ref[N2_REF_BYTES];
    n2_writer out = n2_writer_init(ref, sizeof ref);

    n2_write_u8(&out, w->ref.id.method);
    n2_write_bytes(&out, w->ref.id.hash, sizeof w->ref.id.hash);
    n2_write_u64(&out, w->ref.size);
    for (size_t i = 0; i + 2 + sizeof ref <= len; i++)
        if (bytes[i] == N2_WORD_BYTES && bytes[i + 1] == sizeof ref && bytes[i + 2] == 0x80)
            memcpy(bytes + i + 2, ref, sizeof ref);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    world w;
    n2_call call;
    n2_err err = N2_OK;
    n2_op op;
    uint8_t *bytes = malloc(size + 1);

    check(bytes);
    if (size)
        memcpy(bytes, data, size);
    begin(&w);
    put_references(&w, bytes, size);
    if (!n2_talk_input(&w.talk, CONN, bytes, size, 0))
        while (n2_talk_next(&w.talk, CONN, &call, &err, 0)) {
            check(call.opcode != N2_WORD_DELIVER);
            n2_serve_call(w.serve, CONN, &call);
        }
    while (n2_op_queue_pop(&w.ops, &op)) {
        check_op(&op);
        if (op.kind == N2_OP_SEND && op.tag % 2)
            n2_serve_sent(w.serve, CONN, op.tag);
        free(op.bytes);
    }
    free(bytes);
    end(&w);
    return 0;
}
