/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * index.c - what can be found: the entries of all that is published or pinned, taken in and out
 *           in small steps.
 *
 * A step looks first whether the tops are still those that were looked through.  New folders
 * are read, and are not seen until all are; then, in one transaction, they are seen and what no
 * top leads to any more is not.  So an answer is always that of one state, at most a little
 * old.
 */
#include "store/db.h"

#include <string.h>

#include "base/limits.h"
#include "base/types.h"
#include "crypto/access.h"
#include "crypto/directory.h"
#include "store/plain.h"

enum { /* of a shelf, and of a page: see sql-index.h */
    TO_READ = 0,
    SEEN = 1,
    GOES_AND_COMES = 3,
    NOT_HERE = 4,
    UNSEEN = 5
};

#define TYPE_FOLDER "folder"
#define TYPE_LINK "link"
#define ATTR_TITLE "title"

static n2_err
run(n2_store *store, n2_sql sql)
{
    n2_query q = n2_query_init(store, sql);

    return n2_query_run(&q);
}

static n2_err
run_on(n2_store *store, n2_sql sql, int64_t id)
{
    n2_query q = n2_query_init(store, sql);

    n2_query_int(&q, id);
    return n2_query_run(&q);
}

static n2_err
set_shelf(n2_store *store, int64_t object, int64_t state, size_t at)
{
    n2_query q = n2_query_init(store, N2_SQL_SHELF_SET);

    n2_query_int(&q, object);
    n2_query_int(&q, state);
    n2_query_int(&q, (int64_t)at);
    return n2_query_run(&q);
}

void
n2_index_touch(n2_store *store)
{
    store->index.is_stale = store->is_untidy = true;
}

n2_err
n2_index_here(n2_store *store, int64_t object, bool is_directory)
{
    n2_err err = run_on(store, is_directory ? N2_SQL_SHELF_HERE : N2_SQL_PAGE_HERE, object);

    if (!err && sqlite3_changes(store->db))
        n2_index_touch(store);
    return err;
}

/* ---- an entry comes ---- */

/* Attributes that have a column, or are not for reading. */
static bool
is_fact(const n2_attr *a)
{
    static const char *const others[] = {N2_ATTR_MODIFIED, N2_ATTR_TYPE, ATTR_TITLE,
                                         N2_ATTR_ACCESS};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (a->name_len == strlen(others[i]) && !memcmp(a->name, others[i], a->name_len))
            return false;
    return a->type == N2_TYPE_TEXT || a->type == N2_TYPE_INT || a->type == N2_TYPE_TIME ||
           a->type == N2_TYPE_ID;
}

static size_t
cut(const uint8_t *text, size_t len)
{
    if (len <= N2_INDEX_FACT_BYTES_MAX)
        return len;
    for (len = N2_INDEX_FACT_BYTES_MAX; len && (text[len] & 0xc0) == 0x80;)
        len--;
    return len;
}

static n2_err
put_fact(n2_store *store, int64_t entry, const n2_attr *a)
{
    char text[N2_ID_TEXT_BYTES];
    n2_field f = n2_attr_field(a);
    bool is_text = a->type == N2_TYPE_TEXT || a->type == N2_TYPE_ID;
    n2_query q = n2_query_init(store, N2_SQL_FACT_NEW);

    n2_query_int(&q, entry);
    n2_query_text_n(&q, (const char *)a->name, a->name_len);
    n2_query_int(&q, is_text ? N2_TYPE_TEXT : a->type);
    if (a->type == N2_TYPE_ID) {
        n2_id id = n2_field_id(&f);
        n2_id_format(text, N2_ID_IDENTITY, &id);
        n2_query_text(&q, text);
    } else if (is_text) {
        n2_query_text_n(&q, (const char *)a->value, cut(a->value, a->len));
    } else {
        n2_query_int(&q, n2_field_int(&f));
    }
    n2_err err = n2_query_run(&q);
    return err || !is_text
               ? err
               : run_on(store, N2_SQL_FACT_WORDS, sqlite3_last_insert_rowid(store->db));
}

