/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fsck.c - every byte hashed anew, a little at a time.
 */
#include "store/fsck.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/fsck-impl.h"

enum {
    STEP_BYTES = 4 * N2_GROUP_BYTES /* hashed in one step */
};

const char *
n2_fsck_word(n2_fsck_kind kind)
{
    static const char *const words[] = {
        [N2_FSCK_DATABASE] = "database", [N2_FSCK_ROW] = "row",
        [N2_FSCK_DAMAGED] = "damaged",   [N2_FSCK_MISSING] = "missing",
        [N2_FSCK_NODES] = "nodes",       [N2_FSCK_EDGE] = "edge",
        [N2_FSCK_HEAD] = "head",         [N2_FSCK_USED] = "used",
        [N2_FSCK_REALM] = "realm",       [N2_FSCK_ORPHAN] = "orphan"};

    return words[kind];
}

void
n2_fsck_found(n2_fsck *c, n2_fsck_kind kind, const n2_ref *ref, const char *text)
{
    n2_fsck_finding finding = {.kind = kind, .text = text};

    if (ref)
        finding.ref = *ref;
    c->report.n_findings++;
    if (c->cb)
        c->cb(c->user, &finding);
}

/* Up to the last one there was at the beginning: what comes meanwhile was hashed as it came. */
static n2_err
next_object(n2_store *store, int64_t after, int64_t last, n2_fsck_object *out)
{
    n2_query q = n2_query_init(store, N2_SQL_OBJECT_AFTER);

    *out = (n2_fsck_object){0};
    n2_query_int(&q, after);
    n2_query_int(&q, last);
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

static void
put_away(n2_fsck *c)
{
    n2_store_unmap(c->store, &c->view);
    n2_tree_free(c->tree);
    free(c->nodes);
    c->tree = NULL;
    c->nodes = NULL;
    c->n_nodes = c->n_hashed = 0;
}

static n2_err
lose_inside(n2_store *store, void *data)
{
    return n2_row_lose(store, *(const int64_t *)data);
}

/* Unless it has been mended, replaced or collected since it was looked up. */
static n2_err
lose(n2_fsck *c, n2_fsck_kind kind)
{
    n2_fsck_object *o = &c->object;
    n2_row row;
    n2_err err = n2_row_find(c->store, &o->ref.id, &row);

    if (err || row.id != o->id || row.state != o->state || strcmp(row.file, o->file) != 0)
        return err;
    err = n2_db_transact(c->store, lose_inside, &o->id);
    if (err)
        return err;
    n2_file_unlink(c->store, o->file);
    n2_fsck_found(c, kind, &o->ref, o->file);
    return N2_OK;
}

/* ---- whole contents ---- */

static n2_err
put_nodes(n2_store *store, void *data)
{
    const n2_fsck *c = data;
    n2_query q = n2_query_init(store, N2_SQL_TREE_PUT);

    n2_query_int(&q, c->object.id);
    n2_query_blob(&q, c->nodes, c->n_nodes * N2_HASH_BYTES);
    n2_query_text(&q, NULL);
    return n2_query_run(&q);
}

/* Small contents have no nodes, larger ones those that were just computed. */
static n2_err
compare_nodes(n2_fsck *c)
{
    uint8_t(*stored)[N2_HASH_BYTES] = NULL;
    size_t n = 0, want = c->n_nodes > 1 ? c->n_nodes : 0;
    n2_err err = n2_store_nodes(c->store, &c->object.ref.id, &stored, &n);

    if (err == N2_ERR_NOTFOUND)
        return N2_OK; /* it went meanwhile */
    bool is_same = !err && n == want && (!want || !memcmp(stored, c->nodes, n * N2_HASH_BYTES));
    free(stored);
    if (is_same || (err && err != N2_ERR_CORRUPT))
        return err;
    c->n_nodes = want;
    err = n2_db_transact(c->store, put_nodes, c);
    if (!err)
        n2_fsck_found(c, N2_FSCK_NODES, &c->object.ref, c->object.file);
    return err;
}

static n2_err
finish_whole(n2_fsck *c)
{
    n2_fsck_object *o = &c->object;
    uint8_t root[N2_HASH_BYTES];
    n2_err err = N2_OK;

    c->n_nodes += n2_tree_finish(c->tree, root, c->nodes + c->n_nodes * N2_HASH_BYTES);
    if (memcmp(root, o->ref.id.hash, sizeof root) != 0)
        err = lose(c, N2_FSCK_DAMAGED);
    else if (o->file[0])
        err = compare_nodes(c);
    if (!err && o->is_directory && memcmp(root, o->ref.id.hash, sizeof root) == 0)
        err = n2_fsck_links(c);
    c->report.bytes += c->view.len;
    return err;
}

static n2_err
begin_whole(n2_fsck *c)
{
    n2_fsck_object *o = &c->object;
    n2_err err = n2_view_open(c->store, &o->ref.id, false, &c->view);

    c->report.n_contents++;
    if (err == N2_ERR_CORRUPT) { /* and absent by now */
        n2_file_unlink(c->store, o->file);
        n2_fsck_found(c, N2_FSCK_MISSING, &o->ref, o->file);
    }
    if (err)
        return err == N2_ERR_CORRUPT || err == N2_ERR_NOTFOUND ? N2_OK : err;
    c->nodes = malloc((size_t)(n2_tree_groups(c->view.len) + 1) * N2_HASH_BYTES);
    return c->nodes ? n2_tree_new(&c->tree, c->store->config.crypto, o->ref.id.method)
                    : N2_ERR_NOMEM;
}

static n2_err
hash_some(n2_fsck *c)
{
    size_t left = c->view.len - c->n_hashed, n = left < STEP_BYTES ? left : STEP_BYTES;

    c->n_nodes +=
        n2_tree_add(c->tree, c->view.bytes + c->n_hashed, n,
                    (uint8_t(*)[N2_HASH_BYTES])(c->nodes + c->n_nodes * N2_HASH_BYTES));
    c->n_hashed += n;
    if (c->n_hashed < c->view.len)
        return N2_OK;
    n2_err err = finish_whole(c);

    put_away(c);
    return err;
}

/* ---- parts ---- */

static n2_err
check_group(const n2_fsck *c,
            n2_file fd,
            uint64_t group,
            const uint8_t *nodes,
            uint8_t *buf,
            bool *holds)
{
    n2_store *store = c->store;
    const n2_disk *disk = store->config.disk;
    const n2_fsck_object *o = &c->object;
    uint64_t at = group * N2_GROUP_BYTES, left = o->ref.size - at;
    size_t len = left < N2_GROUP_BYTES ? (size_t)left : N2_GROUP_BYTES, n_read = 0;
    n2_err err = disk->pread(disk->user, fd, at, buf, len, &n_read);

    if (err)
        return err;
    if (n_read != len)
        *holds = false;
    else if (!nodes)
        *holds = n2_tree_check_whole(store->config.crypto, o->ref.id.method, buf, len,
                                     o->ref.id.hash);
    else
        *holds = n2_tree_check_group(store->config.crypto, o->ref.id.method, buf, len,
                                     nodes + group * N2_HASH_BYTES);
    return N2_OK;
}

static n2_err
read_tree(n2_fsck *c, uint8_t **nodes, size_t *nodes_len, uint8_t **have, size_t *have_len)
{
    n2_query q = n2_query_init(c->store, N2_SQL_TREE_GET);

    n2_query_int(&q, c->object.id);
    if (n2_query_row(&q)) {
        *nodes = n2_column_dup(&q, 0, nodes_len);
        *have = *nodes ? n2_column_dup(&q, 1, have_len) : NULL;
    }
    return n2_query_end(&q);
}

/* Every group that the row calls ours must be there. */
static n2_err
check_part(n2_fsck *c)
{
    const n2_disk *disk = c->store->config.disk;
    const n2_fsck_object *o = &c->object;
    uint64_t n_groups = n2_tree_groups(o->ref.size);
    uint8_t *nodes = NULL, *have = NULL, *buf = malloc(N2_GROUP_BYTES);
    size_t nodes_len = 0, have_len = 0;
    n2_file fd = -1;
    n2_err err = buf ? read_tree(c, &nodes, &nodes_len, &have, &have_len) : N2_ERR_NOMEM;
    bool holds = have && have_len == (n_groups + 7) / 8 &&
                 (n_groups <= 1 || (nodes_len == n_groups * N2_HASH_BYTES &&
                                    n2_tree_check_nodes(o->ref.id.method, o->ref.size,
                                                        (const uint8_t(*)[N2_HASH_BYTES])nodes,
                                                        o->ref.id.hash)));

    if (!err && holds)
        err = disk->open(disk->user, o->file, N2_OPEN_READ, &fd);
    if (err == N2_ERR_NOTFOUND) {
        err = N2_OK;
        holds = false;
    }
    for (uint64_t g = 0; !err && holds && g < n_groups; g++)
        if (have[g / 8] & 1 << g % 8)
            err = check_group(c, fd, g, n_groups > 1 ? nodes : NULL, buf, &holds);
    c->report.n_parts++;
    if (!err && !holds)
        err = lose(c, N2_FSCK_DAMAGED);
    n2_file_close(c->store, &fd);
    free(nodes);
    free(have);
    free(buf);
    return err;
}

/* ---- steps ---- */

static n2_err
find_last(n2_fsck *c)
{
    n2_query q = n2_query_init(c->store, N2_SQL_OBJECT_LAST);

    if (n2_query_row(&q))
        c->last_object = n2_column_int(&q, 0);
    return n2_query_end(&q);
}

static n2_err
step_object(n2_fsck *c, bool *more)
{
    n2_err err;

    *more = true;
    if (c->tree)
        return hash_some(c);
    err = c->last_object ? N2_OK : find_last(c);
    if (!err)
        err = next_object(c->store, c->object.id, c->last_object, &c->object);
    *more = !err && c->object.id;
    if (!*more || c->object.state == N2_OBJECT_ABSENT)
        return err;
    if (c->object.state == N2_OBJECT_WHOLE)
        return begin_whole(c);
    return n2_part_is_open(c->store, c->object.id) ? N2_OK : check_part(c);
}

static void
on_orphan(void *user, const char *file)
{
    n2_fsck_found(user, N2_FSCK_ORPHAN, NULL, file);
}

/* Files that wait for their row are no orphans: with any of them open, this is left to the next
 * start of the store. */
static n2_err
step_files(n2_fsck *c, bool *more)
{
    n2_err err = n2_store_flush(c->store);

    *more = false;
    if (err || c->store->open_parts || c->store->n_writers)
        return err;
    return n2_store_orphans(c->store, on_orphan, c);
}

static n2_err (*const phases[])(n2_fsck *c, bool *more) = {
    n2_fsck_database, n2_fsck_rows,  step_object,    n2_fsck_garbage, n2_fsck_head,
    n2_fsck_version,  n2_fsck_owner, n2_fsck_realms, step_files};

n2_err
n2_fsck_step(n2_fsck *check, bool *more)
{
    bool more_of_it = false;
    n2_err err = check->store->is_broken ? N2_ERR_IO : N2_OK;

    if (!err && check->phase < sizeof phases / sizeof phases[0])
        err = phases[check->phase](check, &more_of_it);
    check->phase += !err && !more_of_it;
    *more = !err && check->phase < sizeof phases / sizeof phases[0];
    return err;
}

n2_err
n2_fsck_new(n2_fsck **out, n2_store *store, n2_fsck_cb cb, void *user)
{
    n2_fsck *c = calloc(1, sizeof *c);

    *out = c;
    if (!c)
        return N2_ERR_NOMEM;
    c->store = store;
    c->cb = cb;
    c->user = user;
    return N2_OK;
}

void
n2_fsck_free(n2_fsck *check)
{
    if (!check)
        return;
    put_away(check);
    free(check->head_branch);
    free(check->version_branch);
    free(check);
}

const n2_fsck_report *
n2_fsck_result(const n2_fsck *check)
{
    return &check->report;
}

n2_err
n2_store_fsck(n2_store *store, n2_fsck_report *report, n2_fsck_cb cb, void *user)
{
    n2_fsck *c = NULL;
    bool more = true;
    n2_err err = n2_fsck_new(&c, store, cb, user);

    *report = (n2_fsck_report){0};
    while (!err && more)
        err = n2_fsck_step(c, &more);
    if (c)
        *report = c->report;
    n2_fsck_free(c);
    return err;
}
