/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-world.h - an identity with a recovery sheet, and every statement that may be made
 *                    about it, by whomever.
 */
#pragma once

#include "identity-fixture.h"

#include "crypto/identity-body.h"
#include "crypto/identity-set.h"
#include "crypto/sheet.h"

enum {
    DEVICES = 6,
    ROOM = 32 * 1024
};

typedef struct {
    n2_signing_key control[4], device[DEVICES], thief, sheet_25519, sheet_448;
    n2_id id;
    n2_identity born; /* after the birth only */
    GBytes *birth;
} world;

#define BY(...) ((const n2_signing_key *[]){__VA_ARGS__, NULL})

/* A statement of @body by those keys. */
static inline GBytes *
say(const n2_box *body, const n2_signing_key *const *keys)
{
    g_autofree guint8 *buf = g_malloc(2 * ROOM);
    n2_signature s[N2_SIGNATURES_MAX];
    n2_box box;
    gsize n = 0;

    for (; keys[n]; n++)
        s[n] = sign(keys[n], body);
    g_assert_cmpint(n2_statement_make(buf, 2 * ROOM, body, s, n, &box), ==, N2_OK);
    return g_bytes_new(box.bytes, box.len);
}

static inline n2_err
take_at(n2_identity_set *set, GBytes *statement, gint64 held_us, n2_taken *taken)
{
    gsize len;
    const guint8 *bytes = g_bytes_get_data(statement, &len);
    g_autofree guint8 *exact = g_memdup2(bytes, len); /* a sanitizer sees every byte too far */

    return n2_identity_take(set, exact, len, held_us, NULL, taken);
}

static inline n2_err
take(n2_identity_set *set, GBytes *statement)
{
    return take_at(set, statement, now, NULL);
}

#define assert_took(set, statement)                                                            \
    g_assert_cmpstr(n2_err_name(take(set, statement)), ==, "N2_OK")
