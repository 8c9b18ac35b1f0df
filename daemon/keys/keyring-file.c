/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-file.c - the keyring as a sealed file: boxes of kind 34 (all), 35 (one identity), 36
 * (one key).
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "keys/keyring-impl.h"

enum {
    SECRETS_OWN = 128,

    OWN_WHO = 1,
    OWN_LABEL = 2,
    OWN_SERIAL = 3,
    OWN_SHEET = 4,
    OWN_STATEMENTS = 128,
    OWN_KEYS = 129,

    SECRET_KEY = 1,
    SECRET_RIGHTS = 2, /* 0: a connection key */
    SECRET_BYTES = 3,
    SECRET_SERIAL = 4,
    SECRET_UNTIL = 5,
};

/* Room to write the file in.  All of it may hold secrets, so it is locked and wiped as one. */
typedef struct {
    uint8_t all[N2_SEALED_PLAIN_BYTES_MAX];
    uint8_t own[N2_SEALED_PLAIN_BYTES_MAX];
    uint8_t key[256];
} workspace;

/* writing */

static n2_err
put_key(n2_box_writer *own, workspace *ws, n2_box_writer *k)
{
    n2_box box;

    n2_err err = n2_box_end(k, &box, NULL);
    if (!err)
        n2_box_put_box(own, OWN_KEYS, &box);
    sodium_memzero(ws->key, sizeof ws->key);
    return err;
}

static n2_err
put_signing_key(n2_box_writer *own, workspace *ws, const n2_signing_key *key, uint32_t rights)
{
    n2_box_writer k = n2_box_begin(ws->key, sizeof ws->key, N2_KIND_SECRET);

    n2_box_put_key(&k, SECRET_KEY, &key->key);
    n2_box_put_int(&k, SECRET_RIGHTS, rights);
    n2_box_put_bytes(&k, SECRET_BYTES, key->seed, n2_seed_bytes(key->key.method));
    return put_key(own, ws, &k);
}

static n2_err
put_static(n2_box_writer *own, workspace *ws, const n2_node_key *record, const uint8_t *secret)
{
    n2_box_writer k = n2_box_begin(ws->key, sizeof ws->key, N2_KIND_SECRET);
    n2_key key;

    n2_node_key_static(record, &key);
    n2_box_put_key(&k, SECRET_KEY, &key);
    n2_box_put_int(&k, SECRET_RIGHTS, 0);
    n2_box_put_bytes(&k, SECRET_BYTES, secret, n2_node_key_len(record));
    n2_box_put_int(&k, SECRET_SERIAL, record->serial);
    n2_box_put_time(&k, SECRET_UNTIL, (int64_t)record->until_s * 1000000);
    return put_key(own, ws, &k);
}

static n2_err
write_own(const n2_keyring *keyring, size_t index, workspace *ws, n2_box *out)
{
    const n2_own *own = &keyring->own[index];
    const n2_own_secrets *secrets = &keyring->secrets->own[index];
    n2_box_writer w = n2_box_begin(ws->own, sizeof ws->own, N2_KIND_OWN);

    n2_box_put_id(&w, OWN_WHO, &own->who.id);
    n2_box_put_text(&w, OWN_LABEL, own->label);
    n2_box_put_int(&w, OWN_SERIAL, own->serial);
    if (secrets->has_sheet)
        n2_box_put_bytes(&w, OWN_SHEET, secrets->sheet, sizeof secrets->sheet);
    for (size_t i = 0; i < own->n_statements; i++)
        n2_box_put_bytes(&w, OWN_STATEMENTS, own->statements[i].bytes, own->statements[i].len);
    n2_err err = put_signing_key(&w, ws, &secrets->control, N2_RIGHT_CONTROL);
    if (!err)
        err = put_signing_key(&w, ws, &secrets->device, DEVICE_IN_FILE);
    for (size_t i = n2_static_excess(own); !err && i < own->n_statics; i++)
        err = put_static(&w, ws, &own->statics[i], secrets->statics[i]);
    return err ? err : n2_box_end(&w, out, keyring->unicode);
}

static n2_err
write_all(const n2_keyring *keyring, workspace *ws, n2_box *out)
{
    n2_box_writer w = n2_box_begin(ws->all, sizeof ws->all, N2_KIND_SECRETS);

    for (size_t i = 0; i < keyring->n_own; i++) {
        n2_box box;
        n2_err err = write_own(keyring, i, ws, &box);
        if (err)
            return err;
        n2_box_put_box(&w, SECRETS_OWN, &box);
    }
    return n2_box_end(&w, out, NULL);
}

