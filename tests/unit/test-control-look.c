/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-look.c - what a switch shows of itself, and a node that is a switch only: rates
 *                       from two looks, ports as configured, everything else refused in words.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "node/control.h"
#include "node/plane.h"
#include "switch/look.h"

enum {
    WIDTH = 4,
    ME = 3, /* the port that is looked at */
    BYTES = 1000000
};

static void
random_cb(void *user, void *buf, size_t len)
{
    guint64 *state = user;

    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)((*state = *state * 6364136223846793005u + 1) >> 56);
}

typedef struct {
    guint64 random;
    n2_env env;
    n2_control *control;
    guint64 now_us;
} box;

static const n2_port_plan plans[] = {
    {.port = 1, .remote_port = 7, .rate_Bps = 125000, .endpoint = "udp:192.0.2.1:4000"},
    {.port = ME, .rate_Bps = 1250000},
    {.port = 9, .endpoint = "udp:192.0.2.9:4000"},
};

static n2_err
make(box *b, const n2_port_plan *ports, size_t n)
{
    n2_port_plan own[8];

    *b = (box){.random = 1, .now_us = 5000000};
    b->env = (n2_env){.user = &b->random, .random = random_cb};
    g_assert_cmpuint(n, <=, G_N_ELEMENTS(own));
    for (size_t i = 0; i < n; i++) {
        own[i] = ports[i];
        if (own[i].endpoint)
            own[i].net = (n2_net_addr){.len = 7, .bytes = {4, 15, 160, 192, 0, 2, 1}};
    }
    const n2_control_config config = {
        .env = &b->env, .switch_bits = WIDTH, .ports = own, .n_ports = n, .listeners = "udp:x"};
    n2_err err = n2_control_new(&b->control, &config, b->now_us, 0);

    if (!err) /* read while it opens the links, and when ports come up */
        n2_control_expire(b->control, b->now_us, 0);
    return err;
}

static void
set_up(box *b, gconstpointer data)
{
    static n2_port_plan own[G_N_ELEMENTS(plans)];

    (void)data;
    *b = (box){.random = 1, .now_us = 5000000};
    b->env = (n2_env){.user = &b->random, .random = random_cb};
    memcpy(own, plans, sizeof own);
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        own[i].net = (n2_net_addr){.len = 7, .bytes = {4, 15, 160, 192, 0, 2, 1}};
    const n2_control_config config = {.env = &b->env,
                                      .switch_bits = WIDTH,
                                      .ports = own,
                                      .n_ports = G_N_ELEMENTS(own),
                                      .listeners = "udp:127.0.0.1:4000"};
    g_assert_cmpint(n2_control_new(&b->control, &config, b->now_us, 0), ==, N2_OK);
}

static void
tear_down(box *b, gconstpointer data)
{
    (void)data;
    n2_control_free(b->control);
}

/* The next order of @kind; others before it go.  FALSE: none. */
static gboolean
take_op(box *b, n2_op_kind kind, n2_op *op)
{
    while (n2_control_next_op(b->control, op)) {
        free(op->bytes);
        if (op->kind == kind)
            return TRUE;
    }
    return FALSE;
}

static guint
count_ops(box *b, n2_op_kind kind)
{
    n2_op op;
    guint n = 0;

    while (take_op(b, kind, &op))
        n++;
    return n;
}

static n2_job
start(box *b, n2_job_kind kind)
{
    n2_job job = 0;

    g_assert_cmpint(
        n2_control_start(b->control, &(n2_request){.kind = kind}, b->now_us, 0, &job), ==,
        N2_OK);
    return job;
}

/* The end of @job, or of any if it is 0; FALSE: none yet. */
static gboolean
take_done(box *b, n2_job job, n2_notice *out)
{
    while (n2_control_next_notice(b->control, out)) {
        if (out->kind == N2_NOTICE_DONE && (!job || out->job == job))
            return TRUE;
        n2_notice_clear(out);
    }
    return FALSE;
}

/* The data plane answers: so many bytes have come in by ME. */
static void
look(box *b, guint64 bytes_in)
{
    static n2_look l;

    l = (n2_look){.at_us = b->now_us, .width = WIDTH, .n_ports = 2, .n_all_ports = 2};
    l.ports[0] = (n2_look_port){.is_up = true};
    l.ports[1] = (n2_look_port){.port = ME,
                                .is_up = true,
                                .rate_Bps = 1250000,
                                .bytes_in = bytes_in,
                                .jam_since_us = b->now_us - 3000000,
                                .queue_us = 14000};
    n2_event event = {
        .kind = N2_EVENT_SWITCH_LOOK, .bytes = g_memdup2(&l, sizeof l), .len = sizeof l};
    n2_control_input_event(b->control, &event, b->now_us, 0);
}

