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
#include <stdlib.h>
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

static n2_err
open_slot(const n2_keyring *keyring,
          size_t index,
          const n2_own_slot *slot,
          const uint8_t *secret,
          const uint8_t *shared,
          uint8_t vault[VAULT_BYTES])
{
    uint8_t info[INFO_BYTES];

    info_of(&keyring->own[index].who.id, info);
    return secret ? n2_hpke_open(&slot->key, secret, slot->enc, info, sizeof info, NULL, 0,
                                 slot->sealed, sizeof slot->sealed, vault)
                  : n2_hpke_open_agreed(&slot->key, shared, slot->enc, info, sizeof info, NULL,
                                        0, slot->sealed, sizeof slot->sealed, vault);
}

n2_err
n2_vault_open_here(const n2_keyring *keyring,
                   size_t index,
                   const n2_own_vault *from,
                   uint8_t vault[VAULT_BYTES])
{
    const n2_own *own = &keyring->own[index];
    n2_err err = N2_ERR_NOTFOUND;

    for (size_t i = 0; err && i < from->n_slots; i++) {
        size_t at = n2_own_key_index(own, &from->slots[i].key);
        if (at != NO_KEY && own->keys[at].place.slot == N2_PLACE_HERE)
            err = open_slot(keyring, index, &from->slots[i],
                            keyring->secrets->own[index].keys[at].seed, NULL, vault);
    }
    return err ? N2_ERR_NOTFOUND : N2_OK;
}

/* Out of @from, which @key opens. */
static n2_err
find_old(const n2_own_vault *from,
         uint32_t number,
         const uint8_t key[VAULT_BYTES],
         uint8_t vault[VAULT_BYTES])
{
    n2_err err = N2_ERR_NOTFOUND;

    for (size_t i = 0; err && i < from->n_olds; i++)
        if (from->olds[i].number == number)
            err = open_old(&from->olds[i], key, vault);
    return err;
}

/* What a word says that isn't in force: what it is itself, or those that it holds. */
static n2_err
find_in_word(const n2_keyring *keyring,
             size_t index,
             const n2_own_vault *word,
             uint32_t number,
             uint8_t vault[VAULT_BYTES])
{
    uint8_t its[VAULT_BYTES], key[VAULT_BYTES];

    n2_err err = n2_vault_open_here(keyring, index, word, its);
    if (!err && word->number == number) {
        memcpy(vault, its, VAULT_BYTES);
    } else if (!err) {
        old_key(&keyring->own[index].who.id, its, key);
        err = find_old(word, number, key, vault);
    }
    sodium_memzero(its, sizeof its);
    sodium_memzero(key, sizeof key);
    return err;
}

n2_err
n2_vault_old(const n2_keyring *keyring,
             size_t index,
             uint32_t number,
             uint8_t vault[VAULT_BYTES])
{
    const n2_own *own = &keyring->own[index];
    uint8_t key[VAULT_BYTES];
    n2_own_vault word;

    old_key(&own->who.id, keyring->secrets->own[index].vault, key);
    n2_err err = find_old(&own->vault, number, key, vault);
    sodium_memzero(key, sizeof key);
    for (int left = 0; left < 2 && err; left++)
        for (size_t i = 0; i < own->n_words && err; i++)
            if (n2_vault_word(own, i, &word) && n2_vault_is_left(own, &word) == left)
                err = find_in_word(keyring, index, &word, number, vault);
    return err;
}

/* What goes along into a new vault. */
typedef struct {
    const n2_keyring *keyring;
    uint8_t key[VAULT_BYTES]; /* of the new one, to seal with */
    n2_own_old olds[VAULTS_OLD_MAX];
    size_t n;
} luggage;

static bool
has_packed(const luggage *l, uint32_t number)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->olds[i].number == number)
            return true;
    return l->n == VAULTS_OLD_MAX;
}

/* @vault, with those that it holds. */
static void
pack(luggage *l, const n2_id *who, const n2_own_vault *from, const uint8_t vault[VAULT_BYTES])
{
    uint8_t key[VAULT_BYTES], old[VAULT_BYTES];

    old_key(who, vault, key);
    if (!has_packed(l, from->number))
        seal_old(l->keyring, &l->olds[l->n++], from->number, l->key, vault);
    for (size_t i = 0; i < from->n_olds; i++)
        if (!has_packed(l, from->olds[i].number) && !open_old(&from->olds[i], key, old))
            seal_old(l->keyring, &l->olds[l->n++], from->olds[i].number, l->key, old);
    sodium_memzero(key, sizeof key);
    sodium_memzero(old, sizeof old);
}

/* The vault that was in force goes into the one that takes its place, and those that it held;
 * then others that a key here opens, first of those who stand.  @was: NULL: it isn't open. */
static void
take_along(n2_keyring *keyring,
           size_t index,
           const n2_own_vault *before,
           const uint8_t *was /* (nullable) */)
{
    n2_own *own = &keyring->own[index];
    luggage l = {.keyring = keyring};
    uint8_t its[VAULT_BYTES];
    n2_own_vault word;

    old_key(&own->who.id, keyring->secrets->own[index].vault, l.key);
    if (was)
        pack(&l, &own->who.id, before, was);
    for (int left = 0; left < 2; left++)
        for (size_t i = 0; i < own->n_words; i++)
            if (n2_vault_word(own, i, &word) && n2_vault_is_left(own, &word) == left &&
                !has_packed(&l, word.number) && !n2_vault_open_here(keyring, index, &word, its))
                pack(&l, &own->who.id, &word, its);
    memcpy(own->vault.olds, l.olds, sizeof own->vault.olds);
    own->vault.n_olds = l.n;
    sodium_memzero(its, sizeof its);
    sodium_memzero(l.key, sizeof l.key);
}