n2_err
n2_keyring_save(n2_keyring *keyring)
{
    size_t cap = N2_SEALED_PLAIN_BYTES_MAX + N2_SEALED_OVERHEAD_BYTES;
    workspace *ws = sodium_malloc(sizeof *ws);
    uint8_t *file = malloc(cap);
    n2_err err = N2_ERR_NOMEM;
    size_t tested_len;
    n2_box box;

    if (!ws || !file)
        goto out;
    err = write_all(keyring, ws, &box);
    if (err == N2_ERR_NOSPACE) /* of our own room; the disk's comes below */
        err = N2_ERR_LIMIT;
    if (!err)
        err = n2_sealer_seal(&keyring->secrets->sealer, keyring->env, box.bytes, box.len, file,
                             cap, &box);
    /* Opened for a test before it takes the place of the last one. */
    if (!err)
        err = n2_sealer_open(&keyring->secrets->sealer, box.bytes, box.len, ws->own,
                             sizeof ws->own, &tested_len);
    if (!err)
        err = n2_disk_replace_file(keyring->disk, N2_KEYRING_FILE, box.bytes, box.len);
out:
    free(file);
    sodium_free(ws);
    return err;
}

/* reading: what the file says is believed as little as a stranger is */

static n2_err
read_signing_key(const n2_box *box, const n2_key *key, n2_signing_key *out)
{
    size_t len;
    const uint8_t *seed = n2_box_bytes(box, SECRET_BYTES, &len);

    if (out->key.method || len == 0 || len != n2_seed_bytes(key->method))
        return N2_ERR_CORRUPT;
    n2_err err = n2_signing_key_init(out, key->method, seed);
    if (!err && !n2_key_equal(&out->key, key))
        err = N2_ERR_CORRUPT;
    return err;
}

static n2_err
read_static(const n2_box *box, const n2_key *key, n2_own *own, n2_own_secrets *secrets)
{
    n2_node_key record = {.is_x448 = key->method == N2_KEY_X448};
    uint8_t number = n2_node_key_suite(&record);
    size_t len;
    const uint8_t *secret = n2_box_bytes(box, SECRET_BYTES, &len);
    int64_t serial = n2_box_int(box, SECRET_SERIAL);
    int64_t until_s = n2_box_int(box, SECRET_UNTIL) / 1000000;

    if ((key->method != N2_KEY_X25519 && key->method != N2_KEY_X448) ||
        len != n2_node_key_len(&record) || serial < 1 || serial > own->serial || until_s < 0 ||
        until_s > UINT32_MAX)
        return N2_ERR_CORRUPT;
    if (own->n_statics == N2_KEYRING_STATICS_MAX)
        return N2_ERR_LIMIT;
    record.serial = (uint32_t)serial;
    record.until_s = (uint32_t)until_s;
    n2_err err = n2_noise_public(n2_noise_suite_find(number), secret, record.key);
    if (!err && memcmp(record.key, key->bytes, len) != 0)
        err = N2_ERR_CORRUPT;
    if (err)
        return err;
    record.suites = (uint8_t)(1 << (number - 1));
    memcpy(secrets->statics[own->n_statics], secret, len);
    own->statics[own->n_statics++] = record;
    return N2_OK;
}

/* The suites that each set offers are those of its keys; then all are signed as they were. */
static n2_err
sign_statics(n2_own *own, const n2_own_secrets *secrets)
{
    n2_err err = N2_OK;

    for (size_t i = 0; i < own->n_statics; i++)
        for (size_t k = 0; k < own->n_statics; k++)
            if (own->statics[k].serial == own->statics[i].serial)
                own->statics[i].suites |=
                    (uint8_t)(1 << (n2_node_key_suite(&own->statics[k]) - 1));
    for (size_t i = 0; i < own->n_statics && !err; i++)
        err = n2_node_key_sign(&own->statics[i], &own->who.id, &secrets->device);
    return err;
}

static n2_err
read_key(const n2_box *box, n2_own *own, n2_own_secrets *secrets)
{
    n2_key key = n2_box_key(box, SECRET_KEY);

    switch (n2_box_int(box, SECRET_RIGHTS)) {
    case N2_RIGHT_CONTROL:
        return read_signing_key(box, &key, &secrets->control);
    case DEVICE_IN_FILE:
        return read_signing_key(box, &key, &secrets->device);
    case 0: /* behind the device key, with which its record is signed anew */
        return secrets->device.key.method ? read_static(box, &key, own, secrets)
                                          : N2_ERR_CORRUPT;
    default:
        return N2_ERR_CORRUPT;
    }
}

