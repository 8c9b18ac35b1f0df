/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-device.c - another device of the same person: keys drawn for an identity that lives
 *                    elsewhere, joined to it, and what other devices of ours say.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "keys/keyring-impl.h"

enum {
    SIGNED_BODY = 1,
    SIGNED_SIGNATURES = 64,
    ADD_KEY = 3, /* field of an add: kind 30, whose field 1 is the key */
    KEY_KEY = 1
};

/* Of what is signed there; 0: it is no statement. */
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
n2_device_draw(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_keyring_secrets *secrets = k->secrets;
    n2_keys_answer *a = w->a;

    n2_err err = n2_change_may_begin(k, q->label, w->wall_us);
    if (!err)
        err = n2_own_draw(k, N2_KEY_ED25519, &secrets->drawn);
    if (!err)
        err = n2_own_draw(k, N2_KEY_X25519, &secrets->drawn_open);
    if (err)
        return err;
    memcpy(k->drawn_label, q->label, sizeof k->drawn_label);
    a->n_keys = 2;
    a->keys[0] = (n2_keys_own_key){.key = secrets->drawn.key, .rights = DEVICE_RIGHTS};
    a->keys[1] = (n2_keys_own_key){.key = secrets->drawn_open.key, .rights = N2_RIGHT_OPEN};
    return N2_OK;
}

/* Our signature beside those that are there. */
static n2_err
sign_too(const n2_statement *s, const n2_signing_key *key, void *buf, size_t cap, n2_box *out)
{
    n2_signature signatures[N2_SIGNATURES_MAX];
    uint8_t d[N2_DIGEST_BYTES];
    size_t n = 0;
    n2_field f;

    for (size_t at = 0; n2_box_next(&s->box, &at, &f);) {
        if (f.number != SIGNED_SIGNATURES)
            continue;
        if (n == N2_SIGNATURES_MAX - 1)
            return N2_ERR_LIMIT;
        signatures[n].key = s->keys[n];
        size_t key_len = n2_key_bytes(s->keys[n].method);
        size_t len = n2_signature_bytes(s->keys[n].method);
        if (f.len != 1 + key_len + len)
            return N2_ERR_FORMAT;
        memcpy(signatures[n].bytes, f.value + 1 + key_len, len);
        n++;
    }
    n2_statement_digest(s->body.kind, s->body.version, s->body.bytes, s->body.len, d);
    n2_err err = n2_sign(&signatures[n], key, d);
    return err ? err : n2_statement_make(buf, cap, &s->body, signatures, n + 1, out);
}

static n2_err
read_add(n2_keyring *k, const n2_keys_request *q, n2_statement *add, n2_id *who)
{
    n2_field f;

    n2_err err = n2_statement_check(add, q->first.bytes, q->first.len, N2_KIND_ADD, k->unicode);
    if (err)
        return err;
    (void)n2_box_find(&add->body, ADD_KEY, &f);
    n2_box key_box = n2_box_of_field(&f);
    n2_key key = n2_box_key(&key_box, KEY_KEY);
    if (!n2_key_equal(&key, &k->secrets->drawn.key))
        return N2_ERR_FORGED;
    *who = n2_box_id(&add->body, STATEMENT_WHO);
    return N2_OK;
}

