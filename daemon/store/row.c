/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * row.c - rows of contents, of what directories lead to, and the files behind them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crypto/access.h"
#include "store/db.h"

enum {
    NAME_TRIES = 4 /* 64 random bits: the second try is never needed */
};

static const int64_t hour_us = INT64_C(3600) * 1000000;

int64_t
n2_store_hour(const n2_store *store)
{
    return store->wall_us / hour_us;
}

n2_err
n2_row_find(n2_store *store, const n2_id *hash, n2_row *out)
{
    n2_query q = n2_query_init(store, N2_SQL_OBJECT_BY_HASH);

    *out = (n2_row){0};
    n2_query_id(&q, hash);
    if (n2_query_row(&q)) {
        const char *file = (const char *)sqlite3_column_text(q.stmt, 2);
        out->id = n2_column_int(&q, 0);
        out->size = (uint64_t)n2_column_int(&q, 1);
        out->state = (n2_object_state)n2_column_int(&q, 3);
        out->is_directory = n2_column_int(&q, 4) != 0;
        out->used_hour = n2_column_int(&q, 5);
        (void)snprintf(out->file, sizeof out->file, "%s", file ? file : "");
    }
    return n2_query_end(&q);
}

n2_err
n2_row_new(n2_store *store,
           const n2_ref *ref,
           const char *file,
           n2_object_state state,
           bool is_directory,
           int64_t *id)
{
    n2_query q = n2_query_init(store, N2_SQL_OBJECT_NEW);

    n2_query_id(&q, &ref->id);
    n2_query_int(&q, (int64_t)ref->size);
    n2_query_text(&q, file && *file ? file : NULL);
    n2_query_int(&q, state);
    n2_query_int(&q, is_directory);
    n2_query_int(&q, n2_store_hour(store));
    n2_err err = n2_query_run(&q);
    if (err)
        return err;
    *id = sqlite3_last_insert_rowid(store->db);
    q = n2_query_init(store, N2_SQL_NAME_NEW);
    n2_query_id(&q, &ref->id);
    n2_query_int(&q, *id);
    return n2_query_run(&q);
}

n2_err
n2_row_hold(
    n2_store *store, int64_t parent, const n2_ref *ref, bool is_directory, int64_t *child)
{
    n2_row row;
    n2_err err = n2_row_find(store, &ref->id, &row);

    if (!err && !row.id)
        err = n2_row_new(store, ref, NULL, N2_OBJECT_ABSENT, is_directory, &row.id);
    if (err)
        return err;
    *child = row.id;
    n2_query q = n2_query_init(store, N2_SQL_EDGE_NEW);
    n2_query_int(&q, parent);
    n2_query_int(&q, row.id);
    n2_query_int(&q, N2_REALM_OWN);
    return n2_query_run(&q);
}

static n2_err
link_entry(n2_store *store, int64_t parent, int64_t realm, const n2_entry *e, bool is_new)
{
    n2_row child;
    n2_ref list;
    n2_attr a;
    int64_t held;
    n2_err err = n2_access_of(e, &list) == N2_ACCESS_LIST
                     ? n2_row_hold(store, parent, &list, false, &held)
                     : N2_OK;

    if (!err)
        err = n2_row_find(store, &e->ref.id, &child);
    if (!err && !child.id)
        err = n2_row_new(store, &e->ref, NULL, N2_OBJECT_ABSENT, e->type == N2_ENTRY_DIR,
                         &child.id);
    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_EDGE_NEW);
    n2_query_int(&q, parent);
    n2_query_int(&q, child.id);
    n2_query_int(&q, realm);
    err = n2_query_run(&q);
    for (size_t at = 0; !err && is_new && n2_entry_next_attr(e, &at, &a);) {
        q = n2_query_init(store, N2_SQL_ATTR_NEW);
        n2_query_int(&q, parent);
        n2_query_int(&q, child.id);
        n2_query_text_n(&q, (const char *)a.name, a.name_len);
        n2_query_int(&q, a.type);
        n2_query_blob(&q, a.value, a.len);
        err = n2_query_run(&q);
    }
    return err;
}

n2_err
n2_row_link(n2_store *store, int64_t parent, int64_t realm, const uint8_t *bytes, size_t len)
{
    n2_directory dir;
    n2_entry e;
    n2_err err = n2_directory_check(&dir, bytes, len, store->config.unicode);

    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_EDGE_COUNT);
    n2_query_int(&q, parent);
    bool is_new = n2_query_row(&q) && n2_column_int(&q, 0) == 0;
    err = n2_query_end(&q);
    for (size_t at = 0; !err && n2_directory_next(&dir, &at, &e);)
        err = link_entry(store, parent, realm, &e, is_new);
    return err;
}

n2_err
n2_row_lose(n2_store *store, int64_t id)
{
    static const n2_sql steps[] = {N2_SQL_OBJECT_LOSE, N2_SQL_PIECE_DELETE, N2_SQL_TREE_DELETE};
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < sizeof steps / sizeof steps[0]; i++) {
        n2_query q = n2_query_init(store, steps[i]);
        n2_query_int(&q, id);
        err = n2_query_run(&q);
    }
    return err;
}

n2_err
n2_file_new(n2_store *store, char name[static N2_STORE_FILE_BYTES], n2_file *fd)
{
    const n2_disk *disk = store->config.disk;
    n2_err err = N2_ERR_EXISTS;
    uint64_t number;

    for (int i = 0; i < NAME_TRIES && err == N2_ERR_EXISTS; i++) {
        n2_env_random(store->config.env, &number, sizeof number);
        (void)snprintf(name, N2_STORE_FILE_BYTES, N2_STORE_FOLDER "/%016" PRIx64, number);
        err = disk->open(disk->user, name, N2_OPEN_WRITE | N2_OPEN_CREATE | N2_OPEN_EXCLUSIVE,
                         fd);
    }
    if (err)
        *name = '\0';
    return err;
}

void
n2_file_close(n2_store *store, n2_file *fd)
{
    const n2_disk *disk = store->config.disk;

    if (*fd >= 0)
        (void)disk->close(disk->user, *fd);
    *fd = -1;
}

void
n2_file_unlink(n2_store *store, const char *name)
{
    const n2_disk *disk = store->config.disk;

    if (*name) /* what stays is an orphan, and goes at the next start */
        (void)disk->unlink(disk->user, name);
}
