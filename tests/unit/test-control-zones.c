/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-zones.c - a zone that node 1 keeps and node 0 asks: names granted, refused,
 * taken from a file; a secondary; limits; and requests that nobody may make.
 */
#include "two-nodes.h"

#include "node/control-private.h"

typedef struct {
    two_nodes *w;
    char zone[N2_ID_TEXT_BYTES], other[N2_ID_TEXT_BYTES]; /* node 1, node 0 */
} world;

static n2_notice
ask(world *t, int node, n2_request request)
{
    return two_nodes_do(t->w, node, &request);
}

static void
assert_ends(world *t, int node, n2_request request, n2_err want)
{
    n2_notice done = ask(t, node, request);

    g_assert_cmpint(done.err, ==, want);
    n2_notice_clear(&done);
}

static kept_zone *
kept(world *t, int node)
{
    return n2_zones_find(t->w->node[node].control, &t->w->node[1].id);
}

/* Until all that was granted is in a head. */
static void
settle(world *t)
{
    guint64 until_us = t->w->now_us + 3 * N2_ZONE_HEAD_SPAN_US;

    while (n2_zone_waiting(kept(t, 1)->zone) && two_nodes_step(t->w, until_us))
        ;
    two_nodes_drain(t->w);
    g_assert_cmpuint(n2_zone_waiting(kept(t, 1)->zone), ==, 0);
}

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    memset(t, 0, sizeof *t);
    t->w = two_nodes_new(3);
    two_nodes_meet(t->w);
    two_nodes_drain(t->w);
    n2_id_format(t->zone, N2_ID_IDENTITY, &t->w->node[1].id);
    n2_id_format(t->other, N2_ID_IDENTITY, &t->w->node[0].id);
    assert_ends(t, 1, (n2_request){.kind = N2_JOB_ZONE_NEW, .name = "demo"}, N2_OK);
    assert_ends(t, 0, (n2_request){.kind = N2_JOB_ROOT_ADD, .name = "demo", .address = t->zone},
                N2_OK);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

static guint64
row_of(n2_control *c, const char *name, guint64 *at)
{
    n2_uses uses = {0};

    n2_zones_uses(c, &uses);
    for (gsize i = 0; i < uses.n; i++)
        if (!strcmp(uses.rows[i].name, name)) {
            *at = uses.rows[i].at;
            return uses.rows[i].refused;
        }
    g_assert_not_reached();
}

/* Granted over the wire, answered from the next head on; renewed and given away; who does not
 * have it is told so. */
static void
test_names(world *t, gconstpointer data)
{
    (void)data;
    n2_request reg = {.kind = N2_JOB_NAME_REGISTER, .name = "Anna.demo", .number = 30};
    n2_notice done = ask(t, 0, reg);

    g_assert_cmpint(done.err, ==, N2_OK);
    g_assert_cmpstr(n2_table_get(done.table, 0, "identity")->text, ==, t->other);
    n2_notice_clear(&done);
    g_assert_cmpuint(n2_zone_waiting(kept(t, 1)->zone), ==, 1);
    assert_ends(t, 1, (n2_request){.kind = N2_JOB_NAME_RENEW, .name = "anna.demo"},
                N2_ERR_REFUSED);
    assert_ends(t, 1, reg, N2_ERR_EXISTS);
    settle(t);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL, N2_OK);
    assert_ends(
        t, 0, (n2_request){.kind = N2_JOB_NAME_TRANSFER, .name = "anna.demo", .other = t->zone},
        N2_OK);
    assert_ends(t, 0, (n2_request){.kind = N2_JOB_NAME_REVOKE, .name = "anna.demo"},
                N2_ERR_REFUSED);
    assert_ends(t, 1, (n2_request){.kind = N2_JOB_NAME_REVOKE, .name = "anna.demo"}, N2_OK);
    settle(t);
    assert_ends(t, 0, reg, N2_ERR_EXISTS); /* in grace */
    assert_ends(t, 0, (n2_request){.kind = N2_JOB_NAME_REGISTER, .name = "demo"}, N2_ERR_USAGE);
    assert_ends(t, 0,
                (n2_request){.kind = N2_JOB_NAME_REGISTER, .name = "x.demo", .other = t->zone},
                N2_ERR_USAGE); /* a circle */
    assert_ends(t, 0, (n2_request){.kind = N2_JOB_NAME_REGISTER, .name = "x.else"},
                N2_ERR_NOTFOUND);
    assert_ends(t, 0,
                (n2_request){.kind = N2_JOB_NAME_REGISTER, .name = "x.demo", .number = -1},
                N2_ERR_USAGE);
    assert_ends(t, 1, (n2_request){.kind = N2_JOB_ZONE_NEW, .name = "more"}, N2_ERR_EXISTS);
}