static bool
is_page(const char *type)
{
    return !strncmp(type, "text/markdown", 13) || !strncmp(type, "text/x-net2o-wiki", 17) ||
           !strncmp(type, "text/plain", 10);
}

typedef struct {
    int64_t parent, object;
    const char *name;
    size_t name_len;
    uint64_t size;
    uint8_t kind;
    n2_attr title, type, modified; /* type 0: none */
    char type_text[64];            /* NUL-terminated; what is longer is cut */
} coming;

static void
find_type(coming *c)
{
    char name[N2_FILE_NAME_BYTES_MAX + 1];
    const char *text = c->kind == N2_ENTRY_DIR    ? TYPE_FOLDER
                       : c->kind == N2_ENTRY_LINK ? TYPE_LINK
                                                  : NULL;
    size_t n = c->type.len;

    if (!text && c->type.type == N2_TYPE_TEXT && n) {
        n = n < sizeof c->type_text ? n : sizeof c->type_text - 1;
        memcpy(c->type_text, c->type.value, n);
        c->type_text[n] = '\0';
        return;
    }
    if (!text) {
        memcpy(name, c->name, c->name_len);
        name[c->name_len] = '\0';
        text = n2_type_by_name(name);
    }
    n = strlen(text);
    n = n < sizeof c->type_text ? n : sizeof c->type_text - 1;
    memcpy(c->type_text, text, n);
    c->type_text[n] = '\0';
}

static void
bind_title(n2_query *q, const coming *c)
{
    n2_query found = n2_query_init(q->store, N2_SQL_PAGE_TITLE);

    if (c->title.type == N2_TYPE_TEXT) {
        n2_query_text_n(q, (const char *)c->title.value, cut(c->title.value, c->title.len));
        return;
    }
    n2_query_int(&found, c->object);
    if (n2_query_row(&found))
        n2_query_text(q, (const char *)sqlite3_column_text(found.stmt, 0));
    else
        n2_query_text(q, NULL);
    n2_err err = n2_query_end(&found);
    if (err && !q->err)
        q->err = err;
}

static n2_err
put_row(n2_store *store, const coming *c, int64_t *id)
{
    n2_field f = n2_attr_field(&c->modified);
    n2_query q = n2_query_init(store, N2_SQL_ENTRY_NEW);

    n2_query_int(&q, c->parent);
    n2_query_int(&q, c->object);
    n2_query_int(&q, c->kind);
    n2_query_text_n(&q, c->name, c->name_len);
    bind_title(&q, c);
    n2_query_text(&q, c->type_text);
    n2_query_int(&q, c->size > INT64_MAX ? INT64_MAX : (int64_t)c->size);
    if (c->modified.type == N2_TYPE_TIME)
        n2_query_int(&q, n2_field_int(&f));
    else
        n2_query_text(&q, NULL);
    n2_err err = n2_query_run(&q);
    *id = sqlite3_last_insert_rowid(store->db);
    return err ? err : run_on(store, N2_SQL_ENTRY_WORDS, *id);
}

static n2_err
put_entry(n2_store *store, int64_t parent, const n2_entry *e)
{
    coming c = {.parent = parent,
                .name = e->name,
                .name_len = e->name_len,
                .size = e->type == N2_ENTRY_DIR ? 0 : e->ref.size,
                .kind = e->type};
    n2_attr a;
    n2_row row;
    int64_t id = 0;
    n2_err err = n2_row_find(store, &e->ref.id, &row);

    if (err || !row.id)
        return err; /* fsck sees to it */
    c.object = row.id;
    (void)n2_entry_attr(e, ATTR_TITLE, &c.title);
    (void)n2_entry_attr(e, N2_ATTR_TYPE, &c.type);
    (void)n2_entry_attr(e, N2_ATTR_MODIFIED, &c.modified);
    find_type(&c);
    err = put_row(store, &c, &id);
    for (size_t at = 0; !err && n2_entry_next_attr(e, &at, &a);)
        if (is_fact(&a))
            err = put_fact(store, id, &a);
    if (!err && e->type == N2_ENTRY_DIR)
        err = run_on(store, N2_SQL_SHELF_ADD, row.id);
    if (!err && e->type == N2_ENTRY_FILE && is_page(c.type_text))
        err = run_on(store, N2_SQL_PAGE_NEW, row.id);
    return err;
}

