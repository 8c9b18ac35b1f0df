/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish.c - a tree of files comes in as an archive stream and becomes what an identity
 *             publishes; or one attribute of it changes.
 */
#include "share/publish-private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"

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
    bool has_closed = false;
    n2_err err = n2_store_has_closed(store, &has_closed);

    if (!err)
        err = n2_batch_new(&p->batch, store, N2_REALM_PUBLIC);
    /* What may be restricted is open to nobody until the commit has looked at all of it. */
    if (!err && has_closed)
        n2_batch_close_edges(p->batch);
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
    free(publish->path);
    free(publish->attr_bytes);
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
    n2_err err = n2_tree_maker_finish(p->maker, &p->came);

    p->info.root = p->came;
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

/* ---- head ---- */

n2_err
n2_publish_body(n2_publish *publish, int64_t wall_us, void *buf, size_t cap, n2_box *out)
{
    uint64_t floor = 0;
    n2_head last = {0};
    n2_head head = {.who = publish->who, .branch = N2_BRANCH_MAIN, .made_us = wall_us};

    if (!n2_publish_has_ended(publish))
        return N2_ERR_STATE;
    if (publish->merges) {
        publish->info.counter = publish->merged.counter;
        return n2_head_body(buf, cap, &publish->merged, out);
    }
    n2_err err =
        n2_store_head_get(publish->store, &publish->who, N2_BRANCH_MAIN, &last, NULL, NULL);
    bool is_first = err == N2_ERR_NOTFOUND;

    if (!err || is_first)
        err = n2_publish_renew(publish, is_first ? NULL : &last.root);
    if (!err)
        err = n2_store_head_floor(publish->store, &floor);
    if (err)
        return err;
    head.root = publish->info.root;
    head.counter = last.counter < floor ? floor : last.counter + 1;
    if (head.counter > 1) { /* it may have been set aside, as damaged, or lost: zeros then */
        memcpy(head.parents[0], last.hash, sizeof last.hash);
        head.n_parents = 1;
    }
    publish->info.counter = head.counter;
    head.access = publish->access = publish->changes_top ? publish->top : last.access;
    return n2_head_body(buf, cap, &head, out);
}

n2_err
n2_publish_commit(n2_publish *publish, const void *statement, size_t len)
{
    char who[N2_ID_TEXT_BYTES];
    char slot[sizeof N2_BRANCH_MAIN + 24];
    char old_slot[sizeof slot] = ""; /* no slot has this name */
    char access[sizeof slot], old_access[sizeof slot] = "";
    n2_statement checked;
    n2_head head;
    int64_t owner;
    n2_err err =
        n2_statement_check(&checked, statement, len, N2_KIND_TREE_HEAD, publish->unicode);

    if (!err)
        err = n2_head_read(&head, &checked.body);
    if (!err && (!n2_id_equal(&head.who, &publish->who) ||
                 !n2_ref_equal(&head.root, &publish->info.root) ||
                 !n2_ref_equal(&head.access, &publish->access)))
        err = N2_ERR_FORMAT;
    if (err)
        return err;
    n2_id_format(who, N2_ID_IDENTITY, &publish->who);
    err = n2_store_owner(publish->store, N2_OWNER_TREE, who, 0, &owner);
    if (err)
        return err;
    /* A slot for each head: trees that were replaced stay reachable by their hash, for long. */
    (void)snprintf(slot, sizeof slot, "%s/%" PRIu64, N2_BRANCH_MAIN, head.counter);
    (void)snprintf(access, sizeof access, N2_ATTR_ACCESS "/%" PRIu64, head.counter);
    if (head.counter > publish->n_versions) {
        uint64_t old = head.counter - publish->n_versions - 1;

        (void)snprintf(old_slot, sizeof old_slot, "%s/%" PRIu64, N2_BRANCH_MAIN, old);
        (void)snprintf(old_access, sizeof old_access, N2_ATTR_ACCESS "/%" PRIu64, old);
    }
    return n2_batch_commit(publish->batch, &(n2_batch_end){.owner = owner,
                                                           .slot = slot,
                                                           .old_slot = old_slot,
                                                           .root = publish->info.root.id,
                                                           .head = statement,
                                                           .head_len = len,
                                                           .access = head.access,
                                                           .access_slot = access,
                                                           .old_access_slot = old_access});
}

void
n2_publish_info_get(const n2_publish *publish, n2_publish_info *out)
{
    *out = publish->info;
}