static n2_err
read_statement(const n2_field *f, n2_own *own, uint8_t method, const n2_unicode *unicode)
{
    const n2_box bytes = {.bytes = f->value, .len = f->len};

    n2_err err = own->n_statements
                     ? n2_identity_add(&own->who, f->value, f->len, unicode)
                     : n2_identity_birth(&own->who, f->value, f->len, method, unicode);
    return err ? err : n2_own_keep(own, &bytes);
}

static n2_err
read_own(const n2_box *box, n2_own *own, n2_own_secrets *secrets, const n2_unicode *unicode)
{
    n2_id id = n2_box_id(box, OWN_WHO);
    size_t len;
    const uint8_t *bytes = n2_box_bytes(box, OWN_LABEL, &len);
    int64_t serial = n2_box_int(box, OWN_SERIAL);
    n2_field f;
    n2_err err = N2_OK;

    if (!len || len > N2_OWN_LABEL_BYTES_MAX || serial < 0 || serial > UINT32_MAX)
        return N2_ERR_CORRUPT;
    memcpy(own->label, bytes, len);
    own->label[len] = 0;
    own->serial = (uint32_t)serial;
    if (n2_box_find(box, OWN_SHEET, &f)) {
        memcpy(secrets->sheet, f.value, sizeof secrets->sheet);
        secrets->has_sheet = true;
    }
    for (size_t at = 0; !err && n2_box_next(box, &at, &f);) {
        if (f.number == OWN_STATEMENTS)
            err = read_statement(&f, own, id.method, unicode);
        if (f.number == OWN_KEYS) {
            n2_box key = n2_box_of_field(&f);
            err = read_key(&key, own, secrets);
        }
    }
    if (!err && (!n2_id_equal(&own->who.id, &id) || !secrets->control.key.method ||
                 !secrets->device.key.method))
        err = N2_ERR_CORRUPT;
    return err ? err : sign_statics(own, secrets);
}

static n2_err
read_all(n2_keyring *keyring, const uint8_t *plain, size_t len)
{
    n2_field f;
    n2_box box;

    n2_err err = n2_box_check(&box, plain, len, N2_KIND_SECRETS, keyring->unicode);
    for (size_t at = 0; !err && n2_box_next(&box, &at, &f);) {
        if (f.number != SECRETS_OWN)
            continue;
        if (keyring->n_own == N2_KEYRING_IDENTITIES_MAX)
            return N2_ERR_LIMIT;
        n2_box own = n2_box_of_field(&f);
        size_t i = keyring->n_own++;
        err = read_own(&own, &keyring->own[i], &keyring->secrets->own[i], keyring->unicode);
    }
    /* Its tag held, so whoever knows the passphrase wrote it: a program that has gone wrong, or
     * one that knows more than this one does. */
    if (err && err != N2_ERR_NOMEM && err != N2_ERR_VERSION && err != N2_ERR_LIMIT)
        err = N2_ERR_CORRUPT;
    return err;
}

n2_err
n2_keyring_load(n2_keyring *keyring, const char *passphrase)
{
    n2_sealer *sealer = &keyring->secrets->sealer;
    size_t limit = N2_SEALED_PLAIN_BYTES_MAX + N2_SEALED_OVERHEAD_BYTES;
    size_t passphrase_len = strlen(passphrase);
    uint8_t *plain = NULL, *file = NULL;
    size_t plain_len = 0, len = 0;

    n2_err err = n2_disk_read_file(keyring->disk, N2_KEYRING_FILE, limit, &file, &len);
    if (err == N2_ERR_NOTFOUND)
        return n2_sealer_init(sealer, passphrase, passphrase_len, keyring->env);
    if (err)
        return err;
    err = n2_sealer_of_file(sealer, file, len, passphrase, passphrase_len);
    if (err)
        goto out;
    plain = sodium_malloc(limit);
    err = plain ? n2_sealer_open(sealer, file, len, plain, limit, &plain_len) : N2_ERR_NOMEM;
    if (!err)
        err = read_all(keyring, plain, plain_len);
out:
    sodium_free(plain);
    free(file);
    return err;
}
