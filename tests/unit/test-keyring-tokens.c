/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keyring-tokens.c - keys on tokens: an identity born with them, sessions that a touch
 *                         begins, requests that wait, and what a node that means no good gets.
 */
#include "keyring-token-world.h"

#include "keys/keyring-impl.h"

static void
test_birth(world *w, gconstpointer data)
{
    n2_identity_set *set;
    n2_identity who;

    (void)data;
    be_born(w);
    g_assert_cmpint(n2_identity_set_new(&set, &w->who, NULL), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_statements, ==, 4); /* birth, AUT, DEC, device */
    for (gsize i = 0; i < w->f.a.n_statements; i++)
        g_assert_cmpint(n2_identity_take(set, w->f.a.statements[i].bytes,
                                         w->f.a.statements[i].len, 0, NULL, NULL),
                        ==, N2_OK);
    g_assert_cmpint(n2_identity_look(set, WALL_US, &who), ==, N2_OK);
    g_assert_cmpuint(who.n_keys, ==, 4);
    g_assert_true(n2_identity_may(&who, &w->t.keys[SIG].key, N2_RIGHT_CONTROL, WALL_US));
    g_assert_true(n2_identity_may(&who, &w->t.keys[AUT].key, N2_RIGHT_SESSION, WALL_US));
    g_assert_true(n2_identity_may(&who, &w->t.keys[DEC].key, N2_RIGHT_OPEN, WALL_US));
    n2_identity_set_free(set);

    for (int round = 0; round < 2; round++) { /* through a restart too */
        guint n_device = 0;
        g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
        g_assert_cmpuint(w->f.a.flags, ==, N2_OWN_HAS_SHEET | N2_OWN_NEEDS_TOKEN);
        g_assert_cmpuint(w->f.a.n_keys, ==, 4);
        for (gsize i = 0; i < 4; i++)
            if (w->f.a.keys[i].place.slot == N2_PLACE_HERE) {
                n_device++;
                g_assert_cmpuint(w->f.a.keys[i].rights, ==,
                                 N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH); /* no session */
            } else {
                g_assert_cmpstr(w->f.a.keys[i].place.name, ==, "blue");
                g_assert_cmpuint(w->f.a.keys[i].place.aid[3], ==, 3);
            }
        g_assert_cmpuint(n_device, ==, 1);
        g_assert_cmpint(reopen(&w->f, ""), ==, N2_OK);
        n2_keyring_set_tokens(w->f.keyring, &w->table);
    }
}

