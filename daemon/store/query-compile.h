/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-compile.h - a query as SQL: fixed words, and whatever came from outside bound to it.
 *
 * Layer: store, private.
 */
#pragma once

#include "store/db.h"
#include "store/query-parse.h"
#include "store/query-set.h"

enum {
    N2_FIND_BOUND_MAX = 8 * N2_FIND_TERMS_MAX + 16,
    N2_FIND_SQL_BYTES = 64 * 1024,
    N2_FIND_MATCH_BYTES = 3 * N2_FIND_TEXT_BYTES_MAX
};

/** What has a word, in which of its three places. */
typedef struct {
    n2_find_set entries; /* in name or title, by entry */
    n2_find_set pages;   /* in the text, by object */
    n2_find_set facts;   /* in an attribute, by entry */
    char match[];
} n2_find_rows;

typedef struct {
    n2_find_query query; /* read before */
    int64_t wall_us;
    bool only_seen; /* not all that is in the tables may be seen */
    bool is_own;
    n2_member who, account; /* unless is_own */
    n2_store *store;

    bool is_looked_up[N2_FIND_NODES_MAX];  /* of words */
    n2_find_rows *rows[N2_FIND_NODES_MAX]; /* (owned) (nullable) of words */
    bool is_cut;                           /* the clock, or an error, ended the counting */

    char sql[N2_FIND_SQL_BYTES]; /* gives ids of entries */
    size_t sql_len;
    struct {
        char *text; /* (owned) (nullable) */
        int64_t number;
        const n2_member *member; /* (transfer none) (nullable) */
        n2_find_set *set;        /* (transfer none) (nullable) */
    } bound[N2_FIND_BOUND_MAX];
    size_t n_bound;
    struct {
        const char *path; /* (transfer none) what term n of find_below and find_at stands for */
    } paths[N2_FIND_TERMS_MAX];
    size_t n_paths;
    char words[N2_FIND_MATCH_BYTES]; /* what to look for in texts that are shown; "": nothing */
    size_t words_len;
    size_t wrong_at;
    n2_err err;
} n2_find;

/** Makes `sql` of `query`, and all behind it; counts in `store`.  Returns: N2_OK,
 * N2_ERR_FORMAT, N2_ERR_LIMIT, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_find_compile(n2_find *find);
void n2_find_clear(n2_find *find);
