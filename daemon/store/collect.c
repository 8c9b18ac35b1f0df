/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * collect.c - what nobody holds goes, and of what was merely read the oldest, in small steps.
 *
 * INVARIANT garbage: a content goes only if, inside the transaction that deletes it, no
 * reference and no edge leads to it.  Counts are rows, never numbers that could drift.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/db.h"

static const int64_t part_hours = 7 * 24; /* a fetch nobody went on with */

/* ---- what nobody holds ---- */

static n2_err
run_with(n2_store *store, n2_sql sql, int64_t object)
{
    n2_query q = n2_query_init(store, sql);

    n2_query_int(&q, object);
    return n2_query_run(&q);
}

static n2_err
run_some(n2_store *store, n2_sql sql, int64_t object, int *n)
{
    n2_query q = n2_query_init(store, sql);

    n2_query_int(&q, object);
    n2_query_int(&q, N2_STORE_COLLECT_MAX);
    n2_err err = n2_query_run(&q);
    *n = sqlite3_changes(store->db);
    return err;
}

/* The bytes go first, so that a folder of 100,000 entries, whose edges take many steps, is gone
 * from the first one on. */
static n2_err
lose_bytes(n2_store *store, int64_t object, n2_id *hash, n2_leftovers *left)
{
    n2_query q = n2_query_init(store, N2_SQL_OBJECT_FILE);

    n2_query_int(&q, object);
    if (n2_query_row(&q)) {
        const char *file = (const char *)sqlite3_column_text(q.stmt, 1);
        char name[N2_STORE_FILE_BYTES] = "";
        if (file && strlen(file) < sizeof name)
            memcpy(name, file, strlen(file) + 1);
        n2_leave(left, name);
        (void)n2_column_id(&q, 0, hash);
    }
    n2_err err = n2_query_end(&q);
    return err ? err : n2_row_lose(store, object);
}

/* *@n_done: rows that went.  *@is_gone: all of it. */
static n2_err
delete_rows(n2_store *store, int64_t object, n2_leftovers *left, int *n_done, bool *is_gone)
{
    n2_id hash = {0};
    int n_doomed = 0, n_edges = 0, n_attrs = 0;
    n2_err err = lose_bytes(store, object, &hash, left);

    if (!err)
        err = run_some(store, N2_SQL_EDGE_DOOM_SOME, object, &n_doomed);
    if (!err)
        err = run_some(store, N2_SQL_EDGE_DELETE_SOME, object, &n_edges);
    if (!err)
        err = run_some(store, N2_SQL_ATTR_DELETE_SOME, object, &n_attrs);
    *n_done = 1 + n_edges + n_attrs;
    *is_gone = n_edges < N2_STORE_COLLECT_MAX && n_attrs < N2_STORE_COLLECT_MAX;
    if (err || !*is_gone)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_NAME_DELETE);
    n2_query_id(&q, &hash);
    err = n2_query_run(&q);
    return err ? err : run_with(store, N2_SQL_OBJECT_DELETE, object);
}

static n2_err
drop_old_parts(n2_store *store)
{
    n2_err err = N2_OK;

    for (int i = 0; !err && store->wall_us && i < N2_STORE_COLLECT_MAX; i++) {
        n2_query q = n2_query_init(store, N2_SQL_REF_OLD_PARTS);
        n2_query_int(&q, store->parts);
        n2_query_int(&q, n2_store_hour(store) - part_hours);
        int64_t object = 0;
        while (!object && n2_query_row(&q)) {
            object = n2_column_int(&q, 0);
            if (n2_part_is_open(store, object))
                object = 0; /* somebody goes on with it */
        }
        err = n2_query_end(&q);
        if (err || !object)
            break;
        q = n2_query_init(store, N2_SQL_REF_DELETE_OBJECT);
        n2_query_int(&q, store->parts);
        n2_query_int(&q, object);
        err = n2_query_run(&q);
        if (!err)
            err = n2_doom(store, object);
    }
    return err;
}

n2_err
n2_collect_inside(n2_store *store, n2_leftovers *left, size_t *n_left)
{
    n2_err err = drop_old_parts(store);
    n2_query q;

    for (int n = 0, n_done = 1; !err && n < N2_STORE_COLLECT_MAX; n += n_done) {
        bool is_gone = true;
        q = n2_query_init(store, N2_SQL_DOOM_NEXT);
        int64_t object = n2_query_row(&q) ? n2_column_int(&q, 0) : 0;
        bool is_held = object && n2_column_int(&q, 1);
        err = n2_query_end(&q);
        if (err || !object)
            break;
        n_done = 1;
        if (!is_held)
            err = delete_rows(store, object, left, &n_done, &is_gone);
        if (!err && is_gone)
            err = run_with(store, N2_SQL_DOOM_DELETE, object);
    }
    if (err)
        return err;
    q = n2_query_init(store, N2_SQL_DOOM_COUNT);
    *n_left = n2_query_row(&q) ? (size_t)n2_column_int(&q, 0) : 0;
    return n2_query_end(&q);
}

