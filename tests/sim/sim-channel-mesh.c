/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-channel-mesh.c - broadcast channels where there is more than one way: each who joined
 *                      gets each packet once, and none crosses a border.
 */
#include <string.h>

#include "many.h"

#define BROAD N2_MODE_BROADCAST

enum {
    CHANNEL = 0x123456,
    SIDE = 4,
    SWITCHES = SIDE * SIDE,
    PACKETS = 50
};

/* A grid of switches with a viewer at each, and a wire across each square; all wires may bring
 * channels, either way.  The source is at a corner. */
typedef struct {
    many *c;
    many_node *source, *at[SWITCHES], *viewer[SWITCHES];
    many_node *border[2];   /* no packet of the channel crosses the wires between these */
    guint n_crossed;        /* that did all the same */
    guint n_came[SWITCHES]; /* of the packet under way: how often to each switch */
} grid;

static void
lay(many *c, many_node *a, many_node *b)
{
    many_lay(c, a, b);
    n2_casts_port_up(a->casts, many_port(a, b), N2_CHANNEL_UPLINK);
    n2_casts_port_up(b->casts, many_port(b, a), N2_CHANNEL_UPLINK);
}

static gboolean
watch(many *c, many_node *from, many_node *to, guint8 *bytes, gsize len)
{
    grid *g = c->user;
    bool is_border = (from == g->border[0] && to == g->border[1]) ||
                     (from == g->border[1] && to == g->border[0]);

    (void)len;
    if ((bytes[1] & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT != BROAD)
        return true;
    g->n_crossed += is_border;
    for (guint i = 0; i < SWITCHES; i++)
        g->n_came[i] += to == g->at[i];
    return true;
}

static void
grid_init(grid *g, n2_rows_kind kind, guint64 seed)
{
    *g = (grid){.c = many_new(seed)};
    g->c->user = g;
    g->c->tap = watch;
    for (guint i = 0; i < SWITCHES; i++)
        g->at[i] = many_add(g->c, 4, kind);
    for (guint i = 0; i < SWITCHES; i++) {
        if (i % SIDE + 1 < SIDE)
            lay(g->c, g->at[i], g->at[i + 1]);
        if (i + SIDE < SWITCHES)
            lay(g->c, g->at[i], g->at[i + SIDE]);
        if (i % SIDE + 1 < SIDE && i + SIDE < SWITCHES)
            lay(g->c, g->at[i], g->at[i + SIDE + 1]);
    }
    for (guint i = 0; i < SWITCHES; i++) {
        g->viewer[i] = many_add(g->c, 2, kind);
        many_lay(g->c, g->at[i], g->viewer[i]);
    }
    g->source = many_add(g->c, 2, kind);
    lay(g->c, g->source, g->at[0]);
    many_open(g->c, g->source, CHANNEL, BROAD);
}

/* Sends, and looks at each packet: who has joined gets it once and nobody else does, and no
 * switch gets it twice. */
static void
check(grid *g, guint32 first, guint n_in)
{
    guint n = 0;

    for (guint i = 0; i < SWITCHES; i++) {
        g->viewer[i]->got[1] = g->viewer[i]->missed[1] = g->viewer[i]->doubled[1] = 0;
        g->viewer[i]->next[1] = first;
    }
    for (guint k = 0; k < PACKETS; k++) {
        memset(g->n_came, 0, sizeof g->n_came);
        many_stream(g->c, g->source, CHANNEL, BROAD, first + k, 1, 100000);
        for (guint i = 0; i < SWITCHES; i++)
            g_assert_cmpuint(g->n_came[i], <=, 1);
    }
    for (guint i = 0; i < SWITCHES; i++) {
        bool is_in = g->viewer[i]->how[1] == N2_CAST_SHARED;
        n += is_in;
        g_assert_cmpuint(g->viewer[i]->got[1], ==, is_in ? PACKETS : 0);
        g_assert_cmpuint(g->viewer[i]->doubled[1], ==, 0);
    }
    g_test_message("%u of %u have it", n, (guint)SWITCHES);
    g_assert_cmpuint(n, >=, n_in);
}

/* The shortest ways of all lead to the source as a tree, whatever lines there are beside it. */
static void
test_shortest(gconstpointer data)
{
    grid g;

    grid_init(&g, (n2_rows_kind)GPOINTER_TO_INT(data), 1);
    for (guint i = 0; i < SWITCHES; i++)
        many_join(g.c, g.viewer[i], g.source, CHANNEL, BROAD, 1);
    many_run(g.c, N2_SECOND_US);
    check(&g, 0, SWITCHES);
    guint64 before = g.c->n_packets;
    many_send(g.c, g.source, CHANNEL, BROAD, PACKETS);
    many_run(g.c, N2_SECOND_US);
    g_assert_cmpuint(g.c->n_packets - before, ==, 2 * SWITCHES);
    many_free(g.c);
}

/* A way to the source that turns at each switch by the lot; 0: it became longer than a
 * broadcast can come back by, 34 bits. */
static guint64
drawn_way(grid *g, many_node *from, world_random *lot)
{
    n2_route route = {0};
    many_node *at = from;

    while (at != g->source) {
        guint32 port = 1 + (guint32)(world_random_next(lot) % ((1u << at->width) - 1));
        if (!at->wires[port] || (at->wires[port]->width == 2 && at->wires[port] != g->source))
            continue;
        if (n2_route_add(&route, at->width, port) || route.bits > 30)
            return 0;
        at = at->wires[port];
    }
    return n2_route_add(&route, at->width, 0) ? 0 : route.word;
}

/* Ways that cross and turn back: a switch has a channel from one port, so some are refused and
 * told so; the others get each packet once all the same. */
static void
test_drawn(gconstpointer data)
{
    for (guint64 seed = 1; seed <= 8; seed++) {
        grid g;
        world_random lot;
        guint n_refused = 0;

        grid_init(&g, (n2_rows_kind)GPOINTER_TO_INT(data), seed);
        world_random_init(&lot, seed);
        for (guint i = 0; i < SWITCHES; i++) {
            guint64 way = 0;
            for (guint try = 0; !way && try < 1000; try++)
                way = drawn_way(&g, g.viewer[i], &lot);
            if (way)
                many_join_by(g.c, g.viewer[i], way, CHANNEL, BROAD, 1);
            many_run(g.c, N2_SECOND_US / 5);
        }
        many_run(g.c, N2_SECOND_US);
        for (guint i = 0; i < SWITCHES; i++)
            n_refused += g.viewer[i]->state[1] == N2_ERR_REFUSED;
        g_test_message("%u were refused", n_refused);
        g_assert_cmpuint(n_refused, >, 0);
        check(&g, 0, 1);
        many_free(g.c);
    }
}

/* A border across one line: who would get it by that is refused, nothing crosses it by any
 * other way round, and whoever has another way has it. */
static void
test_border(gconstpointer data)
{
    grid g;
    guint n_refused = 0;

    grid_init(&g, (n2_rows_kind)GPOINTER_TO_INT(data), 3);
    for (guint i = 0; i < SWITCHES; i++)
        many_join(g.c, g.viewer[i], g.source, CHANNEL, BROAD, 1);
    many_run(g.c, N2_SECOND_US);
    g.border[0] = g.at[SIDE + 1];
    g.border[1] = g.at[2 * SIDE + 2];
    const n2_channel_rule rule = {N2_DOMAIN_BLOCK, (guint16)many_port(g.border[0], g.border[1]),
                                  0x120000, 0x12ffff};
    n2_op op = {.kind = N2_OP_CHANNEL_RULES,
                .bytes = (guint8 *)g_memdup2(&rule, sizeof rule),
                .len = sizeof rule};
    many_stream(g.c, g.source, CHANNEL, BROAD, 0, 5, 100000);
    g_assert_cmpuint(g.n_crossed, >, 0);
    many_op(g.c, g.border[0], &op);
    g_free(op.bytes);
    g.n_crossed = 0;
    many_stream(g.c, g.source, CHANNEL, BROAD, 5, 400, 100000);
    g_assert_cmpuint(g.n_crossed, ==, 0);
    for (guint i = 0; i < SWITCHES; i++)
        n_refused += g.viewer[i]->state[1] == N2_ERR_REFUSED;
    g_assert_cmpuint(n_refused, >, 0);
    g_assert_cmpuint(n_refused, <, SWITCHES / 2);
    check(&g, 405, SWITCHES - n_refused);
    /* Round the border there is a way for all, as it is a border of the one line. */
    const guint32 there = many_port(g.border[0], g.border[1]);
    const guint32 back = many_port(g.border[1], g.border[0]);
    g.border[0]->wires[there] = g.border[1]->wires[back] = NULL;
    for (guint i = 0; i < SWITCHES; i++)
        if (g.viewer[i]->state[1] == N2_ERR_REFUSED) {
            many_leave(g.c, g.viewer[i], 1);
            many_join(g.c, g.viewer[i], g.source, CHANNEL, BROAD, 1);
        }
    g.border[0]->wires[there] = g.border[1];
    g.border[1]->wires[back] = g.border[0];
    many_run(g.c, 40 * N2_SECOND_US);
    check(&g, 1000, SWITCHES);
    g_assert_cmpuint(g.n_crossed, ==, 0);
    many_free(g.c);
}

/* What is announced tells where: the way back leads to who announced it. */
static void
test_announce(gconstpointer data)
{
    n2_rows_kind kind = (n2_rows_kind)GPOINTER_TO_INT(data);
    many *c = many_new(13);
    many_node *a = many_add(c, 3, kind), *hub = many_add(c, 4, kind), *b = many_add(c, 2, kind);
    guint8 packet[N2_PACKET_BYTES_MAX] = {0};
    n2_event e;

    many_lay(c, hub, a);
    many_lay(c, hub, b);
    for (guint i = 0; i < 3; i++) {
        many_node *node = g_ptr_array_index(c->nodes, i);
        for (guint32 port = 1; port < 3; port++)
            n2_casts_port_up(node->casts, port, N2_CHANNEL_LOCAL);
    }
    many_op(c, b, &(n2_op){.kind = N2_OP_CAST_JOIN, .tag = 1, .address = 3, .bits = BROAD});
    /* step by step, as the event is looked at itself */
    n2_op op = {.address = 3, .bits = BROAD, .bytes = packet, .len = 32};
    guint8 out[N2_PACKET_BYTES_MAX];
    gsize len = n2_casts_build(a->casts, &op, out);
    many_node *way[] = {a, hub, b};
    guint32 in_port = 0;
    for (guint i = 0; i < 3; i++) {
        n2_copies copies;
        guint32 port, to = i < 2 ? many_port(way[i], way[i + 1]) : 0;
        guint64 path;
        bool is_there = false;
        g_assert_true(n2_casts_copies(way[i]->casts, in_port, out, len, c->now_us, &copies));
        while (!is_there && n2_copies_next(&copies, &port, &path))
            is_there = port == to;
        g_assert_true(is_there);
        n2_packet_set_path(out, path);
        in_port = i < 2 ? way[i]->far[to] : 0;
    }
    n2_casts_packet(b->casts, out, len, c->now_us);
    g_assert_true(n2_casts_event(b->casts, &e));
    g_assert_cmpint(e.kind, ==, N2_EVENT_CAST);
    g_assert_cmphex(e.path, ==, many_path(c, b, a));
    free(e.bytes);
    many_free(c);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        GTestDataFunc func;
    } tests[] = {{"shortest", test_shortest},
                 {"drawn", test_drawn},
                 {"border", test_border},
                 {"announce", test_announce}};
    static const char *const kinds[] = {"associative", "bitmap"};

    g_test_init(&argc, &argv, NULL);
    for (gint kind = N2_ROWS_HASH; kind <= N2_ROWS_MAP; kind++)
        for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
            g_autofree char *path =
                g_strdup_printf("/channel/mesh/%s/%s", kinds[kind], tests[i].name);
            g_test_add_data_func(path, GINT_TO_POINTER(kind), tests[i].func);
        }
    return g_test_run();
}
