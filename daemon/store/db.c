/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * db.c - queries with sticky errors, transactions, and what SQLite's errors mean.
 */
#include "store/db.h"

#include <stdlib.h>
#include <string.h>

static const char *const sql_texts[] = {
#define S(name, text) [N2_SQL_##name] = (text),
    N2_STORE_SQL(S)
#undef S
};

/* A failed sync may have thrown pages away that it will not miss next time. */
bool
n2_db_is_lost_sync(int code)
{
    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

n2_err
n2_db_error(n2_store *store, int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return N2_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return N2_ERR_BUSY;
    case SQLITE_NOMEM:
        store->has_rest = true;
        return N2_ERR_NOMEM;
    case SQLITE_FULL:
        store->has_rest = true;
        return N2_ERR_NOSPACE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return N2_ERR_CORRUPT;
    case SQLITE_IOERR:
        store->has_rest = true;
        store->is_broken |= n2_db_is_lost_sync(code);
        return N2_ERR_IO;
    case SQLITE_TOOBIG:
        return N2_ERR_LIMIT;
    default:
        return N2_ERR_IO;
    }
}

/* What a failed change left goes before another is written over its beginning: torn by a power
 * cut, the two would look like two changes, of which the first was damaged later (wal.h).  A
 * disk that takes no writes is asked for none: a sync that it refuses would end the process,
 * which can still read. */
static n2_err
drop_rest(n2_store *store)
{
    const n2_disk *disk = store->config.disk;
    n2_file fd = -1;

    if (!store->has_rest || store->is_broken || !sqlite3_get_autocommit(store->db))
        return N2_OK;
    n2_err err = store->config.in_memory
                     ? N2_OK
                     : disk->open(disk->user, N2_STORE_LOG, N2_OPEN_WRITE, &fd);
    n2_file_close(store, &fd);
    if (err && err != N2_ERR_NOTFOUND)
        return err;
    int code =
        sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    store->has_rest = code != SQLITE_OK;
    return n2_db_error(store, code);
}

n2_query
n2_query_init(n2_store *store, n2_sql sql)
{
    n2_err dropped = drop_rest(store);

    (void)dropped; /* what reads goes on; what writes, in a transaction, is told */
    n2_query q = {.store = store, .err = store->is_broken ? N2_ERR_IO : N2_OK};

    if (q.err)
        return q;
    if (!store->statements[sql])
        q.err = n2_db_error(store, sqlite3_prepare_v3(store->db, sql_texts[sql], -1,
                                                      SQLITE_PREPARE_PERSISTENT,
                                                      &store->statements[sql], NULL));
    q.stmt = q.err ? NULL : store->statements[sql];
    return q;
}

static void
bound(n2_query *q, int code)
{
    if (!q->err)
        q->err = n2_db_error(q->store, code);
}

void
n2_query_int(n2_query *q, int64_t value)
{
    if (!q->err)
        bound(q, sqlite3_bind_int64(q->stmt, ++q->n_bound, value));
}

void
n2_query_text_n(n2_query *q, const char *text, size_t len)
{
    if (!q->err)
        bound(q, sqlite3_bind_text64(q->stmt, ++q->n_bound, text, len, SQLITE_TRANSIENT,
                                     SQLITE_UTF8));
}

void
n2_query_text(n2_query *q, const char *text)
{
    if (text)
        n2_query_text_n(q, text, strlen(text));
    else if (!q->err)
        bound(q, sqlite3_bind_null(q->stmt, ++q->n_bound));
}

void
n2_query_blob(n2_query *q, const void *bytes, size_t len)
{
    if (!q->err)
        bound(q,
              sqlite3_bind_blob64(q->stmt, ++q->n_bound, len ? bytes : "", len, SQLITE_STATIC));
}

void
n2_query_id(n2_query *q, const n2_id *id)
{
    uint8_t bytes[N2_ID_BYTES];

    bytes[0] = id->method;
    memcpy(bytes + 1, id->hash, sizeof id->hash);
    if (!q->err)
        bound(q, sqlite3_bind_blob(q->stmt, ++q->n_bound, bytes, (int)sizeof bytes,
                                   SQLITE_TRANSIENT));
}

bool
n2_query_row(n2_query *q)
{
    if (q->err)
        return false;
    int code = sqlite3_step(q->stmt);
    q->err = n2_db_error(q->store, code);
    return code == SQLITE_ROW;
}

n2_err
n2_query_end(n2_query *q)
{
    if (q->stmt) {
        (void)sqlite3_reset(q->stmt);
        (void)sqlite3_clear_bindings(q->stmt);
    }
    q->stmt = NULL;
    return q->err;
}

n2_err
n2_query_run(n2_query *q)
{
    while (n2_query_row(q))
        ;
    return n2_query_end(q);
}

n2_err
n2_query_changed(n2_query *q)
{
    n2_err err = n2_query_run(q);

    if (err)
        return err;
    return sqlite3_changes(q->store->db) ? N2_OK : N2_ERR_NOTFOUND;
}

int64_t
n2_column_int(n2_query *q, int column)
{
    return sqlite3_column_int64(q->stmt, column);
}

bool
n2_column_copy(n2_query *q, int column, void *out, size_t len)
{
    const void *bytes = sqlite3_column_blob(q->stmt, column);

    if (!bytes || (size_t)sqlite3_column_bytes(q->stmt, column) != len)
        return false;
    memcpy(out, bytes, len);
    return true;
}

bool
n2_column_id(n2_query *q, int column, n2_id *out)
{
    uint8_t bytes[N2_ID_BYTES];

    if (!n2_column_copy(q, column, bytes, sizeof bytes))
        return false;
    out->method = bytes[0];
    memcpy(out->hash, bytes + 1, sizeof out->hash);
    return true;
}

uint8_t *
n2_column_dup(n2_query *q, int column, size_t *len)
{
    const void *bytes = sqlite3_column_blob(q->stmt, column);
    size_t n = (size_t)sqlite3_column_bytes(q->stmt, column);
    uint8_t *copy = malloc(n + 1);

    if (!copy) {
        q->err = N2_ERR_NOMEM;
        return NULL;
    }
    if (n)
        memcpy(copy, bytes, n);
    copy[n] = 0;
    *len = n;
    return copy;
}

static n2_err
run_simple(n2_store *store, n2_sql sql)
{
    n2_query q = n2_query_init(store, sql);

    return n2_query_run(&q);
}

n2_err
n2_db_transact(n2_store *store, n2_transaction run, void *data)
{
    n2_err err = drop_rest(store);

    if (!err)
        err = run_simple(store, N2_SQL_BEGIN);
    if (err)
        return err;
    err = run(store, data);
    if (!err)
        err = run_simple(store, N2_SQL_COMMIT);
    /* SQLite undoes some failed transactions by itself. */
    if (err && !sqlite3_get_autocommit(store->db) && !store->is_broken &&
        run_simple(store, N2_SQL_ROLLBACK))
        store->is_broken = true;
    return err;
}
