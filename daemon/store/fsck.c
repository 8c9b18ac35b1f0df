/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fsck.c - every row looked at, every byte hashed anew.
 */
#include "store/fsck.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/directory.h"
#include "crypto/tree.h"
#include "store/db.h"

typedef struct {
    n2_store *store;
    n2_fsck_report *report;
    n2_fsck_cb cb;
    void *user;
} check;

typedef struct {
    int64_t id;
    n2_ref ref;
    n2_object_state state;
    bool is_directory;
    char file[N2_STORE_FILE_BYTES];
} object;

static void
found(check *c, n2_fsck_kind kind, const n2_ref *ref, const char *text)
{
    n2_fsck_finding finding = {.kind = kind, .text = text};

    if (ref)
        finding.ref = *ref;
    c->report->n_findings++;
    if (c->cb)
        c->cb(c->user, &finding);
}

static n2_err
check_database(check *c)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(c->store->db, "PRAGMA integrity_check(100)", -1, &stmt, NULL);

    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(stmt);
        const char *text =
            code == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : "ok";
        if (text && strcmp(text, "ok") != 0)
            found(c, N2_FSCK_DATABASE, NULL, text);
    }
    (void)sqlite3_finalize(stmt);
    return n2_db_error(c->store, code);
}

static n2_err
next_object(n2_store *store, int64_t after, object *out)
{
    n2_query q = n2_query_init(store, N2_SQL_OBJECT_AFTER);

    *out = (object){0};
    n2_query_int(&q, after);
    if (n2_query_row(&q)) {
        const char *file = (const char *)sqlite3_column_text(q.stmt, 3);
        out->id = n2_column_int(&q, 0);
        out->ref.size = (uint64_t)n2_column_int(&q, 2);
        out->state = (n2_object_state)n2_column_int(&q, 4);
        out->is_directory = n2_column_int(&q, 5) != 0;
        if (file && strlen(file) < sizeof out->file)
            memcpy(out->file, file, strlen(file) + 1);
        if (!n2_column_id(&q, 1, &out->ref.id))
            q.err = N2_ERR_CORRUPT;
    }
    return n2_query_end(&q);
}

static n2_err
lose_inside(n2_store *store, void *data)
{
    return n2_row_lose(store, *(const int64_t *)data);
}

static n2_err
lose(check *c, object *o, n2_fsck_kind kind)
{
    n2_err err = n2_db_transact(c->store, lose_inside, &o->id);

    if (err)
        return err;
    n2_file_unlink(c->store, o->file);
    found(c, kind, &o->ref, o->file);
    return N2_OK;
}

