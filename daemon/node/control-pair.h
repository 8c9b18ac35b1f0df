/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-pair.h - what both sides of a pairing share.
 *
 * Layer: node.  Included by control-pair*.c only.
 */
#pragma once

#include "keys/pair.h"
#include "node/control-statement.h"

enum {
    ASKED_BYTES_MAX = 1024,
    MESSAGE_BYTES_MAX = 1 + N2_IDENTITY_ADD_BYTES_MAX,
    SAYS_NOTHING = 0, /* types of messages beside those of keys/pair.h */
    SAYS_KEYS = 4,
    SAYS_ADD = 5
};

typedef enum {
    PHASE_DRAWS, /* of the new machine, in this order */
    PHASE_CONNECTS,
    PHASE_FIRST,
    PHASE_THIRD,
    PHASE_SHOWS,
    PHASE_AGREED,
    PHASE_JOINS,
    PHASE_TELLS,

    PHASE_WAITS, /* of the other, in this order */
    PHASE_ANSWERED,
    PHASE_COMPARES,
    PHASE_SAID_YES,
    PHASE_ADMITS,
    PHASE_GIVES,
    PHASE_TAKES
} phase;

typedef struct {
    phase phase;
    n2_pair pair;
    n2_id other;   /* new: the other machine */
    n2_conn conn;  /* other: by which the new one asks; 0: it has not come */
    n2_key theirs; /* what the words stood for */
    uint8_t asked[ASKED_BYTES_MAX];
    size_t asked_len;
    n2_asked_key keys[N2_PIECES_KEYS_MAX];
    size_t n_keys;
    char label[N2_OWN_LABEL_BYTES_MAX + 1];
    n2_admission admission;
    uint8_t *given; /* (owned) (nullable) a container; the half add first */
    size_t given_len;
    uint8_t message[MESSAGE_BYTES_MAX]; /* new: what is said next */
    size_t message_len;
    bool is_asking;
    uint64_t first_us; /* new: until then the other one may begin */
    uint64_t asked_us, again_us, until_us;
} pairing;

/* ---- control-pair.c ---- */

/** The pairing that is under way on either side, but @but (nullable); NULL: there is none. */
job *n2_pairing_find(const n2_control *c, const job *but);

/** Ends @j with the words of a pairing. */
void n2_pair_failed(n2_control *c, job *j, n2_err err);

/** What stands for bytes, or an identity, in the place of a key. */
n2_key n2_pair_name(const void *bytes, size_t len);
n2_key n2_pair_name_of(const n2_id *who);

/** Puts the words before the person: the last thing that is done with @j, which may end by it.
 */
void n2_pair_show(n2_control *c, job *j);

/** It is done: @j ends with the row of Pair. */
void n2_pair_done(n2_control *c, job *j, const n2_id *who);

static inline bool
n2_pair_is_new(const pairing *p)
{
    return p->phase < PHASE_WAITS;
}

/* ---- control-pair-new.c ---- */

/** This machine is the new one. */
void n2_pair_begin_new(n2_control *c, job *j);

/** Says what is in `message`; @j may end by it. */
void n2_pair_say(n2_control *c, job *j);
