/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * merge-heads.c - the head of several together: their trees one after the other.
 */
#include "share/merge.h"

#include <string.h>

static n2_merge_tree
tree_of(const n2_head *head)
{
    return (n2_merge_tree){.root = head->root, .access = head->access};
}

n2_err
n2_merge_heads(const n2_merge_io *io,
               const n2_head *heads,
               size_t n,
               bool is_all,
               n2_head *out,
               uint8_t missing[static N2_HASH_BYTES])
{
    n2_head sorted[N2_HEAD_PARENTS_MAX], base;
    size_t left = n;

    *out = (n2_head){0};
    if (n < 2 || n > N2_HEAD_PARENTS_MAX)
        return N2_ERR_USAGE;
    memcpy(sorted, heads, n * sizeof *heads);
    n2_err err = n2_merge_tips(sorted, &left);
    for (size_t i = 1; !err && i < left; i++)
        if (!n2_id_equal(&sorted[i].who, &sorted[0].who) ||
            strcmp(sorted[i].branch, sorted[0].branch) != 0)
            err = N2_ERR_USAGE;
    if (!err && left < 2)
        err = N2_ERR_USAGE;
    if (err)
        return err;
    n2_merge_tree tree = tree_of(&sorted[0]);
    n2_head head = {.who = sorted[0].who,
                    .counter = sorted[0].counter + 1,
                    .made_us = sorted[0].made_us,
                    .n_parents = left};

    memcpy(head.branch, sorted[0].branch, sizeof head.branch);
    memcpy(head.parents[0], sorted[0].hash, N2_HASH_BYTES);
    for (size_t i = 1; !err && i < left; i++) {
        err = n2_merge_base(io, sorted, i, &sorted[i], is_all, &base, missing);
        n2_merge_tree from = tree_of(&base), low = tree_of(&sorted[i]);

        if (!err)
            err = n2_merge_trees(io, &from, &tree, &low, &sorted[i], &tree);
        memcpy(head.parents[i], sorted[i].hash, N2_HASH_BYTES);
        if (sorted[i].made_us > head.made_us)
            head.made_us = sorted[i].made_us;
    }
    head.root = tree.root;
    head.access = tree.access;
    if (!err)
        *out = head;
    return err;
}
