/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-vault.c - 32 bytes that all devices of an identity share, sealed to each open key.
 *
 *     old vault  XChaCha20-Poly1305, key = HKDF-SHA512(no salt, vault, "n2 old vault 1" |
 *                identity 33), 32 bytes; associated data: its number 4
 *
 * It is opened once a session, by an open key that is here or by a token's.  A token agrees
 * with points of our own file only, never with one that somebody hands in, and the result is
 * used up here.  Who opens the newest opens those before it.
 */
#include <sodium.h>
#include <string.h>

#include "crypto/hkdf.h"
#include "keys/keyring-impl.h"

enum {
    INFO_BYTES = 10 + N2_ID_BYTES,
    OLD_INFO_BYTES = 14 + N2_ID_BYTES
};

static void
put_id(uint8_t *out, const n2_id *id)
{
    out[0] = id->method;
    memcpy(out + 1, id->hash, sizeof id->hash);
}

static void
info_of(const n2_id *who, uint8_t info[INFO_BYTES])
{
    memcpy(info, "n2 vault 1", 10);
    put_id(info + 10, who);
}

/* The key that seals what was before @vault; wipe it. */
static void
old_key(const n2_id *who, const uint8_t vault[VAULT_BYTES], uint8_t key[VAULT_BYTES])
{
    uint8_t info[OLD_INFO_BYTES];

    memcpy(info, "n2 old vault 1", 14);
    put_id(info + 14, who);
    n2_hkdf(NULL, 0, vault, VAULT_BYTES, info, sizeof info, key, VAULT_BYTES);
}

static void
put_number(uint8_t out[4], uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(number >> (24 - 8 * i));
}

static n2_err
open_old(const n2_own_old *old, const uint8_t key[VAULT_BYTES], uint8_t vault[VAULT_BYTES])
{
    uint8_t number[4];

    put_number(number, old->number);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(vault, NULL, NULL, old->sealed,
                                                      sizeof old->sealed, number, sizeof number,
                                                      old->nonce, key)
               ? N2_ERR_FORGED
               : N2_OK;
}

static void
seal_old(const n2_keyring *keyring,
         n2_own_old *old,
         uint32_t number,
         const uint8_t key[VAULT_BYTES],
         const uint8_t vault[VAULT_BYTES])
{
    uint8_t about[4];

    put_number(about, number);
    old->number = number;
    n2_env_random(keyring->env, old->nonce, sizeof old->nonce);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        old->sealed, NULL, vault, VAULT_BYTES, about, sizeof about, NULL, old->nonce, key);
}

n2_err
n2_vault_old(const n2_keyring *keyring,
             size_t index,
             uint32_t number,
             uint8_t vault[VAULT_BYTES])
{
    const n2_own *own = &keyring->own[index];
    uint8_t key[VAULT_BYTES];
    n2_err err = N2_ERR_NOTFOUND;

    old_key(&own->who.id, keyring->secrets->own[index].vault, key);
    for (size_t i = 0; i < own->n_olds; i++)
        if (own->olds[i].number == number)
            err = open_old(&own->olds[i], key, vault);
    sodium_memzero(key, sizeof key);
    return err;
}

/* The vault that was open goes into the one that takes its place, and those that it held. */
static void
take_along(n2_keyring *keyring, size_t index, const uint8_t was[VAULT_BYTES])
{
    n2_own *own = &keyring->own[index];
    uint8_t from[VAULT_BYTES], to[VAULT_BYTES], vault[VAULT_BYTES];
    n2_own_old olds[VAULTS_OLD_MAX];
    size_t n = 1;

    old_key(&own->who.id, was, from);
    old_key(&own->who.id, keyring->secrets->own[index].vault, to);
    seal_old(keyring, &olds[0], own->vault_number, to, was);
    for (size_t i = 0; i < own->n_olds && n < VAULTS_OLD_MAX; i++)
        if (!open_old(&own->olds[i], from, vault))
            seal_old(keyring, &olds[n++], own->olds[i].number, to, vault);
    memcpy(own->olds, olds, sizeof olds);
    own->n_olds = n;
    sodium_memzero(from, sizeof from);
    sodium_memzero(to, sizeof to);
    sodium_memzero(vault, sizeof vault);
}

