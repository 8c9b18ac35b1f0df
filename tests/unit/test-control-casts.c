/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-casts.c - trees and channels that a user opens and follows, as the control plane
 *                        keeps them; and domains.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "switch/domains.h"
#include "two-nodes.h"

#define TREE "00000000deadbeef"

enum {
    MULTICAST = 1, /* n2_mode, of wire/packet.h */
    BROADCAST = 2
};

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
count(world *t, n2_op_kind kind)
{
    guint n = 0;

    two_nodes_drain(t->w);
    for (guint i = 0; i < t->w->ways->len; i++)
        n += g_array_index(t->w->ways, n2_op, i).kind == kind;
    return n;
}

/* There is one. */
static n2_op
last(world *t, n2_op_kind kind)
{
    n2_op found = {0};

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
begin(world *t,
      n2_job_kind kind,
      const char *who,
      const char *type,
      const char *value,
      guint16 port)
{
    n2_request r = {.kind = kind, .address = who, .type = type, .value = value, .port = port};

    return two_nodes_start(t->w, 0, &r);
}

static n2_notice
end(world *t, n2_job job)
{
    return two_nodes_finish(t->w, 0, job, NULL, NULL);
}

static n2_err
ask(world *t,
    n2_job_kind kind,
    const char *who,
    const char *type,
    const char *value,
    guint16 port)
{
    n2_notice done = end(t, begin(t, kind, who, type, value, port));
    n2_err err = done.err;

    if (err)
        g_assert_true(done.why && *done.why && done.next && *done.next);
    n2_notice_clear(&done);
    return err;
}

static void
expect_text(const n2_table *table, const char *key, const char *want)
{
    const n2_cell *cell = n2_table_get(table, 0, key);

    if (!want) {
        g_assert_null(cell);
        return;
    }
    g_assert_nonnull(cell);
    g_assert_cmpstr(cell->text, ==, want);
}

static void
expect_int(const n2_table *table, const char *key, gint64 want)
{
    const n2_cell *cell = n2_table_get(table, 0, key);

    g_assert_nonnull(cell);
    g_assert_cmpint(cell->integer, ==, want);
}

/* The only row of the list. */
static void
expect_listed(world *t, const char *state, const char *reason, gint64 packets)
{
    n2_notice done = end(t, begin(t, N2_JOB_CAST_LIST, NULL, NULL, NULL, 0));

    g_assert_cmpint(done.err, ==, N2_OK);
    g_assert_cmpuint(done.table->n_rows, ==, state ? 1 : 0);
    if (state) {
        expect_text(done.table, "state", state);
        expect_text(done.table, "reason", reason);
        expect_int(done.table, "packets", packets);
    }
    n2_notice_clear(&done);
}

static n2_event
state_of(const n2_op *op, n2_err err, n2_cast_how how, n2_refuse why, guint place)
{
    return (n2_event){.kind = N2_EVENT_CAST_STATE,
                      .tag = op->tag,
                      .err = err,
                      .width = (guint8)how,
                      .key_id = (guint16)why,
                      .size = place};
}

static n2_op
joined(world *t)
{
    n2_job job = begin(t, N2_JOB_CAST_JOIN, t->one, "tree", TREE, 0);
    n2_op op = last(t, N2_OP_CAST_JOIN);

    tell(t, state_of(&op, N2_OK, N2_CAST_SHARED, 0, 0));
    n2_notice done = end(t, job);
    g_assert_cmpint(done.err, ==, N2_OK);
    expect_text(done.table, "kind", "tree");
    expect_text(done.table, "number", TREE);
    expect_text(done.table, "role", "joined");
    expect_text(done.table, "state", "joined");
    expect_text(done.table, "identity", t->one);
    n2_notice_clear(&done);
    return op;
}

/* How it comes is shown as it changes, and what came is counted. */
static void
test_joined(world *t, gconstpointer data)
{
    (void)data;
    n2_op op = joined(t);

    g_assert_cmphex(op.address, ==, 0xdeadbeef);
    g_assert_cmpuint(op.bits, ==, MULTICAST);
    g_assert_cmphex(op.path, ==, UINT64_C(0x12) << 56);
    for (guint i = 0; i < 3; i++)
        tell(t, (n2_event){.kind = N2_EVENT_CAST, .tag = op.tag, .len = 128});
    expect_listed(t, "joined", NULL, 3);
    tell(t, state_of(&op, N2_OK, N2_CAST_ALONE, N2_REFUSE_FULL, 4));
    expect_listed(t, "alone", "full", 3);
    tell(t, state_of(&op, N2_OK, N2_CAST_ALONE, 0, 0));
    expect_listed(t, "alone", "silent", 3);
    tell(t, state_of(&op, N2_ERR_NOTFOUND, N2_CAST_NOT, N2_REFUSE_NONE, 4));
    expect_listed(t, "refused", "none", 3);
    tell(t, state_of(&op, N2_ERR_TIMEOUT, N2_CAST_NOT, 0, 0));
    expect_listed(t, "lost", "silent", 3);
    tell(t, state_of(&op, N2_OK, N2_CAST_SHARED, 0, 0));
    expect_listed(t, "joined", NULL, 3);
    g_assert_cmpint(ask(t, N2_JOB_CAST_JOIN, t->one, "tree", "DEADBEEF", 0), ==, N2_ERR_EXISTS);
    g_assert_cmpint(ask(t, N2_JOB_CAST_LEAVE, NULL, "tree", TREE, 0), ==, N2_OK);
    g_assert_cmpuint(last(t, N2_OP_CAST_LEAVE).tag, ==, op.tag);
    expect_listed(t, NULL, NULL, 0);
    g_assert_cmpint(ask(t, N2_JOB_CAST_LEAVE, NULL, "tree", TREE, 0), ==, N2_ERR_NOTFOUND);
    /* Late words are nobody's. */
    tell(t, (n2_event){.kind = N2_EVENT_CAST, .tag = op.tag, .len = 128});
    tell(t, state_of(&op, N2_OK, N2_CAST_SHARED, 0, 0));
}

/* What is refused at once is an answer, with the place; it is left, and not kept. */
static void
test_refused(world *t, gconstpointer data)
{
    static const struct {
        n2_err err;
        n2_refuse why;
        const char *reason, *state;
    } all[] = {{N2_ERR_LIMIT, N2_REFUSE_FULL, "full", "refused"},
               {N2_ERR_NOTFOUND, N2_REFUSE_NONE, "none", "refused"},
               {N2_ERR_REFUSED, N2_REFUSE_DOMAIN, "domain", "refused"},
               {N2_ERR_REFUSED, N2_REFUSE_OTHER, "other", "refused"},
               {N2_ERR_TIMEOUT, 0, "silent", "lost"}};
    (void)data;

    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        n2_job job = begin(t, N2_JOB_CAST_JOIN, t->one, "channel", "0x1234", 0);
        n2_op op = last(t, N2_OP_CAST_JOIN);
        g_assert_cmpuint(op.bits, ==, BROADCAST);
        g_assert_cmphex(op.address, ==, 0x1234);
        g_assert_cmpuint(op.size, ==, 0);
        tell(t, state_of(&op, all[i].err, N2_CAST_NOT, all[i].why, all[i].why ? 3 : 0));
        n2_notice done = end(t, job);
        g_assert_cmpint(done.err, ==, N2_OK);
        expect_text(done.table, "number", "4660");
        expect_text(done.table, "state", all[i].state);
        expect_text(done.table, "reason", all[i].reason);
        if (all[i].why)
            expect_int(done.table, "hop", 3);
        n2_notice_clear(&done);
        g_assert_cmpuint(last(t, N2_OP_CAST_LEAVE).tag, ==, op.tag);
        expect_listed(t, NULL, NULL, 0);
    }
    /* Left before there is an answer. */
    n2_job job = begin(t, N2_JOB_CAST_JOIN, t->one, "channel", "256-511", 0);
    g_assert_cmpuint(last(t, N2_OP_CAST_JOIN).size, ==, 1);
    expect_listed(t, "asking", NULL, 0);
    g_assert_cmpint(ask(t, N2_JOB_CAST_LEAVE, NULL, "channel", "256-511", 0), ==, N2_OK);
    n2_notice done = end(t, job);
    g_assert_cmpint(done.err, ==, N2_ERR_CANCELLED);
    n2_notice_clear(&done);
}

