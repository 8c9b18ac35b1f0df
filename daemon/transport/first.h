/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * first.h - what address 0 takes and gives: the packets before there is a connection.
 *
 * Layer:  transport (may include: base, wire, crypto, switch, link).
 * Source: net2o white paper, "Encryption": connection initiation in one packet; a query for the
 *         key that opens nothing.
 *
 * Each is an unsealed long packet of 128 data bytes to address 0 (QUERY and KEY of suite 2:
 * 512). No answer is longer than its question, and none is answered again.
 *
 *     head    type 1, suite 1, key id 2, token 12
 *     body    112 bytes
 *
 *     HELLO       token: 0, or what AGAIN gave      body: Noise message 1: e 32, payload 64,
 * tag 16 ANSWER      token: first 12 bytes of e        body: Noise message 2, the same shape
 *     QUERY       token: 12 random bytes            body: zero
 *     KEY         token: that of the query          body: type 1, suites 1, serial 4, expiry 4,
 *                                                   key 32, signature 64, hint 6
 *     AGAIN       token: first 12 bytes of e        body: token 12, zero 100
 *
 *     RESUME      token: 0, or what AGAIN gave      body: random 32, ticket's id 16, payload
 * 48, tag 16 RESUMED     token: first 12 of the random     body: random 32, payload 64, tag 16
 *     UNKNOWN     token: first 12 of the random     body: zero; no such ticket: say HELLO
 *
 *     payload     control address 8, command address 8, window 1, ciphers 1, largest size 1,
 *                 rate 1, delay 2, zero 2, then what is left (suite 1: 40, suite 2: 16, RESUME
 * 24, RESUMED 40): in a hello one read-only command, in an answer the serial 4 of the key
 * record used and zeros
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_FIRST_BYTES = 128,
    N2_FIRST_LONG_BYTES = 512, /* QUERY and KEY of suite 2 */
    N2_FIRST_HEAD_BYTES = 16,
    N2_FIRST_BODY_BYTES = N2_FIRST_BYTES - N2_FIRST_HEAD_BYTES,
    N2_FIRST_TOKEN_BYTES = 12,
    N2_HELLO_PAYLOAD_BYTES = 64,
    N2_HELLO_FIXED_BYTES = 24,
    N2_HELLO_EXTRA_BYTES = N2_HELLO_PAYLOAD_BYTES - N2_HELLO_FIXED_BYTES,
};

typedef enum {
    N2_FIRST_HELLO = 1,
    N2_FIRST_ANSWER = 2,
    N2_FIRST_QUERY = 3,
    N2_FIRST_KEY = 4,
    N2_FIRST_AGAIN = 5,
    N2_FIRST_RESUME = 6,
    N2_FIRST_RESUMED = 7,
    N2_FIRST_UNKNOWN = 8
} n2_first_type;

typedef struct {
    n2_first_type type;
    uint8_t suite;
    uint16_t key_id;
    const uint8_t *token; /* (transfer none) N2_FIRST_TOKEN_BYTES */
    const uint8_t *body;  /* (transfer none) N2_FIRST_BODY_BYTES; body_len if that is set */
    size_t body_len;      /* decoded: always set; to be encoded: 0 means N2_FIRST_BODY_BYTES */
} n2_first;

/**
 * Reads the data of a packet to address 0.
 *
 * @out: filled on success, borrows @bytes; zeroed on failure.
 *
 * Returns: N2_OK, N2_ERR_TRUNCATED or N2_ERR_TRAILING (not of its length), N2_ERR_FORMAT (no
 * such type).
 */
N2_MUST_USE n2_err n2_first_decode(n2_first *out, const uint8_t *bytes, size_t len);

/** How long one of @type and @suite is. */
size_t n2_first_bytes(n2_first_type type, uint8_t suite);

/** Writes head and body to @bytes (n2_first_bytes()); a NULL token or body, and what is behind
 *  the body, is written as zeros. */
void n2_first_encode(const n2_first *first, uint8_t *bytes);

/** What each side tells the other inside the first two messages. */
typedef struct {
    uint64_t control; /* where the sender of this takes control messages */
    uint64_t command; /* where it takes the command stream */
    uint8_t window;   /* log2 of the bytes of its command ring */
    uint8_t ciphers;  /* hello: bit set of 1 << n2_cipher; answer: the one chosen */
    uint8_t size;     /* size code of the largest packet it takes, 0 to 3 */
    uint8_t rate;     /* rate code of what it can take, 0 unknown */
    uint16_t delay;   /* of its own line, 100 us, 0 unknown */
    uint8_t extra[N2_HELLO_EXTRA_BYTES];
} n2_hello;

/** @len: 64, 40 (suite 2) or 48 (RESUME).  Returns: N2_OK, N2_ERR_TRUNCATED,
 *  N2_ERR_TRAILING, N2_ERR_FORMAT (spare bits, size, window). */
N2_MUST_USE n2_err n2_hello_decode(n2_hello *out, const uint8_t *bytes, size_t len);

void n2_hello_encode(const n2_hello *hello, uint8_t bytes[static N2_HELLO_PAYLOAD_BYTES]);
