/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-dht.c - two nodes of the DHT: how they meet, and what a node can do that it
 *                      should not: node 0 asks node 1 what it likes.
 */
#define IDENTITY_NOW_S 1760000000 /* as two-nodes.c has it */

#include "identity-fixture.h"
#include "two-nodes.h"

#include "crypto/container.h"
#include "crypto/identity-set.h"
#include "node/control-dht-private.h"

enum {
    NUMBER = 7 /* of our questions, those of the node have other ones */
};

static const gint64 hour = G_GINT64_CONSTANT(3600000000);

typedef struct {
    two_nodes *w;
    n2_control *c[NODES];
    struct dht_work *mine; /* of node 0, which does nothing by itself while we ask */
    gboolean is_answered;  /* a question by hand */
    n2_err err;
} dht_world;

typedef struct {
    n2_slice here, record, domain;
} said;

static gboolean
has_met(const dht_world *t)
{
    const struct dht_work *w = t->c[0]->dht;

    return w->dht && n2_dht_count(w->dht) == 1;
}

static gboolean
is_made(const dht_world *t)
{
    return t->c[0]->dht->dht && t->c[1]->dht->dht;
}

enum {
    MEET,   /* they have met */
    ALONE,  /* they are about to */
    BY_HAND /* node 0 does nothing by itself */
};

static void
set_up(dht_world *t, gconstpointer data)
{
    memset(t, 0, sizeof *t);
    t->w = two_nodes_new(7);
    for (int i = 0; i < NODES; i++)
        t->c[i] = t->w->node[i].control;
    guint64 end_us = t->w->now_us + 60 * G_USEC_PER_SEC;
    while (!is_made(t))
        g_assert_true(two_nodes_step(t->w, end_us));
    t->mine = t->c[0]->dht;
    if (GPOINTER_TO_INT(data) == BY_HAND)
        t->c[0]->dht = NULL;
    two_nodes_meet(t->w);
    while (GPOINTER_TO_INT(data) == MEET && !has_met(t))
        g_assert_true(two_nodes_step(t->w, end_us));
}

static void
tear_down(dht_world *t, gconstpointer data)
{
    (void)data;
    t->c[0]->dht = t->mine;
    two_nodes_free(t->w);
}

/* ---- questions by hand ---- */

static void
answered(void *user, uint32_t number, const n2_id *who, n2_err err, const n2_value *v, size_t n)
{
    dht_world *t = user;

    (void)who, (void)v, (void)n;
    if (number != NUMBER)
        return;
    t->is_answered = TRUE;
    t->err = err;
}

typedef struct {
    void (*put)(n2_asm *block, gconstpointer data);
    gconstpointer data;
} question;

static void
put_cb(void *user, n2_asm *block)
{
    const question *q = user;

    q->put(block, q->data);
}

/* A connection of node 0 to node 1. */
static n2_fetch_at
connection(dht_world *t)
{
    guint64 end_us = t->w->now_us + 30 * G_USEC_PER_SEC;
    n2_fetch_at at;

    n2_fetch_on_name(t->c[0]->fetch, answered, t);
    n2_fetch_open(t->c[0]->fetch, &t->w->node[1].id, t->w->now_us);
    n2_control_drain_fetch(t->c[0]);
    while (!n2_fetch_open_to(t->c[0]->fetch, &t->w->node[1].id, &at))
        g_assert_true(two_nodes_step(t->w, end_us));
    return at;
}

static n2_err
ask(dht_world *t, void (*put)(n2_asm *, gconstpointer), gconstpointer data)
{
    question q = {put, data};
    guint64 end_us = t->w->now_us + 30 * G_USEC_PER_SEC;

    t->is_answered = FALSE;
    g_assert_cmpint(
        n2_fetch_name(t->c[0]->fetch, &t->w->node[1].id, NUMBER, put_cb, &q, t->w->now_us), ==,
        N2_OK);
    while (!t->is_answered)
        g_assert_true(two_nodes_step(t->w, end_us));
    return t->err;
}

