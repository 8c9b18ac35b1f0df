/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * link.h - the line to one card: what the card's operations need, and nothing of PC/SC.
 *
 * Layer: token (may include: base only).
 * pcsc.h makes one over a reader; tests make one over a card of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "token/result.h"

enum {
    N2_APDU_SHORT_BYTES_MAX = 256 + 2,      /* of an answer, with its status word */
    N2_APDU_COMMAND_BYTES_MAX = 5 + 255 + 1 /* of a command in short form */
};

typedef struct {
    void *user;

    /** Nobody else talks to the card until end(). */
    n2_token_code (*begin)(void *user);

    /**
     * One command and its answer.
     *
     * @n_answer: (inout): room, at least N2_APDU_SHORT_BYTES_MAX; bytes of the answer.
     */
    n2_token_code (*transmit)(
        void *user, const uint8_t *command, size_t n, uint8_t *answer, size_t *n_answer);

    /**
     * (nullable): a question to the reader itself, PC/SC part 10.  NULL: it has no keys.
     *
     * @code: N2_PINPAD_FEATURES or what the reader named there.
     */
    n2_token_code (*control)(
        void *user, uint32_t code, const uint8_t *in, size_t n, uint8_t *out, size_t *n_out);

    /** Lets others in; @reset: the card forgets what PINs it was told. */
    void (*end)(void *user, bool reset);
} n2_card_link;
