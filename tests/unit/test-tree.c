/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-tree.c - the promises in tree.h, held to the definition written down a second time.
 */
#include <glib.h>
#include <sodium.h>

#include "crypto/tree.h"

/* The definition of data.md, section 7, as it reads. */
static void
sum(guint8 method,
    guint8 prefix,
    const guint8 *a,
    gsize a_len,
    const guint8 *b,
    gsize b_len,
    guint8 *out)
{
    g_autofree guint8 *bytes = g_malloc(1 + a_len + b_len);

    bytes[0] = prefix;
    memcpy(bytes + 1, a, a_len);
    memcpy(bytes + 1 + a_len, b, b_len);
    if (method == 1)
        crypto_hash_sha256(out, bytes, 1 + a_len + b_len);
    else
        crypto_generichash(out, 32, bytes, 1 + a_len + b_len, NULL, 0);
}

static void
slow_top(guint8 method, const guint8 *bytes, gsize len, guint8 out[32])
{
    gsize leaves = (len + 16383) / 16384, left = 1;
    guint8 l[32], r[32];

    if (leaves <= 1) {
        sum(method, 0, bytes, len, (const guint8 *)"", 0, out);
        return;
    }
    while (left * 2 < leaves)
        left *= 2;
    slow_top(method, bytes, left * 16384, l);
    slow_top(method, bytes + left * 16384, len - left * 16384, r);
    sum(method, 1, l, 32, r, 32, out);
}

static void
slow_root(guint8 method, const guint8 *bytes, gsize len, guint8 out[32])
{
    guint8 size[8], top[32];

    for (int i = 0; i < 8; i++)
        size[i] = (guint8)((guint64)len >> (56 - 8 * i));
    slow_top(method, bytes, len, top);
    sum(method, 2, size, 8, top, 32, out);
}

/* Made by a third program from the same words; bytes[i] = 7 i + i / 251. */
static const struct {
    gsize len;
    const char *root[2];
} known[] = {
    {0,
     {"c0e50f0d90d6e2fea1e6f53d4f758ed5fc9035a399a8eb215c29c6ff3ea05425",
      "0e8a5e94274e52c2b0de7abf1d6864fd39978577980e136ad90b9616d34d1a3e"}},
    {1,
     {"ee8acb9cb20eaf4b807ef586e552774d803cc3dd837bf26e9f509500cc2604bd",
      "e7afa877f0703042352c2fa0f7924bb77c3abfe9855581d766bb3272e272d477"}},
    {16384,
     {"14963f8a6357d4ea1f3446f79da99435612406d4e995cdfb0b48aad7abea1aa3",
      "1eae14a505ef46cf568f117bfe3045caa3c814d5893575596d935a9c0347b898"}},
    {16385,
     {"45155312bf08a52bc519bf956dc5f3814bceae64e0aeb702b47379b9efdb223e",
      "f1d174abfb3100f06096287fa3bbfe5bf915e76f8ac667a450c0a0bb7f11165b"}},
    {100000,
     {"0020c3e24f0b92ebab63c1cdacac46fd259e8525ac8a64b25bd7efcf24f432ec",
      "db2bd204690157ef02749a67f1056364ec885f6660f0c6cb360bedf1d650e310"}},
    {1048576,
     {"b1ce4a53b00a3d08565fb3a5f28e514f9107e07dba54687c2536b80bd57cf802",
      "726067d2a124efa7e3f61c911327de81e645a8c6ec46823ff0f4d8a739551786"}},
    {1048577,
     {"ae5602d04b55bffc703eb5808a5bd65f7dbb3a27b866b04620baee46b3143f9e",
      "ed3925bf70c3c69cff00c4497f0bb9866488dfa8568e83319cb16eb60ab5cd88"}},
    {3227725,
     {"d98938faa29ea16e551d26e444ef655836bfc7d396c602f4f885450f3a7b3e96",
      "21b3b2cf6f9448377b94ec85e998eee22aaa7d0fa6dbd1919bba9fbf80057583"}},
};

enum {
    POOL_BYTES = 5 * N2_GROUP_BYTES
};

static guint8 *pool;
static n2_crypto crypto;

static void
test_known(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        for (guint8 method = 1; method <= 2; method++) {
            guint8 root[32];
            char hex[65];
            n2_tree_root_of(&crypto, method, pool, known[i].len, root);
            sodium_bin2hex(hex, sizeof hex, root, sizeof root);
            g_assert_cmpstr(hex, ==, known[i].root[method - 1]);
        }
}

