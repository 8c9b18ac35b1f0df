/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-join.c - a token makes this machine one of an identity's: each way in which it
 *                       fails, in its words, and the vault that another machine gives.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/container.h"
#include "token/result.h"
#include "two-nodes.h"

typedef struct {
    two_nodes *w;
    char other[N2_ID_TEXT_BYTES]; /* node 1 */
} world;

/* What the keys process of node 0 says, in the place of one with a token. */
static struct {
    n2_token_code service, state;
    n2_err tokens, enter;
    n2_err take;         /* of the vault */
    gboolean cant_sign;  /* the ask */
    gboolean is_relayed; /* the ask is for another connection */
    guint enters, takes;
    char label[N2_OWN_LABEL_BYTES_MAX + 1];
} plays;

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    memset(&plays, 0, sizeof plays);
    t->w = two_nodes_new(7);
    n2_id_format(t->other, N2_ID_IDENTITY, &t->w->node[1].id);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

static void
play_tokens(n2_keys_answer *a)
{
    static guint8 rows[512];
    n2_keys_token token = {.reader = "R", .title = "A token", .state = (guint8)plays.state};
    gsize len;

    a->err = plays.tokens;
    a->service = (guint8)plays.service;
    if (a->err || a->service)
        return;
    assert_ok(n2_keys_token_write(&token, rows, sizeof rows, &len));
    a->rows = (n2_slice){rows, len};
}

static gboolean
play(two_nodes *w, int i, const n2_keys_request *q, n2_keys_answer *a)
{
    static guint8 room[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_request list = {.kind = N2_KEYS_LIST}, sign = *q;
    guint8 body[1024];

    if (i != 0 || (q->kind != N2_KEYS_TOKENS && !n2_id_equal(&q->who, &w->node[1].id)))
        return FALSE;
    switch ((int)q->kind) {
    case N2_KEYS_TOKENS:
        play_tokens(a);
        return TRUE;
    case N2_KEYS_ENTER:
        plays.enters++;
        g_strlcpy(plays.label, q->label, sizeof plays.label);
        if (!plays.enter)
            two_nodes_keys(w, 1, &list, NULL, a, room);
        else
            a->err = plays.enter;
        return TRUE;
    case N2_KEYS_SIGN: /* by the device key of the other: one that stands */
        g_assert_cmpuint(q->body.len, <=, sizeof body);
        memcpy(body, q->body.bytes, q->body.len);
        sign.body.bytes = body;
        body[q->body.len - 1] ^= plays.is_relayed; /* of the hash */
        if (plays.cant_sign)
            a->err = N2_ERR_REFUSED;
        else
            two_nodes_keys(w, 1, &sign, NULL, a, room);
        return TRUE;
    case N2_KEYS_TAKE:
        g_assert_cmpint(n2_statement_kind(q->body.bytes, q->body.len), ==, N2_KIND_VAULT);
        plays.takes++;
        a->err = plays.take;
        return TRUE;
    case N2_KEYS_STATE:
        a->flags = plays.takes && !plays.take ? 0 : N2_OWN_LACKS_VAULT;
        return TRUE;
    default:
        return FALSE;
    }
}

static n2_notice
join(world *t, const char *address, const char *name)
{
    n2_request request = {.kind = N2_JOB_ID_JOIN, .address = address, .name = name};

    t->w->keys = play;
    return two_nodes_do(t->w, 0, &request);
}

/* ---- each error ---- */

typedef struct {
    const char *path;
    gboolean is_met;     /* the other one can be asked */
    const char *address; /* NULL: of the other one; "own": of this one */
    const char *name;
    n2_token_code service, state;
    n2_err tokens, enter, want;
    const char *why; /* (nullable) part of the words */
    const char *next;
    guint enters;
} row;

static const row rows[] = {
    {"no-address", FALSE, "what?", NULL, 0, 0, N2_OK, N2_OK, N2_ERR_USAGE, NULL, NULL, 0},
    {"own", TRUE, "own", NULL, 0, 0, N2_OK, N2_OK, N2_ERR_EXISTS, "already", "id login", 0},
    {"nobody-to-ask", FALSE, NULL, NULL, 0, 0, N2_OK, N2_OK, N2_ERR_NOTFOUND, "not known here",
     "id export --own", 0},
    {"no-service", TRUE, NULL, NULL, N2_TOKEN_NO_SERVICE, 0, N2_OK, N2_OK, N2_ERR_TOKEN, NULL,
     NULL, 0},
    {"no-token", TRUE, NULL, NULL, 0, N2_TOKEN_NO_CARD, N2_OK, N2_OK, N2_ERR_TOKEN, NULL, NULL,
     0},
    {"locked", TRUE, NULL, NULL, 0, 0, N2_ERR_STATE, N2_OK, N2_ERR_STATE, NULL, NULL, 0},
    {"no-label", TRUE, NULL, "", 0, 0, N2_OK, N2_OK, N2_ERR_USAGE, NULL, NULL, 0},
    {"taken-label", TRUE, NULL, "x", 0, 0, N2_OK, N2_ERR_EXISTS, N2_ERR_EXISTS,
     "called like this", "another name", 1},
    {"other-token", TRUE, NULL, "x", 0, 0, N2_OK, N2_ERR_REFUSED, N2_ERR_REFUSED,
     "may not change", "newest statements", 1},
    {"pulled", TRUE, NULL, "x", 0, 0, N2_OK, N2_ERR_TOKEN, N2_ERR_TOKEN, NULL, NULL, 1},
    {"keys-die", TRUE, NULL, "x", 0, 0, N2_OK, N2_ERR_CLOSED, N2_ERR_CLOSED, NULL, NULL, 1},
    {"full", TRUE, NULL, "x", 0, 0, N2_OK, N2_ERR_LIMIT, N2_ERR_LIMIT, NULL, NULL, 1},
};

static void
test_fails(world *t, gconstpointer data)
{
    const row *r = data;
    char own[N2_ID_TEXT_BYTES];

    n2_id_format(own, N2_ID_IDENTITY, &t->w->node[0].id);
    if (r->is_met)
        two_nodes_meet(t->w);
    plays.service = r->service;
    plays.state = r->state;
    plays.tokens = r->tokens;
    plays.enter = r->enter;
    n2_notice done = join(t,
                          !r->address                  ? t->other
                          : !strcmp(r->address, "own") ? own
                                                       : r->address,
                          r->name);
    g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(r->want));
    g_assert_true(done.why && *done.why);
    g_assert_true(!r->why || strstr(done.why, r->why));
    g_assert_true(!r->next || (done.next && strstr(done.next, r->next)));
    g_assert_cmpuint(plays.enters, ==, r->enters);
    n2_notice_clear(&done);
    /* And it is none of ours. */
    if (!r->address) {
        done = two_nodes_ask(t->w, N2_JOB_ID_SIGN_IN, t->other, NULL, NULL);
        g_assert_cmpint(done.err, !=, N2_OK);
        n2_notice_clear(&done);
    }
}

