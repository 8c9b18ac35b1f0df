/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * readers.h - the card readers of this machine and the tokens in them, by PC/SC.
 *
 * Layer: token (may include: base only; PC/SC-lite).
 * Nothing here needs a PIN or changes a token, and none is held longer than two commands: other
 * programs use the same tokens.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "token/openpgp.h"

enum {
    N2_READER_NAME_BYTES = 128, /* MAX_READERNAME of PC/SC-lite, with the NUL */
    N2_READERS_MAX = 16,        /* PCSCLITE_MAX_READERS_CONTEXTS */
    N2_ATR_BYTES_MAX = 33
};

typedef enum {
    N2_SLOT_EMPTY,
    N2_SLOT_MUTE,   /* something is in there that does not answer: upside down, broken */
    N2_SLOT_IN_USE, /* another program holds it for itself */
    N2_SLOT_OTHER,  /* a card, but not with an OpenPGP application */
    N2_SLOT_OPENPGP
} n2_slot_state;

typedef struct {
    char reader[N2_READER_NAME_BYTES]; /* UTF-8 or ASCII, as the driver named it */
    n2_slot_state state;
    uint8_t atr[N2_ATR_BYTES_MAX];
    size_t n_atr;           /* 0 without a card */
    n2_openpgp_aid openpgp; /* if N2_SLOT_OPENPGP */
} n2_slot;

/** Why there is no list; each asks the user for something else. */
typedef enum {
    N2_READERS_OK,
    N2_READERS_NO_SERVICE,  /* pcscd does not run, or is not installed */
    N2_READERS_NOT_ALLOWED, /* the machine's rules keep this user from it */
    N2_READERS_NONE,
    N2_READERS_FAULT /* the service failed otherwise */
} n2_readers_state;

/**
 * Lists at most N2_READERS_MAX readers, and asks each card what it is.
 *
 * @slots: (out): room for N2_READERS_MAX.
 * @n:     (out): how many there are; 0 on error.
 * @state: (out): the cause.
 *
 * Returns: N2_OK if there is a reader, with a card or without; N2_ERR_TOKEN otherwise.
 */
N2_MUST_USE n2_err n2_readers_list(n2_slot *slots, size_t *n, n2_readers_state *state);