n2_err
n2_vault_seal(n2_keyring *keyring, size_t index)
{
    n2_own *own = &keyring->own[index];
    const n2_own_secrets *secrets = &keyring->secrets->own[index];
    uint8_t info[INFO_BYTES];
    n2_err err = N2_OK;

    info_of(&own->who.id, info);
    own->n_slots = 0;
    for (size_t i = 0; i < own->who.n_keys && !err; i++) {
        const n2_grant *g = &own->who.keys[i];
        if (!(g->rights & N2_RIGHT_OPEN) || !n2_hpke_enc_bytes(g->key.method))
            continue;
        if (own->n_slots == N2_KEYRING_KEYS_MAX)
            return N2_ERR_LIMIT;
        n2_own_slot *slot = &own->slots[own->n_slots++];
        *slot = (n2_own_slot){.key = g->key};
        err = n2_hpke_seal(&g->key, keyring->env, info, sizeof info, NULL, 0, secrets->vault,
                           sizeof secrets->vault, slot->enc, slot->sealed);
    }
    return err;
}

n2_err
n2_vault_draw(n2_keyring *keyring, size_t index)
{
    n2_own *own = &keyring->own[index];
    n2_own_secrets *secrets = &keyring->secrets->own[index];
    uint8_t was[VAULT_BYTES];
    bool is_open = secrets->has_vault;

    memcpy(was, secrets->vault, sizeof was);
    n2_env_random(keyring->env, secrets->vault, sizeof secrets->vault);
    secrets->has_vault = true;
    if (is_open)
        take_along(keyring, index, was);
    else
        own->n_olds = 0; /* nobody here can open them any more */
    sodium_memzero(was, sizeof was);
    own->vault_number++;
    return n2_vault_seal(keyring, index);
}

void
n2_vault_close(n2_keyring *keyring, size_t index, int64_t wall_us)
{
    n2_own_secrets *secrets = &keyring->secrets->own[index];

    if (!n2_session_may(&keyring->own[index], wall_us))
        return;
    sodium_memzero(secrets->vault, sizeof secrets->vault);
    secrets->has_vault = false;
}

/* An open key that is here, for who has none yet; its add is signed here too. */
static n2_err
make_open_key(n2_keyring *keyring, size_t index, int64_t wall_us)
{
    n2_own *own = &keyring->own[index];
    n2_own_secrets *secrets = &keyring->secrets->own[index];
    uint8_t body_bytes[N2_STATEMENT_BYTES_SMALL], bytes[N2_STATEMENT_BYTES_SMALL];
    size_t by = n2_own_signer(own, N2_RIGHT_CONTROL, wall_us), at = own->n_keys;
    n2_box body, statement;

    if (by == NO_KEY || own->keys[by].place.slot != N2_PLACE_HERE)
        return N2_ERR_REFUSED;
    if (at == N2_KEYRING_KEYS_MAX)
        return N2_ERR_LIMIT;
    n2_err err = n2_own_draw(keyring, N2_KEY_X25519, &secrets->keys[at]);
    if (err)
        return err;
    n2_grant grant = {.key = secrets->keys[at].key,
                      .rights = N2_RIGHT_OPEN,
                      .from_us = wall_us,
                      .until_us = wall_us + (int64_t)N2_TOKEN_KEY_LIFETIME_US};
    err = n2_add_body(body_bytes, sizeof body_bytes, &own->who, &grant, own->label, &body);
    if (!err)
        err = n2_statement_sign(bytes, sizeof bytes, &body, &secrets->keys[by], &statement);
    if (!err)
        err = n2_own_take(own, statement.bytes, statement.len, true, wall_us);
    if (err) {
        n2_signing_key_clear(&secrets->keys[at]);
        return err;
    }
    own->keys[own->n_keys++] = (n2_own_key){.key = secrets->keys[at].key};
    return N2_OK;
}

/* Is there a device older than this one?  What there is of a vault is there. */
static bool
has_elder(const n2_own *own)
{
    int64_t ours_us = INT64_MAX, first_us = INT64_MAX;

    for (size_t i = 0; i < own->who.n_keys; i++) {
        const n2_grant *g = &own->who.keys[i];
        if (!(g->rights & N2_RIGHT_DEVICE))
            continue;
        if (n2_own_key_index(own, &g->key) != NO_KEY)
            ours_us = g->from_us < ours_us ? g->from_us : ours_us;
        else
            first_us = g->from_us < first_us ? g->from_us : first_us;
    }
    return first_us < ours_us;
}

