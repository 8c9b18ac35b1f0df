/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-cast-tree.c - the promises of switch/tree.h that one switch shows alone: limits, memory,
 *                    strangers, the way of a packet.
 */
#include <glib.h>
#include <string.h>

#include "cast-fixture.h"
#include "switch/label.h"
#include "switch/tree.h"

/* ---- limits ---- */

static n2_cast_fate
send(n2_trees *trees, guint32 in_port, guint32 out_port, const n2_cast *cast, guint64 now_us)
{
    guint8 bytes[N2_CAST_BYTES];
    n2_cast_fate fate;

    n2_cast_write(bytes, cast);
    fate = n2_trees_hop(trees, in_port, out_port, bytes, sizeof bytes, now_us);
    while (n2_said_take(&trees->said, bytes))
        continue;
    return fate;
}

/* N2_TREES_MAX: all that several ports ask for, N2_TREES_PER_PORT_MAX each; all end by
 * themselves. */
static void
test_trees_max(void)
{
    n2_trees trees;
    guint64 now_us = S(1);

    n2_trees_init(&trees, &env, WIDTH);
    g_assert_cmpuint(n2_trees_bytes(&trees), ==, 0);
    for (guint64 id = 0; id < 1100; id++, now_us += 1000)
        for (guint32 port = 1; port <= 5; port++) {
            const n2_cast split = {.type = N2_CAST_TREE,
                                   .kind = N2_CAST_SPLIT,
                                   .is_for_hops = true,
                                   .id = id << 8 | port,
                                   .mask = 1 << THEIRS,
                                   .path = came(port, 0, THEIRS)};
            g_assert_cmpint(send(&trees, port, 0, &split, now_us), ==, N2_CAST_ENDS);
        }
    g_assert_cmpuint(trees.n_trees, ==, N2_TREES_MAX);
    for (guint32 port = 1; port <= 4; port++)
        g_assert_cmpuint(trees.ports[port].n_trees, <=, N2_TREES_PER_PORT_MAX);
    g_assert_cmpuint(trees.refused_trees, >=, 5 * 1100 - N2_TREES_MAX);
    g_test_message("%u trees: %u bytes", N2_TREES_MAX, (guint)n2_trees_bytes(&trees));
    g_assert_cmpuint(n2_trees_bytes(&trees), <, 700000);
    for (guint i = 0; i < 100; i++, now_us += S(1))
        n2_trees_expire(&trees, now_us);
    g_assert_cmpuint(trees.n_trees, ==, 0);
    g_assert_cmpuint(n2_trees_deadline(&trees), ==, UINT64_MAX);
    n2_trees_clear(&trees);
}

/* N2_TREE_BRANCHES_MAX, N2_TREE_BRANCHES_PER_PORT_MAX, N2_TREE_SAME_PORT_MAX: whatever is asked
 * for, and a packet finds all that there are. */
