/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * proof.h - who is at an end of a connection: a session key, certified by an identity, signs
 * the connection's handshake.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: protocol.md, section 2, "Who are you"; data.md, sections 1 and 2 (kind 8).
 *
 *     transcript  "net2o identity 1" 16, role 1, suite 1, handshake hash 64, identity 33,
 *                 session key (method 1, key)
 *     signature   of D (statement.h) of kind 0, which no box has, version 1, body = transcript
 *
 * The hash holds the responder's static key and fresh keys of both sides, so a proof made for
 * one connection is none for another, nor for another holder.  The role keeps it from being
 * shown back, identity and session key from being taken for another's.
 */
#pragma once

#include "crypto/identity-set.h"

enum {
    N2_HANDSHAKE_HASH_BYTES = 64,
    N2_SESSION_LOG_IN = 1, /* uses of a session key, added up: to prove who one is; letters */
    N2_SESSION_LETTER = 2, /* and trees are for later */
    N2_SESSION_PUBLISH = 4,
    N2_SESSION_USES_ALL = 7
};

typedef enum {
    N2_PROOF_ASKER = 0,
    N2_PROOF_HOLDER = 1
} n2_proof_role;

/** What is proven. */
typedef struct {
    n2_proof_role role;
    uint8_t suite; /* of the handshake */
    uint8_t hash[N2_HANDSHAKE_HASH_BYTES];
    n2_id who;
    n2_key session;
} n2_proof;

/** D of the transcript: what the session key signs. */
void n2_proof_digest(const n2_proof *proof, uint8_t d[N2_DIGEST_BYTES]);

/** The body of a session certificate (kind 8), to be signed by a key with right session. */
N2_MUST_USE n2_err n2_session_body(void *buf,
                                   size_t cap,
                                   const n2_id *who,
                                   const n2_key *session,
                                   int64_t uses,
                                   int64_t from_us,
                                   int64_t until_us,
                                   n2_box *out);

/** Were all statements of what somebody shows found to hold before?  Then n2_proof_check() has
 * one signature to verify, else several. */
bool n2_proof_is_known(const uint8_t *chain,
                       size_t chain_len,
                       const uint8_t *certificate,
                       size_t certificate_len,
                       const n2_verified *verified);

/**
 * Takes what somebody shows of an identity into a set: statements, each with its length 2
 * before it.  Errors: n2_identity_take() of the first that is refused, N2_ERR_TRUNCATED,
 * N2_ERR_LIMIT (256 KiB).
 *
 * @is_news: (inout) (nullable): set if there was something that counts and was not in the set.
 */
N2_MUST_USE n2_err n2_chain_take(n2_identity_set *set,
                                 const uint8_t *chain,
                                 size_t len,
                                 int64_t wall_us,
                                 n2_verified *verified,
                                 bool *is_news);

/**
 * Checks what somebody shows.
 *
 * @proof:       (inout): role, suite and hash as this side knows them; who and session are
 * filled in on success, zeroed on failure.
 * @chain:       birth, controls, adds, and so on, in any order: each with its length 2 before
 *               it.
 * @certificate: the session certificate; names the identity.
 * @signature:   raw, of its key's length.
 * @verified:    (nullable): statements that were found to hold before.
 * @until_us:    (out): end of the certificate, us since 1970.
 *
 * Returns: N2_OK
 *          N2_ERR_FORGED       another identity, a key without the right or past its end, a
 *                              certificate that is over or not for this use, another connection
 *          N2_ERR_UNSUPPORTED  a statement or method that this program cannot follow
 *          N2_ERR_FROZEN, N2_ERR_ENDED  the identity: nothing new of it is believed
 *          N2_ERR_FORMAT, N2_ERR_TRUNCATED and what else readers say
 */
N2_MUST_USE n2_err n2_proof_check(n2_proof *proof,
                                  const uint8_t *chain,
                                  size_t chain_len,
                                  const uint8_t *certificate,
                                  size_t certificate_len,
                                  const uint8_t *signature,
                                  size_t signature_len,
                                  int64_t wall_us,
                                  const n2_unicode *unicode,
                                  n2_verified *verified,
                                  int64_t *until_us);
