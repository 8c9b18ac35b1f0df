/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-private.h - what the files of card.h share.
 *
 * Layer: token (may include: base only).
 */
#pragma once

#include "token/card.h"
#include "token/tlv.h"

enum {
    N2_INS_VERIFY = 0x20,
    N2_INS_CHANGE = 0x24,
    N2_INS_PSO = 0x2a,
    N2_INS_UNBLOCK = 0x2c,
    N2_INS_ACTIVATE = 0x44,
    N2_INS_GENERATE = 0x47,
    N2_INS_AUTHENTICATE = 0x88,
    N2_INS_SELECT = 0xa4,
    N2_INS_GET = 0xca,
    N2_INS_PUT = 0xda,
    N2_INS_IMPORT = 0xdb,
    N2_INS_TERMINATE = 0xe6,

    N2_SW_SECURITY = 0x6982,
    N2_SW_BLOCKED = 0x6983,
    N2_SW_CONDITIONS = 0x6985,
    N2_SW_LENGTH = 0x6700,
    N2_SW_DATA = 0x6a80,
    N2_SW_ABSENT = 0x6a88,
    N2_SW_INS = 0x6d00,
    N2_SW_CLA = 0x6e00,

    N2_CRT_BYTES_MAX = 5
};

/** Sends a command; N2_TOKEN_OK if there is an answer: card->status, card->io. */
N2_MUST_USE n2_token_code n2_card_send(n2_card *card, const n2_apdu *apdu);

/** The same, and what its status word means for a command that each card has. */
N2_MUST_USE n2_token_code n2_card_do(n2_card *card, const n2_apdu *apdu);

/** GET DATA; N2_TOKEN_OK with *found false if the card has no such object. */
N2_MUST_USE n2_token_code n2_card_get(n2_card *card, uint16_t tag, bool *found);

/** PUT DATA, after PW3. */
N2_MUST_USE n2_token_code n2_card_put(n2_card *card,
                                      uint16_t tag,
                                      const uint8_t *bytes,
                                      size_t n);

/** SELECT of the application; N2_TOKEN_NO_APPLET, N2_TOKEN_SWITCHED_OFF. */
N2_MUST_USE n2_token_code n2_card_select(n2_card *card);

/** The control reference of a slot, short (B6 00) or long (B6 03 84 01 01); returns its bytes.
 */
size_t n2_card_crt(n2_card_slot slot, bool is_long, uint8_t out[static N2_CRT_BYTES_MAX]);

/** GENERATE (P1 80) or its reading half (81): the answer is in card->io. */
N2_MUST_USE n2_token_code n2_card_key_command(n2_card *card, n2_card_slot slot, uint8_t p1);

/** The key in card->io, and the point as cards write it, without 40. */
N2_MUST_USE n2_token_code n2_card_key_answer(
    n2_card *card, n2_card_method method, n2_card_key *key, uint8_t *point, size_t *n_point);

/** Sets the algorithm of a slot unless it is that one (after PW3). */
N2_MUST_USE n2_token_code n2_card_set_method(n2_card *card,
                                             n2_card_slot slot,
                                             n2_card_method method);

/** Writes fingerprint and date: without them other programs take the slot for empty. */
N2_MUST_USE n2_token_code n2_card_set_date(n2_card *card,
                                           n2_card_slot slot,
                                           n2_card_method method,
                                           const uint8_t *point,
                                           size_t n_point,
                                           uint32_t created);
