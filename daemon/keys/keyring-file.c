/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-file.c - the keyring as a sealed file: boxes of kind 34 (all), 35 (one identity), 36
 * (one key).
 *
 * A file of version 1 is read as it is; what takes its place has version 2, and it is kept
 * aside until that was read again.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/container.h"
#include "keys/keyring-impl.h"

enum {
    SECRETS_OWN = 128,

    OWN_WHO = 1,
    OWN_LABEL = 2,
    OWN_SERIAL = 3,
    OWN_SHEET = 4,
    OWN_FLAGS = 5,        /* from version 2 on */
    OWN_VAULT_NUMBER = 6, /* the same */
    OWN_STATEMENTS = 128,
    OWN_KEYS = 129,
    OWN_SLOTS = 130,
    OWN_OLDS = 131,
    OWN_WORDS = 192, /* about the vault, one behind the other; former programs leave it out */

    FLAG_SHEET_SHOWN = 1,
    FLAG_SIGNED_OUT = 2, /* by its owner */
    FLAGS_ALL = 3,

    SECRET_KEY = 1,
    SECRET_RIGHTS = 2, /* 0: a connection key */
    SECRET_BYTES = 3,  /* empty: on a token */
    SECRET_SERIAL = 4,
    SECRET_UNTIL = 5,
    SECRET_AID = 6,  /* of the token, from version 2 on */
    SECRET_SLOT = 7, /* the same */
    SECRET_NAME = 8, /* the same */

    VERSION = 2 /* of the file; version 1 had one control and one device key for each */
};

