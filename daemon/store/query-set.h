/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-set.h - numbers of rows in order, which SQL asks whether one is among them.
 *
 * Layer: store, private.
 *
 * `n2_in(set, number)` is 1 or 0 in SQL.  A set is bound as a pointer, and read from the
 * database when it is asked for the first time: SQLite would write each of its numbers into a
 * tree of its own first, which takes twice as long as finding them.
 */
#pragma once

#include "store/db.h"

typedef struct {
    n2_store *store;
    n2_sql sql;        /* gives numbers of rows that have... */
    const char *match; /* (transfer none) this, for the full-text search */
    int64_t *ids;      /* (owned) in order, once they are all here */
    size_t n, room;
    bool is_whole;
} n2_find_set;

/** Makes n2_in() known to @db.  Returns: a code of SQLite's. */
int n2_find_set_register(sqlite3 *db);

/** @set must live until @stmt has run.  Returns: a code of SQLite's. */
int n2_find_set_bind(sqlite3_stmt *stmt, int at, n2_find_set *set);

/** How many it has, as far as @most; the set is whole then, if it has no more. *@n: of what was
 *  read even if it failed.  Returns: a code of SQLite's. */
int n2_find_set_count(n2_find_set *set, size_t most, size_t *n);

/** Puts one number behind the others.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_find_set_add(n2_find_set *set, int64_t id);

/** What was added is all: in order, each once. */
void n2_find_set_finish(n2_find_set *set);

/** Returns: the place of @id in the finished set, or set->n. */
size_t n2_find_set_at(const n2_find_set *set, int64_t id);

void n2_find_set_clear(n2_find_set *set);
