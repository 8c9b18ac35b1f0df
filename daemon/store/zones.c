/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zones.c - rows of the zones that are kept here.
 */
#include "store/zones.h"

#include "base/limits.h"
#include "store/db.h"

n2_err
n2_store_zone_put(n2_store *store, const n2_store_zone *zone)
{
    n2_query q = n2_query_init(store, N2_SQL_ZONE_PUT);

    n2_query_id(&q, &zone->who);
    n2_query_int(&q, zone->flags);
    n2_query_int(&q, zone->term_us);
    n2_query_int(&q, zone->caching_s);
    return n2_query_run(&q);
}

n2_err
n2_store_zones(n2_store *store, n2_store_zone *zones, size_t room, size_t *n)
{
    n2_query q = n2_query_init(store, N2_SQL_ZONE_LIST);

    for (*n = 0; n2_query_row(&q);) {
        n2_store_zone z = {.flags = (unsigned)n2_column_int(&q, 1),
                           .term_us = n2_column_int(&q, 2),
                           .caching_s = (uint32_t)n2_column_int(&q, 3)};
        if (!n2_column_id(&q, 0, &z.who))
            continue; /* fsck says so */
        if (*n == room) {
            q.err = N2_ERR_LIMIT;
            break;
        }
        zones[(*n)++] = z;
    }
    return n2_query_end(&q);
}

static n2_err
drop_all(n2_store *store, void *data)
{
    static const int rows[] = {N2_SQL_ZONE_DROP_NAMES, N2_SQL_ZONE_DROP_HEADS,
                               N2_SQL_ZONE_DROP};
    const n2_id *who = data;
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < sizeof rows / sizeof *rows; i++) {
        n2_query q = n2_query_init(store, rows[i]);

        n2_query_id(&q, who);
        err = n2_query_run(&q);
    }
    return err;
}

n2_err
n2_store_zone_drop(n2_store *store, const n2_id *who)
{
    n2_id id = *who;

    return n2_db_transact(store, drop_all, &id);
}

/* ---- names ---- */

n2_err
n2_store_zone_name_put(n2_store *store, const n2_id *zone, const n2_store_zone_name *name)
{
    n2_query q =
        n2_query_init(store, name->record ? N2_SQL_ZONE_NAME_PUT : N2_SQL_ZONE_NAME_DROP);

    n2_query_id(&q, zone);
    n2_query_blob(&q, name->label, N2_HASH_BYTES);
    if (name->record) {
        n2_query_int(&q, name->until_us);
        n2_query_int(&q, name->asked_us);
        n2_query_blob(&q, name->record, name->len);
    }
    return n2_query_run(&q);
}

typedef struct {
    const n2_id *zone;
    const n2_store_zone_name *names;
    size_t n;
} many;

static n2_err
put_many(n2_store *store, void *data)
{
    const many *m = data;
    n2_err err = N2_OK;

    for (size_t i = 0; i < m->n && !err; i++)
        err = n2_store_zone_name_put(store, m->zone, &m->names[i]);
    return err;
}

n2_err
n2_store_zone_names_put(n2_store *store,
                        const n2_id *zone,
                        const n2_store_zone_name *names,
                        size_t n)
{
    return n2_db_transact(store, put_many, &(many){zone, names, n});
}

n2_err
n2_store_zone_name_get(n2_store *store,
                       const n2_id *zone,
                       const uint8_t label[static N2_HASH_BYTES],
                       uint8_t **record,
                       size_t *len,
                       int64_t *asked_us)
{
    n2_query q = n2_query_init(store, N2_SQL_ZONE_NAME_GET);

    *record = NULL;
    n2_query_id(&q, zone);
    n2_query_blob(&q, label, N2_HASH_BYTES);
    if (n2_query_row(&q)) {
        *asked_us = n2_column_int(&q, 1);
        *record = n2_column_dup(&q, 2, len);
    }
    n2_err err = n2_query_end(&q);
    if (!err && !*record)
        err = N2_ERR_NOTFOUND;
    return err;
}

/* Rows of (label, asked, record). */
static n2_err
walk(n2_query *q, n2_store_zone_name_cb *cb, void *user)
{
    while (n2_query_row(q)) {
        n2_store_zone_name name = {.asked_us = n2_column_int(q, 1)};
        if (!n2_column_copy(q, 0, name.label, N2_HASH_BYTES))
            continue; /* fsck says so */
        name.record = sqlite3_column_blob(q->stmt, 2);
        name.len = (size_t)sqlite3_column_bytes(q->stmt, 2);
        if (!cb(user, &name))
            break;
    }
    return n2_query_end(q);
}

n2_err
n2_store_zone_names(n2_store *store, const n2_id *zone, n2_store_zone_name_cb *cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_ZONE_NAME_ALL);

    n2_query_id(&q, zone);
    return walk(&q, cb, user);
}

n2_err
n2_store_zone_names_over(n2_store *store,
                         const n2_id *zone,
                         int64_t until_us,
                         size_t most,
                         n2_store_zone_name_cb *cb,
                         void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_ZONE_NAME_OVER);

    n2_query_id(&q, zone);
    n2_query_int(&q, until_us);
    n2_query_int(&q, (int64_t)most);
    return walk(&q, cb, user);
}

/* ---- heads ---- */

typedef struct {
    const n2_id *zone;
    uint64_t serial;
    const void *head;
    size_t len;
} head_row;

static n2_err
put_head(n2_store *store, void *data)
{
    const head_row *h = data;
    int64_t last = 0;
    n2_query q = n2_query_init(store, N2_SQL_ZONE_HEAD_LAST);

    n2_query_id(&q, h->zone);
    n2_query_int(&q, 1);
    if (n2_query_row(&q))
        last = n2_column_int(&q, 0);
    n2_err err = n2_query_end(&q);
    if (!err && h->serial <= (uint64_t)last)
        err = N2_ERR_EXISTS;
    if (err)
        return err;
    q = n2_query_init(store, N2_SQL_ZONE_HEAD_PUT);
    n2_query_id(&q, h->zone);
    n2_query_int(&q, (int64_t)h->serial);
    n2_query_blob(&q, h->head, h->len);
    err = n2_query_run(&q);
    if (err)
        return err;
    q = n2_query_init(store, N2_SQL_ZONE_HEAD_TRIM);
    n2_query_id(&q, h->zone);
    n2_query_int(&q, (int64_t)h->serial - N2_ZONE_HEADS_KEPT);
    return n2_query_run(&q);
}

n2_err
n2_store_zone_head_put(
    n2_store *store, const n2_id *zone, uint64_t serial, const void *head, size_t len)
{
    if (!serial || serial > INT64_MAX)
        return N2_ERR_FORMAT;
    return n2_db_transact(store, put_head, &(head_row){zone, serial, head, len});
}

n2_err
n2_store_zone_heads(
    n2_store *store, const n2_id *zone, size_t n, n2_store_zone_head_cb *cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_ZONE_HEAD_LAST);

    n2_query_id(&q, zone);
    n2_query_int(&q, (int64_t)n);
    while (n2_query_row(&q))
        if (!cb(user, (uint64_t)n2_column_int(&q, 0), sqlite3_column_blob(q.stmt, 1),
                (size_t)sqlite3_column_bytes(q.stmt, 1)))
            break;
    return n2_query_end(&q);
}
