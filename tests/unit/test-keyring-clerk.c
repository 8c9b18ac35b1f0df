/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keyring-clerk.c - an identity that only a token changes: another token listed, machines
 *                        admitted and sent away, and what becomes of the vault meanwhile.
 */
#include "keyring-token-world.h"

/* The DEC key does what it was asked. */
static gboolean
agree(world *w)
{
    guint8 shared[32];

    g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[DEC].key));
    g_assert_cmpint(crypto_scalarmult(shared, w->t.keys[DEC].seed, w->t.point), ==, 0);
    return told(w, w->t.id, N2_OK, shared, sizeof shared, WALL_US);
}

static n2_key
account(world *w)
{
    n2_keys_request q = of(w, N2_KEYS_ACCOUNT);
    n2_login login;

    q.site = (n2_id){.method = 1, .hash = {7}};
    memset(q.hash, 3, sizeof q.hash);
    memset(login.hash, 3, sizeof login.hash);
    if (!asked(w, &q, WALL_US))
        g_assert_true(agree(w));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_cmpint(n2_login_check(&login, w->f.a.statement.bytes, w->f.a.statement.len, NULL),
                    ==, N2_OK);
    return login.account;
}

static n2_identity
look(world *w)
{
    n2_identity_set *set;
    n2_identity who;

    g_assert_cmpint(list(&w->f, 0), ==, N2_OK);
    g_assert_cmpint(n2_identity_set_new(&set, &w->who, NULL), ==, N2_OK);
    for (gsize i = 0; i < w->f.a.n_statements; i++)
        g_assert_cmpint(n2_identity_take(set, w->f.a.statements[i].bytes,
                                         w->f.a.statements[i].len, 0, NULL, NULL),
                        ==, N2_OK);
    g_assert_cmpint(n2_identity_look(set, WALL_US, &who), ==, N2_OK);
    n2_identity_set_free(set);
    return who;
}

static void
sign_out(world *w)
{
    n2_keys_request out = of(w, N2_KEYS_LOGOUT);

    g_assert_true(asked(w, &out, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
}

/* Who lives with a file only takes a token for all that matters: one signature lists its keys
 * and strikes the old one, and from then on the token is asked. */
static void
test_enrol(world *w, gconstpointer data)
{
    n2_keys_request q = {.id = 9, .kind = N2_KEYS_CONTROL, .label = "blue", .days = 3650};
    n2_keys_request birth = birth_request(w);

    (void)data;
    g_assert_cmpint(new_identity(&w->f, "Ada"), ==, N2_OK);
    w->who = w->f.a.who;
    q.who = w->who;
    q.n_keys = KEYS;
    memcpy(q.keys, birth.keys, sizeof q.keys);
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    q.n_drops = 1;
    q.drops[0] = w->f.a.keys[0].key;
    g_assert_cmpuint(w->f.a.keys[0].rights, ==, N2_RIGHT_CONTROL);
    q.keys[SIG].rights = N2_RIGHT_SESSION; /* not what that slot is for */
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_FORMAT);
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 2);
    q.keys[SIG].rights = N2_RIGHT_CONTROL;
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    n2_identity who = look(w);
    g_assert_cmpuint(who.n_keys, ==, 4);
    g_assert_true(n2_identity_may(&who, &w->t.keys[SIG].key, N2_RIGHT_CONTROL, WALL_US));
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 4);
    g_assert_true(w->f.a.flags & N2_OWN_NEEDS_TOKEN);
    g_assert_cmpint(answer(w, N2_KEYS_PROVE), ==, N2_ERR_TOKEN);
    log_in(w, 2);
    g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[AUT].key));
    q = of(w, N2_KEYS_REMOVE); /* and the next change is the token's */
    q.key = w->t.keys[DEC].key;
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[SIG].key));
    g_assert_true(told(w, q.id, N2_ERR_CANCELLED, NULL, 0, WALL_US));
    g_assert_cmpint(reopen(&w->f, ""), ==, N2_OK);
    n2_keyring_set_tokens(w->f.keyring, &w->table);
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 4);
}

