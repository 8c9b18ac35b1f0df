/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-alone.c - who no tree takes, or whose tree is lost, gets the packets by unicast, and
 *               comes back to the tree when that is possible.
 */
#include <string.h>

#include "many.h"
#include "switch/tree-private.h"

#define TREE UINT64_C(0x1234567890abcdef)
#define MULTI N2_MODE_MULTICAST

enum {
    VIEWERS = 24,
    EDGES = 3,
    BEYOND = VIEWERS - N2_TREE_SAME_PORT_MAX
};

/* source - top - three edges - eight viewers each. */
typedef struct {
    many *c;
    many_node *source, *top, *edge[EDGES], *viewer[VIEWERS];
} field;

static field
field_new(guint64 seed)
{
    field f = {.c = many_new(seed)};

    f.source = many_add(f.c, 2, N2_ROWS_HASH);
    f.top = many_add(f.c, 3, N2_ROWS_HASH);
    many_lay(f.c, f.top, f.source);
    for (guint i = 0; i < EDGES; i++) {
        f.edge[i] = many_add(f.c, 4, N2_ROWS_HASH);
        many_lay(f.c, f.top, f.edge[i]);
    }
    for (guint i = 0; i < VIEWERS; i++) {
        f.viewer[i] = many_add(f.c, 2, N2_ROWS_HASH);
        many_lay(f.c, f.edge[i % EDGES], f.viewer[i]);
    }
    many_open(f.c, f.source, TREE, MULTI);
    return f;
}

static void
join_all(field *f)
{
    for (guint i = 0; i < VIEWERS; i++)
        many_join(f->c, f->viewer[i], f->source, TREE, MULTI, 1);
    many_run(f->c, N2_SECOND_US);
}

static guint
count(const field *f, n2_cast_how how)
{
    guint n = 0;

    for (guint i = 0; i < VIEWERS; i++)
        n += f->viewer[i]->how[1] == how;
    return n;
}

/* As if others' trees took all that one port may have, in all switches between. */
static void
take_all(field *f, bool is_taken)
{
    many_node *all[] = {f->top, f->edge[0], f->edge[1], f->edge[2]};

    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        n2_trees *trees = &all[i]->casts->trees;
        g_assert_cmpint(n2_trees_need_ports(trees), ==, N2_OK);
        for (guint port = 0; port < 1u << trees->width; port++)
            trees->ports[port].n_trees +=
                is_taken ? N2_TREES_PER_PORT_MAX : -(guint32)N2_TREES_PER_PORT_MAX;
    }
}

/* All switches on the way are full: sixteen ways are in the source's own, the rest gets it by
 * unicast, and is told which switch is full.  When there is room all are in the tree, and on
 * the way from the one to the other nobody misses a packet or gets it twice. */
static void
test_full(void)
{
    field f = field_new(1);

    take_all(&f, true);
    join_all(&f);
    g_assert_cmpuint(count(&f, N2_CAST_SHARED), ==, N2_TREE_SAME_PORT_MAX);
    g_assert_cmpuint(count(&f, N2_CAST_ALONE), ==, BEYOND);
    g_assert_cmpuint(f.source->casts->feeds.n, ==, BEYOND);
    many_stream(f.c, f.source, TREE, MULTI, 0, 300, 100000);
    for (guint i = 0; i < VIEWERS; i++) {
        g_assert_cmpint(f.viewer[i]->state[1], ==, N2_OK);
        g_assert_cmpuint(f.viewer[i]->got[1], ==, 300);
        if (f.viewer[i]->how[1] == N2_CAST_ALONE)
            g_assert_cmpuint(f.viewer[i]->place[1], ==, 4); /* itself, edge, top, source */
        g_assert_cmpuint(f.viewer[i]->n_told[1], ==, 1);
    }
    take_all(&f, false);
    for (guint32 i = 300; i < 900; i++) {
        many_stream(f.c, f.source, TREE, MULTI, i, 1, 100000);
        g_assert_cmpuint(f.source->casts->feeds.n, ==, count(&f, N2_CAST_ALONE));
    }
    g_assert_cmpuint(count(&f, N2_CAST_SHARED), ==, VIEWERS);
    g_assert_cmpuint(f.source->casts->feeds.n, ==, 0);
    for (guint i = 0; i < VIEWERS; i++) {
        g_assert_cmpuint(f.viewer[i]->got[1], ==, 900);
        g_assert_cmpuint(f.viewer[i]->missed[1], ==, 0);
        g_assert_cmpuint(f.viewer[i]->doubled[1], ==, 0);
    }
    guint64 before = f.c->n_packets;
    many_send(f.c, f.source, TREE, MULTI, 900);
    many_run(f.c, N2_SECOND_US / 10);
    g_assert_cmpuint(f.c->n_packets - before, ==, 1 + EDGES + VIEWERS);
    many_free(f.c);
}

