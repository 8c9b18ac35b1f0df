/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fsck-rows.c - what the database says, held against itself and against directories and heads.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/access.h"
#include "crypto/head.h"
#include "store/fsck-impl.h"

enum {
    INTEGRITY_MAX = 100 /* words of the database's own check */
};

n2_err
n2_fsck_database(n2_fsck *c, bool *more)
{
    char text[48];
    sqlite3_stmt *stmt = NULL;

    *more = false;
    (void)snprintf(text, sizeof text, "PRAGMA integrity_check(%d)", INTEGRITY_MAX);
    int code = sqlite3_prepare_v2(c->store->db, text, -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    for (; code == SQLITE_ROW; code = sqlite3_step(stmt)) {
        const char *words = (const char *)sqlite3_column_text(stmt, 0);
        if (words && strcmp(words, "ok") != 0)
            n2_fsck_found(c, N2_FSCK_DATABASE, NULL, words);
    }
    (void)sqlite3_finalize(stmt);
    return n2_db_error(c->store, code);
}

/* ---- rows that lead nowhere ---- */

typedef struct {
    n2_sql sql;
    const char *name;
} mending;

static n2_err
mend(n2_fsck *c, const mending *m)
{
    char text[48];
    n2_query q = n2_query_init(c->store, m->sql);
    n2_err err = n2_query_run(&q);
    int n = err ? 0 : sqlite3_changes(c->store->db);

    (void)snprintf(text, sizeof text, "%s: %d", m->name, n);
    if (n)
        n2_fsck_found(c, N2_FSCK_ROW, NULL, text);
    return err;
}

/* Its own check counts as a change: one that found nothing is undone, or a disk that cannot be
 * written would be a fault. */
static n2_err
index_inside(n2_store *store, void *data)
{
    bool *is_wrong = data;
    n2_err err = n2_index_check(store, is_wrong);

    return err || *is_wrong ? err : N2_ERR_NOTFOUND;
}

/* What can be searched, all of which can be made anew.  Where nothing can be written it is left
 * as it is: its pages were looked at with those of the database. */
static n2_err
check_index(n2_fsck *c)
{
    bool is_wrong = false;
    n2_err err = n2_db_transact(c->store, index_inside, &is_wrong);

    if (is_wrong)
        n2_fsck_found(c, N2_FSCK_ROW, NULL, "index");
    return err == N2_ERR_NOTFOUND || (err == N2_ERR_IO && !is_wrong) ? N2_OK : err;
}

n2_err
n2_fsck_rows(n2_fsck *c, bool *more)
{
    static const mending rows[] = {{N2_SQL_LOST_HASH, "object"},
                                   {N2_SQL_LOST_HEAD, "head"},
                                   {N2_SQL_LOST_VERSION, "version"},
                                   {N2_SQL_LOST_NAME, "name"},
                                   {N2_SQL_LOST_OBJECT, "object"},
                                   {N2_SQL_LOST_PIECE, "piece"},
                                   {N2_SQL_LOST_TREE, "tree"},
                                   {N2_SQL_LOST_EDGE, "edge"},
                                   {N2_SQL_LOST_REF, "ref"},
                                   {N2_SQL_LOST_ATTR, "attr"},
                                   {N2_SQL_LOST_MEMBER, "member"},
                                   {N2_SQL_LOST_CONTACT, "contact"},
                                   {N2_SQL_LOST_SEEN, "seen"},
                                   {N2_SQL_LOST_VOUCH, "vouch"},
                                   {N2_SQL_LOST_LOGIN, "login"},
                                   {N2_SQL_LOST_MOVED, "moved"},
                                   {N2_SQL_LOST_ZONE, "zone"},
                                   {N2_SQL_LOST_ZONE_NAME, "zone_name"},
                                   {N2_SQL_LOST_ZONE_HEAD, "zone_head"}};
    n2_err err = n2_store_flush(c->store);

    *more = false;
    for (size_t i = 0; !err && i < sizeof rows / sizeof rows[0]; i++)
        err = mend(c, &rows[i]);
    return err ? err : check_index(c);
}

n2_err
n2_fsck_garbage(n2_fsck *c, bool *more)
{
    n2_err err = n2_store_flush(c->store);

    *more = false;
    return err ? err : mend(c, &(mending){N2_SQL_LEAKED_OBJECT, "garbage"});
}

/* ---- edges and attributes of a directory ---- */

typedef struct {
    int64_t parent;
    int64_t realm;
    const n2_view *view;
} relink;

static n2_err
relink_inside(n2_store *store, void *data)
{
    static const n2_sql steps[] = {N2_SQL_EDGE_DOOM, N2_SQL_EDGE_DELETE, N2_SQL_ATTR_DELETE};
    const relink *r = data;
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < sizeof steps / sizeof steps[0]; i++) {
        n2_query q = n2_query_init(store, steps[i]);
        n2_query_int(&q, r->parent);
        err = n2_query_run(&q);
    }
    return err ? err : n2_row_link(store, r->parent, r->realm, r->view->bytes, r->view->len);
}

