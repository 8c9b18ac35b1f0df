/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cards.h - the keyring's wishes and the tokens' events, brought together in the keys process.
 *
 * Layer:   host.
 * Threads: those of token/tokens.h, each in a fence of its own (host/fence.h); all functions
 *          here are for the main thread.
 * PINs:    a token is first asked without one.  It is kept for the one request that it was
 * given for, in locked memory, and wiped when that is answered; a wrong one is never tried
 *          again, the person is asked again, with the tries that are left.
 */
#pragma once

#include "keys/ask.h"
#include "keys/keyring.h"

typedef struct n2_cards n2_cards;

typedef struct {
    void *user;

    /** A request's token has done its part, or will not: n2_keyring_token_done().  @why:
     * n2_token_code. */
    void (*done)(
        void *user, uint32_t id, n2_err err, uint8_t why, const uint8_t *bytes, size_t len);
    /** An order is over. */
    void (*ordered)(void *user, const n2_keys_answer *answer);
    /** (nullable): Fills in @token->owner. */
    void (*owner)(void *user, n2_keys_token *token);
    /** For the node. */
    void (*say)(void *user, const n2_keys_said *said);
    /** A token is gone. */
    void (*pulled)(void *user, const uint8_t aid[N2_KEYS_AID_BYTES]);
} n2_cards_events;

/** Starts the threads; before the caller's own fence.  Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_IO.
 */
N2_MUST_USE n2_err n2_cards_new(n2_cards **out, const n2_cards_events *events);
void n2_cards_free(n2_cards *cards); /* (nullable) */

/** For n2_keyring_set_tokens() (transfer none). */
const n2_keys_tokens *n2_cards_table(const n2_cards *cards);

/** Readable when n2_cards_work() has something to do. */
int n2_cards_fd(const n2_cards *cards);
void n2_cards_work(n2_cards *cards);

/**
 * What a person said about request @id.
 *
 * @how: N2_TELL_*.  @secret: (nullable): a PIN.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (no such request waits for it), N2_ERR_FORMAT (no PIN has
 * that length), N2_ERR_LIMIT.
 */
N2_MUST_USE n2_err n2_cards_tell(n2_cards *cards,
                                 uint32_t id,
                                 uint8_t how,
                                 const n2_keys_secret *secret);

/** Is that an order to tokens, rather than a request for the keyring? */
bool n2_cards_is_order(n2_keys_kind kind);

/**
 * Begins an order; it ends with one call of ordered(), which may come before this returns.
 *
 * @q: copied.
 *
 * Returns: N2_OK, N2_ERR_BUSY (its number waits), N2_ERR_LIMIT, N2_ERR_NOMEM, N2_ERR_FORMAT
 *          (slots and methods that do not fit; a token twice); then it does not begin.
 */
N2_MUST_USE n2_err n2_cards_order(n2_cards *cards, const n2_keys_request *q);

/** Drops all orders, without an answer: who gave them is gone. */
void n2_cards_drop_orders(n2_cards *cards);