/* What port ME had as rate, of an answer that is there. */
static gint64
in_bps(box *b, n2_job job)
{
    n2_notice done;

    g_assert_true(take_done(b, job, &done));
    g_assert_cmpint(done.err, ==, N2_OK);
    const n2_table *ports = n2_table_get(done.table, 0, "ports")->table;
    g_assert_cmpint(n2_table_get(ports, 1, "port")->integer, ==, ME);
    gint64 bps = n2_table_get(ports, 1, "in_bps")->integer;

    n2_notice_clear(&done);
    return bps;
}

/* ---- looks ---- */

/* Asks once, with half a second between the two looks. */
static gint64
ask_with_pause(box *b, guint64 first_bytes, guint64 then_bytes)
{
    n2_job job = start(b, N2_JOB_SWITCH_LOOK);
    n2_notice done;

    g_assert_cmpuint(count_ops(b, N2_OP_SWITCH_LOOK), ==, 1);
    look(b, first_bytes);
    g_assert_false(take_done(b, job, &done));
    g_assert_cmpuint(n2_control_deadline(b->control), ==, b->now_us + N2_LOOK_SPAN_US);
    b->now_us += N2_LOOK_SPAN_US;
    n2_control_expire(b->control, b->now_us, 0);
    g_assert_cmpuint(count_ops(b, N2_OP_SWITCH_LOOK), ==, 1);
    look(b, then_bytes);
    return in_bps(b, job);
}

static void
test_rates(box *b, gconstpointer data)
{
    (void)data;
    /* Half a second, 100,000 bytes: 1.6 Mbit/s. */
    g_assert_cmpint(ask_with_pause(b, BYTES, BYTES + 100000), ==, 1600000);
    g_assert_cmpuint(n2_control_deadline(b->control), ==, UINT64_MAX); /* nobody asks */
    for (guint i = 1; i <= 3; i++) { /* each second: one look is enough */
        b->now_us += N2_SECOND_US;
        n2_job job = start(b, N2_JOB_SWITCH_LOOK);
        g_assert_cmpuint(count_ops(b, N2_OP_SWITCH_LOOK), ==, 1);
        look(b, BYTES + 100000 + i * 250000);
        g_assert_cmpint(in_bps(b, job), ==, 2000000);
    }
    b->now_us += N2_LOOK_OLD_US + 1; /* what was then says nothing of now */
    g_assert_cmpint(ask_with_pause(b, 9 * BYTES, 9 * BYTES), ==, 0);
}

/* Two ask, a moment apart: one look for both, and no rate out of a moment. */
static void
test_two_ask(box *b, gconstpointer data)
{
    n2_notice done;

    (void)data;
    (void)ask_with_pause(b, 0, BYTES);
    b->now_us += N2_SECOND_US;
    n2_job one = start(b, N2_JOB_SWITCH_LOOK), two = start(b, N2_JOB_SWITCH_LOOK);
    n2_job gone = start(b, N2_JOB_SWITCH_LOOK);
    g_assert_cmpuint(count_ops(b, N2_OP_SWITCH_LOOK), ==, 1);
    n2_control_cancel(b->control, gone, b->now_us, 0);
    look(b, 2 * BYTES);
    g_assert_cmpint(in_bps(b, one), ==, 8 * BYTES);
    b->now_us += 1000;
    n2_job late = start(b, N2_JOB_SWITCH_LOOK);
    look(b, 2 * BYTES + 1);
    (void)two;
    g_assert_true(take_done(b, late, &done)); /* compared with what was a second ago */
    gint64 bps =
        n2_table_get(n2_table_get(done.table, 0, "ports")->table, 1, "in_bps")->integer;
    g_assert_cmpint(ABS(bps - 8 * BYTES), <, 8 * BYTES / 100);
    n2_notice_clear(&done);
}

