/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * people.c - contacts, history and vouches, in tables.
 */
#include "store/people.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/db.h"

/* A text column of a row; NULL (and q->err set) if it is anything else. */
static const char *
column_text(n2_query *q, int column)
{
    const unsigned char *text = sqlite3_column_type(q->stmt, column) == SQLITE_TEXT
                                    ? sqlite3_column_text(q->stmt, column)
                                    : NULL;

    if (!text || strlen((const char *)text) != (size_t)sqlite3_column_bytes(q->stmt, column)) {
        q->err = N2_ERR_CORRUPT;
        return NULL;
    }
    return (const char *)text;
}

static n2_err
ask_count(n2_store *store, n2_sql sql, const n2_id *who, int64_t *count)
{
    n2_query q = n2_query_init(store, sql);

    if (who)
        n2_query_id(&q, who);
    *count = n2_query_row(&q) ? n2_column_int(&q, 0) : 0;
    return n2_query_end(&q);
}

/* ---- contacts ---- */

static n2_err
contact_put(n2_store *store, void *data)
{
    const n2_store_contact *c = data;
    int64_t others = 0;
    n2_err err = ask_count(store, N2_SQL_CONTACT_ROOM, &c->who, &others);

    if (!err && others >= N2_CONTACTS_MAX)
        err = N2_ERR_LIMIT;
    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_CONTACT_PUT);
    n2_query_id(&q, &c->who);
    n2_query_int(&q, c->marks);
    n2_query_int(&q, c->met_us);
    n2_query_int(&q, c->marked_us);
    n2_query_text(&q, c->name);
    return n2_query_run(&q);
}

n2_err
n2_store_contact_put(n2_store *store, const n2_store_contact *contact)
{
    n2_store_contact c = *contact;

    if (!c.name)
        c.name = "";
    return n2_db_transact(store, contact_put, &c);
}

n2_err
n2_store_contact_drop(n2_store *store, const n2_id *who)
{
    n2_query q = n2_query_init(store, N2_SQL_CONTACT_DROP);

    n2_query_id(&q, who);
    return n2_query_changed(&q);
}

n2_err
n2_store_contacts(n2_store *store, n2_store_contact_cb cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_CONTACT_LIST);

    while (n2_query_row(&q)) {
        n2_store_contact c = {.marks = (uint32_t)n2_column_int(&q, 1),
                              .met_us = n2_column_int(&q, 2),
                              .marked_us = n2_column_int(&q, 3),
                              .name = column_text(&q, 4)};
        if (!n2_column_id(&q, 0, &c.who))
            q.err = N2_ERR_CORRUPT;
        if (q.err || !cb(user, &c))
            break;
    }
    return n2_query_end(&q);
}

n2_err
n2_store_petname_of(n2_store *store, const n2_id *who, char **name)
{
    char target[N2_ID_TEXT_BYTES];
    uint8_t *bytes = NULL;
    size_t len = 0;

    n2_id_format(target, N2_ID_IDENTITY, who);
    n2_query q = n2_query_init(store, N2_SQL_PETNAME_OF);
    n2_query_text(&q, target);
    if (n2_query_row(&q))
        bytes = n2_column_dup(&q, 0, &len);
    n2_err err = n2_query_end(&q);
    if (!err && !bytes)
        err = N2_ERR_NOTFOUND;
    if (!err)
        *name = (char *)bytes;
    else
        free(bytes);
    return err;
}

/* ---- history ---- */

static n2_err
seen_put(n2_store *store, void *data)
{
    const n2_store_seen *s = data;
    int64_t count = 0;
    n2_query q = n2_query_init(store, N2_SQL_SEEN_PUT);

    n2_query_text(&q, s->name);
    n2_query_id(&q, &s->who);
    n2_query_int(&q, s->last_us);
    n2_err err = n2_query_run(&q);
    if (!err)
        err = ask_count(store, N2_SQL_SEEN_COUNT, NULL, &count);
    if (err || count <= N2_SEEN_MAX)
        return err;
    q = n2_query_init(store, N2_SQL_SEEN_OLDEST);
    return n2_query_run(&q);
}

n2_err
n2_store_seen_put(n2_store *store, const char *name, const n2_id *who, int64_t now_us)
{
    n2_store_seen s = {.who = *who, .name = name, .last_us = now_us};

    return n2_db_transact(store, seen_put, &s);
}

n2_err
n2_store_seen_list(
    n2_store *store, const char *name, const n2_id *who, n2_store_seen_cb cb, void *user)
{
    bool is_all = !name && !who;
    n2_query q = n2_query_init(store, is_all ? N2_SQL_SEEN_ALL : N2_SQL_SEEN_LIST);
    const n2_id nobody = {0};

    if (!is_all) {
        n2_query_text(&q, name ? name : "");
        n2_query_id(&q, who ? who : &nobody);
    }
    while (n2_query_row(&q)) {
        n2_store_seen s = {.name = column_text(&q, 0),
                           .first_us = n2_column_int(&q, 2),
                           .last_us = n2_column_int(&q, 3)};
        if (!n2_column_id(&q, 1, &s.who))
            q.err = N2_ERR_CORRUPT;
        if (q.err || !cb(user, &s))
            break;
    }
    return n2_query_end(&q);
}

