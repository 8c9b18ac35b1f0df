/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * flush.c - what is pending becomes durable: files synced, folder synced, one COMMIT.
 *
 * INVARIANT order: no row names a file before its bytes and its name are synced, and nothing is
 * unlinked before the transaction that lets go of it is committed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/db.h"

n2_pending *
n2_pending_new(n2_batch *batch)
{
    n2_pending *p = calloc(1, sizeof *p);

    if (p) {
        p->batch = batch;
        p->fd = -1;
    }
    return p;
}

void
n2_pending_free(n2_store *store, n2_pending *p, bool unlink_file)
{
    if (!p)
        return;
    n2_file_close(store, &p->fd);
    if (unlink_file)
        n2_file_unlink(store, p->file);
    free(p->bytes);
    free(p->directory);
    free(p->nodes);
    free(p);
}

static size_t
bytes_of(const n2_pending *p)
{
    return sizeof *p + (p->bytes ? (size_t)p->ref.size : 0) +
           (p->directory ? (size_t)p->ref.size : 0) + p->nodes_len;
}

n2_err
n2_pending_take(n2_store *store, n2_pending *p)
{
    *store->pending_end = p;
    store->pending_end = &p->next;
    store->n_pending++;
    store->n_pending_files += p->fd >= 0;
    store->pending_bytes += bytes_of(p);
    if (store->n_pending >= N2_STORE_PENDING_MAX ||
        store->n_pending_files >= N2_STORE_PENDING_FILES_MAX ||
        store->pending_bytes >= N2_STORE_PENDING_BYTES_MAX)
        return n2_store_flush(store);
    return N2_OK;
}

void
n2_pending_forget(n2_batch *batch)
{
    n2_store *store = batch->store;
    n2_pending **at = &store->pending;

    while (*at) {
        n2_pending *p = *at;
        if (p->batch != batch) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        store->n_pending--;
        store->n_pending_files -= p->fd >= 0;
        store->pending_bytes -= bytes_of(p);
        n2_pending_free(store, p, !p->was_part);
    }
    store->pending_end = at;
}

static n2_err
sync_files(n2_store *store)
{
    const n2_disk *disk = store->config.disk;
    n2_err err = N2_OK;

    if (!store->n_pending_files)
        return N2_OK;
    if (store->n_pending_files > N2_STORE_SYNC_ONE_BY_ONE_MAX)
        err = disk->syncfs(disk->user);
    else
        for (n2_pending *p = store->pending; p && !err; p = p->next)
            if (p->fd >= 0)
                err = disk->fdatasync(disk->user, p->fd);
    return err ? err : disk->fsync_dir(disk->user, N2_STORE_FOLDER);
}

static n2_err
work_owner(n2_store *store, n2_batch *batch)
{
    char name[32];

    if (batch->owner)
        return N2_OK;
    (void)snprintf(name, sizeof name, "%" PRIu64, ++store->n_works);
    n2_query q = n2_query_init(store, N2_SQL_OWNER_NEW);
    n2_query_int(&q, N2_OWNER_WORK);
    n2_query_text(&q, name);
    n2_query_int(&q, 0);
    n2_err err = n2_query_run(&q);
    if (!err)
        batch->owner = sqlite3_last_insert_rowid(store->db);
    return err;
}

/* The batch holds the object: slot = the object's own number. */
static n2_err
hold(n2_store *store, n2_batch *batch, int64_t object)
{
    n2_err err = work_owner(store, batch);

    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_REF_SET);
    n2_query_int(&q, batch->owner);
    n2_query_int(&q, object);
    n2_query_int(&q, object);
    n2_query_int(&q, N2_REALM_OWN); /* work is nobody else's */
    return n2_query_run(&q);
}

/* The bytes' own rows: a piece, or the nodes of a file with more than one group. */
static n2_err
put_bytes(n2_store *store, int64_t object, const n2_pending *p)
{
    n2_query q;
    n2_err err = N2_OK;

    if (!p->file[0]) {
        q = n2_query_init(store, N2_SQL_PIECE_PUT);
        n2_query_int(&q, object);
        n2_query_blob(&q, p->bytes, (size_t)p->ref.size);
        return n2_query_run(&q);
    }
    q = n2_query_init(store, N2_SQL_TREE_DELETE);
    n2_query_int(&q, object);
    err = n2_query_run(&q);
    if (err || !p->nodes_len)
        return err;
    q = n2_query_init(store, N2_SQL_TREE_PUT);
    n2_query_int(&q, object);
    n2_query_blob(&q, p->nodes, p->nodes_len);
    n2_query_text(&q, NULL);
    return n2_query_run(&q);
}

static n2_err
make_whole(n2_store *store, const n2_row *row, const n2_pending *p)
{
    n2_query q = n2_query_init(store, N2_SQL_OBJECT_SET);

    n2_query_int(&q, row->id);
    n2_query_int(&q, (int64_t)p->ref.size);
    n2_query_text(&q, p->file[0] ? p->file : NULL);
    n2_query_int(&q, N2_OBJECT_WHOLE);
    n2_query_int(&q, p->is_directory || row->is_directory);
    n2_query_int(&q, n2_store_hour(store));
    return n2_query_run(&q);
}