static void
test_facts(box *b, gconstpointer data)
{
    n2_notice done;

    (void)data;
    n2_job job = start(b, N2_JOB_SWITCH_LOOK);
    look(b, 0);
    b->now_us += N2_LOOK_SPAN_US;
    n2_control_expire(b->control, b->now_us, 0);
    look(b, 0);
    g_assert_true(take_done(b, job, &done));
    const n2_table *ports = n2_table_get(done.table, 0, "ports")->table;
    g_assert_cmpstr(n2_table_get(ports, 0, "state")->text, ==, "self");
    g_assert_cmpstr(n2_table_get(ports, 1, "state")->text, ==, "up");
    g_assert_cmpint(n2_table_get(ports, 1, "rate_bps")->integer, ==, 10000000);
    g_assert_cmpint(n2_table_get(ports, 1, "jammed")->integer, ==, 1);
    g_assert_cmpint(n2_table_get(ports, 1, "jammed_us")->integer, ==, 3000000);
    g_assert_cmpint(n2_table_get(ports, 1, "queue_us")->integer, ==, 14000);
    g_assert_cmpint(n2_table_get(done.table, 0, "n_ports")->integer, ==, 2);
    g_assert_cmpint(n2_table_get(done.table, 0, "bits")->integer, ==, WIDTH);
    n2_notice_clear(&done);
}

static void
test_began_anew(box *b, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(ask_with_pause(b, BYTES, 1000), ==, 16000);
}

static void
test_restart(box *b, gconstpointer data)
{
    n2_event restarted = {.kind = N2_EVENT_RESTARTED};

    (void)data;
    n2_job job = start(b, N2_JOB_SWITCH_LOOK);
    g_assert_cmpuint(count_ops(b, N2_OP_SWITCH_LOOK), ==, 1);
    n2_control_input_event(b->control, &restarted, b->now_us, 0);
    g_assert_cmpuint(count_ops(b, N2_OP_SWITCH_LOOK), ==, 1); /* the first went with it */
    look(b, 0);
    b->now_us += N2_LOOK_SPAN_US;
    n2_control_expire(b->control, b->now_us, 0);
    look(b, 50000);
    g_assert_cmpint(in_bps(b, job), ==, 800000);
}

static void
test_no_memory(box *b, gconstpointer data)
{
    n2_event event = {.kind = N2_EVENT_SWITCH_LOOK, .err = N2_ERR_NOMEM};
    n2_notice done;

    (void)data;
    n2_job job = start(b, N2_JOB_SWITCH_LOOK);
    n2_control_input_event(b->control, &event, b->now_us, 0);
    g_assert_true(take_done(b, job, &done));
    g_assert_cmpint(done.err, ==, N2_ERR_NOMEM);
    n2_notice_clear(&done);
}

/* More ports than rows: the first ones are shown, all are counted. */
static void
test_bounded(void)
{
    n2_look *l = calloc(1, sizeof *l);

    for (guint i = 0; i < N2_SWITCH_LOOK_ROWS_MAX; i++)
        g_assert_nonnull(n2_look_add_trees(l));
    g_assert_null(n2_look_add_trees(l));
    g_assert_cmpuint(l->n_trees, ==, N2_SWITCH_LOOK_ROWS_MAX);
    g_assert_cmpuint(l->n_all_trees, ==, N2_SWITCH_LOOK_ROWS_MAX + 1);
    free(l);
}

/* The plane itself: an order, an event; the second order before the first event wins. */
static void
test_plane(void)
{
    guint64 random = 1;
    const n2_plane_config config = {
        .env = {.user = &random, .random = random_cb}, .width_bits = WIDTH, .now_us = 1};
    n2_plane *plane = NULL;
    n2_event event;

    g_assert_cmpint(n2_plane_new(&plane, &config), ==, N2_OK);
    g_assert_false(n2_plane_event(plane, &event));
    n2_plane_op(plane, &(n2_op){.kind = N2_OP_SWITCH_LOOK, .tag = 1}, 1000);
    n2_plane_op(plane, &(n2_op){.kind = N2_OP_SWITCH_LOOK, .tag = 2}, 2000);
    g_assert_true(n2_plane_event(plane, &event));
    g_assert_cmpint(event.kind, ==, N2_EVENT_SWITCH_LOOK);
    g_assert_cmpuint(event.tag, ==, 2);
    g_assert_cmpuint(event.len, ==, sizeof(n2_look));
    const n2_look *l = (const n2_look *)(const void *)event.bytes;
    g_assert_cmpuint(l->n_ports, ==, 1); /* itself */
    g_assert_true(l->ports[0].is_up);
    g_assert_cmpuint(l->at_us, ==, 2000);
    g_assert_cmpuint(l->width, ==, WIDTH);
    free(event.bytes);
    g_assert_false(n2_plane_event(plane, &event));
    n2_plane_op(plane, &(n2_op){.kind = N2_OP_SWITCH_LOOK}, 3000);
    n2_plane_free(plane); /* with a look that nobody took */
}