static n2_err
ask(n2_store *store, n2_sql sql, int64_t a, int64_t b, int64_t *out)
{
    n2_query q = n2_query_init(store, sql);

    n2_query_int(&q, a);
    if (b)
        n2_query_int(&q, b);
    *out = n2_query_row(&q) ? n2_column_int(&q, 0) : 0;
    return n2_query_end(&q);
}

static bool
is_row_of(n2_query *q, int64_t child, const n2_attr *a)
{
    return n2_column_int(q, 0) == child &&
           (size_t)sqlite3_column_bytes(q->stmt, 1) == a->name_len &&
           memcmp(sqlite3_column_text(q->stmt, 1), a->name, a->name_len) == 0 &&
           n2_column_int(q, 2) == a->type &&
           (size_t)sqlite3_column_bytes(q->stmt, 3) == a->len &&
           (!a->len || memcmp(sqlite3_column_blob(q->stmt, 3), a->value, a->len) == 0);
}

/* The list of who may read @e is held; *@n counts it. */
static n2_err
has_list(n2_store *store, int64_t parent, const n2_entry *e, size_t *n, bool *is_same)
{
    int64_t has = 0;
    n2_ref list;
    n2_row row;

    if (n2_access_of(e, &list) != N2_ACCESS_LIST)
        return N2_OK;
    n2_err err = n2_row_find(store, &list.id, &row);
    if (!err && row.id)
        err = ask(store, N2_SQL_EDGE_HAS, parent, row.id, &has);
    *is_same = has;
    ++*n;
    return err;
}

/* Each entry has its edge, and there are no others but those to lists; the rows of attributes
 * are theirs, in their order. */
static n2_err
compare_links(n2_store *store, int64_t parent, const n2_directory *dir, bool *is_same)
{
    n2_query rows = n2_query_init(store, N2_SQL_ATTR_OF);
    int64_t n_edges = 0, has = 1;
    size_t n_found = 0;
    n2_entry e;
    n2_attr a;
    n2_err err = N2_OK;

    *is_same = true;
    n2_query_int(&rows, parent);
    for (size_t at = 0; !err && *is_same && n2_directory_next(dir, &at, &e); n_found++) {
        n2_row child;
        err = n2_row_find(store, &e.ref.id, &child);
        has = 0;
        if (!err && child.id)
            err = ask(store, N2_SQL_EDGE_HAS, parent, child.id, &has);
        *is_same = has;
        if (!err && *is_same)
            err = has_list(store, parent, &e, &n_found, is_same);
        for (size_t i = 0; !err && *is_same && n2_entry_next_attr(&e, &i, &a);)
            *is_same = n2_query_row(&rows) && is_row_of(&rows, child.id, &a);
    }
    if (*is_same && n2_query_row(&rows))
        *is_same = false; /* one too many */
    n2_err rows_err = n2_query_end(&rows);
    if (!err)
        err = rows_err;
    if (!err)
        err = ask(store, N2_SQL_EDGE_COUNT, parent, 0, &n_edges);
    *is_same = *is_same && (uint64_t)n_edges <= n_found;
    return err;
}

n2_err
n2_fsck_links(n2_fsck *c)
{
    n2_store *store = c->store;
    relink r = {.parent = c->object.id, .view = &c->view};
    n2_directory dir;
    n2_row row;
    bool is_same = true;
    n2_err err = n2_row_find(store, &c->object.ref.id, &row);

    if (err || row.id != c->object.id || row.state != N2_OBJECT_WHOLE)
        return err; /* it went meanwhile */
    err = n2_directory_check(&dir, c->view.bytes, c->view.len, store->config.unicode);
    if (err) { /* the rules for directories have changed since */
        n2_fsck_found(c, N2_FSCK_EDGE, &c->object.ref, n2_err_text(err));
        return N2_OK;
    }
    err = compare_links(store, r.parent, &dir, &is_same);
    if (err || is_same)
        return err;
    err = ask(store, N2_SQL_EDGE_REALM, r.parent, 0, &r.realm);
    if (!err)
        err = n2_db_transact(store, relink_inside, &r);
    if (err)
        return err;
    c->has_relinked = true;
    n2_fsck_found(c, N2_FSCK_EDGE, &c->object.ref, "");
    return N2_OK;
}

/* ---- who may read ---- */

static n2_err
realms_inside(n2_store *store, void *data)
{
    return n2_realms_inside(store, data);
}

n2_err
n2_fsck_realms(n2_fsck *c, bool *more)
{
    bool are_needed = false;
    char text[32];
    uint64_t n = 0;
    n2_err err = n2_realms_are_needed(c->store, &are_needed);

    *more = false;
    if (!err && are_needed)
        err = n2_db_transact(c->store, realms_inside, &n);
    (void)snprintf(text, sizeof text, "realm: %" PRIu64, n);
    if (!err && n && !c->has_relinked)
        n2_fsck_found(c, N2_FSCK_REALM, NULL, text);
    return err;
}

/* ---- heads ---- */

typedef struct {
    n2_id who;
    char *branch; /* owned */
    uint64_t counter;
    uint8_t hash[N2_HASH_BYTES];
    bool is_own;
    uint8_t *statement; /* owned */
    size_t len;
} head_row;