/* ---- of what was read, the oldest ---- */

typedef struct {
    int64_t owner, object;
} place;

static n2_err
oldest(n2_store *store, place *places, size_t *n)
{
    n2_query q = n2_query_init(store, N2_SQL_REF_OLDEST);

    n2_query_int(&q, store->cache);
    n2_query_int(&q, store->parts);
    n2_query_int(&q, N2_STORE_EVICT_LOOK);
    for (*n = 0; *n < N2_STORE_EVICT_LOOK && n2_query_row(&q); ++*n)
        places[*n] = (place){.owner = n2_column_int(&q, 0), .object = n2_column_int(&q, 1)};
    return n2_query_end(&q);
}

static n2_err
is_so(n2_store *store, n2_sql sql, int64_t object, bool *out)
{
    n2_query q = n2_query_init(store, sql);

    n2_query_int(&q, object);
    *out = n2_query_row(&q) && n2_column_int(&q, 0) != 0;
    return n2_query_end(&q);
}

/* A folder that was read leads to it still: its row stays, as of something that was never
 * fetched.  Whoever else holds it, directly or from above, keeps the bytes, too. */
static n2_err
evict(n2_store *store, const place *p, n2_leftovers *left)
{
    bool is_held = false, is_wanted = false;
    n2_id hash;
    n2_query q = n2_query_init(store, N2_SQL_REF_DELETE_OBJECT);

    n2_query_int(&q, p->owner);
    n2_query_int(&q, p->object);
    n2_err err = n2_query_run(&q);
    if (!err)
        err = is_so(store, N2_SQL_HELD, p->object, &is_held);
    if (!err && !is_held)
        return n2_doom(store, p->object);
    if (!err)
        err = is_so(store, N2_SQL_REF_WANTED, p->object, &is_wanted);
    return err || is_wanted ? err : lose_bytes(store, p->object, &hash, left);
}

static n2_err
is_over(n2_store *store, bool *out)
{
    uint64_t cache = 0, parts = 0;
    n2_err err = n2_owner_counted(store, store->cache, &cache);

    if (!err)
        err = n2_owner_counted(store, store->parts, &parts);
    *out = store->config.cache_bytes && cache + parts > store->config.cache_bytes;
    return err;
}

n2_err
n2_evict_inside(n2_store *store, n2_leftovers *left, bool *more)
{
    place places[N2_STORE_EVICT_LOOK];
    size_t n = 0, n_gone = 0;
    n2_err err = is_over(store, more);

    if (!err && *more)
        err = oldest(store, places, &n);
    for (size_t i = 0; !err && *more && n_gone < N2_STORE_EVICT_MAX && i < n; i++) {
        if (places[i].owner == store->parts && n2_part_is_open(store, places[i].object))
            continue; /* it is being fetched */
        err = evict(store, &places[i], left);
        if (!err)
            err = is_over(store, more);
        n_gone++;
    }
    store->n_evicted += n_gone;
    *more = *more && n_gone;
    return err;
}

/* ---- steps ---- */

typedef struct {
    n2_leftovers left;
    size_t n_left;
    bool more, evicts;
} step;

static n2_err
step_inside(n2_store *store, void *data)
{
    step *s = data;
    n2_err err = s->evicts ? n2_evict_inside(store, &s->left, &s->more) : N2_OK;

    if (!err && !s->more)
        err = n2_collect_inside(store, &s->left, &s->n_left);
    return err;
}

static n2_err
run_step(n2_store *store, step *s)
{
    s->left.names = calloc(N2_STORE_COLLECT_MAX + N2_STORE_EVICT_MAX, sizeof *s->left.names);
    n2_err err = s->left.names ? n2_store_flush(store) : N2_ERR_NOMEM; /* holds become rows */

    if (!err)
        err = n2_db_transact(store, step_inside, s);
    for (size_t i = 0; !err && i < s->left.n; i++)
        n2_file_unlink(store, s->left.names[i]);
    free(s->left.names);
    return err;
}

n2_err
n2_store_collect(n2_store *store, size_t *n_left)
{
    step s = {0};
    n2_err err = run_step(store, &s);

    if (!err)
        *n_left = s.n_left;
    return err;
}

n2_err
n2_store_tend(n2_store *store, bool *more)
{
    step s = {.evicts = true};
    bool indexes = false;
    n2_err err = run_step(store, &s);

    if (!err)
        err = n2_index_step(store, &indexes);
    *more = !err && (s.more || s.n_left || indexes);
    if (!err && !*more)
        store->is_untidy = false;
    return err;
}

bool
n2_store_is_untidy(const n2_store *store)
{
    return store->is_untidy && !store->is_broken;
}