/* ---- a switch only ---- */

static void
test_ready(box *b, gconstpointer data)
{
    n2_notice notice;
    n2_op op;
    uint8_t *bytes;
    size_t len;

    (void)data;
    g_assert_true(n2_control_next_notice(b->control, &notice));
    g_assert_cmpint(notice.kind, ==, N2_NOTICE_READY);
    g_assert_cmpstr(notice.text, ==, "");
    n2_notice_clear(&notice);
    g_assert_false(n2_control_next_key_request(b->control, &bytes, &len)); /* no keys needed */
    g_assert_true(take_op(b, N2_OP_LINK_OPEN, &op));
    g_assert_cmpuint(op.port, ==, 1);
    g_assert_cmpuint(op.remote_port, ==, 7);
    g_assert_cmpuint(op.link_id, !=, 0);
    g_assert_true(take_op(b, N2_OP_LINK_OPEN, &op));
    g_assert_cmpuint(op.port, ==, 9);
    g_assert_false(take_op(b, N2_OP_LINK_OPEN, &op)); /* the third is for who comes */
}

static void
link_up(box *b, uint16_t port)
{
    n2_event event = {.kind = N2_EVENT_LINK_UP, .port = port, .link_id = 100u + port};

    n2_control_input_event(b->control, &event, b->now_us, 0);
}

static void
test_port_rates(box *b, gconstpointer data)
{
    n2_op op;

    (void)data;
    (void)count_ops(b, N2_OP_LINK_OPEN);
    link_up(b, ME);
    g_assert_true(take_op(b, N2_OP_LINK_RATE, &op));
    g_assert_cmpuint(op.port, ==, ME);
    g_assert_cmpuint(op.size, ==, 1250000);
    link_up(b, 9); /* no rate is known of this one */
    link_up(b, 5); /* nor is it in the configuration */
    g_assert_cmpuint(count_ops(b, N2_OP_LINK_RATE), ==, 0);
}

static void
test_status(box *b, gconstpointer data)
{
    n2_notice done;

    (void)data;
    link_up(b, ME);
    n2_job job = start(b, N2_JOB_STATUS);
    g_assert_true(take_done(b, job, &done));
    g_assert_cmpstr(n2_table_get(done.table, 0, "mode")->text, ==, "switch");
    g_assert_null(n2_table_get(done.table, 0, "identity"));
    g_assert_null(n2_table_get(done.table, 0, "objects"));
    g_assert_cmpuint(n2_table_get(done.table, 0, "links")->table->n_rows, ==, 3);
    n2_notice_clear(&done);
}

/* All that needs a store, keys or names is refused with words, and nothing falls over. */
static void
test_refuses(box *b, gconstpointer data)
{
    static const n2_job_kind kinds[] = {
        N2_JOB_OPEN,       N2_JOB_LIST,         N2_JOB_PUBLISH,     N2_JOB_ATTR_GET,
        N2_JOB_ATTR_SET,   N2_JOB_ATTR_LIST,    N2_JOB_ID_NEW,      N2_JOB_ID_LIST,
        N2_JOB_ID_SHOW,    N2_JOB_PEER_ADD,     N2_JOB_PEER_REMOVE, N2_JOB_PATH_GET,
        N2_JOB_PATH_SET,   N2_JOB_PATH_UNSET,   N2_JOB_PATH_LIST,   N2_JOB_NAME_SET,
        N2_JOB_NAME_UNSET, N2_JOB_NAME_LIST,    N2_JOB_TRACE,       N2_JOB_CHECK,
        N2_JOB_RESERVE,    N2_JOB_RESERVE_LIST, N2_JOB_PIN,         N2_JOB_UNPIN,
        N2_JOB_WHY};

    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        n2_job job = 0;
        n2_notice done;

        g_assert_cmpint(n2_control_start(b->control,
                                         &(n2_request){.kind = kinds[i],
                                                       .address = "net2o://x/",
                                                       .name = "x",
                                                       .value = "1/4"},
                                         b->now_us, 0, &job),
                        ==, N2_OK);
        g_assert_true(take_done(b, job, &done));
        g_assert_cmpint(done.err, ==, N2_ERR_UNSUPPORTED);
        g_assert_nonnull(strstr(done.why, "switch without users"));
        g_assert_true(*done.next);
        n2_notice_clear(&done);
    }
}

