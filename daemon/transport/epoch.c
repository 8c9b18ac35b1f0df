/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * epoch.c - derives the keys of a direction.
 */
#include "transport/epoch.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hkdf.h"

static const char label[] = "net2o bulk";
static const char fresh_label[] = "net2o fresh";

n2_key_limits
n2_key_limits_usual(void)
{
    return (n2_key_limits){.packets = N2_EPOCH_PACKETS_MAX,
                           .packets_max = N2_COUNTERS_MAX,
                           .us = N2_EPOCH_US,
                           .failed_max = N2_FAILED_OPENINGS_MAX};
}

/* Secret, key and salt of epoch n_made from what the epoch before left. */
static void
make(n2_epochs *e, const uint8_t from[static N2_EPOCH_SECRET_BYTES])
{
    uint8_t info[sizeof label - 1 + 2];
    uint8_t out[N2_EPOCH_SECRET_BYTES + N2_AEAD_KEY_BYTES + N2_EPOCH_SALT_BYTES];
    uint32_t at = e->n_made % N2_EPOCH_KEYS;

    memcpy(info, label, sizeof label - 1);
    info[sizeof info - 2] = e->cipher;
    info[sizeof info - 1] = e->direction;
    n2_hkdf(NULL, 0, from, N2_EPOCH_SECRET_BYTES, info, sizeof info, out, sizeof out);
    memcpy(e->secret, out, N2_EPOCH_SECRET_BYTES);
    memcpy(e->keys[at], out + N2_EPOCH_SECRET_BYTES, N2_AEAD_KEY_BYTES);
    memcpy(e->salts[at], out + N2_EPOCH_SECRET_BYTES + N2_AEAD_KEY_BYTES, N2_EPOCH_SALT_BYTES);
    e->n_made++;
    sodium_memzero(out, sizeof out);
}

/* ---- expanded keys --------------------------------------------------------------------------
 */

static void
fold(n2_epochs *e, uint32_t at)
{
    if (!e->expanded[at])
        return;
    n2_aead_key_clear(e->expanded[at]);
    free(e->expanded[at]);
    e->expanded[at] = NULL;
}

void
n2_epochs_rest(n2_epochs *e)
{
    for (uint32_t at = 0; at < N2_EPOCH_KEYS; at++)
        fold(e, at);
}

void
n2_epochs_expand(n2_epochs *e, uint32_t epoch)
{
    uint32_t at = epoch % N2_EPOCH_KEYS;

    if (e->expanded[at])
        return;
    n2_aead_key *key = malloc(sizeof *key);
    if (key && n2_aead_key_init(key, e->crypto, e->cipher, e->keys[at])) {
        free(key);
        key = NULL;
    }
    e->expanded[at] = key;
}

/* The key of @epoch to work with; NULL: no memory. */
static const n2_aead_key *
take_key(n2_epochs *e, uint32_t epoch)
{
    uint32_t at = epoch % N2_EPOCH_KEYS;

    if (e->expanded[at])
        return e->expanded[at];
    return n2_aead_key_init(e->spare, e->crypto, e->cipher, e->keys[at]) ? NULL : e->spare;
}

static void
put_key(n2_epochs *e, const n2_aead_key *key)
{
    if (key == e->spare)
        n2_aead_key_clear(e->spare);
}

static void
make_nonce(const n2_epochs *e,
           uint32_t epoch,
           const uint8_t *junk,
           uint8_t nonce[static N2_AEAD_NONCE_BYTES])
{
    memcpy(nonce, e->salts[epoch % N2_EPOCH_KEYS], N2_EPOCH_SALT_BYTES);
    memcpy(nonce + N2_EPOCH_SALT_BYTES, junk, N2_EPOCH_JUNK_BYTES);
}

