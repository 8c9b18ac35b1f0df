/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store.c - the store opened and cleared of what a crash left; contents found and read.
 */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/access.h"
#include "store/db.h"
#include "store/doubt.h"

enum {
    TOUCH_HOURS = 1, /* "last used" is kept this exactly */
    ORPHANS_ROOM = 64
};

/* Work that no longer goes on.  What it held and nothing else holds will be collected. */
static n2_err
drop_stale(n2_store *store, void *data)
{
    n2_err err = N2_OK;

    (void)data;
    for (bool found = true; !err && found;) {
        n2_query q = n2_query_init(store, N2_SQL_OWNER_STALE);
        found = n2_query_row(&q);
        int64_t owner = found ? n2_column_int(&q, 0) : 0;
        err = n2_query_end(&q);
        if (!err && found)
            err = n2_owner_drop_inside(store, owner);
    }
    return err;
}

/* Names are gathered first: a folder that changes while it is listed may list anything. */
typedef struct {
    n2_store *store;
    char (*names)[N2_STORE_FILE_BYTES];
    size_t n, room;
    n2_err err;
} orphans;

static bool
look_at_file(void *data, const char *name, bool is_dir)
{
    orphans *o = data;
    char path[N2_STORE_FILE_BYTES];

    if (is_dir || strlen(name) != 16)
        return true; /* not ours */
    (void)snprintf(path, sizeof path, N2_STORE_FOLDER "/%.16s", name);
    n2_query q = n2_query_init(o->store, N2_SQL_OBJECT_WITH_FILE);
    n2_query_text(&q, path);
    bool is_known = n2_query_row(&q);
    o->err = n2_query_end(&q);
    if (o->err || is_known)
        return !o->err;
    if (o->n == o->room) {
        size_t room = o->room ? 2 * o->room : ORPHANS_ROOM;
        char(*names)[N2_STORE_FILE_BYTES] = realloc(o->names, room * sizeof *names);
        if (!names) {
            o->err = N2_ERR_NOMEM;
            return false;
        }
        o->names = names;
        o->room = room;
    }
    memcpy(o->names[o->n++], path, sizeof path);
    return true;
}

/* @keeps: they are set aside. */
static n2_err
orphans_go(n2_store *store, bool keeps, n2_orphan_cb cb, void *user)
{
    const n2_disk *disk = store->config.disk;
    orphans o = {.store = store};
    n2_err err = disk->list(disk->user, N2_STORE_FOLDER, look_at_file, &o);

    if (!err)
        err = o.err;
    for (size_t i = 0; !err && i < o.n; i++) {
        if (cb)
            cb(user, o.names[i]);
        if (keeps)
            err = n2_doubt_keep_file(store, o.names[i]);
        else
            n2_file_unlink(store, o.names[i]);
    }
    if (keeps)
        store->doubt.n_files = o.n;
    free(o.names);
    return err;
}

n2_err
n2_store_orphans(n2_store *store, n2_orphan_cb cb, void *user)
{
    return orphans_go(store, false, cb, user);
}

/* What a crash left. */
static n2_err
tidy_up(n2_store *store)
{
    n2_err err = store->config.in_memory
                     ? N2_OK
                     : n2_doubt_read(store->config.disk, &store->doubt.n_changes);
    bool is_sure = !store->doubt.n_changes;

    if (!err && !is_sure)
        err = n2_doubt_keep_work(store);
    if (!err)
        err = n2_db_transact(store, drop_stale, NULL);
    if (!err)
        err = orphans_go(store, !is_sure, NULL, NULL);
    return err || is_sure ? err : n2_doubt_settle(store, store->doubt.n_changes);
}

static bool
see_file(void *data, const char *name, bool is_dir)
{
    (void)name;
    (void)is_dir;
    *(bool *)data = true;
    return false;
}

/* Contents without a database: it was lost, or moved away.  They are not ours to delete. */
static n2_err
set_aside(n2_store *store)
{
    const n2_disk *disk = store->config.disk;
    bool has_files = false;
    n2_disk_stat st;
    n2_err err = store->config.in_memory
                     ? N2_ERR_NOTFOUND
                     : disk->list(disk->user, N2_STORE_FOLDER, see_file, &has_files);

    if (err || !has_files)
        return err == N2_ERR_NOTFOUND ? N2_OK : err;
    if (disk->stat(disk->user, N2_STORE_ASIDE, &st) != N2_ERR_NOTFOUND)
        return N2_ERR_EXISTS;
    return disk->rename(disk->user, N2_STORE_FOLDER, N2_STORE_ASIDE);
}

