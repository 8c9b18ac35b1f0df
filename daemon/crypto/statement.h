/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * statement.h - signed boxes: what is signed, by whom, and whether it holds.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: data.md, section 1.  A statement is a box of kind 1: body (a box) and up to 16
 *         signatures (method 1, key, signature).  What is signed is always
 *
 *             D = SHA-512("net2o sign 1" 0 | kind | version | SHA-512(body) | "net2o")
 *
 *         by pure Ed25519, by Ed448 with empty context, or by ECDSA P-256 over SHA-256(D), r
 *         and s of 32 bytes, low s.  So a signature over any other document, or over another
 *         kind, is never one of ours.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/verified.h"
#include "wire/box.h"

enum {
    N2_DIGEST_BYTES = 64,
    N2_SIGNATURE_BYTES_MAX = 114, /* Ed448 */
    N2_SEED_BYTES_MAX = 57,       /* Ed448; Ed25519 has 32 */
    N2_SIGNATURES_MAX = 16,
    N2_SIGNATURE_FIELD_BYTES_MAX = 1 + N2_KEY_BYTES_MAX + N2_SIGNATURE_BYTES_MAX
};

typedef struct {
    n2_key key;
    uint8_t bytes[N2_SIGNATURE_BYTES_MAX]; /* n2_signature_bytes(key.method) of them */
} n2_signature;

/** A private signing key.  It lives in the keys process (and in tests) only. */
typedef struct {
    n2_key key;
    uint8_t seed[N2_SEED_BYTES_MAX];
} n2_signing_key;

/** Bytes of a signature by a key of @method; 0 if such a key signs nothing. */
size_t n2_signature_bytes(uint8_t method);
/** Bytes of the seed of a signing key of @method; 0 if none can be made here. */
size_t n2_seed_bytes(uint8_t method);

/** D of a body of @len bytes. */
void n2_statement_digest(
    uint8_t kind, uint8_t version, const uint8_t *body, size_t len, uint8_t d[N2_DIGEST_BYTES]);

/**
 * Makes a signing key of a seed.
 *
 * @seed: n2_seed_bytes(@method) random bytes.
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED (P-256: those live on tokens), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_signing_key_init(n2_signing_key *out,
                                       uint8_t method,
                                       const uint8_t *seed);
void n2_signing_key_clear(n2_signing_key *key); /* wipes */

/** Returns: N2_OK, N2_ERR_UNSUPPORTED, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_sign(n2_signature *out,
                           const n2_signing_key *key,
                           const uint8_t d[static N2_DIGEST_BYTES]);

/** Returns: N2_OK, N2_ERR_FORGED (Ed448 and P-256: also if OpenSSL ran out of memory while it
 *  checked, which it does not say), N2_ERR_UNSUPPORTED (method), N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_signature_check(const n2_signature *signature,
                                      const uint8_t d[static N2_DIGEST_BYTES]);

/** A statement whose signatures all hold; says nothing about who those keys belong to. */
typedef struct {
    n2_box box;  /* the whole, kind 1 */
    n2_box body; /* inside box */
    n2_key keys[N2_SIGNATURES_MAX];
    size_t n_keys; /* at least 1 */
} n2_statement;

/**
 * Writes a statement of @body and @n signatures (1 to 16, any order) over it, which are not
 * checked here.
 *
 * Returns: N2_OK, N2_ERR_NOSPACE, N2_ERR_LIMIT, N2_ERR_FORMAT.
 */
N2_MUST_USE n2_err n2_statement_make(void *buf,
                                     size_t cap,
                                     const n2_box *body,
                                     const n2_signature *signatures,
                                     size_t n,
                                     n2_box *out);

/** Signs @body with one key and makes the statement; errors of both. */
N2_MUST_USE n2_err n2_statement_sign(
    void *buf, size_t cap, const n2_box *body, const n2_signing_key *key, n2_box *out);

/**
 * Checks form, kind of the body, and every signature.
 *
 * @out:  filled on success, zeroed on failure; borrows @bytes.
 * @kind: of the body, or N2_KIND_ANY.
 *
 * Returns: N2_OK
 *          N2_ERR_FORGED       no signature, one that does not hold, one key twice
 *          N2_ERR_UNSUPPORTED  a signature by a method this build does not have
 *          or what n2_box_check says
 */
N2_MUST_USE n2_err n2_statement_check(
    n2_statement *out, const void *bytes, size_t len, uint8_t kind, const n2_unicode *unicode);

/** The same; @verified (nullable): if these bytes were found to hold before, their signatures
 * are not verified again, and if they hold now, they are put there. */
N2_MUST_USE n2_err n2_statement_check_once(n2_statement *out,
                                           const void *bytes,
                                           size_t len,
                                           uint8_t kind,
                                           const n2_unicode *unicode,
                                           n2_verified *verified);

/** Reads again what n2_statement_check() let through once and was kept since: verifies no
 * signature.  Returns: N2_OK, or what n2_statement_check says of the form of other bytes. */
N2_MUST_USE n2_err n2_statement_read(n2_statement *out, const void *bytes, size_t len);

bool n2_statement_is_by(const n2_statement *statement, const n2_key *key);
