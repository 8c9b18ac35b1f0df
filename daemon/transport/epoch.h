/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * epoch.h - the keys of one direction, one epoch after the other.
 *
 * Layer:     transport (may include: base, wire, crypto).
 * Source:    PROTOCOL.md, section "Sealing".
 * Invariant: a key is made once, from the secret of the epoch before, which is gone then; so
 *            whoever takes what is in memory now opens nothing of former epochs.
 *
 *     epoch        e - 1            e              e + 1
 *     sender       wiped            seals          made when it turns
 *     receiver     opens what is    opens          made when a packet may be of it
 *                  late, a while
 *
 * The wire has one bit of the epoch's number, the phase.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/aead.h"
#include "crypto/noise.h"

enum {
    N2_EPOCH_KEYS = 3, /* the one before, this, the next */
    N2_EPOCH_SECRET_BYTES = 32,
    N2_EPOCH_SALT_BYTES = 4
};

/** How long a key is used; a test makes it short. */
typedef struct {
    uint32_t packets;     /* sealed under it: then its sender turns, as soon as it may */
    uint32_t packets_max; /* never more: the connection ends */
    uint64_t us;          /* since its first packet: it turns too */
    uint64_t failed_max;  /* packets that did not open: the connection ends */
} n2_key_limits;

/** Those of limits.h. */
n2_key_limits n2_key_limits_usual(void);

typedef struct {
    const n2_crypto *crypto; /* (borrowed) */
    uint8_t cipher, direction;
    bool has_old;    /* the key of epoch - 1 is there */
    uint32_t epoch;  /* in use */
    uint32_t n_made; /* keys derived so far: epoch + 1, or + 2 if the next is there */
    uint8_t secret[N2_EPOCH_SECRET_BYTES]; /* of the epoch that is made next */
    uint8_t salts[N2_EPOCH_KEYS][N2_EPOCH_SALT_BYTES];
    n2_aead_key keys[N2_EPOCH_KEYS]; /* of epoch e: e % 3 */
} n2_epochs;

/**
 * Epoch 0.
 *
 * @direction: 0 to the responder, 1 to the initiator.
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED (cipher), N2_ERR_NOMEM; to be cleared in any case.
 */
N2_MUST_USE n2_err n2_epochs_init(n2_epochs *epochs,
                                  const n2_crypto *crypto,
                                  uint8_t cipher,
                                  uint8_t direction,
                                  const uint8_t noise_key[static N2_NOISE_KEY_BYTES]);

/** Wipes all; harmless on a zeroed one. */
void n2_epochs_clear(n2_epochs *epochs);

/** Makes the key of the next epoch, if it is not there.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_epochs_prepare(n2_epochs *epochs);

/** The next epoch, which was prepared, is the one in use; the one before stays as old. */
void n2_epochs_turn(n2_epochs *epochs);

/** Wipes the key of the epoch before, if it is there. */
void n2_epochs_forget_old(n2_epochs *epochs);

/** The key of @epoch, which must be there. */
static inline const n2_aead_key *
n2_epochs_key(const n2_epochs *epochs, uint32_t epoch)
{
    return &epochs->keys[epoch % N2_EPOCH_KEYS];
}

/** The nonce of a packet with the 8 bytes @junk under that key. */
static inline void
n2_epochs_nonce(const n2_epochs *epochs,
                uint32_t epoch,
                const uint8_t junk[static 8],
                uint8_t nonce[static N2_AEAD_NONCE_BYTES])
{
    memcpy(nonce, epochs->salts[epoch % N2_EPOCH_KEYS], N2_EPOCH_SALT_BYTES);
    memcpy(nonce + N2_EPOCH_SALT_BYTES, junk, 8);
}