static n2_err
make_folder(n2_store *store)
{
    const n2_disk *disk = store->config.disk;
    n2_err err = disk->mkdir(disk->user, N2_STORE_FOLDER);

    /* Each time: the process that made folder or database may have been killed before. */
    return err && err != N2_ERR_EXISTS ? err : disk->fsync_dir(disk->user, "");
}

n2_err
n2_store_open(n2_store **out, const n2_store_config *config)
{
    n2_store *store = calloc(1, sizeof *store);
    bool is_new = false;

    *out = NULL;
    if (!store)
        return N2_ERR_NOMEM;
    store->config = *config;
    store->pending_end = &store->pending;
    n2_index_touch(store);
    n2_err err = n2_db_open(store, &is_new);
    if (!err && is_new)
        err = set_aside(store);
    if (!err)
        err = make_folder(store);
    if (!err)
        err = n2_store_owner(store, N2_OWNER_CACHE, "parts", 0, &store->parts);
    if (!err)
        err = n2_store_owner(store, N2_OWNER_CACHE, "cache", 0, &store->cache);
    if (!err)
        err = tidy_up(store);
    if (err) {
        n2_store_close(store);
        return err;
    }
    *out = store;
    return N2_OK;
}

void
n2_store_close(n2_store *store)
{
    if (!store)
        return;
    for (n2_pending *p = store->pending, *next; p; p = next) {
        next = p->next; /* batches are gone, so these are notes of use only */
        n2_pending_free(store, p, false);
    }
    n2_db_close(store);
    free(store);
}

n2_store_doubt
n2_store_doubts(const n2_store *store)
{
    return store->doubt;
}

bool
n2_store_is_broken(const n2_store *store)
{
    return store->is_broken;
}

void
n2_store_set_wall(n2_store *store, int64_t wall_us)
{
    store->wall_us = wall_us;
}

n2_err
n2_store_find(n2_store *store, const n2_id *hash, n2_object *out)
{
    return n2_store_find_for(store, hash, NULL, out);
}

static void
bind_member(n2_query *q, const n2_member *m)
{
    n2_query_blob(q, m->bytes, m->len);
}

n2_err
n2_store_find_for(n2_store *store,
                  const n2_id *hash,
                  const n2_store_asker *asker,
                  n2_object *out)
{
    n2_member who = {.len = 0}, account = {.len = 0}; /* nobody's: on no list */
    n2_row row;
    n2_err err = n2_row_find(store, hash, &row);

    *out = (n2_object){.ref.id = *hash};
    if (err)
        return err;
    out->state = row.state;
    out->ref.size = row.size;
    out->is_directory = row.is_directory;
    if (asker && asker->who)
        who = n2_member_of_id(asker->who);
    if (asker && asker->account)
        account = n2_member_of_key(asker->account);
    /* Also of what is not here, row 0: who asks shall not tell it from what is not for him. */
    n2_query q = n2_query_init(store, N2_SQL_IS_OPEN);
    n2_query_int(&q, row.id);
    bind_member(&q, &who);
    bind_member(&q, &account);
    out->is_open = n2_query_row(&q) && n2_column_int(&q, 0);
    return n2_query_end(&q);
}

static n2_err
lose(n2_store *store, void *data)
{
    return n2_row_lose(store, *(const int64_t *)data);
}

n2_err
n2_row_lose_whole(n2_store *store, const n2_row *row)
{
    int64_t id = row->id;
    n2_err err = n2_db_transact(store, lose, &id);

    return err ? err : N2_ERR_CORRUPT;
}

static n2_err
map_file(n2_store *store, const n2_row *row, n2_view *out)
{
    const n2_disk *disk = store->config.disk;
    n2_disk_stat st;
    n2_file fd = -1;
    n2_err err = disk->stat(disk->user, row->file, &st);

    if (err == N2_ERR_NOTFOUND || (!err && st.size_bytes != row->size))
        return n2_row_lose_whole(store, row);
    if (!err)
        err = disk->open(disk->user, row->file, N2_OPEN_READ, &fd);
    if (!err)
        err = disk->map(disk->user, fd, 0, (size_t)row->size, &out->bytes);
    n2_file_close(store, &fd);
    out->is_mapped = !err;
    return err;
}

static n2_err
copy_piece(n2_store *store, const n2_row *row, n2_view *out)
{
    n2_query q = n2_query_init(store, N2_SQL_PIECE_GET);
    size_t len = 0;

    n2_query_int(&q, row->id);
    if (n2_query_row(&q))
        out->bytes = n2_column_dup(&q, 0, &len);
    n2_err err = n2_query_end(&q);
    return !err && (!out->bytes || len != row->size) ? n2_row_lose_whole(store, row) : err;
}

