/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring.c - requests to the keyring, one function each.
 */
#include "keys/keyring.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "keys/keyring-impl.h"

enum {
    STATEMENT_WHO = 1,   /* field of all that is signed here */
    NODE_KEY_STATIC = 2, /* of kind 9 */
};

void
n2_own_clear(n2_own *own, n2_own_secrets *secrets)
{
    for (size_t i = 0; i < own->n_statements; i++)
        free(own->statements[i].bytes);
    free(own->session.bytes);
    *own = (n2_own){0};
    sodium_memzero(secrets, sizeof *secrets);
}

n2_err
n2_own_keep(n2_own *own, const n2_box *statement)
{
    if (own->n_statements == N2_KEYRING_STATEMENTS_MAX)
        return N2_ERR_LIMIT;
    uint8_t *bytes = malloc(statement->len);
    if (!bytes)
        return N2_ERR_NOMEM;
    memcpy(bytes, statement->bytes, statement->len);
    own->statements[own->n_statements++] = (n2_own_statement){bytes, statement->len};
    return N2_OK;
}

static void
wipe(n2_keyring *keyring)
{
    for (size_t i = 0; i < keyring->n_own && keyring->secrets; i++)
        n2_own_clear(&keyring->own[i], &keyring->secrets->own[i]);
    keyring->n_own = 0;
    sodium_free(keyring->secrets); /* wipes */
    keyring->secrets = NULL;
}

n2_err
n2_keyring_open(n2_keyring **out,
                const n2_disk *disk,
                const n2_env *env,
                const char *passphrase,
                const n2_unicode *unicode)
{
    n2_err err = N2_ERR_NOMEM;

    *out = NULL;
    if (sodium_init() < 0)
        return N2_ERR_UNSUPPORTED;
    n2_keyring *keyring = calloc(1, sizeof *keyring);
    if (!keyring)
        return N2_ERR_NOMEM;
    keyring->disk = disk;
    keyring->env = env;
    keyring->unicode = unicode;
    keyring->own = calloc(N2_KEYRING_IDENTITIES_MAX, sizeof *keyring->own);
    keyring->secrets = sodium_malloc(sizeof *keyring->secrets);
    if (keyring->own && keyring->secrets) {
        memset(keyring->secrets, 0, sizeof *keyring->secrets);
        err = n2_keyring_load(keyring, passphrase);
    }
    if (err) {
        n2_keyring_free(keyring);
        return err;
    }
    *out = keyring;
    return N2_OK;
}

void
n2_keyring_free(n2_keyring *keyring)
{
    if (!keyring)
        return;
    wipe(keyring);
    free(keyring->own);
    free(keyring);
}

n2_err
n2_own_find(const n2_keyring *keyring, const n2_id *who, size_t *index)
{
    for (size_t i = 0; i < keyring->n_own; i++)
        if (n2_id_equal(&keyring->own[i].who.id, who)) {
            *index = i;
            return N2_OK;
        }
    return N2_ERR_NOTFOUND;
}

/* new identity */

static n2_err
draw_key(const n2_keyring *keyring, n2_signing_key *out)
{
    uint8_t seed[N2_SEED_BYTES_MAX];

    n2_env_random(keyring->env, seed, n2_seed_bytes(N2_KEY_ED25519));
    n2_err err = n2_signing_key_init(out, N2_KEY_ED25519, seed);
    sodium_memzero(seed, sizeof seed);
    return err;
}

static n2_err
make_birth(const n2_keyring *keyring,
           n2_own *own,
           const n2_own_secrets *secrets,
           int64_t wall_us)
{
    uint8_t body_bytes[N2_STATEMENT_BYTES_SMALL], bytes[N2_STATEMENT_BYTES_SMALL];
    uint8_t sheet[N2_HASH_BYTES], salt[N2_SALT_BYTES];
    n2_box body, statement;

    n2_env_random(keyring->env, salt, sizeof salt);
    n2_err err = n2_sheet_commitment(secrets->sheet, sheet);
    if (!err)
        err = n2_birth_body(body_bytes, sizeof body_bytes, sheet, wall_us, salt,
                            &secrets->control.key, 1, &body);
    if (!err)
        err = n2_statement_sign(bytes, sizeof bytes, &body, &secrets->control, &statement);
    if (!err)
        err = n2_identity_birth(&own->who, statement.bytes, statement.len, N2_METHOD_SHA256,
                                keyring->unicode);
    return err ? err : n2_own_keep(own, &statement);
}

