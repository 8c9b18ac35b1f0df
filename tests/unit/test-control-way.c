/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-way.c - ways by hand with others behind them, and where an open connection is
 * sent when links go, nobody answers, or somebody sets another way.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "two-nodes.h"
#include "wire/path.h"

enum {
    FIRST = 3, /* ports of our own switch */
    SECOND = 5,
    THIRD = 9
};

typedef struct {
    two_nodes *w;
    char one[N2_ID_TEXT_BYTES]; /* the identity of node 1 */
    n2_conn conn;
} world;

static uint64_t
way(uint16_t port)
{
    n2_route route = {0};

    g_assert_cmpint(n2_route_add(&route, 4, port), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, 2, 1), ==, N2_OK);
    return route.word;
}

static void
tell(world *t, n2_event event)
{
    n2_control_input_event(t->w->node[0].control, &event, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
}

static void
set_link(world *t, uint16_t port, bool is_up)
{
    tell(t, (n2_event){.kind = is_up ? N2_EVENT_LINK_UP : N2_EVENT_LINK_DOWN,
                       .port = port,
                       .link_id = port});
}

static void
set_up(world *t, gconstpointer data)
{
    static const guint8 page[] = "here";
    GByteArray *archive = g_byte_array_new();

    (void)data;
    t->w = two_nodes_new(1);
    n2_id_format(t->one, N2_ID_IDENTITY, &t->w->node[1].id);
    archive_add(archive, 2, "page", page, 4);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(t->w, 1, archive, NULL);
    g_assert_cmpint(done.err, ==, N2_OK);
    n2_notice_clear(&done);
    g_byte_array_unref(archive);
    for (uint16_t port = FIRST; port <= THIRD; port++)
        set_link(t, port, true);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "3/4 1/2 or 5/4 1/2 or 9/4 1/2",
                          N2_OK);
    two_nodes_assert_page(t->w, 0, 1, "page", page, 4);
    g_assert_cmpuint(t->w->conns->len, ==, 1);
    t->conn = g_array_index(t->w->conns, n2_conn, 0);
    g_array_set_size(t->w->moves, 0);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

/* The connection was told to go by @port, once, since this was asked last. */
static void
assert_moves(world *t, uint16_t port)
{
    g_assert_cmpuint(t->w->moves->len, ==, port != 0);
    if (port)
        g_assert_cmphex(g_array_index(t->w->moves, uint64_t, 0), ==, way(port));
    g_array_set_size(t->w->moves, 0);
}

static void
moved(world *t, uint16_t port, n2_err err)
{
    tell(t, (n2_event){.kind = N2_EVENT_MOVED,
                       .conn = t->conn,
                       .initiator = true,
                       .err = err,
                       .tag = way(port),
                       .path = way(port)});
}

static void
test_link_down(world *t, gconstpointer data)
{
    (void)data;
    set_link(t, SECOND, false); /* not the one in use */
    assert_moves(t, 0);
    set_link(t, SECOND, true);
    assert_moves(t, 0);
    set_link(t, FIRST, false);
    assert_moves(t, SECOND);
    moved(t, SECOND, N2_OK);
    assert_moves(t, 0);
    set_link(t, FIRST, true); /* it is back: no reason to go */
    assert_moves(t, 0);
    set_link(t, SECOND, false);
    assert_moves(t, FIRST);
}

/* Nobody there: the next one, and so on. */
static void
test_in_vain(world *t, gconstpointer data)
{
    (void)data;
    set_link(t, FIRST, false);
    assert_moves(t, SECOND);
    moved(t, SECOND, N2_ERR_TIMEOUT);
    assert_moves(t, THIRD);
    moved(t, THIRD, N2_OK);
    assert_moves(t, 0);
}

static void
test_lost(world *t, gconstpointer data)
{
    (void)data;
    tell(t, (n2_event){.kind = N2_EVENT_PATH_LOST, .conn = t->conn, .path = way(FIRST)});
    assert_moves(t, SECOND);
    moved(t, SECOND, N2_OK);
    /* A moment later the first is still the last choice. */
    tell(t, (n2_event){.kind = N2_EVENT_PATH_LOST, .conn = t->conn, .path = way(SECOND)});
    assert_moves(t, THIRD);
    /* Of another's connection nothing is known. */
    tell(t, (n2_event){.kind = N2_EVENT_PATH_LOST, .conn = t->conn + 1, .path = way(FIRST)});
    assert_moves(t, 0);
}

/* Alone: we may be at another place than before, and say so by the same way. */
static void
test_no_other(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "3/4 1/2", N2_OK);
    assert_moves(t, 0);
    tell(t, (n2_event){.kind = N2_EVENT_PATH_LOST, .conn = t->conn, .path = way(FIRST)});
    assert_moves(t, FIRST);
    moved(t, FIRST, N2_ERR_TIMEOUT);
    assert_moves(t, FIRST);
    moved(t, FIRST, N2_OK);
    set_link(t, FIRST, true); /* perhaps at another port there */
    assert_moves(t, FIRST);
}

