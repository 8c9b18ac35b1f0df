/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree.h - the Merkle tree over a content: its root, its groups, and proof of each stretch.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: data.md, section 7; shape as RFC 6962 2.1:
 *
 *     leaf    H(0 | up to 16 KiB)
 *     node    H(1 | left | right)       left = the greatest power of two below the count of
 * leaves root    H(2 | length 8 | top)     top of an empty content: H(0)
 *
 * A *group* is 64 leaves (1 MiB), the last one may be shorter.  Its hash, the *group node*, is
 * the node of level 6 over it; as 64 is a power of two, the tree over the list of group nodes
 * has the same top as the tree over all leaves.  A content of one group has that node as its
 * top.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/context.h"
#include "crypto/hash.h"

enum {
    N2_LEAF_BYTES = 16 * 1024,
    N2_GROUP_LEAVES = 64,
    N2_GROUP_BYTES = N2_GROUP_LEAVES * N2_LEAF_BYTES,
};

/** Leaves, or groups, of a content of @length bytes; 0 for an empty one. */
uint64_t n2_tree_leaves(uint64_t length);
uint64_t n2_tree_groups(uint64_t length);

/**
 * Hash of each leaf of @len bytes; only the last may be shorter than 16 KiB.
 *
 * @out: (out): n2_tree_leaves(@len) hashes.
 */
void n2_tree_hash_leaves(n2_crypto *crypto,
                         uint8_t method,
                         const uint8_t *bytes,
                         size_t len,
                         uint8_t out[][N2_HASH_BYTES]);

/**
 * Top of the tree over @n hashes: leaves, or group nodes, or any one level with its shorter
 * tail. For @n = 0 the top of an empty content.  Recursion is 64 deep at most.
 */
void n2_tree_top(uint8_t method,
                 const uint8_t hashes[][N2_HASH_BYTES],
                 uint64_t n,
                 uint8_t top[static N2_HASH_BYTES]);

/** The root over @top of a content of @length bytes. */
void n2_tree_root(uint8_t method,
                  uint64_t length,
                  const uint8_t top[static N2_HASH_BYTES],
                  uint8_t root[static N2_HASH_BYTES]);

/** The group node of one stretch of 1 to N2_GROUP_BYTES bytes that begins at a group
 * (asserted). */
void n2_tree_group_node(n2_crypto *crypto,
                        uint8_t method,
                        const uint8_t *bytes,
                        size_t len,
                        uint8_t node[static N2_HASH_BYTES]);

/** Root of a content that lies in memory as a whole; any length, 0 too. */
void n2_tree_root_of(n2_crypto *crypto,
                     uint8_t method,
                     const uint8_t *bytes,
                     size_t len,
                     uint8_t root[static N2_HASH_BYTES]);

/** Whether @nodes are the n2_tree_groups(@length) group nodes of the content @root. */
N2_MUST_USE bool n2_tree_check_nodes(uint8_t method,
                                     uint64_t length,
                                     const uint8_t nodes[][N2_HASH_BYTES],
                                     const uint8_t root[static N2_HASH_BYTES]);

/** Whether @bytes (one whole group) have the checked group node @node. */
N2_MUST_USE bool n2_tree_check_group(n2_crypto *crypto,
                                     uint8_t method,
                                     const uint8_t *bytes,
                                     size_t len,
                                     const uint8_t node[static N2_HASH_BYTES]);

/**
 * The same, quicker, for bytes that nobody else looks at meanwhile: the one before them, too,
 * is ours.  All are changed and put back.
 */
N2_MUST_USE bool n2_tree_check_own_group(n2_crypto *crypto,
                                         uint8_t method,
                                         uint8_t *bytes,
                                         size_t len,
                                         const uint8_t node[static N2_HASH_BYTES]);

/** Whether @bytes are the whole content @root; for contents of one group at most (asserted). */
N2_MUST_USE bool n2_tree_check_whole(n2_crypto *crypto,
                                     uint8_t method,
                                     const uint8_t *bytes,
                                     size_t len,
                                     const uint8_t root[static N2_HASH_BYTES]);

/** A tree that grows as its content comes by; memory does not grow with the length. */
typedef struct n2_tree n2_tree;

/**
 * @crypto: (borrowed): must outlive the tree.
 * @method: N2_METHOD_*.
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED (no such method), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_tree_new(n2_tree **out, n2_crypto *crypto, uint8_t method);

/** @tree: (transfer full) (nullable). */
void n2_tree_free(n2_tree *tree);

/** Room that n2_tree_add() wants in @nodes for @len bytes. */
static inline size_t
n2_tree_nodes_max(size_t len)
{
    return len / N2_GROUP_BYTES + 1;
}

/**
 * Takes the next @len bytes (quickest in multiples of N2_LEAF_BYTES * N2_HASH_LANES).
 *
 * @nodes: (out) (nullable): group nodes that became whole, in order; room for
 *         n2_tree_nodes_max(@len).
 *
 * Returns: how many there were.
 */
size_t
n2_tree_add(n2_tree *tree, const uint8_t *bytes, size_t len, uint8_t nodes[][N2_HASH_BYTES]);

/** Bytes taken so far. */
uint64_t n2_tree_length(const n2_tree *tree);

/**
 * Ends the content; the tree takes no more.
 *
 * @tail: (out) (nullable): group node of the last, shorter group, if the length is no multiple
 * of N2_GROUP_BYTES.
 *
 * Returns: whether there is such a group.
 */
bool
n2_tree_finish(n2_tree *tree, uint8_t root[static N2_HASH_BYTES], uint8_t tail[N2_HASH_BYTES]);
