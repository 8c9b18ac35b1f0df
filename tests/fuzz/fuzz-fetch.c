/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-fetch.c - a holder that answers anything, writes anything, at any time: what fetch says
 * is done is whole and right, and it never hangs on to what is over.
 *
 * The connection is there and proven; the input is the holder's and the data plane's moves.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/tree.h"
#include "empty-store.h"
#include "fuzz.h"
#include "share/fetch-private.h"
#include "vm/verify.h"

enum {
    CONN = 3,
    CONTENT_BYTES = 5000,
    KEPT_MAX = 64,
    TURNS = 1024 /* inputs with one store and one fetch */
};

typedef struct {
    empty_store s;
    n2_op_queue ops;
    n2_talk talk;
    n2_fetch *fetch; /* kept like the store: its memory is large, and new pages are dear */
    n2_ref small;    /* 5000 zeros */
    uint64_t now_us;
    n2_op grants[KEPT_MAX];
    size_t n_grants;
    uint64_t revoked[KEPT_MAX];
    size_t n_revoked;
    uint64_t tags[KEPT_MAX];
    size_t n_tags;
    bool is_closed;
    size_t written[N2_FETCH_REGIONS_MAX]; /* at most so many bytes of each region */
    size_t n_done;
} world;

/* As n2_fetch_new left it, but that memory for regions is there. */
static n2_fetch unused;

static void
begin_fetch(world *w)
{
    if (w->fetch) {
        unused.config.store = w->s.store;
        check(!n2_store_owner(w->s.store, N2_OWNER_CACHE, "cache", 0, &unused.cache));
        memcpy(w->fetch, &unused, sizeof unused);
        return;
    }
    check(!n2_fetch_new(&w->fetch, &(n2_fetch_config){.env = &w->s.env,
                                                      .store = w->s.store,
                                                      .crypto = &w->s.crypto,
                                                      .talk = &w->talk,
                                                      .ops = &w->ops}));
    memcpy(&unused, w->fetch, sizeof unused);
}

/* All transfers are over: this is what is left.  Anything else owned would be a leak. */
static void
end_fetch(world *w)
{
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++)
        check(!w->fetch->transfers[i].id);
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++) {
        const stretch *s = &w->fetch->stretches[i];

        if (s->block)
            memset(s->memory, 0, unused.stretches[i].block ? w->written[i] : N2_GROUP_BYTES);
        unused.stretches[i].block = s->block;
        unused.stretches[i].memory = s->memory;
    }
    free(w->fetch->events);
}

static void
begin(world *w)
{
    static const uint8_t zeros[CONTENT_BYTES];
    n2_id who = {.method = N2_METHOD_SHA256, .hash = {7}};
    n2_ref large = {.id = {.method = N2_METHOD_SHA256, .hash = {8}}, .size = 300 << 20};
    n2_ref unknown = {.id = {.method = N2_METHOD_SHA256, .hash = {9}}, .size = N2_SIZE_UNKNOWN};
    n2_transfer t;
    empty_store kept = w->s;
    n2_fetch *fetch = w->fetch;

    memset(w, 0, sizeof *w);
    w->s = kept;
    w->fetch = fetch;
    w->now_us = 1000;
    if (!w->s.store)
        empty_store_open(&w->s);
    n2_talk_init(&w->talk, &w->ops);
    begin_fetch(w);
    w->s.seed = 0;
    check(!n2_talk_open(&w->talk, CONN, N2_MAY_COMPUTE | N2_MAY_ANSWER, w->now_us));
    remote *r = n2_remote_for(w->fetch, &who, w->now_us);

    r->conn = CONN;
    r->is_proven = true;
    n2_remote_enter(w->fetch, r, REMOTE_OPEN, w->now_us);
    w->small = (n2_ref){.id = {.method = N2_METHOD_SHA256}, .size = CONTENT_BYTES};
    n2_tree_root_of(&w->s.crypto, N2_METHOD_SHA256, zeros, sizeof zeros, w->small.id.hash);
    check(!n2_fetch_content(w->fetch, &w->small, 0, &who, 1, w->now_us, &t));
    check(!n2_fetch_content(w->fetch, &large, 0, &who, 1, w->now_us, &t));
    check(!n2_fetch_content(w->fetch, &unknown, N2_CONTENT_DIRECTORY, &who, 1, w->now_us, &t));
    check(!n2_fetch_head(w->fetch, &who, "a/b", 2, w->now_us, &t));
}