static n2_err
next_head(n2_fsck *c, head_row *out)
{
    n2_query q = n2_query_init(c->store, N2_SQL_HEAD_AFTER);
    size_t len = 0;

    *out = (head_row){0};
    n2_query_id(&q, &c->head_who);
    n2_query_text(&q, c->head_branch ? c->head_branch : "");
    if (n2_query_row(&q)) {
        if (!n2_column_id(&q, 0, &out->who))
            q.err = N2_ERR_CORRUPT;
        out->branch = (char *)n2_column_dup(&q, 1, &len);
        out->counter = (uint64_t)n2_column_int(&q, 2);
        (void)n2_column_copy(&q, 3, out->hash, sizeof out->hash);
        out->is_own = n2_column_int(&q, 4) != 0;
        out->statement = n2_column_dup(&q, 5, &out->len);
    }
    return n2_query_end(&q);
}

static n2_err
put_head(n2_store *store, const head_row *h, const n2_head *head)
{
    n2_query q = n2_query_init(store, N2_SQL_HEAD_PUT);

    n2_query_id(&q, &h->who);
    n2_query_text(&q, h->branch);
    n2_query_int(&q, (int64_t)head->counter);
    n2_query_blob(&q, head->hash, sizeof head->hash);
    n2_query_int(&q, h->is_own);
    n2_query_blob(&q, h->statement, h->len);
    return n2_query_run(&q);
}

static n2_err
set_aside(n2_store *store, const head_row *h)
{
    n2_query q = n2_query_init(store, N2_SQL_HEAD_SET_ASIDE);

    n2_query_id(&q, &h->who);
    n2_query_text(&q, h->branch);
    return n2_query_run(&q);
}

static n2_err
is_held(n2_store *store, const n2_head *head, bool *out)
{
    n2_query q = n2_query_init(store, N2_SQL_HEAD_HELD);

    n2_query_id(&q, &head->root.id);
    *out = n2_query_row(&q);
    return n2_query_end(&q);
}

/* What is wrong with it, mended or set aside; or NULL. */
static n2_err
judge_head(n2_fsck *c, const head_row *h, const char **wrong)
{
    n2_store *store = c->store;
    bool held = true;
    n2_statement s;
    n2_head head;
    n2_err err = N2_OK;

    if (!h->len)
        return N2_OK; /* it was set aside before */
    if (n2_statement_check(&s, h->statement, h->len, N2_KIND_TREE_HEAD,
                           store->config.unicode) ||
        n2_head_read(&head, &s.body)) {
        *wrong = "not a signed head";
        return set_aside(store, h);
    }
    if (!n2_id_equal(&head.who, &h->who) || strcmp(head.branch, h->branch) != 0) {
        *wrong = "the head of something else";
        return set_aside(store, h);
    }
    if (head.counter != h->counter || memcmp(head.hash, h->hash, sizeof h->hash) != 0) {
        *wrong = "its counter or hash was another";
        err = put_head(store, h, &head);
    }
    if (!err && h->is_own)
        err = is_held(store, &head, &held);
    if (!held) {
        *wrong = "its tree is not held";
        return set_aside(store, h);
    }
    return err;
}

n2_err
n2_fsck_head(n2_fsck *c, bool *more)
{
    const char *wrong = NULL;
    head_row h;
    n2_err err = next_head(c, &h);

    *more = !err && h.branch;
    if (*more)
        err = judge_head(c, &h, &wrong);
    if (!err && wrong)
        n2_fsck_found(c, N2_FSCK_HEAD, &(n2_ref){.id = h.who}, wrong);
    if (*more) {
        c->report.n_heads++;
        c->head_who = h.who;
        free(c->head_branch);
        c->head_branch = h.branch;
        h.branch = NULL;
    }
    free(h.branch);
    free(h.statement);
    return err;
}

/* ---- owners ---- */

n2_err
n2_fsck_owner(n2_fsck *c, bool *more)
{
    n2_query q = n2_query_init(c->store, N2_SQL_OWNER_COUNTED);
    char name[N2_ID_TEXT_BYTES] = "";
    int64_t said = 0;
    uint64_t used = 0;

    n2_query_int(&q, c->owner);
    *more = n2_query_row(&q);
    if (*more) {
        const char *text = (const char *)sqlite3_column_text(q.stmt, 1);
        c->owner = n2_column_int(&q, 0);
        said = n2_column_int(&q, 2);
        strncat(name, text ? text : "", sizeof name - 1);
    }
    n2_err err = n2_query_end(&q);
    if (!err && *more)
        err = n2_store_used(c->store, c->owner, &used);
    if (err || !*more || (int64_t)used == said)
        return err;
    q = n2_query_init(c->store, N2_SQL_OWNER_USED);
    n2_query_int(&q, c->owner);
    n2_query_int(&q, (int64_t)used);
    err = n2_query_run(&q);
    if (!err)
        n2_fsck_found(c, N2_FSCK_USED, NULL, name);
    return err;
}
