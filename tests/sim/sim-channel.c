/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-channel.c - broadcast channels over both tables: joined and left, kept in their domain,
 *                 taken from one port only; local broadcasts in meshes.
 */
#include <string.h>

#include "many.h"

#define BROAD N2_MODE_BROADCAST

enum {
    CHANNEL = 0x123456,
    BLOCK = 0x123400,
    USERS = 4
};

/* source - core - border - edge[2] - two users each; the wires lead away from the source. */
typedef struct {
    many *c;
    n2_rows_kind kind;
    many_node *source, *core, *border, *edge[2], *user[USERS];
} line;

static line
line_new(n2_rows_kind kind, guint64 seed)
{
    line l = {.c = many_new(seed), .kind = kind};

    l.source = many_add(l.c, 2, kind);
    l.core = many_add(l.c, 7, kind); /* two words of ports */
    l.border = many_add(l.c, 4, kind);
    many_lay(l.c, l.source, l.core);
    many_lay(l.c, l.core, l.border);
    for (guint i = 0; i < 2; i++) {
        l.edge[i] = many_add(l.c, 3, kind);
        many_lay(l.c, l.border, l.edge[i]);
    }
    for (guint i = 0; i < USERS; i++) {
        l.user[i] = many_add(l.c, 2, kind);
        many_lay(l.c, l.edge[i / 2], l.user[i]);
    }
    return l;
}

static void
join(line *l, guint user, guint32 channel, guint64 tag)
{
    many_join(l->c, l->user[user], l->source, channel, BROAD, tag);
    many_run(l->c, N2_SECOND_US / 10);
}

static guint
rows(const line *l)
{
    guint n = 0;

    for (guint i = 0; i < l->c->nodes->len; i++) {
        const many_node *node = g_ptr_array_index(l->c->nodes, i);
        n += node->casts->channels.rows.n;
    }
    return n;
}

static void
check(const line *l, guint user, guint64 got)
{
    g_assert_cmpint(l->user[user]->state[1], ==, N2_OK);
    g_assert_cmpuint(l->user[user]->got[1], ==, got);
    g_assert_cmpuint(l->user[user]->missed[1], ==, 0);
    g_assert_cmpuint(l->user[user]->doubled[1], ==, 0);
}

/* Who joined gets each packet once for as long as he wants, each wire carries it once, and a
 * leave goes as far as nobody else is. */
static void
test_join(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 1);

    many_open(l.c, l.source, CHANNEL, BROAD);
    many_send(l.c, l.source, CHANNEL, BROAD, 0);
    many_run(l.c, N2_SECOND_US);
    g_assert_cmpuint(l.c->n_packets, ==, 0); /* nobody wants it */
    for (guint i = 0; i < 3; i++)
        join(&l, i, CHANNEL, 1);
    many_stream(l.c, l.source, CHANNEL, BROAD, 0, 600, 100000);
    for (guint i = 0; i < 3; i++)
        check(&l, i, 600);
    g_assert_cmpuint(l.user[3]->got[1], ==, 0);
    guint64 before = l.c->n_packets;
    many_send(l.c, l.source, CHANNEL, BROAD, 600);
    many_run(l.c, N2_SECOND_US);
    g_assert_cmpuint(l.c->n_packets - before, ==,
                     7); /* wires, of which no user's is one but 3 */
    many_leave(l.c, l.user[0], 1);
    many_leave(l.c, l.user[2], 1);
    many_stream(l.c, l.source, CHANNEL, BROAD, 601, 100, 100000);
    check(&l, 1, 701);
    g_assert_cmpuint(l.user[2]->got[1], ==, 601);
    g_assert_cmpuint(l.edge[1]->casts->channels.rows.n, ==, 0);
    many_leave(l.c, l.user[1], 1);
    many_run(l.c, N2_SECOND_US);
    g_assert_cmpuint(rows(&l), ==, 1); /* the source's own */
    many_free(l.c);
}

