/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve-content.c - contents that are asked for: opened, measured, sent.
 *
 * Those that were read lately stay mapped in a table of N2_SERVE_OBJECTS_MAX; one that sends
 * use is never unmapped.  An object on a block's stack is place and serial of such an entry.
 */
#include "share/serve-private.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOAD_BYTES_MIN = 32 * 1024 /* less is a fault or two */
};

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
        n2_talker *t = send->conn && !send->copy && s->objects[send->object].n_users == 1
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

/* How long @o is kept though nobody reads it: what was read last, however large, for longer. */
static uint64_t
kept_us(const n2_serve *s, const object *o)
{
    bool is_much = s->mapped_bytes > N2_SERVE_KEPT_BYTES && o->used != s->turn;

    return is_much ? N2_SERVE_MOMENT_US : N2_SERVE_KEPT_US;
}

static void
use(n2_serve *s, object *o)
{
    /* The one before isn't the last any more, so this is when it's time to look. */
    bool is_much = s->mapped_bytes > N2_SERVE_KEPT_BYTES;
    uint64_t idle_us = s->now_us + (is_much ? N2_SERVE_MOMENT_US : N2_SERVE_KEPT_US);

    o->used = ++s->turn;
    o->used_us = s->now_us;
    if (s->idle_us > idle_us)
        s->idle_us = idle_us;
}

/* Mapping it anew costs a fault for each 64 KiB, so what others want next is kept for a while;
 * but not for ever, and it may have gone from the disk. */
void
n2_serve_close_idle(n2_serve *s)
{
    while (s->mapped_bytes > N2_SERVE_MAPPED_BYTES) {
        object *idle = NULL;

        for (size_t i = 0; i < N2_SERVE_OBJECTS_MAX; i++) {
            object *o = &s->objects[i];
            if (o->hash.method && !o->n_users && (!idle || o->used < idle->used))
                idle = o;
        }
        if (!idle || idle->used_us + kept_us(s, idle) > s->now_us) {
            s->idle_us = idle ? idle->used_us + kept_us(s, idle) : UINT64_MAX;
            return;
        }
        s->mapped_bytes -= idle->view.len;
        n2_store_unmap(s->store, &idle->view);
        *idle = (object){0};
        s->counts.n_unmapped++;
    }
}

/* Looks up @hash for the connection whose block runs. */
static n2_err
find(const n2_serve *s, const n2_id *hash, n2_object *out)
{
    const n2_talker *t = s->talk->running;
    const account *a = t ? t->account : NULL;
    n2_store_asker asker = {0};
    n2_id who;

    if (t && n2_serve_asker(s, t->conn, &who))
        asker.who = &who;
    if (a)
        asker.account = &a->key;
    return n2_store_find_for(s->store, hash, &asker, out);
}

n2_err
n2_serve_find(const n2_serve *s, const n2_id *hash, uint64_t size)
{
    n2_object found;
    n2_err err = n2_hash_known(hash->method) ? find(s, hash, &found) : N2_ERR_UNSUPPORTED;

    if (!err && (found.state != N2_OBJECT_WHOLE || !found.is_open ||
                 (size != N2_SIZE_UNKNOWN && size != found.ref.size)))
        err = N2_ERR_NOTFOUND;
    return err;
}

/* Opens it, unless it is open: what the store has, or what has come of @part (nullable). */
static n2_err
open_at(n2_serve *s, const n2_id *hash, const n2_part *part, object **out)
{
    size_t at = place_for(s, hash);

    if (at == N2_SERVE_OBJECTS_MAX) {
        s->counts.n_objects_refused++;
        close_greedy(s);
        return N2_ERR_LIMIT; /* it waits a little and asks again */
    }
    object *o = &s->objects[at];

    if (!o->hash.method || !n2_id_equal(&o->hash, hash)) {
        s->mapped_bytes -= o->view.len; /* before it is cleared */
        n2_store_unmap(s->store, &o->view);
        *o = (object){0};
        n2_err err =
            part ? n2_part_map(part, &o->view) : n2_store_map(s->store, hash, &o->view);
        if (err)
            return err;
        s->mapped_bytes += o->view.len;
        o->hash = *hash;
        o->is_part = part;
        o->serial = ++s->serial;
    }
    use(s, o);
    *out = o;
    return N2_OK;
}

n2_err
n2_serve_open(n2_serve *s, const n2_id *hash, uint64_t size, object **out)
{
    /* Asked each time, open or not: a content may stop being open to this asker. */
    n2_err err = n2_serve_find(s, hash, size);

    if (!err)
        err = open_at(s, hash, NULL, out);
    /* It has come by another way than the part that is open here. */
    return !err && !n2_serve_is_whole(s, *out) ? N2_ERR_LIMIT : err;
}

n2_err
n2_serve_open_part(n2_serve *s, const n2_ref *ref, const n2_part *part, object **out)
{
    n2_err err = open_at(s, &ref->id, part, out);

    return err == N2_ERR_NOTFOUND ? N2_ERR_LIMIT : err; /* not a group of it yet */
}

uint64_t
n2_serve_number(const n2_serve *s, const object *o)
{
    return (uint64_t)o->serial << 32 | (uint64_t)(o - s->objects);
}

