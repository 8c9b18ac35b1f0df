/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hpke.h - few bytes sealed to one public key, for who holds its private half.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: RFC 9180, base mode, one message a key.  By the method of the key:
 *
 *     X25519  DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256, ChaCha20-Poly1305
 *     P-256   DHKEM(P-256, HKDF-SHA256) 0x0010, HKDF-SHA256, ChaCha20-Poly1305
 *     X448    DHKEM(X448, HKDF-SHA512) 0x0021, HKDF-SHA512, ChaCha20-Poly1305
 *
 * A card does the bare agreement and nothing more, so opening is there in two: with the private
 * key, and with what the card agreed on.  That result goes in here and nowhere else.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "base/err.h"
#include "wire/box.h"

enum {
    N2_HPKE_ENC_BYTES_MAX = 65,    /* of P-256; X25519 has 32, X448 56 */
    N2_HPKE_SECRET_BYTES_MAX = 56, /* of a private key */
    N2_HPKE_SHARED_BYTES_MAX = 56, /* of an agreement */
    N2_HPKE_TAG_BYTES = 16
};

/** Bytes of `enc` for a key of @method; 0: none that one can agree with. */
size_t n2_hpke_enc_bytes(uint8_t method);
/** Bytes of a private key, and of an agreement: 32 or 56; 0 as above. */
size_t n2_hpke_secret_bytes(uint8_t method);

/** Draws a pair.  @secret: (out): n2_hpke_secret_bytes(@method), wipe it.  Returns: N2_OK,
 * N2_ERR_UNSUPPORTED, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_hpke_pair(uint8_t method,
                                const n2_env *env,
                                uint8_t *secret,
                                n2_key *key);

/** The public half of @secret.  Returns: as n2_hpke_pair(); N2_ERR_FORMAT: it is none. */
N2_MUST_USE n2_err n2_hpke_public(uint8_t method, const uint8_t *secret, n2_key *key);

/** What @secret and @point come to: what a card does.  @shared: (out):
 * n2_hpke_secret_bytes(@method); wipe it.  Returns: as n2_hpke_public(); N2_ERR_FORGED: no
 * point, or of low order. */
N2_MUST_USE n2_err n2_hpke_agree(uint8_t method,
                                 const uint8_t *secret,
                                 const uint8_t *point,
                                 uint8_t *shared);

/**
 * Seals @len bytes to @to.
 *
 * @info: what it is for; who opens must say the same.
 * @enc:  (out): n2_hpke_enc_bytes(@to->method).
 * @out:  (out): @len + N2_HPKE_TAG_BYTES.
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED (method), N2_ERR_FORGED (no point, or of low order),
 *          N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_hpke_seal(const n2_key *to,
                                const n2_env *env,
                                const void *info,
                                size_t info_len,
                                const void *aad,
                                size_t aad_len,
                                const void *plain,
                                size_t len,
                                uint8_t *enc,
                                uint8_t *out);

/**
 * Opens what was sealed to @to.
 *
 * @len: of @sealed; @out takes N2_HPKE_TAG_BYTES less, zeroed on failure.
 *
 * Returns: N2_OK, N2_ERR_FORGED (another key, info or bytes; a point of low order),
 *          N2_ERR_TRUNCATED, N2_ERR_UNSUPPORTED, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_hpke_open(const n2_key *to,
                                const uint8_t *secret,
                                const uint8_t *enc,
                                const void *info,
                                size_t info_len,
                                const void *aad,
                                size_t aad_len,
                                const uint8_t *sealed,
                                size_t len,
                                uint8_t *out);

/** The same with @shared, what the holder of the private key agreed on with @enc. */
N2_MUST_USE n2_err n2_hpke_open_agreed(const n2_key *to,
                                       const uint8_t *shared,
                                       const uint8_t *enc,
                                       const void *info,
                                       size_t info_len,
                                       const void *aad,
                                       size_t aad_len,
                                       const uint8_t *sealed,
                                       size_t len,
                                       uint8_t *out);