/* Messages do not grow with viewers: upstream hears of one channel once in 8 s. */
static void
test_few_messages(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 2);

    many_open(l.c, l.source, CHANNEL, BROAD);
    for (guint i = 0; i < USERS; i++)
        join(&l, i, CHANNEL, 1);
    guint64 in = l.source->sw.ports[1].packets_in;
    many_run(l.c, 80 * N2_SECOND_US);
    g_assert_cmpuint(l.source->sw.ports[1].packets_in - in, <=, 11);
    g_assert_cmpuint(l.source->sw.ports[1].packets_in - in, >=, 5);
    many_free(l.c);
}

/* Who goes without a word is out within two turns; who has none to join is told. */
static void
test_expires(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 3);

    many_open(l.c, l.source, CHANNEL, BROAD);
    for (guint i = 0; i < USERS; i++)
        join(&l, i, CHANNEL, 1);
    join(&l, 0, CHANNEL + 1, 2);
    g_assert_cmpint(l.user[0]->state[2], ==, N2_ERR_NOTFOUND);
    g_assert_cmpuint(l.user[0]->place[2], ==, 5);
    many_run(l.c, 3 * N2_SECOND_US);
    g_assert_cmpuint(rows(&l), ==, 9);
    for (guint i = 0; i < USERS; i++)
        memset(l.user[i]->casts->joined, 0, sizeof l.user[i]->casts->joined);
    many_run(l.c, 3 * N2_CHANNEL_TURN_US);
    g_assert_cmpuint(rows(&l), ==, 1);
    for (guint i = 0; i < l.c->nodes->len; i++) {
        const many_node *node = g_ptr_array_index(l.c->nodes, i);
        for (guint port = 0; node->casts->channels.ports && !(port >> node->width); port++)
            g_assert_cmpuint(node->casts->channels.ports[port].n_joined, ==, 0);
    }
    many_free(l.c);
}

/* A trunk may take a whole block: then each of its channels passes, but not its neighbours'. */
static void
test_block(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 4);
    n2_op op = {.kind = N2_OP_CAST_JOIN,
                .tag = 1,
                .address = BLOCK,
                .bits = BROAD,
                .size = 1,
                .path = many_path(l.c, l.user[0], l.core)};

    many_open(l.c, l.source, CHANNEL, BROAD);
    many_open(l.c, l.source, CHANNEL + 1, BROAD);
    many_open(l.c, l.source, CHANNEL + 0x100, BROAD);
    /* The core carries all three; it is the source of the block for those below. */
    guint32 up = many_port(l.core, l.source);
    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(n2_channels_open(&l.core->casts->channels,
                                         CHANNEL + (i < 2 ? i : 0x100), up, l.c->now_us),
                        ==, N2_OK);
    n2_rows *r = &l.core->casts->channels.rows;
    n2_channel_row *row = n2_rows_make(r, BLOCK | N2_ROWS_BLOCK, N2_ROWS_OURS);
    row->is_source = row->is_granted = true;
    row->in_port = (guint16)up;
    op.path = many_path(l.c, l.user[0], l.source);
    many_op(l.c, l.user[0], &op);
    many_run(l.c, N2_SECOND_US);
    g_assert_cmpint(l.user[0]->state[1], ==, N2_OK);
    for (guint i = 0; i < 3; i++) {
        /* as the source would send them to the core */
        guint8 bytes[N2_PACKET_BYTES_MAX] = {0};
        n2_packet head = {.is_long = true,
                          .mode = BROAD,
                          .path = (guint64)(CHANNEL + (i < 2 ? i : 0x100)) << 40,
                          .address = i};
        n2_packet_write_head(bytes, &head);
        many_inject(l.c, l.core, up, bytes, N2_LONG_HEAD_BYTES + 32);
    }
    many_run(l.c, N2_SECOND_US);
    g_assert_cmpuint(l.user[0]->got[1], ==, 2);
    many_free(l.c);
}

/* A border switch blocks a national channel: no join from outside passes it, and when the rule
 * comes later it ends what there is. */
