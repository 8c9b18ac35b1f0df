/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-serve.c - a stranger's command stream against a store with two public contents: every
 * order to the data plane stays inside it, every answer is one that a peer takes.
 *
 * First byte odd: blocks follow, each its length 1 and commands; even: the stream as it is.
 * A byte string of 41 (opcode 04, length 29 in hex) that begins with 0x80 or 0x81 is replaced
 * by a content's reference, so that a fuzzer need not guess a hash.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "disk-mem.h"
#include "empty-store.h"
#include "fuzz.h"
#include "share/serve.h"
#include "vm/verify.h"

enum {
    CONN = 3,
    CONTENTS = 2
};

/* What is served lies in a store that all runs share: nothing that a stranger says changes it.
 */
static const size_t content_bytes[CONTENTS] = {5000, (2 << 20) + 1};

typedef struct {
    empty_store s;
    n2_ref ref[CONTENTS];
    n2_op_queue ops;
    n2_talk talk;
    n2_serve *serve;
} world;

static void
make_store(world *w)
{
    static const char *const slots[CONTENTS] = {"one", "two"};
    n2_batch *batch;
    int64_t owner;

    empty_store_open_on(&w->s, &disk_mem_new()->disk);
    check(!n2_batch_new(&batch, w->s.store, 0));
    check(!n2_store_owner(w->s.store, N2_OWNER_PIN, "pins", 0, &owner));
    for (size_t i = 0; i < CONTENTS; i++) {
        uint8_t *content = calloc(1, content_bytes[i]);

        check(content);
        check(!n2_batch_put(batch, N2_METHOD_SHA256, content, content_bytes[i],
                            N2_CONTENT_PLAIN, &w->ref[i]));
        check(!n2_store_flush(w->s.store));
        check(!n2_store_ref_set(w->s.store, owner, slots[i], &w->ref[i].id, 0));
        free(content);
    }
    n2_batch_free(batch);
}

static void
begin(world *w)
{
    if (!w->s.store)
        make_store(w);
    n2_talk_init(&w->talk, &w->ops);
    check(!n2_serve_new(&w->serve, w->s.store, &w->talk, &w->ops, NULL));
    check(!n2_talk_open(&w->talk, CONN, N2_MAY_COMPUTE | N2_MAY_ASK | N2_MAY_READ, 0));
}

static void
end(world *w)
{
    n2_serve_closed(w->serve, CONN);
    n2_serve_free(w->serve);
    n2_talk_clear(&w->talk);
    n2_op_queue_clear(&w->ops);
}

static void
check_op(const n2_op *op)
{
    uint8_t sum = 0;

    if (op->kind == N2_OP_SEND) {
        check(op->size && op->size <= content_bytes[1] && op->address && !(op->address >> 63));
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
    uint8_t ref[CONTENTS][N2_REF_BYTES];

    for (size_t i = 0; i < CONTENTS; i++) {
        n2_writer out = n2_writer_init(ref[i], sizeof ref[i]);

        n2_write_u8(&out, w->ref[i].id.method);
        n2_write_bytes(&out, w->ref[i].id.hash, sizeof w->ref[i].id.hash);
        n2_write_u64(&out, w->ref[i].size);
    }
    for (size_t i = 0; i + 2 + N2_REF_BYTES <= len; i++)
        if (bytes[i] == N2_WORD_BYTES && bytes[i + 1] == N2_REF_BYTES &&
            (bytes[i + 2] & 0xfe) == 0x80)
            memcpy(bytes + i + 2, ref[bytes[i + 2] & 1], N2_REF_BYTES);
}

/* What the stranger has said so far is run to its end. */
static void
run(world *w, const uint8_t *bytes, size_t len)
{
    n2_talker *t = n2_talk_find(&w->talk, CONN);
    n2_call call;

    fuzz_show(t->stream.buf, t->stream.room);
    n2_err err = n2_talk_input(&w->talk, CONN, bytes, len, 0);

    fuzz_hide(t->stream.buf, t->stream.len, t->stream.room);
    while (!err && n2_talk_next(&w->talk, CONN, &call, &err, 0)) {
        check(call.opcode != N2_WORD_DELIVER);
        n2_serve_call(w->serve, CONN, &call);
    }
}

static void
take_ops(world *w)
{
    n2_op op;

    while (n2_op_queue_pop(&w->ops, &op)) {
        check_op(&op);
        if (op.kind == N2_OP_SEND && op.tag % 2)
            n2_serve_sent(w->serve, CONN, op.tag);
        free(op.bytes);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static world w;

    if (!size)
        return 0;
    uint8_t *bytes = fuzz_copy(data + 1, size - 1);
    n2_reader r = n2_reader_init(bytes, size - 1);

    begin(&w);
    put_references(&w, bytes, size - 1);
    while (n2_reader_left(&r)) {
        size_t left = n2_reader_left(&r);
        size_t len = data[0] & 1 ? n2_read_u8(&r) : left;
        uint8_t head = (uint8_t)len;

        left = n2_reader_left(&r);
        if (len > left || len > 127)
            len = left;
        if (data[0] & 1 && len < 128) {
            head = (uint8_t)len;
            run(&w, &head, 1);
        }
        run(&w, n2_read_bytes(&r, len), len);
        take_ops(&w);
    }
    free(bytes);
    end(&w);
    return 0;
}
