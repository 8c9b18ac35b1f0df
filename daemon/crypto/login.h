/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * login.h - an account at a site logs in on a connection: the statement (kind 28), made and
 *           checked.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: data.md, section 6, "Log-in"; PROTOCOL.md, "Logging in".
 *
 * The statement names the site and the hash of this connection's handshake, which holds the
 * site's static key and fresh keys of both sides.  So one made for a connection is none for
 * another, nor for another site, and a holder that was given one can show it to nobody.
 */
#pragma once

#include "crypto/proof.h"

enum {
    N2_LOGIN_ENTER = 1, /* uses, added up: to be let in */
    N2_LOGIN_MOVE =
        2, /* what `old` was let in to, `account` is from now on, and `old` is not */
    N2_LOGIN_USES_ALL = 3,
    N2_LOGIN_BYTES_MAX = 640 /* of a whole statement, any method, with a move */
};

typedef struct {
    n2_id site;                            /* the identity that is logged in to */
    uint8_t hash[N2_HANDSHAKE_HASH_BYTES]; /* of the handshake of this connection */
    n2_key account;
    n2_key old; /* of a move: the account until now; method 0: none */
} n2_login;

/**
 * Writes the body, to be signed by the account key; of a move, by the old one too.
 *
 * @uses: N2_LOGIN_*; MOVE just if there is an old account.
 *
 * Returns: N2_OK, N2_ERR_NOSPACE, N2_ERR_FORMAT.
 */
N2_MUST_USE n2_err
n2_login_body(void *buf, size_t cap, const n2_login *login, int64_t uses, n2_box *out);

/**
 * Checks a statement that somebody logs in with.
 *
 * @login: (inout): hash as this side knows it; site, account and old are filled in on
 *         success, zeroed on failure.  Whether the site is here, the caller asks.
 *
 * Returns: N2_OK
 *          N2_ERR_FORGED       not signed by the account key (and the old one), or by others
 * too; another connection; no use that lets in; a move without an old account, or from itself
 *          N2_ERR_UNSUPPORTED  a use that this program does not know
 *          N2_ERR_LIMIT        longer than any log-in
 *          or what n2_statement_check says
 */
N2_MUST_USE n2_err n2_login_check(n2_login *login,
                                  const void *statement,
                                  size_t len,
                                  const n2_unicode *unicode);