static n2_err
join(n2_keyring *k,
     n2_own *own,
     n2_own_secrets *secrets,
     const n2_keys_request *q,
     const n2_statement *add,
     const n2_id *who,
     int64_t wall_us)
{
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    const uint8_t *statement;
    size_t n, at = 0, len;
    n2_box whole;

    n2_err err = sign_too(add, &k->secrets->drawn, bytes, sizeof bytes, &whole);
    if (!err)
        err = n2_container_check(q->body.bytes, q->body.len, &n);
    if (!err)
        err = n2_own_begin(own, who, k->unicode);
    while (!err && n2_container_next(q->body.bytes, q->body.len, &at, &statement, &len)) {
        if (kind_of(statement, len) == N2_KIND_VAULT)
            continue;
        err = n2_own_take(own, statement, len, false, wall_us);
        if (err == N2_ERR_NOTFOUND)
            err = N2_OK; /* its birth is still to come */
    }
    if (!err)
        err = n2_own_take(own, whole.bytes, whole.len, true, wall_us);
    if (!err)
        err = n2_identity_stands(&own->who);
    if (!err && !n2_identity_may(&own->who, &k->secrets->drawn.key, N2_RIGHT_DEVICE, wall_us))
        err = N2_ERR_REFUSED;
    at = 0; /* only now it is known who may say what the vault is */
    while (!err && n2_container_next(q->body.bytes, q->body.len, &at, &statement, &len))
        if (kind_of(statement, len) == N2_KIND_VAULT)
            err = n2_vault_take(own, secrets, statement, len, wall_us, k->unicode);
    if (err)
        return err;
    memcpy(own->label, k->drawn_label, sizeof own->label);
    own->keys[0] = (n2_own_key){.key = k->secrets->drawn.key};
    secrets->keys[0] = k->secrets->drawn;
    own->n_keys = 1;
    if (n2_own_rights(own, &k->secrets->drawn_open.key, NULL)) {
        own->keys[1] = (n2_own_key){.key = k->secrets->drawn_open.key};
        secrets->keys[1] = k->secrets->drawn_open;
        own->n_keys = 2;
    }
    k->n_own++;
    err = n2_keyring_save(k);
    if (err)
        k->n_own--;
    return err;
}

n2_err
n2_device_join(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_statement add;
    size_t index;
    n2_id who;

    if (!k->secrets->drawn.key.method)
        return N2_ERR_STATE;
    n2_err err = n2_change_may_begin(k, k->drawn_label, w->wall_us);
    if (!err)
        err = read_add(k, q, &add, &who);
    if (!err && !n2_own_find(k, &who, &index))
        err = N2_ERR_EXISTS;
    if (err)
        return err;
    n2_own *own = &k->own[k->n_own];
    n2_own_secrets *secrets = &k->secrets->own[k->n_own];
    err = join(k, own, secrets, q, &add, &who, w->wall_us);
    if (err) {
        n2_own_clear(own, secrets);
        return err;
    }
    n2_signing_key_clear(&k->secrets->drawn);
    n2_signing_key_clear(&k->secrets->drawn_open);
    n2_own_show(own, w->a);
    return N2_OK;
}

/* A vault that another device of ours drew. */
static n2_err
take_vault(n2_keyring *k, size_t index, const n2_keys_request *q, n2_answering *w)
{
    n2_own *own = &k->own[index];
    n2_own *was = malloc(sizeof *was);

    if (!was)
        return N2_ERR_NOMEM;
    *was = *own;
    n2_err err = n2_vault_take(own, &k->secrets->own[index], q->body.bytes, q->body.len,
                               w->wall_us, k->unicode);
    if (!err)
        err = n2_keyring_save(k);
    if (err)
        *own = *was;
    free(was);
    return err;
}

n2_err
n2_device_take(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_own_picture picture;
    size_t index;

    n2_err err = n2_own_find(k, &q->who, &index);
    if (err)
        return err;
    if (kind_of(q->body.bytes, q->body.len) == N2_KIND_VAULT)
        return take_vault(k, index, q, w);
    n2_own *own = &k->own[index];
    n2_own_secrets *secrets = &k->secrets->own[index];
    err = n2_own_picture_take(&picture, own);
    if (!err)
        err = n2_own_take(own, q->body.bytes, q->body.len, false, w->wall_us);
    if (!err)
        n2_vault_choose(own, secrets, NULL, 0, w->wall_us);
    if (!err)
        err = n2_keyring_save(k);
    n2_own_picture_end(&picture, own, err, k->unicode, w->wall_us);
    if (err)
        n2_vault_choose(own, secrets, NULL, 0, w->wall_us);
    if (!err)
        n2_session_recheck(own, secrets, w->wall_us);
    return err;
}