static void
test_domain(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 5);
    const n2_channel_rule rule = {N2_DOMAIN_BLOCK, (guint16)many_port(l.border, l.edge[1]),
                                  0x120000, 0x12ffff};

    many_open(l.c, l.source, CHANNEL, BROAD);
    many_open(l.c, l.source, 0x220000, BROAD);
    join(&l, 0, CHANNEL, 1);
    join(&l, 2, CHANNEL, 1);
    many_stream(l.c, l.source, CHANNEL, BROAD, 0, 10, 100000);
    check(&l, 2, 10);
    n2_op op = {.kind = N2_OP_CHANNEL_RULES,
                .bytes = (guint8 *)g_memdup2(&rule, sizeof rule),
                .len = sizeof rule};
    many_op(l.c, l.border, &op);
    g_free(op.bytes);
    g_assert_cmpint(l.border->state[0], ==, N2_OK);
    many_stream(l.c, l.source, CHANNEL, BROAD, 10, 100, 100000);
    check(&l, 0, 110);
    g_assert_cmpuint(l.user[2]->got[1], ==, 10);
    many_run(l.c, 40 * N2_SECOND_US);
    g_assert_cmpint(l.user[2]->state[1], ==, N2_ERR_REFUSED);
    g_assert_cmpuint(l.user[2]->place[1], ==, 3); /* itself, edge, border */
    join(&l, 2, 0x220000, 2);
    g_assert_cmpint(l.user[2]->state[2], ==, N2_OK);
    g_assert_cmpuint(l.border->casts->channels.refused_domain, >, 0);
    many_free(l.c);
}

static void
restart_all(line *l)
{
    many_restart(l->c, l->border, l->kind);
    many_restart(l->c, l->edge[0], l->kind);
}

/* Two switches lose all they knew; the viewers are back within three seconds. */
static void
test_restart(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 6);

    many_open(l.c, l.source, CHANNEL, BROAD);
    for (guint i = 0; i < USERS; i++)
        join(&l, i, CHANNEL, 1);
    many_stream(l.c, l.source, CHANNEL, BROAD, 0, 10, 100000);
    restart_all(&l);
    many_stream(l.c, l.source, CHANNEL, BROAD, 10, 400, 100000);
    for (guint i = 0; i < USERS; i++) {
        g_assert_cmpuint(l.user[i]->missed[1], <=, 30);
        g_assert_cmpuint(l.user[i]->doubled[1], ==, 0);
    }
    many_free(l.c);
}

/* ---- attacks ---- */

static void throw(line * l, many_node *node, guint32 in_port, guint32 channel)
{
    for (guint used = 0; used < 64; used++) {
        guint8 bytes[N2_PACKET_BYTES_MAX] = {0};
        n2_packet head = {.is_long = true,
                          .class = N2_CLASS_DEFAULT,
                          .mode = BROAD,
                          .path = (guint64)channel << 40 | (guint64)used << 9 | used,
                          .address = 0x9999};
        n2_packet_write_head(bytes, &head);
        many_inject(l->c, node, in_port, bytes, N2_LONG_HEAD_BYTES + 32);
    }
}

/* Attack 18: a user sends on a channel that others have joined, from a switch below, beside and
 * above them; he joins it himself too.  The first switch drops it. */
static void
test_intruder(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 7);
    many_node *liar = many_add(l.c, 2, l.kind), *far = many_add(l.c, 2, l.kind);

    many_lay(l.c, l.edge[0], liar);
    many_lay(l.c, l.core, far); /* behind the same uplink as the source, seen from the border */
    many_open(l.c, l.source, CHANNEL, BROAD);
    many_open(l.c, liar, CHANNEL, BROAD);
    many_open(l.c, far, CHANNEL, BROAD);
    for (guint i = 0; i < USERS; i++)
        join(&l, i, CHANNEL, 1);
    guint64 before = l.c->n_packets;
    throw(&l, liar, 0, CHANNEL);
    throw(&l, far, 0, CHANNEL);
    throw(&l, l.user[3], 0, CHANNEL);
    throw(&l, l.edge[0], many_port(l.edge[0], liar), CHANNEL);
    throw(&l, l.core, many_port(l.core, far), CHANNEL);
    many_run(l.c, N2_SECOND_US);
    g_assert_cmpuint(l.c->n_packets, ==, before);
    for (guint i = 0; i < USERS; i++)
        g_assert_cmpuint(l.user[i]->got[1], ==, 0);
    g_assert_cmpuint(l.edge[0]->casts->channels.strange, >=, 64);
    many_stream(l.c, l.source, CHANNEL, BROAD, 0, 20, 100000);
    for (guint i = 0; i < USERS; i++)
        check(&l, i, 20);
    many_free(l.c);
}

