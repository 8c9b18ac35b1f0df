/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-serve-removed.c - who is on a list has sent a device away: what was shown of that is
 *                        remembered, so the device does not pass with an old picture.
 */
#include "crypto/access.h"
#include "crypto/proof.h"
#include "identity-world.h"
#include "serve-fixture.h"
#include "store/db.h"

enum {
    OTHER = 8
};

/* What is shown: of both devices, that the second was removed, of the second alone, that all
 * but the second was listed anew. */
typedef enum {
    BOTH,
    REMOVED,
    SECOND_ALONE,
    ANEW
} picture;

typedef struct {
    fixture f;
    n2_op_queue ops;
    n2_talk talk;
    n2_serve *serve;
    world w;
    GBytes *add[2], *remove, *anew; /* of two devices, of the second; all but the second */
    guint64 tag;
} scene;

static GBytes *
add_session(const world *w, const n2_signing_key *k)
{
    n2_grant grant = grant_of(k, N2_RIGHT_SESSION);
    guint8 buf[1024];
    n2_box body;

    assert_ok(n2_add_body(buf, sizeof buf, &w->born, &grant, "device", &body));
    return say(&body, BY(&w->control[0], k));
}

static GBytes *
list_first(const world *w)
{
    const n2_listed listed[] = {
        {grant_of(&w->control[0], N2_RIGHT_CONTROL), "control"},
        {grant_of(&w->device[0], N2_RIGHT_SESSION), "device"},
    };
    guint8 buf[1024];
    n2_box body;

    assert_ok(
        n2_control_body(buf, sizeof buf, &w->born, now, listed, G_N_ELEMENTS(listed), &body));
    return say(&body, BY(&w->control[0]));
}

static void
open_conn(scene *t, n2_conn conn, guint8 hash)
{
    assert_ok(n2_talk_open(&t->talk, conn, N2_MAY_COMPUTE | N2_MAY_ASK | N2_MAY_READ, 0));
    n2_talker *talker = n2_talk_find(&t->talk, conn);

    talker->suite = 1;
    memset(talker->hash, hash, sizeof talker->hash);
}

static void
set_up(scene *t, gconstpointer data)
{
    (void)data;
    memset(t, 0, sizeof *t);
    fixture_init(&t->f, FALSE);
    n2_talk_init(&t->talk, &t->ops);
    assert_ok(n2_serve_new(&t->serve, t->f.store, &t->talk, &t->ops, NULL));
    world_init(&t->w, 1);
    for (guint i = 0; i < 2; i++)
        t->add[i] = add_session(&t->w, &t->w.device[i]);
    t->remove =
        remove_by(&t->w.born, &t->w.device[1].key, N2_REMOVED_LOST, BY(&t->w.control[0]));
    t->anew = list_first(&t->w);
    open_conn(t, CONN, 1);
    open_conn(t, OTHER, 2);
    n2_serve_clock(t->serve, 0, now);
}

static void
tear_down(scene *t, gconstpointer data)
{
    (void)data;
    n2_serve_free(t->serve);
    n2_talk_clear(&t->talk);
    n2_op_queue_clear(&t->ops);
    fixture_clear(&t->f);
    for (guint i = 0; i < 2; i++)
        g_bytes_unref(t->add[i]);
    g_bytes_unref(t->remove);
    g_bytes_unref(t->anew);
    world_clear(&t->w);
}