static void
test_branches_max(void)
{
    enum {
        TREES = 600,
        PORTS = 9
    };
    n2_trees trees;
    guint64 now_us = S(1);
    uint16_t number;

    n2_trees_init(&trees, &env, WIDTH);
    for (guint64 id = 1; id <= TREES; id++)
        g_assert_cmpint(n2_trees_open(&trees, id, &number), ==, N2_OK);
    for (guint64 id = 1; id <= TREES; id++)
        for (guint64 way = 0; way < N2_TREE_SAME_PORT_MAX + 1; way++, now_us += 1000)
            for (guint32 port = 1; port <= PORTS; port++) {
                const n2_cast join = {.type = N2_CAST_TREE,
                                      .kind = N2_CAST_JOIN,
                                      .is_for_hops = true,
                                      .id = id,
                                      .nonce = way,
                                      .mask = 1 << 5,
                                      .path = came(port, way, 5)};
                (void)send(&trees, port, 0, &join, now_us);
            }
    g_assert_cmpuint(trees.n_branches, <, N2_TREE_BRANCHES_MAX);
    g_assert_cmpuint(trees.n_branches, >=, N2_TREE_BRANCHES_MAX - 1);
    for (guint32 port = 1; port <= PORTS; port++)
        g_assert_cmpuint(trees.ports[port].n_branches, <=, N2_TREE_BRANCHES_PER_PORT_MAX);
    g_assert_cmpuint(trees.refused_branches, >, TREES);
    g_test_message("%u branches: %u bytes", trees.n_branches, (guint)n2_trees_bytes(&trees));
    n2_copies copies;
    guint32 port;
    guint64 path, n = 0;
    g_assert_true(
        n2_trees_copies(&trees, (guint64)n2_trees_number(&trees, 1) << 48 | WIDTH, &copies));
    while (n2_copies_next(&copies, &port, &path)) {
        g_assert_cmpuint(path & 63, ==, WIDTH);
        n++;
    }
    g_assert_cmpuint(n, ==, N2_TREE_SAME_PORT_MAX * PORTS);
    /* Those who joined are told, all of them. */
    guint8 bytes[N2_CAST_BYTES];
    guint n_told = 0;
    for (guint64 id = 1; id <= TREES; id++)
        n2_trees_close(&trees, id);
    for (; n2_trees_said(&trees, bytes); n_told++)
        continue;
    g_assert_cmpuint(n_told, >=, N2_TREE_BRANCHES_MAX - 1);
    g_assert_cmpuint(trees.n_branches, ==, 0);
    g_assert_cmpuint(trees.n_trees, ==, 0);
    n2_trees_clear(&trees);
}

/* N2_TREE_PER_S of one port, another has its own. */
static void
test_tree_per_s(void)
{
    n2_trees trees;
    n2_uses uses = {0};
    uint16_t number;

    n2_trees_init(&trees, &env, WIDTH);
    g_assert_cmpint(n2_trees_open(&trees, 1, &number), ==, N2_OK);
    g_assert_cmpint(n2_trees_open(&trees, 1, &number), ==, N2_ERR_EXISTS);
    for (guint64 us = 0; us < S(2); us += 100) {
        const n2_cast join = {.type = N2_CAST_TREE,
                              .kind = N2_CAST_JOIN,
                              .is_for_hops = true,
                              .id = 1,
                              .path = came(3, 0, 0)};
        (void)send(&trees, 3, 0, &join, S(1) + us);
    }
    g_assert_cmpuint(trees.joins, >=, 2 * N2_TREE_PER_S);
    g_assert_cmpuint(trees.joins, <=, 2 * N2_TREE_PER_S + N2_TREE_BURST);
    g_assert_cmpuint(trees.n_branches, ==, 1);
    n2_trees_uses(&trees, &uses);
    g_assert_cmpstr(uses.rows[1].name, ==, "tree_branches");
    g_assert_cmpstr(uses.rows[2].name, ==, "tree_per_s");
    g_assert_cmpuint(uses.rows[2].refused, ==, 20000 - trees.joins);
    n2_trees_clear(&trees);
}

/* A leave ends what it names: way, number of the entry there, and nonce. */
static void
test_leave(void)
{
    n2_trees trees;
    uint16_t number;
    n2_cast cast = {.type = N2_CAST_TREE,
                    .kind = N2_CAST_JOIN,
                    .is_for_hops = true,
                    .id = 1,
                    .nonce = 77,
                    .path = came(3, 5, 4)};

    n2_trees_init(&trees, &env, WIDTH);
    g_assert_cmpint(n2_trees_open(&trees, 1, &number), ==, N2_OK);
    g_assert_cmpint(send(&trees, 3, 0, &cast, S(1)), ==, N2_CAST_ENDS);
    g_assert_cmpuint(trees.n_branches, ==, 1);
    n2_cast wrong[] = {cast, cast, cast, cast};
    wrong[0].nonce = 78;
    wrong[1].number = 0x1000;
    wrong[2].path = came(3, 6, 4);
    wrong[3].id = 2;
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        wrong[i].kind = N2_CAST_LEAVE;
        g_assert_cmpint(send(&trees, 3, 0, &wrong[i], S(1)), ==, N2_CAST_ENDS);
        g_assert_cmpuint(trees.n_branches, ==, 1);
    }
    cast.kind = N2_CAST_LEAVE;
    g_assert_cmpint(send(&trees, 4, 0, &cast, S(1)), ==, N2_CAST_ENDS);
    g_assert_cmpuint(trees.n_branches, ==, 1);
    g_assert_cmpint(send(&trees, 3, 0, &cast, S(1)), ==, N2_CAST_ENDS);
    g_assert_cmpuint(trees.n_branches, ==, 0);
    n2_trees_clear(&trees);
}

