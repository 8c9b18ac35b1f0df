/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-rules.c - labels and the filter, from the words of an operator to the packets of
 * a real data plane, and back as rows.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "node/control.h"
#include "node/plane.h"

typedef struct {
    n2_env env;
    guint64 seed;
    n2_control *control;
    n2_plane *plane;
    guint64 now_us;
    n2_notice done; /* of the last job */
    n2_job job;
    GString *log;
} world;

static void
random_cb(void *user, void *buf, size_t len)
{
    world *t = user;

    for (guint8 *at = buf; len; len--, at++) {
        t->seed = t->seed * 6364136223846793005u + 1442695040888963407u;
        *at = (guint8)(t->seed >> 56);
    }
}

static void
drain(world *t)
{
    n2_notice notice;
    n2_event event;
    n2_op op;

    while (n2_control_next_op(t->control, &op))
        n2_plane_op(t->plane, &op, t->now_us);
    while (n2_plane_event(t->plane, &event))
        n2_control_input_event(t->control, &event, t->now_us, 0);
    while (n2_control_next_notice(t->control, &notice)) {
        if (notice.kind == N2_NOTICE_LOG)
            g_string_append(t->log, notice.text);
        if (notice.kind == N2_NOTICE_DONE && notice.job == t->job) {
            n2_notice_clear(&t->done);
            t->done = notice;
        } else {
            n2_notice_clear(&notice);
        }
    }
}

/* A switch without users, as its configuration wants it. */
static n2_err
set_up(world *t, const char *labels, const char *filter)
{
    *t = (world){.seed = 5, .now_us = 1000000};
    t->env = (n2_env){.user = t, .random = random_cb};
    t->log = g_string_new(NULL);
    const n2_plane_config plane = {.env = t->env, .width_bits = 4, .now_us = t->now_us};
    const n2_control_config control = {
        .env = &t->env, .switch_bits = 4, .labels = labels, .filter = filter};
    g_assert_cmpint(n2_plane_new(&t->plane, &plane), ==, N2_OK);
    n2_err err = n2_control_new(&t->control, &control, t->now_us, 0);
    if (!err)
        drain(t);
    return err;
}

static void
tear_down(world *t)
{
    n2_control_free(t->control);
    n2_plane_free(t->plane);
    n2_notice_clear(&t->done);
    g_string_free(t->log, TRUE);
}

static n2_err
run(world *t, n2_job_kind kind, const char *value)
{
    const n2_request request = {.kind = kind, .value = value};

    n2_notice_clear(&t->done);
    t->done = (n2_notice){.err = N2_ERR_STATE};
    g_assert_cmpint(n2_control_start(t->control, &request, t->now_us, 0, &t->job), ==, N2_OK);
    drain(t);
    return t->done.err;
}

static const char *
cell(world *t, gsize row, const char *name)
{
    const n2_cell *c = n2_table_get(t->done.table, row, name);

    return c ? c->text : NULL;
}

static gint64
number(world *t, gsize row, const char *name)
{
    const n2_cell *c = n2_table_get(t->done.table, row, name);

    return c ? c->integer : -1;
}

