/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-tree.c - multicast trees: they grow to what they need, shrink, heal and refuse.
 */
#include <string.h>

#include "tree-country.h"

/* Entries are where it branches and nowhere else; while the tree takes shape nobody misses a
 * packet or gets one twice; and each wire carries each packet once in the end. */
static void
test_grows(void)
{
    country k = country_new(1);
    guint n_trees, n_branches;

    many_open(k.c, k.source, TREE, MULTI);
    join_all(&k);
    many_stream(k.c, k.source, TREE, MULTI, 0, 600, 100000);
    many_run(k.c, N2_SECOND_US);
    check_all(&k, 0, LEAVES, 600);
    many_count(k.c, &n_trees, &n_branches);
    g_test_message("%u entries, %u branches", n_trees, n_branches);
    g_assert_cmpuint(n_trees, ==, 1 + FAN + FAN * FAN);
    g_assert_cmpuint(n_branches, ==, 1 + FAN + FAN * FAN + LEAVES);
    guint64 before = k.c->n_packets;
    many_send(k.c, k.source, TREE, MULTI, 600);
    many_run(k.c, N2_SECOND_US / 10);
    g_assert_cmpuint(k.c->n_packets - before, ==, 1 + FAN + FAN * FAN + LEAVES);
    many_free(k.c);
}

/* ---- leaving ---- */

/* One after the other leaves; who stays misses nothing while entries merge into one way. */
static void
test_prunes(void)
{
    country k = country_grown(2);
    guint32 number = 0;

    for (guint i = 0; i < LEAVES - 1; i++) {
        many_leave(k.c, k.leaf[i], 1);
        many_stream(k.c, k.source, TREE, MULTI, number, 20, 100000);
        number += 20;
    }
    many_stream(k.c, k.source, TREE, MULTI, number, 400, 100000);
    check_all(&k, LEAVES - 1, LEAVES, number + 400);
    g_assert_cmpuint(entries(k.c), ==, 0);
    g_assert_cmpuint(branches(k.c), ==, 1);
    many_leave(k.c, k.leaf[LEAVES - 1], 1);
    many_run(k.c, N2_SECOND_US);
    g_assert_cmpuint(branches(k.c), ==, 0);
    many_free(k.c);
}

/* Who goes without a word is forgotten. */
static void
test_expires(void)
{
    country k = country_grown(3);

    for (guint i = 0; i < LEAVES; i++)
        k.leaf[i]->is_dead = true;
    for (guint i = 0; i < LEAVES; i++)
        for (guint j = 0; j < N2_CASTS_MAX; j++)
            k.leaf[i]->casts->joined[j].is_used = false;
    many_run(k.c, 3 * N2_TREE_US);
    g_assert_cmpuint(entries(k.c), ==, 0);
    g_assert_cmpuint(branches(k.c), ==, 0);
    many_free(k.c);
}

/* They come and go for some minutes, a tenth of all messages is lost; then all leave, and
 * nothing is left anywhere. */
static void
test_churn(void)
{
    for (guint64 seed = 1; seed <= 4; seed++) {
        country k = country_new(seed);
        world_random random;
        guint64 got = 0, missed = 0;

        world_random_init(&random, seed);
        many_open(k.c, k.source, TREE, MULTI);
        k.c->loss_ppm = seed > 2 ? 100000 : 0;
        for (guint32 step = 0; step < 300; step++) {
            many_node *leaf = k.leaf[world_random_next(&random) % LEAVES];
            if (leaf->state[2] == N2_OK && leaf->state[1] == N2_OK) {
                many_leave(k.c, leaf, 1);
                leaf->state[1] = leaf->state[2] = 1;
            } else if (leaf->state[2]) {
                many_join(k.c, leaf, k.source, TREE, MULTI, 1);
                leaf->state[2] = N2_OK;
                leaf->next[1] = UINT32_MAX; /* it counts from the next one */
            }
            for (guint i = 0; i < LEAVES; i++)
                if (k.leaf[i]->next[1] == UINT32_MAX && k.leaf[i]->state[1] == N2_OK)
                    k.leaf[i]->next[1] = step * 10;
            many_stream(k.c, k.source, TREE, MULTI, step * 10, 10, 50000);
        }
        for (guint i = 0; i < LEAVES; i++) {
            got += k.leaf[i]->got[1];
            missed += k.leaf[i]->missed[1];
        }
        g_test_message("seed %u: got %u, missed %u", (guint)seed, (guint)got, (guint)missed);
        if (!k.c->loss_ppm)
            g_assert_cmpuint(missed, ==, 0);
        g_assert_cmpuint(missed, <, got / 20);
        k.c->loss_ppm = 0;
        for (guint i = 0; i < LEAVES; i++)
            many_leave(k.c, k.leaf[i], 1);
        many_run(k.c, 3 * N2_TREE_US);
        g_assert_cmpuint(entries(k.c), ==, 0);
        g_assert_cmpuint(branches(k.c), ==, 0);
        many_free(k.c);
    }
}

