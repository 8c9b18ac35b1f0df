/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * part.c - contents that come group by group: written, synced, noted, made whole.
 *
 * INVARIANT have: a bit is committed only after the bytes it stands for were synced into the
 * file that the same row names.
 */
#include "store/part-private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/tree.h"
#include "store/db.h"

enum {
    GIVES_BACK = 3 /* groups, at most, for the sake of the others */
};

static size_t
have_bytes(const n2_part *p)
{
    return (size_t)((p->n_groups + 7) / 8);
}

bool
n2_part_has(const n2_part *part, uint64_t group)
{
    return group < part->n_groups && part->have[group / 8] & 1 << group % 8;
}

uint64_t
n2_part_groups(const n2_part *part)
{
    return part->n_groups;
}

bool
n2_part_has_nodes(const n2_part *part)
{
    return part->n_groups <= 1 || part->nodes;
}

uint64_t
n2_part_missing(const n2_part *part, uint64_t from)
{
    while (from < part->n_groups && n2_part_has(part, from))
        from++;
    return from < part->n_groups ? from : part->n_groups;
}

const uint8_t *
n2_part_node(const n2_part *part, uint64_t group)
{
    return part->nodes && group < part->n_groups ? part->nodes + group * N2_HASH_BYTES : NULL;
}

static void
free_memory(n2_part *p)
{
    free(p->have);
    free(p->old);
    free(p->nodes);
    free(p->small);
    free(p);
}

static bool
nodes_are_right(const n2_part *p, uint8_t *nodes, size_t len)
{
    return p->n_groups <= 1 ||
           (len == p->n_groups * N2_HASH_BYTES &&
            n2_tree_check_nodes(p->ref.id.method, p->ref.size,
                                (const uint8_t(*)[N2_HASH_BYTES])nodes, p->ref.id.hash));
}

/* What a former fetch left: nodes, bits and file, or nothing if any of that is not right. */
static n2_err
take_over(n2_store *store, n2_part *p, const n2_row *row)
{
    const n2_disk *disk = store->config.disk;
    size_t nodes_len = 0, have_len = 0;
    uint8_t *nodes = NULL, *have = NULL;
    n2_query q = n2_query_init(store, N2_SQL_TREE_GET);

    n2_query_int(&q, row->id);
    if (n2_query_row(&q)) {
        nodes = n2_column_dup(&q, 0, &nodes_len);
        have = nodes ? n2_column_dup(&q, 1, &have_len) : NULL;
    }
    n2_err err = n2_query_end(&q);
    bool is_right =
        !err && have && have_len == have_bytes(p) && nodes_are_right(p, nodes, nodes_len);
    if (is_right && !disk->open(disk->user, row->file, N2_OPEN_WRITE, &p->fd)) {
        memcpy(p->file, row->file, sizeof p->file);
        memcpy(p->have, have, have_len);
        p->old = have;
        have = NULL;
        for (uint64_t g = 0; g < p->n_groups; g++)
            p->n_have += n2_part_has(p, g);
        p->is_kept = true;
        if (p->n_groups > 1) {
            p->nodes = nodes;
            nodes = NULL;
        }
    }
    free(nodes);
    free(have);
    return err;
}

static n2_err
hold_whole(n2_batch *batch, const n2_row *row)
{
    n2_pending *p = n2_pending_new(batch);

    if (!p)
        return N2_ERR_NOMEM;
    p->kind = N2_PENDING_HOLD;
    p->object = row->id;
    return n2_pending_take(batch->store, p);
}

static bool
is_open(const n2_store *store, const n2_id *id)
{
    for (const n2_part *p = store->open_parts; p; p = p->next)
        if (n2_id_equal(&p->ref.id, id))
            return true;
    return false;
}

bool
n2_part_is_open(const n2_store *store, int64_t object)
{
    for (const n2_part *p = store->open_parts; p; p = p->next)
        if (p->row == object)
            return true;
    return false;
}

