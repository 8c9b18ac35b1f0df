/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * owner.c - who holds on to what, what that costs them, and the collector of the rest.
 *
 * INVARIANT garbage: a content goes only if, inside the transaction that deletes it, no
 * reference and no edge leads to it.  Counts are rows, never numbers that could drift.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/db.h"

static const int64_t part_hours = 7 * 24; /* a fetch nobody went on with */

typedef struct {
    n2_owner_kind kind;
    const char *name;
    uint64_t quota;
    int64_t owner;
} owner_call;

static n2_err
owner_inside(n2_store *store, void *data)
{
    owner_call *c = data;
    n2_query q = n2_query_init(store, N2_SQL_OWNER_GET);

    n2_query_int(&q, c->kind);
    n2_query_text(&q, c->name);
    c->owner = n2_query_row(&q) ? n2_column_int(&q, 0) : 0;
    n2_err err = n2_query_end(&q);
    if (err)
        return err;
    if (!c->owner) {
        q = n2_query_init(store, N2_SQL_OWNER_NEW);
        n2_query_int(&q, c->kind);
        n2_query_text(&q, c->name);
        n2_query_int(&q, (int64_t)c->quota);
        err = n2_query_run(&q);
        c->owner = sqlite3_last_insert_rowid(store->db);
        return err;
    }
    q = n2_query_init(store, N2_SQL_OWNER_QUOTA);
    n2_query_int(&q, c->owner);
    n2_query_int(&q, (int64_t)c->quota);
    return n2_query_run(&q);
}

n2_err
n2_store_owner(
    n2_store *store, n2_owner_kind kind, const char *name, uint64_t quota_bytes, int64_t *owner)
{
    owner_call c = {
        .kind = kind, .name = name, .quota = quota_bytes > INT64_MAX ? 0 : quota_bytes};
    n2_err err = n2_db_transact(store, owner_inside, &c);

    if (!err)
        *owner = c.owner;
    return err;
}

n2_err
n2_store_used(n2_store *store, int64_t owner, uint64_t *bytes)
{
    n2_query q = n2_query_init(store, N2_SQL_OWNER_SUM);

    n2_query_int(&q, owner);
    if (n2_query_row(&q))
        *bytes = (uint64_t)n2_column_int(&q, 0);
    return n2_query_end(&q);
}

static n2_err
doom(n2_store *store, int64_t object)
{
    n2_query q = n2_query_init(store, N2_SQL_DOOM_NEW);

    n2_query_int(&q, object);
    return n2_query_run(&q);
}

/* Each owner pays in full for everything below its references, whoever else has it. */
static n2_err
charge(n2_store *store, int64_t owner)
{
    int64_t quota = 0;
    uint64_t used = 0;
    n2_query q = n2_query_init(store, N2_SQL_OWNER_QUOTA_GET);

    n2_query_int(&q, owner);
    if (n2_query_row(&q))
        quota = n2_column_int(&q, 0);
    n2_err err = n2_query_end(&q);
    if (err || !quota)
        return err;
    err = n2_store_used(store, owner, &used);
    if (!err && used > (uint64_t)quota)
        err = N2_ERR_LIMIT;
    if (err)
        return err;
    q = n2_query_init(store, N2_SQL_OWNER_USED);
    n2_query_int(&q, owner);
    n2_query_int(&q, (int64_t)used);
    return n2_query_run(&q);
}

/* The object @slot leads to, 0 if there is none. */
static n2_err
slot_object(n2_store *store, int64_t owner, const char *slot, int64_t *object, n2_ref *ref)
{
    n2_query q = n2_query_init(store, N2_SQL_REF_GET);

    *object = 0;
    n2_query_int(&q, owner);
    n2_query_text(&q, slot);
    if (n2_query_row(&q)) {
        *object = n2_column_int(&q, 0);
        ref->size = (uint64_t)n2_column_int(&q, 2);
        if (!n2_column_id(&q, 1, &ref->id))
            q.err = N2_ERR_CORRUPT;
    }
    return n2_query_end(&q);
}

n2_err
n2_ref_set_inside(
    n2_store *store, int64_t owner, const char *slot, const n2_id *hash, int64_t realm)
{
    int64_t before = 0;
    n2_ref ref;
    n2_row row;
    n2_err err = n2_row_find(store, hash, &row);

    if (!err && row.state != N2_OBJECT_WHOLE)
        err = N2_ERR_NOTFOUND;
    if (!err)
        err = slot_object(store, owner, slot, &before, &ref);
    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_REF_SET);
    n2_query_int(&q, owner);
    n2_query_text(&q, slot);
    n2_query_int(&q, row.id);
    n2_query_int(&q, realm);
    err = n2_query_run(&q);
    if (!err && before && before != row.id)
        err = doom(store, before);
    return err ? err : charge(store, owner);
}

typedef struct {
    int64_t owner;
    const char *slot;
    const n2_id *hash;
    int64_t realm;
} ref_call;

static n2_err
ref_set(n2_store *store, void *data)
{
    const ref_call *c = data;

    return n2_ref_set_inside(store, c->owner, c->slot, c->hash, c->realm);
}

n2_err
n2_store_ref_set(
    n2_store *store, int64_t owner, const char *slot, const n2_id *hash, int64_t realm)
{
    ref_call c = {.owner = owner, .slot = slot, .hash = hash, .realm = realm};

    return n2_db_transact(store, ref_set, &c);
}

static n2_err
ref_drop(n2_store *store, void *data)
{
    const ref_call *c = data;
    int64_t object = 0;
    n2_ref ref;
    n2_err err = slot_object(store, c->owner, c->slot, &object, &ref);

    if (!err && !object)
        err = N2_ERR_NOTFOUND;
    if (!err)
        err = doom(store, object);
    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_REF_DELETE);
    n2_query_int(&q, c->owner);
    n2_query_text(&q, c->slot);
    err = n2_query_run(&q);
    return err ? err : charge(store, c->owner);
}

