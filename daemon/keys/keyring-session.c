/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-session.c - session keys: drawn when somebody is to be shown who we are, certified by
 * a key with right session, forgotten with this process.
 *
 * What a session key signs is the transcript of a handshake and nothing else, so the node can
 * have a proof for a connection made and no other signature.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/proof.h"
#include "keys/keyring-impl.h"

/* A key and its certificate, as a stranger will check it. */
static n2_err
begin_session(const n2_keyring *keyring, n2_own *own, n2_own_secrets *secrets, int64_t wall_us)
{
    uint8_t seed[N2_SEED_BYTES_MAX];
    uint8_t body_bytes[N2_STATEMENT_BYTES_SMALL], bytes[N2_STATEMENT_BYTES_SMALL];
    int64_t until_us = wall_us + (int64_t)N2_SESSION_LIFETIME_US;
    n2_signing_key session;
    n2_statement checked;
    n2_box body, statement;

    n2_env_random(keyring->env, seed, n2_seed_bytes(N2_KEY_ED25519));
    n2_err err = n2_signing_key_init(&session, N2_KEY_ED25519, seed);
    sodium_memzero(seed, sizeof seed);
    if (!err)
        err = n2_session_body(body_bytes, sizeof body_bytes, &own->who.id, &session.key,
                              N2_SESSION_LOG_IN, wall_us, until_us, &body);
    if (!err)
        err = n2_statement_sign(bytes, sizeof bytes, &body, &secrets->device, &statement);
    if (!err)
        err = n2_identity_check(&own->who, &checked, statement.bytes, statement.len,
                                N2_KIND_SESSION, wall_us, keyring->unicode);
    uint8_t *kept = err ? NULL : malloc(statement.len);
    if (!err && !kept)
        err = N2_ERR_NOMEM;
    if (!err) {
        memcpy(kept, statement.bytes, statement.len);
        free(own->session.bytes);
        own->session = (n2_own_statement){kept, statement.len};
        own->session_until_us = until_us;
        secrets->session = session;
    }
    n2_signing_key_clear(&session);
    return err == N2_ERR_FORGED ? N2_ERR_REFUSED : err;
}

n2_err
n2_session_answer(n2_keyring *keyring,
                  const n2_keys_request *q,
                  int64_t wall_us,
                  uint8_t *room,
                  n2_keys_answer *a)
{
    n2_proof proof = {.role = N2_PROOF_ASKER, .suite = q->suite, .who = q->who};
    uint8_t d[N2_DIGEST_BYTES];
    n2_signature signature;
    size_t index;

    n2_err err = n2_own_find(keyring, &q->who, &index);
    if (err)
        return err;
    if (wall_us <= 0)
        return N2_ERR_STATE;
    n2_own *own = &keyring->own[index];
    n2_own_secrets *secrets = &keyring->secrets->own[index];
    int64_t left_us = own->session_until_us - wall_us;
    if (!own->session.bytes || left_us < (int64_t)N2_SESSION_RENEW_US ||
        left_us > (int64_t)N2_SESSION_LIFETIME_US) /* the clock was put back */
        err = begin_session(keyring, own, secrets, wall_us);
    if (err)
        return err;
    memcpy(proof.hash, q->hash, sizeof proof.hash);
    proof.session = secrets->session.key;
    n2_proof_digest(&proof, d);
    err = n2_sign(&signature, &secrets->session, d);
    if (err)
        return err;
    size_t len = n2_signature_bytes(signature.key.method);
    memcpy(room, signature.bytes, len);
    a->statement = (n2_slice){own->session.bytes, own->session.len};
    a->signature = (n2_slice){room, len};
    return N2_OK;
}
