/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * write.c - batches, and contents written here: hashed as they come by, one leaf to the
 *           database, more to a file.
 */
#include "store/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/directory.h"
#include "crypto/head.h"
#include "crypto/tree.h"
#include "store/db.h"

enum {
    BUFFER_BYTES = N2_LEAF_BYTES * N2_HASH_LANES /* what the leaf hashes like best */
};

struct n2_store_writer {
    n2_batch *batch;
    uint8_t method;
    n2_err err;
    n2_tree *tree; /* owned; NULL while all fits one leaf */
    char file[N2_STORE_FILE_BYTES];
    n2_file fd;
    uint64_t size;  /* in the file */
    uint8_t *nodes; /* owned: group nodes, room for nodes_room of them */
    size_t n_nodes, nodes_room;
    size_t n_buffered;
    uint8_t *buffer; /* owned, BUFFER_BYTES */
};

n2_err
n2_batch_new(n2_batch **out, n2_store *store, int64_t realm)
{
    n2_err err = n2_store_room(store, 0);
    n2_batch *batch = err ? NULL : calloc(1, sizeof *batch);

    *out = batch;
    if (!batch)
        return err ? err : N2_ERR_NOMEM;
    batch->store = store;
    batch->realm = batch->edge_realm = realm;
    batch->next = store->batches;
    store->batches = batch;
    return N2_OK;
}

void
n2_batch_close_edges(n2_batch *batch)
{
    batch->edge_realm = N2_REALM_OWN;
}

static n2_err
drop_work(n2_store *store, void *data)
{
    return n2_owner_drop_inside(store, *(const int64_t *)data);
}

void
n2_batch_free(n2_batch *batch)
{
    n2_batch **at;

    if (!batch)
        return;
    n2_pending_forget(batch);
    for (at = &batch->store->batches; *at != batch; at = &(*at)->next)
        ;
    *at = batch->next;
    /* A failure leaves a stale owner, which goes at the next start. */
    if (batch->owner && n2_db_transact(batch->store, drop_work, &batch->owner))
        batch->owner = 0;
    free(batch);
}

n2_err
n2_store_writer_new(n2_store_writer **out, n2_batch *batch, uint8_t method)
{
    n2_store_writer *w = NULL;

    *out = NULL;
    if (!n2_hash_known(method))
        return N2_ERR_UNSUPPORTED;
    if (batch->err)
        return batch->err;
    w = calloc(1, sizeof *w);
    if (!w)
        return N2_ERR_NOMEM;
    *w = (n2_store_writer){.batch = batch, .method = method, .fd = -1};
    w->buffer = malloc(BUFFER_BYTES);
    if (!w->buffer) {
        free(w);
        return N2_ERR_NOMEM;
    }
    batch->store->n_writers++;
    *out = w;
    return N2_OK;
}

void
n2_store_writer_free(n2_store_writer *w)
{
    if (!w)
        return;
    w->batch->store->n_writers--;
    n2_file_close(w->batch->store, &w->fd);
    n2_file_unlink(w->batch->store, w->file);
    n2_tree_free(w->tree);
    free(w->nodes);
    free(w->buffer);
    free(w);
}

static n2_err
room_for_nodes(n2_store_writer *w, size_t more)
{
    if (w->n_nodes + more <= w->nodes_room)
        return N2_OK;
    size_t room = 2 * (w->n_nodes + more);
    uint8_t *nodes = realloc(w->nodes, room * N2_HASH_BYTES);
    if (!nodes)
        return N2_ERR_NOMEM;
    w->nodes = nodes;
    w->nodes_room = room;
    return N2_OK;
}

