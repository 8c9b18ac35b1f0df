/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-change.c - identities of our own: made, and given a key.
 */
#include <string.h>

#include "keys/keyring-impl.h"

static bool
has_pending_new(const n2_keyring *keyring)
{
    for (size_t i = 0; i < N2_KEYRING_PENDING_MAX; i++)
        if (keyring->secrets->pending[i].is_used &&
            (keyring->secrets->pending[i].kind == N2_KEYS_NEW ||
             keyring->secrets->pending[i].kind == N2_KEYS_ENTER))
            return true;
    return false;
}

/* Room for one more identity with this label? */
n2_err
n2_change_may_begin(const n2_keyring *keyring, const char *label, int64_t wall_us)
{
    if (has_pending_new(keyring))
        return N2_ERR_BUSY;
    for (size_t i = 0; i < keyring->n_own; i++)
        if (strcmp(keyring->own[i].label, label) == 0)
            return N2_ERR_EXISTS;
    if (keyring->n_own == N2_KEYRING_IDENTITIES_MAX)
        return N2_ERR_LIMIT;
    return wall_us > 0 ? N2_OK : N2_ERR_STATE;
}

/* ---- new ---- */

/* A key of a token as NEW names it: what it may must be what its slot can. */
n2_err
n2_change_check_token_key(const n2_keys_own_key *k)
{
    uint32_t rights = k->rights;
    bool signs = n2_signature_bytes(k->key.method) != 0;

    switch (k->place.slot) {
    case N2_PLACE_SIG:
        return signs && rights == N2_RIGHT_CONTROL ? N2_OK : N2_ERR_FORMAT;
    case N2_PLACE_AUT:
        return signs && rights == N2_RIGHT_SESSION ? N2_OK : N2_ERR_FORMAT;
    case N2_PLACE_DEC:
        return !signs && rights == N2_RIGHT_OPEN ? N2_OK : N2_ERR_FORMAT;
    case N2_PLACE_HERE:
    case N2_PLACES:
    default:
        return N2_ERR_FORMAT;
    }
}

/* What each own key is to be: rights by the same index. */
static n2_err
gather_keys(n2_keyring *keyring, n2_pending *p, const n2_keys_request *q, uint32_t *rights)
{
    n2_own *own = &keyring->own[p->own];
    n2_own_secrets *secrets = &keyring->secrets->own[p->own];
    size_t n_control = 0;
    bool has_session = false;

    if (q->n_keys > N2_KEYRING_KEYS_MAX - 2)
        return N2_ERR_LIMIT;
    for (size_t i = 0; i < q->n_keys; i++) {
        n2_err err = n2_change_check_token_key(&q->keys[i]);
        if (!err && n2_own_key_index(own, &q->keys[i].key) != NO_KEY)
            err = N2_ERR_FORMAT;
        if (err)
            return err;
        rights[own->n_keys] = q->keys[i].rights;
        n_control += q->keys[i].rights == N2_RIGHT_CONTROL;
        has_session = has_session || q->keys[i].rights == N2_RIGHT_SESSION;
        own->keys[own->n_keys++] = (n2_own_key){q->keys[i].key, q->keys[i].place};
    }
    if (n_control > N2_CONTROL_KEYS_MAX)
        return N2_ERR_LIMIT;
    uint8_t method = q->method ? q->method : N2_KEY_ED25519;
    if (method != N2_KEY_ED25519 && method != N2_KEY_ED448)
        return N2_ERR_UNSUPPORTED;
    for (unsigned i = n_control ? 1 : 0; i < 2; i++) { /* control, device */
        size_t at = own->n_keys;
        /* What a device signs is as long as Ed25519 signatures are (crypto/nodekey.h). */
        n2_err err = n2_own_draw(keyring, i ? N2_KEY_ED25519 : method, &secrets->keys[at]);
        if (err)
            return err;
        rights[at] = i == 0        ? N2_RIGHT_CONTROL
                     : has_session ? DEVICE_WITH_TOKEN
                                   : DEVICE_RIGHTS;
        own->keys[own->n_keys++] = (n2_own_key){.key = secrets->keys[at].key};
    }
    return N2_OK;
}

