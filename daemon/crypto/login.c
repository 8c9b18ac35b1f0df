/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * login.c - an account at a site logs in on a connection: the statement (kind 28), made and
 *           checked.
 */
#include "crypto/login.h"

#include <string.h>

enum {
    LOGIN_SITE = 1,
    LOGIN_HASH = 2,
    LOGIN_ACCOUNT = 3,
    LOGIN_USES = 4,
    LOGIN_OLD = 5
};

n2_err
n2_login_body(void *buf, size_t cap, const n2_login *login, int64_t uses, n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_LOG_IN);

    if (!(uses & N2_LOGIN_MOVE) != !login->old.method)
        return N2_ERR_FORMAT;
    n2_box_put_id(&w, LOGIN_SITE, &login->site);
    n2_box_put_bytes(&w, LOGIN_HASH, login->hash, sizeof login->hash);
    n2_box_put_key(&w, LOGIN_ACCOUNT, &login->account);
    n2_box_put_int(&w, LOGIN_USES, uses);
    if (login->old.method)
        n2_box_put_key(&w, LOGIN_OLD, &login->old);
    return n2_box_end(&w, out, NULL);
}

/* By whom it has to be, and nobody else. */
static bool
is_signed(const n2_statement *s, const n2_key *account, const n2_key *old)
{
    if (!old->method)
        return s->n_keys == 1 && n2_statement_is_by(s, account);
    return s->n_keys == 2 && !n2_key_equal(account, old) && n2_statement_is_by(s, account) &&
           n2_statement_is_by(s, old);
}

n2_err
n2_login_check(n2_login *login, const void *statement, size_t len, const n2_unicode *unicode)
{
    n2_statement s;
    size_t hash_len = 0;

    login->site = (n2_id){0};
    login->account = login->old = (n2_key){0};
    n2_err err = len <= N2_LOGIN_BYTES_MAX
                     ? n2_statement_check(&s, statement, len, N2_KIND_LOG_IN, unicode)
                     : N2_ERR_LIMIT;
    if (err)
        return err;
    const uint8_t *hash = n2_box_bytes(&s.body, LOGIN_HASH, &hash_len);
    n2_key account = n2_box_key(&s.body, LOGIN_ACCOUNT);
    n2_field f;
    n2_key old =
        n2_box_find(&s.body, LOGIN_OLD, &f) ? n2_box_key(&s.body, LOGIN_OLD) : (n2_key){0};
    int64_t uses = n2_box_int(&s.body, LOGIN_USES);

    if (uses & ~(int64_t)N2_LOGIN_USES_ALL)
        return N2_ERR_UNSUPPORTED;
    if (!(uses & N2_LOGIN_ENTER) || hash_len != sizeof login->hash ||
        memcmp(hash, login->hash, sizeof login->hash) != 0 ||
        !(uses & N2_LOGIN_MOVE) != !old.method || !is_signed(&s, &account, &old))
        return N2_ERR_FORGED;
    login->site = n2_box_id(&s.body, LOGIN_SITE);
    login->account = account;
    login->old = old;
    return N2_OK;
}
