/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-enter.c - a machine that a token makes one of an identity's: the token has a control
 *                   key that the identity lists, and signs the add of a device key made here.
 */
#include <string.h>

#include "crypto/container.h"
#include "keys/keyring-impl.h"

/* Vaults are for who is one of the machines already. */
static n2_err
take_statements(n2_own *own, const n2_slice *container, int64_t wall_us)
{
    const uint8_t *statement;
    size_t n, at = 0, len;

    n2_err err = n2_container_check(container->bytes, container->len, &n);
    while (!err && n2_container_next(container->bytes, container->len, &at, &statement, &len)) {
        err = n2_own_take(own, statement, len, false, wall_us);
        if (err == N2_ERR_NOTFOUND)
            err = N2_OK; /* its birth is still to come */
    }
    return err ? err : n2_identity_stands(&own->who);
}

/* Those of the token that stand, for what their slots are for.  N2_ERR_REFUSED: no control. */
static n2_err
take_keys(n2_own *own, const n2_keys_request *q, int64_t wall_us)
{
    if (q->n_keys > N2_KEYRING_KEYS_MAX - 1)
        return N2_ERR_LIMIT;
    for (size_t i = 0; i < q->n_keys; i++) {
        n2_keys_own_key k = q->keys[i];
        k.rights = n2_own_rights(own, &k.key, NULL);
        if (k.rights && !n2_change_check_token_key(&k) &&
            n2_own_key_index(own, &k.key) == NO_KEY)
            own->keys[own->n_keys++] = (n2_own_key){k.key, k.place};
    }
    return n2_own_signer(own, N2_RIGHT_CONTROL, wall_us) == NO_KEY ? N2_ERR_REFUSED : N2_OK;
}

static n2_err
begin(n2_keyring *k, n2_pending *p, const n2_keys_request *q)
{
    n2_own *own = &k->own[p->own];
    n2_own_secrets *secrets = &k->secrets->own[p->own];
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    size_t signers[2];
    n2_box body;

    n2_err err = n2_own_begin(own, &q->who, k->unicode);
    own->tokens = k->tokens;
    memcpy(own->label, q->label, sizeof own->label);
    if (!err)
        err = take_statements(own, &q->body, p->wall_us);
    if (!err)
        err = take_keys(own, q, p->wall_us);
    if (err)
        return err;
    signers[0] = n2_own_signer(own, N2_RIGHT_CONTROL, p->wall_us);
    signers[1] = own->n_keys;
    n2_grant grant = {.rights = n2_own_needs_token(own, p->wall_us) ? DEVICE_WITH_TOKEN
                                                                    : DEVICE_RIGHTS,
                      .from_us = p->wall_us,
                      .until_us = p->wall_us + (int64_t)N2_DEVICE_LIFETIME_US};
    err = n2_own_draw(k, N2_KEY_ED25519, &secrets->keys[signers[1]]);
    if (err)
        return err;
    grant.key = secrets->keys[signers[1]].key;
    own->keys[own->n_keys++] = (n2_own_key){.key = grant.key};
    err = n2_add_body(bytes, sizeof bytes, &own->who, &grant, q->label, &body);
    if (!err)
        n2_draft_body(p, &body, signers, 2);
    return err;
}

n2_err
n2_enter(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_pending *p;
    size_t index;

    n2_err err = n2_change_may_begin(k, q->label, w->wall_us);
    if (!err && !n2_own_find(k, &q->who, &index))
        err = N2_ERR_EXISTS;
    if (!err)
        err = n2_draft_new(k, q, k->n_own, w->wall_us, &p);
    if (err)
        return err;
    err = begin(k, p, q);
    if (err) {
        n2_draft_drop(k, p);
        return err;
    }
    return n2_draft_run(k, p, w);
}

n2_err
n2_enter_signed(n2_keyring *k, n2_pending *p, const n2_box *add, n2_answering *w)
{
    n2_own *own = &k->own[p->own];
    const n2_key *device = &own->keys[p->signers[1]].key;

    n2_err err = n2_own_take(own, add->bytes, add->len, true, p->wall_us);
    if (!err && !n2_identity_may(&own->who, device, N2_RIGHT_DEVICE, p->wall_us))
        err = N2_ERR_REFUSED;
    if (err)
        return err;
    k->n_own++;
    err = n2_keyring_save(k);
    if (err)
        k->n_own--;
    else
        n2_own_show(own, w->a);
    return err;
}