/* ---- what an end point follows ---- */

/* N2_CASTS_MAX that one node follows; N2_CAST_EVENTS_MAX packets that nobody takes. */
static void
test_follow_max(void)
{
    country k = country_new(12);
    n2_casts *casts = k.leaf[0]->casts;
    n2_uses uses = {0};
    n2_event e;
    guint n = 0;

    many_open(k.c, k.source, TREE, MULTI);
    many_join(k.c, k.leaf[0], k.source, TREE, MULTI, 1);
    many_run(k.c, N2_SECOND_US);
    for (guint i = 0; i < N2_CASTS_MAX; i++) {
        const n2_op op = {
            .kind = N2_OP_CAST_JOIN, .tag = 100 + i, .address = i, .bits = N2_MODE_BROADCAST};
        n2_casts_op(casts, &op, k.c->now_us);
        g_assert_true(n2_casts_event(casts, &e));
        g_assert_cmpint(e.err, ==, i < N2_CASTS_MAX - 1 ? N2_OK : N2_ERR_NOSPACE);
    }
    /* The node's own place is there however many the user has; what is for both, both get. */
    const n2_op own = {.kind = N2_OP_CAST_JOIN,
                       .tag = N2_CAST_TAG_OF_NODE,
                       .address = 1,
                       .bits = N2_MODE_BROADCAST};
    n2_casts_op(casts, &own, k.c->now_us);
    g_assert_true(n2_casts_event(casts, &e));
    g_assert_cmpint(e.err, ==, N2_OK);
    guint8 data[32] = {0}, packet[N2_PACKET_BYTES_MAX];
    n2_op op = {.address = 1, .bits = N2_MODE_BROADCAST, .bytes = data, .len = sizeof data};
    gsize len = n2_casts_build(k.source->casts, &op, packet);
    n2_casts_packet(casts, packet, len, k.c->now_us);
    for (guint i = 0; i < 2; i++) {
        g_assert_true(n2_casts_event(casts, &e));
        g_assert_cmpuint(e.tag, ==, i ? N2_CAST_TAG_OF_NODE : 101);
        free(e.bytes);
    }
    g_assert_false(n2_casts_event(casts, &e));
    op = (n2_op){.address = TREE, .bits = MULTI, .bytes = data, .len = sizeof data};
    len = n2_casts_build(k.source->casts, &op, packet);
    n2_packet_set_path(packet, casts->joined[0].upstream);
    for (guint i = 0; i < N2_CAST_EVENTS_MAX + 100; i++)
        n2_casts_packet(casts, packet, len, k.c->now_us);
    n2_casts_uses(casts, &uses);
    while (n2_casts_event(casts, &e)) {
        free(e.bytes);
        n++;
    }
    g_assert_cmpuint(n, ==, N2_CAST_EVENTS_MAX);
    for (gsize i = 0; i < uses.n; i++) {
        if (g_str_equal(uses.rows[i].name, "casts"))
            g_assert_cmpuint(uses.rows[i].refused, ==, 1);
        if (g_str_equal(uses.rows[i].name, "cast_events"))
            g_assert_cmpuint(uses.rows[i].refused, ==, 100);
    }
    many_free(k.c);
}

