/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-set.h - all statements that are known of one identity, and what they come to.
 *
 * Layer:     crypto (may include: base, wire).
 * Source:    data.md, section 2; PROTOCOL.md, Identities.
 * Invariant: a set only grows, and what it comes to depends on what is in it (and since when),
 *            never on the order in which it came, nor how often.  So two that have met the same
 *            statements agree, and an old picture takes nothing back.
 * Form:      every statement is refused by its size before anything is verified
 *            (N2_IDENTITY_*_BYTES_MAX).  What hangs on a statement that has not come yet waits,
 *            within N2_IDENTITY_WAITING_BYTES_MAX.
 * Memory:    its own, 256 KiB at most, plain: nothing in it is secret.
 */
#pragma once

#include "crypto/identity.h"

typedef struct n2_identity_set n2_identity_set;

/** What became of a statement. */
typedef enum {
    N2_TAKEN_NEW,     /* it counts: whoever keeps the set writes it down */
    N2_TAKEN_KNOWN,   /* it was there */
    N2_TAKEN_WAITS,   /* what it hangs on has not come: the birth, its control, its signer */
    N2_TAKEN_NOTHING, /* it holds, but adds nothing to those of its kind that are there; or it
                         confirms from more than N2_CLOCK_SKEW_US ahead */
} n2_taken;

/**
 * An empty set for the statements of @who.
 *
 * @out: (out) (transfer full): n2_identity_set_free().
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED (the hash method), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_identity_set_new(n2_identity_set **out,
                                       const n2_id *who,
                                       const n2_unicode *unicode);
void n2_identity_set_free(n2_identity_set *set); /* (nullable) */

/** Whose set it is (transfer none). */
const n2_id *n2_identity_set_who(const n2_identity_set *set);

/**
 * Takes one statement: birth, control, add, remove, end or fresh, in any order.
 *
 * @held_us:  us since 1970 UTC when it first came here, 0 = unknown.  Of one that comes again
 *            the least counts.  Two controls of one number freeze the identity, unless one was
 *            held for N2_IDENTITY_SETTLED_US before the other came.
 * @verified: (nullable): n2_statement_check_once().
 * @taken:    (out) (nullable): set if N2_OK.
 *
 * Returns: N2_OK
 *          N2_ERR_UNSUPPORTED  a kind that says nothing about keys (vouch, session, ...), or a
 *                              method this build does not have
 *          N2_ERR_FORGED       of another identity; a second birth; signed by nobody who may;
 *                              an end that is not by both keys of the sheet, and them alone
 *          N2_ERR_FORMAT       its body breaks a rule of its kind
 *          N2_ERR_LIMIT        too large, or its kind's share of the set is full
 *          N2_ERR_NOMEM        nothing has changed
 *          or what n2_statement_check says
 */
N2_MUST_USE n2_err n2_identity_take(n2_identity_set *set,
                                    const void *statement,
                                    size_t len,
                                    int64_t held_us,
                                    n2_verified *verified,
                                    n2_taken *taken);

/** Drops what confirms from ahead of the clock, which was wrong when that came.  Returns:
 *  whether there was any. */
bool n2_identity_set_drop_ahead(n2_identity_set *set, int64_t wall_us);

/**
 * Takes those statements of a container (container.h) that are about this identity, whatever
 * their order; others are left alone.  One that is refused does not keep the rest out.
 *
 * Returns: N2_OK, or what was said of the first that was refused.
 */
N2_MUST_USE n2_err n2_identity_take_all(n2_identity_set *set,
                                        const void *container,
                                        size_t len,
                                        int64_t held_us,
                                        n2_verified *verified);

/**
 * What the set comes to.
 *
 * @wall_us: the clock, 0 = unknown: confirmations from ahead of it do not count.  Times of keys
 *           are not looked at here, but by n2_identity_may().
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (no birth yet: @out is zeroed).
 */
N2_MUST_USE n2_err n2_identity_look(const n2_identity_set *set,
                                    int64_t wall_us,
                                    n2_identity *out);

/** The hash a `fresh` of now holds: over the sorted hashes of the adds and removes that stand.
 *  Returns: N2_OK, N2_ERR_NOTFOUND (no birth yet). */
N2_MUST_USE n2_err n2_identity_set_hash(const n2_identity_set *set,
                                        uint8_t hash[static N2_HASH_BYTES]);

/** Has an end named @key as one never to be trusted?  @since_us: (out) (nullable): from then.
 */
bool n2_identity_distrusts(const n2_identity_set *set, const n2_key *key, int64_t *since_us);

/* What is in a set, to keep it or to show it to others: those that count, in one order (birth,
 * controls, adds, removes, ends, freshs; each ascending by number, then by hash). */

size_t n2_identity_set_count(const n2_identity_set *set);

typedef struct {
    const uint8_t *bytes; /* (transfer none) valid until the set changes */
    size_t len;
    uint8_t kind;
    int64_t held_us;
} n2_kept;

/** @i < n2_identity_set_count(). */
n2_kept n2_identity_set_at(const n2_identity_set *set, size_t i);

/** The set as a container.  Returns: N2_OK, N2_ERR_NOSPACE. */
N2_MUST_USE n2_err n2_identity_set_write(const n2_identity_set *set,
                                         uint8_t *buf,
                                         size_t cap,
                                         size_t *len);
