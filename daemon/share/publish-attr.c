/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish-attr.c - one attribute of a published tree changes; and who may read what stays, when
 *                  a tree is published anew.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/access.h"
#include "share/publish-private.h"

/* ---- one attribute ---- */

static bool
is_named(const n2_attr *a, const n2_attr *b)
{
    return a->name_len == b->name_len && !memcmp(a->name, b->name, a->name_len);
}

/* The attributes of @entry, with @attr changed.  @out: room for N2_PUBLISH_ATTRS_MAX + 1. */
static n2_err
change_attrs(const n2_entry *entry, const n2_attr *attr, n2_attr *out, size_t *n)
{
    n2_attr a;
    bool was_there = false;

    *n = 0;
    for (size_t at = 0; n2_entry_next_attr(entry, &at, &a);) {
        if (is_named(&a, attr))
            was_there = true;
        else if (*n < N2_PUBLISH_ATTRS_MAX)
            out[(*n)++] = a;
    }
    if (attr->type)
        out[(*n)++] = *attr;
    else if (!was_there)
        return N2_ERR_NOTFOUND;
    return N2_OK;
}

size_t
n2_publish_attrs(const n2_entry *entry, n2_attr *out)
{
    size_t n = 0;
    size_t at = 0;

    while (n < N2_PUBLISH_ATTRS_MAX && n2_entry_next_attr(entry, &at, &out[n]))
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
    n2_attr *attrs = malloc((N2_PUBLISH_ATTRS_MAX + 1) * sizeof *attrs);
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
        spec.n_attrs = n2_publish_attrs(&entry, attrs);
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

/* ---- what stays ---- */

int
n2_publish_by_name(const n2_entry *a, const n2_entry *b)
{
    size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;
    int order = memcmp(a->name, b->name, n);

    return order ? order : (a->name_len > b->name_len) - (a->name_len < b->name_len);
}

n2_err
n2_publish_change(n2_publish *p, n2_publish_changing *c, const n2_entry_spec *spec)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    n2_err err = n2_directory_with(&c->dir, spec, p->unicode, &bytes, &len);

    if (!err)
        err = n2_directory_check(&c->dir, bytes, len, p->unicode);
    if (err) {
        free(bytes);
        return err;
    }
    free(c->bytes);
    c->bytes = bytes;
    return N2_OK;
}

static n2_err take_over(n2_publish *p, const n2_ref *old, n2_ref *ref, unsigned depth);

/* @now is the entry that @was is now. */
static n2_err
take_entry(n2_publish *p,
           n2_publish_changing *c,
           const n2_entry *was,
           const n2_entry *now,
           unsigned depth)
{
    n2_attr *attrs = malloc((N2_PUBLISH_ATTRS_MAX + 1) * sizeof *attrs);
    n2_entry_spec spec = {.name = now->name,
                          .name_len = now->name_len,
                          .type = now->type,
                          .ref = now->ref,
                          .attrs = attrs};
    n2_attr access, other;
    n2_err err = attrs ? N2_OK : N2_ERR_NOMEM;

    if (!err && was->type == N2_ENTRY_DIR && now->type == N2_ENTRY_DIR)
        err = take_over(p, &was->ref, &spec.ref, depth + 1);
    if (!err)
        spec.n_attrs = n2_publish_attrs(now, attrs);
    bool changes = !err && !n2_ref_equal(&spec.ref, &now->ref);
    if (!err && n2_entry_attr(was, N2_ATTR_ACCESS, &access) &&
        !n2_entry_attr(now, N2_ATTR_ACCESS, &other)) {
        attrs[spec.n_attrs++] = access;
        changes = true;
    }
    if (changes)
        err = n2_publish_change(p, c, &spec);
    free(attrs);
    return err;
}

n2_err
n2_publish_folder(n2_publish *p, const n2_ref *ref, n2_view *view, n2_directory *dir)
{
    n2_err err = n2_store_map_checked(p->store, &ref->id, view);

    return err ? err : n2_directory_check(dir, view->bytes, view->len, p->unicode);
}

/* The folder @ref gets the rules of @old, for what has the same name; @ref becomes the new one.
 * As deep as paths are. */
static n2_err
take_over(n2_publish *p, const n2_ref *old, n2_ref *ref, unsigned depth)
{
    n2_view was_view = {0}, now_view = {0};
    n2_directory was_dir, now_dir;
    n2_entry was, now;
    n2_publish_changing c = {0};
    size_t was_at = 0;
    n2_err err = depth > N2_PATH_DEPTH_MAX ? N2_ERR_LIMIT : N2_OK;

    if (err || n2_ref_equal(old, ref))
        return err;
    err = n2_publish_folder(p, old, &was_view, &was_dir);
    if (!err)
        err = n2_publish_folder(p, ref, &now_view, &now_dir);
    c.dir = now_dir;
    bool has_was = !err && n2_directory_next(&was_dir, &was_at, &was);
    for (size_t at = 0; !err && has_was && n2_directory_next(&now_dir, &at, &now);) {
        while (has_was && n2_publish_by_name(&was, &now) < 0)
            has_was = n2_directory_next(&was_dir, &was_at, &was);
        if (has_was && !n2_publish_by_name(&was, &now))
            err = take_entry(p, &c, &was, &now, depth);
    }
    if (!err && c.bytes)
        err = n2_batch_put_directory(p->batch, c.bytes, c.dir.len, ref);
    free(c.bytes);
    n2_store_unmap(p->store, &was_view);
    n2_store_unmap(p->store, &now_view);
    return err;
}

