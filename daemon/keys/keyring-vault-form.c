/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-vault-form.c - the vault as bytes: in the file, and as a statement (kind 37) with
 *                        which our other devices get it.
 *
 *     slot  open key: method 1, bytes; encapsulated 32, 56 or 65; sealed 48
 *     old   number 4, nonce 24, sealed 48
 *
 * The statement is for nobody else, though only who has an open key reads more of it than how
 * many there are.
 */
#include <sodium.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"
#include "keys/keyring-impl.h"

enum {
    VAULT_NUMBER = 2,
    VAULT_DRAWN = 3,
    VAULT_SLOTS = 64,
    VAULT_OLDS = 65,
    VAULT_DRAWER = 192, /* if not the signer */
    VAULT_GONE = 193
};

void
n2_vault_put(n2_box_writer *box, const n2_own_vault *vault, uint8_t slots, uint8_t olds)
{
    uint8_t bytes[N2_SLOT_BYTES_MAX];
    size_t len = 0;

    for (size_t i = 0; i < vault->n_slots; i++) {
        const n2_own_slot *slot = &vault->slots[i];
        n2_writer w = n2_writer_init(bytes, sizeof bytes);
        n2_write_u8(&w, slot->key.method);
        n2_write_bytes(&w, slot->key.bytes, n2_key_bytes(slot->key.method));
        n2_write_bytes(&w, slot->enc, n2_hpke_enc_bytes(slot->key.method));
        n2_write_bytes(&w, slot->sealed, sizeof slot->sealed);
        if (!n2_writer_finish(&w, &len))
            n2_box_put_bytes(box, slots, bytes, len);
    }
    for (size_t i = 0; i < vault->n_olds; i++) {
        n2_writer w = n2_writer_init(bytes, sizeof bytes);
        n2_write_u32(&w, vault->olds[i].number);
        n2_write_bytes(&w, vault->olds[i].nonce, sizeof vault->olds[i].nonce);
        n2_write_bytes(&w, vault->olds[i].sealed, sizeof vault->olds[i].sealed);
        if (!n2_writer_finish(&w, &len))
            n2_box_put_bytes(box, olds, bytes, len);
    }
}

n2_err
n2_vault_read_slot(const n2_field *f, n2_own_vault *vault)
{
    n2_reader r = n2_reader_init(f->value, f->len);
    n2_own_slot slot = {0};

    if (vault->n_slots == N2_KEYRING_KEYS_MAX)
        return N2_ERR_LIMIT;
    slot.key.method = n2_read_u8(&r);
    size_t enc = n2_hpke_enc_bytes(slot.key.method);
    if (!enc)
        return N2_ERR_CORRUPT;
    n2_read_copy(&r, slot.key.bytes, n2_key_bytes(slot.key.method));
    n2_read_copy(&r, slot.enc, enc);
    n2_read_copy(&r, slot.sealed, sizeof slot.sealed);
    n2_err err = n2_reader_finish(&r);
    if (!err)
        vault->slots[vault->n_slots++] = slot;
    return err;
}

n2_err
n2_vault_read_old(const n2_field *f, n2_own_vault *vault)
{
    n2_reader r = n2_reader_init(f->value, f->len);
    n2_own_old old = {0};

    if (vault->n_olds == VAULTS_OLD_MAX)
        return N2_ERR_LIMIT;
    old.number = n2_read_u32(&r);
    n2_read_copy(&r, old.nonce, sizeof old.nonce);
    n2_read_copy(&r, old.sealed, sizeof old.sealed);
    n2_err err = n2_reader_finish(&r);
    if (!err)
        vault->olds[vault->n_olds++] = old;
    return err;
}

static n2_err
read_gone(const n2_box *body, n2_own_vault *out)
{
    size_t len;
    const uint8_t *gone = n2_box_bytes(body, VAULT_GONE, &len);

    if (len % VAULT_GONE_BYTES)
        return N2_ERR_FORMAT;
    if (len > sizeof out->gone)
        return N2_ERR_LIMIT;
    if (len)
        memcpy(out->gone, gone, len);
    out->n_gone = len / VAULT_GONE_BYTES;
    return N2_OK;
}

n2_err
n2_vault_read(const n2_statement *s, n2_own_vault *out)
{
    int64_t number = n2_box_int(&s->body, VAULT_NUMBER);
    n2_field f;

    if (number <= 0 || number > UINT32_MAX || s->n_keys != 1)
        return N2_ERR_FORMAT;
    *out = (n2_own_vault){.number = (uint32_t)number,
                          .drawn_us = n2_box_int(&s->body, VAULT_DRAWN),
                          .by = s->keys[0],
                          .drawer = s->keys[0]};
    if (n2_box_find(&s->body, VAULT_DRAWER, &f))
        out->drawer = n2_field_key(&f);
    n2_err err = read_gone(&s->body, out);
    for (size_t at = 0; !err && n2_box_next(&s->body, &at, &f);) {
        if (f.number == VAULT_SLOTS)
            err = n2_vault_read_slot(&f, out);
        if (f.number == VAULT_OLDS)
            err = n2_vault_read_old(&f, out);
    }
    if (err == N2_ERR_CORRUPT || (!err && !out->n_slots))
        err = N2_ERR_FORMAT;
    return err;
}