/* Behind a label for several it went on by its server's own: so it does by every other way that
 * ends with that label, and by none that ends with another. */
static void
test_own_label(world *t, gconstpointer data)
{
    uint64_t own = way(FIRST) ^ (UINT64_C(3) << 58); /* 2/2 instead of 1/2 */

    (void)data;
    tell(t,
         (n2_event){.kind = N2_EVENT_MOVED, .conn = t->conn, .initiator = true, .path = own});
    assert_moves(t, 0);
    tell(t, (n2_event){.kind = N2_EVENT_PATH_LOST, .conn = t->conn, .path = own});
    g_assert_cmpuint(t->w->moves->len, ==, 1);
    uint64_t there = way(SECOND) ^ (UINT64_C(3) << 58);
    g_assert_cmphex(g_array_index(t->w->moves, uint64_t, 0), ==, there);
    g_array_set_size(t->w->moves, 0);
    tell(t, (n2_event){.kind = N2_EVENT_MOVED,
                       .conn = t->conn,
                       .initiator = true,
                       .tag = there,
                       .path = there});
    /* What is reserved for it is reserved there. */
    const n2_request reserve = {.kind = N2_JOB_RESERVE, .address = t->one, .value = "1000000"};
    (void)two_nodes_start(t->w, 0, &reserve);
    two_nodes_drain(t->w);
    g_assert_cmpuint(t->w->ways->len, >, 0);
    const n2_op *asked = &g_array_index(t->w->ways, n2_op, t->w->ways->len - 1);
    g_assert_cmpint(asked->kind, ==, N2_OP_RESERVE);
    g_assert_cmphex(asked->path, ==, there);
    /* Set by hand: the same label again, then another one. */
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "9/4 1/2", N2_OK);
    g_assert_cmpuint(t->w->moves->len, ==, 1);
    g_assert_cmphex(g_array_index(t->w->moves, uint64_t, 0), ==,
                    way(THIRD) ^ (UINT64_C(3) << 58));
    g_array_set_size(t->w->moves, 0);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "9/4 3/2", N2_OK);
    g_assert_cmpuint(t->w->moves->len, ==, 1);
    g_assert_cmphex(g_array_index(t->w->moves, uint64_t, 0), ==,
                    way(THIRD) ^ (UINT64_C(2) << 58));
}

/* What is reserved for a connection goes its way, for as long as there is something. */
static void
test_reserved(world *t, gconstpointer data)
{
    const n2_request reserve = {.kind = N2_JOB_RESERVE, .address = t->one, .value = "1000000"};

    (void)data;
    (void)two_nodes_start(t->w, 0, &reserve);
    two_nodes_drain(t->w);
    g_assert_cmpuint(t->w->ways->len, >, 0);
    n2_op asked = g_array_index(t->w->ways, n2_op, t->w->ways->len - 1);
    g_assert_cmphex(asked.path, ==, way(FIRST));
    n2_event kept = {
        .kind = N2_EVENT_RESERVED, .tag = asked.tag, .size = asked.size, .path = asked.path};
    tell(t, kept);
    moved(t, SECOND, N2_ERR_TIMEOUT); /* it stays */
    guint n = t->w->ways->len;
    moved(t, SECOND, N2_OK);
    two_nodes_drain(t->w);
    g_assert_cmpuint(t->w->ways->len, ==, n + 1);
    n2_op again = g_array_index(t->w->ways, n2_op, n);
    g_assert_cmpint(again.kind, ==, N2_OP_RESERVE);
    g_assert_cmpuint(again.tag, ==, asked.tag);
    g_assert_cmpuint(again.size, ==, asked.size);
    g_assert_cmphex(again.path, ==, way(SECOND));
    /* Refused there: it is over, and nobody asks for it further on. */
    tell(t, (n2_event){.kind = N2_EVENT_RESERVED, .err = N2_ERR_REFUSED, .tag = asked.tag});
    moved(t, THIRD, N2_OK);
    two_nodes_drain(t->w);
    g_assert_cmpuint(t->w->ways->len, ==, n + 1);
}

