/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish-private.h - what the parts of publish share.
 *
 * Layer: share.  Included by publish*.c only.
 */
#pragma once

#include "base/limits.h"
#include "share/publish.h"
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
    n2_ref came;         /* root of the archive, as it came */
    n2_ref before;       /* root that info.root was made from; size unknown: none was */
    char *path;          /* (owned) (nullable) of the attribute that changes */
    n2_attr attr;        /* which */
    uint8_t *attr_bytes; /* (owned) (nullable) its name and value */
    bool changes_top;    /* who may read all of it becomes ... */
    n2_ref top;          /* ... this; method 0: everybody */
    n2_ref access;       /* of the last body */
    bool merges;
    n2_head merged; /* what the trees of several became */
};

/**
 * Makes the tree anew if the one before it is not the one it was made from: the attribute
 * changes there, or who may read what is taken over from there.
 *
 * @before: root of the newest tree; NULL: there is none.
 */
N2_MUST_USE n2_err n2_publish_renew(n2_publish *publish, const n2_ref *before);

/* ---- publish-moved.c ---- */

/**
 * What was restricted in @old and has another name now stays restricted: the folder @ref, which
 * has the rules of @old for what has the same name, gets them for what was moved or renamed.
 * @ref becomes the new one.
 */
N2_MUST_USE n2_err n2_publish_moved(n2_publish *publish, const n2_ref *old, n2_ref *ref);

/** A folder, open until n2_store_unmap() of @view. */
N2_MUST_USE n2_err n2_publish_folder(n2_publish *publish,
                                     const n2_ref *ref,
                                     n2_view *view,
                                     n2_directory *dir);

/** Entries by name, as folders have them. */
int n2_publish_by_name(const n2_entry *a, const n2_entry *b);

enum {
    N2_PUBLISH_ATTRS_MAX = 1024 /* of one entry; a box holds no more */
};

/** All attributes of @entry.  @out: room for N2_PUBLISH_ATTRS_MAX. */
size_t n2_publish_attrs(const n2_entry *entry, n2_attr *out);

/* A folder that changes entry by entry. */
typedef struct {
    n2_directory dir; /* as it is now; in the view or in @bytes */
    uint8_t *bytes;   /* (owned) (nullable) */
} n2_publish_changing;

N2_MUST_USE n2_err n2_publish_change(n2_publish *publish,
                                     n2_publish_changing *c,
                                     const n2_entry_spec *spec);