/* A switch that swallows what is said of trees hop by hop. */
static gboolean
swallow(many *c, many_node *from, many_node *to, guint8 *bytes, gsize len)
{
    unsigned mode = (bytes[1] & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT;

    (void)from;
    return to != c->user || mode != N2_MODE_CONTROL || !n2_casts_is_message(bytes, len) ||
           !(bytes[N2_LONG_HEAD_BYTES + 1] & N2_CONTROL_HOPS);
}

/* The tree is lost behind a switch that takes no joins any more, and forgets the branches that
 * it has: unicast within some seconds, and the tree again when it does. */
static void
test_lost(void)
{
    field f = field_new(2);

    join_all(&f);
    many_stream(f.c, f.source, TREE, MULTI, 0, 600, 100000);
    g_assert_cmpuint(count(&f, N2_CAST_SHARED), ==, VIEWERS);
    f.c->user = f.edge[0];
    f.c->tap = swallow;
    many_restart(f.c, f.edge[0], N2_ROWS_HASH);
    many_stream(f.c, f.source, TREE, MULTI, 600, 200, 100000);
    for (guint i = 0; i < VIEWERS; i++) {
        bool is_behind = i % EDGES == 0;
        g_assert_cmpuint(f.viewer[i]->how[1], ==, is_behind ? N2_CAST_ALONE : N2_CAST_SHARED);
        g_assert_cmpuint(f.viewer[i]->missed[1], <=, is_behind ? 60 : 0);
        g_assert_cmpuint(f.viewer[i]->doubled[1], ==, 0);
        f.viewer[i]->missed[1] = 0;
        if (is_behind)
            g_assert_cmpuint(f.viewer[i]->place[1], ==, 0); /* nobody said so */
    }
    f.c->tap = NULL;
    many_stream(f.c, f.source, TREE, MULTI, 800, 300, 100000);
    g_assert_cmpuint(count(&f, N2_CAST_SHARED), ==, VIEWERS);
    g_assert_cmpuint(f.source->casts->feeds.n, ==, 0);
    for (guint i = 0; i < VIEWERS; i++) {
        g_assert_cmpuint(f.viewer[i]->missed[1], ==, 0);
        g_assert_cmpuint(f.viewer[i]->doubled[1], ==, 0);
    }
    many_free(f.c);
}

/* The source's node begins anew, and opens its tree a little later: those in the tree and those
 * beside it are told that there is none, and are back by themselves. */
static void
test_source_restarts(void)
{
    field f = field_new(3);

    take_all(&f, true);
    join_all(&f);
    many_stream(f.c, f.source, TREE, MULTI, 0, 50, 100000);
    many_restart(f.c, f.source, N2_ROWS_HASH);
    many_run(f.c, 20 * N2_SECOND_US);
    for (guint i = 0; i < VIEWERS; i++) {
        g_assert_cmpuint(f.viewer[i]->how[1], ==, N2_CAST_NOT);
        g_assert_cmpint(f.viewer[i]->state[1], ==, N2_ERR_NOTFOUND);
    }
    many_open(f.c, f.source, TREE, MULTI);
    many_run(f.c, 2 * N2_TREE_RENEW_US);
    many_stream(f.c, f.source, TREE, MULTI, 1000, 50, 100000);
    g_assert_cmpuint(count(&f, N2_CAST_NOT), ==, 0);
    for (guint i = 0; i < VIEWERS; i++)
        g_assert_cmpuint(f.viewer[i]->got[1], ==, 100);
    many_free(f.c);
}

/* The source is gone for good: neither way goes on for ever, and it is told. */
static void
test_source_gone(void)
{
    field f = field_new(8);

    take_all(&f, true);
    join_all(&f);
    many_stream(f.c, f.source, TREE, MULTI, 0, 50, 100000);
    f.source->is_dead = true;
    many_run(f.c, 5 * N2_TREE_US);
    for (guint i = 0; i < VIEWERS; i++) {
        g_assert_cmpuint(f.viewer[i]->how[1], ==, N2_CAST_NOT);
        g_assert_cmpint(f.viewer[i]->state[1], ==, N2_ERR_TIMEOUT);
        g_assert_cmpuint(f.viewer[i]->n_told[1], <=, 4);
    }
    /* It is asked for seldom. */
    guint64 before = f.c->n_messages;
    many_run(f.c, 100 * N2_SECOND_US);
    g_assert_cmpuint(f.c->n_messages - before, <, VIEWERS * 200);
    f.source->is_dead = false;
    many_run(f.c, 3 * N2_TREE_RENEW_US);
    g_assert_cmpuint(count(&f, N2_CAST_NOT), ==, 0);
    many_free(f.c);
}

/* Words of viewers in the 20 ms that had most of them. */
typedef struct {
    guint64 window;
    guint n, most, all;
} crowd;

static gboolean
count_words(many *c, many_node *from, many_node *to, guint8 *bytes, gsize len)
{
    crowd *words = c->user;
    unsigned mode = (bytes[1] & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT;

    (void)to;
    (void)len;
    if (mode != N2_MODE_CONTROL || from->width != 2)
        return true;
    if (words->window != c->now_us / 20000)
        *words = (crowd){.window = c->now_us / 20000, .most = words->most, .all = words->all};
    words->all++;
    words->most = MAX(words->most, ++words->n);
    return true;
}

/* Who joined at one moment, and misses the same at one moment, does not speak at one moment,
 * and less so the longer it lasts. */
static void
test_apart(void)
{
    field f = field_new(9);
    crowd words = {0};

    join_all(&f);
    f.c->user = &words;
    f.c->tap = count_words;
    many_stream(f.c, f.source, TREE, MULTI, 0, 50, 100000);
    f.source->is_dead = true;
    for (guint i = 0; i < 4; i++) {
        words.most = words.all = 0;
        many_run(f.c, 30 * N2_SECOND_US);
        g_test_message("%u words, %u at once", words.all, words.most);
        g_assert_cmpuint(words.all, >=, VIEWERS * 2);
        g_assert_cmpuint(words.most, <=, VIEWERS / 3);
    }
    many_free(f.c);
}

/* Who leaves, or is gone without a word, gets no more. */
static void
test_ends(void)
{
    field f = field_new(4);
    guint n = 0;

    take_all(&f, true);
    join_all(&f);
    for (guint i = 0; i < VIEWERS; i++)
        if (f.viewer[i]->how[1] == N2_CAST_ALONE && ++n > BEYOND / 2)
            many_leave(f.c, f.viewer[i], 1);
    many_run(f.c, N2_SECOND_US / 10);
    g_assert_cmpuint(f.source->casts->feeds.n, ==, BEYOND / 2);
    for (guint i = 0; i < VIEWERS; i++)
        f.viewer[i]->casts->n_joined = 0; /* silent from now on */
    many_run(f.c, N2_TREE_US + N2_SECOND_US);
    g_assert_cmpuint(f.source->casts->feeds.n, ==, 0);
    g_assert_cmpuint(n2_feeds_deadline(&f.source->casts->feeds), ==, UINT64_MAX);
    many_free(f.c);
}

/* A switch on the way follows too: its own end point has its packets as the others have. */
static void
test_on_the_way(void)
{
    field f = field_new(5);

    many_join(f.c, f.edge[1], f.source, TREE, MULTI, 1);
    many_join(f.c, f.source, f.source, TREE, MULTI, 1);
    join_all(&f);
    many_stream(f.c, f.source, TREE, MULTI, 0, 1000, 100000);
    for (guint i = 0; i < 2; i++) {
        many_node *node = i ? f.edge[1] : f.source;
        g_assert_cmpuint(node->how[1], ==, N2_CAST_SHARED);
        g_assert_cmpuint(node->n_told[1], ==, 1);
        g_assert_cmpuint(node->got[1], ==, 1000);
        g_assert_cmpuint(node->missed[1] + node->doubled[1], ==, 0);
    }
    many_free(f.c);
}

/* ---- attacks ---- */

static void
write_ask(guint8 *out, n2_cast_kind kind, guint64 id, guint64 nonce, guint64 path)
{
    const n2_cast cast = {
        .type = N2_CAST_TREE, .kind = kind, .id = id, .nonce = nonce, .path = path};

    n2_cast_write(out, &cast);
}

/* N2_FEEDS_MAX: one in-port gets no more than what is left, whoever else asks finds some; and
 * who asks a thousand times by one way has one. */
static void
test_max(void)
{
    field f = field_new(6);
    many_node *other = many_add(f.c, 3, N2_ROWS_HASH);
    guint8 bytes[N2_CAST_BYTES];
    n2_uses uses = {0};

    many_lay(f.c, f.source, other);
    for (guint i = 0; i < 1000; i++) {
        write_ask(bytes, N2_CAST_JOIN, TREE, 1000 + i, UINT64_C(0x407) << 6 | 11);
        many_inject(f.c, f.source, 1, bytes, sizeof bytes);
        many_run(f.c, 2000);
    }
    g_assert_cmpuint(f.source->casts->feeds.n, ==, 1);
    for (guint i = 0; i < 1000; i++) { /* ways longer than those of the viewers */
        write_ask(bytes, N2_CAST_JOIN, TREE, 1, (guint64)(1024 + i) << 6 | 11);
        many_inject(f.c, f.source, 1, bytes, sizeof bytes);
        many_run(f.c, 2000);
    }
    g_assert_cmpuint(f.source->casts->feeds.n, ==, N2_FEEDS_MAX / 2);
    write_ask(bytes, N2_CAST_JOIN, TREE, 1, 10);
    many_inject(f.c, f.source, 2, bytes, sizeof bytes);
    g_assert_cmpuint(f.source->casts->feeds.n, ==, N2_FEEDS_MAX / 2 + 1);
    n2_casts_uses(f.source->casts, &uses);
    guint seen = 0;
    for (gsize i = 0; i < uses.n; i++)
        if (g_str_equal(uses.rows[i].name, "feeds")) {
            seen++;
            g_assert_cmpuint(uses.rows[i].max, ==, N2_FEEDS_MAX);
            g_assert_cmpuint(uses.rows[i].refused, >, 900);
        }
    g_assert_cmpuint(seen, ==, 1);
    /* Somebody whom the tree does not take either is told so. */
    take_all(&f, true);
    join_all(&f);
    for (guint i = 0; i < VIEWERS; i++)
        if (f.viewer[i]->how[1] == N2_CAST_NOT) {
            g_assert_cmpint(f.viewer[i]->state[1], ==, N2_ERR_LIMIT);
            g_assert_cmpuint(f.viewer[i]->place[1], ==, 4);
        }
    g_assert_cmpuint(count(&f, N2_CAST_NOT), ==, BEYOND);
    many_run(f.c, N2_TREE_US + 2 * N2_TREE_RENEW_US);
    g_assert_cmpuint(count(&f, N2_CAST_ALONE), ==, BEYOND); /* the others are gone */
    many_free(f.c);
}

/* Attack 18: a stranger ends what others have, says that he is the source, or asks with ways
 * back that are not his: whatever comes of it stays behind his own port. */
static void
test_forged(void)
{
    field f = field_new(7);
    many_node *liar = many_add(f.c, 2, N2_ROWS_HASH);
    guint8 bytes[N2_CAST_BYTES];

    many_lay(f.c, f.edge[0], liar);
    take_all(&f, true);
    join_all(&f);
    const guint64 to_source = many_path(f.c, liar, f.source);
    const guint64 to_viewer = many_path(f.c, liar, f.viewer[0]);
    for (guint32 i = 0; i < 200; i++) {
        const guint64 nonce = f.source->casts->feeds.feeds[i % f.source->casts->feeds.n].nonce;
        const n2_cast words[] = {
            {.kind = N2_CAST_LEAVE, .nonce = nonce, .path = to_source | i % 16},
            {.kind = N2_CAST_ACCEPT, .nonce = i, .path = to_viewer},
            {.kind = N2_CAST_REFUSE, .nonce = i, .number = N2_REFUSE_NONE, .path = to_viewer}};
        for (guint k = 0; k < G_N_ELEMENTS(words); k++) {
            n2_cast cast = words[k];
            cast.type = N2_CAST_TREE;
            cast.id = TREE;
            n2_cast_write(bytes, &cast);
            many_inject(f.c, liar, 0, bytes, sizeof bytes);
        }
        many_stream(f.c, f.source, TREE, MULTI, i, 1, 100000);
    }
    for (guint i = 0; i < VIEWERS; i++) {
        g_assert_cmpuint(f.viewer[i]->got[1], ==, 200);
        g_assert_cmpuint(f.viewer[i]->missed[1] + f.viewer[i]->doubled[1], ==, 0);
    }
    g_assert_cmpuint(liar->casts->strange, ==, 0);
    /* With made-up ways back in front he gets copies, and nobody else does. */
    for (guint32 used = 0; used < 12; used++) {
        write_ask(bytes, N2_CAST_JOIN, TREE, used,
                  to_source | (guint64)(used * 77 & 63) << 6 | used);
        many_inject(f.c, liar, 0, bytes, sizeof bytes);
        many_run(f.c, 10000);
    }
    many_stream(f.c, f.source, TREE, MULTI, 200, 10, 100000);
    for (guint i = 0; i < VIEWERS; i++) {
        g_assert_cmpuint(f.viewer[i]->got[1], ==, 210);
        g_assert_cmpuint(f.viewer[i]->casts->strange, ==, 0);
    }
    many_free(f.c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/alone/full", test_full);
    g_test_add_func("/alone/lost", test_lost);
    g_test_add_func("/alone/source-restarts", test_source_restarts);
    g_test_add_func("/alone/source-gone", test_source_gone);
    g_test_add_func("/alone/apart", test_apart);
    g_test_add_func("/alone/ends", test_ends);
    g_test_add_func("/alone/on-the-way", test_on_the_way);
    g_test_add_func("/alone/attack-60-max", test_max);
    g_test_add_func("/alone/attack-18-forged", test_forged);
    return g_test_run();
}