/* Whatever the token does, an identity is whole or was never there. */
static void
test_birth_fails(world *w, gconstpointer data)
{
    n2_keys_request q = birth_request(w), other = {.id = 51, .kind = N2_KEYS_NEW, .label = "B"};
    guint8 wrong[64] = {1};
    guint32 ids[N2_KEYRING_PENDING_MAX];

    (void)data;
    for (guint at = 0; at < 4; at++)
        for (guint how = 0; how < 3; how++) {
            g_assert_false(asked(w, &q, WALL_US));
            for (guint i = 0; i < at; i++)
                g_assert_false(touch(w, WALL_US));
            g_assert_true(asked(w, &other, WALL_US));
            g_assert_cmpint(w->f.a.err, ==, N2_ERR_BUSY);
            if (how == 0) {
                g_assert_true(told(w, 50, N2_ERR_TOKEN, NULL, 0, WALL_US));
                g_assert_cmpint(w->f.a.err, ==, N2_ERR_TOKEN);
            } else if (how == 1) {
                g_assert_true(told(w, 50, N2_OK, wrong, sizeof wrong, WALL_US));
                g_assert_cmpint(w->f.a.err, ==, N2_ERR_FORGED);
            } else {
                g_assert_cmpuint(n2_keyring_waiting(w->f.keyring, ids), ==, 1);
                g_assert_cmpuint(ids[0], ==, 50);
                n2_keyring_cancel(w->f.keyring, 50);
            }
            g_assert_cmpuint(n2_keyring_waiting(w->f.keyring, ids), ==, 0);
            g_assert_false(told(w, 50, N2_OK, wrong, sizeof wrong, WALL_US)); /* too late */
            g_assert_cmpint(list(&w->f, 0), ==, N2_ERR_NOTFOUND);
        }
    g_assert_cmpuint(w->t.n_cancels, ==, 4);
    w->t.refuse = N2_ERR_TOKEN;
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_TOKEN);
    w->t.refuse = N2_OK;

    /* What a slot cannot do it does not get. */
    static const struct {
        guint key;
        guint32 rights;
    } rows[] = {{SIG, N2_RIGHT_SESSION}, {SIG, N2_RIGHT_CONTROL | N2_RIGHT_SESSION},
                {AUT, N2_RIGHT_CONTROL}, {AUT, N2_RIGHT_DEVICE},
                {DEC, N2_RIGHT_SESSION}, {DEC, 0}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        q = birth_request(w);
        q.keys[rows[i].key].rights = rows[i].rights;
        g_assert_true(asked(w, &q, WALL_US));
        g_assert_cmpint(w->f.a.err, ==, N2_ERR_FORMAT);
    }
    q = birth_request(w);
    q.keys[AUT].key = q.keys[SIG].key;
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_FORMAT);
    be_born(w);
}

static void
test_sessions(world *w, gconstpointer data)
{
    n2_keys_request q;
    n2_id said[N2_KEYRING_IDENTITIES_MAX];
    guint8 aid[N2_KEYS_AID_BYTES] = {0, 1, 2, 3}, other[N2_KEYS_AID_BYTES] = {9};

    (void)data;
    be_born(w);
    g_assert_cmpint(answer(w, N2_KEYS_PROVE), ==, N2_ERR_TOKEN); /* and it is not asked */
    g_assert_cmpuint(w->t.n_signs, ==, 0);
    for (guint hours = 0; hours < 256; hours++) {
        q = of(w, N2_KEYS_LOGIN);
        q.hours = (guint8)hours;
        if (hours >= 1 && hours <= 24)
            continue;
        g_assert_true(asked(w, &q, WALL_US)); /* 0: by itself, which a token does not */
        g_assert_cmpint(w->f.a.err, ==, hours ? N2_ERR_FORMAT : N2_ERR_TOKEN);
    }
    log_in(w, 24);
    g_assert_cmpint(answer(w, N2_KEYS_PROVE), ==, N2_OK);
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.flags & N2_OWN_IS_SIGNED_IN, !=, 0);
    g_assert_cmpint(w->f.a.until_us, ==, WALL_US + 24 * HOUR_US);

    /* Another token, then the one that certified it. */
    g_assert_cmpuint(n2_keyring_pulled(w->f.keyring, other, said), ==, 0);
    g_assert_cmpint(answer(w, N2_KEYS_PROVE), ==, N2_OK);
    g_assert_cmpuint(n2_keyring_pulled(w->f.keyring, aid, said), ==, 1);
    g_assert_true(n2_id_equal(&said[0], &w->who));
    g_assert_cmpint(answer(w, N2_KEYS_PROVE), ==, N2_ERR_TOKEN);

    /* A clone certified it, and is pulled: no token has the key any more. */
    log_in(w, 24);
    g_assert_cmpuint(n2_keyring_pulled(w->f.keyring, other, said), ==, 0);
    w->t.there = 0;
    g_assert_cmpuint(n2_keyring_pulled(w->f.keyring, other, said), ==, 1);
    g_assert_cmpint(answer(w, N2_KEYS_PROVE), ==, N2_ERR_TOKEN);
    w->t.there = 3;
    /* The second of two with one number has another count each day. */
    aid[6] |= 0x10;
    log_in(w, 24);
    g_assert_cmpuint(n2_keyring_pulled(w->f.keyring, aid, said), ==, 1);

    log_in(w, 1);
    g_assert_cmpint(answer(w, N2_KEYS_LOGOUT), ==, N2_OK);
    g_assert_cmpint(answer(w, N2_KEYS_PROVE), ==, N2_ERR_TOKEN);
    log_in(w, 1);
    q = of(w, N2_KEYS_PROVE);
    g_assert_true(asked(w, &q, WALL_US + HOUR_US - 1));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_true(asked(w, &q, WALL_US + HOUR_US)); /* over, and nothing renews it */
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_TOKEN);
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_TOKEN);

    /* A touch that comes the next day begins nothing. */
    q = of(w, N2_KEYS_LOGIN);
    q.hours = 12;
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(touch(w, WALL_US + 2 * HOUR_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_TIMEOUT);
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(touch(w, WALL_US - 1));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_TIMEOUT);
}

