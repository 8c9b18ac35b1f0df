/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-set.c - numbers of rows in order, which SQL asks whether one is among them.
 */
#include "store/query-set.h"

#include <stdlib.h>

#define POINTER_TYPE "n2-find-set"

n2_err
n2_find_set_add(n2_find_set *set, int64_t id)
{
    if (set->n == set->room) {
        size_t room = set->room ? 2 * set->room : 128;
        int64_t *ids = realloc(set->ids, room * sizeof *ids);
        if (!ids)
            return N2_ERR_NOMEM;
        set->ids = ids;
        set->room = room;
    }
    set->ids[set->n++] = id;
    return N2_OK;
}

static int
by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* The full-text search gives its rows in order, so mostly nothing is to be done. */
void
n2_find_set_finish(n2_find_set *set)
{
    bool is_sorted = true;
    size_t n = 0;

    for (size_t i = 1; is_sorted && i < set->n; i++)
        is_sorted = set->ids[i - 1] <= set->ids[i];
    if (!is_sorted)
        qsort(set->ids, set->n, sizeof *set->ids, by_number);
    for (size_t i = 0; i < set->n; i++)
        if (!n || set->ids[n - 1] != set->ids[i])
            set->ids[n++] = set->ids[i];
    set->n = n;
    set->is_whole = true;
}

size_t
n2_find_set_at(const n2_find_set *set, int64_t id)
{
    size_t from = 0, to = set->n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (set->ids[middle] < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from < set->n && set->ids[from] == id ? from : set->n;
}

/* Reads @most and one more. */
static int
read_rows(n2_find_set *set, size_t most)
{
    n2_query q = n2_query_init(set->store, set->sql);
    int code = SQLITE_ERROR;

    set->n = 0;
    n2_query_text(&q, set->match);
    while (!q.err && (code = sqlite3_step(q.stmt)) == SQLITE_ROW && set->n <= most)
        q.err = n2_find_set_add(set, sqlite3_column_int64(q.stmt, 0));
    if (code == SQLITE_DONE && !q.err)
        n2_find_set_finish(set);
    else if (q.err)
        code = q.err == N2_ERR_NOMEM ? SQLITE_NOMEM : SQLITE_ERROR;
    (void)!n2_query_end(&q);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

int
n2_find_set_count(n2_find_set *set, size_t most, size_t *n)
{
    int code = set->is_whole ? SQLITE_OK : read_rows(set, most);

    *n = set->n < most ? set->n : most;
    return code;
}

static void
in_cb(sqlite3_context *context, int n_values, sqlite3_value **values)
{
    n2_find_set *set = sqlite3_value_pointer(values[0], POINTER_TYPE);
    int code = SQLITE_OK;

    (void)n_values;
    if (!set || sqlite3_value_type(values[1]) != SQLITE_INTEGER) {
        sqlite3_result_int(context, 0);
        return;
    }
    if (!set->is_whole)
        code = read_rows(set, SIZE_MAX - 1);
    if (code == SQLITE_OK)
        sqlite3_result_int(context,
                           n2_find_set_at(set, sqlite3_value_int64(values[1])) < set->n);
    else
        sqlite3_result_error_code(context, code);
}

int
n2_find_set_register(sqlite3 *db)
{
    return sqlite3_create_function_v2(db, "n2_in", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL,
                                      in_cb, NULL, NULL, NULL);
}

int
n2_find_set_bind(sqlite3_stmt *stmt, int at, n2_find_set *set)
{
    return sqlite3_bind_pointer(stmt, at, set, POINTER_TYPE, NULL);
}

void
n2_find_set_clear(n2_find_set *set)
{
    free(set->ids);
    *set = (n2_find_set){0};
}
