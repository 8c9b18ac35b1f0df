/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * apdu.c - commands to a card: chains of short ones, answers in pieces.
 */
#include "token/apdu.h"

#include <string.h>

#include "base/reader.h"

enum {
    STATUS_BYTES = 2,
    HEAD_BYTES = 4,
    CLA_CHAIN = 0x10,
    INS_GET_RESPONSE = 0xc0,
    SW1_MORE = 0x61,     /* SW2: so many bytes wait, 0: 256 or more */
    SW1_WRONG_LE = 0x6c, /* SW2: the right one */
    LE_ANY = 0
};

/* One command as it stands in b->command; the data of its answer is added to b->answer. */
static n2_token_code
exchange(const n2_card_link *link, n2_apdu_buffer *b, size_t n)
{
    size_t n_piece = sizeof b->piece;
    n2_token_code code = link->transmit(link->user, b->command, n, b->piece, &n_piece);

    b->status = 0;
    if (code)
        return code;
    if (n_piece < STATUS_BYTES || n_piece > sizeof b->piece)
        return N2_TOKEN_MALFORMED;
    n_piece -= STATUS_BYTES;
    if (n_piece > sizeof b->answer - b->n_answer)
        return N2_TOKEN_MALFORMED;
    if (n_piece)
        memcpy(b->answer + b->n_answer, b->piece, n_piece);
    b->n_answer += n_piece;
    n2_reader status = n2_reader_init(b->piece + n_piece, STATUS_BYTES);
    b->status = n2_read_u16(&status);
    if (b->status >> 12 == 6 || b->status >> 12 == 9)
        return N2_TOKEN_OK;
    b->status = 0; /* no status word: the answer was cut off */
    return N2_TOKEN_MALFORMED;
}

/* The command of @apdu with @n bytes of its data from @at, into b->command. */
static size_t
put(const n2_apdu *apdu, size_t at, size_t n, bool is_last, n2_apdu_buffer *b)
{
    size_t len = HEAD_BYTES;

    b->command[0] = is_last ? 0 : CLA_CHAIN;
    b->command[1] = apdu->ins;
    b->command[2] = apdu->p1;
    b->command[3] = apdu->p2;
    if (n) {
        b->command[len++] = (uint8_t)n;
        memcpy(b->command + len, apdu->data + at, n);
        len += n;
    }
    if (is_last && apdu->wants_answer)
        b->command[len++] = LE_ANY;
    return len;
}

static n2_token_code
gather(const n2_card_link *link, n2_apdu_buffer *b)
{
    for (unsigned pieces = 0; b->status >> 8 == SW1_MORE; pieces++) {
        const uint8_t fetch[] = {0, INS_GET_RESPONSE, 0, 0, (uint8_t)b->status};
        if (pieces >= N2_APDU_PIECES_MAX)
            return N2_TOKEN_MALFORMED;
        memcpy(b->command, fetch, sizeof fetch);
        n2_token_code code = exchange(link, b, sizeof fetch);
        if (!code && b->status >> 8 == SW1_WRONG_LE) {
            b->command[sizeof fetch - 1] = (uint8_t)b->status;
            code = exchange(link, b, sizeof fetch);
        }
        if (code)
            return code;
    }
    return N2_TOKEN_OK;
}

n2_token_code
n2_apdu_send(const n2_card_link *link, const n2_apdu *apdu, n2_apdu_buffer *b)
{
    size_t at = 0, n;
    bool is_last;
    n2_token_code code;

    b->n_answer = 0;
    b->status = 0;
    if (apdu->n > N2_APDU_DATA_BYTES_MAX)
        return N2_TOKEN_USAGE;
    do {
        n = apdu->n - at;
        is_last = n <= N2_APDU_BLOCK_BYTES_MAX;
        if (!is_last)
            n = N2_APDU_BLOCK_BYTES_MAX;
        size_t len = put(apdu, at, n, is_last, b);
        code = exchange(link, b, len);
        if (!code && is_last && apdu->wants_answer && b->status >> 8 == SW1_WRONG_LE &&
            !b->n_answer) {
            b->command[len - 1] = (uint8_t)b->status;
            code = exchange(link, b, len);
        }
        at += n;
    } while (!code && !is_last && b->status == N2_SW_OK);
    if (!code)
        code = gather(link, b);
    return code;
}

n2_token_code
n2_apdu_code(uint16_t status)
{
    switch (status) {
    case N2_SW_OK:
        return N2_TOKEN_OK;
    case 0x6982: /* security status not satisfied */
        return N2_TOKEN_PIN_NEEDED;
    case 0x6983: /* authentication method blocked */
        return N2_TOKEN_PIN_BLOCKED;
    case 0x6600: /* security environment: a touch that did not come */
        return N2_TOKEN_TOUCH_TIMEOUT;
    case 0x6a88: /* referenced data not found */
        return N2_TOKEN_KEY_MISSING;
    case 0x6d00: /* INS, CLA, chaining, secure messaging not supported */
    case 0x6e00:
    case 0x6881:
    case 0x6882:
    case 0x6884:
    case 0x6a81:
    case 0x6b00:
        return N2_TOKEN_NO_FUNCTION;
    case 0x6285: /* terminated */
        return N2_TOKEN_SWITCHED_OFF;
    case 0x6581: /* memory */
        return N2_TOKEN_MEMORY;
    default:
        return N2_TOKEN_REFUSED;
    }
}

n2_err
n2_apdu_check(const uint8_t *answer, size_t n, const uint8_t **data, size_t *n_data)
{
    if (n < STATUS_BYTES)
        return N2_ERR_TRUNCATED;
    n2_reader status = n2_reader_init(answer + n - STATUS_BYTES, STATUS_BYTES);
    if (n2_read_u16(&status) != N2_SW_OK)
        return N2_ERR_REFUSED;
    *data = answer;
    *n_data = n - STATUS_BYTES;
    return N2_OK;
}
