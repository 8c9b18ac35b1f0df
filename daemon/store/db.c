/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * db.c - the one connection: opened, locked, made or refused; queries with sticky errors.
 */
#include "store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

static const char *const sql_texts[] = {
#define S(name, text) [N2_SQL_##name] = (text),
    N2_STORE_SQL(S)
#undef S
};

/* A failed sync may have thrown pages away that it will not miss next time. */
static bool
is_lost_sync(int code)
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
        return N2_ERR_NOMEM;
    case SQLITE_FULL:
        return N2_ERR_NOSPACE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return N2_ERR_CORRUPT;
    case SQLITE_IOERR:
        store->is_broken |= is_lost_sync(code);
        return N2_ERR_IO;
    case SQLITE_TOOBIG:
        return N2_ERR_LIMIT;
    default:
        return N2_ERR_IO;
    }
}

n2_query
n2_query_init(n2_store *store, n2_sql sql)
{
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
    n2_err err = run_simple(store, N2_SQL_BEGIN);

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

static n2_err
run_text(n2_store *store, const char *text)
{
    return n2_db_error(store, sqlite3_exec(store->db, text, NULL, NULL, NULL));
}

static n2_err
ask_number(n2_store *store, const char *text, int64_t *out)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(store->db, text, -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return n2_db_error(store, code);
}

static n2_err
make_schema(n2_store *store, void *data)
{
    char version[96];

    (void)data;
    n2_err err = run_text(store, N2_STORE_SCHEMA);
    (void)snprintf(version, sizeof version, "PRAGMA application_id=%d; PRAGMA user_version=%d",
                   N2_STORE_APPLICATION, N2_STORE_VERSION);
    return err ? err : run_text(store, version);
}

/* Whose file is this, and can this program read it?  Nothing is written before that is known.
 */
static n2_err
check_version(n2_store *store, bool *is_new)
{
    int64_t application = 0, version = 0, n_tables = 0;
    n2_err err = ask_number(store, "PRAGMA application_id", &application);

    if (!err)
        err = ask_number(store, "PRAGMA user_version", &version);
    if (!err)
        err = ask_number(store, "SELECT count(*) FROM sqlite_schema", &n_tables);
    if (err)
        return err;
    *is_new = !application && !version && !n_tables;
    if (*is_new)
        return N2_OK;
    if (application != N2_STORE_APPLICATION || version < 1)
        return N2_ERR_CORRUPT;
    return version > N2_STORE_VERSION ? N2_ERR_VERSION : N2_OK;
}

/* A failed checkpoint costs nothing, as the log still has it all, and is tried again; but if a
 * sync failed, nobody knows what the disk has, and the process must end. */
static int
on_commit_cb(void *user, sqlite3 *db, const char *name, int n_pages)
{
    n2_store *store = user;
    int code = SQLITE_OK;

    if (n_pages >= N2_STORE_LOG_PAGES)
        code = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    store->is_broken |= is_lost_sync(code);
    return SQLITE_OK;
}

/* Bytes that a failed sync lost are still shown by the system, and no later sync brings them to
 * the disk.  So what the last process left in the log is written anew, and synced, before
 * anything is built on it. */
static n2_err
renew_log(n2_store *store)
{
    const n2_disk *disk = store->config.disk;
    uint8_t *buf = malloc(N2_STORE_LOG_STEP_BYTES);
    size_t n = N2_STORE_LOG_STEP_BYTES;
    n2_file fd = -1;
    n2_err err = buf ? disk->open(disk->user, N2_STORE_LOG, N2_OPEN_WRITE, &fd) : N2_ERR_NOMEM;

    for (uint64_t at = 0; !err && n == N2_STORE_LOG_STEP_BYTES; at += n) {
        err = disk->pread(disk->user, fd, at, buf, N2_STORE_LOG_STEP_BYTES, &n);
        if (!err && n)
            err = disk->pwrite(disk->user, fd, at, buf, n);
    }
    if (!err)
        err = disk->fdatasync(disk->user, fd);
    n2_file_close(store, &fd);
    free(buf);
    return err == N2_ERR_NOTFOUND ? N2_OK : err;
}

static n2_err
connect(n2_store *store)
{
    char path[N2_DISK_PATH_BYTES_MAX] = ":memory:";
    const char *vfs = NULL;
    const n2_disk *disk = store->config.disk;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;

    n2_err err = store->config.in_memory
                     ? N2_OK
                     : disk->full_path(disk->user, N2_STORE_DATABASE, path, sizeof path, &vfs);
    if (err)
        return err;
    err = n2_db_error(store, sqlite3_open_v2(path, &store->db, flags, vfs));
    if (err)
        return err;
    /* One process, one connection: the lock is taken at the first read and kept, and the index
     * of the log lies in this process's memory. */
    return run_text(store, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA mmap_size=0;"
                           "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=0;"
                           "PRAGMA cache_size=-16384");
}

static void
leave_log(n2_store *store)
{
    if (store->db)
        (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

n2_err
n2_db_open(n2_store *store)
{
    bool is_new = false;
    n2_err err = connect(store);

    if (!err)
        err = check_version(store, &is_new);
    if (err) {
        leave_log(store); /* it may be foreign */
        return err;
    }
    if (!store->config.in_memory)
        err = renew_log(store);
    if (!err)
        err = run_text(store, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                              "BEGIN EXCLUSIVE; COMMIT");
    (void)sqlite3_wal_hook(store->db, on_commit_cb, store);
    if (!err && is_new)
        err = n2_db_transact(store, make_schema, NULL);
    return err;
}

void
n2_db_close(n2_store *store)
{
    for (int i = 0; i < N2_SQL_COUNT; i++)
        (void)sqlite3_finalize(store->statements[i]);
    if (store->is_broken) /* the next start writes the log anew first */
        leave_log(store);
    (void)sqlite3_close(store->db);
    store->db = NULL;
}