/* ---- strangers ---- */

/* As send(), and what we said meanwhile, the last of it. */
static guint
said(n2_trees *trees,
     guint32 in_port,
     guint32 out_port,
     const n2_cast *cast,
     guint64 now_us,
     n2_cast *last)
{
    guint8 bytes[N2_CAST_BYTES];
    guint n = 0;

    n2_cast_write(bytes, cast);
    (void)n2_trees_hop(trees, in_port, out_port, bytes, sizeof bytes, now_us);
    for (; n2_said_take(&trees->said, bytes); n++)
        g_assert_cmpint(n2_cast_read(last, bytes, sizeof bytes), ==, N2_OK);
    return n;
}

/* An entry of tree 9 upstream by port 1, accepted with the way of a joiner at port 3. */
static void
trees_fed(n2_trees *trees, guint64 way, n2_cast *up)
{
    const n2_cast split = {.type = N2_CAST_TREE,
                           .kind = N2_CAST_SPLIT,
                           .is_for_hops = true,
                           .id = 9,
                           .mask = 1 << THEIRS,
                           .path = came(1, 0, THEIRS)};
    n2_cast join = joiner(3, way), told;

    n2_trees_init(trees, &env, WIDTH);
    g_assert_cmpuint(said(trees, 1, 0, &split, S(1), &told), ==, 0);
    g_assert_cmpuint(said(trees, 3, 1, &join, S(1), up), ==, 1);
    g_assert_cmpint(up->kind, ==, N2_CAST_JOIN);
    n2_cast accept = n2_cast_answer(up, N2_CAST_ACCEPT);
    accept.mask = 1 << WIDTH | 1 << (WIDTH + THEIRS);
    accept.path = came(1, 0, THEIRS);
    g_assert_cmpuint(said(trees, 1, 0, &accept, S(1), &told), ==, 1);
    g_assert_cmpint(told.kind, ==, N2_CAST_ACCEPT);
    g_assert_cmpuint(trees->trees[0].accepted_us, ==, S(1));
}

/* Strangers join by ways that end at our upstream, or go elsewhere behind it: the entry goes on
 * asking by the way that was accepted; one that is refused is not the end of those it feeds. */
static void
test_stranger(gconstpointer data)
{
    const guint64 ours = UINT64_C(5) << 57, strange = (guint64)GPOINTER_TO_INT(data) << 57;
    n2_trees trees;
    n2_cast up, told;

    trees_fed(&trees, ours, &up);
    const guint64 way = up.path;
    n2_cast join = joiner(4, strange);
    g_assert_cmpuint(said(&trees, 4, 1, &join, S(10), &told), ==, 2);
    g_assert_cmpint(told.kind, ==, N2_CAST_JOIN);
    g_assert_cmphex(told.path, ==, way);
    /* Its own way is refused: the next joiner's is tried, at once, and all is as before. */
    n2_cast refuse = n2_cast_answer(&told, N2_CAST_REFUSE);
    refuse.path = came(1, 5 << THEIRS, THEIRS + 3);
    refuse.number = N2_REFUSE_NONE;
    g_assert_cmpuint(said(&trees, 1, 0, &refuse, S(10), &told), ==, 0);
    g_assert_cmpuint(trees.n_trees, ==, 1);
    g_assert_cmpuint(trees.n_branches, ==, 2);
    join = joiner(3, ours); /* who is told when we are */
    g_assert_cmpuint(said(&trees, 3, 1, &join, S(10) + N2_TREE_TRY_US, &told), ==, 1);
    g_assert_cmpint(told.kind, ==, N2_CAST_JOIN);
    g_assert_cmphex(told.path, ==, way);
    g_assert_cmpuint(trees.n_branches, ==, 2);
    /* Nobody accepts us for 30 s: then it is over. */
    for (guint i = 11; i < 100; i++) {
        guint8 bytes[N2_CAST_BYTES];
        n2_trees_expire(&trees, S(i));
        while (n2_said_take(&trees.said, bytes))
            continue;
    }
    g_assert_cmpuint(trees.n_trees, ==, 0);
    n2_trees_clear(&trees);
}

