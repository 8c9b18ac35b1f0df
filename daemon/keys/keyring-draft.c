/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-draft.c - requests that are answered when all who must sign have: a body, its signers
 *                   in turn, and then what comes of the statement.
 *
 * One request of an identity waits at a time: what it was begun with still holds when the token
 * answers.
 */
#include <sodium.h>
#include <string.h>

#include "keys/keyring-impl.h"

static n2_pending *
find(const n2_keyring *keyring, uint32_t id)
{
    for (size_t i = 0; keyring->secrets && i < N2_KEYRING_PENDING_MAX; i++)
        if (keyring->secrets->pending[i].is_used && keyring->secrets->pending[i].id == id)
            return &keyring->secrets->pending[i];
    return NULL;
}

n2_err
n2_draft_new(n2_keyring *keyring,
             const n2_keys_request *q,
             size_t own,
             int64_t wall_us,
             n2_pending **out)
{
    n2_pending *unused = NULL;

    for (size_t i = 0; i < N2_KEYRING_PENDING_MAX; i++) {
        n2_pending *p = &keyring->secrets->pending[i];
        if (!p->is_used)
            unused = unused ? unused : p;
        else if (p->id == q->id || p->own == own)
            return N2_ERR_BUSY;
    }
    if (!unused)
        return N2_ERR_LIMIT;
    unused->is_used = true;
    unused->id = q->id;
    unused->kind = q->kind;
    unused->own = own;
    unused->target = NO_KEY;
    unused->wall_us = wall_us;
    unused->q = *q;
    unused->q.body = unused->q.first = (n2_slice){0};
    *out = unused;
    return N2_OK;
}

void
n2_draft_drop(n2_keyring *keyring, n2_pending *p)
{
    /* An identity that was not whole: it never was. */
    if ((p->kind == N2_KEYS_NEW || p->kind == N2_KEYS_ENTER) && p->own == keyring->n_own)
        n2_own_clear(&keyring->own[p->own], &keyring->secrets->own[p->own]);
    /* Keys that were not added: they are not ours. */
    for (; p->n_added; p->n_added--) {
        size_t last = --keyring->own[p->own].n_keys;

        keyring->own[p->own].keys[last] = (n2_own_key){0};
        n2_signing_key_clear(&keyring->secrets->own[p->own].keys[last]);
    }
    /* A vault that was opened for this alone, or put aside. */
    if (p->own < keyring->n_own &&
        (p->kind == N2_KEYS_REMOVE || p->kind == N2_KEYS_CONTROL || p->kind == N2_KEYS_ADMIT)) {
        n2_vault_close(keyring, p->own, p->wall_us);
        n2_vault_choose(&keyring->own[p->own], &keyring->secrets->own[p->own], NULL, 0,
                        p->wall_us);
    }
    sodium_memzero(p, sizeof *p);
}

void
n2_draft_body(n2_pending *p, const n2_box *body, const size_t *signers, size_t n_signers)
{
    memcpy(p->body, body->bytes, body->len);
    p->body_len = body->len;
    memcpy(p->signers, signers, n_signers * sizeof *signers);
    p->n_signers = n_signers;
    p->n_signed = 0;
}

n2_err
n2_draft_keep(n2_pending *p, const n2_box *statement)
{
    size_t used = 0;

    for (size_t i = 0; i < p->n_kept; i++)
        used += p->kept_len[i];
    if (p->n_kept == sizeof p->kept_len / sizeof *p->kept_len ||
        statement->len > sizeof p->kept - used)
        return N2_ERR_LIMIT;
    memcpy(p->kept + used, statement->bytes, statement->len);
    p->kept_len[p->n_kept++] = statement->len;
    return N2_OK;
}

n2_slice
n2_draft_kept(const n2_pending *p, size_t i)
{
    size_t at = 0;

    for (size_t k = 0; k < i; k++)
        at += p->kept_len[k];
    return (n2_slice){p->kept + at, p->kept_len[i]};
}

/* Those here at once; N2_OK and w->is_later: a token was asked. */
static n2_err
collect(n2_keyring *keyring, n2_pending *p, const n2_box *body, n2_answering *w)
{
    const n2_own *own = &keyring->own[p->own];
    uint8_t d[N2_DIGEST_BYTES];

    n2_statement_digest(body->kind, body->version, body->bytes, body->len, d);
    while (p->n_signed < p->n_signers) {
        size_t i = p->signers[p->n_signed];
        n2_signature *signature = &p->signatures[p->n_signed];

        if (own->keys[i].place.slot != N2_PLACE_HERE) {
            if (!keyring->tokens)
                return N2_ERR_TOKEN;
            w->is_later = true;
            return keyring->tokens->sign(keyring->tokens->user, p->id, &own->keys[i].key,
                                         &own->keys[i].place, d);
        }
        n2_err err = n2_sign(signature, &keyring->secrets->own[p->own].keys[i], d);
        if (err)
            return err;
        p->n_signed++;
    }
    return N2_OK;
}