static void
test_source(world *t, gconstpointer data)
{
    (void)data;
    n2_job job = begin(t, N2_JOB_CAST_OPEN, NULL, "tree", "", 0);
    n2_op op = last(t, N2_OP_CAST_OPEN);

    g_assert_cmphex(op.address, !=, 0);
    tell(t, (n2_event){.kind = N2_EVENT_CAST_STATE, .tag = op.tag});
    n2_notice done = end(t, job);
    g_assert_cmpint(done.err, ==, N2_OK);
    g_autofree char *number = g_strdup(n2_table_get(done.table, 0, "number")->text);
    expect_text(done.table, "state", "open");
    expect_text(done.table, "role", "source");
    expect_text(done.table, "reason", NULL);
    n2_notice_clear(&done);
    g_assert_cmphex(g_ascii_strtoull(number, NULL, 16), ==, op.address);

    g_assert_cmpint(ask(t, N2_JOB_CAST_PROBE, NULL, "tree", number, N2_CAST_PROBES_MAX), ==,
                    N2_OK);
    g_assert_cmpuint(count(t, N2_OP_CAST_SEND), ==, N2_CAST_PROBES_MAX);
    g_assert_cmpuint(last(t, N2_OP_CAST_SEND).size, ==, N2_CAST_PROBES_MAX - 1);
    g_assert_cmpuint(last(t, N2_OP_CAST_SEND).len, ==, 128);
    g_assert_cmpint(ask(t, N2_JOB_CAST_PROBE, NULL, "tree", number, N2_CAST_PROBES_MAX + 1), ==,
                    N2_ERR_LIMIT);
    g_assert_cmpint(ask(t, N2_JOB_CAST_PROBE, NULL, "tree", "1", 1), ==, N2_ERR_NOTFOUND);
    expect_listed(t, "open", NULL, N2_CAST_PROBES_MAX);
    g_assert_cmpint(ask(t, N2_JOB_CAST_OPEN, NULL, "tree", number, 0), ==, N2_ERR_EXISTS);
    g_assert_cmpint(ask(t, N2_JOB_CAST_CLOSE, NULL, "tree", number, 0), ==, N2_OK);
    g_assert_cmphex(last(t, N2_OP_CAST_CLOSE).address, ==, op.address);
    expect_listed(t, NULL, NULL, 0);

    /* A channel by a port; what the data plane does not take is not kept. */
    job = begin(t, N2_JOB_CAST_OPEN, NULL, "channel", "4711", 7);
    op = last(t, N2_OP_CAST_OPEN);
    g_assert_cmpuint(op.port, ==, 7);
    tell(t, (n2_event){.kind = N2_EVENT_CAST_STATE, .tag = op.tag, .err = N2_ERR_EXISTS});
    done = end(t, job);
    g_assert_cmpint(done.err, ==, N2_ERR_EXISTS);
    n2_notice_clear(&done);
    expect_listed(t, NULL, NULL, 0);
    job = begin(t, N2_JOB_CAST_OPEN, NULL, "channel", "4711", 7);
    op = last(t, N2_OP_CAST_OPEN);
    tell(t, (n2_event){.kind = N2_EVENT_CAST_STATE, .tag = op.tag, .err = N2_ERR_REFUSED});
    done = end(t, job);
    g_assert_cmpint(done.err, ==, N2_ERR_REFUSED);
    g_assert_nonnull(strstr(done.why, "may not pass"));
    n2_notice_clear(&done);
}