/* ---- a folder comes ---- */

typedef struct {
    int64_t object;
    size_t at;
    n2_id hash;
    uint64_t size;
    bool is_directory, is_whole;
} shelf;

static n2_err
next_shelf(n2_store *store, shelf *s)
{
    n2_query q = n2_query_init(store, N2_SQL_SHELF_NEXT);

    *s = (shelf){0};
    if (n2_query_row(&q)) {
        s->object = n2_column_int(&q, 0);
        s->at = (size_t)n2_column_int(&q, 1);
        s->size = (uint64_t)n2_column_int(&q, 3);
        s->is_directory = n2_column_int(&q, 4) != 0;
        s->is_whole = n2_column_id(&q, 2, &s->hash) && n2_column_int(&q, 5) == N2_OBJECT_WHOLE;
    }
    return n2_query_end(&q);
}

/* A pinned file stands for itself, without a name. */
static n2_err
read_file(n2_store *store, const shelf *s)
{
    coming c = {.parent = s->object,
                .object = s->object,
                .name = "",
                .size = s->size,
                .kind = N2_ENTRY_FILE};
    int64_t id;

    find_type(&c);
    n2_err err = put_row(store, &c, &id);
    return err ? err : set_shelf(store, s->object, UNSEEN, 0);
}

/* *@n: entries that came. */
static n2_err
read_shelf(n2_store *store, const shelf *s, size_t *n)
{
    n2_view view = {0};
    n2_directory dir;
    n2_entry e;
    size_t at = s->at;
    bool is_end = false;

    *n = 1;
    if (!s->is_whole)
        return set_shelf(store, s->object, NOT_HERE, 0);
    if (!s->is_directory)
        return read_file(store, s);
    n2_err err = n2_view_open(store, &s->hash, false, &view);
    if (!err)
        err = n2_directory_check(&dir, view.bytes, view.len, store->config.unicode);
    if (err) { /* damaged: fsck says so, and when it has come anew it is read */
        n2_store_unmap(store, &view);
        return store->is_broken || err == N2_ERR_NOMEM || err == N2_ERR_IO
                   ? err
                   : set_shelf(store, s->object, NOT_HERE, 0);
    }
    for (*n = 0; !err && !is_end && *n < N2_INDEX_ENTRIES; ++*n) {
        is_end = !n2_directory_next(&dir, &at, &e);
        if (!is_end)
            err = put_entry(store, s->object, &e);
    }
    n2_store_unmap(store, &view);
    if (!err)
        err = set_shelf(store, s->object, is_end ? UNSEEN : TO_READ, is_end ? 0 : at);
    return err;
}

/* ---- a folder goes ---- */

static n2_err
drop_entry(n2_store *store, int64_t id, int64_t object)
{
    static const n2_sql steps[] = {N2_SQL_FACT_UNWORDS, N2_SQL_FACT_DELETE,
                                   N2_SQL_ENTRY_UNWORDS, N2_SQL_ENTRY_DELETE};
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < sizeof steps / sizeof steps[0]; i++)
        err = run_on(store, steps[i], id);
    if (!err)
        err = run_on(store, N2_SQL_PAGE_UNWORDS, object);
    return err ? err : run_on(store, N2_SQL_PAGE_DELETE, object);
}

static n2_err
drop_shelf(n2_store *store, int64_t object, int64_t state, size_t *n)
{
    n2_err err = N2_OK;

    for (*n = 0; !err && *n < N2_INDEX_ENTRIES; ++*n) {
        n2_query q = n2_query_init(store, N2_SQL_ENTRY_SOME);
        n2_query_int(&q, object);
        n2_query_int(&q, 1);
        bool has_one = n2_query_row(&q);
        int64_t id = has_one ? n2_column_int(&q, 0) : 0;
        int64_t of = has_one ? n2_column_int(&q, 1) : 0;
        err = n2_query_end(&q);
        if (err || !has_one)
            break;
        err = drop_entry(store, id, of);
    }
    if (err || *n == N2_INDEX_ENTRIES)
        return err;
    return state == GOES_AND_COMES ? set_shelf(store, object, TO_READ, 0)
                                   : run_on(store, N2_SQL_SHELF_GONE, object);
}

