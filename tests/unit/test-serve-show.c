/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-serve-show.c - askers who prove who they are, with the proofs of real keyrings: for
 * their own connection, once, and not more often than a holder bears.
 */
#include "disk-mem.h"
#include "keys/keyring.h"
#include "serve-fixture.h"

enum {
    OTHER = 8,
    PEOPLE = 2
};

#define WALL_US INT64_C(1800000000000000)

typedef struct {
    n2_keyring *ring;
    disk_mem *disk;
    n2_id id;
    guint8 chain[4000];
    gsize chain_len;
} person;

typedef struct {
    fixture f;
    n2_op_queue ops;
    n2_talk talk;
    n2_serve *serve;
    person people[PEOPLE];
    guint64 tag;
} world;

static void
ask(person *p, const n2_keys_request *request, n2_keys_answer *out, guint8 *room)
{
    guint8 message[N2_KEYRING_MESSAGE_BYTES_MAX];
    gsize len, answer_len;

    assert_ok(n2_keys_request_write(request, message, sizeof message, &len));
    assert_ok(n2_keyring_answer(p->ring, message, len, WALL_US, room,
                                N2_KEYRING_MESSAGE_BYTES_MAX, &answer_len));
    assert_ok(n2_keys_answer_read(out, room, answer_len));
    assert_ok(out->err);
}

static void
make_person(world *t, person *p)
{
    guint8 room[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_answer a;
    n2_writer w = n2_writer_init(p->chain, sizeof p->chain);

    p->disk = disk_mem_new();
    assert_ok(n2_keyring_open(&p->ring, &p->disk->disk, &t->f.env, "", NULL));
    ask(p, &(n2_keys_request){.kind = N2_KEYS_NEW, .label = "me"}, &a, room);
    p->id = a.who;
    for (gsize i = 0; i < a.n_statements; i++) {
        n2_write_u16(&w, (guint16)a.statements[i].len);
        n2_write_bytes(&w, a.statements[i].bytes, a.statements[i].len);
    }
    p->chain_len = w.len;
}

static void
open_conn(world *t, n2_conn conn, guint8 hash)
{
    assert_ok(n2_talk_open(&t->talk, conn, N2_MAY_COMPUTE | N2_MAY_ASK | N2_MAY_READ, 0));
    n2_talker *talker = n2_talk_find(&t->talk, conn);

    talker->suite = 1;
    memset(talker->hash, hash, sizeof talker->hash);
}

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    memset(t, 0, sizeof *t);
    fixture_init(&t->f, FALSE);
    n2_talk_init(&t->talk, &t->ops);
    assert_ok(n2_serve_new(&t->serve, t->f.store, &t->talk, &t->ops, NULL));
    for (guint i = 0; i < PEOPLE; i++)
        make_person(t, &t->people[i]);
    open_conn(t, CONN, 1);
    open_conn(t, OTHER, 2);
    n2_serve_clock(t->serve, 0, WALL_US);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    for (guint i = 0; i < PEOPLE; i++) {
        n2_keyring_free(t->people[i].ring);
        disk_mem_free(t->people[i].disk);
    }
    n2_serve_free(t->serve);
    n2_talk_clear(&t->talk);
    n2_op_queue_clear(&t->ops);
    fixture_clear(&t->f);
}

static n2_err
answered(world *t)
{
    n2_budget budget;
    n2_call call;
    n2_vm vm;
    n2_op op;

    g_assert_true(n2_op_queue_pop(&t->ops, &op));
    g_autofree guint8 *block = serve_take(&op, &vm, &budget, &call);
    g_assert_cmpuint(call.tag, ==, t->tag);
    g_assert_cmpuint(call.n_values, ==, 0);
    n2_vm_clear(&vm);
    return call.err;
}

/* @p shows on @conn what was made for the connection whose hash is all @hash. */
static n2_err
show(world *t, n2_conn conn, person *p, guint8 hash)
{
    guint8 room[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_request q = {.kind = N2_KEYS_PROVE, .suite = 1, .who = p->id};
    n2_asm a = n2_asm_init();
    n2_keys_answer proof;
    guint8 *block;
    n2_call call;
    n2_err err;
    gsize len;

    memset(q.hash, hash, sizeof q.hash);
    ask(p, &q, &proof, room);
    n2_asm_u64(&a, ++t->tag);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, p->chain, p->chain_len);
    n2_asm_bytes(&a, proof.statement.bytes, proof.statement.len);
    n2_asm_bytes(&a, proof.signature.bytes, proof.signature.len);
    n2_asm_word(&a, N2_WORD_SHOW);
    assert_ok(n2_asm_finish(&a, &block, &len));
    assert_ok(n2_talk_input(&t->talk, conn, block, len, 0));
    free(block);
    while (n2_talk_next(&t->talk, conn, &call, &err, 0))
        n2_serve_call(t->serve, conn, &call);
    assert_ok(err);
    return answered(t);
}

