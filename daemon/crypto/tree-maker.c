/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree-maker.c - the directories of a whole tree, bottom-up, from its files' paths.
 *
 * One folder is open at each level of the path that came last.  A path that leaves a folder
 * closes it: its directory is made and kept, and becomes an entry of the folder above.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/directory.h"

typedef struct {
    char *name; /* owned; NULL at the top */
    size_t name_len;
    n2_attr *attrs; /* owned, with the bytes behind them */
    size_t n_attrs;
    n2_directory_maker *maker; /* owned */
} level;

struct n2_tree_maker {
    n2_directory_put put;
    void *user;
    const n2_unicode *unicode;
    level levels[N2_PATH_DEPTH_MAX + 1];
    size_t n_levels; /* from 1: the top is always open */
};

typedef struct {
    const char *name;
    size_t len;
} part;

static void
level_clear(level *l)
{
    free(l->name);
    free(l->attrs);
    n2_directory_maker_free(l->maker);
    *l = (level){0};
}

/* A copy in one piece: the list, then all names and values. */
static n2_err
copy_attrs(const n2_attr *attrs, size_t n, n2_attr **out)
{
    size_t total = n * sizeof *attrs;

    *out = NULL;
    for (size_t i = 0; i < n; i++)
        total += (size_t)attrs[i].name_len + attrs[i].len;
    if (!n)
        return N2_OK;
    n2_attr *copy = malloc(total);
    if (!copy)
        return N2_ERR_NOMEM;
    uint8_t *at = (uint8_t *)(copy + n);
    for (size_t i = 0; i < n; i++) {
        copy[i] = attrs[i];
        copy[i].name = at;
        memcpy(at, attrs[i].name, attrs[i].name_len);
        at += attrs[i].name_len;
        copy[i].value = at;
        if (attrs[i].len)
            memcpy(at, attrs[i].value, attrs[i].len);
        at += attrs[i].len;
    }
    *out = copy;
    return N2_OK;
}

static n2_err
open_level(n2_tree_maker *m, const part *name, const n2_attr *attrs, size_t n_attrs)
{
    level l = {.name_len = name->len, .n_attrs = n_attrs};
    n2_err err = n2_utf8_check_name(name->name, name->len, m->unicode) ? N2_ERR_FORMAT : N2_OK;

    if (!err)
        err = copy_attrs(attrs, n_attrs, &l.attrs);
    if (!err)
        err = n2_directory_maker_new(&l.maker, m->unicode);
    l.name = err ? NULL : malloc(name->len);
    if (!err && !l.name)
        err = N2_ERR_NOMEM;
    if (err) {
        level_clear(&l);
        return err;
    }
    memcpy(l.name, name->name, name->len);
    m->levels[m->n_levels++] = l;
    return N2_OK;
}

static n2_err
finish_level(n2_tree_maker *m, level *l, n2_ref *ref)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    n2_err err = n2_directory_maker_finish(l->maker, &bytes, &len);

    if (!err)
        err = m->put(m->user, bytes, len, ref);
    free(bytes);
    return err;
}

/* Closes the lowest open folder. */
static n2_err
close_level(n2_tree_maker *m)
{
    level *l = &m->levels[m->n_levels - 1];
    n2_entry_spec spec = {.name = l->name,
                          .name_len = l->name_len,
                          .type = N2_ENTRY_DIR,
                          .attrs = l->attrs,
                          .n_attrs = l->n_attrs};
    n2_err err = finish_level(m, l, &spec.ref);

    if (!err)
        err = n2_directory_maker_add(l[-1].maker, &spec);
    if (err)
        return err;
    level_clear(l);
    m->n_levels--;
    return N2_OK;
}

static n2_err
split(const char *path, size_t len, part parts[static N2_PATH_DEPTH_MAX], size_t *n)
{
    const char *end = path + len;

    for (*n = 0;; (*n)++) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *stop = slash ? slash : end;
        if (*n == N2_PATH_DEPTH_MAX)
            return N2_ERR_LIMIT;
        if (stop == path)
            return N2_ERR_FORMAT;
        parts[*n] = (part){.name = path, .len = (size_t)(stop - path)};
        if (!slash) {
            ++*n;
            return N2_OK;
        }
        path = slash + 1;
    }
}

n2_err
n2_tree_maker_new(n2_tree_maker **out,
                  n2_directory_put put,
                  void *user,
                  const n2_unicode *unicode)
{
    n2_tree_maker *m = calloc(1, sizeof *m);

    *out = NULL;
    if (!m)
        return N2_ERR_NOMEM;
    *m = (n2_tree_maker){.put = put, .user = user, .unicode = unicode, .n_levels = 1};
    n2_err err = n2_directory_maker_new(&m->levels[0].maker, unicode);
    if (err) {
        free(m);
        return err;
    }
    *out = m;
    return N2_OK;
}

void
n2_tree_maker_free(n2_tree_maker *maker)
{
    for (size_t i = 0; maker && i < maker->n_levels; i++)
        level_clear(&maker->levels[i]);
    free(maker);
}

/* Names of @parts that lead through open folders. */
static size_t
count_open(const n2_tree_maker *m, const part *parts, size_t n)
{
    size_t common = 0;

    while (common < n && common + 1 < m->n_levels &&
           m->levels[common + 1].name_len == parts[common].len &&
           memcmp(m->levels[common + 1].name, parts[common].name, parts[common].len) == 0)
        common++;
    return common;
}

n2_err
n2_tree_maker_add(n2_tree_maker *maker,
                  const char *path,
                  size_t path_len,
                  uint8_t type,
                  const n2_ref *ref,
                  const n2_attr *attrs,
                  size_t n_attrs)
{
    part parts[N2_PATH_DEPTH_MAX];
    size_t n = 0;
    n2_err err = split(path, path_len, parts, &n);

    if (err)
        return err;
    size_t n_folders = type == N2_ENTRY_DIR ? n : n - 1;
    size_t common = count_open(maker, parts, n_folders);
    if (type == N2_ENTRY_DIR && common == n)
        return N2_ERR_EXISTS;
    while (!err && maker->n_levels > common + 1)
        err = close_level(maker);
    for (; !err && common < n_folders; common++) {
        bool is_named = type == N2_ENTRY_DIR && common + 1 == n;
        err =
            open_level(maker, &parts[common], is_named ? attrs : NULL, is_named ? n_attrs : 0);
    }
    if (err || type == N2_ENTRY_DIR)
        return err;
    n2_entry_spec spec = {.name = parts[n - 1].name,
                          .name_len = parts[n - 1].len,
                          .type = type,
                          .ref = *ref,
                          .attrs = attrs,
                          .n_attrs = n_attrs};
    return n2_directory_maker_add(maker->levels[maker->n_levels - 1].maker, &spec);
}

n2_err
n2_tree_maker_finish(n2_tree_maker *maker, n2_ref *root)
{
    n2_err err = N2_OK;

    while (!err && maker->n_levels > 1)
        err = close_level(maker);
    return err ? err : finish_level(maker, &maker->levels[0], root);
}
