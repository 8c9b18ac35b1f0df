/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * merge.h - heads of one tree that don't know of each other become one: the base that they
 *           share, and the tree of all of them.
 *
 * Layer:     share.
 * Source:    data.md, section 7; PROTOCOL.md, "Versions".
 * Invariant: the result is a function of the heads' bodies and of what they lead to, so that
 *            two devices make the same bytes.  No content of any of them is lost but what one
 *            side took away and no other changed.  Nothing becomes readable to more people than
 *            on either side.
 */
#pragma once

#include "crypto/access.h"
#include "crypto/head.h"
#include "store/store.h"

/** Where heads and folders come from and go to. */
typedef struct {
    void *user;
    /** N2_OK, N2_ERR_NOTFOUND (@head is not known here), or what ends the merge. */
    n2_err (*head)(void *user, const uint8_t hash[static N2_HASH_BYTES], n2_head *head);
    /** Opens a folder until unmap(); N2_ERR_NOTFOUND: it is not here. */
    n2_err (*map)(void *user, const n2_ref *folder, n2_view *view);
    void (*unmap)(void *user, n2_view *view);
    n2_directory_put put; /* keeps one that was made */
    const n2_unicode *unicode;
} n2_merge_io;

/**
 * The nearest common ancestor of one of @heads and @other: of several the highest.
 *
 * @is_all:  what is not known here is nowhere: it counts as the beginning of all.
 * @base:    (out): counter 0: they have none.
 * @missing: (out): with NOTFOUND: the hash of the head that was wanted.
 *
 * Returns: N2_OK; N2_ERR_NOTFOUND: what is not known here may be it; N2_ERR_LIMIT: further away
 *          than N2_MERGE_WALK_MAX heads; N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_merge_base(const n2_merge_io *io,
                                 const n2_head *heads,
                                 size_t n,
                                 const n2_head *other,
                                 bool is_all,
                                 n2_head *base,
                                 uint8_t missing[static N2_HASH_BYTES]);

/** A tree of the merge. */
typedef struct {
    n2_ref root;   /* method 0: an empty one */
    n2_ref access; /* as in n2_head */
} n2_merge_tree;

/**
 * The tree of @high and @low, which both come from @base.
 *
 * @low_head: names what both have under one name: device and date.
 * @out:      (out).
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (a folder is not here), N2_ERR_LIMIT (deeper than
 *          N2_PATH_DEPTH_MAX, or larger than folders are), N2_ERR_FORMAT (it is no folder),
 *          N2_ERR_NOMEM, or what put says.
 */
N2_MUST_USE n2_err n2_merge_trees(const n2_merge_io *io,
                                  const n2_merge_tree *base,
                                  const n2_merge_tree *high,
                                  const n2_merge_tree *low,
                                  const n2_head *low_head,
                                  n2_merge_tree *out);

/**
 * The head of @heads together: two to N2_HEAD_PARENTS_MAX of one tree, none an ancestor of
 * another; in any order.
 *
 * @out: (out): to be written with n2_head_body() and signed.
 *
 * Returns: as both above, and N2_ERR_USAGE (one head, too many, or of two trees).
 */
N2_MUST_USE n2_err n2_merge_heads(const n2_merge_io *io,
                                  const n2_head *heads,
                                  size_t n,
                                  bool is_all,
                                  n2_head *out,
                                  uint8_t missing[static N2_HASH_BYTES]);

/**
 * Keeps of @heads those that no other leads to, the highest first.
 *
 * @heads: changed.
 * @n:     in, out.
 *
 * Returns: N2_OK, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_merge_tips(n2_head *heads, size_t *n);