static n2_err
begin_birth(n2_keyring *keyring, n2_pending *p, const n2_keys_request *q)
{
    n2_own *own = &keyring->own[p->own];
    n2_own_secrets *secrets = &keyring->secrets->own[p->own];
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL], sheet[N2_HASH_BYTES], salt[N2_SALT_BYTES];
    uint32_t rights[N2_KEYRING_KEYS_MAX] = {0};
    size_t control[N2_CONTROL_KEYS_MAX], n = 0;
    n2_key keys[N2_CONTROL_KEYS_MAX];
    n2_box body;

    memcpy(own->label, q->label, sizeof own->label);
    n2_env_random(keyring->env, secrets->sheet, sizeof secrets->sheet);
    secrets->has_sheet = true;
    n2_err err = gather_keys(keyring, p, q, rights);
    if (err)
        return err;
    for (size_t i = 0; i < own->n_keys; i++) {
        p->q.keys[i].rights = rights[i];
        if (rights[i] != N2_RIGHT_CONTROL)
            continue;
        keys[n] = own->keys[i].key;
        control[n++] = i;
    }
    n2_env_random(keyring->env, salt, sizeof salt);
    err = n2_sheet_commitment(secrets->sheet, sheet);
    if (!err)
        err = n2_birth_body(bytes, sizeof bytes, sheet, p->wall_us, salt, keys, n, &body);
    if (err)
        return err;
    n2_id who = n2_id_of_body(N2_METHOD_SHA256, &body);
    err = n2_own_begin(own, &who, keyring->unicode);
    if (!err)
        n2_draft_body(p, &body, control, n);
    return err;
}

n2_err
n2_change_new(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_pending *p;

    n2_err err = n2_change_may_begin(k, q->label, w->wall_us);
    if (!err)
        err = n2_draft_new(k, q, k->n_own, w->wall_us, &p);
    if (err)
        return err;
    err = begin_birth(k, p, q);
    if (err) {
        n2_draft_drop(k, p);
        return err;
    }
    return n2_draft_run(k, p, w);
}

/* The next key that has no control goes under the birth; false: there is none. */
static bool
next_add(n2_keyring *keyring, n2_pending *p, n2_err *err)
{
    n2_own *own = &keyring->own[p->own];
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    size_t signers[2] = {NO_KEY, NO_KEY};
    n2_box body;

    while (p->step < own->n_keys && p->q.keys[p->step].rights == N2_RIGHT_CONTROL)
        p->step++;
    if (p->step == own->n_keys)
        return false;
    size_t i = p->step++;
    uint32_t rights = p->q.keys[i].rights;
    n2_grant grant = {.key = own->keys[i].key,
                      .rights = rights,
                      .from_us = p->wall_us,
                      .until_us = rights & N2_RIGHT_DEVICE
                                      ? p->wall_us + (int64_t)N2_DEVICE_LIFETIME_US
                                      : p->wall_us + (int64_t)N2_TOKEN_KEY_LIFETIME_US};
    const char *label = own->keys[i].place.name[0] ? own->keys[i].place.name : own->label;

    *err = n2_add_body(bytes, sizeof bytes, &own->who, &grant, label, &body);
    signers[0] = n2_own_signer(own, N2_RIGHT_CONTROL, p->wall_us);
    signers[1] = i;
    if (!*err)
        n2_draft_body(p, &body, signers, n2_signature_bytes(grant.key.method) ? 2 : 1);
    return true;
}

static n2_err
new_signed(
    n2_keyring *keyring, n2_pending *p, const n2_box *statement, n2_answering *w, bool *is_over)
{
    n2_own *own = &keyring->own[p->own];

    n2_err err = n2_own_take(own, statement->bytes, statement->len, true, p->wall_us);
    if (err)
        return err;
    *is_over = !next_add(keyring, p, &err);
    if (err || !*is_over)
        return err;
    keyring->n_own++;
    err = n2_keyring_save(keyring);
    if (err)
        keyring->n_own--;
    else
        n2_own_show(own, w->a);
    return err;
}

/* ---- add ---- */

/* A control key of ours, and an identity that lets itself be changed. */
n2_err
n2_change_begin(n2_keyring *k, const n2_keys_request *q, n2_answering *w, n2_pending **p)
{
    size_t index;

    n2_err err = n2_own_find(k, &q->who, &index);
    if (!err)
        err = n2_identity_stands(&k->own[index].who);
    if (!err && w->wall_us <= 0)
        err = N2_ERR_STATE;
    return err ? err : n2_draft_new(k, q, index, w->wall_us, p);
}