static void
put_slice(n2_asm *block, const n2_slice *s)
{
    n2_asm_bytes(block, s->len ? s->bytes : (const guint8 *)"", s->len);
}

static void
put_said(n2_asm *block, gconstpointer data)
{
    const said *s = data;

    put_slice(block, &s->here);
    put_slice(block, &s->record);
    put_slice(block, &s->domain);
    n2_asm_u64(block, 0);
    n2_asm_word(block, N2_WORD_DHT_HERE);
}

static void
put_keep(n2_asm *block, gconstpointer data)
{
    const n2_dht_value *v = data;

    n2_asm_bytes(block, v->key, sizeof v->key);
    n2_asm_bytes(block, v->bytes, v->len);
    n2_asm_u64(block, v->serial);
    n2_asm_u64(block, (guint64)v->until_us);
    n2_asm_word(block, N2_WORD_DHT_KEEP);
}

static void
put_near_short(n2_asm *block, gconstpointer data)
{
    (void)data;
    n2_asm_bytes(block, "too short", 9);
    n2_asm_word(block, N2_WORD_DHT_NEAR);
}

/* ---- statements of node 0 ---- */

static n2_err
sign_by(dht_world *t, const n2_box *body, guint8 *room, n2_slice *out)
{
    g_autofree n2_keys_answer *a = g_new0(n2_keys_answer, 1);

    two_nodes_keys(t->w, 0,
                   &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                      .who = t->w->node[0].id,
                                      .body = {.bytes = body->bytes, .len = body->len}},
                   NULL, a, room);
    if (!a->err)
        *out = a->statement;
    return a->err;
}

/* About @about, with @attachment (nullable: our own). */
static n2_err
say(dht_world *t, const n2_id *about, const n2_slice *attachment, guint8 *room, n2_slice *out)
{
    const struct dht_work *w = t->mine;
    guint8 buf[N2_ANNOUNCE_BYTES_MAX];
    n2_box body;
    const n2_announce a = {.about = *about,
                           .node = w->node,
                           .who = t->w->node[0].id,
                           .serial = 99,
                           .until_us = t->w->wall_us + (gint64)N2_ATTACHMENT_US / 2,
                           .attachment = attachment ? attachment->bytes : w->attachment,
                           .attachment_len = attachment ? attachment->len : w->attachment_len};

    g_assert_cmpint(n2_announce_body(buf, sizeof buf, &a, &body), ==, N2_OK);
    return sign_by(t, &body, room, out);
}

static gsize
domain_of(dht_world *t, guint8 *buf)
{
    n2_identity_set *set = NULL;
    gsize len;

    g_assert_cmpint(n2_store_identity(t->w->node[0].store.store, &t->w->node[0].id, NULL, &set),
                    ==, N2_OK);
    g_assert_cmpint(n2_identity_set_write(set, buf, 65536, &len), ==, N2_OK);
    n2_identity_set_free(set);
    return len;
}

/* ---- tests ---- */

/* By being neighbours, without a word from anybody; and what is published is announced. */
static void
test_meet(dht_world *t, gconstpointer data)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    guint64 end_us = t->w->now_us + 60 * G_USEC_PER_SEC;
    struct dht_work *w = t->c[0]->dht;

    (void)data;
    archive_add(archive, 2, "index.md", (const guint8 *)"x", 1);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(t->w, 0, archive, NULL);
    n2_notice_clear(&done);
    while (w->n_kept < 2 && two_nodes_step(t->w, end_us))
        ;
    g_assert_cmpuint(w->n_kept, >=, 2); /* the tree, and where we are */
    g_assert_cmpuint(n2_dht_values_count(n2_dht_kept(t->c[1]->dht->dht)), >=, 2);
    g_assert_cmpuint(w->n_lied, ==, 0);
}