static void
test_wrong(world *t, gconstpointer data)
{
    static const struct {
        const char *type, *value;
    } all[] = {{NULL, "1"},         {"forest", "1"},        {"tree", "0"},
               {"tree", "x"},       {"tree", "1 "},         {"tree", "11111111111111111"},
               {"channel", ""},     {"channel", "-1"},      {"channel", "16777216"},
               {"channel", "1,2"},  {"channel", "256-512"}, {"channel", "257-512"},
               {"channel", "255-0"}};
    (void)data;

    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        g_test_message("%s", all[i].value);
        g_assert_cmpint(ask(t, N2_JOB_CAST_OPEN, NULL, all[i].type, all[i].value, 0), ==,
                        N2_ERR_USAGE);
        g_assert_cmpint(ask(t, N2_JOB_CAST_JOIN, t->one, all[i].type, all[i].value, 0), ==,
                        N2_ERR_USAGE);
    }
    g_assert_cmpint(ask(t, N2_JOB_CAST_JOIN, NULL, "tree", "1", 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(ask(t, N2_JOB_CAST_JOIN, "nobody", "tree", "1", 0), ==, N2_ERR_NOTFOUND);
    g_assert_cmpuint(count(t, N2_OP_CAST_JOIN), ==, 0);
}

/* N2_CASTS_MAX, N2_CAST_SOURCES_MAX: as many as the data plane has, and each has its own. */
static void
test_max(world *t, gconstpointer data)
{
    (void)data;
    for (guint i = 0; i <= N2_CASTS_MAX; i++) {
        g_autofree char *number = g_strdup_printf("%u", i); /* local: no source is needed */
        n2_job job = begin(t, N2_JOB_CAST_JOIN, NULL, "channel", number, 0);
        n2_op op = last(t, N2_OP_CAST_JOIN);
        if (i < N2_CASTS_MAX)
            tell(t, state_of(&op, N2_OK, N2_CAST_SHARED, 0, 0));
        n2_notice done = end(t, job);
        g_assert_cmpint(done.err, ==, i < N2_CASTS_MAX ? N2_OK : N2_ERR_LIMIT);
        n2_notice_clear(&done);
    }
    for (guint i = 0; i <= N2_CAST_SOURCES_MAX; i++) {
        g_autofree char *number = g_strdup_printf("%u", 1000 + i);
        n2_job job = begin(t, N2_JOB_CAST_OPEN, NULL, "channel", number, 0);
        n2_op op = last(t, N2_OP_CAST_OPEN);
        if (i < N2_CAST_SOURCES_MAX)
            tell(t, (n2_event){.kind = N2_EVENT_CAST_STATE, .tag = op.tag});
        n2_notice done = end(t, job);
        g_assert_cmpint(done.err, ==, i < N2_CAST_SOURCES_MAX ? N2_OK : N2_ERR_LIMIT);
        n2_notice_clear(&done);
    }
}

/* The data plane began anew: all is ordered again; another way to the source: joined by that.
 */
static void
test_again(world *t, gconstpointer data)
{
    (void)data;
    n2_op op = joined(t);

    begin(t, N2_JOB_CAST_OPEN, NULL, "tree", "77", 0);
    guint joins = count(t, N2_OP_CAST_JOIN), opens = count(t, N2_OP_CAST_OPEN);
    tell(t, (n2_event){.kind = N2_EVENT_RESTARTED});
    g_assert_cmpuint(count(t, N2_OP_CAST_JOIN), ==, joins + 1);
    g_assert_cmpuint(count(t, N2_OP_CAST_OPEN), ==, opens + 1);
    g_assert_cmpuint(last(t, N2_OP_CAST_JOIN).tag, ==, op.tag);
    g_assert_cmphex(last(t, N2_OP_CAST_JOIN).path, ==, op.path);

    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "3/4 2/4", N2_OK);
    g_assert_cmpuint(last(t, N2_OP_CAST_LEAVE).tag, ==, op.tag);
    g_assert_cmphex(last(t, N2_OP_CAST_JOIN).path, ==, UINT64_C(0x32) << 56);
    guint n = count(t, N2_OP_CAST_JOIN);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "3/4 2/4", N2_OK);
    g_assert_cmpuint(count(t, N2_OP_CAST_JOIN), ==, n);
}

