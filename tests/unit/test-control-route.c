/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-route.c - ways that a domain's server composes, in a node that serves it itself:
 *                        where an open connection goes when links fail or a hop is avoided.
 */
#include "topology-fixture.h"
#include "two-nodes.h"

#include "node/control-private.h"
#include "vm/words.h"

enum {
    PORT = 9 /* of switch 3, at which node 1 hangs */
};

/* Node 0 is the landmark 1; 2 and 4 hang at it, 3 at both of them, over 4 it is longer. */
typedef struct {
    two_nodes *w;
    n2_control *c;
    grid grid;
    n2_id bob;
    n2_conn conn;
} world;

static guint64
labels(guint n, ...)
{
    n2_route r = {0};
    va_list list;

    va_start(list, n);
    for (guint i = 0; i < n; i++)
        g_assert_cmpint(n2_route_add(&r, WIDTH, va_arg(list, guint)), ==, N2_OK);
    va_end(list);
    return r.word;
}

static guint64
over_2(void)
{
    return labels(3, 1, 2, PORT);
}

static guint64
over_4(void)
{
    return labels(3, 2, 2, PORT);
}

static void
tell(world *t, n2_event event)
{
    n2_control_input_event(t->c, &event, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
}

/* What is due at once. */
static void
go_on(world *t, guint64 us)
{
    guint64 end_us = t->w->now_us + us;

    while (t->w->now_us < end_us && two_nodes_step(t->w, end_us))
        continue;
}

static void
keep_place(world *t, guint8 seed, const n2_id *who, guint64 path, guint n, n2_attachment *at)
{
    struct routes *r = t->c->routes;
    n2_key key = {.method = N2_KEY_ED25519, .bytes = {seed}};
    n2_route up = {.bits = (guint8)(WIDTH * n)};

    g_assert_cmpint(
        n2_domain_server_attach(r->server, who, &key, path, &up, false, t->w->wall_us, at), ==,
        N2_OK);
}

static void
set_up(world *t, gconstpointer data)
{
    static const guint8 page[] = "here";
    const guint8 secret[N2_PLACES_SECRET_BYTES] = {5};
    GByteArray *archive = g_byte_array_new();
    n2_attachment at;

    (void)data;
    t->w = two_nodes_new(1);
    t->c = t->w->node[0].control;
    t->bob = t->w->node[1].id;
    archive_add(archive, 2, "page", page, 4);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(t->w, 1, archive, NULL);
    g_assert_cmpint(done.err, ==, N2_OK);
    n2_notice_clear(&done);
    g_byte_array_unref(archive);
    for (guint16 port = 1; port <= 2; port++)
        tell(t, (n2_event){.kind = N2_EVENT_LINK_UP, .port = port, .link_id = port});

    struct routes *r = t->c->routes;

    grid_init(&t->grid, 4, WIDTH);
    n2_topology_free(t->grid.t);
    t->grid.domain = switch_id(1);
    r->is_server = true;
    r->hangs[0] = (route_hang){.domain = t->grid.domain, .len = 1, .again_us = UINT64_MAX};
    r->report_at_us = r->said_again_us = UINT64_MAX; /* links are reported here by the grid */
    g_assert_cmpint(n2_domain_server_new(&r->server, &t->grid.domain, WIDTH, secret), ==,
                    N2_OK);
    t->grid.t = n2_domain_server_topology(r->server);
    for (guint i = 2; i <= 4; i++) {
        n2_id who = switch_id(i);
        g_assert_cmpint(n2_topology_admit(t->grid.t, &who, WIDTH), ==, N2_OK);
    }
    grid_join(&t->grid, 1, 2, 125000000, 1000);
    grid_join(&t->grid, 1, 4, 125000000, 1000);
    grid_join(&t->grid, 2, 3, 125000000, 1000);
    grid_join(&t->grid, 4, 3, 125000000, 9000);
    grid_report_all(&t->grid);
    keep_place(t, 1, &t->grid.domain, 0, 0, &r->hangs[0].at);
    r->hangs[0].at.until_us = INT64_MAX;
    keep_place(t, 2, &t->bob, over_2(), 3, &at);
    n2_routes_keep_place(t->c, &t->bob, &at, "?", 1, true);
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

/* The connection was told to go by @path, and nowhere else, since this was asked last. */
static void
assert_moves(world *t, guint64 path)
{
    go_on(t, 3 * G_USEC_PER_SEC);
    g_assert_cmpuint(t->w->moves->len, ==, path != 0);
    if (path)
        g_assert_cmphex(g_array_index(t->w->moves, uint64_t, 0), ==, path);
    g_array_set_size(t->w->moves, 0);
    if (path)
        tell(t, (n2_event){.kind = N2_EVENT_MOVED,
                           .conn = t->conn,
                           .initiator = true,
                           .tag = path,
                           .path = path});
}

static void
avoid(world *t, const char *hop, gboolean is_avoided)
{
    const n2_request request = {.kind = N2_JOB_AVOID_SET, .address = hop, .flags = is_avoided};
    n2_notice done = two_nodes_do(t->w, 0, &request);

    g_assert_cmpint(done.err, ==, N2_OK);
    n2_notice_clear(&done);
}

/* A link in the middle is gone: whoever asks is told another way, and what is open goes on. */
static void
test_link_gone(world *t, gconstpointer data)
{
    (void)data;
    t->grid.cables[2].is_cut = TRUE;
    g_assert_cmpint(grid_report(&t->grid, 2), ==, N2_OK);
    assert_moves(t, 0); /* nobody has said so here */
    n2_routes_lost(t->c, &t->bob);
    assert_moves(t, over_4());
    /* It is back, and is quicker. */
    t->grid.cables[2].is_cut = FALSE;
    g_assert_cmpint(grid_report(&t->grid, 2), ==, N2_OK);
    n2_routes_anew(t->c);
    assert_moves(t, over_2());
    g_assert_cmpuint(t->w->conns->len, ==, 1);
}

/* What the user avoids is left at once by what is open; by nothing if nothing else is there. */
static void
test_avoid(world *t, gconstpointer data)
{
    (void)data;
    avoid(t, "#4", TRUE);
    assert_moves(t, 0);
    avoid(t, "#4", FALSE);
    avoid(t, "#2", TRUE);
    assert_moves(t, over_4());
    avoid(t, "#4", TRUE);
    assert_moves(t, 0);
    g_assert_cmpuint(t->w->conns->len, ==, 0); /* it was by way of 4 */
    avoid(t, "#2", FALSE);
    two_nodes_assert_page(t->w, 0, 1, "page", (const guint8 *)"here", 4);
}

/* A way by hand is not the domain's, so it stays whatever the server says. */
static void
test_by_hand(world *t, gconstpointer data)
{
    char bob[N2_ID_TEXT_BYTES];

    (void)data;
    n2_id_format(bob, N2_ID_IDENTITY, &t->bob);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, bob, NULL, "1/4 7/4", N2_OK);
    assert_moves(t, labels(2, 1, 7));
    avoid(t, "#2", TRUE);
    avoid(t, "#4", TRUE);
    assert_moves(t, 0);
    g_assert_cmpuint(t->w->conns->len, ==, 1);
}

static n2_topology_counts
counts(const world *t)
{
    n2_topology_counts c;

    n2_topology_counts_get(t->grid.t, &c);
    return c;
}

static void
lose(world *t, guint64 path)
{
    tell(t, (n2_event){.kind = N2_EVENT_PATH_LOST, .conn = t->conn, .path = path});
}

/* The way goes silent although all report their links: its switches are asked, the server asks
 * the ends of the link that fails, and tells another way from then on, until that link answers.
 */
static void
test_silent(world *t, gconstpointer data)
{
    (void)data;
    t->w->dead_hop = 2; /* what lies behind two labels: 3, from either side */
    lose(t, over_2());
    assert_moves(t, over_4());
    go_on(t, 10 * G_USEC_PER_SEC);
    g_assert_cmpuint(counts(t).n_complaints, ==, 1);
    g_assert_cmpuint(counts(t).n_doubtful, ==, 1);
    g_assert_cmpuint(counts(t).n_up, ==, 4); /* and nothing is cut */
    const route_target *target = &t->c->routes->targets[0];
    g_assert_true(n2_id_equal(&target->who, &t->bob));
    g_assert_cmpuint(target->n, ==, 2);
    g_assert_cmphex(target->ways[0].route.word, ==, over_4());
    g_assert_true(target->ways[1].is_doubtful);
    /* It answers again: nobody has to say so. */
    t->w->dead_hop = 0;
    go_on(t, N2_LINK_DOUBT_US + 2 * G_USEC_PER_SEC);
    g_assert_cmpuint(counts(t).n_doubtful, ==, 0);
    n2_routes_anew(t->c);
    assert_moves(t, over_2());
}

/* All switches answer: it is not the domain's fault, and nobody complains. */
static void
test_not_ours(world *t, gconstpointer data)
{
    (void)data;
    lose(t, over_2());
    assert_moves(t, over_4());
    go_on(t, 10 * G_USEC_PER_SEC);
    g_assert_cmpuint(counts(t).n_complaints, ==, 0);
    for (gsize i = 0; i < ROUTE_LOOKS; i++)
        g_assert_cmpuint(t->c->routes->looks[i].id, ==, 0);
    /* Nobody answers: perhaps it is our own line. */
    t->w->dead_hop = 1;
    lose(t, over_4());
    go_on(t, 20 * G_USEC_PER_SEC);
    g_assert_cmpuint(counts(t).n_doubtful, <=, 1);
    g_assert_cmpuint(counts(t).n_up, ==, 4);
}

/* Attack 43: bob says of links that work that they do not: each is asked, and stays as it was.
 */
static void
test_liar(world *t, gconstpointer data)
{
    const route_place *bob = n2_routes_place(t->c, &t->bob);
    n2_complaint lie = {.answers = 2, .silent = 3};
    guint8 buf[N2_COMPLAINT_BYTES];
    n2_call call = {.opcode = N2_WORD_COMPLAIN,
                    .arg = {{.type = 'b', .bytes = buf, .len = sizeof buf}}};
    guint64 version = n2_topology_version(t->grid.t);

    (void)data;
    memcpy(lie.own, bob->at.place, sizeof lie.own);
    n2_complaint_write(buf, &lie);
    g_assert_cmpint(n2_routes_asked_complaint(t->c, over_4(), &call), ==, N2_OK);
    g_assert_cmpint(n2_routes_asked_complaint(t->c, labels(1, 5), &call), ==, N2_ERR_REFUSED);
    call.arg[0].len--;
    g_assert_cmpint(n2_routes_asked_complaint(t->c, over_4(), &call), ==, N2_ERR_TRUNCATED);
    call.arg[0].len++;
    go_on(t, 10 * G_USEC_PER_SEC);
    g_assert_cmpuint(counts(t).n_complaints, ==, 1);
    for (guint i = 0; i < 50; i++)
        (void)!n2_routes_asked_complaint(t->c, over_2(), &call);
    go_on(t, 10 * G_USEC_PER_SEC);
    g_assert_cmpuint(counts(t).n_complaints, <=, 1 + N2_COMPLAINTS_BURST);
    g_assert_cmpuint(counts(t).n_doubted, ==, 0);
    g_assert_cmpuint(n2_topology_version(t->grid.t), ==, version);
    n2_routes_anew(t->c);
    assert_moves(t, 0);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(world *t, gconstpointer data);
    } tests[] = {
        {"link-gone", test_link_gone}, {"avoid", test_avoid},
        {"by-hand", test_by_hand},     {"silent", test_silent},
        {"not-ours", test_not_ours},   {"attack-43-liar", test_liar},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/control/route/", tests[i].name, NULL);
        g_test_add(path, world, NULL, set_up, tests[i].test, tear_down);
    }
    return g_test_run();
}