n2_err
n2_part_open(n2_part **out, n2_batch *batch, const n2_ref *ref, unsigned content)
{
    n2_store *store = batch->store;
    n2_row row;
    n2_err err = batch->err;

    *out = NULL;
    if (!err && !n2_hash_known(ref->id.method))
        err = N2_ERR_UNSUPPORTED;
    if (!err && content & N2_CONTENT_DIRECTORY && ref->size > N2_BOX_DIRECTORY_BYTES_MAX)
        err = N2_ERR_LIMIT;
    if (!err && is_open(store, &ref->id))
        err = N2_ERR_BUSY;
    if (!err)
        err = n2_row_find(store, &ref->id, &row);
    if (err)
        return err;
    if (row.id && row.size != ref->size)
        return N2_ERR_FORMAT;
    if (row.state == N2_OBJECT_WHOLE) {
        err = hold_whole(batch, &row);
        return err ? err : N2_ERR_EXISTS;
    }
    n2_part *p = calloc(1, sizeof *p);
    if (!p)
        return N2_ERR_NOMEM;
    *p = (n2_part){.batch = batch,
                   .ref = *ref,
                   .row = row.id,
                   .n_groups = n2_tree_groups(ref->size),
                   .is_directory = content & N2_CONTENT_DIRECTORY,
                   .fd = -1};
    p->have = calloc(1, have_bytes(p) + 1);
    err = p->have ? N2_OK : N2_ERR_NOMEM;
    if (!err && row.state == N2_OBJECT_PART)
        err = take_over(store, p, &row);
    if (!err && !p->n_have)
        err = n2_store_room(store, ref->size);
    if (err) {
        n2_file_close(store, &p->fd);
        free_memory(p);
        return err;
    }
    p->next = store->open_parts;
    store->open_parts = p;
    *out = p;
    return N2_OK;
}

n2_err
n2_part_set_nodes(n2_part *part, const uint8_t (*nodes)[N2_HASH_BYTES], size_t n)
{
    if (n != part->n_groups ||
        !n2_tree_check_nodes(part->ref.id.method, part->ref.size, nodes, part->ref.id.hash))
        return N2_ERR_FORGED;
    if (part->nodes || n <= 1)
        return N2_OK;
    part->nodes = malloc(n * N2_HASH_BYTES);
    if (!part->nodes)
        return N2_ERR_NOMEM;
    memcpy(part->nodes, nodes, n * N2_HASH_BYTES);
    return N2_OK;
}

n2_err
n2_part_begin(n2_part *part, uint64_t group, n2_part_place *place)
{
    n2_store *store = part->batch->store;

    assert(part->ref.size > N2_LEAF_BYTES && !n2_part_has(part, group));
    if (!part->err && !n2_part_has_nodes(part))
        part->err = N2_ERR_STATE;
    if (!part->err && part->fd < 0) {
        part->err = n2_file_new(store, part->file, &part->fd);
        part->is_file_new = !part->err;
    }
    *place = (n2_part_place){
        .disk = store->config.disk, .file = part->fd, .offset = group * N2_GROUP_BYTES};
    return part->err;
}

n2_err
n2_part_put(const n2_part_place *place, const uint8_t *bytes, size_t len)
{
    const n2_disk *disk = place->disk;
    n2_err err = disk->pwrite(disk->user, place->file, place->offset, bytes, len);

    if (!err && disk->write_soon)
        disk->write_soon(disk->user, place->file, place->offset, len);
    return err;
}

n2_err
n2_part_end(n2_part *part, uint64_t group, n2_err err)
{
    if (!part->err) {
        part->err = err;
        part->is_full = err == N2_ERR_NOSPACE;
    }
    if (part->err)
        return part->err;
    part->have[group / 8] = (uint8_t)(part->have[group / 8] | 1 << group % 8);
    part->n_have++;
    if (part->fd >= 0)
        part->unsynced += n2_part_group_bytes(part, group);
    return part->unsynced >= N2_PART_SYNC_BYTES ? n2_part_sync(part) : N2_OK;
}

