/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-tree-ends.c - trees whose source closes them or is gone, and storms from far below.
 */
#include "tree-country.h"

/* Its source closes it: all who follow hear of it at once, whatever is between, and nobody is
 * told any more that he joined. */
static void
test_closed(void)
{
    country k = country_grown(14);
    many_node *late = many_add(k.c, 2, N2_ROWS_HASH);

    many_lay(k.c, k.inner[2], late);
    many_stream(k.c, k.source, TREE, MULTI, 0, 10, 100000);
    many_op(k.c, k.source, &(n2_op){.kind = N2_OP_CAST_CLOSE, .address = TREE, .bits = MULTI});
    many_run(k.c, N2_SECOND_US / 10);
    for (guint i = 0; i < LEAVES; i++) {
        g_assert_cmpint(k.leaf[i]->how[1], ==, N2_CAST_NOT);
        g_assert_cmpint(k.leaf[i]->state[1], ==, N2_ERR_NOTFOUND);
    }
    g_assert_cmpuint(entries(k.c), ==, 0);
    g_assert_cmpuint(branches(k.c), ==, 0);
    many_join(k.c, late, k.source, TREE, MULTI, 1);
    many_run(k.c, N2_SECOND_US / 10);
    g_assert_cmpint(late->state[1], ==, N2_ERR_NOTFOUND);
    many_open(k.c, k.source, TREE, MULTI); /* and there it is again */
    many_run(k.c, 40 * N2_SECOND_US);
    many_stream(k.c, k.source, TREE, MULTI, 10, 10, 100000);
    for (guint i = 0; i < LEAVES; i++)
        g_assert_cmpuint(k.leaf[i]->got[1], ==, 20);
    many_free(k.c);
}

/* Its source is gone without a word: some seconds later nobody says, of those who follow and
 * those who come, that it is there. */
static void
test_vanishes(void)
{
    country k = country_grown(15);
    many_node *late = many_add(k.c, 2, N2_ROWS_HASH);

    many_lay(k.c, k.inner[4], late);
    many_stream(k.c, k.source, TREE, MULTI, 0, 20, 100000);
    k.source->is_dead = true;
    many_run(k.c, 9 * N2_SECOND_US);
    many_join(k.c, late, k.source, TREE, MULTI, 1);
    many_run(k.c, 20 * N2_SECOND_US);
    g_assert_cmpuint(late->n_told[1], ==, 1);
    g_assert_cmpint(late->state[1], ==, N2_ERR_TIMEOUT);
    for (guint i = 0; i < LEAVES; i++)
        g_assert_cmpint(k.leaf[i]->how[1], ==, N2_CAST_NOT);
    k.source->is_dead = false; /* with what it knew, or with none of it */
    many_restart(k.c, k.source, N2_ROWS_HASH);
    many_open(k.c, k.source, TREE, MULTI);
    many_run(k.c, 40 * N2_SECOND_US);
    many_stream(k.c, k.source, TREE, MULTI, 20, 20, 100000);
    for (guint i = 0; i < LEAVES; i++)
        g_assert_cmpuint(k.leaf[i]->got[1], ==, 40);
    g_assert_cmpuint(late->got[1], ==, 20);
    many_free(k.c);
}

/* Links of some who follow begin anew, as behind an address translator that forgot them, while
 * the source says little: two seconds later they are there again. */
static void
test_link_again(void)
{
    country k = country_grown(17);
    for (guint32 round = 0; round < 5; round++) {
        for (guint i = round % FAN; i < LEAVES; i += FAN) {
            many_node *above = k.inner[1 + FAN + i / FAN], *leaf = k.leaf[i];
            n2_casts_port_down(above->casts, many_port(above, leaf));
            n2_casts_port_down(leaf->casts, many_port(leaf, above));
            many_run(k.c, 1000);
            n2_casts_port_up(leaf->casts, many_port(leaf, above), 0);
        }
        many_run(k.c, 2 * N2_SECOND_US);
        many_send(k.c, k.source, TREE, MULTI, round);
        many_run(k.c, 5 * N2_SECOND_US);
    }
    for (guint i = 0; i < LEAVES; i++)
        g_assert_cmpuint(k.leaf[i]->got[1], ==, 5);
    many_free(k.c);
}

/* Attack 60: the same from far below, of trees that there are not: switches between have no
 * entry for them, and at the source they come by the port of all the others. */
static void
test_storm_below(void)
{
    country k = country_grown(16);
    many_node *liar = many_add(k.c, 3, N2_ROWS_HASH), *late = many_add(k.c, 2, N2_ROWS_HASH);
    guint8 bytes[N2_CAST_BYTES];

    many_lay(k.c, k.inner[4], liar);
    many_lay(k.c, k.inner[2], late);
    const guint64 path = many_path(k.c, k.inner[4], k.source);
    guint32 at = many_port(k.inner[4], liar);
    for (guint32 ms = 0; ms < 20000; ms++) {
        for (guint i = 0; i < 20; i++) {
            write_cast(bytes, N2_CAST_JOIN, ms + i + 1, i, path, 0);
            many_inject(k.c, k.inner[4], at, bytes, sizeof bytes);
        }
        if (ms == 15000)
            many_join(k.c, late, k.source, TREE + 1, MULTI, 2);
        if (ms % 100 == 0)
            many_send(k.c, k.source, TREE, MULTI, ms / 100);
        many_run(k.c, 1000);
    }
    check_all(&k, 0, LEAVES, 200);
    g_assert_cmpint(late->state[2], ==, N2_ERR_NOTFOUND); /* there is none: it was heard */
    g_test_message("%u not heard at the source", (guint)k.source->casts->trees.refused_asks);
    g_assert_cmpuint(k.source->casts->trees.refused_asks, <, 1000);
    g_assert_cmpuint(entries(k.c), ==, 1 + FAN + FAN * FAN);
    many_free(k.c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tree-ends/closed", test_closed);
    g_test_add_func("/tree-ends/source-vanishes", test_vanishes);
    g_test_add_func("/tree-ends/link-again", test_link_again);
    g_test_add_func("/tree-ends/attack-60-storm-from-below", test_storm_below);
    return g_test_run();
}
