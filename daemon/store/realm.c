/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * realm.c - who may read what of the own trees, written into the edges below them.
 *
 * What an entry leads to is open to whom its attribute "access" names, else to whom its folder
 * is open.  An edge holds the realm in force there; one content may have several.  All is
 * worked out anew from the newest heads, in tables that live in memory, and then what differs
 * is written.  What only older trees lead to becomes nobody else's: there it may have been
 * open.
 */
#include "base/limits.h"
#include "crypto/access.h"
#include "crypto/head.h"
#include "store/db.h"

static n2_err
run(n2_store *store, n2_sql sql, uint64_t *n)
{
    n2_query q = n2_query_init(store, sql);
    n2_err err = n2_query_run(&q);

    if (!err && n)
        *n += (uint64_t)sqlite3_changes(store->db);
    return err;
}

/* ---- lists ---- */

typedef struct {
    n2_store *store;
    int64_t realm; /* 0: they are only counted */
    unsigned n_groups, n_members;
} listing;

static n2_err
put_member(listing *l, const n2_member *m)
{
    if (++l->n_members > N2_ACCESS_MEMBERS_MAX)
        return N2_ERR_LIMIT;
    if (!l->realm)
        return N2_OK;
    n2_member now;
    n2_err err = n2_member_now(l->store, m, &now);
    if (err)
        return err;
    n2_query q = n2_query_init(l->store, N2_SQL_REALM_MEMBER);

    n2_query_blob(&q, now.bytes, now.len);
    n2_query_int(&q, l->realm);
    return n2_query_run(&q);
}

/* The list at @id leads to @group: it is held from there. */
static n2_err
hold_group(const listing *l, const n2_id *id, const n2_ref *group)
{
    int64_t child;
    n2_row row;
    n2_err err = l->realm ? n2_row_find(l->store, id, &row) : N2_OK;

    return err || !l->realm ? err : n2_row_hold(l->store, row.id, group, false, &child);
}

/* As deep as N2_ACCESS_DEPTH_MAX. */
static n2_err
put_list(listing *l, const n2_id *id, unsigned depth)
{
    n2_store *store = l->store;
    n2_view view = {0};
    n2_box body;
    n2_member m;
    n2_ref group;
    n2_err err = n2_view_open(store, id, false, &view);

    if (!err)
        err = n2_access_check(&body, view.bytes, view.len, store->config.unicode);
    if (!err) {
        n2_id owner = n2_access_owner(&body);

        m = n2_member_of_id(&owner);
        err = put_member(l, &m);
    }
    for (size_t at = 0; !err && n2_access_next(&body, &at, &m);) {
        if (!n2_member_is_list(&m, &group))
            err = put_member(l, &m);
        else if (depth == N2_ACCESS_DEPTH_MAX || ++l->n_groups > N2_ACCESS_GROUPS_MAX)
            err = N2_ERR_LIMIT;
        else
            err = hold_group(l, id, &group);
        if (!err && n2_member_is_list(&m, &group))
            err = put_list(l, &group.id, depth + 1);
    }
    n2_store_unmap(store, &view);
    return err;
}

n2_err
n2_store_check_list(n2_store *store, const n2_id *list)
{
    listing l = {.store = store};

    return put_list(&l, list, 0);
}

/* Is it the list's own fault?  Then nobody is on what could not be read. */
static bool
is_of_list(n2_err err)
{
    return err != N2_ERR_IO && err != N2_ERR_NOMEM && err != N2_ERR_NOSPACE;
}

static n2_err
put_members(n2_store *store)
{
    n2_query q = n2_query_init(store, N2_SQL_REALM_LISTS);
    n2_err err = N2_OK;

    while (!err && n2_query_row(&q)) {
        listing l = {.store = store, .realm = n2_column_int(&q, 0)};
        n2_id id;

        if (n2_column_id(&q, 1, &id))
            err = put_list(&l, &id, 0);
        if (err && is_of_list(err) && !store->is_broken)
            err = N2_OK;
    }
    n2_err end = n2_query_end(&q);
    return err ? err : end;
}

/* ---- folders with entries of their own rule ---- */

static n2_err
put_row(n2_store *store, n2_sql sql, int64_t parent, int64_t child, int64_t realm)
{
    n2_query q = n2_query_init(store, sql);

    n2_query_int(&q, parent);
    n2_query_int(&q, child);
    if (sql == N2_SQL_REALM_ENTRY)
        n2_query_int(&q, realm);
    return n2_query_run(&q);
}

static n2_err
put_entry(n2_store *store, int64_t parent, const n2_entry *e)
{
    n2_ref list;
    n2_row child, box;
    n2_access access = n2_access_of(e, &list);
    int64_t realm = access == N2_ACCESS_PUBLIC ? N2_REALM_PUBLIC : N2_REALM_OWN;
    n2_err err = n2_row_find(store, &e->ref.id, &child);

    if (err || !child.id)
        return err;
    if (access == N2_ACCESS_AS_ABOVE)
        return put_row(store, N2_SQL_REALM_ENTRY_AS_ABOVE, parent, child.id, 0);
    if (access == N2_ACCESS_LIST) {
        err = n2_row_find(store, &list.id, &box);
        if (!err && box.id)
            realm = box.id;
    }
    return err ? err : put_row(store, N2_SQL_REALM_ENTRY, parent, child.id, realm);
}