/* ---- faults ---- */

/* A switch in the middle loses all it knew: its viewers are back within three seconds, and the
 * tree is as it was within a minute. */
static void
test_restart(void)
{
    country k = country_grown(4);

    many_stream(k.c, k.source, TREE, MULTI, 0, 20, 100000);
    many_restart(k.c, k.inner[1], N2_ROWS_HASH);
    many_stream(k.c, k.source, TREE, MULTI, 20, 600, 100000);
    for (guint i = 0; i < LEAVES; i++)
        g_assert_cmpuint(k.leaf[i]->missed[1], <=, i < FAN * FAN ? 30 : 0);
    g_assert_cmpuint(k.leaf[0]->missed[1], >, 0);
    g_assert_cmpuint(entries(k.c), ==, 1 + FAN + FAN * FAN);
    many_free(k.c);
}

/* A wire that goes away and comes back: nothing stays that nobody wants. */
static void
test_flapping(void)
{
    country k = country_grown(5);

    for (guint round = 0; round < 20; round++) {
        n2_casts_port_down(k.inner[0]->casts, many_port(k.inner[0], k.inner[1]));
        n2_casts_port_down(k.inner[1]->casts, many_port(k.inner[1], k.inner[0]));
        many_stream(k.c, k.source, TREE, MULTI, round * 20, 20, 100000);
    }
    for (guint i = FAN * FAN; i < LEAVES; i++)
        g_assert_cmpuint(k.leaf[i]->missed[1], ==, 0);
    many_stream(k.c, k.source, TREE, MULTI, 400, 600, 100000);
    for (guint i = 0; i < LEAVES; i++)
        g_assert_cmpuint(k.leaf[i]->got[1], >=, 600);
    g_assert_cmpuint(entries(k.c), ==, 1 + FAN + FAN * FAN);
    many_free(k.c);
}

/* Somebody fills the tables of all switches between (N2_TREES_PER_PORT_MAX of one port), and
 * all that may be of this tree: what nobody joins makes room for what somebody does (attack
 * 60). */
static void
test_full(void)
{
    country k = country_new(6);

    many_open(k.c, k.source, TREE, MULTI);
    for (guint n = 0; n < N2_TREES_PER_PORT_MAX; n++) {
        for (guint i = 0; i < G_N_ELEMENTS(k.inner); i++) {
            guint8 bytes[N2_CAST_BYTES];
            guint64 id = n < N2_TREE_SAME_MAX ? TREE : n + 1;
            /* as of a switch of width 3, and ways behind it that differ */
            write_cast(bytes, N2_CAST_SPLIT, id, 0, 3 + (n & 1), 8);
            many_inject(k.c, k.inner[i], 1, bytes, sizeof bytes);
        }
        many_run(k.c, 1000);
    }
    g_assert_cmpuint(k.inner[0]->casts->trees.n_trees, >, N2_TREES_PER_PORT_MAX / 2);
    for (guint i = 0; i < LEAVES; i++)
        many_join(k.c, k.leaf[i], k.source, TREE, MULTI, 1);
    many_run(k.c, 2 * N2_TREE_RENEW_US);
    many_stream(k.c, k.source, TREE, MULTI, 0, 50, 100000);
    for (guint i = 0; i < LEAVES; i++) {
        g_assert_cmpint(k.leaf[i]->state[1], ==, N2_OK);
        g_assert_cmpuint(k.leaf[i]->got[1], ==, 50);
    }
    many_run(k.c, 2 * N2_TREE_US);
    g_assert_cmpuint(entries(k.c), ==, 1 + FAN + FAN * FAN);
    many_free(k.c);
}