static n2_err
write_out(n2_store_writer *w, const uint8_t *bytes, size_t len)
{
    n2_store *store = w->batch->store;
    const n2_disk *disk = store->config.disk;
    n2_err err = N2_OK;

    if (!w->tree)
        err = n2_tree_new(&w->tree, store->config.crypto, w->method);
    if (!err && w->fd < 0)
        err = n2_file_new(store, w->file, &w->fd);
    if (!err)
        err = room_for_nodes(w, n2_tree_nodes_max(len));
    if (err)
        return err;
    w->n_nodes +=
        n2_tree_add(w->tree, bytes, len,
                    (uint8_t(*)[N2_HASH_BYTES])(w->nodes + w->n_nodes * N2_HASH_BYTES));
    err = disk->pwrite(disk->user, w->fd, w->size, bytes, len);
    w->size += len;
    return err;
}

n2_err
n2_store_writer_add(n2_store_writer *w, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    while (len && !w->err) {
        size_t n = BUFFER_BYTES - w->n_buffered;
        if (!w->n_buffered && len >= BUFFER_BYTES) {
            n = len - len % BUFFER_BYTES;
            w->err = write_out(w, at, n);
        } else {
            n = n < len ? n : len;
            memcpy(w->buffer + w->n_buffered, at, n);
            w->n_buffered += n;
            if (w->n_buffered == BUFFER_BYTES) {
                w->err = write_out(w, w->buffer, w->n_buffered);
                w->n_buffered = 0;
            }
        }
        at += n;
        len -= n;
    }
    return w->err;
}

static n2_err
copy_of(const void *bytes, size_t len, uint8_t **out)
{
    *out = malloc(len + 1);
    if (!*out)
        return N2_ERR_NOMEM;
    if (len)
        memcpy(*out, bytes, len);
    return N2_OK;
}

/* Everything is in the buffer: it goes to the database. */
static n2_err
finish_small(n2_store_writer *w, n2_pending *p)
{
    p->ref.size = w->n_buffered;
    n2_tree_root_of(w->batch->store->config.crypto, w->method, w->buffer, w->n_buffered,
                    p->ref.id.hash);
    return copy_of(w->buffer, w->n_buffered, &p->bytes);
}

static n2_err
finish_file(n2_store_writer *w, n2_pending *p)
{
    n2_err err = w->n_buffered ? write_out(w, w->buffer, w->n_buffered) : N2_OK;

    if (!err)
        err = room_for_nodes(w, 1);
    if (err)
        return err;
    w->n_nodes +=
        n2_tree_finish(w->tree, p->ref.id.hash, w->nodes + w->n_nodes * N2_HASH_BYTES);
    p->ref.size = w->size;
    if (w->n_nodes > 1) {
        p->nodes = w->nodes;
        p->nodes_len = w->n_nodes * N2_HASH_BYTES;
        w->nodes = NULL;
    }
    memcpy(p->file, w->file, sizeof p->file);
    p->fd = w->fd;
    w->file[0] = '\0';
    w->fd = -1;
    return N2_OK;
}

/* A directory is read again where it lies, so that its edges can be made with its row. */
n2_err
n2_pending_directory(n2_store *store, n2_pending *p)
{
    const n2_disk *disk = store->config.disk;
    size_t len = (size_t)p->ref.size, n_read = 0;
    n2_directory dir;
    n2_err err = N2_OK;

    p->is_directory = true;
    if (p->ref.size > N2_BOX_DIRECTORY_BYTES_MAX)
        return N2_ERR_LIMIT;
    if (!p->bytes) {
        p->directory = malloc(len + 1);
        if (!p->directory)
            return N2_ERR_NOMEM;
        err = disk->pread(disk->user, p->fd, 0, p->directory, len, &n_read);
        if (!err && n_read != len)
            err = N2_ERR_IO;
    }
    return err ? err
               : n2_directory_check(&dir, p->bytes ? p->bytes : p->directory, len,
                                    store->config.unicode);
}

