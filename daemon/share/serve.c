/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve.c - answers peers' questions about what is public in the store.
 *
 * Contents that were read lately stay mapped in a table of N2_SERVE_OBJECTS_MAX; one that sends
 * use is never unmapped.  An object on a block's stack is place and serial of such an entry.
 */
#include "share/serve.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/noise.h"
#include "crypto/tree.h"

enum {
    LOAD_BYTES_MIN = 32 * 1024 /* less is a fault or two */
};

typedef struct {
    n2_id hash; /* not set: free */
    n2_view view;
    uint32_t serial;
    uint32_t n_users; /* sends under way */
    uint64_t used;    /* turn of the last use */
} object;

typedef struct {
    n2_conn conn; /* 0: free */
    uint32_t serial;
    uint32_t object;
    uint64_t bytes;
} sending;

typedef struct {
    n2_id who;
    struct {
        uint8_t *bytes; /* (owned) (nullable) */
        size_t len;
    } node_keys[N2_SUITE_2]; /* by suite, from the first */
} own;

struct n2_serve {
    n2_store *store;
    n2_talk *talk;
    n2_op_queue *ops;
    object objects[N2_SERVE_OBJECTS_MAX];
    uint64_t mapped_bytes; /* of them together */
    uint32_t serial;
    uint64_t turn;
    sending *sends; /* (owned) */
    size_t n_sends; /* places in it */
    own owns[N2_SERVE_IDENTITIES_MAX];
    size_t n_owns;
    n2_conn closing; /* told to go because it used too many places; 0: none */
    n2_serve_counts counts;
};

n2_err
n2_serve_new(n2_serve **out, n2_store *store, n2_talk *talk, n2_op_queue *ops)
{
    n2_serve *s = calloc(1, sizeof *s);

    if (!s)
        return N2_ERR_NOMEM;
    s->store = store;
    s->talk = talk;
    s->ops = ops;
    *out = s;
    return N2_OK;
}

void
n2_serve_free(n2_serve *serve)
{
    if (!serve)
        return;
    for (size_t i = 0; i < N2_SERVE_OBJECTS_MAX; i++)
        n2_store_unmap(serve->store, &serve->objects[i].view);
    for (size_t i = 0; i < serve->n_owns; i++)
        for (size_t k = 0; k < N2_SUITE_2; k++)
            free(serve->owns[i].node_keys[k].bytes);
    free(serve->sends);
    free(serve);
}

n2_err
n2_serve_set_node_key(
    n2_serve *serve, const n2_id *who, uint8_t suite, const uint8_t *statement, size_t len)
{
    size_t i = 0;

    assert(suite >= N2_SUITE_1 && suite <= N2_SUITE_2);
    while (i < serve->n_owns && !n2_id_equal(&serve->owns[i].who, who))
        i++;
    if (i == N2_SERVE_IDENTITIES_MAX)
        return N2_ERR_LIMIT;
    uint8_t *copy = malloc(len);

    if (!copy)
        return N2_ERR_NOMEM;
    memcpy(copy, statement, len);
    if (i == serve->n_owns)
        serve->owns[serve->n_owns++] = (own){.who = *who};
    free(serve->owns[i].node_keys[suite - 1].bytes);
    serve->owns[i].node_keys[suite - 1].bytes = copy;
    serve->owns[i].node_keys[suite - 1].len = len;
    return N2_OK;
}

/* ---- identity, head ---- */

static n2_err
read_id(const n2_value *v, n2_id *out)
{
    if (v->len != N2_ID_BYTES)
        return N2_ERR_FORMAT;
    if (!n2_hash_known(v->bytes[0]))
        return N2_ERR_UNSUPPORTED;
    out->method = v->bytes[0];
    memcpy(out->hash, v->bytes + 1, N2_ID_HASH_BYTES);
    return N2_OK;
}

static bool
put_statement_cb(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    n2_asm *a = user;

    (void)kind;
    n2_asm_bytes(a, statement, len);
    return true;
}