/* A tree that its source has closed, and one that never was. */
static void
test_none(void)
{
    country k = country_grown(7);

    many_op(k.c, k.source, &(n2_op){.kind = N2_OP_CAST_CLOSE, .address = TREE, .bits = MULTI});
    many_join(k.c, k.leaf[0], k.source, TREE + 1, MULTI, 2);
    many_run(k.c, 2 * N2_TREE_US);
    g_assert_cmpint(k.leaf[0]->state[2], ==, N2_ERR_NOTFOUND);
    for (guint i = 0; i < LEAVES; i++)
        g_assert_cmpint(k.leaf[i]->state[1], ==, N2_ERR_NOTFOUND);
    g_assert_cmpuint(entries(k.c), ==, 0);
    many_free(k.c);
}

/* ---- attacks ---- */

/* Ways from the intruder to a switch or end point, with every used and way back in front of it.
 */
static void throw(
    country * k, many_node *intruder, guint32 in_port, guint64 path, guint16 number)
{
    const guint64 rightful = k->inner[4]->casts->trees.trees[0].upstream;
    guint8 packet[N2_PACKET_BYTES_MAX] = {0};
    guint bits = 0;

    while (path << bits)
        bits++;
    for (guint used = 0; used <= 20; used++) {
        n2_packet head = {
            .is_long = true,
            .class = N2_CLASS_DEFAULT,
            .mode = MULTI,
            .path = path | (used <= 10 ? used : ((rightful & ~UINT64_C(63)) | (used - 10))),
            .address = n2_cast_address(TREE)};
        (void)number;
        n2_packet_write_head(packet, &head);
        many_inject(k->c, intruder, in_port, packet, N2_LONG_HEAD_BYTES + 32);
    }
    (void)bits;
}

/* Attack 18: somebody behind the same uplink as the rightful upstream, who knows all numbers,
 * sends into the tree, to its switches and to its viewers. */
static void
test_intruder(void)
{
    country k = country_grown(8);
    many_node *intruder = many_add(k.c, 2, N2_ROWS_HASH);
    n2_trees *trees = &k.inner[4]->casts->trees;
    guint64 before = trees->trees[0].packets;

    many_lay(k.c, k.inner[1], intruder);
    guint64 to_switch = many_path(k.c, intruder, k.inner[4]);
    guint64 to_leaf = many_path(k.c, intruder, k.leaf[0]);
    guint bits = intruder->width + k.inner[1]->width + k.inner[4]->width;
    throw(&k, intruder, 0, to_switch | (guint64)trees->trees[0].number << (48 - bits), 0);
    throw(&k, intruder, 0, to_leaf, 0);
    /* the same from a link that is not a switch's */
    guint32 at = many_port(k.inner[1], intruder);
    throw(&k, k.inner[1], at,
          (to_switch | (guint64)trees->trees[0].number << (48 - bits)) << intruder->width, 0);
    throw(&k, k.inner[1], at, to_leaf << intruder->width, 0);
    many_run(k.c, N2_SECOND_US);
    g_assert_cmpuint(trees->trees[0].packets, ==, before);
    g_assert_cmpuint(trees->trees[0].refused, >, 0);
    for (guint i = 0; i < LEAVES; i++)
        g_assert_cmpuint(k.leaf[i]->got[1], ==, 0);
    g_assert_cmpuint(k.leaf[0]->casts->strange, >, 0);
    many_send(k.c, k.source, TREE, MULTI, 0);
    many_run(k.c, N2_SECOND_US);
    check_all(&k, 0, LEAVES, 1);
    many_free(k.c);
}

/* Attack 18: words of a stranger: he leaves for others, accepts, refuses, splits, and joins as
 * a switch that takes others over.  The tree is as it was. */
