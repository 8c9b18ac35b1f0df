/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-account.c - accounts at sites, drawn from the vault.
 *
 *     account key  Ed25519, seed = HKDF-SHA512(no salt, vault, "n2 site 1" | site 33 | vault
 *                  number 4), 32 bytes
 *
 * When a new vault was drawn, what an old one gave is good until its owner moves it: the new
 * account logs in, and the old one signs that it is the same.
 */
#include <sodium.h>
#include <string.h>

#include "crypto/hkdf.h"
#include "keys/keyring-impl.h"

enum {
    SITE_INFO_BYTES = 9 + N2_ID_BYTES + 4
};

/* Wipe @account. */
static n2_err
draw_account(const uint8_t vault[VAULT_BYTES],
             uint32_t number,
             const n2_id *site,
             n2_signing_key *account)
{
    uint8_t info[SITE_INFO_BYTES], seed[N2_SEED_BYTES_MAX];

    memcpy(info, "n2 site 1", 9);
    info[9] = site->method;
    memcpy(info + 10, site->hash, sizeof site->hash);
    for (unsigned i = 0; i < 4; i++)
        info[9 + N2_ID_BYTES + i] = (uint8_t)(number >> (24 - 8 * i));
    n2_hkdf(NULL, 0, vault, VAULT_BYTES, info, sizeof info, seed,
            n2_seed_bytes(N2_KEY_ED25519));
    n2_err err = n2_signing_key_init(account, N2_KEY_ED25519, seed);
    sodium_memzero(seed, sizeof seed);
    return err;
}

static n2_err
sign_login(const n2_login *login,
           const n2_signing_key *account,
           const n2_signing_key *old, /* (nullable) */
           n2_answering *w)
{
    uint8_t bytes[N2_LOGIN_BYTES_MAX], d[N2_DIGEST_BYTES];
    n2_signature signatures[2];
    n2_box body, statement;

    n2_err err = n2_login_body(bytes, sizeof bytes, login,
                               N2_LOGIN_ENTER | (old ? N2_LOGIN_MOVE : 0), &body);
    if (err)
        return err;
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    err = n2_sign(&signatures[0], account, d);
    if (!err && old)
        err = n2_sign(&signatures[1], old, d);
    if (!err)
        err = n2_statement_make(w->room, N2_KEYRING_MESSAGE_BYTES_MAX, &body, signatures,
                                old ? 2 : 1, &statement);
    if (!err)
        w->a->statement = (n2_slice){statement.bytes, statement.len};
    return err;
}

n2_err
n2_account_give(n2_keyring *keyring, size_t index, const n2_keys_request *q, n2_answering *w)
{
    const n2_own *own = &keyring->own[index];
    const uint8_t *vault = keyring->secrets->own[index].vault;
    bool is_move = q->number && q->number != own->vault.number;
    uint8_t before[VAULT_BYTES];
    n2_signing_key account = {0}, old = {0};
    n2_login login = {.site = q->site};

    n2_err err = n2_session_may(own, w->wall_us);
    if (err) { /* it ended while the token was asked */
        n2_vault_close(keyring, index, w->wall_us);
        return err;
    }
    err = is_move ? n2_vault_old(keyring, index, q->number, before) : N2_OK;
    if (!err && is_move)
        err = draw_account(before, q->number, &q->site, &old);
    sodium_memzero(before, sizeof before);
    if (!err)
        err = draw_account(vault, own->vault.number, &q->site, &account);
    if (!err) {
        memcpy(login.hash, q->hash, sizeof login.hash);
        login.account = account.key;
        login.old = old.key;
        err = sign_login(&login, &account, is_move ? &old : NULL, w);
    }
    n2_signing_key_clear(&account);
    n2_signing_key_clear(&old);
    w->a->number = own->vault.number;
    return err;
}

n2_err
n2_account_ask(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_pending *p;
    size_t index;

    n2_err err = n2_own_find(k, &q->who, &index);
    if (!err)
        err = n2_session_may(&k->own[index], w->wall_us);
    if (err)
        return err;
    if (!q->site.method)
        return N2_ERR_FORMAT;
    if (!k->own[index].vault.n_slots) {
        err = n2_vault_first(k, index, w->wall_us);
    } else if (!k->secrets->own[index].has_vault) {
        err = n2_draft_new(k, q, index, w->wall_us, &p);
        if (err)
            return err;
        err = n2_vault_open(k, p, w);
        if (err || !w->is_later)
            n2_draft_drop(k, p);
    }
    if (err || w->is_later)
        return err;
    return n2_account_give(k, index, q, w);
}