/* A stranger waits until a renewal is overdue, and joins by a way of his own: ours is the one
 * that was accepted until nobody answers by it.  Then each has his turn, whoever asks oftenest,
 * and a refusal ends nothing for those who are fed. */
static void
test_hijack(void)
{
    const guint64 ours = UINT64_C(5) << 57;
    n2_trees trees;
    n2_cast up, told, join = joiner(3, ours), strange = joiner(4, UINT64_C(6) << 57);
    guint8 bytes[N2_CAST_BYTES];
    guint64 now_us = S(14);
    guint n_ours = 0;

    trees_fed(&trees, ours, &up);
    const guint64 way = up.path;
    g_assert_cmpuint(said(&trees, 3, 1, &join, S(8), &told), ==, 1);
    g_assert_cmpuint(said(&trees, 4, 1, &strange, now_us, &told), ==, 2);
    g_assert_cmphex(told.path, ==, way);
    for (guint i = 0; i < 200; i++, now_us += 100000) {
        n2_trees_expire(&trees, now_us);
        while (n2_said_take(&trees.said, bytes))
            continue;
        if (said(&trees, 4, 1, &strange, now_us, &told) && told.kind == N2_CAST_JOIN &&
            told.path != way) {
            n2_cast refuse = n2_cast_answer(&told, N2_CAST_REFUSE);
            refuse.path = came(1, 6 << THEIRS, THEIRS + 3);
            refuse.number = N2_REFUSE_NONE;
            g_assert_cmpuint(said(&trees, 1, 0, &refuse, now_us, &told), ==, 0);
        }
        g_assert_cmpuint(trees.n_trees, ==, i < 148 ? 1 : trees.n_trees);
        if (i % 20 == 19 && said(&trees, 3, 1, &join, now_us + 1, &told) &&
            told.kind == N2_CAST_JOIN && told.path == way)
            n_ours++;
    }
    g_assert_cmpuint(n_ours, >=, 3);
    n2_trees_clear(&trees);
}

/* The first who joins a new entry has a way that leads nowhere: he is told, and the next one's
 * is tried; the entry is there for them. */
static void
test_first_joiner(void)
{
    const n2_cast split = {.type = N2_CAST_TREE,
                           .kind = N2_CAST_SPLIT,
                           .is_for_hops = true,
                           .id = 9,
                           .mask = 1 << THEIRS,
                           .path = came(1, 0, THEIRS)};
    n2_cast told, join = joiner(3, UINT64_C(5) << 57), strange = joiner(4, 0);
    n2_trees trees;

    n2_trees_init(&trees, &env, WIDTH);
    g_assert_cmpuint(said(&trees, 1, 0, &split, S(1), &told), ==, 0);
    g_assert_cmpuint(said(&trees, 4, 1, &strange, S(1), &told), ==, 1);
    n2_cast refuse = n2_cast_answer(&told, N2_CAST_REFUSE);
    refuse.path = came(1, 0, THEIRS);
    refuse.number = N2_REFUSE_NONE;
    g_assert_cmpuint(said(&trees, 3, 1, &join, S(1), &told), ==, 0);
    g_assert_cmpuint(said(&trees, 1, 0, &refuse, S(1), &told), ==, 1);
    g_assert_cmpint(told.kind, ==, N2_CAST_REFUSE);
    g_assert_cmpuint(told.nonce, ==, strange.nonce);
    g_assert_cmpuint(told.number, ==, N2_REFUSE_NONE);
    g_assert_cmpuint(trees.n_trees, ==, 1);
    g_assert_cmpuint(trees.n_branches, ==, 1);
    g_assert_cmpuint(said(&trees, 1, 0, &refuse, S(1), &told), ==, 0); /* once more: nothing */
    g_assert_cmpuint(said(&trees, 4, 1, &strange, S(1), &told), ==, 0);
    g_assert_cmpuint(said(&trees, 3, 1, &join, S(1), &told), ==, 1);
    g_assert_cmpint(told.kind, ==, N2_CAST_JOIN);
    g_assert_cmphex(told.path, ==, UINT64_C(1) << 60 | UINT64_C(5) << 53);
    n2_trees_clear(&trees);
}

