/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * nodekey.c - node keys, the answer to a key query, and the chain that proves it.
 */
#include "crypto/nodekey.h"

#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "base/writer.h"

enum {
    NODE_WHO = 1,
    NODE_STATIC = 2,
    NODE_SUITES = 3,
    NODE_SERIAL = 4,
    NODE_UNTIL = 5,

    BODY_BYTES_MAX = 256
};

static const int64_t second_us = 1000000;

void
n2_node_key_static(const n2_node_key *k, n2_key *out)
{
    *out = (n2_key){.method = k->is_x448 ? N2_KEY_X448 : N2_KEY_X25519};
    memcpy(out->bytes, k->key, n2_node_key_len(k));
}

n2_err
n2_node_key_body(void *buf, size_t cap, const n2_id *who, const n2_node_key *k, n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_NODE_KEY);
    n2_key key;

    n2_node_key_static(k, &key);
    n2_box_put_id(&w, NODE_WHO, who);
    n2_box_put_key(&w, NODE_STATIC, &key);
    n2_box_put_int(&w, NODE_SUITES, k->suites);
    n2_box_put_int(&w, NODE_SERIAL, k->serial);
    n2_box_put_time(&w, NODE_UNTIL, k->until_s * second_us);
    return n2_box_end(&w, out, NULL);
}

static void
hint_of(const n2_key *device, uint8_t hint[static N2_ANSWER_HINT_BYTES])
{
    uint8_t hash[N2_HASH_BYTES];

    n2_sha256_of(device->bytes, n2_key_bytes(device->method), hash);
    memcpy(hint, hash, N2_ANSWER_HINT_BYTES);
}

bool
n2_node_key_is_by(const n2_node_key *k, const n2_key *device)
{
    uint8_t hint[N2_ANSWER_HINT_BYTES];

    hint_of(device, hint);
    return memcmp(hint, k->hint, sizeof hint) == 0;
}

static n2_err
digest(const n2_node_key *k, const n2_id *who, uint8_t d[static N2_DIGEST_BYTES])
{
    uint8_t buf[BODY_BYTES_MAX];
    n2_box body;
    n2_err err = n2_node_key_body(buf, sizeof buf, who, k, &body);

    if (!err)
        n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    return err;
}

n2_err
n2_node_key_sign(n2_node_key *k, const n2_id *who, const n2_signing_key *device)
{
    uint8_t d[N2_DIGEST_BYTES];
    n2_signature signature;

    if (n2_signature_bytes(device->key.method) != sizeof k->signature)
        return N2_ERR_UNSUPPORTED;
    n2_err err = digest(k, who, d);
    if (!err)
        err = n2_sign(&signature, device, d);
    if (err)
        return err;
    memcpy(k->signature, signature.bytes, sizeof k->signature);
    hint_of(&device->key, k->hint);
    return N2_OK;
}

void
n2_node_key_write(const n2_node_key *k, uint8_t *answer)
{
    n2_writer w = n2_writer_init(answer, n2_node_key_answer_len(k));

    n2_write_u8(&w, n2_node_key_suite(k));
    n2_write_u8(&w, k->suites);
    n2_write_u32(&w, k->serial);
    n2_write_u32(&w, k->until_s);
    n2_write_bytes(&w, k->key, n2_node_key_len(k));
    n2_write_bytes(&w, k->signature, sizeof k->signature);
    n2_write_bytes(&w, k->hint, sizeof k->hint);
}

n2_err
n2_node_key_read(n2_node_key *out, const uint8_t *answer, size_t len)
{
    n2_reader r = n2_reader_init(answer, len);
    n2_node_key k = {0};

    uint8_t type = n2_read_u8(&r);
    k.is_x448 = type == 2;
    k.suites = n2_read_u8(&r);
    k.serial = n2_read_u32(&r);
    k.until_s = n2_read_u32(&r);
    n2_read_copy(&r, k.key, n2_node_key_len(&k));
    n2_read_copy(&r, k.signature, sizeof k.signature);
    n2_read_copy(&r, k.hint, sizeof k.hint);
    n2_err err = n2_reader_finish(&r);
    if (!err && (type != n2_node_key_suite(&k) || !(k.suites & 1 << (type - 1))))
        err = N2_ERR_FORMAT;
    *out = err ? (n2_node_key){0} : k;
    return err;
}

n2_err
n2_node_key_fresh(const n2_node_key *k, int64_t wall_us)
{
    int64_t until = k->until_s * second_us;
    int64_t life = n2_kind_rule_of(N2_KIND_NODE_KEY)->lifetime_s * second_us;

    if (!wall_us)
        return N2_OK;
    if (until <= wall_us)
        return N2_ERR_TIMEOUT;
    return until - wall_us > life + (int64_t)N2_CLOCK_SKEW_US ? N2_ERR_FORMAT : N2_OK;
}

n2_err
n2_node_key_check(const n2_node_key *k, const n2_identity *identity, int64_t wall_us)
{
    uint8_t d[N2_DIGEST_BYTES], hint[N2_ANSWER_HINT_BYTES];

    if (n2_node_key_fresh(k, wall_us) || digest(k, &identity->id, d))
        return N2_ERR_FORGED;
    for (size_t i = 0; i < identity->n_keys; i++) {
        const n2_grant *g = &identity->keys[i];
        n2_signature signature = {.key = g->key};
        hint_of(&g->key, hint);
        if (memcmp(hint, k->hint, sizeof hint) != 0 ||
            n2_signature_bytes(g->key.method) != sizeof k->signature ||
            !n2_identity_may(identity, &g->key, N2_RIGHT_DEVICE, wall_us))
            continue;
        memcpy(signature.bytes, k->signature, sizeof k->signature);
        if (!n2_signature_check(&signature, d))
            return N2_OK;
    }
    return N2_ERR_FORGED;
}

n2_err
n2_node_key_statement(void *buf,
                      size_t cap,
                      const n2_node_key *k,
                      const n2_id *who,
                      const n2_key *device,
                      n2_box *out)
{
    uint8_t body_bytes[BODY_BYTES_MAX];
    n2_signature signature = {.key = *device};
    n2_box body;
    n2_err err = n2_node_key_body(body_bytes, sizeof body_bytes, who, k, &body);

    *out = (n2_box){0};
    if (err)
        return err;
    if (n2_signature_bytes(device->method) != sizeof k->signature)
        return N2_ERR_UNSUPPORTED;
    memcpy(signature.bytes, k->signature, sizeof k->signature);
    return n2_statement_make(buf, cap, &body, &signature, 1, out);
}

n2_err
n2_chain_check(n2_identity *identity,
               const n2_id *want,
               n2_slice birth,
               const n2_slice *adds,
               size_t n_adds,
               const n2_node_key *k,
               int64_t wall_us,
               const n2_unicode *unicode)
{
    size_t total = birth.len;
    n2_identity who;

    *identity = (n2_identity){0};
    for (size_t i = 0; i < n_adds && total <= N2_IDENTITY_BYTES_MAX; i++)
        total += adds[i].len;
    if (total > N2_IDENTITY_BYTES_MAX)
        return N2_ERR_LIMIT; /* before anything costs a signature check */
    n2_err err = n2_identity_birth(&who, birth.bytes, birth.len, want->method, unicode);
    if (!err && !n2_id_equal(&who.id, want))
        err = N2_ERR_FORGED;
    for (size_t i = 0; i < n_adds && !err; i++)
        err = n2_identity_add(&who, adds[i].bytes, adds[i].len, unicode);
    if (!err)
        err = n2_node_key_check(k, &who, wall_us);
    if (!err)
        *identity = who;
    return err;
}
