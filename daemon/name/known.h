/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * known.h - what the store knows of one identity and one name, as the question of trust wants
 *           it.
 *
 * Layer:  name (may include: base, wire, crypto, store).
 * Memory: owns all texts and arrays that it puts into a query, until n2_known_clear().
 */
#pragma once

#include "name/trust.h"
#include "store/people.h"

/**
 * Does a vouch that was kept still hold: has its signer ended, is it frozen, has the key lost
 * its right?  Asked only of signers whom the user marked.
 *
 * @out: (out): what it says, see n2_vouch_check().
 */
typedef bool (*n2_known_holds)(void *user, const n2_store_vouch *kept, n2_vouch *out);

typedef struct {
    n2_mark *marks;
    size_t n_marks, marks_room;
    n2_seen *seen;
    size_t n_seen, seen_room;
    n2_vouch *evidence;
    size_t n_evidence, evidence_room;
    n2_known_name *names;
    size_t n_names, names_room;
    char **texts;
    size_t n_texts, texts_room;
} n2_known;

/**
 * Reads contacts, own names, history and vouches.
 *
 * @name:  under which the subject is met, folded; NULL by address or own name.
 * @holds: (nullable): NULL takes no vouches from the store.
 *
 * Returns: N2_OK, N2_ERR_NOMEM, or what the store says; then nothing is held.
 */
N2_MUST_USE n2_err n2_known_load(n2_known *out,
                                 n2_store *store,
                                 const n2_id *subject,
                                 const char *name,
                                 n2_known_holds holds,
                                 void *user);
void n2_known_clear(n2_known *known);

/** One more vouch, e.g. what a zone answered just now. */
N2_MUST_USE n2_err n2_known_add_vouch(n2_known *known, const n2_vouch *vouch);
/** One more name that the user knows, e.g. a bookmark.  @who: (nullable). */
N2_MUST_USE n2_err n2_known_add_name(n2_known *known, const char *name, const n2_id *who);

/** @who is called so by the user, e.g. as the name that led to its successor.  Any length; a
 * copy is kept. */
N2_MUST_USE n2_err n2_known_add_petname(n2_known *known, const n2_id *who, const char *petname);

/** Puts all of it into a query; the rest of @query stays. */
void n2_known_fill(const n2_known *known, n2_trust_query *query);
