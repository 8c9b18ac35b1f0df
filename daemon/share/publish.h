/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish.h - a tree of files comes in as an archive stream and becomes what an identity
 *             publishes; or one attribute of it changes.
 *
 * Layer:   share (may include: base, wire, crypto, store, keys, transport, vm).
 * Archive: items of type 1 (1 folder, 2 file, 3 end); but for the end: path length 2, path,
 *          size 8, time of change 8 (signed, us since 1970), then `size` bytes.  A folder comes
 *          before what is in it.  Nothing after the end.
 * Life:    new, then step until it has ended (or n2_publish_attr instead), then body, which
 *          somebody signs, then commit.  Until the commit nothing is visible, and without it
 * what came is collected.  Content that is here already is not stored twice.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/access.h"
#include "crypto/head.h"
#include "store/book.h"
#include "store/write.h"

typedef struct n2_publish n2_publish;

/** @unicode: (nullable).  Returns: N2_OK, N2_ERR_NOMEM, or what the store says. */
N2_MUST_USE n2_err n2_publish_new(n2_publish **out,
                                  n2_store *store,
                                  const n2_id *who,
                                  const n2_unicode *unicode);

/** So many trees before the new one stay, 0 to N2_STORE_VERSIONS_MAX; that many if never said.
 */
void n2_publish_keep(n2_publish *publish, uint64_t n_versions);

/** @publish: (transfer full) (nullable). */
void n2_publish_free(n2_publish *publish);

/**
 * Takes the next bytes of the archive.  After an error only n2_publish_free() is left.
 *
 * Returns: N2_OK
 *          N2_ERR_FORMAT    an item of another type, a path or name that is not allowed
 *          N2_ERR_EXISTS    a path twice
 *          N2_ERR_LIMIT     too deep, a folder too large
 *          N2_ERR_TRAILING  bytes after the end
 *          or what the store says
 */
N2_MUST_USE n2_err n2_publish_step(n2_publish *publish, const uint8_t *bytes, size_t len);

/** The end item was there: the tree is whole. */
bool n2_publish_has_ended(const n2_publish *publish);

/**
 * Instead of an archive: the published tree, with one attribute of @path changed.
 *
 * @path: "a/b.md"; "": the top itself, of which only "access" can be said.
 * @attr: its name names it; a value of length 0 and type 0 takes it away.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (nothing published, no such path, or no attribute to take
 *          away), N2_ERR_FORMAT (a value not of its type), or what the store says.
 */
N2_MUST_USE n2_err n2_publish_attr(n2_publish *publish, const char *path, const n2_attr *attr);

/**
 * Writes the body of a list of who may read, to be signed like the head.
 *
 * @readers: any order, none twice.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (nothing published), N2_ERR_LIMIT (more than
 *          N2_ACCESS_READERS_MAX), N2_ERR_FORMAT, N2_ERR_NOSPACE.
 */
N2_MUST_USE n2_err n2_publish_list_body(n2_publish *publish,
                                        const n2_member *readers,
                                        size_t n,
                                        void *buf,
                                        size_t cap,
                                        n2_box *out);

/**
 * Stores the signed list, before an n2_publish_attr() that leads to it.
 *
 * @list: (out).
 *
 * Returns: N2_OK, N2_ERR_FORMAT (another's), or as n2_store_check_list().
 */
N2_MUST_USE n2_err n2_publish_list(n2_publish *publish,
                                   const void *statement,
                                   size_t len,
                                   n2_ref *list);

/**
 * Instead of an archive: the trees of heads that don't know of each other, as one; of a single
 * head its own tree, which is taken as it is.
 *
 * @heads:   highest first, of this identity's tree; what they lead to is here.
 * @is_all, @missing: as in n2_merge_heads().
 *
 * @lacks:   (out): with NOTFOUND: the folder that is not here; method 0: it is the head
 * @missing.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND, or as n2_merge_heads().
 */
N2_MUST_USE n2_err n2_publish_merge(n2_publish *publish,
                                    const n2_head *heads,
                                    size_t n,
                                    bool is_all,
                                    n2_ref *lacks,
                                    uint8_t missing[static N2_HASH_BYTES]);

/**
 * What is still not here of the tree @root: the first of it, going down.
 *
 * @content: (out): N2_CONTENT_*.
 *
 * Returns: N2_OK (@out is not here), N2_ERR_NOTFOUND (all is), or what the store says.
 */
N2_MUST_USE n2_err n2_publish_lacks(n2_store *store,
                                    const n2_unicode *unicode,
                                    const n2_ref *root,
                                    n2_ref *out,
                                    unsigned *content);

/**
 * Writes the body of the head to be signed; its counter is one above the last.
 * A tree that came as an archive takes over who may read what from the newest one: by the names
 * of its folders and files, and what was renamed or moved by what is in it.
 *
 * Returns: N2_OK, N2_ERR_STATE (the tree is not whole), N2_ERR_NOSPACE.
 */
N2_MUST_USE n2_err
n2_publish_body(n2_publish *publish, int64_t wall_us, void *buf, size_t cap, n2_box *out);

/**
 * Publishes: after N2_OK it is durable and visible.
 *
 * @statement: the signed head; what its body says was checked by who signed it.
 *
 * Returns: N2_OK, N2_ERR_OLD (another head came first: make a new body and have it signed),
 *          N2_ERR_FORMAT (not the body that was asked for), or what the store says.
 */
N2_MUST_USE n2_err n2_publish_commit(n2_publish *publish, const void *statement, size_t len);

typedef struct {
    n2_ref root;
    uint64_t counter; /* of the last body */
    uint64_t n_files;
    uint64_t bytes; /* of files, so far */
} n2_publish_info;
void n2_publish_info_get(const n2_publish *publish, n2_publish_info *out);