/* Every question begins with its tag. */
static void
note_tag(world *w, const n2_op *op)
{
    n2_block_stream s;
    const uint8_t *block;
    size_t len;

    n2_block_stream_init(&s);
    check(!n2_block_stream_input(&s, op->bytes, op->len));
    check(!n2_block_stream_next(&s, &block, &len) && block);
    check(!n2_block_verify(block, len, NULL));
    n2_reader r = n2_reader_init(block, len);
    n2_command c = n2_command_read(&r);

    /* What was refused is answered: then it is no question. */
    if (c.word->opcode == N2_WORD_U64 && w->n_tags < KEPT_MAX)
        w->tags[w->n_tags++] = c.u;
    n2_block_stream_clear(&s);
}

/* Again with less in it, if it is there already and has not ended meanwhile. */
static void
grant(world *w, const n2_op *op)
{
    for (size_t i = 0; i < w->n_grants; i++)
        if (w->grants[i].address == op->address) {
            check(op->memory == w->grants[i].memory && op->size <= w->grants[i].size);
            w->grants[i].size = op->size;
            return;
        }
    if (w->n_grants < KEPT_MAX)
        w->grants[w->n_grants++] = *op;
}

static void
take_ops(world *w)
{
    n2_fetch_event event;
    n2_op op;

    while (n2_op_queue_pop(&w->ops, &op)) {
        if (op.kind == N2_OP_COMMAND) {
            note_tag(w, &op);
        } else if (op.kind == N2_OP_GRANT) {
            check(op.memory && op.size && op.size <= N2_GROUP_BYTES && !(op.size % op.unit));
            grant(w, &op);
        } else if (op.kind == N2_OP_REVOKE && w->n_revoked < KEPT_MAX) {
            w->revoked[w->n_revoked++] = op.address;
        } else if (op.kind == N2_OP_CLOSE) {
            w->is_closed = true;
        }
        free(op.bytes);
    }
    while (n2_fetch_next_event(w->fetch, &event)) {
        if (event.kind == N2_FETCH_NEED_WAY)
            n2_fetch_way(w->fetch, &event.who, N2_ERR_NOWAY, 0, 0, w->now_us);
        if (event.kind != N2_FETCH_DONE)
            continue;
        check(++w->n_done <= 4);
        if (!event.err && n2_id_is_set(&event.ref.id)) {
            n2_view view;

            check(n2_id_equal(&event.ref.id, &w->small.id));
            check(!n2_store_map(w->s.store, &w->small.id, &view));
            check(view.len == CONTENT_BYTES && !view.bytes[0] && !view.bytes[4999]);
            n2_store_unmap(w->s.store, &view);
        }
    }
}

static void
commands(world *w, const uint8_t *bytes, size_t len)
{
    n2_call call;
    n2_err err;

    n2_talker *t = n2_talk_find(&w->talk, CONN);

    if (!t)
        return;
    fuzz_show(t->stream.buf, t->stream.room);
    err = n2_talk_input(&w->talk, CONN, bytes, len, w->now_us);
    fuzz_hide(t->stream.buf, t->stream.len, t->stream.room);
    while (!err && n2_talk_next(&w->talk, CONN, &call, &err, w->now_us)) {
        check(call.opcode == N2_WORD_DELIVER);
        n2_fetch_deliver(w->fetch, CONN, &call, w->now_us);
    }
}

static void
answer(world *w, n2_reader *r)
{
    uint8_t which = n2_read_u8(r);
    uint8_t refusal = n2_read_u8(r);
    uint8_t kind = n2_read_u8(r);
    int8_t err = kind & 8 ? 0 : (int8_t)refusal;
    uint64_t number = n2_read_u64(r);
    n2_asm a = n2_asm_init();
    uint8_t *block;
    size_t len;

    if (kind & 1)
        n2_asm_u64(&a, kind & 2 ? number : CONTENT_BYTES);
    if (kind & 4) {
        size_t n = n2_read_u8(r) % 250;
        size_t left = n2_reader_left(r);

        n = n < left ? n : left;
        n2_asm_bytes(&a, n ? n2_read_bytes(r, n) : (const uint8_t *)"", n);
    }
    n2_asm_s64(&a, err);
    n2_asm_u64(&a, w->n_tags ? w->tags[which % w->n_tags] : number);
    n2_asm_word(&a, N2_WORD_DELIVER);
    check(!n2_asm_finish(&a, &block, &len));
    commands(w, block, len);
    free(block);
}