/* Who feeds us says that the tree has ended: so do we, to all.  From anybody else it is no
 * word, with the right nonce too. */
static void
test_ended(void)
{
    n2_trees trees;
    n2_cast up, told;
    guint8 bytes[N2_CAST_BYTES];
    guint n = 0;

    trees_fed(&trees, UINT64_C(5) << 57, &up);
    for (guint32 port = 4; port < 8; port++) {
        n2_cast join = joiner(port, UINT64_C(5) << 57);
        g_assert_cmpuint(said(&trees, port, 1, &join, S(2), &told), ==, 1);
    }
    n2_cast end = n2_cast_answer(&up, N2_CAST_REFUSE);
    end.number = N2_REFUSE_ENDED;
    for (guint i = 0; i < 2; i++) {
        end.path = i ? came(2, 0, THEIRS) : came(1, 1, THEIRS);
        g_assert_cmpuint(said(&trees, i ? 2 : 1, 0, &end, S(3), &told), ==, 0);
        g_assert_cmpuint(trees.n_branches, ==, 5);
    }
    end.path = came(1, 0, THEIRS);
    n2_cast_write(bytes, &end);
    g_assert_cmpint(n2_trees_hop(&trees, 1, 0, bytes, sizeof bytes, S(3)), ==, N2_CAST_ENDS);
    for (; n2_trees_said(&trees, bytes); n++) {
        g_assert_cmpint(n2_cast_read(&told, bytes, sizeof bytes), ==, N2_OK);
        g_assert_cmpint(told.kind, ==, N2_CAST_REFUSE);
        g_assert_cmpuint(told.number, ==, N2_REFUSE_ENDED);
    }
    g_assert_cmpuint(n, ==, 5);
    g_assert_cmpuint(trees.n_trees, ==, 0);
    g_assert_cmpuint(n2_trees_deadline(&trees), ==, UINT64_MAX);
    n2_trees_clear(&trees);
}

/* The switch above forgets all at once: each of a thousand trees is asked for again, in time.
 */
static void
test_all_silent(void)
{
    enum {
        TREES = 1000
    };
    n2_trees trees;
    n2_cast told;
    guint8 bytes[N2_CAST_BYTES];
    guint n = 0;

    n2_trees_init(&trees, &env, WIDTH);
    for (guint64 id = 1; id <= TREES; id++) {
        const guint64 now_us = S(1) + id * 2000;
        const n2_cast split = {.type = N2_CAST_TREE,
                               .kind = N2_CAST_SPLIT,
                               .is_for_hops = true,
                               .id = id << 32,
                               .mask = 1 << THEIRS,
                               .path = came(1, 0, THEIRS)};
        n2_cast join = joiner(3, UINT64_C(5) << 57);
        join.id = id << 32;
        (void)said(&trees, 1, 0, &split, now_us, &told);
        g_assert_cmpuint(said(&trees, 3, 1, &join, now_us, &told), ==, 1);
        n2_cast accept = n2_cast_answer(&told, N2_CAST_ACCEPT);
        accept.mask = 1 << WIDTH | 1 << (WIDTH + THEIRS);
        accept.path = came(1, 0, THEIRS);
        g_assert_cmpuint(said(&trees, 1, 0, &accept, now_us, &told), ==, 1);
        trees.trees[id - 1].packets = 1;
    }
    for (guint64 us = S(4); us < S(4) + 3 * N2_CAST_SILENCE_US / 2; us += 1000) {
        n2_trees_expire(&trees, us);
        while (n2_trees_said(&trees, bytes))
            n++;
    }
    g_assert_cmpuint(trees.said.lost, ==, 0);
    g_assert_cmpuint(n, >=, TREES);
    g_assert_cmpuint(n, <=, 3 * TREES);
    n2_trees_clear(&trees);
}

/* A flood of splits by one port: each finds room, at the cost of the oldest that nobody joined,
 * and none at the cost of one that somebody did. */