/* A control key that was struck is not kept, unless striking it failed. */
static void
test_struck(world *w, gconstpointer data)
{
    n2_keys_request q = {.id = 9, .kind = N2_KEYS_CONTROL, .label = "blue", .days = 3650};
    n2_keys_request birth = birth_request(w);

    (void)data;
    g_assert_cmpint(new_identity(&w->f, "Ada"), ==, N2_OK);
    q.who = w->who = w->f.a.who;
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    n2_key control = w->f.a.keys[0].key;
    q.n_drops = 1;
    q.drops[0] = control;
    q.n_keys = KEYS;
    memcpy(q.keys, birth.keys, sizeof q.keys);
    w->f.disk->fail_at = w->f.disk->calls + 1;
    w->f.disk->fail_with = N2_ERR_NOSPACE;
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_NOSPACE); /* then it is as it was */
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 2);
    g_assert_true(n2_key_equal(&w->f.a.keys[0].key, &control));
    g_assert_cmpuint(w->f.a.keys[0].rights, ==, N2_RIGHT_CONTROL);
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    for (int round = 0; round < 2; round++) {
        g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
        for (gsize i = 0; i < w->f.a.n_keys; i++)
            g_assert_false(n2_key_equal(&w->f.a.keys[i].key, &control));
        g_assert_cmpint(reopen(&w->f, ""), ==, N2_OK);
    }
}

/* A token that is lost, with its control key: that goes too, by listing anew what stands, and
 * no remove would do. */
static void
test_control_lost(world *w, gconstpointer data)
{
    n2_keys_request q = {.id = 9, .kind = N2_KEYS_CONTROL, .label = "blue", .days = 3650};
    n2_keys_request birth = birth_request(w);

    (void)data;
    g_assert_cmpint(new_identity(&w->f, "Ada"), ==, N2_OK);
    q.who = w->who = w->f.a.who;
    q.n_keys = KEYS;
    memcpy(q.keys, birth.keys, sizeof q.keys);
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_cmpuint(look(w).n_keys, ==, 5);
    q = of(w, N2_KEYS_REMOVE);
    q.key = w->t.keys[SIG].key;
    q.reason = N2_REMOVED_LOST;
    g_assert_true(asked(w, &q, WALL_US)); /* by the one that is here */
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_statements, >=, 1); /* for our other machines */
    n2_identity who = look(w);
    g_assert_cmpuint(who.n_keys, ==, 4);
    g_assert_cmpuint(who.number, ==, 2);
    g_assert_false(n2_identity_may(&who, &w->t.keys[SIG].key, (guint32)N2_RIGHTS_ALL, WALL_US));
    g_assert_true(n2_identity_may(&who, &w->t.keys[AUT].key, N2_RIGHT_SESSION, WALL_US));
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 4);
    /* The last one does not go: nobody could change anything any more. */
    n2_key last = {0};
    for (gsize i = 0; i < w->f.a.n_keys; i++)
        if (w->f.a.keys[i].rights & N2_RIGHT_CONTROL)
            last = w->f.a.keys[i].key;
    q.key = last;
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_REFUSED);
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 4);
    who = look(w);
    g_assert_true(n2_identity_may(&who, &last, N2_RIGHT_CONTROL, WALL_US));
}

/* A machine that drew keys of its own; what it drew. */
static n2_keys_request
admission(world *w, fixture *second)
{
    n2_keys_request q = {.id = 1, .kind = N2_KEYS_DRAW, .label = "laptop"};

    g_assert_cmpint(ask(second, &q), ==, N2_OK);
    q = of(w, N2_KEYS_ADMIT);
    g_strlcpy(q.label, "laptop", sizeof q.label);
    q.days = 300;
    q.n_keys = second->a.n_keys;
    memcpy(q.keys, second->a.keys, sizeof q.keys);
    return q;
}

/* The token opens the vault and signs twice for a new machine, and again when it goes; when it
 * refuses at any moment, nothing has changed. */