/* Attack 53: a domain that signed nothing, a statement of another connection, a record of
 * somebody else's: none of them makes a node, and nothing is kept of who is none. */
static void
test_liar(dht_world *t, gconstpointer data)
{
    g_autofree guint8 *rooms = g_malloc(2 * N2_KEYRING_MESSAGE_BYTES_MAX),
                      *set = g_malloc(65536);
    guint8 *room[2] = {rooms, rooms + N2_KEYRING_MESSAGE_BYTES_MAX};
    guint8 buf[N2_ATTACHMENT_BODY_BYTES_MAX], bytes[N2_ATTACHMENT_BYTES_MAX];
    struct dht_work *w = t->c[1]->dht;
    const n2_dht_value value = {.key = {1},
                                .serial = 1,
                                .until_us = t->w->wall_us + hour,
                                .bytes = (const guint8 *)"value",
                                .len = 5};
    n2_box body, statement;
    said s = {.domain = {set, domain_of(t, set)}};
    person p;

    (void)data;
    n2_fetch_at at = connection(t);
    const n2_id here = n2_announce_here(at.hash);
    n2_id elsewhere = here;
    gsize n_kept = n2_dht_values_count(n2_dht_kept(w->dht));

    g_assert_cmpint(ask(t, put_near_short, NULL), ==, N2_ERR_FORMAT);
    g_assert_cmpint(ask(t, put_keep, &value), ==, N2_ERR_REFUSED); /* who is it? */
    /* of another connection */
    elsewhere.hash[0] ^= 1;
    g_assert_cmpint(say(t, &elsewhere, NULL, room[0], &s.here), ==, N2_OK);
    g_assert_cmpint(say(t, &t->w->node[0].id, NULL, room[1], &s.record), ==, N2_OK);
    g_assert_cmpint(ask(t, put_said, &s), ==, N2_ERR_FORGED);
    /* a place in a domain whose keys have signed nothing of it */
    person_init(&p);
    const n2_attachment a = {.node = t->mine->node,
                             .domain = p.who.id,
                             .place = {1},
                             .serial = 1,
                             .until_us = t->w->wall_us + (gint64)N2_ATTACHMENT_US};
    g_assert_cmpint(n2_attachment_body(buf, sizeof buf, &a, &body), ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(bytes, sizeof bytes, &body, &p.thief, &statement), ==,
                    N2_OK);
    const n2_slice stolen = {statement.bytes, statement.len};
    g_autofree guint8 *chain = g_malloc(p.birth_len + p.add_len);
    memcpy(chain, p.birth, p.birth_len);
    memcpy(chain + p.birth_len, p.add, p.add_len);
    said foreign = {.domain = {chain, p.birth_len + p.add_len}};
    g_assert_cmpint(say(t, &here, &stolen, room[0], &foreign.here), ==, N2_OK);
    g_assert_cmpint(say(t, &t->w->node[0].id, &stolen, room[1], &foreign.record), ==, N2_OK);
    g_assert_cmpint(ask(t, put_said, &foreign), ==, N2_ERR_FORGED);
    /* what is no statement */
    said junk = {.here = {(const guint8 *)"junk", 4}, .record = {(const guint8 *)"junk", 4}};
    g_assert_cmpint(ask(t, put_said, &junk), !=, N2_OK);
    g_assert_cmpuint(n2_dht_values_count(n2_dht_kept(w->dht)), ==, n_kept);
    g_assert_cmpuint(w->n_lied, >=, 2);
    g_assert_cmpint(ask(t, put_keep, &value), ==, N2_ERR_REFUSED);
    /* and with the truth it is taken */
    g_assert_cmpint(say(t, &t->w->node[0].id, NULL, room[1], &s.record), ==, N2_OK);
    g_assert_cmpint(say(t, &here, NULL, room[0], &s.here), ==, N2_OK);
    g_assert_cmpint(ask(t, put_said, &s), ==, N2_OK);
    g_assert_cmpint(ask(t, put_keep, &value), ==, N2_OK);
    g_assert_cmpuint(n2_dht_values_count(n2_dht_kept(w->dht)), ==, n_kept + 1);
}