/* A request that somebody took down and hands in again, one for another zone, one that nobody
 * signed, and statements without end. */
static void
test_attack_43_requests(world *t, gconstpointer data)
{
    n2_control *c = t->w->node[1].control;
    g_autofree guint8 *much = g_malloc0(N2_ZONE_ASKER_BYTES_MAX + 1);
    n2_call call = {.opcode = N2_WORD_NAME_ASK, .tag = 1};
    n2_asm answer = n2_talk_values();
    guint64 at;
    (void)data;

    call.arg[0] = (n2_value){.type = 'b', .bytes = (const guint8 *)"n2", .len = 2};
    call.arg[1] = (n2_value){.type = 'b', .bytes = much, .len = N2_ZONE_ASKER_BYTES_MAX + 1};
    g_assert_cmpint(n2_names_asked(c, 9, &call, &answer), ==, N2_ERR_LIMIT);
    call.arg[1].len = 0;
    for (guint i = 0; i < N2_ZONE_ASKS_A_S; i++)
        g_assert_cmpint(n2_names_asked(c, 9, &call, &answer), ==, N2_ERR_TRUNCATED);
    g_assert_cmpint(n2_names_asked(c, 9, &call, &answer), ==, N2_OK); /* busy: a number */
    g_assert_cmpuint(row_of(c, "zone_asks", &at), ==, 1);
    (void)row_of(c, "zones_kept", &at);
    g_assert_cmpuint(at, ==, 1);
    n2_writer_clear(&answer.body);
}

/* Names from a file, all of them or none. */
static void
test_import(world *t, gconstpointer data)
{
    const char *good[] = {"anna\ttext:phone=1 2\tmail=mail.demo", "bert\tcaching=60", NULL};
    const char *bad[] = {"carl", "d.e", NULL}, *circle[] = {"carl", "x", NULL};
    g_autofree char *first = g_strdup_printf("%s\tidentity=%s", good[0], t->other);
    g_autofree char *second = g_strdup_printf("%s\tzone=%s", good[1], t->other);
    g_autofree char *self = g_strdup_printf("x\tzone=%s", t->zone);
    n2_request import = {.kind = N2_JOB_ZONE_IMPORT, .address = t->zone, .list = good};
    (void)data;

    good[0] = first;
    good[1] = second;
    circle[0] = first;
    circle[1] = self;
    assert_ends(t, 1, import, N2_OK);
    assert_ends(t, 0, import, N2_ERR_NOTFOUND);
    import.list = bad;
    assert_ends(t, 1, import, N2_ERR_USAGE);
    import.list = circle;
    assert_ends(t, 1, import, N2_ERR_USAGE);
    settle(t);
    n2_notice done = ask(t, 1, (n2_request){.kind = N2_JOB_ZONE_SHOW, .address = t->zone});
    g_assert_cmpint(n2_table_get(done.table, 0, "count")->integer, ==, 2);
    g_assert_cmpuint(n2_table_get(done.table, 0, "names")->table->n_rows, ==, 2);
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL, N2_OK);
}

/* What follows answers the same bytes, has them after the next state, too, and takes nothing
 * that the zone did not sign. */
