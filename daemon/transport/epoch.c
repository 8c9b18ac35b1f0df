/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * epoch.c - derives the keys of a direction.
 */
#include "transport/epoch.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hkdf.h"

static const char label[] = "net2o bulk";

n2_key_limits
n2_key_limits_usual(void)
{
    return (n2_key_limits){.packets = N2_EPOCH_PACKETS_MAX,
                           .packets_max = N2_COUNTERS_MAX,
                           .us = N2_EPOCH_US,
                           .failed_max = N2_FAILED_OPENINGS_MAX};
}

/* Secret, key and salt of epoch n_made from what the epoch before left. */
static n2_err
make(n2_epochs *e, const uint8_t from[static N2_EPOCH_SECRET_BYTES])
{
    uint8_t info[sizeof label - 1 + 2];
    uint8_t out[N2_EPOCH_SECRET_BYTES + N2_AEAD_KEY_BYTES + N2_EPOCH_SALT_BYTES];
    uint32_t at = e->n_made % N2_EPOCH_KEYS;

    memcpy(info, label, sizeof label - 1);
    info[sizeof info - 2] = e->cipher;
    info[sizeof info - 1] = e->direction;
    n2_hkdf(NULL, 0, from, N2_EPOCH_SECRET_BYTES, info, sizeof info, out, sizeof out);
    n2_err err =
        n2_aead_key_init(&e->keys[at], e->crypto, e->cipher, out + N2_EPOCH_SECRET_BYTES);
    if (!err) {
        memcpy(e->secret, out, N2_EPOCH_SECRET_BYTES);
        memcpy(e->salts[at], out + N2_EPOCH_SECRET_BYTES + N2_AEAD_KEY_BYTES,
               N2_EPOCH_SALT_BYTES);
        e->n_made++;
    }
    sodium_memzero(out, sizeof out);
    return err;
}

n2_err
n2_epochs_init(n2_epochs *e,
               const n2_crypto *crypto,
               uint8_t cipher,
               uint8_t direction,
               const uint8_t noise_key[static N2_NOISE_KEY_BYTES])
{
    n2_epochs_clear(e); /* of an earlier try that failed */
    e->crypto = crypto;
    e->cipher = cipher;
    e->direction = direction;
    return make(e, noise_key);
}

void
n2_epochs_clear(n2_epochs *e)
{
    for (size_t i = 0; i < N2_EPOCH_KEYS; i++)
        n2_aead_key_clear(&e->keys[i]);
    sodium_memzero(e, sizeof *e);
}

n2_err
n2_epochs_prepare(n2_epochs *e)
{
    uint8_t from[N2_EPOCH_SECRET_BYTES];

    if (e->n_made == e->epoch + 2)
        return N2_OK;
    memcpy(from, e->secret, sizeof from);
    n2_err err = make(e, from);
    sodium_memzero(from, sizeof from);
    return err;
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
    n2_aead_key_clear(&e->keys[at]);
    sodium_memzero(e->salts[at], sizeof e->salts[at]);
    e->has_old = false;
}
