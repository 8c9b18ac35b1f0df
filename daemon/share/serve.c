/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve.c - answers peers' questions about what is open to them in the store: identities,
 *           heads, and which function does which command.
 */
#include "share/serve-private.h"
#include "store/account.h"
#include "store/version.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

n2_err
n2_serve_new(
    n2_serve **out, n2_store *store, n2_talk *talk, n2_op_queue *ops, const n2_unicode *unicode)
{
    n2_serve *s = calloc(1, sizeof *s);

    if (!s)
        return N2_ERR_NOMEM;
    s->store = store;
    s->talk = talk;
    s->ops = ops;
    s->unicode = unicode;
    s->idle_us = UINT64_MAX;
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
    for (size_t i = 0; i < serve->n_sends; i++)
        free(serve->sends[i].copy);
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

n2_err
n2_serve_read_id(const n2_value *v, n2_id *out)
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

    if (kind >= N2_KIND_BIRTH && kind <= N2_KIND_FRESH) /* what is about its keys */
        n2_asm_bytes(a, statement, len);
    return true;
}

static n2_err
do_identity(n2_serve *s, const n2_call *call)
{
    n2_id who;
    n2_err err = n2_serve_read_id(&call->arg[0], &who);
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

    err = n2_store_statements(s->store, &who, 0, put_statement_cb, &a);
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
    n2_err err = n2_serve_read_id(&call->arg[0], &who);

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

typedef struct {
    n2_asm *a;
    size_t n, bytes;
} heads;

static bool
put_head_cb(void *user, const n2_head *head, const uint8_t *statement, size_t len)
{
    heads *h = user;

    (void)head;
    if (h->n == N2_HEADS_ANSWERED_MAX || h->bytes + len > N2_HEADS_ANSWERED_BYTES)
        return false;
    n2_asm_bytes(h->a, statement, len);
    h->bytes += len;
    h->n++;
    return true;
}

static n2_err
do_heads(n2_serve *s, const n2_call *call)
{
    n2_id who;
    n2_err err = n2_serve_read_id(&call->arg[0], &who);

    if (err)
        return err;
    n2_asm a = n2_talk_values();
    heads h = {.a = &a};

    err = n2_store_versions(s->store, &who, N2_BRANCH_MAIN, call->arg[1].u, put_head_cb, &h);
    if (!err && !h.n)
        err = N2_ERR_NOTFOUND;
    if (err) {
        n2_writer_clear(&a.body);
        return err;
    }
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

static n2_err
do_words(n2_serve *s, const n2_call *call)
{
    char text[8192];
    size_t len = n2_words_list(text, sizeof text);
    n2_asm a = n2_talk_values();

    n2_asm_bytes(&a, text, len);
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

void
n2_serve_on_pair(n2_serve *serve, n2_serve_pair *pair, void *user)
{
    serve->pair = pair;
    serve->pair_user = user;
}

static n2_err
do_pair(n2_serve *s, n2_conn conn, const n2_call *call)
{
    if (!s->pair)
        return N2_ERR_NOTFOUND;
    n2_asm a = n2_talk_values();
    n2_err err = s->pair(s->pair_user, conn, call->arg[0].bytes, call->arg[0].len, &a);

    if (err) {
        n2_writer_clear(&a.body);
        return err;
    }
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

void
n2_serve_on_name(n2_serve *serve, n2_serve_name *name, void *user)
{
    serve->name = name;
    serve->name_user = user;
}

static n2_err
do_name(n2_serve *s, n2_conn conn, const n2_call *call)
{
    if (!s->name)
        return N2_ERR_NOTFOUND;
    n2_asm a = n2_talk_values();
    n2_err err = s->name(s->name_user, conn, call, &a);

    if (err) {
        n2_writer_clear(&a.body);
        return err == N2_ERR_BUSY ? N2_OK : err; /* BUSY: it is answered later */
    }
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
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
    case N2_WORD_HEADS:
        return do_heads(s, call);
    case N2_WORD_KNOWN:
        return n2_serve_do_known(s, call);
    case N2_WORD_CARRY:
        return n2_serve_do_carry(s, call);
    case N2_WORD_OBJECT:
        return n2_serve_do_object(s, call);
    case N2_WORD_STAT:
        return n2_serve_do_stat(s, call);
    case N2_WORD_NODES:
        return n2_serve_do_nodes(s, call);
    case N2_WORD_READ:
        return n2_serve_do_read(s, conn, call);
    case N2_WORD_SHOW:
        return n2_serve_do_show(s, conn, call);
    case N2_WORD_LOGIN:
        return n2_serve_do_login(s, conn, call);
    case N2_WORD_PAIR:
        return do_pair(s, conn, call);
    case N2_WORD_NAME_ASK:
    case N2_WORD_ZONE_MAP:
    case N2_WORD_RESOLVE:
    case N2_WORD_ZONE_HEADS:
    case N2_WORD_NEIGHBOUR:
    case N2_WORD_ATTACH:
    case N2_WORD_REPORT:
    case N2_WORD_ROUTES:
    case N2_WORD_DOMAIN:
    case N2_WORD_PARENT:
    case N2_WORD_COMPLAIN:
    case N2_WORD_WHERE:
    case N2_WORD_DHT_HERE:
    case N2_WORD_DHT_NEAR:
    case N2_WORD_DHT_VALUES:
    case N2_WORD_DHT_KEEP:
        return do_name(s, conn, call);
    case N2_WORD_TREE:
        return n2_serve_do_tree(s, call);
    case N2_WORD_FOLLOW:
        return n2_serve_do_follow(s, conn, call);
    case N2_WORD_WALK:
        return n2_serve_do_walk(s, conn, call);
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

uint64_t
n2_serve_deadline(const n2_serve *serve)
{
    return serve->mapped_bytes > N2_SERVE_MAPPED_BYTES ? serve->idle_us : UINT64_MAX;
}

void
n2_serve_expire(n2_serve *serve, uint64_t now_us)
{
    serve->now_us = now_us;
    if (n2_serve_deadline(serve) <= now_us)
        n2_serve_close_idle(serve);
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
    uint64_t n = 0, n_moves = 0;

    if (n2_store_account_moves(serve->store, &n_moves))
        n_moves = N2_USE_NONE;
    for (size_t i = 0; i < N2_SERVE_OBJECTS_MAX; i++)
        n += serve->objects[i].n_users > 0;
    n2_uses_add(uses, "serve_objects", n, N2_SERVE_OBJECTS_MAX, counts->n_objects_refused);
    n2_uses_add(uses, "serve_mapped_bytes", serve->mapped_bytes, N2_SERVE_MAPPED_BYTES,
                counts->n_unmapped);
    n2_uses_add(uses, "serve_sends", counts->most_sends, N2_SERVE_SENDS_MAX,
                counts->n_sends_refused);
    n2_uses_add(uses, "serve_send_bytes", counts->most_bytes, N2_SERVE_SEND_BYTES_MAX,
                counts->n_bytes_refused);
    n2_uses_add(uses, "serve_walk_bytes", serve->walk_bytes, N2_SERVE_WALK_BYTES,
                counts->n_walks_refused);
    n2_uses_add(uses, "show_tries", counts->most_shows, N2_SHOW_TRIES_MAX,
                counts->n_shows_refused);
    n2_uses_add(uses, "login_tries", counts->most_logins, N2_LOGIN_TRIES_MAX,
                counts->n_logins_refused);
    n2_uses_add(uses, "account_moves", n_moves, N2_STRANGER_MOVES_MAX, counts->n_moves_limited);
    n2_uses_add(uses, "show_per_s", N2_USE_NONE, N2_SHOW_PER_S, counts->n_shows_limited);
}
