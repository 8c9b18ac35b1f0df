/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-token-world.h - a keyring and a token that is a few keys and a list of what it was
 *                         asked; it answers when the test says so.
 */
#pragma once

#include "keyring-fixture.h"

#include "crypto/hpke.h"
#include "crypto/identity-body.h"
#include "crypto/identity-set.h"
#include "crypto/login.h"
#include "crypto/proof.h"

enum {
    SIG,
    AUT,
    DEC,
    KEYS
};

typedef struct {
    n2_signing_key keys[KEYS];
    guint n_signs, n_agrees, n_cancels;
    guint32 id;
    n2_key key; /* what it was asked last */
    guint8 d[N2_DIGEST_BYTES];
    guint8 point[N2_HPKE_ENC_BYTES_MAX];
    n2_err refuse;
    guint there; /* bits: 1 that of its birth, 2 any other */
} token;

typedef struct {
    fixture f;
    token t;
    n2_keys_tokens table;
    n2_id who;
} world;

static inline n2_err
sign_cb(
    void *user, uint32_t id, const n2_key *key, const n2_keys_place *place, const uint8_t *d)
{
    token *t = user;

    g_assert_cmpint(place->slot, !=, N2_PLACE_HERE);
    g_assert_cmpstr(place->name, ==, "blue");
    if (t->refuse)
        return t->refuse;
    t->n_signs++;
    t->id = id;
    t->key = *key;
    memcpy(t->d, d, sizeof t->d);
    return N2_OK;
}

static inline n2_err
agree_cb(void *user,
         uint32_t id,
         const n2_key *key,
         const n2_keys_place *place,
         const uint8_t *point)
{
    token *t = user;

    g_assert_cmpint(place->slot, ==, N2_PLACE_DEC);
    t->n_agrees++;
    t->id = id;
    t->key = *key;
    memcpy(t->point, point, 32);
    return t->refuse;
}

static inline void
cancel_cb(void *user, uint32_t id)
{
    token *t = user;

    (void)id;
    t->n_cancels++;
}

static inline bool
is_there_cb(void *user, const n2_key *key)
{
    const token *t = user;
    guint bit = 2;

    for (gsize i = 0; i < KEYS; i++)
        if (n2_key_equal(&t->keys[i].key, key))
            bit = 1;
    return t->there & bit;
}

static inline void
world_init(world *w, gconstpointer data)
{
    (void)data;
    setup(&w->f, NULL);
    for (int i = 0; i < KEYS; i++) {
        guint8 seed[32];
        random_bytes(NULL, seed, sizeof seed);
        if (i == DEC) {
            g_assert_cmpint(
                n2_hpke_pair(N2_KEY_X25519, &env, w->t.keys[i].seed, &w->t.keys[i].key), ==,
                N2_OK);
        } else {
            g_assert_cmpint(n2_signing_key_init(&w->t.keys[i], N2_KEY_ED25519, seed), ==,
                            N2_OK);
        }
    }
    w->t.there = 3;
    w->table = (n2_keys_tokens){.user = &w->t,
                                .sign = sign_cb,
                                .agree = agree_cb,
                                .cancel = cancel_cb,
                                .is_there = is_there_cb};
    n2_keyring_set_tokens(w->f.keyring, &w->table);
}

static inline void
world_clear(world *w, gconstpointer data)
{
    (void)data;
    teardown(&w->f, NULL);
}

/* Asks; FALSE: there is no answer yet. */
static inline gboolean
asked(world *w, const n2_keys_request *q, gint64 wall_us)
{
    g_autofree guint8 *message = g_malloc(N2_KEYRING_MESSAGE_BYTES_MAX);
    gsize len, answer_len;

    g_assert_cmpint(n2_keys_request_write(q, message, N2_KEYRING_MESSAGE_BYTES_MAX, &len), ==,
                    N2_OK);
    g_assert_cmpint(n2_keyring_answer(w->f.keyring, message, len, wall_us, w->f.bytes,
                                      sizeof w->f.bytes, &answer_len),
                    ==, N2_OK);
    if (answer_len)
        g_assert_cmpint(n2_keys_answer_read(&w->f.a, w->f.bytes, answer_len), ==, N2_OK);
    return answer_len != 0;
}

static inline gboolean
told(world *w, guint32 id, n2_err err, const guint8 *bytes, gsize len, gint64 wall_us)
{
    gsize answer_len;

    g_assert_cmpint(n2_keyring_token_done(w->f.keyring, id, err, bytes, len, wall_us,
                                          w->f.bytes, sizeof w->f.bytes, &answer_len),
                    ==, N2_OK);
    if (answer_len)
        g_assert_cmpint(n2_keys_answer_read(&w->f.a, w->f.bytes, answer_len), ==, N2_OK);
    return answer_len != 0;
}

/* The token does what it was asked. */
static inline gboolean
touch(world *w, gint64 wall_us)
{
    n2_signature s;

    for (int i = SIG; i <= AUT; i++)
        if (n2_key_equal(&w->t.keys[i].key, &w->t.key)) {
            g_assert_cmpint(n2_sign(&s, &w->t.keys[i], w->t.d), ==, N2_OK);
            return told(w, w->t.id, N2_OK, s.bytes, 64, wall_us);
        }
    g_assert_not_reached();
}

static inline n2_keys_request
birth_request(const world *w)
{
    static const struct {
        guint32 rights;
        n2_keys_slot slot;
    } rows[KEYS] = {{N2_RIGHT_CONTROL, N2_PLACE_SIG},
                    {N2_RIGHT_SESSION, N2_PLACE_AUT},
                    {N2_RIGHT_OPEN, N2_PLACE_DEC}};
    n2_keys_request q = {.id = 50, .kind = N2_KEYS_NEW, .label = "Ada", .n_keys = KEYS};

    for (int i = 0; i < KEYS; i++)
        q.keys[i] = (n2_keys_own_key){
            .key = w->t.keys[i].key,
            .rights = rows[i].rights,
            .place = {.slot = rows[i].slot, .aid = {0, 1, 2, 3}, .name = "blue"}};
    return q;
}

static inline void
be_born(world *w)
{
    n2_keys_request q = birth_request(w);
    guint n = 0;

    g_assert_false(asked(w, &q, WALL_US));
    while (!touch(w, WALL_US))
        n++;
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_cmpint(w->f.a.kind, ==, N2_KEYS_NEW);
    w->who = w->f.a.who;
    g_assert_cmpuint(n, >=, 3);
    w->t.n_signs = 0;
}

static inline n2_keys_request
of(const world *w, n2_keys_kind kind)
{
    return (n2_keys_request){.id = 60 + kind, .kind = kind, .who = w->who, .suite = 1};
}

static inline n2_err
answer(world *w, n2_keys_kind kind)
{
    n2_keys_request q = of(w, kind);

    g_assert_true(asked(w, &q, WALL_US));
    return w->f.a.err;
}

static inline void
log_in(world *w, guint8 hours)
{
    n2_keys_request q = of(w, N2_KEYS_LOGIN);

    q.hours = hours;
    g_assert_false(asked(w, &q, WALL_US));
    g_assert_true(touch(w, WALL_US));
    g_assert_cmpint(w->f.a.err, ==, N2_OK);
    g_assert_cmpint(w->f.a.until_us, ==, WALL_US + hours * HOUR_US);
}
