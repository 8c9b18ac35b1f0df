/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * nodekey.h - a node's connection key (kind 9), and the bytes that answer a key query.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: data.md, section 2:
 *
 *     type 1 (1: X25519, 2: X448), suites 1, serial 4, expiry 4 (s since 1970), key 32 or 56,
 *     signature 64, first 6 bytes of SHA-256(device key)
 *
 *         The answer leaves out who it is about: the asker knows, rebuilds the body and checks
 *         the signature once the chain of that identity is there.
 *
 * A node has a key for each suite that it offers.  Those made together have one serial and one
 * end, and each names all suites: so no record hides a stronger one of its time.
 */
#pragma once

#include "crypto/identity.h"

enum {
    N2_ANSWER_BYTES = 112,     /* suite 1 */
    N2_ANSWER_BYTES_MAX = 136, /* suite 2 */
    N2_ANSWER_HINT_BYTES = 6,
    N2_STATIC_BYTES = 32,           /* X25519 */
    N2_STATIC_X448_BYTES = 56,      /* and of any */
    N2_SUITES_ALL = 1 << 0 | 1 << 1 /* bits of the suites that this build has */
};

typedef struct {
    bool is_x448;   /* the key of suite 2 */
    uint8_t suites; /* bit set of all that the node offers: 1 suite 1, 2 suite 2 */
    uint32_t serial;
    uint32_t until_s; /* since 1970 UTC */
    uint8_t key[N2_STATIC_X448_BYTES];
    uint8_t signature[64];
    uint8_t hint[N2_ANSWER_HINT_BYTES];
} n2_node_key;

/** The suite that its key is for. */
static inline uint8_t
n2_node_key_suite(const n2_node_key *k)
{
    return k->is_x448 ? 2 : 1;
}

/** Bytes of its key. */
static inline size_t
n2_node_key_len(const n2_node_key *k)
{
    return k->is_x448 ? N2_STATIC_X448_BYTES : N2_STATIC_BYTES;
}

/** Bytes of its answer. */
static inline size_t
n2_node_key_answer_len(const n2_node_key *k)
{
    return k->is_x448 ? N2_ANSWER_BYTES_MAX : N2_ANSWER_BYTES;
}

/** The strongest suite of a set of them, 0: none. */
static inline uint8_t
n2_suite_strongest(uint8_t suites)
{
    return suites & 2 ? 2 : suites & 1;
}

/** Its key as a statement holds it. */
void n2_node_key_static(const n2_node_key *k, n2_key *out);

/** The body a device key signs: @k->suites, serial, until_s and key. Errors: identity.h. */
N2_MUST_USE n2_err
n2_node_key_body(void *buf, size_t cap, const n2_id *who, const n2_node_key *k, n2_box *out);

/**
 * Fills in signature and hint.
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED (the device key's signatures do not have 64 bytes).
 */
N2_MUST_USE n2_err n2_node_key_sign(n2_node_key *k,
                                    const n2_id *who,
                                    const n2_signing_key *device);

/** @answer: n2_node_key_answer_len() bytes. */
void n2_node_key_write(const n2_node_key *k, uint8_t *answer);

/**
 * Reads an answer; nothing in it is proven yet.
 * Returns: N2_OK, N2_ERR_TRUNCATED, N2_ERR_TRAILING, N2_ERR_FORMAT (type, its suite is not
 *          among those offered).
 */
N2_MUST_USE n2_err n2_node_key_read(n2_node_key *out, const uint8_t *answer, size_t len);

/** Does its hint say that @device signed it? */
bool n2_node_key_is_by(const n2_node_key *k, const n2_key *device);

/** Returns: N2_OK, N2_ERR_TIMEOUT (expired), N2_ERR_FORMAT (lives longer than allowed). */
N2_MUST_USE n2_err n2_node_key_fresh(const n2_node_key *k, int64_t wall_us);

/**
 * Checks that a device key of @identity signed it, and that it is fresh.
 *
 * Returns: N2_OK, N2_ERR_FORGED (also: expired or living too long).
 */
N2_MUST_USE n2_err n2_node_key_check(const n2_node_key *k,
                                     const n2_identity *identity,
                                     int64_t wall_us);

/** The whole statement (kind 1 around kind 9), as others than askers get it. */
N2_MUST_USE n2_err n2_node_key_statement(void *buf,
                                         size_t cap,
                                         const n2_node_key *k,
                                         const n2_id *who,
                                         const n2_key *device,
                                         n2_box *out);

/** Bytes somewhere else. */
typedef struct {
    const uint8_t *bytes;
    size_t len;
} n2_slice;

/**
 * Checks a chain birth -> adds -> node key as one asker does after the connection is made.
 *
 * @identity: (out): zeroed on failure.
 * @want:     the identity asked for.
 * @adds:     @n_adds statements.
 *
 * Returns: N2_OK, N2_ERR_FORGED (any link), or what the readers say.
 */
N2_MUST_USE n2_err n2_chain_check(n2_identity *identity,
                                  const n2_id *want,
                                  n2_slice birth,
                                  const n2_slice *adds,
                                  size_t n_adds,
                                  const n2_node_key *k,
                                  int64_t wall_us,
                                  const n2_unicode *unicode);