n2_err
n2_vault_first(n2_keyring *keyring, size_t index, int64_t wall_us)
{
    n2_own *own = &keyring->own[index];
    n2_own_secrets *secrets = &keyring->secrets->own[index];
    size_t n_keys = own->n_keys;
    bool can_open = false;
    n2_own_picture picture;

    for (size_t i = 0; i < own->who.n_keys; i++)
        can_open = can_open || own->who.keys[i].rights & N2_RIGHT_OPEN;
    /* A vault of its own for each device would be an account of its own at each site. */
    if (n2_own_signer(own, N2_RIGHT_CONTROL, wall_us) == NO_KEY || has_elder(own))
        return N2_ERR_NOTFOUND;
    n2_err err = n2_own_picture_take(&picture, own);
    if (!err && !can_open)
        err = make_open_key(keyring, index, wall_us);
    if (!err)
        err = n2_vault_draw(keyring, index);
    if (!err)
        err = n2_keyring_save(keyring);
    n2_own_picture_end(&picture, own, err, keyring->unicode, wall_us);
    if (err) {
        while (own->n_keys > n_keys)
            n2_signing_key_clear(&secrets->keys[--own->n_keys]);
        own->n_slots = own->n_olds = 0;
        own->vault_number = 0;
        sodium_memzero(secrets->vault, sizeof secrets->vault);
        secrets->has_vault = false;
    }
    return err;
}

static n2_err
open_slot(n2_keyring *keyring,
          size_t index,
          const n2_own_slot *slot,
          const uint8_t *secret,
          const uint8_t *shared)
{
    n2_own_secrets *secrets = &keyring->secrets->own[index];
    uint8_t info[INFO_BYTES];

    info_of(&keyring->own[index].who.id, info);
    n2_err err =
        secret ? n2_hpke_open(&slot->key, secret, slot->enc, info, sizeof info, NULL, 0,
                              slot->sealed, sizeof slot->sealed, secrets->vault)
               : n2_hpke_open_agreed(&slot->key, shared, slot->enc, info, sizeof info, NULL, 0,
                                     slot->sealed, sizeof slot->sealed, secrets->vault);
    secrets->has_vault = !err;
    return err;
}

n2_err
n2_vault_open(n2_keyring *k, n2_pending *p, n2_answering *w)
{
    const n2_own *own = &k->own[p->own];
    size_t on_token = NO_KEY, key = NO_KEY;

    if (k->secrets->own[p->own].has_vault)
        return N2_OK;
    for (size_t i = 0; i < own->n_slots; i++) {
        size_t at = n2_own_key_index(own, &own->slots[i].key);
        if (at == NO_KEY)
            continue;
        if (own->keys[at].place.slot == N2_PLACE_HERE)
            return open_slot(k, p->own, &own->slots[i], k->secrets->own[p->own].keys[at].seed,
                             NULL);
        if (on_token == NO_KEY ||
            (!n2_own_is_at_hand(own, key) && n2_own_is_at_hand(own, at))) {
            on_token = i;
            key = at;
        }
    }
    if (on_token == NO_KEY)
        return N2_ERR_NOTFOUND;
    if (!k->tokens)
        return N2_ERR_TOKEN;
    p->is_agreeing = true;
    p->step = on_token;
    n2_err err = k->tokens->agree(k->tokens->user, p->id, &own->keys[key].key,
                                  &own->keys[key].place, own->slots[on_token].enc);
    w->is_later = !err;
    p->is_agreeing = !err;
    return err;
}

n2_err
n2_vault_agreed(n2_keyring *k, n2_pending *p, const uint8_t *shared, size_t len)
{
    const n2_own_slot *slot = &k->own[p->own].slots[p->step];

    p->is_agreeing = false;
    if (len != n2_hpke_secret_bytes(slot->key.method))
        return N2_ERR_FORGED;
    return open_slot(k, p->own, slot, NULL, shared);
}