/* The device key, added by the control key; both sign. */
static n2_err
make_device(const n2_keyring *keyring,
            n2_own *own,
            const n2_own_secrets *secrets,
            int64_t wall_us)
{
    uint8_t body_bytes[N2_STATEMENT_BYTES_SMALL], bytes[N2_STATEMENT_BYTES_SMALL];
    uint8_t d[N2_DIGEST_BYTES];
    n2_signature signatures[2];
    n2_box body, statement;
    n2_grant grant = {
        .key = secrets->device.key,
        .rights = DEVICE_RIGHTS,
        .from_us = wall_us,
        .until_us = wall_us + (int64_t)N2_DEVICE_LIFETIME_US,
    };

    n2_err err =
        n2_add_body(body_bytes, sizeof body_bytes, &own->who, &grant, own->label, &body);
    if (err)
        return err;
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    err = n2_sign(&signatures[0], &secrets->control, d);
    if (!err)
        err = n2_sign(&signatures[1], &secrets->device, d);
    if (!err)
        err = n2_statement_make(bytes, sizeof bytes, &body, signatures, 2, &statement);
    if (!err)
        err = n2_identity_add(&own->who, statement.bytes, statement.len, keyring->unicode);
    return err ? err : n2_own_keep(own, &statement);
}

static void
show_own(const n2_own *own, n2_keys_answer *a)
{
    a->who = own->who.id;
    memcpy(a->label, own->label, sizeof a->label);
    a->n_statements = own->n_statements;
    for (size_t i = 0; i < own->n_statements; i++)
        a->statements[i] = (n2_slice){own->statements[i].bytes, own->statements[i].len};
}

static n2_err
answer_new(n2_keyring *keyring, const n2_keys_request *q, int64_t wall_us, n2_keys_answer *a)
{
    for (size_t i = 0; i < keyring->n_own; i++)
        if (strcmp(keyring->own[i].label, q->label) == 0)
            return N2_ERR_EXISTS;
    if (keyring->n_own == N2_KEYRING_IDENTITIES_MAX)
        return N2_ERR_LIMIT;
    if (wall_us <= 0)
        return N2_ERR_STATE;

    n2_own *own = &keyring->own[keyring->n_own];
    n2_own_secrets *secrets = &keyring->secrets->own[keyring->n_own];
    memcpy(own->label, q->label, sizeof own->label);
    n2_env_random(keyring->env, secrets->sheet, sizeof secrets->sheet);
    secrets->has_sheet = true;
    n2_err err = draw_key(keyring, &secrets->control);
    if (!err)
        err = draw_key(keyring, &secrets->device);
    if (!err)
        err = make_birth(keyring, own, secrets, wall_us);
    if (!err)
        err = make_device(keyring, own, secrets, wall_us);
    if (!err) {
        keyring->n_own++;
        err = n2_keyring_save(keyring);
        if (err)
            keyring->n_own--;
    }
    if (err)
        n2_own_clear(own, secrets);
    else
        show_own(own, a);
    return err;
}

static n2_err
answer_list(const n2_keyring *keyring, const n2_keys_request *q, n2_keys_answer *a)
{
    if (q->index >= keyring->n_own)
        return N2_ERR_NOTFOUND;
    show_own(&keyring->own[q->index], a);
    return N2_OK;
}

/* signatures */

/* What the node may have signed, all by the device key. */
static bool
may_sign(const n2_keyring *keyring, const n2_box *body)
{
    if (body->kind == N2_KIND_FRESH || body->kind == N2_KIND_TREE_HEAD)
        return true;
    if (body->kind != N2_KIND_NODE_KEY)
        return false;
    n2_key key = n2_box_key(body, NODE_KEY_STATIC); /* another's would be the node's own */
    return n2_static_is_own(keyring, &key);
}

static n2_err
answer_sign(n2_keyring *keyring,
            const n2_keys_request *q,
            int64_t wall_us,
            uint8_t *room,
            size_t room_len,
            n2_keys_answer *a)
{
    n2_statement checked;
    n2_box body, statement;
    size_t index;

    n2_err err = n2_own_find(keyring, &q->who, &index);
    if (err)
        return err;
    if (wall_us <= 0)
        return N2_ERR_STATE;
    const n2_own *own = &keyring->own[index];
    err = n2_box_check(&body, q->body.bytes, q->body.len, N2_KIND_ANY, keyring->unicode);
    if (err)
        return err;
    if (!may_sign(keyring, &body))
        return N2_ERR_REFUSED;
    n2_id who = n2_box_id(&body, STATEMENT_WHO);
    if (!n2_id_equal(&who, &q->who))
        return N2_ERR_REFUSED;
    err = n2_statement_sign(room, room_len, &body, &keyring->secrets->own[index].device,
                            &statement);
    if (err)
        return err;
    /* As a stranger will check it: right, lifetime, form.  What fails is not given out. */
    err = n2_identity_check(&own->who, &checked, statement.bytes, statement.len, body.kind,
                            wall_us, keyring->unicode);
    if (err)
        return err == N2_ERR_FORGED ? N2_ERR_REFUSED : err;
    a->statement = (n2_slice){statement.bytes, statement.len};
    return N2_OK;
}

