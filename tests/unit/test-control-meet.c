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

/* The neighbour introduced somebody else, with whom we speak, too: that one answers there for
 * itself, which says nothing about who was meant; nor does its silence. */
static void
test_attack_05_another_answers(world *t, gconstpointer data)
{
    const n2_err errs[] = {N2_OK, N2_ERR_TIMEOUT};

    (void)data;
    begin(t, "1/4 2/5");
    link_up(t);
    for (guint i = 0; i < G_N_ELEMENTS(errs); i++) {
        const n2_op *op = last(t, N2_OP_MOVE);
        g_assert_nonnull(op);
        tell(t, (n2_event){.kind = N2_EVENT_MOVED,
                           .conn = op->conn + 1,
                           .initiator = true,
                           .tag = MET_PATH,
                           .path = MET_PATH,
                           .err = errs[i],
                           .rtt_us = 1000});
        expect_source(t, "hand");
        g_assert_null(last(t, N2_OP_LINK_CLOSE));
    }
    moved(t, N2_OK);
    expect_source(t, "met");
}

/* The other end of the link has another address: it counts again once the right one has
 * answered from there. */
static void
test_proven_anew(world *t, gconstpointer data)
{
    (void)data;
    begin(t, "1/4 2/5");
    link_up(t);
    moved(t, N2_OK);
    expect_source(t, "met");
    link_up(t);
    expect_source(t, "hand");
    moved(t, N2_ERR_TIMEOUT);
    expect_source(t, "hand");
    g_assert_nonnull(last(t, N2_OP_LINK_CLOSE));
}

/* The old way is lost while the link is tried, so the connection goes yet another way first:
 * then the link is tried once more, and not forgotten. */
