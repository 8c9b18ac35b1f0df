/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * statement.c - statements put together and taken apart; the cryptography is in sign.c.
 */
#include "crypto/statement.h"

#include <string.h>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/hash.h"

enum {
    FIELD_BODY = 1,
    FIELD_SIGNATURES = 64
};

void
n2_statement_digest(
    uint8_t kind, uint8_t version, const uint8_t *body, size_t len, uint8_t d[N2_DIGEST_BYTES])
{
    static const char first[] = "net2o sign 1"; /* with its NUL */
    static const char last[] = "net2o";
    const uint8_t which[2] = {kind, version};
    uint8_t of_body[N2_SHA512_BYTES];
    n2_sha512 hash;

    n2_sha512_of(body, len, of_body);
    n2_sha512_init(&hash);
    n2_sha512_update(&hash, first, sizeof first);
    n2_sha512_update(&hash, which, sizeof which);
    n2_sha512_update(&hash, of_body, sizeof of_body);
    n2_sha512_update(&hash, last, sizeof last - 1);
    n2_sha512_final(&hash, d);
}

n2_err
n2_statement_make(void *buf,
                  size_t cap,
                  const n2_box *body,
                  const n2_signature *signatures,
                  size_t n,
                  n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_SIGNED);

    *out = (n2_box){0};
    if (!n || n > N2_SIGNATURES_MAX)
        return N2_ERR_LIMIT;
    n2_box_put_box(&w, FIELD_BODY, body);
    for (size_t i = 0; i < n; i++) {
        uint8_t field[N2_SIGNATURE_FIELD_BYTES_MAX];
        n2_writer f = n2_writer_init(field, sizeof field);
        size_t len = 0;
        n2_write_u8(&f, signatures[i].key.method);
        n2_write_bytes(&f, signatures[i].key.bytes, n2_key_bytes(signatures[i].key.method));
        n2_write_bytes(&f, signatures[i].bytes, n2_signature_bytes(signatures[i].key.method));
        n2_err err = n2_writer_finish(&f, &len);
        if (err)
            return err;
        n2_box_put_bytes(&w, FIELD_SIGNATURES, field, len);
    }
    return n2_box_end(&w, out, NULL);
}

n2_err
n2_statement_sign(
    void *buf, size_t cap, const n2_box *body, const n2_signing_key *key, n2_box *out)
{
    uint8_t d[N2_DIGEST_BYTES];
    n2_signature signature;

    *out = (n2_box){0};
    n2_statement_digest(body->kind, body->version, body->bytes, body->len, d);
    n2_err err = n2_sign(&signature, key, d);
    return err ? err : n2_statement_make(buf, cap, body, &signature, 1, out);
}

static n2_err
read_signature(n2_signature *out, const n2_field *f)
{
    n2_reader r = n2_reader_init(f->value, f->len);

    *out = (n2_signature){0};
    out->key.method = n2_read_u8(&r);
    size_t len = n2_signature_bytes(out->key.method);
    if (!len)
        return N2_ERR_UNSUPPORTED;
    n2_read_copy(&r, out->key.bytes, n2_key_bytes(out->key.method));
    n2_read_copy(&r, out->bytes, len);
    return n2_reader_finish(&r) ? N2_ERR_FORMAT : N2_OK;
}

/* The signatures of @s, by keys that become its keys; they are verified unless @hold. */
static n2_err
take_signatures(n2_statement *s, bool hold)
{
    uint8_t d[N2_DIGEST_BYTES];
    n2_field f;

    if (!hold)
        n2_statement_digest(s->body.kind, s->body.version, s->body.bytes, s->body.len, d);
    for (size_t at = 0; n2_box_next(&s->box, &at, &f);) {
        n2_signature signature;
        if (f.number != FIELD_SIGNATURES)
            continue;
        n2_err err = read_signature(&signature, &f);
        if (!err && n2_statement_is_by(s, &signature.key))
            err = N2_ERR_FORGED; /* one signer, two signatures: two encodings of one thing */
        if (!err && !hold)
            err = n2_signature_check(&signature, d);
        if (err)
            return err;
        s->keys[s->n_keys++] = signature.key; /* kinds.h: 16 at most */
    }
    return s->n_keys ? N2_OK : N2_ERR_FORGED;
}

n2_err
n2_statement_check(
    n2_statement *out, const void *bytes, size_t len, uint8_t kind, const n2_unicode *unicode)
{
    return n2_statement_check_once(out, bytes, len, kind, unicode, NULL);
}

n2_err
n2_statement_check_once(n2_statement *out,
                        const void *bytes,
                        size_t len,
                        uint8_t kind,
                        const n2_unicode *unicode,
                        n2_verified *verified)
{
    uint8_t hash[N2_HASH_BYTES];
    n2_statement s = {0};
    bool hold = false;
    n2_field f;

    *out = (n2_statement){0};
    n2_err err = n2_box_check(&s.box, bytes, len, N2_KIND_SIGNED, unicode);
    if (err)
        return err;
    (void)n2_box_find(&s.box, FIELD_BODY, &f);
    s.body = n2_box_of_field(&f);
    if (kind && s.body.kind != kind)
        return N2_ERR_FORMAT;
    if (verified) {
        n2_sha256_of(bytes, len, hash);
        hold = n2_verified_has(verified, hash);
        verified->n_met += hold;
    }
    err = take_signatures(&s, hold);
    if (err)
        return err;
    if (verified)
        n2_verified_add(verified, hash);
    *out = s;
    return N2_OK;
}

n2_err
n2_statement_read(n2_statement *out, const void *bytes, size_t len)
{
    n2_statement s = {0};
    n2_field f;

    *out = (n2_statement){0};
    n2_err err = n2_box_check(&s.box, bytes, len, N2_KIND_SIGNED, NULL);
    if (err)
        return err;
    (void)n2_box_find(&s.box, FIELD_BODY, &f);
    s.body = n2_box_of_field(&f);
    err = take_signatures(&s, true);
    if (!err)
        *out = s;
    return err;
}

bool
n2_statement_is_by(const n2_statement *statement, const n2_key *key)
{
    for (size_t i = 0; i < statement->n_keys; i++)
        if (n2_key_equal(&statement->keys[i], key))
            return true;
    return false;
}
