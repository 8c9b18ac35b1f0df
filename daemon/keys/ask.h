/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ask.h - what the keys process says without being asked: what a request waits for, that a
 *         session is over, and what became of a token.
 *
 * Layer: keys (may include: base, wire, crypto).  The bytes of one message, beside those of
 *        request.h on the same stream.
 *
 *     ASK    request 4, kind 1 = 128, want 1, why 1, tries 1, seconds 2, place (request.h)
 *     OVER   0 4, kind 1 = 129, identity 33
 *     TOKEN  0 4, kind 1 = 130, row (request.h): it came, went or changed
 *
 * Whoever gets an ASK puts it before a person and TELLs what came of it: a PIN by a pipe, whose
 * end for reading goes through the node unread, or a no.  TOUCH, KEYPAD and INSERT want nothing
 * told (they end by themselves), but a no ends them too.
 */
#pragma once

#include "keys/request.h"

typedef enum {
    N2_ASK_PIN = 1,  /* of the token at `place`; `tries` are left */
    N2_ASK_SIGN_PIN, /* the same, to change who somebody is: its SIG key wants one each time */
    N2_ASK_LAST_PIN, /* the same, and it is the last try */
    N2_ASK_KEYPAD,   /* the PIN is typed at the reader */
    N2_ASK_TOUCH,    /* within `seconds` */
    N2_ASK_INSERT,   /* the token at `place`, which is not there */
    N2_ASK_PASSPHRASE, /* of the sealed file: UNLOCK */
    N2_ASK_DONE,       /* nothing any more: take the window away */
    N2_ASK_NEW_PIN,    /* of the token at `place`; whoever asks lets it be typed twice */
    N2_ASK_ADMIN_PIN,  /* as PIN; `tries` are left, 1: it is the last */
    N2_ASK_RESET_CODE, /* the same */
    N2_ASKS
} n2_ask_want;

enum {
    N2_KEYS_ASK = N2_KEYS_SAYS, /* kinds of message */
    N2_KEYS_OVER,
    N2_KEYS_TOKEN,

    N2_TRIES_UNKNOWN = 255,

    N2_TELL_NO = 0, /* how of TELL */
    N2_TELL_SECRET = 1,
    N2_TELL_LAST = 2, /* a secret, and consent to the last try */
    N2_TELLS
};

typedef struct {
    int kind;         /* N2_KEYS_ASK, N2_KEYS_OVER, N2_KEYS_TOKEN */
    uint32_t request; /* ASK: that waits; 0: none in particular */
    n2_ask_want want;
    uint8_t why;   /* n2_token_code of token/result.h: PIN_WRONG, NO_READER, ...; 0: none */
    uint8_t tries; /* left; N2_TRIES_UNKNOWN */
    uint16_t seconds;
    n2_keys_place place;
    n2_id who;           /* OVER */
    n2_keys_token token; /* TOKEN */
} n2_keys_said;

/** The word for it of org.net2o.Agent1 (static); NULL: DONE, which is the signal Over. */
const char *n2_ask_name(n2_ask_want want);

/** Returns: N2_OK, N2_ERR_NOSPACE, N2_ERR_FORMAT. */
N2_MUST_USE n2_err n2_keys_said_write(const n2_keys_said *said,
                                      void *buf,
                                      size_t cap,
                                      size_t *len);

/** Is that message one of these, rather than an answer? */
bool n2_keys_is_said(const void *bytes, size_t len);

/** @out: zeroed on failure.  Returns: N2_OK, N2_ERR_TRUNCATED, N2_ERR_TRAILING, N2_ERR_FORMAT.
 */
N2_MUST_USE n2_err n2_keys_said_read(n2_keys_said *out, const void *bytes, size_t len);