/* Reserved before anybody was called, by a way that is another when it is. */
static void
test_reserved_before(world *t, gconstpointer data)
{
    const n2_request reserve = {.kind = N2_JOB_RESERVE, .address = t->one, .value = "1000000"};
    guint n = t->w->ways->len;

    (void)data;
    tell(t, (n2_event){.kind = N2_EVENT_CLOSED, .conn = t->conn});
    (void)two_nodes_start(t->w, 0, &reserve);
    two_nodes_drain(t->w);
    g_assert_cmpuint(t->w->ways->len, ==, n + 1);
    n2_op asked = g_array_index(t->w->ways, n2_op, n);
    g_assert_cmphex(asked.path, ==, way(FIRST));
    tell(t, (n2_event){.kind = N2_EVENT_RESERVED, .tag = asked.tag, .size = asked.size});
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "9/4 1/2", N2_OK);
    g_assert_cmpuint(t->w->ways->len, ==, n + 1);
    two_nodes_assert_page(t->w, 0, 1, "page", (const guint8 *)"here", 4);
    g_assert_cmpuint(t->w->ways->len, ==, n + 2);
    asked = g_array_index(t->w->ways, n2_op, n + 1);
    g_assert_cmpint(asked.kind, ==, N2_OP_RESERVE);
    g_assert_cmphex(asked.path, ==, way(THIRD));
}

/* So many are remembered as silent that a former one is forgotten. */
static void
test_bad_ways(world *t, gconstpointer data)
{
    (void)data;
    for (uint64_t i = 0; i <= N2_ROUTES_BAD_MAX; i++)
        tell(t, (n2_event){.kind = N2_EVENT_PATH_LOST,
                           .conn = t->conn,
                           .path = UINT64_C(0xf000000000000000) + (i << 20)});
    assert_moves(t, SECOND); /* asked for once: it is under way */
}

static void
test_set(world *t, gconstpointer data)
{
    n2_notice done;
    GString *many = g_string_new("3/4");

    (void)data;
    done = two_nodes_ask(t->w, N2_JOB_PATH_GET, t->one, NULL, NULL);
    g_assert_cmpstr(n2_table_get(done.table, 0, "others")->text, ==, "5/4 1/2;9/4 1/2");
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "5/4 1/2 or 3/4 1/2", N2_OK);
    assert_moves(t, SECOND);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "3/4 or", N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "3/4 or 3/5", N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "3/4 or  or 3/4", N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "3/4 or 1/4 1/16 1/16 1/16 1/7",
                          N2_ERR_LIMIT);
    for (unsigned i = 1; i < N2_ROUTES_MAX; i++)
        g_string_append(many, " or 3/4");
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, many->str, N2_OK);
    g_string_append(many, " or 3/4");
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, many->str, N2_ERR_USAGE);
    g_string_free(many, TRUE);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "3/4 1/2", N2_OK);
    done = two_nodes_ask(t->w, N2_JOB_PATH_GET, t->one, NULL, NULL);
    g_assert_null(n2_table_get(done.table, 0, "others"));
    n2_notice_clear(&done);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(world *t, gconstpointer data);
    } tests[] = {
        {"link-down", test_link_down},
        {"in-vain", test_in_vain},
        {"lost", test_lost},
        {"no-other", test_no_other},
        {"bad-ways", test_bad_ways},
        {"set", test_set},
        {"own-label", test_own_label},
        {"reserved", test_reserved},
        {"reserved-before", test_reserved_before},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/control/way/", tests[i].name, NULL);
        g_test_add(path, world, NULL, set_up, tests[i].test, tear_down);
    }
    return g_test_run();
}