static void
test_labels(void)
{
    world t;

    g_assert_cmpint(set_up(&t, NULL, NULL), ==, N2_OK);
    g_assert_cmpint(run(&t, N2_JOB_LABEL_LIST, NULL), ==, N2_OK);
    g_assert_null(cell(&t, 0, "label"));
    g_assert_cmpint(run(&t, N2_JOB_LABEL_SET, "8 to 1 6/3 0/2"), ==, N2_OK);
    g_assert_cmpint(run(&t, N2_JOB_LABEL_SET, "9 to 2"), ==, N2_OK);
    g_assert_cmpint(run(&t, N2_JOB_LABEL_SET, "12 any 9 8"), ==, N2_OK);
    g_assert_cmpint(run(&t, N2_JOB_LABEL_SET, "hide 1"), ==, N2_OK);
    g_assert_cmpint(run(&t, N2_JOB_LABEL_LIST, NULL), ==, N2_OK);
    g_assert_cmpstr(cell(&t, 0, "label"), ==, "8 to 1 6/3 0/2");
    g_assert_cmpint(number(&t, 0, "port"), ==, 1);
    g_assert_cmpint(number(&t, 0, "number"), ==, 8);
    g_assert_cmpint(number(&t, 0, "packets"), ==, 0);
    g_assert_cmpstr(cell(&t, 1, "label"), ==, "9 to 2");
    g_assert_cmpstr(cell(&t, 2, "label"), ==, "12 any 9 8");
    g_assert_cmpint(number(&t, 2, "port"), ==, -1);
    g_assert_cmpstr(cell(&t, 3, "label"), ==, "hide 1");
    g_assert_null(cell(&t, 4, "label"));
    g_assert_cmpint(run(&t, N2_JOB_LABEL_SET, "forget 9"), ==, N2_OK);
    g_assert_cmpint(run(&t, N2_JOB_LABEL_LIST, NULL), ==, N2_OK);
    g_assert_cmpstr(cell(&t, 1, "label"), ==, "12 any 8");

    static const struct {
        const char *order;
        n2_err err;
    } wrong[] = {{NULL, N2_ERR_USAGE},
                 {"", N2_ERR_USAGE},
                 {"x", N2_ERR_USAGE},
                 {"16 to 1", N2_ERR_USAGE},
                 {"13 to 8", N2_ERR_USAGE},
                 {"13 to 1; 14 to 2", N2_ERR_USAGE},
                 {"13 to 1 6/3 0/2", N2_ERR_EXISTS},
                 {"forget 13", N2_ERR_NOTFOUND},
                 {"13 to 1 0/16 0/16 0/16 0/10", N2_ERR_LIMIT}};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_assert_cmpint(run(&t, N2_JOB_LABEL_SET, wrong[i].order), ==, wrong[i].err);
        g_assert_cmpint(strlen(t.done.why), >, 0);
        g_assert_cmpint(strlen(t.done.next), >, 0);
    }
    g_assert_cmpint(run(&t, N2_JOB_LABEL_LIST, NULL), ==, N2_OK);
    g_assert_cmpstr(cell(&t, 2, "label"), ==, "hide 1");
    tear_down(&t);
}

