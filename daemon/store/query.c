/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query.c - a query is run: which entries, within the time; then what is to be said of each.
 */
#include "store/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/directory.h"
#include "store/query-compile.h"

enum {
    STEPS_BETWEEN = 1000, /* of the database, between two looks at the clock */
    PATH_BYTES = (N2_PATH_DEPTH_MAX + 1) * (N2_FILE_NAME_BYTES_MAX + 1)
};

typedef struct {
    n2_store *store;
    const n2_store_search *search;
    n2_find find;
    uint64_t n_steps;
    bool is_late;
    int64_t *ids; /* (owned) room for max + 1 */
    size_t n_ids;
    n2_find_set objects; /* of these, */
    char **texts;        /* (owned) (nullable) and of each of them what is shown of its text */
    char path[PATH_BYTES]; /* written from its end */
} running;

/* ---- time ---- */

static int
late_cb(void *user)
{
    running *r = user;

    r->n_steps += STEPS_BETWEEN;
    r->is_late |=
        r->search->is_late ? r->search->is_late(r->search->user) : r->n_steps >= N2_FIND_STEPS;
    return r->is_late;
}

/* What SQLite says when it was told to stop is no failure. */
static n2_err
error_of(running *r, int code)
{
    return r->is_late && (code & 0xff) == SQLITE_INTERRUPT ? N2_OK
                                                           : n2_db_error(r->store, code);
}

/* ---- paths in a query ---- */

static n2_err
run_below(n2_store *store, n2_sql sql, int64_t a, int64_t b, const char *name, size_t len)
{
    n2_query q = n2_query_init(store, sql);

    n2_query_int(&q, a);
    if (name) {
        n2_query_int(&q, b);
        n2_query_text_n(&q, name, len);
    }
    return n2_query_run(&q);
}

/* Folders of term @n: down from all tops, by names; the step before has a term of its own below
 * zero. */
static n2_err
walk_path(n2_store *store, size_t n, const char *path)
{
    int64_t term = (int64_t)n, from = -1;
    bool is_first = true;
    n2_err err = run_below(store, N2_SQL_BELOW_TOPS, from, 0, NULL, 0);

    while (!err && *path) {
        size_t len = strcspn(path, "/");
        bool is_last = !path[len + strspn(path + len, "/")];
        int64_t to = is_last ? term : from - 1;

        if (len) {
            is_first = false;
            err = run_below(store, N2_SQL_BELOW_DOWN, from, to, path, len);
            if (!err && is_last)
                err = run_below(store, N2_SQL_BELOW_AT, from, term, path, len);
            from = to;
        }
        path += len + strspn(path + len, "/");
    }
    if (!err && is_first) /* "/": all of it */
        err = run_below(store, N2_SQL_BELOW_TOPS, term, 0, NULL, 0);
    return err ? err : run_below(store, N2_SQL_BELOW_ALL, term, 0, NULL, 0);
}

static n2_err
empty(n2_store *store)
{
    static const n2_sql both[] = {N2_SQL_BELOW_EMPTY, N2_SQL_AT_EMPTY};
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < 2; i++) {
        n2_query q = n2_query_init(store, both[i]);
        err = n2_query_run(&q);
    }
    return err;
}

static n2_err
walk_paths(running *r)
{
    n2_err err = r->find.n_paths ? empty(r->store) : N2_OK;

    for (size_t i = 0; !err && i < r->find.n_paths; i++) {
        err = walk_path(r->store, i, r->find.paths[i].path);
        if (!err && i + 1 < r->find.n_paths) {
            n2_query q = n2_query_init(r->store, N2_SQL_BELOW_STEPS);
            err = n2_query_run(&q);
        }
    }
    return err;
}

/* ---- which ---- */