/* "Used now" is written with whatever is made durable next; losing it costs nothing. */
static n2_err
touch(n2_store *store, const n2_row *row)
{
    if (!store->wall_us || n2_store_hour(store) < row->used_hour + TOUCH_HOURS)
        return N2_OK;
    n2_pending *p = n2_pending_new(NULL);
    if (!p)
        return N2_ERR_NOMEM;
    p->kind = N2_PENDING_TOUCH;
    p->object = row->id;
    return n2_pending_take(store, p);
}

static n2_err
map_row(n2_store *store, const n2_row *row, n2_view *out)
{
    n2_view view = {.len = (size_t)row->size};
    n2_err err = row->file[0] ? map_file(store, row, &view) : copy_piece(store, row, &view);

    if (err)
        n2_store_unmap(store, &view);
    else
        *out = view;
    return err;
}

n2_err
n2_view_open(n2_store *store, const n2_id *hash, bool is_use, n2_view *out)
{
    n2_row row;
    n2_err err = n2_row_find(store, hash, &row);

    *out = (n2_view){0};
    if (!err && row.state != N2_OBJECT_WHOLE)
        err = N2_ERR_NOTFOUND;
    if (!err && is_use)
        err = touch(store, &row);
    return err ? err : map_row(store, &row, out);
}

n2_err
n2_store_map(n2_store *store, const n2_id *hash, n2_view *out)
{
    return n2_view_open(store, hash, true, out);
}

void
n2_store_load(n2_store *store, const n2_view *view, size_t offset, size_t len)
{
    const n2_disk *disk = store->config.disk;

    if (view->is_mapped && disk->load)
        disk->load(disk->user, view->bytes + offset, len);
}

void
n2_store_unmap(n2_store *store, n2_view *view)
{
    const n2_disk *disk = store->config.disk;

    if (view->is_mapped)
        disk->unmap(disk->user, view->bytes, view->len);
    else
        free((void *)(uintptr_t)view->bytes);
    *view = (n2_view){0};
}

n2_err
n2_store_nodes(n2_store *store, const n2_id *hash, uint8_t (**nodes)[N2_HASH_BYTES], size_t *n)
{
    n2_row row;
    size_t len = 0;
    uint8_t *bytes = NULL;
    n2_err err = n2_row_find(store, hash, &row);

    if (!err && row.state != N2_OBJECT_WHOLE)
        err = N2_ERR_NOTFOUND;
    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_TREE_GET);
    n2_query_int(&q, row.id);
    if (n2_query_row(&q))
        bytes = n2_column_dup(&q, 0, &len);
    err = n2_query_end(&q);
    if (!err && len % N2_HASH_BYTES)
        err = N2_ERR_CORRUPT;
    if (err) {
        free(bytes);
        return err;
    }
    *nodes = (uint8_t(*)[N2_HASH_BYTES])bytes;
    *n = len / N2_HASH_BYTES;
    return N2_OK;
}

n2_err
n2_store_room(n2_store *store, uint64_t bytes)
{
    const n2_disk *disk = store->config.disk;
    uint64_t free_bytes = 0;
    n2_err err = disk->free_space(disk->user, &free_bytes);

    if (err || (bytes <= free_bytes && free_bytes - bytes >= N2_STORE_RESERVE_BYTES))
        return err;
    store->n_no_room++;
    return N2_ERR_NOSPACE;
}

n2_err
n2_store_count(n2_store *store, n2_store_counts *out)
{
    const n2_disk *disk = store->config.disk;
    uint64_t parts = 0;
    n2_store_counts c = {.n_pending = store->n_pending,
                         .cache_max = store->config.cache_bytes,
                         .n_evicted = store->n_evicted,
                         .n_no_room = store->n_no_room};
    n2_query q = n2_query_init(store, N2_SQL_OBJECT_COUNTS);

    if (n2_query_row(&q)) {
        c.n_objects = (uint64_t)n2_column_int(&q, 0);
        c.n_whole = (uint64_t)n2_column_int(&q, 1);
        c.bytes = (uint64_t)n2_column_int(&q, 2);
    }
    n2_err err = n2_query_end(&q);
    if (err)
        return err;
    q = n2_query_init(store, N2_SQL_DOOM_COUNT);
    if (n2_query_row(&q))
        c.n_doomed = (uint64_t)n2_column_int(&q, 0);
    err = n2_query_end(&q);
    if (!err)
        err = n2_owner_counted(store, store->cache, &c.cache_bytes);
    if (!err)
        err = n2_owner_counted(store, store->parts, &parts);
    c.cache_bytes += parts;
    if (!err)
        err = disk->free_space(disk->user, &c.free_bytes);
    if (!err)
        *out = c;
    return err;
}
