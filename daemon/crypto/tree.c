/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree.c - the Merkle tree over a content.
 */
#include "crypto/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { /* the byte before what is hashed */
    PREFIX_LEAF = 0,
    PREFIX_NODE = 1,
    PREFIX_ROOT = 2,
};

enum {
    LEVELS_MAX = 64, /* a length has 64 bits */
    GROUP_LEVEL = 6,
};

_Static_assert(1 << GROUP_LEVEL == N2_GROUP_LEAVES, "a group is a level");
_Static_assert((int)N2_LEAF_BYTES <= (int)N2_HASH_MANY_BYTES_MAX,
               "leaves can be hashed together");

uint64_t
n2_tree_leaves(uint64_t length)
{
    return length / N2_LEAF_BYTES + (length % N2_LEAF_BYTES != 0);
}

uint64_t
n2_tree_groups(uint64_t length)
{
    return length / N2_GROUP_BYTES + (length % N2_GROUP_BYTES != 0);
}

static void
hash_leaf(uint8_t method, const uint8_t *bytes, size_t len, uint8_t out[static N2_HASH_BYTES])
{
    static const uint8_t prefix = PREFIX_LEAF;
    n2_hash hash;

    n2_hash_init(&hash, method);
    n2_hash_update(&hash, &prefix, 1);
    n2_hash_update(&hash, bytes, len);
    n2_hash_final(&hash, out);
}

/* @out may be @left or @right. */
static void
hash_node(uint8_t method, const uint8_t *left, const uint8_t *right, uint8_t *out)
{
    uint8_t bytes[1 + 2 * N2_HASH_BYTES] = {PREFIX_NODE};

    memcpy(bytes + 1, left, N2_HASH_BYTES);
    memcpy(bytes + 1 + N2_HASH_BYTES, right, N2_HASH_BYTES);
    n2_hash_of(method, bytes, sizeof bytes, out);
}

void
n2_tree_root(uint8_t method,
             uint64_t length,
             const uint8_t top[static N2_HASH_BYTES],
             uint8_t root[static N2_HASH_BYTES])
{
    uint8_t bytes[1 + 8 + N2_HASH_BYTES] = {PREFIX_ROOT};

    for (int i = 0; i < 8; i++)
        bytes[1 + i] = (uint8_t)(length >> (56 - 8 * i));
    memcpy(bytes + 9, top, N2_HASH_BYTES);
    n2_hash_of(method, bytes, sizeof bytes, root);
}

void
n2_tree_hash_leaves(n2_crypto *crypto,
                    uint8_t method,
                    const uint8_t *bytes,
                    size_t len,
                    uint8_t out[][N2_HASH_BYTES])
{
    const uint8_t *src[N2_HASH_LANES];
    size_t whole = len / N2_LEAF_BYTES;

    for (size_t i = 0; i < whole;) {
        size_t n = 0;
        for (; n < N2_HASH_LANES && i + n < whole; n++)
            src[n] = bytes + (i + n) * N2_LEAF_BYTES;
        n2_hash_many(crypto, method, n, PREFIX_LEAF, src, N2_LEAF_BYTES, out + i);
        i += n;
    }
    if (len % N2_LEAF_BYTES)
        hash_leaf(method, bytes + whole * N2_LEAF_BYTES, len % N2_LEAF_BYTES, out[whole]);
}

/*
 * Hashes of perfect subtrees, largest first, as leaves come one by one: subtree `i` covers
 * 2^level[i] of them, and levels fall strictly, so they are the bits of the count.  Joining
 * them from the right gives the shape of the source: left is always the greatest power of two
 * below the count.
 */
typedef struct {
    uint8_t method;
    unsigned n;
    uint8_t level[LEVELS_MAX];
    uint8_t hash[LEVELS_MAX][N2_HASH_BYTES];
} stack;

static void
stack_push(stack *s, const uint8_t *hash)
{
    uint8_t level = 0;
    uint8_t node[N2_HASH_BYTES];

    memcpy(node, hash, sizeof node);
    for (; s->n && s->level[s->n - 1] == level; level++)
        hash_node(s->method, s->hash[--s->n], node, node);
    assert(s->n < LEVELS_MAX);
    s->level[s->n] = level;
    memcpy(s->hash[s->n++], node, sizeof node);
}

static void
stack_top(const stack *s, uint8_t *top)
{
    if (!s->n) {
        hash_leaf(s->method, NULL, 0, top);
        return;
    }
    uint8_t node[N2_HASH_BYTES];
    memcpy(node, s->hash[s->n - 1], sizeof node);
    for (unsigned i = s->n - 1; i-- > 0;)
        hash_node(s->method, s->hash[i], node, node);
    memcpy(top, node, sizeof node);
}