static n2_err
draft_add(n2_keyring *k, n2_pending *p, const n2_keys_request *q)
{
    n2_own *own = &k->own[p->own];
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    size_t signers[2];
    n2_box body;
    n2_grant grant = {.key = q->key,
                      .rights = q->rights,
                      .from_us = p->wall_us,
                      .until_us = p->wall_us + q->days * 24 * (int64_t)N2_HOUR_US};

    if (!q->days || q->rights & N2_RIGHT_CONTROL) /* control changes by control statements */
        return N2_ERR_FORMAT;
    if (q->place.slot != N2_PLACE_HERE) {
        const n2_keys_own_key token = {.key = q->key, .rights = q->rights, .place = q->place};
        n2_err err = n2_change_check_token_key(&token);
        if (!err && n2_own_key_index(own, &q->key) != NO_KEY)
            err = N2_ERR_EXISTS;
        if (!err && own->n_keys == N2_KEYRING_KEYS_MAX)
            err = N2_ERR_LIMIT;
        if (err)
            return err;
    }
    n2_err err = n2_add_body(bytes, sizeof bytes, &own->who, &grant, q->label, &body);
    if (err)
        return err;
    signers[0] = n2_own_signer(own, N2_RIGHT_CONTROL, p->wall_us);
    if (signers[0] == NO_KEY)
        return N2_ERR_REFUSED;
    if (q->place.slot != N2_PLACE_HERE) {
        p->n_added = 1; /* ours from the moment it is added, not before */
        signers[1] = own->n_keys;
        own->keys[own->n_keys++] = (n2_own_key){q->key, q->place};
    }
    n2_draft_body(p, &body, signers, p->n_added && n2_signature_bytes(q->key.method) ? 2 : 1);
    return N2_OK;
}

n2_err
n2_change_add(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_pending *p;

    n2_err err = n2_change_begin(k, q, w, &p);
    if (err)
        return err;
    err = draft_add(k, p, q);
    if (err) {
        n2_draft_drop(k, p);
        return err;
    }
    return n2_draft_run(k, p, w);
}

/* Ours from the moment that it is added. */
static n2_err
draft_zone(n2_keyring *k, n2_pending *p, const n2_keys_request *q)
{
    n2_own *own = &k->own[p->own];
    n2_own_secrets *secrets = &k->secrets->own[p->own];
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    size_t signers[2] = {n2_own_signer(own, N2_RIGHT_CONTROL, p->wall_us), own->n_keys};
    n2_grant grant = {.rights = N2_RIGHT_ZONE,
                      .from_us = p->wall_us,
                      .until_us = p->wall_us + (int64_t)N2_DEVICE_LIFETIME_US};
    n2_box body;

    if (signers[0] == NO_KEY)
        return N2_ERR_REFUSED;
    /* Before anybody is asked for a touch. */
    if (own->n_keys == N2_KEYRING_KEYS_MAX || !n2_own_make_room(own, 1, ADD_BYTES_MAX))
        return N2_ERR_LIMIT;
    n2_err err = n2_own_draw(k, N2_KEY_ED25519, &secrets->keys[signers[1]]);
    if (err)
        return err;
    grant.key = secrets->keys[signers[1]].key;
    own->keys[own->n_keys++] = (n2_own_key){.key = grant.key};
    p->n_added = 1;
    err = n2_add_body(bytes, sizeof bytes, &own->who, &grant, q->label, &body);
    if (!err)
        n2_draft_body(p, &body, signers, 2);
    return err;
}

n2_err
n2_change_zone(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_pending *p;

    n2_err err = n2_change_begin(k, q, w, &p);
    if (err)
        return err;
    err = draft_zone(k, p, q);
    if (err) {
        n2_draft_drop(k, p);
        return err;
    }
    return n2_draft_run(k, p, w);
}

n2_err
n2_change_signed(
    n2_keyring *keyring, n2_pending *p, const n2_box *statement, n2_answering *w, bool *is_over)
{
    if (p->kind == N2_KEYS_NEW)
        return new_signed(keyring, p, statement, w, is_over);
    if (p->kind == N2_KEYS_ENTER)
        return n2_enter_signed(keyring, p, statement, w);
    if (p->kind != N2_KEYS_ADD && p->kind != N2_KEYS_ZONE)
        return n2_list_signed(keyring, p, statement, w, is_over);
    /* Of a key elsewhere that signs it is whole only with that one's own signature. */
    bool is_half = !p->n_added && n2_signature_bytes(p->q.key.method);
    n2_err err = is_half ? N2_OK : n2_draft_keep(p, statement);
    if (!err && !is_half)
        err = n2_list_commit(keyring, p, 0, w);
    if (err)
        return err;
    memcpy(w->room, statement->bytes, statement->len);
    w->a->statement = (n2_slice){w->room, statement->len};
    return N2_OK;
}
