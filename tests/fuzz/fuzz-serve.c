/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-serve.c - a stranger's command stream against a store with two public contents and one
 * for an account: every order to the data plane stays inside them, the third is sent to who has
 * logged in alone, every answer is one that a peer takes.
 *
 * First byte odd: blocks follow, each its length 1 and commands; even: the stream as it is.
 * A byte string of 41 (opcode 04, length 29 in hex) that begins with 0x80, 0x81 or 0x82 is
 * replaced by a content's reference, so that a fuzzer need not guess a hash; one of the length
 * of a log-in that begins with 0x84 by the log-in of the account, in which, as its next bytes
 * say, a number of bytes are changed: where 2, by what 1.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/access.h"
#include "crypto/login.h"
#include "crypto/noise.h"
#include "disk-mem.h"
#include "empty-store.h"
#include "fuzz.h"
#include "share/serve.h"
#include "store/db.h"
#include "vm/verify.h"

enum {
    CONN = 3,
    CONTENTS = 3,
    CLOSED = 2, /* the last of them */
    CLOSED_REALM = 7,
    LOGIN_BYTES = 275,
    CHANGES_MAX = 3
};

/* What is served lies in a store that all runs share: nothing that a stranger says changes it.
 */
static const size_t content_bytes[CONTENTS] = {5000, (2 << 20) + 1, 3000};
static const n2_id site = {.method = N2_METHOD_SHA256, .hash = {1}};

typedef struct {
    empty_store s;
    n2_ref ref[CONTENTS];
    uint8_t login[LOGIN_BYTES];
    n2_op_queue ops;
    n2_talk talk;
    n2_serve *serve;
} world;

static void
make_account(world *w)
{
    uint8_t seed[N2_SEED_BYTES_MAX] = {28}, buf[512], bytes[512];
    n2_login login = {.site = site}; /* the handshake's hash is all zeros */
    n2_signing_key key;
    n2_box body, box;

    check(!n2_signing_key_init(&key, N2_KEY_ED25519, seed));
    login.account = key.key;
    check(!n2_login_body(buf, sizeof buf, &login, N2_LOGIN_ENTER, &body));
    check(!n2_statement_sign(bytes, sizeof bytes, &body, &key, &box) && box.len == LOGIN_BYTES);
    memcpy(w->login, box.bytes, LOGIN_BYTES);

    n2_member m = n2_member_of_key(&key.key);
    n2_query q = n2_query_init(w->s.store, N2_SQL_REALM_MEMBER);

    n2_query_blob(&q, m.bytes, m.len);
    n2_query_int(&q, CLOSED_REALM);
    check(!n2_query_run(&q));
    q = n2_query_init(w->s.store, N2_SQL_MEMBER_COMES);
    check(!n2_query_run(&q));
}

static void
make_store(world *w)
{
    static const char *const slots[CONTENTS] = {"one", "two", "closed"};
    n2_batch *batch;
    int64_t owner;

    empty_store_open_on(&w->s, &disk_mem_new()->disk);
    check(!n2_batch_new(&batch, w->s.store, 0));
    check(!n2_store_owner(w->s.store, N2_OWNER_PIN, "pins", 0, &owner));
    for (size_t i = 0; i < CONTENTS; i++) {
        uint8_t *content = malloc(content_bytes[i]);

        check(content);
        memset(content, i == CLOSED ? 0xcc : 0, content_bytes[i]);
        check(!n2_batch_put(batch, N2_METHOD_SHA256, content, content_bytes[i],
                            N2_CONTENT_PLAIN, &w->ref[i]));
        check(!n2_store_flush(w->s.store));
        check(!n2_store_ref_set(w->s.store, owner, slots[i], &w->ref[i].id,
                                i == CLOSED ? CLOSED_REALM : N2_REALM_PUBLIC));
        free(content);
    }
    n2_batch_free(batch);
    make_account(w);
}

static void
begin(world *w)
{
    if (!w->s.store)
        make_store(w);
    n2_talk_init(&w->talk, &w->ops);
    check(!n2_serve_new(&w->serve, w->s.store, &w->talk, &w->ops, NULL));
    check(!n2_serve_set_node_key(w->serve, &site, N2_SUITE_1, w->login, 1));
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
check_op(const world *w, const n2_op *op)
{
    uint8_t sum = 0;
    n2_key account;
    n2_id where;

    if (op->kind == N2_OP_SEND) {
        check(op->size && op->size <= content_bytes[1] && op->address && !(op->address >> 63));
        for (size_t i = 0; i < op->size; i++)
            sum |= op->memory[i];
        /* Public contents are all zeros. */
        check(!sum || (sum == 0xcc && n2_serve_account(w->serve, CONN, &account, &where)));
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
            (bytes[i + 2] & 0xfc) == 0x80 && (bytes[i + 2] & 3) < CONTENTS)
            memcpy(bytes + i + 2, ref[bytes[i + 2] & 3], N2_REF_BYTES);
}

static void
put_logins(const world *w, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i + 3 + LOGIN_BYTES <= len; i++) {
        uint8_t *at = bytes + i + 3, changes[2 + 3 * CHANGES_MAX];

        if (at[-3] != N2_WORD_BYTES || at[-2] != (0x80 | LOGIN_BYTES >> 7) ||
            at[-1] != (LOGIN_BYTES & 0x7f) || at[0] != 0x84)
            continue;
        memcpy(changes, at, sizeof changes);
        memcpy(at, w->login, LOGIN_BYTES);
        for (size_t k = 0; k < changes[1] % (CHANGES_MAX + 1u); k++) {
            const uint8_t *c = changes + 2 + 3 * k;

            at[((size_t)c[0] << 8 | c[1]) % LOGIN_BYTES] ^= c[2];
        }
    }
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
        check_op(w, &op);
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
    put_logins(&w, bytes, size - 1);
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