static int
bind_all(const n2_find *f, sqlite3_stmt *stmt)
{
    int code = SQLITE_OK;

    for (size_t i = 0; code == SQLITE_OK && i < f->n_bound; i++) {
        int at = (int)i + 1;
        if (f->bound[i].text)
            code = sqlite3_bind_text(stmt, at, f->bound[i].text, -1, SQLITE_STATIC);
        else if (f->bound[i].set)
            code = n2_find_set_bind(stmt, at, f->bound[i].set);
        else if (f->bound[i].member)
            code = sqlite3_bind_blob(stmt, at, f->bound[i].member->bytes,
                                     (int)f->bound[i].member->len, SQLITE_STATIC);
        else
            code = sqlite3_bind_int64(stmt, at, f->bound[i].number);
    }
    return code;
}

static n2_err
collect(running *r)
{
    sqlite3 *db = r->store->db;
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(db, r->find.sql, (int)r->find.sql_len, &stmt, NULL);

    if (code == SQLITE_OK)
        code = bind_all(&r->find, stmt);
    for (size_t n = 0; code == SQLITE_OK || code == SQLITE_ROW; n++) {
        code = sqlite3_step(stmt);
        if (code != SQLITE_ROW || n < r->search->skip)
            continue;
        r->ids[r->n_ids++] = sqlite3_column_int64(stmt, 0);
        if (r->n_ids > r->search->max)
            break;
        if (n2_find_set_add(&r->objects, sqlite3_column_int64(stmt, 1)))
            code = SQLITE_NOMEM;
    }
    n2_find_set_finish(&r->objects);
    n2_err err = error_of(r, code);
    (void)sqlite3_finalize(stmt);
    return err;
}

/* With the clock running. */
static n2_err
look(running *r)
{
    sqlite3_progress_handler(r->store->db, STEPS_BETWEEN, late_cb, r);
    n2_err err = r->is_late ? N2_OK : walk_paths(r);

    if (err && r->is_late)
        err = N2_OK; /* the words or the paths alone took all the time */
    else if (!err && !r->is_late)
        err = collect(r);
    sqlite3_progress_handler(r->store->db, 0, NULL, NULL);
    return err;
}

/* ---- what is said of each ---- */

static void
bind_asker(n2_query *q, const running *r)
{
    n2_query_blob(q, r->find.who.bytes, r->find.who.len);
    n2_query_blob(q, r->find.account.bytes, r->find.account.len);
    n2_query_int(q, r->search->is_own);
}

/* Is @object a top, and whose? */
static n2_err
look_top(running *r, int64_t object, n2_store_hit *hit, char **owner, bool *is_top)
{
    n2_query q = n2_query_init(r->store, N2_SQL_HIT_TOP);

    n2_query_int(&q, object);
    bind_asker(&q, r);
    *is_top = n2_query_row(&q) && n2_column_id(&q, 0, &hit->top.id);
    if (*is_top) {
        hit->top.size = (uint64_t)n2_column_int(&q, 1);
        hit->top_kind = (n2_owner_kind)n2_column_int(&q, 2);
        *owner = strdup((const char *)sqlite3_column_text(q.stmt, 3));
        if (!*owner)
            q.err = N2_ERR_NOMEM;
    }
    return n2_query_end(&q);
}

/* Puts "@name/" before the path, which begins at *@at. */
static bool
put_name(running *r, size_t *at, const char *name)
{
    size_t n = strlen(name) + (*at + 1 < sizeof r->path);

    if (n > *at)
        return false;
    *at -= n;
    memcpy(r->path + *at, name, strlen(name));
    if (*at + n + 1 < sizeof r->path)
        r->path[*at + n - 1] = '/';
    return true;
}

typedef struct {
    int64_t parent; /* what `up` of the level above is looked for */
    int64_t after;  /* the entry that was tried last */
    size_t path_at;
} level;

/* The next folder that @l stands in. */
static n2_err
next_up(running *r, level *l, level *above, bool *has_one)
{
    n2_query q = n2_query_init(r->store, N2_SQL_HIT_UP);

    n2_query_int(&q, l->parent);
    bind_asker(&q, r);
    n2_query_int(&q, l->after);
    *has_one = n2_query_row(&q);
    if (*has_one) {
        *above = (level){.parent = n2_column_int(&q, 0), .path_at = l->path_at};
        l->after = n2_column_int(&q, 2);
        *has_one = put_name(r, &above->path_at, (const char *)sqlite3_column_text(q.stmt, 1));
    }
    return n2_query_end(&q);
}

