/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-own.c - one own identity: its statements, and which of its keys are ours.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "keys/keyring-impl.h"

enum {
    SIGNED_BODY = 1,
    STATEMENT_CONTROL = 2 /* of adds, removes and freshs: the control statement they hang on */
};

void
n2_own_clear(n2_own *own, n2_own_secrets *secrets)
{
    n2_identity_set_free(own->set);
    free(own->session);
    *own = (n2_own){0};
    sodium_memzero(secrets, sizeof *secrets);
}

n2_err
n2_own_find(const n2_keyring *keyring, const n2_id *who, size_t *index)
{
    for (size_t i = 0; i < keyring->n_own; i++)
        if (n2_id_equal(&keyring->own[i].who.id, who)) {
            *index = i;
            return N2_OK;
        }
    return N2_ERR_NOTFOUND;
}

void
n2_keyring_owner(const n2_keyring *keyring, n2_keys_token *token)
{
    for (size_t i = 0; keyring->secrets && i < keyring->n_own; i++)
        for (size_t k = 0; k < 3; k++)
            if (token->keys[k].key.method &&
                n2_own_rights(&keyring->own[i], &token->keys[k].key, NULL)) {
                token->owner = keyring->own[i].who.id;
                return;
            }
}

n2_err
n2_own_begin(n2_own *own, const n2_id *who, const n2_unicode *unicode)
{
    own->unicode = unicode;
    return n2_identity_set_new(&own->set, who, unicode);
}

/* Does it hang on a control statement that another has followed?  Then it counts for nothing.
 */
static bool
has_fallen(const n2_own *own, const n2_kept *kept)
{
    n2_field f;
    n2_box box;
    size_t len = 0;

    if ((kept->kind != N2_KIND_ADD && kept->kind != N2_KIND_REMOVE &&
         kept->kind != N2_KIND_FRESH) ||
        n2_box_check(&box, kept->bytes, kept->len, N2_KIND_SIGNED, NULL) ||
        !n2_box_find(&box, SIGNED_BODY, &f))
        return false;
    n2_box body = n2_box_of_field(&f);
    const uint8_t *under = n2_box_bytes(&body, STATEMENT_CONTROL, &len);
    return len == sizeof own->who.control && memcmp(under, own->who.control, len) != 0;
}

/* Leaves what has fallen out of the set. */
static n2_err
drop_fallen(n2_own *own)
{
    n2_identity_set *set = NULL;

    n2_err err = n2_identity_set_new(&set, &own->who.id, own->unicode);
    for (size_t i = 0; !err && i < n2_identity_set_count(own->set); i++) {
        n2_kept kept = n2_identity_set_at(own->set, i);
        if (!has_fallen(own, &kept))
            err = n2_identity_take(set, kept.bytes, kept.len, kept.held_us, NULL, NULL);
    }
    if (err) {
        n2_identity_set_free(set);
        return err;
    }
    n2_identity_set_free(own->set);
    own->set = set;
    return N2_OK;
}

bool
n2_own_has_room(const n2_own *own, size_t n_more, size_t bytes)
{
    size_t n = n2_identity_set_count(own->set);

    for (size_t i = 0; i < n; i++)
        bytes += n2_identity_set_at(own->set, i).len;
    return n + n_more <= N2_KEYRING_STATEMENTS_MAX && bytes <= N2_KEYRING_STATEMENTS_BYTES_MAX;
}

bool
n2_own_make_room(n2_own *own, size_t n_more, size_t bytes)
{
    if (n2_own_has_room(own, n_more, bytes))
        return true;
    return own->who.state == N2_IDENTITY_LIVE && !drop_fallen(own) &&
           n2_own_has_room(own, n_more, bytes);
}

static uint8_t
kind_of(const void *statement, size_t len)
{
    n2_box box;
    n2_field f;

    if (n2_box_check(&box, statement, len, N2_KIND_SIGNED, NULL) ||
        !n2_box_find(&box, SIGNED_BODY, &f))
        return 0;
    return n2_box_of_field(&f).kind;
}

n2_err
n2_own_take(n2_own *own, const void *statement, size_t len, bool count, int64_t wall_us)
{
    bool has_room = n2_own_has_room(own, 1, len);
    n2_taken taken = N2_TAKEN_NOTHING;

    /* One that lists anew makes room by itself. */
    if (!has_room && kind_of(statement, len) != N2_KIND_CONTROL)
        return N2_ERR_LIMIT;
    n2_err err = n2_identity_take(own->set, statement, len, 0, NULL, &taken);
    if (!err && count && taken != N2_TAKEN_NEW && taken != N2_TAKEN_KNOWN)
        err = N2_ERR_FORGED;
    if (!err)
        err = n2_identity_look(own->set, wall_us, &own->who);
    if (err || has_room)
        return err;
    if (own->who.state == N2_IDENTITY_LIVE)
        err = drop_fallen(own);
    return !err && !n2_own_has_room(own, 0, 0) ? N2_ERR_LIMIT : err;
}

size_t
n2_own_key_index(const n2_own *own, const n2_key *key)
{
    for (size_t i = 0; i < own->n_keys; i++)
        if (n2_key_equal(&own->keys[i].key, key))
            return i;
    return NO_KEY;
}