static n2_err
finish(
    n2_keyring *keyring, n2_pending *p, const n2_box *statement, n2_answering *w, bool *is_over)
{
    n2_statement checked;

    *is_over = true;
    if (p->kind == N2_KEYS_LOGIN)
        return n2_session_began(keyring, p, statement, w);
    if (p->kind != N2_KEYS_SIGN && p->kind != N2_KEYS_VOUCH)
        return n2_change_signed(keyring, p, statement, w, is_over);
    /* As a stranger will check it: right, lifetime, form.  What fails is not given out. */
    const n2_identity *who = &keyring->own[p->own].who;
    n2_err err = n2_statement_read(&checked, statement->bytes, statement->len);
    if (!err && checked.body.kind == N2_KIND_TRANSFER) /* names who signs in another field */
        err = n2_identity_may(who, &checked.keys[0], N2_RIGHT_CONTROL, w->wall_us)
                  ? n2_identity_stands(who)
                  : N2_ERR_REFUSED;
    else if (!err)
        err = n2_identity_check(who, &checked, statement->bytes, statement->len, N2_KIND_VOUCH,
                                w->wall_us, keyring->unicode);
    if (err)
        return err == N2_ERR_FORGED ? N2_ERR_REFUSED : err;
    memcpy(w->room, statement->bytes, statement->len);
    w->a->statement = (n2_slice){w->room, statement->len};
    return N2_OK;
}

n2_err
n2_draft_run(n2_keyring *keyring, n2_pending *p, n2_answering *w)
{
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    bool is_over = false;
    n2_box body, statement;
    n2_err err = N2_OK;

    while (!err && !is_over) {
        err = n2_box_check(&body, p->body, p->body_len, N2_KIND_ANY, keyring->unicode);
        if (!err)
            err = collect(keyring, p, &body, w);
        if (!err && w->is_later)
            return N2_OK;
        if (!err)
            err = n2_statement_make(bytes, sizeof bytes, &body, p->signatures, p->n_signers,
                                    &statement);
        if (!err)
            err = finish(keyring, p, &statement, w, &is_over);
    }
    w->is_later = false;
    n2_draft_drop(keyring, p);
    return err;
}

/* The vault is open: what it was opened for. */
static n2_err
agreed(n2_keyring *keyring, n2_pending *p, const uint8_t *shared, size_t len, n2_answering *w)
{
    n2_err err = n2_vault_agreed(keyring, p, shared, len);

    if (p->kind != N2_KEYS_ACCOUNT) /* it goes without, too */
        return n2_list_go_on(keyring, p, w);
    if (!err)
        err = n2_account_give(keyring, p->own, &p->q, w);
    n2_draft_drop(keyring, p);
    return err;
}

static n2_err
go_on(n2_keyring *keyring, n2_pending *p, const uint8_t *bytes, size_t len, n2_answering *w)
{
    if (p->is_agreeing)
        return agreed(keyring, p, bytes, len, w);

    const n2_own_key *own = &keyring->own[p->own].keys[p->signers[p->n_signed]];
    n2_signature *signature = &p->signatures[p->n_signed];
    uint8_t d[N2_DIGEST_BYTES];
    n2_box body;
    n2_err err = len == n2_signature_bytes(own->key.method) ? N2_OK : N2_ERR_FORGED;

    if (!err)
        err = n2_box_check(&body, p->body, p->body_len, N2_KIND_ANY, keyring->unicode);
    if (!err) {
        n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
        signature->key = own->key;
        memcpy(signature->bytes, bytes, len);
        err = n2_signature_check(signature, d);
    }
    if (err) {
        n2_draft_drop(keyring, p);
        return err;
    }
    p->n_signed++;
    return n2_draft_run(keyring, p, w);
}

n2_err
n2_keyring_token_done(n2_keyring *keyring,
                      uint32_t id,
                      n2_err result,
                      const uint8_t *bytes,
                      size_t len,
                      int64_t wall_us,
                      void *buf,
                      size_t cap,
                      size_t *answer_len)
{
    uint8_t room[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_pending *p = find(keyring, id);

    *answer_len = 0;
    if (!p)
        return N2_OK;
    n2_keys_answer a = {.id = id, .kind = p->kind};
    n2_answering w = {.wall_us = wall_us, .room = room, .a = &a};
    bool goes_without =
        p->is_agreeing && p->kind != N2_KEYS_ACCOUNT && result != N2_ERR_CANCELLED;
    if (result && goes_without) {
        p->is_agreeing = false;
        a.err = n2_list_go_on(keyring, p, &w);
    } else if (result) {
        a.err = result;
        n2_draft_drop(keyring, p);
    } else if (wall_us < p->wall_us || wall_us > p->wall_us + (int64_t)N2_HOUR_US) {
        a.err = N2_ERR_TIMEOUT; /* what it signed for was another day */
        n2_draft_drop(keyring, p);
    } else {
        a.err = go_on(keyring, p, bytes, len, &w);
    }
    return w.is_later ? N2_OK : n2_keys_answer_write(&a, buf, cap, answer_len);
}

size_t
n2_keyring_waiting(const n2_keyring *keyring, uint32_t *ids)
{
    size_t n = 0;

    for (size_t i = 0; keyring->secrets && i < N2_KEYRING_PENDING_MAX; i++)
        if (keyring->secrets->pending[i].is_used)
            ids[n++] = keyring->secrets->pending[i].id;
    return n;
}

void
n2_keyring_cancel(n2_keyring *keyring, uint32_t id)
{
    n2_pending *p = find(keyring, id);

    if (!p)
        return;
    if (keyring->tokens)
        keyring->tokens->cancel(keyring->tokens->user, id);
    n2_draft_drop(keyring, p);
}
