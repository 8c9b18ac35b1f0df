/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * account.c - log-ins from here, and accounts at our sites that moved, in tables.
 */
#include "store/account.h"

#include <string.h>

#include "base/limits.h"
#include "store/db.h"

/* ---- where we log in ---- */

static n2_err
login_put(n2_store *store, void *data)
{
    const n2_store_login *l = data;
    n2_query q = n2_query_init(store, N2_SQL_LOGIN_COUNT);

    n2_query_id(&q, &l->site);
    n2_query_id(&q, &l->who);
    int64_t others = n2_query_row(&q) ? n2_column_int(&q, 0) : 0;
    n2_err err = n2_query_end(&q);
    if (!err && others >= N2_LOGINS_KEPT_MAX) {
        q = n2_query_init(store, N2_SQL_LOGIN_OLDEST);
        err = n2_query_run(&q);
    }
    if (err)
        return err;
    n2_member key = {0};
    if (l->account.method)
        key = n2_member_of_key(&l->account);
    q = n2_query_init(store, N2_SQL_LOGIN_PUT);
    n2_query_id(&q, &l->site);
    n2_query_id(&q, &l->who);
    n2_query_int(&q, l->as);
    n2_query_int(&q, l->is_allowed);
    n2_query_int(&q, l->last_us);
    n2_query_int(&q, l->number);
    n2_query_blob(&q, key.bytes, key.len);
    n2_query_text(&q, l->name ? l->name : "");
    return n2_query_run(&q);
}

n2_err
n2_store_login_put(n2_store *store, const n2_store_login *login)
{
    n2_store_login l = *login;

    return n2_db_transact(store, login_put, &l);
}

/* A key as members have it, behind its type. */
static void
read_key(n2_query *q, int column, n2_key *out)
{
    const uint8_t *bytes = sqlite3_column_blob(q->stmt, column);
    int len = sqlite3_column_bytes(q->stmt, column);

    *out = (n2_key){0};
    if (len < 2 || (size_t)len != 2 + n2_key_bytes(bytes[1]) || !n2_key_bytes(bytes[1]))
        return;
    out->method = bytes[1];
    memcpy(out->bytes, bytes + 2, (size_t)len - 2);
}

n2_err
n2_store_logins(n2_store *store, const n2_id *site, n2_store_login_cb cb, void *user)
{
    n2_query q = n2_query_init(store, site ? N2_SQL_LOGIN_OF : N2_SQL_LOGIN_LIST);
    bool goes_on = true;

    if (site)
        n2_query_id(&q, site);
    while (goes_on && n2_query_row(&q)) {
        n2_store_login l = {.is_allowed = n2_column_int(&q, 3),
                            .last_us = n2_column_int(&q, 4),
                            .number = (uint32_t)n2_column_int(&q, 5),
                            .name = (const char *)sqlite3_column_text(q.stmt, 7)};
        int64_t as = n2_column_int(&q, 2);

        l.as = as == N2_STORE_AS_ACCOUNT || as == N2_STORE_AS_IDENTITY ? (n2_store_as)as
                                                                       : N2_STORE_AS_NOBODY;
        read_key(&q, 6, &l.account);
        if (l.name && n2_column_id(&q, 0, &l.site) && n2_column_id(&q, 1, &l.who))
            goes_on = cb(user, &l);
    }
    return n2_query_end(&q);
}

n2_err
n2_store_login_drop(n2_store *store, const n2_id *site)
{
    n2_query q = n2_query_init(store, N2_SQL_LOGIN_DROP);

    n2_query_id(&q, site);
    return n2_query_changed(&q);
}

/* ---- accounts here that moved ---- */

typedef struct {
    const n2_id *site;
    n2_member old, now;
} moving;

/* N2_ERR_NOTFOUND: it has not moved. */
static n2_err
get_now(n2_store *store, const n2_member *m, n2_member *out)
{
    n2_query q = n2_query_init(store, N2_SQL_MOVED_GET);

    *out = (n2_member){0};
    n2_query_blob(&q, m->bytes, m->len);
    bool is_there = n2_query_row(&q);
    size_t len = is_there ? (size_t)sqlite3_column_bytes(q.stmt, 0) : 0;
    if (len && len <= sizeof out->bytes) {
        memcpy(out->bytes, sqlite3_column_blob(q.stmt, 0), len);
        out->len = len;
    }
    n2_err err = n2_query_end(&q);
    return err ? err : out->len ? N2_OK : N2_ERR_NOTFOUND;
}

