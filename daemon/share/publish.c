/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish.c - a tree of files comes in as an archive stream and becomes what an identity
 *             publishes; or one attribute of it changes.
 */
#include "share/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "base/writer.h"
#include "store/checked.h"

enum {
    ITEM_DIR = 1,
    ITEM_FILE = 2,
    ITEM_END = 3,
    ITEM_HEAD_BYTES = 1 + 2,
    ITEM_TAIL_BYTES = 8 + 8,
    ITEM_BYTES_MAX = ITEM_HEAD_BYTES + N2_ADDRESS_TEXT_BYTES_MAX + ITEM_TAIL_BYTES
};

struct n2_publish {
    n2_store *store;
    const n2_unicode *unicode;
    n2_id who;
    n2_batch *batch;      /* (owned) */
    n2_tree_maker *maker; /* (owned) (nullable) until the tree is whole */
    bool has_ended;
    n2_err err; /* sticks */
    uint8_t item[ITEM_BYTES_MAX];
    size_t item_len;         /* of the item's head, path and tail so far */
    n2_store_writer *writer; /* (owned) (nullable) of the file at hand */
    uint64_t file_left;
    size_t path_len;
    int64_t mtime_us;
    n2_publish_info info;
    uint64_t n_versions; /* kept beside the new one */
};

n2_err
n2_publish_new(n2_publish **out, n2_store *store, const n2_id *who, const n2_unicode *unicode)
{
    n2_publish *p = calloc(1, sizeof *p);

    if (!p)
        return N2_ERR_NOMEM;
    p->store = store;
    p->unicode = unicode;
    p->who = *who;
    p->n_versions = N2_STORE_VERSIONS_MAX;
    n2_err err = n2_batch_new(&p->batch, store, 0);

    if (!err)
        err = n2_tree_maker_new(&p->maker, n2_batch_put_directory, p->batch, unicode);
    if (err) {
        n2_publish_free(p);
        return err;
    }
    *out = p;
    return N2_OK;
}

void
n2_publish_keep(n2_publish *publish, uint64_t n_versions)
{
    publish->n_versions = n_versions;
}

void
n2_publish_free(n2_publish *publish)
{
    if (!publish)
        return;
    n2_store_writer_free(publish->writer);
    n2_tree_maker_free(publish->maker);
    n2_batch_free(publish->batch);
    free(publish);
}

bool
n2_publish_has_ended(const n2_publish *publish)
{
    return publish->has_ended && !publish->err;
}

/* ---- archive ---- */

static n2_err
end_file(n2_publish *p)
{
    uint8_t time[8];
    n2_writer w = n2_writer_init(time, sizeof time);
    n2_ref ref;
    n2_err err = n2_store_writer_finish(p->writer, N2_CONTENT_PLAIN, &ref);

    n2_store_writer_free(p->writer);
    p->writer = NULL;
    if (err)
        return err;
    n2_write_u64(&w, (uint64_t)p->mtime_us);
    n2_attr modified = {.name = (const uint8_t *)N2_ATTR_MODIFIED,
                        .name_len = sizeof N2_ATTR_MODIFIED - 1,
                        .type = N2_TYPE_TIME,
                        .value = time,
                        .len = sizeof time};

    p->info.n_files++;
    return n2_tree_maker_add(p->maker, (const char *)p->item + ITEM_HEAD_BYTES, p->path_len,
                             N2_ENTRY_FILE, &ref, &modified, 1);
}

static n2_err
end_archive(n2_publish *p)
{
    n2_err err = n2_tree_maker_finish(p->maker, &p->info.root);

    n2_tree_maker_free(p->maker);
    p->maker = NULL;
    p->has_ended = true;
    return err;
}

/* The item's head, path and tail are there. */
static n2_err
begin_item(n2_publish *p)
{
    n2_reader r = n2_reader_init(p->item, p->item_len);
    uint8_t type = n2_read_u8(&r);

    p->path_len = n2_read_u16(&r);
    const char *path = (const char *)n2_read_bytes(&r, p->path_len);

    p->file_left = n2_read_u64(&r);
    p->mtime_us = (int64_t)n2_read_u64(&r);
    n2_err err = n2_reader_finish(&r);

    if (err)
        return err;
    if (type == ITEM_DIR)
        return p->file_left ? N2_ERR_FORMAT
                            : n2_tree_maker_add(p->maker, path, p->path_len, N2_ENTRY_DIR, NULL,
                                                NULL, 0);
    err = n2_store_room(p->store, p->file_left);
    if (!err)
        err = n2_store_writer_new(&p->writer, p->batch, N2_METHOD_SHA256);
    if (!err && !p->file_left)
        err = end_file(p);
    return err;
}