/* ---- domains ---- */

static void
set_domain(
    world *t, guint16 port, const char *what, const char *channels, guint rules, n2_err want)
{
    n2_job job = begin(t, N2_JOB_DOMAIN_SET, NULL, what, channels, port);

    if (want != N2_ERR_USAGE) {
        n2_op op = last(t, N2_OP_CHANNEL_RULES);
        g_assert_cmpuint(op.len, ==, rules * sizeof(n2_channel_rule));
        tell(t, (n2_event){.kind = N2_EVENT_CAST_STATE, .tag = op.tag, .err = want});
    }
    n2_notice done = end(t, job);
    g_assert_cmpint(done.err, ==, want);
    n2_notice_clear(&done);
}

static void
test_domains(world *t, gconstpointer data)
{
    (void)data;
    set_domain(t, 3, "block", "256-511,0x120000", 2, N2_OK);
    set_domain(t, 3, "take", "1000", 3, N2_OK);
    set_domain(t, 4, "block", "7", 4, N2_OK);
    set_domain(t, 3, "block", "300", 3, N2_OK); /* in the place of those before */
    n2_notice done = end(t, begin(t, N2_JOB_DOMAIN_LIST, NULL, NULL, NULL, 0));
    g_assert_cmpuint(done.table->n_rows, ==, 3);
    expect_int(done.table, "port", 3);
    expect_text(done.table, "what", "take");
    expect_int(done.table, "first", 1000);
    expect_int(done.table, "last", 1000);
    n2_notice_clear(&done);
    set_domain(t, 0, "block", "300", 0, N2_ERR_USAGE);
    set_domain(t, 16, "block", "300", 0, N2_ERR_USAGE);
    set_domain(t, 3, "forbid", "300", 0, N2_ERR_USAGE);
    set_domain(t, 3, "block", "300-", 0, N2_ERR_USAGE);
    guint n = count(t, N2_OP_CHANNEL_RULES);
    tell(t, (n2_event){.kind = N2_EVENT_RESTARTED});
    g_assert_cmpuint(count(t, N2_OP_CHANNEL_RULES), ==, n + 1);
    g_assert_cmpuint(last(t, N2_OP_CHANNEL_RULES).len, ==, 3 * sizeof(n2_channel_rule));
    /* What comes by a port stops at its new border, and is said; and the other way round. */
    n2_job job = begin(t, N2_JOB_CAST_OPEN, NULL, "channel", "4711", 3);
    n2_op op = last(t, N2_OP_CAST_OPEN);
    tell(t, (n2_event){.kind = N2_EVENT_CAST_STATE, .tag = op.tag});
    done = end(t, job);
    n2_notice_clear(&done);
    n = count(t, N2_OP_CAST_OPEN);
    set_domain(t, 3, "block", "4711", 3, N2_OK);
    g_assert_cmpuint(count(t, N2_OP_CAST_OPEN), ==, n + 1);
    tell(t, (n2_event){.kind = N2_EVENT_CAST_STATE, .tag = op.tag, .err = N2_ERR_REFUSED});
    expect_listed(t, "blocked", NULL, 0);
    set_domain(t, 3, "block", "300", 3, N2_OK);
    tell(t, (n2_event){.kind = N2_EVENT_CAST_STATE, .tag = op.tag});
    expect_listed(t, "open", NULL, 0);
    g_assert_cmpint(ask(t, N2_JOB_CAST_CLOSE, NULL, "channel", "4711", 0), ==, N2_OK);
    set_domain(t, 3, "take", "", 2, N2_OK);
    set_domain(t, 3, "block", "", 1, N2_OK);
    set_domain(t, 4, "block", "", 0, N2_OK);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*func)(world *t, gconstpointer data);
    } tests[] = {{"joined", test_joined},  {"refused", test_refused}, {"source", test_source},
                 {"wrong", test_wrong},    {"max", test_max},         {"again", test_again},
                 {"domains", test_domains}};

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/control/casts/", tests[i].name, NULL);
        g_test_add(path, world, NULL, set_up, tests[i].func, tear_down);
    }
    return g_test_run();
}