/* Attack 18: an accomplice joins first, by a way that leads to the liar; others are to get the
 * channel from there.  A port that nobody lets channels come from is none. */
static void
test_first_joiner(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 8);
    many_node *liar = many_add(l.c, 2, l.kind);

    many_lay(l.c, l.edge[0], liar);
    many_open(l.c, l.source, CHANNEL, BROAD);
    many_open(l.c, liar, CHANNEL, BROAD);
    many_join(l.c, l.user[1], liar, CHANNEL, BROAD, 1);
    many_run(l.c, N2_SECOND_US);
    g_assert_cmpint(l.user[1]->state[1], ==, N2_ERR_REFUSED);
    join(&l, 0, CHANNEL, 1);
    many_send(l.c, liar, CHANNEL, BROAD, 9);
    many_stream(l.c, l.source, CHANNEL, BROAD, 0, 10, 100000);
    check(&l, 0, 10);
    many_free(l.c);
}

/* Attack 18: words of a stranger, at each switch, with the nonces that he cannot know and with
 * others; the channel goes on. */
static void
test_forged(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 9);
    many_node *liar = many_add(l.c, 2, l.kind);

    many_lay(l.c, l.edge[0], liar);
    many_open(l.c, l.source, CHANNEL, BROAD);
    for (guint i = 0; i < USERS; i++)
        join(&l, i, CHANNEL, 1);
    const guint64 ways[] = {many_path(l.c, liar, l.source), many_path(l.c, liar, l.edge[0]),
                            many_path(l.c, liar, l.border), many_path(l.c, liar, l.user[0])};
    for (guint32 number = 0; number < 60; number++) {
        for (guint i = 0; i < G_N_ELEMENTS(ways); i++)
            for (n2_cast_kind kind = N2_CAST_LEAVE; kind <= N2_CAST_REFUSE; kind++) {
                guint8 bytes[N2_CAST_BYTES];
                n2_cast cast = {.type = N2_CAST_CHANNEL,
                                .kind = kind,
                                .is_for_hops = true,
                                .number = kind == N2_CAST_REFUSE ? 1 : 0,
                                .id = CHANNEL,
                                .nonce = number,
                                .path = ways[i] | number % 8};
                n2_cast_write(bytes, &cast);
                many_inject(l.c, liar, 0, bytes, sizeof bytes);
            }
        many_stream(l.c, l.source, CHANNEL, BROAD, number, 1, 100000);
    }
    for (guint i = 0; i < USERS; i++)
        check(&l, i, 60);
    many_free(l.c);
}

/* Attack 60: 10,000 joins and leaves a second, of channels that are and are not.  One port gets
 * so much and no more, and the others go on. */
static void
test_storm(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 10);
    many_node *liar = many_add(l.c, 2, l.kind);

    many_lay(l.c, l.edge[0], liar);
    many_open(l.c, l.source, CHANNEL, BROAD);
    for (guint i = 0; i < USERS; i++)
        join(&l, i, CHANNEL, 1);
    guint32 at = many_port(l.edge[0], liar);
    guint64 path = many_path(l.c, l.edge[0], l.source);
    for (guint32 number = 0; number < 50; number++) {
        for (guint i = 0; i < 1000; i++) {
            guint8 bytes[N2_CAST_BYTES];
            n2_cast cast = {.type = N2_CAST_CHANNEL,
                            .kind = i % 3 ? N2_CAST_JOIN : N2_CAST_LEAVE,
                            .is_for_hops = true,
                            .id = i % 2 ? 0x123400 + i % 256
                                        : world_random_next(&liar->random) % (1 << 24),
                            .nonce = i,
                            .path = path};
            n2_cast_write(bytes, &cast);
            many_inject(l.c, l.edge[0], at, bytes, sizeof bytes);
        }
        many_stream(l.c, l.source, CHANNEL, BROAD, number, 1, 100000);
    }
    const n2_channels *channels = &l.edge[0]->casts->channels;
    g_assert_cmpuint(channels->refused_asks, >, 40000);
    g_assert_cmpuint(channels->ports[at].n_joined, <=, N2_CHANNELS_PER_PORT_MAX);
    for (guint i = 0; i < USERS; i++)
        check(&l, i, 50);
    many_run(l.c, 3 * N2_CHANNEL_TURN_US);
    g_assert_cmpuint(channels->ports[at].n_joined, ==, 0);
    many_free(l.c);
}