/* Bytes that the item's front has in all, as far as is known. */
static size_t
front_bytes(const n2_publish *p)
{
    if (p->item_len < ITEM_HEAD_BYTES)
        return ITEM_HEAD_BYTES;
    return ITEM_HEAD_BYTES + (size_t)(p->item[1] << 8 | p->item[2]) + ITEM_TAIL_BYTES;
}

/* Takes one byte or more of an item's front. */
static n2_err
take_front(n2_publish *p, const uint8_t *bytes, size_t len, size_t *taken)
{
    size_t missing = front_bytes(p) - p->item_len;

    *taken = len < missing ? len : missing;
    if (!p->item_len) {
        if (bytes[0] == ITEM_END) {
            *taken = 1;
            return end_archive(p);
        }
        if (bytes[0] != ITEM_DIR && bytes[0] != ITEM_FILE)
            return N2_ERR_FORMAT;
    }
    if (p->item_len + *taken > sizeof p->item)
        return N2_ERR_LIMIT;
    memcpy(p->item + p->item_len, bytes, *taken);
    p->item_len += *taken;
    if (p->item_len < front_bytes(p))
        return N2_OK;
    n2_err err = begin_item(p);

    if (!p->writer)
        p->item_len = 0;
    return err;
}

static n2_err
take_file(n2_publish *p, const uint8_t *bytes, size_t len, size_t *taken)
{
    *taken = len < p->file_left ? len : (size_t)p->file_left;
    n2_err err = n2_store_writer_add(p->writer, bytes, *taken);

    p->file_left -= *taken;
    p->info.bytes += *taken;
    if (!err && !p->file_left) {
        err = end_file(p);
        p->item_len = 0;
    }
    return err;
}

n2_err
n2_publish_step(n2_publish *publish, const uint8_t *bytes, size_t len)
{
    while (len && !publish->err) {
        size_t taken = 0;

        if (publish->has_ended)
            publish->err = N2_ERR_TRAILING;
        else if (publish->writer)
            publish->err = take_file(publish, bytes, len, &taken);
        else
            publish->err = take_front(publish, bytes, len, &taken);
        bytes += taken;
        len -= taken;
    }
    return publish->err;
}

/* ---- one attribute ---- */

enum {
    ATTRS_MAX = 1024 /* of one entry; a box holds no more */
};

static bool
is_named(const n2_attr *a, const n2_attr *b)
{
    return a->name_len == b->name_len && !memcmp(a->name, b->name, a->name_len);
}

/* The attributes of @entry, with @attr changed.  @out: room for ATTRS_MAX + 1. */
static n2_err
change_attrs(const n2_entry *entry, const n2_attr *attr, n2_attr *out, size_t *n)
{
    n2_attr a;
    bool was_there = false;

    *n = 0;
    for (size_t at = 0; n2_entry_next_attr(entry, &at, &a);) {
        if (is_named(&a, attr))
            was_there = true;
        else if (*n < ATTRS_MAX)
            out[(*n)++] = a;
    }
    if (attr->type)
        out[(*n)++] = *attr;
    else if (!was_there)
        return N2_ERR_NOTFOUND;
    return N2_OK;
}

/* All attributes of @entry.  @out: room for ATTRS_MAX. */
static size_t
same_attrs(const n2_entry *entry, n2_attr *out)
{
    size_t n = 0;
    size_t at = 0;

    while (n < ATTRS_MAX && n2_entry_next_attr(entry, &at, &out[n]))
        n++;
    return n;
}

/* Stores the folder @ref with the change somewhere below; @ref becomes the new one.  As deep as
 * the path: N2_PATH_DEPTH_MAX. */
