/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * why.c - what is kept, by whom, and why.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/db.h"

n2_err
n2_store_why(n2_store *store, const n2_id *hash, n2_store_hold_cb cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_WHY);

    n2_query_id(&q, hash);
    while (n2_query_row(&q)) {
        n2_store_hold hold = {.kind = (n2_owner_kind)n2_column_int(&q, 0),
                              .owner = (const char *)sqlite3_column_text(q.stmt, 1),
                              .slot = (const char *)sqlite3_column_text(q.stmt, 2),
                              .ref = {.size = (uint64_t)n2_column_int(&q, 4)}};

        if (!n2_column_id(&q, 3, &hold.ref.id))
            q.err = N2_ERR_CORRUPT;
        else if (!cb(user, &hold))
            break;
    }
    return n2_query_end(&q);
}

typedef struct {
    int64_t id;
    n2_store_share share;
    char *name; /* (owned) */
} row;

/* Fills @rows, whose names are the caller's to free; *@n of them. */
static n2_err
read_owners(n2_store *store, row *rows, size_t *n)
{
    n2_query q = n2_query_init(store, N2_SQL_OWNERS);

    while (*n < N2_STORE_OWNERS_SHOWN && n2_query_row(&q)) {
        const char *name = (const char *)sqlite3_column_text(q.stmt, 2);
        row *r = &rows[*n];

        r->id = n2_column_int(&q, 0);
        r->share = (n2_store_share){.kind = (n2_owner_kind)n2_column_int(&q, 1),
                                    .quota_bytes = (uint64_t)n2_column_int(&q, 3)};
        r->name = strdup(name ? name : "");
        if (!r->name) {
            q.err = N2_ERR_NOMEM;
            break;
        }
        r->share.name = r->name;
        ++*n;
    }
    return n2_query_end(&q);
}

n2_err
n2_store_owners(n2_store *store, n2_store_share_cb cb, void *user)
{
    row *rows = calloc(N2_STORE_OWNERS_SHOWN, sizeof *rows);
    size_t n = 0;
    n2_err err = rows ? read_owners(store, rows, &n) : N2_ERR_NOMEM;

    for (size_t i = 0; i < n && !err; i++) {
        err = n2_store_used(store, rows[i].id, &rows[i].share.used_bytes);
        if (!err && !cb(user, &rows[i].share))
            break;
    }
    for (size_t i = 0; i < n; i++)
        free(rows[i].name);
    free(rows);
    return err;
}
