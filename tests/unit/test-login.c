/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-login.c - accounts that log in: for one site and one connection, and what is open to
 *                them then.
 */
#include "crypto/access.h"
#include "crypto/login.h"
#include "serve-fixture.h"
#include "store/account.h"
#include "store/db.h"

enum {
    OTHER = 8,
    STATEMENT_BYTES = 1024
};

static const n2_id site = {.method = N2_METHOD_SHA256, .hash = {1}};
static const n2_id second_site = {.method = N2_METHOD_SHA256, .hash = {2}};
static const n2_id elsewhere = {.method = N2_METHOD_SHA256, .hash = {3}};

typedef struct {
    fixture f;
    n2_op_queue ops;
    n2_talk talk;
    n2_serve *serve;
    n2_signing_key account, other;
    n2_ref content;
    guint64 tag;
} world;

static n2_signing_key
key(guint8 number)
{
    guint8 seed[N2_SEED_BYTES_MAX] = {number, 28};
    n2_signing_key k;

    assert_ok(n2_signing_key_init(&k, N2_KEY_ED25519, seed));
    return k;
}

static void
open_conn(world *t, n2_conn conn, guint8 hash)
{
    assert_ok(n2_talk_open(&t->talk, conn, N2_MAY_COMPUTE | N2_MAY_ASK | N2_MAY_READ, 0));
    n2_talker *talker = n2_talk_find(&t->talk, conn);

    talker->suite = 1;
    memset(talker->hash, hash, sizeof talker->hash);
}

