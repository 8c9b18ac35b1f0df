/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree-country.h - a source, switches three deep and those who follow at their feet.
 */
#pragma once

#include "many.h"
#include "switch/tree-private.h"

#define TREE UINT64_C(0x1234567890abcdef)
#define MULTI N2_MODE_MULTICAST

enum {
    DEPTH = 3,
    FAN = 3,
    LEAVES = FAN * FAN * FAN
};

/* A source at the top of a tree of switches of width 3, and 27 nodes at its foot. */
typedef struct {
    many *c;
    many_node *source;
    many_node *inner[1 + FAN + FAN * FAN];
    many_node *leaf[LEAVES];
} country;

static inline country
country_new(guint64 seed)
{
    country k = {.c = many_new(seed)};

    k.source = many_add(k.c, 2, N2_ROWS_HASH);
    k.inner[0] = many_add(k.c, 3, N2_ROWS_HASH);
    many_lay(k.c, k.inner[0], k.source);
    for (guint i = 1; i < G_N_ELEMENTS(k.inner); i++) {
        k.inner[i] = many_add(k.c, 3, N2_ROWS_HASH);
        many_lay(k.c, k.inner[(i - 1) / FAN], k.inner[i]);
    }
    for (guint i = 0; i < LEAVES; i++) {
        k.leaf[i] = many_add(k.c, 2, N2_ROWS_HASH);
        many_lay(k.c, k.inner[1 + FAN + i / FAN], k.leaf[i]);
    }
    return k;
}

static inline void
check_all(const country *k, guint from, guint to, guint64 got)
{
    for (guint i = from; i < to; i++) {
        g_assert_cmpint(k->leaf[i]->state[1], ==, N2_OK);
        g_assert_cmpuint(k->leaf[i]->got[1], ==, got);
        g_assert_cmpuint(k->leaf[i]->missed[1], ==, 0);
        g_assert_cmpuint(k->leaf[i]->doubled[1], ==, 0);
    }
}

/* All join; those for whom there is no room at first come to the tree by themselves. */
static inline void
join_all(country *k)
{
    guint left = LEAVES;

    for (guint i = 0; i < LEAVES; i++)
        if (!k->leaf[i]->how[1])
            many_join(k->c, k->leaf[i], k->source, TREE, MULTI, 1);
    for (guint second = 0; left && second < 20; second++) {
        left = 0;
        many_run(k->c, N2_SECOND_US);
        for (guint i = 0; i < LEAVES; i++)
            left += k->leaf[i]->how[1] != N2_CAST_SHARED;
        g_test_message("%u are not in the tree", left);
    }
    g_assert_cmpuint(left, ==, 0);
}

static inline guint
entries(many *c)
{
    guint n_trees, n_branches;

    many_count(c, &n_trees, &n_branches);
    return n_trees;
}

static inline guint
branches(many *c)
{
    guint n_trees, n_branches;

    many_count(c, &n_trees, &n_branches);
    return n_branches;
}

static inline country
country_grown(guint64 seed)
{
    country k = country_new(seed);

    many_open(k.c, k.source, TREE, MULTI);
    join_all(&k);
    many_run(k.c, 60 * N2_SECOND_US);
    g_assert_cmpuint(entries(k.c), ==, 1 + FAN + FAN * FAN);
    return k;
}

static inline void
write_cast(
    guint8 *out, n2_cast_kind kind, guint64 id, guint64 nonce, guint64 path, guint64 mask)
{
    const n2_cast cast = {.type = N2_CAST_TREE,
                          .kind = kind,
                          .is_for_hops = kind < N2_CAST_ACCEPT,
                          .id = id,
                          .nonce = nonce,
                          .mask = mask,
                          .path = path};

    n2_cast_write(out, &cast);
}