static void
test_filter(void)
{
    g_autofree char *long_text = g_strnfill(N2_FILTER_TEXT_BYTES_MAX + 1, '#');
    g_autoptr(GString) many = g_string_new(NULL);
    world t;

    g_assert_cmpint(set_up(&t, NULL, NULL), ==, N2_OK);
    g_assert_cmpint(run(&t, N2_JOB_FILTER_LIST, NULL), ==, N2_OK);
    g_assert_cmpint(number(&t, 0, "packets"), ==, -1);
    g_assert_cmpint(run(&t, N2_JOB_FILTER_SET, "deny in 3 # him\nallow; deny size 32"), ==,
                    N2_OK);
    g_assert_cmpint(run(&t, N2_JOB_FILTER_LIST, NULL), ==, N2_OK);
    g_assert_cmpstr(cell(&t, 0, "rule"), ==, "deny in 3");
    g_assert_cmpstr(cell(&t, 1, "rule"), ==, "allow");
    g_assert_cmpstr(cell(&t, 2, "rule"), ==, "deny size 32");
    g_assert_null(cell(&t, 3, "rule"));
    g_assert_cmpint(number(&t, 3, "packets"), ==, 0);
    g_assert_cmpint(number(&t, 4, "packets"), ==, -1);

    /* What is wrong is named, and nothing has changed. */
    g_assert_cmpint(run(&t, N2_JOB_FILTER_SET, "allow\n deny on 3 # what\nallow"), ==,
                    N2_ERR_USAGE);
    g_assert_cmpstr(t.done.what, ==, " deny on 3 # what");
    g_assert_cmpint(run(&t, N2_JOB_FILTER_SET, "allow\ndeny  in 16-20; deny in 1 out 17"), ==,
                    N2_ERR_USAGE);
    g_assert_cmpstr(t.done.what, ==, "deny in 16-20");
    g_assert_nonnull(strstr(t.done.why, "no such port"));
    g_assert_cmpint(run(&t, N2_JOB_FILTER_SET, "allow in 3-999; deny out 16"), ==,
                    N2_ERR_USAGE);
    g_assert_cmpstr(t.done.what, ==, "deny out 16");
    g_assert_cmpint(run(&t, N2_JOB_FILTER_SET, long_text), ==, N2_ERR_LIMIT);
    for (guint i = 0; i <= N2_FILTER_RULES_MAX; i++)
        g_string_append(many, "deny\n");
    g_assert_cmpint(run(&t, N2_JOB_FILTER_SET, many->str), ==, N2_ERR_LIMIT);
    g_assert_cmpint(run(&t, N2_JOB_FILTER_LIST, NULL), ==, N2_OK);
    g_assert_cmpstr(cell(&t, 2, "rule"), ==, "deny size 32");
    /* As large as may be is taken. */
    g_string_truncate(many, many->len - strlen("deny\n"));
    g_assert_cmpint(run(&t, N2_JOB_FILTER_SET, many->str), ==, N2_OK);
    long_text[N2_FILTER_TEXT_BYTES_MAX] = 0;
    g_assert_cmpint(run(&t, N2_JOB_FILTER_SET, long_text), ==, N2_OK);
    g_assert_cmpint(run(&t, N2_JOB_FILTER_LIST, NULL), ==, N2_OK);
    g_assert_cmpint(number(&t, 0, "packets"), ==, -1); /* no rules: nothing is counted */
    tear_down(&t);
}

/* What the configuration says is there from the first packet on, and again when the data plane
 * begins anew. */
static void
test_config(void)
{
    world t;

    g_assert_cmpint(set_up(&t, "8 to 1 0/2; 12 any 8", "deny in 3; deny in 4"), ==, N2_OK);
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpint(run(&t, N2_JOB_LABEL_LIST, NULL), ==, N2_OK);
        g_assert_cmpstr(cell(&t, 0, "label"), ==, "8 to 1 0/2");
        g_assert_cmpstr(cell(&t, 1, "label"), ==, "12 any 8");
        g_assert_cmpint(run(&t, N2_JOB_FILTER_LIST, NULL), ==, N2_OK);
        g_assert_cmpstr(cell(&t, 1, "rule"), ==, "deny in 4");
        n2_plane_free(t.plane);
        const n2_plane_config plane = {.env = t.env, .width_bits = 4, .now_us = t.now_us};
        g_assert_cmpint(n2_plane_new(&t.plane, &plane), ==, N2_OK);
        n2_event event = {.kind = N2_EVENT_RESTARTED};
        n2_control_input_event(t.control, &event, t.now_us, 0);
        drain(&t);
    }
    g_assert_cmpstr(t.log->str, ==, "");
    tear_down(&t);

    /* A label that this switch cannot have is said, and the rest is there. */
    g_assert_cmpint(set_up(&t, "8 to 1 0/2; 16 to 1; 12 any 8", NULL), ==, N2_OK);
    g_assert_nonnull(strstr(t.log->str, "net2o.conf"));
    g_assert_cmpint(run(&t, N2_JOB_LABEL_LIST, NULL), ==, N2_OK);
    g_assert_cmpstr(cell(&t, 1, "label"), ==, "12 any 8");
    tear_down(&t);

    g_assert_cmpint(set_up(&t, "8 at 1", NULL), ==, N2_ERR_FORMAT);
    tear_down(&t);
    g_assert_cmpint(set_up(&t, NULL, "deny who"), ==, N2_ERR_FORMAT);
    tear_down(&t);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/control/rules/labels", test_labels);
    g_test_add_func("/control/rules/filter", test_filter);
    g_test_add_func("/control/rules/config", test_config);
    return g_test_run();
}
