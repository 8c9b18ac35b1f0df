/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pair.h - two devices of one person find out, by three words, that they talk to each other.
 *
 * Layer:  keys (may include: base, wire, crypto).
 * Source: data.md, section 2, "New device".
 *
 *     1  first -> second   1, key (method 1, bytes), SHA-256("n2 pair 1" 0 | key | nonce)
 *     2  second -> first   2, key, nonce 32
 *     3  first -> second   3, nonce 32
 *     words: the first 33 bits of SHA-256("n2 pair words 1" 0 | key, nonce of the first | key,
 *     nonce of the second), 11 a word
 *
 * Who stands between must choose its own nonces before it sees those that make the words, so it
 * has one guess in 2^33, and one try: whatever is wrong ends the exchange for good.  How the
 * messages travel is the caller's.
 */
#pragma once

#include <stdbool.h>

#include "base/env.h"
#include "crypto/hash.h"
#include "wire/box.h"

enum {
    N2_PAIR_NONCE_BYTES = 32,
    N2_PAIR_MESSAGE_BYTES_MAX = 2 + N2_KEY_BYTES_MAX + 32,
    N2_PAIR_WORDS = 3
};

typedef enum {
    N2_PAIR_OVER,  /* not begun, refused, or agreed: nothing more comes of it */
    N2_PAIR_WAITS, /* for the other side's next message */
    N2_PAIR_SHOWS  /* words are there: people compare them */
} n2_pair_state;

typedef struct {
    n2_pair_state state;
    bool is_first;
    bool has_key; /* theirs came */
    n2_key mine, theirs;
    uint8_t nonce[N2_PAIR_NONCE_BYTES];
    uint8_t their_nonce[N2_PAIR_NONCE_BYTES];
    uint8_t commitment[N2_HASH_BYTES];
    uint16_t words[N2_PAIR_WORDS]; /* numbers for n2_sheet_word(), when it SHOWS */
} n2_pair;

/**
 * Begins.  The first side says message 1 at once, the second waits.
 *
 * @key:     ours: what the other side will know for sure in the end.
 * @message: (out): N2_PAIR_MESSAGE_BYTES_MAX; @len is 0 for the second.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (no key).
 */
N2_MUST_USE n2_err n2_pair_begin(n2_pair *pair,
                                 bool is_first,
                                 const n2_key *key,
                                 const n2_env *env,
                                 uint8_t *message,
                                 size_t *len);

/**
 * Takes the other side's message.
 *
 * @out: (out): what to say now; @out_len 0: nothing.
 *
 * Returns: N2_OK; anything else ends it (state OVER):
 *          N2_ERR_FORGED  the nonce is not the one that was promised; our own key came back
 *          N2_ERR_STATE   another message than the next
 *          N2_ERR_TRUNCATED, N2_ERR_TRAILING, N2_ERR_FORMAT
 */
N2_MUST_USE n2_err
n2_pair_take(n2_pair *pair, const void *message, size_t len, uint8_t *out, size_t *out_len);

/**
 * What the person said about the words; ends it in any case.
 *
 * @theirs: (out): the other side's key, if they were the same.
 *
 * Returns: N2_OK, N2_ERR_REFUSED (they were not), N2_ERR_STATE (no words were shown).
 */
N2_MUST_USE n2_err n2_pair_settle(n2_pair *pair, bool are_same, n2_key *theirs);