static void
assert_asker(world *t, n2_conn conn, const person *p)
{
    n2_id who;
    gboolean is_known = n2_serve_asker(t->serve, conn, &who);

    g_assert_cmpint(is_known, ==, p != NULL);
    if (p)
        g_assert_true(n2_id_equal(&who, &p->id));
}

static void
test_shown(world *t, gconstpointer data)
{
    (void)data;
    assert_asker(t, CONN, NULL);
    assert_ok(show(t, CONN, &t->people[0], 1));
    assert_asker(t, CONN, &t->people[0]);
    assert_asker(t, OTHER, NULL);
    assert_ok(show(t, OTHER, &t->people[1], 2));
    assert_asker(t, OTHER, &t->people[1]);
    /* Until the certificate ends. */
    n2_serve_clock(t->serve, 0, WALL_US + (gint64)N2_SESSION_LIFETIME_US);
    assert_asker(t, CONN, NULL);
    /* A new connection with the old number is nobody's. */
    n2_serve_clock(t->serve, 0, WALL_US);
    n2_talk_close(&t->talk, CONN);
    assert_asker(t, CONN, NULL);
    open_conn(t, CONN, 1);
    assert_asker(t, CONN, NULL);
}

/* Attack 12: made for the connection to one holder, who shows it to another; shown again on a
 * later connection; and, by the same asker, on its other connection. */
static void
test_relayed(world *t, gconstpointer data)
{
    (void)data;
    assert_err(show(t, CONN, &t->people[0], 3), N2_ERR_FORGED);
    assert_asker(t, CONN, NULL);
    assert_err(show(t, OTHER, &t->people[0], 1), N2_ERR_FORGED);
    assert_asker(t, OTHER, NULL);
}

/* A connection has one asker; the same may show itself again. */
static void
test_another(world *t, gconstpointer data)
{
    (void)data;
    assert_ok(show(t, CONN, &t->people[0], 1));
    assert_err(show(t, CONN, &t->people[1], 1), N2_ERR_REFUSED);
    assert_asker(t, CONN, &t->people[0]);
    assert_ok(show(t, OTHER, &t->people[0], 2));
    assert_ok(show(t, OTHER, &t->people[0], 2));
}

/* N2_SHOW_TRIES_MAX of one connection, whether they hold or not; then nothing is verified. */
static void
test_tries(world *t, gconstpointer data)
{
    n2_serve_counts counts;

    (void)data;
    for (guint i = 0; i < N2_SHOW_TRIES_MAX; i++)
        assert_err(show(t, CONN, &t->people[0], 9), N2_ERR_FORGED);
    assert_err(show(t, CONN, &t->people[0], 1), N2_ERR_LIMIT);
    assert_asker(t, CONN, NULL);
    n2_serve_counts_get(t->serve, &counts);
    g_assert_cmpuint(counts.n_shows_refused, ==, 1);
    g_assert_cmpuint(counts.n_shows_wrong, ==, N2_SHOW_TRIES_MAX);
    assert_ok(show(t, OTHER, &t->people[0], 2)); /* others are not meant */
}

/* N2_SHOW_PER_S of all together, where one who was not met before counts more; a second later
 * there is room again. */
static void
test_rate(world *t, gconstpointer data)
{
    n2_serve_counts counts;

    (void)data;
    for (guint i = 0; i < N2_SHOW_PER_S - N2_SHOW_WEIGHT_NEW; i++) {
        n2_talk_find(&t->talk, CONN)->n_shows = 0;
        assert_ok(show(t, CONN, &t->people[0], 1));
    }
    assert_err(show(t, OTHER, &t->people[1], 2), N2_ERR_LIMIT);
    n2_serve_counts_get(t->serve, &counts);
    g_assert_cmpuint(counts.n_shows_limited, ==, 1);
    n2_serve_clock(t->serve, N2_SECOND_US, WALL_US);
    assert_ok(show(t, OTHER, &t->people[1], 2));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, func) g_test_add("/share/show/" path, world, NULL, set_up, func, tear_down)
    ADD("shown", test_shown);
    ADD("attack-12-relayed", test_relayed);
    ADD("another", test_another);
    ADD("tries", test_tries);
    ADD("rate", test_rate);
    return g_test_run();
}