static n2_err
edit(n2_publish *p, n2_ref *ref, const char *path, const n2_attr *attr, unsigned depth)
{
    const char *slash = strchr(path, '/');
    size_t name_len = slash ? (size_t)(slash - path) : strlen(path);
    n2_attr *attrs = malloc((ATTRS_MAX + 1) * sizeof *attrs);
    n2_view view = {0};
    n2_directory dir;
    n2_entry entry;
    uint8_t *bytes = NULL;
    size_t len = 0;
    n2_err err = attrs ? N2_OK : N2_ERR_NOMEM;

    if (!err && depth > N2_PATH_DEPTH_MAX)
        err = N2_ERR_LIMIT;
    if (!err)
        err = n2_store_map_checked(p->store, &ref->id, &view);
    if (!err)
        err = n2_directory_check(&dir, view.bytes, view.len, p->unicode);
    if (!err)
        err = n2_directory_find(&dir, path, name_len, &entry);
    if (err)
        goto out;

    n2_entry_spec spec = {.name = entry.name,
                          .name_len = entry.name_len,
                          .type = entry.type,
                          .ref = entry.ref,
                          .attrs = attrs};

    if (slash) {
        spec.n_attrs = same_attrs(&entry, attrs);
        err = entry.type == N2_ENTRY_DIR ? edit(p, &spec.ref, slash + 1, attr, depth + 1)
                                         : N2_ERR_NOTFOUND;
    } else {
        err = change_attrs(&entry, attr, attrs, &spec.n_attrs);
    }
    if (!err)
        err = n2_directory_with(&dir, &spec, p->unicode, &bytes, &len);
    if (!err)
        err = n2_batch_put_directory(p->batch, bytes, len, ref);
out:
    free(bytes);
    free(attrs);
    n2_store_unmap(p->store, &view);
    return err;
}

n2_err
n2_publish_attr(n2_publish *publish, const char *path, const n2_attr *attr)
{
    n2_head head;
    n2_err err =
        n2_store_head_get(publish->store, &publish->who, N2_BRANCH_MAIN, &head, NULL, NULL);

    if (!err && !*path)
        err = N2_ERR_NOTFOUND;
    if (!err && attr->type)
        err = n2_attr_check(attr, publish->unicode);
    if (!err)
        err = edit(publish, &head.root, path, attr, 1);
    if (!err) {
        publish->info.root = head.root;
        publish->has_ended = true;
    }
    return publish->err = err;
}

/* ---- head ---- */

n2_err
n2_publish_body(n2_publish *publish, int64_t wall_us, void *buf, size_t cap, n2_box *out)
{
    uint64_t floor = 0;
    n2_head last;
    n2_head head = {.who = publish->who,
                    .branch = N2_BRANCH_MAIN,
                    .root = publish->info.root,
                    .made_us = wall_us};

    if (!n2_publish_has_ended(publish))
        return N2_ERR_STATE;
    n2_err err =
        n2_store_head_get(publish->store, &publish->who, N2_BRANCH_MAIN, &last, NULL, NULL);

    if (err && err != N2_ERR_NOTFOUND)
        return err;
    err = n2_store_head_floor(publish->store, &floor);
    if (err)
        return err;
    head.counter = last.counter < floor ? floor : last.counter + 1;
    if (head.counter > 1) { /* it may have been set aside, as damaged, or lost: zeros then */
        memcpy(head.parents[0], last.hash, sizeof last.hash);
        head.n_parents = 1;
    }
    publish->info.counter = head.counter;
    return n2_head_body(buf, cap, &head, out);
}

n2_err
n2_publish_commit(n2_publish *publish, const void *statement, size_t len)
{
    char who[N2_ID_TEXT_BYTES];
    char slot[sizeof N2_BRANCH_MAIN + 24];
    char old_slot[sizeof slot] = ""; /* no slot has this name */
    n2_statement checked;
    n2_head head;
    int64_t owner;
    n2_err err =
        n2_statement_check(&checked, statement, len, N2_KIND_TREE_HEAD, publish->unicode);

    if (!err)
        err = n2_head_read(&head, &checked.body);
    if (!err && (!n2_id_equal(&head.who, &publish->who) ||
                 !n2_ref_equal(&head.root, &publish->info.root)))
        err = N2_ERR_FORMAT;
    if (err)
        return err;
    n2_id_format(who, N2_ID_IDENTITY, &publish->who);
    err = n2_store_owner(publish->store, N2_OWNER_TREE, who, 0, &owner);
    if (err)
        return err;
    /* A slot for each head: trees that were replaced stay reachable by their hash, for long. */
    (void)snprintf(slot, sizeof slot, "%s/%" PRIu64, N2_BRANCH_MAIN, head.counter);
    if (head.counter > publish->n_versions)
        (void)snprintf(old_slot, sizeof old_slot, "%s/%" PRIu64, N2_BRANCH_MAIN,
                       head.counter - publish->n_versions - 1);
    return n2_batch_commit(publish->batch, &(n2_batch_end){.owner = owner,
                                                           .slot = slot,
                                                           .old_slot = old_slot,
                                                           .root = publish->info.root.id,
                                                           .head = statement,
                                                           .head_len = len});
}

void
n2_publish_info_get(const n2_publish *publish, n2_publish_info *out)
{
    *out = publish->info;
}