void
n2_tree_top(uint8_t method,
            const uint8_t hashes[][N2_HASH_BYTES],
            uint64_t n,
            uint8_t top[static N2_HASH_BYTES])
{
    stack s;

    s.method = method;
    s.n = 0;
    for (uint64_t i = 0; i < n; i++)
        stack_push(&s, hashes[i]);
    stack_top(&s, top);
}

void
n2_tree_group_node(n2_crypto *crypto,
                   uint8_t method,
                   const uint8_t *bytes,
                   size_t len,
                   uint8_t node[static N2_HASH_BYTES])
{
    uint8_t leaves[N2_GROUP_LEAVES][N2_HASH_BYTES];

    assert(len && len <= N2_GROUP_BYTES);
    n2_tree_hash_leaves(crypto, method, bytes, len, leaves);
    n2_tree_top(method, (const uint8_t(*)[N2_HASH_BYTES])leaves, n2_tree_leaves(len), node);
}

void
n2_tree_root_of(n2_crypto *crypto,
                uint8_t method,
                const uint8_t *bytes,
                size_t len,
                uint8_t root[static N2_HASH_BYTES])
{
    uint8_t top[N2_HASH_BYTES];
    stack s;

    s.method = method;
    s.n = 0;
    for (size_t at = 0; at < len;) {
        size_t n = len - at < N2_GROUP_BYTES ? len - at : N2_GROUP_BYTES;
        n2_tree_group_node(crypto, method, bytes + at, n, top);
        stack_push(&s, top);
        at += n;
    }
    stack_top(&s, top);
    n2_tree_root(method, len, top, root);
}

bool
n2_tree_check_nodes(uint8_t method,
                    uint64_t length,
                    const uint8_t nodes[][N2_HASH_BYTES],
                    const uint8_t root[static N2_HASH_BYTES])
{
    uint8_t sum[N2_HASH_BYTES];

    n2_tree_top(method, nodes, n2_tree_groups(length), sum);
    n2_tree_root(method, length, sum, sum);
    return memcmp(sum, root, sizeof sum) == 0;
}

bool
n2_tree_check_group(n2_crypto *crypto,
                    uint8_t method,
                    const uint8_t *bytes,
                    size_t len,
                    const uint8_t node[static N2_HASH_BYTES])
{
    uint8_t sum[N2_HASH_BYTES];

    n2_tree_group_node(crypto, method, bytes, len, sum);
    return memcmp(sum, node, sizeof sum) == 0;
}

/* Every second leaf, as the byte before one is the last of its neighbour. */
static void
hash_every_second(
    n2_crypto *crypto, uint8_t method, uint8_t *bytes, size_t first, size_t n, uint8_t *out)
{
    uint8_t hashes[N2_GROUP_LEAVES / 2][N2_HASH_BYTES];
    uint8_t *src[N2_GROUP_LEAVES / 2] = {NULL};
    size_t k = 0;

    for (size_t i = first; i < n; i += 2)
        src[k++] = bytes + i * N2_LEAF_BYTES;
    n2_hash_many_in_place(crypto, method, k, PREFIX_LEAF, src, N2_LEAF_BYTES, hashes);
    for (size_t i = 0; i < k; i++)
        memcpy(out + (first + 2 * i) * N2_HASH_BYTES, hashes[i], N2_HASH_BYTES);
}

bool
n2_tree_check_own_group(n2_crypto *crypto,
                        uint8_t method,
                        uint8_t *bytes,
                        size_t len,
                        const uint8_t node[static N2_HASH_BYTES])
{
    uint8_t leaves[N2_GROUP_LEAVES][N2_HASH_BYTES];
    uint8_t sum[N2_HASH_BYTES];
    size_t n = len / N2_LEAF_BYTES;

    assert(len && len <= N2_GROUP_BYTES);
    hash_every_second(crypto, method, bytes, 0, n, leaves[0]);
    hash_every_second(crypto, method, bytes, 1, n, leaves[0]);
    if (len % N2_LEAF_BYTES)
        hash_leaf(method, bytes + n * N2_LEAF_BYTES, len % N2_LEAF_BYTES, leaves[n]);
    n2_tree_top(method, (const uint8_t(*)[N2_HASH_BYTES])leaves, n2_tree_leaves(len), sum);
    return memcmp(sum, node, sizeof sum) == 0;
}