/* Attack 60: one user at the edge zaps through channels as fast as he can, and another keeps
 * all that he may join: what the edge may join of the border is not his alone, and who sits
 * beside him gets a channel at once. */
static void
test_zapping(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 14);
    many_node *liar[2];
    guint8 bytes[N2_CAST_BYTES];

    for (guint i = 0; i < 2; i++) {
        liar[i] = many_add(l.c, 2, l.kind);
        many_lay(l.c, l.edge[0], liar[i]);
    }
    many_open(l.c, l.source, CHANNEL, BROAD);
    many_open(l.c, l.source, CHANNEL + 1, BROAD);
    l.source->is_dead = true; /* nobody says that there is none of those that they ask for */
    const guint64 path = many_path(l.c, l.edge[0], l.source);
    for (guint32 ms = 0; ms < 6000; ms++) {
        for (guint i = 0; i < 20; i++) {
            guint who = i % 5 == 0; /* the second has 1024, one by one */
            n2_cast cast = {.type = N2_CAST_CHANNEL,
                            .kind = who || i % 2 ? N2_CAST_JOIN : N2_CAST_LEAVE,
                            .is_for_hops = true,
                            .id = 0x200000 + (who ? ms * 4 + i / 5 : ms + i / 2) % 1024,
                            .nonce = i,
                            .path = path};
            n2_cast_write(bytes, &cast);
            many_inject(l.c, l.edge[0], many_port(l.edge[0], liar[who]), bytes, sizeof bytes);
        }
        l.source->is_dead = ms < 4000;
        if (ms == 5000)
            many_join(l.c, l.user[1], l.source, CHANNEL, BROAD, 1);
        many_run(l.c, 1000);
    }
    const n2_channel_port *trunk =
        &l.border->casts->channels.ports[many_port(l.border, l.edge[0])];
    g_assert_cmpuint(trunk->n_joined, <, N2_CHANNELS_PER_PORT_MAX);
    g_assert_cmpint(l.user[1]->state[1], ==, N2_OK);
    many_stream(l.c, l.source, CHANNEL, BROAD, 0, 10, 100000);
    check(&l, 1, 10);
    many_run(l.c, 4 * N2_CHANNEL_TURN_US);
    for (guint port = 0; port < 1u << l.edge[0]->width; port++)
        g_assert_cmpuint(l.edge[0]->casts->channels.ports[port].n_from, <=, 1);
    many_free(l.c);
}

/* Table full (N2_CHANNELS_MAX, N2_CHANNEL_BLOCKS_MAX, N2_CHANNELS_PER_PORT_MAX): refused with
 * the place, and what is there goes on. */
static void
test_full(gconstpointer data)
{
    line l = line_new((n2_rows_kind)GPOINTER_TO_INT(data), 11);
    guint32 step = l.kind == N2_ROWS_MAP ? 256 : 1;
    guint32 n = 0;

    many_open(l.c, l.source, CHANNEL, BROAD);
    join(&l, 0, CHANNEL, 1);
    for (; n < 2 * N2_CHANNELS_MAX; n++)
        if (n2_channels_open(&l.border->casts->channels, 0x400000 + n * step, 1, l.c->now_us))
            break;
    g_assert_cmpuint(n, ==,
                     (l.kind == N2_ROWS_MAP ? N2_CHANNEL_BLOCKS_MAX : N2_CHANNELS_MAX) - 1);
    join(&l, 1, 0x500000, 2);
    g_assert_cmpint(l.user[1]->state[2], ==, N2_ERR_LIMIT);
    g_assert_cmpuint(l.user[1]->place[2], ==, 3);
    g_assert_cmpuint(l.border->casts->channels.refused, >, 0);
    many_stream(l.c, l.source, CHANNEL, BROAD, 0, 10, 100000);
    check(&l, 0, 10);
    many_free(l.c);
}

/* ---- local broadcasts ---- */

enum {
    MESH = 6
};

/* Attack 19: six switches, each linked to each; a local broadcast reaches all once, and its
 * copies die out; a hundred a second come through ten times a second. */
