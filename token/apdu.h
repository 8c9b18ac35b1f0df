/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * apdu.h - commands to a card: chains of short ones, answers in pieces.
 *
 * Layer: token (may include: base only).
 * Source: ISO 7816-4; OpenPGP card 3.4, 7.1 (chaining, GET RESPONSE).
 * Extended lengths are never used: reader, card and protocol would all have to know them.
 */
#pragma once

#include "token/link.h"

enum {
    N2_APDU_BLOCK_BYTES_MAX = 254,   /* of a chain */
    N2_APDU_DATA_BYTES_MAX = 1024,   /* of a command, all blocks together */
    N2_APDU_ANSWER_BYTES_MAX = 4096, /* of an answer, all pieces together */
    N2_APDU_PIECES_MAX = 256,        /* that it comes in */

    N2_SW_OK = 0x9000
};

typedef struct {
    uint8_t ins, p1, p2;
    const uint8_t *data; /* (nullable) */
    size_t n;            /* at most N2_APDU_DATA_BYTES_MAX */
    bool wants_answer;   /* Le is sent */
} n2_apdu;

/** Where commands are put together and answers come in; both may hold secrets: wipe it. */
typedef struct {
    uint8_t command[N2_APDU_COMMAND_BYTES_MAX];
    uint8_t piece[N2_APDU_ANSWER_BYTES_MAX + 2]; /* some cards answer more than was asked for */
    uint8_t answer[N2_APDU_ANSWER_BYTES_MAX];
    size_t n_answer; /* without status word */
    uint16_t status; /* of the last piece; 0 if there was none */
} n2_apdu_buffer;

/**
 * Sends @apdu, in a chain if it is long, and gathers the answer.
 *
 * Returns: N2_TOKEN_OK if the card answered at all: look at b->status;
 *          N2_TOKEN_MALFORMED (no status word, too long, pieces without end), N2_TOKEN_USAGE
 *          (too much data), or what the link says.
 */
N2_MUST_USE n2_token_code n2_apdu_send(const n2_card_link *link,
                                       const n2_apdu *apdu,
                                       n2_apdu_buffer *b);

/** What a status word means where nothing else is known of the command. */
n2_token_code n2_apdu_code(uint16_t status);

/** The data of an answer of @n bytes: N2_OK if its status word is 90 00. */
N2_MUST_USE n2_err n2_apdu_check(const uint8_t *answer,
                                 size_t n,
                                 const uint8_t **data,
                                 size_t *n_data);