/* A list of ours names who asks. */
static void
let_in(scene *t)
{
    n2_member m = n2_member_of_id(&t->w.id);
    GString *hex = g_string_new(NULL);

    for (gsize i = 0; i < m.len; i++)
        g_string_append_printf(hex, "%02x", m.bytes[i]);
    g_autofree char *sql = g_strdup_printf("INSERT INTO member VALUES(x'%s', 7)", hex->str);
    g_assert_cmpint(sqlite3_exec(t->f.store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    g_string_free(hex, TRUE);
}

static void
put(n2_writer *w, GBytes *statement)
{
    gsize len;
    const guint8 *bytes = g_bytes_get_data(statement, &len);

    n2_write_u16(w, (guint16)len);
    n2_write_bytes(w, bytes, len);
}

/* Device @d shows itself on @conn. */
static n2_err
show(scene *t, n2_conn conn, guint d, picture shown)
{
    guint8 chain[4000], certificate[1024], buf[1024], digest[N2_DIGEST_BYTES];
    n2_writer w = n2_writer_init(chain, sizeof chain);
    n2_signing_key session = key((guint8)(90 + d));
    n2_proof proof = {
        .role = N2_PROOF_ASKER, .suite = 1, .who = t->w.id, .session = session.key};
    n2_asm a = n2_asm_init();
    n2_signature signature;
    n2_box body, statement;
    n2_budget budget;
    guint8 *bytes;
    n2_call call;
    n2_vm vm;
    n2_err err;
    n2_op op;
    gsize len;

    put(&w, t->w.birth);
    if (shown == BOTH || shown == REMOVED)
        put(&w, t->add[0]);
    put(&w, t->add[1]);
    if (shown == REMOVED)
        put(&w, t->remove);
    if (shown == ANEW)
        put(&w, t->anew);
    assert_ok(n2_session_body(buf, sizeof buf, &t->w.id, &session.key, N2_SESSION_LOG_IN,
                              now - SECOND, now + 3600 * (gint64)SECOND, &body));
    assert_ok(
        n2_statement_sign(certificate, sizeof certificate, &body, &t->w.device[d], &statement));
    memcpy(proof.hash, n2_talk_find(&t->talk, conn)->hash, sizeof proof.hash);
    n2_proof_digest(&proof, digest);
    assert_ok(n2_sign(&signature, &session, digest));
    n2_asm_u64(&a, ++t->tag);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, chain, w.len);
    n2_asm_bytes(&a, statement.bytes, statement.len);
    n2_asm_bytes(&a, signature.bytes, n2_signature_bytes(N2_KEY_ED25519));
    n2_asm_word(&a, N2_WORD_SHOW);
    assert_ok(n2_asm_finish(&a, &bytes, &len));
    assert_ok(n2_talk_input(&t->talk, conn, bytes, len, 0));
    free(bytes);
    while (n2_talk_next(&t->talk, conn, &call, &err, 0))
        n2_serve_call(t->serve, conn, &call);
    assert_ok(err);
    g_assert_true(n2_op_queue_pop(&t->ops, &op));
    g_autofree guint8 *block = serve_take(&op, &vm, &budget, &call);
    g_assert_cmpuint(call.tag, ==, t->tag);
    n2_vm_clear(&vm);
    return call.err;
}

static gsize
n_kept(scene *t)
{
    n2_identity_set *set;

    assert_ok(n2_store_identity(t->f.store, &t->w.id, NULL, &set));
    gsize n = n2_identity_set_count(set);
    n2_identity_set_free(set);
    return n;
}

static gboolean
is_known(scene *t, n2_conn conn)
{
    n2_id who;

    return n2_serve_asker(t->serve, conn, &who);
}

/* The next order to the data plane closes @conn; 0: there is none. */
static void
assert_closes(scene *t, n2_conn conn)
{
    n2_op op;

    g_assert_cmpint(n2_op_queue_pop(&t->ops, &op), ==, conn != 0);
    if (!conn)
        return;
    g_assert_cmpint(op.kind, ==, N2_OP_CLOSE);
    g_assert_cmpuint(op.conn, ==, conn);
}

/* Attack 35: nobody here ever asked who that is; all that is known is what was shown. */
static void
test_listed(scene *t, gconstpointer data)
{
    (void)data;
    let_in(t);
    assert_ok(show(t, OTHER, 1, BOTH));
    assert_ok(show(t, CONN, 0, REMOVED));
    assert_closes(t, OTHER);
    n2_talk_close(&t->talk, OTHER);
    open_conn(t, OTHER, 3);
    assert_err(show(t, OTHER, 1, BOTH), N2_ERR_FORGED);
    assert_ok(show(t, CONN, 0, BOTH)); /* who stays may know less */
}

/* Nor with what was before all its keys were listed anew. */
static void
test_anew(scene *t, gconstpointer data)
{
    (void)data;
    let_in(t);
    assert_ok(show(t, OTHER, 1, SECOND_ALONE));
    assert_ok(show(t, CONN, 0, ANEW));
    assert_closes(t, OTHER);
    n2_talk_close(&t->talk, OTHER);
    open_conn(t, OTHER, 3);
    assert_err(show(t, OTHER, 1, SECOND_ALONE), N2_ERR_FORGED);
}

/* Who is in already is put out when somebody shows here that the device was removed, and knows
 * nobody from that moment on; who stays, stays. */
static void
test_open(scene *t, gconstpointer data)
{
    n2_serve_counts counts;

    (void)data;
    let_in(t);
    assert_ok(show(t, OTHER, 1, BOTH));
    assert_closes(t, 0);
    assert_ok(show(t, CONN, 0, REMOVED));
    assert_closes(t, OTHER);
    assert_closes(t, 0);
    g_assert_false(is_known(t, OTHER));
    g_assert_true(is_known(t, CONN));
    n2_serve_counts_get(t->serve, &counts);
    g_assert_cmpuint(counts.n_shows_over, ==, 1);
}

/* The same when the news come another way: as statements that the node fetched or imported. */
static void
hear(scene *t, GBytes *statement)
{
    n2_identity_set *set;
    gsize len;
    const guint8 *bytes = g_bytes_get_data(statement, &len);

    assert_ok(n2_store_identity(t->f.store, &t->w.id, NULL, &set));
    assert_ok(n2_identity_take(set, bytes, len, now, NULL, NULL));
    assert_ok(n2_store_identity_keep(t->f.store, set));
    n2_identity_set_free(set);
    n2_serve_heard(t->serve, &t->w.id);
}

static void
test_heard(scene *t, gconstpointer data)
{
    const n2_id other = {.method = N2_METHOD_SHA256, .hash = {9}};

    (void)data;
    let_in(t);
    assert_ok(show(t, OTHER, 1, BOTH));
    n2_serve_heard(t->serve, &other);
    n2_serve_heard(t->serve, &t->w.id); /* nothing new */
    assert_closes(t, 0);
    g_assert_true(is_known(t, OTHER));
    hear(t, t->remove);
    assert_closes(t, OTHER);
    g_assert_false(is_known(t, OTHER));
}

/* An identity that its sheet ended. */
static void
test_ended(scene *t, gconstpointer data)
{
    g_autoptr(GBytes) end =
        end_by(&t->w, NULL, now, NULL, 0, BY(&t->w.sheet_25519, &t->w.sheet_448));

    (void)data;
    let_in(t);
    assert_ok(show(t, OTHER, 1, BOTH));
    hear(t, end);
    assert_closes(t, OTHER);
    g_assert_false(is_known(t, OTHER));
}

/* Strangers leave nothing behind. */
static void
test_stranger(scene *t, gconstpointer data)
{
    (void)data;
    assert_ok(show(t, CONN, 0, REMOVED));
    g_assert_cmpuint(n_kept(t), ==, 0);
    let_in(t);
    assert_ok(show(t, CONN, 0, REMOVED));
    g_assert_cmpuint(n_kept(t), >, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, func) g_test_add("/share/removed/" path, scene, NULL, set_up, func, tear_down)
    ADD("attack-35-listed", test_listed);
    ADD("attack-35-anew", test_anew);
    ADD("attack-35-open", test_open);
    ADD("attack-35-heard", test_heard);
    ADD("ended", test_ended);
    ADD("stranger", test_stranger);
    return g_test_run();
}