bool
n2_epochs_seal(n2_epochs *e,
               const uint8_t junk[static N2_EPOCH_JUNK_BYTES],
               const void *associated,
               size_t associated_len,
               const void *src,
               size_t len,
               void *dst,
               uint8_t tag[static N2_AEAD_TAG_BYTES])
{
    uint8_t nonce[N2_AEAD_NONCE_BYTES];

    n2_epochs_expand(e, e->epoch);
    const n2_aead_key *key = take_key(e, e->epoch);
    if (!key)
        return false;
    make_nonce(e, e->epoch, junk, nonce);
    n2_aead_seal(key, nonce, associated, associated_len, src, len, dst, tag);
    put_key(e, key);
    return true;
}

bool
n2_epochs_open(n2_epochs *e,
               uint32_t epoch,
               const uint8_t junk[static N2_EPOCH_JUNK_BYTES],
               const void *associated,
               size_t associated_len,
               const void *src,
               size_t len,
               const uint8_t tag[static N2_AEAD_TAG_BYTES],
               void *dst)
{
    uint8_t nonce[N2_AEAD_NONCE_BYTES];
    const n2_aead_key *key = take_key(e, epoch);

    if (!key)
        return false;
    make_nonce(e, epoch, junk, nonce);
    bool ok = n2_aead_open(key, nonce, associated, associated_len, src, len, tag, dst);
    put_key(e, key);
    return ok;
}

/* ---- one after the other --------------------------------------------------------------------
 */

n2_err
n2_epochs_init(n2_epochs *e,
               const n2_crypto *crypto,
               n2_aead_key *spare,
               uint8_t cipher,
               uint8_t direction,
               const uint8_t noise_key[static N2_NOISE_KEY_BYTES])
{
    n2_epochs_clear(e); /* of an earlier try that failed */
    if (cipher != N2_CIPHER_AES256GCM && cipher != N2_CIPHER_CHACHA20POLY1305)
        return N2_ERR_UNSUPPORTED;
    e->crypto = crypto;
    e->spare = spare;
    e->cipher = cipher;
    e->direction = direction;
    make(e, noise_key);
    return N2_OK;
}

void
n2_epochs_clear(n2_epochs *e)
{
    n2_epochs_rest(e);
    sodium_memzero(e, sizeof *e);
}

void
n2_epochs_prepare(n2_epochs *e)
{
    uint8_t from[N2_EPOCH_SECRET_BYTES];

    if (e->n_made == e->epoch + 2)
        return;
    memcpy(from, e->secret, sizeof from);
    make(e, from);
    sodium_memzero(from, sizeof from);
}

void
n2_epochs_mix(n2_epochs *e, const uint8_t *shared, size_t len)
{
    uint8_t both[N2_EPOCH_SECRET_BYTES + N2_NOISE_DH_BYTES_MAX];
    uint8_t info[sizeof fresh_label];

    assert(e->n_made == e->epoch + 1 && len <= N2_NOISE_DH_BYTES_MAX);
    memcpy(both, e->secret, sizeof e->secret);
    memcpy(both + sizeof e->secret, shared, len);
    memcpy(info, fresh_label, sizeof info - 1);
    info[sizeof info - 1] = e->direction;
    n2_hkdf(NULL, 0, both, sizeof e->secret + len, info, sizeof info, e->secret,
            sizeof e->secret);
    sodium_memzero(both, sizeof both);
}

void
n2_epochs_turn(n2_epochs *e)
{
    assert(e->n_made == e->epoch + 2);
    n2_epochs_forget_old(e); /* its place is the next one's */
    e->epoch++;
    e->has_old = true;
}

void
n2_epochs_forget_old(n2_epochs *e)
{
    if (!e->has_old)
        return;
    uint32_t at = (e->epoch - 1) % N2_EPOCH_KEYS;
    fold(e, at);
    sodium_memzero(e->keys[at], sizeof e->keys[at]);
    sodium_memzero(e->salts[at], sizeof e->salts[at]);
    e->has_old = false;
}
