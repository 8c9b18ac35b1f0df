/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * account.h - log-ins: the sites at which somebody logged in from here, and what the user said
 *             of each; and accounts at sites of ours that moved to another key.
 *
 * Layer: store.
 * Every change is durable when the call returns.
 */
#pragma once

#include "crypto/access.h"
#include "store/store.h"

/* Sites where we log in. */

typedef enum {
    N2_STORE_AS_NOBODY, /* the user does not want to be asked */
    N2_STORE_AS_ACCOUNT,
    N2_STORE_AS_IDENTITY
} n2_store_as;

typedef struct {
    n2_id site;
    n2_id who; /* whose vault, or who is shown */
    n2_store_as as;
    bool is_allowed;  /* without asking again */
    int64_t last_us;  /* since 1970 */
    uint32_t number;  /* of the vault that the account is of; 0: none logged in yet */
    n2_key account;   /* ACCOUNT: the key that logged in last; method 0: none did */
    const char *name; /* by which the user came there; "" by address */
} n2_store_login;

/** Above N2_LOGINS_KEPT_MAX the one that goes is, of those not allowed, the longest unused. */
N2_MUST_USE n2_err n2_store_login_put(n2_store *store, const n2_store_login *login);
/** Borrowed; false: stop.  Changes nothing. */
typedef bool (*n2_store_login_cb)(void *user, const n2_store_login *login);
/** Of @site, NULL: of all; ascending by site, of one the last used first. */
N2_MUST_USE n2_err n2_store_logins(n2_store *store,
                                   const n2_id *site,
                                   n2_store_login_cb cb,
                                   void *user);
N2_MUST_USE n2_err n2_store_login_drop(n2_store *store, const n2_id *site); /* or NOTFOUND */

/* Accounts at our sites. */

/**
 * What @old is let in to, also by lists that are yet to come, @now is from here on, and @old is
 * not.  The same again is the same.
 *
 * Returns: N2_OK
 *          N2_ERR_REFUSED  @old has moved to another key already, or @now has moved on itself
 *          N2_ERR_LIMIT    N2_ACCOUNT_MOVES_MAX of one account, or to it; or neither is on a
 *                          list and N2_STRANGER_MOVES_MAX are kept: nothing was written, and
 *                          @old is what it was
 */
N2_MUST_USE n2_err n2_store_account_move(n2_store *store,
                                         const n2_id *site,
                                         const n2_key *old,
                                         const n2_key *now);

/** Would that be kept of two whom no list names?  Not if @old has moved before. */
N2_MUST_USE n2_err n2_store_account_is_strange(n2_store *store,
                                               const n2_key *old,
                                               const n2_key *now,
                                               bool *out);

/** How many are kept. */
N2_MUST_USE n2_err n2_store_account_moves(n2_store *store, uint64_t *out);

/** Which key the account is now.  N2_ERR_NOTFOUND: it has not moved. */
N2_MUST_USE n2_err n2_store_account_now(n2_store *store, const n2_key *account, n2_member *now);

/** Does a list of ours in force name @who? */
N2_MUST_USE n2_err n2_store_is_listed(n2_store *store, const n2_id *who, bool *out);