static void
test_follow(world *t, gconstpointer data)
{
    n2_request follow = {.kind = N2_JOB_ZONE_FOLLOW, .address = t->zone};
    n2_slice one, two;
    (void)data;

    assert_ends(t, 0, (n2_request){.kind = N2_JOB_NAME_REGISTER, .name = "anna.demo"}, N2_OK);
    settle(t);
    assert_ends(t, 1, follow, N2_ERR_EXISTS);
    assert_ends(t, 0, follow, N2_OK);
    for (guint i = 0; i < 2; i++) {
        static const char *const labels[] = {"anna", "nobody"};

        for (gsize k = 0; k < 2; k++) {
            g_assert_cmpint(
                n2_zones_own(t->w->node[0].control, &t->w->node[1].id, labels[k], &one), ==,
                N2_OK);
            g_assert_cmpint(
                n2_zones_own(t->w->node[1].control, &t->w->node[1].id, labels[k], &two), ==,
                N2_OK);
            g_assert_cmpmem(one.bytes, one.len, two.bytes, two.len);
        }
        assert_ends(t, 0, (n2_request){.kind = N2_JOB_NAME_REGISTER, .name = "bert.demo"},
                    N2_OK);
        settle(t);
        guint64 until_us = t->w->now_us + N2_ZONE_FOLLOW_US + N2_SECOND_US;
        while (t->w->now_us < until_us && two_nodes_step(t->w, until_us))
            ;
    }
    g_assert_cmpuint(n2_zone_head_of(kept(t, 0)->zone)->count, ==, 2);

    /* Pieces that lie: too long, of another length, of no zone. */
    const guint64 serial = n2_zone_head_of(kept(t, 0)->zone)->serial;
    n2_value lie[4] = {{.type = 'u', .u = serial + 1},
                       {.type = 'u', .u = (guint64)N2_ZONE_COPY_BYTES_MAX + 1},
                       {.type = 'b', .bytes = (const guint8 *)"\1\0\1x", .len = 4},
                       {.type = 'b', .bytes = (const guint8 *)"", .len = 0}};
    for (guint i = 0; i < 3; i++) {
        lie[1].u = i == 0 ? (guint64)N2_ZONE_COPY_BYTES_MAX + 1 : i == 1 ? 3 : 4;
        n2_zone_follow_answered(t->w->node[0].control, &t->w->node[1].id, N2_OK, lie, 4);
        g_assert_cmpuint(n2_zone_head_of(kept(t, 0)->zone)->serial, ==, serial);
        g_assert_null(kept(t, 0)->coming);
    }
}

static bool
count_cb(void *user, const n2_store_zone_name *name)
{
    (void)name;
    ++*(guint *)user;
    return true;
}

/* What is followed no longer is neither served nor on disk, and can be followed again; who
 * waited for its first copy is told. */
static void
test_unfollow(world *t, gconstpointer data)
{
    n2_request follow = {.kind = N2_JOB_ZONE_FOLLOW, .address = t->zone};
    n2_request end = {.kind = N2_JOB_ZONE_UNFOLLOW, .address = t->zone};
    n2_store *store = t->w->node[0].store.store;
    n2_store_zone rules[2];
    gsize n_zones;
    (void)data;

    assert_ends(t, 0, end, N2_ERR_NOTFOUND);
    assert_ends(t, 1, end, N2_ERR_NOTFOUND); /* its own */
    g_assert_nonnull(kept(t, 1));
    assert_ends(t, 0, (n2_request){.kind = N2_JOB_NAME_REGISTER, .name = "anna.demo"}, N2_OK);
    settle(t);
    for (guint i = 0; i < 2; i++) {
        guint n = 0;

        assert_ends(t, 0, follow, N2_OK);
        g_assert_cmpuint(n2_zone_head_of(kept(t, 0)->zone)->count, ==, 1);
        assert_ends(t, 0, end, N2_OK);
        g_assert_null(kept(t, 0));
        g_assert_cmpint(n2_store_zones(store, rules, 2, &n_zones), ==, N2_OK);
        g_assert_cmpuint(n_zones, ==, 0);
        g_assert_cmpint(n2_store_zone_names(store, &t->w->node[1].id, count_cb, &n), ==, N2_OK);
        g_assert_cmpuint(n, ==, 0);
    }
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL, N2_OK);

    t->w->is_silent = TRUE;
    n2_job waits = two_nodes_start(t->w, 0, &follow);
    two_nodes_drain(t->w);
    assert_ends(t, 0, end, N2_OK);
    n2_notice done = two_nodes_finish(t->w, 0, waits, NULL, NULL);
    g_assert_cmpint(done.err, ==, N2_ERR_CANCELLED);
    n2_notice_clear(&done);
}

/* One node may keep so many. */
static void
test_kept(world *t, gconstpointer data)
{
    n2_control *c = t->w->node[0].control;
    n2_store_zone rules = {.flags = N2_STORE_ZONE_FOLLOWS, .who = {.method = N2_METHOD_SHA256}};
    kept_zone *k;
    (void)data;

    for (guint i = 0; i < N2_ZONES_KEPT_MAX; i++) {
        rules.who.hash[0] = (guint8)(i + 1);
        g_assert_cmpint(n2_zones_keep(c, &rules, &k), ==, N2_OK);
    }
    rules.who.hash[1] = 1;
    g_assert_cmpint(n2_zones_keep(c, &rules, &k), ==, N2_ERR_LIMIT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add(path, world, NULL, set_up, test, tear_down)
    ADD("/control-zones/names", test_names);
    ADD("/control-zones/attack-43-requests", test_attack_43_requests);
    ADD("/control-zones/import", test_import);
    ADD("/control-zones/follow", test_follow);
    ADD("/control-zones/unfollow", test_unfollow);
    ADD("/control-zones/kept", test_kept);
    return g_test_run();
}
