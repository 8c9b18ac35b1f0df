/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * noise.h - the Noise NK handshake of a connection, with the static key kept elsewhere.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: The Noise Protocol Framework, revision 34, sections 5 and 7.5:
 *
 *     NK:  <- s
 *          ...
 *          -> e, es     message 1: e, sealed payload, tag
 *          <- e, ee     message 2: e, sealed payload, tag
 *
 *         initiator                                  responder
 *     start(their static key)                    start(own static key)
 *     write1(own e)            --message 1-->    peek_e, n2_noise_es() by who holds the static
 * key read1(es) read2                    <--message 2--    write2(own e) split split
 *
 * Why `es` can be worked out elsewhere: NK mixes nothing into the chaining key before es, so
 * MixKey(es) depends on the protocol's name and the agreement alone.  Its result opens this one
 * hello and says nothing about the static key; the raw agreement never leaves the keys process.
 *
 * A step out of order is N2_ERR_STATE and changes nothing.  After any other error the handshake
 * is over (state OVER, wiped).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "base/err.h"

enum {              /* suites of the wire (protocol.md, section 2) */
    N2_SUITE_1 = 1, /* Noise_NK_25519_ChaChaPoly_BLAKE2b */
    N2_SUITE_2 = 2, /* Noise_NK_448_AESGCM_SHA512 */
};

enum {
    N2_NOISE_HASH_BYTES = 64, /* both suites: h and ck */
    N2_NOISE_KEY_BYTES = 32,
    N2_NOISE_TAG_BYTES = 16,
    N2_NOISE_DH_BYTES_MAX = 56,
};

typedef struct n2_noise_suite {
    uint8_t number;        /* N2_SUITE_* */
    uint8_t dh_bytes;      /* of a public, a secret and an agreement: 32 or 56 */
    uint8_t hello_payload; /* bytes of payload in our two messages of 112: 64 or 40 */
    const char *name;      /* "Noise_NK_..." */
    const struct n2_noise_functions *f;
} n2_noise_suite;

/** (transfer none) (nullable): the suite with @number, or NULL if this build lacks it. */
const n2_noise_suite *n2_noise_suite_find(uint8_t number);

/** MixKey(es): what the holder of the static key gives to the responder.  Wipe after use. */
typedef struct {
    uint8_t ck[N2_NOISE_HASH_BYTES];
    uint8_t k[N2_NOISE_KEY_BYTES];
} n2_noise_es_result;

/** Result of a handshake.  Wipe after use. */
typedef struct {
    uint8_t to_responder[N2_NOISE_KEY_BYTES]; /* Noise's first key */
    uint8_t to_initiator[N2_NOISE_KEY_BYTES];
    uint8_t hash[N2_NOISE_HASH_BYTES]; /* handshake hash, public */
} n2_noise_keys;

typedef enum {     /* what is awaited */
    N2_NOISE_OVER, /* nothing: split, failed or cleared */
    N2_NOISE_WRITE1,
    N2_NOISE_READ1,
    N2_NOISE_WRITE2,
    N2_NOISE_READ2,
    N2_NOISE_SPLIT
} n2_noise_state;

typedef struct {
    const n2_noise_suite *suite;
    n2_noise_state state;
    uint8_t ck[N2_NOISE_HASH_BYTES];
    uint8_t h[N2_NOISE_HASH_BYTES];
    uint8_t k[N2_NOISE_KEY_BYTES]; /* k of the symmetric state; its counter is always 0 here */
    uint8_t e_secret[N2_NOISE_DH_BYTES_MAX]; /* initiator's, between messages */
    uint8_t remote[N2_NOISE_DH_BYTES_MAX];   /* initiator: their static; responder: their e */
} n2_noise;

/** Draws a secret of @suite->dh_bytes and its public key. */
N2_MUST_USE n2_err n2_noise_keypair(const n2_noise_suite *suite,
                                    const n2_env *env,
                                    uint8_t *secret,
                                    uint8_t *public_key);

/** The agreement of @secret and @public_key, all of @suite->dh_bytes.  Returns: N2_OK,
 *  N2_ERR_FORGED (all zeros: a point of low order), N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_noise_agree(const n2_noise_suite *suite,
                                  const uint8_t *secret,
                                  const uint8_t *public_key,
                                  uint8_t *shared);

/** The public key of @secret, both of @suite->dh_bytes.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_noise_public(const n2_noise_suite *suite,
                                   const uint8_t *secret,
                                   uint8_t *public_key);

/** MixKey of an agreement between a static secret and an ephemeral public key. */
void
n2_noise_es_of(const n2_noise_suite *suite, const uint8_t *shared, n2_noise_es_result *out);