uint32_t
n2_own_rights(const n2_own *own, const n2_key *key, n2_grant *grant)
{
    for (size_t i = 0; i < own->who.n_keys; i++)
        if (n2_key_equal(&own->who.keys[i].key, key)) {
            if (grant)
                *grant = own->who.keys[i];
            return own->who.keys[i].rights;
        }
    return 0;
}

size_t
n2_own_signer(const n2_own *own, uint32_t rights, int64_t wall_us)
{
    size_t on_token = NO_KEY;

    for (size_t i = 0; i < own->n_keys; i++) {
        if (!n2_identity_may(&own->who, &own->keys[i].key, rights, wall_us))
            continue;
        if (own->keys[i].place.slot == N2_PLACE_HERE)
            return i;
        if (on_token == NO_KEY ||
            (!n2_own_is_at_hand(own, on_token) && n2_own_is_at_hand(own, i)))
            on_token = i;
    }
    return on_token;
}

static bool
is_among(const n2_key *keys, size_t n, const n2_key *key)
{
    for (size_t i = 0; i < n; i++)
        if (n2_key_equal(&keys[i], key))
            return true;
    return false;
}

size_t
n2_own_control(const n2_own *own, const n2_key *drops, size_t n_drops, int64_t wall_us)
{
    size_t best = n2_own_signer(own, N2_RIGHT_CONTROL, wall_us), other = NO_KEY;

    if (best == NO_KEY || !is_among(drops, n_drops, &own->keys[best].key))
        return best;
    for (size_t i = 0; i < own->n_keys; i++)
        if (n2_identity_may(&own->who, &own->keys[i].key, N2_RIGHT_CONTROL, wall_us) &&
            !is_among(drops, n_drops, &own->keys[i].key) &&
            (other == NO_KEY || (!n2_own_is_at_hand(own, other) && n2_own_is_at_hand(own, i))))
            other = i;
    return other == NO_KEY ? best : other;
}

bool
n2_own_is_last_control(const n2_own *own, const n2_key *key)
{
    for (size_t i = 0; i < own->who.n_keys; i++)
        if (own->who.keys[i].rights & N2_RIGHT_CONTROL &&
            !n2_key_equal(&own->who.keys[i].key, key))
            return false;
    return true;
}

bool
n2_own_is_at_hand(const n2_own *own, size_t i)
{
    const n2_keys_place *place = &own->keys[i].place;

    return place->slot == N2_PLACE_HERE || !own->tokens || !own->tokens->is_there ||
           own->tokens->is_there(own->tokens->user, &own->keys[i].key);
}

bool
n2_own_needs_token(const n2_own *own, int64_t wall_us)
{
    for (size_t i = 0; i < own->n_keys; i++)
        if (own->keys[i].place.slot != N2_PLACE_HERE &&
            n2_identity_may(&own->who, &own->keys[i].key, N2_RIGHT_SESSION, wall_us))
            return true;
    return false;
}

n2_err
n2_own_picture_take(n2_own_picture *out, const n2_own *own)
{
    *out = (n2_own_picture){.bytes = malloc(N2_IDENTITY_BYTES_MAX)};
    if (!out->bytes)
        return N2_ERR_NOMEM;
    n2_err err = n2_identity_set_write(own->set, out->bytes, N2_IDENTITY_BYTES_MAX, &out->len);
    if (err) {
        free(out->bytes);
        *out = (n2_own_picture){0};
    }
    return err;
}

void
n2_own_picture_end(
    n2_own_picture *picture, n2_own *own, bool back, const n2_unicode *unicode, int64_t wall_us)
{
    n2_identity_set *set = NULL;
    n2_identity who;

    /* They were taken once; if memory is short now, the newer picture stays until the file is
     * read again. */
    if (back && picture->bytes && !n2_identity_set_new(&set, &own->who.id, unicode) &&
        !n2_identity_take_all(set, picture->bytes, picture->len, 0, NULL) &&
        !n2_identity_look(set, wall_us, &who)) {
        n2_identity_set_free(own->set);
        own->set = set;
        own->who = who;
        set = NULL;
    }
    n2_identity_set_free(set);
    free(picture->bytes);
    *picture = (n2_own_picture){0};
}

void
n2_own_show(const n2_own *own, n2_keys_answer *a)
{
    a->who = own->who.id;
    memcpy(a->label, own->label, sizeof a->label);
    a->n_statements = n2_identity_set_count(own->set);
    if (a->n_statements > N2_KEYRING_STATEMENTS_MAX)
        a->n_statements = N2_KEYRING_STATEMENTS_MAX;
    for (size_t i = 0; i < a->n_statements; i++) {
        n2_kept kept = n2_identity_set_at(own->set, i);
        a->statements[i] = (n2_slice){kept.bytes, kept.len};
    }
}

n2_err
n2_own_draw(const n2_keyring *keyring, uint8_t method, n2_signing_key *out)
{
    uint8_t seed[N2_SEED_BYTES_MAX];
    n2_err err;

    *out = (n2_signing_key){0};
    if (n2_hpke_secret_bytes(method)) {
        err = n2_hpke_pair(method, keyring->env, out->seed, &out->key);
    } else {
        n2_env_random(keyring->env, seed, n2_seed_bytes(method));
        err = n2_signing_key_init(out, method, seed);
        sodium_memzero(seed, sizeof seed);
    }
    if (err)
        n2_signing_key_clear(out);
    return err;
}