static n2_err
keep_small(n2_part *p, const uint8_t *bytes, size_t len)
{
    p->small = malloc(len + 1);
    if (!p->small)
        return N2_ERR_NOMEM;
    memcpy(p->small, bytes, len);
    return N2_OK;
}

n2_err
n2_part_write(n2_part *part, uint64_t group, const uint8_t *bytes, size_t len)
{
    n2_part_place place;

    assert(group < part->n_groups && len == n2_part_group_bytes(part, group));
    if (part->err || n2_part_has(part, group))
        return part->err;
    if (part->ref.size <= N2_LEAF_BYTES)
        return n2_part_end(part, group, keep_small(part, bytes, len));
    n2_err err = n2_part_begin(part, group, &place);
    return n2_part_end(part, group, err ? err : n2_part_put(&place, bytes, len));
}

static n2_err
keep_row(n2_store *store, n2_part *p)
{
    n2_row row;
    n2_err err = n2_row_find(store, &p->ref.id, &row);

    if (!err && row.state == N2_OBJECT_WHOLE)
        err = N2_ERR_EXISTS; /* it was published here meanwhile */
    if (!err && !row.id)
        err = n2_row_new(store, &p->ref, p->file, N2_OBJECT_PART, p->is_directory, &row.id);
    if (err)
        return err;
    p->row = row.id;
    store->is_untidy = true;
    n2_query q = n2_query_init(store, N2_SQL_OBJECT_SET);
    n2_query_int(&q, row.id);
    n2_query_int(&q, (int64_t)p->ref.size);
    n2_query_text(&q, p->file);
    n2_query_int(&q, N2_OBJECT_PART);
    n2_query_int(&q, p->is_directory || row.is_directory);
    n2_query_int(&q, n2_store_hour(store));
    err = n2_query_run(&q);
    if (err)
        return err;
    q = n2_query_init(store, N2_SQL_TREE_PUT);
    n2_query_int(&q, row.id);
    n2_query_blob(&q, p->nodes, p->nodes ? (size_t)p->n_groups * N2_HASH_BYTES : 0);
    n2_query_blob(&q, p->have, have_bytes(p));
    err = n2_query_run(&q);
    if (err)
        return err;
    q = n2_query_init(store, N2_SQL_REF_SET);
    n2_query_int(&q, store->parts);
    n2_query_int(&q, row.id);
    n2_query_int(&q, row.id);
    n2_query_int(&q, p->batch->realm);
    return n2_query_run(&q);
}

static n2_err
keep_inside(n2_store *store, void *data)
{
    return keep_row(store, data);
}

/* Nothing that was written since the last sync can be believed, nor the file ever again.  It is
 * closed with the part: somebody may just be writing a group to its place. */
static n2_err
lose_inside(n2_store *store, void *data)
{
    const n2_part *p = data;
    n2_row row;
    n2_err err = n2_row_find(store, &p->ref.id, &row);

    return err || strcmp(row.file, p->file) != 0 ? err : n2_row_lose(store, row.id);
}

static void
lose_file(n2_part *p)
{
    n2_store *store = p->batch->store;

    if (!store->is_broken && !n2_db_transact(store, lose_inside, p))
        n2_file_unlink(store, p->file);
    p->file[0] = '\0';
    p->is_kept = false;
}

n2_err
n2_part_sync(n2_part *part)
{
    n2_store *store = part->batch->store;
    const n2_disk *disk = store->config.disk;

    if (part->err || !part->unsynced)
        return part->err;
    n2_err err = disk->fdatasync(disk->user, part->fd);
    if (!err && part->is_file_new)
        err = disk->fsync_dir(disk->user, N2_STORE_FOLDER);
    if (err) {
        lose_file(part);
        part->err = err;
        return err;
    }
    part->is_file_new = false;
    err = n2_db_transact(store, keep_inside, part);
    if (!err) {
        part->is_kept = true;
        part->unsynced = 0;
    }
    part->err = err;
    return err;
}

