/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-impl.h - what a keyring holds; for keyring*.c only.
 *
 * Layer:     keys (may include: base, wire, crypto).
 * Invariant: own[i] and secrets->own[i] are the two halves of one identity; so are their
 * statics. All that is private lies in `secrets`.
 */
#pragma once

#include "crypto/identity.h"
#include "crypto/sealed.h"
#include "crypto/sheet.h"
#include "keys/keyring.h"

enum {
    DEVICE_RIGHTS = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH | N2_RIGHT_SESSION,
    DEVICE_IN_FILE = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH, /* its word there, whatever it may */
    STATICS_ROOM = N2_KEYRING_STATICS_MAX + 2            /* new ones, until they are written */
};

typedef struct {
    uint8_t *bytes; /* (owned) */
    size_t len;
} n2_own_statement;

/** The public half of an own identity. */
typedef struct {
    n2_identity who;
    char label[N2_OWN_LABEL_BYTES_MAX + 1];
    n2_own_statement statements[N2_KEYRING_STATEMENTS_MAX]; /* birth, adds */
    size_t n_statements;
    uint32_t serial;                   /* of the newest connection key; never falls */
    n2_node_key statics[STATICS_ROOM]; /* oldest first; of one serial: by suite */
    size_t n_statics;
    n2_own_statement session; /* certificate of the session key; no bytes: there is none */
    int64_t session_until_us;
} n2_own;

typedef struct {
    n2_signing_key control;
    n2_signing_key device;
    n2_signing_key session; /* never written to the disk */
    bool has_sheet;
    uint8_t sheet[N2_SHEET_SEED_BYTES];
    uint8_t statics[STATICS_ROOM][N2_STATIC_X448_BYTES];
} n2_own_secrets;

typedef struct {
    n2_sealer sealer;
    n2_own_secrets own[N2_KEYRING_IDENTITIES_MAX];
} n2_keyring_secrets;

struct n2_keyring {
    const n2_disk *disk;         /* (borrowed) */
    const n2_env *env;           /* (borrowed) */
    const n2_unicode *unicode;   /* (borrowed) (nullable) */
    n2_keyring_secrets *secrets; /* (owned) in locked memory; NULL: wiped */
    n2_own *own;                 /* (owned) N2_KEYRING_IDENTITIES_MAX of them */
    size_t n_own;
};

/** Frees what @own holds and zeroes it, and wipes @secrets. */
void n2_own_clear(n2_own *own, n2_own_secrets *secrets);

/** Keeps a copy of a statement; N2_OK, N2_ERR_LIMIT, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_own_keep(n2_own *own, const n2_box *statement);

/** Reads the file, if there is one, else makes a sealer; errors as n2_keyring_open(). */
N2_MUST_USE n2_err n2_keyring_load(n2_keyring *keyring, const char *passphrase);

/** Writes the file; N2_OK, N2_ERR_LIMIT (more than a file holds), N2_ERR_NOMEM, or the disk's.
 */
N2_MUST_USE n2_err n2_keyring_save(n2_keyring *keyring);

/** Which own identity @who is; N2_OK, N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_own_find(const n2_keyring *keyring, const n2_id *who, size_t *index);

/* keyring-static.c; errors as in keyring.h */

/** How many of the oldest go, so that no more than N2_KEYRING_STATICS_MAX are kept. */
size_t n2_static_excess(const n2_own *own);

/** Wipes connection keys past their end; from the file they go when it is written next. */
void n2_static_drop_old(n2_keyring *keyring, int64_t wall_us);

N2_MUST_USE n2_err n2_static_answer_key(n2_keyring *keyring,
                                        const n2_keys_request *q,
                                        int64_t wall_us,
                                        n2_keys_answer *a);

/** Fills the answers to @n requests of kind ES, at most N2_KEYRING_TURN; those that have an
 * error already are left as they are. */
void n2_static_answer_es(const n2_keyring *keyring,
                         const n2_keys_request *requests,
                         n2_keys_answer *answers,
                         size_t n);

/* keyring-session.c; errors as in keyring.h */

/** @room: N2_SIGNATURE_BYTES_MAX, for what @a borrows. */
N2_MUST_USE n2_err n2_session_answer(n2_keyring *keyring,
                                     const n2_keys_request *q,
                                     int64_t wall_us,
                                     uint8_t *room,
                                     n2_keys_answer *a);

/** Is the secret of this connection key kept here, for whichever own identity it was made? */
bool n2_static_is_own(const n2_keyring *keyring, const n2_key *key);