static void
test_mesh(gconstpointer data)
{
    n2_rows_kind kind = (n2_rows_kind)GPOINTER_TO_INT(data);
    many *c = many_new(12);
    many_node *nodes[MESH], *outside = many_add(c, 2, kind);

    for (guint i = 0; i < MESH; i++)
        nodes[i] = many_add(c, 3, kind);
    for (guint i = 0; i < MESH; i++)
        for (guint j = i + 1; j < MESH; j++)
            many_lay(c, nodes[i], nodes[j]);
    for (guint i = 0; i < MESH; i++) {
        for (guint32 port = 1; port < MESH; port++)
            n2_casts_port_up(nodes[i]->casts, port, N2_CHANNEL_LOCAL);
        many_op(c, nodes[i],
                &(n2_op){.kind = N2_OP_CAST_JOIN, .tag = 1, .address = 7, .bits = BROAD});
    }
    many_lay(c, nodes[0], outside); /* another LAN */
    many_op(c, outside,
            &(n2_op){.kind = N2_OP_CAST_JOIN, .tag = 1, .address = 7, .bits = BROAD});
    many_send(c, nodes[2], 7, BROAD, 0);
    many_run(c, N2_SECOND_US);
    for (guint i = 0; i < MESH; i++) {
        g_assert_cmpuint(nodes[i]->got[1], ==, i == 2 ? 0 : 1);
        g_assert_cmpint(nodes[i]->state[1], ==, N2_OK);
    }
    g_assert_cmpuint(c->n_packets, <=, MESH * MESH);
    g_assert_cmpuint(outside->got[1], ==, 0);
    throw(&(line){.c = c}, outside, 0, 7);
    many_run(c, 2 * N2_SECOND_US);
    for (guint i = 0; i < MESH; i++)
        g_assert_cmpuint(nodes[i]->got[1], ==, i == 2 ? 0 : 1);
    for (guint32 i = 1; i <= 1000; i++) {
        many_send(c, nodes[2], 7, BROAD, i);
        many_run(c, 10000);
    }
    g_assert_cmpuint(nodes[3]->got[1], >=, 90);
    g_assert_cmpuint(nodes[3]->got[1], <=, 10 * N2_LOCAL_PER_S + N2_LOCAL_BURST + 1);
    g_assert_cmpuint(c->n_packets, <=,
                     (10 * N2_LOCAL_PER_S + 2 * N2_LOCAL_BURST) * MESH * MESH);
    /* the same one again: not before two seconds */
    many_run(c, 10 * N2_SECOND_US);
    guint64 got = nodes[4]->got[1];
    many_send(c, nodes[2], 7, BROAD, 5000);
    many_run(c, N2_SECOND_US);
    many_send(c, nodes[2], 7, BROAD, 5000);
    many_run(c, 3 * N2_SECOND_US);
    g_assert_cmpuint(nodes[4]->got[1], ==, got + 1);
    many_send(c, nodes[2], 7, BROAD, 5000);
    many_run(c, N2_SECOND_US);
    g_assert_cmpuint(nodes[4]->got[1], ==, got + 2);
    many_free(c);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        GTestDataFunc func;
    } tests[] = {{"join-and-leave", test_join},
                 {"few-messages", test_few_messages},
                 {"expires", test_expires},
                 {"whole-block", test_block},
                 {"domain", test_domain},
                 {"restart", test_restart},
                 {"full", test_full},
                 {"attack-18-intruder", test_intruder},
                 {"attack-18-first-joiner", test_first_joiner},
                 {"attack-18-forged-words", test_forged},
                 {"attack-60-storm-of-joins", test_storm},
                 {"attack-60-zapping", test_zapping},
                 {"attack-19-mesh", test_mesh}};
    static const char *const kinds[] = {"associative", "bitmap"};

    g_test_init(&argc, &argv, NULL);
    for (gint kind = N2_ROWS_HASH; kind <= N2_ROWS_MAP; kind++)
        for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
            g_autofree char *path =
                g_strdup_printf("/channel/%s/%s", kinds[kind], tests[i].name);
            g_test_add_data_func(path, GINT_TO_POINTER(kind), tests[i].func);
        }
    return g_test_run();
}
