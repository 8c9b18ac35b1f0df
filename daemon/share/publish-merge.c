/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish-merge.c - what devices of one identity published apart becomes one tree (merge.h),
 * out of the store and into it.
 */
#include "crypto/access.h"
#include "share/merge.h"
#include "share/publish-private.h"
#include "store/version.h"

typedef struct {
    n2_publish *p;
    n2_ref lacks; /* the folder that was not found */
} merging;

static n2_err
find_head(void *user, const uint8_t hash[static N2_HASH_BYTES], n2_head *head)
{
    const merging *m = user;

    return n2_store_version_get(m->p->store, hash, head, NULL, NULL);
}

static n2_err
map_folder(void *user, const n2_ref *folder, n2_view *view)
{
    merging *m = user;
    n2_err err = n2_store_flush(m->p->store); /* it may have been made a moment ago */

    if (!err)
        err = n2_store_map_checked(m->p->store, &folder->id, view);
    if (err == N2_ERR_NOTFOUND)
        m->lacks = *folder;
    return err;
}

static void
unmap_folder(void *user, n2_view *view)
{
    n2_store_unmap(((const merging *)user)->p->store, view);
}

static n2_err
put_folder(void *user, const uint8_t *bytes, size_t len, n2_ref *ref)
{
    return n2_batch_put_directory(((const merging *)user)->p->batch, bytes, len, ref);
}

n2_err
n2_publish_merge(n2_publish *publish,
                 const n2_head *heads,
                 size_t n,
                 bool is_all,
                 n2_ref *lacks,
                 uint8_t missing[static N2_HASH_BYTES])
{
    n2_publish *p = publish;
    merging m = {.p = p};
    const n2_merge_io io = {.user = &m,
                            .head = find_head,
                            .map = map_folder,
                            .unmap = unmap_folder,
                            .put = put_folder,
                            .unicode = p->unicode};
    n2_err err = N2_OK;

    if (n == 1)
        p->merged = heads[0];
    else
        err = n2_merge_heads(&io, heads, n, is_all, &p->merged, missing);
    *lacks = m.lacks;
    if (err)
        return err;
    p->merges = p->has_ended = true;
    p->info.root = p->merged.root;
    p->access = p->merged.access;
    return N2_OK;
}

/* ---- is all of it here? ---- */

static n2_err
is_absent(n2_store *store, const n2_ref *ref, bool *out)
{
    n2_object found;
    n2_err err = n2_store_find(store, &ref->id, &found);

    *out = !err && found.state != N2_OBJECT_WHOLE;
    return err;
}

/* As deep as paths are. */
static n2_err
look(n2_store *store,
     const n2_unicode *unicode,
     const n2_ref *folder,
     unsigned depth,
     unsigned reach,
     n2_ref *out,
     unsigned *content)
{
    n2_view view = {0};
    n2_directory dir;
    n2_entry e;
    bool lacks = false;
    n2_err err = depth > N2_PATH_DEPTH_MAX ? N2_ERR_LIMIT : is_absent(store, folder, &lacks);

    if (!err && lacks) {
        *out = *folder;
        *content = N2_CONTENT_DIRECTORY | reach;
        return N2_OK;
    }
    if (!err)
        err = n2_store_map_checked(store, &folder->id, &view);
    if (!err)
        err = n2_directory_check(&dir, view.bytes, view.len, unicode);
    bool found = false;
    for (size_t at = 0; !err && !found && n2_directory_next(&dir, &at, &e);) {
        n2_ref list;
        n2_access access = n2_access_of(&e, &list);
        unsigned below = access == N2_ACCESS_AS_ABOVE ? reach
                         : access == N2_ACCESS_PUBLIC ? 0
                                                      : N2_CONTENT_CLOSED;

        if (access == N2_ACCESS_LIST)
            err = is_absent(store, &list, &found);
        if (found) {
            *out = list;
            *content = N2_CONTENT_CLOSED;
        } else if (!err && e.type == N2_ENTRY_DIR) {
            err = look(store, unicode, &e.ref, depth + 1, below, out, content);
            found = !err;
            err = err == N2_ERR_NOTFOUND ? N2_OK : err;
        } else if (!err && e.type == N2_ENTRY_FILE) {
            err = is_absent(store, &e.ref, &found);
            *out = e.ref;
            *content = N2_CONTENT_PLAIN | below;
        }
    }
    n2_store_unmap(store, &view);
    return !err && !found ? N2_ERR_NOTFOUND : err;
}

n2_err
n2_publish_lacks(n2_store *store,
                 const n2_unicode *unicode,
                 const n2_ref *root,
                 n2_ref *out,
                 unsigned *content)
{
    return look(store, unicode, root, 1, 0, out, content);
}