/* Up from the folder @parent to a top; *@at: where the path begins, 0 if there is none. */
static n2_err
climb_up(running *r, int64_t parent, size_t *at, n2_store_hit *hit, char **owner)
{
    level levels[N2_PATH_DEPTH_MAX + 1];
    size_t depth = 0;
    n2_err err = N2_OK;

    levels[0] = (level){.parent = parent, .path_at = *at};
    *at = 0;
    for (int i = 0; !err && i < N2_FIND_CLIMB_MAX; i++) {
        bool is_top = false, has_one = false;
        if (!levels[depth].after)
            err = look_top(r, levels[depth].parent, hit, owner, &is_top);
        if (err || is_top) {
            *at = levels[depth].path_at;
            return err;
        }
        if (depth < N2_PATH_DEPTH_MAX)
            err = next_up(r, &levels[depth], &levels[depth + 1], &has_one);
        if (!err && has_one)
            depth++;
        else if (!err && !depth--)
            break;
    }
    return err;
}

/* Of all answers at once: to begin with words anew for each answer means to gather all places
 * of all words that begin so.  What is not here in time is not shown. */
static n2_err
read_texts(running *r)
{
    int code = SQLITE_DONE;

    if (!r->find.words_len || !r->objects.n || late_cb(r))
        return N2_OK;
    r->texts = calloc(r->objects.n, sizeof *r->texts);
    if (!r->texts)
        return N2_ERR_NOMEM;
    n2_query q = n2_query_init(r->store, N2_SQL_HIT_TEXTS);
    n2_query_text_n(&q, r->find.words, r->find.words_len);
    n2_query_int(&q, r->objects.ids[0]);
    n2_query_int(&q, r->objects.ids[r->objects.n - 1]);
    if (!q.err)
        q.err = n2_db_error(r->store, n2_find_set_bind(q.stmt, ++q.n_bound, &r->objects));
    sqlite3_progress_handler(r->store->db, STEPS_BETWEEN, late_cb, r);
    while (!q.err && (code = sqlite3_step(q.stmt)) == SQLITE_ROW) {
        size_t at = n2_find_set_at(&r->objects, n2_column_int(&q, 0));
        const char *text = (const char *)sqlite3_column_text(q.stmt, 1);
        if (at == r->objects.n || !text)
            continue;
        r->texts[at] = strdup(text);
        if (!r->texts[at])
            q.err = N2_ERR_NOMEM;
    }
    sqlite3_progress_handler(r->store->db, 0, NULL, NULL);
    if (!q.err)
        q.err = error_of(r, code);
    return n2_query_end(&q);
}

static n2_err
tell(running *r, int64_t id, n2_store_hit_cb cb, void *user, bool *goes_on, bool *was_told)
{
    n2_store_hit hit = {0};
    size_t at = sizeof r->path - 1;
    char *owner = NULL;
    n2_query q = n2_query_init(r->store, N2_SQL_HIT);
    n2_err err = N2_OK;

    *was_told = false;
    n2_query_int(&q, id);
    if (!n2_query_row(&q))
        return n2_query_end(&q);
    hit.kind = (uint8_t)n2_column_int(&q, 2);
    hit.name = (const char *)sqlite3_column_text(q.stmt, 3);
    hit.title = (const char *)sqlite3_column_text(q.stmt, 4);
    hit.type = (const char *)sqlite3_column_text(q.stmt, 5);
    hit.size = (uint64_t)n2_column_int(&q, 6);
    hit.has_changed = sqlite3_column_type(q.stmt, 7) != SQLITE_NULL;
    hit.changed_us = n2_column_int(&q, 7);
    hit.ref.size = (uint64_t)n2_column_int(&q, 9);
    hit.state = (n2_object_state)n2_column_int(&q, 10);
    bool is_known = n2_column_id(&q, 8, &hit.ref.id); /* else it has just been collected */
    r->path[at] = '\0';
    if (is_known && *hit.name)
        is_known = put_name(r, &at, hit.name);
    if (is_known)
        err = climb_up(r, n2_column_int(&q, 0), &at, &hit, &owner);
    if (!err && is_known && at) {
        hit.top_owner = owner;
        hit.path = r->path + at;
        size_t n = n2_find_set_at(&r->objects, n2_column_int(&q, 1));
        hit.text = r->texts && n < r->objects.n ? r->texts[n] : NULL;
        *goes_on = cb(user, &hit);
        *was_told = true;
    }
    free(owner);
    n2_err end = n2_query_end(&q);
    return err ? err : end;
}

