/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * book-names.c - which heads of zones were seen.
 */
#include "store/book.h"

#include "store/db.h"

typedef struct {
    const n2_id *zone;
    uint64_t serial;
    const uint8_t *hash;
    const void *statement;
    size_t len;
} seen;

static n2_err
head_put(n2_store *store, void *data)
{
    const seen *s = data;
    n2_query q = n2_query_init(store, N2_SQL_ZONE_SEEN_PUT);

    n2_query_id(&q, s->zone);
    n2_query_int(&q, (int64_t)s->serial);
    n2_query_blob(&q, s->hash, N2_HASH_BYTES);
    n2_query_blob(&q, s->statement, s->len);
    n2_err err = n2_query_run(&q);
    if (err)
        return err;
    q = n2_query_init(store, N2_SQL_ZONE_SEEN_TRIM);
    n2_query_id(&q, s->zone);
    n2_query_int(&q, N2_ZONE_HEADS_SEEN_MAX);
    err = n2_query_run(&q);
    if (err)
        return err;
    q = n2_query_init(store, N2_SQL_ZONE_SEEN_OUT);
    n2_query_int(&q, N2_ZONES_SEEN_MAX);
    return n2_query_run(&q);
}

n2_err
n2_store_seen_head_put(n2_store *store,
                       const n2_id *zone,
                       uint64_t serial,
                       const uint8_t hash[static N2_HASH_BYTES],
                       const void *statement,
                       size_t len)
{
    seen s = {.zone = zone, .serial = serial, .hash = hash, .statement = statement, .len = len};

    return n2_db_transact(store, head_put, &s);
}

n2_err
n2_store_seen_heads(n2_store *store, n2_store_seen_head_cb cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_ZONE_SEEN_LIST);

    while (n2_query_row(&q)) {
        n2_id zone;

        if (n2_column_id(&q, 0, &zone) && !cb(user, &zone, sqlite3_column_blob(q.stmt, 1),
                                              (size_t)sqlite3_column_bytes(q.stmt, 1)))
            break;
    }
    return n2_query_end(&q);
}
