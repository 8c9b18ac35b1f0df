/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity.h - who somebody is: the keys in force, what state that is in, what they may sign.
 *
 * Layer:     crypto (may include: base, wire).
 * Source:    data.md, section 2.
 * Invariant: an n2_identity holds only keys whose right was proven: control keys by the birth
 *            whose hash is the address, or by a chain of control statements from there, others
 *            by those, or by an add that a control key and the new key signed.
 * Use:       n2_identity_look() of identity-set.h makes one of all statements that are known.
 *            n2_identity_birth() and n2_identity_add() below do for one that is being made.
 * Time:      wall_us is us since 1970 UTC; 0 = this machine does not know, and then lifetimes
 *            are not enforced.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/statement.h"

enum {
    N2_SALT_BYTES = 16,
    N2_CONTROL_KEYS_MAX = 8,
    N2_KEY_LABEL_BYTES_MAX = 64,
    N2_STATEMENT_BYTES_SMALL = 4096 /* room for a birth with 8 keys, an add, a node key */
};

/** One key of an identity (kind 30). */
typedef struct {
    n2_key key;
    uint32_t rights; /* N2_RIGHT_* */
    int64_t from_us;
    int64_t until_us;
} n2_grant;

typedef enum {
    N2_IDENTITY_LIVE,
    N2_IDENTITY_FROZEN, /* two control statements of one number: nothing new is believed */
    N2_IDENTITY_ENDED   /* by its recovery sheet, for good */
} n2_identity_state;

typedef struct {
    n2_id id;
    int64_t made_us;
    uint8_t sheet[N2_HASH_BYTES];   /* commitment to the recovery sheet */
    uint8_t control[N2_HASH_BYTES]; /* hash of the control statement in force */
    uint32_t number;                /* of that statement, 0 = the birth */
    n2_identity_state state;
    n2_id successor;   /* ENDED: who to go on with; not set: nobody, or @contested */
    bool is_contested; /* ENDED: two ends name two successors, so none is followed */
    int64_t ended_us;  /* ENDED: when, by its own words */
    int64_t fresh_us;  /* one of its keys said then that just these keys stand; 0 = none did */
    int64_t other_us;  /* one said then that others do: something has not come here; 0 = none */
    n2_grant keys[N2_IDENTITY_KEYS_MAX]; /* FROZEN, ENDED: those that stood last */
    size_t n_keys;
} n2_identity;

/** Hash of a body by @method as an identity: the address, if it is a birth's. */
n2_id n2_id_of_body(uint8_t method, const n2_box *body);

/* Bodies.  Each is written into @buf of @cap bytes, to be signed by n2_statement_*.  Returns:
 * N2_OK, N2_ERR_NOSPACE, N2_ERR_FORMAT, N2_ERR_LIMIT. */

/** @keys: 1 to 8 control keys, any order; each of them must sign. */
N2_MUST_USE n2_err n2_birth_body(void *buf,
                                 size_t cap,
                                 const uint8_t sheet[static N2_HASH_BYTES],
                                 int64_t made_us,
                                 const uint8_t salt[static N2_SALT_BYTES],
                                 const n2_key *keys,
                                 size_t n_keys,
                                 n2_box *out);

/** @label: UTF-8, up to 64 bytes, for people.  A control key and @grant's key must sign. */
N2_MUST_USE n2_err n2_add_body(void *buf,
                               size_t cap,
                               const n2_identity *who,
                               const n2_grant *grant,
                               const char *label,
                               n2_box *out);

/**
 * Begins an identity with its birth.
 *
 * @method: of the identity's hash, N2_METHOD_*.
 *
 * Returns: N2_OK (the address is @out->id: the caller compares it with the one it asked for),
 *          N2_ERR_FORGED (a key did not sign), or what n2_statement_check says.
 */
N2_MUST_USE n2_err n2_identity_birth(n2_identity *out,
                                     const void *statement,
                                     size_t len,
                                     uint8_t method,
                                     const n2_unicode *unicode);

/** The same, without verifying again what is in @verified (nullable,
 * n2_statement_check_once()).
 */
N2_MUST_USE n2_err n2_identity_birth_once(n2_identity *out,
                                          const void *statement,
                                          size_t len,
                                          uint8_t method,
                                          const n2_unicode *unicode,
                                          n2_verified *verified);

/**
 * Takes in one more statement about the identity: an add.
 *
 * Returns: N2_OK (also if it was known), N2_ERR_FORGED (another identity, not signed by a
 *          control key and the new key), N2_ERR_LIMIT (keys), N2_ERR_UNSUPPORTED (a kind that
 *          this program cannot follow yet), or what n2_statement_check says.
 */
N2_MUST_USE n2_err n2_identity_add(n2_identity *identity,
                                   const void *statement,
                                   size_t len,
                                   const n2_unicode *unicode);

/** The same, without verifying again what is in @verified (nullable). */
N2_MUST_USE n2_err n2_identity_add_once(n2_identity *identity,
                                        const void *statement,
                                        size_t len,
                                        const n2_unicode *unicode,
                                        n2_verified *verified);

/** Is it known that just these keys stand, by one of them, within the 30 days that such a word
 * lives?  @wall_us: 0 = unknown: then it is not. */
bool n2_identity_is_confirmed(const n2_identity *identity, int64_t wall_us);

/** May anything new of it be believed?  Returns: N2_OK, N2_ERR_FROZEN, N2_ERR_ENDED. */
N2_MUST_USE n2_err n2_identity_stands(const n2_identity *identity);

/** True if @key has any of @rights now; says nothing about the identity's state. */
bool n2_identity_may(const n2_identity *identity,
                     const n2_key *key,
                     uint32_t rights,
                     int64_t wall_us);

/** Is @body, of a kind with a right in kinds.h, a word of @who?  Field 1 says so; of an
 * attachment field 2, of an announcement field 192, of a report of links the number in it
 * (n2_id_number()). */
bool n2_identity_speaks(const n2_id *who, const n2_box *body);

/**
 * Checks a statement that a key of @identity must have signed, of a kind with a right in
 * kinds.h (7, 9, 11, 12, 14, 17, ...).
 *
 * Returns: N2_OK, N2_ERR_FORGED (other identity, no key with the right, lifetime over or too
 *          long), N2_ERR_FROZEN, N2_ERR_ENDED, or what n2_statement_check says.
 */
N2_MUST_USE n2_err n2_identity_check(const n2_identity *identity,
                                     n2_statement *out,
                                     const void *statement,
                                     size_t len,
                                     uint8_t kind,
                                     int64_t wall_us,
                                     const n2_unicode *unicode);

/** The same, without verifying again what is in @verified (nullable): rights and times are
 * looked at as always. */
N2_MUST_USE n2_err n2_identity_check_once(const n2_identity *identity,
                                          n2_statement *out,
                                          const void *statement,
                                          size_t len,
                                          uint8_t kind,
                                          int64_t wall_us,
                                          const n2_unicode *unicode,
                                          n2_verified *verified);
