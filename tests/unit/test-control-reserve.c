/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-reserve.c - bandwidth on the way to somebody, as the control plane keeps it.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "switch/reserve-reason.h"
#include "two-nodes.h"

typedef struct {
    two_nodes *w;
    char one[N2_ID_TEXT_BYTES]; /* the identity of node 1 */
} world;

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    t->w = two_nodes_new(1);
    n2_id_format(t->one, N2_ID_IDENTITY, &t->w->node[1].id);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "1/4 2/4", N2_OK);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

static guint
count(const world *t, n2_op_kind kind)
{
    guint n = 0;

    for (guint i = 0; i < t->w->ways->len; i++)
        n += g_array_index(t->w->ways, n2_op, i).kind == kind;
    return n;
}

/* There is one. */
static n2_op
last(world *t, n2_op_kind kind)
{
    n2_op found = {0};

    two_nodes_drain(t->w);
    g_assert_cmpuint(count(t, kind), >, 0);
    for (guint i = 0; i < t->w->ways->len; i++) {
        const n2_op *op = &g_array_index(t->w->ways, n2_op, i);
        if (op->kind == kind)
            found = *op;
    }
    return found;
}

static void
tell(world *t, n2_event event)
{
    n2_control_input_event(t->w->node[0].control, &event, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
}

static n2_job
begin(world *t, const char *who, const char *rate, const char *class)
{
    n2_request r = {.kind = N2_JOB_RESERVE, .address = who, .value = rate, .type = class};

    return two_nodes_start(t->w, 0, &r);
}

static n2_notice
end(world *t, n2_job job)
{
    return two_nodes_finish(t->w, 0, job, NULL, NULL);
}

static void
expect_text(const n2_notice *n, const char *key, const char *want)
{
    const n2_cell *cell = n2_table_get(n->table, 0, key);

    g_assert_nonnull(cell);
    g_assert_cmpstr(cell->text, ==, want);
}

static void
expect_int(const n2_notice *n, const char *key, gint64 want)
{
    const n2_cell *cell = n2_table_get(n->table, 0, key);

    g_assert_nonnull(cell);
    g_assert_cmpint(cell->integer, ==, want);
}

static gsize
listed(world *t)
{
    n2_notice done = two_nodes_ask(t->w, N2_JOB_RESERVE_LIST, NULL, NULL, NULL);
    gsize n = done.table->n_rows;

    g_assert_cmpint(done.err, ==, N2_OK);
    n2_notice_clear(&done);
    return n;
}

static n2_event
kept(const n2_op *op)
{
    return (n2_event){.kind = N2_EVENT_RESERVED,
                      .tag = op->tag,
                      .size = op->size,
                      .address = 2 * op->size,
                      .width = 3,
                      .port = 1,
                      .path = op->path};
}

static void
test_kept(world *t, gconstpointer data)
{
    (void)data;
    n2_job job = begin(t, t->one, "4000000", NULL);
    n2_op op = last(t, N2_OP_RESERVE);

    g_assert_cmpuint(op.size, ==, 500000);
    g_assert_cmpuint(op.bits, ==, 1);
    g_assert_cmpuint(op.path, !=, 0);
    tell(t, kept(&op));
    n2_notice done = end(t, job);
    g_assert_cmpint(done.err, ==, N2_OK);
    expect_text(&done, "state", "kept");
    expect_text(&done, "identity", t->one);
    expect_text(&done, "class", "high");
    expect_int(&done, "rate_bps", 4000000);
    expect_int(&done, "switches", 3);
    expect_int(&done, "unsure", 1);
    n2_notice_clear(&done);
    g_assert_cmpuint(listed(t), ==, 1);

    /* Again: the same one, with another rate. */
    guint64 tag = op.tag;
    job = begin(t, t->one, "800000", "high");
    op = last(t, N2_OP_RESERVE);
    g_assert_cmpuint(op.tag, ==, tag);
    tell(t, kept(&op));
    done = end(t, job);
    expect_int(&done, "rate_bps", 800000);
    n2_notice_clear(&done);
    g_assert_cmpuint(listed(t), ==, 1);

    g_autofree char *number = g_strdup_printf("%u", (guint)tag);
    g_autofree char *wrapped = g_strdup_printf("%" G_GUINT64_FORMAT, tag + (UINT64_C(1) << 32));
    two_nodes_assert_done(t->w, N2_JOB_RESERVE_RELEASE, NULL, NULL, wrapped, N2_ERR_NOTFOUND);
    g_assert_cmpuint(listed(t), ==, 1);
    two_nodes_assert_done(t->w, N2_JOB_RESERVE_RELEASE, NULL, NULL, number, N2_OK);
    g_assert_cmpuint(last(t, N2_OP_RELEASE).tag, ==, tag);
    g_assert_cmpuint(listed(t), ==, 0);
    two_nodes_assert_done(t->w, N2_JOB_RESERVE_RELEASE, NULL, NULL, number, N2_ERR_NOTFOUND);
}

/* A refusal is an answer, with all that the asker can use, and leaves nothing. */
static void
test_refused(world *t, gconstpointer data)
{
    (void)data;
    n2_job job = begin(t, t->one, "4000000", NULL);
    n2_op op = last(t, N2_OP_RESERVE);
    n2_event no = {.kind = N2_EVENT_RESERVED,
                   .err = N2_ERR_REFUSED,
                   .tag = op.tag,
                   .address = 100000,
                   .width = 5,
                   .key_id = N2_RESERVE_REASON_SHARE};

    tell(t, no);
    n2_notice done = end(t, job);
    g_assert_cmpint(done.err, ==, N2_OK);
    expect_text(&done, "state", "refused");
    expect_text(&done, "reason", "share");
    expect_int(&done, "hop", 5);
    expect_int(&done, "offer_bps", 800000);
    expect_int(&done, "rate_bps", 4000000);
    n2_notice_clear(&done);
    g_assert_cmpuint(listed(t), ==, 0);
}

/* More is refused: what there is stays. */
static void
test_more_refused(world *t, gconstpointer data)
{
    (void)data;
    n2_job job = begin(t, t->one, "4000000", NULL);
    n2_op op = last(t, N2_OP_RESERVE);
    n2_notice done;

    tell(t, kept(&op));
    done = end(t, job);
    n2_notice_clear(&done);
    job = begin(t, t->one, "8000000", NULL);
    tell(t, (n2_event){.kind = N2_EVENT_RESERVED,
                       .err = N2_ERR_REFUSED,
                       .tag = op.tag,
                       .size = op.size,
                       .width = 2,
                       .key_id = N2_RESERVE_REASON_RATE});
    done = end(t, job);
    expect_text(&done, "state", "refused");
    n2_notice_clear(&done);
    done = two_nodes_ask(t->w, N2_JOB_RESERVE_LIST, NULL, NULL, NULL);
    expect_text(&done, "state", "kept");
    expect_int(&done, "rate_bps", 4000000);
    n2_notice_clear(&done);
    /* And that is what is asked for when the data plane begins anew. */
    tell(t, (n2_event){.kind = N2_EVENT_RESTARTED});
    g_assert_cmpuint(last(t, N2_OP_RESERVE).size, ==, 500000);
}

/* Another class is another flow, for which what there is would have to be given back first:
 * that is for the user to say. */
static void
test_other_class(world *t, gconstpointer data)
{
    (void)data;
    n2_job job = begin(t, t->one, "4000000", NULL);
    n2_op op = last(t, N2_OP_RESERVE);
    tell(t, kept(&op));
    n2_notice done = end(t, job);
    n2_notice_clear(&done);
    guint n = count(t, N2_OP_RESERVE);
    job = begin(t, t->one, "800000", "urgent");
    done = end(t, job);
    g_assert_cmpint(done.err, ==, N2_ERR_EXISTS);
    n2_notice_clear(&done);
    g_assert_cmpuint(count(t, N2_OP_RESERVE), ==, n);
    g_autofree char *number = g_strdup_printf("%u", (guint)op.tag);
    two_nodes_assert_done(t->w, N2_JOB_RESERVE_RELEASE, NULL, NULL, number, N2_OK);
    job = begin(t, t->one, "800000", "urgent");
    op = last(t, N2_OP_RESERVE);
    g_assert_cmpuint(op.bits, ==, 0);
    tell(t, kept(&op));
    done = end(t, job);
    expect_text(&done, "class", "urgent");
    n2_notice_clear(&done);
}

/* What was kept and is lost stays in the list, and says so. */
static void
test_lost(world *t, gconstpointer data)
{
    (void)data;
    n2_job job = begin(t, t->one, "4000000", NULL);
    n2_op op = last(t, N2_OP_RESERVE);
    n2_notice done;

    tell(t, kept(&op));
    done = end(t, job);
    n2_notice_clear(&done);
    tell(t, (n2_event){.kind = N2_EVENT_RESERVED, .err = N2_ERR_TIMEOUT, .tag = op.tag});
    done = two_nodes_ask(t->w, N2_JOB_RESERVE_LIST, NULL, NULL, NULL);
    expect_text(&done, "state", "lost");
    n2_notice_clear(&done);
    g_assert_true(two_nodes_notice(t->w, 0, 0, N2_NOTICE_CHANGED, &done));
    n2_notice_clear(&done);

    /* The data plane begins anew: so does it. */
    t->w->ways->len = 0;
    tell(t, (n2_event){.kind = N2_EVENT_RESTARTED});
    g_assert_cmpuint(last(t, N2_OP_RESERVE).size, ==, 500000);
    tell(t, kept(&op));
    done = two_nodes_ask(t->w, N2_JOB_RESERVE_LIST, NULL, NULL, NULL);
    expect_text(&done, "state", "kept");
    n2_notice_clear(&done);
}

static void
test_silent(world *t, gconstpointer data)
{
    (void)data;
    n2_job job = begin(t, t->one, "4000000", NULL);
    n2_op op = last(t, N2_OP_RESERVE);

    tell(t, (n2_event){.kind = N2_EVENT_RESERVED, .err = N2_ERR_TIMEOUT, .tag = op.tag});
    n2_notice done = end(t, job);
    g_assert_cmpint(done.err, ==, N2_ERR_TIMEOUT);
    n2_notice_clear(&done);
    g_assert_cmpuint(listed(t), ==, 0);
    /* An answer to what nobody waits for is nothing. */
    tell(t, (n2_event){.kind = N2_EVENT_RESERVED, .tag = 77, .size = 1});
    g_assert_cmpuint(listed(t), ==, 0);
}

static void
test_wrong(world *t, gconstpointer data)
{
    static const char *const rates[] = {"", "0", "4M", "-4", "99999999999999999999", "1 "};
    char self[N2_ID_TEXT_BYTES];
    n2_job job;
    n2_notice done;

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(rates); i++) {
        done = two_nodes_ask(t->w, N2_JOB_RESERVE, t->one, NULL, rates[i]);
        g_assert_cmpint(done.err, ==, N2_ERR_USAGE);
        n2_notice_clear(&done);
    }
    job = begin(t, t->one, "1000", "low");
    done = end(t, job);
    g_assert_cmpint(done.err, ==, N2_ERR_USAGE);
    n2_notice_clear(&done);
    n2_id_format(self, N2_ID_IDENTITY, &t->w->node[0].id);
    two_nodes_assert_done(t->w, N2_JOB_RESERVE, self, NULL, "1000", N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_RESERVE, "nobody", NULL, "1000", N2_ERR_NOTFOUND);
    g_assert_cmpuint(count(t, N2_OP_RESERVE), ==, 0);
    g_assert_cmpuint(listed(t), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test)                                                                        \
    g_test_add("/control-reserve/" name, world, NULL, set_up, test, tear_down)
    ADD("kept-changed-given-back", test_kept);
    ADD("refused", test_refused);
    ADD("more-refused", test_more_refused);
    ADD("other-class", test_other_class);
    ADD("lost-and-restarted", test_lost);
    ADD("silent", test_silent);
    ADD("wrong-words", test_wrong);
#undef ADD
    return g_test_run();
}