/* While a touch is waited for all others are answered; one waits for each identity. */
static void
test_waiting(world *w, gconstpointer data)
{
    n2_keys_request q;
    n2_node_key k;

    (void)data;
    be_born(w);
    q = of(w, N2_KEYS_LOGIN);
    q.hours = 12;
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_cmpint(node_key(&w->f, &w->who, FALSE, WALL_US, &k), ==, N2_OK);
    assert_es(&w->f, &k, N2_OK, WALL_US);
    g_assert_cmpint(list(&w->f, 0), ==, N2_OK);
    q.id = 999;
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_BUSY);
    g_assert_true(touch(w, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);

    /* Wiped while it waits: the token is told, and what it says is nobody's. */
    q.id = 62;
    g_assert_false(asked(w, &q, WALL_US));
    q = (n2_keys_request){.id = 1, .kind = N2_KEYS_WIPE};
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpuint(w->t.n_cancels, ==, 1);
    g_assert_false(touch(w, WALL_US));
}

/* A node that means no good asks for anything but LOGIN: the AUT key signs none of it, and what
 * it signs for a LOGIN is a session of a day and of one key that stays here. */
static void
test_swallowed_touch(world *w, gconstpointer data)
{
    guint8 bytes[2048], d[N2_DIGEST_BYTES];
    n2_keys_request q;
    n2_signature s;
    n2_box body;

    (void)data;
    be_born(w);
    static const guint8 kinds[] = {N2_KEYS_PROVE,   N2_KEYS_SIGN,   N2_KEYS_ACCOUNT,
                                   N2_KEYS_ADD,     N2_KEYS_REMOVE, N2_KEYS_VOUCH,
                                   N2_KEYS_CONTROL, N2_KEYS_ADMIT};
    n2_key thief = {.method = N2_KEY_ED25519, .bytes = {5}};

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        q = of(w, kinds[i]);
        q.site = w->who;
        q.key = kinds[i] == N2_KEYS_REMOVE ? w->t.keys[DEC].key : thief;
        q.rights = N2_RIGHT_SESSION;
        q.days = 9;
        q.subject = (n2_id){.method = 1, .hash = {5}};
        q.scope = 5;
        q.n_keys = 1;
        q.keys[0] = (n2_keys_own_key){.key = thief, .rights = N2_RIGHT_DEVICE};
        g_strlcpy(q.label, "thief", sizeof q.label);
        g_assert_cmpint(n2_session_body(bytes, sizeof bytes, &w->who, &thief,
                                        N2_SESSION_USES_ALL, WALL_US, WALL_US + HOUR_US, &body),
                        ==, N2_OK);
        q.body = kinds[i] == N2_KEYS_VOUCH ? (n2_slice){(const guint8 *)"x", 1}
                                           : (n2_slice){body.bytes, body.len};
        if (!asked(w, &q, WALL_US)) { /* the SIG key, which asks 'you change who you are' */
            g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[SIG].key));
            n2_keyring_cancel(w->f.keyring, q.id);
        } else {
            g_assert_cmpint(w->f.a.err, !=, N2_OK);
        }
    }
    g_assert_cmpint(n2_vouch_body(bytes, sizeof bytes, &w->who, &w->who, 1, "x", WALL_US,
                                  WALL_US + DAY_US, &body),
                    ==, N2_OK);
    q = of(w, N2_KEYS_SIGN);
    q.body = (n2_slice){body.bytes, body.len};
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[SIG].key));
    g_assert_true(touch(w, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);

    /* The swallowed touch itself: its signature is over a session of 24 h, and is no other's.
     */
    q = of(w, N2_KEYS_LOGIN);
    q.hours = 24;
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[AUT].key));
    g_assert_cmpint(n2_sign(&s, &w->t.keys[AUT], w->t.d), ==, N2_OK);
    g_assert_true(touch(w, WALL_US));
    g_assert_cmpint(answer(w, N2_KEYS_PROVE), ==, N2_OK);
    n2_statement certificate;
    g_assert_cmpint(n2_statement_check(&certificate, w->f.a.statement.bytes,
                                       w->f.a.statement.len, N2_KIND_SESSION, NULL),
                    ==, N2_OK);
    g_assert_cmpint(n2_box_int(&certificate.body, 5) - n2_box_int(&certificate.body, 4), ==,
                    24 * HOUR_US);
    n2_statement_digest(N2_KIND_SESSION, 1, certificate.body.bytes, certificate.body.len, d);
    g_assert_cmpmem(d, sizeof d, w->t.d, sizeof w->t.d);
}

