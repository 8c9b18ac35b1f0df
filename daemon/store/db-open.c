/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * db-open.c - the one connection: opened, locked, made, brought up to date or refused.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "store/db.h"
#include "store/doubt.h"
#include "store/query-set.h"

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
set_version(n2_store *store)
{
    char text[96];

    (void)snprintf(text, sizeof text, "PRAGMA application_id=%d; PRAGMA user_version=%d",
                   N2_STORE_APPLICATION, N2_STORE_VERSION);
    return run_text(store, text);
}

static n2_err
make_schema(n2_store *store, void *data)
{
    n2_err err = run_text(store, N2_STORE_SCHEMA);

    (void)data;
    return err ? err : set_version(store);
}

/* Whose file is this, and can this program read it?  Nothing is written before that is known.
 * @version: 0: a new one. */
static n2_err
check_version(n2_store *store, int64_t *version)
{
    int64_t application = 0, n_tables = 0;
    n2_err err = ask_number(store, "PRAGMA application_id", &application);

    if (!err)
        err = ask_number(store, "PRAGMA user_version", version);
    if (!err)
        err = ask_number(store, "SELECT count(*) FROM sqlite_schema", &n_tables);
    if (err || (!application && !*version && !n_tables))
        return err;
    if (application != N2_STORE_APPLICATION || *version < 1)
        return N2_ERR_CORRUPT;
    return *version > N2_STORE_VERSION ? N2_ERR_VERSION : N2_OK;
}

/* ---- an older version ---- */

static n2_err
sync_copy(n2_store *store, const char *name)
{
    const n2_disk *disk = store->config.disk;
    n2_file fd = -1;
    n2_err err = disk->open(disk->user, name, N2_OPEN_WRITE, &fd);

    if (!err)
        err = disk->fdatasync(disk->user, fd);
    n2_file_close(store, &fd);
    return err ? err : disk->fsync_dir(disk->user, "");
}

/* The old database stays beside the new one, for the program that made it. */
static n2_err
copy_old(n2_store *store, int64_t version)
{
    const n2_disk *disk = store->config.disk;
    char name[sizeof N2_STORE_DATABASE + 32], path[N2_DISK_PATH_BYTES_MAX];
    const char *vfs = NULL;
    sqlite3_stmt *stmt = NULL;

    (void)snprintf(name, sizeof name, N2_STORE_DATABASE ".v%" PRId64, version);
    n2_err err = disk->unlink(disk->user, name); /* of a try that came to no end */
    if (err == N2_ERR_NOTFOUND)
        err = N2_OK;
    if (!err)
        err = disk->full_path(disk->user, name, path, sizeof path, &vfs);
    if (err)
        return err;
    int code = sqlite3_prepare_v2(store->db, "VACUUM INTO ?1", -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    (void)sqlite3_finalize(stmt);
    err = n2_db_error(store, code);
    return err ? err : sync_copy(store, name);
}

static n2_err
migrate_inside(n2_store *store, void *data)
{
    static const struct {
        int64_t from;
        const char *text;
    } steps[] = {
#define M(from, text) {(from), (text)},
        N2_STORE_MIGRATIONS(M)
#undef M
    };
    int64_t version = *(const int64_t *)data;
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].from >= version)
            err = run_text(store, steps[i].text);
    return err ? err : set_version(store);
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
    store->is_broken |= n2_db_is_lost_sync(code);
    return SQLITE_OK;
}

/* What lies behind the last whole change goes, so that no later look takes it for more than
 * what is left of the one after it. */
static n2_err
end_log(const n2_disk *disk, n2_file fd, const n2_wal *log)
{
    n2_err err = log->n_lost ? n2_doubt_note(disk, log->n_lost) : N2_OK;

    return err || !log->has_rest ? err : disk->truncate(disk->user, fd, log->good_bytes);
}

/* Bytes that a failed sync lost are still shown by the system, and no later sync brings them to
 * the disk.  So what the last process left in the log is written anew, and synced, before
 * anything is built on it. */
static n2_err
renew_log(n2_store *store, const n2_wal *log)
{
    const n2_disk *disk = store->config.disk;
    uint8_t *buf = malloc(N2_STORE_LOG_STEP_BYTES);
    size_t n = N2_STORE_LOG_STEP_BYTES;
    n2_file fd = -1;
    n2_err err = buf ? disk->open(disk->user, N2_STORE_LOG, N2_OPEN_WRITE, &fd) : N2_ERR_NOMEM;

    if (!err)
        err = end_log(disk, fd, log);
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
    if (!err)
        err = n2_db_error(store, n2_find_set_register(store->db));
    if (err)
        return err;
    /* One process, one connection: the lock is taken at the first read and kept, and the index
     * of the log lies in this process's memory. */
    return run_text(store, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA mmap_size=0;"
                           "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=0;"
                           "PRAGMA recursive_triggers=1;"
                           "PRAGMA cache_size=-16384");
}

static void
leave_log(n2_store *store)
{
    if (store->db)
        (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

n2_err
n2_db_open(n2_store *store, bool *is_new)
{
    int64_t version = 0;
    n2_wal log = {0};
    n2_err err =
        store->config.in_memory ? N2_OK : n2_wal_scan(store->config.disk, N2_STORE_LOG, &log);

    if (!err && log.state == N2_WAL_DAMAGED)
        return N2_ERR_CORRUPT;
    if (!err)
        err = connect(store);
    if (!err)
        err = check_version(store, &version);
    if (err) {
        leave_log(store); /* it may be foreign */
        return err;
    }
    *is_new = !version;
    if (!store->config.in_memory)
        err = renew_log(store, &log);
    if (!err)
        err = run_text(store, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                              "BEGIN EXCLUSIVE; COMMIT");
    (void)sqlite3_wal_hook(store->db, on_commit_cb, store);
    if (!err)
        err = run_text(store, N2_STORE_TEMPORARY);
    if (!err && !version)
        return n2_db_transact(store, make_schema, NULL);
    if (!err && version < N2_STORE_VERSION) {
        err = copy_old(store, version);
        if (!err)
            err = n2_db_transact(store, migrate_inside, &version);
    }
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