static const struct {
    const char *name;
    n2_port_plan plans[2];
    size_t n;
    n2_err want;
} wrong[] = {
    {"none", {{0}}, 0, N2_OK},
    {"all", {{.port = 1}, {.port = 15}}, 2, N2_OK},
    {"port-zero", {{.port = 0}}, 1, N2_ERR_USAGE},
    {"port-too-wide", {{.port = 16}}, 1, N2_ERR_USAGE},
    {"users-of-anybody", {{.port = 2, .users_max = 2}}, 1, N2_ERR_USAGE},
    {"channels-of-anybody", {{.port = 2, .channels_take = "256-511"}}, 1, N2_ERR_USAGE},
    {"port-twice", {{.port = 2}, {.port = 2}}, 2, N2_ERR_USAGE},
};

static void
test_plans(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        box b;

        g_test_message("%s", wrong[i].name);
        g_assert_cmpint(make(&b, wrong[i].plans, wrong[i].n), ==, wrong[i].want);
        if (!wrong[i].want)
            n2_control_free(b.control);
    }
}

/* Each port of the configuration is planned for whom it says, before any link is opened; and
 * how many users stand behind one counts only of who is there as written. */
static void
test_ports_are_kept(void)
{
    static const n2_port_plan own[] = {{.port = 1, .endpoint = "udp:192.0.2.1:4000"},
                                       {.port = 2}};
    const n2_port_plan kept = {
        .port = 3, .users_max = 9, .net = {.len = 7, .bytes = {4, 15, 160, 192, 0, 2, 3}}};
    n2_event up = {.kind = N2_EVENT_LINK_UP, .port = 3, .link_id = 5};
    n2_op op;
    box b;

    g_assert_cmpint(make(&b, own, 2), ==, N2_OK);
    for (guint i = 0; i < 2; i++) {
        g_assert_true(n2_control_next_op(b.control, &op));
        g_assert_cmpint(op.kind, ==, N2_OP_LINK_PLAN);
        g_assert_cmpuint(op.port, ==, i + 1);
        g_assert_cmpuint(op.net.len, ==, i ? 0 : 7);
    }
    n2_control_free(b.control);
    const n2_control_config config = {.env = &b.env,
                                      .switch_bits = WIDTH,
                                      .ports = &kept,
                                      .n_ports = 1,
                                      .listeners = "udp:x"};
    g_assert_cmpint(n2_control_new(&b.control, &config, b.now_us, 0), ==, N2_OK);
    up.net = (n2_net_addr){.len = 7, .bytes = {4, 15, 160, 192, 0, 2, 4}};
    n2_control_input_event(b.control, &up, b.now_us, 0);
    g_assert_cmpuint(count_ops(&b, N2_OP_LINK_USERS), ==, 0);
    up.net = kept.net;
    n2_control_input_event(b.control, &up, b.now_us, 0);
    g_assert_cmpuint(count_ops(&b, N2_OP_LINK_USERS), ==, 1);
    n2_control_free(b.control);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(box *b, gconstpointer data);
    } tests[] = {
        {"/control-look/rates", test_rates},
        {"/control-look/two-ask", test_two_ask},
        {"/control-look/facts", test_facts},
        {"/control-look/plane-began-anew", test_began_anew},
        {"/control-look/restart", test_restart},
        {"/control-look/no-memory", test_no_memory},
        {"/control-switch/ready", test_ready},
        {"/control-switch/rates-of-ports", test_port_rates},
        {"/control-switch/status", test_status},
        {"/control-switch/refuses", test_refuses},
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, box, NULL, set_up, tests[i].run, tear_down);
    g_test_add_func("/control-look/bounded", test_bounded);
    g_test_add_func("/control-look/plane", test_plane);
    g_test_add_func("/control-switch/plans", test_plans);
    g_test_add_func("/control-switch/attack-26-ports-are-kept", test_ports_are_kept);
    return g_test_run();
}
