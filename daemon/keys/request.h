/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * request.h - what the node asks of the keys process, and what comes back: both sides' codec.
 *
 * Layer: keys (may include: base, wire, crypto).  The bytes of one message; how messages are
 *        told apart on a socket is the host's.
 *
 *     request  id 4, kind 1, then
 *         NEW       label length 1, label
 *         LIST      index 2
 *         NODE_KEY  identity 33, suite 1, fresh 1, offers 1
 *         ES        key id 2, suite 1, e (32 or 56)
 *         SIGN      identity 33, body (a box, the rest)
 *         WIPE      -
 *         PROVE     identity 33, suite 1, handshake hash 64
 *     answer   id 4, kind 1, error 2 (two's complement), then, if it is 0,
 *         NEW, LIST identity 33, label length 1, label, count 1, statements: length 2, bytes
 *         NODE_KEY  key id 2, suite 1, answer (the rest: 112 or 136)
 *         ES        ck 64, k 32
 *         SIGN      statement (the rest)
 *         WIPE      -
 *         PROVE     certificate: length 2, bytes; signature (the rest)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/limits.h"
#include "crypto/nodekey.h"
#include "crypto/noise.h"
#include "crypto/proof.h"

enum {
    N2_OWN_LABEL_BYTES_MAX = 63,
    N2_KEYS_HEAD_BYTES = 5 /* of a request: id and kind */
};

typedef enum {
    N2_KEYS_NEW = 1, /* make an identity with its birth, device key and sheet, and keep it */
    N2_KEYS_LIST, /* own identity number `index` from 0, the default first; N2_ERR_NOTFOUND: no
                     more */
    N2_KEYS_NODE_KEY, /* a connection key of one suite, signed: the answer to key queries.  The
                         newest, if it was made for the suites offered, else a new one for each
                       */
    N2_KEYS_ES,       /* the responder's part of a hello (n2_noise_es) by one of those keys */
    N2_KEYS_SIGN,     /* a statement of `body`, signed by the key that has the right */
    N2_KEYS_WIPE,     /* forget all secrets; every later request gets N2_ERR_STATE */
    N2_KEYS_PROVE /* who we are, to the holder of this connection: the certificate of a session
                     key, and its signature over the handshake (crypto/proof.h) */
} n2_keys_kind;

/** One request; members that its kind does not use are zero. */
typedef struct {
    uint32_t id; /* the asker's, comes back in the answer */
    n2_keys_kind kind;
    n2_id who;
    char label[N2_OWN_LABEL_BYTES_MAX + 1]; /* NEW: UTF-8, 1 to 63 bytes, NUL-terminated */
    uint16_t index;                         /* LIST */
    uint16_t key_id;                        /* ES */
    uint8_t suite;                          /* NODE_KEY, ES, PROVE */
    uint8_t hash[N2_HANDSHAKE_HASH_BYTES];  /* PROVE */
    bool fresh;     /* NODE_KEY: a new one, though the last is good for days yet */
    uint8_t offers; /* NODE_KEY: all suites that the node offers, `suite` among them; 0: only
                       that */
    uint8_t e[N2_NOISE_DH_BYTES_MAX]; /* ES */
    n2_slice body;                    /* SIGN; (transfer none), inside the message when read */
} n2_keys_request;

/** One answer; members that its kind does not use, or that an error leaves out, are zero. */
typedef struct {
    uint32_t id;
    n2_keys_kind kind;
    n2_err err;
    n2_id who;                                      /* NEW, LIST */
    char label[N2_OWN_LABEL_BYTES_MAX + 1];         /* NEW, LIST */
    n2_slice statements[N2_KEYRING_STATEMENTS_MAX]; /* NEW, LIST: birth, then adds; as `body` */
    size_t n_statements;
    uint16_t key_id;                     /* NODE_KEY */
    uint8_t suite;                       /* NODE_KEY */
    uint8_t answer[N2_ANSWER_BYTES_MAX]; /* NODE_KEY: as n2_node_key_read() reads it */
    size_t answer_len;
    n2_noise_es_result es; /* ES; wipe */
    n2_slice statement;    /* SIGN; PROVE: the certificate; as `body` */
    n2_slice signature;    /* PROVE; as `body` */
} n2_keys_answer;

/**
 * The key id by which a hello names the receiver's static key: its first two bytes.  The
 * keyring sees to it that those of its living keys differ.
 */
static inline uint16_t
n2_key_id_of(const uint8_t *static_public)
{
    return (uint16_t)(static_public[0] << 8 | static_public[1]);
}

/**
 * Writes a request into @cap bytes at @buf; N2_KEYRING_MESSAGE_BYTES_MAX are enough for any.
 *
 * Returns: N2_OK, N2_ERR_NOSPACE, N2_ERR_FORMAT (no such kind, label or suite).
 */
N2_MUST_USE n2_err n2_keys_request_write(const n2_keys_request *request,
                                         void *buf,
                                         size_t cap,
                                         size_t *len);

/**
 * Reads a request.
 *
 * @out: filled on success; on failure zero but for `id` and `kind`, if they were there, so that
 * an answer can be given.
 *
 * Returns: N2_OK, N2_ERR_TRUNCATED, N2_ERR_TRAILING, N2_ERR_LIMIT (too long)
 *          N2_ERR_FORMAT  no such kind, suite, flag; empty label
 */
N2_MUST_USE n2_err n2_keys_request_read(n2_keys_request *out, const void *bytes, size_t len);

/** The same for answers; an answer with an error ends after it. */
N2_MUST_USE n2_err n2_keys_answer_write(const n2_keys_answer *answer,
                                        void *buf,
                                        size_t cap,
                                        size_t *len);

/** @out: zeroed on failure.  Errors as n2_keys_request_read(). */
N2_MUST_USE n2_err n2_keys_answer_read(n2_keys_answer *out, const void *bytes, size_t len);