n2_err
n2_vault_seal(n2_keyring *keyring, size_t index, int64_t wall_us)
{
    n2_own *own = &keyring->own[index];
    const n2_own_secrets *secrets = &keyring->secrets->own[index];
    uint8_t info[INFO_BYTES];
    n2_err err = N2_OK;

    info_of(&own->who.id, info);
    own->vault.n_slots = 0;
    for (size_t i = 0; i < own->who.n_keys && !err; i++) {
        const n2_grant *g = &own->who.keys[i];
        if (!(g->rights & N2_RIGHT_OPEN) || !n2_hpke_enc_bytes(g->key.method))
            continue;
        if (own->vault.n_slots == N2_KEYRING_KEYS_MAX)
            return N2_ERR_LIMIT;
        n2_own_slot *slot = &own->vault.slots[own->vault.n_slots++];
        *slot = (n2_own_slot){.key = g->key};
        err = n2_hpke_seal(&g->key, keyring->env, info, sizeof info, NULL, 0, secrets->vault,
                           sizeof secrets->vault, slot->enc, slot->sealed);
    }
    n2_vault_inherit(own); /* our former word is not lost with it */
    return err ? err : n2_vault_say(own, secrets, wall_us);
}

n2_err
n2_vault_draw(
    n2_keyring *keyring, size_t index, const n2_key *going, size_t n_going, int64_t wall_us)
{
    n2_own *own = &keyring->own[index];
    n2_own_secrets *secrets = &keyring->secrets->own[index];
    n2_own_vault before = own->vault;
    uint8_t was[VAULT_BYTES];
    bool is_open = secrets->has_vault;

    memcpy(was, secrets->vault, sizeof was);
    n2_env_random(keyring->env, secrets->vault, sizeof secrets->vault);
    secrets->has_vault = true;
    n2_vault_succeed(own, going, n_going, wall_us);
    take_along(keyring, index, &before, is_open ? was : NULL);
    sodium_memzero(was, sizeof was);
    return n2_vault_seal(keyring, index, wall_us);
}

n2_err
n2_vault_renew(n2_keyring *keyring, size_t index, int64_t wall_us)
{
    n2_own *own = &keyring->own[index];
    n2_own_secrets *secrets = &keyring->secrets->own[index];
    bool was_open = secrets->has_vault;

    if (!was_open && n2_vault_open_here(keyring, index, &own->vault, secrets->vault))
        return N2_OK;
    n2_own *was = malloc(sizeof *was);
    if (!was)
        return N2_ERR_NOMEM;
    *was = *own;
    secrets->has_vault = true;
    n2_err err = n2_vault_draw(keyring, index, NULL, 0, wall_us);
    if (!err)
        err = n2_keyring_save(keyring);
    if (err) {
        *own = *was;
        sodium_memzero(secrets->vault, sizeof secrets->vault); /* to be opened anew */
        secrets->has_vault = false;
    }
    free(was);
    return err;
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

/* A vault of its own for each device would be an account of its own at each site. */
static bool
may_draw(const n2_own *own, int64_t wall_us)
{
    return n2_own_signer(own, N2_RIGHT_CONTROL, wall_us) != NO_KEY && !has_elder(own);
}

bool
n2_vault_is_lacking(const n2_own *own, int64_t wall_us)
{
    for (size_t i = 0; i < own->vault.n_slots; i++)
        if (n2_own_key_index(own, &own->vault.slots[i].key) != NO_KEY)
            return false;
    return own->vault.n_slots || !may_draw(own, wall_us);
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
    if (!may_draw(own, wall_us))
        return N2_ERR_NOTFOUND;
    n2_err err = n2_own_picture_take(&picture, own);
    if (!err && !can_open)
        err = make_open_key(keyring, index, wall_us);
    if (!err)
        err = n2_vault_draw(keyring, index, NULL, 0, wall_us);
    if (!err)
        err = n2_keyring_save(keyring);
    n2_own_picture_end(&picture, own, err, keyring->unicode, wall_us);
    if (err) {
        while (own->n_keys > n_keys)
            n2_signing_key_clear(&secrets->keys[--own->n_keys]);
        own->vault = (n2_own_vault){0};
        own->n_words = 0;
        sodium_memzero(secrets->vault, sizeof secrets->vault);
        secrets->has_vault = false;
    }
    return err;
}

n2_err
n2_vault_open(n2_keyring *k, n2_pending *p, n2_answering *w)
{
    const n2_own *own = &k->own[p->own];
    n2_own_secrets *secrets = &k->secrets->own[p->own];
    size_t on_token = NO_KEY, key = NO_KEY;

    if (!secrets->has_vault)
        secrets->has_vault = !n2_vault_open_here(k, p->own, &own->vault, secrets->vault);
    if (secrets->has_vault)
        return N2_OK;
    for (size_t i = 0; i < own->vault.n_slots; i++) {
        size_t at = n2_own_key_index(own, &own->vault.slots[i].key);
        if (at == NO_KEY || own->keys[at].place.slot == N2_PLACE_HERE)
            continue;
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
                                  &own->keys[key].place, own->vault.slots[on_token].enc);
    w->is_later = !err;
    p->is_agreeing = !err;
    return err;
}

n2_err
n2_vault_agreed(n2_keyring *k, n2_pending *p, const uint8_t *shared, size_t len)
{
    const n2_own_slot *slot = &k->own[p->own].vault.slots[p->step];

    p->is_agreeing = false;
    if (len != n2_hpke_secret_bytes(slot->key.method))
        return N2_ERR_FORGED;
    n2_err err = open_slot(k, p->own, slot, NULL, shared, k->secrets->own[p->own].vault);
    k->secrets->own[p->own].has_vault = !err;
    return err;
}