typedef struct {
    int64_t parent;
    int64_t realm;
    n2_view view;
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
    return err ? err : n2_row_link(store, r->parent, r->realm, r->view.bytes, r->view.len);
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

/* Each entry has its edge, and there are no others. */
static n2_err
check_edges(check *c, const object *o, const n2_view *view)
{
    n2_store *store = c->store;
    n2_directory dir;
    n2_entry e;
    int64_t n_edges = 0, has = 1;
    size_t n_found = 0;
    relink r = {.parent = o->id, .view = *view};
    n2_err err = n2_directory_check(&dir, view->bytes, view->len, store->config.unicode);

    if (err) { /* the rules for directories have changed since */
        found(c, N2_FSCK_EDGE, &o->ref, n2_err_text(err));
        return N2_OK;
    }
    for (size_t at = 0; !err && has && n2_directory_next(&dir, &at, &e); n_found++) {
        n2_row child;
        err = n2_row_find(store, &e.ref.id, &child);
        has = 0;
        if (!err && child.id)
            err = ask(store, N2_SQL_EDGE_HAS, o->id, child.id, &has);
    }
    if (!err)
        err = ask(store, N2_SQL_EDGE_COUNT, o->id, 0, &n_edges);
    if (err || (has && (uint64_t)n_edges <= n_found))
        return err;
    err = ask(store, N2_SQL_EDGE_REALM, o->id, 0, &r.realm);
    if (!err)
        err = n2_db_transact(store, relink_inside, &r);
    if (!err)
        found(c, N2_FSCK_EDGE, &o->ref, "");
    return err;
}

static n2_err
check_whole(check *c, object *o)
{
    n2_store *store = c->store;
    uint8_t root[N2_HASH_BYTES];
    n2_view view;
    n2_err err = n2_store_map(store, &o->ref.id, &view);

    if (err == N2_ERR_CORRUPT)
        return lose(c, o, N2_FSCK_MISSING);
    if (err)
        return err;
    n2_tree_root_of(store->config.crypto, o->ref.id.method, view.bytes, view.len, root);
    if (memcmp(root, o->ref.id.hash, sizeof root) != 0)
        err = lose(c, o, N2_FSCK_DAMAGED);
    else if (o->is_directory)
        err = check_edges(c, o, &view);
    c->report->bytes += view.len;
    n2_store_unmap(store, &view);
    return err;
}

static bool
group_holds(n2_store *store,
            const object *o,
            n2_file fd,
            uint64_t group,
            const uint8_t *nodes,
            uint8_t *buf)
{
    const n2_disk *disk = store->config.disk;
    uint64_t at = group * N2_GROUP_BYTES, left = o->ref.size - at;
    size_t len = left < N2_GROUP_BYTES ? (size_t)left : N2_GROUP_BYTES, n_read = 0;

    if (disk->pread(disk->user, fd, at, buf, len, &n_read) || n_read != len)
        return false;
    if (!nodes)
        return n2_tree_check_whole(store->config.crypto, o->ref.id.method, buf, len,
                                   o->ref.id.hash);
    return n2_tree_check_group(store->config.crypto, o->ref.id.method, buf, len,
                               nodes + group * N2_HASH_BYTES);
}

/* Every group that the row calls ours must be there. */
static n2_err
check_part(check *c, object *o)
{
    n2_store *store = c->store;
    const n2_disk *disk = store->config.disk;
    uint64_t n_groups = n2_tree_groups(o->ref.size);
    uint8_t *nodes = NULL, *have = NULL, *buf = malloc(N2_GROUP_BYTES);
    size_t nodes_len = 0, have_len = 0;
    n2_file fd = -1;
    n2_query q = n2_query_init(store, N2_SQL_TREE_GET);

    n2_query_int(&q, o->id);
    if (n2_query_row(&q)) {
        nodes = n2_column_dup(&q, 0, &nodes_len);
        have = nodes ? n2_column_dup(&q, 1, &have_len) : NULL;
    }
    n2_err err = n2_query_end(&q);
    if (!err && !buf)
        err = N2_ERR_NOMEM;
    if (err)
        goto out;
    bool holds = have && have_len == (n_groups + 7) / 8 &&
                 (n_groups <= 1 || nodes_len == n_groups * N2_HASH_BYTES) &&
                 disk->open(disk->user, o->file, N2_OPEN_READ, &fd) == N2_OK;
    for (uint64_t g = 0; holds && g < n_groups; g++)
        if (have[g / 8] & 1 << g % 8)
            holds = group_holds(store, o, fd, g, n_groups > 1 ? nodes : NULL, buf);
    c->report->n_parts++;
    if (!holds)
        err = lose(c, o, N2_FSCK_DAMAGED);
out:
    n2_file_close(store, &fd);
    free(nodes);
    free(have);
    free(buf);
    return err;
}

static n2_err
check_objects(check *c)
{
    object o = {0};
    n2_err err = next_object(c->store, 0, &o);

    while (!err && o.id) {
        c->report->n_contents += o.state == N2_OBJECT_WHOLE;
        if (o.state == N2_OBJECT_WHOLE)
            err = check_whole(c, &o);
        else if (o.state == N2_OBJECT_PART)
            err = check_part(c, &o);
        if (!err)
            err = next_object(c->store, o.id, &o);
    }
    return err;
}

static n2_err
check_owners(check *c)
{
    n2_err err = N2_OK;

    for (int64_t owner = 0; !err;) {
        n2_query q = n2_query_init(c->store, N2_SQL_OWNER_COUNTED);
        n2_query_int(&q, owner);
        bool more = n2_query_row(&q);
        uint64_t said = more ? (uint64_t)n2_column_int(&q, 2) : 0, used = 0;
        char name[N2_ID_TEXT_BYTES] = "";
        if (more) {
            owner = n2_column_int(&q, 0);
            const char *text = (const char *)sqlite3_column_text(q.stmt, 1);
            strncat(name, text ? text : "", sizeof name - 1);
        }
        err = n2_query_end(&q);
        if (err || !more)
            break;
        err = n2_store_used(c->store, owner, &used);
        if (err || used == said)
            continue;
        q = n2_query_init(c->store, N2_SQL_OWNER_USED);
        n2_query_int(&q, owner);
        n2_query_int(&q, (int64_t)used);
        err = n2_query_run(&q);
        if (!err)
            found(c, N2_FSCK_USED, NULL, name);
    }
    return err;
}

static void
on_orphan(void *user, const char *file)
{
    found(user, N2_FSCK_ORPHAN, NULL, file);
}

n2_err
n2_store_fsck(n2_store *store, n2_fsck_report *report, n2_fsck_cb cb, void *user)
{
    check c = {.store = store, .report = report, .cb = cb, .user = user};

    *report = (n2_fsck_report){0};
    n2_err err = n2_store_flush(store); /* files that wait for their row are no orphans */
    if (!err && (store->open_parts || store->n_writers))
        err = N2_ERR_BUSY;
    if (!err)
        err = check_database(&c);
    if (!err)
        err = check_objects(&c);
    if (!err)
        err = check_owners(&c);
    return err ? err : n2_store_orphans(store, on_orphan, &c);
}
