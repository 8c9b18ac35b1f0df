/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * version.c - the heads of each tree that are known.
 */
#include "store/version.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/db.h"

n2_err
n2_version_keep_inside(
    n2_store *store, const n2_head *head, const void *statement, size_t len, bool *is_new)
{
    n2_query q = n2_query_init(store, N2_SQL_VERSION_PUT);

    n2_query_id(&q, &head->who);
    n2_query_text(&q, head->branch);
    n2_query_int(&q, (int64_t)head->counter);
    n2_query_blob(&q, head->hash, sizeof head->hash);
    n2_query_blob(&q, statement, len);
    n2_err err = n2_query_run(&q);
    *is_new = !err && sqlite3_changes(store->db) > 0;
    if (err || !*is_new)
        return err;
    q = n2_query_init(store, N2_SQL_VERSION_PRUNE);
    n2_query_id(&q, &head->who);
    n2_query_text(&q, head->branch);
    n2_query_int(&q, N2_VERSIONS_MAX);
    return n2_query_run(&q);
}

typedef struct {
    const void *statement;
    size_t len;
    bool is_new;
} put_call;

static n2_err
put(n2_store *store, void *data)
{
    put_call *c = data;
    n2_head head;
    n2_err err = n2_head_of_statement(store, c->statement, c->len, &head);

    return err ? err : n2_version_keep_inside(store, &head, c->statement, c->len, &c->is_new);
}

n2_err
n2_store_version_put(n2_store *store, const void *statement, size_t len, bool *is_new)
{
    put_call c = {.statement = statement, .len = len};
    n2_err err = n2_db_transact(store, put, &c);

    *is_new = !err && c.is_new;
    return err;
}

/* The row of @q, if it is still what was written. */
static bool
read_row(n2_store *store, n2_query *q, n2_head *head)
{
    uint8_t hash[N2_HASH_BYTES];
    const void *bytes = sqlite3_column_blob(q->stmt, 0);
    size_t len = (size_t)sqlite3_column_bytes(q->stmt, 0);

    return bytes && n2_column_copy(q, 1, hash, sizeof hash) &&
           !n2_head_of_statement(store, bytes, len, head) &&
           !memcmp(head->hash, hash, sizeof hash);
}

n2_err
n2_store_versions(n2_store *store,
                  const n2_id *who,
                  const char *branch,
                  uint64_t below,
                  n2_store_version_cb cb,
                  void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_VERSION_LIST);
    n2_head head;

    n2_query_id(&q, who);
    n2_query_text(&q, branch);
    n2_query_int(&q, below && below < INT64_MAX ? (int64_t)below : INT64_MAX);
    while (n2_query_row(&q))
        if (read_row(store, &q, &head) && !cb(user, &head, sqlite3_column_blob(q.stmt, 0),
                                              (size_t)sqlite3_column_bytes(q.stmt, 0)))
            break;
    return n2_query_end(&q);
}

n2_err
n2_store_version_get(n2_store *store,
                     const uint8_t hash[static N2_HASH_BYTES],
                     n2_head *head,
                     uint8_t **statement,
                     size_t *len)
{
    n2_query q = n2_query_init(store, N2_SQL_VERSION_GET);
    bool found = false;

    n2_query_blob(&q, hash, N2_HASH_BYTES);
    while (!found && n2_query_row(&q))
        found = read_row(store, &q, head);
    if (found && statement) {
        *statement = n2_column_dup(&q, 0, len);
    }
    n2_err err = n2_query_end(&q);
    if (!err && !found)
        err = N2_ERR_NOTFOUND;
    if (err)
        *head = (n2_head){0};
    return err;
}