static void
test_displaced(void)
{
    n2_trees trees;
    n2_cast up, told;

    trees_fed(&trees, UINT64_C(5) << 57, &up);
    for (guint i = 0; i < 2 * N2_TREES_PER_PORT_MAX; i++) {
        const n2_cast split = {.type = N2_CAST_TREE,
                               .kind = N2_CAST_SPLIT,
                               .is_for_hops = true,
                               .id = 1000 + i,
                               .mask = 1 << THEIRS,
                               .path = came(1, 0, THEIRS)};
        g_assert_cmpuint(said(&trees, 1, 0, &split, S(2) + i * 1000, &told), ==, 0);
        g_assert_cmpuint(trees.ports[1].n_trees, <=, N2_TREES_PER_PORT_MAX);
    }
    /* The last one can be joined, the first is gone, the one that is fed is still there. */
    n2_cast join = joiner(3, UINT64_C(5) << 57);
    g_assert_cmpuint(said(&trees, 3, 1, &join, S(5), &told), ==, 1);
    join.id = 1000 + 2 * N2_TREES_PER_PORT_MAX - 1;
    g_assert_cmpuint(said(&trees, 3, 1, &join, S(5), &told), ==, 1);
    g_assert_cmpint(told.kind, ==, N2_CAST_JOIN);
    join.id = 1000;
    g_assert_cmpuint(said(&trees, 3, 1, &join, S(5), &told), ==, 0);
    /* What nobody joins is over soon. */
    n2_trees_expire(&trees, S(5) + N2_TREE_IDLE_US);
    g_assert_cmpuint(trees.n_trees, ==, 2);
    n2_trees_clear(&trees);
}

/* Only with the number, only from the rightful upstream: used and bits. */
static void
test_upstream(void)
{
    n2_trees trees;
    n2_copies copies;
    uint16_t number;

    n2_trees_init(&trees, &env, WIDTH);
    g_assert_false(n2_trees_copies(&trees, UINT64_MAX, &copies));
    g_assert_cmpint(n2_trees_open(&trees, 5, &number), ==, N2_OK);
    guint64 top = (guint64)number << 48;
    g_assert_true(n2_trees_copies(&trees, top | WIDTH, &copies));
    for (guint i = 0; i < 64; i++)
        g_assert_false(n2_trees_copies(&trees, (top | WIDTH) ^ UINT64_C(1) << i, &copies));
    g_assert_cmpuint(trees.trees[0].packets, ==, 1);
    g_assert_cmpuint(trees.trees[0].refused, ==, 48);
    n2_trees_close(&trees, 5);
    g_assert_false(n2_trees_copies(&trees, top | WIDTH, &copies));
    n2_trees_clear(&trees);
}

/* ---- packets ---- */

/* The border branches: the copy has the hidden way, which the joiner's way back did not show;
 * one for which there is no room is refused, and so is one whose way back is hidden. */