/**
 * The same with the agreement worked out.
 *
 * Returns: N2_OK
 *          N2_ERR_FORGED  the agreement is all zeros: @e is a point of low order
 *          N2_ERR_NOMEM
 */
N2_MUST_USE n2_err n2_noise_es(const n2_noise_suite *suite,
                               const uint8_t *static_secret,
                               const uint8_t *e,
                               n2_noise_es_result *out);

/**
 * Begins the initiator's side (state WRITE1); to be cleared.
 *
 * @their_static: @suite->dh_bytes.
 */
void n2_noise_init_initiator(n2_noise *noise,
                             const n2_noise_suite *suite,
                             const void *prologue,
                             size_t prologue_len,
                             const uint8_t *their_static);

/** Begins the responder's side (state READ1) with its own *public* static key; to be cleared.
 */
void n2_noise_init_responder(n2_noise *noise,
                             const n2_noise_suite *suite,
                             const void *prologue,
                             size_t prologue_len,
                             const uint8_t *own_static);

/** Wipes. */
void n2_noise_clear(n2_noise *noise);

/**
 * Bytes of a message with @payload_len bytes of payload: e, payload, tag.
 */
size_t n2_noise_message_bytes(const n2_noise_suite *suite, size_t payload_len);

/**
 * Message 1.
 *
 * @e_secret: @suite->dh_bytes drawn for this; copied, and wiped from @noise after message 2.
 * @out:      (out): n2_noise_message_bytes() bytes.
 *
 * Returns: N2_OK, N2_ERR_STATE, N2_ERR_FORGED (their static key is of low order), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_noise_write1(n2_noise *noise,
                                   const uint8_t *e_secret,
                                   const void *payload,
                                   size_t payload_len,
                                   uint8_t *out);

/**
 * Opens message 1 with the static key's part worked out by n2_noise_es() for the message's e
 * (its first dh_bytes).
 *
 * @payload: (out): @len - dh_bytes - tag bytes; zeroed on failure.
 *
 * Returns: N2_OK, N2_ERR_STATE
 *          N2_ERR_TRUNCATED  shorter than e and tag
 *          N2_ERR_FORGED     wrong key, prologue or bytes
 */
N2_MUST_USE n2_err n2_noise_read1(n2_noise *noise,
                                  const n2_noise_es_result *es,
                                  const uint8_t *message,
                                  size_t len,
                                  uint8_t *payload);

/**
 * Message 2.
 *
 * Returns: N2_OK, N2_ERR_STATE, N2_ERR_FORGED (their e is of low order), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_noise_write2(n2_noise *noise,
                                   const uint8_t *e_secret,
                                   const void *payload,
                                   size_t payload_len,
                                   uint8_t *out);

/** Opens message 2.  Errors as n2_noise_read1(). */
N2_MUST_USE n2_err n2_noise_read2(n2_noise *noise,
                                  const uint8_t *message,
                                  size_t len,
                                  uint8_t *payload);

/* The same steps when the agreements that they need were worked out with many others (agree.h).
 */

/** A key pair for one message.  Wipe after use. */
typedef struct {
    uint8_t secret[N2_NOISE_DH_BYTES_MAX];
    uint8_t public_key[N2_NOISE_DH_BYTES_MAX];
} n2_noise_pair;

/**
 * Message 1 or 2, whichever is awaited.
 *
 * @shared: the agreement of @pair and @noise->remote.
 *
 * Returns: N2_OK, N2_ERR_STATE, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_noise_write_agreed(n2_noise *noise,
                                         const n2_noise_pair *pair,
                                         const uint8_t *shared,
                                         const void *payload,
                                         size_t payload_len,
                                         uint8_t *out);

/** n2_noise_read2(); @shared: the agreement of @noise->e_secret and the message's e. */
N2_MUST_USE n2_err n2_noise_read2_agreed(n2_noise *noise,
                                         const uint8_t *shared,
                                         const uint8_t *message,
                                         size_t len,
                                         uint8_t *payload);

/** The two keys and the hash; @noise is wiped.  Returns: N2_OK, N2_ERR_STATE. */
N2_MUST_USE n2_err n2_noise_split(n2_noise *noise, n2_noise_keys *out);
