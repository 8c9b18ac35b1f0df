/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * key.h - keys on cards: slots, methods, how cards write points, signatures and secrets.
 *
 * Layer: token (may include: base only).  Bytes of keys are those of the project's boxes
 * (daemon/PROTOCOL.md, Boxes); the functions turn what cards write into them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "token/result.h"

/** Which key of a card. */
typedef enum {
    N2_CARD_SIG, /* signatures; PW1 in mode 81 */
    N2_CARD_DEC, /* key agreement; PW1 in mode 82 */
    N2_CARD_AUT, /* log-in; PW1 in mode 82 */
    N2_CARD_SLOTS
} n2_card_slot;

/** The numbers of key methods in boxes (wire/box.h). */
typedef enum {
    N2_CARD_NO_METHOD = 0, /* RSA, or a curve we do not use */
    N2_CARD_ED25519 = 1,
    N2_CARD_ED448 = 2,
    N2_CARD_P256 = 3, /* 33 bytes, compressed */
    N2_CARD_X25519 = 17,
    N2_CARD_X448 = 18,
    N2_CARD_P256_ECDH = 19 /* 65 bytes */
} n2_card_method;

enum {
    N2_CARD_KEY_BYTES_MAX = 65,
    N2_CARD_SECRET_BYTES_MAX = 57,     /* to import; 57 is Ed448 */
    N2_CARD_SHARED_BYTES_MAX = 56,     /* of an agreement; 56 is X448 */
    N2_CARD_SIGNATURE_BYTES_MAX = 114, /* Ed448; 64 else */
    N2_CARD_FINGERPRINT_BYTES = 20,
    N2_CARD_DIGEST_BYTES = 64 /* D of a statement: what is signed, and nothing else */
};

typedef struct {
    uint8_t method; /* n2_card_method */
    uint8_t n;      /* bytes */
    uint8_t bytes[N2_CARD_KEY_BYTES_MAX];
} n2_card_key;

/** OpenPGP numbers of hashes. */
typedef enum {
    N2_CARD_SHA1 = 2,
    N2_CARD_SHA256 = 8,
    N2_CARD_SHA512 = 10
} n2_card_hash;

/** Mathematics and chance, which are not this layer's.  All functions: false is a failure. */
typedef struct {
    void *user;
    void (*random)(void *user, void *buf, size_t n);

    /**
     * The hash of the first @total bytes of @block, repeated as often as it takes; @total may
     * be less than @n, and is at most N2_CARD_KDF_BYTES_MAX.  @out: 20, 32 or 64 bytes.
     */
    bool (*hash)(void *user,
                 n2_card_hash hash,
                 const uint8_t *block,
                 size_t n,
                 uint64_t total,
                 uint8_t *out);

    /** Does @signature (64 bytes, Ed448 114; P-256 r and s over SHA-256 of @message) hold? */
    bool (*verify)(void *user,
                   const n2_card_key *key,
                   const uint8_t *message,
                   size_t n,
                   const uint8_t *signature);

    /**
     * Draws a pair of @key's method, for once: its public half into @point, what it shares
     * with @key into @shared (32 bytes, X448 56).
     */
    bool (*agree)(void *user, const n2_card_key *key, n2_card_key *point, uint8_t *shared);
} n2_card_crypto;

bool n2_card_key_same(const n2_card_key *a, const n2_card_key *b);

/** Bytes of a signature (114, 64) or of a shared secret (56, 32) with this method; 0: none. */
size_t n2_card_method_result_bytes(n2_card_method method);

/** Bytes of a secret to import; 0: none. */
size_t n2_card_method_secret_bytes(n2_card_method method);

/** Is this method one of that slot's: signatures in SIG and AUT, agreements in DEC? */
bool n2_card_method_fits(n2_card_method method, n2_card_slot slot);

/** The method behind algorithm attributes (C1, C2, C3); N2_CARD_NO_METHOD: not one of ours. */
n2_card_method n2_card_method_of(const uint8_t *attributes, size_t n);

/**
 * Algorithm attributes of @method for @slot; @form: 0 as in OpenPGP card 3.4, 1 with the
 * identifiers of RFC 8410.  (static)  NULL: there is no such form.
 */
const uint8_t *
n2_card_attributes(n2_card_method method, n2_card_slot slot, unsigned form, size_t *n);

/** A point as cards write it (86) -> @key; with or without the 40 before it. */
N2_MUST_USE n2_token_code n2_card_point_read(n2_card_method method,
                                             const uint8_t *bytes,
                                             size_t n,
                                             n2_card_key *key);

/**
 * A signature as cards write it -> @out, n2_card_method_result_bytes() of them: P-256 as r and
 * s of 32 bytes, low s, whether it came as DER, with zeros before, or plain.
 */
N2_MUST_USE n2_token_code n2_card_signature_read(n2_card_method method,
                                                 const uint8_t *bytes,
                                                 size_t n,
                                                 uint8_t *out);

/** A shared secret as cards write it -> @out; N2_TOKEN_WEAK if it is all zero. */
N2_MUST_USE n2_token_code n2_card_shared_read(n2_card_method method,
                                              const uint8_t *bytes,
                                              size_t n,
                                              uint8_t *out);

/**
 * The OpenPGP fingerprint (version 4) of a key made at @created (s since 1970): what gpg
 * computes for it, so that it finds the key again.
 *
 * @point: as the card writes it, 65 bytes for P-256.
 */
N2_MUST_USE n2_token_code n2_card_fingerprint(const n2_card_crypto *crypto,
                                              n2_card_method method,
                                              n2_card_slot slot,
                                              const uint8_t *point,
                                              size_t n,
                                              uint32_t created,
                                              uint8_t out[static N2_CARD_FINGERPRINT_BYTES]);
