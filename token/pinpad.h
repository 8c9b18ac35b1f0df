/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pinpad.h - readers with keys of their own: what they can, and how they are asked.
 *
 * Layer: token (may include: base only).  Source: PC/SC part 10, revision 2.02.09.
 * The host names the command without the PIN; the PIN goes from the keys to the card.
 */
#pragma once

#include "token/link.h"

enum {
    N2_PINPAD_FEATURES = 0x42000000 + 3400, /* control code: GET_FEATURE_REQUEST */
    N2_PINPAD_REQUEST_BYTES_MAX = 64,
    N2_PINPAD_WAIT_S = 30 /* for the first key */
};

/** Control codes; 0: the reader cannot do it. */
typedef struct {
    uint32_t verify, modify;
} n2_pinpad;

/** Reads the answer to N2_PINPAD_FEATURES; what is malformed offers nothing. */
n2_pinpad n2_pinpad_read(const uint8_t *bytes, size_t n);

/** What the reader of a link can; nothing if it has no keys. */
n2_pinpad n2_pinpad_ask(const n2_card_link *link);

/**
 * The request for @header (CLA INS P1 P2), a PIN of @min to @max bytes; @is_change: the old
 * one, and the new one twice.
 *
 * @out: N2_PINPAD_REQUEST_BYTES_MAX.  Returns: its bytes.
 */
size_t n2_pinpad_request(
    const uint8_t header[static 4], unsigned min, unsigned max, bool is_change, uint8_t *out);

/** What the reader's answer means where it differs from a card's; N2_TOKEN_OK else. */
n2_token_code n2_pinpad_code(uint16_t status);
