/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * owner.c - who holds on to what, and what that costs them.
 */
#include "store/db.h"

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
    n2_query q = n2_query_init(store, N2_SQL_OWNER_KIND);

    n2_query_int(&q, owner);
    bool is_cache = n2_query_row(&q) && n2_column_int(&q, 0) == N2_OWNER_CACHE;
    n2_err err = n2_query_end(&q);
    if (err)
        return err;
    /* A folder that was read leads to much that was not. */
    q = n2_query_init(store, is_cache ? N2_SQL_REF_SUM : N2_SQL_OWNER_SUM);
    n2_query_int(&q, owner);
    if (n2_query_row(&q))
        *bytes = (uint64_t)n2_column_int(&q, 0);
    return n2_query_end(&q);
}

n2_err
n2_doom(n2_store *store, int64_t object)
{
    n2_query q = n2_query_init(store, N2_SQL_DOOM_NEW);

    store->is_untidy = true;
    n2_query_int(&q, object);
    return n2_query_run(&q);
}

n2_err
n2_owner_counted(n2_store *store, int64_t owner, uint64_t *bytes)
{
    n2_query q = n2_query_init(store, N2_SQL_OWNER_KIND);
    int64_t used = 0;

    n2_query_int(&q, owner);
    if (n2_query_row(&q))
        used = n2_column_int(&q, 1);
    *bytes = used < 0 ? 0 : (uint64_t)used;
    return n2_query_end(&q);
}

/* Each owner pays in full for everything below its references, whoever else has it.  What was
 * read is never refused for that: the oldest goes instead (collect.c). */
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
    if (owner == store->cache)
        store->is_untidy = true;
    else
        n2_index_touch(store);
    if (!err && before && before != row.id)
        err = n2_doom(store, before);
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

n2_err
n2_ref_drop_inside(n2_store *store, int64_t owner, const char *slot, bool must_exist)
{
    int64_t object = 0;
    n2_ref ref;
    n2_err err = slot_object(store, owner, slot, &object, &ref);

    if (!err && !object)
        return must_exist ? N2_ERR_NOTFOUND : N2_OK;
    if (!err)
        err = n2_doom(store, object);
    if (err)
        return err;
    n2_index_touch(store);
    n2_query q = n2_query_init(store, N2_SQL_REF_DELETE);
    n2_query_int(&q, owner);
    n2_query_text(&q, slot);
    err = n2_query_run(&q);
    return err ? err : charge(store, owner);
}

static n2_err
ref_drop(n2_store *store, void *data)
{
    const ref_call *c = data;

    return n2_ref_drop_inside(store, c->owner, c->slot, true);
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

    store->is_untidy = true;
    for (size_t i = 0; !err && i < sizeof steps / sizeof steps[0]; i++) {
        n2_query q = n2_query_init(store, steps[i]);
        n2_query_int(&q, owner);
        err = n2_query_run(&q);
    }
    return err;
}