n2_err
n2_serve_do_object(n2_serve *s, const n2_call *call)
{
    n2_reader r = n2_reader_init(call->arg[0].bytes, call->arg[0].len);
    n2_id hash = {.method = n2_read_u8(&r)};
    object *o = NULL;

    n2_read_copy(&r, hash.hash, sizeof hash.hash);
    uint64_t size = n2_read_u64(&r);
    n2_err err = n2_reader_finish(&r) ? N2_ERR_FORMAT : n2_serve_open(s, &hash, size, &o);

    if (!err)
        n2_talk_put_object(s->talk, n2_serve_number(s, o));
    return err;
}

object *
n2_serve_object(n2_serve *s, const n2_value *v)
{
    size_t at = v->u & UINT32_MAX;

    if (at >= N2_SERVE_OBJECTS_MAX || s->objects[at].serial != v->u >> 32)
        return NULL;
    use(s, &s->objects[at]);
    return &s->objects[at];
}

n2_err
n2_serve_do_stat(n2_serve *s, const n2_call *call)
{
    const object *o = n2_serve_object(s, &call->arg[0]);

    if (!o)
        return N2_ERR_LIMIT;
    n2_asm a = n2_talk_values();

    n2_asm_u64(&a, o->view.len);
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

n2_err
n2_serve_do_nodes(n2_serve *s, const n2_call *call)
{
    object *o = n2_serve_object(s, &call->arg[0]);
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
    if (!n2_serve_is_whole(s, o)) {
        n2_asm a = n2_talk_values();
        n2_err later = n2_serve_part_nodes(s, o, first, count, &a);

        if (later)
            n2_writer_clear(&a.body);
        else
            n2_talk_answer(s->talk, &a, call->tag);
        return later;
    }
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

/* @memory: what is sent, of @kept, which names the object or has the copy. */
static n2_err
begin_send(n2_serve *s,
           n2_conn conn,
           const sending *kept,
           uint8_t *memory,
           uint64_t length,
           uint64_t address,
           uint32_t unit)
{
    n2_talker *t = n2_talk_find(s->talk, conn);
    size_t at;

    if (!t)
        return N2_ERR_LIMIT;
    if (unit > t->unit_max)
        return N2_ERR_USAGE; /* it said that it takes no packet so large */
    if (!may_send(s, t, length))
        return N2_ERR_LIMIT;
    if (!place_for_send(s, &at))
        return N2_ERR_NOMEM;

    sending *send = &s->sends[at];
    uint32_t serial = send->serial + 1;

    *send = *kept;
    send->conn = conn;
    send->serial = serial;
    send->bytes = length;
    t->n_sends++;
    t->send_bytes += length;
    if (t->n_sends > s->counts.most_sends)
        s->counts.most_sends = t->n_sends;
    if (t->send_bytes > s->counts.most_bytes)
        s->counts.most_bytes = t->send_bytes;
    s->counts.n_reads++;
    s->counts.read_bytes += length;
    n2_op_queue_push(s->ops, &(n2_op){.kind = N2_OP_SEND,
                                      .conn = conn,
                                      .tag = (uint64_t)serial << 32 | at,
                                      .address = address,
                                      .unit = unit,
                                      .memory = memory,
                                      .size = length});
    return N2_OK;
}

n2_err
n2_serve_send(n2_serve *s,
              n2_conn conn,
              object *o,
              uint64_t offset,
              uint64_t length,
              uint64_t address,
              uint32_t unit)
{
    sending kept = {.object = (uint32_t)(o - s->objects)};
    n2_err err =
        begin_send(s, conn, &kept, unconst(o->view.bytes + offset), length, address, unit);

    if (err)
        return err;
    o->n_users++;
    if (length >= LOAD_BYTES_MIN)
        n2_store_load(s->store, &o->view, offset, length);
    return N2_OK;
}

n2_err
n2_serve_send_copy(n2_serve *s, n2_conn conn, uint8_t *copy, uint64_t length, uint64_t address)
{
    sending kept = {.object = N2_SERVE_OBJECTS_MAX, .copy = copy};
    n2_err err =
        begin_send(s, conn, &kept, copy, length, address, n2_read_unit(N2_GROUP_BYTES));

    if (err)
        free(copy);
    else
        s->walk_bytes += length;
    return err;
}

n2_err
n2_serve_do_read(n2_serve *s, n2_conn conn, const n2_call *call)
{
    object *o = n2_serve_object(s, &call->arg[0]);
    uint64_t offset = call->arg[1].u;
    uint64_t length = call->arg[2].u;
    uint64_t address = call->arg[3].u;

    if (!o)
        return N2_ERR_LIMIT;
    if (!length || length > N2_GROUP_BYTES || offset > o->view.len ||
        length > o->view.len - offset || !address || address >> 63)
        return N2_ERR_USAGE;
    if (!n2_serve_has(s, o, offset, length))
        return N2_ERR_LIMIT; /* it has not come yet */
    n2_err err = n2_serve_send(s, conn, o, offset, length, address, n2_read_unit(length));
    if (err)
        return err;

    n2_asm a = n2_talk_values();

    n2_asm_u64(&a, length);
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

static void
release(n2_serve *s, sending *send)
{
    n2_talker *t = n2_talk_find(s->talk, send->conn);

    if (send->copy) {
        s->walk_bytes -= send->bytes;
        free(send->copy);
        send->copy = NULL;
    } else {
        s->objects[send->object].n_users--;
        use(s, &s->objects[send->object]);
    }
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