/* A key of @right that is here, or NO_KEY. */
static size_t
signer_here(const n2_own *own, uint32_t right, int64_t wall_us)
{
    size_t by = n2_own_signer(own, right, wall_us);

    return by != NO_KEY && own->keys[by].place.slot == N2_PLACE_HERE ? by : NO_KEY;
}

n2_err
n2_vault_say(n2_own *own, const n2_own_secrets *secrets, int64_t wall_us)
{
    n2_own_vault *vault = &own->vault;
    uint8_t body_bytes[N2_STATEMENT_BYTES_SMALL], bytes[N2_STATEMENT_BYTES_SMALL];
    size_t by = signer_here(own, N2_RIGHT_DEVICE, wall_us);
    n2_box body, statement;

    if (by == NO_KEY)
        by = signer_here(own, N2_RIGHT_CONTROL, wall_us);
    vault->by = by == NO_KEY ? (n2_key){0} : own->keys[by].key;
    if (!vault->drawer.method)
        vault->drawer = vault->by;
    if (by == NO_KEY)
        return N2_OK;
    n2_box_writer w = n2_box_begin(body_bytes, sizeof body_bytes, N2_KIND_VAULT);
    n2_box_put_id(&w, STATEMENT_WHO, &own->who.id);
    n2_box_put_int(&w, VAULT_NUMBER, vault->number);
    n2_box_put_time(&w, VAULT_DRAWN, vault->drawn_us);
    n2_vault_put(&w, vault, VAULT_SLOTS, VAULT_OLDS);
    if (!n2_key_equal(&vault->by, &vault->drawer))
        n2_box_put_key(&w, VAULT_DRAWER, &vault->drawer);
    if (vault->n_gone)
        n2_box_put_bytes(&w, VAULT_GONE, vault->gone, vault->n_gone * sizeof vault->gone[0]);
    n2_err err = n2_box_end(&w, &body, NULL);
    if (!err)
        err = n2_statement_sign(bytes, sizeof bytes, &body, &secrets->keys[by], &statement);
    if (!err)
        n2_vault_keep(own, vault, statement.bytes, statement.len, wall_us);
    return err;
}

n2_err
n2_vault_statement(const n2_keyring *keyring, size_t index, void *buf, size_t cap, n2_box *out)
{
    const n2_own *own = &keyring->own[index];
    n2_own_vault word;

    for (size_t i = 0; own->vault.by.method && i < own->n_words; i++) {
        if (!n2_vault_word(own, i, &word) || !n2_key_equal(&word.by, &own->vault.by))
            continue;
        if (own->words[i].len > cap)
            return N2_ERR_NOSPACE;
        memcpy(buf, own->words[i].bytes, own->words[i].len);
        return n2_box_check(out, buf, own->words[i].len, N2_KIND_SIGNED, NULL);
    }
    return N2_ERR_NOTFOUND;
}

n2_err
n2_vault_show(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_pending *p = NULL;
    n2_box statement;
    size_t index;

    n2_err err = n2_own_find(k, &q->who, &index);
    if (err)
        return err;
    n2_own *own = &k->own[index];
    err = n2_identity_stands(&own->who);
    if (!err && w->wall_us <= 0)
        err = N2_ERR_STATE;
    if (!err &&
        (!own->vault.n_slots || n2_vault_is_left(own, &own->vault) || n2_vault_is_known(own)))
        err = n2_draft_new(k, q, index, w->wall_us, &p); /* not while another one changes it */
    if (p) {
        err = own->vault.n_slots ? n2_vault_renew(k, index, w->wall_us)
                                 : n2_vault_first(k, index, w->wall_us);
        n2_vault_close(k, index, w->wall_us);
        n2_draft_drop(k, p);
    }
    if (!err)
        err = n2_vault_statement(k, index, w->room, N2_KEYRING_MESSAGE_BYTES_MAX, &statement);
    if (!err)
        w->a->statement = (n2_slice){statement.bytes, statement.len};
    return err;
}

n2_err
n2_vault_take(n2_own *own,
              n2_own_secrets *secrets,
              const void *statement,
              size_t len,
              int64_t wall_us,
              const n2_unicode *unicode)
{
    n2_own_vault vault;
    n2_statement s;

    n2_err err =
        n2_identity_check(&own->who, &s, statement, len, N2_KIND_VAULT, wall_us, unicode);
    if (!err && len > N2_STATEMENT_BYTES_SMALL)
        err = N2_ERR_LIMIT;
    if (!err)
        err = n2_vault_read(&s, &vault);
    if (err)
        return err;
    if (n2_vault_is_left(own, &vault) ||
        (wall_us > 0 && vault.drawn_us > wall_us + (int64_t)N2_CLOCK_SKEW_US))
        return N2_ERR_FORGED;
    n2_vault_keep(own, &vault, statement, len, wall_us);
    n2_vault_choose(own, secrets, NULL, 0, wall_us);
    return N2_OK;
}