/* ---- it succeeds ---- */

static void
assert_joined(world *t, gboolean lacks, guint takes)
{
    n2_notice done = join(t, t->other, "laptop");

    assert_ok(done.err);
    g_assert_cmpstr(plays.label, ==, "laptop");
    g_assert_cmpstr(n2_table_get(done.table, 0, "address")->text, ==, t->other);
    g_assert_nonnull(strstr(n2_table_get(done.table, 0, "text")->text, "BEGIN NET2O IDENTITY"));
    g_assert_cmpint(n2_table_get(done.table, 0, "lacks-vault")->integer, ==, lacks);
    g_assert_cmpuint(plays.takes, ==, takes);
    n2_notice_clear(&done);
    /* Once. */
    done = join(t, t->other, "laptop");
    g_assert_cmpint(done.err, ==, N2_ERR_EXISTS);
    n2_notice_clear(&done);
}

static void
test_vault_given(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_meet(t->w);
    assert_joined(t, FALSE, 1);
}

static void
test_vault_not_good(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_meet(t->w);
    plays.take = N2_ERR_FORGED;
    assert_joined(t, TRUE, 1);
}

static void
test_ask_not_signed(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_meet(t->w);
    plays.cant_sign = TRUE;
    assert_joined(t, TRUE, 0);
}

/* It was made for another connection: who has the vault gives it to nobody. */
static void
test_ask_relayed(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_meet(t->w);
    plays.is_relayed = TRUE;
    assert_joined(t, TRUE, 0);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(world *t, gconstpointer data);
    } tests[] = {
        {"vault-given", test_vault_given},
        {"vault-not-good", test_vault_not_good},
        {"ask-not-signed", test_ask_not_signed},
        {"ask-relayed", test_ask_relayed},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/control-join/fails/", rows[i].path, NULL);
        g_test_add(path, world, &rows[i], set_up, test_fails, tear_down);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/control-join/", tests[i].path, NULL);
        g_test_add(path, world, NULL, set_up, tests[i].run, tear_down);
    }
    return g_test_run();
}