/* A content that is open to the account alone. */
static void
put_content(world *t)
{
    n2_member m = n2_member_of_key(&t->account.key);
    g_autofree char *sql = NULL;
    GString *hex = g_string_new(NULL);
    n2_batch *batch;
    gint64 owner;

    assert_ok(n2_batch_new(&batch, t->f.store, 7));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, "only for you", 12, N2_CONTENT_PLAIN,
                           &t->content));
    assert_ok(n2_store_flush(t->f.store));
    assert_ok(n2_store_owner(t->f.store, N2_OWNER_PIN, "pins", 0, &owner));
    assert_ok(n2_store_ref_set(t->f.store, owner, "it", &t->content.id, 7));
    n2_batch_free(batch);
    for (gsize i = 0; i < m.len; i++)
        g_string_append_printf(hex, "%02x", m.bytes[i]);
    sql = g_strdup_printf("INSERT INTO member VALUES(x'%s', 7)", hex->str);
    g_assert_cmpint(sqlite3_exec(t->f.store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    g_string_free(hex, TRUE);
}

/* The list names @k, and nobody else. */
static void
list_only(world *t, const n2_signing_key *k)
{
    n2_member m = n2_member_of_key(&k->key), now;
    GString *hex = g_string_new(NULL);

    assert_ok(n2_member_now(t->f.store, &m, &now)); /* as lists are read: store/realm.c */
    for (gsize i = 0; i < now.len; i++)
        g_string_append_printf(hex, "%02x", now.bytes[i]);
    g_autofree char *sql =
        g_strdup_printf("DELETE FROM member; INSERT INTO member VALUES(x'%s', 7)", hex->str);
    g_assert_cmpint(sqlite3_exec(t->f.store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    g_string_free(hex, TRUE);
}

static void
set_up(world *t, gconstpointer data)
{
    static const guint8 statement[] = {1};

    (void)data;
    memset(t, 0, sizeof *t);
    fixture_init(&t->f, FALSE);
    t->account = key(1);
    t->other = key(2);
    n2_talk_init(&t->talk, &t->ops);
    assert_ok(n2_serve_new(&t->serve, t->f.store, &t->talk, &t->ops, NULL));
    assert_ok(n2_serve_set_node_key(t->serve, &site, 1, statement, sizeof statement));
    assert_ok(n2_serve_set_node_key(t->serve, &second_site, 1, statement, sizeof statement));
    put_content(t);
    open_conn(t, CONN, 1);
    open_conn(t, OTHER, 2);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    n2_serve_closed(t->serve, CONN);
    n2_serve_closed(t->serve, OTHER);
    n2_serve_free(t->serve);
    n2_talk_clear(&t->talk);
    n2_op_queue_clear(&t->ops);
    fixture_clear(&t->f);
}

/* Asks, and returns the error of the answer. */
static n2_err
ask(world *t, n2_conn conn, n2_asm *a)
{
    n2_budget budget;
    guint8 *block;
    n2_call call;
    n2_err err;
    gsize len;
    n2_vm vm;
    n2_op op;

    assert_ok(n2_asm_finish(a, &block, &len));
    assert_ok(n2_talk_input(&t->talk, conn, block, len, 0));
    free(block);
    while (n2_talk_next(&t->talk, conn, &call, &err, 0))
        n2_serve_call(t->serve, conn, &call);
    assert_ok(err);
    g_assert_true(n2_op_queue_pop(&t->ops, &op));
    g_autofree guint8 *answer = serve_take(&op, &vm, &budget, &call);
    g_assert_cmpuint(call.tag, ==, t->tag);
    n2_vm_clear(&vm);
    return call.err;
}

static n2_asm
begin(world *t)
{
    n2_asm a = n2_asm_init();

    n2_asm_u64(&a, ++t->tag);
    n2_asm_word(&a, N2_WORD_TAG);
    return a;
}

static n2_err
say(world *t, n2_conn conn, const guint8 *statement, gsize len)
{
    n2_asm a = begin(t);

    n2_asm_bytes(&a, statement, len);
    n2_asm_word(&a, N2_WORD_LOGIN);
    return ask(t, conn, &a);
}

/* Can @conn have the content? */
static n2_err
has(world *t, n2_conn conn)
{
    guint8 bytes[N2_REF_BYTES];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);
    n2_asm a = begin(t);

    n2_write_u8(&w, t->content.id.method);
    n2_write_bytes(&w, t->content.id.hash, sizeof t->content.id.hash);
    n2_write_u64(&w, t->content.size);
    n2_asm_bytes(&a, bytes, sizeof bytes);
    n2_asm_word(&a, N2_WORD_OBJECT);
    n2_asm_word(&a, N2_WORD_STAT);
    return ask(t, conn, &a);
}

/* A log-in at @where for the connection whose hash is all @hash. */
static gsize
make(guint8 *out, const n2_signing_key *k, const n2_id *where, guint8 hash, gint64 uses)
{
    n2_login login = {.site = *where, .account = k->key};
    guint8 buf[STATEMENT_BYTES];
    n2_box body, statement;

    memset(login.hash, hash, sizeof login.hash);
    assert_ok(n2_login_body(buf, sizeof buf, &login, uses, &body));
    assert_ok(n2_statement_sign(out, STATEMENT_BYTES, &body, k, &statement));
    return statement.len;
}

static n2_err
log_in(world *t, n2_conn conn, const n2_signing_key *k, const n2_id *where, guint8 hash)
{
    guint8 statement[STATEMENT_BYTES];
    gsize len = make(statement, k, where, hash, N2_LOGIN_ENTER);

    return say(t, conn, statement, len);
}

static void
test_logged_in(world *t, gconstpointer data)
{
    n2_key account;
    n2_id where;

    (void)data;
    assert_err(has(t, CONN), N2_ERR_NOTFOUND);
    assert_ok(log_in(t, CONN, &t->account, &site, 1));
    g_assert_true(n2_serve_account(t->serve, CONN, &account, &where));
    g_assert_true(n2_key_equal(&account, &t->account.key));
    g_assert_true(n2_id_equal(&where, &site));
    assert_ok(has(t, CONN));
    assert_err(has(t, OTHER), N2_ERR_NOTFOUND);
    /* Another account is let in, but not to this. */
    assert_ok(log_in(t, OTHER, &t->other, &site, 2));
    assert_err(has(t, OTHER), N2_ERR_NOTFOUND);
    /* A new connection with the old number is nobody's. */
    n2_talk_close(&t->talk, CONN);
    open_conn(t, CONN, 1);
    g_assert_false(n2_serve_account(t->serve, CONN, &account, &where));
    assert_err(has(t, CONN), N2_ERR_NOTFOUND);
}

/* Attack 47: made for another connection, or another site, however it came here. */
static void
test_relayed(world *t, gconstpointer data)
{
    guint8 statement[STATEMENT_BYTES];
    gsize len = make(statement, &t->account, &site, 1, N2_LOGIN_ENTER);

    (void)data;
    assert_err(say(t, OTHER, statement, len), N2_ERR_FORGED);
    assert_err(log_in(t, CONN, &t->account, &elsewhere, 1), N2_ERR_NOTFOUND);
    assert_err(has(t, OTHER), N2_ERR_NOTFOUND);
    assert_err(has(t, CONN), N2_ERR_NOTFOUND);
    /* Where it was made for it holds; again on a later connection it does not. */
    assert_ok(say(t, CONN, statement, len));
    n2_talk_close(&t->talk, CONN);
    open_conn(t, CONN, 3);
    assert_err(say(t, CONN, statement, len), N2_ERR_FORGED);
    assert_err(has(t, CONN), N2_ERR_NOTFOUND);
}

/* Each byte of it changed: refused, and nobody is let in. */
static void
test_forged(world *t, gconstpointer data)
{
    guint8 statement[STATEMENT_BYTES];
    gsize len = make(statement, &t->account, &site, 1, N2_LOGIN_ENTER);

    (void)data;
    for (gsize i = 0; i < len; i++) {
        n2_talk_find(&t->talk, CONN)->n_logins = 0;
        n2_talk_find(&t->talk, CONN)->n_refused = 0;
        statement[i] ^= 1;
        n2_err err = say(t, CONN, statement, len);
        g_assert_cmpint(err, !=, N2_OK);
        statement[i] ^= 1;
        assert_err(has(t, CONN), N2_ERR_NOTFOUND);
    }
}

/* Signed by another key, by one more, for no use, for one of later, as another kind. */
static void
test_not_a_login(world *t, gconstpointer data)
{
    n2_login login = {.site = site, .account = t->account.key};
    guint8 buf[STATEMENT_BYTES], statement[STATEMENT_BYTES], d[N2_DIGEST_BYTES];
    const n2_signing_key *keys[] = {&t->account, &t->other};
    n2_talker *talker = n2_talk_find(&t->talk, CONN);
    n2_signature s[2];
    n2_box body, box;

    (void)data;
    memset(login.hash, 1, sizeof login.hash);
    assert_ok(n2_login_body(buf, sizeof buf, &login, N2_LOGIN_ENTER, &body));
    assert_ok(n2_statement_sign(statement, sizeof statement, &body, &t->other, &box));
    assert_err(say(t, CONN, box.bytes, box.len), N2_ERR_FORGED);
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    for (gsize i = 0; i < 2; i++)
        assert_ok(n2_sign(&s[i], keys[i], d));
    assert_ok(n2_statement_make(statement, sizeof statement, &body, s, 2, &box));
    assert_err(say(t, CONN, box.bytes, box.len), N2_ERR_FORGED);
    gsize len = make(statement, &t->account, &site, 1, 0);
    assert_err(say(t, CONN, statement, len), N2_ERR_FORGED);
    len = make(statement, &t->account, &site, 1, N2_LOGIN_ENTER | 4);
    assert_err(say(t, CONN, statement, len), N2_ERR_UNSUPPORTED);
    talker->n_logins = 0;
    guint8 longer[N2_LOGIN_BYTES_MAX + 1] = {0};
    assert_err(say(t, CONN, longer, sizeof longer), N2_ERR_LIMIT);
    assert_err(has(t, CONN), N2_ERR_NOTFOUND);
}

/* A connection has one account at one site; the same may log in again. */
static void
test_another(world *t, gconstpointer data)
{
    (void)data;
    assert_ok(log_in(t, CONN, &t->account, &site, 1));
    assert_err(log_in(t, CONN, &t->other, &site, 1), N2_ERR_REFUSED);
    assert_err(log_in(t, CONN, &t->account, &second_site, 1), N2_ERR_REFUSED);
    assert_ok(log_in(t, CONN, &t->account, &site, 1));
    assert_ok(has(t, CONN));
}

/* A move from @from to @to on the connection whose hash is all @hash. */
static gsize
make_move(guint8 *out,
          const n2_signing_key *from,
          const n2_signing_key *to,
          const n2_id *where,
          guint8 hash)
{
    n2_login login = {.site = *where, .account = to->key, .old = from->key};
    const n2_signing_key *keys[] = {to, from};
    guint8 buf[STATEMENT_BYTES], d[N2_DIGEST_BYTES];
    n2_signature signatures[2];
    n2_box body, statement;

    memset(login.hash, hash, sizeof login.hash);
    assert_ok(n2_login_body(buf, sizeof buf, &login, N2_LOGIN_ENTER | N2_LOGIN_MOVE, &body));
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    for (gsize i = 0; i < 2; i++)
        assert_ok(n2_sign(&signatures[i], keys[i], d));
    assert_ok(n2_statement_make(out, STATEMENT_BYTES, &body, signatures, 2, &statement));
    return statement.len;
}

static n2_err
move(world *t, n2_conn conn, const n2_signing_key *from, const n2_signing_key *to, guint8 hash)
{
    guint8 statement[STATEMENT_BYTES];
    gsize len = make_move(statement, from, to, &site, hash);

    return say(t, conn, statement, len);
}

/* A connection with this number and hash, anew. */
static void
again(world *t, n2_conn conn, guint8 hash)
{
    n2_talk_close(&t->talk, conn);
    open_conn(t, conn, hash);
}

/* Attack 47: whoever has the key of a removed device is let in no more, also where it is in
 * already; the new key is, here and after a restart. */
static void
test_moved(world *t, gconstpointer data)
{
    n2_signing_key third = key(3);

    (void)data;
    assert_ok(log_in(t, OTHER, &t->account, &site, 2)); /* the thief, in time */
    assert_ok(has(t, OTHER));
    assert_ok(move(t, CONN, &t->account, &t->other, 1));
    assert_ok(has(t, CONN));
    assert_err(has(t, OTHER), N2_ERR_NOTFOUND);
    again(t, OTHER, 3);
    assert_err(log_in(t, OTHER, &t->account, &site, 3), N2_ERR_REFUSED);
    assert_err(has(t, OTHER), N2_ERR_NOTFOUND);
    again(t, OTHER, 4);
    assert_err(move(t, OTHER, &t->account, &third, 4), N2_ERR_REFUSED);    /* too late */
    assert_err(move(t, OTHER, &t->other, &t->account, 4), N2_ERR_REFUSED); /* and not back */
    /* The same again is the same; and on from there, on the same connection too. */
    again(t, CONN, 5);
    assert_ok(move(t, CONN, &t->account, &t->other, 5));
    assert_ok(has(t, CONN));
    assert_ok(move(t, CONN, &t->other, &third, 5));
    assert_ok(has(t, CONN));
    again(t, CONN, 7);
    assert_err(log_in(t, CONN, &t->other, &site, 7), N2_ERR_REFUSED);
    again(t, CONN, 8);
    assert_ok(log_in(t, CONN, &third, &site, 8));
    assert_ok(has(t, CONN));
}

/* Attack 47: it moved before anybody was let in; then the owner lists the key that he saw. */
static void
test_moved_before(world *t, gconstpointer data)
{
    n2_signing_key old = key(4), now = key(5);

    (void)data;
    assert_ok(log_in(t, OTHER, &old, &site, 2)); /* there the owner sees it */
    assert_ok(move(t, CONN, &old, &now, 1));
    list_only(t, &old);
    assert_ok(has(t, CONN));
    assert_err(has(t, OTHER), N2_ERR_NOTFOUND);
    again(t, OTHER, 3);
    assert_err(log_in(t, OTHER, &old, &site, 3), N2_ERR_REFUSED);
    assert_err(has(t, OTHER), N2_ERR_NOTFOUND);
    again(t, CONN, 4);
    assert_ok(log_in(t, CONN, &now, &site, 4));
    assert_ok(has(t, CONN));
}

/* A flood of moves by keys that nobody knows: N2_STRANGER_MOVES_BURST of them, then
 * N2_STRANGER_MOVES_PER_S; what is not kept is answered so, and who is on a list waits for
 * nobody. */
static void
test_stranger_flood(world *t, gconstpointer data)
{
    n2_signing_key to = key(250);
    n2_serve_counts counts;
    guint8 hash = 10;
    uint64_t n;

    (void)data;
    for (guint i = 0; i <= N2_STRANGER_MOVES_BURST; i++) {
        n2_signing_key from = key((guint8)(50 + i));
        n2_signing_key alone = key((guint8)(150 + i));

        again(t, CONN, ++hash);
        g_assert_cmpint(move(t, CONN, &from, &alone, hash), ==,
                        i < N2_STRANGER_MOVES_BURST ? N2_OK : N2_ERR_LIMIT);
    }
    n2_serve_counts_get(t->serve, &counts);
    g_assert_cmpuint(counts.n_moves_limited, ==, 1);
    assert_ok(n2_store_account_moves(t->f.store, &n));
    g_assert_cmpuint(n, ==, N2_STRANGER_MOVES_BURST);
    again(t, OTHER, 3);
    assert_ok(move(t, OTHER, &t->account, &to, 3));
    assert_ok(has(t, OTHER));
    n2_serve_clock(t->serve, N2_SECOND_US / N2_STRANGER_MOVES_PER_S, 0);
    n2_signing_key late = key(50 + N2_STRANGER_MOVES_BURST), new = key(251);
    again(t, CONN, ++hash);
    assert_ok(move(t, CONN, &late, &new, hash));
}

/* By one of the two keys alone, for another connection, from itself, from who is on no list. */
static void
test_wrong_moves(world *t, gconstpointer data)
{
    n2_login login = {.site = site, .account = t->other.key, .old = t->account.key};
    const n2_signing_key *keys[] = {&t->account, &t->other};
    guint8 buf[STATEMENT_BYTES], statement[STATEMENT_BYTES];
    n2_signing_key third = key(3);
    n2_box body, box;

    (void)data;
    memset(login.hash, 1, sizeof login.hash);
    assert_ok(n2_login_body(buf, sizeof buf, &login, N2_LOGIN_ENTER | N2_LOGIN_MOVE, &body));
    for (gsize i = 0; i < 2; i++) {
        assert_ok(n2_statement_sign(statement, sizeof statement, &body, keys[i], &box));
        assert_err(say(t, CONN, box.bytes, box.len), N2_ERR_FORGED);
    }
    assert_err(move(t, CONN, &t->account, &t->other, 2), N2_ERR_FORGED);
    assert_err(n2_login_body(buf, sizeof buf, &login, N2_LOGIN_ENTER, &body), N2_ERR_FORMAT);
    login.old = (n2_key){0};
    assert_err(n2_login_body(buf, sizeof buf, &login, N2_LOGIN_MOVE, &body), N2_ERR_FORMAT);
    assert_err(has(t, CONN), N2_ERR_NOTFOUND);
    again(t, CONN, 9);
    assert_ok(move(t, CONN, &third, &t->other, 9)); /* it had nothing, and has nothing */
    assert_err(has(t, CONN), N2_ERR_NOTFOUND);
    assert_ok(log_in(t, OTHER, &t->account, &site, 2));
    assert_ok(has(t, OTHER));
}

/* N2_ACCOUNT_MOVES_MAX of one account. */
static void
test_many_moves(world *t, gconstpointer data)
{
    n2_signing_key from = t->account;
    guint8 hash = 10;

    (void)data;
    for (guint i = 0; i <= N2_ACCOUNT_MOVES_MAX; i++) {
        n2_signing_key to = key((guint8)(50 + i));

        again(t, CONN, ++hash);
        n2_err err = move(t, CONN, &from, &to, hash);
        g_assert_cmpint(err, ==, i < N2_ACCOUNT_MOVES_MAX ? N2_OK : N2_ERR_LIMIT);
        if (!err)
            from = to;
    }
    again(t, CONN, ++hash);
    assert_ok(log_in(t, CONN, &from, &site, hash));
    assert_ok(has(t, CONN));
}

/* N2_LOGIN_TRIES_MAX of one connection, whether they hold or not. */
static void
test_tries(world *t, gconstpointer data)
{
    n2_serve_counts counts;

    (void)data;
    for (guint i = 0; i < N2_LOGIN_TRIES_MAX; i++)
        assert_err(log_in(t, CONN, &t->account, &site, 9), N2_ERR_FORGED);
    assert_err(log_in(t, CONN, &t->account, &site, 1), N2_ERR_LIMIT);
    n2_serve_counts_get(t->serve, &counts);
    g_assert_cmpuint(counts.n_logins_refused, ==, 1);
    g_assert_cmpuint(counts.n_logins_wrong, ==, N2_LOGIN_TRIES_MAX);
    assert_ok(log_in(t, OTHER, &t->account, &site, 2)); /* others are not meant */
    g_assert_false(n2_serve_account(t->serve, 99, &(n2_key){0}, &(n2_id){0}));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, func) g_test_add("/login/" path, world, NULL, set_up, func, tear_down)
    ADD("logged-in", test_logged_in);
    ADD("attack-47-relayed", test_relayed);
    ADD("attack-47-forged", test_forged);
    ADD("not-a-login", test_not_a_login);
    ADD("another", test_another);
    ADD("attack-47-moved", test_moved);
    ADD("attack-47-moved-before", test_moved_before);
    ADD("attack-47-stranger-flood", test_stranger_flood);
    ADD("wrong-moves", test_wrong_moves);
    ADD("many-moves", test_many_moves);
    ADD("tries", test_tries);
    return g_test_run();
}