/* ---- a page comes ---- */

static n2_err
set_title(n2_store *store, int64_t object, const char *title)
{
    n2_err err = N2_OK;

    for (bool more = true; !err && more;) {
        n2_query q = n2_query_init(store, N2_SQL_ENTRY_UNTITLED);
        n2_query_int(&q, object);
        more = n2_query_row(&q);
        int64_t id = more ? n2_column_int(&q, 0) : 0;
        err = n2_query_end(&q);
        if (err || !more)
            break;
        err = run_on(store, N2_SQL_ENTRY_UNWORDS, id);
        if (err)
            break;
        q = n2_query_init(store, N2_SQL_ENTRY_TITLE);
        n2_query_int(&q, id);
        n2_query_text(&q, title);
        err = n2_query_run(&q);
        if (!err)
            err = run_on(store, N2_SQL_ENTRY_WORDS, id);
    }
    return err;
}

static n2_err
put_page(n2_store *store, int64_t object, const n2_view *view)
{
    n2_plain plain;
    n2_err err = n2_plain_read(&plain, view->bytes,
                               view->len < N2_INDEX_PAGE_BYTES_MAX ? view->len
                                                                   : N2_INDEX_PAGE_BYTES_MAX);
    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_PAGE_WORDS);
    n2_query_int(&q, object);
    n2_query_text_n(&q, plain.text, plain.len);
    err = n2_query_run(&q);
    if (!err) {
        q = n2_query_init(store, N2_SQL_PAGE_SET);
        n2_query_int(&q, object);
        n2_query_int(&q, SEEN);
        n2_query_text(&q, *plain.title ? plain.title : NULL);
        err = n2_query_run(&q);
    }
    if (!err && *plain.title)
        err = set_title(store, object, plain.title);
    n2_plain_clear(&plain);
    return err;
}

static n2_err
not_here(n2_store *store, int64_t object)
{
    n2_query q = n2_query_init(store, N2_SQL_PAGE_SET);

    n2_query_int(&q, object);
    n2_query_int(&q, NOT_HERE);
    n2_query_text(&q, NULL);
    return n2_query_run(&q);
}

/* *@object: 0 if there is none to read. */
static n2_err
read_page(n2_store *store, int64_t *object, size_t *bytes)
{
    n2_query q = n2_query_init(store, N2_SQL_PAGE_NEXT);
    n2_view view = {0};
    n2_id hash = {0};
    bool is_whole = false;

    *object = *bytes = 0;
    if (n2_query_row(&q)) {
        *object = n2_column_int(&q, 0);
        is_whole = n2_column_id(&q, 1, &hash) && n2_column_int(&q, 2) == N2_OBJECT_WHOLE;
    }
    n2_err err = n2_query_end(&q);
    if (err || !*object)
        return err;
    n2_err read = is_whole ? n2_view_open(store, &hash, false, &view) : N2_ERR_NOTFOUND;
    if (read && (store->is_broken || read == N2_ERR_NOMEM || read == N2_ERR_IO))
        return read;
    *bytes = view.len;
    err = read ? not_here(store, *object) : put_page(store, *object, &view);
    n2_store_unmap(store, &view);
    return err;
}

/* ---- steps ---- */

typedef struct {
    bool more;
    bool changes; /* what can be found */
} step;

static n2_err
look_at_tops(n2_store *store)
{
    n2_err err = run(store, N2_SQL_TOP_EMPTY);

    return err ? err : run(store, N2_SQL_TOP_WANT);
}

/* Is something read that is not seen yet, or seen that should not be? */
static n2_err
is_due(n2_store *store, bool *out)
{
    n2_query q = n2_query_init(store, N2_SQL_TOP_TURNS);

    *out = n2_query_row(&q) && n2_column_int(&q, 0);
    return n2_query_end(&q);
}

static n2_err
turn(n2_store *store)
{
    n2_err err = run(store, N2_SQL_TOP_SET);

    if (!err)
        err = run(store, N2_SQL_SHELF_SEEN);
    return err ? err : run(store, N2_SQL_SHELF_GOES);
}