static n2_err
put_folder(n2_store *store, int64_t parent, const n2_id *hash)
{
    n2_view view = {0};
    n2_directory dir;
    n2_entry e;
    /* Whatever it holds, what its edges say does not count any more. */
    n2_err err = put_row(store, N2_SQL_REALM_ENTRY, parent, 0, N2_REALM_OWN);
    n2_err read = err ? err : n2_view_open(store, hash, false, &view);

    if (!read)
        read = n2_directory_check(&dir, view.bytes, view.len, store->config.unicode);
    for (size_t at = 0; !err && !read && n2_directory_next(&dir, &at, &e);)
        err = put_entry(store, parent, &e);
    n2_store_unmap(store, &view);
    return !err && (store->is_broken || read == N2_ERR_NOMEM || read == N2_ERR_IO) ? read : err;
}

static n2_err
put_folders(n2_store *store)
{
    n2_query q = n2_query_init(store, N2_SQL_REALM_FOLDERS);
    n2_err err = N2_OK;

    while (!err && n2_query_row(&q)) {
        n2_id hash;

        if (n2_column_id(&q, 1, &hash))
            err = put_folder(store, n2_column_int(&q, 0), &hash);
    }
    n2_err end = n2_query_end(&q);
    return err ? err : end;
}

/* ---- the newest trees ---- */

static n2_err
put_root(n2_store *store, const uint8_t *statement, size_t len)
{
    n2_box box, body;
    n2_field f;
    n2_head head;
    n2_row row, list = {0};

    if (n2_box_check(&box, statement, len, N2_KIND_SIGNED, store->config.unicode))
        return N2_OK; /* set aside, or damaged: fsck says so */
    (void)n2_box_find(&box, 1, &f);
    body = n2_box_of_field(&f);
    if (n2_head_read(&head, &body))
        return N2_OK;
    n2_err err = n2_row_find(store, &head.root.id, &row);
    if (!err && head.access.id.method)
        err = n2_row_find(store, &head.access.id, &list);
    if (err || !row.id)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_REALM_ROOT);
    n2_query_int(&q, row.id);
    n2_query_int(&q, !head.access.id.method ? N2_REALM_PUBLIC
                     : list.id              ? list.id
                                            : N2_REALM_OWN);
    return n2_query_run(&q);
}

static n2_err
put_roots(n2_store *store)
{
    n2_query q = n2_query_init(store, N2_SQL_REALM_HEADS);
    n2_err err = N2_OK;

    while (!err && n2_query_row(&q))
        err = put_root(store, sqlite3_column_blob(q.stmt, 0),
                       (size_t)sqlite3_column_bytes(q.stmt, 0));
    n2_err end = n2_query_end(&q);
    return err ? err : end;
}

/* ---- all ---- */

n2_err
n2_realms_are_needed(n2_store *store, bool *out)
{
    n2_query q = n2_query_init(store, N2_SQL_REALM_IS_NEEDED);

    *out = n2_query_row(&q) && n2_column_int(&q, 0);
    return n2_query_end(&q);
}

n2_err
n2_store_has_closed(n2_store *store, bool *out)
{
    return n2_realms_are_needed(store, out);
}

static n2_err
empty(n2_store *store)
{
    static const n2_sql steps[] = {N2_SQL_REALM_EMPTY_BELOW, N2_SQL_REALM_EMPTY_ROOT,
                                   N2_SQL_REALM_EMPTY_ENTRY, N2_SQL_REALM_EMPTY_WANT,
                                   N2_SQL_REALM_EMPTY_MEMBER};
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < sizeof steps / sizeof steps[0]; i++)
        err = run(store, steps[i], NULL);
    return err;
}

n2_err
n2_realms_inside(n2_store *store, uint64_t *n)
{
    static const n2_sql writes[] = {N2_SQL_REALM_REFS,     N2_SQL_REALM_CLOSE,
                                    N2_SQL_REALM_UNWANTED, N2_SQL_REALM_OPEN,
                                    N2_SQL_MEMBER_GOES,    N2_SQL_MEMBER_COMES};
    n2_err err = empty(store);

    *n = 0;
    /* What comes in meanwhile, of a tree that is being made, may be part of a closed one. */
    for (n2_batch *b = store->batches; b; b = b->next)
        b->edge_realm = N2_REALM_OWN;
    if (!err)
        err = run(store, N2_SQL_REALM_BELOW, NULL);
    if (!err)
        err = put_roots(store);
    if (!err)
        err = put_folders(store);
    if (!err) /* nothing is restricted: nor are the trees before */
        err = run(store, N2_SQL_REALM_ALL_ROOTS, NULL);
    if (!err)
        err = run(store, N2_SQL_REALM_WALK, NULL);
    if (!err)
        err = put_members(store);
    for (size_t i = 0; !err && i < sizeof writes / sizeof writes[0]; i++)
        err = run(store, writes[i], n);
    return err ? err : empty(store);
}