/* What is behind the last group that is here goes. */
static n2_err
cut(const n2_part *p)
{
    const n2_disk *disk = p->batch->store->config.disk;
    uint64_t g = p->n_groups;

    while (g && !n2_part_has(p, g - 1))
        g--;
    return g == p->n_groups ? N2_OK : disk->truncate(disk->user, p->fd, g * N2_GROUP_BYTES);
}

/* The disk is full: what had come before is noted.  The database may want room for that, which
 * the last groups give back (the very last may be short), unless others look at them. */
static void
keep_of_full(n2_part *p)
{
    uint64_t last = p->n_groups;

    for (unsigned tries = 0; tries < GIVES_BACK + 1; tries++) {
        p->err = cut(p);
        if (!p->err)
            p->err = n2_part_sync(p);
        if (p->err != N2_ERR_NOSPACE || p->batch->is_mapped || !p->file[0] || p->n_have < 2)
            return;
        while (!n2_part_has(p, --last))
            ;
        p->have[last / 8] = (uint8_t)(p->have[last / 8] & ~(1 << last % 8));
        p->n_have--;
    }
}

void
n2_part_free(n2_part *part)
{
    n2_part **at;

    if (!part)
        return;
    n2_store *store = part->batch->store;
    if (part->fd >= 0 && !part->err && !store->is_broken)
        part->err = n2_part_sync(part); /* the next one goes on from here */
    else if (part->fd >= 0 && part->is_full && !store->is_broken)
        keep_of_full(part);
    n2_file_close(store, &part->fd);
    if (!part->is_kept && !store->is_broken)
        n2_file_unlink(store, part->file);
    for (at = &store->open_parts; *at != part; at = &(*at)->next)
        ;
    *at = part->next;
    free_memory(part);
}

static n2_err
give_away(n2_part *part, n2_pending *p)
{
    static const uint8_t none[1];
    n2_store *store = part->batch->store;

    p->ref = part->ref;
    p->was_part = part->is_kept;
    if (part->ref.size <= N2_LEAF_BYTES) {
        if (!part->small) { /* an empty content has no group that could come */
            part->small = malloc(1);
            if (!part->small)
                return N2_ERR_NOMEM;
        }
        if (!part->n_groups && !n2_tree_check_whole(store->config.crypto, part->ref.id.method,
                                                    none, 0, part->ref.id.hash))
            return N2_ERR_FORGED;
        p->bytes = part->small;
        part->small = NULL;
    } else {
        memcpy(p->file, part->file, sizeof p->file);
        p->fd = part->fd;
        p->nodes = part->nodes;
        p->nodes_len = part->nodes ? (size_t)part->n_groups * N2_HASH_BYTES : 0;
        part->file[0] = '\0';
        part->fd = -1;
        part->nodes = NULL;
        part->is_kept = false;
    }
    return part->is_directory ? n2_pending_directory(store, p) : N2_OK;
}

n2_err
n2_part_finish(n2_part *part)
{
    n2_store *store = part->batch->store;
    n2_pending *p;

    if (part->err)
        return part->err;
    if (part->batch->err)
        return part->batch->err;
    if (part->n_have < part->n_groups)
        return N2_ERR_STATE;
    p = n2_pending_new(part->batch);
    if (!p)
        return N2_ERR_NOMEM;
    part->err = N2_ERR_STATE; /* it takes no more */
    bool was_kept = part->is_kept;
    n2_err err = give_away(part, p);
    if (err) {
        /* Bytes as asked for, yet no directory: whoever named it so was wrong. */
        if (was_kept) {
            memcpy(part->file, p->file, sizeof part->file);
            n2_file_close(store, &p->fd);
            lose_file(part);
            p->file[0] = '\0';
        }
        n2_pending_free(store, p, true);
        return err;
    }
    return n2_pending_take(store, p);
}