static n2_err
going_shelf(n2_store *store, int64_t *object, int64_t *state)
{
    n2_query q = n2_query_init(store, N2_SQL_SHELF_GOING);

    *object = 0;
    if (n2_query_row(&q)) {
        *object = n2_column_int(&q, 0);
        *state = n2_column_int(&q, 1);
    }
    return n2_query_end(&q);
}

/* Folders come, then all turns at once, then folders go, then pages are read. */
static n2_err
step_inside(n2_store *store, void *data)
{
    step *s = data;
    size_t n = 0, n_now = 0, bytes = 0, bytes_now = 0;
    int64_t object = 0, state = 0;
    bool turns = false;
    shelf next;
    n2_err err = look_at_tops(store);

    s->more = true;
    if (!err)
        err = run(store, N2_SQL_TOP_COMES);
    for (; !err && n < N2_INDEX_ENTRIES; n += n_now) {
        err = next_shelf(store, &next);
        if (err || !next.object)
            break;
        err = read_shelf(store, &next, &n_now);
        n_now += !n_now;
    }
    if (err || n)
        return err;
    err = going_shelf(store, &object, &state);
    if (!err && !object)
        err = is_due(store, &turns);
    if (!err && turns) {
        err = turn(store);
        s->changes = true;
        if (!err)
            err = going_shelf(store, &object, &state);
    }
    for (; !err && object && n < N2_INDEX_ENTRIES; n += n_now + 1) {
        err = drop_shelf(store, object, state, &n_now);
        if (!err)
            err = going_shelf(store, &object, &state);
    }
    if (err || n)
        return err;
    for (; !err && n < N2_INDEX_PAGES && bytes < N2_INDEX_PAGES_BYTES; n++) {
        err = read_page(store, &object, &bytes_now);
        bytes += bytes_now;
        if (!object)
            break;
    }
    s->more = n != 0;
    s->changes |= n != 0;
    return err;
}

n2_err
n2_index_step(n2_store *store, bool *more)
{
    step s = {0};

    *more = false;
    if (!store->index.is_stale && !store->index.has_work)
        return N2_OK;
    n2_err err = store->index.has_work ? N2_OK : look_at_tops(store);
    if (!err && !store->index.has_work) {
        n2_query q = n2_query_init(store, N2_SQL_TOP_DIFFERS);
        store->index.has_work = n2_query_row(&q) && n2_column_int(&q, 0);
        err = n2_query_end(&q);
    }
    if (!err && store->index.has_work)
        err = n2_db_transact(store, step_inside, &s);
    if (err)
        return err;
    store->index.is_stale = false;
    store->index.has_work = *more = s.more;
    store->index.changes += s.changes;
    return N2_OK;
}

n2_err
n2_index_check(n2_store *store, bool *is_wrong)
{
    static const n2_sql checks[] = {N2_SQL_CHECK_ENTRY, N2_SQL_CHECK_FACT, N2_SQL_CHECK_PAGE};
    static const n2_sql clears[] = {N2_SQL_CLEAR_ENTRY_WORDS, N2_SQL_CLEAR_FACT_WORDS,
                                    N2_SQL_CLEAR_PAGE_WORDS,  N2_SQL_CLEAR_SHELF,
                                    N2_SQL_CLEAR_ENTRY,       N2_SQL_CLEAR_FACT,
                                    N2_SQL_CLEAR_PAGE};
    n2_query q = n2_query_init(store, N2_SQL_LOST_INDEX);

    *is_wrong = n2_query_row(&q) && n2_column_int(&q, 0);
    n2_err err = n2_query_end(&q);
    for (size_t i = 0; !err && !*is_wrong && i < sizeof checks / sizeof checks[0]; i++) {
        err = run(store, checks[i]);
        *is_wrong = err == N2_ERR_CORRUPT;
        err = *is_wrong ? N2_OK : err;
    }
    for (size_t i = 0; !err && *is_wrong && i < sizeof clears / sizeof clears[0]; i++)
        err = run(store, clears[i]);
    if (!err && *is_wrong)
        n2_index_touch(store);
    return err;
}