n2_err
n2_publish_renew(n2_publish *publish, const n2_ref *before)
{
    n2_publish *p = publish;
    bool has_closed = false;
    n2_ref root = p->came;
    n2_err err = n2_store_has_closed(p->store, &has_closed);

    if (err || (before && n2_ref_equal(before, &p->before)) || (!before && !p->path))
        return err;
    if (p->path) {
        if (!before)
            return N2_ERR_NOTFOUND;
        root = *before;
        if (!p->changes_top)
            err = edit(p, &root, p->path, &p->attr, 1);
    } else if (has_closed) {
        err = n2_store_flush(p->store); /* what came is to be read */
        if (!err)
            err = take_over(p, before, &root, 1);
        if (!err)
            err = n2_store_flush(p->store);
        if (!err)
            err = n2_publish_moved(p, before, &root);
    }
    if (!err) {
        p->info.root = root;
        p->before = *before;
    }
    return err;
}

/* ---- one attribute, from outside ---- */

static n2_err
copy_attr(n2_publish *p, const char *path, const n2_attr *attr)
{
    p->path = strdup(path);
    p->attr_bytes = malloc((size_t)attr->name_len + attr->len + 1);
    if (!p->path || !p->attr_bytes)
        return N2_ERR_NOMEM;
    p->attr = *attr;
    p->attr.name = p->attr_bytes;
    memcpy(p->attr_bytes, attr->name, attr->name_len);
    p->attr.value = p->attr_bytes + attr->name_len;
    if (attr->len)
        memcpy(p->attr_bytes + attr->name_len, attr->value, attr->len);
    return N2_OK;
}

/* The top has no entry that could say who may read it: the head does. */
static n2_err
change_top(n2_publish *p, const n2_head *head, const n2_attr *attr)
{
    n2_field f = n2_attr_field(attr);
    bool is_access = attr->name_len == sizeof N2_ATTR_ACCESS - 1 &&
                     !memcmp(attr->name, N2_ATTR_ACCESS, attr->name_len);

    if (!is_access || (!attr->type && !head->access.id.method))
        return N2_ERR_NOTFOUND;
    if (attr->type && attr->type != N2_TYPE_REF && attr->type != N2_TYPE_TEXT)
        return N2_ERR_FORMAT;
    p->changes_top = true;
    p->top = attr->type == N2_TYPE_REF ? n2_field_ref(&f) : (n2_ref){0};
    return N2_OK;
}

n2_err
n2_publish_attr(n2_publish *publish, const char *path, const n2_attr *attr)
{
    n2_head head;
    n2_err err =
        n2_store_head_get(publish->store, &publish->who, N2_BRANCH_MAIN, &head, NULL, NULL);

    if (!err && !*path)
        err = change_top(publish, &head, attr);
    if (!err && attr->type)
        err = n2_attr_check(attr, publish->unicode);
    if (!err)
        err = copy_attr(publish, path, attr);
    if (!err)
        err = n2_publish_renew(publish, &head.root);
    publish->has_ended = !err;
    return publish->err = err;
}

/* ---- who may read ---- */

n2_err
n2_publish_list_body(
    n2_publish *publish, const n2_member *readers, size_t n, void *buf, size_t cap, n2_box *out)
{
    n2_head head;
    n2_err err =
        n2_store_head_get(publish->store, &publish->who, N2_BRANCH_MAIN, &head, NULL, NULL);

    if (!err && n > N2_ACCESS_READERS_MAX)
        err = N2_ERR_LIMIT;
    /* No list of this tree has had the counter that comes next. */
    return err ? err
               : n2_access_body(buf, cap, &publish->who, (int64_t)head.counter + 1, readers, n,
                                out);
}

n2_err
n2_publish_list(n2_publish *publish, const void *statement, size_t len, n2_ref *list)
{
    n2_box body;
    n2_err err = n2_access_check(&body, statement, len, publish->unicode);
    n2_id owner = err ? (n2_id){0} : n2_access_owner(&body);

    if (!err && !n2_id_equal(&owner, &publish->who))
        err = N2_ERR_FORMAT;
    if (!err)
        err = n2_batch_put(publish->batch, N2_METHOD_SHA256, statement, len, N2_CONTENT_PLAIN,
                           list);
    if (!err)
        err = n2_store_flush(publish->store);
    return err ? err : n2_store_check_list(publish->store, &list->id);
}
