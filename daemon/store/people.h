/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * people.h - what this profile knows of whom: the user's own marks, who was met under which
 *            name, and what others vouch for.
 *
 * Layer:  store.
 * Every change is durable when the call returns.  Lists call back with borrowed values, in
 * order of their key; the callback returns false to stop, and changes nothing.
 * Names of people's own choice (petnames) stand in the table of names, see book.h.
 */
#pragma once

#include "store/store.h"

/* Contacts: whoever the user said something about. */

typedef struct {
    n2_id who;
    uint32_t marks;    /* as name/trust.h has them; the store does not look at them */
    int64_t met_us;    /* 0 = not known */
    int64_t marked_us; /* when the user said so */
    const char *name;  /* under which the user means this one, folded; "" none */
} n2_store_contact;

/** Returns: N2_OK, N2_ERR_LIMIT (N2_CONTACTS_MAX). */
N2_MUST_USE n2_err n2_store_contact_put(n2_store *store, const n2_store_contact *contact);
N2_MUST_USE n2_err n2_store_contact_drop(n2_store *store, const n2_id *who); /* or NOTFOUND */
typedef bool (*n2_store_contact_cb)(void *user, const n2_store_contact *contact);
/** Ascending by who. */
N2_MUST_USE n2_err n2_store_contacts(n2_store *store, n2_store_contact_cb cb, void *user);

/** The first own name for an identity.  @name: (out) (transfer full).
 *  Returns: N2_OK, N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_store_petname_of(n2_store *store, const n2_id *who, char **name);

/* History: which identity was met under which name, first and last. */

typedef struct {
    n2_id who;
    const char *name; /* folded; "" by address */
    int64_t first_us;
    int64_t last_us;
} n2_store_seen;

/** Met now.  Above N2_SEEN_MAX the one that was longest not seen goes. */
N2_MUST_USE n2_err n2_store_seen_put(n2_store *store,
                                     const char *name,
                                     const n2_id *who,
                                     int64_t now_us);
typedef bool (*n2_store_seen_cb)(void *user, const n2_store_seen *seen);
/** All of that name (not "") and all of that identity, each once; both NULL: everything. */
N2_MUST_USE n2_err n2_store_seen_list(
    n2_store *store, const char *name, const n2_id *who, n2_store_seen_cb cb, void *user);
/** Forgets what was last seen before @before_us (INT64_MAX: all). */
N2_MUST_USE n2_err n2_store_seen_forget(n2_store *store, int64_t before_us);

/* Vouches that were verified when they came; the later one of a signer, subject and scope. */

typedef struct {
    n2_id by;
    n2_id subject;
    uint64_t scope;
    int64_t from_us;
    int64_t until_us;
    const uint8_t *statement; /* as received */
    size_t len;
    bool is_own; /* put: the signer is one of ours, and counts as marked */
} n2_store_vouch;

/**
 * Keeps a vouch.  Of signers whom the user did not mark there is room for a few only, and they
 * make way for the others.
 *
 * Returns: N2_OK, N2_ERR_EXISTS (this one, or one that is not older), N2_ERR_LIMIT.
 */
N2_MUST_USE n2_err n2_store_vouch_put(n2_store *store, const n2_store_vouch *vouch);
typedef bool (*n2_store_vouch_cb)(void *user, const n2_store_vouch *vouch);
/** About @subject; NULL: all. */
N2_MUST_USE n2_err n2_store_vouches(n2_store *store,
                                    const n2_id *subject,
                                    n2_store_vouch_cb cb,
                                    void *user);
/** All by a signer go (@by), or all that ended before @before_us (@by NULL). */
N2_MUST_USE n2_err n2_store_vouches_drop(n2_store *store, const n2_id *by, int64_t before_us);
