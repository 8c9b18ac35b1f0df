/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fsck-version.c - the heads of the history of trees: what is no head of that tree goes, as it
 *                  is had from others again.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/statement.h"
#include "store/fsck-impl.h"

typedef struct {
    n2_id who;
    char *branch; /* (owned) */
    uint64_t counter;
    uint8_t hash[N2_HASH_BYTES];
    uint8_t *statement; /* (owned) */
    size_t len;
} version_row;

static n2_err
next_version(n2_fsck *c, version_row *out)
{
    n2_query q = n2_query_init(c->store, N2_SQL_VERSION_AFTER);
    size_t len = 0;

    *out = (version_row){0};
    n2_query_id(&q, &c->version_who);
    n2_query_text(&q, c->version_branch ? c->version_branch : "");
    n2_query_int(&q, (int64_t)c->version_counter);
    n2_query_blob(&q, c->version_hash, sizeof c->version_hash);
    if (n2_query_row(&q)) {
        if (!n2_column_id(&q, 0, &out->who) ||
            !n2_column_copy(&q, 3, out->hash, sizeof out->hash))
            q.err = N2_ERR_CORRUPT;
        out->branch = (char *)n2_column_dup(&q, 1, &len);
        out->counter = (uint64_t)n2_column_int(&q, 2);
        out->statement = n2_column_dup(&q, 4, &out->len);
    }
    return n2_query_end(&q);
}

static n2_err
drop(n2_store *store, const version_row *v)
{
    n2_query q = n2_query_init(store, N2_SQL_VERSION_DROP);

    n2_query_id(&q, &v->who);
    n2_query_text(&q, v->branch);
    n2_query_int(&q, (int64_t)v->counter);
    n2_query_blob(&q, v->hash, sizeof v->hash);
    return n2_query_run(&q);
}

/* What is wrong with it; NULL: nothing. */
static const char *
judge(const n2_store *store, const version_row *v)
{
    n2_statement s;
    n2_head head;

    if (n2_statement_check(&s, v->statement, v->len, N2_KIND_TREE_HEAD,
                           store->config.unicode) ||
        n2_head_read(&head, &s.body))
        return "not a signed head";
    if (!n2_id_equal(&head.who, &v->who) || strcmp(head.branch, v->branch) != 0)
        return "the head of something else";
    if (head.counter != v->counter || memcmp(head.hash, v->hash, sizeof v->hash) != 0)
        return "its counter or hash was another";
    return NULL;
}

n2_err
n2_fsck_version(n2_fsck *c, bool *more)
{
    version_row v;
    n2_err err = next_version(c, &v);

    *more = !err && v.branch;
    const char *wrong = *more ? judge(c->store, &v) : NULL;
    if (wrong) {
        n2_fsck_found(c, N2_FSCK_HEAD, &(n2_ref){.id = v.who}, wrong);
        err = drop(c->store, &v);
    }
    if (*more) {
        c->version_who = v.who;
        c->version_counter = v.counter;
        memcpy(c->version_hash, v.hash, sizeof v.hash);
        free(c->version_branch);
        c->version_branch = v.branch;
        v.branch = NULL;
    }
    free(v.branch);
    free(v.statement);
    return err;
}