static n2_err
drop_part_ref(n2_store *store, int64_t object)
{
    n2_query q = n2_query_init(store, N2_SQL_REF_DELETE);

    n2_query_int(&q, store->parts);
    n2_query_int(&q, object);
    return n2_query_run(&q);
}

void
n2_leave(n2_leftovers *left, const char *name)
{
    if (*name)
        memcpy(left->names[left->n++], name, N2_STORE_FILE_BYTES);
}

static n2_err
put_content(n2_store *store, n2_pending *p, n2_leftovers *left)
{
    const uint8_t *directory = p->directory ? p->directory : p->bytes;
    n2_row row;
    n2_err err = n2_row_find(store, &p->ref.id, &row);
    bool was_part = !err && row.state == N2_OBJECT_PART;

    if (!err && row.id && row.state == N2_OBJECT_WHOLE) {
        n2_leave(left, p->file); /* it is here already: the older bytes stay */
    } else if (!err) {
        if (!row.id)
            err =
                n2_row_new(store, &p->ref, p->file, N2_OBJECT_WHOLE, p->is_directory, &row.id);
        else if (strcmp(row.file, p->file) != 0)
            n2_leave(left, row.file);
        if (!err)
            err = make_whole(store, &row, p);
        if (!err)
            err = put_bytes(store, row.id, p);
    }
    if (!err && was_part)
        err = drop_part_ref(store, row.id);
    if (!err)
        err = hold(store, p->batch, row.id);
    if (!err && p->is_directory)
        err = n2_row_link(store, row.id, p->batch->edge_realm, directory, (size_t)p->ref.size);
    return err ? err : n2_index_here(store, row.id, p->is_directory);
}

static n2_err
put_all(n2_store *store, void *data)
{
    n2_err err = N2_OK;

    for (n2_pending *p = store->pending; p && !err; p = p->next)
        switch (p->kind) {
        case N2_PENDING_CONTENT:
            err = put_content(store, p, data);
            break;
        case N2_PENDING_HOLD:
            err = hold(store, p->batch, p->object);
            break;
        case N2_PENDING_TOUCH: {
            n2_query q = n2_query_init(store, N2_SQL_OBJECT_TOUCH);
            n2_query_int(&q, p->object);
            n2_query_int(&q, n2_store_hour(store));
            err = n2_query_run(&q);
            break;
        }
        }
    return err;
}

/* A file whose sync failed is never synced again, nor the work it belonged to believed.  The
 * row of a part may name such a file from an earlier sync: it goes, too. */
static n2_err
lose_parts(n2_store *store, void *data)
{
    n2_err err = N2_OK;

    (void)data;
    for (n2_pending *p = store->pending; p && !err; p = p->next) {
        n2_row row;
        if (!p->was_part)
            continue;
        err = n2_row_find(store, &p->ref.id, &row);
        if (!err && row.id && strcmp(row.file, p->file) == 0)
            err = n2_row_lose(store, row.id);
    }
    return err;
}

static bool
has_parts(const n2_store *store)
{
    for (const n2_pending *p = store->pending; p; p = p->next)
        if (p->was_part)
            return true;
    return false;
}

static void
end_pending(n2_store *store, n2_err failed)
{
    /* After a failed sync of the database nobody knows whether the rows are there: the next
     * start will see, and take away the files that have none. */
    bool unsure = store->is_broken;
    /* If the row of a part could not be freed of its file, the file stays with it. */
    bool parts_stay = failed && has_parts(store) && n2_db_transact(store, lose_parts, NULL);

    for (n2_pending *p = store->pending, *next; p; p = next) {
        next = p->next;
        if (failed && p->batch && p->kind != N2_PENDING_TOUCH)
            p->batch->err = failed;
        n2_pending_free(store, p, failed && !unsure && !(parts_stay && p->was_part));
    }
    store->pending = NULL;
    store->pending_end = &store->pending;
    store->n_pending = store->n_pending_files = store->pending_bytes = 0;
}

n2_err
n2_store_flush(n2_store *store)
{
    n2_leftovers left = {0};

    if (store->is_broken)
        return N2_ERR_IO;
    if (!store->n_pending)
        return N2_OK;
    left.names = calloc(store->n_pending, sizeof *left.names);
    n2_err err = left.names ? sync_files(store) : N2_ERR_NOMEM;
    if (!err)
        err = n2_db_transact(store, put_all, &left);
    for (n2_batch *b = store->batches; b; b = b->next) {
        if (err && !b->is_owner_kept)
            b->owner = 0; /* it was made in the transaction and went with it */
        b->is_owner_kept = b->owner != 0;
    }
    end_pending(store, err);
    for (size_t i = 0; !err && i < left.n; i++)
        n2_file_unlink(store, left.names[i]);
    free(left.names);
    return err;
}