#define assert_refused(set, statement, err)                                                    \
    g_assert_cmpstr(n2_err_name(take(set, statement)), ==, #err)

static inline n2_identity
look_at(const n2_identity_set *set, gint64 wall_us)
{
    n2_identity who;

    g_assert_cmpint(n2_identity_look(set, wall_us, &who), ==, N2_OK);
    return who;
}

static inline n2_identity
look(const n2_identity_set *set)
{
    return look_at(set, now);
}

static inline n2_identity_set *
set_of(const world *w)
{
    n2_identity_set *set;

    g_assert_cmpint(n2_identity_set_new(&set, &w->id, NULL), ==, N2_OK);
    assert_took(set, w->birth);
    return set;
}

static inline GBytes *
birth_by(const world *w, guint8 salt_byte, gsize n_control)
{
    guint8 buf[2048], sheet[N2_HASH_BYTES], salt[N2_SALT_BYTES] = {salt_byte};
    const n2_signing_key *by[5] = {NULL};
    n2_key keys[4];
    n2_box body;

    for (gsize i = 0; i < n_control; i++) {
        keys[i] = w->control[i].key;
        by[i] = &w->control[i];
    }
    g_assert_cmpint(n2_sheet_commit(&w->sheet_25519.key, &w->sheet_448.key, sheet), ==, N2_OK);
    g_assert_cmpint(
        n2_birth_body(buf, sizeof buf, sheet, now - day, salt, keys, n_control, &body), ==,
        N2_OK);
    return say(&body, by);
}

static inline void
world_init(world *w, gsize n_control)
{
    const guint8 seed[N2_SHEET_SEED_BYTES] = {5, 6, 7};
    gsize len;

    memset(w, 0, sizeof *w);
    for (guint8 i = 0; i < 4; i++)
        w->control[i] = key((guint8)(10 + i));
    for (guint8 i = 0; i < DEVICES; i++)
        w->device[i] = key((guint8)(20 + i));
    w->thief = key(66);
    g_assert_cmpint(n2_sheet_keys(seed, &w->sheet_25519, &w->sheet_448), ==, N2_OK);
    w->birth = birth_by(w, 1, n_control);
    const guint8 *bytes = g_bytes_get_data(w->birth, &len);
    g_assert_cmpint(n2_identity_birth(&w->born, bytes, len, N2_METHOD_SHA256, NULL), ==, N2_OK);
    w->id = w->born.id;
}

static inline void
world_clear(world *w)
{
    g_bytes_unref(w->birth);
}

static inline n2_grant
grant_of(const n2_signing_key *k, guint32 rights)
{
    return (n2_grant){
        .key = k->key, .rights = rights, .from_us = now - 9 * day, .until_us = now + 300 * day};
}

static inline GBytes *
add_by(const n2_identity *who,
       const n2_signing_key *device,
       const char *label,
       const n2_signing_key *const *by)
{
    n2_grant grant = grant_of(device, N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH);
    guint8 buf[1024];
    n2_box body;

    g_assert_cmpint(n2_add_body(buf, sizeof buf, who, &grant, label, &body), ==, N2_OK);
    return say(&body, by);
}

static inline GBytes *
remove_by(const n2_identity *who,
          const n2_key *k,
          gint64 reason,
          const n2_signing_key *const *by)
{
    guint8 buf[1024];
    n2_box body;

    g_assert_cmpint(n2_remove_body(buf, sizeof buf, who, k, reason, &body), ==, N2_OK);
    return say(&body, by);
}

/* The control statement behind that of @who: @keys control, @devices beside. */
static inline GBytes *
control_by(const n2_identity *who,
           gint64 made_us,
           const n2_signing_key *const *keys,
           const n2_signing_key *const *devices,
           const n2_signing_key *const *by)
{
    n2_listed listed[8];
    guint8 buf[4096];
    gsize n = 0;
    n2_box body;

    for (; *keys; keys++)
        listed[n++] = (n2_listed){grant_of(*keys, N2_RIGHT_CONTROL), "control"};
    for (; devices && *devices; devices++)
        listed[n++] = (n2_listed){grant_of(*devices, N2_RIGHT_DEVICE), "device"};
    g_assert_cmpint(n2_control_body(buf, sizeof buf, who, made_us, listed, n, &body), ==,
                    N2_OK);
    return say(&body, by);
}

static inline GBytes *
fresh_by(const n2_identity_set *set,
         const n2_identity *who,
         gint64 made_us,
         const n2_signing_key *const *by)
{
    guint8 buf[1024], hash[N2_HASH_BYTES];
    n2_box body;

    g_assert_cmpint(n2_identity_set_hash(set, hash), ==, N2_OK);
    g_assert_cmpint(n2_fresh_body(buf, sizeof buf, who, hash, made_us, &body), ==, N2_OK);
    return say(&body, by);
}

static inline GBytes *
end_by(const world *w,
       const n2_id *successor,
       gint64 made_us,
       const n2_distrusted *keys,
       gsize n,
       const n2_signing_key *const *by)
{
    g_autofree guint8 *buf = g_malloc(ROOM);
    n2_box body;

    g_assert_cmpint(n2_end_body(buf, ROOM, &w->id, successor, made_us, &w->sheet_25519.key,
                                &w->sheet_448.key, keys, n, &body),
                    ==, N2_OK);
    return say(&body, by);
}

static inline bool
has(const n2_identity *who, const n2_signing_key *k, guint32 rights)
{
    return n2_identity_may(who, &k->key, rights, now);
}

/* What two sets come to, without the bytes between fields. */
static inline bool
is_alike(const n2_identity *a, const n2_identity *b)
{
    bool same = n2_id_equal(&a->id, &b->id) && a->made_us == b->made_us &&
                !memcmp(a->sheet, b->sheet, sizeof a->sheet) &&
                !memcmp(a->control, b->control, sizeof a->control) && a->number == b->number &&
                a->state == b->state && n2_id_equal(&a->successor, &b->successor) &&
                a->is_contested == b->is_contested && a->ended_us == b->ended_us &&
                a->fresh_us == b->fresh_us && a->other_us == b->other_us &&
                a->n_keys == b->n_keys;

    for (size_t i = 0; same && i < a->n_keys; i++)
        same = n2_key_equal(&a->keys[i].key, &b->keys[i].key) &&
               a->keys[i].rights == b->keys[i].rights &&
               a->keys[i].from_us == b->keys[i].from_us &&
               a->keys[i].until_us == b->keys[i].until_us;
    return same;
}