/* Attack 53: a flood of announcements fills no more than one node's share. */
static void
test_flood(dht_world *t, gconstpointer data)
{
    g_autofree guint8 *rooms = g_malloc(2 * N2_KEYRING_MESSAGE_BYTES_MAX),
                      *set = g_malloc(65536);
    struct dht_work *w = t->c[1]->dht;
    n2_dht_value value = {.serial = 1,
                          .until_us = t->w->wall_us + hour,
                          .bytes = set,
                          .len = N2_ANNOUNCE_BYTES_MAX + 1};
    said s = {.domain = {set, domain_of(t, set)}};
    guint n_kept = 0;

    (void)data;
    const n2_id here = n2_announce_here(connection(t).hash);
    g_assert_cmpint(say(t, &here, NULL, rooms, &s.here), ==, N2_OK);
    g_assert_cmpint(
        say(t, &t->w->node[0].id, NULL, rooms + N2_KEYRING_MESSAGE_BYTES_MAX, &s.record), ==,
        N2_OK);
    g_assert_cmpint(ask(t, put_said, &s), ==, N2_OK);
    g_assert_cmpint(ask(t, put_keep, &value), ==, N2_ERR_FORMAT); /* too long */
    value.len = 8;
    value.until_us += 10 * hour;
    g_assert_cmpint(ask(t, put_keep, &value), ==, N2_ERR_TIMEOUT);
    value.until_us -= 10 * hour;
    for (guint i = 0; i < 2 * N2_DHT_WRITER_MAX; i++) {
        value.key[0] = (guint8)i;
        value.key[1] = 77;
        n_kept += ask(t, put_keep, &value) == N2_OK;
    }
    g_assert_cmpuint(n_kept, >, 0);
    g_assert_cmpuint(n_kept, <=, N2_DHT_WRITER_MAX);
    g_assert_cmpuint(n2_dht_values_count(n2_dht_kept(w->dht)), <=, N2_DHT_WRITER_MAX);
}

/* Node 1 gives node 0's own words back, or junk, as its own. */
static gboolean
lie(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values != 2 || call->values[0].type != 'b' || call->values[1].type != 'b' ||
        call->values[0].len < 200 ||
        n2_statement_kind(call->values[0].bytes, call->values[0].len) != N2_KIND_ANNOUNCE)
        return FALSE;
    n2_asm_bytes(values, call->values[0].bytes, call->values[0].len - 1);
    n2_asm_bytes(values, call->values[1].bytes, call->values[1].len);
    return TRUE;
}

/* Attack 53: who does not prove which node it is, is none; and nothing else is the worse. */
static void
test_answer(dht_world *t, gconstpointer data)
{
    guint64 end_us = t->w->now_us + 40 * G_USEC_PER_SEC;

    (void)data;
    t->w->tamper = lie;
    while (two_nodes_step(t->w, end_us))
        ;
    g_assert_cmpuint(n2_dht_count(t->c[0]->dht->dht), ==, 0);
    t->w->tamper = NULL;
    end_us = t->w->now_us + 60 * G_USEC_PER_SEC;
    while (!has_met(t) && two_nodes_step(t->w, end_us))
        ;
    g_assert_true(has_met(t));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    two_nodes_take_part = TRUE;
#define ADD(path, test, data)                                                                  \
    g_test_add(path, dht_world, GINT_TO_POINTER(data), set_up, test, tear_down)
    ADD("/control/dht/meet", test_meet, MEET);
    ADD("/control/dht/attack-53-liar", test_liar, BY_HAND);
    ADD("/control/dht/attack-53-flood", test_flood, BY_HAND);
    ADD("/control/dht/attack-53-answer", test_answer, ALONE);
#undef ADD
    return g_test_run();
}
