/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * request-parts.h - of which parts messages consist, and the smallest of them; for request.c
 *                   and answer.c.
 *
 * Layer: keys (may include: base, wire, crypto).
 * Parts follow one another in one order, the same for all kinds: that of these lists.
 */
#pragma once

#include "base/reader.h"
#include "base/writer.h"
#include "keys/ask.h"

enum {
    ASK_LABEL = 1 << 0, /* parts of requests */
    ASK_METHOD = 1 << 1,
    ASK_INDEX = 1 << 2,
    ASK_KEY_ID = 1 << 3,
    ASK_FIRST = 1 << 4,
    ASK_WHO = 1 << 5,
    ASK_SUITE = 1 << 6,
    ASK_RENEW = 1 << 7,
    ASK_E = 1 << 8,
    ASK_HASH = 1 << 9,
    ASK_HOURS = 1 << 10,
    ASK_SUCCESSOR = 1 << 11,
    ASK_SITE = 1 << 12,
    ASK_SUBJECT = 1 << 13,
    ASK_KEY = 1 << 14,
    ASK_RIGHTS = 1 << 15,
    ASK_REASON = 1 << 16,
    ASK_DAYS = 1 << 17,
    ASK_TOKENS = 1 << 18,
    ASK_DROPS = 1 << 19,
    ASK_AIDS = 1 << 20,
    ASK_WHICH = 1 << 21,
    ASK_MAKES = 1 << 22,
    ASK_ABOUT = 1 << 23,
    ASK_BODY = 1 << 24,

    SAY_OWN = 1 << 0, /* parts of answers */
    SAY_NODE_KEY = 1 << 1,
    SAY_ES = 1 << 2,
    SAY_PROOF = 1 << 3,
    SAY_STATE = 1 << 4,
    SAY_UNTIL = 1 << 5,
    SAY_KEYS = 1 << 6,
    SAY_PIECES = 1 << 7,
    SAY_NUMBER = 1 << 8,
    SAY_SERVICE = 1 << 9,
    SAY_ROWS = 1 << 10,
    SAY_STATEMENT = 1 << 11
};

typedef struct {
    uint32_t asks, answers;
    n2_keys_pipe pipe;
} n2_keys_shape;

/** NULL: no such kind (static). */
const n2_keys_shape *n2_keys_shape_of(unsigned kind);

/* What does not fit, or breaks a rule, fails the reader or writer. */

void n2_keys_write_text(n2_writer *w, const char *text, size_t min, size_t max);
/** Text is checked where it is put into a box; here only that it is a C string. */
void n2_keys_read_text(n2_reader *r, char *text, size_t min, size_t max);
void n2_keys_write_id(n2_writer *w, const n2_id *id);
void n2_keys_read_id(n2_reader *r, n2_id *id);
void n2_keys_write_key(n2_writer *w, const n2_key *key);
void n2_keys_read_key(n2_reader *r, n2_key *key);
void n2_keys_write_rights(n2_writer *w, uint32_t rights);
uint32_t n2_keys_read_rights(n2_reader *r);
void n2_keys_write_place(n2_writer *w, const n2_keys_place *place);
void n2_keys_read_place(n2_reader *r, n2_keys_place *place);
/** @has_life: of STATE, which says also how long each is good. */
void n2_keys_write_keys(n2_writer *w, const n2_keys_own_key *keys, size_t n, bool has_life);
size_t n2_keys_read_keys(n2_reader *r, n2_keys_own_key *keys, bool has_life);
void n2_keys_write_piece(n2_writer *w, n2_slice piece);
n2_slice n2_keys_read_piece(n2_reader *r);
n2_slice n2_keys_read_rest(n2_reader *r);
void n2_keys_write_row(n2_writer *w, const n2_keys_token *token);
void n2_keys_read_row(n2_reader *r, n2_keys_token *token);