bool
n2_tree_check_whole(n2_crypto *crypto,
                    uint8_t method,
                    const uint8_t *bytes,
                    size_t len,
                    const uint8_t root[static N2_HASH_BYTES])
{
    uint8_t sum[N2_HASH_BYTES];

    assert(len <= N2_GROUP_BYTES);
    n2_tree_root_of(crypto, method, bytes, len, sum);
    return memcmp(sum, root, sizeof sum) == 0;
}

/* growing */

enum {
    BUFFER_BYTES = N2_HASH_LANES * N2_LEAF_BYTES,
};

_Static_assert(N2_GROUP_BYTES % BUFFER_BYTES == 0, "a full buffer never crosses a group");

struct n2_tree {
    n2_crypto *crypto; /* (borrowed) */
    uint8_t method;
    uint64_t length;
    stack groups; /* over group nodes */
    stack leaves; /* over leaves of the group under way */
    size_t n_leaves;
    size_t held; /* bytes in the buffer */
    uint8_t buffer[BUFFER_BYTES];
};

n2_err
n2_tree_new(n2_tree **out, n2_crypto *crypto, uint8_t method)
{
    *out = NULL;
    if (!n2_hash_known(method))
        return N2_ERR_UNSUPPORTED;
    n2_tree *tree = malloc(sizeof *tree);
    if (!tree)
        return N2_ERR_NOMEM;
    tree->crypto = crypto;
    tree->method = method;
    tree->length = 0;
    tree->groups.method = tree->leaves.method = method;
    tree->groups.n = tree->leaves.n = 0;
    tree->n_leaves = tree->held = 0;
    *out = tree;
    return N2_OK;
}

void
n2_tree_free(n2_tree *tree)
{
    free(tree);
}

uint64_t
n2_tree_length(const n2_tree *tree)
{
    return tree->length;
}

/* Ends the group under way. */
static void
close_group(n2_tree *tree, uint8_t node[static N2_HASH_BYTES])
{
    stack_top(&tree->leaves, node);
    stack_push(&tree->groups, node);
    tree->leaves.n = 0;
    tree->n_leaves = 0;
}

/* Takes up to N2_HASH_LANES leaves of one group; true if that made the group whole. */
static bool
add_leaves(n2_tree *tree, const uint8_t *bytes, size_t len, uint8_t node[static N2_HASH_BYTES])
{
    uint8_t hashes[N2_HASH_LANES][N2_HASH_BYTES];
    size_t n = n2_tree_leaves(len);

    assert(n <= N2_HASH_LANES && tree->n_leaves + n <= N2_GROUP_LEAVES);
    n2_tree_hash_leaves(tree->crypto, tree->method, bytes, len, hashes);
    for (size_t i = 0; i < n; i++)
        stack_push(&tree->leaves, hashes[i]);
    tree->n_leaves += n;
    if (tree->n_leaves < N2_GROUP_LEAVES)
        return false;
    close_group(tree, node);
    return true;
}

size_t
n2_tree_add(n2_tree *tree, const uint8_t *bytes, size_t len, uint8_t nodes[][N2_HASH_BYTES])
{
    uint8_t node[N2_HASH_BYTES];
    size_t n_nodes = 0;

    tree->length += len;
    while (len) {
        size_t room = BUFFER_BYTES - tree->held;
        size_t n = len < room ? len : room;
        const uint8_t *full = bytes; /* a whole buffer of it is hashed where it lies */

        if (n < BUFFER_BYTES) {
            memcpy(tree->buffer + tree->held, bytes, n);
            full = tree->buffer;
        }
        tree->held += n;
        if (tree->held == BUFFER_BYTES) {
            tree->held = 0;
            if (add_leaves(tree, full, BUFFER_BYTES, node)) {
                if (nodes)
                    memcpy(nodes[n_nodes], node, sizeof node);
                n_nodes++;
            }
        }
        bytes += n;
        len -= n;
    }
    return n_nodes;
}

bool
n2_tree_finish(n2_tree *tree, uint8_t root[static N2_HASH_BYTES], uint8_t tail[N2_HASH_BYTES])
{
    uint8_t node[N2_HASH_BYTES];
    bool has_tail = tree->held || tree->n_leaves;

    if (tree->held && !add_leaves(tree, tree->buffer, tree->held, node))
        tree->held = 0;
    if (tree->n_leaves)
        close_group(tree, node);
    if (has_tail && tail)
        memcpy(tail, node, sizeof node);
    stack_top(&tree->groups, node);
    n2_tree_root(tree->method, tree->length, node, root);
    return has_tail;
}