static void
test_forged(void)
{
    country k = country_grown(9);
    many_node *liar = many_add(k.c, 2, N2_ROWS_HASH);
    guint8 bytes[N2_CAST_BYTES];

    many_lay(k.c, k.inner[1], liar);
    const n2_trees *trees = &k.inner[4]->casts->trees;
    const guint64 ways[] = {many_path(k.c, liar, k.source), many_path(k.c, liar, k.inner[0]),
                            many_path(k.c, liar, k.inner[4]), many_path(k.c, liar, k.leaf[0])};
    const guint64 nonces[] = {0, 1, k.leaf[0]->casts->joined[0].nonce, trees->trees[0].nonce};

    for (guint32 number = 0; number < 100; number++) {
        for (guint i = 0; i < G_N_ELEMENTS(ways); i++)
            for (n2_cast_kind kind = N2_CAST_LEAVE; kind <= N2_CAST_REFUSE; kind++) {
                /* whoever answers with the nonce of a join was on its way: not the liar */
                guint n = kind >= N2_CAST_ACCEPT ? 2 : 4;
                write_cast(bytes, kind, TREE, nonces[number % n], ways[i] | number % 8,
                           world_random_next(&liar->random));
                many_inject(k.c, liar, 0, bytes, sizeof bytes);
            }
        many_stream(k.c, k.source, TREE, MULTI, number, 1, 100000);
    }
    check_all(&k, 0, LEAVES, 100);
    many_stream(k.c, k.source, TREE, MULTI, 100, 400, 100000);
    check_all(&k, 0, LEAVES, 500);
    many_free(k.c);
}

/* Attack 18: a stranger has a switch hold an entry of the tree before its source does: nobody's
 * join ends there but those that lead through him. */
static void
test_split_first(void)
{
    country k = country_new(10);
    many_node *liar = many_add(k.c, 2, N2_ROWS_HASH);
    guint8 bytes[N2_CAST_BYTES];

    many_lay(k.c, k.inner[0], liar);
    many_open(k.c, k.source, TREE, MULTI);
    many_open(k.c, liar, TREE, MULTI); /* a source of his own, to accept whoever comes */
    /* As if he were the end point of the switch above: its label for him is not 0. */
    for (guint used = 0; used < 8; used++) {
        guint64 path = many_path(k.c, liar, k.inner[1]) << liar->width;
        write_cast(bytes, N2_CAST_SPLIT, TREE, 1, path | used, 0);
        many_inject(k.c, k.inner[0], many_port(k.inner[0], liar), bytes, sizeof bytes);
        many_run(k.c, 2000);
    }
    g_assert_cmpuint(k.inner[1]->casts->trees.n_trees, ==, 0);
    for (guint used = 0; used < 8; used++)
        for (guint mask = 0; mask < 256; mask += 2) {
            write_cast(bytes, N2_CAST_SPLIT, TREE, 1, many_path(k.c, liar, k.inner[1]) | used,
                       mask);
            many_inject(k.c, liar, 0, bytes, sizeof bytes);
            many_run(k.c, 2000);
        }
    g_assert_cmpuint(k.inner[1]->casts->trees.n_trees, <=, N2_TREE_SAME_MAX);
    g_assert_cmpuint(k.inner[1]->casts->trees.n_trees, >, 0);
    join_all(&k);
    many_send(k.c, liar, TREE, MULTI, 7);
    many_run(k.c, N2_SECOND_US);
    for (guint i = 0; i < LEAVES; i++)
        g_assert_cmpuint(k.leaf[i]->got[1], ==, 0);
    many_stream(k.c, k.source, TREE, MULTI, 0, 600, 100000);
    check_all(&k, 0, LEAVES, 600);
    many_free(k.c);
}

/* Attack 60: 10,000 joins and leaves a second from one port, of viewers that there are not. One
 * port gets so much of the table and no more, upstream hears little of it, others see nothing.
 */