n2_err
n2_store_ref_drop(n2_store *store, int64_t owner, const char *slot)
{
    ref_call c = {.owner = owner, .slot = slot};

    return n2_db_transact(store, ref_drop, &c);
}

n2_err
n2_store_ref_get(n2_store *store, int64_t owner, const char *slot, n2_ref *out)
{
    int64_t object = 0;
    n2_ref ref = {0};
    n2_err err = slot_object(store, owner, slot, &object, &ref);

    if (!err && !object)
        err = N2_ERR_NOTFOUND;
    if (!err)
        *out = ref;
    return err;
}

n2_err
n2_store_refs(n2_store *store, int64_t owner, n2_store_ref_cb cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_REF_LIST);

    n2_query_int(&q, owner);
    while (n2_query_row(&q)) {
        n2_ref ref = {.size = (uint64_t)n2_column_int(&q, 2)};
        if (!n2_column_id(&q, 1, &ref.id))
            q.err = N2_ERR_CORRUPT;
        else if (!cb(user, (const char *)sqlite3_column_text(q.stmt, 0), &ref))
            break;
    }
    return n2_query_end(&q);
}

n2_err
n2_owner_drop_inside(n2_store *store, int64_t owner)
{
    static const n2_sql steps[] = {N2_SQL_DOOM_OWNER, N2_SQL_REF_DELETE_ALL,
                                   N2_SQL_OWNER_DELETE};
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < sizeof steps / sizeof steps[0]; i++) {
        n2_query q = n2_query_init(store, steps[i]);
        n2_query_int(&q, owner);
        err = n2_query_run(&q);
    }
    return err;
}

typedef struct {
    char (*files)[N2_STORE_FILE_BYTES];
    size_t n_files, n_left;
} collection;

static n2_err
delete_rows(n2_store *store, int64_t object, collection *c)
{
    static const n2_sql steps[] = {N2_SQL_EDGE_DOOM,   N2_SQL_EDGE_DELETE,
                                   N2_SQL_ATTR_DELETE, N2_SQL_PIECE_DELETE,
                                   N2_SQL_TREE_DELETE, N2_SQL_OBJECT_DELETE};
    n2_id hash = {0};
    n2_query q = n2_query_init(store, N2_SQL_OBJECT_FILE);

    n2_query_int(&q, object);
    if (n2_query_row(&q)) {
        const char *file = (const char *)sqlite3_column_text(q.stmt, 1);
        if (file && strlen(file) < N2_STORE_FILE_BYTES)
            memcpy(c->files[c->n_files++], file, strlen(file) + 1);
        (void)n2_column_id(&q, 0, &hash);
    }
    n2_err err = n2_query_end(&q);
    if (!err) {
        q = n2_query_init(store, N2_SQL_NAME_DELETE);
        n2_query_id(&q, &hash);
        err = n2_query_run(&q);
    }
    for (size_t i = 0; !err && i < sizeof steps / sizeof steps[0]; i++) {
        q = n2_query_init(store, steps[i]);
        n2_query_int(&q, object);
        err = n2_query_run(&q);
    }
    return err;
}

static n2_err
drop_old_parts(n2_store *store)
{
    n2_err err = N2_OK;
    bool found = store->wall_us != 0;

    while (!err && found) {
        n2_query q = n2_query_init(store, N2_SQL_REF_OLD_PARTS);
        n2_query_int(&q, store->parts);
        n2_query_int(&q, n2_store_hour(store) - part_hours);
        found = n2_query_row(&q);
        int64_t object = found ? n2_column_int(&q, 0) : 0;
        err = n2_query_end(&q);
        if (err || !found)
            break;
        q = n2_query_init(store, N2_SQL_REF_DELETE);
        n2_query_int(&q, store->parts);
        n2_query_int(&q, object);
        err = n2_query_run(&q);
        if (!err)
            err = doom(store, object);
    }
    return err;
}

static n2_err
collect(n2_store *store, void *data)
{
    collection *c = data;
    n2_err err = drop_old_parts(store);
    n2_query q;

    for (int i = 0; !err && i < N2_STORE_COLLECT_MAX; i++) {
        q = n2_query_init(store, N2_SQL_DOOM_NEXT);
        bool found = n2_query_row(&q);
        int64_t object = found ? n2_column_int(&q, 0) : 0;
        bool is_held = found && n2_column_int(&q, 1);
        err = n2_query_end(&q);
        if (err || !found)
            break;
        if (!is_held)
            err = delete_rows(store, object, c);
        if (err)
            break;
        q = n2_query_init(store, N2_SQL_DOOM_DELETE);
        n2_query_int(&q, object);
        err = n2_query_run(&q);
    }
    if (err)
        return err;
    q = n2_query_init(store, N2_SQL_DOOM_COUNT);
    if (n2_query_row(&q))
        c->n_left = (size_t)n2_column_int(&q, 0);
    return n2_query_end(&q);
}

n2_err
n2_store_collect(n2_store *store, size_t *n_left)
{
    collection c = {.files = calloc(N2_STORE_COLLECT_MAX, sizeof *c.files)};
    n2_err err = c.files ? n2_store_flush(store) : N2_ERR_NOMEM; /* holds become rows first */

    if (!err)
        err = n2_db_transact(store, collect, &c);
    for (size_t i = 0; !err && i < c.n_files; i++)
        n2_file_unlink(store, c.files[i]);
    free(c.files);
    if (!err)
        *n_left = c.n_left;
    return err;
}
