/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * directory.h - directories (kind 18), their entries (31) and attributes; and the directories
 *               of a whole tree, made bottom-up.
 *
 * Layer:     crypto (may include: base, wire).
 * Source:    data.md, section 7.
 * Invariant: entries ascend strictly by the bytes of their names; names are as
 *            n2_utf8_check_name() wants them.  A time of change is the attribute "modified"
 *            (time), a declared content type the attribute "type" (text).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/box.h"

enum {
    N2_ENTRY_FILE = 1,
    N2_ENTRY_DIR = 2,
    N2_ENTRY_LINK = 3
};

#define N2_ATTR_MODIFIED "modified"
#define N2_ATTR_TYPE "type"

typedef struct {
    const uint8_t *bytes;
    size_t len;
    n2_box box;
    uint32_t n_entries;
} n2_directory;

typedef struct {
    const char *name; /* (transfer none) name_len bytes, not NUL-terminated */
    size_t name_len;
    n2_ref ref;
    uint8_t type; /* N2_ENTRY_* */
    n2_box box;   /* the entry; its attributes are fields 65 */
} n2_entry;

/**
 * Checks the bytes of a directory.
 *
 * @out: zeroed on failure; borrows @bytes.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (16 MiB, 100,000 entries), N2_ERR_FORMAT, N2_ERR_TRUNCATED,
 *          N2_ERR_TRAILING, N2_ERR_VERSION.
 */
N2_MUST_USE n2_err n2_directory_check(n2_directory *out,
                                      const uint8_t *bytes,
                                      size_t len,
                                      const n2_unicode *unicode);

/** Walks the entries: start with @at = 0; false at the end. */
bool n2_directory_next(const n2_directory *dir, size_t *at, n2_entry *out);

/** N2_OK or N2_ERR_NOTFOUND (@out zeroed). */
N2_MUST_USE n2_err n2_directory_find(const n2_directory *dir,
                                     const char *name,
                                     size_t name_len,
                                     n2_entry *out);

/** Walks the attributes of an entry: start with @at = 0; false at the end. */
bool n2_entry_next_attr(const n2_entry *entry, size_t *at, n2_attr *out);
/** The attribute @name; false (@out zeroed) if it is absent. */
bool n2_entry_attr(const n2_entry *entry, const char *name, n2_attr *out);

/** What becomes an entry.  Everything is copied by those who take it. */
typedef struct {
    const char *name; /* name_len bytes */
    size_t name_len;
    uint8_t type;
    n2_ref ref;
    const n2_attr *attrs; /* any order, no name twice */
    size_t n_attrs;
} n2_entry_spec;

/** Collects entries in any order and makes the directory. */
typedef struct n2_directory_maker n2_directory_maker;

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_directory_maker_new(n2_directory_maker **out, const n2_unicode *unicode);
void n2_directory_maker_free(n2_directory_maker *maker); /* (nullable) */
/** Returns: N2_OK, N2_ERR_FORMAT (name, type, attribute), N2_ERR_LIMIT, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_directory_maker_add(n2_directory_maker *maker, const n2_entry_spec *spec);
/**
 * @bytes: (out) (transfer full): free().
 * Returns: N2_OK, N2_ERR_EXISTS (a name twice), N2_ERR_LIMIT (16 MiB), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_directory_maker_finish(n2_directory_maker *maker,
                                             uint8_t **bytes,
                                             size_t *len);

/**
 * A copy of @dir in which the entry of @spec->name is @spec (added if absent), or gone if
 * @spec->type is 0.
 *
 * Returns: as the maker, and N2_ERR_NOTFOUND (to be removed, but not there).
 */
N2_MUST_USE n2_err n2_directory_with(const n2_directory *dir,
                                     const n2_entry_spec *spec,
                                     const n2_unicode *unicode,
                                     uint8_t **bytes,
                                     size_t *len);

/**
 * Keeps a finished directory.
 *
 * @ref: (out): its content.
 * Returns: N2_OK, or an error that ends the making.
 */
typedef n2_err (*n2_directory_put)(void *user, const uint8_t *bytes, size_t len, n2_ref *ref);

/** Makes the directories of a tree from its files' paths. */
typedef struct n2_tree_maker n2_tree_maker;

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_tree_maker_new(n2_tree_maker **out,
                                     n2_directory_put put,
                                     void *user,
                                     const n2_unicode *unicode);
void n2_tree_maker_free(n2_tree_maker *maker); /* (nullable) */

/**
 * Adds one item.  Items of one folder come together (any order that walks a tree has this).
 *
 * @path:  @path_len bytes, names separated by '/', none of them empty; up to 64 names.
 * @type:  N2_ENTRY_FILE with its @ref, or N2_ENTRY_DIR (also of an empty one, @ref NULL).
 *         A folder may be named before its files, or not at all.
 * @attrs: of the entry; for a folder only if it is named before its files.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (path or attribute), N2_ERR_EXISTS (a name twice, or a folder
 *          that was finished already), N2_ERR_LIMIT (depth, size), N2_ERR_NOMEM or what put
 * says.
 */
N2_MUST_USE n2_err n2_tree_maker_add(n2_tree_maker *maker,
                                     const char *path,
                                     size_t path_len,
                                     uint8_t type,
                                     const n2_ref *ref,
                                     const n2_attr *attrs,
                                     size_t n_attrs);

/** Ends the tree; @root is the top directory (empty if nothing was added). Errors as add. */
N2_MUST_USE n2_err n2_tree_maker_finish(n2_tree_maker *maker, n2_ref *root);
