/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-session.c - session keys: drawn for some hours, certified by a key with right
 * session, forgotten with this process, or when their owner says so.
 *
 * What a session key signs is the transcript of a handshake and nothing else, so the node can
 * have a proof for a connection made and no other signature.  A token certifies session keys
 * and signs nothing else with that right: a touch that somebody swallows is worth a day.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/proof.h"
#include "keys/keyring-impl.h"

void
n2_session_end(n2_own *own, n2_own_secrets *secrets)
{
    n2_signing_key_clear(&secrets->session);
    sodium_memzero(secrets->vault, sizeof secrets->vault);
    secrets->has_vault = false;
    free(own->session);
    own->session = NULL;
    own->session_len = 0;
    own->session_from_us = own->session_until_us = 0;
    own->is_by_hand = false;
    own->session_by = (n2_key){0};
    own->session_place = (n2_keys_place){0};
}

void
n2_session_recheck(n2_own *own, n2_own_secrets *secrets, int64_t wall_us)
{
    if (own->session &&
        (n2_identity_stands(&own->who) ||
         !n2_identity_may(&own->who, &own->session_by, N2_RIGHT_SESSION, wall_us)))
        n2_session_end(own, secrets);
}

bool
n2_session_is_on(const n2_own *own, int64_t wall_us)
{
    return own->session && wall_us > 0 && wall_us < own->session_until_us &&
           wall_us + (int64_t)N2_CLOCK_SKEW_US >= own->session_from_us;
}

n2_err
n2_session_may(const n2_own *own, int64_t wall_us)
{
    n2_err err = n2_identity_stands(&own->who);

    if (err)
        return err;
    if (wall_us <= 0)
        return N2_ERR_STATE;
    if (n2_session_is_on(own, wall_us))
        return N2_OK;
    if (n2_own_needs_token(own, wall_us))
        return N2_ERR_TOKEN;
    return own->is_signed_out || own->is_by_hand ? N2_ERR_STATE : N2_OK;
}

/* A new key, and the body that certifies it. */
static n2_err
draft(const n2_keyring *keyring,
      const n2_own *own,
      int64_t wall_us,
      int64_t until_us,
      n2_signing_key *session,
      uint8_t bytes[N2_STATEMENT_BYTES_SMALL],
      n2_box *body)
{
    n2_err err = n2_own_draw(keyring, N2_KEY_ED25519, session);

    if (!err)
        err = n2_session_body(bytes, N2_STATEMENT_BYTES_SMALL, &own->who.id, &session->key,
                              N2_SESSION_LOG_IN, wall_us, until_us, body);
    if (err)
        n2_signing_key_clear(session);
    return err;
}

/* As a stranger will check it; then it takes the place of the last one. */
static n2_err
keep(n2_keyring *keyring,
     size_t index,
     size_t by,
     const n2_signing_key *session,
     const n2_box *certificate,
     int64_t wall_us,
     int64_t until_us)
{
    n2_own *own = &keyring->own[index];
    n2_statement checked;

    n2_err err = n2_identity_check(&own->who, &checked, certificate->bytes, certificate->len,
                                   N2_KIND_SESSION, wall_us, keyring->unicode);
    if (err)
        return err == N2_ERR_FORGED ? N2_ERR_REFUSED : err;
    uint8_t *kept = malloc(certificate->len);
    if (!kept)
        return N2_ERR_NOMEM;
    memcpy(kept, certificate->bytes, certificate->len);
    free(own->session);
    own->session = kept;
    own->session_len = certificate->len;
    own->session_from_us = wall_us;
    own->session_until_us = until_us;
    own->session_by = own->keys[by].key;
    own->session_place = own->keys[by].place;
    keyring->secrets->own[index].session = *session;
    return N2_OK;
}

/* One that nobody asked for, by a key that is here: of a machine that runs by itself. */
static n2_err
begin_by_itself(n2_keyring *keyring, size_t index, int64_t wall_us)
{
    n2_own *own = &keyring->own[index];
    uint8_t body_bytes[N2_STATEMENT_BYTES_SMALL], bytes[N2_STATEMENT_BYTES_SMALL];
    int64_t until_us = wall_us + (int64_t)N2_SESSION_LIFETIME_US;
    size_t by = n2_own_signer(own, N2_RIGHT_SESSION, wall_us);
    n2_signing_key session;
    n2_box body, statement;

    if (by == NO_KEY || own->keys[by].place.slot != N2_PLACE_HERE)
        return N2_ERR_REFUSED;
    n2_err err = draft(keyring, own, wall_us, until_us, &session, body_bytes, &body);
    if (err)
        return err;
    err = n2_statement_sign(bytes, sizeof bytes, &body, &keyring->secrets->own[index].keys[by],
                            &statement);
    if (!err)
        err = keep(keyring, index, by, &session, &statement, wall_us, until_us);
    n2_signing_key_clear(&session);
    return err;
}

/* No session now, but one is begun when somebody is to be shown who we are. */
static n2_err
let_begin(n2_keyring *keyring, size_t index, int64_t wall_us)
{
    n2_own *own = &keyring->own[index];

    if (n2_own_needs_token(own, wall_us))
        return N2_ERR_TOKEN;
    n2_session_end(own, &keyring->secrets->own[index]);
    own->is_signed_out = false;
    return n2_keyring_save(keyring);
}