/* In place: the same answer for the group and for each wrong one, and nothing is changed. */
static void
assert_own_group(guint8 method, const guint8 *bytes, gsize len, const guint8 *node)
{
    g_autofree guint8 *own = g_malloc(1 + len), *before = g_malloc(1 + len);

    own[0] = 0x5a;
    memcpy(own + 1, bytes, len);
    memcpy(before, own, 1 + len);
    g_assert_true(n2_tree_check_own_group(&crypto, method, own + 1, len, node));
    g_assert_cmpmem(own, 1 + len, before, 1 + len);
    for (gsize at = 0; at < len; at += 7 * N2_LEAF_BYTES + 4711) {
        own[1 + at] ^= 1;
        g_assert_false(n2_tree_check_own_group(&crypto, method, own + 1, len, node));
        own[1 + at] ^= 1;
    }
    g_assert_cmpmem(own, 1 + len, before, 1 + len);
}

/* Lengths around every edge: roots at once and growing in odd pieces, group nodes, proofs. */
static void
check_length(guint8 method, gsize len)
{
    guint8 want[32], got[32], tail[32], node[32];
    guint8 nodes[8][32];
    gsize n_nodes = 0;
    n2_tree *tree;

    slow_root(method, pool, len, want);
    n2_tree_root_of(&crypto, method, pool, len, got);
    g_assert_cmpmem(got, 32, want, 32);

    g_assert_cmpint(n2_tree_new(&tree, &crypto, method), ==, N2_OK);
    for (gsize at = 0; at < len;) {
        gsize wish = 1 + randombytes_uniform(randombytes_uniform(4) ? 50000 : 2000000);
        gsize n = MIN(wish, len - at);
        gsize added = n2_tree_add(tree, pool + at, n, nodes + n_nodes);
        g_assert_cmpuint(added, <=, n2_tree_nodes_max(n));
        n_nodes += added;
        at += n;
    }
    g_assert_cmpuint(n2_tree_length(tree), ==, len);
    g_assert_cmpuint(n_nodes, ==, len / N2_GROUP_BYTES);
    if (n2_tree_finish(tree, got, tail)) {
        g_assert_cmpuint(len % N2_GROUP_BYTES, !=, 0);
        memcpy(nodes[n_nodes++], tail, 32);
    } else {
        g_assert_cmpuint(len % N2_GROUP_BYTES, ==, 0);
    }
    n2_tree_free(tree);
    g_assert_cmpmem(got, 32, want, 32);

    g_assert_cmpuint(n_nodes, ==, n2_tree_groups(len));
    const guint8(*list)[32] = (const guint8(*)[32])nodes;
    g_assert_true(n2_tree_check_nodes(method, len, list, want));
    g_assert_false(n2_tree_check_nodes(method, len + 1, list, want) &&
                   n2_tree_groups(len + 1) == n_nodes);
    for (gsize i = 0; i < n_nodes; i++) {
        gsize at = i * N2_GROUP_BYTES;
        gsize n = MIN(len - at, (gsize)N2_GROUP_BYTES);
        g_assert_true(n2_tree_check_group(&crypto, method, pool + at, n, nodes[i]));
        g_assert_false(n2_tree_check_group(&crypto, method, pool + at, n - (n > 1), want));
        pool[at + n / 2] ^= 1;
        g_assert_false(n2_tree_check_group(&crypto, method, pool + at, n, nodes[i]));
        pool[at + n / 2] ^= 1;
        assert_own_group(method, pool + at, n, nodes[i]);
        nodes[i][31] ^= 1;
        g_assert_false(n2_tree_check_nodes(method, len, list, want));
        nodes[i][31] ^= 1;
    }
    if (len && len <= N2_GROUP_BYTES) {
        g_assert_true(n2_tree_check_whole(&crypto, method, pool, len, want));
        g_assert_false(n2_tree_check_whole(&crypto, method, pool, len - 1, want));
        n2_tree_group_node(&crypto, method, pool, len, node);
        g_assert_cmpmem(node, 32, nodes[0], 32);
    }

    /* The same top from leaves. */
    g_autofree guint8 *leaves = g_malloc(32 * n2_tree_leaves(len) + 1);
    n2_tree_hash_leaves(&crypto, method, pool, len, (guint8(*)[32])leaves);
    n2_tree_top(method, (const guint8(*)[32])leaves, n2_tree_leaves(len), got);
    n2_tree_root(method, len, got, got);
    g_assert_cmpmem(got, 32, want, 32);
}

