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
    VAULT_MADE = 3,
    VAULT_SLOTS = 64,
    VAULT_OLDS = 65
};

void
n2_vault_put(n2_box_writer *box, const n2_own *own, uint8_t slots, uint8_t olds)
{
    uint8_t bytes[N2_SLOT_BYTES_MAX];
    size_t len = 0;

    for (size_t i = 0; i < own->n_slots; i++) {
        const n2_own_slot *slot = &own->slots[i];
        n2_writer w = n2_writer_init(bytes, sizeof bytes);
        n2_write_u8(&w, slot->key.method);
        n2_write_bytes(&w, slot->key.bytes, n2_key_bytes(slot->key.method));
        n2_write_bytes(&w, slot->enc, n2_hpke_enc_bytes(slot->key.method));
        n2_write_bytes(&w, slot->sealed, sizeof slot->sealed);
        if (!n2_writer_finish(&w, &len))
            n2_box_put_bytes(box, slots, bytes, len);
    }
    for (size_t i = 0; i < own->n_olds; i++) {
        n2_writer w = n2_writer_init(bytes, sizeof bytes);
        n2_write_u32(&w, own->olds[i].number);
        n2_write_bytes(&w, own->olds[i].nonce, sizeof own->olds[i].nonce);
        n2_write_bytes(&w, own->olds[i].sealed, sizeof own->olds[i].sealed);
        if (!n2_writer_finish(&w, &len))
            n2_box_put_bytes(box, olds, bytes, len);
    }
}

n2_err
n2_vault_read_slot(const n2_field *f, n2_own *own)
{
    n2_reader r = n2_reader_init(f->value, f->len);
    n2_own_slot slot = {0};

    if (own->n_slots == N2_KEYRING_KEYS_MAX)
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
        own->slots[own->n_slots++] = slot;
    return err;
}

n2_err
n2_vault_read_old(const n2_field *f, n2_own *own)
{
    n2_reader r = n2_reader_init(f->value, f->len);
    n2_own_old old = {0};

    if (own->n_olds == VAULTS_OLD_MAX)
        return N2_ERR_LIMIT;
    old.number = n2_read_u32(&r);
    n2_read_copy(&r, old.nonce, sizeof old.nonce);
    n2_read_copy(&r, old.sealed, sizeof old.sealed);
    n2_err err = n2_reader_finish(&r);
    if (!err)
        own->olds[own->n_olds++] = old;
    return err;
}

n2_err
n2_vault_statement(const n2_keyring *keyring,
                   size_t index,
                   int64_t wall_us,
                   void *buf,
                   size_t cap,
                   n2_box *out)
{
    const n2_own *own = &keyring->own[index];
    size_t by = n2_own_signer(own, N2_RIGHT_DEVICE, wall_us);
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    n2_box body;

    if (!own->n_slots || by == NO_KEY || own->keys[by].place.slot != N2_PLACE_HERE)
        return N2_ERR_NOTFOUND;
    n2_box_writer w = n2_box_begin(bytes, sizeof bytes, N2_KIND_VAULT);
    n2_box_put_id(&w, STATEMENT_WHO, &own->who.id);
    n2_box_put_int(&w, VAULT_NUMBER, own->vault_number);
    n2_box_put_time(&w, VAULT_MADE, wall_us);
    n2_vault_put(&w, own, VAULT_SLOTS, VAULT_OLDS);
    n2_err err = n2_box_end(&w, &body, NULL);
    if (!err)
        err = n2_statement_sign(buf, cap, &body, &keyring->secrets->own[index].keys[by], out);
    return err;
}

n2_err
n2_vault_show(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_pending *p = NULL;
    n2_box statement;
    size_t index;

    n2_err err = n2_own_find(k, &q->who, &index);
    if (!err)
        err = n2_identity_stands(&k->own[index].who);
    if (!err && w->wall_us <= 0)
        err = N2_ERR_STATE;
    if (!err && !k->own[index].n_slots)
        err = n2_draft_new(k, q, index, w->wall_us, &p); /* not while another one changes it */
    if (p) {
        err = n2_vault_first(k, index, w->wall_us);
        n2_vault_close(k, index, w->wall_us);
        n2_draft_drop(k, p);
    }
    if (!err)
        err = n2_vault_statement(k, index, w->wall_us, w->room, N2_KEYRING_MESSAGE_BYTES_MAX,
                                 &statement);
    if (!err)
        w->a->statement = (n2_slice){statement.bytes, statement.len};
    return err;
}

/* Of what all devices see alike. */
static void
hash_slots(const n2_own *own, uint8_t hash[N2_HASH_BYTES])
{
    crypto_hash_sha256_state state;

    (void)crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < own->n_slots; i++)
        (void)crypto_hash_sha256_update(&state, own->slots[i].sealed,
                                        sizeof own->slots[i].sealed);
    (void)crypto_hash_sha256_final(&state, hash);
}

/* Of two vaults with one number, on all devices the same. */
static bool
comes_before(const n2_own *a, const n2_own *b)
{
    uint8_t of_a[N2_HASH_BYTES], of_b[N2_HASH_BYTES];

    if (a->n_slots != b->n_slots)
        return a->n_slots > b->n_slots;
    hash_slots(a, of_a);
    hash_slots(b, of_b);
    return memcmp(of_a, of_b, sizeof of_a) < 0;
}

static n2_err
read_vault(const n2_box *body, n2_own *out)
{
    int64_t number = n2_box_int(body, VAULT_NUMBER);
    n2_err err = number > 0 && number <= UINT32_MAX ? N2_OK : N2_ERR_FORMAT;
    n2_field f;

    out->vault_number = (uint32_t)number;
    for (size_t at = 0; !err && n2_box_next(body, &at, &f);) {
        if (f.number == VAULT_SLOTS)
            err = n2_vault_read_slot(&f, out);
        if (f.number == VAULT_OLDS)
            err = n2_vault_read_old(&f, out);
    }
    if (err == N2_ERR_CORRUPT || (!err && !out->n_slots))
        err = N2_ERR_FORMAT;
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
    n2_own got = {0};
    n2_statement s;

    n2_err err =
        n2_identity_check(&own->who, &s, statement, len, N2_KIND_VAULT, wall_us, unicode);
    if (!err)
        err = read_vault(&s.body, &got);
    if (err || got.vault_number < own->vault_number)
        return err;
    if (got.vault_number == own->vault_number && !comes_before(&got, own))
        return N2_OK;
    memcpy(own->slots, got.slots, sizeof own->slots);
    own->n_slots = got.n_slots;
    memcpy(own->olds, got.olds, sizeof own->olds);
    own->n_olds = got.n_olds;
    own->vault_number = got.vault_number;
    sodium_memzero(secrets->vault, sizeof secrets->vault); /* to be opened anew */
    secrets->has_vault = false;
    return N2_OK;
}
