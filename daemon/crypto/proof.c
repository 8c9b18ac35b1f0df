/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * proof.c - session certificates, and the proof of who is at an end of a connection.
 */
#include "crypto/proof.h"

#include <string.h>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/hash.h"

enum {
    PROOF_KIND = 0, /* no box has it */
    PROOF_VERSION = 1,
    SESSION_WHO = 1,
    SESSION_KEY = 2,
    SESSION_USES = 3,
    SESSION_FROM = 4,
    SESSION_UNTIL = 5,
    TRANSCRIPT_BYTES_MAX =
        16 + 1 + 1 + N2_HANDSHAKE_HASH_BYTES + N2_ID_BYTES + 1 + N2_KEY_BYTES_MAX
};

void
n2_proof_digest(const n2_proof *proof, uint8_t d[N2_DIGEST_BYTES])
{
    uint8_t bytes[TRANSCRIPT_BYTES_MAX];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);

    n2_write_bytes(&w, "net2o identity 1", 16);
    n2_write_u8(&w, (uint8_t)proof->role);
    n2_write_u8(&w, proof->suite);
    n2_write_bytes(&w, proof->hash, sizeof proof->hash);
    n2_write_u8(&w, proof->who.method);
    n2_write_bytes(&w, proof->who.hash, sizeof proof->who.hash);
    n2_write_u8(&w, proof->session.method);
    n2_write_bytes(&w, proof->session.bytes, n2_key_bytes(proof->session.method));
    n2_statement_digest(PROOF_KIND, PROOF_VERSION, bytes, w.len, d);
}

n2_err
n2_session_body(void *buf,
                size_t cap,
                const n2_id *who,
                const n2_key *session,
                int64_t uses,
                int64_t from_us,
                int64_t until_us,
                n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_SESSION);

    n2_box_put_id(&w, SESSION_WHO, who);
    n2_box_put_key(&w, SESSION_KEY, session);
    n2_box_put_int(&w, SESSION_USES, uses);
    n2_box_put_time(&w, SESSION_FROM, from_us);
    n2_box_put_time(&w, SESSION_UNTIL, until_us);
    return n2_box_end(&w, out, NULL);
}

/* Whose certificate it is, from its form alone. */
static n2_err
read_who(n2_id *out, const uint8_t *certificate, size_t len, const n2_unicode *unicode)
{
    n2_box box, body;
    n2_field f;
    n2_err err = n2_box_check(&box, certificate, len, N2_KIND_SIGNED, unicode);

    if (err)
        return err;
    (void)n2_box_find(&box, 1, &f);
    body = n2_box_of_field(&f);
    if (body.kind != N2_KIND_SESSION)
        return N2_ERR_FORMAT;
    *out = n2_box_id(&body, SESSION_WHO);
    return N2_OK;
}

n2_err
n2_chain_take(n2_identity_set *set,
              const uint8_t *chain,
              size_t len,
              int64_t wall_us,
              n2_verified *verified,
              bool *is_news)
{
    n2_reader r = n2_reader_init(chain, len);
    n2_err err = len <= N2_IDENTITY_BYTES_MAX ? N2_OK : N2_ERR_LIMIT;
    n2_taken taken = N2_TAKEN_NOTHING;

    do {
        size_t n = n2_read_u16(&r);
        const uint8_t *statement = n2_read_bytes(&r, n);

        if (!err)
            err = r.err;
        if (!err)
            err = n2_identity_take(set, statement, n, wall_us, verified, &taken);
        if (!err && is_news && taken == N2_TAKEN_NEW)
            *is_news = true;
    } while (!err && n2_reader_left(&r));
    return err;
}

static n2_err
read_chain(n2_identity *out,
           const n2_id *who,
           const uint8_t *chain,
           size_t len,
           int64_t wall_us,
           const n2_unicode *unicode,
           n2_verified *verified)
{
    n2_identity_set *set;

    *out = (n2_identity){0};
    n2_err err = n2_identity_set_new(&set, who, unicode);
    if (!err)
        err = n2_chain_take(set, chain, len, wall_us, verified, NULL);
    if (!err && n2_identity_look(set, wall_us, out))
        err = N2_ERR_FORGED; /* no birth */
    n2_identity_set_free(set);
    return err;
}

static bool
is_known(const uint8_t *statement, size_t len, const n2_verified *verified)
{
    uint8_t hash[N2_HASH_BYTES];

    n2_sha256_of(statement, len, hash);
    return n2_verified_has(verified, hash);
}

bool
n2_proof_is_known(const uint8_t *chain,
                  size_t chain_len,
                  const uint8_t *certificate,
                  size_t certificate_len,
                  const n2_verified *verified)
{
    n2_reader r = n2_reader_init(chain, chain_len);
    bool are_known = is_known(certificate, certificate_len, verified);

    while (are_known && n2_reader_left(&r)) {
        size_t n = n2_read_u16(&r);
        const uint8_t *statement = n2_read_bytes(&r, n);

        are_known = !r.err && is_known(statement, n, verified);
    }
    return are_known;
}

n2_err
n2_proof_check(n2_proof *proof,
               const uint8_t *chain,
               size_t chain_len,
               const uint8_t *certificate,
               size_t certificate_len,
               const uint8_t *signature,
               size_t signature_len,
               int64_t wall_us,
               const n2_unicode *unicode,
               n2_verified *verified,
               int64_t *until_us)
{
    n2_proof p = *proof;
    n2_signature s = {.key = {0}};
    uint8_t d[N2_DIGEST_BYTES];
    n2_identity identity;
    n2_statement checked;

    proof->who = (n2_id){0};
    proof->session = (n2_key){0};
    n2_err err = read_who(&p.who, certificate, certificate_len, unicode);
    if (!err)
        err = read_chain(&identity, &p.who, chain, chain_len, wall_us, unicode, verified);
    if (!err)
        err = n2_identity_check_once(&identity, &checked, certificate, certificate_len,
                                     N2_KIND_SESSION, wall_us, unicode, verified);
    if (err)
        return err;
    int64_t uses = n2_box_int(&checked.body, SESSION_USES);
    s.key = p.session = n2_box_key(&checked.body, SESSION_KEY);
    if (uses & ~(int64_t)N2_SESSION_USES_ALL)
        return N2_ERR_UNSUPPORTED;
    if (!(uses & N2_SESSION_LOG_IN))
        return N2_ERR_FORGED;
    if (!signature_len || signature_len != n2_signature_bytes(p.session.method))
        return N2_ERR_FORMAT;
    memcpy(s.bytes, signature, signature_len);
    n2_proof_digest(&p, d);
    err = n2_signature_check(&s, d);
    if (err)
        return err;
    *until_us = n2_box_int(&checked.body, SESSION_UNTIL);
    *proof = p;
    return N2_OK;
}