n2_err
n2_session_login(n2_keyring *keyring, const n2_keys_request *q, n2_answering *w)
{
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    size_t index, by = NO_KEY;
    n2_pending *p;
    n2_box body;

    n2_err err = n2_own_find(keyring, &q->who, &index);
    if (err)
        return err;
    const n2_own *own = &keyring->own[index];
    err = n2_identity_stands(&own->who);
    if (err)
        return err;
    if (q->hours > N2_SESSION_HOURS_MAX)
        return N2_ERR_FORMAT;
    if (w->wall_us <= 0)
        return N2_ERR_STATE;
    if (!q->hours)
        return let_begin(keyring, index, w->wall_us);
    for (size_t i = 0; i < own->n_keys; i++) { /* a token's before one that is here */
        if (!n2_identity_may(&own->who, &own->keys[i].key, N2_RIGHT_SESSION, w->wall_us))
            continue;
        bool is_here = own->keys[i].place.slot == N2_PLACE_HERE;
        bool was_here = by != NO_KEY && own->keys[by].place.slot == N2_PLACE_HERE;
        if (by == NO_KEY || (was_here && !is_here) ||
            (was_here == is_here && !n2_own_is_at_hand(own, by) && n2_own_is_at_hand(own, i)))
            by = i;
    }
    if (by == NO_KEY)
        return N2_ERR_REFUSED;
    err = n2_draft_new(keyring, q, index, w->wall_us, &p);
    if (err)
        return err;
    p->until_us = w->wall_us + q->hours * (int64_t)N2_HOUR_US;
    err = draft(keyring, own, w->wall_us, p->until_us, &p->session, bytes, &body);
    if (err) {
        n2_draft_drop(keyring, p);
        return err;
    }
    n2_draft_body(p, &body, &by, 1);
    return n2_draft_run(keyring, p, w);
}

n2_err
n2_session_began(n2_keyring *keyring, n2_pending *p, const n2_box *certificate, n2_answering *w)
{
    n2_own *own = &keyring->own[p->own];

    if (!p->until_us) /* signed out meanwhile */
        return N2_ERR_CANCELLED;
    n2_err err =
        keep(keyring, p->own, p->signers[0], &p->session, certificate, p->wall_us, p->until_us);
    if (err)
        return err;
    bool is_new = !(own->is_signed_out || own->is_by_hand);
    own->is_by_hand = true;
    own->is_signed_out = false;
    w->a->until_us = p->until_us;
    err = is_new ? n2_keyring_save(keyring) : N2_OK; /* a restart ends it for good */
    if (err)
        n2_session_end(own, &keyring->secrets->own[p->own]);
    return err;
}

n2_err
n2_session_prove(n2_keyring *keyring, const n2_keys_request *q, n2_answering *w)
{
    n2_proof proof = {.role = N2_PROOF_ASKER, .suite = q->suite, .who = q->who};
    uint8_t d[N2_DIGEST_BYTES];
    n2_signature signature;
    size_t index;

    n2_err err = n2_own_find(keyring, &q->who, &index);
    if (err)
        return err;
    n2_own *own = &keyring->own[index];
    n2_own_secrets *secrets = &keyring->secrets->own[index];
    err = n2_session_may(own, w->wall_us);
    if (err)
        return err;
    int64_t left_us = own->session_until_us - w->wall_us;
    if (!own->is_by_hand && (!own->session || left_us < (int64_t)N2_SESSION_RENEW_US ||
                             left_us > (int64_t)N2_SESSION_LIFETIME_US)) /* clock put back */
        err = begin_by_itself(keyring, index, w->wall_us);
    if (err)
        return err;
    memcpy(proof.hash, q->hash, sizeof proof.hash);
    proof.session = secrets->session.key;
    n2_proof_digest(&proof, d);
    err = n2_sign(&signature, &secrets->session, d);
    if (err)
        return err;
    size_t len = n2_signature_bytes(signature.key.method);
    memcpy(w->room, signature.bytes, len);
    w->a->statement = (n2_slice){own->session, own->session_len};
    w->a->signature = (n2_slice){w->room, len};
    return N2_OK;
}

/* The file says where a key was made; a clone has another number, and a token that came second
 * of two with one number may have another count. */
static bool
is_lost(const n2_own *own, const uint8_t aid[N2_KEYS_AID_BYTES])
{
    const n2_keys_place *place = &own->session_place;

    if (place->slot == N2_PLACE_HERE)
        return false;
    if (!memcmp(place->aid, aid, N2_KEYS_AID_NUMBER_BYTES))
        return true;
    return own->tokens && own->tokens->is_there &&
           !own->tokens->is_there(own->tokens->user, &own->session_by);
}

size_t
n2_keyring_pulled(n2_keyring *keyring, const uint8_t aid[N2_KEYS_AID_BYTES], n2_id *said)
{
    size_t n = 0;

    for (size_t i = 0; keyring->secrets && i < keyring->n_own; i++) {
        n2_own *own = &keyring->own[i];
        if (!own->session || !is_lost(own, aid))
            continue;
        n2_session_end(own, &keyring->secrets->own[i]);
        said[n++] = own->who.id;
    }
    return n;
}