n2_err
n2_store_seen_forget(n2_store *store, int64_t before_us)
{
    n2_query q = n2_query_init(store, N2_SQL_SEEN_FORGET);

    n2_query_int(&q, before_us);
    n2_query_int(&q, before_us == INT64_MAX);
    return n2_query_run(&q);
}

/* ---- vouches ---- */

/* Of one moment the one that ends later counts, then the greater bytes: so all who have both
 * keep the same. */
static n2_err
compare_with_kept(n2_store *store, const n2_store_vouch *v, bool *is_known)
{
    n2_query q = n2_query_init(store, N2_SQL_VOUCH_GET);

    n2_query_id(&q, &v->subject);
    n2_query_id(&q, &v->by);
    n2_query_int(&q, (int64_t)v->scope);
    *is_known = n2_query_row(&q);
    if (*is_known) {
        int64_t since = n2_column_int(&q, 0), until = n2_column_int(&q, 1);
        size_t len = (size_t)sqlite3_column_bytes(q.stmt, 2);
        const void *bytes = sqlite3_column_blob(q.stmt, 2);
        size_t common = len < v->len ? len : v->len;
        int order = v->from_us != since    ? (v->from_us > since) * 2 - 1
                    : v->until_us != until ? (v->until_us > until) * 2 - 1
                    : common               ? memcmp(v->statement, bytes, common)
                                           : 0;
        if (order < 0 || (!order && v->len <= len))
            q.err = N2_ERR_EXISTS;
    }
    return n2_query_end(&q);
}

static n2_err
room_for_other(n2_store *store, int64_t all, int64_t own)
{
    int64_t others = 0;
    n2_err err = ask_count(store, N2_SQL_VOUCH_COUNT_OTHERS, NULL, &others);

    if (!err && (all >= N2_VOUCHES_MAX || others >= N2_VOUCHES_OTHERS_MAX ||
                 own >= N2_VOUCHES_PER_OTHER_MAX))
        err = N2_ERR_LIMIT;
    return err;
}

static n2_err
make_room(n2_store *store, const n2_store_vouch *v)
{
    int64_t is_marked = 0, all = 0, own = 0;
    n2_err err = ask_count(store, N2_SQL_VOUCH_IS_MARKED, &v->by, &is_marked);

    if (!err)
        err = ask_count(store, N2_SQL_VOUCH_COUNT, NULL, &all);
    if (!err)
        err = ask_count(store, N2_SQL_VOUCH_COUNT_OF, &v->by, &own);
    if (err)
        return err;
    if (!is_marked && !v->is_own)
        return room_for_other(store, all, own);
    if (own >= N2_VOUCHES_PER_SIGNER_MAX)
        return N2_ERR_LIMIT;
    if (all < N2_VOUCHES_MAX)
        return N2_OK;
    n2_query q = n2_query_init(store, N2_SQL_VOUCH_MAKE_ROOM);
    err = n2_query_changed(&q);
    return err == N2_ERR_NOTFOUND ? N2_ERR_LIMIT : err;
}

static n2_err
vouch_put(n2_store *store, void *data)
{
    const n2_store_vouch *v = data;
    bool is_known = false;
    n2_err err = compare_with_kept(store, v, &is_known);

    if (!err && !is_known)
        err = make_room(store, v);
    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_VOUCH_PUT);
    n2_query_id(&q, &v->subject);
    n2_query_id(&q, &v->by);
    n2_query_int(&q, (int64_t)v->scope);
    n2_query_int(&q, v->from_us);
    n2_query_int(&q, v->until_us);
    n2_query_blob(&q, v->statement, v->len);
    return n2_query_run(&q);
}

n2_err
n2_store_vouch_put(n2_store *store, const n2_store_vouch *vouch)
{
    n2_store_vouch v = *vouch;

    if (v.len > N2_VOUCH_BYTES_MAX)
        return N2_ERR_LIMIT;
    return n2_db_transact(store, vouch_put, &v);
}

n2_err
n2_store_vouches(n2_store *store, const n2_id *subject, n2_store_vouch_cb cb, void *user)
{
    n2_query q = n2_query_init(store, subject ? N2_SQL_VOUCH_LIST : N2_SQL_VOUCH_ALL);

    if (subject)
        n2_query_id(&q, subject);
    while (n2_query_row(&q)) {
        n2_store_vouch v = {.scope = (uint64_t)n2_column_int(&q, 2),
                            .from_us = n2_column_int(&q, 3),
                            .until_us = n2_column_int(&q, 4),
                            .statement = sqlite3_column_blob(q.stmt, 5),
                            .len = (size_t)sqlite3_column_bytes(q.stmt, 5)};
        if (!n2_column_id(&q, 0, &v.subject) || !n2_column_id(&q, 1, &v.by) || !v.len ||
            sqlite3_column_type(q.stmt, 5) != SQLITE_BLOB)
            q.err = N2_ERR_CORRUPT;
        if (q.err || !cb(user, &v))
            break;
    }
    return n2_query_end(&q);
}

n2_err
n2_store_vouches_drop(n2_store *store, const n2_id *by, int64_t before_us)
{
    n2_query q = n2_query_init(store, by ? N2_SQL_VOUCH_DROP_BY : N2_SQL_VOUCH_DROP_OLD);

    if (by)
        n2_query_id(&q, by);
    else
        n2_query_int(&q, before_us);
    return n2_query_run(&q);
}