/* The DEC key agrees with a point of our own file, when somebody is signed in, and with no
 * other; what comes of it opens the vault or nothing, and is never given out. */
static void
test_agreement(world *w, gconstpointer data)
{
    guint8 shared[32], zero[32] = {0};
    n2_keys_request q;
    n2_login login;

    (void)data;
    be_born(w);
    q = of(w, N2_KEYS_ACCOUNT);
    q.site = (n2_id){.method = 1, .hash = {7}};
    memset(q.hash, 3, sizeof q.hash);
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_TOKEN); /* not signed in */
    log_in(w, 12);
    g_assert_true(asked(w, &q, WALL_US)); /* the first makes the vault, and needs no key */
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_cmpuint(w->t.n_agrees, ==, 0);
    memset(login.hash, 3, sizeof login.hash);
    g_assert_cmpint(n2_login_check(&login, w->f.a.statement.bytes, w->f.a.statement.len, NULL),
                    ==, N2_OK);
    n2_key account = login.account;

    log_in(w, 12);
    n2_keys_request out = of(w, N2_KEYS_LOGOUT);
    g_assert_true(asked(w, &out, WALL_US));
    log_in(w, 12); /* a new session opens it once */
    for (guint how = 0; how < 5; how++) {
        g_assert_false(asked(w, &q, WALL_US));
        g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[DEC].key));
        g_assert_cmpint(crypto_scalarmult(shared, w->t.keys[DEC].seed, w->t.point), ==, 0);
        shared[5] ^= how == 1;
        if (how == 0)
            g_assert_true(told(w, q.id, N2_OK, zero, sizeof zero, WALL_US));
        else if (how == 2)
            g_assert_true(told(w, q.id, N2_OK, shared, 31, WALL_US));
        else if (how == 3)
            g_assert_true(told(w, q.id, N2_ERR_FORGED, NULL, 0, WALL_US));
        else
            g_assert_true(told(w, q.id, N2_OK, shared, sizeof shared, WALL_US));
        g_assert_cmpint(w->f.a.err, ==, how == 4 ? N2_OK : N2_ERR_FORGED);
        g_assert_null(memmem(w->f.bytes, sizeof w->f.bytes, shared, sizeof shared));
    }
    memset(login.hash, 3, sizeof login.hash);
    g_assert_cmpint(n2_login_check(&login, w->f.a.statement.bytes, w->f.a.statement.len, NULL),
                    ==, N2_OK);
    g_assert_true(n2_key_equal(&login.account, &account));
    guint n = w->t.n_agrees;
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpuint(w->t.n_agrees, ==, n);

    /* Its file names another point, of low order: the key of the slot was not there. */
    g_assert_cmpint(answer(w, N2_KEYS_LOGOUT), ==, N2_OK);
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_TOKEN);
}