static void
test_storm(void)
{
    country k = country_grown(11);
    many_node *liar = many_add(k.c, 2, N2_ROWS_HASH);
    guint8 bytes[N2_CAST_BYTES];
    guint32 at;
    guint64 path;

    many_lay(k.c, k.inner[1], liar);
    at = many_port(k.inner[1], liar);
    path = many_path(k.c, k.inner[1], k.source);
    n2_trees *trees = &k.inner[1]->casts->trees;
    guint64 up = 0, joins = trees->joins;
    for (guint32 number = 0; number < 50; number++) {
        for (guint i = 0; i < 1000; i++) {
            guint64 back = world_random_next(&liar->random);
            guint used = (guint)(back % 12);
            write_cast(bytes, i % 4 ? N2_CAST_JOIN : N2_CAST_LEAVE, TREE, back,
                       path | (back >> 40 & ((1u << used) - 1)) << 6 | used, back);
            many_inject(k.c, k.inner[1], at, bytes, sizeof bytes);
        }
        guint64 messages = k.c->n_messages;
        many_stream(k.c, k.source, TREE, MULTI, number, 1, 100000);
        up += k.c->n_messages - messages;
    }
    g_assert_cmpuint(trees->ports[at].n_branches, <=, N2_TREE_SAME_PORT_MAX);
    g_assert_cmpuint(trees->joins - joins, <=, 5 * N2_TREE_PER_S + N2_TREE_BURST);
    g_assert_cmpuint(trees->refused_asks, >, 40000);
    g_test_message("%u messages on all wires meanwhile", (guint)up);
    check_all(&k, 0, LEAVES, 50);
    many_run(k.c, 2 * N2_TREE_US);
    g_assert_cmpuint(trees->ports[at].n_branches, ==, 0);
    g_assert_cmpuint(entries(k.c), ==, 1 + FAN + FAN * FAN);
    many_free(k.c);
}

/* Attack 1: meshes, and joins by ways that go round and through themselves: whatever entries
 * come of it, a packet is copied so often and no more. */
static void
test_rings(void)
{
    enum {
        NODES = 8
    };
    guint most = 0;

    for (guint64 seed = 1; seed <= 12; seed++) {
        many *c = many_new(seed);
        many_node *nodes[NODES];
        world_random random;

        world_random_init(&random, seed);
        for (guint i = 0; i < NODES; i++)
            nodes[i] = many_add(c, 3, N2_ROWS_HASH);
        for (guint i = 0; i < NODES; i++)
            many_lay(c, nodes[i], nodes[(i + 1) % NODES]);
        for (guint i = 0; i < NODES / 2; i++)
            many_lay(c, nodes[i], nodes[i + NODES / 2]);
        many_open(c, nodes[0], TREE, MULTI);
        for (guint32 step = 0; step < 200; step++) {
            guint64 tag = 1 + world_random_next(&random) % 3;
            many_node *node = nodes[1 + world_random_next(&random) % (NODES - 1)], *at = node;
            n2_route route = {0};
            do {
                guint32 port = 1 + (guint32)(world_random_next(&random) % 7);
                if (!at->wires[port])
                    continue;
                if (n2_route_add(&route, 3, port))
                    break;
                at = at->wires[port];
            } while (at != nodes[0] || world_random_next(&random) % 3);
            many_leave(c, node, tag);
            if (at == nodes[0] && !n2_route_add(&route, 3, 0))
                many_join_by(c, node, route.word, TREE, MULTI, tag);
            if (world_random_next(&random) % 32 == 0)
                many_restart(c, nodes[1 + world_random_next(&random) % (NODES - 1)],
                             N2_ROWS_HASH);
            guint64 before = c->n_packets;
            many_send(c, nodes[0], TREE, MULTI, step);
            many_run(c, N2_SECOND_US);
            most = MAX(most, (guint)(c->n_packets - before));
        }
        many_free(c);
    }
    g_test_message("%u copies at most", most);
    g_assert_cmpuint(most, <, 2000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tree/grows-without-a-gap", test_grows);
    g_test_add_func("/tree/prunes", test_prunes);
    g_test_add_func("/tree/expires", test_expires);
    g_test_add_func("/tree/churn", test_churn);
    g_test_add_func("/tree/follow-max", test_follow_max);
    g_test_add_func("/tree/restart", test_restart);
    g_test_add_func("/tree/port-flapping", test_flapping);
    g_test_add_func("/tree/attack-60-full-of-splits", test_full);
    g_test_add_func("/tree/none", test_none);
    g_test_add_func("/tree/attack-18-intruder", test_intruder);
    g_test_add_func("/tree/attack-18-forged-words", test_forged);
    g_test_add_func("/tree/attack-18-split-first", test_split_first);
    g_test_add_func("/tree/attack-60-storm-of-joins", test_storm);
    g_test_add_func("/tree/attack-01-rings", test_rings);
    return g_test_run();
}