static void
test_behind_label(void)
{
    enum {
        LABEL = 9,
        INSIDE = 3
    };
    /* By port 5 of a switch of width 3, and there to port 0 of one of width 2. */
    n2_label order = {.kind = N2_LABEL_WAY,
                      .label = LABEL,
                      .port = INSIDE,
                      .hidden = {.word = UINT64_C(5) << 61, .bits = 5},
                      .ends = UINT64_C(1) << 61 | UINT64_C(1) << 59};
    n2_labels *labels = NULL;
    n2_trees trees;
    n2_copies copies;
    n2_cast told, join = joiner(INSIDE, 0);
    uint16_t number;
    guint32 port;
    guint64 path, came_by = UINT64_C(5) << N2_PATH_USED_BITS | 5; /* 101 mirrored, 00 */

    g_assert_cmpint(n2_labels_new(&labels, WIDTH, 1), ==, N2_OK);
    g_assert_cmpint(n2_labels_order(labels, &order), ==, N2_OK);
    n2_trees_init(&trees, &env, WIDTH);
    trees.labels = &labels;
    g_assert_cmpint(n2_trees_open(&trees, 9, &number), ==, N2_OK);
    guint32 shown = n2_labels_out(labels, &came_by, N2_PATH_BITS, N2_PATH_USED_BITS, INSIDE);
    g_assert_cmpuint(shown, ==, LABEL);
    g_assert_true(n2_path_step(&came_by, WIDTH, shown, &port));
    join.path = came_by;
    join.mask = 1 << 2 | 1 << 5;
    g_assert_cmpuint(said(&trees, INSIDE, 0, &join, S(1), &told), ==, 1);
    g_assert_cmpint(told.kind, ==, N2_CAST_ACCEPT);
    g_assert_true(n2_trees_copies(&trees, (guint64)number << 48 | WIDTH, &copies));
    g_assert_true(n2_copies_next(&copies, &port, &path));
    g_assert_cmpuint(port, ==, INSIDE);
    g_assert_cmphex(path, ==, UINT64_C(5) << 61 | WIDTH);
    /* Another means something by the same label: the branch follows when it is renewed. */
    order.hidden.word = UINT64_C(6) << 61;
    g_assert_cmpint(n2_labels_order(labels, &order), ==, N2_OK);
    g_assert_cmpuint(said(&trees, INSIDE, 0, &join, S(2), &told), ==, 1);
    g_assert_true(n2_trees_copies(&trees, (guint64)number << 48 | WIDTH, &copies));
    g_assert_true(n2_copies_next(&copies, &port, &path));
    g_assert_cmphex(path, ==, UINT64_C(6) << 61 | WIDTH);
    /* A way back of which nothing is shown leads nowhere. */
    join.path = came(0, 0, 0);
    join.nonce++;
    g_assert_cmpuint(said(&trees, 4, 0, &join, S(2), &told), ==, 1);
    g_assert_cmpint(told.kind, ==, N2_CAST_REFUSE);
    /* Labels stand where the hidden way goes. */
    join.path = n2_bits_reverse(LABEL, WIDTH) << N2_PATH_USED_BITS | (guint64)31 << 10 | 9;
    join.mask = 1 << 5 | 1 << 9;
    g_assert_cmpuint(said(&trees, INSIDE, 0, &join, S(2), &told), ==, 2); /* and a split */
    g_assert_cmpint(told.kind, ==, N2_CAST_REFUSE);
    g_assert_cmpuint(trees.n_branches, ==, 1);
    n2_trees_clear(&trees);
    n2_labels_free(labels);
}

/* Ids that meet in one chain of a hash that only multiplies, whatever its seed. */
static void
test_chains(void)
{
    n2_trees trees;
    uint16_t number;
    guint longest = 0;

    n2_trees_init(&trees, &env, WIDTH);
    for (guint64 i = 1; i <= 1000; i++)
        g_assert_cmpint(n2_trees_open(&trees, i << 44, &number), ==, N2_OK);
    for (guint i = 0; i < N2_TREES_MAX; i++) {
        guint n = 0;
        for (uint16_t at = trees.tree_heads[i]; at != 0xffff; at = trees.trees[at].chain)
            n++;
        longest = MAX(longest, n);
    }
    g_assert_cmpuint(longest, <, 10);
    n2_trees_clear(&trees);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/casts/trees-max", test_trees_max);
    g_test_add_func("/casts/branches-max", test_branches_max);
    g_test_add_func("/casts/per-second", test_tree_per_s);
    g_test_add_func("/casts/leave", test_leave);
    g_test_add_data_func("/casts/attack-19-divergent-joiner", GINT_TO_POINTER(6),
                         test_stranger);
    g_test_add_data_func("/casts/attack-19-truncated-joiner", GINT_TO_POINTER(0),
                         test_stranger);
    g_test_add_func("/casts/attack-18-hijack", test_hijack);
    g_test_add_func("/casts/attack-18-first-joiner", test_first_joiner);
    g_test_add_func("/casts/attack-18-ended", test_ended);
    g_test_add_func("/casts/all-silent", test_all_silent);
    g_test_add_func("/casts/attack-60-splits-displace", test_displaced);
    g_test_add_func("/casts/attack-18-upstream", test_upstream);
    g_test_add_func("/casts/behind-label", test_behind_label);
    g_test_add_func("/casts/attack-60-chains", test_chains);
    return g_test_run();
}