n2_err
n2_store_writer_finish(n2_store_writer *w, unsigned content, n2_ref *ref)
{
    n2_store *store = w->batch->store;
    n2_pending *p = n2_pending_new(w->batch);
    n2_err err = w->err ? w->err : w->batch->err;

    if (!p)
        return N2_ERR_NOMEM;
    p->ref.id.method = w->method;
    if (!err)
        err =
            !w->size && w->n_buffered <= N2_LEAF_BYTES ? finish_small(w, p) : finish_file(w, p);
    if (!err && content & N2_CONTENT_DIRECTORY)
        err = n2_pending_directory(store, p);
    if (err) {
        w->err = err;
        n2_pending_free(store, p, true);
        return err;
    }
    *ref = p->ref;
    w->err = N2_ERR_STATE; /* it takes no more */
    return n2_pending_take(store, p);
}

n2_err
n2_batch_put(n2_batch *batch,
             uint8_t method,
             const void *bytes,
             size_t len,
             unsigned content,
             n2_ref *ref)
{
    n2_store_writer *w = NULL;
    n2_err err = n2_store_writer_new(&w, batch, method);

    if (!err)
        err = n2_store_writer_add(w, bytes, len);
    if (!err)
        err = n2_store_writer_finish(w, content, ref);
    n2_store_writer_free(w);
    return err;
}

n2_err
n2_batch_put_directory(void *batch, const uint8_t *bytes, size_t len, n2_ref *ref)
{
    return n2_batch_put(batch, N2_METHOD_SHA256, bytes, len, N2_CONTENT_DIRECTORY, ref);
}

typedef struct {
    n2_batch *batch;
    const n2_batch_end *end;
} commit;

static n2_err
set_more(n2_store *store, const commit *c)
{
    char slot[N2_ID_TEXT_BYTES];
    n2_err err = N2_OK;

    for (size_t i = 0; i < c->end->n_more && !err; i++) {
        const n2_batch_ref *ref = &c->end->more[i];

        n2_id_format(slot, N2_ID_CONTENT, &ref->root);
        err = n2_ref_set_inside(store, c->end->owner, slot, &ref->root,
                                ref->is_closed ? N2_REALM_OWN : c->batch->realm);
    }
    return err;
}

static n2_err
commit_inside(n2_store *store, void *data)
{
    const commit *c = data;
    const n2_batch_end *end = c->end;
    bool sets_realms = false;
    uint64_t n = 0;
    int news = 0;
    n2_err err = N2_OK;

    if (end->owner && end->slot)
        err = n2_ref_set_inside(store, end->owner, end->slot, &end->root,
                                end->is_closed ? N2_REALM_OWN : c->batch->realm);
    if (!err && end->n_more)
        err = set_more(store, c);
    if (!err && end->old_slot)
        err = n2_ref_drop_inside(store, end->owner, end->old_slot, false);
    if (!err && end->access.id.method)
        err = n2_ref_set_inside(store, end->owner, end->access_slot, &end->access.id,
                                N2_REALM_OWN);
    if (!err && end->old_access_slot)
        err = n2_ref_drop_inside(store, end->owner, end->old_access_slot, false);
    if (!err && end->head)
        err = n2_head_put_inside(store, end->head, end->head_len, true, true, &news);
    if (!err && c->batch->owner)
        err = n2_owner_drop_inside(store, c->batch->owner);
    if (!err && end->head)
        err = n2_realms_are_needed(store, &sets_realms);
    if (!err && end->head && (sets_realms || c->batch->edge_realm == N2_REALM_OWN))
        err = n2_realms_inside(store, &n);
    return err;
}

n2_err
n2_batch_commit(n2_batch *batch, const n2_batch_end *end)
{
    n2_store *store = batch->store;
    commit c = {.batch = batch, .end = end};
    n2_err err = batch->err ? batch->err : n2_store_flush(store);

    if (!err)
        err = batch->err;
    if (err || !end)
        return err;
    err = n2_db_transact(store, commit_inside, &c);
    if (!err) {
        batch->owner = 0;
        batch->is_owner_kept = false;
    }
    return err;
}