static n2_err
do_identity(n2_serve *s, const n2_call *call)
{
    n2_id who;
    n2_err err = read_id(&call->arg[0], &who);
    uint8_t suite = s->talk->running->suite;
    const own *o = NULL;

    for (size_t i = 0; !err && i < s->n_owns; i++)
        if (n2_id_equal(&s->owns[i].who, &who))
            o = &s->owns[i];
    if (!err && (!o || !suite || !o->node_keys[suite - 1].bytes))
        err = N2_ERR_NOTFOUND;
    if (err)
        return err;

    n2_asm a = n2_talk_values();

    err = n2_store_statements(s->store, &who, N2_KIND_BIRTH, put_statement_cb, &a);
    if (!err)
        err = n2_store_statements(s->store, &who, N2_KIND_ADD, put_statement_cb, &a);
    if (err) {
        n2_writer_clear(&a.body);
        return err;
    }
    n2_asm_bytes(&a, o->node_keys[suite - 1].bytes, o->node_keys[suite - 1].len);
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

static n2_err
do_head(n2_serve *s, const n2_call *call)
{
    n2_id who;
    n2_head head;
    uint8_t *statement = NULL;
    size_t len = 0;
    n2_err err = read_id(&call->arg[0], &who);

    if (!err)
        err = n2_store_head_get(s->store, &who, N2_BRANCH_MAIN, &head, &statement, &len);
    if (err)
        return err;
    n2_asm a = n2_talk_values();

    n2_asm_bytes(&a, statement, len);
    free(statement);
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

static n2_err
do_words(n2_serve *s, const n2_call *call)
{
    char text[4096];
    size_t len = n2_words_list(text, sizeof text);
    n2_asm a = n2_talk_values();

    n2_asm_bytes(&a, text, len);
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

/* ---- contents ---- */

/* Place of an open content, or of the one that makes room; N2_SERVE_OBJECTS_MAX: none. */
static size_t
place_for(const n2_serve *s, const n2_id *hash)
{
    size_t best = N2_SERVE_OBJECTS_MAX;

    for (size_t i = 0; i < N2_SERVE_OBJECTS_MAX; i++) {
        const object *o = &s->objects[i];

        if (o->hash.method && n2_id_equal(&o->hash, hash))
            return i;
        if (o->n_users)
            continue;
        if (best == N2_SERVE_OBJECTS_MAX || o->used < s->objects[best].used)
            best = i;
    }
    return best;
}

/* Every place is in use: whoever has most of them to itself loses its connection. */
static void
close_greedy(n2_serve *s)
{
    n2_talker *greedy = NULL;

    if (s->closing)
        return; /* the last one isn't gone yet */
    for (size_t i = 0; i < s->talk->n_talkers; i++)
        s->talk->talkers[i]->n_alone = 0;
    for (size_t i = 0; i < s->n_sends; i++) {
        const sending *send = &s->sends[i];
        n2_talker *t = send->conn && s->objects[send->object].n_users == 1
                           ? n2_talk_find(s->talk, send->conn)
                           : NULL;
        if (t)
            t->n_alone++;
        if (t && (!greedy || t->n_alone > greedy->n_alone))
            greedy = t;
    }
    if (!greedy)
        return;
    s->closing = greedy->conn;
    n2_op_queue_push(s->ops,
                     &(n2_op){.kind = N2_OP_CLOSE, .conn = greedy->conn, .err = N2_ERR_LIMIT});
}

/* What nobody reads any more is not held in memory for ever, and may have gone from the disk.
 */
static void
close_idle(n2_serve *s, const object *keep)
{
    while (s->mapped_bytes > N2_SERVE_MAPPED_BYTES) {
        object *idle = NULL;

        for (size_t i = 0; i < N2_SERVE_OBJECTS_MAX; i++) {
            object *o = &s->objects[i];
            if (o != keep && o->hash.method && !o->n_users && (!idle || o->used < idle->used))
                idle = o;
        }
        if (!idle)
            return;
        s->mapped_bytes -= idle->view.len;
        n2_store_unmap(s->store, &idle->view);
        *idle = (object){0};
        s->counts.n_unmapped++;
    }
}

static n2_err
do_object(n2_serve *s, const n2_call *call)
{
    n2_reader r = n2_reader_init(call->arg[0].bytes, call->arg[0].len);
    n2_object found;
    n2_id hash = {.method = n2_read_u8(&r)};

    n2_read_copy(&r, hash.hash, sizeof hash.hash);
    uint64_t size = n2_read_u64(&r);
    n2_err err = n2_reader_finish(&r) ? N2_ERR_FORMAT : N2_OK;

    if (!err && !n2_hash_known(hash.method))
        err = N2_ERR_UNSUPPORTED;
    /* Asked each time, open or not: a content may stop being public. */
    if (!err)
        err = n2_store_find(s->store, &hash, &found);
    if (!err && (found.state != N2_OBJECT_WHOLE || !found.is_public ||
                 (size != N2_SIZE_UNKNOWN && size != found.ref.size)))
        err = N2_ERR_NOTFOUND;
    if (err)
        return err;

    size_t at = place_for(s, &hash);

    if (at == N2_SERVE_OBJECTS_MAX) {
        s->counts.n_objects_refused++;
        close_greedy(s);
        return N2_ERR_LIMIT; /* it waits a little and asks again */
    }
    object *o = &s->objects[at];

    if (!o->hash.method || !n2_id_equal(&o->hash, &hash)) {
        s->mapped_bytes -= o->view.len; /* before it is cleared */
        n2_store_unmap(s->store, &o->view);
        *o = (object){0};
        err = n2_store_map(s->store, &hash, &o->view);
        if (err)
            return err;
        s->mapped_bytes += o->view.len;
        o->hash = hash;
        o->serial = ++s->serial;
    }
    o->used = ++s->turn;
    close_idle(s, o);
    n2_talk_put_object(s->talk, (uint64_t)o->serial << 32 | at);
    return N2_OK;
}

/* The object that a block holds; NULL if others made it give way since. */
static object *
object_of(n2_serve *s, const n2_value *v)
{
    size_t at = v->u & UINT32_MAX;

    if (at >= N2_SERVE_OBJECTS_MAX || s->objects[at].serial != v->u >> 32)
        return NULL;
    s->objects[at].used = ++s->turn;
    return &s->objects[at];
}

static n2_err
do_stat(n2_serve *s, const n2_call *call)
{
    const object *o = object_of(s, &call->arg[0]);

    if (!o)
        return N2_ERR_LIMIT;
    n2_asm a = n2_talk_values();

    n2_asm_u64(&a, o->view.len);
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

static n2_err
do_nodes(n2_serve *s, const n2_call *call)
{
    const object *o = object_of(s, &call->arg[0]);
    uint64_t level = call->arg[1].u;
    uint64_t first = call->arg[2].u;
    uint64_t count = call->arg[3].u;
    uint8_t(*nodes)[N2_HASH_BYTES] = NULL;
    size_t n = 0;

    if (!o)
        return N2_ERR_LIMIT;
    if (level != N2_GROUP_LEVEL)
        return N2_ERR_UNSUPPORTED;
    if (!count || count > N2_SERVE_NODES_MAX)
        return N2_ERR_USAGE; /* LIMIT says "later" */
    n2_err err = n2_store_nodes(s->store, &o->hash, &nodes, &n);

    if (!err && (first >= n || count > n - first))
        err = N2_ERR_USAGE;
    if (!err) {
        n2_asm a = n2_talk_values();

        n2_asm_bytes(&a, nodes + first, (size_t)count * N2_HASH_BYTES);
        n2_talk_answer(s->talk, &a, call->tag);
    }
    free(nodes);
    return err;
}

/* A free place for a send; false without memory. */
static bool
place_for_send(n2_serve *s, size_t *at)
{
    for (*at = 0; *at < s->n_sends; ++*at)
        if (!s->sends[*at].conn)
            return true;
    size_t n = s->n_sends ? s->n_sends * 2 : 32;
    sending *grown = realloc(s->sends, n * sizeof *grown);

    if (!grown)
        return false;
    memset(grown + s->n_sends, 0, (n - s->n_sends) * sizeof *grown);
    s->sends = grown;
    s->n_sends = n;
    return true;
}

/* The plane only reads what it sends. */
static uint8_t *
unconst(const uint8_t *bytes)
{
    union {
        const uint8_t *in;
        uint8_t *out;
    } u = {.in = bytes};

    return u.out;
}

/* May the connection have one more read of @length under way? */
static bool
may_send(n2_serve *s, const n2_talker *t, uint64_t length)
{
    if (t->n_sends >= N2_SERVE_SENDS_MAX) {
        s->counts.n_sends_refused++;
        return false;
    }
    if (length > N2_SERVE_SEND_BYTES_MAX - t->send_bytes) {
        s->counts.n_bytes_refused++;
        return false;
    }
    return true;
}

static n2_err
do_read(n2_serve *s, n2_conn conn, const n2_call *call)
{
    object *o = object_of(s, &call->arg[0]);
    uint64_t offset = call->arg[1].u;
    uint64_t length = call->arg[2].u;
    uint64_t address = call->arg[3].u;
    n2_talker *t = n2_talk_find(s->talk, conn);
    size_t at;

    if (!o || !t)
        return N2_ERR_LIMIT;
    if (!length || length > N2_GROUP_BYTES || offset > o->view.len ||
        length > o->view.len - offset || !address || address >> 63)
        return N2_ERR_USAGE;
    if (n2_read_unit(length) > t->unit_max)
        return N2_ERR_USAGE; /* it said that it takes no packet so large */
    if (!may_send(s, t, length))
        return N2_ERR_LIMIT;
    if (!place_for_send(s, &at))
        return N2_ERR_NOMEM;

    sending *send = &s->sends[at];

    *send = (sending){.conn = conn,
                      .serial = send->serial + 1,
                      .object = (uint32_t)(o - s->objects),
                      .bytes = length};
    o->n_users++;
    t->n_sends++;
    t->send_bytes += length;
    if (t->n_sends > s->counts.most_sends)
        s->counts.most_sends = t->n_sends;
    if (t->send_bytes > s->counts.most_bytes)
        s->counts.most_bytes = t->send_bytes;
    s->counts.n_reads++;
    s->counts.read_bytes += length;
    if (length >= LOAD_BYTES_MIN)
        n2_store_load(s->store, &o->view, offset, length);
    n2_op_queue_push(s->ops, &(n2_op){.kind = N2_OP_SEND,
                                      .conn = conn,
                                      .tag = (uint64_t)send->serial << 32 | at,
                                      .address = address,
                                      .unit = n2_read_unit(length),
                                      .memory = unconst(o->view.bytes + offset),
                                      .size = length});

    n2_asm a = n2_talk_values();

    n2_asm_u64(&a, length);
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

static void
release(n2_serve *s, sending *send)
{
    n2_talker *t = n2_talk_find(s->talk, send->conn);

    s->objects[send->object].n_users--;
    if (t) {
        t->n_sends--;
        t->send_bytes -= send->bytes;
    }
    send->conn = 0;
}

void
n2_serve_sent(n2_serve *serve, n2_conn conn, uint64_t tag)
{
    size_t at = tag & UINT32_MAX;

    if (at < serve->n_sends && serve->sends[at].conn == conn &&
        serve->sends[at].serial == tag >> 32)
        release(serve, &serve->sends[at]);
}

void
n2_serve_closed(n2_serve *serve, n2_conn conn)
{
    for (size_t i = 0; i < serve->n_sends; i++)
        if (serve->sends[i].conn == conn)
            release(serve, &serve->sends[i]);
    if (serve->closing == conn)
        serve->closing = 0;
}

/* ---- all ---- */

static n2_err
do_call(n2_serve *s, n2_conn conn, const n2_call *call)
{
    switch ((n2_opcode)call->opcode) {
    case N2_WORD_WORDS:
        return do_words(s, call);
    case N2_WORD_IDENTITY:
        return do_identity(s, call);
    case N2_WORD_HEAD:
        return do_head(s, call);
    case N2_WORD_OBJECT:
        return do_object(s, call);
    case N2_WORD_STAT:
        return do_stat(s, call);
    case N2_WORD_NODES:
        return do_nodes(s, call);
    case N2_WORD_READ:
        return do_read(s, conn, call);
    case N2_WORD_U64:
    case N2_WORD_S64:
    case N2_WORD_F64:
    case N2_WORD_BYTES:
    case N2_WORD_DUP:
    case N2_WORD_DROP:
    case N2_WORD_SWAP:
    case N2_WORD_OVER:
    case N2_WORD_CONCAT:
    case N2_WORD_TAG:
    case N2_WORD_DELIVER:
        break;
    }
    return N2_ERR_UNSUPPORTED;
}

void
n2_serve_call(n2_serve *serve, n2_conn conn, const n2_call *call)
{
    n2_err err = do_call(serve, conn, call);

    if (err) {
        serve->counts.n_failed++;
        n2_talk_fail(serve->talk, err);
    } else {
        serve->counts.n_answered++;
    }
}

void
n2_serve_counts_get(const n2_serve *serve, n2_serve_counts *out)
{
    *out = serve->counts;
}

void
n2_serve_uses(const n2_serve *serve, n2_uses *uses)
{
    const n2_serve_counts *counts = &serve->counts;
    uint64_t n = 0;

    for (size_t i = 0; i < N2_SERVE_OBJECTS_MAX; i++)
        n += serve->objects[i].n_users > 0;
    n2_uses_add(uses, "serve_objects", n, N2_SERVE_OBJECTS_MAX, counts->n_objects_refused);
    n2_uses_add(uses, "serve_mapped_bytes", serve->mapped_bytes, N2_SERVE_MAPPED_BYTES,
                counts->n_unmapped);
    n2_uses_add(uses, "serve_sends", counts->most_sends, N2_SERVE_SENDS_MAX,
                counts->n_sends_refused);
    n2_uses_add(uses, "serve_send_bytes", counts->most_bytes, N2_SERVE_SEND_BYTES_MAX,
                counts->n_bytes_refused);
}