static void
event_for(world *w, n2_event_kind kind, uint64_t address, uint64_t size)
{
    (void)n2_fetch_input_event(
        w->fetch, &(n2_event){.kind = kind, .conn = CONN, .address = address, .size = size},
        w->now_us);
}

/* The plane writes only into regions that were not given back. */
static void
write_region(world *w, n2_reader *r, uint8_t byte)
{
    uint8_t which = n2_read_u8(r);

    if (!w->n_grants)
        return;
    size_t at = which % w->n_grants;
    n2_op g = w->grants[at];

    memset(g.memory, byte, g.size);
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++)
        if (w->fetch->stretches[i].memory == g.memory && w->written[i] < g.size)
            w->written[i] = g.size;
    w->grants[at] = w->grants[w->n_grants - 1]; /* it has ended */
    w->n_grants--;
    event_for(w, N2_EVENT_WRITTEN, g.address, g.size);
}

static void
give_back(world *w)
{
    for (size_t i = 0; i < w->n_revoked; i++) {
        for (size_t k = 0; k < w->n_grants; k++)
            if (w->grants[k].address == w->revoked[i])
                w->grants[k--] = w->grants[--w->n_grants];
        event_for(w, N2_EVENT_REVOKED, w->revoked[i], 0);
    }
    w->n_revoked = 0;
}

static void
close_all(world *w)
{
    w->n_grants = 0;
    w->n_revoked = 0;
    event_for(w, N2_EVENT_CLOSED, 0, 0);
    w->is_closed = false;
}

static void
step(world *w, n2_reader *r)
{
    switch (n2_read_u8(r) % 8) {
    case 0: {
        size_t n = n2_read_u8(r);
        const uint8_t *bytes = n2_read_bytes(r, n);

        if (bytes)
            commands(w, bytes, n);
        break;
    }
    case 1:
    case 2:
        answer(w, r);
        break;
    case 3:
        write_region(w, r, 0);
        break;
    case 4:
        write_region(w, r, 1);
        break;
    case 5:
        give_back(w);
        break;
    case 6:
        close_all(w);
        break;
    case 7:
        w->now_us += (uint64_t)n2_read_u16(r) * 1000;
        n2_fetch_expire(w->fetch, w->now_us);
        break;
    }
    take_ops(w);
    if (w->is_closed)
        close_all(w);
    take_ops(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_reader r = n2_reader_init(data, size);
    static unsigned turns;
    static world w; /* its store is kept until something is in it: to make one takes longest */
    n2_object object;

    begin(&w);
    take_ops(&w);
    for (int turn = 0; turn < 200 && n2_reader_left(&r); turn++)
        step(&w, &r);
    close_all(&w);
    take_ops(&w);
    /* Time ends everything: nobody answers any more. */
    for (int turn = 0; turn < 100 && n2_fetch_deadline(w.fetch) != UINT64_MAX; turn++) {
        w.now_us =
            n2_fetch_deadline(w.fetch) > w.now_us ? n2_fetch_deadline(w.fetch) : w.now_us;
        n2_fetch_expire(w.fetch, w.now_us);
        take_ops(&w);
    }
    check(w.n_done == 4);
    n2_talk_clear(&w.talk);
    n2_op_queue_clear(&w.ops);
    check(!n2_store_find(w.s.store, &w.small.id, &object));
    if (turns++ % TURNS) {
        end_fetch(&w);
        if (object.state != N2_OBJECT_ABSENT)
            empty_store_renew(&w.s);
    } else {
        n2_fetch_free(w.fetch);
        w.fetch = NULL;
        empty_store_close(&w.s);
        w.s.store = NULL;
    }
    return 0;
}
