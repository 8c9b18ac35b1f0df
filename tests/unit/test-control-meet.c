/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-meet.c - direct links to who is reached through a neighbour: asked for, used
 *                       once the right one has answered there, and no longer than they live.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "two-nodes.h"

enum {
    MET_PORT = 3
};
#define MET_PATH ((uint64_t)MET_PORT << 60)

typedef struct {
    two_nodes *w;
    char one[N2_ID_TEXT_BYTES]; /* the identity of node 1 */
    n2_op meet;
} world;

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    *t = (world){.w = two_nodes_new(1)};
    n2_id_format(t->one, N2_ID_IDENTITY, &t->w->node[1].id);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

static const n2_op *
last(const world *t, n2_op_kind kind)
{
    for (guint i = t->w->ways->len; i; i--) {
        const n2_op *op = &g_array_index(t->w->ways, n2_op, i - 1);
        if (op->kind == kind)
            return op;
    }
    return NULL;
}

static guint
count(const world *t, n2_op_kind kind)
{
    guint n = 0;

    for (guint i = 0; i < t->w->ways->len; i++)
        n += g_array_index(t->w->ways, n2_op, i).kind == kind;
    return n;
}

static void
tell(world *t, n2_event event)
{
    n2_control_input_event(t->w->node[0].control, &event, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
}

static void
expect_source(world *t, const char *source)
{
    n2_notice done = two_nodes_ask(t->w, N2_JOB_PATH_GET, t->one, NULL, NULL);

    g_assert_cmpint(done.err, ==, N2_OK);
    g_assert_cmpstr(n2_table_get(done.table, 0, "source")->text, ==, source);
    n2_notice_clear(&done);
}

/* Asks for a page that is not there: a connection is made for it. */
static void
connect(world *t)
{
    g_autofree char *address = two_nodes_address(t->w, 1, "nothing");

    two_nodes_assert_done(t->w, N2_JOB_OPEN, address, NULL, NULL, N2_ERR_NOTFOUND);
}

/* Connected by @hops; the introduction that was asked for, if one was. */
static void
begin(world *t, const char *hops)
{
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, hops, N2_OK);
    connect(t);
    const n2_op *op = last(t, N2_OP_LINK_MEET);
    if (op)
        t->meet = *op;
}

static void
link_up(world *t)
{
    tell(t, (n2_event){.kind = N2_EVENT_LINK_UP, .link_id = t->meet.link_id, .port = MET_PORT});
}

static void
moved(world *t, n2_err err)
{
    const n2_op *op = last(t, N2_OP_MOVE);

    g_assert_nonnull(op);
    g_assert_cmphex(op->path, ==, MET_PATH);
    tell(t, (n2_event){.kind = N2_EVENT_MOVED,
                       .conn = op->conn,
                       .initiator = true,
                       .tag = op->tag,
                       .path = op->path,
                       .err = err,
                       .rtt_us = 1000});
}

static void
test_used_when_proven(world *t, gconstpointer data)
{
    (void)data;
    begin(t, "1/4 2/5");
    g_assert_cmpuint(t->meet.port, ==, 1);
    g_assert_cmpuint(t->meet.remote_port, ==, 2);
    g_assert_cmpuint(t->meet.link_id, !=, 0);
    link_up(t);
    expect_source(t, "hand"); /* whoever is there has not said a word yet */
    moved(t, N2_OK);
    expect_source(t, "met");
    tell(t, (n2_event){.kind = N2_EVENT_LINK_DOWN,
                       .link_id = t->meet.link_id,
                       .port = MET_PORT,
                       .err = N2_ERR_TIMEOUT});
    expect_source(t, "hand");
    g_assert_cmpuint(count(t, N2_OP_LINK_MEET), ==, 1);
}

/* The neighbour introduced somebody else: who does not answer the check is not who was meant.
 */
static void
test_attack_05_somebody_else(world *t, gconstpointer data)
{
    (void)data;
    begin(t, "1/4 2/5");
    link_up(t);
    moved(t, N2_ERR_TIMEOUT);
    expect_source(t, "hand");
    const n2_op *op = last(t, N2_OP_LINK_CLOSE);
    g_assert_nonnull(op);
    g_assert_cmpuint(op->port, ==, MET_PORT);
    two_nodes_break(t->w); /* the next connection does not try again at once */
    connect(t);
    g_assert_cmpuint(count(t, N2_OP_LINK_MEET), ==, 1);
}

/* A move of another's wish says nothing about the link. */
static void
test_other_moves(world *t, gconstpointer data)
{
    (void)data;
    begin(t, "1/4 2/5");
    link_up(t);
    const n2_op *op = last(t, N2_OP_MOVE);
    g_assert_nonnull(op);
    tell(t, (n2_event){.kind = N2_EVENT_MOVED, .conn = op->conn, .path = MET_PATH});
    expect_source(t, "hand");
}

static void
test_not_asked_for(world *t, gconstpointer data)
{
    static const char *const hops[] = {"1/4", "1/4 2/5 3/4"};

    (void)data;
    for (guint i = 0; i < G_N_ELEMENTS(hops); i++) {
        begin(t, hops[i]); /* a neighbour, and somebody too far away */
        two_nodes_break(t->w);
    }
    g_assert_cmpuint(count(t, N2_OP_LINK_MEET), ==, 0);
}

/* None came up: said, and tried again after ten minutes. */
static void
test_none(world *t, gconstpointer data)
{
    n2_notice notice;
    gboolean is_said = FALSE;

    (void)data;
    begin(t, "1/4 2/5");
    tell(t, (n2_event){
                .kind = N2_EVENT_LINK_DOWN, .link_id = t->meet.link_id, .err = N2_ERR_TIMEOUT});
    while (two_nodes_notice(t->w, 0, 0, N2_NOTICE_LOG, &notice)) {
        is_said |= strstr(notice.text, "no direct link") != NULL;
        n2_notice_clear(&notice);
    }
    g_assert_true(is_said);
    two_nodes_break(t->w);
    t->w->now_us += N2_MEET_AGAIN_US;
    t->w->wall_us += (gint64)N2_MEET_AGAIN_US;
    connect(t);
    g_assert_cmpuint(count(t, N2_OP_LINK_MEET), ==, 2);
    const n2_op *next = last(t, N2_OP_LINK_MEET);
    g_assert_nonnull(next);
    g_assert_cmpuint(next->link_id, !=, t->meet.link_id);
}

#define TEST(path, function) g_test_add(path, world, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/control/meet/used-when-proven", test_used_when_proven);
    TEST("/control/meet/attack-05-somebody-else", test_attack_05_somebody_else);
    TEST("/control/meet/other-moves", test_other_moves);
    TEST("/control/meet/not-asked-for", test_not_asked_for);
    TEST("/control/meet/none", test_none);
    return g_test_run();
}