static void
test_tried_again(world *t, gconstpointer data)
{
    (void)data;
    tell(t, (n2_event){.kind = N2_EVENT_LINK_UP, .link_id = 5, .port = 1});
    begin(t, "1/4 2/5");
    link_up(t);
    const n2_op *op = last(t, N2_OP_MOVE);
    g_assert_nonnull(op);
    n2_conn conn = op->conn;
    const uint64_t old = UINT64_C(1) << 60 | UINT64_C(2) << 55;
    tell(t, (n2_event){.kind = N2_EVENT_PATH_LOST, .conn = conn, .path = old});
    guint before = count(t, N2_OP_MOVE);
    tell(t, (n2_event){.kind = N2_EVENT_MOVED,
                       .conn = conn,
                       .initiator = true,
                       .tag = old,
                       .path = old,
                       .rtt_us = 1000});
    g_assert_cmpuint(count(t, N2_OP_MOVE), ==, before + 1);
    moved(t, N2_OK);
    expect_source(t, "met");
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

/* The connection goes back to where it went before, if it went by that link. */
static void
link_down(world *t)
{
    guint moves = count(t, N2_OP_MOVE);

    tell(t, (n2_event){.kind = N2_EVENT_LINK_DOWN,
                       .link_id = t->meet.link_id,
                       .port = MET_PORT,
                       .err = N2_ERR_TIMEOUT});
    if (count(t, N2_OP_MOVE) == moves)
        return;
    const n2_op *op = last(t, N2_OP_MOVE);
    g_assert_nonnull(op);
    g_assert_cmphex(op->path, !=, MET_PATH);
    tell(t, (n2_event){.kind = N2_EVENT_MOVED,
                       .conn = op->conn,
                       .initiator = true,
                       .tag = op->tag,
                       .path = op->path,
                       .rtt_us = 1000});
}

/* A quarter of a second goes by, and now and then something is asked for. */
static void
pass(world *t, uint64_t began_us)
{
    t->w->now_us += N2_SECOND_US / 4;
    t->w->wall_us += (gint64)N2_SECOND_US / 4;
    if (n2_control_deadline(t->w->node[0].control) <= t->w->now_us)
        n2_control_expire(t->w->node[0].control, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
    if ((t->w->now_us - began_us) % (10 * N2_SECOND_US) < N2_SECOND_US / 4)
        connect(t);
}

/* How long until an introduction is asked for. */
static uint64_t
until_asked(world *t)
{
    uint64_t began_us = t->w->now_us;
    guint before = count(t, N2_OP_LINK_MEET);

    while (count(t, N2_OP_LINK_MEET) == before) {
        g_assert_cmpuint(t->w->now_us - began_us, <, N2_HOUR_US);
        pass(t, began_us);
    }
    const n2_op *next = last(t, N2_OP_LINK_MEET);
    g_assert_nonnull(next);
    g_assert_cmpuint(next->link_id, !=, t->meet.link_id);
    t->meet = *next;
    return t->w->now_us - began_us;
}

/* None came up: said, and tried again soon, then less and less often. */
static void
test_none(world *t, gconstpointer data)
{
    n2_notice notice;
    gboolean is_said = FALSE;
    uint64_t pause_us = N2_MEET_AGAIN_US;

    (void)data;
    begin(t, "1/4 2/5");
    link_down(t);
    while (two_nodes_notice(t->w, 0, 0, N2_NOTICE_LOG, &notice)) {
        is_said |= strstr(notice.text, "no direct link") != NULL;
        n2_notice_clear(&notice);
    }
    g_assert_true(is_said);
    for (guint i = 0; i < 10; i++) {
        uint64_t took_us = until_asked(t);
        g_assert_cmpuint(took_us, >=, pause_us);
        g_assert_cmpuint(took_us, <=, pause_us + N2_SECOND_US);
        link_down(t);
        pause_us = MIN(2 * pause_us, N2_MEET_AGAIN_MAX_US);
    }
    g_assert_cmpuint(pause_us, ==, N2_MEET_AGAIN_MAX_US);
}

/* A link that was good is asked for again after the shortest pause; one that comes and goes
 * is not, or somebody in between would be asked for ever. */
static void
test_lost(world *t, gconstpointer data)
{
    (void)data;
    tell(t, (n2_event){.kind = N2_EVENT_LINK_UP, .link_id = 5, .port = 1});
    begin(t, "1/4 2/5");
    for (guint i = 0; i < 4; i++) {
        link_up(t);
        moved(t, N2_OK);
        for (uint64_t began_us = t->w->now_us; t->w->now_us < began_us + N2_MINUTE_US;)
            pass(t, began_us);
        link_down(t);
        g_assert_cmpuint(until_asked(t), <=, N2_MEET_AGAIN_US + N2_SECOND_US);
    }
    for (guint i = 0; i < 3; i++) {
        link_up(t);
        moved(t, N2_OK);
        link_down(t);
        g_assert_cmpuint(until_asked(t), >=, N2_MEET_AGAIN_US << (i + 1));
    }
}

/* Nobody speaks with it: it is left in peace, and asked for with the next connection. */
static void
test_not_wanted(world *t, gconstpointer data)
{
    (void)data;
    begin(t, "1/4 2/5");
    link_down(t);
    two_nodes_break(t->w);
    while (two_nodes_step(t->w, t->w->now_us + 100 * N2_SECOND_US))
        ;
    g_assert_cmpuint(count(t, N2_OP_LINK_MEET), ==, 1);
    connect(t);
    g_assert_cmpuint(count(t, N2_OP_LINK_MEET), ==, 2);
}

/* The data plane is another one, without links. */
static void
test_restarted(world *t, gconstpointer data)
{
    (void)data;
    begin(t, "1/4 2/5");
    link_up(t);
    moved(t, N2_OK);
    expect_source(t, "met");
    tell(t, (n2_event){.kind = N2_EVENT_RESTARTED});
    expect_source(t, "hand");
}

#define TEST(path, function) g_test_add(path, world, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/control/meet/used-when-proven", test_used_when_proven);
    TEST("/control/meet/attack-05-somebody-else", test_attack_05_somebody_else);
    TEST("/control/meet/attack-05-another-answers", test_attack_05_another_answers);
    TEST("/control/meet/proven-anew", test_proven_anew);
    TEST("/control/meet/other-moves", test_other_moves);
    TEST("/control/meet/tried-again", test_tried_again);
    TEST("/control/meet/not-asked-for", test_not_asked_for);
    TEST("/control/meet/none", test_none);
    TEST("/control/meet/lost", test_lost);
    TEST("/control/meet/not-wanted", test_not_wanted);
    TEST("/control/meet/restarted", test_restarted);
    return g_test_run();
}