/* ---- all ---- */

static n2_err
is_behind(n2_store *store, bool *out)
{
    n2_query q = n2_query_init(store, N2_SQL_SHELF_UNSEEN);

    *out = n2_query_row(&q) && n2_column_int(&q, 0);
    return n2_query_end(&q);
}

static n2_err
prepare(running *r, n2_store_found *found)
{
    const n2_store_search *s = r->search;
    n2_err err = n2_find_parse(&r->find.query, s->text, s->len);

    if (err) {
        found->wrong_at = r->find.query.wrong_at;
        return err;
    }
    err = is_behind(r->store, &r->find.only_seen);
    found->is_behind =
        r->find.only_seen || r->store->index.is_stale || r->store->index.has_work;
    r->find.is_own = s->is_own;
    r->find.wall_us = s->wall_us;
    if (!s->is_own && s->asker && s->asker->who)
        r->find.who = n2_member_of_id(s->asker->who);
    if (!s->is_own && s->asker && s->asker->account)
        r->find.account = n2_member_of_key(s->asker->account);
    if (err)
        return err;
    r->find.store = r->store;
    sqlite3_progress_handler(r->store->db, STEPS_BETWEEN, late_cb, r);
    err = n2_find_compile(&r->find);
    sqlite3_progress_handler(r->store->db, 0, NULL, NULL);
    if (err == N2_ERR_FORMAT || err == N2_ERR_LIMIT)
        found->wrong_at = r->find.wrong_at;
    return err;
}

static void
running_free(running *r)
{
    for (size_t i = 0; r->texts && i < r->objects.n; i++)
        free(r->texts[i]);
    free(r->texts);
    n2_find_set_clear(&r->objects);
    n2_find_clear(&r->find);
    free(r->ids);
    free(r);
}

n2_err
n2_store_query(n2_store *store,
               const n2_store_search *search,
               n2_store_hit_cb cb,
               void *user,
               n2_store_found *found)
{
    running *r = NULL;
    n2_err err = store->is_broken ? N2_ERR_IO : N2_OK;
    bool goes_on = true, was_told = false;

    *found = (n2_store_found){0};
    if (!err && (search->max > N2_FIND_ANSWERS_MAX || search->skip > N2_FIND_SKIPPED_MAX))
        return N2_ERR_LIMIT;
    if (!err)
        r = calloc(1, sizeof *r);
    if (!r)
        return err ? err : N2_ERR_NOMEM;
    r->store = store;
    r->search = search;
    r->ids = calloc(search->max + 1, sizeof *r->ids);
    err = r->ids ? prepare(r, found) : N2_ERR_NOMEM;
    if (!err)
        err = look(r);
    found->is_part = r->is_late;
    found->has_more = r->n_ids > search->max;
    if (!err)
        err = read_texts(r);
    for (size_t i = 0; !err && goes_on && i < r->n_ids && i < search->max; i++) {
        err = tell(r, r->ids[i], cb, user, &goes_on, &was_told);
        found->n_hits += was_told;
    }
    running_free(r);
    return err;
}

uint64_t
n2_store_index_changes(const n2_store *store)
{
    return store->index.changes;
}