static void
test_lengths(void)
{
    static const gsize lens[] = {0,
                                 1,
                                 100,
                                 16383,
                                 16384,
                                 16385,
                                 32768,
                                 49152,
                                 100000,
                                 262143,
                                 262144,
                                 262145,
                                 278528,
                                 1000000,
                                 1032192,
                                 1032193,
                                 N2_GROUP_BYTES - 1,
                                 N2_GROUP_BYTES,
                                 N2_GROUP_BYTES + 1,
                                 N2_GROUP_BYTES + 262144,
                                 2 * N2_GROUP_BYTES,
                                 2 * N2_GROUP_BYTES + 1,
                                 3 * N2_GROUP_BYTES,
                                 4 * N2_GROUP_BYTES - 5,
                                 4 * N2_GROUP_BYTES,
                                 4 * N2_GROUP_BYTES + 70000};

    for (gsize i = 0; i < G_N_ELEMENTS(lens); i++)
        check_length(N2_METHOD_SHA256, lens[i]);
    check_length(N2_METHOD_BLAKE2B, 0);
    check_length(N2_METHOD_BLAKE2B, 100000);
    check_length(N2_METHOD_BLAKE2B, 2 * N2_GROUP_BYTES + 16385);
    for (int i = 0; i < 20; i++)
        check_length(N2_METHOD_SHA256, randombytes_uniform(POOL_BYTES - N2_GROUP_BYTES));
}

/* Second preimages between levels (attack 29): bytes that look like a node, or a root, are a
 * leaf. */
static void
test_levels_apart(void)
{
    guint8 fake[64], top[32], root[32], want[32];

    n2_tree_group_node(&crypto, N2_METHOD_SHA256, pool, N2_LEAF_BYTES, fake);
    n2_tree_group_node(&crypto, N2_METHOD_SHA256, pool + N2_LEAF_BYTES, N2_LEAF_BYTES,
                       fake + 32);
    n2_tree_group_node(&crypto, N2_METHOD_SHA256, pool, 2 * N2_LEAF_BYTES, want);
    n2_tree_group_node(&crypto, N2_METHOD_SHA256, fake, sizeof fake, top);
    g_assert_cmpint(memcmp(top, want, 32), !=, 0);

    /* Nor does a content that is cut off at a leaf keep its root: the length is in it. */
    n2_tree_root_of(&crypto, N2_METHOD_SHA256, pool, 2 * N2_LEAF_BYTES, root);
    n2_tree_root(N2_METHOD_SHA256, N2_LEAF_BYTES, want, top);
    g_assert_cmpint(memcmp(top, root, 32), !=, 0);
}

/* No implementation changes a root. */
static void
test_impls_alike(void)
{
    static const n2_impl impls[] = {N2_IMPL_IPSECMB, N2_IMPL_OPENSSL, N2_IMPL_SODIUM};
    guint8 want[32], got[32];

    n2_tree_root_of(&crypto, N2_METHOD_SHA256, pool, POOL_BYTES - 3, want);
    for (gsize i = 0; i < G_N_ELEMENTS(impls); i++) {
        n2_crypto other;
        if (n2_crypto_init(&other, impls[i]) == N2_OK) {
            n2_tree_root_of(&other, N2_METHOD_SHA256, pool, POOL_BYTES - 3, got);
            g_assert_cmpmem(got, 32, want, 32);
            n2_tree_group_node(&other, N2_METHOD_SHA256, pool + 1, N2_GROUP_BYTES - 9, got);
            g_assert_true(n2_tree_check_own_group(&other, N2_METHOD_SHA256, pool + 1,
                                                  N2_GROUP_BYTES - 9, got));
        }
        n2_crypto_clear(&other);
    }
}

static void
test_unknown_method(void)
{
    n2_tree *tree;

    g_assert_cmpint(n2_tree_new(&tree, &crypto, 0), ==, N2_ERR_UNSUPPORTED);
    g_assert_null(tree);
    g_assert_cmpint(n2_tree_new(&tree, &crypto, 3), ==, N2_ERR_UNSUPPORTED);
    n2_tree_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    pool = g_malloc(POOL_BYTES);
    for (gsize i = 0; i < POOL_BYTES; i++)
        pool[i] = (guint8)(7 * i + i / 251);
    g_test_add_func("/crypto/tree/known", test_known);
    g_test_add_func("/crypto/tree/lengths", test_lengths);
    g_test_add_func("/crypto/tree/levels-apart", test_levels_apart);
    g_test_add_func("/crypto/tree/implementations-alike", test_impls_alike);
    g_test_add_func("/crypto/tree/unknown-method", test_unknown_method);
    int status = g_test_run();
    g_free(pool);
    n2_crypto_clear(&crypto);
    return status;
}