/* Of any kind but ES. */
static n2_err
answer_other(n2_keyring *keyring,
             const n2_keys_request *q,
             int64_t wall_us,
             uint8_t room[static N2_KEYRING_MESSAGE_BYTES_MAX],
             n2_keys_answer *a)
{
    switch (q->kind) {
    case N2_KEYS_NEW:
        return answer_new(keyring, q, wall_us, a);
    case N2_KEYS_LIST:
        return answer_list(keyring, q, a);
    case N2_KEYS_NODE_KEY:
        return n2_static_answer_key(keyring, q, wall_us, a);
    case N2_KEYS_SIGN:
        return answer_sign(keyring, q, wall_us, room, N2_KEYRING_MESSAGE_BYTES_MAX, a);
    case N2_KEYS_PROVE:
        return n2_session_answer(keyring, q, wall_us, room, a);
    case N2_KEYS_WIPE:
        wipe(keyring);
        return N2_OK;
    case N2_KEYS_ES:
    default:
        return N2_ERR_FORMAT;
    }
}

n2_err
n2_keyring_answer(n2_keyring *keyring,
                  const void *request,
                  size_t len,
                  int64_t wall_us,
                  void *buf,
                  size_t cap,
                  size_t *answer_len)
{
    uint8_t room[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_request q;

    if (len < N2_KEYS_HEAD_BYTES)
        return N2_ERR_TRUNCATED;
    n2_err err = n2_keys_request_read(&q, request, len);
    if (!q.kind)
        return N2_ERR_FORMAT;
    n2_keys_answer a = {.id = q.id, .kind = q.kind, .err = err};
    if (!a.err && !keyring->secrets)
        a.err = N2_ERR_STATE;
    if (!a.err) {
        n2_static_drop_old(keyring, wall_us);
        if (q.kind == N2_KEYS_ES)
            n2_static_answer_es(keyring, &q, &a, 1);
        else
            a.err = answer_other(keyring, &q, wall_us, room, &a);
    }
    err = n2_keys_answer_write(&a, buf, cap, answer_len);
    sodium_memzero(&a.es, sizeof a.es);
    return err;
}

static n2_err
say_wiping(n2_keyring_say *say, void *user, uint8_t *bytes, size_t len)
{
    n2_err err = say(user, bytes, len);

    sodium_memzero(bytes, len);
    return err;
}

/* How many of the first are well-formed requests of kind ES; they are read. */
static size_t
read_hellos(const n2_slice *requests, size_t n, n2_keys_request *out)
{
    size_t found = 0;

    while (found < n && found < N2_KEYRING_TURN &&
           !n2_keys_request_read(&out[found], requests[found].bytes, requests[found].len) &&
           out[found].kind == N2_KEYS_ES)
        found++;
    return found;
}

static n2_err
answer_hellos(n2_keyring *keyring,
              const n2_keys_request *requests,
              size_t n,
              int64_t wall_us,
              n2_keyring_say *say,
              void *user)
{
    n2_keys_answer answers[N2_KEYRING_TURN];
    uint8_t bytes[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_err err = N2_OK;
    size_t len;

    for (size_t i = 0; i < n; i++)
        answers[i] = (n2_keys_answer){.id = requests[i].id, .kind = N2_KEYS_ES};
    n2_static_drop_old(keyring, wall_us);
    n2_static_answer_es(keyring, requests, answers, n);
    for (size_t i = 0; i < n && !err; i++) {
        err = n2_keys_answer_write(&answers[i], bytes, sizeof bytes, &len);
        if (!err)
            err = say_wiping(say, user, bytes, len);
    }
    sodium_memzero(answers, sizeof answers);
    return err;
}

n2_err
n2_keyring_answer_many(n2_keyring *keyring,
                       const n2_slice *requests,
                       size_t n,
                       int64_t wall_us,
                       n2_keyring_say *say,
                       void *user)
{
    n2_keys_request hellos[N2_KEYRING_TURN];
    uint8_t bytes[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_err err = N2_OK;
    size_t len, done;

    for (; n && !err; requests += done, n -= done) {
        done = keyring->secrets ? read_hellos(requests, n, hellos) : 0;
        if (done) {
            err = answer_hellos(keyring, hellos, done, wall_us, say, user);
            continue;
        }
        done = 1;
        err = n2_keyring_answer(keyring, requests->bytes, requests->len, wall_us, bytes,
                                sizeof bytes, &len);
        if (!err)
            err = say_wiping(say, user, bytes, len);
    }
    return err;
}
