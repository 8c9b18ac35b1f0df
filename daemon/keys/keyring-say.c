/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-say.c - what is said in the name of an own identity: what the node may have signed,
 *                 vouches for others, and that just these keys stand.
 */
#include <string.h>

#include "keys/keyring-impl.h"

#define DAY_US (24 * (int64_t)N2_HOUR_US)

enum {
    NODE_KEY_STATIC = 2, /* of kinds 9 and 44 */
    DOMAIN_PARENTS = 64, /* of kind 13 */
    PARENT_WHO = 1,      /* of kind 33 */
    TRANSFER_FROM = 2,   /* of kind 29: who signs it */
    CLAIM_BYTES_MAX = 256,
    VOUCH_DAYS_MAX = 2 * 366
};

/* What the node may have signed, all by the device key; heads of zones by it, too, if it has
 * that right. */
static bool
may_sign(const n2_keyring *keyring, const n2_box *body)
{
    if (body->kind == N2_KIND_FRESH || body->kind == N2_KIND_TREE_HEAD ||
        body->kind == N2_KIND_ACCESS || body->kind == N2_KIND_VAULT_ASK ||
        body->kind == N2_KIND_LINKS || body->kind == N2_KIND_DOMAIN ||
        body->kind == N2_KIND_ATTACHMENT || body->kind == N2_KIND_ZONE_HEAD ||
        body->kind == N2_KIND_NAME_REQUEST || body->kind == N2_KIND_ANNOUNCE)
        return true;
    if (body->kind != N2_KIND_NODE_KEY && body->kind != N2_KIND_NEAR)
        return false;
    n2_key key = n2_box_key(body, NODE_KEY_STATIC); /* another's would be the node's own */
    return n2_static_is_own(keyring, &key);
}

/* By the key that changes who its owner is, never by a token's that signs in: a touch that
 * somebody swallows is worth a day.  Who has no key of the first kind here has a device that
 * may sign in by itself. */
static size_t
voucher(const n2_own *own, int64_t wall_us)
{
    size_t by = n2_own_signer(own, N2_RIGHT_CONTROL, wall_us);

    for (size_t i = 0; by == NO_KEY && i < own->n_keys; i++)
        if (own->keys[i].place.slot == N2_PLACE_HERE &&
            n2_identity_may(&own->who, &own->keys[i].key, N2_RIGHT_SESSION, wall_us))
            by = i;
    return by;
}

/* What an owner says about others. */
static n2_err
sign_vouch(n2_keyring *keyring,
           const n2_keys_request *q,
           size_t index,
           const n2_box *body,
           n2_answering *w)
{
    size_t by = voucher(&keyring->own[index], w->wall_us);
    n2_pending *p;

    if (by == NO_KEY || body->len > N2_STATEMENT_BYTES_SMALL / 2)
        return N2_ERR_REFUSED;
    n2_err err = n2_draft_new(keyring, q, index, w->wall_us, &p);
    if (err)
        return err;
    n2_draft_body(p, body, &by, 1);
    return n2_draft_run(keyring, p, w);
}

/* Who hands a name on changes whose it is, as a control statement changes whose keys count. */
static n2_err
sign_transfer(n2_keyring *keyring,
              const n2_keys_request *q,
              size_t index,
              const n2_box *body,
              n2_answering *w)
{
    size_t by = n2_own_signer(&keyring->own[index], N2_RIGHT_CONTROL, w->wall_us);
    n2_pending *p;
    n2_err err = n2_identity_stands(&keyring->own[index].who);

    if (!err && (by == NO_KEY || body->len > N2_STATEMENT_BYTES_SMALL / 2))
        err = N2_ERR_REFUSED;
    if (!err)
        err = n2_draft_new(keyring, q, index, w->wall_us, &p);
    if (err)
        return err;
    n2_draft_body(p, body, &by, 1);
    return n2_draft_run(keyring, p, w);
}

n2_err
n2_say_vouch(n2_keyring *keyring, const n2_keys_request *q, n2_answering *w)
{
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    char claim[CLAIM_BYTES_MAX + 1] = "";
    size_t index;
    n2_box body;

    n2_err err = n2_own_find(keyring, &q->who, &index);
    if (!err)
        err = n2_identity_stands(&keyring->own[index].who);
    if (err)
        return err;
    if (w->wall_us <= 0)
        return N2_ERR_STATE;
    if (!q->days || q->days > VOUCH_DAYS_MAX || !q->subject.method || !q->scope ||
        n2_id_equal(&q->subject, &q->who) || q->body.len > CLAIM_BYTES_MAX ||
        (q->body.len && memchr(q->body.bytes, 0, q->body.len)))
        return N2_ERR_FORMAT;
    if (q->body.len)
        memcpy(claim, q->body.bytes, q->body.len);
    err = n2_vouch_body(bytes, sizeof bytes, &q->who, &q->subject, q->scope, claim, w->wall_us,
                        w->wall_us + q->days * DAY_US, &body);
    if (!err)
        err = n2_box_check(&body, body.bytes, body.len, N2_KIND_VOUCH, keyring->unicode);
    return err ? err : sign_vouch(keyring, q, index, &body, w);
}