/* Whoever signs out while a touch is waited for stays signed out, whoever touches then: no
 * session comes of it, and the vault stays shut. */
static void
test_out_while_waiting(world *w, gconstpointer data)
{
    guint8 shared[32];
    n2_keys_request q, out;

    (void)data;
    be_born(w);
    log_in(w, 12);
    q = of(w, N2_KEYS_ACCOUNT);
    q.site = (n2_id){.method = 1, .hash = {7}};
    g_assert_true(asked(w, &q, WALL_US)); /* makes the vault */
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    out = of(w, N2_KEYS_LOGOUT);
    g_assert_true(asked(w, &out, WALL_US));
    log_in(w, 12);
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_cmpint(crypto_scalarmult(shared, w->t.keys[DEC].seed, w->t.point), ==, 0);
    g_assert_true(asked(w, &out, WALL_US));
    g_assert_true(told(w, q.id, N2_OK, shared, sizeof shared, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_TOKEN);
    log_in(w, 12);
    g_assert_false(asked(w, &q, WALL_US)); /* it is to be opened anew */
    n2_keyring_cancel(w->f.keyring, q.id);
    g_assert_true(asked(w, &out, WALL_US));

    for (guint all = 0; all < 2; all++) { /* of one identity, or of each: the screen's lock */
        q = of(w, N2_KEYS_LOGIN);
        q.hours = 12;
        g_assert_false(asked(w, &q, WALL_US));
        out.who = all ? (n2_id){0} : w->who;
        g_assert_true(asked(w, &out, WALL_US));
        g_assert_cmpint(w->f.a.err, ==, N2_OK);
        g_assert_true(touch(w, WALL_US));
        g_assert_cmpint(w->f.a.err, ==, N2_ERR_CANCELLED);
        g_assert_cmpint(answer(w, N2_KEYS_PROVE), ==, N2_ERR_TOKEN);
    }
}

static void
test_change(world *w, gconstpointer data)
{
    n2_keys_request q;
    guint8 seed[32] = {9};
    n2_signing_key second;

    (void)data;
    be_born(w);
    g_assert_cmpint(n2_signing_key_init(&second, N2_KEY_ED25519, seed), ==, N2_OK);
    /* A second token's AUT key: control and the key itself sign; then it is ours. */
    q = of(w, N2_KEYS_ADD);
    q.key = second.key;
    q.rights = N2_RIGHT_SESSION;
    q.days = 3650;
    q.place = (n2_keys_place){.slot = N2_PLACE_AUT, .aid = {8}, .name = "blue"};
    g_strlcpy(q.label, "second", sizeof q.label);
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_false(touch(w, WALL_US));
    g_assert_true(n2_key_equal(&w->t.key, &second.key));
    g_assert_true(told(w, q.id, N2_ERR_TOKEN, NULL, 0, WALL_US)); /* not this time */
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 4);
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_false(touch(w, WALL_US));
    n2_signature s;
    g_assert_cmpint(n2_sign(&s, &second, w->t.d), ==, N2_OK);
    g_assert_true(told(w, q.id, N2_OK, s.bytes, 64, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 5);
    g_assert_cmpuint(w->f.a.keys[4].rights, ==, N2_RIGHT_SESSION);

    /* Of the two that which is plugged in is asked; with neither or both it is one of them. */
    for (guint8 there = 0; there < 4; there++) {
        w->t.there = there;
        q = of(w, N2_KEYS_LOGIN);
        q.hours = 1;
        g_assert_false(asked(w, &q, WALL_US));
        if (there == 1)
            g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[AUT].key));
        if (there == 2)
            g_assert_true(n2_key_equal(&w->t.key, &second.key));
        n2_keyring_cancel(w->f.keyring, q.id);
    }

    /* The only key that changes the identity does not go, and stays ours. */
    q = of(w, N2_KEYS_REMOVE);
    q.key = w->t.keys[SIG].key;
    q.reason = N2_REMOVED_LOST;
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_REFUSED);
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 5);

    /* The first one is lost: out, alone. */
    q = of(w, N2_KEYS_REMOVE);
    q.key = w->t.keys[AUT].key;
    q.reason = N2_REMOVED_LOST;
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(touch(w, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    q = of(w, N2_KEYS_LOGIN);
    q.hours = 1;
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(n2_key_equal(&w->t.key, &second.key));
    n2_keyring_cancel(w->f.keyring, q.id);
    g_assert_cmpint(reopen(&w->f, ""), ==, N2_OK);
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 4);
    q = of(w, N2_KEYS_LOGIN); /* nobody can ask a token now */
    q.hours = 1;
    g_assert_true(asked(w, &q, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_TOKEN);
}

/* A zone's key: the token that changes the identity is asked for it, PIN and all, as for any
 * other key; the key is here, and signs zones alone, for a year and a month. */
static void
test_zone(world *w, gconstpointer data)
{
    n2_keys_request q;
    n2_identity_set *set;
    n2_identity who;

    (void)data;
    be_born(w);
    g_assert_cmpint(n2_identity_set_new(&set, &w->who, NULL), ==, N2_OK);
    for (gsize i = 0; i < w->f.a.n_statements; i++)
        g_assert_cmpint(n2_identity_take(set, w->f.a.statements[i].bytes,
                                         w->f.a.statements[i].len, 0, NULL, NULL),
                        ==, N2_OK);
    q = of(w, N2_KEYS_ZONE);
    g_strlcpy(q.label, "zone", sizeof q.label);
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[SIG].key));
    g_assert_true(told(w, q.id, N2_ERR_TOKEN, NULL, 0, WALL_US)); /* a wrong PIN, or none */
    g_assert_cmpint(w->f.a.err, ==, N2_ERR_TOKEN);
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 4);

    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(touch(w, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_cmpint(n2_identity_take(set, w->f.a.statement.bytes, w->f.a.statement.len, WALL_US,
                                     NULL, NULL),
                    ==, N2_OK);
    g_assert_cmpint(n2_identity_look(set, WALL_US, &who), ==, N2_OK);
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 5);
    const n2_keys_own_key *zone = &w->f.a.keys[4];
    g_assert_cmpuint(zone->rights, ==, N2_RIGHT_ZONE);
    g_assert_cmpint(zone->place.slot, ==, N2_PLACE_HERE);
    for (gint64 days = 0; days <= 400; days += 400)
        g_assert_cmpint(
            n2_identity_may(&who, &zone->key, N2_RIGHT_ZONE, WALL_US + days * DAY_US), ==,
            !days);
    g_assert_false(n2_identity_may(&who, &zone->key, N2_RIGHT_SESSION, WALL_US));
    g_assert_false(n2_identity_may(&who, &zone->key, N2_RIGHT_CONTROL, WALL_US));
    g_assert_false(n2_identity_may(&who, &zone->key, N2_RIGHT_DEVICE, WALL_US));
    n2_identity_set_free(set);
}