/* The number that a statement about one member or two comes to; 0: no row. */
static n2_err
ask(n2_store *store, n2_sql sql, const n2_member *one, const n2_member *two, int64_t *out)
{
    n2_query q = n2_query_init(store, sql);

    n2_query_blob(&q, one->bytes, one->len);
    if (two)
        n2_query_blob(&q, two->bytes, two->len);
    int64_t found = n2_query_row(&q) ? n2_column_int(&q, 0) : 0;
    if (out)
        *out = found;
    return n2_query_end(&q);
}

n2_err
n2_store_account_moves(n2_store *store, uint64_t *out)
{
    n2_query q = n2_query_init(store, N2_SQL_MOVED_ALL);

    *out = n2_query_row(&q) ? (uint64_t)n2_column_int(&q, 0) : 0;
    return n2_query_end(&q);
}

static n2_err
move(n2_store *store, void *data)
{
    const moving *m = data;
    n2_member now;
    int64_t is_member = 0, n_moves = 0;
    uint64_t n_all = 0;
    n2_err err = get_now(store, &m->now, &now);

    if (err != N2_ERR_NOTFOUND)
        return err ? err : N2_ERR_REFUSED; /* or it would go round in a circle */
    err = get_now(store, &m->old, &now);
    if (!err)
        return now.len == m->now.len && !memcmp(now.bytes, m->now.bytes, now.len)
                   ? N2_OK
                   : N2_ERR_REFUSED;
    if (err == N2_ERR_NOTFOUND)
        err = ask(store, N2_SQL_MEMBER_IS, &m->old, &m->now, &is_member);
    if (!err)
        err = ask(store, N2_SQL_MOVED_COUNT, &m->old, &m->now, &n_moves);
    if (!err && !is_member)
        err = n2_store_account_moves(store, &n_all);
    if (!err && (n_moves >= N2_ACCOUNT_MOVES_MAX || n_all >= N2_STRANGER_MOVES_MAX))
        err = N2_ERR_LIMIT;
    if (!err)
        err = ask(store, N2_SQL_MOVED_FOLLOW, &m->old, &m->now, NULL);
    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_MOVED_PUT);
    n2_query_blob(&q, m->old.bytes, m->old.len);
    n2_query_id(&q, m->site);
    n2_query_blob(&q, m->now.bytes, m->now.len);
    err = n2_query_run(&q);
    if (!err)
        err = ask(store, N2_SQL_MEMBER_MOVES, &m->old, &m->now, NULL);
    return err ? err : ask(store, N2_SQL_MEMBER_MOVED, &m->old, NULL, NULL);
}

n2_err
n2_store_account_move(n2_store *store, const n2_id *site, const n2_key *old, const n2_key *now)
{
    moving m = {.site = site, .old = n2_member_of_key(old), .now = n2_member_of_key(now)};

    return n2_db_transact(store, move, &m);
}

n2_err
n2_store_account_is_strange(n2_store *store, const n2_key *old, const n2_key *now, bool *out)
{
    n2_member one = n2_member_of_key(old), two = n2_member_of_key(now), moved;
    int64_t is_member = 0;
    n2_err err = get_now(store, &one, &moved);
    bool has_moved = !err;

    if (err == N2_ERR_NOTFOUND)
        err = ask(store, N2_SQL_MEMBER_IS, &one, &two, &is_member);
    *out = !err && !has_moved && !is_member;
    return err;
}

n2_err
n2_store_account_now(n2_store *store, const n2_key *account, n2_member *now)
{
    n2_member m = n2_member_of_key(account);

    return get_now(store, &m, now);
}

n2_err
n2_member_now(n2_store *store, const n2_member *member, n2_member *now)
{
    n2_err err =
        member->bytes[0] == N2_TYPE_KEY ? get_now(store, member, now) : N2_ERR_NOTFOUND;

    if (err == N2_ERR_NOTFOUND)
        *now = *member;
    return err == N2_ERR_NOTFOUND ? N2_OK : err;
}

n2_err
n2_store_is_listed(n2_store *store, const n2_id *who, bool *out)
{
    n2_member m = n2_member_of_id(who);
    int64_t is_member = 0;
    n2_err err = ask(store, N2_SQL_MEMBER_IS, &m, NULL, &is_member);

    *out = is_member;
    return err;
}