enum {
    FILE_BYTES_MAX = N2_SEALED_PLAIN_BYTES_MAX + N2_SEALED_OVERHEAD_BYTES
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

/* What the file says of a key's rights; what it may is in the statements.  One that stands no
 * more is kept until it is removed. */
static int64_t
word_for(const n2_own *own, const n2_key *key)
{
    uint32_t rights = n2_own_rights(own, key, NULL);

    return rights & N2_RIGHT_DEVICE || !rights ? DEVICE_IN_FILE : (int64_t)rights;
}

static n2_err
put_own_key(
    n2_box_writer *own, workspace *ws, const n2_own *from, size_t i, const uint8_t *seed)
{
    n2_box_writer k = n2_box_begin(ws->key, sizeof ws->key, N2_KIND_SECRET);
    const n2_own_key *key = &from->keys[i];
    bool is_here = key->place.slot == N2_PLACE_HERE;
    size_t len = n2_seed_bytes(key->key.method);

    n2_box_put_key(&k, SECRET_KEY, &key->key);
    n2_box_put_int(&k, SECRET_RIGHTS, word_for(from, &key->key));
    n2_box_put_bytes(&k, SECRET_BYTES, seed,
                     is_here ? len ? len : n2_hpke_secret_bytes(key->key.method) : 0);
    if (!is_here) {
        n2_box_put_bytes(&k, SECRET_AID, key->place.aid, sizeof key->place.aid);
        n2_box_put_int(&k, SECRET_SLOT, key->place.slot);
        n2_box_put_text(&k, SECRET_NAME, key->place.name);
    }
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

/* What our devices said that the vault is. */
static void
put_words(n2_box_writer *box, const n2_own *own)
{
    uint8_t bytes[VAULT_WORDS_MAX * N2_STATEMENT_BYTES_SMALL];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);
    size_t len;

    for (size_t i = 0; i < own->n_words; i++)
        n2_container_put(&w, own->words[i].bytes, own->words[i].len);
    if (own->n_words && !n2_writer_finish(&w, &len))
        n2_box_put_bytes(box, OWN_WORDS, bytes, len);
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
    n2_box_put_int(&w, OWN_FLAGS,
                   (own->was_sheet_shown ? FLAG_SHEET_SHOWN : 0) |
                       (own->is_signed_out || own->is_by_hand ? FLAG_SIGNED_OUT : 0));
    n2_box_put_int(&w, OWN_VAULT_NUMBER, own->vault.number);
    for (size_t i = 0; i < n2_identity_set_count(own->set); i++) {
        n2_kept kept = n2_identity_set_at(own->set, i);
        n2_box_put_bytes(&w, OWN_STATEMENTS, kept.bytes, kept.len);
    }
    n2_err err = N2_OK;
    for (size_t i = 0; !err && i < own->n_keys; i++)
        err = put_own_key(&w, ws, own, i, secrets->keys[i].seed);
    for (size_t i = n2_static_excess(own); !err && i < own->n_statics; i++)
        err = put_static(&w, ws, &own->statics[i], secrets->statics[i]);
    if (!err) {
        n2_vault_put(&w, &own->vault, OWN_SLOTS, OWN_OLDS);
        put_words(&w, own);
    }
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

/* The file as it is, beside itself, before one of another version takes its place. */
static n2_err
keep_old(const n2_keyring *keyring)
{
    uint8_t *file = NULL;
    size_t len = 0;

    n2_err err = n2_disk_read_file(keyring->disk, N2_KEYRING_FILE, FILE_BYTES_MAX, &file, &len);
    if (!err)
        err = n2_disk_replace_file(keyring->disk, N2_KEYRING_OLD_FILE, file, len);
    free(file);
    return err;
}

/* The new file was written; is it there as it was meant?  Only then the old one goes. */
static n2_err
drop_old(n2_keyring *keyring, const n2_box *written)
{
    uint8_t *file = NULL;
    size_t len = 0;

    n2_err err = n2_disk_read_file(keyring->disk, N2_KEYRING_FILE, FILE_BYTES_MAX, &file, &len);
    if (!err && (len != written->len || memcmp(file, written->bytes, len) != 0))
        err = N2_ERR_IO;
    free(file);
    if (!err)
        err = keyring->disk->unlink(keyring->disk->user, N2_KEYRING_OLD_FILE);
    if (!err)
        keyring->is_old = false;
    return err;
}

n2_err
n2_keyring_save(n2_keyring *keyring)
{
    workspace *ws = sodium_malloc(sizeof *ws);
    uint8_t *file = malloc(FILE_BYTES_MAX);
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
                             FILE_BYTES_MAX, &box);
    /* Opened for a test before it takes the place of the last one. */
    if (!err)
        err = n2_sealer_open(&keyring->secrets->sealer, box.bytes, box.len, ws->own,
                             sizeof ws->own, &tested_len);
    if (!err && keyring->is_old)
        err = keep_old(keyring);
    if (!err)
        err = n2_disk_replace_file(keyring->disk, N2_KEYRING_FILE, box.bytes, box.len);
    if (!err && keyring->is_old)
        err = drop_old(keyring, &box);
out:
    free(file);
    sodium_free(ws);
    return err;
}

n2_err
n2_keyring_test(const n2_keyring *keyring, const char *passphrase, size_t n)
{
    uint8_t file[N2_SEALED_OVERHEAD_BYTES];
    n2_sealer *other = sodium_malloc(sizeof *other);
    n2_box box;

    if (!other)
        return N2_ERR_NOMEM;
    n2_err err =
        n2_sealer_seal(&keyring->secrets->sealer, keyring->env, "", 0, file, sizeof file, &box);
    if (!err)
        err = n2_sealer_of_file(other, box.bytes, box.len, passphrase, n);
    if (!err && sodium_memcmp(other->key, keyring->secrets->sealer.key, sizeof other->key) != 0)
        err = N2_ERR_REFUSED;
    sodium_free(other);
    return err;
}

/* reading: what the file says is believed as little as a stranger is */

static n2_err
read_place(const n2_box *box, n2_keys_place *place)
{
    int64_t slot = n2_box_int(box, SECRET_SLOT);
    size_t len;
    n2_field f;

    if (!n2_box_find(box, SECRET_AID, &f) || slot <= N2_PLACE_HERE || slot >= N2_PLACES)
        return N2_ERR_CORRUPT;
    place->slot = (n2_keys_slot)slot;
    memcpy(place->aid, f.value, sizeof place->aid);
    const uint8_t *name = n2_box_bytes(box, SECRET_NAME, &len);
    if (len > N2_KEYS_NAME_BYTES_MAX)
        return N2_ERR_CORRUPT;
    if (len)
        memcpy(place->name, name, len);
    return N2_OK;
}

static n2_err
read_own_key(
    const n2_box *box, const n2_key *key, int64_t word, n2_own *own, n2_own_secrets *secrets)
{
    size_t len, i = own->n_keys;
    const uint8_t *seed = n2_box_bytes(box, SECRET_BYTES, &len);
    n2_err err = N2_OK;

    if (n2_own_key_index(own, key) != NO_KEY || word != word_for(own, key))
        return N2_ERR_CORRUPT;
    if (i == N2_KEYRING_KEYS_MAX)
        return N2_ERR_LIMIT;
    n2_signing_key *out = &secrets->keys[i];
    own->keys[i] = (n2_own_key){.key = *key};
    if (!len) {
        err = read_place(box, &own->keys[i].place);
    } else if (len == n2_seed_bytes(key->method)) {
        err = n2_signing_key_init(out, key->method, seed);
    } else if (len == n2_hpke_secret_bytes(key->method)) {
        memcpy(out->seed, seed, len);
        err = n2_hpke_public(key->method, seed, &out->key);
    } else {
        err = N2_ERR_CORRUPT;
    }
    if (!err && len && !n2_key_equal(&out->key, key))
        err = N2_ERR_CORRUPT;
    if (!err)
        own->n_keys++;
    else
        n2_signing_key_clear(out);
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
sign_statics(n2_own *own, n2_own_secrets *secrets)
{
    size_t device = n2_own_signer(own, N2_RIGHT_DEVICE, 0);
    n2_err err = N2_OK;

    if (device == NO_KEY || own->keys[device].place.slot != N2_PLACE_HERE) {
        sodium_memzero(secrets->statics, sizeof secrets->statics); /* it left the identity */
        own->n_statics = 0;
        return N2_OK;
    }

    for (size_t i = 0; i < own->n_statics; i++)
        for (size_t k = 0; k < own->n_statics; k++)
            if (own->statics[k].serial == own->statics[i].serial)
                own->statics[i].suites |=
                    (uint8_t)(1 << (n2_node_key_suite(&own->statics[k]) - 1));
    for (size_t i = 0; i < own->n_statics && !err; i++)
        err = n2_node_key_sign(&own->statics[i], &own->who.id, &secrets->keys[device]);
    return err;
}

static n2_err
read_key(const n2_box *box, n2_own *own, n2_own_secrets *secrets)
{
    n2_key key = n2_box_key(box, SECRET_KEY);
    int64_t rights = n2_box_int(box, SECRET_RIGHTS);

    if (rights < 0 || rights > N2_RIGHTS_ALL)
        return N2_ERR_CORRUPT;
    if (rights)
        return read_own_key(box, &key, rights, own, secrets);
    return read_static(box, &key, own, secrets);
}

static n2_err
read_statement(const n2_field *f, n2_own *own, const n2_id *who, const n2_unicode *unicode)
{
    n2_err err = own->set ? N2_OK : n2_own_begin(own, who, unicode);

    return err ? err : n2_own_take(own, f->value, f->len, false, 0);
}

/* That of a newer program is left out. */
static n2_err
read_word(const uint8_t *bytes, size_t len, n2_own *own, const n2_unicode *unicode)
{
    n2_own_vault vault;
    n2_statement s;

    n2_err err = len > N2_STATEMENT_BYTES_SMALL
                     ? N2_ERR_CORRUPT
                     : n2_statement_check(&s, bytes, len, N2_KIND_VAULT, unicode);
    if (err)
        return err == N2_ERR_VERSION || err == N2_ERR_UNSUPPORTED ? N2_OK : err;
    n2_id who = n2_box_id(&s.body, STATEMENT_WHO);
    err = n2_id_equal(&who, &own->who.id) ? n2_vault_read(&s, &vault) : N2_ERR_CORRUPT;
    if (!err)
        n2_vault_keep(own, &vault, bytes, len, 0);
    return err;
}

/* A former program kept no words, and nobody knows who drew what it had: we say what it is. */
static n2_err
read_words(const n2_box *box, n2_own *own, n2_own_secrets *secrets, const n2_unicode *unicode)
{
    const uint8_t *statement;
    size_t len, n, at = 0, its;
    const uint8_t *bytes = n2_box_bytes(box, OWN_WORDS, &len);
    n2_err err = len ? n2_container_check(bytes, len, &n) : N2_OK;

    while (!err && len && n2_container_next(bytes, len, &at, &statement, &its))
        err = read_word(statement, its, own, unicode);
    if (err)
        return err;
    if (!own->n_words && own->vault.n_slots)
        return n2_vault_say(own, secrets, 0);
    n2_vault_choose(own, secrets, NULL, 0, 0);
    return N2_OK;
}

/* Version 1 had both, always. */
static bool
is_whole_of_old(const n2_own *own)
{
    size_t control = n2_own_signer(own, N2_RIGHT_CONTROL, 0);
    size_t device = n2_own_signer(own, N2_RIGHT_DEVICE, 0);

    return control != NO_KEY && device != NO_KEY && control != device;
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
    int64_t flags = n2_box_int(box, OWN_FLAGS), number = n2_box_int(box, OWN_VAULT_NUMBER);
    if (flags & ~(int64_t)FLAGS_ALL || number < 0 || number > UINT32_MAX)
        return N2_ERR_CORRUPT;
    own->was_sheet_shown = flags & FLAG_SHEET_SHOWN;
    own->is_signed_out = flags & FLAG_SIGNED_OUT;
    own->vault.number = (uint32_t)number;
    if (n2_box_find(box, OWN_SHEET, &f)) {
        memcpy(secrets->sheet, f.value, sizeof secrets->sheet);
        secrets->has_sheet = true;
    }
    for (size_t at = 0; !err && n2_box_next(box, &at, &f);) {
        if (f.number == OWN_STATEMENTS)
            err = read_statement(&f, own, &id, unicode);
        if (f.number == OWN_KEYS) {
            n2_box key = n2_box_of_field(&f);
            err = read_key(&key, own, secrets);
        }
        if (f.number == OWN_SLOTS)
            err = n2_vault_read_slot(&f, &own->vault);
        if (f.number == OWN_OLDS)
            err = n2_vault_read_old(&f, &own->vault);
    }
    if (!err &&
        (!own->set || !own->who.id.method || (box->version == 1 && !is_whole_of_old(own))))
        err = N2_ERR_CORRUPT;
    if (!err)
        err = read_words(box, own, secrets, unicode);
    return err ? err : sign_statics(own, secrets);
}

static n2_err
read_all(n2_keyring *keyring, const uint8_t *plain, size_t len)
{
    n2_field f;
    n2_box box;

    n2_err err = n2_box_check(&box, plain, len, N2_KIND_SECRETS, keyring->unicode);
    keyring->is_old = !err && box.version < VERSION;
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
    size_t limit = FILE_BYTES_MAX;
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
    /* One was kept aside, and the program ended before the new one was read again: now it was.
     * If it cannot go now, it goes the next time. */
    if (!err && !keyring->is_old)
        (void)keyring->disk->unlink(keyring->disk->user, N2_KEYRING_OLD_FILE);
out:
    sodium_free(plain);
    free(file);
    return err;
}