/* What the only place of those that wait holds. */
static const n2_pending *
waiting(const world *w)
{
    const n2_pending *p = w->f.keyring->secrets->pending;

    for (gsize i = 0; i < N2_KEYRING_PENDING_MAX; i++)
        if (p[i].is_used)
            return &p[i];
    g_assert_not_reached();
}

static gboolean
is_in_secrets(const world *w, const void *bytes, gsize len)
{
    return memmem(w->f.keyring->secrets, sizeof *w->f.keyring->secrets, bytes, len) != NULL;
}

/* A request that is given up leaves nothing of what was drawn for it in memory: keys and sheet
 * of an identity, a session's key, a vault that was opened. */
static void
test_cancelled_is_wiped(world *w, gconstpointer data)
{
    n2_keys_request q = birth_request(w);
    const n2_keyring_secrets *secrets = w->f.keyring->secrets;
    guint8 was[N2_SEED_BYTES_MAX], shared[32];

    (void)data;
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(secrets->own[0].has_sheet);
    memcpy(was, secrets->own[0].sheet, sizeof secrets->own[0].sheet);
    g_assert_true(is_in_secrets(w, was, sizeof secrets->own[0].sheet));
    const n2_pending *p = waiting(w);
    n2_keyring_cancel(w->f.keyring, 50);
    g_assert_true(sodium_is_zero((const guint8 *)p, sizeof *p));
    g_assert_true(sodium_is_zero((const guint8 *)&secrets->own[0], sizeof secrets->own[0]));
    g_assert_false(is_in_secrets(w, was, sizeof secrets->own[0].sheet));

    be_born(w);
    q = of(w, N2_KEYS_LOGIN);
    q.hours = 2;
    g_assert_false(asked(w, &q, WALL_US));
    p = waiting(w);
    memcpy(was, p->session.seed, 32);
    g_assert_false(sodium_is_zero(was, 32));
    n2_keyring_cancel(w->f.keyring, q.id);
    g_assert_true(sodium_is_zero((const guint8 *)p, sizeof *p));
    g_assert_false(is_in_secrets(w, was, 32));

    /* The vault, opened to be handed on to those who stay, while the token has not signed. */
    log_in(w, 2);
    q = of(w, N2_KEYS_ACCOUNT);
    q.site = w->who;
    g_assert_true(asked(w, &q, WALL_US));
    memcpy(was, secrets->own[0].vault, VAULT_BYTES);
    g_assert_true(is_in_secrets(w, was, VAULT_BYTES));
    g_assert_cmpint(answer(w, N2_KEYS_LOGOUT), ==, N2_OK);
    g_assert_false(is_in_secrets(w, was, VAULT_BYTES));
    q = of(w, N2_KEYS_REMOVE);
    q.key = w->t.keys[DEC].key;
    g_assert_false(asked(w, &q, WALL_US));
    p = waiting(w);
    g_assert_true(p->is_agreeing);
    g_assert_cmpint(crypto_scalarmult(shared, w->t.keys[DEC].seed, w->t.point), ==, 0);
    g_assert_false(told(w, q.id, N2_OK, shared, sizeof shared, WALL_US));
    g_assert_true(is_in_secrets(w, was, VAULT_BYTES));
    n2_keyring_cancel(w->f.keyring, q.id);
    g_assert_true(sodium_is_zero((const guint8 *)p, sizeof *p));
    g_assert_false(is_in_secrets(w, was, VAULT_BYTES));
    g_assert_false(is_in_secrets(w, shared, sizeof shared));
}

#define ADD(path, function)                                                                    \
    g_test_add("/keyring/tokens/" path, world, NULL, world_init, function, world_clear)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("birth", test_birth);
    ADD("birth-fails", test_birth_fails);
    ADD("sessions", test_sessions);
    ADD("waiting", test_waiting);
    ADD("change", test_change);
    ADD("zone", test_zone);
    ADD("attack-37-swallowed-touch", test_swallowed_touch);
    ADD("attack-38-raw-agreement", test_agreement);
    ADD("out-while-waiting", test_out_while_waiting);
    ADD("cancelled-is-wiped", test_cancelled_is_wiped);
    return g_test_run();
}