static void
test_machines(world *w, gconstpointer data)
{
    fixture second = {0};

    (void)data;
    setup(&second, NULL);
    be_born(w);
    log_in(w, 12);
    n2_key before = account(w);
    sign_out(w);
    n2_keys_request q = admission(w, &second);
    for (guint at = 0; at < 3; at++) { /* agree, sign, sign */
        g_assert_false(asked(w, &q, WALL_US));
        if (at > 0)
            g_assert_false(agree(w));
        if (at > 1)
            g_assert_false(touch(w, WALL_US));
        g_assert_true(told(w, q.id, N2_ERR_CANCELLED, NULL, 0, WALL_US));
        g_assert_cmpint(w->f.a.err, ==, N2_ERR_CANCELLED);
        g_assert_cmpuint(look(w).n_keys, ==, 4);
    }
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_false(agree(w));
    g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[SIG].key));
    g_assert_false(touch(w, WALL_US));
    g_assert_true(touch(w, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_statements, ==, 1 + 5 + 1); /* the half, all, the vault */
    g_assert_cmpuint(look(w).n_keys, ==, 5); /* the device itself when it has signed, too */

    /* Its open key goes again.  A token that cannot agree does not keep it. */
    n2_keys_request gone = of(w, N2_KEYS_REMOVE);
    gone.key = q.keys[1].key;
    g_assert_false(asked(w, &gone, WALL_US));
    g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[DEC].key));
    g_assert_false(told(w, gone.id, N2_ERR_TOKEN, NULL, 0, WALL_US));
    g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[SIG].key));
    g_assert_true(touch(w, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_statements, ==, 2);
    g_assert_cmpuint(look(w).n_keys, ==, 4);
    log_in(w, 12);
    n2_key after = account(w);
    g_assert_false(n2_key_equal(&before, &after));
    n2_keys_request move = of(w, N2_KEYS_ACCOUNT); /* what it could not open is lost */
    move.site = (n2_id){.method = 1, .hash = {7}};
    move.number = 1;
    g_assert_true(asked(w, &move, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_NOTFOUND);
    teardown(&second, NULL);
}

/* A vault that was opened for a change is closed after it, unless its owner is signed in. */
static void
test_closed(world *w, gconstpointer data)
{
    fixture second = {0};

    (void)data;
    setup(&second, NULL);
    be_born(w);
    log_in(w, 12);
    (void)account(w);
    sign_out(w);
    n2_keys_request q = admission(w, &second);
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_false(agree(w));
    g_assert_false(touch(w, WALL_US));
    g_assert_true(touch(w, WALL_US));
    log_in(w, 12);
    guint n = w->t.n_agrees;
    (void)account(w);
    g_assert_cmpuint(w->t.n_agrees, ==, n + 1);
    (void)account(w); /* once a session */
    g_assert_cmpuint(w->t.n_agrees, ==, n + 1);
    teardown(&second, NULL);
}

/* Where the key that changes the identity is elsewhere, the one that signs in says nothing of
 * others. */
static void
test_no_voucher(world *w, gconstpointer data)
{
    n2_keys_request q;

    (void)data;
    be_born(w);
    q = of(w, N2_KEYS_CONTROL);
    g_strlcpy(q.label, "safe", sizeof q.label);
    q.days = 100;
    q.n_keys = 1;
    q.keys[0] = (n2_keys_own_key){.key = {.method = N2_KEY_ED25519, .bytes = {0x58, 0x66}},
                                  .rights = N2_RIGHT_CONTROL};
    q.n_drops = 1;
    q.drops[0] = w->t.keys[SIG].key;
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(touch(w, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    log_in(w, 1);
    guint n = w->t.n_signs;
    q = of(w, N2_KEYS_VOUCH);
    q.subject = (n2_id){.method = 1, .hash = {5}};
    q.scope = 5;
    q.days = 5;
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_REFUSED);
    g_assert_cmpuint(w->t.n_signs, ==, n);
}

#define ADD(path, function)                                                                    \
    g_test_add("/keyring/clerk/" path, world, NULL, world_init, function, world_clear)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("enrol", test_enrol);
    ADD("struck", test_struck);
    ADD("control-lost", test_control_lost);
    ADD("machines", test_machines);
    ADD("closed", test_closed);
    ADD("attack-37-no-voucher", test_no_voucher);
    return g_test_run();
}
