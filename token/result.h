/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * result.h - every way a token can fail, told apart: name, error, words, what to do.
 *
 * Layer: token (may include: base only).
 * One list makes the enum, the names for programs, the errors and the words.  Values are part
 * of the talk between processes: append only.  Words are English and marked for translation.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* X(name, value, name for programs, error); the words are in result.c, one row each. */
#define N2_TOKEN_LIST(X)                                                                       \
    X(N2_TOKEN_OK, 0, "ok", N2_OK)                                                             \
    /* the service and the readers */                                                          \
    X(N2_TOKEN_NO_SERVICE, 1, "no-service", N2_ERR_TOKEN)                                      \
    X(N2_TOKEN_NOT_ALLOWED, 2, "not-allowed", N2_ERR_TOKEN)                                    \
    X(N2_TOKEN_SERVICE_DIED, 3, "service-died", N2_ERR_TOKEN)                                  \
    X(N2_TOKEN_SERVICE_FAULT, 4, "service-fault", N2_ERR_TOKEN)                                \
    X(N2_TOKEN_NO_READER, 5, "no-reader", N2_ERR_TOKEN)                                        \
    X(N2_TOKEN_NO_CARD, 6, "no-card", N2_ERR_TOKEN)                                            \
    X(N2_TOKEN_MUTE, 7, "mute", N2_ERR_TOKEN)                                                  \
    X(N2_TOKEN_PULLED, 8, "pulled", N2_ERR_TOKEN)                                              \
    X(N2_TOKEN_IN_USE, 9, "in-use", N2_ERR_BUSY)                                               \
    /* which token */                                                                          \
    X(N2_TOKEN_NO_APPLET, 10, "no-applet", N2_ERR_TOKEN)                                       \
    X(N2_TOKEN_APPLET_CHANGED, 11, "applet-changed", N2_ERR_TOKEN)                             \
    X(N2_TOKEN_SWITCHED_OFF, 12, "switched-off", N2_ERR_TOKEN)                                 \
    X(N2_TOKEN_WRONG_CARD, 13, "wrong-card", N2_ERR_TOKEN)                                     \
    X(N2_TOKEN_KEY_ABSENT, 14, "key-absent", N2_ERR_TOKEN)                                     \
    X(N2_TOKEN_KEY_MISSING, 15, "key-missing", N2_ERR_TOKEN)                                   \
    /* PINs */                                                                                 \
    X(N2_TOKEN_PIN_NEEDED, 16, "pin-needed", N2_ERR_TOKEN)                                     \
    X(N2_TOKEN_PIN_WRONG, 17, "pin-wrong", N2_ERR_TOKEN)                                       \
    X(N2_TOKEN_PIN_BLOCKED, 18, "pin-blocked", N2_ERR_TOKEN)                                   \
    X(N2_TOKEN_PIN_LENGTH, 19, "pin-length", N2_ERR_TOKEN)                                     \
    X(N2_TOKEN_PIN_LAST, 20, "pin-last", N2_ERR_TOKEN)                                         \
    X(N2_TOKEN_PIN_HASHED, 21, "pin-hashed", N2_ERR_UNSUPPORTED)                               \
    X(N2_TOKEN_NO_PINPAD, 22, "no-pinpad", N2_ERR_UNSUPPORTED)                                 \
    X(N2_TOKEN_PINPAD_TIMEOUT, 23, "pinpad-timeout", N2_ERR_TOKEN)                             \
    X(N2_TOKEN_PINPAD_MISMATCH, 24, "pinpad-mismatch", N2_ERR_TOKEN)                           \
    X(N2_TOKEN_CANCELLED, 25, "cancelled", N2_ERR_CANCELLED)                                   \
    /* what it does */                                                                         \
    X(N2_TOKEN_TOUCH_TIMEOUT, 26, "touch-timeout", N2_ERR_TOKEN)                               \
    X(N2_TOKEN_TOUCH_FIXED, 27, "touch-fixed", N2_ERR_REFUSED)                                 \
    X(N2_TOKEN_NO_ALGORITHM, 28, "no-algorithm", N2_ERR_UNSUPPORTED)                           \
    X(N2_TOKEN_NO_FUNCTION, 29, "no-function", N2_ERR_UNSUPPORTED)                             \
    X(N2_TOKEN_CONSENT, 30, "consent", N2_ERR_REFUSED)                                         \
    X(N2_TOKEN_REFUSED, 31, "refused", N2_ERR_REFUSED)                                         \
    X(N2_TOKEN_MEMORY, 32, "memory", N2_ERR_TOKEN)                                             \
    X(N2_TOKEN_MALFORMED, 33, "malformed", N2_ERR_FORMAT)                                      \
    X(N2_TOKEN_WEAK, 34, "weak", N2_ERR_FORGED)                                                \
    X(N2_TOKEN_NOT_PROVEN, 35, "not-proven", N2_ERR_FORGED)                                    \
    /* ours */                                                                                 \
    X(N2_TOKEN_USAGE, 36, "usage", N2_ERR_USAGE)                                               \
    X(N2_TOKEN_FULL, 37, "full", N2_ERR_LIMIT)                                                 \
    X(N2_TOKEN_CLOSED, 38, "closed", N2_ERR_CLOSED)

typedef enum {
#define X(name, value, word, err) name = (value),
    N2_TOKEN_LIST(X)
#undef X
    N2_TOKEN_CODES
} n2_token_code;

enum {
    N2_TOKEN_TRIES_UNKNOWN = 255
};

/** What a caller is told; a code alone is enough for the words, the rest makes them exact. */
typedef struct {
    n2_token_code code;
    uint16_t status; /* the card's last status word, 0 if there was none */
    uint8_t pin;     /* N2_CARD_PW1.. if it is about a PIN, 0 if not */
    uint8_t tries;   /* that this PIN has left, or N2_TOKEN_TRIES_UNKNOWN */
} n2_token_result;

/** "pin-wrong", for programs (static). */
const char *n2_token_name(n2_token_code code);

n2_err n2_token_err(n2_token_code code);

/** One English clause, and what to do next as a sentence; translate them (static). */
const char *n2_token_why(n2_token_code code);
const char *n2_token_next(n2_token_code code);