n2_err
n2_say_fresh(n2_keyring *keyring, const n2_keys_request *q, n2_answering *w)
{
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL], hash[N2_HASH_BYTES];
    n2_box body, statement;
    size_t index;

    n2_err err = n2_own_find(keyring, &q->who, &index);
    if (err)
        return err;
    n2_own *own = &keyring->own[index];
    err = n2_identity_stands(&own->who);
    if (err)
        return err;
    if (w->wall_us <= 0)
        return N2_ERR_STATE;
    size_t by = n2_own_signer(own, N2_RIGHT_DEVICE, w->wall_us);
    if (by == NO_KEY || own->keys[by].place.slot != N2_PLACE_HERE)
        return N2_ERR_REFUSED;
    err = n2_identity_set_hash(own->set, hash);
    if (!err)
        err = n2_fresh_body(bytes, sizeof bytes, &own->who, hash, w->wall_us, &body);
    if (!err)
        err = n2_statement_sign(w->room, N2_KEYRING_MESSAGE_BYTES_MAX, &body,
                                &keyring->secrets->own[index].keys[by], &statement);
    if (err)
        return err;
    /* The file has it with the next change; one that has no more room for it is told all the
     * same. */
    (void)n2_identity_set_drop_ahead(own->set, w->wall_us); /* the clock was put back */
    err = n2_own_take(own, statement.bytes, statement.len, false, w->wall_us);
    if (err && err != N2_ERR_LIMIT)
        return err;
    w->a->statement = (n2_slice){statement.bytes, statement.len};
    return N2_OK;
}

/* Is @who a parent of the domain that @body describes, so that it signs, too? */
static bool
is_child_of(const n2_id *who, const n2_box *body)
{
    size_t at = 0;
    n2_field f;

    if (body->kind != N2_KIND_DOMAIN)
        return false;
    while (n2_box_next(body, &at, &f)) {
        if (f.number != DOMAIN_PARENTS)
            continue;
        n2_box parent = n2_box_of_field(&f);
        n2_id id = n2_box_id(&parent, PARENT_WHO);
        if (n2_id_equal(&id, who))
            return true;
    }
    return false;
}

n2_err
n2_say_sign(n2_keyring *keyring, const n2_keys_request *q, n2_answering *w)
{
    n2_statement checked;
    n2_box body, statement;
    size_t index;

    n2_err err = n2_own_find(keyring, &q->who, &index);
    if (err)
        return err;
    if (w->wall_us <= 0)
        return N2_ERR_STATE;
    const n2_own *own = &keyring->own[index];
    err = n2_box_check(&body, q->body.bytes, q->body.len, N2_KIND_ANY, keyring->unicode);
    if (err)
        return err;
    bool hands_on = body.kind == N2_KIND_TRANSFER;
    if (body.kind != N2_KIND_VOUCH && !hands_on && !may_sign(keyring, &body))
        return N2_ERR_REFUSED;
    n2_id from = hands_on ? n2_box_id(&body, TRANSFER_FROM) : (n2_id){0};
    if (hands_on ? !n2_id_equal(&from, &q->who)
                 : !n2_identity_speaks(&q->who, &body) && !is_child_of(&q->who, &body))
        return N2_ERR_REFUSED;
    if (body.kind == N2_KIND_VOUCH)
        return sign_vouch(keyring, q, index, &body, w);
    if (hands_on)
        return sign_transfer(keyring, q, index, &body, w);
    uint32_t right = body.kind == N2_KIND_ZONE_HEAD ? N2_RIGHT_ZONE : N2_RIGHT_DEVICE;
    size_t by = n2_own_signer(own, right, w->wall_us);
    if (by == NO_KEY || own->keys[by].place.slot != N2_PLACE_HERE)
        return N2_ERR_REFUSED;
    err = n2_statement_sign(w->room, N2_KEYRING_MESSAGE_BYTES_MAX, &body,
                            &keyring->secrets->own[index].keys[by], &statement);
    if (err)
        return err;
    if (!n2_identity_speaks(&q->who, &body)) { /* one signature of several */
        w->a->statement = (n2_slice){statement.bytes, statement.len};
        return N2_OK;
    }
    /* As a stranger will check it: right, lifetime, form.  What fails is not given out. */
    err = n2_identity_check(&own->who, &checked, statement.bytes, statement.len, body.kind,
                            w->wall_us, keyring->unicode);
    if (err)
        return err == N2_ERR_FORGED ? N2_ERR_REFUSED : err;
    w->a->statement = (n2_slice){statement.bytes, statement.len};
    return N2_OK;
}
