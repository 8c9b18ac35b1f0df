/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * epoch.h - the keys of one direction, one epoch after the other.
 *
 * Layer:     transport (may include: base, wire, crypto).
 * Source:    PROTOCOL.md, section "Sealing".
 * Invariant: a key is made once, from the secret of the epoch before, which is gone then; so
 *            whoever takes what is in memory now opens nothing of former epochs.
 *
 * An expanded key takes 30 times as much as its bytes, so it is there only while it is used.
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
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/aead.h"
#include "crypto/noise.h"

enum {
    N2_EPOCH_KEYS = 3, /* the one before, this, the next */
    N2_EPOCH_SECRET_BYTES = 32,
    N2_EPOCH_SALT_BYTES = 4,
    N2_EPOCH_JUNK_BYTES = 8
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
    n2_aead_key *spare;      /* (borrowed) for one that is not expanded; empty between calls */
    uint8_t cipher, direction;
    bool has_old;    /* the key of epoch - 1 is there */
    uint32_t epoch;  /* in use */
    uint32_t n_made; /* keys derived so far: epoch + 1, or + 2 if the next is there */
    uint8_t secret[N2_EPOCH_SECRET_BYTES]; /* of the epoch that is made next */
    /* of epoch e: e % 3 */
    uint8_t keys[N2_EPOCH_KEYS][N2_AEAD_KEY_BYTES];
    uint8_t salts[N2_EPOCH_KEYS][N2_EPOCH_SALT_BYTES];
    n2_aead_key *expanded[N2_EPOCH_KEYS]; /* (transfer full) (nullable) */
} n2_epochs;

/**
 * Epoch 0.
 *
 * @direction: 0 to the responder, 1 to the initiator.
 * @spare:     a zeroed key, which all connections of a node may share.
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED (cipher); to be cleared in any case.
 */
N2_MUST_USE n2_err n2_epochs_init(n2_epochs *epochs,
                                  const n2_crypto *crypto,
                                  n2_aead_key *spare,
                                  uint8_t cipher,
                                  uint8_t direction,
                                  const uint8_t noise_key[static N2_NOISE_KEY_BYTES]);

/** Wipes all; harmless on a zeroed one. */
void n2_epochs_clear(n2_epochs *epochs);

/** Makes the key of the next epoch, if it is not there. */
void n2_epochs_prepare(n2_epochs *epochs);

/** Mixes @shared into the secret of the next epoch, which was not prepared yet. */
void n2_epochs_mix(n2_epochs *epochs, const uint8_t *shared, size_t len);

/** The next epoch, which was prepared, is the one in use; the one before stays as old. */
void n2_epochs_turn(n2_epochs *epochs);

/** Wipes the key of the epoch before, if it is there. */
void n2_epochs_forget_old(n2_epochs *epochs);

/** Wipes what is expanded: the bytes of the keys stay. */
void n2_epochs_rest(n2_epochs *epochs);

/** Expands the key of @epoch for what follows; without memory each packet does it anew. */
void n2_epochs_expand(n2_epochs *epochs, uint32_t epoch);

/**
 * Seals under the key in use, and expands it for what follows.
 *
 * @junk: the packet's 8 bytes of it.
 *
 * Returns: false: no memory.
 */
N2_MUST_USE bool n2_epochs_seal(n2_epochs *epochs,
                                const uint8_t junk[static N2_EPOCH_JUNK_BYTES],
                                const void *associated,
                                size_t associated_len,
                                const void *src,
                                size_t len,
                                void *dst,
                                uint8_t tag[static N2_AEAD_TAG_BYTES]);

/**
 * Opens under the key of @epoch, which must be there; takes no memory, for anybody can send
 * what does not open.
 *
 * Returns: whether the tag was right; see n2_aead_open().
 */
N2_MUST_USE bool n2_epochs_open(n2_epochs *epochs,
                                uint32_t epoch,
                                const uint8_t junk[static N2_EPOCH_JUNK_BYTES],
                                const void *associated,
                                size_t associated_len,
                                const void *src,
                                size_t len,
                                const uint8_t tag[static N2_AEAD_TAG_BYTES],
                                void *dst);
